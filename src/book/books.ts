// @hot
/**
 * The books of one feed: takes what the ITCH 5.0 decoder reads, keeps orders, price levels, last
 * trades and trading status, and tells the engine at the end of each packet what changed.
 *
 *   A F  add        E C  execute (reduce)     X  reduce     D  delete
 *   U    delete + add under a new reference, same side: time priority is lost
 *   P Q  trades that no displayed order took part in        B  counted only
 *
 * The handle that the decoder hands back is the instrument's index.
 */
import { SIDE_BUY, SIDE_SELL } from "../core/codes.ts";
import type { ItchSink } from "../feed/itch/itch-sink.ts";
import type { BooksOptions } from "./books-options.ts";
import { BOOK_BROKEN_TRADES, BOOK_INEXACT_TRADE } from "./counters.ts";
import type { FeedBooks } from "./feed-books.ts";
import { describeBookFlags } from "./flags.ts";
import type { Instruments } from "./instruments.ts";
import { LadderView } from "./ladder-view.ts";
import { LEVEL_SIDE } from "./ladders.ts";
import { type BookLevels, dumpLevels } from "./levels.ts";
import { CHANGED_ALL } from "./market-events.ts";
import { MarketQueue } from "./market-queue.ts";
import { NO_PX, OrderBooks } from "./order-books.ts";
import { NO_ROW } from "./order-table.ts";
import { Subscription } from "./subscription.ts";
import { TradingStatus } from "./trading-status.ts";
import type { BookView } from "./view.ts";

/** Of a symbol that no R announced. */
const ROUND_LOT = 100;
const INT32_MAX = 0x7fffffff;
/**
 * Up to so many orders, 64 bytes each with the spare row, the table is about as large as a
 * second-level cache, and reading ahead costs more than it saves (64 for 60 ns a message).
 */
const ORDERS_NEAR = 1 << 17;

export class Books implements ItchSink, FeedBooks {
  /** By stock locate: instrument + 1, LOCATE_UNSEEN or LOCATE_IGNORED. */
  readonly locates: Int32Array;
  readonly readsAhead: boolean;
  /** Trading status by instrument: STATUS_* and flag bits. */
  readonly status: Int32Array;
  /** LULD auction collar by instrument, price units, 0 = none. */
  readonly collarLower: Int32Array;
  readonly collarUpper: Int32Array;
  readonly lastPx: Int32Array;
  readonly lastQty: Float64Array;
  /** Shares or contracts traded this session, by instrument. */
  readonly volume: Float64Array;
  /** Venue time of the last message by instrument, ns since midnight Eastern time. */
  readonly timeNs: Float64Array;

  private readonly feed: number;
  private readonly instruments: Instruments;
  private readonly maxLevels: number;
  private readonly counters: Float64Array;
  private readonly trading: TradingStatus;
  private readonly queue: MarketQueue;
  private readonly subscription: Subscription;
  private readonly views: LadderView[] = [];
  private readonly core: OrderBooks;

  constructor(options: BooksOptions) {
    const { instruments, counters } = options;
    const n = instruments.capacity;
    this.feed = options.feed;
    this.instruments = instruments;
    this.maxLevels = options.maxLevels;
    this.counters = counters;
    this.trading = new TradingStatus({
      capacity: n,
      ...(options.columns === undefined ? {} : { columns: options.columns }),
      counters,
      extendedHours: options.extendedHours ?? false,
      market: (options.market ?? "Q").charCodeAt(0),
    });
    this.status = this.trading.status;
    this.collarLower = this.trading.collarLower;
    this.collarUpper = this.trading.collarUpper;
    this.lastPx = new Int32Array(new ArrayBuffer(4 * n));
    this.lastQty = new Float64Array(new ArrayBuffer(8 * n));
    this.volume = new Float64Array(new ArrayBuffer(8 * n));
    this.timeNs = new Float64Array(new ArrayBuffer(8 * n));
    this.queue = new MarketQueue(
      n,
      options.maxTrades ?? 1024,
      this.status,
      options.events,
      counters,
    );
    this.subscription = new Subscription(
      this.feed,
      instruments,
      options.wildcard ?? null,
      counters,
    );
    this.locates = this.subscription.locates;
    this.readsAhead = options.maxOrders > ORDERS_NEAR;
    this.core = new OrderBooks(
      instruments,
      options.maxOrders,
      options.maxLevels,
      this.queue,
      counters,
    );
    for (let i = 0; i < n; i++) this.views.push(new LadderView(i, this.core.ladders, this));
  }

