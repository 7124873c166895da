// @hot
/**
 * Formats of FIX values (FIX 5.0 SP2, volume 1, "FIX Data Types"; the older versions' names for the
 * same things are mapped in validation-plan.ts). Bytes in, true or false out; nothing is converted.
 * Every function reads bytes[offset .. offset + length) and nothing else.
 */
export const KIND_TEXT = 0;
/** An optional minus and digits. */
export const KIND_INT = 1;
/** Digits: Length, SeqNum, NumInGroup, TagNum. */
export const KIND_WHOLE = 2;
/** An optional minus, digits, at most one point; no exponent. */
export const KIND_FLOAT = 3;
/** One byte. */
export const KIND_CHAR = 4;
/** Y or N. */
export const KIND_BOOLEAN = 5;
/** YYYYMMDD-HH:MM:SS, with 3, 6, 9 or 12 digits behind a point if any. */
export const KIND_TIMESTAMP = 6;
/** YYYYMMDD. */
export const KIND_DATE = 7;
/** HH:MM:SS, with 3, 6, 9 or 12 digits behind a point if any. */
export const KIND_TIME = 8;
/** YYYYMM, YYYYMMDD, or YYYYMMw1 to YYYYMMw5. */
export const KIND_MONTH_YEAR = 9;
/** 1 to 31. */
export const KIND_DAY = 10;
/** Three letters; ISO 4217 has them in upper case, but GBp (pence) is in use. */
export const KIND_CURRENCY = 11;
/** Two letters (ISO 3166). */
export const KIND_COUNTRY = 12;
/** HH:MM, with seconds, fraction and zone leniently. */
export const KIND_TZ_TIME = 13;
/** YYYYMMDD-HH:MM, with seconds, fraction and zone leniently. */
export const KIND_TZ_TIMESTAMP = 14;
/** Bytes whose count stands in the length field before it. */
export const KIND_DATA = 15;

const DATE_BYTES = 8;
const MONTH_BYTES = 6;
const TIME_BYTES = 8;
const MINUS = 0x2d;
const POINT = 0x2e;
const COLON = 0x3a;

/** What a byte adds up to in a number: 0 = digit, 1 = point, 2 = neither. Sums tell of all bytes. */
const FLOAT_PARTS = new Uint8Array(new ArrayBuffer(256))
  .fill(2)
  .fill(0, 0x30, 0x3a)
  .fill(1, POINT, POINT + 1);

/** True when the value is of the kind. An empty value is of none but text and data. */
export function hasFormat(kind: number, b: Uint8Array, offset: number, length: number): boolean {
  switch (kind) {
    case KIND_INT:
      return isInt(b, offset, length);
    case KIND_WHOLE:
      return length > 0 && areDigits(b, offset, length);
    case KIND_FLOAT:
      return isFloat(b, offset, length);
    case KIND_CHAR:
      return length === 1;
    case KIND_BOOLEAN:
      return length === 1 && (b[offset] === 0x59 || b[offset] === 0x4e);
    case KIND_TIMESTAMP:
      return isTimestamp(b, offset, length);
    case KIND_DATE:
      return length === DATE_BYTES && isDate(b, offset);
    case KIND_TIME:
      return isTime(b, offset, length);
    case KIND_MONTH_YEAR:
      return isMonthYear(b, offset, length);
    case KIND_DAY:
      return isDay(b, offset, length);
    case KIND_CURRENCY:
      return length === 3 && areLetters(b, offset, 3);
    case KIND_COUNTRY:
      return length === 2 && areLetters(b, offset, 2);
    case KIND_TZ_TIME:
      return isZoned(b, offset, length);
    case KIND_TZ_TIMESTAMP:
      return isZonedTimestamp(b, offset, length);
    default:
      return true;
  }
}

function isInt(b: Uint8Array, offset: number, length: number): boolean {
  const sign = length > 0 && b[offset] === MINUS ? 1 : 0;
  return length > sign && areDigits(b, offset + sign, length - sign);
}

function isFloat(b: Uint8Array, offset: number, length: number): boolean {
  const end = offset + length;
  let at = length > 0 && b[offset] === MINUS ? offset + 1 : offset;
  let digits = end - at;
  let sum = 0;
  for (; at < end; at++) sum += FLOAT_PARTS[b[at]!]!;
  digits -= sum;
  return sum <= 1 && digits > 0;
}

