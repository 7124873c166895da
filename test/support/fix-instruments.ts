import { type InstrumentDefinition, Instruments } from "../../src/book/instruments.ts";

/** An instrument definition with everything filled in: tests name only what they mean. */
export function definition(symbol: string, more: Partial<InstrumentDefinition> = {}) {
  return {
    symbol,
    feedSymbol: symbol,
    feed: 0,
    session: 0,
    orderSymbol: symbol,
    orderTags: {},
    priceUnit: 0.0001,
    ticks: [{ from: 0, tick: 0.01 }],
    lot: 1,
    multiplier: 1,
    currency: "USD",
    makerFee: 0,
    takerFee: 0,
    position: 0,
    positionPrice: 0,
    ...more,
  };
}

/** AAPL in 1/10000, ESH6 in quarters with a tag of its own, BRK in whole units, one of no session. */
export function fixInstruments(): Instruments {
  return new Instruments([
    definition("AAPL"),
    definition("ES", { orderSymbol: "ESH6", priceUnit: 0.25, orderTags: { 207: "XCME" } }),
    definition("BRK", { priceUnit: 1 }),
    definition("DATA", { session: -1 }),
  ]);
}
