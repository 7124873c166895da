/** No sequence of sends, replaces, cancels and venue events passes a limit: judged by a naive model. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  DENY_EXPOSURE,
  DENY_NOTIONAL,
  DENY_OPEN_ORDERS,
  DENY_POSITION,
  DENY_QTY,
  ORDER_MARKET,
  SIDE_BUY,
} from "../../src/core/codes.ts";
import { HP_INTENT_CANCEL, HP_INTENT_NEW, HP_INTENT_REPLACE } from "../../src/ffi/layout.ts";
import { definition, Harness } from "../unit/order/harness.ts";

const MAX_POSITION = 250;
const MAX_EXPOSURE = 40_000;
const MAX_ORDERS = 7;
const MAX_QTY = 120;
const MAX_NOTIONAL = 11_400;
const UNIT = 0.0001;
const SYMBOLS = 2;

interface Request {
  generation: number;
  kind: number;
  qty: number;
  px: number;
}

/** The venue's own record of an order, kept from what was put on the wire and answered. */
interface VenueOrder {
  slot: number;
  instrument: number;
  side: number;
  qty: number;
  px: number;
  cum: number;
  generation: number;
  acked: boolean;
  done: boolean;
  requests: Request[];
}

class Venue {
  readonly h = new Harness({
    instruments: [definition("AAA"), definition("BBB")],
    limits: {
      maxPosition: MAX_POSITION,
      maxExposure: MAX_EXPOSURE,
      maxOpenOrders: MAX_ORDERS,
      maxOrderQty: MAX_QTY,
      maxOrderNotional: MAX_NOTIONAL,
    },
  });
  readonly orders: VenueOrder[] = [];
  private taken = 0;
  private execId = 10;

  /** Takes what was put on the wire. */
  take(): void {
    for (const m of this.h.session.sent.slice(this.taken)) {
      if (m.kind === HP_INTENT_NEW) {
        const { slot, instrument, side, qty, px, generation } = m;
        this.orders.push({
          slot,
          instrument,
          side,
          qty,
          px,
          generation,
          cum: 0,
          acked: false,
          done: false,
          requests: [],
        });
      } else {
        const order = this.orders.findLast((o) => o.slot === m.slot)!;
        order.requests.push({ generation: m.generation, kind: m.kind, qty: m.qty, px: m.px });
      }
    }
    this.taken = this.h.session.sent.length;
  }

  live(): VenueOrder[] {
    return this.orders.filter((o) => !o.done);
  }

  /** Answers for one live order, chosen by `pick`; `how` and `part` say what. */
  answer(pick: number, how: number, part: number): void {
    const live = this.live();
    const o = live[pick % Math.max(1, live.length)];
    if (o === undefined) return;
    const report = (execType: string, ordStatus: string, more = {}) =>
      this.h.report(o.slot, {
        execType,
        ordStatus,
        generation: o.generation,
        leavesQty: o.qty - o.cum,
        ...more,
      });
    const request = o.requests[0];
    if (!o.acked && how < 5) {
      o.acked = true;
      if (how === 4) {
        o.done = true;
        report("8", "8");
      } else report("0", "0");
    } else if (how === 5 && request !== undefined) {
      o.requests.shift();
      const responseTo = request.kind === HP_INTENT_CANCEL ? 1 : 2;
      this.h.cancelReject(o.slot, { generation: request.generation, ordStatus: "0", responseTo });
    } else if (how >= 6 && request !== undefined) {
      o.requests.shift();
      o.acked = true;
      if (request.kind === HP_INTENT_CANCEL) {
        o.done = true;
        report("4", "4", { generation: request.generation });
      } else if (request.kind === HP_INTENT_REPLACE && request.qty > o.cum) {
        o.qty = request.qty;
        o.px = request.px;
        o.generation = request.generation;
        report("5", "0", { orderQty: o.qty, px: o.px });
      } else {
        this.h.cancelReject(o.slot, {
          generation: request.generation,
          ordStatus: "0",
          responseTo: 2,
        });
      }
    } else {
      const qty = Math.max(1, Math.floor((o.qty - o.cum) * part));
      o.cum += qty;
      o.acked = true;
      o.done = o.cum >= o.qty;
      // A filled order answers what is still asked of it with rejects.
      report("F", o.done ? "2" : "1", { lastQty: qty, lastPx: o.px, execId: this.execId++ });
      if (o.done) {
        for (const r of o.requests) {
          this.h.cancelReject(o.slot, { generation: r.generation, ordStatus: "2", reason: 0 });
        }
      }
    }
  }

