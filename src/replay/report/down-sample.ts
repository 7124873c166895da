/**
 * Fewer samples for a plot, none of them invented: the time is cut into equal buckets, and of each
 * bucket the first and the last sample stay, and for each column its smallest, its largest, and one
 * that has no value. What a plot as wide as the buckets are many would show, it still shows.
 */

/** Indices of the samples that stay, ascending. NaN in a column = no value. */
export function downSample(
  timeNs: readonly number[],
  columns: readonly (readonly number[])[],
  bucketsMax: number,
): number[] {
  const count = timeNs.length;
  if (count <= 2 * bucketsMax) return Array.from({ length: count }, (_, i) => i);
  const start = timeNs[0]!;
  const width = (timeNs[count - 1]! - start) / bucketsMax;
  const bucketAt = (i: number) =>
    width > 0 ? Math.min(bucketsMax - 1, Math.floor((timeNs[i]! - start) / width)) : 0;
  const kept: number[] = [];
  for (let from = 0; from < count; ) {
    const bucket = bucketAt(from);
    let to = from + 1;
    while (to < count && bucketAt(to) === bucket) to++;
    kept.push(...extremes(columns, from, to));
    from = to;
  }
  return kept;
}

/** Of samples [from, to). */
function extremes(columns: readonly (readonly number[])[], from: number, to: number): number[] {
  const wanted = new Set([from, to - 1]);
  for (const column of columns) {
    let least = -1;
    let most = -1;
    let none = -1;
    for (let i = from; i < to; i++) {
      const value = column[i]!;
      if (Number.isNaN(value)) none = i;
      else {
        if (least < 0 || value < column[least]!) least = i;
        if (most < 0 || value > column[most]!) most = i;
      }
    }
    for (const i of [least, most, none]) if (i >= 0) wanted.add(i);
  }
  return [...wanted].sort((a, b) => a - b);
}
