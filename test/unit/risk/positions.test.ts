import { expect, test } from "bun:test";
import fc from "fast-check";
import { Instruments } from "../../../src/book/instruments.ts";
import { leastSteps, Positions } from "../../../src/risk/positions.ts";
import { definition } from "../order/harness.ts";

const make = (more = {}) => new Positions(new Instruments([definition("AAA", more)]));

test("realised profit is by average cost, unrealised by the mark, fees by liquidity", () => {
  const p = make();
  p.fill(0, 1, 100, 1_000_000, 1);
  p.fill(0, 1, 100, 1_010_000, 2);
  p.fill(0, -1, 50, 1_015_000, 0);
  p.setMark(0, 1_005_000);
  expect(p.realized(0)).toBeCloseTo(50, 9);
  expect(p.unrealized(0)).toBeCloseTo(0, 9);
  expect(p.fees(0)).toBeCloseTo(-0.2 + 0.3 + 0.15, 9);
  expect(p.pnl()).toBeCloseTo(50 - 0.25, 9);
});

test("a fill through zero closes one position and opens the other at its price", () => {
  const p = make({ multiplier: 50 });
  p.fill(0, 1, 2, 1_000_000, 2);
  p.fill(0, -1, 5, 1_010_000, 2);
  expect(p.qty[0]).toBe(-3);
  expect(p.openCost[0]).toBe(-3 * 1_010_000);
  expect(p.realized(0)).toBeCloseTo(2 * 1 * 50, 9);
});

test("a start-of-day position earns from its own price", () => {
  const p = make();
  p.start(0, -100, -100 * 1_000_000);
  expect(p.pnl()).toBe(0);
  p.setMark(0, 990_000);
  expect(p.unrealized(0)).toBeCloseTo(100, 9);
  expect(p.realized(0)).toBe(0);
});

const fillArb = fc.record({
  side: fc.constantFrom(1, -1),
  qty: fc.integer({ min: 1, max: 100_000 }),
  px: fc.integer({ min: 1, max: 2_000_000_000 }),
  liquidity: fc.constantFrom(0, 1, 2),
});

test("taking fills back in any order restores quantity, profit and fees exactly", () => {
  fc.assert(
    fc.property(
      fc.array(fillArb, { maxLength: 20 }),
      fc.array(fillArb, { maxLength: 20 }),
      (keep, bust) => {
        const p = make();
        const q = make();
        for (const f of keep) p.fill(0, f.side, f.qty, f.px, f.liquidity);
        for (const f of [...bust, ...keep]) q.fill(0, f.side, f.qty, f.px, f.liquidity);
        for (const f of bust.toReversed()) q.unfill(0, f.side, f.qty, f.px, f.liquidity);
        for (const x of [p, q]) x.setMark(0, 1_000_000.5);
        expect(q.qty[0]).toBe(p.qty[0]!);
        expect(q.grossUnits(0)).toBe(p.grossUnits(0));
        expect(q.fees(0)).toBe(p.fees(0));
      },
    ),
  );
});

test("total profit agrees with the sum over all fills, whatever the split", () => {
  fc.assert(
    fc.property(
      fc.array(fillArb, { maxLength: 40 }),
      fc.integer({ min: 1, max: 2e9 }),
      (fills, mark) => {
        const p = make();
        let units = 0;
        for (const f of fills) {
          p.fill(0, f.side, f.qty, f.px, f.liquidity);
          units += f.side * f.qty * (mark - f.px);
        }
        p.setMark(0, mark);
        expect(p.grossUnits(0)).toBe(units + 0);
        const money = p.realizedAll() + p.unrealizedAll();
        expect(Math.abs(money - units * 1e-4)).toBeLessThan(2e-4 + Math.abs(units) * 1e-15);
      },
    ),
  );
});

test("the loss limit in steps says the same as the P&L in currency", () => {
  const limits = fc.oneof(
    fc.double({ min: 0, max: 1e9, noNaN: true }),
    fc.constantFrom(0, 0.1, 1e12),
  );
  fc.assert(
    fc.property(limits, fc.integer({ min: -3, max: 3 }), (maxLoss, off) => {
      const steps = Math.round(-maxLoss * 1e4) + off;
      expect(steps >= leastSteps(maxLoss)).toBe(steps / 1e4 >= -maxLoss);
    }),
  );
  expect(leastSteps(Infinity)).toBe(-Infinity);
});
