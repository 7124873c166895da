/**
 * A protocol as the recovery tests see it: a day of numbered packets, what can be asked for again,
 * and the feed as the engine builds it.
 */
import { Instruments } from "../../../src/book/instruments.ts";
import { makeLineFeed } from "../../../src/engine/feeds/make-feed.ts";
import { Market } from "../../../src/engine/market.ts";
import type { FeedOptions } from "../../../src/engine/options.ts";
import { heapFeedBlock } from "../../../src/feed/feed-block.ts";
import { definition, newCounters } from "../market.ts";
import { MemoryJournal } from "../memory-journal.ts";
import { PacketPort } from "../packet-port.ts";

export const LINES = 2;
export const SYMBOLS = ["AA", "BB", "CC"];

export interface Packet {
  /** Sequence of its first message (or its own), and one past the last. */
  seq: number;
  end: number;
  bytes: Uint8Array;
}

export interface Rig {
  name: string;
  options: Partial<FeedOptions>;
  /** Feed symbols; default SYMBOLS. */
  symbols?: readonly string[];
  /** The packets of a session, always the same for a seed. */
  packets(seed: number): Packet[];
  /** An answer to a request for from..to-1: packets of the line behind the live ones. Absent: none. */
  answer?(packets: readonly Packet[], from: number, to: number): Uint8Array[];
  /** A packet without messages that tells of `seq` as the next one. Absent: it has none. */
  heartbeat?(seq: number): Uint8Array;
  /**
   * What the venue sends anyway and what makes books whole again: further packets of the session, or
   * of other lines. They change no book that is right.
   */
  healing?(seed: number, packets: readonly Packet[]): { line: number; bytes: Uint8Array }[];
  /** False: a book that missed something is stale for the rest of the session. Default true. */
  heals?: boolean;
}

/** Small deterministic generator: whole numbers below n. */
export function drawFrom(seed: number): (n: number) => number {
  let state = (seed * 2 + 1) >>> 0;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * n);
  };
}

/** Messages in packets of one to four. `pack`: a packet of some messages from a sequence on. */
export function packetsOf(
  messages: readonly Uint8Array[],
  draw: (n: number) => number,
  pack: (seq: number, part: readonly Uint8Array[]) => Uint8Array,
): Packet[] {
  const packets: Packet[] = [];
  for (let at = 0; at < messages.length; ) {
    const part = messages.slice(at, at + 1 + draw(4));
    packets.push({ seq: at + 1, end: at + 1 + part.length, bytes: pack(at + 1, part) });
    at += part.length;
  }
  return packets;
}

const FEED: FeedOptions = {
  name: "rig",
  block: 0,
  lines: [],
  recovers: false,
  join: "recover",
  windowPackets: 8,
  holdPackets: 64,
  windowNs: 500,
  staleNs: 1e12,
  requestTimeoutNs: 2000,
  requestRetries: 1000,
  rcvbuf: 0,
  maxOrders: 4096,
  maxLevels: 4096,
  maxInstruments: 16,
  subscribeAll: false,
  extendedHours: true,
};

/** The feed as the engine builds it, and a port to send to it. */
export function openFeed(rig: Rig, options: Partial<FeedOptions> = {}) {
  const counters = newCounters();
  const symbols = rig.symbols ?? SYMBOLS;
  const instruments = new Instruments(symbols.map((symbol) => definition(symbol)));
  const lines = Array.from({ length: LINES }, () => ({ group: 0, port: 1, iface: 0, source: 0 }));
  const feed: FeedOptions = {
    ...FEED,
    recovers: rig.answer !== undefined,
    ...rig.options,
    lines: [...lines, ...(rig.options.lines ?? [])],
    ...options,
  };
  const block = heapFeedBlock();
  const clock = { now: () => 0 };
  const journal = new MemoryJournal();
  const shown: number[] = [];
  const market = new Market({ instruments, feedCount: 1, journal, clock } as never);
  const made = makeLineFeed({
    feed,
    index: 0,
    instruments,
    market,
    maxOrders: feed.maxOrders,
    maxLevels: feed.maxLevels,
    slotBytes: 2048,
    counters,
    block,
    isShadow: false,
  });
  market.attachFeeds([made.books], [made.handler]);
  const listener = {
    onBook: (instrument: number) => void shown.push(instrument),
    onTrade: () => {},
    onStatus: () => {},
    onFeed: () => {},
  };
  market.attach(listener as never, listener);
  const port = new PacketPort();
  const send = (bytes: Uint8Array, line: number, nowNs: number) => {
    port.load(bytes, line);
    made.handler.onPacket(port, 0, nowNs);
  };
  const book = (i: number) => JSON.stringify(made.books.levels(i));
  return { ...made, send, book, block, counters, symbols, shown, market };
}
