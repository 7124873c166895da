import { describe, expect, test } from "bun:test";
import {
  BOOK_BROKEN_TRADES,
  BOOK_INEXACT_ORDER,
  BOOK_INEXACT_TRADE,
  BOOK_INSTRUMENTS_FULL,
  BOOK_MISMATCH,
  BOOK_UNKNOWN_STATUS,
} from "../../../src/book/counters.ts";
import { BOOK_FULL, BOOK_INEXACT, BOOK_STALE } from "../../../src/book/flags.ts";
import {
  CHANGED_ASK,
  CHANGED_BEST,
  CHANGED_BID,
  CHANGED_DEPTH,
} from "../../../src/book/market-events.ts";
import { STAT_HIGH, STAT_HIGH_LIMIT, STAT_OPEN_INTEREST } from "../../../src/book/mdp3-market.ts";
import { displayIncrement, mantissasPerUnit } from "../../../src/book/mdp3-units.ts";
import { STATUS_CLOSED, STATUS_HALTED, STATUS_TRADING } from "../../../src/core/codes.ts";
import { FEED_FILTERED } from "../../../src/feed/counters.ts";
import { definition } from "../../support/market.ts";
import * as wire from "../../support/mdp3-bytes.ts";
import { mdp3Feed, mdp3Market, TICK } from "../../support/mdp3-market.ts";

const [ES, NQ] = [101, 102];

/** A channel from its first packet on: all books are empty and sound. */
function channel(options: Parameters<typeof mdp3Market>[1] = {}) {
  const market = mdp3Market(["ESH6", "NQH6"], options);
  const feed = mdp3Feed(market);
  let seq = 0;
  let rpt = 0;
  const send = (...messages: Uint8Array[]) => feed.live(++seq, ...messages);
  /** One entry of ES: action, level, side, price in units, quantity. */
  const level = (action: number, position: number, type: string, px: number, qty = 1) =>
    send(
      wire.book([
        { id: ES, rpt: ++rpt, action, level: position, type, px: px * TICK, qty, orders: 1 },
      ]),
    );
  return { ...market, ...feed, send, level, next: () => ++rpt };
}

const bids = (m: ReturnType<typeof channel>, i = 0) =>
  m.books.levels(i).bids.map(({ px, qty }) => [px, qty]);

describe("levels by position", () => {
  test("new ones push the others back, and what is pushed behind the depth is gone", () => {
    const m = channel({ depth: 3 });
    m.level(0, 1, "0", 100, 1);
    m.level(0, 2, "0", 99, 2);
    m.level(0, 1, "0", 102, 3);
    m.level(0, 2, "0", 101, 4);
    expect(bids(m)).toEqual([
      [102, 3],
      [101, 4],
      [100, 1],
    ]);
    expect(m.books.flags(0)).toBe(0);
  });

  test("change, delete, delete thru, delete from and overlay", () => {
    const m = channel();
    for (let k = 1; k <= 6; k++) m.level(0, k, "0", 100 - k, k);
    m.level(1, 2, "0", 98, 20);
    m.level(2, 1, "0", 99);
    expect(bids(m)[0]).toEqual([98, 20]);
    m.level(3, 2, "0", 0);
    expect(bids(m).map(([px]) => px)).toEqual([96, 95, 94]);
    m.level(5, 1, "0", 97, 5);
    m.level(4, 3, "0", 0);
    expect(bids(m)).toEqual([
      [97, 5],
      [95, 5],
    ]);
    m.level(5, 3, "0", 90, 9);
    expect(bids(m)).toHaveLength(3);
    expect(m.books.flags(0)).toBe(0);
  });

  test("a delete may leave its price out; one with another price does not fit", () => {
    const m = channel();
    m.level(0, 1, "1", 7);
    m.level(0, 2, "1", 8);
    m.send(wire.book([{ id: ES, rpt: m.next(), type: "1", action: 2, level: 1 }]));
    expect(m.books.levels(0).asks).toEqual([{ px: 8, qty: 1, count: 1 }]);
    m.level(2, 1, "1", 9);
    expect(m.counters[BOOK_MISMATCH]).toBe(1);
    expect(m.books.flags(0)).toBe(BOOK_STALE);
  });

  test("a hole, a level that is not there and an unknown action make the book stale", () => {
    for (const [action, position] of [
      [0, 2],
      [0, 0],
      [0, 11],
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 1],
      [5, 2],
      [9, 1],
    ] as const) {
      const m = channel();
      m.level(action, position, "0", 5);
      expect([action, position, m.books.flags(0)]).toEqual([action, position, BOOK_STALE]);
      expect(m.books.flags(1)).toBe(0);
      expect(m.counters[BOOK_MISMATCH]).toBe(1);
    }
  });

  test("negative prices and zero are prices", () => {
    const m = channel();
    m.level(0, 1, "0", 0, 3);
    m.level(0, 2, "0", -1, 4);
    m.level(0, 1, "1", 2, 5);
    expect(m.books.levels(0)).toEqual({
      bids: [
        { px: 0, qty: 3, count: 1 },
        { px: -1, qty: 4, count: 1 },
      ],
      asks: [{ px: 2, qty: 5, count: 1 }],
    });
    expect(m.books.view(0).bidDepth()).toBe(2);
    expect(m.books.flags(0)).toBe(0);
  });

  test("implied levels are a book of their own, two deep", () => {
    const m = channel();
    m.level(0, 1, "E", 10, 1);
    m.level(0, 1, "E", 11, 2);
    m.level(0, 1, "E", 12, 3);
    m.level(0, 1, "F", 13, 4);
    expect(m.books.levels(0)).toEqual({ bids: [], asks: [] });
    expect(m.books.impliedLevels(0)).toEqual({
      bids: [
        { px: 12, qty: 3, count: 1 },
        { px: 11, qty: 2, count: 1 },
      ],
      asks: [{ px: 13, qty: 4, count: 1 }],
    });
    expect(m.books.impliedView(0).bidPx(0)).toBe(12);
    expect(m.log.books.at(-1)).toEqual([0, CHANGED_ASK | CHANGED_DEPTH]);
  });

  test("a book reset empties one book, a channel reset all, and numbers begin with 1", () => {
    const m = channel();
    m.level(0, 1, "0", 5);
    m.send(wire.book([{ id: NQ, rpt: 1, type: "0", px: TICK, qty: 1 }]));
    m.send(wire.book([{ id: ES, rpt: m.next(), type: "J" }]));
    expect([bids(m, 0), bids(m, 1)]).toEqual([[], [[1, 1]]]);
    m.send(wire.channelReset());
    expect(bids(m, 1)).toEqual([]);
    m.send(wire.book([{ id: NQ, rpt: 1, type: "0", px: TICK, qty: 7 }]));
    expect(bids(m, 1)).toEqual([[1, 7]]);
    expect(m.books.flags(1)).toBe(0);
  });
});

