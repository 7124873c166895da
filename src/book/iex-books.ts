// @hot
/**
 * The books of one feed of IEX: DEEP 1.0 tells the size of each price level, TOPS 1.6 the best of each
 * side. Levels carry no number of orders.
 *
 * - DEEP. 8 and 5 set a level; size 0 takes it away. One event of the venue may come as several messages,
 *   the last with the flag "complete": until then the book is BOOK_STALE and not told of. Messages of
 *   one event share their time, so the next event's first message ends one that was never flagged.
 * - Messages that will never come (onLoss) leave DEEP's books stale for the rest of the session: no
 *   message tells a whole book. A book of TOPS is right again at its symbol's next quote.
 * - H, O, P and S are what ITCH's H, h, Y and S are (trading-status.ts). A symbol that O never named counts
 *   as halted: IEX sends O for all that may trade before the open.
 */

import type { IexSink } from "../feed/iex/iex-sink.ts";
import {
  IEX_EVENT_COMPLETE,
  IEX_QUOTE_EXTENDED,
  IEX_QUOTE_UNAVAILABLE,
} from "../feed/iex/iex-sink.ts";
import type { BooksOptions } from "./books-options.ts";
import { BOOK_BROKEN_TRADES, BOOK_UNKNOWN_ORDER } from "./counters.ts";
import type { FeedBooks } from "./feed-books.ts";
import { BOOK_STALE } from "./flags.ts";
import { HeldBooks } from "./held-books.ts";
import type { Instruments } from "./instruments.ts";
import { LevelBooks } from "./level-books.ts";
import type { BookLevels } from "./levels.ts";
import { NO_PX } from "./order-books.ts";
import { statusColumns } from "./status-columns.ts";
import { ROUND_LOT, SymbolSubscription } from "./symbol-subscription.ts";
import { TradingStatus } from "./trading-status.ts";
import type { BookView } from "./view.ts";

export interface IexBooksOptions extends Omit<BooksOptions, "maxOrders" | "market"> {
  protocol: "deep" | "tops";
}

const WORD = 4294967296;
/** 2^53 in units of 2^32. */
const WORDS_MAX = 0x200000;
const INT32_MAX = 0x7fffffff;
/** Market code of operational halts: there is only IEX's own. */
const IEX = 0x56; // 'V'

// TradingStatus speaks ITCH.
const ITCH_HALT = 0x48; // 'H'
const ITCH_TRADING = 0x54; // 'T'
const ITCH_QUOTATION = 0x51; // 'Q'
const ITCH_OPEN = 0x51; // S with 'Q'
const ITCH_CLOSE = 0x4d; // S with 'M'
const ITCH_FREE = 0x30;
const ITCH_RESTRICTED = 0x31;
const UNKNOWN = 0;

// Of IEX: S 'R', H 'O', O 'O' and 'N'.
const REGULAR_HOURS = 0x52;
const ORDER_ACCEPTANCE = 0x4f;
const HALTED = 0x4f;
const NOT_HALTED = 0x4e;

export class IexBooks implements IexSink, FeedBooks {
  /** STATUS_* with flag bits, by instrument. */
  readonly status: Int32Array;
  /** Time of the venue's last message by instrument, ns since 1970, exact to 256 ns. */
  readonly timeNs: Float64Array;
  readonly volume: Float64Array;
  private readonly feed: number;
  private readonly instruments: Instruments;
  private readonly counters: Float64Array;
  private readonly heals: boolean;
  private readonly divisor: Int32Array;
  private readonly factor: Int32Array;
  private readonly subscription: SymbolSubscription;
  private readonly trading: TradingStatus;
  private readonly held: HeldBooks;
  private readonly inner: LevelBooks;
  private readonly seen: Uint8Array;
  /** 1 = an operational halt status was told. */
  private readonly haltTold: Uint8Array;
  /** Time of the event that goes on. */
  private readonly openNs: Float64Array;
  /** DEEP: messages of this session were lost. */
  private lost = false;
  /** TOPS: 1 = no quote since messages were lost. */
  private readonly stale: Uint8Array;
  /** TOPS: 1 = a short sale status was told since messages were lost. */
  private readonly shortTold: Uint8Array;

  constructor(options: IexBooksOptions) {
    const { instruments, counters, feed } = options;
    const n = instruments.capacity;
    const columns = options.columns ?? statusColumns(n);
    this.feed = feed;
    this.instruments = instruments;
    this.counters = counters;
    this.heals = options.protocol === "tops";
    this.divisor = instruments.feedDivisor;
    this.factor = instruments.feedFactor;
    this.subscription = new SymbolSubscription(
      feed,
      instruments,
      options.wildcard ?? null,
      counters,
    );
    this.trading = new TradingStatus({
      capacity: n,
      columns,
      counters,
      extendedHours: options.extendedHours ?? false,
      market: IEX,
    });
    this.status = this.trading.status;
    this.held = new HeldBooks(n, options.events);
    this.inner = new LevelBooks({
      feed,
      instruments,
      maxOrders: 0,
      maxLevels: options.maxLevels,
      ...(options.maxTrades === undefined ? {} : { maxTrades: options.maxTrades }),
      columns,
      events: this.held,
      counters,
    });
    this.volume = this.inner.volume;
    this.timeNs = new Float64Array(new ArrayBuffer(8 * n));
    this.openNs = new Float64Array(new ArrayBuffer(8 * n));
    this.seen = new Uint8Array(new ArrayBuffer(n));
    this.haltTold = new Uint8Array(new ArrayBuffer(n));
    this.stale = new Uint8Array(new ArrayBuffer(n));
    this.shortTold = new Uint8Array(new ArrayBuffer(n));
  }

