// @hot
/**
 * Where the application messages of a session stand in the journal ring, by MsgSeqNum: a resend takes
 * their bytes from there. A ring of the newest STORE_MAX; what the journal has written over since, and
 * what an earlier process sent, is gone and is gap-filled.
 */
import { residentBuffer } from "../../core/resident.ts";
import type { Journal } from "../../journal/journal.ts";

/** Messages remembered per session, a power of two. */
export const STORE_MAX = 8192;
const ROW_WORDS = 4;
const W_SEQ = 0;
const W_OFFSET = 1;
const W_LENGTH = 2;
const W_POSITION = 3;

export class SentStore {
  /** Of the message that find() found: its place in journal.bytes, and when it was sent. */
  offset = 0;
  length = 0;
  timeNs = 0;
  private readonly journal: Journal;
  private readonly rows: Int32Array;
  private readonly times: Float64Array;

  constructor(journal: Journal) {
    this.journal = journal;
    this.rows = new Int32Array(residentBuffer(4 * ROW_WORDS * STORE_MAX));
    this.times = new Float64Array(residentBuffer(8 * STORE_MAX));
  }

  /** Message `seq` has been journaled: its bytes begin at `offset`. Called behind the commit. */
  put(seq: number, offset: number, length: number, timeNs: number): void {
    const row = seq & (STORE_MAX - 1);
    const at = row * ROW_WORDS;
    this.rows[at + W_SEQ] = seq;
    this.rows[at + W_OFFSET] = offset;
    this.rows[at + W_LENGTH] = length;
    this.rows[at + W_POSITION] = this.journal.position() | 0;
    this.times[row] = timeNs;
  }

  /** True when the bytes of message `seq` are still in the ring. */
  find(seq: number): boolean {
    const row = seq & (STORE_MAX - 1);
    const at = row * ROW_WORDS;
    if (this.rows[at + W_SEQ] !== seq) return false;
    const written = (this.journal.position() - this.rows[at + W_POSITION]!) >>> 0;
    this.offset = this.rows[at + W_OFFSET]!;
    this.length = this.rows[at + W_LENGTH]!;
    this.timeNs = this.times[row]!;
    // Half of the ring: far from where the writer is, with every pad it may have left.
    return written < this.journal.bytes.length >> 1;
  }

  /** Message `seq` did not leave, and its number is free. */
  forget(seq: number): void {
    this.rows[(seq & (STORE_MAX - 1)) * ROW_WORDS + W_SEQ] = 0;
  }

  /** The numbers begin again. */
  clear(): void {
    this.rows.fill(0);
  }
}
