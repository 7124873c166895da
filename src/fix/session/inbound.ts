// @hot
/**
 * What a whole, well-formed message means: identity, sequence number, kind. Order events go to the
 * sink, which journals them; every other consumed message gives one SESSION_IN record.
 */
import {
  SESSION_LOGON_SENT,
  SESSION_LOGOUT_SENT,
  SESSION_SYNCING,
  SESSION_UP,
} from "../../core/codes.ts";
import { HP_JR_SESSION_RESET } from "../../ffi/layout.ts";
import type { TagIndex } from "../codec/tag-index.ts";
import { readInt } from "../codec/tag-index.ts";
import { messageBytes } from "../codec/text.ts";
import * as N from "../counters.ts";
import { Execution, type ExecutionSink } from "../order/execution.ts";
import { ExecutionReader } from "../order/execution-reader.ts";
import type { OrderTemplates } from "../order/order-templates.ts";
import { SymbolTable } from "../order/symbol-table.ts";
import type { AdminMessages } from "./admin.ts";
import type { FixSessionOptions } from "./options.ts";
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
const EXECUTION_REPORT = 0x38;
const CANCEL_REJECT = 0x39;
const LOGON = 0x41;
const BUSINESS_REJECT = 0x6a;
const MASS_CANCEL_REPORT = 0x72;
/** SessionRejectReason (373). */
const REASON_MISSING = 1;
const REASON_VALUE = 5;
const REASON_COMP_ID = 9;

export class Inbound {
  private readonly session: FixSession;
  private readonly sink: ExecutionSink;
  private readonly tags: TagIndex;
  private readonly admin: AdminMessages;
  private readonly reader: ExecutionReader;
  private readonly execution = new Execution();
  private readonly sequence: SessionSequence;
  private readonly counters: Float64Array;
  private readonly index: number;
  private readonly beginString: Uint8Array;
  private readonly sender: Uint8Array;
  private readonly target: Uint8Array;
  private readonly syncText: Uint8Array;
  private readonly nextExpected: boolean;
  private readonly resetOnLogon: boolean;
  private type = 0;

  constructor(
    o: FixSessionOptions,
    session: FixSession,
    tags: TagIndex,
    admin: AdminMessages,
    sequence: SessionSequence,
    templates: OrderTemplates,
  ) {
    this.session = session;
    this.sink = o.sink;
    this.tags = tags;
    this.admin = admin;
    this.counters = o.counters;
    this.index = o.index;
    this.beginString = messageBytes(beginStringOf(o));
    this.sender = messageBytes(o.senderCompId);
    this.target = messageBytes(o.targetCompId);
    this.syncText = messageBytes("SYNC-");
    this.nextExpected = o.nextExpected === true;
    this.resetOnLogon = o.resetOnLogon === true;
    this.execution.session = o.index;
    this.sequence = sequence;
    const symbols = new SymbolTable(o.instruments, o.instrumentSession ?? o.index);
    this.reader = new ExecutionReader(
      tags,
      symbols,
      templates.decimals,
      templates.unit,
      o.idPrefix,
      o.counters,
      o.index,
    );
  }

  /** The message that `tags` indexes. */
  onMessage(nowNs: number): void {
    const tags = this.tags;
    if (tags.badField >= 0) this.counters[N.FIX_BAD_FIELDS]!++;
    this.type = this.readType();
    const seq = tags.int(34, 0);
    if (!tags.equals(8, this.beginString)) {
      this.counters[N.FIX_WRONG_PEER]!++;
      this.endWith("incorrect BeginString", nowNs);
      return;
    }
    if (seq <= 0) {
      this.endWith("MsgSeqNum is missing or no number", nowNs);
      return;
    }
    if (!tags.equals(49, this.target) || !tags.equals(56, this.sender)) {
      this.wrongPeer(seq, nowNs);
      return;
    }
    if (this.session.state === SESSION_LOGON_SENT && !this.isLogonAnswer()) {
      this.counters[N.FIX_OUT_OF_STATE]!++;
      this.session.reason.tell("the venue's first message was no Logon");
      this.session.disconnect(nowNs);
      return;
    }
    if (this.type === LOGON) this.onLogon(seq, nowNs);
    else if (this.type === SEQUENCE_RESET && tags.char(123) !== Y) this.onReset(seq, nowNs);
    else if (seq > this.sequence.nextIn) this.tooHigh(seq, nowNs);
    else if (seq < this.sequence.nextIn) this.tooLow(seq, nowNs);
    else this.inOrder(seq, nowNs);
  }

