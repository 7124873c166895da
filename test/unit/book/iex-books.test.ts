import { describe, expect, test } from "bun:test";
import {
  BOOK_BROKEN_TRADES,
  BOOK_INEXACT_ORDER,
  BOOK_INEXACT_TRADE,
  BOOK_INSTRUMENTS_FULL,
  BOOK_UNKNOWN_ORDER,
  BOOK_UNKNOWN_STATUS,
} from "../../../src/book/counters.ts";
import { BOOK_FULL, BOOK_INEXACT, BOOK_STALE } from "../../../src/book/flags.ts";
import { CHANGED_ASK, CHANGED_BEST, CHANGED_BID } from "../../../src/book/market-events.ts";
import {
  STATUS_CLOSED,
  STATUS_HALTED,
  STATUS_PAUSED,
  STATUS_QUOTATION,
  STATUS_SHORT_RESTRICTED,
  STATUS_TRADING,
  STATUS_UNKNOWN,
} from "../../../src/core/codes.ts";
import { FEED_FILTERED } from "../../../src/feed/counters.ts";
import {
  directory,
  level,
  operationalHalt,
  quote,
  securityEvent,
  shortSale,
  systemEvent,
  T0,
  trade,
  tradeBreak,
  tradingStatus,
} from "../../support/iex-bytes.ts";
import { iexMarket } from "../../support/iex-market.ts";
import { definition } from "../../support/market.ts";

const LATER = T0 + 1_000_000n;

describe("price levels", () => {
  test("are set, changed and taken away by their price", () => {
    const m = iexMarket("deep", ["A", "B"]);
    m.feed(level("8", "A", 100, 99_000), level("8", "A", 50, 99_100), level("5", "A", 10, 99_200));
    m.feed(level("5", "B", 5, 10_000));
    expect(m.ladder(0)).toEqual([
      [
        [99_100, 50],
        [99_000, 100],
      ],
      [[99_200, 10]],
    ]);
    m.feed(level("8", "A", 70, 99_100), level("8", "A", 0, 99_000), level("5", "A", 0, 99_200));
    expect(m.ladder(0)).toEqual([[[99_100, 70]], []]);
    expect(m.ladder(1)).toEqual([[], [[10_000, 5]]]);
    expect(m.books.flags(0)).toBe(0);
    expect(m.books.view(0).bidCount(0)).toBe(0);
    expect(m.log.books.slice(0, 2)).toEqual([
      [0, CHANGED_BID | CHANGED_ASK | CHANGED_BEST],
      [1, CHANGED_ASK | CHANGED_BEST],
    ]);
  });

  test("that were never there are not taken away, but counted", () => {
    const m = iexMarket("deep", ["A"]);
    m.feed(level("8", "A", 0, 99_000));
    expect(m.counters[BOOK_UNKNOWN_ORDER]).toBe(1);
    expect(m.log.books).toEqual([]);
    expect(m.books.flags(0)).toBe(BOOK_STALE);
  });

  test("that cross are believed before the opening process, and not while the symbol trades", () => {
    const m = iexMarket("deep", ["A", "B"]);
    const crossed = (symbol: string) => [
      level("8", symbol, 1, 99_100),
      level("5", symbol, 1, 99_000),
    ];
    for (const symbol of ["A", "B"]) {
      m.feed(systemEvent("R"), operationalHalt(symbol, "N"), tradingStatus(symbol, "T"));
    }
    m.feed(...crossed("A"));
    expect(m.books.flags(0)).toBe(0);
    m.feed(securityEvent("B", "O"), tradingStatus("B", "P"), ...crossed("B"));
    expect(m.books.flags(1)).toBe(0);
    m.feed(tradingStatus("B", "T"), securityEvent("A", "O"), ...crossed("A"), ...crossed("B"));
    expect([m.books.flags(0), m.books.flags(1)]).toEqual([BOOK_STALE, BOOK_STALE]);
    m.books.clear();
    m.feed(systemEvent("R"), operationalHalt("A", "N"), tradingStatus("A", "T"));
    m.feed(securityEvent("A", "O"), securityEvent("A", "C"), ...crossed("A"));
    expect(m.books.flags(0)).toBe(0);
  });

  test("keep sizes above int32", () => {
    const m = iexMarket("deep", ["A"]);
    m.feed(level("5", "A", 4_294_967_295, 99_000));
    expect(m.ladder(0)).toEqual([[], [[99_000, 4_294_967_295]]]);
  });

  test("beyond the tables flag the book", () => {
    const m = iexMarket("deep", ["A"], { maxLevels: 64 });
    for (let i = 1; i <= 65; i++) m.feed(level("8", "A", 1, i));
    expect(m.books.flags(0)).toBe(BOOK_FULL);
    expect(m.books.describeFlags(0)).toContain("max_levels = 64");
  });
});