  // ---- reading ----------------------------------------------------------------------------------

  view(instrument: number): BookView {
    return this.inner.view(instrument);
  }

  flags(instrument: number): number {
    const flags = this.inner.flags(instrument);
    const isOpen = this.held.open[instrument] !== 0;
    return isOpen || this.lost || this.stale[instrument] !== 0 ? flags | BOOK_STALE : flags;
  }

  liveOrders(): number {
    return 0;
  }

  /** @cold */
  isSeen(instrument: number): boolean {
    return this.seen[instrument] !== 0;
  }

  /** @cold */
  describeFlags(instrument: number): string {
    const told = this.inner.describeFlags(instrument);
    const reasons = told === "" ? [] : [told];
    if (this.lost) {
      reasons.push("messages of the session were lost: the book is stale until the next session");
    } else if (this.stale[instrument] !== 0) {
      reasons.push("messages were lost: the book is stale until the next quote of its symbol");
    } else if (this.held.open[instrument] !== 0) {
      reasons.push("the venue has not told the whole of an event");
    }
    return reasons.join("; ");
  }

  /** @cold */
  levels(instrument: number): BookLevels {
    return this.inner.levels(instrument);
  }

  /** @cold */
  assumeTrading(): void {
    this.haltTold.fill(1);
    for (let i = 0; i < this.instruments.count; i++) {
      if (this.instruments.feed[i] !== this.feed) continue;
      if (this.trading.assumeTrading(i)) this.inner.touchStatus(i);
    }
  }

  // ---- end of packet, session, loss -------------------------------------------------------------

  flush(shown = true): void {
    this.inner.flush(shown);
    if (shown) this.held.release();
  }

  clear(): void {
    this.inner.clear();
    this.held.clear();
    this.trading.clear();
    for (let i = 0; i < this.instruments.count; i++) {
      if (this.instruments.feed[i] === this.feed) this.trading.forget(i);
    }
    this.seen.fill(0);
    this.haltTold.fill(0);
    this.stale.fill(0);
    this.lost = false;
  }

  /** DEEP: no book is known any more. TOPS: none until its next quote. */
  onLoss(_from: number, _to: number): void {
    if (!this.heals) {
      this.lost = true;
      return;
    }
    this.stale.fill(1);
    this.shortTold.fill(0);
  }

  // ---- instruments ------------------------------------------------------------------------------

  find(symbolHi: number, symbolLo: number): number {
    const instrument = this.subscription.find(symbolHi, symbolLo, ROUND_LOT);
    if (instrument >= 0) this.seen[instrument] = 1;
    return instrument;
  }

  onDirectory(symbolHi: number, symbolLo: number, roundLot: number): void {
    this.subscription.find(symbolHi, symbolLo, roundLot);
  }

  // ---- books ------------------------------------------------------------------------------------

  onPriceLevel(
    instrument: number,
    side: number,
    flags: number,
    qty: number,
    pxHi: number,
    pxLo: number,
    timeNs: number,
  ): void {
    this.timeNs[instrument] = timeNs;
    this.held.open[instrument] = (flags & IEX_EVENT_COMPLETE) ^ IEX_EVENT_COMPLETE;
    this.openNs[instrument] = timeNs;
    const px = this.units(instrument, pxHi, pxLo);
    if (px <= 0) {
      // What could not be held was refused when it came, and need not be taken away.
      if (qty !== 0) this.inner.refuse(instrument);
    } else if (qty !== 0) this.inner.setLevel(instrument, side, px, qty, 0);
    else if (!this.inner.dropLevel(instrument, side, px) && this.flags(instrument) === 0) {
      this.counters[BOOK_UNKNOWN_ORDER]! += 1;
    }
  }

  onQuote(
    instrument: number,
    flags: number,
    bidQty: number,
    bidHi: number,
    bidLo: number,
    askQty: number,
    askHi: number,
    askLo: number,
    timeNs: number,
  ): void {
    this.timeNs[instrument] = timeNs;
    // A quote is the whole book: nothing of what was wrong with the one before is left.
    if (this.inner.flags(instrument) !== 0) this.inner.empty(instrument);
    this.best(instrument, 0, bidQty, bidHi, bidLo);
    this.best(instrument, 1, askQty, askHi, askLo);
    if (this.stale[instrument] !== 0) this.heal(instrument, flags);
  }

