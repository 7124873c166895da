// @hot
/**
 * A log-linear histogram over HP_HIST_BUCKETS counters in shared memory: 64 buckets per power of
 * two, so that a value is known to 1/64 or better, exact below 128 ns, from 0 to 137 s. The last
 * bucket also takes everything above. One writer; anybody reads (histogram-stats.ts).
 *
 *   bucket 0..127: 1 ns each | 128..191: 2 ns | 192..255: 4 ns | ... | 1984..2047: 2^30 ns
 */
import { HP_HIST_BUCKETS } from "../ffi/layout.ts";

const LAST = HP_HIST_BUCKETS - 1;
const TWO_32 = 4294967296;
const TWO_37 = 137438953472;

/** Bucket of a duration in ns. Below 0 and NaN: bucket 0. */
export function bucketOf(ns: number): number {
  if (!(ns >= 1)) return 0;
  if (ns < TWO_32) {
    const value = ns >>> 0;
    const octave = 31 - Math.clz32(value);
    const shift = octave > 6 ? octave - 6 : 0;
    return (shift << 6) + (value >>> shift);
  }
  if (ns >= TWO_37) return LAST;
  const high = (ns / 128) >>> 0;
  const highShift = 25 - Math.clz32(high);
  return ((highShift + 7) << 6) + (high >>> highShift);
}

export class Histogram {
  readonly buckets: Uint32Array;

  /** `buckets`: HP_HIST_BUCKETS counters, one of hp_engine's arrays or memory of one's own. */
  constructor(buckets: Uint32Array) {
    this.buckets = buckets;
  }

  record(ns: number): void {
    const bucket = bucketOf(ns);
    this.buckets[bucket] = this.buckets[bucket]! + 1;
  }
}
