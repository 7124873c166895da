// @hot
/**
 * The books of one feed of IEX: DEEP 1.0 tells the size of each price level, TOPS 1.6 the best of each
 * side. Levels carry no number of orders.
 *
 * - DEEP. 8 and 5 set a level; size 0 takes it away. One event of the venue may come as several messages
 *   of one time, the last with the flag "complete": until then the book is BOOK_STALE and not told of.
 * - A book of DEEP that contradicts its messages is wrong, and no message tells a whole book: it is stale
 *   for the rest of the session. So when the next event comes before the last one was complete, when a
 *   level is taken away that is not there, and when bids cross asks between open and close.
 * - Messages that will never come (onLoss) leave all of DEEP's books stale for the rest of the session.
 *   A book of TOPS is right again at its symbol's next quote.
 * - H, O, P and S are what ITCH's H, h, Y and S are (trading-status.ts). A symbol that O never named counts
 *   as halted: IEX sends O for all that may trade before the open.
 */

import { STATUS_STATE_MASK, STATUS_TRADING } from "../core/codes.ts";
import type { IexSink } from "../feed/iex/iex-sink.ts";
import { IEX_QUOTE_EXTENDED, IEX_QUOTE_UNAVAILABLE } from "../feed/iex/iex-sink.ts";
import type { BooksOptions } from "./books-options.ts";
import { BOOK_BROKEN_TRADES, BOOK_UNKNOWN_ORDER } from "./counters.ts";
import { DeepEvents } from "./deep-events.ts";
import type { FeedBooks } from "./feed-books.ts";
import { BOOK_STALE } from "./flags.ts";
import { HeldBooks } from "./held-books.ts";
import type { Instruments } from "./instruments.ts";
import { LevelBooks } from "./level-books.ts";
import type { BookLevels } from "./levels.ts";
import { statusColumns } from "./status-columns.ts";
import { ROUND_LOT, SymbolSubscription } from "./symbol-subscription.ts";
import { TradingStatus } from "./trading-status.ts";
import type { BookView } from "./view.ts";
import { unitsOfWire } from "./wire-price.ts";

export interface IexBooksOptions extends Omit<BooksOptions, "maxOrders" | "market"> {
  protocol: "deep" | "tops";
}

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

// Of IEX: E; S 'R', H 'O', O 'O' and 'N'.
const SECURITY_EVENT = 0x45;
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
  private readonly deep: DeepEvents;
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
    this.deep = new DeepEvents(this.held.open);
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
    const marks =
      this.held.open[instrument]! | this.deep.doubtful[instrument]! | this.stale[instrument]!;
    return marks !== 0 || this.lost ? flags | BOOK_STALE : flags;
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
    } else if (this.deep.doubtful[instrument] !== 0) {
      reasons.push("the venue's messages contradict each other: stale until the next session");
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
    this.deep.clear();
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
    this.deep.level(instrument, flags, timeNs);
    const px = this.units(instrument, pxHi, pxLo);
    if (px <= 0) {
      // What could not be held was refused when it came, and need not be taken away.
      if (qty !== 0) this.inner.refuse(instrument);
    } else if (qty !== 0) this.inner.setLevel(instrument, side, px, qty, 0);
    else if (!this.inner.dropLevel(instrument, side, px)) this.contradict(instrument);
    if (this.deep.opened[instrument] !== 0 && this.held.open[instrument] === 0)
      this.look(instrument);
  }

  /** A level that is not there is taken away. A book that refused levels will hear of them again. */
  private contradict(instrument: number): void {
    if (this.inner.flags(instrument) !== 0 || this.lost) return;
    this.counters[BOOK_UNKNOWN_ORDER]! += 1;
    this.deep.doubtful[instrument] = 1;
  }

  /** IEX shows no crossed book while it trades. */
  private look(instrument: number): void {
    if ((this.status[instrument]! & STATUS_STATE_MASK) !== STATUS_TRADING) return;
    const ask = this.inner.pxAt(instrument, 1, 1);
    if (ask !== 0 && this.inner.pxAt(instrument, 0, 1) > ask) this.deep.doubtful[instrument] = 1;
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
    this.deep.begin(instrument, timeNs);
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

  onOther(instrument: number, type: number, view: DataView, offset: number, _timeNs: number): void {
    if (type === SECURITY_EVENT) this.deep.security(instrument, view.getUint8(offset + 1));
  }

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

  private units(instrument: number, high: number, low: number): number {
    return unitsOfWire(high, low, this.divisor[instrument]!, this.factor[instrument]!);
  }
}
