import { beforeEach, describe, expect, test } from "bun:test";
import { SIDE_BUY, SIDE_SELL } from "../../../src/core/codes.ts";
import { MatchingEngine, type MatchingSink, type NewOrder } from "../../../src/sim/matching.ts";
import type { VenueOrder } from "../../../src/sim/price-levels.ts";

let events: string[];
let engine: MatchingEngine;

const sink: MatchingSink = {
  onAccepted: (o) => events.push(`accepted ${o.id}`),
  onRested: (o) => events.push(`rested ${o.id} ${o.qty - o.cum}@${o.px}`),
  onTraded: (m, t, px, qty, match) => events.push(`trade ${m.id} ${t.id} ${qty}@${px} #${match}`),
  onReduced: (o, qty) => events.push(`reduced ${o.id} by ${qty}`),
  onMoved: (o, oldRef) => events.push(`moved ${oldRef} to ${o.ref}`),
  onReplaced: (o) => events.push(`replaced ${o.id}`),
  onUnlisted: (o, ref) => events.push(`unlisted ${o.id} ref ${ref}`),
  onCanceled: (o, qty) => events.push(`canceled ${o.id} ${qty}`),
  onCrossed: (b, s, px, qty) => events.push(`crossed ${b.id} ${s.id} ${qty}@${px}`),
  onCross: (_, px, qty) => events.push(`cross ${qty}@${px}`),
  onStatus: (_, state) => events.push(`status ${state}`),
  onShortRestriction: (_, on) => events.push(`restricted ${on}`),
};

beforeEach(() => {
  events = [];
  engine = new MatchingEngine({ ticks: [100], firstRef: 1001, sink });
});

function place(side: number, qty: number, px: number, more: Partial<NewOrder> = {}): VenueOrder {
  const result = engine.submit({ owner: 1, symbol: 0, side, qty, px, ...more });
  if (typeof result === "string") throw new Error(result);
  return result;
}

/** Events since the last call. */
function taken(): string[] {
  const all = events;
  events = [];
  return all;
}

