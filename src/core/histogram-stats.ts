/** Reading histograms (histogram.ts): counts, percentiles, merging. Cold. */
import { HP_HIST_BUCKETS } from "../ffi/layout.ts";

/** Smallest whole ns that falls into a bucket. */
export function bucketFloorNs(bucket: number): number {
  const shift = Math.max(0, (bucket >> 6) - 1);
  return (bucket - shift * 64) * 2 ** shift;
}

/** Largest whole ns that falls into a bucket (for the last one: before everything above it). */
export function bucketCeilingNs(bucket: number): number {
  return bucketFloorNs(bucket + 1) - 1;
}

export function histogramCount(buckets: Uint32Array): number {
  let count = 0;
  for (const value of buckets) count += value;
  return count;
}

/**
 * The value that a `fraction` (0..1) of the values do not exceed, as the ceiling of its bucket: never
 * below the true value, and above it by at most 1/64. 0 when the histogram is empty.
 */
export function percentileNs(buckets: Uint32Array, fraction: number): number {
  const count = histogramCount(buckets);
  if (count === 0) return 0;
  const rank = Math.max(1, Math.ceil(count * fraction));
  let seen = 0;
  for (let bucket = 0; bucket < HP_HIST_BUCKETS; bucket++) {
    seen += buckets[bucket]!;
    if (seen >= rank) return bucketCeilingNs(bucket);
  }
  return bucketCeilingNs(HP_HIST_BUCKETS - 1);
}

/** An upper bound of the largest value (see percentileNs); 0 when empty. */
export function maxNs(buckets: Uint32Array): number {
  return percentileNs(buckets, 1);
}

/** True when a value of 137 s or more may be in it: then percentiles there are lower bounds. */
export function hasOverflow(buckets: Uint32Array): boolean {
  return buckets[HP_HIST_BUCKETS - 1]! > 0;
}

/** Adds `from` to `into`. */
export function mergeHistogram(into: Uint32Array, from: Uint32Array): void {
  for (let bucket = 0; bucket < HP_HIST_BUCKETS; bucket++)
    into[bucket] = into[bucket]! + from[bucket]!;
}

export interface HistogramSummary {
  count: number;
  p50: number;
  p90: number;
  p99: number;
  p999: number;
  max: number;
}

/** All in ns. */
export function summarize(buckets: Uint32Array): HistogramSummary {
  return {
    count: histogramCount(buckets),
    p50: percentileNs(buckets, 0.5),
    p90: percentileNs(buckets, 0.9),
    p99: percentileNs(buckets, 0.99),
    p999: percentileNs(buckets, 0.999),
    max: maxNs(buckets),
  };
}
