import { describe, expect, test } from "bun:test";
import { Histogram } from "../../../../src/core/histogram.ts";
import { bucketCeilingNs, summarize } from "../../../../src/core/histogram-stats.ts";
import { HP_HIST_BUCKETS } from "../../../../src/ffi/layout.ts";
import { BINS_PER_DECADE, binLatency } from "../../../../src/replay/report/latency-bins.ts";
import FORMAT from "../../../../src/replay/report/page/format.js" with { type: "text" };

describe("binLatency", () => {
  test("has the percentiles of the histogram that it was made of", () => {
    const buckets = new Uint32Array(HP_HIST_BUCKETS);
    const histogram = new Histogram(buckets);
    for (let i = 1; i <= 1000; i++) histogram.record(i * i);
    const pairs = [...buckets]
      .map((count, bucket): [number, number] => [bucketCeilingNs(bucket), count])
      .filter(([, count]) => count > 0);
    const { histograms } = binLatency([{ name: "a", buckets: pairs }]);
    const { shares, name, ...figures } = histograms[0]!;
    expect(name).toBe("a");
    expect(figures).toEqual(summarize(buckets));
    expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
  });

  test("puts all histograms of a group over the same bins", () => {
    const group = binLatency([
      {
        name: "near",
        buckets: [
          [100, 3],
          [1000, 1],
        ],
      },
      { name: "none", buckets: [[5, 0]] },
      { name: "far", buckets: [[10_000, 2]] },
    ]);
    expect(group.firstBin).toBe(2 * BINS_PER_DECADE);
    expect(group.binCount).toBe(2 * BINS_PER_DECADE + 1);
    const [near, none, far] = group.histograms;
    expect(near!.shares[0]).toBe(0.75);
    expect(near!.shares[BINS_PER_DECADE]).toBe(0.25);
    expect(none).toMatchObject({ count: 0, max: 0 });
    expect(far!.shares.at(-1)).toBe(1);
  });

  test("of nothing has no bins", () => {
    expect(binLatency([])).toEqual({ firstBin: 0, binCount: 0, histograms: [] });
  });
});

describe("numbers and times on the page", () => {
  interface Format {
    timeText(seconds: number, step: number): string;
    nsText(ns: number): string;
    numberText(value: number | null): string;
  }
  const format = new Function(`${FORMAT}; return format;`)() as Format;

  test("a time has the digits that its step needs", () => {
    expect(format.timeText(34_200, 60)).toBe("09:30");
    expect(format.timeText(34_205, 5)).toBe("09:30:05");
    expect(format.timeText(34_200.1, 0.1)).toBe("09:30:00.1");
    expect(format.timeText(34_200.000_001, 1e-6)).toBe("09:30:00.000001");
    expect(format.timeText(59.999_999_9, 1e-3)).toBe("00:01:00.000");
    expect(format.timeText(-5, 1)).toBe("-00:00:05");
  });

  test("a latency has three digits", () => {
    expect([1, 999, 1500, 25_000, 1_234_567, 2.5e9].map(format.nsText)).toEqual([
      "1 ns",
      "999 ns",
      "1.5 us",
      "25 us",
      "1.23 ms",
      "2.5 s",
    ]);
  });

  test("no value is no text", () => {
    expect(format.numberText(null)).toBe("");
    expect(format.numberText(1234.5)).toBe("1,234.5");
  });
});
