// @hot
/**
 * Sends the requests of a feed, a few at each poll, and again for a snapshot that does not come. An
 * instrument asked for alone is unsubscribed first; one of a request for all gets a snapshot request
 * of its own, while the updates of the request for all go on.
 */
import type { Instruments } from "../../book/instruments.ts";
import { FEED_REQUESTS } from "../../feed/counters.ts";
import { MD_GIVEN_UP, MD_OVERDUE, MD_REQUESTS, MD_RETRIES } from "./counters.ts";
import type { MarketDataNotices } from "./notices.ts";
import type { ApplicationSender, MarketDataOptions } from "./options.ts";
import {
  MarketDataRequests,
  SUBSCRIBE_DISABLE,
  SUBSCRIBE_SNAPSHOT,
  SUBSCRIBE_UPDATES,
} from "./requests.ts";
import * as S from "./subscriptions.ts";

/** Messages sent in one poll: orders may wait behind them. */
const MESSAGES_PER_POLL = 16;

export class Requester {
  private readonly subscriptions: S.Subscriptions;
  private readonly requests: MarketDataRequests;
  private readonly notices: MarketDataNotices;
  private readonly counters: Float64Array;
  private readonly forAll: boolean;
  private readonly timeoutNs: number;
  private readonly retries: number;
  private readonly asksStatus: boolean;
  /** 1 = the status of the instrument is to be asked for. */
  private readonly statusWanted: Uint8Array;
  private statusLeft = 0;
  /** When its status was asked for last, -Infinity = not since the logon. */
  private readonly statusNs: Float64Array;
  private left = 0;
  /** Where the round of the last poll ended. */
  private cursor = 0;

  constructor(
    instruments: Instruments,
    subscriptions: S.Subscriptions,
    o: MarketDataOptions,
    notices: MarketDataNotices,
  ) {
    this.subscriptions = subscriptions;
    this.requests = new MarketDataRequests(instruments, o.requestPrefix, o.request);
    this.notices = notices;
    this.counters = o.counters;
    this.forAll = o.request.style === "all";
    this.timeoutNs = o.request.timeoutNs;
    this.retries = o.request.retries;
    this.asksStatus = o.request.securityStatus;
    this.statusWanted = new Uint8Array(new ArrayBuffer(instruments.capacity));
    this.statusNs = new Float64Array(new ArrayBuffer(8 * instruments.capacity));
  }

  attach(sender: ApplicationSender): void {
    this.requests.sender = sender;
  }

  /** A new logon. */
  begin(): void {
    this.statusNs.fill(Number.NEGATIVE_INFINITY);
    this.statusWanted.fill(0);
    this.statusLeft = 0;
    if (this.asksStatus) this.askStatuses();
  }

  /** The status of every instrument is asked for. */
  askStatuses(): void {
    this.statusWanted.fill(1);
    this.statusLeft = this.subscriptions.own.length;
  }

  /** The snapshot of a live book is asked for again. */
  again(instrument: number): void {
    const s = this.subscriptions;
    s.toDisable[instrument] = this.forAll ? 0 : s.request[instrument]!;
    s.request[instrument] = 0;
    if (s.state[instrument] === S.SUB_LIVE) s.isAgain[instrument] = 1;
    s.move(instrument, S.SUB_WANTED);
  }

  poll(nowNs: number): void {
    const s = this.subscriptions;
    this.left = MESSAGES_PER_POLL;
    if (this.forAll && s.allRequest === 0 && s.wanted > 0) {
      this.sendAll(nowNs);
      if (s.allRequest === 0) return;
    }
    if (s.wanted + s.waiting + this.statusLeft === 0) return;
    const count = s.own.length;
    for (let k = 0; k < count && this.left > 0; k++) {
      const at = this.cursor;
      // What could not leave is the first of the next poll.
      if (!this.look(s.own[at]!, nowNs)) return;
      this.cursor = at + 1 === count ? 0 : at + 1;
    }
  }

