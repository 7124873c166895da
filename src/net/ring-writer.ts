// @hot
import type { Arena, Block } from "../core/arena.ts";
import { expectOk } from "../core/status.ts";
import {
  HP_EINVAL,
  HP_RING__DATA_SIZE_W,
  HP_RING__DROPS_W,
  HP_RING__HEAD_W,
  HP_RING__TAIL_W,
  HP_RING_SIZE,
} from "../ffi/layout.ts";
import type { Shim } from "../ffi/shim.ts";

/** Bytes of memory for a ring with `dataSize` bytes of data, a power of two from 4096. */
export function ringBytes(dataSize: number): number {
  return HP_RING_SIZE + dataSize;
}

/** A frame in the ring: header of 16 bytes, payload, filled up to 8. */
const FRAME_HEADER_BYTES = 16;

/** The producer's end of an hp_ring. One producer per ring. */
export class RingWriter {
  /** Packets are built here, at offset 0, and sent with send(). */
  readonly staging: Uint8Array;
  private readonly shim: Shim;
  private readonly stagingAddr: number;
  private readonly header: Int32Array;
  private handle: number;

  /** Takes `stagingSize` bytes of `arena`; create: see RingPortOptions. Throws StatusError. */
  constructor(shim: Shim, arena: Arena, memory: Block, create: boolean, stagingSize = 2048) {
    const staging = arena.take(stagingSize);
    this.staging = new Uint8Array(staging.buffer, staging.offset, staging.size);
    this.stagingAddr = staging.addr;
    this.header = new Int32Array(memory.buffer, memory.offset, HP_RING_SIZE / 4);
    this.shim = shim;
    this.handle = expectOk(
      shim.hp_ring_open(memory.addr, memory.size, 0, 0, create ? 1 : 0),
      "can't open the ring to write",
    );
  }

  /** Sends staging[0, length). HP_OK, HP_EAGAIN when the ring is full (counted), or a status. */
  send(length: number, line: number, rxNs: number): number {
    if (length > this.staging.length) return HP_EINVAL;
    return this.shim.hp_ring_tx(this.handle, this.stagingAddr, length, line, rxNs);
  }

  /** Copies a packet into staging and sends it. */
  sendBytes(payload: Uint8Array, line: number, rxNs: number): number {
    if (payload.length > this.staging.length) return HP_EINVAL;
    this.staging.set(payload);
    return this.send(payload.length, line, rxNs);
  }

  /** True when the next `count` packets of at most `length` bytes will find room. */
  hasRoom(count: number, length: number): boolean {
    const header = this.header;
    const used = (header[HP_RING__HEAD_W]! - Atomics.load(header, HP_RING__TAIL_W)) >>> 0;
    const frame = (FRAME_HEADER_BYTES + length + 7) & ~7;
    // One more: a frame that would cross the end of the ring begins at its start.
    return (count + 1) * frame <= header[HP_RING__DATA_SIZE_W]! - used;
  }

  /** Packets that found no room so far. */
  drops(): number {
    return this.header[HP_RING__DROPS_W]! >>> 0;
  }

  /** For the C reference, which writes, too. */
  handleNumber(): number {
    return this.handle;
  }

  close(): void {
    if (this.handle < 0) return;
    this.shim.hp_ring_close(this.handle);
    this.handle = -1;
  }
}
