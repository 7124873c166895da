// @hot
/**
 * An index of one message over the bytes where it lies: nothing is copied, nothing allocated.
 *
 *   fields: | tag offset length | tag offset length | ...     in the order of the message
 *   first:  tag -> stamp + field number of its first occurrence (stale when below the stamp)
 *
 * `find(tag)` is one load for tags below TAG_DIRECT_MAX, a walk for others. The stamp grows with
 * each message, so that `first` is never cleared.
 */
import { SOH, TRAILER_BYTES } from "./framing.ts";

export const FIELD_WORDS = 3;
export const TAG_DIRECT_MAX = 4096;
/** parse(): more fields than the index holds. */
export const INDEX_FULL = -1;
/** parse(): the range is not a framed message (no SOH at its end). */
export const INDEX_UNFRAMED = -2;
const TAG_MAX = 99_999_999;

export class TagIndex {
  /** The bytes of the last parse. */
  bytes: Uint8Array = new Uint8Array(new ArrayBuffer(8));
  readonly fields: Int32Array;
  readonly fieldsMax: number;
  count = 0;
  /** Field number of the first that is not `digits=value`, or -1. Its tag is 0. */
  badField = -1;
  /** Sum modulo 256 of all bytes before the trailer, to hold against readCheckSum. */
  checkSum = 0;
  /** Start of the message, and one past its end. */
  from = 0;
  to = 0;
  private readonly first: Int32Array;
  /** Length tag (95) -> data tag (96) whose value may hold SOH; 0 = none. */
  private readonly dataTag: Int32Array;
  private stamp = 1;

  /** `dataTags`: pairs [length tag, data tag, ...] as the dictionary gives them. */
  constructor(fieldsMax = 512, dataTags: readonly number[] = DATA_TAGS) {
    this.fieldsMax = fieldsMax;
    this.fields = new Int32Array(new ArrayBuffer(4 * FIELD_WORDS * fieldsMax));
    this.first = new Int32Array(new ArrayBuffer(4 * TAG_DIRECT_MAX));
    this.dataTag = new Int32Array(new ArrayBuffer(4 * TAG_DIRECT_MAX));
    for (let i = 0; i + 1 < dataTags.length; i += 2) {
      if (dataTags[i]! < TAG_DIRECT_MAX) this.dataTag[dataTags[i]!] = dataTags[i + 1]!;
    }
  }

  /**
   * Indexes the framed message in bytes[from .. to). Returns the count of fields, trailer included,
   * or INDEX_FULL or INDEX_UNFRAMED (the index is empty then).
   */
  parse(bytes: Uint8Array, from: number, to: number): number {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
    this.badField = -1;
    this.stamp += this.count + 1;
    this.count = 0;
    if (this.stamp > 0x7f000000) this.restamp();
    // Every inner loop ends at an SOH, and the last byte is one: no further bound is needed.
    if (to - from < TRAILER_BYTES || bytes[to - 1] !== SOH) return INDEX_UNFRAMED;
    const fields = this.fields;
    const limit = this.fieldsMax * FIELD_WORDS;
    const first = this.first;
    const stamp = this.stamp;
    let sum = 0;
    let at = from;
    let w = 0;
    let dataTag = 0;
    let dataLength = 0;
    let n = 0;
    while (at < to) {
      if (w === limit) return INDEX_FULL;
      const start = at;
      let c = bytes[at]!;
      let tag = 0;
      let d = c - 0x30;
      while (d >>> 0 <= 9 && tag <= TAG_MAX) {
        tag = tag * 10 + d;
        sum += c;
        c = bytes[++at]!;
        d = c - 0x30;
      }
      let value = at + 1;
      if (c !== 0x3d || tag === 0 || tag > TAG_MAX) {
        if (this.badField < 0) this.badField = n;
        tag = 0;
        value = start;
      } else {
        sum += c;
        c = bytes[++at]!;
      }
      if (tag !== 0 && tag === dataTag && dataLength < to - at && bytes[at + dataLength] === SOH) {
        for (const end = at + dataLength; at < end; at++) sum += bytes[at]!;
        c = SOH;
      }
      // Two bytes a turn: 5% of a whole parse (test/bench/fix-codec.ts).
      while (c !== SOH) {
        const second = bytes[at + 1]!;
        sum += c;
        if (second === SOH) {
          at++;
          break;
        }
        sum += second;
        at += 2;
        c = bytes[at]!;
      }
      sum += SOH;
      const length = at - value;
      fields[w] = tag;
      fields[w + 1] = value;
      fields[w + 2] = length;
      w += FIELD_WORDS;
      dataTag = 0;
      if (tag < TAG_DIRECT_MAX) {
        if (first[tag]! < stamp) first[tag] = stamp + n;
        dataTag = this.dataTag[tag]!;
        if (dataTag !== 0) {
          dataLength = readInt(bytes, value, length);
          if (dataLength < 0) dataTag = 0;
        }
      }
      n++;
      at++;
    }
    for (let i = to - TRAILER_BYTES; i < to; i++) sum -= bytes[i]!;
    this.checkSum = sum & 255;
    this.count = n;
    return n;
  }

