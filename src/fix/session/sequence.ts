// @hot
/**
 * The numbers of inbound messages, and both kinds of resend: what we miss is asked for, what the
 * venue misses is gap-filled. Every consumed message without order effect is journaled here.
 */
import { SESSION_SYNCING } from "../../core/codes.ts";
import { HP_JR_SESSION_IN } from "../../ffi/layout.ts";
import type { TagIndex } from "../codec/tag-index.ts";
import * as N from "../counters.ts";
import type { AdminMessages } from "./admin.ts";
import type { FixSessionOptions } from "./options.ts";
import { InboundGap, ResendServer } from "./resend.ts";
import type { FixSession } from "./session.ts";

/** SessionRejectReason (373): value is incorrect. */
const REASON_VALUE = 5;

export class SessionSequence {
  /** Next MsgSeqNum expected. */
  nextIn: number;
  readonly resend: ResendServer;
  readonly gap: InboundGap;
  private readonly session: FixSession;
  private readonly admin: AdminMessages;
  private readonly counters: Float64Array;
  private readonly stuckNs: number;

  constructor(o: FixSessionOptions, session: FixSession, admin: AdminMessages) {
    this.nextIn = o.sequences?.nextIn ?? 1;
    this.session = session;
    this.admin = admin;
    this.counters = o.counters;
    this.stuckNs = o.heartbeatS * 1e9;
    this.resend = new ResendServer(o.sink, o.index, o.counters);
    this.gap = new InboundGap(o.resendChunk ?? 0);
  }

  /** A connection begins or ends: nothing is outstanding. */
  clear(): void {
    this.gap.clear();
    this.resend.stop();
  }

  /** True while messages we missed have not come in, or a resend of ours is not finished. */
  isBehind(): boolean {
    return this.gap.until !== 0 || this.resend.active;
  }

  /** Goes on with a resend that the venue asked for, and asks again for what does not come. */
  pollResend(nowNs: number): void {
    if (this.resend.active && this.resend.serve()) this.finishResend(nowNs);
    if (!this.gap.isStuck(this.nextIn, nowNs, this.stuckNs)) return;
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
      this.rejected(tags, seq, begin < 1 || begin > last ? 7 : 16, REASON_VALUE, nowNs);
      return;
    }
    if (!this.resend.request(begin, end, last)) {
      this.session.beginLogout("the same resend was requested too often", nowNs);
      return;
    }
    if (this.resend.serve()) this.finishResend(nowNs);
  }

  /** All covered messages were told to the order side: one gap fill answers for them. */
  private finishResend(nowNs: number): void {
    this.resend.stop();
    this.counters[N.FIX_RESENDS_SERVED]!++;
    this.session.block.resendServed();
    if (!this.admin.gapFill(this.resend.begin, this.resend.end, this.nextIn, nowNs)) {
      this.session.disconnect(nowNs);
      return;
    }
    // The sync may have been among what the gap fill covers: it would never be answered.
    if (this.session.state === SESSION_SYNCING && this.gap.until === 0) {
      this.session.sendSync(nowNs);
    }
  }

  /** Message `seq` shows a gap: asks for what is missing, unless that is under way. */
  foundGap(seq: number, nowNs: number): void {
    if (this.gap.until === 0) this.askFor(this.gap.ask(this.nextIn, seq, nowNs), nowNs);
  }

  /** Journals a message without order effect, then expects `next`. */
  consumed(seq: number, type: number, next: number, nowNs: number): void {
    const out = this.session.sender.nextOut;
    const records = this.session.sender.records;
    if (!records.admin(HP_JR_SESSION_IN, seq, type, out, next, 0, 0, nowNs)) {
      this.counters[N.FIX_JOURNAL_FULL]!++;
    }
    this.moveTo(next, nowNs);
  }

  moveTo(next: number, nowNs: number): void {
    this.nextIn = next;
    const what = this.gap.moved(next);
    if (what === 0) return;
    if (what === 1) {
      if (this.session.state === SESSION_SYNCING && !this.resend.active) {
        this.session.sendSync(nowNs);
      }
      return;
    }
    this.askFor(this.gap.ask(next, this.gap.until, nowNs), nowNs);
  }

  rejected(tags: TagIndex, seq: number, tag: number, reason: number, nowNs: number): void {
    if (!this.admin.reject(tags, seq, tag, reason, this.nextIn, nowNs)) {
      this.session.disconnect(nowNs);
    }
  }

  private askFor(end: number, nowNs: number): void {
    this.counters[N.FIX_RESENDS_ASKED]!++;
    this.session.block.resendAsked();
    if (!this.admin.resendRequest(this.nextIn, end, this.nextIn, nowNs)) {
      this.session.disconnect(nowNs);
    }
  }
}
