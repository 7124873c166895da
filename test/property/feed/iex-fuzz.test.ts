/**
 * Mutated segments of IEX-TP through framing, sequencer, decoder and books: no exception, and nothing
 * read outside of the segment. 40,000 of them, two million with HAIRPIN_FULL=1, or HAIRPIN_MESSAGES;
 * HAIRPIN_SEED gives another run.
 */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { FEED_MESSAGES } from "../../../src/feed/counters.ts";
import { describeIex, IEX_MESSAGES } from "../../../src/feed/iex/iex-fields.ts";
import { packetsOf } from "../../support/capture-packets.ts";
import { CAPTURES, haveCaptures } from "../../support/captures.ts";
import { generator } from "../../support/fix-mutator.ts";
import { Guard, GuardedView, guardedBytes, guardedPort } from "../../support/guarded.ts";
import * as x from "../../support/iex-bytes.ts";
import { iexFeed, iexMarket } from "../../support/iex-market.ts";
import { PacketPort } from "../../support/packet-port.ts";

const isFull = process.env["HAIRPIN_FULL"] === "1";
const MESSAGES = Number(process.env["HAIRPIN_MESSAGES"] ?? (isFull ? 2_000_000 : 40_000));
const SEED = Number(process.env["HAIRPIN_SEED"] ?? 17);
/** Segments after which feed and books are made anew. */
const LIFE = 100;
/** Some are looked at read by read; that is slow. */
const GUARDED = Math.min(MESSAGES, 4000);
const TIMEOUT_MS = 3_600_000;
/** Of the capture; the others are heartbeats and much of the same. */
const CAPTURED_FROM = 1000;
const CAPTURED = 2000;

const below = generator(SEED);

function anyMessage(): Uint8Array {
  const symbol = ["A", "B", "C"][below(3)]!;
  const size = below(4);
  const px = below(6) === 0 ? 2n ** BigInt(below(64)) : below(6);
  const time = x.T0 + BigInt(below(3) * 1_000_000);
  const makers = [
    () => x.level("8", symbol, size, px, below(3) !== 0, time),
    () => x.level("5", symbol, size, px, below(3) !== 0, time),
    () => x.quote(symbol, [size, px], [below(4), below(9)], below(256), time),
    () => x.trade(symbol, size, px, 7, time),
    () => x.systemEvent("OSRMEC"[below(6)]!),
    () => x.directory(symbol, below(200)),
    () => x.tradingStatus(symbol, "HOPTQ"[below(5)]!),
    () => x.operationalHalt(symbol, "ONX"[below(3)]!),
    () => x.shortSale(symbol, below(3)),
    () => x.securityEvent(symbol, "OC"[below(2)]!),
    () => x.retail(symbol, "A"),
    () => x.official(symbol, "Q", below(9)),
    () => x.tradeBreak(symbol, size, below(9)),
    () => x.auction(symbol),
  ];
  return makers[below(makers.length)]!();
}

function mutate(good: Uint8Array): Uint8Array {
  let bytes = good.slice();
  for (let n = below(4); n > 0; n--) {
    const kind = below(4);
    const at = below(below(2) === 0 ? bytes.length + 1 : 44);
    if (kind === 0) bytes = bytes.slice(0, below(bytes.length + 1));
    else if (kind === 1) bytes = new Uint8Array([...bytes, ...new Uint8Array(1 + below(9))]);
    else if (at < bytes.length) bytes[at] = kind === 2 ? below(256) : bytes[at]! ^ (1 << below(8));
  }
  return bytes;
}

