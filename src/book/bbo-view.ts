// @hot
/** BookView over one row of BboBooks: a level a side, or none. Made once per instrument. */
import type { TradeColumns } from "./ladder-view.ts";
import type { BookView } from "./view.ts";

/**
 * A row of eight words, by instrument:
 *
 *   bid px | bid qty | offer px | offer qty | BBO_* bits | open participants | cents | -
 *
 * An empty side has quantity 0. Open: participants whose last quote can be traded with, a bit each.
 * Cents: how a price of two decimals becomes units (decimal-units.ts).
 */
export const BBO_SHIFT = 3;
export const BBO_QTY = 1;
/** Of the offer, from the bid. */
export const BBO_OFFER = 2;
export const BBO_STATE = 4;
export const BBO_OPEN = 5;
export const BBO_CENTS = 6;

/** The bid is known; shifted by one, the offer. */
export const BBO_KNOWN = 1;
export const BBO_BOTH_KNOWN = 3;
/** The bid is known to be something that can't be held. */
export const BBO_BAD = 4;
export const BBO_ANY_BAD = 12;
/** Something was told of the series. */
export const BBO_SEEN = 16;

export class BboView implements BookView {
  readonly instrument: number;
  private readonly rows: Int32Array;
  private readonly bid: number;
  private readonly ask: number;
  private readonly trades: TradeColumns;

  constructor(instrument: number, rows: Int32Array, trades: TradeColumns) {
    this.instrument = instrument;
    this.rows = rows;
    this.bid = instrument << BBO_SHIFT;
    this.ask = this.bid + BBO_OFFER;
    this.trades = trades;
  }

  bidPx(level: number): number {
    return level === 0 ? this.rows[this.bid]! : 0;
  }

  bidQty(level: number): number {
    return level === 0 ? this.rows[this.bid + BBO_QTY]! : 0;
  }

  /** OPRA does not tell it. */
  bidCount(_level: number): number {
    return 0;
  }

  askPx(level: number): number {
    return level === 0 ? this.rows[this.ask]! : 0;
  }

  askQty(level: number): number {
    return level === 0 ? this.rows[this.ask + BBO_QTY]! : 0;
  }

  askCount(_level: number): number {
    return 0;
  }

  bidDepth(): number {
    return this.rows[this.bid + BBO_QTY] === 0 ? 0 : 1;
  }

  askDepth(): number {
    return this.rows[this.ask + BBO_QTY] === 0 ? 0 : 1;
  }

  lastPx(): number {
    return this.trades.lastPx[this.instrument]!;
  }

  lastQty(): number {
    return this.trades.lastQty[this.instrument]!;
  }
}
