// @hot
import type { Arena, Block } from "../core/arena.ts";
import { StatusError } from "../core/status.ts";
import {
  HP_BURST_MAX,
  HP_EEXIST,
  HP_EINVAL,
  HP_ENOENT,
  HP_TX_FLOW_SIZE,
  HP_UDP_CONFIG__ARENA,
  HP_UDP_CONFIG__BUSY_POLL_US,
  HP_UDP_CONFIG__DESC,
  HP_UDP_CONFIG__LINE,
  HP_UDP_CONFIG__LINE_COUNT,
  HP_UDP_CONFIG__PLAYED,
  HP_UDP_CONFIG__RCVBUF,
  HP_UDP_CONFIG__SLOT_SIZE,
  HP_UDP_CONFIG__STATS,
  HP_UDP_CONFIG__TX,
  HP_UDP_CONFIG__TX_SIZE,
  HP_UDP_CONFIG_SIZE,
  HP_UDP_LINE__GROUP,
  HP_UDP_LINE__IFACE,
  HP_UDP_LINE__PORT,
  HP_UDP_LINE__SOURCE,
  HP_UDP_LINE_SIZE,
  HP_UDP_LINES_MAX,
} from "../ffi/layout.ts";
import type { Shim } from "../ffi/shim.ts";
import { formatEndpoint, formatIpv4 } from "./address.ts";
import { PlayedSlots } from "./played-slots.ts";
import type { Port } from "./port.ts";
import { PORT_TABLES_SIZE, takePortTables } from "./port-memory.ts";
import { type FlowOptions, type Transmitter, writeFlow } from "./transmitter.ts";

/** One socket; addresses as in address.ts. */
export interface UdpLine {
  /** Multicast group, or 0 for plain unicast. */
  group: number;
  port: number;
  /** Address of the interface to join (or, unicast, to bind) on; 0 = the system's choice. */
  iface: number;
  /** Source for source-specific multicast; 0 = any. */
  source?: number;
}

export interface UdpPortOptions {
  name: string;
  /**
   * 1..HP_UDP_LINES_MAX; the index is the `line` of a packet's descriptor. A port that sends may have
   * none; a played port takes none too, and opens none.
   */
  lines: UdpLine[];
  /** Longest packet, a multiple of 64 up to 65536; default 2048. Longer ones are flagged. */
  slotSize?: number;
  /** Kernel buffer per socket, bytes; 0 = the system's default. */
  rcvbufBytes?: number;
  /** SO_BUSY_POLL; 0 = off. */
  busyPollUs?: number;
  /** Bytes of the transmit arena; default 0, it does not send. */
  txSize?: number;
  /** No sockets: packets come from play(). */
  played?: true;
  /** HP_PORT_STATS_SIZE of memory for the statistics; absent: of the arena. */
  stats?: Block;
}

const SLOT_SIZE_DEFAULT = 2048;

/**
 * UDP multicast or unicast on kernel sockets: one recvmmsg per line and poll.
 *
 * A played port is the shadow's: the same class and the same shim call without the system call, so
 * that what warm-up compiles is what runs live.
 */
export class UdpPort implements Port, Transmitter {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly desc: Uint32Array;
  readonly descTime: Float64Array;
  readonly stats: Float64Array;
  readonly tx: Uint8Array;
  readonly txView: DataView;
  private readonly flowView: DataView;
  private readonly flowAddr: number;
  private readonly shim: Shim;
  /** Of a played port; a live one has them too, and leaves their count at 0. */
  private readonly slots: PlayedSlots;
  private readonly isPlayed: boolean;
  private handle: number;

  /** Bytes that a port takes of an arena. */
  static arenaBytes(slotSize = SLOT_SIZE_DEFAULT, txSize = 0): number {
    const records = HP_UDP_CONFIG_SIZE + HP_TX_FLOW_SIZE;
    return slotSize * HP_BURST_MAX + txSize + PORT_TABLES_SIZE + records + 1024;
  }

