import { describe, expect, test } from "bun:test";
import {
  BOOK_DUPLICATE_ORDER,
  BOOK_INEXACT_ORDER,
  BOOK_INEXACT_TRADE,
  BOOK_INSTRUMENTS_FULL,
  BOOK_LEVELS_FULL,
  BOOK_MISMATCH,
  BOOK_ORDERS_FULL,
  BOOK_OVER_EXECUTION,
  BOOK_TRADES_DROPPED,
  BOOK_TRADES_HIDDEN,
  BOOK_UNKNOWN_ORDER,
} from "../../../src/book/counters.ts";
import { BOOK_FULL, BOOK_INEXACT } from "../../../src/book/flags.ts";
import { bookCsvRow } from "../../../src/book/levels.ts";
import { SIDE_BUY, SIDE_SELL } from "../../../src/core/codes.ts";
import { itch } from "../../support/itch-bytes.ts";
import { definition, type Market, market } from "../../support/market.ts";

type Fields = Record<string, number | bigint | string>;

/** R for each symbol, locates 1, 2, ... */
function opened(m: Market, symbols: string[]): Market {
  symbols.forEach((stock, i) => {
    m.feed(itch("R", { stock_locate: i + 1, stock, round_lot_size: 100 }));
  });
  return m;
}

function one(options = {}): Market {
  return opened(market(["AAPL"], options), ["AAPL"]);
}

function add(
  m: Market,
  ref: number | bigint,
  side: "B" | "S",
  shares: number,
  price: number,
  locate = 1,
) {
  m.feed(
    itch("A", {
      stock_locate: locate,
      order_reference_number: ref,
      buy_sell_indicator: side,
      shares,
      price,
    }),
  );
}

function send(m: Market, type: string, ref: number | bigint, fields: Fields = {}) {
  const name = type === "U" ? "original_order_reference_number" : "order_reference_number";
  m.feed(itch(type, { stock_locate: 1, [name]: ref, ...fields }));
}

