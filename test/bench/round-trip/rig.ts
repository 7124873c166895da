/** What our programs of the round-trip bench are made of. */
import { Arena } from "../../../src/core/arena.ts";
import { HP_COUNTERS_MAX } from "../../../src/ffi/layout.ts";
import { loadShim } from "../../../src/ffi/load.ts";
import type { Shim } from "../../../src/ffi/shim.ts";
import type { ShimClock } from "../../../src/ffi/shim-clock.ts";
import { RingJournal } from "../../../src/journal/ring-journal.ts";
import { layoutRing, ringBytes } from "../../../src/journal/ring-layout.ts";
import { TcpStream } from "../../../src/net/tcp-stream.ts";
import { startClock } from "../path-rig.ts";

export const LOOPBACK = 0x7f000001;
/** Enough for the records of some 60,000 round trips: nobody drains it. */
const RING_BYTES = 1 << 26;
const STREAM_BYTES = 1 << 17;
const SIGKILL = 9;
const PATIENCE_NS = 60e9;

export interface Rig {
  /** A table of its own: a function of it may be exchanged. */
  shim: Shim;
  clock: ShimClock;
  sessionStartS: number;
  arena: Arena;
  counters: Float64Array;
  journal: RingJournal;
}

/** Pins this thread (core < 0: nowhere). Throws one sentence when there is no such core. */
export function openRig(core: number): Rig {
  const shim = { ...loadShim() };
  if (core >= 0 && shim.hp_thread_pin(core) < 0) throw new Error(`no core ${core}`);
  // A bench that dies takes its programs along.
  shim.hp_parent_death_signal(SIGKILL);
  const counters = new Float64Array(new ArrayBuffer(8 * HP_COUNTERS_MAX));
  const buffer = new ArrayBuffer(ringBytes(RING_BYTES));
  // Touched, so that no page is new to the run.
  new Uint8Array(buffer).fill(0);
  layoutRing(buffer, { dataBytes: RING_BYTES, engine: 0, epoch: 1, nextNumber: 1 });
  const journal = new RingJournal({ buffer, engine: 0, counters });
  const arena = Arena.alloc(shim, 2 * TcpStream.arenaBytes(STREAM_BYTES, STREAM_BYTES));
  return { shim, ...startClock(shim), arena, counters, journal };
}

/** To a port of this host, or (0) one that only adopts. */
export function tcpStream({ shim, arena }: Rig, port: number): TcpStream {
  const address = port === 0 ? 0 : LOOPBACK;
  return new TcpStream(shim, arena, { address, port, rxSize: STREAM_BYTES, txSize: STREAM_BYTES });
}

/** Calls `step` with the clock until it says true. Throws when that takes too long. */
export function pollUntil(clock: ShimClock, what: string, step: (nowNs: number) => boolean): void {
  const end = clock.now() + PATIENCE_NS;
  for (;;) {
    const now = clock.now();
    if (step(now)) return;
    if (now > end) throw new Error(`waited ${PATIENCE_NS / 1e9} s for ${what}`);
  }
}

/** As print_figures of round-trips.h: the last message's bytes each way. */
export function printFigures(ns: Float64Array, request: number, reply: number): void {
  const sorted = ns.slice().sort();
  const at = (fraction: number) => sorted[Math.floor((sorted.length - 1) * fraction)];
  const samples = sorted.length;
  console.log(JSON.stringify({ p50: at(0.5), p99: at(0.99), max: at(1), samples, request, reply }));
}
