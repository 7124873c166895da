/** A book as plain objects: for comparing with the venue's, for people and for tests. */
import type { BookView } from "./view.ts";

export interface BookLevel {
  px: number;
  qty: number;
  /** Number of orders. */
  count: number;
}

export interface BookLevels {
  /** Best first. */
  bids: BookLevel[];
  asks: BookLevel[];
}

export function dumpLevels(view: BookView): BookLevels {
  const bids: BookLevel[] = [];
  const asks: BookLevel[] = [];
  for (let k = 0; k < view.bidDepth(); k++) {
    bids.push({ px: view.bidPx(k), qty: view.bidQty(k), count: view.bidCount(k) });
  }
  for (let k = 0; k < view.askDepth(); k++) {
    asks.push({ px: view.askPx(k), qty: view.askQty(k), count: view.askCount(k) });
  }
  return { bids, asks };
}

/** Columns of captures/itch-synthetic: one row per instrument; empty sides are zeros. */
export const BOOK_CSV_HEADER = "locate,symbol,bid_px,bid_sh,bid_n,ask_px,ask_sh,ask_n,live_orders";

export function bookCsvRow(locate: number, symbol: string, levels: BookLevels): string {
  const bid = levels.bids[0] ?? { px: 0, qty: 0, count: 0 };
  const ask = levels.asks[0] ?? { px: 0, qty: 0, count: 0 };
  let live = 0;
  for (const level of levels.bids) live += level.count;
  for (const level of levels.asks) live += level.count;
  const best = [bid.px, bid.qty, bid.count, ask.px, ask.qty, ask.count];
  return [locate, symbol, ...best, live].join(",");
}
