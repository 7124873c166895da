/** Files of messages in slices, and listeners of books, as benches of feeds have them. */
import type { BooksOptions } from "../../src/book/books-options.ts";
import { Instruments } from "../../src/book/instruments.ts";
import type { MarketEvents } from "../../src/book/market-events.ts";
import { definition, newCounters } from "../support/market.ts";
import type { Loop } from "./bench-case.ts";
import { SLICE } from "./itch-file.ts";

/** Hears everything and adds it up. */
export function countingEvents(): MarketEvents {
  const heard = { calls: 0 };
  return {
    onBook: () => void heard.calls++,
    onTrade: () => void heard.calls++,
    onStatus: () => void heard.calls++,
  };
}

/** Order-by-order books of everything that comes. */
export function wildOptions(symbols: number): BooksOptions {
  return {
    feed: 0,
    instruments: new Instruments([], symbols),
    maxOrders: 1 << 16,
    maxLevels: 1 << 16,
    wildcard: (symbol) => definition(symbol),
    events: countingEvents(),
    counters: newCounters(),
  };
}

/** Slice after slice, from one offset to another; `restart` before the first one, not timed. */
export function slices(
  starts: readonly number[],
  play: (from: number, to: number) => void,
  restart: () => void,
): Loop {
  let slice = starts.length;
  return {
    per: SLICE,
    before: () => {
      slice++;
      if (slice < starts.length - 1) return;
      slice = 0;
      restart();
    },
    run: () => play(starts[slice]!, starts[slice + 1]!),
  };
}
