import { JOURNAL_FULL, type Journal } from "../../src/journal/journal.ts";

export interface MemoryRecord {
  type: number;
  words: number[];
  bytes: Uint8Array;
  timeNs: number;
}

/** A Journal that keeps its committed records as objects, and is full or not durable on demand. */
export class MemoryJournal implements Journal {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly bytes: Uint8Array;
  readonly records: MemoryRecord[] = [];
  isFull = false;
  room = true;
  /** Records on disk; all of them by default. */
  durable = Number.POSITIVE_INFINITY;
  private open: { type: number; size: number } | undefined;

  constructor() {
    const buffer = new ArrayBuffer(65_536);
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.bytes = new Uint8Array(buffer);
  }

  begin(type: number, bodyBytes: number): number {
    this.open = undefined;
    if (this.isFull) return JOURNAL_FULL;
    this.bytes.fill(0xee, 0, bodyBytes + 16);
    this.open = { type, size: bodyBytes };
    return 8;
  }

  commit(timeNs: number): void {
    if (!this.open) return;
    const { type, size } = this.open;
    this.open = undefined;
    this.records.push({
      type,
      words: [...this.words.subarray(8, 8 + ((size + 3) >> 2))],
      bytes: this.bytes.slice(32, 32 + size),
      timeNs,
    });
  }

  commitBytes(timeNs: number, from: DataView, start: number, length: number): void {
    const bytes = new Uint8Array(from.buffer, from.byteOffset + start, length);
    if (this.open) this.bytes.set(bytes, 32 + this.open.size - length);
    this.commit(timeNs);
  }

  hasRoom(): boolean {
    return this.room && !this.isFull;
  }

  position(): number {
    return this.records.length;
  }

  isDurable(position: number): boolean {
    return position <= this.durable;
  }

  ofType(type: number): MemoryRecord[] {
    return this.records.filter((r) => r.type === type);
  }
}