describe("an event of several messages", () => {
  test("is told when it is complete; the book is stale until then, over packets too", () => {
    const m = iexMarket("deep", ["A", "B"]);
    m.feed(level("8", "A", 100, 99_000), level("5", "A", 10, 99_200));
    m.log.books.length = 0;
    m.feed(level("5", "A", 0, 99_200, false), level("8", "B", 1, 10_000));
    expect(m.log.books).toEqual([[1, CHANGED_BID | CHANGED_BEST]]);
    expect([m.books.flags(0), m.books.flags(1)]).toEqual([BOOK_STALE, 0]);
    expect(m.books.describeFlags(0)).toBe("the venue has not told the whole of an event");
    m.feed(level("8", "B", 2, 10_000));
    expect(m.log.books.length).toBe(2);
    m.feed(level("8", "A", 20, 99_200));
    expect(m.books.flags(0)).toBe(0);
    // Both sides changed since the book was told last.
    expect(m.log.books.slice(2)).toEqual([[0, CHANGED_BID | CHANGED_ASK | CHANGED_BEST]]);
  });

  test("within one packet is told once", () => {
    const m = iexMarket("deep", ["A"]);
    m.feed(level("8", "A", 1, 99_000, false), level("5", "A", 1, 99_100, true));
    expect(m.log.books.length).toBe(1);
    expect(m.books.flags(0)).toBe(0);
  });

  test("that the next one overtakes leaves the book stale until the next session", () => {
    const m = iexMarket("deep", ["A", "B"]);
    m.feed(trade("A", 10, 99_000), level("8", "A", 100, 99_000, false));
    m.feed(trade("A", 10, 99_000));
    expect(m.books.describeFlags(0)).toBe("the venue has not told the whole of an event");
    m.feed(trade("A", 10, 99_000, 8, LATER), level("8", "B", 1, 99_000, false));
    m.feed(level("8", "A", 10, 99_000, true, LATER), level("8", "B", 1, 99_100, false, LATER));
    expect([m.books.flags(0), m.books.flags(1)]).toEqual([BOOK_STALE, BOOK_STALE]);
    expect(m.books.describeFlags(0)).toContain("contradict each other");
    // When the next event began, and when that one was complete.
    const change = [0, CHANGED_BID | CHANGED_BEST] as [number, number];
    expect(m.log.books).toEqual([change, change]);
    expect(m.log.trades.length).toBe(3);
    m.books.clear();
    expect([m.books.flags(0), m.books.flags(1)]).toEqual([0, 0]);
  });

  test("waits inside a gap as all books do, and is told behind it", () => {
    const m = iexMarket("deep", ["A"]);
    const one = level("8", "A", 100, 99_000, false);
    const two = level("8", "A", 100, 99_100);
    m.decoder.decode(new DataView(one.buffer), one, 0, one.length);
    m.decoder.flush(true);
    m.decoder.decode(new DataView(two.buffer), two, 0, two.length);
    m.decoder.flush(false);
    expect(m.log.books).toEqual([]);
    m.decoder.flush(true);
    expect(m.log.books.length).toBe(1);
  });
});

