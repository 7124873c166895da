/** Instruments that a capture brings: nobody trades them. */
import type { InstrumentDefinition } from "../../book/instruments.ts";

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