function isTimestamp(b: Uint8Array, offset: number, length: number): boolean {
  if (length < DATE_BYTES + 1 + TIME_BYTES || b[offset + DATE_BYTES] !== MINUS) return false;
  return isDate(b, offset) && isTime(b, offset + DATE_BYTES + 1, length - DATE_BYTES - 1);
}

/** Month 1 to 12, day 1 to 31: FIX asks for no more. */
function isDate(b: Uint8Array, offset: number): boolean {
  const day = twoDigits(b, offset + MONTH_BYTES);
  return isMonth(b, offset) && day >= 1 && day <= 31;
}

function isMonth(b: Uint8Array, offset: number): boolean {
  const month = twoDigits(b, offset + 4);
  return twoDigits(b, offset) >= 0 && twoDigits(b, offset + 2) >= 0 && month >= 1 && month <= 12;
}

/** Second 60 is a leap second's. */
function isTime(b: Uint8Array, offset: number, length: number): boolean {
  if (length < TIME_BYTES || b[offset + 2] !== COLON || b[offset + 5] !== COLON) return false;
  const hour = twoDigits(b, offset);
  const minute = twoDigits(b, offset + 3);
  const second = twoDigits(b, offset + 6);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return false;
  if (length === TIME_BYTES) return true;
  const places = length - TIME_BYTES - 1;
  if (b[offset + TIME_BYTES] !== POINT) return false;
  if (places !== 3 && places !== 6 && places !== 9 && places !== 12) return false;
  return areDigits(b, offset + TIME_BYTES + 1, places);
}

function isMonthYear(b: Uint8Array, offset: number, length: number): boolean {
  if (length === MONTH_BYTES) return isMonth(b, offset);
  if (length !== DATE_BYTES) return false;
  if (b[offset + MONTH_BYTES] !== 0x77) return isDate(b, offset);
  const week = b[offset + MONTH_BYTES + 1]! - 0x30;
  return week >= 1 && week <= 5 && isMonth(b, offset);
}

function isDay(b: Uint8Array, offset: number, length: number): boolean {
  if (length === 1) return b[offset]! >= 0x31 && b[offset]! <= 0x39;
  const day = length === 2 ? twoDigits(b, offset) : 0;
  return day >= 1 && day <= 31;
}

/** HH:MM, then only digits, colons, points, signs, blanks and Z: what zones and fractions are made of. */
function isZoned(b: Uint8Array, offset: number, length: number): boolean {
  if (length < 5 || b[offset + 2] !== COLON) return false;
  const hour = twoDigits(b, offset);
  const minute = twoDigits(b, offset + 3);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return false;
  for (let at = offset + 5; at < offset + length; at++) {
    const c = b[at]!;
    const isPart = (c >= 0x30 && c <= COLON) || c === POINT || c === MINUS || c === 0x2b;
    if (!isPart && c !== 0x20 && c !== 0x5a) return false;
  }
  return true;
}

function isZonedTimestamp(b: Uint8Array, offset: number, length: number): boolean {
  if (length < DATE_BYTES + 1 + 5 || b[offset + DATE_BYTES] !== MINUS) return false;
  return isDate(b, offset) && isZoned(b, offset + DATE_BYTES + 1, length - DATE_BYTES - 1);
}

function areDigits(b: Uint8Array, offset: number, length: number): boolean {
  const end = offset + length;
  let sum = 0;
  for (let at = offset; at < end; at++) sum += FLOAT_PARTS[b[at]!]!;
  return sum === 0;
}

function areLetters(b: Uint8Array, offset: number, length: number): boolean {
  for (let at = offset; at < offset + length; at++) {
    const c = b[at]! | 0x20;
    if (c < 0x61 || c > 0x7a) return false;
  }
  return true;
}

/** 0 to 99, or negative when the two bytes are no digits. */
function twoDigits(b: Uint8Array, offset: number): number {
  const tens = b[offset]! - 0x30;
  const ones = b[offset + 1]! - 0x30;
  return tens >>> 0 > 9 || ones >>> 0 > 9 ? -1 : tens * 10 + ones;
}