describe("prices", () => {
  test("above int32 of the feed's unit fit a coarser one exactly", () => {
    const m = iexMarket("deep", [definition("A", 0.01)]);
    m.feed(level("8", "A", 1, 6_123_450_000n)); // 612,345.00
    expect(m.ladder(0)).toEqual([[[61_234_500, 1]], []]);
    m.feed(level("5", "A", 1, 6_123_450_001n));
    expect(m.books.flags(0)).toBe(BOOK_INEXACT);
    expect(m.counters[BOOK_INEXACT_ORDER]).toBe(1);
    expect(m.ladder(0)).toEqual([[[61_234_500, 1]], []]);
  });

  test("of a finer unit are multiplied", () => {
    const m = iexMarket("deep", [definition("A", 0.00001)]);
    m.feed(level("8", "A", 1, 99_001));
    expect(m.ladder(0)).toEqual([[[990_010, 1]], []]);
  });

  test("that do not fit, are zero or negative are refused, and the book says so", () => {
    for (const px of [2n ** 31n, 2n ** 53n, 2n ** 62n, 0n, -1n, -(2n ** 63n)]) {
      const m = iexMarket("deep", ["A"]);
      m.feed(level("8", "A", 1, px));
      expect(m.books.flags(0)).toBe(BOOK_INEXACT);
      expect(m.ladder(0)).toEqual([[], []]);
      // Its removal is no further fault.
      m.feed(level("8", "A", 0, px));
      expect(m.counters[BOOK_INEXACT_ORDER]).toBe(1);
      m.books.clear();
      expect(m.books.flags(0)).toBe(0);
    }
  });
});

describe("trades", () => {
  test("count in volume and last, without an aggressor", () => {
    const m = iexMarket("deep", ["A"]);
    m.feed(trade("A", 100, 99_000), trade("A", 50, 99_100));
    expect(m.log.trades).toEqual([
      [0, 99_000, 100, 0],
      [0, 99_100, 50, 0],
    ]);
    expect([m.books.view(0).lastPx(), m.books.view(0).lastQty()]).toEqual([99_100, 50]);
    expect(m.books.volume[0]).toBe(150);
    m.feed(tradeBreak("A", 50, 99_100));
    expect(m.counters[BOOK_BROKEN_TRADES]).toBe(1);
  });

  test("that are not exact are in the volume alone", () => {
    const m = iexMarket("deep", ["A"]);
    m.feed(trade("A", 100, 2n ** 40n), trade("A", 2 ** 31, 99_000));
    expect(m.log.trades).toEqual([]);
    expect(m.counters[BOOK_INEXACT_TRADE]).toBe(2);
    expect(m.books.volume[0]).toBe(100 + 2 ** 31);
  });
});