describe("prices", () => {
  test("are mantissas over those of a unit, exactly", () => {
    const one = { mantissa: 1n, exponent: 0 };
    expect(mantissasPerUnit(0.01, -9, one)).toBe(10_000_000);
    expect(mantissasPerUnit(0.25, -7, one)).toBe(2_500_000);
    // 7584.5 on the wire with factor 0.0001 is 0.75845.
    expect(mantissasPerUnit(0.00005, -7, { mantissa: 100_000n, exponent: -9 })).toBe(5_000_000);
    expect(mantissasPerUnit(0.015625, -9, { mantissa: 1n, exponent: -2 })).toBe(1_562_500_000);
    expect(mantissasPerUnit(1e-10, -9, one)).toBe(0);
    expect(mantissasPerUnit(0.3, -9, { mantissa: 7n, exponent: -1 })).toBe(0);
    expect(mantissasPerUnit(1e9, -9, one)).toBe(0);
  });

  const bad: [string, number | bigint][] = [
    ["that do not divide", TICK + 1],
    ["null", wire.PX_NULL],
    ["beyond int32", 2147483648n * BigInt(TICK)],
    ["beyond 2^53", 1n << 60n],
    ["below -2^53", -(1n << 60n)],
  ];
  for (const [what, px] of bad) {
    test(`${what} are counted, and the book is flagged until a snapshot`, () => {
      const m = channel();
      m.level(0, 1, "0", 5);
      m.send(wire.book([{ id: ES, rpt: m.next(), type: "0", px, qty: 1 }]));
      expect(m.counters[BOOK_INEXACT_ORDER]).toBe(1);
      expect(m.books.flags(0)).toBe(BOOK_INEXACT | BOOK_STALE);
      expect(m.books.describeFlags(0)).toContain("inexact");
      const entries = [{ type: "0", level: 1, px: 5 * TICK, qty: 2, orders: 1 }];
      m.loop(1, wire.snapshot({ lastSeq: 2, id: ES, rpt: 2, entries }));
      expect(m.books.flags(0)).toBe(0);
      expect(bids(m)).toEqual([[5, 2]]);
    });
  }

  test("a quantity that is not told, or negative, is refused as well", () => {
    for (const qty of [wire.I32_NULL, -1]) {
      const m = channel();
      m.send(wire.book([{ id: ES, rpt: 1, type: "0", px: TICK, qty }]));
      expect(m.books.flags(0)).toBe(BOOK_INEXACT | BOOK_STALE);
    }
  });

  test("the greatest and the least that fit are kept", () => {
    const m = channel();
    for (const px of [900_719_925, -900_719_925]) {
      m.send(wire.channelReset());
      m.send(wire.book([{ id: ES, rpt: 1, type: "0", px: BigInt(px) * BigInt(TICK), qty: 1 }]));
      expect(bids(m)).toEqual([[px, 1]]);
    }
  });
});

