// @hot
/**
 * What a whole, well-formed message means. The order of checks (FIX 4.4 volume 2, session protocol):
 * BeginString, MsgSeqNum, CompIDs and SendingTime present, CompIDs right, SendingTime near our clock,
 * number too high or too low, PossDup, the dictionary; then the message itself.
 */
import type { Clock } from "../../core/clock.ts";
import { SESSION_LOGON_SENT, SESSION_SYNCING, SESSION_UP } from "../../core/codes.ts";
import { msgTypeOf } from "../codec/msg-type.ts";
import {
  NO_REF_TAG,
  REJECT_COMP_ID,
  REJECT_REQUIRED_MISSING,
  REJECT_SENDING_TIME,
  REJECT_VALUE,
} from "../codec/reject-reason.ts";
import type { TagIndex } from "../codec/tag-index.ts";
import { readInt } from "../codec/tag-index.ts";
import { messageBytes } from "../codec/text.ts";
import * as N from "../counters.ts";
import type { AdminMessages } from "./admin.ts";
import { APP_TAKEN, APP_UNSUPPORTED, type FixApplication } from "./application.ts";
import { Arrival } from "./arrival.ts";
import { Logons } from "./logons.ts";
import type { FixSessionOptions, MessageValidator } from "./options.ts";
import type { SessionSequence } from "./sequence.ts";
import type { FixSession } from "./session.ts";
import { beginStringOf } from "./setup.ts";

const Y = 0x59;
const HEARTBEAT = 0x30;
const TEST_REQUEST = 0x31;
const RESEND_REQUEST = 0x32;
const REJECT = 0x33;
const SEQUENCE_RESET = 0x34;
const LOGOUT = 0x35;
const LOGON = 0x41;
const BUSINESS_REJECT = 0x6a;

export class Inbound {
  private readonly session: FixSession;
  private readonly application: FixApplication;
  private readonly tags: TagIndex;
  private readonly admin: AdminMessages;
  private readonly sequence: SessionSequence;
  private readonly logons: Logons;
  private readonly validator: MessageValidator | null;
  private readonly counters: Float64Array;
  private readonly index: number;
  private readonly clock: Clock;
  private readonly arrival: Arrival;
  private readonly beginString: Uint8Array;
  private readonly syncText: Uint8Array;
  private readonly rejectsLow: boolean;
  private type = 0;

  constructor(
    o: FixSessionOptions,
    session: FixSession,
    tags: TagIndex,
    admin: AdminMessages,
    sequence: SessionSequence,
  ) {
    this.session = session;
    this.application = o.application;
    this.tags = tags;
    this.admin = admin;
    this.sequence = sequence;
    this.logons = new Logons(o, session, tags, admin, sequence, this);
    this.validator = o.validator ?? null;
    this.counters = o.counters;
    this.index = o.index;
    this.clock = o.clock;
    this.arrival = new Arrival(o, tags);
    this.beginString = messageBytes(beginStringOf(o));
    this.syncText = messageBytes("SYNC-");
    this.rejectsLow = o.lowSequence === "reject";
  }

  /** The message that `tags` indexes, as it came from the socket. */
  onMessage(nowNs: number): void {
    const tags = this.tags;
    this.type = msgTypeOf(this.tags);
    const seq = tags.int(34, -1);
    if (!tags.equals(8, this.beginString)) {
      this.wrongVersion(seq, nowNs);
      return;
    }
    const isReset = this.type === SEQUENCE_RESET && tags.char(123) !== Y;
    if (seq <= 0 && !(isReset && seq === 0)) {
      this.endWith("MsgSeqNum is missing or no number from 1 to 2147483647", nowNs);
      return;
    }
    if (!this.hasArrived(seq, nowNs)) return;
    if (!this.isLoggedOn() && this.logons.mustWait(this.type, nowNs)) return;
    if (this.type === LOGON) {
      if (this.isValid(seq, nowNs)) this.logons.onLogon(seq, nowNs);
    } else if (isReset) {
      if (this.isValid(seq, nowNs)) this.onReset(seq, nowNs);
    } else if (this.type === LOGOUT) this.onLogout(seq, nowNs);
    else if (this.type === RESEND_REQUEST) this.onResendRequest(seq, nowNs);
    else if (seq > this.sequence.nextIn) this.tooHigh(seq, nowNs);
    else if (seq < this.sequence.nextIn) this.tooLow(seq, nowNs);
    else this.inOrder(seq, nowNs);
  }

