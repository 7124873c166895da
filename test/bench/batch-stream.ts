import type { Stream } from "../../src/net/stream.ts";

const BYTES = 1 << 18;
const AGAIN = -3;

/** Takes everything that is sent; gives `next`, once. */
export class BatchStream implements Stream {
  readonly rx = new Uint8Array(new ArrayBuffer(BYTES));
  readonly tx: Uint8Array;
  readonly txWords: Int32Array;
  next: Uint8Array | undefined;

  constructor() {
    const buffer = new ArrayBuffer(BYTES);
    this.tx = new Uint8Array(buffer);
    this.txWords = new Int32Array(buffer);
  }
  open(): number {
    return 0;
  }
  state(): number {
    return 1;
  }
  send(_offset: number, length: number): number {
    return length;
  }
  recv(offset: number, capacity: number): number {
    const bytes = this.next;
    if (bytes === undefined) return AGAIN;
    const now = bytes.subarray(0, capacity);
    this.next = bytes.length > capacity ? bytes.subarray(capacity) : undefined;
    this.rx.set(now, offset);
    return now.length;
  }
  fd(): number {
    return -1;
  }
  close(): void {}
}
