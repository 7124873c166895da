import { describe, expect, test } from "bun:test";
import {
  BOOK_BROKEN_TRADES,
  BOOK_DUPLICATE_ORDER,
  BOOK_INEXACT_ORDER,
  BOOK_INEXACT_TRADE,
  BOOK_INSTRUMENTS_FULL,
  BOOK_OVER_EXECUTION,
  BOOK_UNKNOWN_ORDER,
  BOOK_UNKNOWN_STATUS,
} from "../../../src/book/counters.ts";
import { BOOK_FULL, BOOK_INEXACT, BOOK_STALE } from "../../../src/book/flags.ts";
import {
  SIDE_BUY,
  SIDE_SELL,
  STATUS_CLOSED,
  STATUS_HALTED,
  STATUS_QUOTATION,
  STATUS_SHORT_RESTRICTED,
  STATUS_TRADING,
  STATUS_UNKNOWN,
} from "../../../src/core/codes.ts";
import { FEED_FILTERED } from "../../../src/feed/counters.ts";
import { definition } from "../../support/market.ts";
import * as p from "../../support/pitch-bytes.ts";
import { pitchMarket } from "../../support/pitch-market.ts";

const one = (options = {}) => pitchMarket(["AAPL"], options);

describe("orders", () => {
  test("of all three forms make levels, long and short prices on one scale", () => {
    const m = one();
    m.feed(
      p.addShort({ id: 1, qty: 100, px: 500 }),
      p.addLong({ id: 2, qty: 50, px: 51_000 }),
      p.addExpanded({ id: 3, qty: 25, px: 50_000 }),
      p.addShort({ id: 4, side: "S", qty: 10, px: 530 }),
      p.addLong({ id: 5, side: "S", qty: 20, px: 52_000 }),
    );
    expect(m.books.levels(0)).toEqual({
      bids: [
        { px: 51_000, qty: 50, count: 1 },
        { px: 50_000, qty: 125, count: 2 },
      ],
      asks: [
        { px: 52_000, qty: 20, count: 1 },
        { px: 53_000, qty: 10, count: 1 },
      ],
    });
  });

  test("are executed, reduced and deleted by id alone", () => {
    const m = pitchMarket(["AAPL", "MSFT"]);
    m.feed(
      p.addShort({ id: 1, qty: 100, px: 500 }),
      p.addShort({ id: 2n ** 63n + 1n, qty: 100, px: 500, symbol: "MSFT" }),
      p.execute({ id: 1, qty: 10 }),
      p.reduceShort({ id: 1, qty: 20 }),
      p.reduceLong({ id: 2n ** 63n + 1n, qty: 5 }),
    );
    expect(m.books.view(0).bidQty(0)).toBe(70);
    expect(m.books.view(1).bidQty(0)).toBe(95);
    m.feed(p.remove({ id: 2n ** 63n + 1n }), p.execute({ id: 1, qty: 70 }));
    expect(m.books.liveOrders()).toBe(0);
  });

  test("executed at a price have left what the message says, less or more", () => {
    const m = one();
    m.feed(
      p.addShort({ id: 1, qty: 100, px: 500 }),
      p.executeAt({ id: 1, qty: 10, remaining: 60, px: 49_900 }),
    );
    expect(m.books.view(0).bidQty(0)).toBe(60);
    m.feed(p.executeAt({ id: 1, qty: 10, remaining: 200, px: 49_900 }));
    expect(m.books.levels(0).bids).toEqual([{ px: 50_000, qty: 200, count: 1 }]);
    m.feed(p.executeAt({ id: 1, qty: 200, remaining: 0, px: 49_900 }));
    expect(m.books.liveOrders()).toBe(0);
    m.books.flush(true);
    expect(m.log.trades).toEqual([
      [0, 49_900, 10, SIDE_SELL],
      [0, 49_900, 10, SIDE_SELL],
      [0, 49_900, 200, SIDE_SELL],
    ]);
    expect(m.books.flags(0)).toBe(0);
  });

  test("modified keep id and side, with and without their place in time", () => {
    for (const flags of [0, 2]) {
      const m = one();
      m.feed(
        p.addShort({ id: 1, side: "S", qty: 100, px: 500 }),
        p.addShort({ id: 2, side: "S", qty: 10, px: 500 }),
        p.modifyShort({ id: 1, qty: 40, px: 500, flags }),
      );
      expect(m.books.levels(0).asks).toEqual([{ px: 50_000, qty: 50, count: 2 }]);
      m.feed(p.modifyLong({ id: 1, qty: 400, px: 49_999, flags }));
      expect(m.books.levels(0).asks).toEqual([
        { px: 49_999, qty: 400, count: 1 },
        { px: 50_000, qty: 10, count: 1 },
      ]);
      m.feed(p.remove({ id: 1 }));
      expect(m.books.levels(0).asks).toEqual([{ px: 50_000, qty: 10, count: 1 }]);
    }
  });

  test("modified to a price that no book can hold are gone, and the book is flagged", () => {
    const m = one();
    m.feed(p.addShort({ id: 1, px: 500 }), p.modifyLong({ id: 1, px: 2n ** 31n, flags: 2 }));
    expect([m.books.liveOrders(), m.books.flags(0)]).toEqual([0, BOOK_INEXACT]);
    expect(m.counters[BOOK_INEXACT_ORDER]).toBe(1);
  });

  test("reduced by more than is left flag the book; an id in use keeps its first order", () => {
    const m = one();
    m.feed(p.addShort({ id: 1, qty: 10, px: 500 }), p.addShort({ id: 1, qty: 99, px: 600 }));
    expect(m.counters[BOOK_DUPLICATE_ORDER]).toBe(1);
    expect([m.books.view(0).bidQty(0), m.books.flags(0)]).toEqual([10, BOOK_INEXACT]);
    m.books.clear();
    m.feed(p.addShort({ id: 1, qty: 10, px: 500 }), p.reduceShort({ id: 1, qty: 11 }));
    expect(m.counters[BOOK_OVER_EXECUTION]).toBe(1);
    expect(m.books.flags(0)).toBe(BOOK_INEXACT);
  });

  test("of the whole unit go with a unit clear; statuses stay", () => {
    const m = pitchMarket(["AAPL", "MSFT"]);
    m.feed(
      p.tradingStatus("AAPL", "T"),
      p.addShort({ id: 1, px: 500 }),
      p.addShort({ id: 2, px: 500, symbol: "MSFT", qty: 0 }),
    );
    m.books.flush(true);
    expect(m.books.flags(1)).toBe(BOOK_INEXACT);
    m.feed(p.unitClear());
    m.books.flush(true);
    expect(m.books.liveOrders()).toBe(0);
    expect(m.log.books.at(-1)).toEqual([0, 15]);
    expect(m.books.status[0]).toBe(STATUS_TRADING);
    expect([m.books.flags(0), m.books.flags(1)]).toEqual([0, 0]);
  });
});

