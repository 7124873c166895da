// @hot
import type { Arena, Block } from "../core/arena.ts";
import { HP_ECLOSED, HP_EINVAL } from "../ffi/layout.ts";
import type { Shim } from "../ffi/shim.ts";
import type { Stream } from "./stream.ts";

/** Options of a TcpStream; addresses as in address.ts. */
export interface TcpStreamOptions {
  address: number;
  port: number;
  /** Address to connect from; 0 or absent = the system's choice. */
  localAddress?: number;
  /** Bytes of the receive arena; default 65536. */
  rxSize?: number;
  /** Bytes of the send arena, a multiple of 4; default 65536. */
  txSize?: number;
}

/** A Stream over TCP: kernel sockets, or what is preloaded over them. May be opened again and again. */
export class TcpStream implements Stream {
  readonly rx: Uint8Array;
  readonly tx: Uint8Array;
  readonly txWords: Int32Array;
  private readonly shim: Shim;
  private readonly rxAddr: number;
  private readonly txAddr: number;
  private readonly address: number;
  private readonly port: number;
  private readonly localAddress: number;
  private handle = -1;
  /** What state() gives while there is no handle. */
  private ended = HP_ECLOSED;

  /** Bytes that a stream takes of an arena. */
  static arenaBytes(rxSize = 65536, txSize = 65536): number {
    return rxSize + txSize + 256;
  }

  constructor(shim: Shim, arena: Arena, options: TcpStreamOptions) {
    const rx: Block = arena.take(options.rxSize ?? 65536);
    const tx: Block = arena.take(options.txSize ?? 65536);
    this.rx = new Uint8Array(rx.buffer, rx.offset, rx.size);
    this.tx = new Uint8Array(tx.buffer, tx.offset, tx.size);
    this.txWords = new Int32Array(tx.buffer, tx.offset, tx.size >> 2);
    this.shim = shim;
    this.rxAddr = rx.addr;
    this.txAddr = tx.addr;
    this.address = options.address | 0;
    this.port = options.port;
    this.localAddress = (options.localAddress ?? 0) | 0;
  }

  /** Starts to connect, after closing what was open. */
  open(): number {
    this.close();
    const handle = this.shim.hp_tcp_open(this.address, this.port, this.localAddress);
    if (handle < 0) {
      this.ended = handle;
      return handle;
    }
    this.handle = handle;
    return this.shim.hp_tcp_bind_arena(handle, this.rxAddr, this.txAddr);
  }

  state(): number {
    return this.handle < 0 ? this.ended : this.shim.hp_tcp_state(this.handle);
  }

  send(offset: number, length: number): number {
    if (this.handle < 0) return this.ended;
    if (offset < 0 || length < 1 || offset + length > this.tx.length) return HP_EINVAL;
    return this.shim.hp_tcp_send(this.handle, offset, length);
  }

  recv(offset: number, capacity: number): number {
    if (this.handle < 0) return this.ended;
    if (offset < 0 || capacity < 1 || offset + capacity > this.rx.length) return HP_EINVAL;
    return this.shim.hp_tcp_recv(this.handle, offset, capacity);
  }

  fd(): number {
    return this.handle < 0 ? -1 : this.shim.hp_tcp_fd(this.handle);
  }

  close(): void {
    if (this.handle >= 0) this.shim.hp_tcp_close(this.handle);
    this.handle = -1;
    this.ended = HP_ECLOSED;
  }
}
