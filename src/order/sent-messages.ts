// @hot
/**
 * Which order a message of ours belonged to, by session and MsgSeqNum: a Reject or a resend names
 * only the number. A ring per session; what is older than its size is forgotten.
 */
import { residentBuffer } from "../core/resident.ts";
export class SentMessages {
  private readonly seqs: Int32Array;
  private readonly slots: Int32Array;
  private readonly generations: Int32Array;
  private readonly last: Int32Array;
  private readonly mask: number;
  private readonly size: number;

  /** size: a power of two. */
  constructor(sessions: number, size: number) {
    this.size = size;
    this.mask = size - 1;
    const n = Math.max(1, sessions) * size;
    this.last = new Int32Array(residentBuffer(4 * Math.max(1, sessions)));
    this.seqs = new Int32Array(residentBuffer(4 * n));
    this.slots = new Int32Array(residentBuffer(4 * n));
    this.generations = new Int32Array(residentBuffer(4 * n));
  }

  /** slot -1: a message that belongs to no order. A number that falls: the session was reset. */
  add(session: number, seq: number, slot: number, generation: number): void {
    if (seq <= this.last[session]!) this.clear(session);
    this.last[session] = seq;
    const at = session * this.size + (seq & this.mask);
    this.seqs[at] = seq;
    this.slots[at] = slot;
    this.generations[at] = generation;
  }

  /** Slot of a message, or -1. */
  slotOf(session: number, seq: number): number {
    const at = session * this.size + (seq & this.mask);
    return this.seqs[at] === seq && seq > 0 ? this.slots[at]! : -1;
  }

  /** Generation of the id in that message; only after slotOf found one. */
  generationOf(session: number, seq: number): number {
    return this.generations[session * this.size + (seq & this.mask)]! >>> 0;
  }

  /** The numbers of a session start again. */
  clear(session: number): void {
    this.last[session] = 0;
    this.seqs.fill(0, session * this.size, (session + 1) * this.size);
  }
}
