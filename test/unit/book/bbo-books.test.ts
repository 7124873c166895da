import { beforeEach, describe, expect, test } from "bun:test";
import {
  BOOK_BROKEN_TRADES,
  BOOK_INEXACT_ORDER,
  BOOK_INEXACT_TRADE,
  BOOK_INSTRUMENTS_FULL,
  BOOK_UNKNOWN_STATUS,
} from "../../../src/book/counters.ts";
import { inUnits, NO_UNITS, unitScale } from "../../../src/book/decimal-units.ts";
import { BOOK_INEXACT, BOOK_STALE } from "../../../src/book/flags.ts";
import {
  CHANGED_ALL,
  CHANGED_ASK,
  CHANGED_BEST,
  CHANGED_BID,
} from "../../../src/book/market-events.ts";
import {
  STATUS_CLOSED,
  STATUS_HALTED,
  STATUS_PAUSED,
  STATUS_QUOTATION,
  STATUS_TRADING,
  STATUS_UNKNOWN,
} from "../../../src/core/codes.ts";
import { FEED_FILTERED } from "../../../src/feed/counters.ts";
import {
  control,
  lastSale,
  longQuote,
  type OpraSeries,
  openInterest,
  osi,
  type Quote,
  seriesMapping,
  shortQuote,
} from "../../support/opra-bytes.ts";
import { bboText, opraRig } from "../../support/opra-rig.ts";

const SERIES: OpraSeries = { root: "AMZN", expires: "231229", side: "C", strike: 133 };
const OTHER: OpraSeries = { ...SERIES, side: "P" };
const START = control("C");

let r: ReturnType<typeof opraRig>;
beforeEach(() => {
  r = opraRig({ series: [osi(SERIES), osi(OTHER)] });
});

const quote = (indicator: string, more: Partial<Quote> = {}) =>
  shortQuote({
    series: SERIES,
    bid: 100,
    bidSize: 5,
    offer: 110,
    offerSize: 7,
    indicator,
    ...more,
  });
const book = () => bboText(r.books, 0);
const flags = () => r.books.flags(0);

describe("best bid and offer", () => {
  beforeEach(() => r.tell(START));

  test("are what the quotes say of them, side by side", () => {
    r.tell(quote("F"));
    expect(book()).toBe("100 x 5 / 110 x 7");
    r.tell(quote("A", { bid: 90, offer: 95 }));
    expect(book()).toBe("100 x 5 / 110 x 7");
    r.tell(quote("B", { offer: 109 }));
    expect(book()).toBe("100 x 5 / 109 x 7");
    r.tell(quote("M", { appendages: [{ participant: "N", code: "B", px: 101, size: 9 }] }));
    expect(book()).toBe("101 x 9 / 109 x 7");
    expect(String.fromCharCode(r.books.participant(0, 0))).toBe("N");
    r.tell(quote("D"));
    expect(book()).toBe("101 x 9 / -");
    r.tell(quote("J", { offer: 108 }));
    expect(book()).toBe("- / 108 x 7");
    expect(r.books.participant(0, 0)).toBe(0);
    expect(flags()).toBe(0);
  });

  test("a price or size of zero is no bid", () => {
    r.tell(quote("F"), quote("E", { bid: 0 }));
    expect(book()).toBe("- / 110 x 7");
    r.tell(quote("B", { offerSize: 0 }));
    expect(book()).toBe("- / -");
    expect(flags()).toBe(0);
  });

  test("are told once per packet and series, and only when something is another", () => {
    r.log.books.length = 0;
    r.tell(quote("F"), quote("F", { bid: 101 }));
    r.tell(quote("F", { bid: 101, participant: "Z" }));
    r.tell(quote("A", { bid: 99 }));
    r.tell(quote("B", { offerSize: 8 }));
    expect(r.log.books).toEqual([
      [0, CHANGED_BID | CHANGED_ASK | CHANGED_BEST],
      [0, CHANGED_ASK | CHANGED_BEST],
    ]);
  });

  test("are a view of one level a side without counts of orders", () => {
    r.tell(quote("F"));
    const view = r.books.view(0);
    expect([view.bidDepth(), view.bidPx(0), view.bidQty(0), view.bidCount(0)]).toEqual([
      1, 100, 5, 0,
    ]);
    expect([view.askDepth(), view.askPx(0), view.askQty(0), view.askCount(0)]).toEqual([
      1, 110, 7, 0,
    ]);
    expect([view.bidPx(1), view.askPx(1), view.bidQty(1), view.askQty(1)]).toEqual([0, 0, 0, 0]);
    expect(r.books.liveOrders()).toBe(0);
  });
});

