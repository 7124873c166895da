// @hot
/**
 * The books of one feed whose entries are levels or orders with prices in the instrument's units,
 * and which may be replaced whole by a snapshot: FIX market data. Two kinds of entries:
 *
 *   by price  a level is set to a quantity and a number of orders; its price names it
 *   by id     an entry is placed, changed and deleted by a 64-bit id; a level is the sum of its entries
 *
 * Ladder sides: 0 = bids, 1 = asks. What changed is told at flush(), once per instrument.
 */
import { STATUS_TRADING, STATUS_UNKNOWN } from "../core/codes.ts";
import {
  BOOK_INEXACT_ORDER,
  BOOK_INEXACT_TRADE,
  BOOK_LEVELS_FULL,
  BOOK_ORDERS_FULL,
} from "./counters.ts";
import type { FeedBooks } from "./feed-books.ts";
import { BOOK_FULL, BOOK_INEXACT, describeBookFlags } from "./flags.ts";
import type { Instruments } from "./instruments.ts";
import { LadderView } from "./ladder-view.ts";
import { LEVEL_QTY, LEVEL_SIDE, NO_LEVEL } from "./ladders.ts";
import type { BookLevels } from "./levels.ts";
import { dumpLevels } from "./levels.ts";
import type { MarketEvents } from "./market-events.ts";
import { CHANGED_ALL } from "./market-events.ts";
import { MarketQueue } from "./market-queue.ts";
import { OrderBooks } from "./order-books.ts";
import { NO_ROW, ROW_QTY, ROW_WORDS } from "./order-table.ts";
import { type StatusColumns, statusColumns } from "./status-columns.ts";
import type { BookView } from "./view.ts";

export interface LevelBooksOptions {
  /** Index of the feed: only instruments with this feed are kept here. */
  feed: number;
  instruments: Instruments;
  /** Entries by id of all books together; 0 = entries are levels. */
  maxOrders: number;
  /** Price levels of all books together. */
  maxLevels: number;
  /** Trades of one message handed to strategies. Default 1024. */
  maxTrades?: number;
  /** Shared by the books of an engine. Absent: columns of its own. */
  columns?: StatusColumns;
  events: MarketEvents;
  /** hp_engine.counters */
  counters: Float64Array;
}

/** Rows of an order table that nothing is put into. */
const NO_ORDERS = 16;

export class LevelBooks implements FeedBooks {
  /** STATUS_* by instrument. */
  readonly status: Int32Array;
  readonly lastPx: Int32Array;
  readonly lastQty: Float64Array;
  /** Shares or contracts traded this session, by instrument. */
  readonly volume: Float64Array;
  private readonly feed: number;
  private readonly instruments: Instruments;
  private readonly maxOrders: number;
  private readonly maxLevels: number;
  private readonly counters: Float64Array;
  private readonly queue: MarketQueue;
  private readonly core: OrderBooks;
  private readonly seen: Uint8Array;
  private readonly views: LadderView[] = [];

  constructor(options: LevelBooksOptions) {
    const { instruments, counters, maxOrders, maxLevels } = options;
    const n = instruments.capacity;
    this.feed = options.feed;
    this.instruments = instruments;
    this.maxOrders = maxOrders;
    this.maxLevels = maxLevels;
    this.counters = counters;
    this.status = (options.columns ?? statusColumns(n)).status;
    this.lastPx = new Int32Array(new ArrayBuffer(4 * n));
    this.lastQty = new Float64Array(new ArrayBuffer(8 * n));
    this.volume = new Float64Array(new ArrayBuffer(8 * n));
    this.seen = new Uint8Array(new ArrayBuffer(n));
    const trades = options.maxTrades ?? 1024;
    this.queue = new MarketQueue(n, trades, this.status, options.events, counters);
    const rows = maxOrders === 0 ? NO_ORDERS : maxOrders;
    this.core = new OrderBooks(instruments, rows, maxLevels, this.queue, counters);
    for (let i = 0; i < n; i++) this.views.push(new LadderView(i, this.core.ladders, this));
  }

  // ---- reading ----------------------------------------------------------------------------------

  view(instrument: number): BookView {
    return this.views[instrument]!;
  }

  flags(instrument: number): number {
    return this.core.flags[instrument]!;
  }

  liveOrders(): number {
    return this.core.orders.count;
  }

  /** @cold */
  isSeen(instrument: number): boolean {
    return this.seen[instrument] !== 0;
  }

