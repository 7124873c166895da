import { expect, test } from "bun:test";
import * as C from "../../../src/core/codes.ts";
import { REFUSED_BY_SESSION, REPORT_OVERFILL } from "../../../src/core/kill-reasons.ts";
import * as L from "../../../src/ffi/layout.ts";
import {
  ORDER_DUPLICATES,
  ORDER_NEVER_SENT,
  ORDER_OVERFILLS,
  ORDER_STATUS_MISMATCH,
  ORDER_STATUS_REQUESTS,
  ORDER_UNBOOKABLE,
} from "../../../src/order/counters.ts";
import { Harness } from "./harness.ts";

const BID = 999_900;

test("an order is acknowledged, filled in parts, and its slot waits at the end of the line", () => {
  const h = new Harness();
  const slot = h.orders.send(3, 0, C.SIDE_BUY, 100, BID, 0);
  expect(h.orders.state(slot)).toBe(C.ORDER_PENDING_NEW);
  h.report(slot, { execType: "0", ordStatus: "0" });
  expect(h.orders.state(slot)).toBe(C.ORDER_OPEN);
  h.report(slot, { execType: "F", ordStatus: "1", lastQty: 40, lastPx: BID, liquidity: 1 });
  expect(h.orders.leaves(slot)).toBe(60);
  h.report(slot, { execType: "F", ordStatus: "2", lastQty: 60, lastPx: BID, liquidity: 1 });
  expect(h.orders.state(slot)).toBe(C.ORDER_FILLED);
  expect(h.orders.leaves(slot)).toBe(0);
  expect(h.positions.qty[0]).toBe(100);
  expect(h.positions.fees(0)).toBeCloseTo(-0.2, 9);
  expect(h.heard.map((e) => [e.strategy, e.event, e.qty])).toEqual([
    [3, C.ORDER_EVENT_ACK, 0],
    [3, C.ORDER_EVENT_FILL, 40],
    [3, C.ORDER_EVENT_FILL, 60],
  ]);
  expect(h.exposure.ordersAll).toBe(0);
  expect(h.exposure.buyQty[0]).toBe(0);
  for (let i = 0; i < 63; i++) expect(h.orders.send(0, 0, C.SIDE_BUY, 1, BID, 0)).not.toBe(slot);
  expect(h.orders.send(0, 0, C.SIDE_BUY, 1, BID, 0)).toBe(slot);
  expect(h.orders.send(0, 0, C.SIDE_BUY, 1, BID, 0)).toBe(C.DENY_SLOTS);
});

test("a fill before the acknowledgement opens the order, and the acknowledgement changes nothing", () => {
  const h = new Harness();
  const slot = h.orders.send(0, 0, C.SIDE_BUY, 100, BID, 0);
  h.report(slot, { execType: "F", ordStatus: "1", lastQty: 10, lastPx: BID });
  expect(h.orders.state(slot)).toBe(C.ORDER_OPEN);
  h.report(slot, { execType: "0", ordStatus: "0" });
  expect(h.events()).toEqual([C.ORDER_EVENT_FILL]);
});

test("a second acknowledgement has no effect", () => {
  const h = new Harness();
  const slot = h.openOrder();
  h.report(slot, { execType: "0", ordStatus: "0" });
  expect(h.events()).toEqual([C.ORDER_EVENT_ACK]);
  expect(h.kills).toBe(0);
});

test("a replayed fill is booked once", () => {
  const h = new Harness();
  const slot = h.openOrder();
  const fill = { execType: "F", ordStatus: "1", lastQty: 10, lastPx: BID, execId: 5 };
  h.report(slot, fill);
  h.report(slot, { ...fill, possDup: 1 });
  expect(h.positions.qty[0]).toBe(10);
  expect(h.counters[ORDER_DUPLICATES]).toBe(1);
});

