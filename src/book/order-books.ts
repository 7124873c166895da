// @hot
/**
 * Orders and levels of one feed's books: places, reduces and removes by reference, notes what
 * changed, and refuses what it can't hold exactly.
 */
import {
  BOOK_DUPLICATE_ORDER,
  BOOK_INEXACT_ORDER,
  BOOK_LEVELS_FULL,
  BOOK_MISMATCH,
  BOOK_ORDERS_FULL,
  BOOK_OVER_EXECUTION,
  BOOK_UNKNOWN_ORDER,
} from "./counters.ts";
import { BOOK_FULL, BOOK_INEXACT } from "./flags.ts";
import type { Instruments } from "./instruments.ts";
import { Ladders, LEVEL_SIDE, NO_LEVEL } from "./ladders.ts";
import { CHANGED_BID } from "./market-events.ts";
import type { MarketQueue } from "./market-queue.ts";
import { NO_ROW, OrderTable, ROW_QTY } from "./order-table.ts";

/** Of units(): the price does not divide by the instrument's unit, or does not fit int32. */
export const NO_PX = -1;
const INT32_MAX = 0x7fffffff;

/** Of a ladder side: 1 for bids, -1 for asks. No branch: which side comes can't be predicted. */
function signOf(side: number): number {
  return 1 - ((side & 1) << 1);
}

function divided(feedPx: number, divisor: number): number {
  const px = (feedPx / divisor) | 0;
  return px * divisor === feedPx ? px : NO_PX;
}

export class OrderBooks {
  readonly orders: OrderTable;
  readonly ladders: Ladders;
  /** BOOK_FULL, BOOK_INEXACT by instrument. */
  readonly flags: Uint8Array;
  /** What was refused since the last clear(): orders of which more may be heard. */
  refusals = 0;
  /** A message contradicted the books: some order is not as the venue has it. Whoever looks clears it. */
  isContradicted = false;
  /** What came before is not all known: row() only counts orders that nothing told of. */
  isPartial = false;
  private readonly queue: MarketQueue;
  private readonly counters: Float64Array;
  private readonly divisor: Int32Array;
  private readonly factor: Int32Array;

  constructor(
    instruments: Instruments,
    maxOrders: number,
    maxLevels: number,
    queue: MarketQueue,
    counters: Float64Array,
  ) {
    this.orders = new OrderTable(maxOrders);
    this.ladders = new Ladders(2 * instruments.capacity, maxLevels);
    this.flags = new Uint8Array(new ArrayBuffer(instruments.capacity));
    this.queue = queue;
    this.counters = counters;
    this.divisor = instruments.feedDivisor;
    this.factor = instruments.feedFactor;
  }

  /** Wire price (u32 read as unsigned) to units, rounded down or up. */
  bound(instrument: number, feedPx: number, isUpper: boolean): number {
    const divisor = this.divisor[instrument]!;
    if (divisor === 0) return 0;
    const px = ((feedPx >>> 0) / divisor) * this.factor[instrument]!;
    return Math.min(isUpper ? Math.floor(px) : Math.ceil(px), INT32_MAX);
  }

  clear(): void {
    this.orders.clear();
    this.ladders.clear();
    this.flags.fill(0);
    this.refusals = 0;
    this.isContradicted = false;
  }

  /** Wire price to units; NO_PX when it does not divide or does not fit. */
  units(instrument: number, feedPx: number): number {
    if (feedPx < 0) return NO_PX;
    const divisor = this.divisor[instrument]!;
    return divisor > 1 ? divided(feedPx, divisor) : this.multiplied(instrument, feedPx);
  }

  /** A new order on a side. Refused: counted, and the book flagged. */
  place(
    instrument: number,
    side: number,
    refHi: number,
    refLo: number,
    qty: number,
    feedPx: number,
  ): void {
    const px = this.units(instrument, feedPx);
    this.placeAt(instrument, side, refHi, refLo, qty, px);
  }

