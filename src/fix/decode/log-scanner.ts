/**
 * Finds FIX messages in logs of any kind: raw streams, a message per line or many, anything before
 * "8=FIX". Fields may end with SOH, with | or with the two characters ^A.
 *
 * A message ends where its BodyLength says, when the trailer stands there; else behind the first
 * "10=ddd" field, at the end of its line, or before the next "8=FIX". Memory stays bounded: what has
 * no end within MESSAGE_MAX bytes is cut there.
 */
import { SOH } from "../codec/framing.ts";

/** Bytes of one message. */
export const MESSAGE_MAX = 1 << 20;
/** Of the text before a message, the last so many bytes are kept. */
const PREFIX_MAX = 200;
const BEGIN_STRING_MAX = 16;
const LENGTH_DIGITS_MAX = 9;
const TRAILER = 6;
const PIPE = 0x7c;
const CARET = 0x5e;
const NEWLINE = 0x0a;

export interface LogMessage {
  /** Fields ended by SOH, whatever the log has. */
  bytes: Uint8Array;
  /** What stands before it on its line. */
  prefix: string;
  /** True when it had no end within MESSAGE_MAX bytes: these are the first of it. */
  isCut?: boolean;
}

/** push() chunks, then end(); hears each message in turn. */
export class LogScanner {
  private readonly hear: (message: LogMessage) => void;
  private buffer = new Uint8Array(1 << 16);
  private length = 0;
  /** Where the text before the next message begins. */
  private lineAt = 0;
  /** Where to look on. */
  private at = 0;
  /** Of the message that findEnd() saw last. */
  private isCut = false;

  constructor(hear: (message: LogMessage) => void) {
    this.hear = hear;
  }

  push(chunk: Uint8Array): void {
    if (this.length + chunk.length > this.buffer.length) this.grow(this.length + chunk.length);
    this.buffer.set(chunk, this.length);
    this.length += chunk.length;
    this.scan(false);
    this.dropRead();
  }

  end(): void {
    this.scan(true);
    this.length = this.at = this.lineAt = 0;
  }

  private scan(isEnd: boolean): void {
    for (;;) {
      const start = this.findStart(isEnd);
      if (start < 0) return;
      const separator = separatorBehind(this.buffer, start, this.length);
      if (separator === undefined && !isEnd && this.length - start < BEGIN_STRING_MAX + 4) {
        this.at = start;
        return;
      }
      if (separator === undefined || separator === 0) {
        this.at = start + 5;
        continue;
      }
      const end = this.findEnd(start, separator, isEnd);
      if (end < 0) {
        this.at = start;
        return;
      }
      const bytes = withSoh(this.buffer.subarray(start, end), separator);
      const prefix = prefixOf(this.buffer.subarray(this.lineAt, start));
      this.hear({ bytes, prefix, isCut: this.isCut });
      this.at = this.lineAt = end;
    }
  }

  /** Of the next "8=FIX" that is not the tail of another tag, or -1; moves `lineAt` to its line. */
  private findStart(isEnd: boolean): number {
    const b = this.buffer;
    // The last bytes may be the beginning of "8=FIX".
    const last = this.length - (isEnd ? 0 : 4);
    let at = this.at;
    for (; at < last; at++) {
      const c = b[at]!;
      if (c === NEWLINE) this.lineAt = at + 1;
      else if (c === 0x38 && isStart(b, at, this.length)) return at;
    }
    this.at = Math.max(this.at, at);
    return -1;
  }

  /** One past the message's last byte, or -1 when more has to come. */
  private findEnd(start: number, separator: number, isEnd: boolean): number {
    this.isCut = false;
    const byLength = separator === CARET ? 0 : this.endByLength(start, separator, isEnd);
    if (byLength !== 0) return byLength;
    const b = this.buffer;
    const bound = Math.min(this.length, start + MESSAGE_MAX);
    for (let at = start + 5; at < bound; at++) {
      const c = b[at]!;
      if (c === NEWLINE) return b[at - 1] === 0x0d ? at - 1 : at;
      if (c === 0x38 && isStart(b, at, this.length)) return at;
      if (!isTrailer(b, at, separator, this.length)) continue;
      const behind = at + TRAILER;
      const size = separator === CARET ? 2 : 1;
      if (behind + size > this.length && !isEnd) return -1;
      return isSeparator(b, behind, separator, this.length) ? behind + size : behind;
    }
    this.isCut = this.length - start >= MESSAGE_MAX;
    return isEnd || this.isCut ? bound : -1;
  }

