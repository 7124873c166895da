/**
 * What a strategy, the gate and a test see of a book. Read in place: every call reads the live
 * book, nothing is copied. Prices in the instrument's unit, level 0 is the best.
 */
export interface BookView {
  readonly instrument: number;
  /** Price of level k on a side, 0 when there is no such level. */
  bidPx(level: number): number;
  bidQty(level: number): number;
  /** Number of orders, 0 where the venue does not tell it. */
  bidCount(level: number): number;
  askPx(level: number): number;
  askQty(level: number): number;
  askCount(level: number): number;
  bidDepth(): number;
  askDepth(): number;
  /** Last trade, 0 before the first. */
  lastPx(): number;
  lastQty(): number;
}
