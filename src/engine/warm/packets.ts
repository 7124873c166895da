// @hot
/**
 * Packets of warm-up, back to back in one buffer: those of a prologue, and a cycle that starts and
 * ends with empty books, so that it can be played for ever with only the sequence numbers renewed.
 */

import { sumOfBytes } from "../../feed/opra/block-sum.ts";

/** Where a packet has its number, and how. */
export interface WarmNumbers {
  /** Of a packet of the feed: offset, 4 or 8 bytes, byte order. */
  at: number;
  bytes: 4 | 8;
  isLittle: boolean;
  /** Of a snapshot: where the number of the last packet before it stands, 4 bytes; 0 = no snapshots. */
  snapshotAt: number;
  /** Of an OPRA block: where its checksum stands; 0 = packets have none. */
  sumAt: number;
  /** Sequences begin anew, with the prologue, before they would pass it. */
  max: number;
}

export class WarmPackets {
  readonly bytes: Uint8Array;
  readonly offset: Int32Array;
  readonly length: Int32Array;
  /** Sequence numbers that a packet takes; 0 = it is a snapshot, not numbered with the others. */
  readonly messages: Int32Array;
  /** Packets 0..prologue-1 are sent once, the rest in a cycle. */
  readonly prologue: number;
  readonly count: number;
  /** Sequences begin anew, with the prologue, when the cycle's end is beyond it. */
  readonly sequenceMax: number;
  private readonly view: DataView;
  private readonly at: number;
  private readonly isWide: boolean;
  private readonly isLittle: boolean;
  private readonly snapshotAt: number;
  private readonly sumAt: number;

  constructor(
    packets: readonly { bytes: Uint8Array; messages: number }[],
    prologue: number,
    numbers: WarmNumbers,
  ) {
    const n = packets.length;
    const total = packets.reduce((sum, p) => sum + ((p.bytes.length + 63) & ~63), 0);
    this.bytes = new Uint8Array(new ArrayBuffer(total));
    this.view = new DataView(this.bytes.buffer);
    this.offset = new Int32Array(new ArrayBuffer(4 * n));
    this.length = new Int32Array(new ArrayBuffer(4 * n));
    this.messages = new Int32Array(new ArrayBuffer(4 * n));
    this.prologue = prologue;
    this.count = n;
    this.at = numbers.at;
    this.isWide = numbers.bytes === 8;
    this.isLittle = numbers.isLittle;
    this.snapshotAt = numbers.snapshotAt;
    this.sumAt = numbers.sumAt;
    this.sequenceMax = numbers.max;
    let at = 0;
    for (let i = 0; i < n; i++) {
      const packet = packets[i]!;
      this.bytes.set(packet.bytes, at);
      this.offset[i] = at;
      this.length[i] = packet.bytes.length;
      this.messages[i] = packet.messages;
      at += (packet.bytes.length + 63) & ~63;
    }
  }

  /** Gives a packet its number: that of its first message, or of the packet. */
  stamp(index: number, sequence: number): void {
    const from = this.offset[index]!;
    if (this.messages[index] === 0) {
      this.view.setUint32(from + this.snapshotAt, sequence - 1, true);
      return;
    }
    const at = from + this.at;
    if (this.isWide) {
      const high = (sequence / 4294967296) | 0;
      const low = sequence >>> 0;
      this.view.setUint32(this.isLittle ? at + 4 : at, high, this.isLittle);
      this.view.setUint32(this.isLittle ? at : at + 4, low, this.isLittle);
    } else this.view.setUint32(at, sequence >>> 0, this.isLittle);
    if (this.sumAt !== 0) this.sum(from, this.length[index]!);
  }

  private sum(from: number, length: number): void {
    this.view.setUint16(from + this.sumAt, 0);
    this.view.setUint16(from + this.sumAt, sumOfBytes(this.view, from, length) & 0xffff);
  }
}