  /** @cold */
  describeFlags(instrument: number): string {
    return describeBookFlags(this.flags(instrument), this.maxOrders, this.maxLevels);
  }

  /** @cold */
  levels(instrument: number): BookLevels {
    return dumpLevels(this.view(instrument));
  }

  /** Price of the level at a position, 1 = best; 0 when there is none. */
  pxAt(instrument: number, side: number, position: number): number {
    const view = this.views[instrument]!;
    return side === 0 ? view.bidPx(position - 1) : view.askPx(position - 1);
  }

  depth(instrument: number, side: number): number {
    return this.core.ladders.depth((instrument << 1) + side);
  }

  // ---- whole books ------------------------------------------------------------------------------

  /** Empties one book and forgets what was wrong with it: a snapshot follows, or nothing is known. */
  empty(instrument: number): void {
    this.core.flags[instrument] = 0;
    if (this.core.orders.count !== 0) this.dropEntries(instrument);
    this.dropSide(instrument << 1);
    this.dropSide((instrument << 1) + 1);
  }

  /** Sets a flag of a book, BOOK_*. */
  mark(instrument: number, flag: number): void {
    this.core.flags[instrument] = this.core.flags[instrument]! | flag;
  }

  /** A price or quantity could not be held exactly: counted, and the book flagged. */
  refuse(instrument: number): void {
    this.core.refuse(instrument, BOOK_INEXACT, BOOK_INEXACT_ORDER);
  }

  /** Takes away the levels behind the first `depth` of each side. */
  trim(instrument: number, depth: number): void {
    this.dropRange(instrument, 0, depth + 1, 0);
    this.dropRange(instrument, 1, depth + 1, 0);
  }

  clear(): void {
    for (let i = 0; i < this.instruments.count; i++) {
      if (this.instruments.feed[i] !== this.feed) continue;
      if (this.depth(i, 0) + this.depth(i, 1) !== 0) this.queue.touch(i, CHANGED_ALL);
      this.setStatus(i, STATUS_UNKNOWN);
    }
    this.core.clear();
    this.queue.dropTrades();
    this.seen.fill(0);
    this.lastPx.fill(0);
    this.lastQty.fill(0);
    this.volume.fill(0);
  }

  // ---- levels named by price --------------------------------------------------------------------

  /** True when a level of this price is there. */
  hasLevel(instrument: number, side: number, px: number): boolean {
    const ladder = (instrument << 1) + side;
    return this.core.ladders.find(ladder, side === 0 ? px : 0 - px) !== NO_LEVEL;
  }

  /** Quantity of a level, 0 when there is none. */
  qtyOf(instrument: number, side: number, px: number): number {
    const ladders = this.core.ladders;
    const level = ladders.find((instrument << 1) + side, side === 0 ? px : 0 - px);
    return level === NO_LEVEL ? 0 : ladders.doubles[(level >> 1) + LEVEL_QTY]!;
  }

  /** Sets a level; px > 0, qty > 0, orders >= 0. Without room it is counted, and the book flagged. */
  setLevel(instrument: number, side: number, px: number, qty: number, orders: number): void {
    const ladder = (instrument << 1) + side;
    this.seen[instrument] = 1;
    const key = side === 0 ? px : 0 - px;
    if (this.core.ladders.put(ladder, key, qty, orders) === NO_LEVEL) {
      this.core.refuse(instrument, BOOK_FULL, BOOK_LEVELS_FULL);
    } else this.core.moved(instrument, ladder);
  }

  /** False when there is no level of this price. */
  dropLevel(instrument: number, side: number, px: number): boolean {
    const ladder = (instrument << 1) + side;
    const level = this.core.ladders.find(ladder, side === 0 ? px : 0 - px);
    if (level === NO_LEVEL) return false;
    this.core.ladders.drop(level);
    this.core.moved(instrument, ladder);
    return true;
  }

  /** Takes the levels from position `from` to position `to` away, 1 = best; to 0 = to the last. */
  dropRange(instrument: number, side: number, from: number, to: number): void {
    const ladder = (instrument << 1) + side;
    const ladders = this.core.ladders;
    const depth = ladders.depth(ladder);
    const last = to === 0 || to > depth ? depth : to;
    for (let position = last; position >= from; position--) {
      ladders.drop(ladders.levelAt(ladder, position - 1));
      this.core.moved(instrument, ladder);
    }
  }

  // ---- entries named by id ----------------------------------------------------------------------

