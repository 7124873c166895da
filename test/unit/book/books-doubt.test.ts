import { describe, expect, test } from "bun:test";
import {
  BOOK_DUPLICATE_ORDER,
  BOOK_INEXACT_ORDER,
  BOOK_UNKNOWN_ORDER,
} from "../../../src/book/counters.ts";
import { BOOK_FULL, BOOK_INEXACT, BOOK_STALE } from "../../../src/book/flags.ts";
import { FEED_BAD_LENGTH, FEED_UNKNOWN_TYPE } from "../../../src/feed/counters.ts";
import { itch } from "../../support/itch-bytes.ts";
import { market } from "../../support/market.ts";

/** A on locate 1 and B on locate 2, one order of A. */
function two(options = {}) {
  const m = market(["A", "B"], options);
  m.feed(itch("R", { stock_locate: 1, stock: "A" }));
  m.feed(itch("R", { stock_locate: 2, stock: "B" }));
  m.feed(add(1));
  const flags = () => [m.books.flags(0), m.books.flags(1)];
  expect(flags()).toEqual([0, 0]);
  return { ...m, flags };
}

const add = (ref: number, locate = 1, side = "B") =>
  itch("A", {
    stock_locate: locate,
    order_reference_number: ref,
    buy_sell_indicator: side,
    shares: 10,
    price: 500,
    stock: "A",
  });
const remove = (ref: number, locate = 1) =>
  itch("D", { stock_locate: locate, order_reference_number: ref });
const longer = (message: Uint8Array) => new Uint8Array([...message, 0]);

describe("a message of another length", () => {
  test("leaves every book stale until the next session, when it would change a book or a status", () => {
    for (const type of ["A", "F", "E", "C", "X", "D", "U", "S", "H", "Y", "J", "h"]) {
      const message = itch(type, { stock_locate: 1 });
      for (const wrong of [longer(message), message.slice(0, -1)]) {
        const m = two();
        m.feed(wrong);
        expect(m.flags()).toEqual([BOOK_STALE, BOOK_STALE]);
        m.feed(remove(77));
        expect(m.flags()).toEqual([BOOK_STALE, BOOK_STALE]);
        m.books.clear();
        expect([...m.flags(), m.counters[FEED_BAD_LENGTH]!]).toEqual([0, 0, 1]);
      }
    }
  });

  test("is only counted when it would not, and so is one of a type that is not known", () => {
    const m = two();
    for (const type of ["R", "L", "K", "P", "Q", "B", "I"]) m.feed(longer(itch(type, {})));
    m.feed(new Uint8Array(20).fill(0x7a));
    expect([m.counters[FEED_BAD_LENGTH], m.counters[FEED_UNKNOWN_TYPE]]).toEqual([7, 1]);
    expect(m.flags()).toEqual([0, 0]);
  });
});

describe("a contradiction", () => {
  test("of a reference that is in use flags both books that claim it", () => {
    const m = two();
    m.feed(add(1, 2));
    expect([...m.flags(), m.counters[BOOK_DUPLICATE_ORDER]!]).toEqual([
      BOOK_INEXACT,
      BOOK_INEXACT,
      1,
    ]);
  });

  test("of a side that is none flags the book, which keeps what it has", () => {
    for (const side of ["X", "b", "C", "R", " "]) {
      const m = two();
      m.feed(add(2, 2, side));
      expect([...m.flags(), m.counters[BOOK_INEXACT_ORDER]!]).toEqual([0, BOOK_INEXACT, 1]);
      expect(m.books.liveOrders()).toBe(1);
    }
  });

  test("of an order that nothing told of flags the book that it is said to be in", () => {
    for (const type of ["E", "C", "X", "D"]) {
      const m = two();
      m.feed(itch(type, { stock_locate: 2, order_reference_number: 77 }));
      expect([...m.flags(), m.counters[BOOK_UNKNOWN_ORDER]!]).toEqual([0, BOOK_INEXACT, 1]);
    }
  });

  test("is none where orders were lost, refused, or came before the feed began", () => {
    const late = two({ isPartial: true });
    late.feed(remove(77));
    late.books.clear();
    late.feed(itch("R", { stock_locate: 1, stock: "A" }));
    late.feed(remove(77));
    const lossy = two();
    lossy.decoder.onLoss(5, 6);
    lossy.feed(remove(77));
    const full = two({ maxOrders: 1 });
    full.feed(add(2));
    full.feed(remove(2));
    expect([late.flags(), lossy.flags(), full.flags()]).toEqual([
      [0, 0],
      [0, 0],
      [BOOK_FULL, 0],
    ]);
    expect(late.counters[BOOK_UNKNOWN_ORDER]).toBe(2);
  });
});
