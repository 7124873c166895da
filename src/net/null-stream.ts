// @hot
import { HP_EAGAIN, HP_ECLOSED, HP_EINVAL } from "../ffi/layout.ts";
import { STREAM_UP, type Stream } from "./stream.ts";

/** A Stream that takes every byte and gives none: the shadow's wire during warm-up. */
export class NullStream implements Stream {
  readonly rx: Uint8Array;
  readonly tx: Uint8Array;
  readonly txWords: Int32Array;
  /** Bytes taken so far. */
  sentBytes = 0;
  private isOpen = false;

  constructor(rxSize = 65536, txSize = 65536) {
    const tx = new ArrayBuffer(txSize);
    this.rx = new Uint8Array(new ArrayBuffer(rxSize));
    this.tx = new Uint8Array(tx);
    this.txWords = new Int32Array(tx);
  }

  open(): number {
    this.isOpen = true;
    return 0;
  }

  state(): number {
    return this.isOpen ? STREAM_UP : HP_ECLOSED;
  }

  send(offset: number, length: number): number {
    if (!this.isOpen) return HP_ECLOSED;
    if (offset < 0 || length < 1 || offset + length > this.tx.length) return HP_EINVAL;
    this.sentBytes += length;
    return length;
  }

  recv(offset: number, capacity: number): number {
    if (!this.isOpen) return HP_ECLOSED;
    return offset < 0 || capacity < 1 || offset + capacity > this.rx.length ? HP_EINVAL : HP_EAGAIN;
  }

  fd(): number {
    return -1;
  }

  close(): void {
    this.isOpen = false;
  }
}