test("a fill beyond the order moves the position and kills", () => {
  const h = new Harness();
  const slot = h.openOrder(100);
  h.report(slot, { execType: "F", ordStatus: "2", lastQty: 130, lastPx: BID });
  expect(h.positions.qty[0]).toBe(130);
  expect(h.counters[ORDER_OVERFILLS]).toBe(1);
  expect(h.killedFor.slice(0, 3)).toEqual([REPORT_OVERFILL, 0, 0x46]);
  expect(h.kills).toBe(L.HP_KILL_ENGINE);
  expect(h.exposure.buyQty[0]).toBe(0);
});

test("an id with our prefix that was never sent kills", () => {
  const h = new Harness();
  const slot = h.openOrder();
  h.report(slot, { execType: "0", generation: (1 << 20) + 99 });
  expect(h.counters[ORDER_NEVER_SENT]).toBe(1);
  expect(h.kills).toBe(L.HP_KILL_ENGINE);
  const other = new Harness();
  other.report(0, { execType: "0", slot: 4000, generation: 1 });
  expect(other.kills).toBe(L.HP_KILL_ENGINE);
});

test("a report that is not ours changes nothing and is journaled once", () => {
  const h = new Harness();
  h.report(0, { execType: "F", lastQty: 10, lastPx: BID, ours: 0 });
  expect(h.positions.qty[0]).toBe(0);
  expect(h.kills).toBe(0);
  expect(h.journal.ofType(L.HP_JR_EXEC)).toHaveLength(1);
});

test("a cancel nobody asked for closes the order", () => {
  const h = new Harness();
  const slot = h.openOrder();
  h.report(slot, { execType: "4", ordStatus: "4" });
  expect(h.orders.state(slot)).toBe(C.ORDER_CANCELED);
  expect(h.exposure.buyQty[0]).toBe(0);
});

test("a fill after the cancel counts for the position; the order stays cancelled", () => {
  const h = new Harness();
  const slot = h.openOrder();
  expect(h.orders.cancel(0, slot)).toBe(0);
  expect(h.orders.state(slot)).toBe(C.ORDER_PENDING_CANCEL);
  expect(h.orders.cancel(0, slot)).toBe(C.DENY_STATE);
  h.report(slot, { execType: "4", ordStatus: "4", generation: h.session.last().generation });
  h.report(slot, { execType: "F", lastQty: 20, lastPx: BID });
  expect(h.positions.qty[0]).toBe(20);
  expect(h.orders.state(slot)).toBe(C.ORDER_CANCELED);
  expect(h.kills).toBe(0);
});

test("while a replace is pending the larger quantity at the higher price is held", () => {
  const h = new Harness();
  const slot = h.openOrder(100, BID);
  expect(h.orders.replace(0, slot, 300, BID - 1000)).toBe(0);
  expect(h.orders.state(slot)).toBe(C.ORDER_PENDING_REPLACE);
  expect(h.exposure.buyQty[0]).toBe(300);
  expect(h.orders.table.heldNotional(slot)).toBe(300 * BID);
  const { generation, orig } = h.session.last();
  expect(orig).toBe(generation - 1);
  h.report(slot, { execType: "5", ordStatus: "0", generation, orderQty: 300, px: BID - 1000 });
  expect(h.orders.table.heldNotional(slot)).toBe(300 * (BID - 1000));
  expect(h.orders.px(slot)).toBe(BID - 1000);
  expect(h.orders.state(slot)).toBe(C.ORDER_OPEN);
});

test("nothing is released before the venue's word when a replace makes an order smaller", () => {
  const h = new Harness();
  const slot = h.openOrder(300);
  h.orders.replace(0, slot, 100, BID);
  expect(h.exposure.buyQty[0]).toBe(300);
  const { generation } = h.session.last();
  h.cancelReject(slot, { generation, responseTo: 2, ordStatus: "0" });
  expect(h.exposure.buyQty[0]).toBe(300);
  expect(h.events()).toEqual([C.ORDER_EVENT_ACK, C.ORDER_EVENT_REPLACE_REJECTED]);
});

