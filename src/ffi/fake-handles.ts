/** Handles of the fake shim: indexes into tables. */

import { HP_ENOSPC } from "./layout.ts";

/** Puts `item` in the lowest free place, as the C tables do; HP_ENOSPC when all `max` are taken. */
export function place<T>(table: (T | undefined)[], item: T, max = Infinity): number {
  const free = table.indexOf(undefined);
  if (free < 0) return table.length < max ? table.push(item) - 1 : HP_ENOSPC;
  table[free] = item;
  return free;
}
