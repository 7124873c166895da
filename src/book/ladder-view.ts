// @hot
/** BookView over one instrument's two ladders. Made once per instrument. */
import { type Ladders, LEVEL_ORDERS, LEVEL_QTY } from "./ladders.ts";
import type { BookView } from "./view.ts";

export class LadderView implements BookView {
  readonly instrument: number;
  private readonly ladders: Ladders;
  private readonly bid: number;
  private readonly ask: number;
  private readonly trades: TradeColumns;

  constructor(instrument: number, ladders: Ladders, trades: TradeColumns) {
    this.instrument = instrument;
    this.ladders = ladders;
    this.bid = instrument * 2;
    this.ask = instrument * 2 + 1;
    this.trades = trades;
  }

  bidPx(level: number): number {
    return this.key(this.bid, level);
  }

  bidQty(level: number): number {
    return this.qty(this.bid, level);
  }

  bidCount(level: number): number {
    return this.orders(this.bid, level);
  }

  askPx(level: number): number {
    return 0 - this.key(this.ask, level);
  }

  askQty(level: number): number {
    return this.qty(this.ask, level);
  }

  askCount(level: number): number {
    return this.orders(this.ask, level);
  }

  bidDepth(): number {
    return this.ladders.depth(this.bid);
  }

  askDepth(): number {
    return this.ladders.depth(this.ask);
  }

  lastPx(): number {
    return this.trades.lastPx[this.instrument]!;
  }

  lastQty(): number {
    return this.trades.lastQty[this.instrument]!;
  }

  private key(side: number, rank: number): number {
    const level = this.ladders.levelAt(side, rank);
    return level < 0 ? 0 : this.ladders.words[level]!;
  }

  private qty(side: number, rank: number): number {
    const level = this.ladders.levelAt(side, rank);
    return level < 0 ? 0 : this.ladders.doubles[(level >> 1) + LEVEL_QTY]!;
  }

  private orders(side: number, rank: number): number {
    const level = this.ladders.levelAt(side, rank);
    return level < 0 ? 0 : this.ladders.words[level + LEVEL_ORDERS]!;
  }
}

/** Last trade by instrument. */
export interface TradeColumns {
  readonly lastPx: Int32Array;
  readonly lastQty: Float64Array;
}
