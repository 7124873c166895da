// @hot
/** Both directions of a resend: what the peer asks of us, and what we ask of it. */
import { FIX_GAP_FILLED, FIX_RESEND_LOOPS, FIX_RESENT } from "../counters.ts";
import type { FixApplication } from "./application.ts";
import { LoopGuard } from "./loop-guard.ts";
import type { ResendMessages } from "./resend-messages.ts";

/** Messages told "never reached" in one poll, and sent again in one. */
export const RESEND_PER_POLL = 256;
export const REPLAY_PER_POLL = 16;

/**
 * A ResendRequest of the peer. Each number is either sent again, where the session replays and the
 * application allows it, or told to the application as never reached and covered by a gap fill: a
 * stale order must not be sent again. A slice at a time.
 */
export class ResendServer {
  active = false;
  /** First and last number asked for. */
  begin = 0;
  end = 0;
  private next = 0;
  /** First number that waits for a gap fill, 0 = none. */
  private fillFrom = 0;
  private lastBegin = 0;
  private readonly repeats = new LoopGuard();
  /** First number sent on this connection, and the highest one sent again on it. */
  private firstHere = 1;
  private againTo = 0;
  private readonly application: FixApplication;
  private readonly session: number;
  private readonly counters: Float64Array;
  private readonly messages: ResendMessages;

  constructor(
    application: FixApplication,
    session: number,
    counters: Float64Array,
    messages: ResendMessages,
  ) {
    this.application = application;
    this.session = session;
    this.counters = counters;
    this.messages = messages;
  }

  /**
   * begin..end (0 = all, clipped to the last number sent). A request during another one widens it.
   * False when the same is asked for over and over.
   */
  request(begin: number, end: number, lastSent: number, nowNs: number): boolean {
    const last = end === 0 || end > lastSent ? lastSent : end;
    if (begin !== this.lastBegin) this.repeats.forget();
    this.lastBegin = begin;
    if (this.repeats.isLoop(nowNs)) {
      this.counters[FIX_RESEND_LOOPS]!++;
      // The loop is cut off: the next connection may try again.
      this.forget();
      return false;
    }
    if (this.active) {
      if (last > this.end) this.end = last;
      if (begin < this.begin) this.begin = begin;
      if (begin < this.next) {
        this.next = begin;
        this.fillFrom = 0;
      }
      return true;
    }
    this.begin = begin;
    this.next = begin;
    this.end = last;
    this.fillFrom = 0;
    this.active = true;
    return true;
  }

  /** One slice. 1 = all answered, 0 = more next time, -1 = sending failed. */
  serve(nextIn: number, nowNs: number): number {
    const messages = this.messages;
    let left = RESEND_PER_POLL;
    let replays = REPLAY_PER_POLL;
    while (this.next <= this.end && left-- > 0) {
      const seq = this.next;
      const isStored = messages.isStored(seq, nowNs);
      if (isStored && (replays-- === 0 || !messages.hasRoom(nowNs))) return 0;
      // Asked once, and only when it can leave: a yes takes from the rate of orders.
      if (isStored && messages.mayReplay(seq, nowNs)) {
        if (!this.fill(seq - 1, nextIn, nowNs)) return -1;
        if (!messages.replay(seq, nextIn, nowNs)) return -1;
        this.counters[FIX_RESENT]!++;
        if (seq > this.againTo) this.againTo = seq;
      } else {
        if (this.fillFrom === 0) this.fillFrom = seq;
        this.tell(seq);
        this.counters[FIX_GAP_FILLED]!++;
      }
      this.next = seq + 1;
    }
    if (this.next <= this.end) return 0;
    if (this.fillFrom !== 0 && !messages.hasRoomToFill()) return 0;
    return this.fill(this.end, nextIn, nowNs) ? 1 : -1;
  }

  /** A connection begins, or the numbers do: `first` is the next number to send. */
  connected(first: number): void {
    this.firstHere = first;
    this.againTo = 0;
  }

  /** Until the next connection, what the peer asks for does not say what it has got. */
  doubt(): void {
    this.firstHere = 1;
  }

  /**
   * Message `seq` is not sent again. Did it leave on an earlier connection only, then the peer has
   * not got it. On this one it may be under way, or kept by the peer until the gap closes.
   */
  private tell(seq: number): void {
    if (seq < this.firstHere && seq > this.againTo) {
      this.application.onNeverReached(this.session, seq);
    } else this.application.onUncertain?.(this.session, seq);
  }

  /** The session is in step, or its numbers begin again: asking for the same later is no loop. */
  forget(): void {
    this.repeats.forget();
    this.lastBegin = 0;
  }

  stop(): void {
    this.active = false;
    this.fillFrom = 0;
  }

  private fill(to: number, nextIn: number, nowNs: number): boolean {
    const from = this.fillFrom;
    if (from === 0) return true;
    this.fillFrom = 0;
    return this.messages.gapFill(from, to, nextIn, nowNs);
  }
}