  /** The indexed message that had been kept, now that its number is the next. */
  onKept(nowNs: number): void {
    this.type = msgTypeOf(this.tags);
    const seq = this.tags.int(34, -1);
    if (seq === this.sequence.nextIn) this.inOrder(seq, nowNs);
  }

  isLoggedOn(): boolean {
    return this.session.state === SESSION_SYNCING || this.session.state === SESSION_UP;
  }

  /** Message `seq` is ahead of what was expected and is kept; what is missing is asked for. */
  tooHigh(seq: number, nowNs: number): void {
    this.counters[N.FIX_SEQ_TOO_HIGH]!++;
    this.sequence.keep(seq, this.tags.from, this.tags.to - this.tags.from);
    if (this.isLoggedOn()) this.sequence.foundGap(seq, nowNs);
  }

  /** Seen before when it is marked as duplicate; else the numbers are broken. */
  tooLow(seq: number, nowNs: number): void {
    if (this.isMarkedDuplicate()) {
      this.onDuplicate(seq, nowNs);
      return;
    }
    this.counters[N.FIX_SEQ_TOO_LOW]!++;
    this.session.reason.tellTooLow(this.sequence.nextIn, seq);
    if (this.rejectsLow) this.sequence.rejected(this.tags, seq, 34, REJECT_VALUE, nowNs);
    else this.admin.logoutTooLow(this.sequence.nextIn, seq, nowNs);
    this.session.leave(nowNs);
  }

  /** True when the dictionary has nothing against it; else a Reject is sent. */
  isValid(seq: number, nowNs: number): boolean {
    if (this.validator === null) return true;
    const code = this.validator.validate(this.tags);
    if (code === 0) return true;
    if (code < 0) {
      // Not even tag=value: garbled after all, and its number is not used up.
      this.counters[N.FIX_GARBLED]!++;
      return false;
    }
    this.counters[N.FIX_INVALID]!++;
    if (!this.isLoggedOn()) {
      this.session.reason.tellRefused(code - 1, this.validator.refTag);
      this.session.disconnect(nowNs);
      return false;
    }
    if (this.type === REJECT) {
      // Two sides that refuse each other's refusals would never end. What it is about still counts.
      this.onRefusal();
      this.sequence.consumed(seq, REJECT, seq + 1, nowNs);
      return false;
    }
    const tag = this.validator.refTag;
    // A SequenceReset uses no number up: it says what the next one is.
    if (this.type === SEQUENCE_RESET) this.sequence.rejected(this.tags, seq, tag, code - 1, nowNs);
    else {
      this.skip(seq, nowNs);
      this.sequence.refused(this.tags, this.type, seq, tag, code - 1, nowNs);
    }
    return false;
  }

  /** Ends the connection: by Logout when there is a session to end. */
  endWith(text: string, nowNs: number): void {
    if (this.isLoggedOn()) {
      this.session.beginLogout(text, nowNs);
      return;
    }
    this.session.reason.tell(text);
    this.session.disconnect(nowNs);
  }

  /** The message that was expected. */
  private inOrder(seq: number, nowNs: number): void {
    // An application message is never refused for want of a timestamp: it may be a fill.
    if (this.isMarkedDuplicate() && this.tags.find(122) < 0) {
      this.counters[N.FIX_NO_ORIG_TIME]!++;
      if (this.isAdmin() && this.type !== SEQUENCE_RESET) {
        this.sequence.refused(this.tags, this.type, seq, 122, REJECT_REQUIRED_MISSING, nowNs);
        return;
      }
    }
    if (!this.isValid(seq, nowNs)) return;
    if (this.type === SEQUENCE_RESET) {
      this.onGapFill(seq, nowNs);
      return;
    }
    if (!this.isAdmin() && this.type !== BUSINESS_REJECT) {
      this.onApplication(seq, nowNs);
      return;
    }
    // A refusal of ours first takes effect: cut short in between, it comes again and finds it done.
    if (this.type === REJECT || this.type === BUSINESS_REJECT) this.onRefusal();
    // First taken note of, then answered: what we send carries the number behind it.
    this.sequence.consumed(seq, this.type, seq + 1, nowNs);
    this.answer(seq, nowNs);
  }

