/** A latency histogram as a plot on a logarithmic axis needs it, and its percentiles. */
import type { LatencyHistogram } from "./recording.ts";

/** Bins per factor of ten; a bin is 12% wide, wider than any bucket of our histograms. */
export const BINS_PER_DECADE = 20;

export interface BinnedLatency {
  name: string;
  count: number;
  /** Share of the values (0 to 1) by bin, from `firstBin` of the group on. */
  shares: number[];
  /** Upper edges in ns: never below the true value. */
  p50: number;
  p90: number;
  p99: number;
  p999: number;
  max: number;
}

export interface LatencyGroup {
  /** The first bin begins at 10 ** (firstBin / BINS_PER_DECADE) ns. */
  firstBin: number;
  binCount: number;
  histograms: BinnedLatency[];
}

/** All histograms of a group over the same bins. A bucket counts where its upper edge is. */
export function binLatency(histograms: readonly LatencyHistogram[]): LatencyGroup {
  const bins = histograms.flatMap((h) => filled(h).map(([upToNs]) => binOf(upToNs)));
  const firstBin = bins.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const lastBin = bins.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const isEmpty = bins.length === 0;
  const group = isEmpty
    ? { firstBin: 0, binCount: 0 }
    : { firstBin, binCount: lastBin - firstBin + 1 };
  return { ...group, histograms: histograms.map((h) => binOne(h, group)) };
}

function binOne(h: LatencyHistogram, { firstBin, binCount }: Omit<LatencyGroup, "histograms">) {
  const buckets = filled(h);
  const count = buckets.reduce((sum, [, n]) => sum + n, 0);
  const shares = new Array<number>(binCount).fill(0);
  for (const [upToNs, n] of buckets) {
    const at = binOf(upToNs) - firstBin;
    shares[at] = shares[at]! + n / count;
  }
  const at = (fraction: number) => percentile(buckets, count, fraction);
  return {
    name: h.name,
    count,
    shares,
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    p999: at(0.999),
    max: at(1),
  };
}

function filled(h: LatencyHistogram): [number, number][] {
  return h.buckets.filter(([, count]) => count > 0);
}

function binOf(ns: number): number {
  return Math.floor(Math.log10(Math.max(1, ns)) * BINS_PER_DECADE + 1e-9);
}

/** Upper edge of the bucket that holds the value of that rank; 0 when there are no values. */
function percentile(buckets: readonly [number, number][], count: number, fraction: number): number {
  // Of 1,000 values 99.9% are 999, which binary fractions would make 999.0000000001.
  const rank = Math.max(1, Math.ceil(count * fraction - 1e-6));
  let seen = 0;
  for (const [upToNs, n] of buckets) {
    seen += n;
    if (seen >= rank) return upToNs;
  }
  return 0;
}
