// @hot
/**
 * The books of one Cboe Multicast PITCH unit: takes what the decoder reads, keeps orders, price
 * levels, last trades and trading status, and tells the engine at the end of each packet what changed.
 *
 *   0x21 0x22 0x2F  add                     0x23       execute (reduce)
 *   0x25 0x26       reduce                  0x24       execute at a price; what remains is told
 *   0x27 0x28       modify under the same id, side kept     0x29 delete     0x97 all orders gone
 *   0x2A 0x2B 0x30  trades that no displayed order took part in
 *
 * Only adds, trades and statuses carry a symbol; later messages find the order, and with it the
 * instrument, by id. An id that is not known is an order of a symbol that nobody subscribed to, unless
 * all are.
 */
import {
  SIDE_BUY,
  SIDE_SELL,
  STATUS_CLOSED,
  STATUS_HALTED,
  STATUS_QUOTATION,
  STATUS_TRADING,
  STATUS_UNKNOWN,
} from "../core/codes.ts";
import { FEED_FILTERED } from "../feed/counters.ts";
import type { PitchSink } from "../feed/pitch/pitch-sink.ts";
import type { BooksOptions } from "./books-options.ts";
import { ByOrderBooks, ROUND_LOT } from "./by-order-books.ts";
import { BOOK_INEXACT_ORDER, BOOK_UNKNOWN_ORDER, BOOK_UNKNOWN_STATUS } from "./counters.ts";
import { BOOK_STALE } from "./flags.ts";
import { LEVEL_SIDE } from "./ladders.ts";
import { NOT_LISTED } from "./listing.ts";
import { NO_PX } from "./order-books.ts";
import { NO_ROW } from "./order-table.ts";

const TRADING = 0x54; // 'T'

export class PitchBooks extends ByOrderBooks implements PitchSink {
  private readonly extendedHours: boolean;
  /** By instrument: 1 = the feed named it this session. */
  private readonly seen: Uint8Array;
  /** Messages were lost, or show that some were: books are stale, those too that "*" adds later. */
  private isLossy = false;
  /** isLossy for another reason than a loss, and not taken yet: see takesDoubt. */
  private isDoubted = false;

  constructor(options: BooksOptions) {
    super(options);
    this.extendedHours = options.extendedHours ?? false;
    this.seen = new Uint8Array(new ArrayBuffer(options.instruments.capacity));
  }

  /** @cold */
  isSeen(instrument: number): boolean {
    return this.seen[instrument] !== 0;
  }

  /** BOOK_*; 0 = the book may be trusted. Kept until the session changes or the unit is cleared. */
  override flags(instrument: number): number {
    return this.core.flags[instrument]! | (this.isLossy ? BOOK_STALE : 0);
  }

  override clear(): void {
    super.clear();
    this.trust();
    this.seen.fill(0);
  }

  // ---- orders -----------------------------------------------------------------------------------

  onAdd(
    symbolHi: number,
    symbolLo: number,
    idHi: number,
    idLo: number,
    side: number,
    qty: number,
    feedPx: number,
    timeNs: number,
  ): void {
    const instrument = this.named(symbolHi, symbolLo);
    if (instrument === NOT_LISTED) return;
    this.timeNs[instrument] = timeNs;
    if (side === 0) {
      this.core.contradict(instrument, BOOK_INEXACT_ORDER);
      return;
    }
    const ladder = (instrument << 1) + ((SIDE_BUY - side) >> 1);
    this.core.place(instrument, ladder, idHi, idLo, qty, feedPx);
  }

  onExecute(idHi: number, idLo: number, qty: number, timeNs: number): void {
    const row = this.row(idHi, idLo);
    if (row === NO_ROW) return;
    const instrument = this.core.sideOf(row) >> 1;
    this.timeNs[instrument] = timeNs;
    this.execute(instrument, row, qty);
  }

  onExecuteAt(
    idHi: number,
    idLo: number,
    qty: number,
    remaining: number,
    feedPx: number,
    timeNs: number,
  ): void {
    const row = this.row(idHi, idLo);
    if (row === NO_ROW) return;
    const side = this.core.sideOf(row);
    const instrument = side >> 1;
    this.timeNs[instrument] = timeNs;
    this.core.resize(instrument, row, remaining);
    if (qty === 0) return;
    const aggressor = (side & 1) === 0 ? SIDE_SELL : SIDE_BUY;
    this.trade(instrument, this.core.units(instrument, feedPx), qty, aggressor);
  }

  onReduce(idHi: number, idLo: number, qty: number, timeNs: number): void {
    const row = this.row(idHi, idLo);
    if (row === NO_ROW) return;
    const instrument = this.core.sideOf(row) >> 1;
    this.timeNs[instrument] = timeNs;
    this.core.take(instrument, row, qty);
  }

  onModify(
    idHi: number,
    idLo: number,
    qty: number,
    feedPx: number,
    keepsPriority: number,
    timeNs: number,
  ): void {
    const core = this.core;
    const row = this.row(idHi, idLo);
    if (row === NO_ROW) return;
    const level = core.orders.levelOf(row);
    const side = core.ladders.words[level + LEVEL_SIDE]!;
    const instrument = side >> 1;
    this.timeNs[instrument] = timeNs;
    const px = core.units(instrument, feedPx);
    const key = (side & 1) === 0 ? px : 0 - px;
    if (keepsPriority !== 0 && px !== NO_PX && core.ladders.words[level] === key) {
      core.resize(instrument, row, qty);
      return;
    }
    core.drop(instrument, row);
    core.placeAt(instrument, side, idHi, idLo, qty, px);
  }

