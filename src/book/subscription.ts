/**
 * Which stock locates lead to which instrument. Filled by R messages (and, after a late join, by the
 * first message of a locate that carries its symbol): a few thousand times a day, never per order.
 */
import { LOCATE_IGNORED } from "../feed/itch/itch-sink.ts";
import type { Wildcard } from "./books-options.ts";
import { BOOK_INSTRUMENTS_FULL } from "./counters.ts";
import type { Instruments } from "./instruments.ts";
import { SymbolTable, symbolWords, wordsSymbol } from "./symbols.ts";

const LOCATES = 65_536;

export class Subscription {
  /** By locate: instrument + 1, LOCATE_UNSEEN or LOCATE_IGNORED. */
  readonly locates = new Int32Array(new ArrayBuffer(4 * LOCATES));
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
    this.counters = counters;
    this.symbols = new SymbolTable(instruments.capacity);
    for (let i = 0; i < instruments.count; i++) {
      if (instruments.feed[i] !== feed) continue;
      const [high, low] = symbolWords(instruments.definitions[i]!.feedSymbol);
      this.symbols.add(high, low, i);
    }
  }

  announce(locate: number, stockHi: number, stockLo: number, roundLot: number): void {
    let instrument = this.symbols.find(stockHi, stockLo);
    if (instrument < 0 && this.wildcard !== null) {
      instrument = this.subscribe(this.wildcard, stockHi, stockLo, roundLot);
    }
    this.locates[locate] = instrument < 0 ? LOCATE_IGNORED : instrument + 1;
  }

  private subscribe(wildcard: Wildcard, stockHi: number, stockLo: number, roundLot: number) {
    if (this.instruments.count === this.instruments.capacity) {
      this.counters[BOOK_INSTRUMENTS_FULL]! += 1;
      return -1;
    }
    const definition = wildcard(wordsSymbol(stockHi, stockLo), roundLot);
    if (definition === null) return -1;
    const instrument = this.instruments.add(definition);
    this.symbols.add(stockHi, stockLo, instrument);
    return instrument;
  }
}
