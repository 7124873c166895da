/** Which order messages may be sent again, and what becomes of those that are not. */
import { expect, test } from "bun:test";
import * as C from "../../../src/core/codes.ts";
import * as L from "../../../src/ffi/layout.ts";
import { ORDER_STATUS_REQUESTS } from "../../../src/order/counters.ts";
import { Harness } from "./harness.ts";

const BID = 999_900;
const again = (h: Harness, seq: number) => h.orders.mayResend(0, seq, 0);
const kinds = (h: Harness, from: number) => h.session.sent.slice(from).map((m) => m.kind);

/** A new order that nobody has answered: its slot. Its message is number 1. */
function sent(h = new Harness()): [Harness, number] {
  return [h, h.orders.send(0, 0, C.SIDE_BUY, 100, BID, 0)];
}

test("a new order nobody has answered may be sent again, on this connection or the next", () => {
  const [h, slot] = sent();
  expect(again(h, 1)).toBe(true);
  h.orders.onSessionState(0, C.SESSION_DOWN);
  expect(h.orders.table.state(slot)).toBe(C.ORDER_UNKNOWN);
  expect(again(h, 1)).toBe(true);
});

test("an order that the venue has answered, or that is done, may not", () => {
  const [h, slot] = sent();
  h.report(slot, { execType: "0", ordStatus: "0", leavesQty: 100 });
  expect(again(h, 1)).toBe(false);
  h.report(slot, { execType: "4", ordStatus: "4" });
  expect(again(h, 1)).toBe(false);
});

test("an order that was told as never reached may not be sent again any more", () => {
  const [h, slot] = sent();
  h.orders.onNeverReached(0, 1);
  expect(again(h, 1)).toBe(false);
  expect(C.orderIsLive(h.orders.table.state(slot))).toBe(false);
});

test("a message that is not an order's, or of a number nobody sent, may not", () => {
  const [h] = sent();
  expect(again(h, 2)).toBe(false);
  expect(again(h, 0)).toBe(false);
  h.session.nextSeq = 2;
  h.orders.cancelAll();
  expect(again(h, 99)).toBe(false);
});

test("an order with a later message may not: only its last word", () => {
  const [h, slot] = sent();
  h.orders.cancel(0, slot);
  expect(again(h, 1)).toBe(false);
  expect(again(h, 2)).toBe(true);
});

test("a cancel may be sent again in every state of the gate, without a token", () => {
  const h = new Harness({ limits: { ordersPerS: 1, ordersBurst: 1 } });
  const slot = h.openOrder();
  h.orders.cancel(0, slot);
  h.gateSwitch.killed = true;
  h.feedState[0] = C.FEED_LOST;
  expect([again(h, 2), again(h, 2), again(h, 2)]).toEqual([true, true, true]);
});

test("a replace is held against the market at its own price", () => {
  const h = new Harness();
  const slot = h.openOrder();
  expect(h.orders.replace(0, slot, 100, 980_000)).toBe(0);
  expect(again(h, 2)).toBe(true);
  // The order's own price would still do.
  h.books[0]!.ask = 1_040_000;
  expect(again(h, 2)).toBe(false);
});

test("a cancel that names a replace which never reached may not: the venue does not know that id", () => {
  const h = new Harness();
  const slot = h.openOrder();
  h.orders.replace(0, slot, 200, BID);
  h.orders.cancel(0, slot);
  expect(h.session.last().orig).toBe(h.session.sent.at(-2)!.generation);
  expect(again(h, 3)).toBe(true);
  h.orders.onNeverReached(0, 2);
  expect(again(h, 3)).toBe(false);
  h.orders.onNeverReached(0, 3);
  expect(h.events().slice(-2)).toEqual([
    C.ORDER_EVENT_REPLACE_REJECTED,
    C.ORDER_EVENT_CANCEL_REJECTED,
  ]);
  expect(h.orders.cancel(0, slot)).toBe(0);
});

test("a gate that denies says no, and counts it", () => {
  const [h] = sent();
  h.gateSwitch.armed = false;
  expect(again(h, 1)).toBe(false);
  expect(h.counters[48 - C.DENY_DISARMED]).toBe(1);
});

test("an order of uncertain fate is asked for, and stays reserved until the venue tells", () => {
  const [h, slot] = sent();
  h.orders.onUncertain(0, 1);
  expect(h.orders.table.state(slot)).toBe(C.ORDER_UNKNOWN);
  expect(h.exposure.buyQty[0]).toBe(100);
  expect(h.journal.ofType(L.HP_JR_FATE)).toHaveLength(1);
  h.orders.poll(h.clock.now());
  expect(kinds(h, 1)).toEqual([L.HP_INTENT_STATUS]);
  expect(h.counters[ORDER_STATUS_REQUESTS]).toBe(1);
  h.orders.onUncertain(0, 1);
  expect(h.journal.ofType(L.HP_JR_FATE)).toHaveLength(1);
});

test("a message that is answered already, or is no order's, is not uncertain", () => {
  const h = new Harness();
  const slot = h.openOrder();
  h.orders.onUncertain(0, 1);
  h.orders.onUncertain(0, 7);
  h.orders.poll(h.clock.now());
  expect(h.orders.table.state(slot)).toBe(C.ORDER_OPEN);
  expect(kinds(h, 1)).toEqual([]);
});

test("a status request that the session's rate holds back is sent later", () => {
  const [h] = sent();
  h.orders.onUncertain(0, 1);
  h.session.refuse = C.DENY_RATE;
  h.orders.poll(h.clock.now());
  expect(kinds(h, 1)).toEqual([]);
  h.orders.poll(h.clock.now());
  expect(kinds(h, 1)).toEqual([L.HP_INTENT_STATUS]);
});

test("a number of before a reset means nothing after it", () => {
  const [h, slot] = sent();
  h.orders.onSessionState(0, C.SESSION_DOWN);
  h.orders.onSequencesReset(0);
  // 1 is the Logon now.
  h.orders.onNeverReached(0, 1);
  h.orders.onMessageReject(0, 1, 5);
  expect(h.orders.table.state(slot)).toBe(C.ORDER_UNKNOWN);
  expect(again(h, 1)).toBe(false);
});
