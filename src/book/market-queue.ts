// @hot
/**
 * What one packet changed, until its end: trades in order, and each changed instrument once. The
 * lists hold every instrument, so only trades can overflow.
 */
import { BOOK_TRADES_DROPPED, BOOK_TRADES_HIDDEN } from "./counters.ts";
import type { MarketEvents } from "./market-events.ts";

/** instrument, px, qty, aggressor */
const TRADE_WORDS = 4;

export class MarketQueue {
  private readonly events: MarketEvents;
  private readonly counters: Float64Array;
  private readonly status: Int32Array;
  private readonly trades: Int32Array;
  private tradeWords = 0;
  /** CHANGED_* by instrument, 0 = not in the list. */
  private readonly changed: Uint8Array;
  private readonly changedList: Int32Array;
  private changedCount = 0;
  private readonly statusChanged: Uint8Array;
  private readonly statusList: Int32Array;
  private statusCount = 0;

  constructor(
    instruments: number,
    maxTrades: number,
    status: Int32Array,
    events: MarketEvents,
    counters: Float64Array,
  ) {
    this.events = events;
    this.counters = counters;
    this.status = status;
    this.trades = new Int32Array(new ArrayBuffer(4 * TRADE_WORDS * maxTrades));
    this.changed = new Uint8Array(new ArrayBuffer(instruments));
    this.changedList = new Int32Array(new ArrayBuffer(4 * instruments));
    this.statusChanged = new Uint8Array(new ArrayBuffer(instruments));
    this.statusList = new Int32Array(new ArrayBuffer(4 * instruments));
  }

  trade(instrument: number, px: number, qty: number, aggressor: number): void {
    const at = this.tradeWords;
    if (at === this.trades.length) {
      this.counters[BOOK_TRADES_DROPPED]! += 1;
      return;
    }
    this.trades[at] = instrument;
    this.trades[at + 1] = px;
    this.trades[at + 2] = qty;
    this.trades[at + 3] = aggressor;
    this.tradeWords = at + TRADE_WORDS;
  }

  touch(instrument: number, bits: number): void {
    const before = this.changed[instrument]!;
    if (before === 0) this.changedList[this.changedCount++] = instrument;
    this.changed[instrument] = before | bits;
  }

  touchStatus(instrument: number): void {
    if (this.statusChanged[instrument] !== 0) return;
    this.statusChanged[instrument] = 1;
    this.statusList[this.statusCount++] = instrument;
  }

  /** Trades, statuses, then books. Not shown: books and statuses wait, trades are dropped. */
  flush(shown: boolean): void {
    if (this.tradeWords !== 0) this.flushTrades(shown);
    if (!shown) return;
    const events = this.events;
    for (let i = 0; i < this.statusCount; i++) {
      const instrument = this.statusList[i]!;
      this.statusChanged[instrument] = 0;
      events.onStatus(instrument, this.status[instrument]!);
    }
    this.statusCount = 0;
    for (let i = 0; i < this.changedCount; i++) {
      const instrument = this.changedList[i]!;
      const changed = this.changed[instrument]!;
      this.changed[instrument] = 0;
      events.onBook(instrument, changed);
    }
    this.changedCount = 0;
  }

  dropTrades(): void {
    this.tradeWords = 0;
  }

  private flushTrades(shown: boolean): void {
    const trades = this.trades;
    const words = this.tradeWords;
    this.tradeWords = 0;
    if (!shown) {
      this.counters[BOOK_TRADES_HIDDEN]! += words / TRADE_WORDS;
      return;
    }
    for (let i = 0; i < words; i += TRADE_WORDS) {
      this.events.onTrade(trades[i]!, trades[i + 1]!, trades[i + 2]!, trades[i + 3]!);
    }
  }
}