test("a fill under the old id while a replace is pending counts for the order", () => {
  const h = new Harness();
  const slot = h.openOrder(100);
  const first = h.session.last().generation;
  h.orders.replace(0, slot, 150, BID);
  h.report(slot, { execType: "F", ordStatus: "E", lastQty: 100, lastPx: BID, generation: first });
  expect(h.orders.state(slot)).toBe(C.ORDER_PENDING_REPLACE);
  expect(h.exposure.buyQty[0]).toBe(50);
  const { generation } = h.session.last();
  h.report(slot, { execType: "5", ordStatus: "1", generation, orderQty: 150, leavesQty: 50 });
  expect(h.orders.leaves(slot)).toBe(50);
  h.report(slot, { execType: "F", ordStatus: "2", lastQty: 50, lastPx: BID, generation: first });
  expect(h.orders.state(slot)).toBe(C.ORDER_FILLED);
  expect(h.kills).toBe(0);
});

test("an order filled while its replace is pending is done when the replace is refused", () => {
  const h = new Harness();
  const slot = h.openOrder(100);
  h.orders.replace(0, slot, 150, BID);
  const { generation } = h.session.last();
  h.report(slot, { execType: "F", ordStatus: "2", lastQty: 100, lastPx: BID });
  h.cancelReject(slot, { generation, responseTo: 2, ordStatus: "2", reason: 0 });
  expect(h.orders.state(slot)).toBe(C.ORDER_FILLED);
  expect(h.exposure.ordersAll).toBe(0);
});

test("a replace to no more than what is filled is denied", () => {
  const h = new Harness();
  const slot = h.openOrder(100);
  h.report(slot, { execType: "F", ordStatus: "1", lastQty: 60, lastPx: BID });
  expect(h.orders.replace(0, slot, 60, BID)).toBe(C.DENY_QTY);
  expect(h.orders.replace(0, slot, 80, BID)).toBe(0);
});

test("a cancel too late finds the order filled", () => {
  const h = new Harness();
  const slot = h.openOrder(100);
  h.orders.cancel(0, slot);
  const { generation } = h.session.last();
  h.report(slot, { execType: "F", ordStatus: "2", lastQty: 100, lastPx: BID });
  h.cancelReject(slot, { generation, responseTo: 1, ordStatus: "2", reason: 0 });
  expect(h.orders.state(slot)).toBe(C.ORDER_FILLED);
  expect(h.events()).toEqual([C.ORDER_EVENT_ACK, C.ORDER_EVENT_FILL]);
});

test("a refused cancel leaves the order open, and another may be sent", () => {
  const h = new Harness();
  const slot = h.openOrder(100);
  h.orders.cancel(0, slot);
  const { generation } = h.session.last();
  h.cancelReject(slot, { generation, responseTo: 1, ordStatus: "0", reason: 99 });
  expect(h.orders.state(slot)).toBe(C.ORDER_OPEN);
  expect(h.orders.cancel(0, slot)).toBe(0);
});

test("a cancel sent while a replace is pending is judged apart from it", () => {
  const h = new Harness();
  const slot = h.openOrder(100);
  h.orders.replace(0, slot, 150, BID);
  const replace = h.session.last().generation;
  h.orders.cancel(0, slot);
  const cancel = h.session.last();
  expect(cancel.orig).toBe(replace);
  expect(h.orders.state(slot)).toBe(C.ORDER_PENDING_BOTH);
  h.report(slot, { execType: "5", ordStatus: "0", generation: replace, orderQty: 150, px: BID });
  expect(h.orders.state(slot)).toBe(C.ORDER_PENDING_CANCEL);
  h.report(slot, { execType: "4", ordStatus: "4", generation: cancel.generation });
  expect(h.orders.state(slot)).toBe(C.ORDER_CANCELED);
});

test("a late fill of a slot that has another order moves the position only", () => {
  const h = new Harness({ orders: { slots: 1 } });
  const slot = h.openOrder(100);
  const generation = h.session.last().generation;
  h.report(slot, { execType: "4", ordStatus: "4" });
  expect(h.openOrder(200)).toBe(slot);
  h.heard.length = 0;
  h.report(slot, { execType: "F", lastQty: 10, lastPx: BID, generation, instrument: 1, side: -1 });
  expect(h.positions.qty[1]).toBe(-10);
  expect(h.orders.leaves(slot)).toBe(200);
  expect(h.heard).toEqual([]);
  expect(h.kills).toBe(0);
});

