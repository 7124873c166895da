import { expect, test } from "bun:test";
import { BOOK_MISMATCH } from "../../../src/book/counters.ts";
import { BOOK_STALE } from "../../../src/book/flags.ts";
import * as wire from "../../support/mdp3-bytes.ts";
import { mdp3Feed, mdp3Market, TICK } from "../../support/mdp3-market.ts";

const ES = 101;

/** A channel with levels 98 and 96 (asks: -98 and -96) of one type; send() is the next update. */
function channel(type: string) {
  const market = mdp3Market(["ESH6"]);
  const feed = mdp3Feed(market);
  const sign = type === "0" || type === "E" ? 1 : -1;
  let rpt = 0;
  const send = (action: number, level: number, px: number) => {
    rpt++;
    const entry = { id: ES, rpt, action, level, type, px: sign * px * TICK, qty: 1, orders: 1 };
    feed.live(rpt, wire.book([entry]));
    return market.books.flags(0);
  };
  expect([send(0, 1, 98), send(0, 2, 96)]).toEqual([0, 0]);
  return { ...market, ...feed, send };
}

const WRONG: [action: number, level: number, px: number][] = [
  [0, 1, 97],
  [0, 1, 98],
  [0, 2, 99],
  [0, 2, 98],
  [5, 1, 96],
  [5, 1, 90],
  [5, 2, 98],
];
const BEHIND: typeof WRONG = [
  [0, 2, 95],
  [0, 3, 96],
  [0, 3, 97],
  [5, 3, 97],
];
const RIGHT: typeof WRONG = [
  [0, 1, 99],
  [0, 2, 97],
  [5, 1, 97],
  [5, 2, -1],
];

for (const type of ["0", "1", "E", "F"]) {
  test(`levels of type ${type} out of the order of prices leave the book stale until a snapshot`, () => {
    // Implied books have two levels: what is pushed behind them is gone.
    for (const wrong of type < "2" ? [...WRONG, ...BEHIND] : WRONG) {
      const m = channel(type);
      expect([...wrong, m.send(...wrong)]).toEqual([...wrong, BOOK_STALE]);
      expect(m.counters[BOOK_MISMATCH]).toBe(1);
      const entries = [{ type: "0", level: 1, px: 5 * TICK, qty: 2, orders: 1 }];
      m.loop(1, wire.snapshot({ lastSeq: 3, id: ES, rpt: 3, entries }));
      expect(m.books.flags(0)).toBe(0);
    }
  });

  test(`levels of type ${type} that lie between their neighbours are taken`, () => {
    for (const right of RIGHT) expect(channel(type).send(...right)).toBe(0);
  });
}

test("a snapshot whose levels are out of order is not taken", () => {
  for (const [px, flags] of [
    [6, BOOK_STALE],
    [4, 0],
  ] as const) {
    const m = channel("0");
    m.send(0, 1, 1);
    const entries = [5, px].map((p, k) => ({ type: "0", level: k + 1, px: p * TICK, qty: 2 }));
    m.loop(1, wire.snapshot({ lastSeq: 3, id: ES, rpt: 3, entries }));
    expect(m.books.flags(0)).toBe(flags);
  }
});