  /** The same with the price in units of the instrument. */
  placeAt(
    instrument: number,
    side: number,
    refHi: number,
    refLo: number,
    qty: number,
    px: number,
  ): void {
    if (px === NO_PX || qty <= 0) {
      this.refuse(instrument, BOOK_INEXACT, BOOK_INEXACT_ORDER);
      return;
    }
    const orders = this.orders;
    const other = orders.find(refHi, refLo);
    if (other !== NO_ROW) {
      this.duplicate(instrument, other);
      return;
    }
    if (orders.count === orders.capacity) {
      this.refuse(instrument, BOOK_FULL, BOOK_ORDERS_FULL);
      return;
    }
    const level = this.ladders.add(side, Math.imul(px, signOf(side)), qty);
    if (level === NO_LEVEL) {
      this.refuse(instrument, BOOK_FULL, BOOK_LEVELS_FULL);
      return;
    }
    orders.insert(refHi, refLo, level, qty);
    this.moved(instrument, side);
  }

  /** The order's row when it is known and of this instrument, else NO_ROW. */
  row(instrument: number, refHi: number, refLo: number): number {
    const row = this.orders.find(refHi, refLo);
    if (row !== NO_ROW && this.sideOf(row) >> 1 === instrument) return row;
    this.notFound(instrument, row);
    return NO_ROW;
  }

  /** Takes qty from an order, all of it at most. What was taken. */
  take(instrument: number, row: number, qty: number): number {
    const rows = this.orders.rows;
    const left = rows[row + ROW_QTY]!;
    if (qty < 0 || qty > left) this.contradict(instrument, BOOK_OVER_EXECUTION);
    if (qty < 0 || qty >= left) {
      this.drop(instrument, row);
      return left;
    }
    rows[row + ROW_QTY] = left - qty;
    const level = this.orders.levelOf(row);
    this.ladders.change(level, 0 - qty);
    this.moved(instrument, this.ladders.words[level + LEVEL_SIDE]!);
    return qty;
  }

  /** Sets what an order has left, whatever it was; nothing left removes it. */
  resize(instrument: number, row: number, qty: number): void {
    if (qty <= 0) {
      if (qty < 0) this.refuse(instrument, BOOK_INEXACT, BOOK_INEXACT_ORDER);
      this.drop(instrument, row);
      return;
    }
    const rows = this.orders.rows;
    const level = this.orders.levelOf(row);
    this.ladders.change(level, qty - rows[row + ROW_QTY]!);
    rows[row + ROW_QTY] = qty;
    this.moved(instrument, this.ladders.words[level + LEVEL_SIDE]!);
  }

  /** Removes an order. */
  drop(instrument: number, row: number): void {
    const level = this.orders.levelOf(row);
    this.ladders.remove(level, this.orders.rows[row + ROW_QTY]!);
    this.moved(instrument, this.sideOf(row));
    this.orders.remove(row);
  }

  /** Ladder side of an order. */
  sideOf(row: number): number {
    return this.ladders.words[this.orders.levelOf(row) + LEVEL_SIDE]!;
  }

  private multiplied(instrument: number, feedPx: number): number {
    const px = feedPx * this.factor[instrument]!;
    return px <= INT32_MAX && this.divisor[instrument] === 1 ? px : NO_PX;
  }

  private notFound(instrument: number, row: number): void {
    if (row !== NO_ROW) this.contradict(instrument, BOOK_MISMATCH);
    // A book that refused orders will hear of them again: that is not news.
    else if (this.flags[instrument] !== 0) return;
    else if (this.isPartial) this.counters[BOOK_UNKNOWN_ORDER]! += 1;
    else this.contradict(instrument, BOOK_UNKNOWN_ORDER);
  }

  /** The older order may be of another instrument: one of both books is wrong, and which is not told. */
  private duplicate(instrument: number, other: number): void {
    const older = this.sideOf(other) >> 1;
    this.flags[older] = this.flags[older]! | BOOK_INEXACT;
    this.contradict(instrument, BOOK_DUPLICATE_ORDER);
  }

  /** Counts what can't be true together with the book, and flags the book. */
  contradict(instrument: number, counter: number): void {
    this.refuse(instrument, BOOK_INEXACT, counter);
    this.isContradicted = true;
  }

  /** Counts what a book can't hold, and flags the book. */
  refuse(instrument: number, flag: number, counter: number): void {
    this.counters[counter]! += 1;
    this.refusals++;
    this.flags[instrument] = this.flags[instrument]! | flag;
  }

  /** A ladder side of an instrument changed, as `ladders.changed` says. */
  moved(instrument: number, side: number): void {
    this.queue.touch(instrument, (CHANGED_BID << (side & 1)) | this.ladders.changed);
  }
}