  /** What could be held at worst if the venue did everything it may still do. */
  judge(): void {
    let exposure = 0;
    expect(this.live().length).toBeLessThanOrEqual(MAX_ORDERS);
    for (let i = 0; i < SYMBOLS; i++) {
      let qty = 0;
      let buys = 0;
      let sells = 0;
      let buyMoney = 0;
      let sellMoney = 0;
      for (const o of this.orders.filter((x) => x.instrument === i)) {
        qty += o.side * o.cum;
        if (o.done) continue;
        const replaces = o.requests.filter((r) => r.kind === HP_INTENT_REPLACE);
        const worstQty = Math.max(o.qty, ...replaces.map((r) => r.qty)) - o.cum;
        const worstPx = Math.max(o.px, ...replaces.map((r) => r.px));
        if (o.side === SIDE_BUY) {
          buys += worstQty;
          buyMoney += worstQty * worstPx * UNIT;
        } else {
          sells += worstQty;
          sellMoney += worstQty * worstPx * UNIT;
        }
      }
      expect(this.h.positions.qty[i]).toBe(qty);
      expect(qty + buys).toBeLessThanOrEqual(MAX_POSITION);
      expect(sells - qty).toBeLessThanOrEqual(MAX_POSITION);
      const held = qty * 1_000_000 * UNIT;
      exposure += Math.max(Math.abs(held + buyMoney), Math.abs(held - sellMoney));
    }
    // Fills at other prices than the mark may move exposure; sends may not push it over.
    expect(this.h.exposure.gross()).toBeGreaterThanOrEqual(exposure - 1e-6);
    expect(this.h.exposure.gross()).toBeLessThanOrEqual(exposure + 0.02 * SYMBOLS);
  }
}

const px = fc.integer({ min: 9_300, max: 10_400 }).map((p) => p * 100);
const actionArb = fc.oneof(
  fc.record({
    do: fc.constant("send" as const),
    instrument: fc.integer({ min: 0, max: SYMBOLS - 1 }),
    side: fc.constantFrom(1, -1),
    qty: fc.integer({ min: 1, max: MAX_QTY + 5 }),
    px,
    flags: fc.constantFrom(0, 0, 0, ORDER_MARKET),
  }),
  fc.record({
    do: fc.constant("replace" as const),
    pick: fc.nat(20),
    qty: fc.integer({ min: 1, max: MAX_QTY + 5 }),
    px,
  }),
  fc.record({ do: fc.constant("cancel" as const), pick: fc.nat(20) }),
  fc.record({
    do: fc.constant("venue" as const),
    pick: fc.nat(20),
    how: fc.nat(8),
    part: fc.double({ min: 0.1, max: 1, noNaN: true }),
  }),
);

test("no sequence of orders and venue events passes a limit", () => {
  let sent = 0;
  const denied = new Set<number>();
  fc.assert(
    fc.property(fc.array(actionArb, { minLength: 60, maxLength: 150 }), (actions) => {
      const v = new Venue();
      const { h } = v;
      const slotOf = (pick: number) => {
        const live = v.live();
        return live.length === 0 ? -1 : live[pick % live.length]!.slot;
      };
      for (const a of actions) {
        const before = h.exposure.gross();
        if (a.do === "send") {
          const slot = h.orders.send(0, a.instrument, a.side, a.qty, a.px, a.flags);
          if (slot >= 0) {
            const m = h.session.last();
            expect(m.qty).toBeLessThanOrEqual(MAX_QTY);
            expect(m.qty * m.px * UNIT).toBeLessThanOrEqual(MAX_NOTIONAL);
            sent++;
          } else denied.add(slot);
        } else if (a.do === "replace") h.orders.replace(0, slotOf(a.pick), a.qty, a.px);
        else if (a.do === "cancel") h.orders.cancel(0, slotOf(a.pick));
        v.take();
        if (a.do === "venue") v.answer(a.pick, a.how, a.part);
        // What we do ourselves never makes a larger exposure than the limit.
        else if (h.exposure.gross() > before) {
          expect(h.exposure.gross()).toBeLessThanOrEqual(MAX_EXPOSURE);
        }
        v.judge();
        expect(h.kills).toBe(0);
      }
      for (let i = 0; v.live().length > 0 && i < 1000; i++) v.answer(0, 0, 1);
      expect(h.exposure.ordersAll).toBe(0);
      expect(h.exposure.buyQty[0]! + h.exposure.sellQty[0]!).toBe(0);
    }),
    { numRuns: 300 },
  );
  // A run that met no limit would prove nothing.
  expect(sent).toBeGreaterThan(300);
  const limits = [DENY_QTY, DENY_NOTIONAL, DENY_POSITION, DENY_EXPOSURE, DENY_OPEN_ORDERS];
  expect(limits.filter((code) => !denied.has(code))).toEqual([]);
});