describe("orders", () => {
  test("add up to levels with quantity and count, best first on both sides", () => {
    const m = one();
    add(m, 1, "B", 100, 500);
    add(m, 2, "B", 50, 510);
    add(m, 3, "B", 25, 500);
    add(m, 4, "S", 10, 530);
    add(m, 5, "S", 20, 520);
    expect(m.books.levels(0)).toEqual({
      bids: [
        { px: 510, qty: 50, count: 1 },
        { px: 500, qty: 125, count: 2 },
      ],
      asks: [
        { px: 520, qty: 20, count: 1 },
        { px: 530, qty: 10, count: 1 },
      ],
    });
    const view = m.books.view(0);
    expect([view.bidPx(0), view.askPx(0), view.bidDepth(), view.askDepth()]).toEqual([
      510, 520, 2, 2,
    ]);
    expect([view.bidPx(2), view.askQty(9), view.askCount(-1)]).toEqual([0, 0, 0]);
    expect(bookCsvRow(1, "AAPL", m.books.levels(0))).toBe("1,AAPL,510,50,1,520,20,1,5");
  });

  test("are executed, reduced, deleted and replaced by reference", () => {
    const m = one();
    add(m, 1, "B", 100, 500);
    add(m, 2, "B", 50, 500);
    send(m, "E", 1, { executed_shares: 30 });
    send(m, "X", 1, { canceled_shares: 20 });
    expect(m.books.levels(0).bids).toEqual([{ px: 500, qty: 100, count: 2 }]);
    send(m, "U", 2, { new_order_reference_number: 9, shares: 60, price: 490 });
    expect(m.books.levels(0).bids).toEqual([
      { px: 500, qty: 50, count: 1 },
      { px: 490, qty: 60, count: 1 },
    ]);
    send(m, "D", 1);
    send(m, "E", 9, { executed_shares: 60 });
    expect(m.books.levels(0).bids).toEqual([]);
    expect(m.books.liveOrders()).toBe(0);
  });

  test("with references that agree in the low half are told apart", () => {
    const m = one();
    add(m, 7n, "B", 1, 500);
    add(m, 7n + (1n << 32n), "B", 2, 500);
    add(m, 7n + (1n << 63n), "B", 4, 500);
    send(m, "D", 7n + (1n << 32n));
    expect(m.books.levels(0).bids).toEqual([{ px: 500, qty: 5, count: 2 }]);
  });

  test("that cross or lock the book are kept as the venue has them", () => {
    const m = one();
    add(m, 1, "B", 1, 500);
    add(m, 2, "S", 1, 500);
    add(m, 3, "S", 1, 490);
    const view = m.books.view(0);
    expect([view.bidPx(0), view.askPx(0)]).toEqual([500, 490]);
    expect(m.books.flags(0)).toBe(0);
  });

  test("may make a level that exceeds int32", () => {
    const m = one();
    add(m, 1, "B", 2_000_000_000, 500);
    add(m, 2, "B", 2_000_000_000, 500);
    expect(m.books.view(0).bidQty(0)).toBe(4_000_000_000);
  });

  test("unknown, duplicate and foreign references are counted", () => {
    const m = opened(market(["AAPL", "MSFT"], { isPartial: true }), ["AAPL", "MSFT"]);
    for (const type of ["E", "C", "X", "D", "U"]) send(m, type, 77);
    expect(m.counters[BOOK_UNKNOWN_ORDER]).toBe(5);
    expect(m.books.flags(0)).toBe(0);
    add(m, 1, "B", 10, 500);
    add(m, 1, "S", 20, 600);
    expect(m.counters[BOOK_DUPLICATE_ORDER]).toBe(1);
    expect(m.books.levels(0)).toEqual({ bids: [{ px: 500, qty: 10, count: 1 }], asks: [] });
    expect(m.books.flags(0)).toBe(BOOK_INEXACT);
    send(m, "D", 1, { stock_locate: 2 });
    expect(m.counters[BOOK_MISMATCH]).toBe(1);
    expect(m.books.liveOrders()).toBe(1);
    expect(m.books.flags(1)).toBe(BOOK_INEXACT);
  });

  test("executed or cancelled for more than is left are removed, counted, and flag the book", () => {
    for (const [type, field] of [
      ["E", "executed_shares"],
      ["X", "canceled_shares"],
    ] as const) {
      const m = one();
      add(m, 1, "B", 100, 500);
      send(m, type, 1, { [field]: 101 });
      expect(m.counters[BOOK_OVER_EXECUTION]).toBe(1);
      expect(m.books.flags(0)).toBe(BOOK_INEXACT);
      expect(m.books.levels(0).bids).toEqual([]);
      if (type === "E") expect(m.books.volume[0]).toBe(100);
    }
  });
});

describe("prices", () => {
  test("are divided or multiplied into the instrument's unit, exactly", () => {
    const m = opened(market([definition("CENT", 0.01), definition("FINE", 0.00001)]), [
      "CENT",
      "FINE",
    ]);
    add(m, 1, "B", 1, 12_300, 1);
    add(m, 2, "B", 1, 12_345, 2);
    expect(m.books.view(0).bidPx(0)).toBe(123);
    expect(m.books.view(1).bidPx(0)).toBe(123_450);
  });

  test("that do not divide or do not fit are refused, counted, and flag the book", () => {
    const m = opened(market([definition("CENT", 0.01), definition("FINE", 0.00001)]), [
      "CENT",
      "FINE",
    ]);
    add(m, 1, "B", 1, 12_345, 1);
    add(m, 2, "B", 1, 300_000_000, 2);
    expect(m.counters[BOOK_INEXACT_ORDER]).toBe(2);
    expect([m.books.flags(0), m.books.flags(1)]).toEqual([BOOK_INEXACT, BOOK_INEXACT]);
    expect(m.books.liveOrders()).toBe(0);
    expect(m.books.describeFlags(0)).toContain("price unit");
    const big = one();
    add(big, 1, "B", 1, 0x80000000);
    add(big, 2, "B", 0x80000000, 1);
    expect(big.counters[BOOK_INEXACT_ORDER]).toBe(2);
  });

  test("in a unit that is no multiple of the feed's flag every book", () => {
    const m = opened(market([definition("ODD", 0.00015)]), ["ODD"]);
    add(m, 1, "B", 1, 300);
    expect(m.books.flags(0)).toBe(BOOK_INEXACT);
  });
});

