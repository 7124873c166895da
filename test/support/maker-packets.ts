/** Engine options and packets for the path around the market maker: generated, the same for a seed. */
import { type InstrumentDefinition, Instruments } from "../../src/book/instruments.ts";
import type { EngineOptions, RiskOptions } from "../../src/engine/options.ts";
import { makeItchPackets } from "../../src/engine/warm/itch.ts";
import { MOLD_END_OF_SESSION, MOLD_HEADER_BYTES } from "../../src/feed/itch/mold-framing.ts";
import { Random } from "../../src/sim/random.ts";
import { type MakerParams, maker } from "../../src/strategy/maker.ts";
import { definition } from "./fix-instruments.ts";
import {
  type MakerPathOptions,
  PACKET_NUMBERS,
  type PacketTable,
  SERVE_IN_IDLE_TURNS,
} from "./maker-path.ts";
import { SESSION_DEFAULTS } from "./session-options.ts";

const MAKER_LINES = 2;
const CENTS = { priceUnit: 0.01, ticks: [{ from: 0, tick: 0.01 }], makerFee: -0.002 };

/** Instruments of `symbols` in cents. */
export function inCents(symbols: readonly string[]): InstrumentDefinition[] {
  return symbols.map((symbol) => definition(symbol, CENTS));
}

/** An engine of one feed with two lines, one session and the maker on all its instruments. */
export function makerEngine(
  instruments: InstrumentDefinition[],
  risk: Partial<RiskOptions> = {},
): EngineOptions {
  const line = { group: 0, port: 0, iface: 0, source: 0 };
  return {
    name: "maker",
    index: 0,
    core: -1,
    realtime: false,
    armAutomatically: true,
    warmupIterations: 0,
    keepWarm: false,
    tcpPollTurns: SERVE_IN_IDLE_TURNS,
    maxOrders: 1024,
    busyPollUs: 0,
    durableAlways: false,
    idPrefix: "HP",
    feeds: [
      {
        name: "itch",
        block: 0,
        lines: Array.from({ length: MAKER_LINES }, () => line),
        recovers: false,
        join: "live",
        windowPackets: 256,
        windowNs: 1e15,
        staleNs: 1e15,
        requestTimeoutNs: 1e15,
        requestRetries: 0,
        rcvbuf: 0,
        maxOrders: 1 << 16,
        maxLevels: 1 << 16,
        maxInstruments: instruments.length,
        subscribeAll: false,
        extendedHours: false,
      },
    ],
    sessions: [
      {
        ...SESSION_DEFAULTS,
        name: "fix",
        block: 0,
        senderCompId: "MAKER",
        targetCompId: "VENUE",
        // No heartbeat takes a sequence number in between.
        heartbeatS: 1e9,
        // The venue's answers are made once, before the clock runs.
        sendingTimeToleranceNs: 0,
        resetOnLogon: true,
        resendChunk: 64,
        timestampDigits: 6,
        connectTimeoutNs: 1e9,
        tags: { 1: "ACCOUNT", 21: "1" },
      },
    ],
    strategies: [
      {
        name: "maker",
        uses: "maker",
        instruments: instruments.map((d) => d.symbol),
        seed: 1,
        params: {},
      },
    ],
    instruments,
    risk: {
      maxOrderQty: 10_000,
      maxOrderNotional: 1e7,
      collarPct: 5,
      maxPosition: 1e6,
      maxExposure: 1e12,
      maxOpenOrders: 512,
      ordersPerS: 1e9,
      ordersBurst: 1e9,
      cancelsPerS: 1e9,
      cancelsBurst: 1e9,
      maxLoss: 1e12,
      denySelfMatch: true,
      shortMarking: true,
      instrument: {},
      ...risk,
    },
  };
}

/** The maker's defaults, a venue that fills some, and time from the packets. */
export function makerOptions(
  engine: EngineOptions,
  more: Partial<MakerPathOptions> = {},
): MakerPathOptions {
  return {
    engine,
    params: maker.params.parse({}) as MakerParams,
    rule: { newEvery: 3, replaceEvery: 5, halfEvery: 2 },
    sessionStartS: 1_767_312_000,
    startNs: 36_000e9,
    isLive: false,
    journalBytes: 1 << 24,
    keepBytes: 1 << 23,
    ...more,
  };
}