  private onApplication(seq: number, nowNs: number): void {
    const how = this.application.onMessage(this.tags, this.type, seq, nowNs);
    if (how === APP_TAKEN) {
      this.counters[N.FIX_APPLICATION_IN]!++;
      this.sequence.consumed(seq, this.type, seq + 1, nowNs);
    } else if (how === APP_UNSUPPORTED) {
      this.sequence.consumed(seq, this.type, seq + 1, nowNs);
      if (!this.admin.unsupported(this.tags, seq, this.sequence.nextIn, nowNs)) {
        this.session.notSent(nowNs);
      }
    } else this.sequence.moveTo(seq + 1, nowNs);
  }

  private answer(seq: number, nowNs: number): void {
    const tags = this.tags;
    switch (this.type) {
      case HEARTBEAT:
        this.onHeartbeat();
        return;
      case TEST_REQUEST:
        if (tags.find(112) < 0)
          this.sequence.rejected(tags, seq, 112, REJECT_REQUIRED_MISSING, nowNs);
        else if (!this.admin.heartbeatFor(tags, this.sequence.nextIn, nowNs)) {
          this.session.notSent(nowNs);
        }
        return;
    }
  }

  /** The peer refuses a message of ours. */
  private onRefusal(): void {
    const tags = this.tags;
    this.session.block.reject();
    if (this.type === BUSINESS_REJECT) {
      this.counters[N.FIX_BUSINESS_REJECTS_IN]!++;
      this.application.onMessageReject(this.index, tags.int(45, 0), tags.int(380, -1));
      return;
    }
    this.counters[N.FIX_REJECTS_IN]!++;
    if (this.session.state === SESSION_LOGON_SENT) {
      this.session.reason.tellMessage("Reject of our Logon", tags);
    }
    this.application.onMessageReject(this.index, tags.int(45, 0), tags.int(373, -1));
  }

  private onHeartbeat(): void {
    const field = this.tags.find(112);
    if (field < 0) return;
    const prefix = this.syncText;
    const offset = this.tags.offsetAt(field);
    const length = this.tags.lengthAt(field) - prefix.length;
    if (length <= 0) return;
    for (let i = 0; i < prefix.length; i++) {
      if (this.tags.bytes[offset + i] !== prefix[i]) return;
    }
    const id = readInt(this.tags.bytes, offset + prefix.length, length);
    if (this.sequence.isBehind()) return;
    this.sequence.resend.forget();
    this.session.answered(id);
  }

  /**
   * Served out of turn: two sides that both wait for a resend would wait for ever. And behind our
   * Logout, too: the peer has to catch up before it answers.
   */
  private onResendRequest(seq: number, nowNs: number): void {
    const next = this.sequence.nextIn;
    if (seq < next) {
      if (this.isMarkedDuplicate()) {
        this.tooLow(seq, nowNs);
        return;
      }
      // Answered (test case 8), but no word on what the peer has: its numbers are not in order.
      this.counters[N.FIX_SEQ_TOO_LOW]!++;
      this.sequence.resend.doubt();
    }
    if (!this.isValid(seq, nowNs)) return;
    if (seq === next) this.sequence.consumed(seq, this.type, seq + 1, nowNs);
    this.sequence.onResendRequest(this.tags, seq, nowNs);
    if (seq <= next || !this.isLoggedOn()) return;
    this.counters[N.FIX_SEQ_TOO_HIGH]!++;
    this.sequence.keep(seq, this.tags.from, 0);
    this.sequence.foundGap(seq, nowNs);
  }

  /** SequenceReset in reset mode: its own number does not count. */
  private onReset(seq: number, nowNs: number): void {
    const next = this.tags.int(36, 0);
    if (next < this.sequence.nextIn || next <= 0) {
      this.sequence.rejected(this.tags, seq, NO_REF_TAG, REJECT_VALUE, nowNs);
      return;
    }
    this.counters[N.FIX_SEQUENCE_RESETS]!++;
    this.sequence.noteReset(seq, this.type, this.session.sender.nextOut, next, nowNs);
    if (next > this.sequence.nextIn) this.application.onSkipped?.(this.index, 0, nowNs);
    this.sequence.resetTo(next, nowNs);
  }