  /** The message that was expected. */
  private inOrder(seq: number, nowNs: number): void {
    switch (this.type) {
      case EXECUTION_REPORT:
        this.reader.read(this.execution, seq);
        this.checkOrigTime();
        this.sink.onExecutionReport(this.execution);
        this.sequence.moveTo(seq + 1, nowNs);
        return;
      case CANCEL_REJECT:
        this.reader.read(this.execution, seq);
        this.checkOrigTime();
        this.sink.onCancelReject(this.execution);
        this.sequence.moveTo(seq + 1, nowNs);
        return;
      case SEQUENCE_RESET:
        this.onGapFill(seq, nowNs);
        return;
      case BUSINESS_REJECT:
        this.counters[N.FIX_BUSINESS_REJECTS_IN]!++;
        this.session.block.reject();
        this.sink.onMessageReject(this.index, this.tags.int(45, 0), this.tags.int(380, -1));
        break;
      case REJECT:
        this.counters[N.FIX_REJECTS_IN]!++;
        if (this.session.state === SESSION_LOGON_SENT) {
          this.session.reason.tellMessage("Reject of our Logon", this.tags);
        }
        this.session.block.reject();
        this.sink.onMessageReject(this.index, this.tags.int(45, 0), this.tags.int(373, -1));
        break;
    }
    // First taken note of, then answered: what we send carries the number behind it.
    this.sequence.consumed(seq, this.type, seq + 1, nowNs);
    if (this.isMarkedDuplicate() && this.tags.find(122) < 0) {
      this.counters[N.FIX_NO_ORIG_TIME]!++;
      this.sequence.rejected(this.tags, seq, 122, REASON_MISSING, nowNs);
      return;
    }
    this.answer(seq, nowNs);
  }

