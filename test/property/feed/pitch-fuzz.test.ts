/**
 * Mutated datagrams of PITCH through framing, sequencer, decoder and books: no exception, and nothing
 * read outside of the datagram. 40,000 of them, two million with HAIRPIN_FULL=1, or HAIRPIN_MESSAGES;
 * HAIRPIN_SEED gives another run.
 */
import { expect, test } from "bun:test";
import { FEED_MESSAGES } from "../../../src/feed/counters.ts";
import { PITCH_EDITIONS, pitchMessages } from "../../../src/feed/pitch/pitch-editions.ts";
import { describePitch } from "../../../src/feed/pitch/pitch-fields.ts";
import { readCapturePackets } from "../../support/capture-packets.ts";
import { haveCaptures } from "../../support/captures.ts";
import { generator } from "../../support/fix-mutator.ts";
import { Guard, GuardedView, guardedBytes, guardedPort } from "../../support/guarded.ts";
import { PacketPort } from "../../support/packet-port.ts";
import * as p from "../../support/pitch-bytes.ts";
import { pitchMarket, unitFeed } from "../../support/pitch-market.ts";

const isFull = process.env["HAIRPIN_FULL"] === "1";
const MESSAGES = Number(process.env["HAIRPIN_MESSAGES"] ?? (isFull ? 2_000_000 : 40_000));
const SEED = Number(process.env["HAIRPIN_SEED"] ?? 17);
/** Datagrams after which feed and books are made anew. */
const LIFE = 100;
/** Some are looked at read by read; that is slow. */
const GUARDED = Math.min(MESSAGES, 4000);
const TIMEOUT_MS = 3_600_000;

const below = generator(SEED);

function anyMessage(): Uint8Array {
  const id = below(6);
  const qty = below(5);
  const px = below(4);
  const side = below(2) === 0 ? "B" : "S";
  const symbol = ["A", "B", "C"][below(3)]!;
  const o = { id, qty, px, side, symbol, flags: below(4), remaining: below(5) } as const;
  const makers = [
    () => p.addShort(o),
    () => p.addLong(o),
    () => p.addExpanded(o),
    () => p.execute(o),
    () => p.executeAt(o),
    () => p.reduceShort(o),
    () => p.reduceLong(o),
    () => p.modifyShort(o),
    () => p.modifyLong(o),
    () => p.remove(o),
    () => p.tradeShort(o),
    () => p.tradeLong(o),
    () => p.tradeExpanded(o),
    () => p.tradingStatus(symbol, "AHQST"[below(5)]!),
    () => p.time(below(86_400)),
    () => p.auctionUpdate(symbol),
    () => p.auctionSummary(symbol, px, qty),
    () => p.retailImprovement(symbol, "A"),
    () => p.tradeBreak(id),
    () => p.unitClear(),
    () => p.endOfSession(),
  ];
  return makers[below(makers.length)]!();
}

/** One to three unit headers, the last one sometimes of another unit. */
function anyDatagram(seq: number): { bytes: Uint8Array; next: number } {
  const parts: Uint8Array[] = [];
  let next = seq;
  for (let n = 1 + below(3); n > 0; n--) {
    const messages = Array.from({ length: below(6) }, anyMessage);
    const isOwn = below(8) !== 0;
    parts.push(p.unit(isOwn ? 1 : 2, next, messages));
    if (isOwn) next += messages.length;
  }
  return { bytes: new Uint8Array(Buffer.concat(parts)), next };
}

function mutate(good: Uint8Array): Uint8Array {
  let bytes = good.slice();
  for (let n = below(4); n > 0; n--) {
    const kind = below(4);
    const at = below(Math.max(1, below(2) === 0 ? bytes.length : Math.min(12, bytes.length)));
    if (kind === 0) bytes = bytes.slice(0, below(bytes.length + 1));
    else if (kind === 1) bytes = new Uint8Array([...bytes, ...new Uint8Array(1 + below(9))]);
    else if (at < bytes.length) bytes[at] = kind === 2 ? below(256) : bytes[at]! ^ (1 << below(8));
  }
  return bytes;
}

