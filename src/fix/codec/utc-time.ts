// @hot
/**
 * UTCTimestamp (FIX 4.4 volume 1, data types): YYYYMMDD-HH:MM:SS and 0, 3, 6 or 9 decimals, kept
 * as bytes of which only the digits that changed are written again.
 *
 * Time is ns since the start of the session date, wall clock; the date part follows it over
 * midnight UTC.
 */
export const TIMESTAMP_BYTES_MAX = 27;
const NS_PER_S = 1e9;
const S_PER_DAY = 86400;

export class UtcTime {
  /** The text; `length` of its bytes count. */
  readonly bytes: Uint8Array = new Uint8Array(new ArrayBuffer(TIMESTAMP_BYTES_MAX));
  readonly length: number;
  /** Sum of the text's bytes, for an incremental checksum. */
  sum = 0;
  private readonly digits: number;
  private readonly startS: number;
  /** ns per step of the last decimal. */
  private readonly stepNs: number;
  /** Unix second of the text: what stands before the decimals changes with it only. */
  second = -1;
  private secondSum = 0;
  private day = -1;

  /** `sessionStartS`: start of the session date, Unix seconds. `digits`: 0, 3, 6 or 9. */
  constructor(sessionStartS: number, digits: number) {
    this.startS = sessionStartS;
    this.digits = digits;
    this.stepNs = 10 ** (9 - digits);
    this.length = digits === 0 ? 17 : 18 + digits;
    this.bytes[8] = 0x2d;
    this.bytes[11] = 0x3a;
    this.bytes[14] = 0x3a;
    this.bytes[17] = 0x2e;
  }

  /** Brings the text to `wallNs`, ns since session start. Never before the Unix epoch. */
  set(wallNs: number): void {
    let whole = Math.floor(wallNs / NS_PER_S);
    let rest = wallNs - whole * NS_PER_S;
    whole += this.startS;
    if (whole < 0) {
      whole = 0;
      rest = 0;
    }
    if (whole !== this.second) this.setSecond(whole);
    let sum = this.secondSum;
    if (this.digits !== 0) {
      let fraction = Math.floor(rest / this.stepNs) | 0;
      for (let at = 17 + this.digits; at > 17; at--) {
        const next = (fraction / 10) | 0;
        const c = 0x30 + fraction - next * 10;
        this.bytes[at] = c;
        sum += c;
        fraction = next;
      }
    }
    this.sum = sum;
  }

  /** Copies the text to `target` at `at`. */
  copy(target: Uint8Array, at: number): void {
    for (let i = 0; i < this.length; i++) target[at + i] = this.bytes[i]!;
  }

  private setSecond(second: number): void {
    this.second = second;
    const day = Math.floor(second / S_PER_DAY);
    if (day !== this.day) this.setDay(day);
    const s = (second - day * S_PER_DAY) | 0;
    const minutes = (s / 60) | 0;
    const hours = (minutes / 60) | 0;
    this.two(9, hours);
    this.two(12, minutes - hours * 60);
    this.two(15, s - minutes * 60);
    let sum = 0;
    const end = this.digits === 0 ? 17 : 18;
    for (let i = 0; i < end; i++) sum += this.bytes[i]!;
    this.secondSum = sum;
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
