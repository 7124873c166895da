// @hot
/**
 * Headers of the messages that a session builds itself, in the order of their tags:
 *
 *   35 34 | 43 | 49 50 .. | 52 | 56 57 .. | 115 116 | 122 | 128 129 144 145 ..
 *          dup   before          after      route    dup    route and the rest
 */
import type { MessageBuilder } from "../codec/builder.ts";
import type { TagIndex } from "../codec/tag-index.ts";
import { messageBytes } from "../codec/text.ts";
import type { UtcTime } from "../codec/utc-time.ts";
import type { FixSessionOptions } from "./options.ts";
import { beginStringOf, headerOf } from "./setup.ts";

const Y = 0x59;
const POSS_DUP = 43;
const SENDING_TIME = 52;
const ORIG_SENDING_TIME = 122;
/** OnBehalfOf and DeliverTo: CompID, SubID, LocationID. What came from one goes back to the other. */
const ON_BEHALF = [115, 116, 144] as const;
const DELIVER_TO = [128, 129, 145] as const;
const HEADER_TAG_MAX = 4096;

export class HeaderWriter {
  private readonly b: MessageBuilder;
  private readonly time: UtcTime;
  private readonly beginString: string;
  /** Static fields in front of SendingTime, behind it, and behind OrigSendingTime. */
  private readonly before: Uint8Array;
  private readonly after: Uint8Array;
  private readonly last: Uint8Array;
  /** 1 = a tag of the header. */
  private readonly isHeader = new Uint8Array(new ArrayBuffer(HEADER_TAG_MAX));

  constructor(o: FixSessionOptions, b: MessageBuilder, time: UtcTime) {
    this.b = b;
    this.time = time;
    this.beginString = beginStringOf(o);
    const fixed: [number, string][] = [
      [49, o.senderCompId],
      [56, o.targetCompId],
    ];
    for (const [tag, value] of Object.entries(headerOf(o))) fixed.push([Number(tag), value]);
    fixed.sort((left, right) => left[0] - right[0]);
    this.before = fieldsOf(fixed.filter((f) => f[0] < SENDING_TIME));
    this.after = fieldsOf(fixed.filter((f) => f[0] > SENDING_TIME && f[0] < ORIG_SENDING_TIME));
    this.last = fieldsOf(fixed.filter((f) => f[0] > ORIG_SENDING_TIME));
    for (const member of o.dictionary.header.members) this.mark(member.field.tag);
    for (const tag of [8, 9, 35, 34, 43, 49, 50, 52, 56, 57, 97, 115, 116, 122, 128, 129]) {
      this.mark(tag);
    }
  }

  begin(msgType: string, seq: number): MessageBuilder {
    return this.b
      .begin(this.beginString, msgType)
      .int(34, seq)
      .fields(this.before)
      .utc(SENDING_TIME, this.time)
      .fields(this.after)
      .fields(this.last);
  }

  /** A message of ours that repeats a number: PossDupFlag, and OrigSendingTime now. */
  beginDuplicate(msgType: string, seq: number): MessageBuilder {
    return this.b
      .begin(this.beginString, msgType)
      .int(34, seq)
      .char(POSS_DUP, Y)
      .fields(this.before)
      .utc(SENDING_TIME, this.time)
      .fields(this.after)
      .utc(ORIG_SENDING_TIME, this.time)
      .fields(this.last);
  }

  /** The answer to the indexed message, back along its route (FIX 4.4 volume 1, third parties). */
  beginReply(msgType: string, seq: number, m: TagIndex): MessageBuilder {
    const b = this.b
      .begin(this.beginString, msgType)
      .int(34, seq)
      .fields(this.before)
      .utc(SENDING_TIME, this.time)
      .fields(this.after);
    this.turn(m, DELIVER_TO[0], ON_BEHALF[0]);
    this.turn(m, DELIVER_TO[1], ON_BEHALF[1]);
    this.turn(m, ON_BEHALF[0], DELIVER_TO[0]);
    this.turn(m, ON_BEHALF[1], DELIVER_TO[1]);
    this.turn(m, DELIVER_TO[2], ON_BEHALF[2]);
    this.turn(m, ON_BEHALF[2], DELIVER_TO[2]);
    return b.fields(this.last);
  }

  /**
   * The stored message as it was, with PossDupFlag behind its number, SendingTime now, and what it
   * was then as OrigSendingTime at the end of the header. The caller finishes it.
   */
  beginAgain(stored: TagIndex): void {
    const b = this.b;
    const type = stored.find(35);
    const original = stored.find(SENDING_TIME);
    let at = 0;
    b.beginRaw(this.beginString, stored.bytes, stored.offsetAt(type), stored.lengthAt(type));
    let isDone = false;
    // 8, 9 and 35 in front, 10 at the end.
    for (at = 3; at < stored.count - 1; at++) {
      const tag = stored.tagAt(at);
      if (tag === POSS_DUP || tag === ORIG_SENDING_TIME) continue;
      if (!isDone && (tag > ORIG_SENDING_TIME || !this.isHeaderTag(tag))) {
        this.origTime(stored, original);
        isDone = true;
      }
      if (tag === SENDING_TIME) b.utc(SENDING_TIME, this.time);
      else b.raw(tag, stored.bytes, stored.offsetAt(at), stored.lengthAt(at));
      if (tag === 34) b.char(POSS_DUP, Y);
    }
    if (!isDone) this.origTime(stored, original);
  }

  private origTime(stored: TagIndex, field: number): void {
    this.b.raw(ORIG_SENDING_TIME, stored.bytes, stored.offsetAt(field), stored.lengthAt(field));
  }

  private turn(m: TagIndex, from: number, to: number): void {
    const field = m.find(from);
    if (field < 0 || m.lengthAt(field) === 0 || !this.isHeaderTag(from)) return;
    this.b.raw(to, m.bytes, m.offsetAt(field), m.lengthAt(field));
  }

  private isHeaderTag(tag: number): boolean {
    return tag < HEADER_TAG_MAX && this.isHeader[tag] === 1;
  }

  private mark(tag: number): void {
    if (tag < HEADER_TAG_MAX) this.isHeader[tag] = 1;
  }
}

/** @cold */
function fieldsOf(fields: [number, string][]): Uint8Array {
  return messageBytes(fields.map(([tag, value]) => `${tag}=${value}\u0001`).join(""));
}