test("a bust restores position and profit exactly", () => {
  const h = new Harness();
  const slot = h.openOrder(100);
  h.report(slot, { execType: "F", ordStatus: "1", lastQty: 30, lastPx: BID, execId: 77 });
  h.report(slot, { execType: "F", ordStatus: "1", lastQty: 20, lastPx: BID + 100, execId: 78 });
  h.report(slot, { execType: "H", ordStatus: "1", leavesQty: 80, execId: 79, refId: 77 });
  expect(h.positions.qty[0]).toBe(20);
  expect(h.positions.grossUnits(0)).toBe(20 * (1_000_000 - BID - 100));
  expect(h.positions.fees(0)).toBeCloseTo(0.06, 9);
  expect(h.orders.leaves(slot)).toBe(80);
  expect(h.exposure.buyQty[0]).toBe(80);
  // The same bust again, and another bust of the same fill, have no effect.
  h.report(slot, { execType: "H", ordStatus: "1", execId: 79, refId: 77, possDup: 1 });
  h.report(slot, { execType: "H", ordStatus: "1", execId: 80, refId: 77 });
  expect(h.positions.qty[0]).toBe(20);
  expect(h.kills).toBe(0);
});

test("a correction replaces the fill it names, and can be corrected and busted itself", () => {
  const h = new Harness();
  const slot = h.openOrder(100);
  h.report(slot, { execType: "F", ordStatus: "1", lastQty: 30, lastPx: BID, execId: 1 });
  h.report(slot, {
    execType: "G",
    ordStatus: "1",
    lastQty: 25,
    lastPx: BID - 100,
    execId: 2,
    refId: 1,
  });
  expect(h.positions.qty[0]).toBe(25);
  expect(h.positions.openCost[0]).toBe(25 * (BID - 100));
  h.report(slot, { execType: "G", ordStatus: "1", lastQty: 30, lastPx: BID, execId: 3, refId: 1 });
  expect(h.positions.qty[0]).toBe(30);
  h.report(slot, { execType: "H", ordStatus: "0", leavesQty: 100, execId: 4, refId: 3 });
  expect(h.positions.qty[0]).toBe(0);
  expect(h.positions.grossUnits(0)).toBe(0);
});

test("a bust of a fill that nobody knows kills unless it tells quantity and price", () => {
  const h = new Harness();
  const slot = h.openOrder(100);
  h.report(slot, { execType: "H", refId: 123, lastQty: 10, lastPx: BID });
  expect(h.positions.qty[0]).toBe(-10);
  expect(h.kills).toBe(0);
  h.report(slot, { execType: "H", refId: 124 });
  expect(h.kills).toBe(L.HP_KILL_ENGINE);
});

test("a filled order whose fill is busted opens again when the venue says so", () => {
  const h = new Harness();
  const slot = h.openOrder(100);
  h.report(slot, { execType: "F", ordStatus: "2", lastQty: 100, lastPx: BID, execId: 9 });
  h.report(slot, { execType: "H", ordStatus: "0", leavesQty: 100, refId: 9 });
  expect(h.orders.state(slot)).toBe(C.ORDER_OPEN);
  expect(h.exposure.buyQty[0]).toBe(100);
  expect(h.exposure.ordersAll).toBe(1);
});

test("a restatement takes the venue's quantity", () => {
  const h = new Harness();
  const slot = h.openOrder(100);
  h.report(slot, { execType: "D", ordStatus: "0", orderQty: 70, px: BID, leavesQty: 70 });
  expect(h.orders.leaves(slot)).toBe(70);
  expect(h.exposure.buyQty[0]).toBe(70);
});

test("a fill whose price cannot be told moves the position and kills", () => {
  const h = new Harness();
  const slot = h.openOrder(100);
  h.report(slot, { execType: "F", ordStatus: "1", lastQty: 10, lastPx: 0, inexact: 1 });
  expect(h.positions.qty[0]).toBe(10);
  expect(h.kills).toBe(L.HP_KILL_ENGINE);
});