describe("prices", () => {
  const long = (code: string, bid: number, indicator = "E") =>
    longQuote({ series: SERIES, code, bid, bidSize: 5, offer: 1, offerSize: 1, indicator });

  test("of every denominator become units", () => {
    r.tell(START);
    const prices: [string, number][] = [
      ["I", 2],
      ["A", 20],
      ["B", 200],
      ["C", 2000],
    ];
    prices.push(["D", 20_000], ["E", 200_000], ["F", 2_000_000], ["G", 20_000_000]);
    for (const [code, px] of prices) {
      r.tell(long("B", 1), long(code, px));
      expect(book()).toBe("200 x 5 / -");
    }
    expect(flags()).toBe(0);
  });

  test("that do not divide, do not fit, or have no known denominator empty the side and flag it", () => {
    r.tell(START);
    for (const bytes of [long("C", 2005), long("I", 2 ** 30), long("H", 1), long("B", -5)]) {
      r.tell(long("B", 300), bytes);
      expect(book()).toBe("- / -");
      expect(flags()).toBe(BOOK_INEXACT);
      expect(r.books.describeFlags(0)).toContain("inexact");
    }
    expect(r.counters[BOOK_INEXACT_ORDER]).toBe(4);
    r.tell(long("C", 2010));
    expect(flags()).toBe(0);
  });

  test("a size of 2^31 or more is refused", () => {
    const appendages = [{ participant: "N", code: "B", px: 101, size: 2 ** 31 }];
    r.tell(START, quote("M", { appendages }));
    expect(flags()).toBe(BOOK_INEXACT);
  });

  test("are exact in any unit that divides them, and in no other", () => {
    r = opraRig({ series: [osi(SERIES)], priceUnit: 0.05 });
    r.tell(START, long("B", 205));
    expect(book()).toBe("41 x 5 / -");
    r.tell(long("B", 204));
    expect(flags()).toBe(BOOK_INEXACT);
    expect([unitScale(2, 0.01), unitScale(0, 0.01), unitScale(4, 0.01)]).toEqual([1, 100, -100]);
    expect([unitScale(2, 0.0001), unitScale(2, 0.03), unitScale(0, 0.3)]).toEqual([100, -3, 0]);
    expect([inUnits(-300, -100), inUnits(301, -100), inUnits(5, 0)]).toEqual([
      -3,
      NO_UNITS,
      NO_UNITS,
    ]);
    expect([inUnits(2 ** 30, 2), inUnits(2 ** 30 - 1, 2)]).toEqual([NO_UNITS, 2 ** 31 - 2]);
  });
});

