// @hot
/** BookView over one instrument's two ladders. Made once per instrument. */
import type { Ladders } from "./ladders.ts";
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
    const slot = this.ladders.slotAt(this.bid, level);
    return slot < 0 ? 0 : this.ladders.keys[slot]!;
  }

  bidQty(level: number): number {
    const slot = this.ladders.slotAt(this.bid, level);
    return slot < 0 ? 0 : this.ladders.qty[slot]!;
  }

  bidCount(level: number): number {
    const slot = this.ladders.slotAt(this.bid, level);
    return slot < 0 ? 0 : this.ladders.orders[slot]!;
  }

  askPx(level: number): number {
    const slot = this.ladders.slotAt(this.ask, level);
    return slot < 0 ? 0 : 0 - this.ladders.keys[slot]!;
  }

  askQty(level: number): number {
    const slot = this.ladders.slotAt(this.ask, level);
    return slot < 0 ? 0 : this.ladders.qty[slot]!;
  }

  askCount(level: number): number {
    const slot = this.ladders.slotAt(this.ask, level);
    return slot < 0 ? 0 : this.ladders.orders[slot]!;
  }

  bidDepth(): number {
    return this.ladders.count[this.bid]!;
  }

  askDepth(): number {
    return this.ladders.count[this.ask]!;
  }

  lastPx(): number {
    return this.trades.lastPx[this.instrument]!;
  }

  lastQty(): number {
    return this.trades.lastQty[this.instrument]!;
  }
}

/** Last trade by instrument. */
export interface TradeColumns {
  readonly lastPx: Int32Array;
  readonly lastQty: Float64Array;
}