export interface Arrivals {
  startNs: number;
  /** Longest time between two packets, ns; the mean is half of it. */
  stepNs: number;
  /** Chance that a packet is overtaken by the next one on its line. */
  swaps: number;
  /** Chance that one line loses it; never both. */
  losses: number;
  /** Chance that a heartbeat follows it, and the end of the session at the end. */
  heartbeats: number;
}

/** In order on both lines, 10 us apart. */
export const ORDERLY: Omit<Arrivals, "startNs"> = {
  stepNs: 20_000,
  swaps: 0,
  losses: 0,
  heartbeats: 0,
};

/** Walks of up to four of the engine's instruments around `price`, `cycles` times, on two lines. */
export function warmTable(
  engine: EngineOptions,
  price: number,
  seed: number,
  cycles: number,
  arrivals: Arrivals,
): PacketTable {
  const warm = makeItchPackets(new Instruments(engine.instruments), price, seed);
  const packets: Uint8Array[] = [];
  let sequence = 1;
  for (let c = 0; c < cycles; c++) {
    for (let k = c === 0 ? 0 : warm.prologue; k < warm.count; k++) {
      const from = warm.offset[k]!;
      const bytes = warm.bytes.slice(from, from + warm.length[k]!);
      new DataView(bytes.buffer).setUint32(14, sequence);
      sequence += warm.messages[k]!;
      packets.push(bytes);
    }
  }
  return onTwoLines(packets, new Random(seed), arrivals);
}

/** Packets of `messages` in order, up to `most` in each; the lengths are drawn from the seed. */
export function messagesTable(
  messages: readonly Uint8Array[],
  most: number,
  seed: number,
  arrivals: Arrivals,
): PacketTable {
  const random = new Random(seed, 1);
  const packets: Uint8Array[] = [];
  for (let at = 0; at < messages.length; ) {
    const count = Math.min(1 + random.below(most), messages.length - at);
    packets.push(moldPacket(at + 1, messages.slice(at, at + count)));
    at += count;
  }
  return onTwoLines(packets, random, arrivals);
}

function moldPacket(sequence: number, messages: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(20 + messages.reduce((n, m) => n + 2 + m.length, 0));
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("REFERENCE1"));
  view.setUint32(14, sequence);
  view.setUint16(18, messages.length);
  let at = 20;
  for (const message of messages) {
    view.setUint16(at, message.length);
    bytes.set(message, at + 2);
    at += 2 + message.length;
  }
  return bytes;
}

/** Each packet on both lines, the second line a little later, as the arrivals say. */
function onTwoLines(packets: readonly Uint8Array[], random: Random, a: Arrivals): PacketTable {
  const parts: Uint8Array[] = [];
  const rows: [offset: number, length: number, line: number, timeNs: number][] = [];
  let offset = 0;
  let timeNs = a.startNs;
  const put = (packet: Uint8Array, lost: number) => {
    parts.push(packet);
    for (let line = 0; line < MAKER_LINES; line++) {
      timeNs += 1 + random.below(a.stepNs);
      if (line !== lost) rows.push([offset, packet.length, line, timeNs]);
    }
    offset += packet.length;
  };
  packets.forEach((packet, k) => {
    const isLost = k > 0 && random.next() < a.losses;
    put(packet, isLost ? random.below(MAKER_LINES) : -1);
    const isLast = k + 1 === packets.length;
    if (isLast && a.heartbeats > 0) put(mark(packet, MOLD_END_OF_SESSION), -1);
    else if (random.next() < a.heartbeats) put(mark(packet, 0), -1);
  });
  // The first packet begins the session, and stays where it is.
  for (let k = MAKER_LINES; k + 3 < rows.length; k++) {
    if (random.next() >= a.swaps) continue;
    const [first, later] = [rows[k]!, rows[k + 2]!];
    rows[k] = [later[0], later[1], later[2], first[3]];
    rows[k + 2] = [first[0], first[1], first[2], later[3]];
  }
  const table = new Float64Array(new ArrayBuffer(8 * PACKET_NUMBERS * rows.length));
  rows.forEach((row, k) => {
    table.set(row, k * PACKET_NUMBERS);
  });
  return { bytes: new Uint8Array(Buffer.concat(parts)), table };
}

/** A heartbeat (count 0) or the end of the session behind `packet`. */
function mark(packet: Uint8Array, count: number): Uint8Array {
  const bytes = packet.slice(0, MOLD_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(14, view.getUint32(14) + view.getUint16(18));
  view.setUint16(18, count);
  return bytes;
}