describe("subscription", () => {
  test("leaves other symbols out, and their orders are no unknown ones", () => {
    const m = one();
    m.feed(
      p.addShort({ id: 1, px: 500, symbol: "MSFT" }),
      p.execute({ id: 1, qty: 10 }),
      p.modifyShort({ id: 1, qty: 10, px: 1 }),
      p.remove({ id: 1 }),
      p.tradeShort({ id: 9, symbol: "MSFT", px: 5 }),
      p.tradingStatus("MSFT", "T"),
    );
    expect(m.books.liveOrders()).toBe(0);
    expect(m.counters[FEED_FILTERED]).toBe(6);
    expect(m.counters[BOOK_UNKNOWN_ORDER]).toBe(0);
    expect([m.books.flags(0), m.books.isSeen(0)]).toEqual([0, false]);
  });

  test("tells symbols of 6 and 8 characters apart by all of them", () => {
    const m = pitchMarket(["ABCDEF", "ABCDEFGH"]);
    m.feed(
      p.addLong({ id: 1, qty: 1, px: 5, symbol: "ABCDEF" }),
      p.addExpanded({ id: 2, qty: 2, px: 5, symbol: "ABCDEFGH" }),
      p.addExpanded({ id: 3, qty: 4, px: 5, symbol: "ABCDEF" }),
    );
    expect([m.books.view(0).bidQty(0), m.books.view(1).bidQty(0)]).toEqual([5, 2]);
    expect([m.books.isSeen(0), m.books.isSeen(1)]).toEqual([true, true]);
  });

  test("of everything takes a symbol at its first add, status or trade; unknown ids are news then", () => {
    const m = pitchMarket({ capacity: 8 });
    m.feed(
      p.addShort({ id: 1, px: 500 }),
      p.tradingStatus("MSFT", "H"),
      p.tradeShort({ id: 7, px: 5, symbol: "IBM" }),
      p.remove({ id: 99 }),
    );
    expect(m.instruments.definitions.map((d) => d.symbol)).toEqual(["AAPL", "MSFT", "IBM"]);
    expect(m.counters[BOOK_UNKNOWN_ORDER]).toBe(1);
    expect(m.counters[FEED_FILTERED]).toBe(0);
  });

  test("of everything asks once for a symbol that it leaves out, and counts it once when full", () => {
    const asked: string[] = [];
    const wildcard = (symbol: string) => {
      asked.push(symbol);
      return symbol === "NO" ? null : definition(symbol);
    };
    const m = pitchMarket({ capacity: 1 }, { wildcard });
    m.feed(
      p.addShort({ id: 1, symbol: "NO", px: 5 }),
      p.addShort({ id: 2, symbol: "NO", px: 5 }),
      p.addShort({ id: 3, symbol: "YES", px: 5 }),
      p.addShort({ id: 4, symbol: "FULL", px: 5 }),
      p.addShort({ id: 5, symbol: "FULL", px: 5 }),
      p.remove({ id: 5 }),
    );
    expect(asked).toEqual(["NO", "YES"]);
    expect(m.counters[BOOK_INSTRUMENTS_FULL]).toBe(1);
    expect(m.counters[FEED_FILTERED]).toBe(5);
    expect(m.counters[BOOK_UNKNOWN_ORDER]).toBe(0);
    expect(m.books.liveOrders()).toBe(1);
  });

  test("of everything hears without surprise of orders that it had refused", () => {
    const m = pitchMarket({ capacity: 4 }, { maxOrders: 1 });
    m.feed(p.addShort({ id: 1, px: 5 }), p.addShort({ id: 2, px: 5 }), p.remove({ id: 2 }));
    expect(m.books.flags(0)).toBe(BOOK_FULL);
    expect(m.counters[BOOK_UNKNOWN_ORDER]).toBe(0);
  });
});

