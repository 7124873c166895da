/** Indices into a Port's descriptor table (hp_rx_desc) and statistics (hp_port_stats). */
import {
  HP_PORT_STATS__BYTES_D,
  HP_PORT_STATS__ERRORS_D,
  HP_PORT_STATS__KERNEL_DROPS_D,
  HP_PORT_STATS__PACKETS_D,
  HP_PORT_STATS__POLLS_D,
  HP_PORT_STATS__TRUNCATED_D,
  HP_RX_DESC__FLAGS_W,
  HP_RX_DESC__LENGTH_W,
  HP_RX_DESC__LINE_W,
  HP_RX_DESC__OFFSET_W,
  HP_RX_DESC__RX_NS_D,
  HP_RX_DESC_SIZE,
} from "../ffi/layout.ts";

export { HP_BURST_MAX as BURST_MAX } from "../ffi/layout.ts";

/** port.desc[i * DESC_WORDS + DESC_*] */
export const DESC_WORDS = HP_RX_DESC_SIZE / 4;
export const DESC_OFFSET = HP_RX_DESC__OFFSET_W;
export const DESC_LENGTH = HP_RX_DESC__LENGTH_W;
/** HP_RX_* bits. */
export const DESC_FLAGS = HP_RX_DESC__FLAGS_W;
export const DESC_LINE = HP_RX_DESC__LINE_W;

/** port.descTime[i * DESC_DOUBLES + DESC_RX_NS] */
export const DESC_DOUBLES = HP_RX_DESC_SIZE / 8;
export const DESC_RX_NS = HP_RX_DESC__RX_NS_D;

/** port.stats[STAT_*] */
export const STAT_PACKETS = HP_PORT_STATS__PACKETS_D;
export const STAT_BYTES = HP_PORT_STATS__BYTES_D;
export const STAT_TRUNCATED = HP_PORT_STATS__TRUNCATED_D;
export const STAT_KERNEL_DROPS = HP_PORT_STATS__KERNEL_DROPS_D;
export const STAT_ERRORS = HP_PORT_STATS__ERRORS_D;
export const STAT_POLLS = HP_PORT_STATS__POLLS_D;
