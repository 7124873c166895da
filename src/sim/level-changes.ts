/** Price levels as they are told, and what must be told to get from one state to the next. */
import type { PriceLevels } from "./price-levels.ts";

export interface PlainLevel {
  px: number;
  qty: number;
  count: number;
}

/** action: MDUpdateAction (279), 0 new, 1 change, 2 delete. */
export interface LevelChange {
  action: "0" | "1" | "2";
  level: PlainLevel;
}

/** The first `depth` levels, best first; depth 0 = all. */
export function plainLevels(levels: PriceLevels, depth: number): PlainLevel[] {
  const count = depth === 0 ? levels.depth : Math.min(depth, levels.depth);
  return Array.from({ length: count }, (_, k) => {
    const { px, qty, count } = levels.at(k)!;
    return { px, qty, count };
  });
}

/** Deletes first, so that no book is ever deeper than it may be. */
export function levelChanges(
  before: readonly PlainLevel[],
  now: readonly PlainLevel[],
): LevelChange[] {
  const old = new Map(before.map((level) => [level.px, level]));
  const prices = new Set(now.map((level) => level.px));
  const out: LevelChange[] = [];
  for (const level of before) if (!prices.has(level.px)) out.push({ action: "2", level });
  for (const level of now) {
    const was = old.get(level.px);
    if (was === undefined) out.push({ action: "0", level });
    else if (was.qty !== level.qty || was.count !== level.count) out.push({ action: "1", level });
  }
  return out;
}
