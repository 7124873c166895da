// @hot
/** Trades of one packet, until flush. Bounded: what does not fit is counted by the caller. */
export class TradeQueue {
  count = 0;
  readonly instrument: Int32Array;
  readonly px: Int32Array;
  readonly qty: Int32Array;
  readonly aggressor: Int32Array;
  private readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.instrument = new Int32Array(new ArrayBuffer(4 * capacity));
    this.px = new Int32Array(new ArrayBuffer(4 * capacity));
    this.qty = new Int32Array(new ArrayBuffer(4 * capacity));
    this.aggressor = new Int32Array(new ArrayBuffer(4 * capacity));
  }

  /** False when it is full. */
  push(instrument: number, px: number, qty: number, aggressor: number): boolean {
    const at = this.count;
    if (at === this.capacity) return false;
    this.instrument[at] = instrument;
    this.px[at] = px;
    this.qty[at] = qty;
    this.aggressor[at] = aggressor;
    this.count = at + 1;
    return true;
  }
}
