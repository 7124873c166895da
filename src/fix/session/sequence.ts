// @hot
/**
 * The numbers of inbound messages, and both kinds of resend: what we miss is asked for, what the
 * peer misses is sent again or gap-filled. Every consumed message that the application does not
 * journal itself is journaled here.
 */
import { SESSION_SYNCING } from "../../core/codes.ts";
import { HP_JR_SESSION_IN, HP_JR_SESSION_RESET } from "../../ffi/layout.ts";
import { REJECT_VALUE } from "../codec/reject-reason.ts";
import type { TagIndex } from "../codec/tag-index.ts";
import * as N from "../counters.ts";
import type { AdminMessages } from "./admin.ts";
import { AHEAD_BYTES_DEFAULT, AheadMessages } from "./ahead.ts";
import { InboundGap } from "./inbound-gap.ts";
import type { FixSessionOptions } from "./options.ts";
import { ResendServer } from "./resend.ts";
import type { ResendMessages } from "./resend-messages.ts";
import type { FixSession } from "./session.ts";

/** So long an answer to a ResendRequest may take where there are no heartbeats, in seconds. */
const STUCK_S = 30;

export class SessionSequence {
  /** Next MsgSeqNum expected. */
  nextIn: number;
  readonly resend: ResendServer;
  readonly gap: InboundGap;
  readonly ahead: AheadMessages;
  private readonly session: FixSession;
  private readonly admin: AdminMessages;
  private readonly counters: Float64Array;

  constructor(
    o: FixSessionOptions,
    session: FixSession,
    admin: AdminMessages,
    messages: ResendMessages,
  ) {
    this.nextIn = o.sequences?.nextIn ?? 1;
    this.session = session;
    this.admin = admin;
    this.counters = o.counters;
    this.resend = new ResendServer(o.application, o.index, o.counters, messages);
    this.gap = new InboundGap(o.resendChunk ?? 0);
    this.ahead = new AheadMessages(o.stream.rx, o.aheadBytes ?? AHEAD_BYTES_DEFAULT);
  }

  /** A connection begins or ends: nothing is outstanding. */
  clear(): void {
    this.gap.clear();
    this.resend.stop();
    this.ahead.clear();
  }

  /** The numbers begin at 1: nothing under the old ones is outstanding. */
  restart(): void {
    this.clear();
    this.resend.forget();
    this.resend.connected(1);
    this.nextIn = 1;
  }

  /** True while messages we missed have not come in, or a resend of ours is not finished. */
  isBehind(): boolean {
    return this.gap.until !== 0 || this.resend.active;
  }

  /** Goes on with a resend that the peer asked for, and asks again for what does not come. */
  pollResend(nowNs: number): void {
    if (this.resend.active) this.serveResend(nowNs);
    const stuckS = this.session.heartbeatS > 0 ? this.session.heartbeatS : STUCK_S;
    if (!this.gap.isStuck(this.nextIn, nowNs, stuckS * 1e9)) return;
    if (this.gap.again(nowNs)) {
      this.askFor(this.gap.chunkEnd, nowNs);
      return;
    }
    this.counters[N.FIX_RESEND_LOOPS]!++;
    this.session.beginLogout("resend request was not answered", nowNs);
  }

  onResendRequest(tags: TagIndex, seq: number, nowNs: number): void {
    const begin = tags.int(7, 0);
    const end = tags.int(16, -1);
    const last = this.session.sender.nextOut - 1;
    if (begin < 1 || begin > last || end < 0 || (end !== 0 && end < begin)) {
      this.rejected(tags, seq, begin < 1 || begin > last ? 7 : 16, REJECT_VALUE, nowNs);
      return;
    }
    if (!this.resend.request(begin, end, last, nowNs)) {
      this.session.beginLogout("the same resend was requested too often", nowNs);
      return;
    }
    this.serveResend(nowNs);
  }

