/** The matching engine against a model that sorts all orders anew for every match. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { SIDE_BUY, SIDE_SELL } from "../../../src/core/codes.ts";
import { MatchingEngine, type MatchingSink } from "../../../src/sim/matching.ts";
import type { VenueOrder } from "../../../src/sim/price-levels.ts";

interface Row {
  key: number;
  side: number;
  px: number;
  leaves: number;
  /** Place in line. */
  at: number;
}

class Model {
  rows: Row[] = [];
  trades: string[] = [];
  private at = 0;

  enter(key: number, side: number, px: number, qty: number, kind: string): void {
    const row = { key, side, px, leaves: qty, at: this.at++ };
    const reach = this.contra(row).reduce((sum, r) => sum + r.leaves, 0);
    if (kind === "post" && reach > 0) return;
    if (kind !== "fok" || reach >= qty) this.match(row);
    if (row.leaves > 0 && (kind === "day" || kind === "post")) this.rows.push(row);
  }

  cancel(key: number): void {
    this.rows = this.rows.filter((row) => row.key !== key);
  }

  /** `qty` is what shall be left. */
  replace(key: number, qty: number, px: number): void {
    const row = this.rows.find((r) => r.key === key);
    if (row === undefined) return;
    if (px === row.px && qty <= row.leaves) {
      row.leaves = qty;
      return;
    }
    this.cancel(key);
    this.enter(key, row.side, px, qty, "day");
  }

  levels(side: number): string[] {
    const rows = this.rows.filter((row) => row.side === side);
    const prices = [...new Set(rows.map((row) => row.px))].sort((a, b) => side * (b - a));
    return prices.map((px) => {
      const level = rows.filter((row) => row.px === px).sort((a, b) => a.at - b.at);
      return `${px}: ${level.map((row) => `${row.key}/${row.leaves}`).join(" ")}`;
    });
  }

  private contra(row: Row): Row[] {
    return this.rows
      .filter((r) => r.side !== row.side && row.side * r.px <= row.side * row.px)
      .sort((a, b) => row.side * (a.px - b.px) || a.at - b.at);
  }

  private match(taker: Row): void {
    for (const maker of this.contra(taker)) {
      if (taker.leaves === 0) return;
      const qty = Math.min(maker.leaves, taker.leaves);
      maker.leaves -= qty;
      taker.leaves -= qty;
      this.trades.push(`${maker.key} ${taker.key} ${qty}@${maker.px}`);
      if (maker.leaves === 0) this.cancel(maker.key);
    }
  }
}

const action = fc.record({
  what: fc.constantFrom("day", "day", "day", "ioc", "fok", "post", "cancel", "replace"),
  side: fc.constantFrom(SIDE_BUY, SIDE_SELL),
  px: fc.integer({ min: 95, max: 105 }),
  qty: fc.integer({ min: 1, max: 20 }),
  target: fc.nat(30),
});

const ignore = () => {};

test("trades and books are those of the model, for any sequence of requests", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
      const trades: string[] = [];
      const sink: MatchingSink = {
        onAccepted: ignore,
        onRested: ignore,
        onTraded: (m, t, px, qty) => trades.push(`${m.owner} ${t.owner} ${qty}@${px}`),
        onReduced: ignore,
        onMoved: ignore,
        onReplaced: ignore,
        onUnlisted: ignore,
        onCanceled: ignore,
        onCrossed: ignore,
        onCross: ignore,
        onStatus: ignore,
        onShortRestriction: ignore,
      };
      const engine = new MatchingEngine({ ticks: [1], firstRef: 1, sink });
      const model = new Model();
      const orders: VenueOrder[] = [];
      // The owner doubles as the key of the order.
      let owner = 0;
      for (const { what, side, px, qty, target } of actions) {
        const order = orders[target % Math.max(1, orders.length)];
        if (what === "cancel") {
          if (order !== undefined) engine.cancel(order);
          model.cancel(order?.owner ?? -1);
        } else if (what === "replace") {
          if (order !== undefined) engine.replace(order, order.cum + qty, px);
          model.replace(order?.owner ?? -1, qty, px);
        } else {
          const timeInForce = what === "ioc" || what === "fok" ? what : "day";
          const postOnly = what === "post";
          owner++;
          const made = engine.submit({ owner, symbol: 0, side, qty, px, timeInForce, postOnly });
          // A post-only order may refuse a replace that would trade; the model has no such rule.
          if (typeof made !== "string" && !postOnly) orders.push(made);
          model.enter(owner, side, px, qty, what);
        }
      }
      expect(trades).toEqual(model.trades);
      for (const side of [SIDE_BUY, SIDE_SELL]) {
        expect(shown(engine, side)).toEqual(model.levels(side));
      }
    }),
    { numRuns: 300 },
  );
});

/** Levels of the engine as the model shows its own, and their sums checked. */
function shown(engine: MatchingEngine, side: number): string[] {
  const levels = engine.side(0, side);
  return Array.from({ length: levels.depth }, (_, k) => {
    const level = levels.at(k)!;
    const rows: string[] = [];
    let sum = 0;
    for (let order = level.head; order !== undefined; order = order.next) {
      rows.push(`${order.owner}/${order.qty - order.cum}`);
      sum += order.qty - order.cum;
    }
    expect([level.qty, level.count]).toEqual([sum, rows.length]);
    return `${level.px}: ${rows.join(" ")}`;
  });
}