describe("prices", () => {
  test("must fit int32 after division by the instrument's unit, not before", () => {
    const m = pitchMarket([definition("BRKA", 0.01)]);
    m.feed(p.addLong({ id: 1, qty: 1, px: 6_000_000_100, symbol: "BRKA" }));
    expect(m.books.view(0).bidPx(0)).toBe(60_000_001);
    expect(m.books.flags(0)).toBe(0);
  });

  test("that do not, are counted and flag that book alone", () => {
    const bad = [6_000_000_101n, 214_748_364_800n, 2n ** 53n, 2n ** 64n - 100n];
    for (const px of bad) {
      const m = pitchMarket([definition("BRKA", 0.01), definition("AAPL", 0.01)]);
      m.feed(p.addLong({ id: 1, qty: 1, px, symbol: "BRKA" }), p.addShort({ id: 2, px: 1 }));
      expect([m.books.flags(0), m.books.flags(1)]).toEqual([BOOK_INEXACT, 0]);
      expect(m.counters[BOOK_INEXACT_ORDER]).toBe(1);
      expect(m.books.liveOrders()).toBe(1);
    }
  });

  test("below zero of a future's spread flag its book", () => {
    const m = pitchMarket(["VXSPR"], {}, "cfe-futures");
    m.feed(p.futuresAddShort({ id: 1, qty: 1, px: -25, symbol: "VXSPR" }));
    expect([m.books.flags(0), m.books.liveOrders()]).toEqual([BOOK_INEXACT, 0]);
  });

  test("of quantities above int32 flag the book", () => {
    const m = one();
    m.feed(p.addLong({ id: 1, qty: 0x80000000, px: 5 }));
    expect(m.books.flags(0)).toBe(BOOK_INEXACT);
    m.feed(p.unitClear(), p.addLong({ id: 1, qty: 5, px: 5 }));
    m.feed(p.executeAt({ id: 1, qty: 1, remaining: 0x80000000, px: 5 }));
    expect([m.books.flags(0), m.books.liveOrders()]).toEqual([BOOK_INEXACT, 0]);
  });
});