  /** Instrument of an entry, -1 when no book has the id. */
  instrumentOf(idHi: number, idLo: number): number {
    const row = this.core.orders.find(idHi, idLo);
    return row === NO_ROW ? -1 : this.core.sideOf(row) >> 1;
  }

  /** Ladder side of an entry that is known to be there. */
  sideOf(idHi: number, idLo: number): number {
    return this.core.sideOf(this.core.orders.find(idHi, idLo)) & 1;
  }

  /** Price and quantity of an entry that is known to be there. */
  entryPx(idHi: number, idLo: number): number {
    const row = this.core.orders.find(idHi, idLo);
    const level = this.core.orders.levelOf(row);
    const key = this.core.ladders.words[level]!;
    return (this.core.ladders.words[level + LEVEL_SIDE]! & 1) === 0 ? key : 0 - key;
  }

  entryQty(idHi: number, idLo: number): number {
    return this.core.orders.rows[this.core.orders.find(idHi, idLo) + ROW_QTY]!;
  }

  /** A new entry; an id that is in use, or no room, is counted. */
  place(
    instrument: number,
    side: number,
    idHi: number,
    idLo: number,
    px: number,
    qty: number,
  ): void {
    this.seen[instrument] = 1;
    if (this.maxOrders === 0) this.core.refuse(instrument, BOOK_FULL, BOOK_ORDERS_FULL);
    else this.core.placeAt(instrument, (instrument << 1) + side, idHi, idLo, qty, px);
  }

  /** False when no book of this instrument has the id. */
  remove(instrument: number, idHi: number, idLo: number): boolean {
    const row = this.core.orders.find(idHi, idLo);
    if (row === NO_ROW || this.core.sideOf(row) >> 1 !== instrument) return false;
    this.core.drop(instrument, row);
    return true;
  }

  // ---- trades and status ------------------------------------------------------------------------

  /** aggressor: SIDE_BUY or SIDE_SELL, 0 = not told. */
  trade(instrument: number, px: number, qty: number, aggressor: number): void {
    this.seen[instrument] = 1;
    this.volume[instrument]! += qty;
    this.last(instrument, px, qty);
    this.queue.trade(instrument, px, qty, aggressor);
  }

  /** A trade whose price or quantity is not exact: counted, not shown. */
  refuseTrade(): void {
    this.counters[BOOK_INEXACT_TRADE]! += 1;
  }

  /** The last trade as a snapshot tells it: no trade of now. */
  last(instrument: number, px: number, qty: number): void {
    this.lastPx[instrument] = px;
    this.lastQty[instrument] = qty;
  }

  /** Trading status, STATUS_*. */
  setStatus(instrument: number, status: number): void {
    if (this.status[instrument] === status) return;
    this.status[instrument] = status;
    this.queue.touchStatus(instrument);
  }

  /** The status was set where this reads it: told at the next flush. */
  touchStatus(instrument: number): void {
    this.queue.touchStatus(instrument);
  }

  /** @cold */
  assumeTrading(): void {
    for (let i = 0; i < this.instruments.count; i++) {
      const isOwn = this.instruments.feed[i] === this.feed;
      if (isOwn && this.status[i] === STATUS_UNKNOWN) this.setStatus(i, STATUS_TRADING);
    }
  }

  /** Tells what changed: trades, statuses, then books. Not shown: see MarketQueue. */
  flush(shown = true): void {
    this.queue.flush(shown);
  }

  // ---- inside -----------------------------------------------------------------------------------

  private dropSide(ladder: number): void {
    const ladders = this.core.ladders;
    let level = ladders.levelAt(ladder, 0);
    while (level !== NO_LEVEL) {
      ladders.drop(level);
      this.core.moved(ladder >> 1, ladder);
      level = ladders.levelAt(ladder, 0);
    }
  }

  /** Looks through the whole table: for a snapshot in place of a book that was not empty. */
  private dropEntries(instrument: number): void {
    const core = this.core;
    const rows = core.orders.rows;
    if (this.depth(instrument, 0) + this.depth(instrument, 1) === 0) return;
    let row = 0;
    while (row < rows.length) {
      const level = core.orders.levelOf(row);
      // What follows in a chain moves into the row that is taken out: it is looked at again.
      if (level !== 0 && core.ladders.words[level + LEVEL_SIDE]! >> 1 === instrument) {
        core.drop(instrument, row);
      } else row += ROW_WORDS;
    }
  }
}
