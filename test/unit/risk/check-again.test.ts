/** What the gate says of an order that is to be sent again as it was. */
import { expect, test } from "bun:test";
import * as C from "../../../src/core/codes.ts";
import { RISK_PASSED } from "../../../src/risk/counters.ts";
import { Harness, type HarnessOptions } from "../order/harness.ts";

const BID = 999_900;
const ASK = 1_000_100;

interface Again {
  side?: number;
  px?: number;
  flags?: number;
}

/** The answer for an open order of 100, by default a buy at the bid, after a change. */
function again(change: (h: Harness) => void, order: Again = {}, options: HarnessOptions = {}) {
  const h = new Harness(options);
  const { side = C.SIDE_BUY, px = side === C.SIDE_BUY ? BID : ASK, flags = 0 } = order;
  expect(h.orders.send(0, 0, side, 100, px, flags)).toBeGreaterThanOrEqual(0);
  const passed = h.counters[RISK_PASSED]!;
  change(h);
  const code = h.gate.checkAgain(0, side, px, flags, h.clock.now());
  if (code !== 0) expect(h.counters[48 - code]).toBe(1);
  expect(h.counters[RISK_PASSED]).toBe(passed);
  return code;
}

test("an order passes again where nothing has changed", () => {
  expect(again(() => {})).toBe(0);
  expect(again(() => {}, { side: C.SIDE_SELL })).toBe(0);
});

test("the state of the appliance denies it, each with its own code", () => {
  expect(again((h) => (h.gateSwitch.killed = true))).toBe(C.DENY_KILLED);
  expect(again((h) => (h.gateSwitch.armed = false))).toBe(C.DENY_DISARMED);
  expect(again((h) => (h.gateSwitch.guardAlive = false))).toBe(C.DENY_GUARD);
  expect(again((h) => (h.journal.room = false))).toBe(C.DENY_JOURNAL);
  const lose = (h: Harness) => {
    h.positions.fill(0, C.SIDE_BUY, 100, BID, 0);
    h.positions.setMark(0, BID - 10_000);
  };
  expect(again(lose, {}, { limits: { maxLoss: 99 } })).toBe(C.DENY_LOSS);
});

test("the state of the market denies it, each with its own code", () => {
  expect(again((h) => (h.feedState[0] = C.FEED_STALE))).toBe(C.DENY_FEED);
  expect(again((h) => (h.status[0] = C.STATUS_HALTED))).toBe(C.DENY_STATUS);
  expect(again((h) => (h.bookFlags = 1))).toBe(C.DENY_BOOK);
});

test("its price is held against the market of now", () => {
  const away = (h: Harness) => {
    h.books[0]!.bid = 899_900;
    h.books[0]!.ask = 900_100;
  };
  expect(again(away)).toBe(C.DENY_COLLAR);
  const band = new Int32Array([0, 0, 0]);
  const options = { gate: { bandHigh: band } };
  expect(again(() => (band[0] = BID - 100), {}, options)).toBe(C.DENY_BAND);
});

test("a short sale is held against the restriction of now", () => {
  const restrict = (h: Harness) => (h.status[0]! |= C.STATUS_SHORT_RESTRICTED);
  const short = { side: C.SIDE_SELL, flags: C.ORDER_SHORT };
  expect(again(restrict, { ...short, px: BID })).toBe(C.DENY_SHORT_SALE);
  expect(again(restrict, { ...short, px: BID + 100 })).toBe(0);
  expect(again(restrict, { ...short, px: BID, flags: C.ORDER_SHORT_EXEMPT })).toBe(0);
});

test("the sums of what is open deny it where they have grown beyond their limits", () => {
  const limits = { maxPosition: 500, shortMarking: true };
  const bought = (qty: number) => (h: Harness) => h.positions.fill(0, C.SIDE_BUY, qty, BID, 0);
  expect(again(bought(400), {}, { limits })).toBe(0);
  expect(again(bought(401), {}, { limits })).toBe(C.DENY_POSITION);
  const exposure = { limits: { maxExposure: 10_100 } };
  expect(again(() => {}, {}, exposure)).toBe(0);
  const grown = (h: Harness) => {
    h.positions.fill(1, C.SIDE_BUY, 100, BID, 0);
    h.exposure.refresh(1);
  };
  expect(again(grown, {}, exposure)).toBe(C.DENY_EXPOSURE);
});

test("a long sale of what is not held any more is denied", () => {
  const h = new Harness({ limits: { shortMarking: true } });
  h.positions.fill(0, C.SIDE_BUY, 100, BID, 0);
  expect(h.orders.send(0, 0, C.SIDE_SELL, 100, ASK, 0)).toBeGreaterThanOrEqual(0);
  expect(h.gate.checkAgain(0, C.SIDE_SELL, ASK, 0, h.clock.now())).toBe(0);
  h.positions.fill(0, C.SIDE_SELL, 1, ASK, 0);
  expect(h.gate.checkAgain(0, C.SIDE_SELL, ASK, 0, h.clock.now())).toBe(C.DENY_SHORT_SALE);
});

test("it takes from the rate of orders, and only when it passes", () => {
  const limits = { ordersPerS: 1, ordersBurst: 3 };
  const h = new Harness({ limits });
  h.orders.send(0, 0, C.SIDE_BUY, 100, BID, 0);
  const ask = () => h.gate.checkAgain(0, C.SIDE_BUY, BID, 0, h.clock.now());
  h.gateSwitch.armed = false;
  for (let i = 0; i < 10; i++) expect(ask()).toBe(C.DENY_DISARMED);
  h.gateSwitch.armed = true;
  expect([ask(), ask(), ask()]).toEqual([0, 0, C.DENY_RATE]);
  expect(h.orders.send(0, 0, C.SIDE_BUY, 100, BID, 0)).toBe(C.DENY_RATE);
});
