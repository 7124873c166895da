/** Our books against the venue's, level by level. */
import type { BookLevel } from "../../book/levels.ts";
import type { EngineReport } from "../../engine/report.ts";
import type { BookReport, LevelReport } from "../../sim/report.ts";

export interface BookComparison {
  matches: boolean;
  /** Levels that were compared: none means that nothing was shown. */
  levels: number;
  /** First difference, "" = none. */
  difference: string;
}

/**
 * Every level of every venue book: price, quantity and number of orders. depth: the feed tells so many
 * of each side, 0 = all.
 */
export function compareBooks(
  venue: readonly BookReport[],
  ours: EngineReport["books"],
  unitsPerVenuePx: (symbol: string) => number,
  depth = 0,
): BookComparison {
  let levels = 0;
  for (const book of venue) {
    const own = ours.find((b) => b.symbol === book.symbol);
    if (own === undefined) return differs(levels, `${book.symbol}: we have no book`);
    if (own.flags !== "") return differs(levels, `${book.symbol}: ${own.flags}`);
    const scale = unitsPerVenuePx(book.symbol);
    const sides = [
      ["bid", told(book.bids, depth), own.levels.bids],
      ["ask", told(book.asks, depth), own.levels.asks],
    ] as const;
    for (const [side, theirs, mine] of sides) {
      levels += theirs.length;
      const difference = firstDifference(theirs, mine, scale);
      if (difference !== "") return differs(levels, `${book.symbol} ${side} ${difference}`);
    }
  }
  return {
    matches: levels > 0,
    levels,
    difference: levels > 0 ? "" : "the venue's books are empty",
  };
}

function told(levels: LevelReport[], depth: number): LevelReport[] {
  return depth === 0 ? levels : levels.slice(0, depth);
}

function differs(levels: number, difference: string): BookComparison {
  return { matches: false, levels, difference };
}

function firstDifference(venue: LevelReport[], ours: BookLevel[], scale: number): string {
  if (venue.length !== ours.length) {
    return `has ${venue.length} levels at the venue, ${ours.length} here`;
  }
  for (let k = 0; k < venue.length; k++) {
    const v = venue[k]!;
    const o = ours[k]!;
    if (v.px * scale !== o.px || v.qty !== o.qty || v.count !== o.count) {
      return `level ${k} is ${v.px * scale} x ${v.qty} (${v.count}) at the venue, ${o.px} x ${o.qty} (${o.count}) here`;
    }
  }
  return "";
}
