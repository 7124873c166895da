// @hot
/**
 * Which order a message of ours belonged to, by session and MsgSeqNum: a Reject or a resend names
 * only the number. A ring per session; what is older than its size is forgotten.
 */
import { residentBuffer } from "../core/resident.ts";

const ROW_WORDS = 4;
const ROW_SHIFT = 2;
const W_SEQ = 0;
const W_SLOT = 1;
const W_GENERATION = 2;

export class SentMessages {
  private readonly rows: Int32Array;
  private readonly last: Int32Array;
  private readonly mask: number;
  private readonly size: number;

  /** size: a power of two. */
  constructor(sessions: number, size: number) {
    this.size = size;
    this.mask = size - 1;
    const n = Math.max(1, sessions) * size;
    this.last = new Int32Array(residentBuffer(4 * Math.max(1, sessions)));
    this.rows = new Int32Array(residentBuffer(4 * ROW_WORDS * n));
  }

  /** slot -1: a message that belongs to no order. A number that falls: the session was reset. */
  add(session: number, seq: number, slot: number, generation: number): void {
    if (seq <= this.last[session]!) this.clear(session);
    this.last[session] = seq;
    const at = this.row(session, seq);
    this.rows[at + W_SEQ] = seq;
    this.rows[at + W_SLOT] = slot;
    this.rows[at + W_GENERATION] = generation;
  }

  /** Slot of a message, or -1. */
  slotOf(session: number, seq: number): number {
    const at = this.row(session, seq);
    return this.rows[at + W_SEQ] === seq && seq > 0 ? this.rows[at + W_SLOT]! : -1;
  }

  /** Generation of the id in that message; only after slotOf found one. */
  generationOf(session: number, seq: number): number {
    return this.rows[this.row(session, seq) + W_GENERATION]! >>> 0;
  }

  /** The numbers of a session start again. */
  clear(session: number): void {
    this.last[session] = 0;
    const size = ROW_WORDS * this.size;
    this.rows.fill(0, session * size, (session + 1) * size);
  }

  private row(session: number, seq: number): number {
    return (Math.imul(session, this.size) + (seq & this.mask)) << ROW_SHIFT;
  }
}