describe("trades", () => {
  test("against displayed orders carry the taker's side; hidden ones none, and leave the book alone", () => {
    const m = one();
    m.feed(
      p.addShort({ id: 1, qty: 100, px: 500 }),
      p.addShort({ id: 2, side: "S", qty: 100, px: 510 }),
      p.execute({ id: 1, qty: 10 }),
      p.execute({ id: 2, qty: 20 }),
      p.executeAt({ id: 2, qty: 5, remaining: 75, px: 50_900 }),
      p.tradeShort({ id: 9, qty: 7, px: 505 }),
      p.tradeLong({ id: 9, side: "S", qty: 8, px: 50_600 }),
      p.tradeExpanded({ id: 9, qty: 9, px: 50_700 }),
    );
    m.books.flush(true);
    expect(m.log.trades).toEqual([
      [0, 50_000, 10, SIDE_SELL],
      [0, 51_000, 20, SIDE_BUY],
      [0, 50_900, 5, SIDE_BUY],
      [0, 50_500, 7, 0],
      [0, 50_600, 8, 0],
      [0, 50_700, 9, 0],
    ]);
    expect(m.books.volume[0]).toBe(59);
    expect(m.books.levels(0)).toEqual({
      bids: [{ px: 50_000, qty: 90, count: 1 }],
      asks: [{ px: 51_000, qty: 75, count: 1 }],
    });
  });

  test("at a price that does not divide are counted and do not flag the book", () => {
    const m = pitchMarket([definition("AAPL", 0.01)]);
    m.feed(p.tradeLong({ id: 1, qty: 7, px: 12_345 }), p.tradeBreak(5));
    expect([m.counters[BOOK_INEXACT_TRADE], m.counters[BOOK_BROKEN_TRADES]]).toEqual([1, 1]);
    expect([m.books.flags(0), m.books.volume[0]]).toEqual([0, 7]);
  });

  test("of an auction's summary are not shown a second time", () => {
    const m = one();
    m.feed(p.auctionSummary("AAPL", 50_000, 100), p.auctionUpdate("AAPL"));
    m.books.flush(true);
    expect([m.log.trades, m.books.volume[0]]).toEqual([[], 0]);
  });
});

describe("status", () => {
  const cases: [string, number][] = [
    ["A", STATUS_CLOSED],
    ["H", STATUS_HALTED],
    ["Q", STATUS_QUOTATION],
    ["S", STATUS_HALTED],
    ["T", STATUS_TRADING],
  ];

  test("is what 0x31 says, open with T at any hour", () => {
    for (const [code, status] of cases) {
      const m = one();
      m.feed(p.tradingStatus("AAPL", code));
      m.books.flush(true);
      expect([code, m.books.status[0]]).toEqual([code, status]);
      expect(m.log.statuses).toEqual([[0, status]]);
    }
  });

  test("carries Reg SHO, and is told once when both change", () => {
    const m = one();
    m.feed(p.tradingStatus("AAPL", "T", "1"));
    m.books.flush(true);
    expect(m.log.statuses).toEqual([[0, STATUS_TRADING | STATUS_SHORT_RESTRICTED]]);
    m.feed(p.tradingStatus("AAPL", "T", "0"));
    expect(m.books.status[0]).toBe(STATUS_TRADING);
    m.feed(p.tradingStatus("AAPL", "?", "0"));
    expect(m.books.status[0]).toBe(STATUS_UNKNOWN);
    expect(m.counters[BOOK_UNKNOWN_STATUS]).toBe(1);
  });

  test("of options outside regular hours opens with extended hours alone", () => {
    const run = (extendedHours: boolean, code: string, global: string) => {
      const m = pitchMarket(["OPT1"], { extendedHours }, "us-options");
      m.feed(p.optionsStatus("OPT1", code, global));
      return m.books.status[0];
    };
    expect([run(false, "L", "H"), run(true, "L", "H")]).toEqual([STATUS_CLOSED, STATUS_TRADING]);
    expect([run(false, "Q", "T"), run(true, "Q", "T")]).toEqual([STATUS_QUOTATION, STATUS_TRADING]);
    expect([run(true, "H", "T"), run(true, "R", "H")]).toEqual([STATUS_HALTED, STATUS_QUOTATION]);
    expect(run(false, "T", "H")).toBe(STATUS_TRADING);
  });

  test("is unknown again in a new session, in which all else is forgotten, too", () => {
    const m = one();
    m.feed(
      p.tradingStatus("AAPL", "T"),
      p.addShort({ id: 1, px: 500 }),
      p.execute({ id: 1, qty: 1 }),
    );
    m.decoder.onLoss(1, 2);
    expect(m.books.flags(0)).toBe(BOOK_STALE);
    m.books.flush(true);
    m.books.clear();
    m.books.flush(true);
    expect(m.log.statuses.at(-1)).toEqual([0, STATUS_UNKNOWN]);
    expect([m.books.flags(0), m.books.volume[0], m.books.isSeen(0)]).toEqual([0, 0, false]);
    m.books.assumeTrading();
    expect(m.books.status[0]).toBe(STATUS_TRADING);
  });
});

test("the time of an instrument is that of its last message", () => {
  const m = one();
  m.feed(p.addShort({ id: 1, px: 500, ns: 5 }));
  expect(m.books.timeNs[0]).toBe(-1);
  m.feed(p.time(3), p.reduceShort({ id: 1, qty: 1, ns: 7 }));
  expect(m.books.timeNs[0]).toBe(3_000_000_007);
});
