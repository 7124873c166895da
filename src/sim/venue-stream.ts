/**
 * The client's end of a FIX connection to an Exchange in the same process: a Stream without a
 * socket, for tests and replay. What is sent arrives when send() returns; answers wait for recv().
 */
import { HP_EAGAIN, HP_ECLOSED } from "../ffi/layout.ts";
import { STREAM_UP, type Stream } from "../net/stream.ts";
import type { FixPeer, FixTransport } from "./transport.ts";

/** Takes a new connection: Exchange.accept. */
export type Accept = (transport: FixTransport) => FixPeer;

export class VenueStream implements Stream {
  readonly rx: Uint8Array;
  readonly tx: Uint8Array;
  readonly txWords: Int32Array;
  private connection: Connection | undefined;

  constructor(
    private readonly accept: Accept,
    rxBytes = 1 << 17,
    txBytes = 1 << 17,
  ) {
    const tx = new ArrayBuffer(txBytes);
    this.rx = new Uint8Array(new ArrayBuffer(rxBytes));
    this.tx = new Uint8Array(tx);
    this.txWords = new Int32Array(tx);
  }

  open(): number {
    this.close();
    this.connection = new Connection();
    this.connection.peer = this.accept(this.connection);
    return 0;
  }

  state(): number {
    return this.connection === undefined ? HP_ECLOSED : STREAM_UP;
  }

  send(offset: number, length: number): number {
    const { connection } = this;
    if (connection?.peer === undefined || connection.closed) return HP_ECLOSED;
    if (connection.paused) return HP_EAGAIN;
    connection.peer.onData(this.tx.slice(offset, offset + length));
    return length;
  }

  recv(offset: number, capacity: number): number {
    if (this.connection === undefined) return HP_ECLOSED;
    return this.connection.take(this.rx.subarray(offset, offset + capacity));
  }

  fd(): number {
    return -1;
  }

  close(): void {
    const { connection } = this;
    this.connection = undefined;
    if (connection !== undefined && !connection.closed) connection.peer?.onClose();
  }
}

class Connection implements FixTransport {
  peer: FixPeer | undefined;
  closed = false;
  paused = false;
  private readonly waiting: Uint8Array[] = [];

  send(bytes: Uint8Array): void {
    this.waiting.push(bytes.slice());
  }

  close(): void {
    this.closed = true;
  }

  pause(paused: boolean): void {
    this.paused = paused;
  }

  /** What the venue sent before it closed is still received. */
  take(target: Uint8Array): number {
    let at = 0;
    while (at < target.length && this.waiting.length > 0) {
      const next = this.waiting[0]!;
      const part = next.subarray(0, target.length - at);
      target.set(part, at);
      at += part.length;
      if (part.length === next.length) this.waiting.shift();
      else this.waiting[0] = next.subarray(part.length);
    }
    if (at > 0) return at;
    return this.closed ? HP_ECLOSED : HP_EAGAIN;
  }
}
