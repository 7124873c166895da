/** Handles of the fake shim: indexes into tables. */

/** Puts `item` in the lowest free place, as the C tables do. */
export function place<T>(table: (T | undefined)[], item: T): number {
  const free = table.indexOf(undefined);
  if (free < 0) return table.push(item) - 1;
  table[free] = item;
  return free;
}
