import type { ItchSink } from "../../src/feed/itch/itch-sink.ts";

const WORD = 4294967296;

/**
 * Folds all that the decoder tells into a sum, as ref_decode of native/reference/itch.c does: the code
 * of the call + 3 a + 5 b + 7 c ... over its numbers, 64-bit ones as two words, the time last. Every
 * locate is known.
 */
export class DecodeSum implements ItchSink {
  readonly locates = new Int32Array(new ArrayBuffer(4 * 65536)).fill(1);
  readonly readsAhead = false;
  sum = 0;

  onAdd(h: number, hi: number, lo: number, side: number, qty: number, px: number, ns: number) {
    const order = 3 * h + Math.imul(5, hi) + Math.imul(7, lo) + 9 * side;
    const terms = Math.imul(11, qty) + Math.imul(13, px);
    this.add(1 + order + terms + time(15, ns));
  }
  onExecute(h: number, hi: number, lo: number, qty: number, ns: number): void {
    this.add(2 + 3 * h + Math.imul(5, hi) + Math.imul(7, lo) + Math.imul(9, qty) + time(11, ns));
  }
  onExecuteAt(
    h: number,
    hi: number,
    lo: number,
    qty: number,
    px: number,
    printable: number,
    ns: number,
  ): void {
    const order = 3 * h + Math.imul(5, hi) + Math.imul(7, lo) + Math.imul(9, qty);
    this.add(3 + order + Math.imul(11, px) + 13 * printable + time(15, ns));
  }
  onReduce(h: number, hi: number, lo: number, qty: number, ns: number): void {
    this.add(4 + 3 * h + Math.imul(5, hi) + Math.imul(7, lo) + Math.imul(9, qty) + time(11, ns));
  }
  onDelete(h: number, hi: number, lo: number, ns: number): void {
    this.add(5 + 3 * h + Math.imul(5, hi) + Math.imul(7, lo) + time(9, ns));
  }
  onReplace(
    h: number,
    oldHi: number,
    oldLo: number,
    newHi: number,
    newLo: number,
    qty: number,
    px: number,
    ns: number,
  ): void {
    const old = 3 * h + Math.imul(5, oldHi) + Math.imul(7, oldLo);
    const order = Math.imul(9, newHi) + Math.imul(11, newLo) + Math.imul(13, qty);
    this.add(6 + old + order + Math.imul(15, px) + time(17, ns));
  }
  onHiddenTrade(h: number, side: number, qty: number, px: number, ns: number): void {
    this.add(7 + 3 * h + 5 * side + Math.imul(7, qty) + Math.imul(9, px) + time(11, ns));
  }
  onCross(h: number, qty: number, px: number, type: number, ns: number): void {
    const shares = Math.imul(5, Math.floor(qty / WORD)) + Math.imul(7, qty | 0);
    this.add(8 + 3 * h + shares + Math.imul(9, px) + 11 * type + time(13, ns));
  }
  onBroken(h: number, hi: number, lo: number, ns: number): void {
    this.add(9 + 3 * h + Math.imul(5, hi) + Math.imul(7, lo) + time(9, ns));
  }
  onTradingAction(h: number, state: number, ns: number): void {
    this.add(10 + 3 * h + 5 * state + time(7, ns));
  }
  onRegSho(h: number, action: number, ns: number): void {
    this.add(11 + 3 * h + 5 * action + time(7, ns));
  }
  onAuctionCollar(h: number, reference: number, upper: number, lower: number, ns: number): void {
    const prices = Math.imul(5, reference) + Math.imul(7, upper) + Math.imul(9, lower);
    this.add(12 + 3 * h + prices + time(11, ns));
  }
  onOperationalHalt(h: number, market: number, action: number, ns: number): void {
    this.add(13 + 3 * h + 5 * market + 7 * action + time(9, ns));
  }
  onAhead(): void {}
  onDirectory(locate: number, stockHi: number, stockLo: number, roundLot: number): void {
    const stock = Math.imul(5, stockHi) + Math.imul(7, stockLo);
    this.add(14 + 3 * locate + stock + Math.imul(9, roundLot));
  }
  onSystemEvent(code: number, ns: number): void {
    this.add(15 + 3 * code + time(5, ns));
  }
  onOther(h: number, type: number, _view: DataView, _offset: number, ns: number): void {
    this.add(16 + 3 * h + 5 * type + time(7, ns));
  }
  onUnseenLocate(): void {}
  onMisread(): void {}
  onLoss(): void {}
  flush(): void {}

  private add(terms: number): void {
    this.sum = (this.sum + terms) | 0;
  }
}

/** Both words of a time, times `factor` and the next odd number. */
function time(factor: number, ns: number): number {
  const high = (ns / WORD) | 0;
  return Math.imul(factor, high) + Math.imul(factor + 2, (ns - high * WORD) | 0);
}
