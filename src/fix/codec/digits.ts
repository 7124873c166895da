// @hot
/**
 * Digits as text, four characters to a little-endian word: computed, not looked up, and stored with
 * one unaligned store, since what counts on the path is how much code and how many lines of the
 * caches it takes. Divisions by 10^4 are multiplications: 0.0001 as a double lies just above the
 * true value, so that the truncated product is exact for all of 0 .. 2^31-1.
 */
const ZEROS = 0x30303030;
/** Powers of ten that an int32 holds. */
export const POW10 = new Int32Array(new ArrayBuffer(40));
fillPowers();

/** @cold */
function fillPowers(): void {
  for (let i = 0; i < 10; i++) POW10[i] = 10 ** i;
}

/** Count of decimal digits of 0 .. 2^31-1. */
export function digitCount(value: number): number {
  // 1233 / 4096 is a little more than log10(2).
  const odd = value | 1;
  const least = Math.imul(32 - Math.clz32(odd), 1233) >>> 12;
  return odd < POW10[least]! ? least : least + 1;
}

/** "0000" .. "9999". Hundreds, then the two pairs in the halves of one word at once. */
export function decimalQuad(value: number): number {
  const hundreds = Math.imul(value, 5243) >>> 19;
  const pairs = hundreds | ((value - hundreds * 100) << 16);
  const tens = (Math.imul(pairs, 103) >>> 10) & 0x000f000f;
  return tens | ((pairs - tens * 10) << 8) | ZEROS;
}

/** "0000" .. "ffff" of the low 16 bits. */
export function hexQuad(value: number): number {
  const nibbles =
    ((value >>> 12) & 15) | (value & 0xf00) | ((value & 0xf0) << 12) | ((value & 15) << 24);
  const letters = ((nibbles + 0x06060606) >>> 4) & 0x01010101;
  return (nibbles + ZEROS + letters * 39) | 0;
}

/** By how much the sum of a word of digits is more than that of "0000": for a checksum. */
export function quadSum(quad: number): number {
  return Math.imul(quad - ZEROS, 0x01010101) >>> 24;
}

/**
 * Writes `width` digits of an int32 >= 0 so that they end before `end`, zeros on the left. Returns
 * their sum. Up to three bytes on the left of them become
 * zeros too: what stands there is written afterwards.
 */
export function writeDigits(bytes: DataView, end: number, value: number, width: number): number {
  let rest = value;
  let at = end;
  let sum = width * 0x30;
  do {
    const next = (rest * 0.0001) | 0;
    const quad = decimalQuad(rest - next * 10000);
    at -= 4;
    bytes.setInt32(at, quad, true);
    sum += quadSum(quad);
    rest = next;
  } while (at > end - width);
  return sum;
}

/** As writeDigits, for integers up to 2^53, and nothing else is written. */
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