test("a rejected message ends the order that it carried", () => {
  const h = new Harness();
  const slot = h.orders.send(0, 0, C.SIDE_BUY, 100, BID, 0);
  h.orders.onMessageReject(0, h.session.last().seq, 0);
  expect(h.orders.state(slot)).toBe(C.ORDER_REJECTED);
  expect(h.journal.ofType(L.HP_JR_FATE)).toHaveLength(1);
  expect(h.journal.ofType(L.HP_JR_EXEC)).toHaveLength(0);
});

test("a message that was gap-filled never reached: new order, replace and cancel alike", () => {
  const h = new Harness();
  const a = h.orders.send(0, 0, C.SIDE_BUY, 100, BID, 0);
  h.orders.onNeverReached(0, h.session.last().seq);
  expect(h.orders.state(a)).toBe(C.ORDER_NEVER_REACHED);
  const b = h.openOrder();
  h.orders.replace(0, b, 500, BID);
  h.orders.onNeverReached(0, h.session.last().seq);
  expect(h.orders.state(b)).toBe(C.ORDER_OPEN);
  expect(h.exposure.buyQty[0]).toBe(100);
  h.orders.cancel(0, b);
  h.orders.onNeverReached(0, h.session.last().seq);
  expect(h.orders.state(b)).toBe(C.ORDER_OPEN);
});

test("an order that we held lost is live again when the venue acknowledges it", () => {
  const h = new Harness();
  const slot = h.orders.send(0, 0, C.SIDE_BUY, 100, BID, 0);
  h.orders.onNeverReached(0, h.session.last().seq);
  expect(h.exposure.buyQty[0]).toBe(0);
  h.report(slot, { execType: "0", ordStatus: "0" });
  expect(h.orders.state(slot)).toBe(C.ORDER_OPEN);
  expect(h.exposure.buyQty[0]).toBe(100);
});

test("an order without word is asked for once, then unknown, and still counts as open", () => {
  const h = new Harness({ orders: { answerTimeoutNs: 1000 } });
  const slot = h.orders.send(0, 0, C.SIDE_BUY, 100, BID, 0);
  h.orders.poll(1e9 + 999);
  expect(h.counters[ORDER_STATUS_REQUESTS]).toBe(0);
  h.orders.poll(1e9 + 1000);
  expect(h.counters[ORDER_STATUS_REQUESTS]).toBe(1);
  expect(h.orders.state(slot)).toBe(C.ORDER_PENDING_NEW);
  h.orders.poll(1e9 + 2000);
  expect(h.orders.state(slot)).toBe(C.ORDER_UNKNOWN);
  expect(h.events()).toEqual([C.ORDER_EVENT_UNKNOWN]);
  expect(h.exposure.buyQty[0]).toBe(100);
  h.orders.poll(1e9 + 9000);
  expect(h.counters[ORDER_STATUS_REQUESTS]).toBe(1);
  h.report(slot, { execType: "0", ordStatus: "0" });
  expect(h.orders.state(slot)).toBe(C.ORDER_OPEN);
});

test("a venue that takes no status request leaves the order unknown, without asking for ever", () => {
  const h = new Harness({ orders: { answerTimeoutNs: 1000 } });
  const slot = h.orders.send(0, 0, C.SIDE_BUY, 100, BID, 0);
  h.session.refuse = C.DENY_ARGUMENT;
  h.orders.poll(1e9 + 1000);
  h.orders.poll(1e9 + 2000);
  expect(h.orders.state(slot)).toBe(C.ORDER_UNKNOWN);
  expect(h.counters[ORDER_STATUS_REQUESTS]).toBe(0);
});

test("a status request that meets a full socket is tried again", () => {
  const h = new Harness();
  const slot = h.openOrder(100);
  h.orders.onSynced(0);
  h.session.refuse = C.DENY_BACKPRESSURE;
  h.orders.poll(1e9);
  expect(h.session.sent).toHaveLength(1);
  h.orders.poll(1e9);
  expect(h.session.last()).toMatchObject({ kind: L.HP_INTENT_STATUS, slot });
});

