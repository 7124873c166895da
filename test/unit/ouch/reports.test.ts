/** What each message of the venue does to an order and to positions, through the real order side. */
import { beforeEach, describe, expect, test } from "bun:test";
import * as C from "../../../src/core/codes.ts";
import { REFUSED_FOREIGN_TRADE } from "../../../src/core/kill-reasons.ts";
import { HP_JR_EXEC } from "../../../src/ffi/layout.ts";
import { FIX_BAD_FIELDS } from "../../../src/fix/counters.ts";
import * as O from "../../support/ouch-bytes.ts";
import { OuchOrders } from "../../support/ouch-orders.ts";

const BUY = 1;
const SELL = -1;
const PX = 1_000_000;

let o: OuchOrders;

beforeEach(() => {
  o = new OuchOrders();
});

function buy(qty = 100): number {
  const slot = o.orders.send(0, 0, BUY, qty, PX, 0);
  expect(slot).toBeGreaterThanOrEqual(0);
  return slot;
}

/** An order that the venue has taken, with UserRefNum `ref`. */
function open(qty = 100): { slot: number; ref: number } {
  const slot = buy(qty);
  const ref = o.lastRef();
  o.venue.say(O.accepted(ref, { quantity: qty, price: PX, symbol: "AAA", clordid: o.id(ref) }));
  expect(o.orders.state(slot)).toBe(C.ORDER_OPEN);
  return { slot, ref };
}

describe("accepted", () => {
  test("dead on arrival, the order is canceled", () => {
    const slot = buy();
    const ref = o.lastRef();
    o.venue.say(O.accepted(ref, { symbol: "AAA", state: "D", clordid: o.id(ref) }));
    expect(o.orders.state(slot)).toBe(C.ORDER_CANCELED);
  });

  test("for fewer shares, the rest is not open", () => {
    const slot = buy(100);
    const ref = o.lastRef();
    o.venue.say(O.accepted(ref, { quantity: 60, price: PX, symbol: "AAA", clordid: o.id(ref) }));
    expect(o.orders.state(slot)).toBe(C.ORDER_OPEN);
    expect(o.orders.leaves(slot)).toBe(60);
  });

  test("under another id than was sent, a person must look", () => {
    buy();
    o.venue.say(O.accepted(o.lastRef(), { symbol: "AAA", clordid: "HP000000000Z" }));
    expect(o.kills).not.toBe(0);
  });

  test("for another side or symbol than was sent, a person must look", () => {
    for (const wrong of [{ side: "S" }, { symbol: "BBB" }, { symbol: "MSFT" }]) {
      const own = new OuchOrders();
      own.orders.send(0, 0, BUY, 100, PX, 0);
      const ref = own.lastRef();
      const right = { symbol: "AAA", clordid: own.id(ref), price: PX };
      own.venue.say(O.accepted(ref, { ...right, ...wrong }));
      expect(own.kills).not.toBe(0);
    }
  });

  test("after it was given up for lost, the order is open; once its slot is given away, a person must look", () => {
    const slot = buy();
    const ref = o.lastRef();
    const told = O.accepted(ref, { price: PX, symbol: "AAA", clordid: o.id(ref) });
    o.orders.onNeverReached(0, ref);
    expect(o.orders.state(slot)).toBe(C.ORDER_NEVER_REACHED);
    o.venue.say(told);
    expect([o.orders.state(slot), o.kills]).toEqual([C.ORDER_OPEN, 0]);
    o = new OuchOrders();
    const lost = buy();
    o.orders.onNeverReached(0, 1);
    for (let next = -1; next !== lost; ) {
      next = buy();
      if (next !== lost) o.venue.say(O.rejected(o.lastRef(), 1));
    }
    o.venue.say(told);
    expect(o.kills).not.toBe(0);
  });

  test("an order of ours that the journal does not have, a person must look", () => {
    o.venue.say(O.accepted(77, { symbol: "AAA", clordid: "HP0001004OmX" }));
    expect(o.kills).not.toBe(0);
  });

  test("somebody else's order on the port is counted, and no more", () => {
    o.venue.say(O.accepted(77, { symbol: "AAA", clordid: "OTHER" }), O.canceled(77, 5));
    o.venue.say(O.brokenTrade(77, 1, "OTHER"), O.rejected(78, 1, "OTHER"));
    expect(o.kills).toBe(0);
    expect(o.positions.qty[0]).toBe(0);
  });

  test("a trade of no order of ours moves a position that nobody counts: a person must look", () => {
    const trades = [O.executed(77, 5, PX, 1), O.tradeCorrection(77, 5, PX, 1, "OTHER")];
    for (const trade of trades) {
      const own = new OuchOrders();
      own.venue.say(trade);
      expect(own.kills).not.toBe(0);
      expect(own.journal.ofType(HP_JR_EXEC).length).toBe(1);
      expect(own.killedFor).toEqual([REFUSED_FOREIGN_TRADE, 0, trade[0]!, 2]);
    }
  });
});

