// @hot
/**
 * What was asked for and what came, by instrument:
 *
 *   NONE -> WANTED --V--> WAITING --W--> LIVE --jump--> WANTED ...
 *                            `-- Y, Reject, no answer --> REFUSED, until the next logon
 *
 * Every request has a number of its own, the end of its MDReqID (262).
 */
import type { Instruments } from "../../book/instruments.ts";

/** Not of this feed, or its session is not up. */
export const SUB_NONE = 0;
/** A V is to be sent. */
export const SUB_WANTED = 1;
/** A V was sent, and its snapshot has not come. */
export const SUB_WAITING = 2;
export const SUB_LIVE = 3;
export const SUB_REFUSED = 4;

/** instrumentOf(): a request for every instrument. */
export const ALL_INSTRUMENTS = -2;
export const NO_REQUEST = -1;

export class Subscriptions {
  /** The feed's instruments. */
  readonly own: Int32Array;
  /** By instrument: SUB_*. */
  readonly state: Uint8Array;
  /** Number of the request in force, 0 = none; and one that is to be disabled first, 0 = none. */
  readonly request: Int32Array;
  readonly toDisable: Int32Array;
  /** When the last V was sent; tries since the last snapshot. */
  readonly sentNs: Float64Array;
  readonly tries: Int32Array;
  /** 1 = it was live when it became wanted; when a V left for that reason, -Infinity = never. */
  readonly isAgain: Uint8Array;
  readonly againNs: Float64Array;
  /** MsgSeqNum of the last V. */
  readonly sentSeq: Int32Array;
  /** Last RptSeq (83) applied, 0 = none told. */
  readonly rptSeq: Int32Array;
  /** Number of the request that names every instrument, 0 = none; its MsgSeqNum. */
  allRequest = 0;
  allSeq = 0;
  wanted = 0;
  waiting = 0;
  live = 0;
  refused = 0;
  /** Number of the last request. */
  last = 0;
  /** By number modulo its length: the instrument, or ALL_INSTRUMENTS. */
  private readonly byNumber: Int32Array;

  constructor(instruments: Instruments, feed: number) {
    const n = instruments.capacity;
    const own: number[] = [];
    for (let i = 0; i < instruments.count; i++) if (instruments.feed[i] === feed) own.push(i);
    this.own = Int32Array.from(own);
    this.state = new Uint8Array(new ArrayBuffer(n));
    this.request = new Int32Array(new ArrayBuffer(4 * n));
    this.toDisable = new Int32Array(new ArrayBuffer(4 * n));
    this.sentNs = new Float64Array(new ArrayBuffer(8 * n));
    this.tries = new Int32Array(new ArrayBuffer(4 * n));
    this.isAgain = new Uint8Array(new ArrayBuffer(n));
    this.againNs = new Float64Array(new ArrayBuffer(8 * n));
    this.sentSeq = new Int32Array(new ArrayBuffer(4 * n));
    this.rptSeq = new Int32Array(new ArrayBuffer(4 * n));
    let size = 16;
    while (size < 4 * n) size *= 2;
    this.byNumber = new Int32Array(new ArrayBuffer(4 * size));
  }

  /** A new logon: every instrument is wanted anew, nothing of the old requests is in force. */
  begin(): void {
    this.forget(SUB_WANTED);
  }

  /** The session is down: nothing is subscribed. */
  end(): void {
    this.forget(SUB_NONE);
  }

  move(instrument: number, state: number): void {
    this.count(this.state[instrument]!, -1);
    this.state[instrument] = state;
    this.count(state, 1);
  }

  /** Number of the next request. It is used up by use(), once the request has left. */
  next(): number {
    let number = this.last + 1;
    while (this.isTaken(number)) number++;
    return number;
  }

  /** The request with this number has left: for an instrument, or for ALL_INSTRUMENTS. */
  use(number: number, instrument: number): void {
    this.last = number;
    this.byNumber[number & (this.byNumber.length - 1)] = instrument;
  }

  /** Whom the request in force with this number is for: an instrument, ALL_INSTRUMENTS, NO_REQUEST. */
  instrumentOf(number: number): number {
    if (number <= 0 || number > this.last) return NO_REQUEST;
    if (number === this.allRequest) return ALL_INSTRUMENTS;
    const instrument = this.byNumber[number & (this.byNumber.length - 1)]!;
    if (instrument < 0 || this.request[instrument] !== number) return NO_REQUEST;
    return instrument;
  }

  /** True when a request in force stands where this number would: there are fewer than places. */
  private isTaken(number: number): boolean {
    const mask = this.byNumber.length - 1;
    const instrument = this.byNumber[number & mask]!;
    if (instrument < 0) return false;
    const before = this.request[instrument]!;
    return before !== 0 && (before & mask) === (number & mask);
  }

  private forget(state: number): void {
    this.allRequest = 0;
    this.allSeq = 0;
    for (let k = 0; k < this.own.length; k++) {
      const i = this.own[k]!;
      this.move(i, state);
      this.request[i] = 0;
      this.toDisable[i] = 0;
      this.tries[i] = 0;
      this.isAgain[i] = 0;
      this.againNs[i] = Number.NEGATIVE_INFINITY;
      this.sentSeq[i] = 0;
      this.rptSeq[i] = 0;
    }
  }

  private count(state: number, by: number): void {
    if (state === SUB_WANTED) this.wanted += by;
    else if (state === SUB_WAITING) this.waiting += by;
    else if (state === SUB_LIVE) this.live += by;
    else if (state === SUB_REFUSED) this.refused += by;
  }
}
