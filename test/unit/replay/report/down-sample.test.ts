import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { downSample } from "../../../../src/replay/report/down-sample.ts";

const sample = fc.record({
  step: fc.nat({ max: 50 }),
  value: fc.oneof(fc.integer({ min: -99, max: 99 }), fc.constant(Number.NaN)),
});

describe("downSample", () => {
  test("keeps all of a short recording", () => {
    expect(downSample([1, 2, 3], [[1, 1, 1]], 2)).toEqual([0, 1, 2]);
    expect(downSample([], [[]], 2)).toEqual([]);
  });

  test("of samples at one instant keeps the first, the last and the extremes", () => {
    expect(downSample([5, 5, 5, 5, 5], [[1, 9, 2, 0, 3]], 1)).toEqual([0, 1, 3, 4]);
  });

  test("keeps order, ends, extremes and gaps, and no more than it may", () => {
    fc.assert(
      fc.property(
        fc.array(sample, { maxLength: 300 }),
        fc.integer({ min: 1, max: 20 }),
        (s, max) => {
          let ns = 0;
          const time = s.map(({ step }) => (ns += step));
          const values = s.map(({ value }) => value);
          const kept = downSample(time, [values], max);
          expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
          expect(kept.length).toBeLessThanOrEqual(Math.max(2 * max, 5 * max));
          if (s.length === 0) return;
          expect(kept[0]).toBe(0);
          expect(kept.at(-1)).toBe(s.length - 1);
          const real = values.filter((v) => !Number.isNaN(v));
          const shown = kept.map((i) => values[i]!).filter((v) => !Number.isNaN(v));
          expect(Math.min(...shown)).toBe(Math.min(...real));
          expect(Math.max(...shown)).toBe(Math.max(...real));
          const hasGap = (list: number[]) => list.some(Number.isNaN);
          expect(hasGap(kept.map((i) => values[i]!))).toBe(hasGap(values));
        },
      ),
    );
  });
});
