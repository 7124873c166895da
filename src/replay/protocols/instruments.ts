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
 * The book of one instrument; `liveOrders` is the sum of the levels' counts. `tellsOrders` false: the
 * protocol does not tell how many orders a level has.
 */
export function bookRow(
  instruments: Instruments,
  books: FeedBooks,
  instrument: number,
  feedId: number | string,
  tellsOrders = true,
): CaptureBook {
  const { symbol, priceUnit } = instruments.definitions[instrument]!;
  const levels = books.levels(instrument);
  const problem = books.describeFlags(instrument);
  const unit = { priceUnit, decimals: decimalsOf(priceUnit) };
  if (!tellsOrders) {
    for (const level of [...levels.bids, ...levels.asks]) level.count = NOT_TOLD;
    return { feedId, symbol, liveOrders: undefined, problem, ...unit, ...levels };
  }
  let liveOrders = 0;
  for (const level of levels.bids) liveOrders += level.count;
  for (const level of levels.asks) liveOrders += level.count;
  return { feedId, symbol, liveOrders, problem, ...unit, ...levels };
}