describe("beside the books", () => {
  test("trades with aggressor, volume, statistics and limits", () => {
    const m = channel();
    m.send(wire.trades([{ id: ES, rpt: 1, px: 5 * TICK, qty: 3, aggressor: 2 }]));
    m.send(wire.trades([{ id: ES, rpt: 2, px: 6 * TICK, qty: 1, aggressor: 0 }]));
    expect(m.log.trades).toEqual([
      [0, 5, 3, -1],
      [0, 6, 1, 0],
    ]);
    expect(m.books.market.volume[0]).toBe(4);
    m.send(wire.volume(ES, 3, 1000));
    expect(m.books.market.volume[0]).toBe(1000);
    m.send(wire.sessionStatistics([{ id: ES, rpt: 4, type: "7", px: 9 * TICK }]));
    m.send(wire.dailyStatistics([{ id: ES, rpt: 5, type: "C", qty: 77 }]));
    m.send(wire.limits(ES, 6, 20 * TICK, wire.PX_NULL));
    const of = (type: number) => m.books.market.statistic(0, type);
    expect([of(STAT_HIGH), of(STAT_OPEN_INTEREST), of(STAT_HIGH_LIMIT)]).toEqual([9, 77, 20]);
    expect(of(2)).toBeNaN();
    expect([m.books.view(0).lastPx(), m.books.view(0).lastQty()]).toEqual([6, 1]);
    m.send(wire.trades([{ id: ES, rpt: 7, px: 5 * TICK, qty: 3, action: 2 }]));
    m.send(wire.trades([{ id: ES, rpt: 8, px: TICK / 2, qty: 3 }]));
    expect([m.counters[BOOK_BROKEN_TRADES], m.counters[BOOK_INEXACT_TRADE]]).toEqual([1, 1]);
    expect(m.books.flags(0)).toBe(0);
  });

  test("numbers run over all templates: the next level follows the trade", () => {
    const m = channel();
    m.send(wire.trades([{ id: ES, rpt: 1, px: TICK, qty: 1 }]), wire.volume(ES, 2, 5));
    m.send(wire.book([{ id: ES, rpt: 3, type: "0", px: TICK, qty: 1 }]));
    expect(bids(m)).toEqual([[1, 1]]);
  });

  test("statuses of a security, of a group and of an asset", () => {
    const m = channel();
    m.send(wire.status({ id: ES, status: 17 }));
    expect(m.log.statuses).toEqual([[0, STATUS_TRADING]]);
    m.define(1, wire.definition({ id: NQ, symbol: "NQH6", group: "NQ", asset: "NQ", status: 4 }));
    expect(m.books.status[1]).toBe(STATUS_CLOSED);
    m.send(wire.status({ group: "NQ", status: 17 }), wire.status({ asset: "ES", status: 2 }));
    expect(m.books.status[1]).toBe(STATUS_TRADING);
    m.send(wire.status({ group: "NQ", asset: "XX", status: 2 }));
    expect(m.books.status[1]).toBe(STATUS_TRADING);
    m.send(wire.status({ asset: "NQ    ", status: 2 }), wire.status({ id: ES, status: 103 }));
    expect([m.books.status[0], m.books.status[1]]).toEqual([STATUS_TRADING, STATUS_HALTED]);
    m.send(wire.status({ id: ES, status: 99 }));
    expect([m.books.status[0], m.counters[BOOK_UNKNOWN_STATUS]]).toEqual([0, 1]);
  });

  test("what changed is told once, at the end of the event", () => {
    const m = channel();
    const level = { id: ES, type: "0", px: TICK, qty: 1 };
    m.send(wire.adminHeartbeat());
    const before = m.log.books.length;
    m.send(wire.book([{ ...level, rpt: 1 }], { event: 4 }));
    m.send(wire.trades([{ id: ES, rpt: 2, px: TICK, qty: 1 }], { event: 1 }));
    expect([m.log.books.length, m.log.trades.length]).toEqual([before, 0]);
    m.send(wire.book([{ ...level, rpt: 3, action: 1 }]));
    expect(m.log.books.slice(before)).toEqual([[0, CHANGED_BID | CHANGED_BEST]]);
    expect(m.log.trades).toHaveLength(1);
  });
});

