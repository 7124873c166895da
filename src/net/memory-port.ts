// @hot
import { HP_ECLOSED } from "../ffi/layout.ts";
import {
  BURST_MAX,
  DESC_DOUBLES,
  DESC_FLAGS,
  DESC_LENGTH,
  DESC_LINE,
  DESC_OFFSET,
  DESC_RX_NS,
  DESC_WORDS,
  STAT_BYTES,
  STAT_PACKETS,
  STAT_POLLS,
} from "./desc.ts";
import type { Port } from "./port.ts";

/** Options of a MemoryPort. */
export interface MemoryPortOptions {
  name?: string;
  /** Packets that may wait, a power of two; default 256. */
  capacity?: number;
  /** Longest packet in bytes; default 2048. */
  slotSize?: number;
}

/**
 * A Port over packets pushed by the same thread: warm-up, replay, tests. No shim, no native memory,
 * nothing allocated after the constructor.
 */
export class MemoryPort implements Port {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly desc: Uint32Array;
  readonly descTime: Float64Array;
  readonly stats: Float64Array;
  private readonly capacity: number;
  private readonly slotSize: number;
  private readonly lengths: Int32Array;
  private readonly lines: Int32Array;
  private readonly stamps: Float64Array;
  private head = 0;
  private given = 0;
  private tail = 0;
  private isClosed = false;

  constructor(options: MemoryPortOptions = {}) {
    const capacity = options.capacity ?? 256;
    const slotSize = options.slotSize ?? 2048;
    if (capacity < 1 || (capacity & (capacity - 1)) !== 0)
      throw new Error("the capacity of a MemoryPort is a power of two");
    const arena = new ArrayBuffer(capacity * slotSize);
    const table = new ArrayBuffer(BURST_MAX * DESC_WORDS * 4);
    this.name = options.name ?? "memory";
    this.bytes = new Uint8Array(arena);
    this.view = new DataView(arena);
    this.desc = new Uint32Array(table);
    this.descTime = new Float64Array(table);
    this.stats = new Float64Array(new ArrayBuffer(64));
    this.capacity = capacity;
    this.slotSize = slotSize;
    this.lengths = new Int32Array(new ArrayBuffer(capacity * 4));
    this.lines = new Int32Array(new ArrayBuffer(capacity * 4));
    this.stamps = new Float64Array(new ArrayBuffer(capacity * 8));
  }

  /** Queues a packet; false when there is no room, or it is longer than a slot. */
  push(payload: Uint8Array, line: number, rxNs: number): boolean {
    return this.pushPart(payload, 0, payload.length, line, rxNs);
  }

  /** Queues source[offset, offset + length). */
  pushPart(
    source: Uint8Array,
    offset: number,
    length: number,
    line: number,
    rxNs: number,
  ): boolean {
    if (this.head - this.tail >= this.capacity || length > this.slotSize) return false;
    const slot = this.head & (this.capacity - 1);
    const at = slot * this.slotSize;
    for (let i = 0; i < length; i++) this.bytes[at + i] = source[offset + i]!;
    this.lengths[slot] = length;
    this.lines[slot] = line;
    this.stamps[slot] = rxNs;
    this.head = this.head + 1;
    return true;
  }

  rxBurst(): number {
    if (this.isClosed) return HP_ECLOSED;
    const ready = this.head - this.given;
    const count = Math.min(ready, BURST_MAX);
    let bytes = 0;
    for (let i = 0; i < count; i++) {
      const slot = (this.given + i) & (this.capacity - 1);
      const out = i * DESC_WORDS;
      const length = this.lengths[slot]!;
      this.desc[out + DESC_OFFSET] = slot * this.slotSize;
      this.desc[out + DESC_LENGTH] = length;
      this.desc[out + DESC_FLAGS] = 0;
      this.desc[out + DESC_LINE] = this.lines[slot]!;
      this.descTime[i * DESC_DOUBLES + DESC_RX_NS] = this.stamps[slot]!;
      bytes += length;
    }
    this.given += count;
    this.stats[STAT_POLLS] = this.stats[STAT_POLLS]! + 1;
    this.stats[STAT_PACKETS] = this.stats[STAT_PACKETS]! + count;
    this.stats[STAT_BYTES] = this.stats[STAT_BYTES]! + bytes;
    return count;
  }

  rxRelease(): void {
    this.tail = this.given;
    if (this.tail === this.head) {
      this.head = 0;
      this.given = 0;
      this.tail = 0;
    }
  }

  close(): void {
    this.isClosed = true;
  }
}
