/** Instruments that a capture brings, which nobody trades, and their books as rows. */
import type { FeedBooks } from "../../book/feed-books.ts";
import { decimalsOf, type InstrumentDefinition, type Instruments } from "../../book/instruments.ts";
import type { CaptureBook } from "./protocol.ts";

/** Prices stay those of the wire: `priceUnit` is the smallest step that it can tell. */
export function watchedInstrument(symbol: string, priceUnit: number): InstrumentDefinition {
  return {
    symbol,
    feedSymbol: symbol,
    feed: 0,
    session: -1,
    orderSymbol: symbol,
    orderTags: {},
    priceUnit,
    ticks: [{ from: 0, tick: priceUnit }],
    lot: 1,
    multiplier: 1,
    currency: "USD",
    makerFee: 0,
    takerFee: 0,
    position: 0,
    positionPrice: 0,
  };
}

/** A level's count of orders. */
const NOT_TOLD = -1;

/** What happens to books that nobody looks at before the end. */
export const NO_EVENTS = { onBook: () => {}, onTrade: () => {}, onStatus: () => {} };

/**
 * The book of one instrument. What the protocol tells of orders: "all" of them, so that those that
 * rest are the sum of the levels' counts; the counts of the "levels" that it shows; or "none".
 */
export function bookRow(
  instruments: Instruments,
  books: FeedBooks,
  instrument: number,
  feedId: number | string,
  tells: "all" | "levels" | "none" = "all",
): CaptureBook {
  const { symbol, priceUnit } = instruments.definitions[instrument]!;
  const levels = books.levels(instrument);
  const both = [...levels.bids, ...levels.asks];
  if (tells === "none") for (const level of both) level.count = NOT_TOLD;
  return {
    feedId,
    symbol,
    liveOrders: tells === "all" ? both.reduce((sum, level) => sum + level.count, 0) : undefined,
    problem: books.describeFlags(instrument),
    priceUnit,
    decimals: decimalsOf(priceUnit),
    ...levels,
  };
}
