/**
 * Memory that native code or another process sees. A Region is one mapping of the shim as one
 * ArrayBuffer; an Arena hands out pieces of a Region, front to back, and never takes one back.
 *
 * Order of ending: close every port, stream and ring; drop every view; then `free()` the region.
 * A view used after that reads unmapped memory and ends the process.
 */
import {
  HP_ENOSPC,
  HP_REGION__ADDR_D,
  HP_REGION__LOCKED_W,
  HP_REGION__PAGES_W,
  HP_REGION__SIZE_D,
  HP_REGION_SIZE,
} from "../ffi/layout.ts";
import { cString } from "./c-string.ts";
import { expectOk, StatusError } from "./status.ts";

/** The part of the shim (ffi/shim.ts) that memory needs. */
export interface MemoryShim {
  map(addr: number, size: number): ArrayBuffer;
  addressOf(buffer: ArrayBuffer): number;
  hp_last_errno(): number;
  hp_arena_alloc(bytes: number, flags: number, out: number): number;
  hp_shm_open(name: Uint8Array, bytes: number, flags: number, out: number): number;
  hp_shm_unlink(name: Uint8Array): number;
  hp_region_free(region: number): number;
}

export class Region {
  readonly buffer: ArrayBuffer;
  /** Address of byte 0, for the shim. */
  readonly addr: number;
  readonly size: number;
  /** HP_PAGES_*: what kind of pages it got. */
  readonly pages: number;
  readonly isLocked: boolean;
  private readonly shim: MemoryShim;
  private readonly record: ArrayBuffer;
  private isFreed = false;

  private constructor(shim: MemoryShim, record: ArrayBuffer) {
    const words = new Int32Array(record);
    const doubles = new Float64Array(record);
    this.shim = shim;
    this.record = record;
    this.addr = doubles[HP_REGION__ADDR_D]!;
    this.size = doubles[HP_REGION__SIZE_D]!;
    this.pages = words[HP_REGION__PAGES_W]!;
    this.isLocked = words[HP_REGION__LOCKED_W] === 1;
    this.buffer = shim.map(this.addr, this.size);
  }

  /** `bytes` of private memory; flags HP_MEM_*. Throws StatusError. */
  static alloc(shim: MemoryShim, bytes: number, flags = 0): Region {
    const record = new ArrayBuffer(HP_REGION_SIZE);
    const status = shim.hp_arena_alloc(bytes, flags, shim.addressOf(record));
    expectOk(status, `can't allocate ${bytes} bytes`, shim.hp_last_errno());
    return new Region(shim, record);
  }

  /**
   * A named segment of /dev/shm; flags HP_MEM_* and HP_SHM_* (none of the latter: it must exist).
   * `bytes` 0 maps all of an existing one. Throws StatusError.
   */
  static shm(shim: MemoryShim, name: string, bytes: number, flags = 0): Region {
    const record = new ArrayBuffer(HP_REGION_SIZE);
    const status = shim.hp_shm_open(cString(name), bytes, flags, shim.addressOf(record));
    expectOk(status, `can't open shared memory ${name}`, shim.hp_last_errno());
    return new Region(shim, record);
  }

  /** Unmaps. Nothing may use a view of it afterwards. A second call does nothing. */
  free(): void {
    if (this.isFreed) return;
    this.isFreed = true;
    this.shim.hp_region_free(this.shim.addressOf(this.record));
  }
}

/** Removes a named segment; memory mapped by anybody stays until they free it. */
export function unlinkShm(shim: MemoryShim, name: string): number {
  return shim.hp_shm_unlink(cString(name));
}

/** A piece of an arena. */
export interface Block {
  buffer: ArrayBuffer;
  /** Bytes from the start of `buffer`. */
  offset: number;
  size: number;
  /** Address of the first byte, for the shim. */
  addr: number;
}

export class Arena {
  readonly region: Region;
  private used = 0;

  constructor(region: Region) {
    this.region = region;
  }

  /** An arena over private memory. Throws StatusError. */
  static alloc(shim: MemoryShim, bytes: number, flags = 0): Arena {
    return new Arena(Region.alloc(shim, bytes, flags));
  }

  /** Bytes that are left. */
  get room(): number {
    return this.region.size - this.used;
  }

  /** The next `size` bytes, aligned (128 keeps writers apart). Throws StatusError when full. */
  take(size: number, align = 128): Block {
    const offset = Math.ceil(this.used / align) * align;
    if (!(size >= 0) || offset + size > this.region.size)
      throw new StatusError(`the arena of ${this.region.size} bytes can't give ${size}`, HP_ENOSPC);
    this.used = offset + size;
    return { buffer: this.region.buffer, offset, size, addr: this.region.addr + offset };
  }

  uint8(count: number): Uint8Array {
    const block = this.take(count);
    return new Uint8Array(block.buffer, block.offset, count);
  }

  int32(count: number): Int32Array {
    const block = this.take(count * 4);
    return new Int32Array(block.buffer, block.offset, count);
  }

  float64(count: number): Float64Array {
    const block = this.take(count * 8);
    return new Float64Array(block.buffer, block.offset, count);
  }

  /** Frees the region: last of all. */
  free(): void {
    this.region.free();
  }
}

/** A whole region as one block. */
export function wholeBlock(region: Region): Block {
  return { buffer: region.buffer, offset: 0, size: region.size, addr: region.addr };
}
