/** A Stream in memory with its far end in the test's hands (see FakePeer for the knobs). */
import { FakeConnection, type FakePeer } from "../ffi/fake-tcp.ts";
import { HP_ECLOSED, HP_EINVAL, HP_TCP_CONNECTING, HP_TCP_UP } from "../ffi/layout.ts";
import type { Stream } from "./stream.ts";

export class MemoryStream implements Stream {
  readonly rx: Uint8Array;
  readonly tx: Uint8Array;
  readonly txWords: Int32Array;
  /** While false, open() stays connecting; set it and the next state() is up. */
  accepts = true;
  /** Times open() was called. */
  opens = 0;
  private connection: FakeConnection | undefined;

  constructor(rxSize = 65536, txSize = 65536) {
    const tx = new ArrayBuffer(txSize);
    this.rx = new Uint8Array(new ArrayBuffer(rxSize));
    this.tx = new Uint8Array(tx);
    this.txWords = new Int32Array(tx);
  }

  /** The far end of the connection that is open, or was last. Throws before the first open(). */
  get peer(): FakePeer {
    if (this.connection === undefined) throw new Error("the stream was never opened");
    return this.connection.peer;
  }

  open(): number {
    this.close();
    this.opens++;
    this.connection = new FakeConnection();
    return 0;
  }

  state(): number {
    const { connection } = this;
    if (connection === undefined) return HP_ECLOSED;
    if (connection.state === HP_TCP_CONNECTING && this.accepts) connection.state = HP_TCP_UP;
    return connection.state;
  }

  send(offset: number, length: number): number {
    if (this.connection === undefined) return HP_ECLOSED;
    if (offset < 0 || length < 1 || offset + length > this.tx.length) return HP_EINVAL;
    return this.connection.send(this.tx.subarray(offset, offset + length));
  }

  recv(offset: number, capacity: number): number {
    if (this.connection === undefined) return HP_ECLOSED;
    if (offset < 0 || capacity < 1 || offset + capacity > this.rx.length) return HP_EINVAL;
    return this.connection.recv(this.rx.subarray(offset, offset + capacity));
  }

  fd(): number {
    return -1;
  }

  close(): void {
    if (this.connection === undefined || this.connection.state === HP_ECLOSED) return;
    this.connection.shutdown();
    this.connection.state = HP_ECLOSED;
  }
}
