import type { PitchSink } from "../../src/feed/pitch/pitch-sink.ts";

/** Adds up what it is told, so that no read of the decoder is for nothing. */
export class PitchNullSink implements PitchSink {
  readonly readsAhead = false;
  sum = 0;

  onAdd(
    symbolHi: number,
    symbolLo: number,
    hi: number,
    lo: number,
    side: number,
    qty: number,
    px: number,
  ): void {
    this.sum = (this.sum + symbolHi + symbolLo + hi + lo + side + qty + px) | 0;
  }
  onExecute(hi: number, lo: number, qty: number): void {
    this.sum = (this.sum + hi + lo + qty) | 0;
  }
  onExecuteAt(hi: number, lo: number, qty: number, remaining: number, px: number): void {
    this.sum = (this.sum + hi + lo + qty + remaining + px) | 0;
  }
  onReduce(hi: number, lo: number, qty: number): void {
    this.sum = (this.sum + hi + lo + qty) | 0;
  }
  onModify(hi: number, lo: number, qty: number, px: number, keepsPriority: number): void {
    this.sum = (this.sum + hi + lo + qty + px + keepsPriority) | 0;
  }
  onDelete(hi: number, lo: number): void {
    this.sum = (this.sum + hi + lo) | 0;
  }
  onTrade(symbolHi: number, symbolLo: number, side: number, qty: number, px: number): void {
    this.sum = (this.sum + symbolHi + symbolLo + side + qty + px) | 0;
  }
  onBroken(): void {}
  onTradingStatus(): void {}
  onUnitClear(): void {}
  onOther(): void {}
  onLoss(): void {}
  onMisread(): void {}
  takesDoubt(): boolean {
    return false;
  }
  onAhead(): void {}
  flush(): void {}
}