test("a refused cancel message leaves the order open", () => {
  const h = new Harness();
  const slot = h.openOrder(100);
  h.orders.cancel(0, slot);
  h.orders.onMessageReject(0, h.session.last().seq, 0);
  expect(h.orders.state(slot)).toBe(C.ORDER_OPEN);
  // Of a message that is not an order's, or is forgotten, nothing is made.
  h.orders.onMessageReject(0, 9999, 0);
  h.orders.onNeverReached(0, 0);
  expect(h.orders.state(slot)).toBe(C.ORDER_OPEN);
});

test("a lost connection makes fates unknown, and the status answers settle them", () => {
  const h = new Harness();
  const a = h.openOrder(100);
  const b = h.orders.send(0, 0, C.SIDE_BUY, 100, BID, 0);
  const c = h.openOrder(100);
  h.orders.cancel(0, c);
  h.session.state = C.SESSION_DOWN;
  h.orders.onSessionState(0, C.SESSION_DOWN);
  expect([a, b, c].map((s) => h.orders.state(s))).toEqual([
    C.ORDER_OPEN,
    C.ORDER_UNKNOWN,
    C.ORDER_UNKNOWN,
  ]);
  h.session.state = C.SESSION_UP;
  h.orders.onSynced(0);
  h.orders.poll(2e9);
  expect(h.counters[ORDER_STATUS_REQUESTS]).toBe(3);
  h.report(a, { execType: "I", ordStatus: "4" });
  h.report(b, { execType: "I", ordStatus: "8", reason: 5 });
  h.report(c, { execType: "I", ordStatus: "0", leavesQty: 100, orderQty: 100 });
  expect([a, b, c].map((s) => h.orders.state(s))).toEqual([
    C.ORDER_CANCELED,
    C.ORDER_NEVER_REACHED,
    C.ORDER_OPEN,
  ]);
});

test("a status answer with a fill that we never heard of kills", () => {
  const h = new Harness();
  const slot = h.openOrder(100);
  h.report(slot, { execType: "I", ordStatus: "1", cumQty: 10, leavesQty: 90 });
  expect(h.kills).toBe(L.HP_KILL_ENGINE);
});

test("a report that tells of more filled than was ever booked kills, whatever it is about", () => {
  for (const report of [
    { execType: "4", ordStatus: "4", cumQty: 40, leavesQty: 0 },
    { execType: "C", ordStatus: "C", cumQty: 40, leavesQty: 0 },
    { execType: "3", ordStatus: "3", cumQty: 40, leavesQty: 0 },
    { execType: "8", ordStatus: "8", cumQty: 40, leavesQty: 0 },
    { execType: "6", ordStatus: "6", cumQty: 40, leavesQty: 60 },
    { execType: "F", ordStatus: "1", lastQty: 10, lastPx: BID, cumQty: 50, leavesQty: 50 },
    { execType: "F", ordStatus: "2", lastQty: 60, lastPx: BID, cumQty: 100, leavesQty: 0 },
  ]) {
    const h = new Harness();
    const slot = h.openOrder(100);
    h.report(slot, { execId: 7, ...report });
    expect(h.kills).toBe(L.HP_KILL_ENGINE);
    expect(h.counters[ORDER_STATUS_MISMATCH]).toBe(1);
  }
});

test("a fill told again after it was taken back is no fill that we missed", () => {
  const h = new Harness();
  const slot = h.openOrder(100);
  const fill = { execType: "F", lastQty: 40, lastPx: BID, execId: 7, cumQty: 40, leavesQty: 60 };
  h.report(slot, fill);
  h.report(slot, { execType: "H", execId: 8, refId: 7, ordStatus: "0", cumQty: 0, leavesQty: 100 });
  h.report(slot, { ...fill, possDup: 1 });
  expect(h.kills).toBe(0);
  // Another fill under an id that was used is one that can't be booked.
  h.report(slot, fill);
  expect(h.kills).toBe(L.HP_KILL_ENGINE);
});

