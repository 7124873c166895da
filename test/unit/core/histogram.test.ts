import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { bucketOf, Histogram } from "../../../src/core/histogram.ts";
import {
  bucketCeilingNs,
  bucketFloorNs,
  hasOverflow,
  histogramCount,
  maxNs,
  mergeHistogram,
  percentileNs,
  summarize,
} from "../../../src/core/histogram-stats.ts";
import { HP_HIST_BUCKETS } from "../../../src/ffi/layout.ts";

const empty = () => new Uint32Array(HP_HIST_BUCKETS);

describe("bucketOf", () => {
  test("every bucket's floor and ceiling fall into it, and buckets have no gaps between them", () => {
    for (let bucket = 0; bucket < HP_HIST_BUCKETS; bucket++) {
      expect(bucketOf(bucketFloorNs(bucket))).toBe(bucket);
      expect(bucketOf(bucketCeilingNs(bucket))).toBe(bucket);
      expect(bucketFloorNs(bucket + 1)).toBe(bucketCeilingNs(bucket) + 1);
    }
  });

  test("values below 128 ns are exact", () => {
    for (let ns = 0; ns < 128; ns++) expect(bucketOf(ns)).toBe(ns);
  });

  test("a bucket is never wider than 1/32 of its value, up to 100 s", () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1e11, noNaN: true }), (ns) => {
        const bucket = bucketOf(ns);
        const floor = bucketFloorNs(bucket);
        const ceiling = bucketCeilingNs(bucket);
        return (
          floor <= Math.floor(ns) &&
          Math.floor(ns) <= ceiling &&
          (ceiling - floor) / floor <= 1 / 32
        );
      }),
    );
  });

  test("what is no duration is the first bucket, what is too long the last", () => {
    for (const ns of [0, -1, -1e300, Number.NaN, Number.NEGATIVE_INFINITY, 0.5])
      expect(bucketOf(ns)).toBe(0);
    for (const ns of [2 ** 37, 1e15, Number.POSITIVE_INFINITY])
      expect(bucketOf(ns)).toBe(HP_HIST_BUCKETS - 1);
    expect(bucketCeilingNs(HP_HIST_BUCKETS - 1)).toBeGreaterThan(100e9);
  });
});

describe("Histogram", () => {
  test("percentiles are never below the true ones, and above by at most 1/32", () => {
    const values = fc.array(fc.double({ min: 0, max: 1e10, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, fraction) => {
        const histogram = new Histogram(empty());
        for (const ns of list) histogram.record(ns);
        const sorted = list.map(Math.floor).sort((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(list.length * fraction)) - 1]!;
        const told = percentileNs(histogram.buckets, fraction);
        return told >= exact && told - exact <= exact / 32;
      }),
    );
  });

  test("an empty histogram has no figures", () => {
    expect(summarize(empty())).toEqual({ count: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 });
  });

  test("merging adds the counts", () => {
    const [a, b] = [new Histogram(empty()), new Histogram(empty())];
    a.record(10);
    b.record(10);
    b.record(100);
    mergeHistogram(a.buckets, b.buckets);
    expect(histogramCount(a.buckets)).toBe(3);
    expect(percentileNs(a.buckets, 0.5)).toBe(10);
    expect(maxNs(a.buckets)).toBe(100);
  });

  test("a value beyond the range is told as an overflow", () => {
    const histogram = new Histogram(empty());
    histogram.record(1e9);
    expect(hasOverflow(histogram.buckets)).toBe(false);
    histogram.record(200e9);
    expect(hasOverflow(histogram.buckets)).toBe(true);
  });
});
