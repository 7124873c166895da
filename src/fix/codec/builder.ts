import { digitCount } from "./digits.ts";
import { SOH, sumWords, TRAILER_BYTES } from "./framing.ts";
import type { UtcTime } from "./utc-time.ts";

/** Room before the body for "8=FIXT.1.1|9=000000000|". */
const HEAD_BYTES = 40;
const INT32_MAX = 0x7fffffff;
/** Tags below this have their text, "54=", ready as a word. */
const TAGS_READY = 1000;
const TAG_WORDS = new Int32Array(TAGS_READY);
const TAG_BYTES = new Uint8Array(TAGS_READY);
for (let tag = 1; tag < TAGS_READY; tag++) {
  const text = Buffer.from(`${tag}=`);
  TAG_BYTES[tag] = text.length;
  TAG_WORDS[tag] = Buffer.concat([text, Buffer.alloc(4)]).readInt32LE(0);
}

/**
 * Builds a message field by field, for everything that is not a template: administrative messages,
 * the simulator, tests. Allocates nothing after construction. The body is written from a fixed
 * offset and 8 and 9 backwards from it: the message is bytes[start .. start + length).
 *
 *   b.begin("FIX.4.4", "A").string(49, "ME").int(34, 1).utc(52, time).finish();
 *
 * A message beyond the capacity is cut off and marked: finish() gives 0.
 */
export class MessageBuilder {
  readonly bytes: Uint8Array;
  /** Valid after finish(). */
  start = 0;
  length = 0;
  private readonly view: DataView;
  private readonly body: number;
  private readonly end: number;
  private at = 0;
  private overflow = false;
  private beginString = "";

