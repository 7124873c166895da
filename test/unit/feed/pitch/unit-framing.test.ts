import { describe, expect, test } from "bun:test";
import { BOOK_STALE } from "../../../../src/book/flags.ts";
import {
  FEED_BAD_BLOCK,
  FEED_BAD_HEADER,
  FEED_BAD_LENGTH,
  FEED_DUPLICATES,
  FEED_ENDS,
  FEED_FILTERED,
  FEED_GAPS,
  FEED_HEARTBEATS,
  FEED_MESSAGES,
  FEED_TRAILING,
} from "../../../../src/feed/counters.ts";
import { BLOCK_GAP_FROM, BLOCK_GAP_TO } from "../../../../src/feed/feed-block.ts";
import { FRAME_DATA, FRAME_HEARTBEAT, FRAME_UNNUMBERED } from "../../../../src/feed/framing.ts";
import { UnitFraming } from "../../../../src/feed/pitch/unit-framing.ts";
import { newCounters } from "../../../support/market.ts";
import { PacketPort } from "../../../support/packet-port.ts";
import * as p from "../../../support/pitch-bytes.ts";
import { pitchMarket, unitFeed } from "../../../support/pitch-market.ts";

const concat = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

/** A framing that writes down the messages it hands on, as [length, type]. */
function framingOf(unit: number) {
  const counters = newCounters();
  const messages: [number, number][] = [];
  const decoder = {
    decode: (_view: DataView, bytes: Uint8Array, offset: number, length: number) => {
      messages.push([length, bytes[offset + 1]!]);
    },
    readAhead: () => {},
  };
  const framing = new UnitFraming({ unit, decoder, counters });
  const read = (bytes: Uint8Array, at = 0) =>
    framing.read(new DataView(bytes.buffer), bytes, at, bytes.length - at);
  const isWhole = (bytes: Uint8Array, at = 0, size = framing.size) =>
    framing.isWellFormed(new DataView(bytes.buffer), bytes, at, size);
  const apply = (bytes: Uint8Array, skip = 0) =>
    framing.apply(new DataView(bytes.buffer), bytes, 0, bytes.length, skip);
  const head = () => [framing.kind, framing.seq, framing.end, framing.size];
  return { framing, counters, messages, read, isWhole, apply, head };
}

const TWO = [p.time(1), p.addShort({ id: 1 })];

describe("the unit header", () => {
  test("is read little-endian: length, count, unit, sequence", () => {
    const f = framingOf(1);
    expect(f.read(p.unit(1, 0x01020304, TWO))).toBe(true);
    expect(f.head()).toEqual([FRAME_DATA, 0x01020304, 0x01020306, 8 + 6 + 26]);
    expect(f.read(p.unit(1, 0xffffffff, TWO))).toBe(true);
    expect(f.framing.end).toBe(0x100000001);
  });

  test("without messages is a heartbeat, with sequence 0 it is not numbered", () => {
    const f = framingOf(1);
    f.read(p.unitHeartbeat(1, 7));
    expect(f.head()).toEqual([FRAME_HEARTBEAT, 7, 7, 8]);
    f.read(p.unit(1, 0, TWO));
    expect(f.framing.kind).toBe(FRAME_UNNUMBERED);
    f.read(p.unitHeartbeat(1, 0));
    expect(f.framing.kind).toBe(FRAME_UNNUMBERED);
    expect(f.counters.some((n) => n !== 0)).toBe(false);
  });

  test("of another unit is passed over and counted, and what follows it is reached", () => {
    const f = framingOf(2);
    const datagram = concat(p.unit(1, 50, TWO), p.unitHeartbeat(3, 9), p.unit(2, 5, TWO));
    expect(f.read(datagram)).toBe(true);
    expect([f.framing.kind, f.framing.size]).toEqual([FRAME_UNNUMBERED, 40]);
    expect(f.read(datagram, 40)).toBe(true);
    expect([f.framing.kind, f.framing.size]).toEqual([FRAME_UNNUMBERED, 8]);
    expect(f.read(datagram, 48)).toBe(true);
    expect(f.head()).toEqual([FRAME_DATA, 5, 7, 40]);
    expect(f.counters[FEED_FILTERED]).toBe(3);
  });

  test("of any unit is taken by unit 0", () => {
    const f = framingOf(0);
    f.read(p.unit(9, 5, TWO));
    expect(f.framing.kind).toBe(FRAME_DATA);
    expect(f.counters[FEED_FILTERED]).toBe(0);
  });

  test("that is cut off, or whose length lies, is refused and counted", () => {
    const f = framingOf(1);
    const whole = p.unit(1, 5, TWO);
    for (let n = 0; n < 8; n++) expect(f.read(whole.slice(0, n))).toBe(false);
    expect(f.counters[FEED_BAD_HEADER]).toBe(8);
    for (const length of [0, 7]) expect(f.read(p.unit(1, 5, TWO, { length }))).toBe(false);
    expect(f.counters[FEED_BAD_HEADER]).toBe(10);
    for (const length of [41, 65_535]) expect(f.read(p.unit(1, 5, TWO, { length }))).toBe(false);
    expect(f.counters[FEED_BAD_BLOCK]).toBe(2);
  });
});

