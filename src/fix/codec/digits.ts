// @hot
/**
 * Decimal digits into bytes. Divisions by 10 and 100 are multiplications: 0.1 and 0.01 as doubles
 * lie just above the true value, so that the truncated product is exact for all of 0 .. 2^31-1
 * (an integer division costs three times as much).
 */
const PAIRS_TENS = new Uint8Array(new ArrayBuffer(100));
const PAIRS_ONES = new Uint8Array(new ArrayBuffer(100));
fillPairs();

/** @cold Digits of 0 .. 99. */
function fillPairs(): void {
  for (let i = 0; i < 100; i++) {
    PAIRS_TENS[i] = 0x30 + Math.floor(i / 10);
    PAIRS_ONES[i] = 0x30 + (i % 10);
  }
}

/** Count of decimal digits of 0 .. 2^31-1. */
export function digitCount(value: number): number {
  if (value < 10000) {
    if (value < 100) return value < 10 ? 1 : 2;
    return value < 1000 ? 3 : 4;
  }
  if (value < 1000000) return value < 100000 ? 5 : 6;
  if (value < 100000000) return value < 10000000 ? 7 : 8;
  return value < 1000000000 ? 9 : 10;
}

/**
 * Writes exactly `width` digits of an int32 >= 0 so that they end before `end`, zeros on the left.
 * Returns the sum of the bytes written.
 */
export function writeDigits(bytes: Uint8Array, end: number, value: number, width: number): number {
  let rest = value;
  let at = end;
  let left = width;
  let sum = 0;
  while (left >= 2) {
    const next = (rest * 0.01) | 0;
    const pair = rest - next * 100;
    const tens = PAIRS_TENS[pair]!;
    const ones = PAIRS_ONES[pair]!;
    at -= 2;
    bytes[at] = tens;
    bytes[at + 1] = ones;
    sum += tens + ones;
    rest = next;
    left -= 2;
  }
  if (left !== 0) {
    const c = 0x30 + rest - ((rest * 0.1) | 0) * 10;
    bytes[at - 1] = c;
    sum += c;
  }
  return sum;
}

/** As writeDigits, for integers up to 2^53. */
export function writeLongDigits(
  bytes: Uint8Array,
  end: number,
  value: number,
  width: number,
): number {
  let rest = value;
  let sum = 0;
  for (let at = end - 1; at >= end - width; at--) {
    const next = Math.floor(rest / 10);
    // In this order: 0x30 + rest may be beyond 2^53.
    const c = 0x30 + (rest - next * 10);
    bytes[at] = c;
    sum += c;
    rest = next;
  }
  return sum;
}
