/**
 * Which feed symbols lead to which instrument, and what to do with one that is not known: with "*"
 * it may become an instrument. A symbol that became none is remembered, so that nothing is made of
 * its messages, and it is counted once.
 */
import type { Wildcard } from "./books-options.ts";
import { BOOK_INSTRUMENTS_FULL } from "./counters.ts";
import type { Instruments } from "./instruments.ts";
import { SymbolTable, symbolWords, wordsSymbol } from "./symbols.ts";

/** Of Listing.find: nobody subscribed to it. */
export const NOT_LISTED = -1;
/** In the table: "*" was asked, and it is none of ours. */
const LEFT_OUT = -2;
/** So many are remembered; those that come after them are asked about, and not counted, each time. */
export const LEFT_OUT_MAX = 16_384;

export class Listing {
  /** Symbols that "*" left out, or had no room for, up to LEFT_OUT_MAX. */
  leftOut = 0;
  /** True: every symbol is subscribed to, unless left out. */
  readonly isWild: boolean;
  private readonly instruments: Instruments;
  private readonly wildcard: Wildcard | null;
  private readonly counters: Float64Array;
  private readonly symbols: SymbolTable;

  constructor(
    feed: number,
    instruments: Instruments,
    wildcard: Wildcard | null,
    counters: Float64Array,
  ) {
    this.instruments = instruments;
    this.wildcard = wildcard;
    this.isWild = wildcard !== null;
    this.counters = counters;
    const remembered = wildcard === null ? 0 : LEFT_OUT_MAX;
    this.symbols = new SymbolTable(instruments.capacity + remembered);
    for (let i = 0; i < instruments.count; i++) {
      if (instruments.feed[i] !== feed) continue;
      const [high, low] = symbolWords(instruments.definitions[i]!.feedSymbol);
      this.symbols.add(high, low, i);
    }
  }

  /** The instrument of a symbol, or NOT_LISTED. Allocates only the first time, with "*". */
  find(high: number, low: number, roundLot: number): number {
    const found = this.symbols.find(high, low);
    if (found >= 0) return found;
    if (found === LEFT_OUT || this.wildcard === null) return NOT_LISTED;
    return this.first(this.wildcard, high, low, roundLot);
  }

  private first(wildcard: Wildcard, high: number, low: number, roundLot: number): number {
    if (this.instruments.count === this.instruments.capacity) {
      if (this.leftOut < LEFT_OUT_MAX) this.counters[BOOK_INSTRUMENTS_FULL]! += 1;
      return this.leaveOut(high, low);
    }
    const definition = wildcard(wordsSymbol(high, low), roundLot);
    if (definition === null) return this.leaveOut(high, low);
    const instrument = this.instruments.add(definition);
    this.symbols.add(high, low, instrument);
    return instrument;
  }

  private leaveOut(high: number, low: number): number {
    if (this.leftOut < LEFT_OUT_MAX) {
      this.symbols.add(high, low, LEFT_OUT);
      this.leftOut++;
    }
    return NOT_LISTED;
  }
}
