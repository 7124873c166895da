// @hot
/**
 * The messages that a session writes itself, built in the send arena and handed to the Sender: the
 * administrative ones, and application messages field by field. FIX 4.4 volume 2; header and body in
 * the order of their tags. Each send returns false when the message could not even be queued.
 */
import type { Clock } from "../../core/clock.ts";
import type { MessageBuilder } from "../codec/builder.ts";
import { msgTypeOf } from "../codec/msg-type.ts";
import { NO_REF_TAG, REJECT_MSG_TYPE, REJECT_TEXT } from "../codec/reject-reason.ts";
import type { TagIndex } from "../codec/tag-index.ts";
import { messageBytes } from "../codec/text.ts";
import type { UtcTime } from "../codec/utc-time.ts";
import { FIX_REJECTS_OUT, FIX_UNSUPPORTED } from "../counters.ts";
import { HeaderWriter } from "./header.ts";
import type { FixSessionOptions } from "./options.ts";
import type { Sender } from "./sender.ts";
import { beginStringOf, versionOf } from "./setup.ts";

/** Bytes of the send arena for one message, unless the options say more. */
export const MESSAGE_BYTES_OUT = 4096;
const Y = 0x59;
/** EndSeqNo (16) for "all" before FIX 4.2. */
const END_ALL_OLD = 999_999;

export class AdminMessages {
  private readonly b: MessageBuilder;
  private readonly header: HeaderWriter;
  private readonly sender: Sender;
  private readonly time: UtcTime;
  private readonly clock: Clock;
  private readonly counters: Float64Array;
  /** 40 to 44, 50. */
  private readonly version: number;
  private readonly logonFields: Uint8Array;
  private readonly applVerId = new Uint8Array(new ArrayBuffer(8));
  private applVerIdLength: number;
  /** A BusinessMessageReject repeats the session's ApplVerID. */
  private readonly tellsApplVerId: boolean;
  private readonly nextExpected: boolean;
  private readonly sign: ((b: MessageBuilder, seq: number, sendingTime: string) => void) | null;

  constructor(o: FixSessionOptions, b: MessageBuilder, sender: Sender, time: UtcTime) {
    this.b = b;
    this.header = new HeaderWriter(o, b, time);
    this.sender = sender;
    this.time = time;
    this.clock = o.clock;
    this.counters = o.counters;
    this.version = versionOf(beginStringOf(o));
    this.nextExpected = o.nextExpected === true;
    const applVerId = messageBytes(o.applVerId ?? "");
    this.applVerId.set(applVerId.subarray(0, this.applVerId.length));
    this.applVerIdLength = Math.min(applVerId.length, this.applVerId.length);
    this.tellsApplVerId = o.tellsApplVerId === true;
    this.sign = o.signLogon ?? null;
    let fields = "";
    if (o.username) fields += `553=${o.username}\u0001`;
    if (o.password) fields += `554=${o.password}\u0001`;
    for (const [tag, value] of Object.entries(o.logonTags ?? {})) fields += `${tag}=${value}\u0001`;
    this.logonFields = messageBytes(fields);
  }

  /** FIX 4.0 knows no ResetSeqNumFlag; there both sides begin at 1 by agreement. */
  logon(heartbeatS: number, reset: boolean, nextIn: number, nowNs: number): boolean {
    const b = this.begin("A", this.sender.nextOut, nowNs);
    b.int(98, 0).int(108, heartbeatS);
    if (reset && this.version > 40) b.char(141, Y);
    b.fields(this.logonFields);
    if (this.nextExpected) b.int(789, nextIn);
    if (this.applVerIdLength > 0) b.raw(1137, this.applVerId, 0, this.applVerIdLength);
    if (this.sign !== null) this.signLogon();
    return this.send(0x41, this.sender.nextOut, nextIn, 0, nowNs);
  }

  heartbeat(nextIn: number, nowNs: number): boolean {
    this.begin("0", this.sender.nextOut, nowNs);
    return this.send(0x30, this.sender.nextOut, nextIn, 1, nowNs);
  }

  /** The answer to the indexed TestRequest: repeats its TestReqID (112). */
  heartbeatFor(request: TagIndex, nextIn: number, nowNs: number): boolean {
    const b = this.begin("0", this.sender.nextOut, nowNs);
    const id = request.find(112);
    if (id >= 0) b.raw(112, request.bytes, request.offsetAt(id), request.lengthAt(id));
    return this.send(0x30, this.sender.nextOut, nextIn, 1, nowNs);
  }

  /** Any answer will do: that the peer is alive is all we want to know. */
  testRequest(nextIn: number, nowNs: number): boolean {
    this.begin("1", this.sender.nextOut, nowNs).string(112, "TEST");
    return this.send(0x31, this.sender.nextOut, nextIn, 1, nowNs);
  }

  /** A TestRequest whose answer is known again by its number. */
  syncRequest(id: number, nextIn: number, nowNs: number): boolean {
    this.begin("1", this.sender.nextOut, nowNs).stringInt(112, "SYNC-", id);
    return this.send(0x31, this.sender.nextOut, nextIn, 1, nowNs);
  }

  /** to: 0 = all. */
  resendRequest(from: number, to: number, nextIn: number, nowNs: number): boolean {
    const end = to === 0 && this.version < 42 ? END_ALL_OLD : to;
    this.begin("2", this.sender.nextOut, nowNs).int(7, from).int(16, end);
    return this.send(0x32, this.sender.nextOut, nextIn, 1, nowNs);
  }