describe("executed", () => {
  test("in part, then to the end", () => {
    const { slot, ref } = open(100);
    o.venue.say(O.executed(ref, 40, PX, 11));
    expect([o.orders.state(slot), o.orders.leaves(slot)]).toEqual([C.ORDER_OPEN, 60]);
    o.venue.say(O.executed(ref, 60, PX, 12));
    expect(o.orders.state(slot)).toBe(C.ORDER_FILLED);
    expect(o.positions.qty[0]).toBe(100);
    expect(o.kills).toBe(0);
  });

  test("beyond the order, or under one match number twice, a person must look", () => {
    const { ref } = open(100);
    o.venue.say(O.executed(ref, 60, PX, 11), O.executed(ref, 60, PX, 12));
    expect(o.kills).not.toBe(0);
    const twice = new OuchOrders();
    twice.orders.send(0, 0, BUY, 100, PX, 0);
    twice.venue.say(O.executed(1, 40, PX, 11), O.executed(1, 40, PX, 11));
    expect(twice.kills).not.toBe(0);
    expect(twice.positions.qty[0]).toBe(40);
  });

  test("both sides of one match, when both are ours", () => {
    const a = open(10);
    const slot = o.orders.send(0, 0, SELL, 10, PX, 0);
    const ref = o.lastRef();
    o.venue.say(O.executed(a.ref, 10, PX, 5, "A"), O.executed(ref, 10, PX, 5, "R"));
    expect(o.orders.state(slot)).toBe(C.ORDER_FILLED);
    expect([o.positions.qty[0], o.kills]).toEqual([0, 0]);
    expect(o.positions.fees(0)).toBeCloseTo(10 * (0.003 - 0.002), 9);
  });

  test("at a price that is no multiple of the unit, a person must look", () => {
    const whole = new OuchOrders([{ symbol: "AAA", priceUnit: 0.01 }]);
    whole.orders.send(0, 0, BUY, 100, 10_000, 0);
    whole.venue.say(O.executed(1, 10, 1_000_050, 9));
    expect(whole.kills).not.toBe(0);
  });

  test("before it was accepted, the order is open", () => {
    const slot = buy(100);
    o.venue.say(O.executed(o.lastRef(), 40, PX, 1));
    expect(o.orders.state(slot)).toBe(C.ORDER_OPEN);
  });
});

describe("canceled", () => {
  test("all that is open, whoever asked for it", () => {
    const { slot, ref } = open(100);
    o.venue.say(O.executed(ref, 40, PX, 11), O.canceled(ref, 60, "S"));
    expect(o.orders.state(slot)).toBe(C.ORDER_CANCELED);
    expect(o.exposure.buyQty[0]).toBe(0);
  });

  test("in part, the rest stays open", () => {
    const { slot, ref } = open(100);
    o.venue.say(O.canceled(ref, 30, "Q"));
    expect([o.orders.state(slot), o.orders.leaves(slot)]).toEqual([C.ORDER_OPEN, 70]);
    o.venue.say(O.aiqCanceled(ref, 20));
    expect(o.orders.leaves(slot)).toBe(50);
    o.venue.say(O.lateAiqCanceled(ref, 10));
    expect(o.orders.leaves(slot)).toBe(40);
    o.venue.say(O.executed(ref, 40, PX, 1));
    expect(o.orders.state(slot)).toBe(C.ORDER_FILLED);
    expect(o.kills).toBe(0);
  });

  test("by the clock, the order is expired", () => {
    const { slot, ref } = open();
    o.venue.say(O.canceled(ref, 100, "T"));
    expect(o.orders.state(slot)).toBe(C.ORDER_EXPIRED);
  });

  test("refused, the order is open as before", () => {
    const { slot, ref } = open();
    expect(o.orders.cancel(0, slot)).toBe(0);
    expect(o.orders.state(slot)).toBe(C.ORDER_PENDING_CANCEL);
    o.venue.say(O.cancelPending(ref));
    expect(o.orders.state(slot)).toBe(C.ORDER_PENDING_CANCEL);
    o.venue.say(O.cancelReject(ref));
    expect(o.orders.state(slot)).toBe(C.ORDER_OPEN);
  });
});