describe("the messages of a header", () => {
  test("fill it exactly, or it is refused and counted", () => {
    const f = framingOf(1);
    const check = (bytes: Uint8Array) => f.read(bytes) && f.isWhole(bytes);
    expect(check(p.unit(1, 5, TWO))).toBe(true);
    expect(check(p.unit(1, 5, TWO, { count: 1 }))).toBe(false);
    expect(f.counters[FEED_TRAILING]).toBe(1);
    expect(check(p.unit(1, 5, TWO, { count: 3 }))).toBe(false);
    expect(check(p.unit(1, 5, TWO, { length: 39 }))).toBe(false);
    expect(f.counters[FEED_BAD_BLOCK]).toBe(2);
    expect(check(p.unit(1, 5, TWO, { count: 0 }))).toBe(false);
    expect(f.counters[FEED_TRAILING]).toBe(2);
  });

  test("have at least their length and type, or the header is refused", () => {
    const f = framingOf(1);
    for (const length of [0, 1]) {
      const bytes = p.unit(1, 5, [new Uint8Array([length, 0x20]), p.remove({ id: 1 })]);
      expect(f.read(bytes) && f.isWhole(bytes)).toBe(false);
    }
    expect(f.counters[FEED_BAD_BLOCK]).toBe(2);
  });

  test("go to the decoder in order, but for those that are skipped", () => {
    const f = framingOf(1);
    const bytes = p.unit(1, 5, [...TWO, p.remove({ id: 1 })]);
    f.read(bytes);
    f.apply(bytes);
    expect(f.messages.splice(0)).toEqual([
      [6, 0x20],
      [26, 0x22],
      [14, 0x29],
    ]);
    f.apply(bytes, 2);
    expect(f.messages).toEqual([[14, 0x29]]);
  });

  test("tell where the session ends", () => {
    const f = framingOf(1);
    const bytes = p.unit(1, 5, [p.time(1), p.endOfSession(), p.time(2)]);
    f.read(bytes);
    expect(f.framing.endsAt).toBe(0);
    f.apply(bytes);
    expect(f.framing.endsAt).toBe(7);
    f.framing.endsAt = 0;
    f.apply(bytes, 2);
    expect(f.framing.endsAt).toBe(0);
    const long = p.unit(1, 5, [new Uint8Array([7, 0x2d, 0, 0, 0, 0, 0])]);
    f.apply(long);
    expect(f.framing.endsAt).toBe(0);
  });
});