describe("capacity", () => {
  test("of orders, once used up, refuses, flags that book, and leaves others whole", () => {
    const m = opened(market(["A", "B"], { maxOrders: 3 }), ["A", "B"]);
    add(m, 1, "B", 1, 500, 2);
    add(m, 2, "B", 1, 500, 1);
    add(m, 3, "B", 1, 501, 1);
    add(m, 4, "B", 1, 502, 1);
    expect(m.counters[BOOK_ORDERS_FULL]).toBe(1);
    expect([m.books.flags(0), m.books.flags(1)]).toEqual([BOOK_FULL, 0]);
    expect(m.books.describeFlags(0)).toBe(
      "the book is incomplete: max_orders = 3 or max_levels = 4096 was reached; raise it in [feed.book]",
    );
    send(m, "D", 4);
    expect(m.counters[BOOK_UNKNOWN_ORDER]).toBe(0);
    send(m, "D", 2);
    add(m, 5, "B", 1, 503, 1);
    expect(m.books.view(0).bidPx(0)).toBe(503);
    expect(m.books.flags(0)).toBe(BOOK_FULL);
    m.books.clear();
    expect(m.books.flags(0)).toBe(0);
  });

  test("of levels does the same, and an order at a level that is there still fits", () => {
    const m = one({ maxLevels: 2 });
    add(m, 1, "B", 1, 500);
    add(m, 2, "S", 1, 600);
    add(m, 3, "S", 1, 601);
    add(m, 4, "S", 1, 600);
    expect(m.counters[BOOK_LEVELS_FULL]).toBe(1);
    expect(m.books.liveOrders()).toBe(3);
    expect(m.books.levels(0).asks).toEqual([{ px: 600, qty: 2, count: 2 }]);
    expect(m.books.flags(0)).toBe(BOOK_FULL);
  });

  test("of instruments bounds what * subscribes to", () => {
    const m = opened(market({ capacity: 2 }), ["A", "B", "C"]);
    expect(m.instruments.definitions.map((d) => d.symbol)).toEqual(["A", "B"]);
    expect(m.counters[BOOK_INSTRUMENTS_FULL]).toBe(1);
    add(m, 1, "B", 1, 500, 3);
    expect(m.books.liveOrders()).toBe(0);
    opened(m, ["A"]);
    expect(m.instruments.count).toBe(2);
  });
});