describe("replaced", () => {
  /** The replacement is sent; its number. */
  function replace(slot: number, qty: number, px: number): number {
    expect(o.orders.replace(0, slot, qty, px)).toBe(0);
    return o.lastRef();
  }

  test("by the size in all, or by what of it is open", () => {
    for (const told of [150, 110]) {
      o = new OuchOrders();
      const { slot, ref } = open(100);
      o.venue.say(O.executed(ref, 40, PX, 1));
      const next = replace(slot, 150, PX + 100);
      const state = { quantity: told, price: PX + 100, symbol: "AAA", clordid: o.id(next) };
      o.venue.say(O.replaced(ref, next, state));
      expect([o.orders.state(slot), o.orders.leaves(slot)]).toEqual([C.ORDER_OPEN, 110]);
      expect(o.orders.px(slot)).toBe(PX + 100);
      o.venue.say(O.executed(next, 110, PX, 2));
      expect(o.orders.state(slot)).toBe(C.ORDER_FILLED);
      expect(o.kills).toBe(0);
    }
  });

  test("by an order of another symbol or side, a person must look", () => {
    for (const wrong of [{ side: "S" }, { symbol: "BBB" }, { symbol: "MSFT" }]) {
      o = new OuchOrders();
      const { slot, ref } = open(100);
      const next = replace(slot, 150, PX);
      const state = { quantity: 150, price: PX, symbol: "AAA", clordid: o.id(next), ...wrong };
      o.venue.say(O.replaced(ref, next, state));
      expect(o.kills).not.toBe(0);
    }
  });

  test("rejected, the order stays; and a cancel of what never came to be is over", () => {
    const { slot, ref } = open(100);
    const next = replace(slot, 150, PX);
    expect(o.orders.cancel(0, slot)).toBe(0);
    expect(o.orders.state(slot)).toBe(C.ORDER_PENDING_BOTH);
    o.venue.say(O.rejected(next, 5, o.id(next)));
    expect([o.orders.state(slot), o.orders.leaves(slot)]).toEqual([C.ORDER_OPEN, 100]);
    o.venue.take();
    expect(o.orders.cancel(0, slot)).toBe(0);
    expect(o.venue.takeOrders()[0]).toMatchObject({ type: "X", user_ref_num: ref });
  });

  test("invalid, the venue takes the order out", () => {
    const { slot, ref } = open(100);
    replace(slot, 150, PX);
    o.venue.say(O.canceled(ref, 100, "U"));
    expect(o.orders.state(slot)).toBe(C.ORDER_CANCELED);
  });

  test("too late, the fill that ends the order ends the replace", () => {
    const { slot, ref } = open(100);
    replace(slot, 150, PX);
    o.venue.say(O.executed(ref, 100, PX, 1));
    expect(o.orders.state(slot)).toBe(C.ORDER_FILLED);
    expect(o.exposure.buyQty[0]).toBe(0);
    expect(o.journal.ofType(HP_JR_EXEC).length).toBe(3);
  });

  test("rejected after it was given up for lost, the order is not taken for rejected", () => {
    const { slot } = open(100);
    const next = replace(slot, 150, PX);
    o.orders.onNeverReached(0, next);
    expect(o.orders.state(slot)).toBe(C.ORDER_OPEN);
    o.venue.say(O.rejected(next, 5, o.id(next)));
    expect(o.orders.state(slot)).toBe(C.ORDER_OPEN);
  });
});

