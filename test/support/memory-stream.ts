import { HP_EAGAIN, HP_ECLOSED } from "../../src/ffi/layout.ts";
import { STREAM_CONNECTING, STREAM_UP, type Stream } from "../../src/net/stream.ts";

/** A Stream in memory: what was sent is kept, what is to be received is pushed. */
export class MemoryStream implements Stream {
  readonly rx: Uint8Array;
  readonly tx: Uint8Array;
  readonly txWords: Int32Array;
  /** All bytes taken since open(), in order. */
  sent: number[] = [];
  /** Calls of send(). */
  sends = 0;
  opens = 0;
  closes = 0;
  /** Bytes the socket still takes; Infinity = all. */
  room = Number.POSITIVE_INFINITY;
  /** Status that open(), state(), send() give instead; 0 = none. */
  openStatus = 0;
  connectStatus = 0;
  sendStatus = 0;
  /** Bytes handed over per recv at most. */
  slice = Number.POSITIVE_INFINITY;
  isConnected = true;
  private incoming: number[] = [];
  private isOpen = false;
  private ended = false;

  constructor(rxBytes = 65_536, txBytes = 65_536) {
    this.rx = new Uint8Array(new ArrayBuffer(rxBytes));
    const tx = new ArrayBuffer(txBytes);
    this.tx = new Uint8Array(tx);
    this.txWords = new Int32Array(tx);
  }

  push(bytes: Uint8Array): void {
    for (const b of bytes) this.incoming.push(b);
  }

  /** The peer closes once everything pushed has been received. */
  end(): void {
    this.ended = true;
  }

  open(): number {
    this.opens++;
    this.incoming = [];
    this.sent = [];
    this.ended = false;
    this.isOpen = this.openStatus >= 0;
    return this.openStatus;
  }

  state(): number {
    if (!this.isOpen) return HP_ECLOSED;
    if (this.connectStatus !== 0) return this.connectStatus;
    return this.isConnected ? STREAM_UP : STREAM_CONNECTING;
  }

  send(offset: number, length: number): number {
    this.sends++;
    if (this.sendStatus !== 0) return this.sendStatus;
    if (this.room === 0) return HP_EAGAIN;
    const n = Math.min(length, this.room);
    for (let i = 0; i < n; i++) this.sent.push(this.tx[offset + i]!);
    this.room -= n;
    return n;
  }

  recv(offset: number, capacity: number): number {
    if (this.incoming.length === 0) return this.ended ? HP_ECLOSED : HP_EAGAIN;
    const n = Math.min(capacity, this.slice, this.incoming.length);
    this.rx.set(this.incoming.slice(0, n), offset);
    this.incoming = this.incoming.slice(n);
    return n;
  }

  fd(): number {
    return this.isOpen ? 7 : -1;
  }

  close(): void {
    if (this.isOpen) this.closes++;
    this.isOpen = false;
  }
}