  onDelete(idHi: number, idLo: number, timeNs: number): void {
    const row = this.row(idHi, idLo);
    if (row === NO_ROW) return;
    const instrument = this.core.sideOf(row) >> 1;
    this.timeNs[instrument] = timeNs;
    this.core.drop(instrument, row);
  }

  /** Statuses stay: they are the symbols', not the orders'. */
  onUnitClear(_timeNs: number): void {
    this.dropOrders();
    this.trust();
  }

  /** What came before may be wrong from here on; nothing says which book. */
  onLoss(): void {
    this.isLossy = true;
  }

  onMisread(): void {
    if (!this.isLossy && !this.isPartial) this.isDoubted = true;
    this.isLossy = true;
  }

  /** After a loss contradictions are to be expected, and nothing new. */
  takesDoubt(): boolean {
    const isNew = this.isDoubted || (this.core.isContradicted && !this.isLossy && !this.isPartial);
    this.isDoubted = false;
    this.core.isContradicted = false;
    return isNew;
  }

  // ---- trades and status ------------------------------------------------------------------------

  /**
   * The aggressor is not told: of an order that is not displayed, the side may be kept back, with 'B'
   * in its place, and nothing in the message says whether it was.
   */
  onTrade(
    symbolHi: number,
    symbolLo: number,
    _side: number,
    qty: number,
    feedPx: number,
    timeNs: number,
  ): void {
    const instrument = this.named(symbolHi, symbolLo);
    if (instrument === NOT_LISTED) return;
    this.timeNs[instrument] = timeNs;
    this.trade(instrument, this.core.units(instrument, feedPx), qty, 0);
  }

  onBroken(_executionHi: number, _executionLo: number, _timeNs: number): void {
    this.broken();
  }

  onTradingStatus(
    symbolHi: number,
    symbolLo: number,
    state: number,
    regSho: number,
    globalHours: number,
    timeNs: number,
  ): void {
    const instrument = this.named(symbolHi, symbolLo);
    if (instrument === NOT_LISTED) return;
    this.timeNs[instrument] = timeNs;
    if (regSho !== 0 && this.trading.regSho(instrument, regSho)) this.queue.touchStatus(instrument);
    const status = this.statusOf(state, globalHours);
    if (this.trading.set(instrument, status)) this.queue.touchStatus(instrument);
  }

  /**
   * Auctions, retail price improvement and mappings change no book. The summary of an auction (0x96) is
   * not shown as a trade either: executions of single orders come beside it, and no share counts twice.
   */
  onOther(_type: number, _view: DataView, _offset: number, _timeNs: number): void {}

  // ---- inside -----------------------------------------------------------------------------------

  /** The instrument that a message names, NOT_LISTED (and counted) when nobody subscribed to it. */
  private named(symbolHi: number, symbolLo: number): number {
    const instrument = this.listing.find(symbolHi, symbolLo, ROUND_LOT);
    if (instrument === NOT_LISTED) this.counters[FEED_FILTERED]! += 1;
    else this.seen[instrument] = 1;
    return instrument;
  }

  /** The row of an order, NO_ROW (and counted) when no book holds it. */
  private row(idHi: number, idLo: number): number {
    const row = this.core.orders.find(idHi, idLo);
    if (row === NO_ROW) this.unknown();
    return row;
  }

  /** News only where every order of the unit should be here: then one was missed, of any symbol. */
  private unknown(): void {
    const isWhole = this.listing.isWild && this.listing.leftOut === 0;
    const isNews = isWhole && this.core.refusals === 0 && !this.isLossy;
    this.counters[isNews ? BOOK_UNKNOWN_ORDER : FEED_FILTERED]! += 1;
    if (isNews && !this.isPartial) this.onMisread();
  }

  private trust(): void {
    this.isLossy = false;
    this.isDoubted = false;
  }

  /**
   * T trading; H halted and S suspended; Q quotes only and R opening rotation (options); A orders are
   * queued for the opening. L is options' curb session after the regular one, and globalHours their
   * second status, for the global session: both are open with extended hours alone.
   */
  private statusOf(state: number, globalHours: number): number {
    switch (state) {
      case 0x54: // T
        return STATUS_TRADING;
      case 0x48: // H
      case 0x53: // S
        return STATUS_HALTED;
      case 0x51: // Q
      case 0x52: // R
        return this.isOpenGlobally(globalHours) ? STATUS_TRADING : STATUS_QUOTATION;
      case 0x41: // A
        return STATUS_CLOSED;
      case 0x4c: // L
        return this.extendedHours ? STATUS_TRADING : STATUS_CLOSED;
      default:
        this.counters[BOOK_UNKNOWN_STATUS]! += 1;
        return STATUS_UNKNOWN;
    }
  }

  private isOpenGlobally(globalHours: number): boolean {
    return this.extendedHours && globalHours === TRADING;
  }
}
