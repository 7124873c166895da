// @hot
/** BookView over two sides of PositionLevels. A price of 0 may be one: the depth tells. */
import type { TradeColumns } from "./ladder-view.ts";
import { type PositionLevels, SIDES } from "./position-levels.ts";
import type { BookView } from "./view.ts";

export class PositionView implements BookView {
  readonly instrument: number;
  private readonly book: PositionLevels;
  private readonly bid: number;
  private readonly ask: number;
  private readonly trades: TradeColumns;

  /** bidSide: SIDE_BID or SIDE_IMPLIED_BID; the asks are the side behind it. */
  constructor(instrument: number, book: PositionLevels, bidSide: number, trades: TradeColumns) {
    this.instrument = instrument;
    this.book = book;
    this.bid = instrument * SIDES + bidSide;
    this.ask = this.bid + 1;
    this.trades = trades;
  }

  bidPx(level: number): number {
    return this.book.px(this.bid, level);
  }

  bidQty(level: number): number {
    return this.book.qty(this.bid, level);
  }

  bidCount(level: number): number {
    return this.book.orders(this.bid, level);
  }

  askPx(level: number): number {
    return this.book.px(this.ask, level);
  }

  askQty(level: number): number {
    return this.book.qty(this.ask, level);
  }

  askCount(level: number): number {
    return this.book.orders(this.ask, level);
  }

  bidDepth(): number {
    return this.book.depth(this.bid);
  }

  askDepth(): number {
    return this.book.depth(this.ask);
  }

  lastPx(): number {
    return this.trades.lastPx[this.instrument]!;
  }

  lastQty(): number {
    return this.trades.lastQty[this.instrument]!;
  }
}