describe("what is known", () => {
  test("nothing, before the first word: no change says nothing", () => {
    r.tell(quote("A"));
    expect(flags()).toBe(BOOK_STALE);
    expect(r.books.describeFlags(0)).toContain("stale");
    expect([r.books.isSeen(0), r.books.isSeen(1)]).toEqual([true, false]);
  });

  test("both sides of every series, at the start of the day", () => {
    r.tell(START);
    expect([flags(), r.books.flags(1)]).toEqual([0, 0]);
  });

  test("a side at a time: sound when both have been stated", () => {
    r.tell(quote("E"));
    expect(flags()).toBe(BOOK_STALE);
    r.tell(quote("A"));
    expect(flags()).toBe(BOOK_STALE);
    r.tell(quote("D"));
    expect([flags(), book()]).toEqual([0, "100 x 5 / -"]);
  });

  test("a statement that changes nothing is told when it makes the book sound", () => {
    r.tell(START, quote("F"));
    r.decoder.onLoss(5, 6);
    r.log.books.length = 0;
    r.tell(quote("F"));
    expect(r.log.books).toEqual([[0, CHANGED_BID | CHANGED_ASK | CHANGED_BEST]]);
    expect(flags()).toBe(0);
  });

  test("nothing after a loss, and each series heals alone", () => {
    r.tell(START, quote("F"), quote("F", { series: OTHER }));
    r.decoder.onLoss(5, 6);
    expect([flags(), r.books.flags(1)]).toEqual([BOOK_STALE, BOOK_STALE]);
    r.tell(quote("L", { series: OTHER }));
    expect([flags(), r.books.flags(1)]).toEqual([BOOK_STALE, 0]);
  });

  test("neither side after an indicator of another edition", () => {
    r.tell(START, quote("F"), quote("Q"));
    expect(flags()).toBe(BOOK_STALE);
    expect(r.log.books.at(-1)).toEqual([0, CHANGED_ALL]);
  });

  test("nothing after another data centre took over, or a reset among other messages", () => {
    for (const type of ["P", "K"]) {
      r.tell(START, quote("F"));
      expect(flags()).toBe(0);
      r.tell(control(type));
      expect(flags()).toBe(BOOK_STALE);
    }
  });

  test("other control messages say nothing of books", () => {
    r.tell(START, quote("F"));
    for (const type of ["E", "F", "L", "M", "N"]) r.tell(control(type));
    expect([flags(), book()]).toEqual([0, "100 x 5 / 110 x 7"]);
  });

  test("clear() empties books and forgets everything", () => {
    r.tell(START, quote("F"), lastSale(SERIES, { type: "I", code: "B", px: 5, volume: 2 }));
    r.log.books.length = 0;
    r.books.clear();
    r.books.flush(true);
    expect([flags(), book(), r.books.isSeen(0)]).toEqual([BOOK_STALE, "- / -", false]);
    expect([r.books.volume[0], r.books.lastPx[0], r.books.status[0]]).toEqual([
      0,
      0,
      STATUS_UNKNOWN,
    ]);
    expect(r.log.books).toEqual([[0, CHANGED_ALL]]);
  });
});

describe("trading status", () => {
  const status = () => r.books.status[0];
  const from = (participant: string, type: string) => r.tell(quote("A", { participant, type }));

  test("trades from the first quote on that can be traded with", () => {
    expect(status()).toBe(STATUS_UNKNOWN);
    for (const type of [..." ABCOXY"]) {
      r.books.clear();
      from("N", type);
      expect(status()).toBe(STATUS_TRADING);
    }
    expect(r.books.status[1]).toBe(STATUS_UNKNOWN);
  });

  test("is halted, paused or quotation only when nobody's quote can be traded with", () => {
    from("N", "T");
    expect(status()).toBe(STATUS_HALTED);
    from("N", "R");
    expect(status()).toBe(STATUS_PAUSED);
    from("N", "F");
    expect(status()).toBe(STATUS_QUOTATION);
    from("N", "I");
    expect(status()).toBe(STATUS_QUOTATION);
    from("N", " ");
    expect(status()).toBe(STATUS_TRADING);
  });

  test("goes on while one exchange is left, whatever the others say", () => {
    from("N", " ");
    from("C", " ");
    from("N", "T");
    expect(status()).toBe(STATUS_TRADING);
    from("C", "T");
    expect(status()).toBe(STATUS_HALTED);
    from("N", " ");
    expect(status()).toBe(STATUS_TRADING);
  });

  test("after a loss counts only those heard since", () => {
    from("N", " ");
    r.decoder.onLoss(3, 4);
    from("C", "T");
    expect(status()).toBe(STATUS_HALTED);
  });

  test("is not known from a type of another edition, which is counted", () => {
    from("N", "z");
    expect(status()).toBe(STATUS_UNKNOWN);
    expect(r.counters[BOOK_UNKNOWN_STATUS]).toBe(1);
  });

  test("is closed from the venue's end of day until its next start", () => {
    from("N", " ");
    r.tell(control("J"));
    expect([status(), r.books.status[1]]).toEqual([STATUS_CLOSED, STATUS_CLOSED]);
    from("C", " ");
    expect(status()).toBe(STATUS_CLOSED);
    r.tell(START);
    expect(status()).toBe(STATUS_UNKNOWN);
    from("C", " ");
    expect(status()).toBe(STATUS_TRADING);
  });

  test("is told once, at the end of the packet", () => {
    r.tell(quote("A", { type: "T" }), quote("A", { type: " " }));
    r.tell(quote("A", { type: " " }));
    expect(r.log.statuses).toEqual([[0, STATUS_TRADING]]);
  });

  test("may be assumed where nothing was told", () => {
    from("N", "T");
    r.books.assumeTrading();
    expect([status(), r.books.status[1]]).toEqual([STATUS_HALTED, STATUS_TRADING]);
  });
});