  /** One side of a quote: its only level from now on. */
  private best(instrument: number, side: number, qty: number, pxHi: number, pxLo: number): void {
    const inner = this.inner;
    let px = 0;
    if (qty !== 0) {
      px = this.units(instrument, pxHi, pxLo);
      if (px <= 0) {
        inner.refuse(instrument);
        px = 0;
      }
    }
    const before = inner.pxAt(instrument, side, 1);
    if (before !== 0 && before !== px) inner.dropRange(instrument, side, 1, 0);
    if (px === 0 || (before === px && inner.qtyOf(instrument, side, px) === qty)) return;
    inner.setLevel(instrument, side, px, qty, 0);
  }

  /**
   * The first quote after a loss. Halts and hours may be among what is lost: its flags tell both as
   * they are now. Nothing tells of a lost P but the next one: until then short sales are restricted.
   */
  private heal(instrument: number, flags: number): void {
    this.stale[instrument] = 0;
    this.onSystemEvent((flags & IEX_QUOTE_EXTENDED) === 0 ? REGULAR_HOURS : ITCH_CLOSE, 0);
    const isAway = (flags & IEX_QUOTE_UNAVAILABLE) !== 0;
    this.haltTold[instrument] = 1;
    const trading = this.trading;
    let changed = trading.operational(instrument, IEX, isAway ? ITCH_HALT : ITCH_TRADING);
    if (!isAway && trading.trading(instrument, ITCH_TRADING)) changed = true;
    const isFree = this.shortTold[instrument] !== 0;
    if (!isFree && trading.regSho(instrument, ITCH_RESTRICTED)) changed = true;
    if (changed) this.inner.touchStatus(instrument);
  }

  // ---- trades -----------------------------------------------------------------------------------

  onTrade(
    instrument: number,
    _conditions: number,
    qty: number,
    pxHi: number,
    pxLo: number,
    timeNs: number,
  ): void {
    this.timeNs[instrument] = timeNs;
    if (timeNs !== this.openNs[instrument]) this.held.open[instrument] = 0;
    const px = this.units(instrument, pxHi, pxLo);
    if (px > 0 && qty <= INT32_MAX) {
      this.inner.trade(instrument, px, qty, 0);
      return;
    }
    this.volume[instrument]! += qty;
    this.inner.refuseTrade();
  }

  onBroken(_instrument: number, _idHi: number, _idLo: number, _timeNs: number): void {
    this.counters[BOOK_BROKEN_TRADES]! += 1;
  }

  onOther(
    _instrument: number,
    _type: number,
    _view: DataView,
    _offset: number,
    _timeNs: number,
  ): void {}

  // ---- status -----------------------------------------------------------------------------------

  onSystemEvent(code: number, _timeNs: number): void {
    if (!this.trading.system(code === REGULAR_HOURS ? ITCH_OPEN : code)) return;
    for (let i = 0; i < this.instruments.count; i++) {
      if (this.instruments.feed[i] === this.feed && this.trading.renew(i)) {
        this.inner.touchStatus(i);
      }
    }
  }

  /** T, H and P as ITCH has them; O: orders are taken, and do not match. */
  onTradingStatus(instrument: number, status: number, _timeNs: number): void {
    const trading = this.trading;
    let changed = false;
    if (this.haltTold[instrument] === 0) {
      changed = trading.operational(instrument, IEX, ITCH_HALT);
    }
    let state = status === ORDER_ACCEPTANCE ? ITCH_QUOTATION : status;
    // Q is ITCH's, and no status of IEX.
    if (status === ITCH_QUOTATION) state = UNKNOWN;
    if (trading.trading(instrument, state) || changed) this.inner.touchStatus(instrument);
  }

  onOperationalHalt(instrument: number, status: number, _timeNs: number): void {
    this.haltTold[instrument] = 1;
    let action = UNKNOWN;
    if (status === HALTED) action = ITCH_HALT;
    else if (status === NOT_HALTED) action = ITCH_TRADING;
    if (this.trading.operational(instrument, IEX, action)) this.inner.touchStatus(instrument);
  }

  onShortSale(instrument: number, status: number, _timeNs: number): void {
    this.shortTold[instrument] = 1;
    const action = status === 0 ? ITCH_FREE : status === 1 ? ITCH_RESTRICTED : UNKNOWN;
    if (this.trading.regSho(instrument, action)) this.inner.touchStatus(instrument);
  }

  // ---- prices -----------------------------------------------------------------------------------

  /** The wire's price in units of the instrument; NO_PX when it does not divide or does not fit. */
  private units(instrument: number, high: number, low: number): number {
    const divisor = this.divisor[instrument]!;
    if (high === 0 && low >= 0 && divisor === 1) {
      const px = low * this.factor[instrument]!;
      return px <= INT32_MAX ? px : NO_PX;
    }
    if (divisor === 0 || high < 0 || high >= WORDS_MAX) return NO_PX;
    const wire = high * WORD + (low >>> 0);
    const px = Math.floor(wire / divisor);
    if (px * divisor !== wire) return NO_PX;
    return px * this.factor[instrument]! <= INT32_MAX ? px * this.factor[instrument]! : NO_PX;
  }
}
