// @hot
/**
 * Finds whole FIX messages in a byte stream (FIX session layer, "garbled message").
 *
 *   8=FIX.4.4|9=65|35=A|...............|10=123|
 *   BeginString, then BodyLength: from the byte behind its SOH to the SOH before "10=", then MsgType.
 *
 * Nothing is read at or beyond `to`. A garbled message is skipped, not an error: the caller counts
 * it and does not count its sequence number.
 */
export const SOH = 1;
/** `frame` says: the message is not complete yet. */
export const FRAME_MORE = 0;
/** "10=ddd" and its SOH. */
export const TRAILER_BYTES = 7;
/** "8=" and the longest BeginString we look at. */
const BEGIN_BYTES_MAX = 18;
/** "9=" with leading zeros allowed: nine digits are more than any bound on a message. */
const LENGTH_DIGITS_MAX = 9;
/** Sums of so many bytes stay below 2^15: both halves of an int32 hold one. */
const WORDS_MAX = 128;

/**
 * Length of the complete message at `from`, FRAME_MORE when bytes are missing, or minus the count
 * of bytes to skip to the next place where a message may start (at least 1). Checks tags 8, 9, 35
 * and 10 and the checksum. `maxBytes` bounds a whole message: a BodyLength beyond it is garbled.
 */
export function frame(bytes: Uint8Array, from: number, to: number, maxBytes: number): number {
  const total = frameBounds(bytes, from, to, maxBytes);
  if (total <= 0) return total;
  const at = from + total - TRAILER_BYTES;
  return sumBytes(bytes, from, at) === readCheckSum(bytes, at) ? total : -total;
}

/** As `frame`, but the checksum is left to the caller (TagIndex sums while it indexes). */
export function frameBounds(bytes: Uint8Array, from: number, to: number, maxBytes: number): number {
  if (!startsLikeMessage(bytes, from, to)) return -skipTo(bytes, from, to);
  let at = from + 5;
  const beginEnd = from + BEGIN_BYTES_MAX;
  while (at < to && at < beginEnd && bytes[at] !== SOH) at++;
  if (at >= to) return FRAME_MORE;
  if (at === beginEnd) return -skipTo(bytes, from, to);
  at++;
  if (at < to && bytes[at] !== 0x39) return -skipTo(bytes, from, to);
  if (at + 1 < to && bytes[at + 1] !== 0x3d) return -skipTo(bytes, from, to);
  at += 2;
  if (at >= to) return FRAME_MORE;
  let length = 0;
  let digits = 0;
  while (at < to && bytes[at] !== SOH) {
    const d = bytes[at]! - 0x30;
    if (d < 0 || d > 9 || ++digits > LENGTH_DIGITS_MAX) return -skipTo(bytes, from, to);
    length = length * 10 + d;
    at++;
  }
  const body = at + 1;
  const end = body + length;
  if (at < to && (digits === 0 || length < 5)) return -skipTo(bytes, from, to);
  if (length > maxBytes || end + TRAILER_BYTES - from > maxBytes) return -skipTo(bytes, from, to);
  if (at >= to) return FRAME_MORE;
  if (!hasMsgType(bytes, body, to)) return -skipTo(bytes, from, to);
  if (end + TRAILER_BYTES > to) return FRAME_MORE;
  if (isTrailer(bytes, end)) return end + TRAILER_BYTES - from;
  return afterTrailer(bytes, from, end, to, maxBytes);
}

/**
 * BodyLength is wrong: the message is over with the first trailer at or behind where it claims to
 * end, and what it swallowed on the way is garbled with it (test case 2m). Without a trailer so far,
 * more bytes are waited for, up to the bound on a message.
 */
function afterTrailer(
  bytes: Uint8Array,
  from: number,
  end: number,
  to: number,
  maxBytes: number,
): number {
  // What lies beyond the bound is not looked at: it may have come, or not yet.
  const limit = Math.min(to, from + maxBytes);
  for (let at = end; at < limit; at++) {
    if (bytes[at] === 0x31 && bytes[at - 1] === SOH) {
      const stop = trailerEnd(bytes, at, limit);
      if (stop > 0) return from - stop;
    }
  }
  return to - from < maxBytes ? FRAME_MORE : -skipTo(bytes, from, to);
}