describe("status", () => {
  const opened = (symbol: string) => [
    systemEvent("S"),
    tradingStatus(symbol, "T"),
    operationalHalt(symbol, "N"),
    systemEvent("R"),
  ];

  test("is that of H while the market is open", () => {
    const m = iexMarket("deep", ["A"]);
    expect(m.books.status[0]).toBe(STATUS_UNKNOWN);
    m.feed(...opened("A"));
    const seen = [m.books.status[0]];
    for (const code of ["H", "O", "P", "T", "Q"]) {
      m.feed(tradingStatus("A", code));
      seen.push(m.books.status[0]);
    }
    expect(seen).toEqual([
      ...[STATUS_TRADING, STATUS_HALTED, STATUS_QUOTATION, STATUS_PAUSED, STATUS_TRADING],
      STATUS_UNKNOWN,
    ]);
    expect(m.counters[BOOK_UNKNOWN_STATUS]).toBe(1);
  });

  test("is closed outside regular hours, unless extended hours are asked for", () => {
    for (const extendedHours of [false, true]) {
      const m = iexMarket("deep", ["A"], { extendedHours });
      m.feed(...opened("A"));
      const seen: (number | undefined)[] = [];
      for (const code of ["O", "S", "R", "M", "E", "C"]) {
        m.feed(systemEvent(code));
        seen.push(m.books.status[0]);
      }
      const shoulder = extendedHours ? STATUS_TRADING : STATUS_CLOSED;
      expect(seen).toEqual([
        ...[STATUS_CLOSED, shoulder, STATUS_TRADING, shoulder],
        ...[STATUS_CLOSED, STATUS_CLOSED],
      ]);
    }
  });

  test("is halted for a symbol that no operational status was told of", () => {
    const m = iexMarket("deep", ["A"]);
    m.feed(systemEvent("R"), tradingStatus("A", "T"));
    expect(m.books.status[0]).toBe(STATUS_HALTED);
    m.feed(operationalHalt("A", "N"));
    expect(m.books.status[0]).toBe(STATUS_TRADING);
    m.feed(operationalHalt("A", "O"));
    expect(m.books.status[0]).toBe(STATUS_HALTED);
    m.feed(tradingStatus("A", "T"));
    expect(m.books.status[0]).toBe(STATUS_HALTED);
  });

  test("carries the short sale restriction", () => {
    const m = iexMarket("deep", ["A"]);
    m.feed(...opened("A"), shortSale("A", 1, "A"));
    expect(m.books.status[0]).toBe(STATUS_TRADING | STATUS_SHORT_RESTRICTED);
    m.feed(shortSale("A", 0));
    expect(m.books.status[0]).toBe(STATUS_TRADING);
    m.feed(shortSale("A", 7));
    expect(m.books.status[0]).toBe(STATUS_TRADING | STATUS_SHORT_RESTRICTED);
    expect(m.counters[BOOK_UNKNOWN_STATUS]).toBe(1);
    expect(m.log.statuses.at(-1)).toEqual([0, STATUS_TRADING | STATUS_SHORT_RESTRICTED]);
  });

  test("may be assumed where a capture begins late", () => {
    const m = iexMarket("deep", ["A"]);
    m.books.assumeTrading();
    m.feed();
    expect(m.books.status[0]).toBe(STATUS_TRADING);
    m.feed(tradingStatus("A", "T"));
    expect(m.books.status[0]).toBe(STATUS_TRADING);
  });
});

describe("a loss", () => {
  test("leaves DEEP's books stale for the rest of the session, new ones too", () => {
    const m = iexMarket("deep", 8);
    m.feed(level("8", "A", 1, 99_000));
    m.decoder.onLoss(5, 9);
    m.feed(level("8", "A", 2, 99_000), level("8", "B", 2, 99_000));
    expect([m.books.flags(0), m.books.flags(1)]).toEqual([BOOK_STALE, BOOK_STALE]);
    expect(m.books.describeFlags(1)).toContain("until the next session");
    m.books.clear();
    m.feed(level("8", "B", 2, 99_000));
    expect([m.books.flags(0), m.books.flags(1)]).toEqual([0, 0]);
  });

  test("is healed on TOPS by the symbol's next quote", () => {
    const m = iexMarket("tops", ["A", "B"]);
    m.feed(quote("A", [1, 10], [1, 11]), quote("B", [1, 10], [1, 11]));
    m.decoder.onLoss(5, 9);
    expect([m.books.flags(0), m.books.flags(1)]).toEqual([BOOK_STALE, BOOK_STALE]);
    expect(m.books.describeFlags(0)).toContain("until the next quote");
    m.feed(quote("A", [2, 10], [2, 11]));
    expect([m.books.flags(0), m.books.flags(1)]).toEqual([0, BOOK_STALE]);
    expect(m.ladder(0)).toEqual([[[10, 2]], [[11, 2]]]);
  });

  test("takes halts and hours of TOPS from that quote, and restricts short sales", () => {
    const m = iexMarket("tops", ["A", "B", "C"]);
    m.decoder.onLoss(1, 9);
    m.feed(
      quote("A", [1, 10], [1, 11]),
      shortSale("B", 0),
      quote("B", [1, 10], [1, 11]),
      quote("C", [0, 0], [0, 0], 0x80),
    );
    expect([...m.books.status.slice(0, 3)]).toEqual([
      STATUS_TRADING | STATUS_SHORT_RESTRICTED,
      STATUS_TRADING,
      STATUS_HALTED | STATUS_SHORT_RESTRICTED,
    ]);
    m.decoder.onLoss(10, 11);
    m.feed(quote("B", [1, 10], [1, 11], 0x40));
    expect((m.books.status[1] ?? 0) & 255).toBe(STATUS_CLOSED);
  });
});