  private onGapFill(seq: number, nowNs: number): void {
    const next = this.tags.int(36, 0);
    if (next <= seq) {
      this.sequence.refused(this.tags, this.type, seq, NO_REF_TAG, REJECT_VALUE, nowNs);
      return;
    }
    this.application.onSkipped?.(this.index, 0, nowNs);
    this.sequence.consumed(seq, this.type, next, nowNs);
  }

  /** Taken whatever its number, but for one seen before: the peer goes. */
  private onLogout(seq: number, nowNs: number): void {
    if (seq < this.sequence.nextIn && this.isMarkedDuplicate()) {
      this.onDuplicate(seq, nowNs);
      return;
    }
    this.counters[N.FIX_LOGOUTS_IN]!++;
    if (seq === this.sequence.nextIn) this.sequence.consumed(seq, this.type, seq + 1, nowNs);
    this.session.reason.tellMessage("Logout", this.tags);
    this.session.loggedOut(nowNs);
  }

  private wrongVersion(seq: number, nowNs: number): void {
    this.counters[N.FIX_WRONG_PEER]!++;
    if (this.isLoggedOn() && seq === this.sequence.nextIn) {
      this.skip(seq, nowNs);
      this.sequence.consumed(seq, this.type, seq + 1, nowNs);
    }
    this.endWith("Incorrect BeginString", nowNs);
  }

  /** Whose it is and when it was sent is right; else it is refused, and the session may be over. */
  private hasArrived(seq: number, nowNs: number): boolean {
    const arrival = this.arrival;
    if (!arrival.isAddressed()) this.counters[N.FIX_WRONG_PEER]!++;
    else if (arrival.isTimely(nowNs + this.clock.wallOffsetNs)) return true;
    else this.counters[N.FIX_BAD_TIME]!++;
    if (!this.isLoggedOn()) {
      this.endWith("the header of the peer's message is not that of the session", nowNs);
      return false;
    }
    const isUsedUp = this.type !== SEQUENCE_RESET && this.type !== LOGON;
    if (isUsedUp) {
      if (seq === this.sequence.nextIn) this.skip(seq, nowNs);
      this.sequence.refused(this.tags, this.type, seq, arrival.refTag, arrival.reason, nowNs);
    } else this.sequence.rejected(this.tags, seq, arrival.refTag, arrival.reason, nowNs);
    if (arrival.reason === REJECT_COMP_ID) {
      this.session.reason.tell("wrong SenderCompID or TargetCompID");
      this.session.beginLogout("", nowNs);
    } else if (arrival.reason === REJECT_SENDING_TIME) {
      this.session.reason.tell("SendingTime too far from our clock");
      this.session.beginLogout("", nowNs);
    }
    return false;
  }

  /** Seen before, and dropped; but it must say when it was first sent. */
  private onDuplicate(seq: number, nowNs: number): void {
    this.counters[N.FIX_DUPLICATES]!++;
    const arrival = this.arrival;
    if (this.type === SEQUENCE_RESET || arrival.isDated()) return;
    const isMissing = arrival.reason === REJECT_REQUIRED_MISSING;
    this.counters[isMissing ? N.FIX_NO_ORIG_TIME : N.FIX_BAD_TIME]!++;
    this.sequence.rejected(this.tags, seq, arrival.refTag, arrival.reason, nowNs);
    if (arrival.reason !== REJECT_SENDING_TIME) return;
    this.session.reason.tell("OrigSendingTime behind SendingTime");
    this.session.beginLogout("", nowNs);
  }

  /** The message is used up without having been handled; one of the application is told. */
  private skip(seq: number, nowNs: number): void {
    if (!this.isAdmin()) this.application.onSkipped?.(this.index, this.type, nowNs, seq);
  }

  private isMarkedDuplicate(): boolean {
    return this.tags.char(43) === Y;
  }

  private isAdmin(): boolean {
    const type = this.type;
    return (type >= HEARTBEAT && type <= LOGOUT) || type === LOGON;
  }
}
