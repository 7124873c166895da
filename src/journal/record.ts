/** Reading records in place: one cursor object, moved from record to record (cold). */
import {
  HP_JR_COPY_SIZE,
  HP_JR_DENY_SIZE,
  HP_JR_DIFFERENCE_SIZE,
  HP_JR_EXEC_SIZE,
  HP_JR_FATE_SIZE,
  HP_JR_FEED_SIZE,
  HP_JR_INTENT_SIZE,
  HP_JR_POSITION_SIZE,
  HP_JR_SENT_SIZE,
  HP_JR_SESSION_SIZE,
  HP_JR_STATE_SIZE,
  HP_RECORD__CHECK,
  HP_RECORD__ENGINE,
  HP_RECORD__EPOCH,
  HP_RECORD__NUMBER,
  HP_RECORD__TIME_NS,
  HP_RECORD__TYPE,
  HP_RECORD_SIZE,
} from "../ffi/layout.ts";
import { recordCheck } from "./check.ts";

/** Longest record that a reader believes in. */
export const RECORD_BYTES_MAX = 1 << 20;

export const RECORD_TYPE_NAMES = [
  "pad",
  "intent",
  "sent",
  "not-sent",
  "exec",
  "session-out",
  "session-in",
  "session-reset",
  "state",
  "fate",
  "start",
  "deny",
  "feed",
  "position",
  "defer",
  "copy",
  "difference",
] as const;

/**
 * A record inside a larger buffer. The object is reused: what a handler wants to keep, it copies.
 * u32, i32 and f64 take byte offsets into the body (HP_JR_*__MEMBER of ffi/layout.ts).
 */
export class JournalRecord {
  /** The file it came from, or "ring". */
  source = "";
  /** Byte offset of the record in its source. */
  offset = 0;
  /** Bytes with the header. */
  length = 0;
  private bytes: Uint8Array = new Uint8Array(0);
  private view: DataView = new DataView(new ArrayBuffer(0));

  /** Makes this object look into `bytes`, which starts at `offset` 0 of `source`. */
  attach(bytes: Uint8Array, source: string): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.source = source;
  }

  moveTo(offset: number, length: number): void {
    this.offset = offset;
    this.length = length;
  }

  get type(): number {
    return this.view.getUint16(this.offset + HP_RECORD__TYPE, true);
  }
  get engine(): number {
    return this.view.getUint16(this.offset + HP_RECORD__ENGINE, true);
  }
  get number(): number {
    return this.view.getUint32(this.offset + HP_RECORD__NUMBER, true);
  }
  get epoch(): number {
    return this.view.getUint32(this.offset + HP_RECORD__EPOCH, true);
  }
  get timeNs(): number {
    return this.view.getFloat64(this.offset + HP_RECORD__TIME_NS, true);
  }
  get check(): number {
    return this.view.getUint32(this.offset + HP_RECORD__CHECK, true);
  }
  /** Bytes of the body, padding included. */
  get bodyLength(): number {
    return this.length - HP_RECORD_SIZE;
  }

  u32(at: number): number {
    return this.view.getUint32(this.offset + HP_RECORD_SIZE + at, true);
  }
  i32(at: number): number {
    return this.view.getInt32(this.offset + HP_RECORD_SIZE + at, true);
  }
  f64(at: number): number {
    return this.view.getFloat64(this.offset + HP_RECORD_SIZE + at, true);
  }
  /** A view of part of the body, clipped to the record: valid until the record moves on. */
  body(at: number, length: number): Uint8Array {
    const from = this.offset + HP_RECORD_SIZE + Math.min(at, this.bodyLength);
    const to = Math.min(from + length, this.offset + this.length);
    return this.bytes.subarray(from, to);
  }
  /** The whole record, header included. */
  raw(): Uint8Array {
    return this.bytes.subarray(this.offset, this.offset + this.length);
  }
}

/** Bytes that a body of each type has at least; a shorter one is corrupt. */
export function bodyBytesMin(type: number): number {
  return BODY_BYTES_MIN[type] ?? 0;
}

const BODY_BYTES_MIN = [
  0,
  HP_JR_INTENT_SIZE,
  HP_JR_SENT_SIZE,
  HP_JR_SENT_SIZE,
  HP_JR_EXEC_SIZE,
  HP_JR_SESSION_SIZE,
  HP_JR_SESSION_SIZE,
  HP_JR_SESSION_SIZE,
  HP_JR_STATE_SIZE,
  HP_JR_FATE_SIZE,
  HP_JR_STATE_SIZE,
  HP_JR_DENY_SIZE,
  HP_JR_FEED_SIZE,
  HP_JR_POSITION_SIZE,
  HP_JR_SENT_SIZE,
  HP_JR_COPY_SIZE,
  HP_JR_DIFFERENCE_SIZE,
];

/** What scanRecord found at an offset. */
export const SCAN_OK = 0;
/** Nothing there: a length of zero. */
export const SCAN_EMPTY = 1;
/** The length is not one that a record can have, or reaches past the end. */
export const SCAN_LENGTH = 2;
export const SCAN_CHECK = 3;
export const SCAN_BODY = 4;
export const SCAN_TEXTS = [
  "",
  "no record (length 0)",
  "a length that cannot be",
  "a check that does not match",
  "a body too short for its type",
] as const;

/**
 * Judges the record at byte `at` of `words` (whose usable part ends at byte `end`): SCAN_OK, or what
 * is wrong. Its length is words[at >>> 2].
 */
export function scanRecord(words: Int32Array, at: number, end: number): number {
  if (end - at < HP_RECORD_SIZE)
    return end - at >= 4 && words[at >>> 2] === 0 ? SCAN_EMPTY : SCAN_LENGTH;
  const length = words[at >>> 2]!;
  if (length === 0) return SCAN_EMPTY;
  if (length < HP_RECORD_SIZE || length > RECORD_BYTES_MAX || (length & 7) !== 0)
    return SCAN_LENGTH;
  if (length > end - at) return SCAN_LENGTH;
  if (recordCheck(words, at >>> 2, length >>> 2) !== words[(at + HP_RECORD__CHECK) >>> 2]) {
    return SCAN_CHECK;
  }
  const type = words[(at + HP_RECORD__TYPE) >>> 2]! & 0xffff;
  return length - HP_RECORD_SIZE < bodyBytesMin(type) ? SCAN_BODY : SCAN_OK;
}