  /** Number of the first field with this tag, or -1. */
  find(tag: number): number {
    if (tag < TAG_DIRECT_MAX) {
      const field = this.first[tag]! - this.stamp;
      return field >= 0 && field < this.count ? field : -1;
    }
    return this.next(tag, -1);
  }

  /** Number of the next field with this tag behind field `after`, or -1: for repeating groups. */
  next(tag: number, after: number): number {
    for (let i = after + 1; i < this.count; i++) {
      if (this.fields[i * FIELD_WORDS] === tag) return i;
    }
    return -1;
  }

  tagAt(field: number): number {
    return this.fields[field * FIELD_WORDS]!;
  }

  /** Offset of the value in `bytes`. */
  offsetAt(field: number): number {
    return this.fields[field * FIELD_WORDS + 1]!;
  }

  lengthAt(field: number): number {
    return this.fields[field * FIELD_WORDS + 2]!;
  }

  /** Integer value of a tag; `absent` when it is not there, INT_BAD when it is no int32. */
  int(tag: number, absent: number): number {
    const field = this.find(tag);
    if (field < 0) return absent;
    const w = field * FIELD_WORDS;
    return readInt(this.bytes, this.fields[w + 1]!, this.fields[w + 2]!);
  }

  /** First character of a tag's value, 0 when it is absent or empty. */
  char(tag: number): number {
    const field = this.find(tag);
    if (field < 0) return 0;
    const w = field * FIELD_WORDS;
    return this.fields[w + 2] === 0 ? 0 : this.bytes[this.fields[w + 1]!]!;
  }

  /** Price or quantity of a tag in units of `unit` / 10^decimals; see readDecimalUnits. */
  units(tag: number, decimals: number, unit: number, absent: number): number {
    const field = this.find(tag);
    if (field < 0) return absent;
    const w = field * FIELD_WORDS;
    return readDecimalUnits(this.bytes, this.fields[w + 1]!, this.fields[w + 2]!, decimals, unit);
  }

  /** True when the tag is there and its value is exactly `expected`. */
  equals(tag: number, expected: Uint8Array): boolean {
    const field = this.find(tag);
    if (field < 0) return false;
    const w = field * FIELD_WORDS;
    if (this.fields[w + 2] !== expected.length) return false;
    const offset = this.fields[w + 1]!;
    for (let i = 0; i < expected.length; i++) {
      if (this.bytes[offset + i] !== expected[i]) return false;
    }
    return true;
  }

  private restamp(): void {
    this.first.fill(0);
    this.stamp = 1;
  }
}

/** Not an int32 (readInt), or not an exact int32 count of units (readDecimalUnits). */
export const INT_BAD = -0x80000000;

/** FIX int: an optional minus and digits, leading zeros allowed. INT_BAD when it is no int32. */
export function readInt(bytes: Uint8Array, offset: number, length: number): number {
  let i = 0;
  let value = 0;
  const negative = length > 0 && bytes[offset] === 0x2d;
  if (negative) i = 1;
  if (i >= length) return INT_BAD;
  for (; i < length; i++) {
    const d = bytes[offset + i]! - 0x30;
    if (d < 0 || d > 9) return INT_BAD;
    value = value * 10 + d;
    if (value > 0x7fffffff) return INT_BAD;
  }
  return negative ? -value | 0 : value | 0;
}

/**
 * FIX float (price, quantity) as a count of units, exactly: value * 10^decimals / unit. INT_BAD
 * when it is no number, does not divide, or does not fit an int32: nothing is ever rounded.
 * `unit` is the instrument's price unit in 10^-decimals (0.0025 = 25 with 4 decimals).
 */
export function readDecimalUnits(
  bytes: Uint8Array,
  offset: number,
  length: number,
  decimals: number,
  unit = 1,
): number {
  let i = 0;
  const negative = length > 0 && bytes[offset] === 0x2d;
  if (negative) i = 1;
  let value = 0;
  let digits = 0;
  // Digits behind the point so far; -1 = no point seen.
  let places = -1;
  for (; i < length; i++) {
    const c = bytes[offset + i]!;
    if (c === 0x2e) {
      if (places >= 0) return INT_BAD;
      places = 0;
      continue;
    }
    const d = c - 0x30;
    if (d < 0 || d > 9) return INT_BAD;
    digits++;
    if (places >= 0 && ++places > decimals) {
      if (d !== 0) return INT_BAD;
      continue;
    }
    value = value * 10 + d;
    if (value > 9e14) return INT_BAD;
  }
  if (digits === 0) return INT_BAD;
  for (let p = Math.max(places, 0); p < decimals; p++) {
    value *= 10;
    if (value > 9e14) return INT_BAD;
  }
  if (unit !== 1) {
    if (value % unit !== 0) return INT_BAD;
    value /= unit;
  }
  if (value > 0x7fffffff) return INT_BAD;
  return negative ? -value | 0 : value | 0;
}

/** Pairs of length tag and data tag of the standard messages (FIX 4.4, type "data"). */
export const DATA_TAGS: readonly number[] = [
  90, 91, 93, 89, 95, 96, 212, 213, 348, 349, 350, 351, 352, 353, 354, 355, 356, 357, 358, 359, 360,
  361, 362, 363, 364, 365, 445, 446, 618, 619, 621, 622,
];