describe("with a sequencer", () => {
  function start(options = {}) {
    const m = pitchMarket(["AAPL"]);
    const feed = unitFeed(m, options);
    const port = new PacketPort();
    const send = (line: number, ns: number, ...headers: Uint8Array[]) => {
      port.load(concat(...headers), line);
      feed.sequencer.onPacket(port, 0, ns);
    };
    return { ...m, ...feed, send };
  }
  const add = (id: number, qty = 100) => p.addShort({ id, qty, px: 100 });

  test("several headers of one datagram are applied, the other line's copy is not", () => {
    const s = start();
    const datagram = [
      p.unit(1, 1, [p.time(1), add(1)]),
      p.unit(2, 90, [add(9)]),
      p.unit(1, 3, [add(2)]),
    ];
    s.send(0, 0, ...datagram);
    s.send(1, 1, ...datagram);
    expect(s.books.view(0).bidCount(0)).toBe(2);
    expect(s.counters[FEED_MESSAGES]).toBe(3);
    expect(s.counters[FEED_DUPLICATES]).toBe(2);
    expect(s.counters[FEED_FILTERED]).toBe(2);
    expect(s.states).toEqual(["live"]);
    expect(s.log.books.length).toBe(1);
  });

  test("a hole is a gap, asked for, and filled by the gap line's answer", () => {
    const s = start();
    s.send(0, 0, p.unit(1, 1, [p.time(1), add(1)]));
    s.send(0, 10, p.unit(1, 4, [p.remove({ id: 1 })]));
    s.sequencer.poll(2000);
    expect(s.states).toEqual(["live", "gap"]);
    expect([s.block.doubles[BLOCK_GAP_FROM], s.block.doubles[BLOCK_GAP_TO]]).toEqual([3, 4]);
    s.send(2, 3000, p.unitHeartbeat(1, 0), p.unit(1, 3, [add(2)]));
    expect(s.states).toEqual(["live", "gap", "live"]);
    expect(s.books.levels(0).bids).toEqual([{ px: 10_000, qty: 100, count: 1 }]);
    expect(s.counters[FEED_GAPS]).toBe(1);
  });

  test("a heartbeat shows that the last messages were lost", () => {
    const s = start();
    s.send(0, 0, p.unit(1, 1, [p.time(1)]));
    s.send(0, 10, p.unitHeartbeat(1, 2));
    s.send(0, 20, p.unitHeartbeat(1, 3));
    s.sequencer.poll(2000);
    expect(s.sequencer.highSeq).toBe(3);
    expect(s.states).toEqual(["live", "gap"]);
    expect(s.counters[FEED_HEARTBEATS]).toBe(2);
  });

  test("the end of the session ends it, and sequence 1 after it begins another", () => {
    const s = start();
    s.send(0, 0, p.unit(1, 1, [p.time(1), add(1)]));
    s.send(0, 10, p.unit(1, 3, [p.endOfSession()]));
    expect(s.states).toEqual(["live", "ended"]);
    expect([s.counters[FEED_ENDS], s.framing.endsAt]).toEqual([1, 0]);
    expect(s.books.liveOrders()).toBe(1);
    s.send(0, 1e12, p.unit(1, 1, [p.unitClear(), p.time(1)]));
    expect(s.states.at(-1)).toBe("live");
    expect(s.books.liveOrders()).toBe(0);
  });

  test("a damaged copy changes nothing, and the other line's is taken", () => {
    const s = start();
    const good = p.unit(1, 1, [p.time(1), add(1)]);
    for (const bad of [good.with(8, 7), good.with(2, 3), good.with(0, 41), good.slice(0, 20)]) {
      s.send(0, 0, bad);
    }
    expect(s.counters[FEED_MESSAGES]).toBe(0);
    s.send(1, 10, good);
    expect(s.books.liveOrders()).toBe(1);
  });

  test("where nobody can be asked, a loss makes the books stale until the unit is cleared", () => {
    const s = start({ onHole: "skip" });
    s.send(0, 0, p.unit(1, 1, [p.time(1), add(1)]));
    expect(s.books.flags(0)).toBe(0);
    s.send(0, 10, p.unit(1, 5, [add(2)]));
    s.sequencer.poll(5000);
    expect(s.books.flags(0)).toBe(BOOK_STALE);
    expect(s.books.describeFlags(0)).toContain("stale");
    expect(s.decoder.isTimeSure).toBe(false);
    s.send(0, 20, p.unit(1, 6, [p.unitClear(), p.time(2), add(3)]));
    expect(s.books.flags(0)).toBe(0);
    expect(s.books.liveOrders()).toBe(1);
  });

  test("a message of another edition takes its sequence number, and makes the books stale", () => {
    const s = start();
    s.send(0, 0, p.unit(1, 1, [p.datedTime(1), p.futuresAddShort({ id: 1 }), add(2)]));
    expect(s.counters[FEED_BAD_LENGTH]).toBe(2);
    expect(s.sequencer.nextSeq).toBe(4);
    expect(s.books.flags(0)).toBe(BOOK_STALE);
    expect(s.books.liveOrders()).toBe(1);
  });
});