  private answer(seq: number, nowNs: number): void {
    const tags = this.tags;
    switch (this.type) {
      case HEARTBEAT:
        this.onHeartbeat();
        return;
      case TEST_REQUEST:
        if (tags.find(112) < 0) this.sequence.rejected(this.tags, seq, 112, REASON_MISSING, nowNs);
        else if (!this.admin.heartbeatFor(tags, this.sequence.nextIn, nowNs))
          this.session.disconnect(nowNs);
        return;
      case RESEND_REQUEST:
        this.sequence.onResendRequest(this.tags, seq, nowNs);
        return;
      case LOGOUT:
        this.onLogout(nowNs);
        return;
      case REJECT:
      case BUSINESS_REJECT:
        return;
      case MASS_CANCEL_REPORT:
        this.counters[N.FIX_MASS_CANCEL_REPORTS]!++;
        if (tags.char(531) === 0x30) this.counters[N.FIX_MASS_CANCEL_REJECTS]!++;
        return;
      default:
        if (!this.admin.unsupported(tags, seq, this.sequence.nextIn, nowNs))
          this.session.disconnect(nowNs);
    }
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

  private onLogon(seq: number, nowNs: number): void {
    const session = this.session;
    if (session.state !== SESSION_LOGON_SENT) {
      this.onSecondLogon(seq, nowNs);
      return;
    }
    if (this.tags.char(141) === Y) {
      // Not asked for: the venue begins again at 1 and takes our Logon as the last of the old run.
      if (!this.resetOnLogon) session.resetSequences(nowNs);
      this.sequence.nextIn = 1;
    }
    if (seq < this.sequence.nextIn) {
      this.tooLow(seq, nowNs);
      return;
    }
    session.loggedOn(nowNs);
    const expected = this.nextExpected ? this.tags.int(789, 0) : 0;
    if (expected > session.sender.nextOut) {
      this.endWith("NextExpectedMsgSeqNum is higher than what was sent", nowNs);
      return;
    }
    if (expected > 0 && expected < session.sender.nextOut) {
      this.sequence.resend.request(expected, 0, session.sender.nextOut - 1);
    }
    if (seq > this.sequence.nextIn) {
      this.tooHigh(seq, nowNs);
      return;
    }
    this.sequence.consumed(seq, this.type, seq + 1, nowNs);
    // A resend that 789 asked for comes first, and ends with the sync.
    if (!this.sequence.isBehind()) session.sendSync(nowNs);
  }

  /** In session: a reset that the venue wants is answered in kind, anything else only counted. */
  private onSecondLogon(seq: number, nowNs: number): void {
    this.counters[N.FIX_OUT_OF_STATE]!++;
    if (this.tags.char(141) === Y && seq === 1) {
      this.session.resetSequences(nowNs);
      this.sequence.clear();
      this.sequence.consumed(1, this.type, 2, nowNs);
      if (!this.admin.logon(true, this.sequence.nextIn, nowNs)) this.session.disconnect(nowNs);
    } else if (seq > this.sequence.nextIn) this.tooHigh(seq, nowNs);
    else if (seq < this.sequence.nextIn) this.tooLow(seq, nowNs);
    else this.sequence.consumed(seq, this.type, seq + 1, nowNs);
  }

  /** SequenceReset in reset mode: its own number does not count. */
  private onReset(seq: number, nowNs: number): void {
    const next = this.tags.int(36, 0);
    if (next < this.sequence.nextIn || next <= 0) {
      if (seq === this.sequence.nextIn) this.sequence.consumed(seq, this.type, seq + 1, nowNs);
      this.sequence.rejected(this.tags, seq, 36, REASON_VALUE, nowNs);
      return;
    }
    this.counters[N.FIX_SEQUENCE_RESETS]!++;
    const out = this.session.sender.nextOut;
    this.session.sender.records.admin(HP_JR_SESSION_RESET, seq, this.type, out, next, 0, 0, nowNs);
    this.sequence.moveTo(next, nowNs);
  }

  private onGapFill(seq: number, nowNs: number): void {
    const next = this.tags.int(36, 0);
    if (next <= seq) {
      this.sequence.consumed(seq, this.type, seq + 1, nowNs);
      this.sequence.rejected(this.tags, seq, 36, REASON_VALUE, nowNs);
      return;
    }
    this.sequence.consumed(seq, this.type, next, nowNs);
  }

  private onLogout(nowNs: number): void {
    this.counters[N.FIX_LOGOUTS_IN]!++;
    this.session.reason.tellMessage("Logout", this.tags);
    if (this.session.state !== SESSION_LOGOUT_SENT)
      this.admin.logout("", this.sequence.nextIn, nowNs);
    this.session.disconnect(nowNs);
  }

  private tooHigh(seq: number, nowNs: number): void {
    this.counters[N.FIX_SEQ_TOO_HIGH]!++;
    if (this.type === LOGOUT) {
      this.onLogout(nowNs);
      return;
    }
    // Served although out of turn: two sides that both wait for a resend would wait for ever.
    if (this.type === RESEND_REQUEST) this.sequence.onResendRequest(this.tags, seq, nowNs);
    if (this.isLoggedOn()) this.sequence.foundGap(seq, nowNs);
  }

  private tooLow(seq: number, nowNs: number): void {
    if (this.isMarkedDuplicate()) {
      this.counters[N.FIX_DUPLICATES]!++;
      return;
    }
    this.counters[N.FIX_SEQ_TOO_LOW]!++;
    // It may say why: a venue that refuses our number counts its own anew.
    if (this.type === LOGOUT) this.session.reason.tellMessage("Logout", this.tags);
    else this.session.reason.tellTooLow(this.sequence.nextIn, seq);
    this.admin.logoutTooLow(this.sequence.nextIn, seq, nowNs);
    this.session.disconnect(nowNs);
  }

  private wrongPeer(seq: number, nowNs: number): void {
    this.counters[N.FIX_WRONG_PEER]!++;
    if (this.session.state === SESSION_LOGON_SENT) {
      this.session.reason.tell("wrong SenderCompID or TargetCompID in the venue's answer");
      this.session.disconnect(nowNs);
      return;
    }
    if (seq === this.sequence.nextIn) this.sequence.consumed(seq, this.type, seq + 1, nowNs);
    this.sequence.rejected(this.tags, seq, 0, REASON_COMP_ID, nowNs);
    this.endWith("incorrect SenderCompID or TargetCompID", nowNs);
  }

  private endWith(text: string, nowNs: number): void {
    if (this.isLoggedOn()) {
      this.session.beginLogout(text, nowNs);
      return;
    }
    this.session.reason.tell(text);
    this.session.disconnect(nowNs);
  }

  private checkOrigTime(): void {
    // A fill is never refused for want of a timestamp.
    if (this.isMarkedDuplicate() && this.tags.find(122) < 0) this.counters[N.FIX_NO_ORIG_TIME]!++;
  }

  private isMarkedDuplicate(): boolean {
    return this.tags.char(43) === Y;
  }

  private isLogonAnswer(): boolean {
    return this.type === LOGON || this.type === LOGOUT || this.type === REJECT;
  }

  private isLoggedOn(): boolean {
    return this.session.state === SESSION_SYNCING || this.session.state === SESSION_UP;
  }

  /** MsgType, up to four characters, little-endian. */
  private readType(): number {
    const field = this.tags.find(35);
    if (field < 0) return 0;
    const offset = this.tags.offsetAt(field);
    let length = this.tags.lengthAt(field);
    if (length > 4) length = 4;
    let type = 0;
    for (let i = length - 1; i >= 0; i--) type = (type << 8) | this.tags.bytes[offset + i]!;
    return type;
  }
}
