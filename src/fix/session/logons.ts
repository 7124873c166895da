// @hot
/** Logon (A), both roles: the answer to ours, one to be answered, and one within a session. */
import { SESSION_CONNECTING, SESSION_LOGON_SENT, SESSION_SYNCING } from "../../core/codes.ts";
import { INT_BAD, type TagIndex } from "../codec/tag-index.ts";
import * as N from "../counters.ts";
import type { AdminMessages } from "./admin.ts";
import type { Inbound } from "./inbound.ts";
import type { FixSessionOptions } from "./options.ts";
import type { SessionSequence } from "./sequence.ts";
import type { FixSession } from "./session.ts";
import { beginStringOf, versionOf } from "./setup.ts";

const Y = 0x59;
const REJECT = 0x33;
const LOGOUT = 0x35;
const LOGON = 0x41;

export class Logons {
  private readonly session: FixSession;
  private readonly tags: TagIndex;
  private readonly admin: AdminMessages;
  private readonly sequence: SessionSequence;
  private readonly inbound: Inbound;
  private readonly counters: Float64Array;
  private readonly isFixt: boolean;
  private readonly nextExpected: boolean;
  private readonly resetOnLogon: boolean;

  constructor(
    o: FixSessionOptions,
    session: FixSession,
    tags: TagIndex,
    admin: AdminMessages,
    sequence: SessionSequence,
    inbound: Inbound,
  ) {
    this.session = session;
    this.tags = tags;
    this.admin = admin;
    this.sequence = sequence;
    this.inbound = inbound;
    this.counters = o.counters;
    this.isFixt = versionOf(beginStringOf(o)) >= 50;
    this.nextExpected = o.nextExpected === true;
    this.resetOnLogon = o.resetOnLogon === true;
  }

  /** True when a message of this type has no place yet: then the connection is over. */
  mustWait(type: number, nowNs: number): boolean {
    const state = this.session.state;
    if (state === SESSION_CONNECTING && type === LOGON) return false;
    if (state !== SESSION_CONNECTING && state !== SESSION_LOGON_SENT) return false;
    if (state === SESSION_LOGON_SENT && (type === LOGON || type === LOGOUT || type === REJECT)) {
      return false;
    }
    this.counters[N.FIX_OUT_OF_STATE]!++;
    this.session.reason.tell("the peer's first message was no Logon");
    this.session.disconnect(nowNs);
    return true;
  }

  onLogon(seq: number, nowNs: number): void {
    const state = this.session.state;
    if (state === SESSION_CONNECTING) this.onRequest(seq, nowNs);
    else if (state === SESSION_LOGON_SENT) this.onAnswer(seq, nowNs);
    else this.onSecond(seq, nowNs);
  }

  /** An initiator says who it is: answered, or the connection is over. */
  private onRequest(seq: number, nowNs: number): void {
    const session = this.session;
    const tags = this.tags;
    const heartbeatS = tags.int(108, INT_BAD);
    const applVerId = tags.find(1137);
    if (heartbeatS < 0 || tags.int(98, 0) !== 0 || (this.isFixt && applVerId < 0)) {
      this.counters[N.FIX_OUT_OF_STATE]!++;
      session.reason.tell("Logon without a HeartBtInt, encrypted, or without a DefaultApplVerID");
      session.disconnect(nowNs);
      return;
    }
    const asked = tags.char(141) === Y;
    if (asked || this.resetOnLogon) session.resetSequences(nowNs);
    if (seq < this.sequence.nextIn) {
      this.inbound.tooLow(seq, nowNs);
      return;
    }
    const isHigh = seq > this.sequence.nextIn;
    if (!isHigh) this.sequence.consumed(seq, LOGON, seq + 1, nowNs);
    session.heartbeatS = heartbeatS;
    if (this.isFixt) this.admin.speak(tags, applVerId);
    if (!this.admin.logon(heartbeatS, asked, this.sequence.nextIn, nowNs)) {
      session.notSent(nowNs);
      return;
    }
    session.loggedOn(nowNs);
    if (!this.obeyNextExpected(nowNs)) return;
    if (isHigh) this.ahead(seq, nowNs);
    else if (!this.sequence.isBehind()) session.inStep(nowNs);
  }

  /** The answer to our Logon. */
  private onAnswer(seq: number, nowNs: number): void {
    const session = this.session;
    const tags = this.tags;
    // Not asked for: the peer begins again at 1 and takes our Logon as the last of the old run.
    if (tags.char(141) === Y && !this.resetOnLogon) session.resetSequences(nowNs);
    if (seq < this.sequence.nextIn) {
      this.inbound.tooLow(seq, nowNs);
      return;
    }
    session.loggedOn(nowNs);
    if (!this.obeyNextExpected(nowNs)) return;
    if (seq > this.sequence.nextIn) {
      this.ahead(seq, nowNs);
      return;
    }
    this.sequence.consumed(seq, LOGON, seq + 1, nowNs);
    // A resend that 789 asked for comes first, and ends with the sync.
    if (!this.sequence.isBehind()) session.inStep(nowNs);
  }

  /** In session: a reset that the peer wants is answered in kind, anything else only counted. */
  private onSecond(seq: number, nowNs: number): void {
    this.counters[N.FIX_OUT_OF_STATE]!++;
    if (this.tags.char(141) === Y && seq === 1) {
      this.session.resetSequences(nowNs);
      this.sequence.consumed(1, LOGON, 2, nowNs);
      if (!this.admin.logon(this.session.heartbeatS, true, this.sequence.nextIn, nowNs)) {
        this.session.notSent(nowNs);
      } else if (this.session.state === SESSION_SYNCING) this.session.inStep(nowNs);
    } else if (seq > this.sequence.nextIn) this.inbound.tooHigh(seq, nowNs);
    else if (seq < this.sequence.nextIn) this.inbound.tooLow(seq, nowNs);
    else this.sequence.consumed(seq, LOGON, seq + 1, nowNs);
  }

  /** The Logon has been taken, its number waits until those before it have come in. */
  private ahead(seq: number, nowNs: number): void {
    this.counters[N.FIX_SEQ_TOO_HIGH]!++;
    this.sequence.keep(seq, this.tags.from, 0);
    this.sequence.foundGap(seq, nowNs);
  }

  /** NextExpectedMsgSeqNum (789). False when it can't be, and the session ends. */
  private obeyNextExpected(nowNs: number): boolean {
    const expected = this.nextExpected ? this.tags.int(789, 0) : 0;
    const next = this.session.sender.nextOut;
    if (expected > next) {
      this.inbound.endWith("NextExpectedMsgSeqNum is higher than what was sent", nowNs);
      return false;
    }
    // An acceptor's answer, which the peer could not have counted, is the last one sent.
    const last = next - 1;
    if (expected > 0 && expected <= last && !this.isAnswerOnly(expected, last)) {
      this.sequence.resend.request(expected, 0, last);
    }
    return true;
  }

  private isAnswerOnly(expected: number, last: number): boolean {
    return this.session.isAcceptor && expected === last;
  }
}
