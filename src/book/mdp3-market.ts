// @hot
/** What MDP 3.0 tells beside the books: trades, statistics, limits and statuses, by instrument. */
import { SIDE_BUY, SIDE_SELL, STATUS_UNKNOWN } from "../core/codes.ts";
import { CODE_NULL, QTY_NULL } from "../feed/mdp3/mdp3-sink.ts";
import { EXPONENTS_MAX } from "../feed/mdp3/message-plans.ts";
import { BOOK_BROKEN_TRADES, BOOK_INEXACT_TRADE, BOOK_UNKNOWN_STATUS } from "./counters.ts";
import type { MarketQueue } from "./market-queue.ts";
import { mdp3StatusOf, STATUS_SAME } from "./mdp3-status.ts";

/** statistic(): the wire's MDEntryType. */
export const STAT_OPEN = 0x34; // '4'
export const STAT_SETTLEMENT = 0x36; // '6'
export const STAT_HIGH = 0x37; // '7'
export const STAT_LOW = 0x38; // '8'
export const STAT_CLEARED_VOLUME = 0x42; // 'B'
export const STAT_OPEN_INTEREST = 0x43; // 'C'
export const STAT_HIGH_BID = 0x4e; // 'N'
export const STAT_LOW_OFFER = 0x4f; // 'O'
export const STAT_FIXING = 0x57; // 'W'
/** Not on the wire as such: the limits of prices. */
export const STAT_HIGH_LIMIT = 1;
export const STAT_LOW_LIMIT = 2;

const STATS = 16;
const NEW = 0;
const DELETE = 2;
/** Beyond it a mantissa is not exact as a double. */
const MANTISSA_MAX = 9007199254740991;
/** What may tell a status that is in doubt: a snapshot, and a definition. */
const BY_SNAPSHOT = 1;
const BY_DEFINITION = 2;

export class Mdp3Market {
  /** Of the last units(). */
  isExact = false;
  readonly lastPx: Int32Array;
  readonly lastQty: Float64Array;
  /** Contracts traded this session. */
  readonly volume: Float64Array;
  private readonly status: Int32Array;
  /** By instrument: a change of its status may have been lost. BY_*: who may tell. */
  private readonly doubts: Uint8Array;
  private readonly divisors: Float64Array;
  private readonly stats: Float64Array;
  private readonly slots = new Uint8Array(new ArrayBuffer(256));
  private readonly queue: MarketQueue;
  private readonly counters: Float64Array;

  /** divisors: of Mdp3Units. */
  constructor(
    instruments: number,
    status: Int32Array,
    divisors: Float64Array,
    queue: MarketQueue,
    counters: Float64Array,
  ) {
    this.lastPx = new Int32Array(new ArrayBuffer(4 * instruments));
    this.lastQty = new Float64Array(new ArrayBuffer(8 * instruments));
    this.volume = new Float64Array(new ArrayBuffer(8 * instruments));
    this.stats = new Float64Array(new ArrayBuffer(8 * STATS * instruments)).fill(Number.NaN);
    this.status = status;
    this.doubts = new Uint8Array(new ArrayBuffer(instruments)).fill(BY_SNAPSHOT | BY_DEFINITION);
    this.divisors = divisors;
    this.queue = queue;
    this.counters = counters;
    const types = [STAT_HIGH_LIMIT, STAT_LOW_LIMIT, STAT_OPEN, STAT_SETTLEMENT, STAT_HIGH];
    types.push(STAT_LOW, STAT_CLEARED_VOLUME, STAT_OPEN_INTEREST, STAT_HIGH_BID, STAT_LOW_OFFER);
    types.push(STAT_FIXING);
    types.forEach((type, i) => {
      this.slots[type] = i + 1;
    });
  }

  /** Wire price to units; isExact tells whether it divides and fits. */
  units(instrument: number, mantissa: number, exponent: number): number {
    const divisor = this.divisors[instrument * EXPONENTS_MAX + exponent]!;
    const px = (mantissa / divisor) | 0;
    this.isExact =
      px * divisor === mantissa && mantissa <= MANTISSA_MAX && mantissa >= -MANTISSA_MAX;
    return px;
  }

