/** From a strike of the wire to thousandths of a dollar, as OSI symbols have it. */
import { denominatorDecimals } from "./opra-sizes.ts";

const OSI_DECIMALS = 3;
/** Eight digits. */
export const STRIKE_MAX = 99_999_999;

/** By denominator code: what to multiply a strike by; 0 = codes that divide, or are none. */
export function strikeFactors(): Int32Array {
  const decimals = denominatorDecimals();
  const factors = new Int32Array(new ArrayBuffer(4 * 256));
  for (let code = 0; code < 256; code++) {
    const digits = OSI_DECIMALS - decimals[code]!;
    if (decimals[code]! >= 0 && digits >= 0) factors[code] = 10 ** digits;
  }
  return factors;
}

/** By denominator code: the highest strike that may be multiplied, and 1; 0 = none. */
export function strikeLimits(): Int32Array {
  return strikeFactors().map((factor) => (factor === 0 ? 0 : Math.floor(STRIKE_MAX / factor) + 1));
}

/** By denominator code, where the wire is finer than OSI: what to divide by; 0 = all others. */
export function strikeDivisors(): Int32Array {
  const decimals = denominatorDecimals();
  const divisors = new Int32Array(new ArrayBuffer(4 * 256));
  for (let code = 0; code < 256; code++) {
    if (decimals[code]! > OSI_DECIMALS) divisors[code] = 10 ** (decimals[code]! - OSI_DECIMALS);
  }
  return divisors;
}