  // ---- reading ----------------------------------------------------------------------------------

  /** The instrument's book, always the same object. */
  view(instrument: number): BookView {
    return this.views[instrument]!;
  }

  /** BOOK_FULL, BOOK_INEXACT; 0 = the book may be trusted. Kept until the session changes. */
  flags(instrument: number): number {
    return this.core.flags[instrument]!;
  }

  liveOrders(): number {
    return this.core.orders.count;
  }

  /** What nothing was told of counts as open until something is; told at the next flush. @cold */
  assumeTrading(): void {
    for (let i = 0; i < this.instruments.count; i++) {
      if (this.instruments.feed[i] !== this.feed) continue;
      if (this.trading.assumeTrading(i)) this.queue.touchStatus(i);
    }
  }

  /** True when the feed has said anything of it this session. @cold */
  isSeen(instrument: number): boolean {
    return this.locates.includes(instrument + 1);
  }

  /** The flags for people, "" when there are none. @cold */
  describeFlags(instrument: number): string {
    return describeBookFlags(this.flags(instrument), this.core.orders.capacity, this.maxLevels);
  }

  /** Every level, best first, for comparing and dumping. @cold */
  levels(instrument: number): BookLevels {
    return dumpLevels(this.view(instrument));
  }

  // ---- end of packet, session -------------------------------------------------------------------

  /** Tells what changed: trades, statuses, then books. Inside a gap (not shown) it waits. */
  flush(shown = true): void {
    this.queue.flush(shown);
  }

  /** A new session: no orders, no locates, statuses unknown. Told at the next flush. */
  clear(): void {
    const count = this.instruments.count;
    for (let i = 0; i < count; i++) {
      if (this.instruments.feed[i] !== this.feed) continue;
      if (this.core.ladders.depth(2 * i) !== 0 || this.core.ladders.depth(2 * i + 1) !== 0) {
        this.queue.touch(i, CHANGED_ALL);
      }
      if (this.status[i] !== 0) this.queue.touchStatus(i);
      this.trading.forget(i);
    }
    this.core.clear();
    this.trading.clear();
    this.queue.dropTrades();
    this.locates.fill(0);
    this.lastPx.fill(0);
    this.lastQty.fill(0);
    this.volume.fill(0);
  }

  // ---- instruments ------------------------------------------------------------------------------

  onDirectory(locate: number, stockHi: number, stockLo: number, roundLot: number): void {
    this.subscription.announce(locate, stockHi, stockLo, roundLot);
  }

  onUnseenLocate(locate: number, stockHi: number, stockLo: number): void {
    this.subscription.announce(locate, stockHi, stockLo, ROUND_LOT);
  }

  // ---- orders -----------------------------------------------------------------------------------

  onAdd(
    instrument: number,
    refHi: number,
    refLo: number,
    side: number,
    qty: number,
    feedPx: number,
    timeNs: number,
  ): void {
    this.timeNs[instrument] = timeNs;
    const ladder = (instrument << 1) + ((SIDE_BUY - side) >> 1);
    this.core.place(instrument, ladder, refHi, refLo, qty, feedPx);
  }

  onExecute(instrument: number, refHi: number, refLo: number, qty: number, timeNs: number): void {
    this.timeNs[instrument] = timeNs;
    const row = this.core.row(instrument, refHi, refLo);
    if (row === NO_ROW) return;
    const level = this.core.orders.levelOf(row);
    const key = this.core.ladders.words[level]!;
    const bid = (this.core.ladders.words[level + LEVEL_SIDE]! & 1) === 0;
    const taken = this.core.take(instrument, row, qty);
    if (taken === 0) return;
    this.trade(instrument, bid ? key : 0 - key, taken, bid ? SIDE_SELL : SIDE_BUY);
  }

  onExecuteAt(
    instrument: number,
    refHi: number,
    refLo: number,
    qty: number,
    feedPx: number,
    printable: number,
    timeNs: number,
  ): void {
    this.timeNs[instrument] = timeNs;
    const row = this.core.row(instrument, refHi, refLo);
    if (row === NO_ROW) return;
    const bid = (this.core.sideOf(row) & 1) === 0;
    const taken = this.core.take(instrument, row, qty);
    if (printable === 0 || taken === 0) return;
    this.trade(instrument, this.core.units(instrument, feedPx), taken, bid ? SIDE_SELL : SIDE_BUY);
  }

