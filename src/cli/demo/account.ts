/** Our positions and P&L against the venue's account of the same fills. */
import type { EngineReport } from "../../engine/report.ts";
import type { SessionReport } from "../../sim/report.ts";

const CENT = 0.01;

/** First difference, "" = none: position, realised P&L and fees by symbol, within one cent. */
export function compareAccount(
  venue: SessionReport | undefined,
  ours: EngineReport["positions"],
): string {
  if (venue === undefined) return "the venue knows no such session";
  if (venue.duplicates.length > 0) return `the venue got ${venue.duplicates[0]} more than once`;
  for (const theirs of venue.positions) {
    const mine = ours.find((p) => p.symbol === theirs.symbol);
    if (mine === undefined) return `${theirs.symbol}: traded at the venue, unknown here`;
    if (mine.qty !== theirs.position) {
      return `${theirs.symbol}: position ${theirs.position} at the venue, ${mine.qty} here`;
    }
    if (Math.abs(mine.realized - theirs.realized) > CENT) {
      return `${theirs.symbol}: realised ${theirs.realized} at the venue, ${mine.realized} here`;
    }
    if (Math.abs(mine.fees - theirs.fees) > CENT) {
      return `${theirs.symbol}: fees ${theirs.fees} at the venue, ${mine.fees} here`;
    }
  }
  const stray = ours.find(
    (p) => p.qty !== 0 && !venue.positions.some((theirs) => theirs.symbol === p.symbol),
  );
  return stray === undefined ? "" : `${stray.symbol}: ${stray.qty} here, never traded at the venue`;
}
