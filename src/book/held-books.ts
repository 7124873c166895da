// @hot
/**
 * Between books and whoever hears of them: a change of a book that is in the middle of an event of the
 * venue is kept back, and told with what follows once the event is over.
 */
import type { MarketEvents } from "./market-events.ts";

export class HeldBooks implements MarketEvents {
  /** By instrument: 1 = an event is going on. Set by the books. */
  readonly open: Uint8Array;
  private readonly events: MarketEvents;
  /** CHANGED_* kept back, 0 = nothing; and who has some. */
  private readonly held: Uint8Array;
  private readonly list: Int32Array;
  private count = 0;

  constructor(instruments: number, events: MarketEvents) {
    this.events = events;
    this.open = new Uint8Array(new ArrayBuffer(instruments));
    this.held = new Uint8Array(new ArrayBuffer(instruments));
    this.list = new Int32Array(new ArrayBuffer(4 * instruments));
  }

  onBook(instrument: number, changed: number): void {
    const held = this.held[instrument]!;
    if (this.open[instrument] === 0) {
      this.held[instrument] = 0;
      this.events.onBook(instrument, held | changed);
      return;
    }
    if (held === 0) this.list[this.count++] = instrument;
    this.held[instrument] = held | changed;
  }

  onTrade(instrument: number, px: number, qty: number, aggressor: number): void {
    this.events.onTrade(instrument, px, qty, aggressor);
  }

  onStatus(instrument: number, status: number): void {
    this.events.onStatus(instrument, status);
  }

  /** Tells what was kept back of books whose event is over. */
  release(): void {
    const waiting = this.count;
    if (waiting === 0) return;
    this.count = 0;
    for (let i = 0; i < waiting; i++) {
      const instrument = this.list[i]!;
      const held = this.held[instrument]!;
      if (this.open[instrument] !== 0) this.list[this.count++] = instrument;
      else if (held !== 0) {
        this.held[instrument] = 0;
        this.events.onBook(instrument, held);
      }
    }
  }

  /** No event goes on any more; nothing is kept back. */
  clear(): void {
    this.open.fill(0);
    this.held.fill(0);
    this.count = 0;
  }
}
