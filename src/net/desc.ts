/** Indices into a Port's descriptor table (hp_rx_desc) and statistics (hp_port_stats). */
import {
  HP_PORT_STATS__ARPS_D,
  HP_PORT_STATS__BAD_CHECKSUM_D,
  HP_PORT_STATS__BYTES_D,
  HP_PORT_STATS__ERRORS_D,
  HP_PORT_STATS__FRAGMENTS_D,
  HP_PORT_STATS__JOINS_D,
  HP_PORT_STATS__KERNEL_DROPS_D,
  HP_PORT_STATS__LAPPED_D,
  HP_PORT_STATS__LINK_CHANGES_D,
  HP_PORT_STATS__LINK_D,
  HP_PORT_STATS__MALFORMED_D,
  HP_PORT_STATS__PACKETS_D,
  HP_PORT_STATS__POLLS_D,
  HP_PORT_STATS__QUERIES_D,
  HP_PORT_STATS__SPEED_MBPS_D,
  HP_PORT_STATS__STRANGERS_D,
  HP_PORT_STATS__TRUNCATED_D,
  HP_PORT_STATS__TX_BYTES_D,
  HP_PORT_STATS__TX_PACKETS_D,
  HP_PORT_STATS__TX_REFUSED_D,
  HP_RX_DESC__FEED_W,
  HP_RX_DESC__FLAGS_W,
  HP_RX_DESC__LENGTH_W,
  HP_RX_DESC__LINE_W,
  HP_RX_DESC__OFFSET_W,
  HP_RX_DESC__RX_NS_D,
  HP_RX_DESC_SIZE,
  HP_UDP_LINES_MAX,
} from "../ffi/layout.ts";

/** Of a re-request's answer: above every line of a socket. */
export const RECOVERY_LINE = HP_UDP_LINES_MAX;
/** Of a slice of a snapshot (src/feed/slices.ts). */
export const SLICE_LINE = HP_UDP_LINES_MAX + 1;

export { HP_BURST_MAX as BURST_MAX } from "../ffi/layout.ts";

/** port.desc[i * DESC_WORDS + DESC_*] */
export const DESC_WORDS = HP_RX_DESC_SIZE / 4;
export const DESC_OFFSET = HP_RX_DESC__OFFSET_W;
export const DESC_LENGTH = HP_RX_DESC__LENGTH_W;
/** HP_RX_* bits. */
export const DESC_FLAGS = HP_RX_DESC__FLAGS_W;
/** Within its feed. */
export const DESC_LINE = HP_RX_DESC__LINE_W;
/** Index of the feed, where a Port brings more than one. */
export const DESC_FEED = HP_RX_DESC__FEED_W;

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
export const STAT_STRANGERS = HP_PORT_STATS__STRANGERS_D;
export const STAT_MALFORMED = HP_PORT_STATS__MALFORMED_D;
export const STAT_FRAGMENTS = HP_PORT_STATS__FRAGMENTS_D;
export const STAT_BAD_CHECKSUM = HP_PORT_STATS__BAD_CHECKSUM_D;
export const STAT_LAPPED = HP_PORT_STATS__LAPPED_D;
export const STAT_TX_PACKETS = HP_PORT_STATS__TX_PACKETS_D;
export const STAT_TX_BYTES = HP_PORT_STATS__TX_BYTES_D;
export const STAT_TX_REFUSED = HP_PORT_STATS__TX_REFUSED_D;
/** 1 up, 0 down, -1 not told. */
export const STAT_LINK = HP_PORT_STATS__LINK_D;
export const STAT_LINK_CHANGES = HP_PORT_STATS__LINK_CHANGES_D;
export const STAT_SPEED_MBPS = HP_PORT_STATS__SPEED_MBPS_D;
export const STAT_JOINS = HP_PORT_STATS__JOINS_D;
export const STAT_QUERIES = HP_PORT_STATS__QUERIES_D;
export const STAT_ARPS = HP_PORT_STATS__ARPS_D;
