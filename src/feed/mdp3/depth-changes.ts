/** Market by price of a fixed depth, as CME tells it: by position, with levels that shift. */

/** A price level as it is told. */
export interface DepthLevel {
  px: number;
  qty: number;
  count: number;
}

/** action: MDUpdateAction (279), 0 new, 1 change, 2 delete; position 1 = best. */
export interface DepthChange {
  action: 0 | 1 | 2;
  position: number;
  level: DepthLevel;
}

/**
 * What to tell so that a receiver who had `before` has `now`, both the best `depth` levels of a side,
 * best first. A new level moves those behind it down, and the last one out of view without a word; a
 * deleted one moves them up, and the level that comes into view is announced as new.
 */
export function depthChanges(
  before: readonly DepthLevel[],
  now: readonly DepthLevel[],
  depth: number,
  isBetter: (a: number, b: number) => boolean,
): DepthChange[] {
  const out: DepthChange[] = [];
  const last = now.length < depth ? undefined : now[now.length - 1];
  const prices = new Set(now.map((level) => level.px));
  const held: DepthLevel[] = [];
  for (const level of before) {
    // Behind a full side it is out of view, whether it is still there or not.
    const isHidden = last !== undefined && isBetter(last.px, level.px);
    if (prices.has(level.px) || isHidden) held.push(level);
    else out.push({ action: 2, position: held.length + 1, level });
  }
  now.forEach((level, k) => {
    const was = held[k];
    const position = k + 1;
    if (was === undefined || was.px !== level.px) {
      held.splice(k, 0, level);
      if (held.length > depth) held.pop();
      out.push({ action: 0, position, level });
    } else if (was.qty !== level.qty || was.count !== level.count) {
      out.push({ action: 1, position, level });
    }
  });
  return out;
}
