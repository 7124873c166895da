// @hot
/**
 * Messages that wait to leave: their bytes lie one behind the other in the send arena, one entry each
 * tells which message ends where.
 *
 *   send arena: | templates | administrative message | base: head ....waiting.... tail | free |
 */
import { residentBuffer } from "../../core/resident.ts";
import type { Journal } from "../../journal/journal.ts";
import type { Stream } from "../../net/stream.ts";

/** Messages that may wait at once. */
export const WAITING_MAX = 256;
const ENTRY_WORDS = 4;
const E_END = 0;
const E_SEQ = 1;
const E_SLOT = 2;
const E_BYTES = 3;
/** Doubles per entry: journal position, clock of the burst, receive stamp. */
const ENTRY_DOUBLES = 3;

export class Backlog {
  /** Bytes from `base` on: [head, tail) waits. */
  head = 0;
  tail = 0;
  /** Messages that wait. */
  count = 0;
  /** How many of them, from the first, have their DEFER record. */
  deferred = 0;
  readonly base: number;
  private readonly tx: Uint8Array;
  private readonly capacity: number;
  private readonly entries: Int32Array;
  private readonly doubles: Float64Array;
  private first = 0;

  constructor(stream: Stream, base: number) {
    this.tx = stream.tx;
    this.base = base;
    this.capacity = stream.tx.length - base;
    this.entries = new Int32Array(residentBuffer(4 * ENTRY_WORDS * WAITING_MAX));
    this.doubles = new Float64Array(residentBuffer(8 * ENTRY_DOUBLES * WAITING_MAX));
  }

  isEmpty(): boolean {
    return this.tail === this.head;
  }

  isHalfFull(): boolean {
    return this.tail - this.head > this.capacity >> 1 || this.count > WAITING_MAX >> 1;
  }

  /** length: of all the messages together. */
  canTake(length: number, messages = 1): boolean {
    return this.count + messages <= WAITING_MAX && this.tail - this.head + length <= this.capacity;
  }

  /**
   * Copies the rest of a message, tx[from .. from + length), behind what waits; canTake was asked.
   * `bytes`: of the whole message. `position`: of its journal record.
   */
  push(
    seq: number,
    slot: number,
    from: number,
    length: number,
    bytes: number,
    position: number,
    burstNs: number,
    rxNs: number,
  ): void {
    if (this.tail + length > this.capacity) this.compact();
    this.tx.copyWithin(this.base + this.tail, from, from + length);
    this.tail += length;
    const at = (this.first + this.count) & (WAITING_MAX - 1);
    const e = at * ENTRY_WORDS;
    this.entries[e + E_END] = this.tail;
    this.entries[e + E_SEQ] = seq;
    this.entries[e + E_SLOT] = slot | 0;
    this.entries[e + E_BYTES] = bytes;
    const d = at * ENTRY_DOUBLES;
    this.doubles[d] = position;
    this.doubles[d + 1] = burstNs;
    this.doubles[d + 2] = rxNs;
    this.count++;
  }

  /** Of the i-th waiting message. */
  seq(i: number): number {
    return this.entries[this.entry(i) + E_SEQ]!;
  }
  /** -1 for an administrative message. */
  slot(i: number): number {
    return this.entries[this.entry(i) + E_SLOT]!;
  }
  bytes(i: number): number {
    return this.entries[this.entry(i) + E_BYTES]!;
  }
  burstNs(i: number): number {
    return this.doubles[((this.first + i) & (WAITING_MAX - 1)) * ENTRY_DOUBLES + 1]!;
  }
  rxNs(i: number): number {
    return this.doubles[((this.first + i) & (WAITING_MAX - 1)) * ENTRY_DOUBLES + 2]!;
  }

  /** True when the first message has left to its last byte. */
  firstHasLeft(): boolean {
    return this.count > 0 && this.entries[this.entry(0) + E_END]! <= this.head;
  }

  /** Drops the first entry. */
  shift(): void {
    this.first = (this.first + 1) & (WAITING_MAX - 1);
    this.count--;
    if (this.deferred > 0) this.deferred--;
    if (this.count === 0 && this.head === this.tail) {
      this.head = 0;
      this.tail = 0;
    }
  }

  clear(): void {
    this.head = 0;
    this.tail = 0;
    this.first = 0;
    this.count = 0;
    this.deferred = 0;
  }

  /** End of the last waiting message whose journal record is on disk. */
  durableEnd(journal: Journal): number {
    let end = this.head;
    for (let i = 0; i < this.count; i++) {
      const at = (this.first + i) & (WAITING_MAX - 1);
      if (!journal.isDurable(this.doubles[at * ENTRY_DOUBLES]!)) break;
      end = this.entries[at * ENTRY_WORDS + E_END]!;
    }
    return end;
  }

  private entry(i: number): number {
    return ((this.first + i) & (WAITING_MAX - 1)) * ENTRY_WORDS;
  }

  private compact(): void {
    const head = this.head;
    this.tx.copyWithin(this.base, this.base + head, this.base + this.tail);
    for (let i = 0; i < this.count; i++) this.entries[this.entry(i) + E_END]! -= head;
    this.tail -= head;
    this.head = 0;
  }
}
