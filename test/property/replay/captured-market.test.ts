/** Whatever the capture and our orders do: nobody gets more than was asked, shown or traded. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { leavesOf, type VenueOrder } from "../../../src/sim/price-levels.ts";
import { MarketKit } from "../../unit/replay/venue/kit.ts";

const MID = 10_000;

const step = fc.record({
  kind: fc.constantFrom(
    "add",
    "add",
    "execute",
    "cancel",
    "remove",
    "send",
    "send",
    "replace",
    "drop",
  ),
  pick: fc.nat(1000),
  qty: fc.integer({ min: 1, max: 200 }),
  away: fc.integer({ min: -1, max: 2 }),
  isBuy: fc.boolean(),
  life: fc.constantFrom("day" as const, "day" as const, "ioc" as const, "fok" as const),
});

interface Shown {
  side: "B" | "S";
  px: number;
  qty: number;
}

for (const queue of ["pessimistic", "proportional"] as const) {
  test(`with the ${queue} queue nothing is filled that was not there`, () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 80, maxLength: 250 }), (steps) => {
        const kit = new MarketKit(queue);
        const shown = new Map<number, Shown>();
        const orders: VenueOrder[] = [];
        const byId = new Map<number, VenueOrder>();
        /** By "side px": what we took of a level since it appeared, and the most that it showed. */
        const taken = new Map<string, number>();
        const most = new Map<string, number>();
        const levelQty = (side: string, px: number) =>
          [...shown.values()].reduce((n, o) => n + (o.side === side && o.px === px ? o.qty : 0), 0);
        const lookAt = () => {
          for (const key of [...most.keys()]) {
            const [side, px] = key.split(" ");
            const now = levelQty(side!, Number(px));
            if (now > 0) most.set(key, Math.max(most.get(key)!, now));
            else {
              most.delete(key);
              taken.delete(key);
            }
          }
          for (const { side, px } of shown.values()) {
            const key = `${side} ${px}`;
            if (!most.has(key)) most.set(key, levelQty(side, px));
          }
        };
        for (const s of steps) {
          const live = [...shown.keys()];
          const ref = live[s.pick % Math.max(1, live.length)];
          const order = orders[s.pick % Math.max(1, orders.length)];
          const px = s.isBuy ? MID - s.away : MID + s.away;
          let traded = 0;
          if (s.kind === "add") {
            // The capture's own book does not cross.
            const away = Math.max(1, s.away);
            const side = s.isBuy ? "B" : "S";
            const at = s.isBuy ? MID - away : MID + away;
            const one: Shown = { side, px: at, qty: s.qty };
            shown.set(kit.add(side, s.qty, at), one);
          } else if (s.kind === "execute" && ref !== undefined) {
            const o = shown.get(ref)!;
            traded = Math.min(s.qty, o.qty);
            o.qty -= traded;
            if (o.qty === 0) shown.delete(ref);
            kit.execute(ref, traded);
          } else if (s.kind === "cancel" && ref !== undefined && shown.get(ref)!.qty > s.qty) {
            shown.get(ref)!.qty -= s.qty;
            kit.cancel(ref, s.qty);
          } else if (s.kind === "remove" && ref !== undefined) {
            shown.delete(ref);
            kit.remove(ref);
          } else if (s.kind === "send") {
            const side = s.isBuy ? "buy" : "sell";
            const sent = kit.send(side, s.qty, px, { timeInForce: s.life });
            orders.push(sent);
            byId.set(sent.id, sent);
          } else if (s.kind === "replace" && order !== undefined) {
            kit.captured.replace(order, s.qty, px * 100);
          } else if (s.kind === "drop" && order !== undefined) kit.captured.cancel(order);

          let made = 0;
          for (const event of kit.take()) {
            const fill = /^(made|took) (\d+): (\d+) at (\d+)$/.exec(event);
            if (fill === null) continue;
            const qty = Number(fill[3]);
            const of = byId.get(Number(fill[2])) ?? orders.at(-1)!;
            expect(of.side * (of.px / 100 - Number(fill[4]))).toBeGreaterThanOrEqual(0);
            if (fill[1] === "made") {
              made += qty;
              expect(Number(fill[4])).toBe(of.px / 100);
              continue;
            }
            const key = `${of.side === 1 ? "S" : "B"} ${fill[4]}`;
            taken.set(key, (taken.get(key) ?? 0) + qty);
            expect(taken.get(key)!).toBeLessThanOrEqual(most.get(key) ?? 0);
          }
          if (s.kind === "execute") {
            // Beside the trade, what the other side shows at our price may fill us: none does here
            // that was not there before.
            expect(made).toBeLessThanOrEqual(traded);
          }
          lookAt();
          for (const o of orders) {
            expect(o.cum).toBeLessThanOrEqual(o.qty);
            const isResting = o.level !== undefined;
            expect(isResting).toBe(leavesOf(o) > 0 && o.state === "open");
          }
          expect(kit.captured.openCount()).toBe(orders.filter((o) => o.level !== undefined).length);
        }
      }),
      { numRuns: 200 },
    );
  });
}
