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
import { ByOrderBooks, ROUND_LOT } from "./by-order-books.ts";
import { BOOK_INEXACT_ORDER } from "./counters.ts";
import { BOOK_STALE } from "./flags.ts";
import { NO_ROW } from "./order-table.ts";
import { Subscription } from "./subscription.ts";

const INT32_MAX = 0x7fffffff;

export class Books extends ByOrderBooks implements ItchSink {
  /** By stock locate: instrument + 1, LOCATE_UNSEEN or LOCATE_IGNORED. */
  readonly locates: Int32Array;
  private readonly subscription: Subscription;
  /** A message could not be read: every book may be wrong. */
  private isMisread = false;

  constructor(options: BooksOptions) {
    super(options);
    this.subscription = new Subscription(this.listing);
    this.locates = this.subscription.locates;
    this.core.isPartial = this.isPartial;
  }

  /** @cold */
  isSeen(instrument: number): boolean {
    return this.locates.includes(instrument + 1);
  }

  /** BOOK_*; 0 = the book may be trusted. Kept until the session changes or a snapshot comes. */
  override flags(instrument: number): number {
    return this.core.flags[instrument]! | (this.isMisread ? BOOK_STALE : 0);
  }

  /** A new session: no locates, too. */
  override clear(): void {
    super.clear();
    this.isMisread = false;
    this.core.isPartial = this.isPartial;
    this.locates.fill(0);
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
    if (side === 0) {
      this.core.contradict(instrument, BOOK_INEXACT_ORDER);
      return;
    }
    const ladder = (instrument << 1) + ((SIDE_BUY - side) >> 1);
    this.core.place(instrument, ladder, refHi, refLo, qty, feedPx);
  }

  onExecute(instrument: number, refHi: number, refLo: number, qty: number, timeNs: number): void {
    this.timeNs[instrument] = timeNs;
    const row = this.core.row(instrument, refHi, refLo);
    if (row !== NO_ROW) this.execute(instrument, row, qty);
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
    this.broken();
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

  // ---- what is missing --------------------------------------------------------------------------

  /** Orders and statuses may be wrong; which is not told. */
  onMisread(): void {
    this.isMisread = true;
    this.core.isPartial = true;
  }

  onLoss(): void {
    this.core.isPartial = true;
  }
}