describe("a quote", () => {
  test("is the whole book: one level a side, or none", () => {
    const m = iexMarket("tops", ["A"]);
    m.feed(quote("A", [100, 99_000], [200, 99_100]));
    expect(m.ladder(0)).toEqual([[[99_000, 100]], [[99_100, 200]]]);
    m.feed(quote("A", [100, 98_000], [200, 99_100]));
    expect(m.ladder(0)).toEqual([[[98_000, 100]], [[99_100, 200]]]);
    // The ask did not change.
    expect(m.log.books.at(-1)).toEqual([0, CHANGED_BID | CHANGED_BEST]);
    m.feed(quote("A", [0, 0], [150, 99_100]));
    expect(m.ladder(0)).toEqual([[], [[99_100, 150]]]);
    const told = m.log.books.length;
    m.feed(quote("A", [0, 0], [150, 99_100]));
    expect(m.log.books.length).toBe(told);
  });

  test("that is not exact flags the book until the next one", () => {
    const m = iexMarket("tops", ["A"]);
    m.feed(quote("A", [1, 99_000], [1, 2n ** 40n]));
    expect(m.ladder(0)).toEqual([[[99_000, 1]], []]);
    expect(m.books.flags(0)).toBe(BOOK_INEXACT);
    m.feed(quote("A", [1, 99_000], [1, 99_100]));
    expect(m.ladder(0)).toEqual([[[99_000, 1]], [[99_100, 1]]]);
    expect(m.books.flags(0)).toBe(0);
  });
});

describe("symbols", () => {
  test("that nobody asked for are left out", () => {
    const m = iexMarket("deep", ["A"]);
    m.feed(level("8", "B", 1, 99_000), level("8", "AA", 1, 99_000));
    expect(m.counters[FEED_FILTERED]).toBe(2);
    expect(m.books.isSeen(0)).toBe(false);
    m.feed(tradingStatus("A", "T"));
    expect(m.books.isSeen(0)).toBe(true);
  });

  test('of "*" become instruments as they come, with the round lot of their directory', () => {
    const asked: [string, number][] = [];
    const m = iexMarket("deep", 2, {
      wildcard: (symbol, lot) => {
        asked.push([symbol, lot]);
        return symbol === "NO" ? null : definition(symbol);
      },
    });
    m.feed(directory("A", 10), level("8", "NO", 1, 1), level("8", "NO", 1, 1));
    m.feed(level("8", "A", 1, 99_000), level("8", "B.C+", 1, 99_000));
    expect(asked).toEqual([
      ["A", 10],
      ["NO", 100],
      ["B.C+", 100],
    ]);
    expect(m.instruments.definitions.map((d) => d.symbol)).toEqual(["A", "B.C+"]);
    m.feed(level("8", "D", 1, 99_000), level("8", "D", 1, 99_000));
    expect(m.counters[BOOK_INSTRUMENTS_FULL]).toBe(1);
    expect(m.counters[FEED_FILTERED]).toBe(4);
  });
});