  /** As findEnd, going by BodyLength; 0 when it does not lead to a trailer. */
  private endByLength(start: number, separator: number, isEnd: boolean): number {
    const b = this.buffer;
    let at = start + 2;
    while (at < this.length && b[at] !== separator) at++;
    if (b[at + 1] !== 0x39 || b[at + 2] !== 0x3d) {
      return at + 2 < this.length || isEnd ? 0 : -1;
    }
    at += 3;
    let length = 0;
    let digits = 0;
    for (; at < this.length && b[at] !== separator; at++) {
      const digit = b[at]! - 0x30;
      if (digit < 0 || digit > 9 || ++digits > LENGTH_DIGITS_MAX) return 0;
      length = length * 10 + digit;
    }
    if (at >= this.length) return isEnd ? 0 : -1;
    const trailer = at + 1 + length;
    const end = trailer + TRAILER + 1;
    if (digits === 0 || end - start > MESSAGE_MAX) return 0;
    if (end > this.length && !isEnd) return this.hasOtherEnd(start, separator) ? 0 : -1;
    if (b[trailer - 1] !== separator || !isTrailer(b, trailer, separator, this.length)) return 0;
    return b[trailer + TRAILER] === separator ? end : trailer + TRAILER;
  }

  /** A line that ended, or a trailer, tells of a length that is too large before all of it came. */
  private hasOtherEnd(start: number, separator: number): boolean {
    const b = this.buffer;
    for (let at = start + 5; at + TRAILER < this.length; at++) {
      if (isTrailer(b, at, separator, this.length) && b[at + TRAILER] === separator) return true;
      if (b[at] === NEWLINE && separator !== SOH) return true;
    }
    return false;
  }

  /** Forgets what was read, but for the end of the text before a message that is to come. */
  private dropRead(): void {
    const keep = Math.max(Math.min(this.lineAt, this.at), this.at - PREFIX_MAX - 1, 0);
    this.buffer.copyWithin(0, keep, this.length);
    this.length -= keep;
    this.at -= keep;
    this.lineAt = Math.max(this.lineAt - keep, 0);
  }

  private grow(size: number): void {
    const larger = new Uint8Array(2 ** Math.ceil(Math.log2(size)));
    larger.set(this.buffer.subarray(0, this.length));
    this.buffer = larger;
  }
}

function isStart(b: Uint8Array, at: number, end: number): boolean {
  if (at + 5 > end || b[at + 1] !== 0x3d || b[at + 2] !== 0x46) return false;
  if (b[at + 3] !== 0x49 || b[at + 4] !== 0x58) return false;
  return at === 0 || !isDigit(b[at - 1]!);
}

/** SOH, PIPE or CARET; 0 when BeginString ends with something else, undefined when it does not end. */
function separatorBehind(b: Uint8Array, start: number, end: number): number | undefined {
  for (let at = start + 2; at < end && at < start + 2 + BEGIN_STRING_MAX; at++) {
    const c = b[at]!;
    if (c === SOH || c === PIPE) return c;
    if (c === CARET) return at + 1 === end ? undefined : b[at + 1] === 0x41 ? CARET : 0;
    if (!isDigit(c) && c !== 0x2e && (c < 0x41 || c > 0x5a)) return 0;
  }
  return start + 2 + BEGIN_STRING_MAX <= end ? 0 : undefined;
}

/** "10=ddd" behind a separator, at `at`. */
function isTrailer(b: Uint8Array, at: number, separator: number, end: number): boolean {
  if (at + TRAILER > end || b[at] !== 0x31 || b[at + 1] !== 0x30 || b[at + 2] !== 0x3d)
    return false;
  if (!isDigit(b[at + 3]!) || !isDigit(b[at + 4]!) || !isDigit(b[at + 5]!)) return false;
  return separator === CARET ? isSeparator(b, at - 2, CARET, end) : b[at - 1] === separator;
}

function isSeparator(b: Uint8Array, at: number, separator: number, end: number): boolean {
  if (at >= end || b[at] !== separator) return false;
  return separator !== CARET || (at + 1 < end && b[at + 1] === 0x41);
}

function isDigit(c: number): boolean {
  return c >= 0x30 && c <= 0x39;
}

/** A copy with SOH behind every field, the last included. */
function withSoh(raw: Uint8Array, separator: number): Uint8Array {
  const out = new Uint8Array(raw.length + 1);
  let n = 0;
  for (let i = 0; i < raw.length; i++) {
    const isEnd = isSeparator(raw, i, separator, raw.length);
    out[n++] = isEnd ? SOH : raw[i]!;
    if (isEnd && separator === CARET) i++;
  }
  if (n === 0 || out[n - 1] !== SOH) out[n++] = SOH;
  return out.subarray(0, n);
}

/** Printable text on one line, without the blanks around it. */
function prefixOf(raw: Uint8Array): string {
  const text = new TextDecoder().decode(raw.subarray(-PREFIX_MAX));
  const printable = [...text].filter((c) => c === "\t" || (c >= " " && c !== "\u007f")).join("");
  return printable.trim();
}