describe("sales", () => {
  const sale = (type: string, px = 105, volume = 3, code = "B") =>
    r.tell(lastSale(SERIES, { type, code, px, volume }));

  test("are last trades, without a side", () => {
    sale("I");
    sale("D", 1060, 4, "C");
    expect(r.log.trades).toEqual([
      [0, 105, 3, 0],
      [0, 106, 4, 0],
    ]);
    const view = r.books.view(0);
    expect([view.lastPx(), view.lastQty(), r.books.volume[0]]).toEqual([106, 4, 7]);
  });

  test("out of sequence count in the volume alone", () => {
    sale("I");
    for (const type of ["B", "F"]) sale(type, 90);
    expect(r.log.trades.length).toBe(1);
    expect([r.books.lastPx[0], r.books.volume[0]]).toEqual([105, 9]);
  });

  test("taken back are counted, and correct nothing", () => {
    sale("I");
    for (const type of ["A", "C", "E", "G", "O"]) sale(type);
    expect(r.counters[BOOK_BROKEN_TRADES]).toBe(5);
    expect([r.log.trades.length, r.books.volume[0]]).toEqual([1, 3]);
  });

  test("that are not exact are counted, not shown", () => {
    sale("I", 1055, 3, "C");
    sale("I", 105, 2 ** 31);
    sale("I", 105, 3, "H");
    expect(r.counters[BOOK_INEXACT_TRADE]).toBe(3);
    expect(r.log.trades).toEqual([]);
  });
});

test("open interest and the line of a series are kept", () => {
  r.tell(openInterest(SERIES, 4_000_000_000), seriesMapping(OTHER, 61));
  expect(r.books.openInterest[0]).toBe(4_000_000_000);
  expect([r.books.line[0], r.books.line[1]]).toEqual([0, 61]);
});

describe("subscriptions", () => {
  test("by name take no other series", () => {
    r.tell(quote("F", { series: { ...SERIES, strike: 134 } }));
    expect(r.instruments.count).toBe(2);
    expect(r.counters[FEED_FILTERED]).toBe(1);
  });

  test("to * take series as they come up, as many as there is room for", () => {
    r = opraRig({ series: 2 });
    r.tell(START);
    for (const strike of [10, 20, 30, 30, 10])
      r.tell(quote("F", { series: { ...SERIES, strike } }));
    expect(r.instruments.definitions.map((d) => d.symbol)).toEqual([
      "AMZN231229C00010000",
      "AMZN231229C00020000",
    ]);
    expect([r.counters[BOOK_INSTRUMENTS_FULL], r.counters[FEED_FILTERED]]).toEqual([1, 2]);
    expect([book(), flags()]).toEqual(["100 x 5 / 110 x 7", 0]);
  });

  test("to * know a series from its first message on, when nothing was missed since the day began", () => {
    const first = (strike: number) => quote("E", { series: { ...SERIES, strike } });
    r = opraRig({ series: 9 });
    r.tell(first(10));
    r.tell(START, first(20));
    r.decoder.onLoss(5, 6);
    r.tell(first(30));
    expect([0, 1, 2].map((i) => r.books.flags(i))).toEqual([BOOK_STALE, BOOK_STALE, BOOK_STALE]);
    r.tell(START, first(40), first(20));
    expect([0, 1, 2, 3].map((i) => r.books.flags(i))).toEqual([0, 0, 0, 0]);
    r.books.clear();
    r.tell(first(50));
    expect(r.books.flags(4)).toBe(BOOK_STALE);
  });

  test("to * leave out what the caller leaves out, and ask once", () => {
    const asked: string[] = [];
    const wildcard = (symbol: string) => {
      asked.push(symbol);
      return null;
    };
    r = opraRig({ series: 4, books: { wildcard } });
    r.tell(quote("F"), quote("F"));
    expect(asked).toEqual(["AMZN231229C00133000"]);
    expect(r.instruments.count).toBe(0);
  });

  test("of what is no series stop the start", () => {
    expect(() => opraRig({ series: ["AMZN"] })).toThrow("AMZN is no OSI symbol");
  });

  test("of another feed are left alone", () => {
    r = opraRig({ series: [osi(SERIES)], books: { feed: 1 } });
    r.tell(START, quote("F"));
    expect(r.counters[FEED_FILTERED]).toBe(1);
    expect(r.books.status[0]).toBe(STATUS_UNKNOWN);
  });
});