  /** SequenceReset-GapFill over from..to; it carries the number `from` itself. */
  gapFill(from: number, to: number, nextIn: number, nowNs: number): boolean {
    this.setTime(nowNs);
    this.header.beginDuplicate("4", from);
    this.b.int(36, to + 1).char(123, Y);
    return this.send(0x34, from, nextIn, 1, nowNs);
  }

  logout(text: string, nextIn: number, nowNs: number): boolean {
    const b = this.begin("5", this.sender.nextOut, nowNs);
    if (text !== "") b.string(58, text);
    return this.send(0x35, this.sender.nextOut, nextIn, 1, nowNs);
  }

  /** Logout for a number that is too low, in the words other engines look for. */
  logoutTooLow(expected: number, received: number, nowNs: number): boolean {
    const b = this.begin("5", this.sender.nextOut, nowNs);
    b.tooLowText(expected, received);
    return this.send(0x35, this.sender.nextOut, expected, 1, nowNs);
  }

  /**
   * Session reject of the indexed message, sent back along its route. refTag NO_REF_TAG = none is
   * named. Before FIX 4.2 the tag stands in the text; 4.2 knows reasons up to 11.
   */
  reject(m: TagIndex, seq: number, refTag: number, reason: number, nextIn: number, nowNs: number) {
    this.counters[FIX_REJECTS_OUT]!++;
    this.setTime(nowNs);
    const b = this.header.beginReply("3", this.sender.nextOut, m).int(45, seq);
    const text = REJECT_TEXT[reason] ?? "Message rejected";
    if (this.version < 42) {
      if (refTag === NO_REF_TAG) b.string(58, text);
      else b.stringTag(58, text, refTag);
    } else {
      b.string(58, text);
      if (refTag !== NO_REF_TAG) b.int(371, refTag);
      this.refType(m);
      if (this.version > 42 || reason <= REJECT_MSG_TYPE) b.int(373, reason);
    }
    return this.send(0x33, this.sender.nextOut, nextIn, 1, nowNs);
  }

  /** An application message of a type that nobody here takes: BusinessRejectReason (380) 3. */
  unsupported(m: TagIndex, seq: number, nextIn: number, nowNs: number): boolean {
    this.counters[FIX_UNSUPPORTED]!++;
    this.setTime(nowNs);
    if (this.version < 42) {
      const b = this.header.beginReply("3", this.sender.nextOut, m);
      b.int(45, seq).string(58, "Unsupported message type");
      return this.send(0x33, this.sender.nextOut, nextIn, 1, nowNs);
    }
    const b = this.header.beginReply("j", this.sender.nextOut, m);
    b.int(45, seq).string(58, "Unsupported Message Type");
    this.refType(m);
    b.int(380, 3);
    if (this.tellsApplVerId && this.applVerIdLength > 0) {
      b.raw(1137, this.applVerId, 0, this.applVerIdLength);
    }
    return this.send(0x6a, this.sender.nextOut, nextIn, 1, nowNs);
  }

  /** From here on the ApplVerID of the indexed Logon is ours too: an acceptor speaks as it is spoken to. */
  speak(logon: TagIndex, field: number): void {
    this.applVerIdLength = Math.min(logon.lengthAt(field), this.applVerId.length);
    const from = logon.offsetAt(field);
    for (let i = 0; i < this.applVerIdLength; i++) this.applVerId[i] = logon.bytes[from + i]!;
  }

  /** An application message with the next number: fields are added to what this returns. */
  beginApplication(msgType: string, nowNs: number): MessageBuilder {
    return this.begin(msgType, this.sender.nextOut, nowNs);
  }

  /** Sends what beginApplication began. msgType as in journal records. */
  sendApplication(msgType: number, nextIn: number, nowNs: number): boolean {
    const length = this.b.finish();
    return this.sender.application(msgType, nextIn, this.b.start, length, nowNs);
  }

  /** Message `seq`, as the store has it, marked as possible duplicate. False: it is not whole. */
  again(stored: TagIndex, seq: number, nextIn: number, nowNs: number): boolean {
    this.setTime(nowNs);
    this.header.beginAgain(stored);
    return this.send(msgTypeOf(stored), seq, nextIn, 1, nowNs);
  }

  private refType(m: TagIndex): void {
    const type = m.find(35);
    // FIX has no empty fields, whatever the peer sent.
    if (type >= 0 && m.lengthAt(type) > 0) {
      this.b.raw(372, m.bytes, m.offsetAt(type), m.lengthAt(type));
    }
  }

  private begin(type: string, seq: number, nowNs: number): MessageBuilder {
    this.setTime(nowNs);
    return this.header.begin(type, seq);
  }

  private setTime(nowNs: number): void {
    this.time.set(nowNs + this.clock.wallOffsetNs);
  }

  private send(type: number, seq: number, nextIn: number, keep: number, nowNs: number): boolean {
    const length = this.b.finish();
    return this.sender.admin(seq, type, nextIn, this.b.start, length, keep, nowNs);
  }

  /** @cold */
  private signLogon(): void {
    const text = Buffer.from(this.time.bytes.subarray(0, this.time.length)).toString("latin1");
    this.sign?.(this.b, this.sender.nextOut, text);
  }
}
