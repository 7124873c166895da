// @hot
/**
 * Trading status by instrument, from ITCH 5.0 H (trading state), h (operational halt), Y (Reg SHO),
 * J (LULD auction collar) and S (system events). Other protocols set() the base state.
 *
 * - Base state: H's T, Q, P, H; STATUS_UNKNOWN after R until the first H.
 * - h of this market halts whatever the base state says, until its T.
 * - J sets STATUS_LULD_AUCTION and the collar; the next H with T clears both.
 * - The market is open between S 'Q' and S 'M'. Outside (any other code seen last) everything is
 *   STATUS_CLOSED, unless `extendedHours`: then S opens and M does not close. Before the first S nothing is
 *   known of the hours and the base state stands.
 */
import {
  STATUS_CLOSED,
  STATUS_HALTED,
  STATUS_LULD_AUCTION,
  STATUS_PAUSED,
  STATUS_QUOTATION,
  STATUS_SHORT_RESTRICTED,
  STATUS_TRADING,
  STATUS_UNKNOWN,
} from "../core/codes.ts";
import { BOOK_UNKNOWN_STATUS } from "./counters.ts";
import { type StatusColumns, statusColumns } from "./status-columns.ts";

export interface TradingStatusOptions {
  /** Instruments at most. */
  capacity: number;
  /** Absent: of its own. */
  columns?: StatusColumns;
  counters: Float64Array;
  /** True: pre-market and after-hours sessions count as open. */
  extendedHours: boolean;
  /** Market code of h that concerns us: 'Q' = Nasdaq. */
  market: number;
}

const START_OF_SYSTEM_HOURS = 0x53; // 'S'
const START_OF_MARKET_HOURS = 0x51; // 'Q'
const END_OF_MARKET_HOURS = 0x4d; // 'M'
const HALT = 0x48; // 'H' in h
const RESUME = 0x54; // 'T' in h

export class TradingStatus {
  /** STATUS_* with flag bits, what onStatus tells. */
  readonly status: Int32Array;
  /** LULD auction collar in price units, both bounds allowed; 0 = none. */
  readonly collarLower: Int32Array;
  readonly collarUpper: Int32Array;
  private readonly base: Int32Array;
  private readonly halted: Uint8Array;
  private readonly flagBits: Int32Array;
  private readonly counters: Float64Array;
  private readonly extendedHours: boolean;
  private readonly market: number;
  private closed = false;

  constructor(options: TradingStatusOptions) {
    const n = Math.max(1, options.capacity);
    const columns = options.columns ?? statusColumns(n);
    this.status = columns.status;
    this.collarLower = columns.collarLower;
    this.collarUpper = columns.collarUpper;
    this.base = new Int32Array(new ArrayBuffer(4 * n));
    this.halted = new Uint8Array(new ArrayBuffer(n));
    this.flagBits = new Int32Array(new ArrayBuffer(4 * n));
    this.counters = options.counters;
    this.extendedHours = options.extendedHours;
    this.market = options.market;
  }

  /** H. True when the status changed, as for all below. */
  trading(instrument: number, state: number): boolean {
    let base = STATUS_UNKNOWN;
    if (state === 0x54) base = STATUS_TRADING;
    else if (state === 0x48) base = STATUS_HALTED;
    else if (state === 0x50) base = STATUS_PAUSED;
    else if (state === 0x51) base = STATUS_QUOTATION;
    else this.counters[BOOK_UNKNOWN_STATUS]! += 1;
    return this.set(instrument, base);
  }

  /** The base state, STATUS_*, in the words of any protocol. */
  set(instrument: number, base: number): boolean {
    this.base[instrument] = base;
    if (base === STATUS_TRADING) {
      this.flagBits[instrument] = this.flagBits[instrument]! & ~STATUS_LULD_AUCTION;
      this.collarLower[instrument] = 0;
      this.collarUpper[instrument] = 0;
    }
    return this.renew(instrument);
  }

  /** Nothing was told of it: a capture that begins late. True when the status changed. @cold */
  assumeTrading(instrument: number): boolean {
    if (this.base[instrument] !== STATUS_UNKNOWN) return false;
    this.base[instrument] = STATUS_TRADING;
    return this.renew(instrument);
  }

  /** h */
  operational(instrument: number, market: number, action: number): boolean {
    if (market !== this.market) return false;
    if (action !== HALT && action !== RESUME) this.counters[BOOK_UNKNOWN_STATUS]! += 1;
    this.halted[instrument] = action === RESUME ? 0 : 1;
    return this.renew(instrument);
  }

  /** Y: '0' = free, '1' and '2' = restricted; anything else counts as restricted. */
  regSho(instrument: number, action: number): boolean {
    if (action < 0x30 || action > 0x32) this.counters[BOOK_UNKNOWN_STATUS]! += 1;
    const bits = this.flagBits[instrument]!;
    this.flagBits[instrument] =
      action === 0x30 ? bits & ~STATUS_SHORT_RESTRICTED : bits | STATUS_SHORT_RESTRICTED;
    return this.renew(instrument);
  }

  /** J, bounds in price units. True when they moved, too. */
  collar(instrument: number, upper: number, lower: number): boolean {
    const moved = upper !== this.collarUpper[instrument] || lower !== this.collarLower[instrument];
    this.collarUpper[instrument] = upper;
    this.collarLower[instrument] = lower;
    this.flagBits[instrument] = this.flagBits[instrument]! | STATUS_LULD_AUCTION;
    return this.renew(instrument) || moved;
  }

  /** S. True when the market opened or closed: every instrument's status must be renewed. */
  system(code: number): boolean {
    let closed = true;
    if (code === START_OF_MARKET_HOURS) closed = false;
    else if (code === START_OF_SYSTEM_HOURS || code === END_OF_MARKET_HOURS) {
      closed = !this.extendedHours;
    }
    const changed = closed !== this.closed;
    this.closed = closed;
    return changed;
  }

  /** Puts the parts together. True when the outcome is another one. */
  renew(instrument: number): boolean {
    let state = this.base[instrument]!;
    if (this.halted[instrument] !== 0) state = STATUS_HALTED;
    if (this.closed) state = STATUS_CLOSED;
    const status = state | this.flagBits[instrument]!;
    if (status === this.status[instrument]) return false;
    this.status[instrument] = status;
    return true;
  }

  /** A new session: nothing is known. */
  clear(): void {
    this.closed = false;
  }

  /** Nothing is known of an instrument any more. */
  forget(instrument: number): void {
    this.status[instrument] = STATUS_UNKNOWN;
    this.base[instrument] = STATUS_UNKNOWN;
    this.halted[instrument] = 0;
    this.flagBits[instrument] = 0;
    this.collarLower[instrument] = 0;
    this.collarUpper[instrument] = 0;
  }
}