test("a report of an order with another side or another instrument kills", () => {
  for (const other of [{ side: C.SIDE_SELL }, { instrument: 1 }]) {
    const h = new Harness();
    const slot = h.openOrder(100);
    h.report(slot, {
      execType: "F",
      lastQty: 10,
      lastPx: BID,
      cumQty: 10,
      leavesQty: 90,
      ...other,
    });
    expect(h.kills).toBe(L.HP_KILL_ENGINE);
  }
});

test("an order that is open as we know it is asked for once, not for ever", () => {
  const h = new Harness();
  const slot = h.openOrder(100);
  h.orders.onSynced(0);
  h.orders.poll(1e9);
  expect(h.counters[ORDER_STATUS_REQUESTS]).toBe(1);
  h.report(slot, { execType: "I", ordStatus: "0", leavesQty: 100, orderQty: 100 });
  for (let s = 2; s < 30; s++) h.orders.poll(s * 1e9);
  expect(h.counters[ORDER_STATUS_REQUESTS]).toBe(1);
  expect(h.orders.state(slot)).toBe(C.ORDER_OPEN);
});

test("a report that the dictionary refused kills: what it said is lost", () => {
  const h = new Harness();
  h.openOrder(100);
  h.orders.onRefusedReport(0, REFUSED_BY_SESSION, 0x38, 7);
  expect(h.killedFor).toEqual([REFUSED_BY_SESSION, 0, 0x38, 7]);
  expect(h.kills).toBe(L.HP_KILL_ENGINE);
  expect(h.counters[ORDER_UNBOOKABLE]).toBe(1);
});

test("what is live is asked for when the venue passes over numbers", () => {
  const h = new Harness();
  const slot = h.openOrder(100);
  h.orders.onMissed(0);
  h.orders.poll(1e9);
  expect(h.session.last()).toMatchObject({ kind: L.HP_INTENT_STATUS, slot });
});

test("an order that the venue has ended is over, also when its fills are not those we know", () => {
  for (const [ordStatus, state] of [
    ["2", C.ORDER_FILLED],
    ["4", C.ORDER_CANCELED],
    ["C", C.ORDER_EXPIRED],
  ] as const) {
    const h = new Harness();
    const slot = h.openOrder(100);
    h.orders.onSynced(0);
    h.orders.poll(1e9);
    h.report(slot, { execType: "I", ordStatus, cumQty: 100, leavesQty: 0 });
    expect(h.kills).toBe(L.HP_KILL_ENGINE);
    expect(h.counters[ORDER_STATUS_MISMATCH]).toBe(1);
    expect(h.orders.state(slot)).toBe(state);
    expect(h.orders.table.liveCount).toBe(0);
  }
});

test("a cancel refused for an unknown order asks for its status", () => {
  const h = new Harness();
  const slot = h.openOrder(100);
  h.orders.cancel(0, slot);
  h.cancelReject(slot, { generation: h.session.last().generation, ordStatus: "8", reason: 1 });
  expect(h.orders.state(slot)).toBe(C.ORDER_UNKNOWN);
  h.orders.poll(1e9);
  expect(h.session.last().kind).toBe(L.HP_INTENT_STATUS);
  h.report(slot, { execType: "I", ordStatus: "8", reason: 5 });
  expect(h.orders.state(slot)).toBe(C.ORDER_CANCELED);
});

test("cancel-all goes on over polls within the cancel rate until nothing rests", () => {
  const h = new Harness({ limits: { cancelsPerS: 1e9 / 1000, cancelsBurst: 2 } });
  const slots = Array.from({ length: 5 }, () => h.openOrder(10));
  h.orders.cancelAll();
  h.orders.poll(1e9);
  const cancels = () => h.session.sent.filter((m) => m.kind === L.HP_INTENT_CANCEL);
  expect(cancels()).toHaveLength(2);
  for (let t = 1; t <= 3; t++) h.orders.poll(1e9 + t * 1000);
  expect(
    cancels()
      .map((m) => m.slot)
      .sort(),
  ).toEqual([...slots].sort());
  expect(h.orders.isCancelling()).toBe(true);
  for (const m of cancels()) {
    h.report(m.slot, { execType: "4", ordStatus: "4", generation: m.generation });
  }
  expect(h.orders.isCancelling()).toBe(false);
  expect(h.exposure.ordersAll).toBe(0);
});

