// @hot
/**
 * Which symbol leads to which instrument, on feeds whose every message names its symbol (8 characters).
 * With "*", a symbol that comes for the first time is subscribed; one that nobody wants is remembered,
 * so that it costs a lookup from then on.
 */
import type { Wildcard } from "./books-options.ts";
import { BOOK_INSTRUMENTS_FULL } from "./counters.ts";
import type { Instruments } from "./instruments.ts";
import { SymbolTable, symbolWords, wordsSymbol } from "./symbols.ts";

/** Until the venue tells. */
export const ROUND_LOT = 100;
/** Symbols remembered as unwanted, with "*". */
const UNWANTED_MAX = 16_384;
/** In the table, of an unwanted one. */
const UNWANTED = -2;

export class SymbolSubscription {
  private readonly instruments: Instruments;
  private readonly wildcard: Wildcard | null;
  private readonly counters: Float64Array;
  private readonly symbols: SymbolTable;
  private unwantedCount = 0;

  constructor(
    feed: number,
    instruments: Instruments,
    wildcard: Wildcard | null,
    counters: Float64Array,
  ) {
    this.instruments = instruments;
    this.wildcard = wildcard;
    this.counters = counters;
    const unwanted = wildcard === null ? 0 : UNWANTED_MAX;
    this.symbols = new SymbolTable(instruments.capacity + unwanted);
    this.fill(feed);
  }

  /** The instrument of a symbol (two big-endian words), negative when nobody wants it. */
  find(high: number, low: number, roundLot: number): number {
    const found = this.symbols.find(high, low);
    if (found !== -1 || this.wildcard === null) return found;
    return this.subscribe(this.wildcard, high, low, roundLot);
  }

  /** @cold */
  private fill(feed: number): void {
    const { instruments } = this;
    for (let i = 0; i < instruments.count; i++) {
      if (instruments.feed[i] !== feed) continue;
      const words = symbolWords(instruments.definitions[i]!.feedSymbol);
      this.symbols.add(words[0], words[1], i);
    }
  }

  /** Once per symbol. @cold */
  private subscribe(wildcard: Wildcard, high: number, low: number, roundLot: number): number {
    const { instruments } = this;
    let instrument = UNWANTED;
    if (instruments.count === instruments.capacity) this.counters[BOOK_INSTRUMENTS_FULL]! += 1;
    else {
      const definition = wildcard(wordsSymbol(high, low), roundLot);
      if (definition !== null) instrument = instruments.add(definition);
    }
    if (instrument !== UNWANTED || this.unwantedCount++ < UNWANTED_MAX) {
      this.symbols.add(high, low, instrument);
    }
    return instrument;
  }
}
