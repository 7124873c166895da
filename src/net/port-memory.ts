/** The memory that every Port has: descriptor table and statistics, in an arena. */
import type { Arena, Block } from "../core/arena.ts";
import { HP_BURST_MAX, HP_PORT_STATS_SIZE, HP_RX_DESC_SIZE } from "../ffi/layout.ts";

export interface PortTables {
  desc: Uint32Array;
  descTime: Float64Array;
  descAddr: number;
  stats: Float64Array;
  statsAddr: number;
}

/** Bytes that takePortTables wants of an arena, alignment included. */
export const PORT_TABLES_SIZE = HP_BURST_MAX * HP_RX_DESC_SIZE + HP_PORT_STATS_SIZE + 256;

/** `shared`: HP_PORT_STATS_SIZE of memory that others read, for the statistics. */
export function takePortTables(arena: Arena, shared?: Block): PortTables {
  const desc = arena.take(HP_BURST_MAX * HP_RX_DESC_SIZE);
  const stats = shared ?? arena.take(HP_PORT_STATS_SIZE);
  const words = new Uint32Array(desc.buffer, desc.offset, desc.size / 4);
  // A Port of one feed never writes the word that says which: it says 0, and the tape takes it so.
  words.fill(0);
  return {
    desc: words,
    descTime: new Float64Array(desc.buffer, desc.offset, desc.size / 8),
    descAddr: desc.addr,
    stats: new Float64Array(stats.buffer, stats.offset, stats.size / 8),
    statsAddr: stats.addr,
  };
}
