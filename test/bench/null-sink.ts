import type { ItchSink } from "../../src/feed/itch/itch-sink.ts";

/** Adds up what it is told, so that no read of the decoder is for nothing. Every locate is known. */
export class NullSink implements ItchSink {
  readonly locates = new Int32Array(new ArrayBuffer(4 * 65536)).fill(1);
  readonly readsAhead = false;
  sum = 0;

  onAdd(h: number, hi: number, lo: number, side: number, qty: number, px: number): void {
    this.sum = (this.sum + h + hi + lo + side + qty + px) | 0;
  }
  onExecute(h: number, hi: number, lo: number, qty: number): void {
    this.sum = (this.sum + h + hi + lo + qty) | 0;
  }
  onExecuteAt(h: number, hi: number, lo: number, qty: number, px: number): void {
    this.sum = (this.sum + h + hi + lo + qty + px) | 0;
  }
  onReduce(h: number, hi: number, lo: number, qty: number): void {
    this.sum = (this.sum + h + hi + lo + qty) | 0;
  }
  onDelete(h: number, hi: number, lo: number): void {
    this.sum = (this.sum + h + hi + lo) | 0;
  }
  onReplace(
    h: number,
    oldHi: number,
    oldLo: number,
    newHi: number,
    newLo: number,
    qty: number,
    px: number,
  ): void {
    this.sum = (this.sum + h + oldHi + oldLo + newHi + newLo + qty + px) | 0;
  }
  onAhead(): void {}
  onDirectory(): void {}
  onUnseenLocate(): void {}
  onSystemEvent(): void {}
  onTradingAction(): void {}
  onRegSho(): void {}
  onAuctionCollar(): void {}
  onOperationalHalt(): void {}
  onHiddenTrade(): void {}
  onCross(): void {}
  onBroken(): void {}
  onOther(): void {}
  onMisread(): void {}
  onLoss(): void {}
  flush(): void {}
}
