// @hot
/** What was bought and sold, per instrument: whole numbers in doubles, so that sums are exact. */
import { SIDE_BUY } from "../../core/codes.ts";

export class Traded {
  /** Quantities, busts taken off. */
  readonly bought: Float64Array;
  readonly sold: Float64Array;
  /** Price units times quantity, spent below zero. */
  readonly cash: Float64Array;
  readonly fills: Int32Array;

  /** count: instruments. */
  constructor(count: number) {
    this.bought = new Float64Array(new ArrayBuffer(8 * count));
    this.sold = new Float64Array(new ArrayBuffer(8 * count));
    this.cash = new Float64Array(new ArrayBuffer(8 * count));
    this.fills = new Int32Array(new ArrayBuffer(4 * count));
  }

  /** sign 1 = a fill, -1 = one taken back. */
  book(i: number, side: number, qty: number, px: number, sign: number): void {
    if (side === SIDE_BUY) this.bought[i]! += sign * qty;
    else this.sold[i]! += sign * qty;
    this.cash[i]! -= sign * side * qty * px;
    this.fills[i]! += sign;
  }

  /** Signed quantity. */
  net(i: number): number {
    return this.bought[i]! - this.sold[i]!;
  }

  /** True when quantities and money are the same. */
  equals(other: Traded, i: number): boolean {
    return (
      this.bought[i] === other.bought[i] &&
      this.sold[i] === other.sold[i] &&
      this.cash[i] === other.cash[i]
    );
  }
}
