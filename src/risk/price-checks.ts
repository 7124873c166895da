// @hot
/** What a gate says of an order's price alone: collar, LULD band, short sale restriction. */
import type { Instruments } from "../book/instruments.ts";
import type { BookView } from "../book/view.ts";
import { DENY_BAND, DENY_COLLAR, SIDE_BUY, STATUS_SHORT_RESTRICTED } from "../core/codes.ts";
import type { LimitTable } from "./limit-table.ts";
import { referencePx } from "./reference.ts";

export class PriceChecks {
  /** Price at which the order that just passed must be reserved: its own, or the collar's edge. */
  reservePx = 0;
  /** Price at which its notional is largest. */
  protected worstPx = 0;
  protected readonly limits: LimitTable;
  protected readonly instruments: Instruments;
  protected readonly books: readonly BookView[];
  /** STATUS_* with its upper bits, per instrument. */
  protected readonly status: Int32Array;
  private readonly bandLow: Int32Array;
  private readonly bandHigh: Int32Array;

  /** bandLow, bandHigh: LULD auction collar per instrument in price units, 0 = none known. */
  constructor(
    limits: LimitTable,
    instruments: Instruments,
    books: readonly BookView[],
    status: Int32Array,
    bandLow: Int32Array | undefined,
    bandHigh: Int32Array | undefined,
  ) {
    const n = instruments.capacity;
    this.limits = limits;
    this.instruments = instruments;
    this.books = books;
    this.status = status;
    this.bandLow = bandLow ?? new Int32Array(new ArrayBuffer(4 * n));
    this.bandHigh = bandHigh ?? new Int32Array(new ArrayBuffer(4 * n));
  }

  /**
   * Collar and LULD band. A market order has no price of its own, and a venue would fill it at any: it
   * gets the collar's far edge, the last price that the limits allow, and leaves as a limit order.
   */
  protected checkPrice(i: number, side: number, px: number, isMarket: boolean): number {
    const reference = referencePx(this.books[i]!, side, this.limits.reference);
    let limit = px;
    if (reference <= 0) {
      if (isMarket || !this.limits.allowNoReference) return DENY_COLLAR;
      this.worstPx = px;
    } else {
      const width = this.limits.collarWidth(i, reference);
      if (isMarket) limit = this.edge(i, side, reference, width);
      if (limit <= 0 || limit > reference + width || limit < reference - width) return DENY_COLLAR;
      // A sale may be filled above its price: at the upper edge it weighs most.
      this.worstPx = isMarket ? Math.ceil(reference + width) : limit;
    }
    this.reservePx = limit;
    if (this.bandHigh[i]! > 0 && limit > this.bandHigh[i]!) return DENY_BAND;
    return limit < this.bandLow[i]! ? DENY_BAND : 0;
  }

  /** The last price of the tick table inside the collar, upwards for a buy, downwards for a sale. */
  private edge(i: number, side: number, reference: number, width: number): number {
    if (side === SIDE_BUY) {
      const top = Math.floor(reference + width);
      return top - (top % this.instruments.tickAt(i, top));
    }
    const bottom = Math.ceil(reference - width);
    const tick = this.instruments.tickAt(i, bottom);
    return Math.ceil(bottom / tick) * tick;
  }

  /** Regulation SHO, Rule 201: while restricted, no short sale at or below the best bid. */
  protected isShortDenied(i: number, px: number, isMarket: boolean): boolean {
    if ((this.status[i]! & STATUS_SHORT_RESTRICTED) === 0) return false;
    return isMarket || px <= this.books[i]!.bidPx(0);
  }
}