test("a kill cancels what rests; a refused cancel is tried again", () => {
  const h = new Harness({ orders: { cancelRetryNs: 1000 } });
  const slot = h.openOrder(10);
  h.gateSwitch.killed = true;
  h.orders.poll(1e9);
  const first = h.session.last();
  expect(first.kind).toBe(L.HP_INTENT_CANCEL);
  h.cancelReject(slot, { generation: first.generation, ordStatus: "0", reason: 99 });
  h.orders.poll(1e9 + 500);
  expect(h.session.last()).toBe(first);
  h.orders.poll(1e9 + 1000);
  expect(h.session.last().generation).toBe(first.generation + 1);
  expect(h.orders.send(0, 0, C.SIDE_BUY, 10, BID, 0)).toBe(C.DENY_KILLED);
});

test("cancel-all with mass cancel sends one, and single cancels only for what is left later", () => {
  const h = new Harness({ orders: { massCancel: [true], cancelRetryNs: 1000 } });
  const a = h.openOrder(10);
  const b = h.openOrder(10);
  h.orders.cancelAll();
  h.orders.poll(1e9);
  expect(h.session.last().kind).toBe(L.HP_INTENT_MASS_CANCEL);
  h.report(a, { execType: "4", ordStatus: "4" });
  h.orders.poll(1e9 + 1000);
  expect(h.session.last()).toMatchObject({ kind: L.HP_INTENT_CANCEL, slot: b });
  h.report(0, { execType: "4", slot: 0xfffff, generation: 5 });
  expect(h.kills).toBe(0);
});

test("a send that the session refuses leaves no trace of the order", () => {
  const h = new Harness();
  h.session.refuse = C.DENY_BACKPRESSURE;
  expect(h.orders.send(0, 0, C.SIDE_BUY, 100, BID, 0)).toBe(C.DENY_BACKPRESSURE);
  expect(h.exposure.ordersAll).toBe(0);
  const slot = h.orders.send(0, 0, C.SIDE_BUY, 100, BID, 0);
  expect(slot).toBe(0);
  expect(h.session.last().generation).toBe((1 << 20) + 1);
});

test("denials are counted all and journaled at most so many in a millisecond", () => {
  const h = new Harness({ orders: { denyRecordsPerMs: 3 } });
  for (let i = 0; i < 10; i++) h.orders.send(0, 0, C.SIDE_BUY, 5000, BID, 0);
  expect(h.counters[48 - C.DENY_QTY]).toBe(10);
  expect(h.journal.ofType(L.HP_JR_DENY)).toHaveLength(3);
  h.clock.timeNs += 1e6;
  h.orders.send(0, 0, C.SIDE_BUY, 5000, BID, 0);
  expect(h.journal.ofType(L.HP_JR_DENY)).toHaveLength(4);
});

test("an execution that the journal has no room for is applied, and kills", () => {
  const h = new Harness();
  const slot = h.openOrder();
  h.journal.full = true;
  h.report(slot, { execType: "F", ordStatus: "1", lastQty: 10, lastPx: BID });
  expect(h.positions.qty[0]).toBe(10);
  expect(h.kills).toBe(L.HP_KILL_JOURNAL);
});

test("a strategy cannot cancel or replace the order of another", () => {
  const h = new Harness();
  const slot = h.openOrder();
  expect(h.orders.cancel(1, slot)).toBe(C.DENY_ARGUMENT);
  expect(h.orders.replace(1, slot, 50, BID)).toBe(C.DENY_ARGUMENT);
  expect(h.orders.cancel(0, 9999)).toBe(C.DENY_ARGUMENT);
  expect(h.orders.cancel(0, 0.5)).toBe(C.DENY_ARGUMENT);
  expect(h.orders.state(-1)).toBe(C.ORDER_FREE);
});
