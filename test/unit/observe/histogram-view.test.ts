import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { bucketOf } from "../../../src/core/histogram.ts";
import { histogramLines, summaryLine } from "../../../src/observe/histogram-view.ts";
import { styleFor } from "../../../src/observe/style.ts";
import { formatCount, formatMoney, formatNs, formatShare } from "../../../src/observe/units.ts";

const PLAIN = styleFor(false);

function bucketsOf(values: number[]): Uint32Array {
  const buckets = new Uint32Array(2048);
  for (const value of values) buckets[bucketOf(value)]!++;
  return buckets;
}
const lines = (values: number[], columns = 100) =>
  histogramLines({ buckets: bucketsOf(values), style: PLAIN, columns });
/** The count column of each row. */
const countsOf = (rows: string[]) =>
  rows.map((row) => Number(row.match(/([\d,]+) +[<>]?[\d.]+%/)![1]!.replaceAll(",", "")));

describe("the latency histogram", () => {
  test("says so when nothing was measured", () => {
    expect(lines([])).toEqual(["nothing measured"]);
    expect(summaryLine(bucketsOf([]))).toBe("nothing measured");
  });

  test("has the longest bar where most values are, and marks the percentiles", () => {
    const rows = lines([...Array(900).fill(190), ...Array(90).fill(400), ...Array(10).fill(2500)]);
    const bars = rows.map((row) => row.replace(/[^█▏▎▍▌▋▊▉]/g, "").length);
    const longest = rows[bars.indexOf(Math.max(...bars))]!;
    expect(longest).toContain("90.0%");
    expect(longest).toContain("p50");
    expect(rows.at(-1)).toContain("max 2.5");
  });

  test("one single value is one row", () => {
    const rows = lines([250]);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toContain("100.0%");
  });

  test("every value is in one row, at any width, within the width", () => {
    const value = fc.oneof(
      fc.integer({ min: 0, max: 500 }),
      fc.integer({ min: 0, max: 100_000 }),
      fc.double({ min: 0, max: 1e12, noNaN: true }),
    );
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 60, max: 200 }),
        (values, columns) => {
          const rows = lines(values, columns);
          const sum = countsOf(rows).reduce((a, b) => a + b, 0);
          return sum === values.length && rows.length <= 40;
        },
      ),
      { numRuns: 200 },
    );
  });

  test("has colour on a terminal only, and none under NO_COLOR", () => {
    const colored = (isTerminal: boolean, env: Record<string, string>) =>
      styleFor(isTerminal, env).red("x").includes("\x1b");
    expect(colored(true, {})).toBe(true);
    expect(colored(false, {})).toBe(false);
    expect(colored(true, { NO_COLOR: "1" })).toBe(false);
    expect(colored(true, { TERM: "dumb" })).toBe(false);
  });
});

describe("numbers for people", () => {
  test("durations have three digits and a unit", () => {
    const texts = [0, 187, 999.6, 1250, 12_540, 999_600, 3.1e6, 2.5e9].map(formatNs);
    expect(texts).toEqual([
      "0 ns",
      "187 ns",
      "1.00 us",
      "1.25 us",
      "12.5 us",
      "1.00 ms",
      "3.10 ms",
      "2.50 s",
    ]);
    expect(formatNs(Number.NaN)).toBe("-");
  });

  test("counts are grouped by three", () => {
    expect([0, 999, 1000, -1234567].map(formatCount)).toEqual(["0", "999", "1,000", "-1,234,567"]);
  });

  test("money has two decimals and no negative zero", () => {
    expect([0, -0.001, 1234.5, -99.999].map(formatMoney)).toEqual([
      "0.00",
      "0.00",
      "1,234.50",
      "-100.00",
    ]);
  });

  test("shares near nothing and near all are not rounded away", () => {
    expect([0, 0.0001, 0.5, 0.99999, 1].map(formatShare)).toEqual([
      "0.0%",
      "<0.1%",
      "50.0%",
      ">99.9%",
      "100.0%",
    ]);
  });
});