  trade(
    instrument: number,
    action: number,
    mantissa: number,
    exponent: number,
    qty: number,
    aggressor: number,
  ): void {
    if (action !== NEW) {
      this.counters[BOOK_BROKEN_TRADES]! += 1;
      return;
    }
    const px = this.units(instrument, mantissa, exponent);
    if (!this.isExact || qty <= 0 || qty === QTY_NULL) {
      this.counters[BOOK_INEXACT_TRADE]! += 1;
      return;
    }
    this.volume[instrument]! += qty;
    this.lastPx[instrument] = px;
    this.lastQty[instrument] = qty;
    const side = aggressor === 1 ? SIDE_BUY : aggressor === 2 ? SIDE_SELL : 0;
    this.queue.trade(instrument, px, qty, side);
  }

  /** A price in units, or a quantity; NaN = not told. */
  statistic(instrument: number, type: number): number {
    const slot = this.slots[type & 255]!;
    return slot === 0 ? Number.NaN : this.stats[instrument * STATS + slot]!;
  }

  setStatistic(
    instrument: number,
    action: number,
    type: number,
    mantissa: number,
    exponent: number,
    qty: number,
  ): void {
    const slot = this.slots[type & 255]!;
    if (slot === 0) return;
    const at = instrument * STATS + slot;
    if (action === DELETE) this.stats[at] = Number.NaN;
    else if (type === STAT_CLEARED_VOLUME || type === STAT_OPEN_INTEREST) {
      this.stats[at] = qty === QTY_NULL ? Number.NaN : qty;
    } else {
      const px = this.units(instrument, mantissa, exponent);
      this.stats[at] = this.isExact ? px : Number.NaN;
    }
  }

  setLimits(instrument: number, high: number, low: number, exponent: number): void {
    this.setStatistic(instrument, NEW, STAT_HIGH_LIMIT, high, exponent, QTY_NULL);
    this.setStatistic(instrument, NEW, STAT_LOW_LIMIT, low, exponent, QTY_NULL);
  }

  /** SecurityTradingStatus, as of now. */
  setStatus(instrument: number, code: number): void {
    const status = mdp3StatusOf(code);
    if (status === STATUS_SAME) return;
    this.doubts[instrument] = 0;
    if (status === 0 && code !== 20) this.counters[BOOK_UNKNOWN_STATUS]! += 1;
    this.become(instrument, status);
  }

  /** A change of it may have been lost. */
  doubtStatus(instrument: number): void {
    this.doubts[instrument] = BY_SNAPSHOT | BY_DEFINITION;
  }

  knowStatus(instrument: number): void {
    this.doubts[instrument] = 0;
  }

  /** Of a snapshot taken behind what was lost: a status that came since is at least as new. */
  offerStatus(instrument: number, code: number): void {
    if (this.doubts[instrument] !== 0) this.setStatus(instrument, code);
  }

  /** A definition known already would tell a status where none is known. */
  wantsStatus(instrument: number): boolean {
    const mayTell = (this.doubts[instrument]! & BY_DEFINITION) !== 0;
    return mayTell && this.status[instrument] === STATUS_UNKNOWN;
  }

  /** Of a definition, which doesn't tell of when it is: better than none, and asked once. */
  assumeStatus(instrument: number, code: number): void {
    const doubts = this.doubts[instrument]! & ~BY_DEFINITION;
    if (this.status[instrument] === STATUS_UNKNOWN && code !== CODE_NULL) {
      this.setStatus(instrument, code);
    }
    this.doubts[instrument] = doubts;
  }

  /** STATUS_* */
  become(instrument: number, status: number): void {
    if (this.status[instrument] === status) return;
    this.status[instrument] = status;
    this.queue.touchStatus(instrument);
  }

  forget(instrument: number): void {
    this.lastPx[instrument] = 0;
    this.lastQty[instrument] = 0;
    this.volume[instrument] = 0;
    this.stats.fill(Number.NaN, instrument * STATS, (instrument + 1) * STATS);
  }
}