describe("trades", () => {
  test("carry the taker's side, and count in last price and volume", () => {
    const m = one();
    add(m, 1, "B", 100, 500);
    add(m, 2, "S", 100, 510);
    send(m, "E", 1, { executed_shares: 10 });
    send(m, "E", 2, { executed_shares: 20 });
    send(m, "C", 2, { executed_shares: 5, printable: "Y", execution_price: 509 });
    m.books.flush(true);
    expect(m.log.trades).toEqual([
      [0, 500, 10, SIDE_SELL],
      [0, 510, 20, SIDE_BUY],
      [0, 509, 5, SIDE_BUY],
    ]);
    expect(m.books.volume[0]).toBe(35);
    expect([m.books.view(0).lastPx(), m.books.view(0).lastQty()]).toEqual([509, 5]);
  });

  test("that are not printable reduce the order and are not shown", () => {
    const m = one();
    add(m, 1, "B", 100, 500);
    send(m, "C", 1, { executed_shares: 40, printable: "N", execution_price: 400 });
    m.books.flush(true);
    expect(m.books.view(0).bidQty(0)).toBe(60);
    expect(m.log.trades).toEqual([]);
    expect(m.books.volume[0]).toBe(0);
  });

  test("against hidden orders and in crosses leave the displayed book alone", () => {
    const m = one();
    add(m, 1, "B", 100, 500);
    send(m, "P", 9, { buy_sell_indicator: "B", shares: 7, price: 505 });
    send(m, "P", 0, { buy_sell_indicator: "B", shares: 8, price: 506 });
    m.feed(itch("Q", { stock_locate: 1, cross_shares: 90, cross_price: 507, cross_type: "O" }));
    m.feed(itch("Q", { stock_locate: 1, cross_shares: 0, cross_price: 0, cross_type: "O" }));
    m.books.flush(true);
    expect(m.log.trades).toEqual([
      [0, 505, 7, SIDE_SELL],
      [0, 506, 8, 0],
      [0, 507, 90, 0],
    ]);
    expect(m.books.levels(0).bids).toEqual([{ px: 500, qty: 100, count: 1 }]);
  });

  test("at a price that does not divide are counted, in the volume, and do not flag the book", () => {
    const m = opened(market([definition("CENT", 0.01)]), ["CENT"]);
    send(m, "P", 0, { shares: 7, price: 12_345 });
    m.books.flush(true);
    expect(m.counters[BOOK_INEXACT_TRADE]).toBe(1);
    expect(m.books.volume[0]).toBe(7);
    expect(m.books.flags(0)).toBe(0);
    expect(m.log.trades).toEqual([]);
  });

  test("beyond the queue of one packet are counted", () => {
    const m = one({ maxTrades: 2 });
    for (let i = 0; i < 3; i++) send(m, "P", 0, { shares: 1, price: 500 });
    m.books.flush(true);
    expect(m.log.trades.length).toBe(2);
    expect(m.counters[BOOK_TRADES_DROPPED]).toBe(1);
  });
});

describe("flush", () => {
  test("tells each changed instrument once, with what changed", () => {
    const m = opened(market(["A", "B"]), ["A", "B"]);
    add(m, 1, "B", 1, 500, 1);
    add(m, 2, "S", 1, 600, 2);
    add(m, 3, "B", 1, 490, 1);
    m.books.flush(true);
    expect(m.log.books).toEqual([
      [0, 1 | 4 | 8],
      [1, 2 | 4],
    ]);
    m.books.flush(true);
    expect(m.log.books.length).toBe(2);
    add(m, 4, "B", 1, 480, 1);
    m.books.flush(true);
    expect(m.log.books[2]).toEqual([0, 1 | 8]);
  });

  test("inside a gap keeps what changed for the end of it, but not the trades", () => {
    const m = one();
    add(m, 1, "B", 100, 500);
    send(m, "E", 1, { executed_shares: 10 });
    m.feed(itch("H", { stock_locate: 1, stock: "AAPL", trading_state: "T" }));
    m.books.flush(false);
    expect([m.log.books, m.log.trades, m.log.statuses]).toEqual([[], [], []]);
    expect(m.counters[BOOK_TRADES_HIDDEN]).toBe(1);
    m.books.flush(true);
    expect(m.log.books).toEqual([[0, 5]]);
    expect(m.log.trades).toEqual([]);
    expect(m.log.statuses).toEqual([[0, 1]]);
  });

  test("after clear tells that the books are empty", () => {
    const m = one();
    add(m, 1, "B", 100, 500);
    m.feed(itch("H", { stock_locate: 1, stock: "AAPL", trading_state: "T" }));
    m.books.flush(true);
    m.books.clear();
    m.books.flush(true);
    expect(m.log.books.at(-1)).toEqual([0, 15]);
    expect(m.log.statuses.at(-1)).toEqual([0, 0]);
    expect(m.books.view(0).bidDepth()).toBe(0);
    expect(m.books.liveOrders()).toBe(0);
    send(m, "D", 1);
    expect(m.counters[BOOK_UNKNOWN_ORDER]).toBe(0);
  });
});
