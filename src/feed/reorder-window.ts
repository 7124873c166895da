// @hot
/**
 * Packets that came ahead of a missing one: each copied once into a slot, kept in sequence order.
 * Sorted ring of slot numbers; a packet usually belongs at its end, so an insert moves little.
 */
import { residentBuffer } from "../core/resident.ts";

export const WINDOW_HELD = 1;
/** The window has this packet (the other line's copy). */
export const WINDOW_DUPLICATE = 0;
/** No room: the packet with the highest sequence was dropped, this one or a held one. */
export const WINDOW_OVERFLOW = -1;
/** Longer than a slot. */
export const WINDOW_OVERSIZE = -2;

export class ReorderWindow {
  count = 0;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** By slot: first sequence, one past the last, arrival, bytes, line. */
  readonly seq: Float64Array;
  readonly end: Float64Array;
  readonly timeNs: Float64Array;
  readonly length: Int32Array;
  readonly line: Int32Array;
  private readonly slotBytes: number;
  private readonly capacity: number;
  private readonly mask: number;
  private head = 0;
  private readonly order: Int32Array;
  private readonly free: Int32Array;
  private freeCount: number;

  /** `residentPackets`: slots whose memory is there from the start; the first ones to be used. */
  constructor(packets: number, slotBytes: number, residentPackets = packets) {
    this.capacity = packets;
    this.slotBytes = (slotBytes + 7) & ~7;
    const buffer = new ArrayBuffer(packets * this.slotBytes);
    this.bytes = new Uint8Array(buffer);
    this.bytes.fill(0, 0, Math.min(packets, residentPackets) * this.slotBytes);
    this.view = new DataView(buffer);
    this.seq = new Float64Array(residentBuffer(8 * packets));
    this.end = new Float64Array(residentBuffer(8 * packets));
    this.timeNs = new Float64Array(residentBuffer(8 * packets));
    this.length = new Int32Array(residentBuffer(4 * packets));
    this.line = new Int32Array(residentBuffer(4 * packets));
    let ring = 1;
    while (ring < packets) ring *= 2;
    this.mask = ring - 1;
    this.order = new Int32Array(residentBuffer(4 * ring));
    this.free = new Int32Array(residentBuffer(4 * packets));
    for (let i = 0; i < packets; i++) this.free[i] = packets - 1 - i;
    this.freeCount = packets;
  }

  /** Slot with the lowest sequence. Only when count > 0. */
  first(): number {
    return this.order[this.head]!;
  }

  offsetOf(slot: number): number {
    return slot * this.slotBytes;
  }

  /** Gives the first slot back. */
  shift(): void {
    this.free[this.freeCount++] = this.order[this.head]!;
    this.head = (this.head + 1) & this.mask;
    this.count--;
  }

  clear(): void {
    while (this.count > 0) this.shift();
  }

  /** Copies a packet in. WINDOW_*. */
  insert(
    bytes: Uint8Array,
    offset: number,
    length: number,
    seq: number,
    end: number,
    timeNs: number,
    line: number,
  ): number {
    if (length > this.slotBytes) return WINDOW_OVERSIZE;
    let at = this.count;
    while (at > 0 && this.seq[this.order[(this.head + at - 1) & this.mask]!]! > seq) at--;
    if (at > 0 && this.end[this.order[(this.head + at - 1) & this.mask]!]! >= end) {
      return WINDOW_DUPLICATE;
    }
    let result = WINDOW_HELD;
    if (this.count === this.capacity) {
      result = WINDOW_OVERFLOW;
      if (at === this.count) return result;
      this.count--;
      this.free[this.freeCount++] = this.order[(this.head + this.count) & this.mask]!;
    }
    const slot = this.free[--this.freeCount]!;
    for (let i = this.count; i > at; i--) {
      this.order[(this.head + i) & this.mask] = this.order[(this.head + i - 1) & this.mask]!;
    }
    this.order[(this.head + at) & this.mask] = slot;
    this.count++;
    this.seq[slot] = seq;
    this.end[slot] = end;
    this.timeNs[slot] = timeNs;
    this.length[slot] = length;
    this.line[slot] = line;
    const to = slot * this.slotBytes;
    for (let i = 0; i < length; i++) this.bytes[to + i] = bytes[offset + i]!;
    return result;
  }
}
