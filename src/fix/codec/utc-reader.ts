// @hot
/**
 * Reads UTCTimestamp (FIX 4.4 volume 1, data types: YYYYMMDD-HH:MM:SS and up to 9 decimals) as ns
 * since the start of the session date. The date of the last one read is remembered, since the next
 * one almost always has the same.
 */
const S_PER_DAY = 86400;
const NS_PER_S = 1e9;
const DATE_BYTES = 8;
const SECONDS_BYTES = 17;

export class UtcReader {
  private readonly startS: number;
  private readonly date = new Uint8Array(new ArrayBuffer(DATE_BYTES));
  /** The remembered date's first second, behind the session's start. */
  private dateS = 0;
  private hasDate = false;

  /** `sessionStartS`: start of the session date, Unix seconds. */
  constructor(sessionStartS: number) {
    this.startS = sessionStartS;
  }

  /** NaN when it is no UTCTimestamp. */
  read(bytes: Uint8Array, at: number, length: number): number {
    if (length < SECONDS_BYTES) return Number.NaN;
    if (!this.isSameDate(bytes, at) && !this.setDate(bytes, at)) return Number.NaN;
    if (bytes[at + 8] !== 0x2d || bytes[at + 11] !== 0x3a || bytes[at + 14] !== 0x3a) {
      return Number.NaN;
    }
    const hours = two(bytes, at + 9);
    const minutes = two(bytes, at + 12);
    const seconds = two(bytes, at + 15);
    // A leap second may be told.
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 60) {
      return Number.NaN;
    }
    const ns = (this.dateS + hours * 3600 + minutes * 60 + seconds) * NS_PER_S;
    if (length === SECONDS_BYTES) return ns;
    return ns + decimals(bytes, at + SECONDS_BYTES, length - SECONDS_BYTES);
  }

  private isSameDate(bytes: Uint8Array, at: number): boolean {
    for (let i = 0; i < DATE_BYTES; i++) if (bytes[at + i] !== this.date[i]) return false;
    return this.hasDate;
  }

  private setDate(bytes: Uint8Array, at: number): boolean {
    const year = two(bytes, at) * 100 + two(bytes, at + 2);
    const month = two(bytes, at + 4);
    const day = two(bytes, at + 6);
    this.hasDate = false;
    if (year < 1900 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month))
      return false;
    this.dateS = daysSinceEpoch(year, month, day) * S_PER_DAY - this.startS;
    for (let i = 0; i < DATE_BYTES; i++) this.date[i] = bytes[at + i]!;
    this.hasDate = true;
    return true;
  }
}

/** Two digits; a large negative number when they are none. */
function two(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - 0x30;
  const ones = bytes[at + 1]! - 0x30;
  if (tens < 0 || tens > 9 || ones < 0 || ones > 9) return -1_000_000;
  return tens * 10 + ones;
}

/** The point and what stands behind it, in ns; digits behind the ninth are looked at, not counted. */
function decimals(bytes: Uint8Array, at: number, length: number): number {
  if (bytes[at] !== 0x2e || length === 1) return Number.NaN;
  let unit = 1e8;
  let ns = 0;
  for (let i = 1; i < length; i++) {
    const d = bytes[at + i]! - 0x30;
    if (d < 0 || d > 9) return Number.NaN;
    ns += d * Math.floor(unit);
    unit /= 10;
  }
  return ns;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days from 1970-01-01 of a civil date, counted in years that begin in March. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const ofYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const ofEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + ofYear;
  return era * 146097 + ofEra - 719468;
}