  /** Writes into `bytes` between `from` and `to`; by default into memory of its own. */
  constructor(bytes: Uint8Array = new Uint8Array(8192), from = 0, to = bytes.length) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.body = from + HEAD_BYTES;
    this.end = to - TRAILER_BYTES;
  }

  begin(beginString: string, msgType: string): this {
    this.beginString = beginString;
    this.at = this.body;
    this.overflow = false;
    this.start = 0;
    this.length = 0;
    return this.string(35, msgType);
  }

  /** As begin(), with MsgType as bytes of another message. */
  beginRaw(beginString: string, from: Uint8Array, offset: number, length: number): this {
    this.beginString = beginString;
    this.at = this.body;
    this.overflow = false;
    this.start = 0;
    this.length = 0;
    return this.raw(35, from, offset, length);
  }

  /** Latin-1 text; a character beyond it, or an SOH, becomes '?'. */
  string(tag: number, value: string): this {
    this.tag(tag);
    this.text(value);
    this.put(SOH);
    return this;
  }

  /** One character by its code. */
  char(tag: number, code: number): this {
    this.tag(tag);
    this.put(code);
    this.put(SOH);
    return this;
  }

  /** An integer, exact below 2^53; `width` pads with zeros on the left. */
  int(tag: number, value: number, width = 0): this {
    this.tag(tag);
    if (value < 0) this.put(0x2d);
    this.digits(Math.abs(value), width);
    this.put(SOH);
    return this;
  }

  /** `value` / 10^decimals, all decimals written: decimal(44, 1015000, 4) is 44=101.5000. */
  decimal(tag: number, value: number, decimals: number): this {
    this.tag(tag);
    if (value < 0) this.put(0x2d);
    const rest = Math.abs(value);
    if (rest <= INT32_MAX) this.point(rest | 0, decimals);
    else this.longDecimal(rest, decimals);
    this.put(SOH);
    return this;
  }

  /** Digits from the right, with the point on the way. */
  private point(value: number, decimals: number): void {
    const count = digitCount(value);
    const whole = count > decimals ? count - decimals : 1;
    let at = this.at + whole + (decimals > 0 ? decimals + 1 : 0);
    if (at > this.end) {
      this.overflow = true;
      return;
    }
    const bytes = this.bytes;
    this.at = at;
    let rest = value;
    for (let i = 0; i < decimals; i++) {
      const next = (rest / 10) | 0;
      bytes[--at] = 0x30 + rest - next * 10;
      rest = next;
    }
    if (decimals > 0) bytes[--at] = 0x2e;
    for (let i = 0; i < whole; i++) {
      const next = (rest / 10) | 0;
      bytes[--at] = 0x30 + rest - next * 10;
      rest = next;
    }
  }

  private longDecimal(rest: number, decimals: number): void {
    const scale = 10 ** decimals;
    const whole = Math.floor(rest / scale);
    this.digits(whole, 1);
    if (decimals > 0) {
      this.put(0x2e);
      this.digits(rest - whole * scale, decimals);
    }
  }

  /** The time that `time` stands at. */
  utc(tag: number, time: UtcTime): this {
    return this.raw(tag, time.bytes, 0, time.length);
  }

  /** Bytes as they are (a value copied from another message, or a data field). */
  raw(tag: number, from: Uint8Array, offset: number, length: number): this {
    this.tag(tag);
    this.copy(from, offset, length);
    this.put(SOH);
    return this;
  }

  /** A prefix and a number: stringInt(112, "SYNC-", 3). */
  stringInt(tag: number, prefix: string, value: number): this {
    this.tag(tag);
    this.text(prefix);
    this.digits(value, 1);
    this.put(SOH);
    return this;
  }

  /** A text with a tag behind it: "Required tag missing (11)". */
  stringTag(tag: number, text: string, refTag: number): this {
    this.tag(tag);
    this.text(text);
    this.text(" (");
    if (refTag < 0) this.put(0x2d);
    this.digits(Math.abs(refTag), 1);
    this.text(")");
    this.put(SOH);
    return this;
  }

  /** Text (58) of a Logout for a sequence number that is too low, as other engines word it. */
  tooLowText(expected: number, received: number): this {
    this.tag(58);
    this.text("MsgSeqNum too low, expecting ");
    this.digits(expected, 1);
    this.text(" but received ");
    this.digits(received, 1);
    this.put(SOH);
    return this;
  }

  /** Ready fields, "tag=value|tag=value|". */
  fields(from: Uint8Array): this {
    this.copy(from, 0, from.length);
    return this;
  }

  /** Writes BeginString, BodyLength and CheckSum; the whole length, or 0 when it did not fit. */
  finish(): number {
    if (this.overflow) return 0;
    let at = this.body;
    let rest = this.at - this.body;
    this.bytes[--at] = SOH;
    do {
      const next = Math.floor(rest / 10);
      this.bytes[--at] = 0x30 + rest - next * 10;
      rest = next;
    } while (rest > 0);
    this.bytes[--at] = 0x3d;
    this.bytes[--at] = 0x39;
    this.bytes[--at] = SOH;
    for (let i = this.beginString.length - 1; i >= 0; i--) {
      this.bytes[--at] = this.beginString.charCodeAt(i);
    }
    this.bytes[--at] = 0x3d;
    this.bytes[--at] = 0x38;
    this.start = at;
    writeTrailer(this.bytes, this.at, sumWords(this.view, at, this.at));
    this.length = this.at + TRAILER_BYTES - at;
    return this.length;
  }

  private text(value: string): void {
    for (let i = 0; i < value.length; i++) {
      const c = value.charCodeAt(i);
      this.put(c > 255 || c === SOH ? 0x3f : c);
    }
  }

  private tag(tag: number): void {
    const at = this.at;
    if (tag > 0 && tag < TAGS_READY && at + 4 <= this.end) {
      // Up to three bytes too many, which the value writes over.
      this.view.setInt32(at, TAG_WORDS[tag]!, true);
      this.at = at + TAG_BYTES[tag]!;
      return;
    }
    this.digits(tag, 1);
    this.put(0x3d);
  }

  private copy(from: Uint8Array, offset: number, length: number): void {
    const at = this.at;
    if (at + length > this.end) {
      this.overflow = true;
      return;
    }
    const bytes = this.bytes;
    for (let i = 0; i < length; i++) bytes[at + i] = from[offset + i]!;
    this.at = at + length;
  }

  /** An integer from 0 to 2^53. */
  private digits(value: number, width: number): void {
    if (value > INT32_MAX) {
      this.longDigits(value, width);
      return;
    }
    let rest = value | 0;
    const count = digitCount(rest);
    const from = this.at;
    let at = from + (count < width ? width : count);
    if (at > this.end) {
      this.overflow = true;
      return;
    }
    const bytes = this.bytes;
    this.at = at;
    while (at > from) {
      const next = (rest / 10) | 0;
      bytes[--at] = 0x30 + rest - next * 10;
      rest = next;
    }
  }

  private longDigits(value: number, width: number): void {
    let scale = 1;
    let digits = 1;
    while (digits < width || value >= scale * 10) {
      scale *= 10;
      digits++;
    }
    let rest = value;
    for (; digits > 0; digits--) {
      const d = Math.floor(rest / scale);
      this.put(0x30 + d);
      rest -= d * scale;
      scale /= 10;
    }
  }

  private put(c: number): void {
    if (this.at >= this.end) this.overflow = true;
    else this.bytes[this.at++] = c;
  }
}

/** Writes "10=ddd|" at `at` for a sum modulo 256. */
export function writeTrailer(bytes: Uint8Array, at: number, sum: number): void {
  const hundreds = (sum / 100) | 0;
  const tens = ((sum - hundreds * 100) / 10) | 0;
  bytes[at] = 0x31;
  bytes[at + 1] = 0x30;
  bytes[at + 2] = 0x3d;
  bytes[at + 3] = 0x30 + hundreds;
  bytes[at + 4] = 0x30 + tens;
  bytes[at + 5] = 0x30 + sum - hundreds * 100 - tens * 10;
  bytes[at + 6] = SOH;
}