  /** Opens and joins every line. Throws StatusError, which names the line that could not be had. */
  constructor(shim: Shim, arena: Arena, options: UdpPortOptions) {
    const { lines, slotSize = SLOT_SIZE_DEFAULT, txSize = 0 } = options;
    const isPlayed = options.played === true;
    if (lines.length < (isPlayed || txSize > 0 ? 0 : 1) || lines.length > HP_UDP_LINES_MAX)
      throw new StatusError(`${options.name}: ${lines.length} lines`, HP_EINVAL);
    const tables = takePortTables(arena, options.stats);
    const slots = arena.take(slotSize * HP_BURST_MAX);
    const config = arena.take(HP_UDP_CONFIG_SIZE);
    const played = arena.take(4);
    const flow = arena.take(HP_TX_FLOW_SIZE);
    const tx = arena.take(txSize);
    const view = new DataView(config.buffer, config.offset, config.size);
    view.setFloat64(HP_UDP_CONFIG__ARENA, slots.addr, true);
    view.setFloat64(HP_UDP_CONFIG__DESC, tables.descAddr, true);
    view.setFloat64(HP_UDP_CONFIG__STATS, tables.statsAddr, true);
    view.setFloat64(HP_UDP_CONFIG__PLAYED, isPlayed ? played.addr : 0, true);
    view.setFloat64(HP_UDP_CONFIG__TX, txSize > 0 ? tx.addr : 0, true);
    view.setUint32(HP_UDP_CONFIG__TX_SIZE, txSize, true);
    view.setUint32(HP_UDP_CONFIG__SLOT_SIZE, slotSize, true);
    view.setUint32(HP_UDP_CONFIG__LINE_COUNT, lines.length, true);
    view.setUint32(HP_UDP_CONFIG__RCVBUF, options.rcvbufBytes ?? 0, true);
    view.setUint32(HP_UDP_CONFIG__BUSY_POLL_US, options.busyPollUs ?? 0, true);
    for (const [i, line] of lines.entries()) {
      const at = HP_UDP_CONFIG__LINE + i * HP_UDP_LINE_SIZE;
      view.setUint32(at + HP_UDP_LINE__GROUP, line.group, true);
      view.setUint32(at + HP_UDP_LINE__PORT, line.port, true);
      view.setUint32(at + HP_UDP_LINE__IFACE, line.iface, true);
      view.setUint32(at + HP_UDP_LINE__SOURCE, line.source ?? 0, true);
    }
    this.name = options.name;
    this.bytes = new Uint8Array(slots.buffer, slots.offset, slots.size);
    this.view = new DataView(slots.buffer, slots.offset, slots.size);
    this.desc = tables.desc;
    this.descTime = tables.descTime;
    this.stats = tables.stats;
    this.tx = new Uint8Array(tx.buffer, tx.offset, txSize);
    this.txView = new DataView(tx.buffer, tx.offset, txSize);
    this.flowView = new DataView(flow.buffer, flow.offset, flow.size);
    this.flowAddr = flow.addr;
    this.shim = shim;
    const count = new Uint32Array(played.buffer, played.offset, 1);
    this.slots = new PlayedSlots(this, count, slotSize);
    this.isPlayed = isPlayed;
    this.handle = shim.hp_udp_open(config.addr);
    if (this.handle < 0) throw openError(options, this.handle, shim.hp_last_errno());
  }

  rxBurst(): number {
    return this.shim.hp_udp_rx_burst(this.handle);
  }

  /** Slots are free when the next burst starts. */
  rxRelease(): void {}

  /** Never HP_EAGAIN: the kernel finds the neighbour when the first payload goes. */
  flow(to: FlowOptions): number {
    writeFlow(this.flowView, to);
    return this.shim.hp_udp_tx_flow(this.handle, this.flowAddr);
  }

  send(flow: number, offset: number, length: number): number {
    return this.shim.hp_udp_tx(this.handle, flow, offset, length);
  }

  /** The kernel's stamp; the first call turns stamps on and tells 0. */
  sentNs(): number {
    return this.shim.hp_udp_tx_stamp(this.handle);
  }

  /**
   * Puts payload[from, from + length) into the next burst of a played port (PlayedSlots.put). False on
   * a live or closed port, too.
   */
  play(payload: Uint8Array, from: number, length: number, line: number, rxNs: number): boolean {
    if (!this.isPlayed || this.handle < 0) return false;
    return this.slots.put(payload, from, length, line, rxNs, 0);
  }

  close(): void {
    if (this.handle < 0) return;
    this.shim.hp_udp_close(this.handle);
    this.handle = -1;
  }
}

/** Names the lines; all are in one message, since the shim tells only that one of them failed. @cold */
function openError(options: UdpPortOptions, status: number, errno: number): StatusError {
  const lines = options.lines.map((line) => {
    const on = line.iface === 0 ? "" : ` on ${formatIpv4(line.iface)}`;
    return `${formatEndpoint(line.group, line.port)}${on}`;
  });
  const why =
    status === HP_ENOENT
      ? " (is there an interface with that address?)"
      : status === HP_EEXIST
        ? " (another program has that port)"
        : "";
  return new StatusError(`${options.name}: can't open ${lines.join(", ")}${why}`, status, errno);
}
