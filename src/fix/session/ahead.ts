// @hot
/**
 * Messages that came ahead of a gap: kept in a corner of the receive arena until the numbers before
 * them have come in. What finds no room is dropped, since it is among what was asked for again.
 *
 *   receive arena: | messages as they come ................ | base: kept | kept | free .......... |
 */
export const AHEAD_BYTES_DEFAULT = 16_384;
export const AHEAD_MAX = 256;
const ENTRY_WORDS = 3;
const E_SEQ = 0;
const E_OFFSET = 1;
const E_LENGTH = 2;

export class AheadMessages {
  /** Of the message that take() found: where it lies in the arena; length 0 = handled already. */
  offset = 0;
  length = 0;
  count = 0;
  private readonly rx: Uint8Array;
  private readonly base: number;
  private readonly entries: Int32Array;
  private tail: number;

  /** The last `bytes` of rx are its own. */
  constructor(rx: Uint8Array, bytes: number) {
    this.rx = rx;
    this.base = rx.length - bytes;
    this.tail = this.base;
    this.entries = new Int32Array(new ArrayBuffer(4 * ENTRY_WORDS * AHEAD_MAX));
  }

  /** Keeps rx[from .. from + length) as message `seq`; length 0 only notes that it was handled. */
  put(seq: number, from: number, length: number): boolean {
    if (this.find(seq) >= 0) return true;
    if (this.count === AHEAD_MAX || this.tail + length > this.rx.length) return false;
    this.rx.copyWithin(this.tail, from, from + length);
    const e = this.count * ENTRY_WORDS;
    this.entries[e + E_SEQ] = seq;
    this.entries[e + E_OFFSET] = this.tail;
    this.entries[e + E_LENGTH] = length;
    this.tail += length;
    this.count++;
    return true;
  }

  /** True when message `seq` is here: offset and length tell where, valid until the next put(). */
  take(seq: number): boolean {
    if (this.count === 0) return false;
    const at = this.find(seq);
    if (at < 0) return false;
    this.offset = this.entries[at * ENTRY_WORDS + E_OFFSET]!;
    this.length = this.entries[at * ENTRY_WORDS + E_LENGTH]!;
    this.remove(at);
    return true;
  }

  /** True when message `seq` is here. */
  has(seq: number): boolean {
    return this.count !== 0 && this.find(seq) >= 0;
  }

  /** What is below `nextIn` is not wanted any more. */
  dropBelow(nextIn: number): void {
    for (let i = this.count - 1; i >= 0; i--) {
      if (this.entries[i * ENTRY_WORDS + E_SEQ]! < nextIn) this.remove(i);
    }
  }

  clear(): void {
    this.count = 0;
    this.tail = this.base;
  }

  private find(seq: number): number {
    for (let i = 0; i < this.count; i++) {
      if (this.entries[i * ENTRY_WORDS + E_SEQ] === seq) return i;
    }
    return -1;
  }

  /** The last entry takes its place; bytes are given back when nothing is left. */
  private remove(at: number): void {
    const last = --this.count;
    if (at !== last) {
      this.entries.copyWithin(at * ENTRY_WORDS, last * ENTRY_WORDS, (last + 1) * ENTRY_WORDS);
    }
    if (last === 0) this.tail = this.base;
  }
}