describe("definitions", () => {
  test("give a subscribed symbol its id, display factor and depth", () => {
    const instrument = definition("6CZ6", 0.00005);
    const m = mdp3Market([instrument]);
    const feed = mdp3Feed(m);
    feed.live(1, wire.adminHeartbeat());
    const level = { id: 4711, rpt: 1, type: "0", px: 7_584_500_000_000, qty: 1 };
    feed.live(2, wire.book([level]));
    expect(m.counters[FEED_FILTERED]).toBe(1);
    const facts = { id: 4711, symbol: "6CZ6", factor: 100_000n, depth: 3, impliedDepth: 2 };
    feed.define(1, wire.definition(facts));
    feed.live(3, wire.book([{ ...level, px: 7_584_500_000_000 }]));
    expect(m.books.levels(0).bids).toEqual([{ px: 15_169, qty: 1, count: 0 }]);
    for (const rpt of [2, 3, 4]) {
      const px = level.px - rpt * 500_000_000;
      feed.live(2 + rpt, wire.book([{ ...level, rpt, level: rpt, px }]));
    }
    expect(m.books.levels(0).bids).toHaveLength(3);
    // 101 led here before.
    expect(m.books.find(101)).toBe(-1);
  });

  test("are looked at once: the same one again is not read", () => {
    const m = mdp3Market(["ESH6"]);
    const feed = mdp3Feed(m);
    let read = 0;
    const define = m.books.onDefinition.bind(m.books);
    m.books.onDefinition = (d) => {
      read++;
      define(d);
    };
    const facts = { id: 5, symbol: "ESH6" };
    for (let k = 1; k <= 3; k++) feed.define(k, wire.definition(facts));
    expect(read).toBe(1);
    feed.define(4, wire.definition({ ...facts, action: "M", timeNs: 5n }));
    expect(read).toBe(2);
    feed.define(5, wire.definition({ id: 6, symbol: "NQH6" }));
    expect(read).toBe(2);
  });

  test("a deleted instrument is empty, closed and stale", () => {
    const m = channel();
    m.level(0, 1, "0", 5);
    m.send(wire.definition({ id: ES, symbol: "ESH6", action: "D" }));
    expect(bids(m)).toEqual([]);
    expect([m.books.flags(0), m.books.status[0]]).toEqual([BOOK_STALE, STATUS_CLOSED]);
  });

  test("a new display factor empties the book: its prices meant something else", () => {
    const m = channel();
    m.level(0, 1, "0", 5);
    m.send(wire.definition({ id: ES, symbol: "ESH6", action: "M", factor: 10_000_000n }));
    expect([bids(m), m.books.flags(0)]).toEqual([[], BOOK_STALE]);
  });

  test("a book that is deeper than what is kept is said to be incomplete", () => {
    const m = channel({ depth: 5 });
    m.send(wire.definition({ id: ES, symbol: "ESH6", depth: 10 }));
    expect(m.books.flags(0)).toBe(BOOK_FULL);
    expect(m.books.describeFlags(0)).toBe(
      "the venue's book is deeper than the 5 levels that are kept",
    );
  });

  test("with * they make instruments, as long as there is room", () => {
    const m = mdp3Market([], {
      capacity: 2,
      wildcard: (d) =>
        d.symbol === "SKIP" ? null : definition(d.symbol, displayIncrement(d) ?? 0.01),
    });
    const feed = mdp3Feed(m);
    feed.live(1, wire.adminHeartbeat());
    const define = (id: number, symbol: string) =>
      wire.definition({ id, symbol, increment: 250_000_000n, factor: 10_000_000n });
    feed.define(1, define(1, "A"), define(2, "SKIP"), define(3, "B"), define(4, "C"));
    expect(m.instruments.definitions.map((d) => [d.symbol, d.priceUnit])).toEqual([
      ["A", 0.0025],
      ["B", 0.0025],
    ]);
    expect(m.counters[BOOK_INSTRUMENTS_FULL]).toBe(1);
    feed.live(2, wire.book([{ id: 3, rpt: 1, type: "0", px: 250_000_000, qty: 1 }]));
    expect(m.books.levels(1).bids).toEqual([{ px: 1, qty: 1, count: 0 }]);
    expect([1, 2, 3, 4].map((id) => m.books.find(id))).toEqual([0, -1, 1, -1]);
  });

  test("an id that nothing defines may be taken as it is", () => {
    const m = mdp3Market([], {
      capacity: 1,
      undefinedAs: (id) => (id === 9 ? definition("#9", 0.01) : null),
      beginsLoose: true,
    });
    const feed = mdp3Feed(m);
    feed.live(50, wire.book([{ id: 8, rpt: 3, type: "0", px: TICK, qty: 1 }]));
    feed.live(51, wire.book([{ id: 9, rpt: 30, type: "0", px: TICK, qty: 1 }]));
    expect(m.books.levels(0).bids).toHaveLength(1);
    expect(m.books.flags(0)).toBe(BOOK_STALE);
    expect(m.counters[FEED_FILTERED]).toBe(1);
  });
});
