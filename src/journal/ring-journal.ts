// @hot
import {
  HP_JOURNAL__BROKEN_W,
  HP_JOURNAL__DATA_SIZE_W,
  HP_JOURNAL__DURABLE_W,
  HP_JOURNAL__EPOCH_W,
  HP_JOURNAL__HEAD_W,
  HP_JOURNAL__NEXT_NUMBER_W,
  HP_JOURNAL__TAIL_W,
  HP_JOURNAL_DATA,
  HP_RECORD__CHECK_W,
  HP_RECORD__EPOCH_W,
  HP_RECORD__LENGTH_W,
  HP_RECORD__NUMBER_W,
  HP_RECORD__RESERVED_W,
  HP_RECORD__TIME_NS_D,
  HP_RECORD_SIZE,
} from "../ffi/layout.ts";
import { copyChecked, recordCheck } from "./check.ts";
import {
  JOURNAL_BYTES,
  JOURNAL_NO_ROOM,
  JOURNAL_PADS,
  JOURNAL_RECORDS,
  JOURNAL_REFUSED,
  JOURNAL_USED_MAX,
} from "./counters.ts";
import { JOURNAL_FULL, type Journal } from "./journal.ts";

const RECORD_WORDS = HP_RECORD_SIZE / 4;
/** Second word of a record: type in the low half, engine in the high half. */
const TYPE_WORD = 1;

/**
 * What the journal learns from outside its own process: whether control keeps up. Given the truth, each
 * returns what is to be believed: a recording notes it and passes it on, a replay says what was noted.
 */
export interface JournalInputs {
  hasRoom(has: boolean): boolean;
  isFull(isFull: boolean): boolean;
  durable(cursor: number): number;
}

export interface RingJournalOptions {
  /** An hp_journal laid out by layoutRing (ring-layout.ts): header and data. */
  buffer: ArrayBuffer;
  /** Engine index, 0..HP_ENGINES_MAX-1. */
  engine: number;
  /** hp_engine.counters, or an array of the same shape. */
  counters: Float64Array;
  /**
   * True for a ring that nobody drains (warm-up on the shadow): its own writer throws the old
   * records away. The class is the same, so that the shadow warms the very code that runs live.
   */
  isPrivate?: boolean;
  /** Absent: the truth. */
  inputs?: JournalInputs;
}

/**
 * The engine's end of the journal ring (hp_journal, hairpin.h).
 *
 *        tail                         head
 *   ......|record|record|record|record|.....................|PAD...|
 *
 * `begin` reserves, `commit` publishes: header words, check, length, then the head, which is what a
 * reader goes by, with one atomic store: the compiler moves nothing behind it. It costs about 5 ns.
 * A record opened and never committed is simply overwritten by the next begin.
 */
export class RingJournal implements Journal {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly bytes: Uint8Array;
  private readonly header: Int32Array;
  private readonly counters: Float64Array;
  private readonly size: number;
  private readonly mask: number;
  private readonly limit: number;
  private readonly engineBits: number;
  private readonly epoch: number;
  private readonly isPrivate: boolean;
  private readonly inputs: JournalInputs | null;
  private head: number;
  private tail: number;
  private durable: number;
  private number: number;
  private openAt = 0;
  private openPad = 0;
  private openBytes = 0;
  private openType = 0;

  constructor(options: RingJournalOptions) {
    const header = new Int32Array(options.buffer, 0, HP_JOURNAL_DATA / 4);
    const size = header[HP_JOURNAL__DATA_SIZE_W]!;
    this.header = header;
    this.words = new Int32Array(options.buffer, HP_JOURNAL_DATA, size >>> 2);
    this.doubles = new Float64Array(options.buffer, HP_JOURNAL_DATA, size >>> 3);
    this.bytes = new Uint8Array(options.buffer, HP_JOURNAL_DATA, size);
    this.counters = options.counters;
    this.size = size;
    this.mask = size - 1;
    this.limit = (size >>> 2) * 3;
    this.engineBits = options.engine << 16;
    this.epoch = header[HP_JOURNAL__EPOCH_W]!;
    this.isPrivate = options.isPrivate === true;
    this.inputs = options.inputs ?? null;
    this.head = Atomics.load(header, HP_JOURNAL__HEAD_W);
    this.tail = Atomics.load(header, HP_JOURNAL__TAIL_W);
    this.durable = Atomics.load(header, HP_JOURNAL__DURABLE_W);
    this.number = header[HP_JOURNAL__NEXT_NUMBER_W]!;
  }