/** Mutated ones of what is made up and of what was captured, a life of a feed after the other. */
function* segments(count: number, captured: readonly Uint8Array[]) {
  let seq = 1;
  for (let i = 0; i < count; i++) {
    const isFirst = i % LIFE === 0;
    if (isFirst) seq = 1;
    const messages = Array.from({ length: below(6) }, anyMessage);
    const start = below(8) === 0 ? Math.max(0, seq + below(5) - 1) : seq;
    const sent = x.T0 + BigInt(i % LIFE) * 20_000_000n;
    const protocol = Math.floor(i / LIFE) % 2 === 0 ? x.DEEP : x.TOPS;
    let good = x.segment(start, messages, { protocol, sent });
    if (captured.length > 0 && below(4) === 0) good = captured[below(captured.length)]!;
    else seq = start + messages.length;
    yield { bytes: mutate(good), isFirst, line: below(4), ns: (i % LIFE) * 400 };
  }
}

async function capturedSegments(): Promise<Uint8Array[]> {
  if (!haveCaptures("iex")) return [];
  const { bytes, packets } = await packetsOf(join(CAPTURES, "iex/DEEP10.pcap.gz"), true);
  const some = packets.slice(CAPTURED_FROM, CAPTURED_FROM + CAPTURED);
  return some.map((one) => bytes.slice(one.offset, one.offset + one.length));
}
const captured = await capturedSegments();

/** DEEP and TOPS take turns. */
function start(life: number) {
  const m = iexMarket(life % 2 === 0 ? "deep" : "tops", ["A", "B"], { maxLevels: 8 });
  return { ...m, ...iexFeed(m, { windowPackets: 3, slotBytes: 256 }) };
}

test(
  "mutated segments never throw, and never leave the books in disorder",
  () => {
    const port = new PacketPort();
    let lives = 0;
    let s = start(0);
    let applied = 0;
    for (const { bytes, isFirst, line, ns } of segments(MESSAGES, captured)) {
      if (isFirst) {
        applied += s.counters[FEED_MESSAGES]!;
        s = start(lives++);
      }
      port.load(bytes, line);
      s.sequencer.onPacket(port, 0, ns);
      s.sequencer.poll(ns + 100);
      for (const i of [0, 1]) {
        const { bids, asks } = s.books.levels(i);
        const isSorted =
          bids.every((one, k) => k === 0 || one.px < bids[k - 1]!.px) &&
          asks.every((one, k) => k === 0 || one.px > asks[k - 1]!.px);
        const isSane = [...bids, ...asks].every((one) => one.px > 0 && one.qty > 0);
        expect([isSorted, isSane]).toEqual([true, true]);
        if (s.protocol === "tops") expect(Math.max(bids.length, asks.length)).toBeLessThan(2);
      }
    }
    expect(applied).toBeGreaterThan(MESSAGES / 3);
  },
  TIMEOUT_MS,
);

test(
  "mutated segments cause no read outside themselves",
  () => {
    const guard = new Guard();
    const { port, show } = guardedPort(guard);
    let lives = 0;
    let s = start(0);
    for (const { bytes, isFirst, line, ns } of segments(GUARDED, captured)) {
      if (isFirst) s = start(lives++);
      show(bytes, line);
      s.sequencer.onPacket(port, 0, ns);
    }
    expect(guard.outside).toEqual([]);
  },
  TIMEOUT_MS,
);

test("a message of any type, length and bytes is decoded within its bounds", () => {
  const arena = new Uint8Array(512);
  for (const protocol of ["deep", "tops"] as const) {
    const m = iexMarket(protocol, 4, { maxLevels: 8 });
    const lengths = IEX_MESSAGES.flatMap(({ length }) => [length - 1, length, length + 1]);
    for (let type = 0; type < 256; type++) {
      for (const length of new Set([0, 1, 2, 10, 18, below(90), ...lengths])) {
        const guard = new Guard();
        for (let i = 0; i < arena.length; i++) arena[i] = below(256);
        if (length > 0) arena[100] = type;
        guard.low = 100;
        guard.high = 100 + length;
        const view = new GuardedView(arena.buffer as ArrayBuffer);
        view.guard = guard;
        m.decoder.decode(view, guardedBytes(arena, guard), 100, length);
        describeIex(arena, 100, length);
        expect([type, length, guard.outside]).toEqual([type, length, []]);
      }
    }
    m.decoder.flush(true);
  }
});