/** Mutated ones of what is made up and of what was captured, a life of a feed after the other. */
function* datagrams(count: number, captured: readonly Uint8Array[]) {
  let seq = 1;
  for (let i = 0; i < count; i++) {
    const isFirst = i % LIFE === 0;
    if (isFirst) seq = 1;
    const isCaptured = captured.length > 0 && below(4) === 0;
    const made = anyDatagram(below(8) === 0 ? Math.max(0, seq + below(5) - 1) : seq);
    if (!isCaptured) seq = made.next;
    const good = isCaptured ? captured[below(captured.length)]! : made.bytes;
    yield { bytes: mutate(good), isFirst, line: below(4), ns: (i % LIFE) * 400 };
  }
}

async function capturedDatagrams(): Promise<Uint8Array[]> {
  if (!haveCaptures("cboe-pitch")) return [];
  const { bytes, packets } = await readCapturePackets(
    "cboe-pitch",
    "BATS__mcastpitch_realtime_useq.pcap",
  );
  const all = packets.map((one) => bytes.slice(one.offset, one.offset + one.length));
  // Heartbeats are nearly all there is.
  return all.filter((one) => one.length > 8);
}

/** Every other one goes on behind holes. */
function start(life: number) {
  const m = pitchMarket(["A", "B"], { maxOrders: 4, maxLevels: 8 });
  const onHole = life % 2 === 0 ? "skip" : "request";
  return { ...m, ...unitFeed(m, { windowPackets: 3, slotBytes: 256, onHole }) };
}

test(
  "mutated datagrams never throw, and never leave the books in disorder",
  async () => {
    const port = new PacketPort();
    let lives = 0;
    let s = start(0);
    let applied = 0;
    for (const { bytes, isFirst, line, ns } of datagrams(MESSAGES, await capturedDatagrams())) {
      if (isFirst) {
        applied += s.counters[FEED_MESSAGES]!;
        s = start(lives++);
      }
      port.load(bytes, line);
      s.sequencer.onPacket(port, 0, ns);
      s.sequencer.poll(ns + 100);
      const counts = [0, 1].map((i) => {
        const { bids, asks } = s.books.levels(i);
        return [...bids, ...asks].reduce((sum, level) => sum + level.count, 0);
      });
      expect(counts[0]! + counts[1]!).toBe(s.books.liveOrders());
    }
    expect(applied).toBeGreaterThan(MESSAGES / 2);
  },
  TIMEOUT_MS,
);

test(
  "mutated datagrams cause no read outside themselves",
  async () => {
    const guard = new Guard();
    const { port, show } = guardedPort(guard);
    let lives = 0;
    let s = start(0);
    for (const { bytes, isFirst, line, ns } of datagrams(GUARDED, await capturedDatagrams())) {
      if (isFirst) s = start(lives++);
      show(bytes, line);
      s.sequencer.onPacket(port, 0, ns);
    }
    expect(guard.outside).toEqual([]);
  },
  TIMEOUT_MS,
);

test("a message of any type, length and bytes is decoded within its bounds, in every edition", () => {
  const arena = new Uint8Array(512);
  for (const edition of PITCH_EDITIONS) {
    const m = pitchMarket({ capacity: 4 }, { maxOrders: 8, maxLevels: 8 }, edition);
    const lengths = pitchMessages(edition).map((entry) => entry.length);
    for (let type = 0; type < 256; type++) {
      for (const length of new Set([0, 1, 2, 6, below(80), 255, ...lengths])) {
        const guard = new Guard();
        for (let i = 0; i < arena.length; i++) arena[i] = below(256);
        if (length > 0) arena[100] = length;
        if (length > 1) arena[101] = type;
        guard.low = 100;
        guard.high = 100 + length;
        const view = new GuardedView(arena.buffer as ArrayBuffer);
        view.guard = guard;
        m.decoder.decode(view, guardedBytes(arena, guard), 100, length);
        describePitch(arena, 100, length, edition);
        expect([type, length, guard.outside]).toEqual([type, length, []]);
      }
    }
    m.decoder.flush(true);
  }
});