  /** False when something could not leave. */
  private look(i: number, nowNs: number): boolean {
    const s = this.subscriptions;
    const state = s.state[i]!;
    if (state === S.SUB_WANTED) {
      if (!this.subscribe(i, nowNs)) return false;
    } else if (state === S.SUB_WAITING && nowNs - s.sentNs[i]! > this.timeoutNs) this.overdue(i);
    if (this.statusWanted[i] === 0 || this.left === 0) return true;
    return nowNs - this.statusNs[i]! < this.timeoutNs || this.askStatus(i, nowNs);
  }

  private sendAll(nowNs: number): void {
    const s = this.subscriptions;
    const number = s.next();
    const seq = this.requests.all(number, SUBSCRIBE_UPDATES, s.own, nowNs);
    if (!this.counted(seq)) return;
    s.use(number, S.ALL_INSTRUMENTS);
    s.allRequest = number;
    s.allSeq = seq;
    for (let k = 0; k < s.own.length; k++) {
      const i = s.own[k]!;
      if (s.state[i] === S.SUB_WANTED) this.wait(i, nowNs);
    }
  }

  /** False when it could not leave. */
  private subscribe(i: number, nowNs: number): boolean {
    const s = this.subscriptions;
    // A venue whose updates never fit is not asked at full speed.
    if (s.isAgain[i] !== 0 && nowNs - s.againNs[i]! < this.timeoutNs) return true;
    if (s.toDisable[i] !== 0) {
      const number = s.toDisable[i]!;
      if (!this.counted(this.requests.one(number, SUBSCRIBE_DISABLE, i, nowNs))) return false;
      s.toDisable[i] = 0;
    }
    const type = this.forAll ? SUBSCRIBE_SNAPSHOT : SUBSCRIBE_UPDATES;
    const number = s.next();
    const seq = this.requests.one(number, type, i, nowNs);
    if (!this.counted(seq)) return false;
    s.use(number, i);
    s.request[i] = number;
    s.sentSeq[i] = seq;
    if (s.isAgain[i] !== 0) {
      s.isAgain[i] = 0;
      s.againNs[i] = nowNs;
      this.counters[MD_RETRIES]! += 1;
    }
    this.wait(i, nowNs);
    return true;
  }

  private wait(i: number, nowNs: number): void {
    const s = this.subscriptions;
    if (s.tries[i]! > 0) this.counters[MD_RETRIES]! += 1;
    s.tries[i]! += 1;
    s.sentNs[i] = nowNs;
    s.rptSeq[i] = 0;
    s.move(i, S.SUB_WAITING);
  }

  private overdue(i: number): void {
    const s = this.subscriptions;
    this.counters[MD_OVERDUE]! += 1;
    if (s.tries[i]! <= this.retries) {
      this.again(i);
      return;
    }
    this.counters[MD_GIVEN_UP]! += 1;
    this.notices.gaveUp(i, s.tries[i]!);
    s.request[i] = 0;
    s.move(i, S.SUB_REFUSED);
  }

  /** False when it could not leave. Once subscribed it is asked for as it is now. */
  private askStatus(i: number, nowNs: number): boolean {
    const s = this.subscriptions;
    const number = s.next();
    const isFirst = this.statusNs[i] === Number.NEGATIVE_INFINITY;
    const type = isFirst ? SUBSCRIBE_UPDATES : SUBSCRIBE_SNAPSHOT;
    if (!this.counted(this.requests.status(number, type, i, nowNs))) return false;
    s.use(number, S.NO_REQUEST);
    this.statusNs[i] = nowNs;
    this.statusWanted[i] = 0;
    this.statusLeft--;
    return true;
  }

  /** False when it could not leave: this poll sends no more. */
  private counted(seq: number): boolean {
    if (seq < 0) {
      this.left = 0;
      return false;
    }
    this.left--;
    this.counters[MD_REQUESTS]! += 1;
    this.counters[FEED_REQUESTS]! += 1;
    return true;
  }
}
