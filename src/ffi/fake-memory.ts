/**
 * Memory of the fake shim: addresses are numbers that stand for places in ArrayBuffers, so that code
 * written for real addresses runs unchanged.
 */
import {
  HP_EABI,
  HP_EEXIST,
  HP_EINVAL,
  HP_ENOENT,
  HP_ENOSPC,
  HP_MEM_HUGE,
  HP_MEM_LOCK,
  HP_OK,
  HP_PAGES_HUGE,
  HP_PAGES_PLAIN,
  HP_PAGES_SHM,
  HP_REGION__ADDR,
  HP_REGION__LOCKED,
  HP_REGION__PAGES,
  HP_REGION__SIZE,
  HP_REGION_SIZE,
  HP_SHM_CREATE,
  HP_SHM_OPEN_OR_CREATE,
} from "./layout.ts";

const PAGE = 4096;

/** A place in memory: `offset` bytes into `buffer`, with `room` bytes to its end. */
export interface FakePlace {
  buffer: ArrayBuffer;
  offset: number;
  room: number;
}

export class FakeMemory {
  /** Bytes that all named segments may take together: a small number plays a full /dev/shm. */
  shmLimit = Number.POSITIVE_INFINITY;
  /** True when hp_arena_alloc finds huge pages. */
  hasHugePages = false;
  readonly segments = new Map<string, ArrayBuffer>();
  private regions: { addr: number; buffer: ArrayBuffer }[] = [];
  private addresses = new WeakMap<ArrayBuffer, number>();
  /** A named segment is mapped by several fake processes at one place: who frees last unmaps it. */
  private mappings = new WeakMap<ArrayBuffer, number>();
  private next = 0x7f00_0000_0000;

  /** The address of any buffer; it gets one when first asked for. */
  addressOf(buffer: ArrayBuffer): number {
    const known = this.addresses.get(buffer);
    if (known !== undefined) return known;
    const addr = this.next;
    this.next += Math.ceil(buffer.byteLength / PAGE) * PAGE + PAGE;
    this.regions.push({ addr, buffer });
    this.addresses.set(buffer, addr);
    return addr;
  }

  /** What lies at an address; throws where a real program would crash. */
  at(addr: number): FakePlace {
    for (let i = this.regions.length - 1; i >= 0; i--) {
      const { addr: base, buffer } = this.regions[i]!;
      if (addr >= base && addr < base + buffer.byteLength)
        return { buffer, offset: addr - base, room: buffer.byteLength - (addr - base) };
    }
    throw new Error(`fake shim: nothing is mapped at ${addr}`);
  }

  words(addr: number, count: number): Int32Array {
    const place = this.at(addr);
    return new Int32Array(place.buffer, place.offset, count);
  }

  bytes(addr: number, count: number): Uint8Array {
    const place = this.at(addr);
    return new Uint8Array(place.buffer, place.offset, count);
  }

  view(addr: number, count: number): DataView {
    const place = this.at(addr);
    return new DataView(place.buffer, place.offset, count);
  }

  map(addr: number, size: number): ArrayBuffer {
    const { buffer, offset } = this.at(addr);
    if (offset !== 0 || buffer.byteLength !== size)
      throw new Error("fake shim: map() takes a whole region, as hp_region gives it");
    return buffer;
  }

  alloc(bytes: number, flags: number, out: number): number {
    if (out === 0 || !(bytes >= 1)) return HP_EINVAL;
    const isHuge = (flags & HP_MEM_HUGE) !== 0 && this.hasHugePages;
    const unit = isHuge ? 2 << 20 : PAGE;
    const buffer = new ArrayBuffer(Math.ceil(bytes / unit) * unit);
    return this.fill(out, buffer, isHuge ? HP_PAGES_HUGE : HP_PAGES_PLAIN, flags);
  }

  shmOpen(name: string, bytes: number, flags: number, out: number): number {
    const plain = name.startsWith("/") ? name.slice(1) : name;
    const mayCreate = (flags & (HP_SHM_CREATE | HP_SHM_OPEN_OR_CREATE)) !== 0;
    if (out === 0 || plain === "" || plain.startsWith(".") || plain.includes("/")) return HP_EINVAL;
    if (plain.length > 200 || !(bytes >= (mayCreate ? 1 : 0))) return HP_EINVAL;
    const size = Math.ceil(bytes / PAGE) * PAGE;
    let buffer = this.segments.get(plain);
    if (buffer === undefined) {
      if (!mayCreate) return HP_ENOENT;
      let used = size;
      for (const other of this.segments.values()) used += other.byteLength;
      if (used > this.shmLimit) return HP_ENOSPC;
      buffer = new ArrayBuffer(size);
      this.segments.set(plain, buffer);
    } else if ((flags & HP_SHM_CREATE) !== 0) {
      return HP_EEXIST;
    } else if (buffer.byteLength < size) {
      return HP_EABI;
    }
    return this.fill(out, buffer, HP_PAGES_SHM, flags);
  }

  shmUnlink(name: string): number {
    const plain = name.startsWith("/") ? name.slice(1) : name;
    if (plain === "" || plain.includes("/")) return HP_EINVAL;
    return this.segments.delete(plain) ? HP_OK : HP_ENOENT;
  }

  free(region: number): number {
    const view = this.view(region, HP_REGION_SIZE);
    const addr = view.getFloat64(HP_REGION__ADDR, true);
    if (!(addr > 0)) return HP_EINVAL;
    const { buffer } = this.at(addr);
    const left = this.mappings.get(buffer)! - 1;
    this.mappings.set(buffer, left);
    if (left === 0) {
      this.regions = this.regions.filter((known) => known.buffer !== buffer);
      this.addresses.delete(buffer);
    }
    for (let i = 0; i < HP_REGION_SIZE; i += 4) view.setInt32(i, 0, true);
    return HP_OK;
  }

  private fill(out: number, buffer: ArrayBuffer, pages: number, flags: number): number {
    const view = this.view(out, HP_REGION_SIZE);
    this.mappings.set(buffer, (this.mappings.get(buffer) ?? 0) + 1);
    view.setFloat64(HP_REGION__ADDR, this.addressOf(buffer), true);
    view.setFloat64(HP_REGION__SIZE, buffer.byteLength, true);
    view.setInt32(HP_REGION__PAGES, pages, true);
    view.setInt32(HP_REGION__LOCKED, (flags & HP_MEM_LOCK) !== 0 ? 1 : 0, true);
    return HP_OK;
  }
}