  begin(type: number, bodyBytes: number): number {
    const total = (HP_RECORD_SIZE + bodyBytes + 7) & ~7;
    let at = this.head & this.mask;
    const atEnd = this.size - at;
    const pad = atEnd < total ? atEnd : 0;
    if (this.isFull(total + pad)) {
      this.counters[JOURNAL_REFUSED]!++;
      this.openBytes = 0;
      return JOURNAL_FULL;
    }
    if (pad !== 0) at = 0;
    const word = at >>> 2;
    if ((bodyBytes & 7) !== 0) {
      // What the caller leaves of the last words must not be what an older record left there.
      const last = word + (total >>> 2) - 2;
      this.words[last] = 0;
      this.words[last + 1] = 0;
    }
    this.openAt = word;
    this.openPad = pad;
    this.openBytes = total;
    this.openType = type;
    return word + RECORD_WORDS;
  }

  commit(timeNs: number): void {
    const total = this.openBytes;
    if (total === 0) return;
    this.writeHeader(timeNs);
    this.publish(recordCheck(this.words, this.openAt, total >>> 2));
  }

  commitBytes(timeNs: number, from: DataView, start: number, length: number): void {
    const total = this.openBytes;
    if (total === 0) return;
    this.writeHeader(timeNs);
    const at = this.openAt;
    const to = at + ((total - ((length + 7) & ~7)) >>> 2);
    this.publish(copyChecked(this.words, at, total >>> 2, to, from, start, length));
  }

  private writeHeader(timeNs: number): void {
    const words = this.words;
    const at = this.openAt;
    const pad = this.openPad;
    if (pad !== 0) {
      const end = (this.head & this.mask) >>> 2;
      words[end + TYPE_WORD] = this.engineBits; // HP_JR_PAD
      words[end + HP_RECORD__LENGTH_W] = pad;
      this.counters[JOURNAL_PADS]!++;
    }
    words[at + TYPE_WORD] = this.openType | this.engineBits;
    words[at + HP_RECORD__NUMBER_W] = this.number;
    this.doubles[(at >>> 1) + HP_RECORD__TIME_NS_D] = timeNs;
    words[at + HP_RECORD__EPOCH_W] = this.epoch;
    words[at + HP_RECORD__RESERVED_W] = 0;
  }

  private publish(check: number): void {
    const total = this.openBytes;
    this.words[this.openAt + HP_RECORD__CHECK_W] = check;
    this.words[this.openAt + HP_RECORD__LENGTH_W] = total;
    this.number = (this.number + 1) | 0;
    this.head = (this.head + this.openPad + total) | 0;
    this.openBytes = 0;
    this.header[HP_JOURNAL__NEXT_NUMBER_W] = this.number;
    Atomics.store(this.header, HP_JOURNAL__HEAD_W, this.head);
    this.counters[JOURNAL_RECORDS]!++;
    this.counters[JOURNAL_BYTES]! += total;
  }

  /**
   * Asked for every new order. The broken word is read plainly: the engine makes a native call each
   * turn, after which plain reads are made again, and one turn late is early enough.
   */
  hasRoom(): boolean {
    const has = this.isBelowLimit();
    return this.inputs === null ? has : this.inputs.hasRoom(has);
  }

  position(): number {
    return this.head >>> 0;
  }

  isDurable(position: number): boolean {
    if (((this.durable - position) | 0) >= 0) return true;
    this.durable = this.isPrivate ? this.head : Atomics.load(this.header, HP_JOURNAL__DURABLE_W);
    if (this.inputs !== null) this.durable = this.inputs.durable(this.durable);
    return ((this.durable - position) | 0) >= 0;
  }

  private isFull(bytes: number): boolean {
    let full = this.size - ((this.head - this.tail) | 0) < bytes;
    if (full) {
      this.renewTail();
      full = this.size - ((this.head - this.tail) | 0) < bytes;
    }
    return this.inputs === null ? full : this.inputs.isFull(full);
  }

  private isBelowLimit(): boolean {
    if (this.header[HP_JOURNAL__BROKEN_W] !== 0) {
      this.counters[JOURNAL_NO_ROOM]!++;
      return false;
    }
    if (((this.head - this.tail) | 0) < this.limit) return true;
    this.renewTail();
    if (((this.head - this.tail) | 0) < this.limit) return true;
    this.counters[JOURNAL_NO_ROOM]!++;
    return false;
  }

  private renewTail(): void {
    const used = (this.head - this.tail) | 0;
    if (used > this.counters[JOURNAL_USED_MAX]!) this.counters[JOURNAL_USED_MAX] = used;
    this.tail = this.isPrivate ? this.head : Atomics.load(this.header, HP_JOURNAL__TAIL_W);
  }
}