describe("the matching engine", () => {
  test("trades at the resting price, best price first, then oldest first", () => {
    place(SIDE_SELL, 100, 10_200);
    place(SIDE_SELL, 100, 10_100);
    place(SIDE_SELL, 100, 10_100);
    taken();
    place(SIDE_BUY, 250, 10_200);
    expect(taken()).toEqual([
      "accepted 4",
      "trade 2 4 100@10100 #1",
      "trade 3 4 100@10100 #2",
      "trade 1 4 50@10200 #3",
    ]);
    expect(engine.side(0, SIDE_SELL).best()).toMatchObject({ px: 10_200, qty: 50, count: 1 });
  });

  test("rests what is left of a day limit order, and cancels what is left of an IOC", () => {
    place(SIDE_SELL, 100, 10_000);
    taken();
    place(SIDE_BUY, 150, 10_000, { timeInForce: "ioc" });
    expect(taken()).toEqual(["accepted 2", "trade 1 2 100@10000 #1", "canceled 2 50"]);
    place(SIDE_BUY, 150, 10_000);
    expect(taken()).toEqual(["accepted 3", "rested 3 150@10000"]);
  });

  test("fills a FOK whole or not at all", () => {
    place(SIDE_SELL, 100, 10_000);
    place(SIDE_SELL, 100, 10_100);
    taken();
    place(SIDE_BUY, 200, 10_000, { timeInForce: "fok" });
    expect(taken()).toEqual(["accepted 3", "canceled 3 200"]);
    place(SIDE_BUY, 200, 10_100, { timeInForce: "fok" });
    expect(taken()).toEqual(["accepted 4", "trade 1 4 100@10000 #1", "trade 2 4 100@10100 #2"]);
  });

  test("takes every price with a market order, and cancels the rest", () => {
    place(SIDE_BUY, 100, 9_900);
    place(SIDE_BUY, 100, 100);
    taken();
    place(SIDE_SELL, 300, 0, { market: true });
    expect(taken()).toEqual([
      "accepted 3",
      "trade 1 3 100@9900 #1",
      "trade 2 3 100@100 #2",
      "canceled 3 100",
    ]);
  });

  test("refuses a post-only order, or a replace of one, that would trade", () => {
    place(SIDE_SELL, 100, 10_000);
    const bid = place(SIDE_BUY, 100, 9_900, { postOnly: true });
    const request = { owner: 1, symbol: 0, side: SIDE_BUY, qty: 100, px: 10_000, postOnly: true };
    expect(engine.submit(request)).toBe("would-cross");
    expect(engine.replace(bid, 100, 10_000)).toBe("would-cross");
    expect(bid.px).toBe(9_900);
  });

  test("keeps an order's place when it gets smaller at its price, and not otherwise", () => {
    const first = place(SIDE_BUY, 300, 10_000);
    const second = place(SIDE_BUY, 100, 10_000);
    taken();
    expect(engine.replace(first, 200, 10_000)).toBeUndefined();
    expect(taken()).toEqual(["reduced 1 by 100", "replaced 1"]);
    expect(engine.side(0, SIDE_BUY).best()).toMatchObject({ qty: 300, head: first });
    expect(engine.replace(first, 300, 10_000)).toBeUndefined();
    expect(taken()).toEqual(["moved 1001 to 1003", "replaced 1"]);
    expect(engine.side(0, SIDE_BUY).best()).toMatchObject({ qty: 400, head: second });
  });

  test("matches a replace that crosses, after saying that it was replaced", () => {
    place(SIDE_SELL, 100, 10_100);
    const bid = place(SIDE_BUY, 300, 10_000);
    taken();
    engine.replace(bid, 300, 10_100);
    expect(taken()).toEqual([
      "unlisted 2 ref 1002",
      "replaced 2",
      "trade 1 2 100@10100 #1",
      "rested 2 200@10100",
    ]);
  });

  test("counts what has traded when an order is replaced", () => {
    const bid = place(SIDE_BUY, 300, 10_000);
    place(SIDE_SELL, 100, 10_000);
    expect(engine.replace(bid, 100, 10_000)).toBe("too-late");
    expect(engine.replace(bid, 150, 10_000)).toBeUndefined();
    expect(engine.side(0, SIDE_BUY).best()).toMatchObject({ qty: 50, count: 1 });
  });

  test("cancels once, and not after a fill", () => {
    const bid = place(SIDE_BUY, 100, 10_000);
    taken();
    expect(engine.cancel(bid)).toBe(true);
    expect(taken()).toEqual(["unlisted 1 ref 1001", "canceled 1 100"]);
    expect(engine.cancel(bid)).toBe(false);
    const ask = place(SIDE_SELL, 100, 10_000);
    place(SIDE_BUY, 100, 10_000);
    expect(engine.cancel(ask)).toBe(false);
    expect(ask.state).toBe("filled");
  });

  test("matches orders of one owner with each other", () => {
    place(SIDE_SELL, 100, 10_000);
    place(SIDE_BUY, 100, 10_000);
    expect(events).toContain("trade 1 2 100@10000 #1");
  });

  test("refuses quantities, prices and symbols that can't be", () => {
    const request = { owner: 1, symbol: 0, side: SIDE_BUY, qty: 100, px: 10_000 };
    expect(engine.submit({ ...request, qty: 0 })).toBe("quantity");
    expect(engine.submit({ ...request, qty: 1.5 })).toBe("quantity");
    expect(engine.submit({ ...request, qty: 1_000_000 })).toBe("quantity");
    expect(engine.submit({ ...request, px: 0 })).toBe("price");
    expect(engine.submit({ ...request, px: 10_050 })).toBe("tick");
    expect(engine.submit({ ...request, symbol: 7 })).toBe("unknown-symbol");
    expect(events).toEqual([]);
  });

  test("takes nothing while halted or paused, except cancels", () => {
    const bid = place(SIDE_BUY, 100, 10_000);
    for (const state of ["H", "P"] as const) {
      engine.setState(0, state);
      const request = { owner: 1, symbol: 0, side: SIDE_BUY, qty: 100, px: 10_000 };
      expect(engine.submit(request)).toBe("not-trading");
      expect(engine.replace(bid, 50, 10_000)).toBe("not-trading");
    }
    expect(engine.cancel(bid)).toBe(true);
  });

  test("collects crossing orders in quotation only, and crosses them at one price", () => {
    engine.setState(0, "Q");
    place(SIDE_BUY, 300, 10_200);
    place(SIDE_BUY, 100, 10_100);
    place(SIDE_SELL, 200, 10_000);
    place(SIDE_SELL, 100, 10_100);
    taken();
    engine.setState(0, "T");
    // 300 shares trade at 10,100 and at 10,200; at 10,200 nothing is left over.
    expect(taken()).toEqual([
      "crossed 1 3 200@10200",
      "crossed 1 4 100@10200",
      "cross 300@10200",
      "status T",
    ]);
    expect(engine.lastPx(0)).toBe(10_200);
    expect(engine.bestPx(0, SIDE_BUY)).toBe(10_100);
    expect(engine.bestPx(0, SIDE_SELL)).toBe(0);
  });

  test("refuses a short sale at or below the bid while the price test is on", () => {
    place(SIDE_BUY, 100, 10_000);
    engine.setShortRestriction(0, true);
    const sale = { owner: 1, symbol: 0, side: SIDE_SELL, qty: 100, px: 10_000, short: true };
    expect(engine.submit(sale)).toBe("short-sale");
    expect(typeof engine.submit({ ...sale, px: 10_100 })).toBe("object");
    expect(typeof engine.submit({ ...sale, shortExempt: true })).toBe("object");
    engine.setShortRestriction(0, false);
    place(SIDE_BUY, 100, 10_000);
    expect(typeof engine.submit(sale)).toBe("object");
  });
});