describe("taken back", () => {
  test("a trade is unbooked once, and what is open stays as it is", () => {
    const { slot, ref } = open(100);
    o.venue.say(O.executed(ref, 40, PX, 11));
    o.venue.say(O.brokenTrade(ref, 11, o.id(ref)));
    expect(o.positions.qty[0]).toBe(0);
    expect([o.orders.state(slot), o.orders.leaves(slot)]).toEqual([C.ORDER_OPEN, 60]);
    o.venue.say(O.brokenTrade(ref, 11, o.id(ref)));
    expect([o.positions.qty[0], o.kills]).toEqual([0, 0]);
  });

  test("of an order that is done, the order stays done", () => {
    const { slot, ref } = open(100);
    o.venue.say(O.executed(ref, 100, PX, 11), O.brokenTrade(ref, 11, o.id(ref)));
    expect([o.orders.state(slot), o.positions.qty[0]]).toEqual([C.ORDER_FILLED, 0]);
  });

  test("a correction changes price and size", () => {
    const { slot, ref } = open(100);
    o.venue.say(O.executed(ref, 40, PX, 11));
    o.venue.say(O.tradeCorrection(ref, 30, PX - 100, 11, o.id(ref)));
    expect(o.positions.qty[0]).toBe(30);
    expect([o.orders.state(slot), o.orders.leaves(slot)]).toEqual([C.ORDER_OPEN, 60]);
    expect(o.kills).toBe(0);
  });

  test("a trade that nobody knows of, a person must look", () => {
    const { ref } = open(100);
    o.venue.say(O.brokenTrade(ref, 99, o.id(ref)));
    expect(o.kills).not.toBe(0);
  });
});

describe("rejected", () => {
  test("a new order is rejected", () => {
    const slot = buy();
    o.venue.say(O.rejected(o.lastRef(), 0x11, o.id(o.lastRef())));
    expect(o.orders.state(slot)).toBe(C.ORDER_REJECTED);
    expect(o.exposure.buyQty[0]).toBe(0);
  });
});

describe("what can't be read", () => {
  const bad: [string, Uint8Array][] = [
    ["a message that is too short", O.executed(1, 1, PX, 1).slice(0, 20)],
    ["a type that nobody knows", Uint8Array.from([0x7a, 0, 0])],
    ["nothing at all", new Uint8Array(0)],
  ];
  for (const [what, message] of bad) {
    test(`stops the engine: ${what}`, () => {
      buy();
      o.venue.say(message);
      expect(o.kills).not.toBe(0);
      expect(o.positions.qty[0]).toBe(0);
    });
  }

  test("but an appendage that lies takes nothing from the fields before it", () => {
    const { slot, ref } = open(120);
    const whole = O.executed(ref, 40, PX, 11);
    const tails = [[0, 40, 2, 1], [0, 2, 9, 1], [0]];
    o.venue.say(...tails.map((tail, n) => Uint8Array.from([...whole.slice(0, 33), n, ...tail])));
    expect([o.orders.state(slot), o.positions.qty[0], o.kills]).toEqual([C.ORDER_FILLED, 120, 0]);
    expect(o.venue.counters[FIX_BAD_FIELDS]).toBe(3);
    const other = buy(100);
    const told = { price: PX, symbol: "AAA", clordid: o.id(o.lastRef()) };
    o.venue.say(Uint8Array.from([...O.accepted(o.lastRef(), told), 3]));
    expect([o.orders.state(other), o.kills]).toEqual([C.ORDER_OPEN, 0]);
  });

  test("but not what later editions append", () => {
    const { slot, ref } = open(100);
    o.venue.say(Uint8Array.from([...O.canceled(ref, 100), 0, 3, 2, 28, 7]));
    expect([o.orders.state(slot), o.kills]).toEqual([C.ORDER_CANCELED, 0]);
  });
});

test("a lost connection leaves what waits for an answer unknown, until the venue has told", () => {
  const a = open(100);
  const slot = buy(100);
  o.venue.stream.end();
  o.venue.poll();
  expect(o.orders.state(slot)).toBe(C.ORDER_UNKNOWN);
  expect(o.orders.state(a.slot)).toBe(C.ORDER_OPEN);
  o.venue.pass(1.2);
  o.venue.login(o.venue.session.nextIn());
  o.venue.say(O.executed(a.ref, 100, PX, 8), O.accountAnswer(a.ref + 1));
  expect(o.orders.state(a.slot)).toBe(C.ORDER_FILLED);
  expect(o.orders.state(slot)).toBe(C.ORDER_NEVER_REACHED);
  expect([o.exposure.buyQty[0], o.kills]).toEqual([0, 0]);
});

test("an order without an answer is asked about, and unknown in the end", () => {
  const slot = buy();
  o.venue.take();
  o.pass(2.1);
  expect(o.venue.take().map((p) => p.type)).toContain("U");
  o.venue.say(O.accountAnswer(o.lastRef() + 1));
  expect(o.orders.state(slot)).toBe(C.ORDER_PENDING_NEW);
  o.pass(2.2);
  expect(o.orders.state(slot)).toBe(C.ORDER_UNKNOWN);
});
