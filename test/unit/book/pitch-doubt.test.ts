import { describe, expect, test } from "bun:test";
import { BOOK_UNKNOWN_ORDER } from "../../../src/book/counters.ts";
import { BOOK_INEXACT, BOOK_STALE } from "../../../src/book/flags.ts";
import * as p from "../../support/pitch-bytes.ts";
import { type PitchMarket, pitchMarket } from "../../support/pitch-market.ts";

describe("doubt of a unit's books", () => {
  const all = () => pitchMarket({ capacity: 8 });
  const add = p.addShort({ id: 1, qty: 10, px: 500 });

  test("is told once for what shows that the books of a complete feed are wrong", () => {
    const longer = new Uint8Array([...p.remove({ id: 1 }), 0]);
    const cases: [Uint8Array, number][] = [
      [longer, BOOK_STALE],
      [p.remove({ id: 9 }), BOOK_STALE],
      [p.reduceShort({ id: 1, qty: 11 }), BOOK_INEXACT],
      [add, BOOK_INEXACT],
      [p.addShort({ id: 2, side: "X" as "B", px: 5 }), BOOK_INEXACT],
    ];
    for (const [message, flags] of cases) {
      const m = all();
      m.feed(add);
      expect([m.books.flags(0), m.decoder.takesDoubt()]).toEqual([0, false]);
      m.feed(message, message);
      expect([m.books.flags(0), m.decoder.takesDoubt()]).toEqual([flags, true]);
      expect(m.decoder.takesDoubt()).toBe(false);
    }
  });

  test("is none after a loss, or where orders were refused or left out", () => {
    const lossy = all();
    lossy.feed(add);
    lossy.decoder.onLoss(5, 6);
    lossy.feed(p.remove({ id: 9 }), add, new Uint8Array([...add, 0]));
    const full = pitchMarket({ capacity: 4 }, { maxOrders: 1 });
    full.feed(add, p.addShort({ id: 2, px: 5 }), p.remove({ id: 2 }));
    const some = pitchMarket(["AAPL"]);
    some.feed(add, p.remove({ id: 9 }));
    expect([lossy, full, some].map((m) => m.decoder.takesDoubt())).toEqual([false, false, false]);
    expect(some.books.flags(0)).toBe(0);
  });

  test("goes with the orders: a session or a unit clear begins without", () => {
    for (const clear of [
      (m: PitchMarket) => m.books.clear(),
      (m: PitchMarket) => m.feed(p.unitClear()),
    ]) {
      const m = all();
      m.feed(add, p.remove({ id: 9 }));
      clear(m);
      m.feed(add);
      expect([m.books.flags(0), m.decoder.takesDoubt()]).toEqual([0, false]);
    }
  });

  test("of an id that two symbols claim is of both", () => {
    const m = all();
    m.feed(
      add,
      p.addShort({ id: 1, px: 500, symbol: "MSFT" }),
      p.addShort({ id: 2, symbol: "IBM" }),
    );
    expect([0, 1, 2].map((i) => m.books.flags(i))).toEqual([BOOK_INEXACT, BOOK_INEXACT, 0]);
  });

  test("is none in a feed that may begin in the middle: its unknown orders are only counted", () => {
    const m = pitchMarket({ capacity: 8 }, { isPartial: true });
    m.feed(p.remove({ id: 9 }), add, p.reduceShort({ id: 1, qty: 11 }));
    expect([m.counters[BOOK_UNKNOWN_ORDER], m.decoder.takesDoubt()]).toEqual([1, false]);
    expect(m.books.flags(0)).toBe(BOOK_INEXACT);
  });
});
