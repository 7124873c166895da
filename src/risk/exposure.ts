// @hot
/**
 * What our open orders could still do: per instrument and side the open quantity and its notional
 * (each order in its worst case, see OrderTable), and from these and the position the exposure:
 *
 *   high = position + all buys filled      low = position - all sells filled      (currency)
 *   exposure of the instrument = the larger of |high| and |low|; of the engine = their sum
 *
 * Quantities and unit notionals are whole numbers in doubles, so what was reserved is released
 * exactly. Exposures are kept in whole cents, rounded up: sums of them never drift, and the gate
 * never sees less than there is.
 */

import type { Instruments } from "../book/instruments.ts";
import { SIDE_BUY } from "../core/codes.ts";
import type { Positions } from "./positions.ts";

const CENTS = 100;

export class Exposure {
  readonly buyQty: Float64Array;
  readonly sellQty: Float64Array;
  /** Open sell quantity without a short flag. */
  readonly longSellQty: Float64Array;
  /** Open orders per instrument. */
  readonly orders: Int32Array;
  ordersAll = 0;
  /** Gross exposure of all instruments, cents. */
  cents = 0;
  private readonly buyNotional: Float64Array;
  private readonly sellNotional: Float64Array;
  private readonly instrumentCents: Float64Array;
  private readonly positions: Positions;
  private readonly value: Float64Array;

  constructor(instruments: Instruments, positions: Positions) {
    const n = instruments.capacity;
    const column = () => new Float64Array(new ArrayBuffer(8 * n));
    this.buyQty = column();
    this.sellQty = column();
    this.longSellQty = column();
    this.orders = new Int32Array(new ArrayBuffer(4 * n));
    this.buyNotional = column();
    this.sellNotional = column();
    this.instrumentCents = column();
    this.positions = positions;
    this.value = instruments.value;
  }

  /**
   * Changes what is reserved by qty (shares) and notional (price units * shares), either sign.
   * isLongSale: a sell without a short flag.
   */
  reserve(i: number, side: number, isLongSale: boolean, qty: number, notional: number): void {
    if (side === SIDE_BUY) {
      this.buyQty[i]! += qty;
      this.buyNotional[i]! += notional;
    } else {
      this.sellQty[i]! += qty;
      this.sellNotional[i]! += notional;
      if (isLongSale) this.longSellQty[i]! += qty;
    }
    this.refresh(i);
  }

  /** One order more (1) or fewer (-1) is open. */
  countOrder(i: number, change: number): void {
    this.orders[i]! += change;
    this.ordersAll += change;
  }

  /** After a change of position or mark. */
  refresh(i: number): void {
    const cents = this.centsWith(i, SIDE_BUY, 0);
    this.cents += cents - this.instrumentCents[i]!;
    this.instrumentCents[i] = cents;
  }

  /** Cents of one instrument as they stand. */
  centsOf(i: number): number {
    return this.instrumentCents[i]!;
  }

  /** Cents of one instrument with `notional` (price units * shares) more on a side. */
  centsWith(i: number, side: number, notional: number): number {
    const mark = this.positions.markPx[i]!;
    const held = mark > 0 ? this.positions.qty[i]! * mark : this.positions.openCost[i]!;
    const high = held + this.buyNotional[i]! + (side === SIDE_BUY ? notional : 0);
    const low = held - this.sellNotional[i]! - (side === SIDE_BUY ? 0 : notional);
    const worst = Math.max(Math.abs(high), Math.abs(low));
    return Math.ceil(worst * this.value[i]! * CENTS);
  }

  /** Currency. */
  gross(): number {
    return this.cents / CENTS;
  }
}