  onReduce(instrument: number, refHi: number, refLo: number, qty: number, timeNs: number): void {
    this.timeNs[instrument] = timeNs;
    const row = this.core.row(instrument, refHi, refLo);
    if (row !== NO_ROW) this.core.take(instrument, row, qty);
  }

  onDelete(instrument: number, refHi: number, refLo: number, timeNs: number): void {
    this.timeNs[instrument] = timeNs;
    const row = this.core.row(instrument, refHi, refLo);
    if (row !== NO_ROW) this.core.drop(instrument, row);
  }

  onReplace(
    instrument: number,
    oldHi: number,
    oldLo: number,
    newHi: number,
    newLo: number,
    qty: number,
    feedPx: number,
    timeNs: number,
  ): void {
    this.timeNs[instrument] = timeNs;
    const row = this.core.row(instrument, oldHi, oldLo);
    if (row === NO_ROW) return;
    const side = this.core.sideOf(row);
    this.core.drop(instrument, row);
    this.core.place(instrument, side, newHi, newLo, qty, feedPx);
  }

  onAhead(refHi: number, refLo: number): void {
    this.core.orders.readAhead(refHi, refLo);
  }

  // ---- trades and status ------------------------------------------------------------------------

  /** `side` is the hidden order's, so the aggressor is the other one; 0 stays 0. */
  onHiddenTrade(
    instrument: number,
    side: number,
    qty: number,
    feedPx: number,
    timeNs: number,
  ): void {
    this.timeNs[instrument] = timeNs;
    this.trade(instrument, this.core.units(instrument, feedPx), qty, 0 - side);
  }

  /** A cross without shares is only the news that there was none. */
  onCross(
    instrument: number,
    qty: number,
    feedPx: number,
    _crossType: number,
    timeNs: number,
  ): void {
    this.timeNs[instrument] = timeNs;
    if (qty === 0) return;
    this.trade(instrument, this.core.units(instrument, feedPx), qty > INT32_MAX ? -1 : qty, 0);
  }

  onBroken(_instrument: number, _matchHi: number, _matchLo: number, _timeNs: number): void {
    this.counters[BOOK_BROKEN_TRADES]! += 1;
  }

  onOther(
    _instrument: number,
    _type: number,
    _view: DataView,
    _offset: number,
    _timeNs: number,
  ): void {}

  onSystemEvent(code: number, _timeNs: number): void {
    if (!this.trading.system(code)) return;
    const count = this.instruments.count;
    for (let i = 0; i < count; i++) {
      if (this.instruments.feed[i] === this.feed && this.trading.renew(i))
        this.queue.touchStatus(i);
    }
  }

  onTradingAction(instrument: number, state: number, _timeNs: number): void {
    if (this.trading.trading(instrument, state)) this.queue.touchStatus(instrument);
  }

  onRegSho(instrument: number, action: number, _timeNs: number): void {
    if (this.trading.regSho(instrument, action)) this.queue.touchStatus(instrument);
  }

  /** Bounds between two units are moved inwards: the same prices are allowed. */
  onAuctionCollar(
    instrument: number,
    _reference: number,
    upper: number,
    lower: number,
    _timeNs: number,
  ): void {
    const core = this.core;
    const top = core.bound(instrument, upper, true);
    const bottom = core.bound(instrument, lower, false);
    if (this.trading.collar(instrument, top, bottom)) this.queue.touchStatus(instrument);
  }

  onOperationalHalt(instrument: number, market: number, action: number, _timeNs: number): void {
    if (this.trading.operational(instrument, market, action)) this.queue.touchStatus(instrument);
  }

  // ---- inside -----------------------------------------------------------------------------------

  private trade(instrument: number, px: number, qty: number, aggressor: number): void {
    if (qty > 0) this.volume[instrument]! += qty;
    if (px === NO_PX || qty <= 0) {
      this.counters[BOOK_INEXACT_TRADE]! += 1;
      return;
    }
    this.lastPx[instrument] = px;
    this.lastQty[instrument] = qty;
    this.queue.trade(instrument, px, qty, aggressor);
  }
}
