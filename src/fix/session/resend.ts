// @hot
/** Both directions of a resend: what the venue asks of us, and what we ask of it. */

import { FIX_GAP_FILLED, FIX_RESEND_LOOPS } from "../counters.ts";
import type { ExecutionSink } from "../order/execution.ts";

/** Order messages told "never reached" in one poll. */
export const RESEND_PER_POLL = 256;
/** The same first number asked for this many times without the session coming up: a loop. */
export const RESEND_REPEATS_MAX = 5;

/**
 * A ResendRequest of the venue, answered by gap fill (a stale order must not be sent again): first
 * every covered message is told to the order side, a slice at a time, then one SequenceReset goes out.
 */
export class ResendServer {
  active = false;
  /** First and last number of the gap fill. */
  begin = 0;
  end = 0;
  private next = 0;
  private lastBegin = 0;
  private repeats = 0;
  private readonly sink: ExecutionSink;
  private readonly session: number;
  private readonly counters: Float64Array;

  constructor(sink: ExecutionSink, session: number, counters: Float64Array) {
    this.sink = sink;
    this.session = session;
    this.counters = counters;
  }

  /**
   * begin..end (0 = all, clipped to the last number sent). A request during another one widens it.
   * False when the same is asked for over and over.
   */
  request(begin: number, end: number, lastSent: number): boolean {
    const last = end === 0 || end > lastSent ? lastSent : end;
    this.repeats = begin === this.lastBegin ? this.repeats + 1 : 1;
    this.lastBegin = begin;
    if (this.repeats > RESEND_REPEATS_MAX) {
      this.counters[FIX_RESEND_LOOPS]!++;
      return false;
    }
    if (this.active) {
      if (begin < this.begin) this.begin = begin;
      if (last > this.end) this.end = last;
      if (begin < this.next) this.next = begin;
      return true;
    }
    this.begin = begin;
    this.next = begin;
    this.end = last;
    this.active = true;
    return true;
  }

  /** Tells the order side up to RESEND_PER_POLL numbers; true when all are told: now gap-fill. */
  serve(): boolean {
    let left = RESEND_PER_POLL;
    while (this.next <= this.end && left-- > 0) {
      this.sink.onNeverReached(this.session, this.next++);
      this.counters[FIX_GAP_FILLED]!++;
    }
    return this.next > this.end;
  }

  /** The session is up and in step: asking for the same later is no loop. */
  forget(): void {
    this.repeats = 0;
    this.lastBegin = 0;
  }

  stop(): void {
    this.active = false;
  }
}

/**
 * What we miss. One ResendRequest is outstanding until the number that showed the gap has arrived:
 * what comes too high meanwhile is dropped, since the venue sends it again.
 */
export class InboundGap {
  /** Number that showed the gap; 0 = none outstanding. */
  until = 0;
  /** With a chunk: last number of the outstanding request; 0 = all. */
  chunkEnd = 0;
  private askedNs = 0;
  private tries = 0;
  private mark = 0;
  private readonly chunk: number;

  constructor(chunk: number) {
    this.chunk = chunk;
  }

  /** Notes a request that begins at `from`; the EndSeqNo to ask for (0 = all). */
  ask(from: number, until: number, nowNs: number): number {
    this.until = until;
    this.askedNs = nowNs;
    this.mark = from;
    this.tries = 1;
    const end = from + this.chunk - 1;
    this.chunkEnd = this.chunk === 0 || end >= until ? 0 : end;
    return this.chunkEnd;
  }

  /** After the next expected number moved: 0 nothing to do, 1 gap closed, 2 ask for the next chunk. */
  moved(nextIn: number): number {
    if (this.until === 0) return 0;
    if (nextIn > this.until) {
      this.until = 0;
      return 1;
    }
    return this.chunkEnd !== 0 && nextIn > this.chunkEnd ? 2 : 0;
  }

  /** True when the outstanding request has brought nothing for `waitNs`: ask again, see exhausted. */
  isStuck(nextIn: number, nowNs: number, waitNs: number): boolean {
    if (this.until === 0) return false;
    if (nextIn !== this.mark) {
      this.mark = nextIn;
      this.askedNs = nowNs;
      this.tries = 1;
      return false;
    }
    return nowNs - this.askedNs >= waitNs;
  }

  /** Counts one more try at the same gap; false when there were too many. */
  again(nowNs: number): boolean {
    this.askedNs = nowNs;
    return ++this.tries <= 3;
  }

  clear(): void {
    this.until = 0;
    this.chunkEnd = 0;
  }
}
