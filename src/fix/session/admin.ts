// @hot
/**
 * Administrative messages of a session, built in the send arena and handed to the Sender. FIX 4.4
 * volume 2. Each returns false when the message could not even be queued.
 */
import type { Clock } from "../../core/clock.ts";
import { MessageBuilder } from "../codec/builder.ts";
import type { TagIndex } from "../codec/tag-index.ts";
import { messageBytes } from "../codec/text.ts";
import type { UtcTime } from "../codec/utc-time.ts";
import { FIX_REJECTS_OUT, FIX_UNSUPPORTED } from "../counters.ts";
import type { FixSessionOptions } from "./options.ts";
import type { Sender } from "./sender.ts";
import { beginStringOf, headerOf } from "./setup.ts";

/** Bytes of the send arena for one administrative message. */
export const ADMIN_BYTES = 4096;
const Y = 0x59;

export class AdminMessages {
  private readonly b: MessageBuilder;
  private readonly sender: Sender;
  private readonly time: UtcTime;
  private readonly clock: Clock;
  private readonly counters: Float64Array;
  private readonly beginString: string;
  private readonly header: Uint8Array;
  private readonly logonFields: Uint8Array;
  private readonly heartbeatS: number;
  private readonly nextExpected: boolean;
  private readonly sign: ((b: MessageBuilder, seq: number, sendingTime: string) => void) | null;

  constructor(o: FixSessionOptions, base: number, sender: Sender, time: UtcTime) {
    this.b = new MessageBuilder(o.stream.tx, base, base + ADMIN_BYTES);
    this.sender = sender;
    this.time = time;
    this.clock = o.clock;
    this.counters = o.counters;
    this.beginString = beginStringOf(o);
    this.header = messageBytes(headerOf(o).text);
    this.heartbeatS = o.heartbeatS;
    this.nextExpected = o.nextExpected === true;
    this.sign = o.signLogon ?? null;
    let fields = "";
    if (o.username) fields += `553=${o.username}\u0001`;
    if (o.password) fields += `554=${o.password}\u0001`;
    for (const [tag, value] of Object.entries(o.logonTags ?? {})) fields += `${tag}=${value}\u0001`;
    this.logonFields = messageBytes(fields);
  }

  logon(reset: boolean, nextIn: number, nowNs: number): boolean {
    const b = this.begin("A", this.sender.nextOut, false, nowNs);
    b.int(98, 0).int(108, this.heartbeatS);
    if (reset) b.char(141, Y);
    if (this.nextExpected) b.int(789, nextIn);
    b.fields(this.logonFields);
    if (this.sign !== null) this.signLogon();
    return this.send(0x41, this.sender.nextOut, nextIn, 0, nowNs);
  }

  heartbeat(nextIn: number, nowNs: number): boolean {
    this.begin("0", this.sender.nextOut, false, nowNs);
    return this.send(0x30, this.sender.nextOut, nextIn, 1, nowNs);
  }

  /** The answer to the indexed TestRequest: repeats its TestReqID (112). */
  heartbeatFor(request: TagIndex, nextIn: number, nowNs: number): boolean {
    const b = this.begin("0", this.sender.nextOut, false, nowNs);
    const id = request.find(112);
    if (id >= 0) b.raw(112, request.bytes, request.offsetAt(id), request.lengthAt(id));
    return this.send(0x30, this.sender.nextOut, nextIn, 1, nowNs);
  }

  /** TestReqID = prefix and number. */
  testRequest(prefix: string, id: number, nextIn: number, nowNs: number): boolean {
    this.begin("1", this.sender.nextOut, false, nowNs).stringInt(112, prefix, id);
    return this.send(0x31, this.sender.nextOut, nextIn, 1, nowNs);
  }

  resendRequest(from: number, to: number, nextIn: number, nowNs: number): boolean {
    this.begin("2", this.sender.nextOut, false, nowNs).int(7, from).int(16, to);
    return this.send(0x32, this.sender.nextOut, nextIn, 1, nowNs);
  }

  /** SequenceReset-GapFill over from..to; it carries the number `from` itself. */
  gapFill(from: number, to: number, nextIn: number, nowNs: number): boolean {
    this.begin("4", from, true, nowNs)
      .char(123, Y)
      .int(36, to + 1);
    return this.send(0x34, from, nextIn, 1, nowNs);
  }

  logout(text: string, nextIn: number, nowNs: number): boolean {
    const b = this.begin("5", this.sender.nextOut, false, nowNs);
    if (text !== "") b.string(58, text);
    return this.send(0x35, this.sender.nextOut, nextIn, 1, nowNs);
  }

  /** Logout for a number that is too low, in the words other engines look for. */
  logoutTooLow(expected: number, received: number, nowNs: number): boolean {
    const b = this.begin("5", this.sender.nextOut, false, nowNs);
    b.tooLowText(expected, received);
    return this.send(0x35, this.sender.nextOut, expected, 1, nowNs);
  }

  /** Session reject of the indexed message; refTag 0 = none. */
  reject(m: TagIndex, seq: number, refTag: number, reason: number, nextIn: number, nowNs: number) {
    this.counters[FIX_REJECTS_OUT]!++;
    const b = this.begin("3", this.sender.nextOut, false, nowNs).int(45, seq);
    if (refTag !== 0) b.int(371, refTag);
    this.refType(m);
    b.int(373, reason);
    return this.send(0x33, this.sender.nextOut, nextIn, 1, nowNs);
  }

  /** BusinessMessageReject, unsupported message type, of the indexed message. */
  unsupported(m: TagIndex, seq: number, nextIn: number, nowNs: number): boolean {
    this.counters[FIX_UNSUPPORTED]!++;
    const b = this.begin("j", this.sender.nextOut, false, nowNs).int(45, seq);
    this.refType(m);
    b.int(380, 3).string(58, "unsupported message type");
    return this.send(0x6a, this.sender.nextOut, nextIn, 1, nowNs);
  }

  private refType(m: TagIndex): void {
    const type = m.find(35);
    if (type >= 0) this.b.raw(372, m.bytes, m.offsetAt(type), m.lengthAt(type));
  }

  private begin(type: string, seq: number, possDup: boolean, nowNs: number): MessageBuilder {
    this.time.set(nowNs + this.clock.wallOffsetNs);
    const b = this.b.begin(this.beginString, type).int(34, seq).fields(this.header);
    if (possDup) b.char(43, Y);
    b.utc(52, this.time);
    if (possDup) b.utc(122, this.time);
    return b;
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