/** Behind the field "10=..." at `at`, or 0 when that is not what stands there, or not whole. */
function trailerEnd(bytes: Uint8Array, at: number, to: number): number {
  if (at + 2 >= to || bytes[at + 1] !== 0x30 || bytes[at + 2] !== 0x3d) return 0;
  for (let i = at + 3; i < to; i++) if (bytes[i] === SOH) return i + 1;
  return 0;
}

/**
 * Where the next message may start, behind `from`: "8=FIX" that is not the tail of another tag
 * (58=FIX...), or its beginning at the very end; `to` when there is none.
 */
export function resync(bytes: Uint8Array, from: number, to: number): number {
  for (let at = from + 1; at < to; at++) {
    if (bytes[at] !== 0x38 || !startsLikeMessage(bytes, at, to)) continue;
    const before = bytes[at - 1]!;
    if (before < 0x30 || before > 0x39) return at;
  }
  return to;
}

/** Sum of bytes modulo 256: the CheckSum of what stands before "10=". */
export function sumBytes(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += bytes[i]!;
  return sum & 255;
}

/** As sumBytes, four bytes a turn. */
export function sumWords(bytes: DataView, from: number, to: number): number {
  let sum = 0;
  let at = from;
  while (at + 4 <= to) {
    // Two bytes of each word in a half of their own, which holds the sum of so many.
    const stop = Math.min(to - 3, at + 4 * WORDS_MAX);
    let even = 0;
    let odd = 0;
    for (; at < stop; at += 4) {
      const word = bytes.getInt32(at, true);
      even += word & 0x00ff00ff;
      odd += (word >>> 8) & 0x00ff00ff;
    }
    sum += (even & 0xffff) + (even >>> 16) + (odd & 0xffff) + (odd >>> 16);
  }
  for (; at < to; at++) sum += bytes.getUint8(at);
  return sum & 255;
}

/** The three digits of the trailer at `at` ("10=ddd"), or -1. The caller has checked its shape. */
export function readCheckSum(bytes: Uint8Array, at: number): number {
  return (bytes[at + 3]! - 0x30) * 100 + (bytes[at + 4]! - 0x30) * 10 + (bytes[at + 5]! - 0x30);
}

function skipTo(bytes: Uint8Array, from: number, to: number): number {
  const skip = resync(bytes, from, to) - from;
  return skip > 0 ? skip : 1;
}

/** True when the bytes up to `to` may be (the beginning of) "8=FIX". */
function startsLikeMessage(bytes: Uint8Array, at: number, to: number): boolean {
  if (at < to && bytes[at] !== 0x38) return false;
  if (at + 1 < to && bytes[at + 1] !== 0x3d) return false;
  if (at + 2 < to && bytes[at + 2] !== 0x46) return false;
  if (at + 3 < to && bytes[at + 3] !== 0x49) return false;
  return !(at + 4 < to && bytes[at + 4] !== 0x58);
}

function hasMsgType(bytes: Uint8Array, at: number, to: number): boolean {
  if (at < to && bytes[at] !== 0x33) return false;
  if (at + 1 < to && bytes[at + 1] !== 0x35) return false;
  return !(at + 2 < to && bytes[at + 2] !== 0x3d);
}

function isTrailer(bytes: Uint8Array, at: number): boolean {
  if (bytes[at - 1] !== SOH || bytes[at] !== 0x31 || bytes[at + 1] !== 0x30) return false;
  if (bytes[at + 2] !== 0x3d || bytes[at + 6] !== SOH) return false;
  return isDigit(bytes[at + 3]!) && isDigit(bytes[at + 4]!) && isDigit(bytes[at + 5]!);
}

function isDigit(c: number): boolean {
  return c >= 0x30 && c <= 0x39;
}
