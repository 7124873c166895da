// @hot
/** Prices that the gate measures by, in instrument units. */

import type { BookView } from "../book/view.ts";
import { SIDE_BUY } from "../core/codes.ts";

export const REFERENCE_OPPOSITE = 0;
export const REFERENCE_MID = 1;
export const REFERENCE_LAST = 2;

/** Where the collar of an order is centred; falls back to the last trade; 0 = there is none. */
export function referencePx(view: BookView, side: number, kind: number): number {
  if (kind === REFERENCE_OPPOSITE) {
    const far = side === SIDE_BUY ? view.askPx(0) : view.bidPx(0);
    if (far > 0) return far;
  } else if (kind === REFERENCE_MID) {
    const bid = view.bidPx(0);
    const ask = view.askPx(0);
    if (bid > 0 && ask > 0) return (bid + ask) / 2;
  }
  return view.lastPx();
}

/** What a position is worth: the mid price, else the last trade; 0 = not known. */
export function valuationPx(view: BookView): number {
  return referencePx(view, SIDE_BUY, REFERENCE_MID);
}
