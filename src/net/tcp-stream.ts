// @hot
import type { Arena, Block } from "../core/arena.ts";
import { expectOk, StatusError } from "../core/status.ts";
import {
  HP_ECLOSED,
  HP_EINVAL,
  HP_PIPE_SIZE,
  HP_TCP_CONFIG_SIZE,
  HP_TCP_STAMPS__RX_NS_D,
  HP_TCP_STAMPS__RX_SOURCE_W,
  HP_TCP_STAMPS__TX_BYTES_D,
  HP_TCP_STAMPS__TX_NS_D,
  HP_TCP_STAMPS__TX_SOURCE_W,
  HP_TCP_STAMPS_SIZE,
} from "../ffi/layout.ts";
import type { Shim } from "../ffi/shim.ts";
import { STREAM_UP, type Stream } from "./stream.ts";
import { refusedOptions, type TcpTuning, writeTcpConfig } from "./tcp-tuning.ts";

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
  /**
   * HP_PIPE_SIZE of memory: the stream is up as soon as it is opened and talks to a PipePeer there
   * instead of a socket; address and port are not looked at.
   */
  pipe?: Block;
  /** Options of the socket; absent: Nagle off and nothing else. Nothing to a pipe. */
  tuning?: TcpTuning;
  /** Called once, before the first byte, when tuning.accelerate is "may" and Onload is not there. */
  onPlain?(): void;
}

/** Stamps of the bytes received last and sent last. */
export interface StreamStamps {
  /** ns since session start, wall clock; 0 = there is none. */
  rxNs: number;
  txNs: number;
  /** Bytes of this connection that had left at txNs. */
  txBytes: number;
  /** HP_STAMP_*: who made it. */
  rxSource: number;
  txSource: number;
}

/**
 * A Stream over TCP: kernel sockets, or what is preloaded over them. May be opened again and again;
 * one that only adopts what a listener accepted has address 0, and open() refuses that.
 *
 * With a pipe it is the shadow's: the same class and the same shim calls without the system call, so
 * that what warm-up compiles is what runs live.
 */
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
  /** Address of the hp_pipe; 0 = a socket. */
  private readonly pipeAddr: number;
  /** hp_tcp_config; null = none. */
  private readonly config: Block | null = null;
  private readonly configAddr: number = 0;
  /** hp_tcp_stamps. */
  private readonly stamps: Block | null = null;
  private onPlain: (() => void) | null = null;
  private handle = -1;
  /** What state() gives while there is no handle. */
  private ended = HP_ECLOSED;

  /** Bytes that a stream takes of an arena. */
  static arenaBytes(rxSize = 65536, txSize = 65536): number {
    return rxSize + txSize + 512;
  }

  /** Takes arenaBytes() of `arena`. Throws StatusError when a pipe is too small. */
  constructor(shim: Shim, arena: Arena, options: TcpStreamOptions) {
    const { pipe } = options;
    if (pipe !== undefined && pipe.size < HP_PIPE_SIZE)
      throw new StatusError(`a pipe takes ${HP_PIPE_SIZE} bytes, not ${pipe.size}`, HP_EINVAL);
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
    this.pipeAddr = pipe?.addr ?? 0;
    const { tuning } = options;
    if (pipe !== undefined || tuning === undefined) return;
    this.config = arena.take(HP_TCP_CONFIG_SIZE);
    this.configAddr = this.config.addr;
    this.stamps = arena.take(HP_TCP_STAMPS_SIZE);
    const { address, port, localAddress = 0 } = options;
    writeTcpConfig(this.config, { address, port, localAddress }, tuning);
    if (tuning.accelerate === "may") this.onPlain = options.onPlain ?? null;
  }

  /**
   * Tries the options on this host, before anything is connected: sentences on those that it does
   * not allow and that are nothing but speed. Throws StatusError on the others. @cold
   */
  probe(): string[] {
    if (this.config === null) return [];
    const status = this.shim.hp_tcp_probe(this.configAddr);
    expectOk(status, "can't set the options of its socket", this.shim.hp_last_errno());
    return refusedOptions(this.config);
  }

  /** Starts to connect, after closing what was open. A pipe is emptied, and up at once. */
  open(): number {
    this.close();
    const handle = this.openHandle();
    if (handle < 0) {
      this.ended = handle;
      return handle;
    }
    return this.take(handle);
  }

  /**
   * Takes over a connection that a TcpListener has accepted, after closing what was open: up at
   * once, with every byte that was only peeked at. >= 0, or a negative status; then it is closed.
   */
  adopt(handle: number): number {
    this.close();
    return this.take(handle);
  }

  /** The reverse of adopt(): lets go of the connection without ending it. */
  disown(): void {
    this.handle = -1;
    this.ended = HP_ECLOSED;
  }

  /** The other end, for formatPeer (address.ts); a negative status when there is none. */
  peer(): number {
    return this.handle < 0 ? this.ended : this.shim.hp_tcp_peer(this.handle);
  }

  state(): number {
    if (this.handle < 0) return this.ended;
    const state = this.shim.hp_tcp_state(this.handle);
    if (this.onPlain !== null && state === STREAM_UP) this.lookPlain();
    return state;
  }

  /** 1 when Onload drives this connection, else 0, or a negative status. */
  accelerated(): number {
    return this.handle < 0 ? this.ended : this.shim.hp_onload_accelerated(this.handle);
  }

  /**
   * A send of the first `length` bytes of tx that ends before the wire, to keep the way there warm.
   * Bytes that went it; HP_EAGAIN where there is no such thing, and then nothing is done.
   */
  warm(length: number): number {
    return this.handle < 0 ? this.ended : this.shim.hp_tcp_warm(this.handle, 0, length);
  }

  /** Null without tuning.stamps, and when it is closed. @cold */
  readStamps(): StreamStamps | null {
    const block = this.stamps;
    if (block === null || this.handle < 0) return null;
    if (this.shim.hp_tcp_stamps_read(this.handle, block.addr) < 0) return null;
    const doubles = new Float64Array(block.buffer, block.offset, block.size >> 3);
    const words = new Int32Array(block.buffer, block.offset, block.size >> 2);
    return {
      rxNs: doubles[HP_TCP_STAMPS__RX_NS_D]!,
      txNs: doubles[HP_TCP_STAMPS__TX_NS_D]!,
      txBytes: doubles[HP_TCP_STAMPS__TX_BYTES_D]!,
      rxSource: words[HP_TCP_STAMPS__RX_SOURCE_W]!,
      txSource: words[HP_TCP_STAMPS__TX_SOURCE_W]!,
    };
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
    this.disown();
  }

  private openHandle(): number {
    if (this.pipeAddr !== 0) return this.shim.hp_tcp_open_pipe(this.pipeAddr);
    if (this.configAddr !== 0) return this.shim.hp_tcp_open_with(this.configAddr);
    return this.shim.hp_tcp_open(this.address, this.port, this.localAddress);
  }

  private lookPlain(): void {
    const tell = this.onPlain!;
    if (this.accelerated() === 1) return;
    this.onPlain = null;
    tell();
  }

  private take(handle: number): number {
    this.handle = handle;
    const status = this.shim.hp_tcp_bind_arena(handle, this.rxAddr, this.txAddr);
    if (status < 0) this.close();
    return status;
  }
}