  private serveResend(nowNs: number): void {
    const done = this.resend.serve(this.nextIn, nowNs);
    if (done === 0) return;
    this.resend.stop();
    if (done < 0) {
      this.session.notSent(nowNs);
      return;
    }
    this.counters[N.FIX_RESENDS_SERVED]!++;
    this.session.block.resendServed();
    // The sync may have been among what the gap fill covers: it would never be answered.
    if (this.session.state === SESSION_SYNCING && this.gap.until === 0) {
      this.session.inStep(nowNs);
    }
  }

  /** Message `seq` shows a gap: asks for what is missing, unless that is under way. */
  foundGap(seq: number, nowNs: number): void {
    if (this.gap.until === 0) this.askFor(this.gap.ask(this.nextIn, seq, nowNs), nowNs);
  }

  /** Keeps message `seq`, rx[from .. from + length); length 0: it has been handled already. */
  keep(seq: number, from: number, length: number): void {
    if (this.ahead.put(seq, from, length)) this.counters[N.FIX_AHEAD_KEPT]!++;
  }

  /** Journals a message without a record of its own, then expects `next`. */
  consumed(seq: number, type: number, next: number, nowNs: number): void {
    this.note(HP_JR_SESSION_IN, seq, type, this.session.sender.nextOut, next, nowNs);
    this.moveTo(next, nowNs);
  }

  /** Journals that the numbers go on with nextOut and nextIn. */
  noteReset(seq: number, type: number, nextOut: number, nextIn: number, nowNs: number): void {
    this.note(HP_JR_SESSION_RESET, seq, type, nextOut, nextIn, nowNs);
  }

  /** What the journal does not say is forgotten by a restart: the session ends when it takes nothing. */
  private note(
    record: number,
    seq: number,
    type: number,
    nextOut: number,
    nextIn: number,
    nowNs: number,
  ): void {
    const sender = this.session.sender;
    if (!sender.records.admin(record, seq, type, nextOut, nextIn, 0, 0, nowNs)) sender.recordLost();
  }

  moveTo(next: number, nowNs: number): void {
    this.nextIn = next;
    if (this.ahead.count !== 0) {
      this.ahead.dropBelow(next);
      // Kept messages come first: what is asked for then is really missing.
      if (this.ahead.has(next)) return;
    }
    const what = this.gap.moved(next);
    if (what === 0) return;
    if (what === 1) this.caughtUp(nowNs);
    else this.askFor(this.gap.ask(next, this.gap.until, nowNs), nowNs);
  }

  /** SequenceReset in reset mode: what was missing or kept belongs to numbers that are given up. */
  resetTo(next: number, nowNs: number): void {
    const wasBehind = this.gap.until !== 0;
    this.gap.clear();
    this.ahead.clear();
    this.nextIn = next;
    if (wasBehind) this.caughtUp(nowNs);
  }

  /** Nothing is missing any more; where a resend of ours is under way, its end goes on from here. */
  private caughtUp(nowNs: number): void {
    if (this.session.state === SESSION_SYNCING && !this.resend.active) this.session.inStep(nowNs);
  }

  /** tag: NO_REF_TAG when the Reject names none. */
  rejected(tags: TagIndex, seq: number, tag: number, reason: number, nowNs: number): void {
    if (!this.admin.reject(tags, seq, tag, reason, this.nextIn, nowNs)) {
      this.session.notSent(nowNs);
    }
  }

  /** The same for a message whose number has not been counted yet: it is used up by the Reject. */
  refused(
    tags: TagIndex,
    type: number,
    seq: number,
    tag: number,
    reason: number,
    nowNs: number,
  ): void {
    if (seq === this.nextIn) this.consumed(seq, type, seq + 1, nowNs);
    this.rejected(tags, seq, tag, reason, nowNs);
  }

  private askFor(end: number, nowNs: number): void {
    this.counters[N.FIX_RESENDS_ASKED]!++;
    this.session.block.resendAsked();
    if (!this.admin.resendRequest(this.nextIn, end, this.nextIn, nowNs)) {
      this.session.notSent(nowNs);
    }
  }
}
