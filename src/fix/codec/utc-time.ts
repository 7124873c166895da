// @hot
/**
 * UTCTimestamp (FIX 4.4 volume 1, data types): YYYYMMDD-HH:MM:SS and 0, 3, 6 or 9 decimals, kept
 * as bytes of which only the digits that changed are written again.
 *
 * Time is ns since the start of the session date, wall clock; the date part follows it over
 * midnight UTC.
 */
import { decimalQuad, quadSum } from "./digits.ts";

const GROUPS_MAX = 3;
const NS_PER_S = 1e9;
const S_PER_DAY = 86400;
const POINT = 0x2e;
/** Of three zeros: the sum that a quad's digits are above. */
const GROUP_SUM = 3 * 0x30;

/** Offset of the decimal point. */
export const FRACTION_AT = 17;

export class UtcTime {
  /** The text; `length` of its bytes count. */
  readonly bytes: Uint8Array = new Uint8Array(new ArrayBuffer(FRACTION_AT + 4 * GROUPS_MAX));
  readonly length: number;
  /** Groups of three decimals. */
  readonly groups: number;
  /**
   * What stands behind the second, in words that overlap by a byte: the word at FRACTION_AT is the
   * point and the milliseconds, those 3 and 6 bytes behind it the last digit before and the
   * microseconds, nanoseconds.
   */
  millis = 0;
  micros = 0;
  nanos = 0;
  /** Sum of the text's bytes, for an incremental checksum. */
  sum = 0;
  /** Unix second of the text: what stands before the decimals changes with it only. */
  second = -1;
  private readonly view: DataView;
  private readonly startS: number;
  /** The wall clock at which that second began. */
  private secondNs = Number.NaN;
  private secondSum = 0;
  private day = -1;

  /** `sessionStartS`: start of the session date, Unix seconds. `digits`: 0, 3, 6 or 9. */
  constructor(sessionStartS: number, digits: number) {
    this.view = new DataView(this.bytes.buffer);
    this.startS = sessionStartS;
    this.groups = digits / 3;
    this.length = digits === 0 ? FRACTION_AT : FRACTION_AT + 1 + digits;
    this.bytes[8] = 0x2d;
    this.bytes[11] = 0x3a;
    this.bytes[14] = 0x3a;
  }

  /** Brings the text to `wallNs`, ns since session start. Never before the Unix epoch. */
  set(wallNs: number): void {
    let ns = wallNs - this.secondNs;
    // Not a number before the first call, and before the epoch.
    if (!(ns >= 0 && ns < NS_PER_S)) ns = this.setSecond(wallNs);
    this.sum = this.secondSum;
    if (this.groups > 0) this.setDecimals(ns | 0);
  }

  /** A function of its own: both are small enough to be compiled into their callers. */
  private setDecimals(nanos: number): void {
    // The half is more than what 1e-3 as a double lacks, and less than what it may add.
    const micros = ((nanos + 0.5) * 1e-3) | 0;
    const millis = ((micros + 0.5) * 1e-3) | 0;
    let quad = decimalQuad(millis);
    let sum = this.sum + quadSum(quad) + GROUP_SUM;
    this.millis = this.put(0, quad, POINT);
    if (this.groups > 1) {
      quad = decimalQuad(micros - Math.imul(millis, 1000));
      sum += quadSum(quad) + GROUP_SUM;
      this.micros = this.put(3, quad, this.millis >>> 24);
    }
    this.sum = sum;
    if (this.groups > 2) this.setNanos(nanos - Math.imul(micros, 1000));
  }

  private setNanos(nanos: number): void {
    const quad = decimalQuad(nanos);
    this.sum += quadSum(quad) + GROUP_SUM;
    this.nanos = this.put(6, quad, this.micros >>> 24);
  }

  /** Writes the last three digits of `quad` behind the character `before`. */
  private put(at: number, quad: number, before: number): number {
    const word = (quad & ~0xff) | before;
    this.view.setInt32(FRACTION_AT + at, word, true);
    return word;
  }

  /** Copies the text to `target` at `at`. */
  copy(target: Uint8Array, at: number): void {
    for (let i = 0; i < this.length; i++) target[at + i] = this.bytes[i]!;
  }

  /** Writes the second of `wallNs`; returns the ns that are left. */
  private setSecond(wallNs: number): number {
    const wall = Math.floor(wallNs / NS_PER_S);
    const isEarly = wall + this.startS < 0;
    const second = isEarly ? 0 : wall + this.startS;
    this.secondNs = isEarly ? Number.NaN : wall * NS_PER_S;
    this.second = second;
    const day = Math.floor(second / S_PER_DAY);
    if (day !== this.day) this.setDay(day);
    const s = (second - day * S_PER_DAY) | 0;
    const minutes = (s / 60) | 0;
    const hours = (minutes / 60) | 0;
    this.two(9, hours);
    this.two(12, minutes - hours * 60);
    this.two(15, s - minutes * 60);
    let sum = this.groups === 0 ? 0 : POINT;
    for (let i = 0; i < FRACTION_AT; i++) sum += this.bytes[i]!;
    this.secondSum = sum;
    return isEarly ? 0 : wallNs - this.secondNs;
  }

  /** Civil date of a day number (days since 1970-01-01), by 400-year eras of 146,097 days. */
  private setDay(day: number): void {
    this.day = day;
    const z = day + 719468;
    const era = Math.floor(z / 146097);
    const ofEra = z - era * 146097;
    const yearOfEra = Math.floor(
      (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36524) - Math.floor(ofEra / 146096)) /
        365,
    );
    const ofYear =
      ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
    const shifted = Math.floor((5 * ofYear + 2) / 153);
    const month = shifted < 10 ? shifted + 3 : shifted - 9;
    const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
    this.two(0, Math.floor(year / 100));
    this.two(2, year % 100);
    this.two(4, month);
    this.two(6, ofYear - Math.floor((153 * shifted + 2) / 5) + 1);
  }

  private two(at: number, value: number): void {
    const tens = (value / 10) | 0;
    this.bytes[at] = 0x30 + tens;
    this.bytes[at + 1] = 0x30 + value - tens * 10;
  }
}
