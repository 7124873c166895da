/** From a strike of the wire to thousandths of a dollar, as OSI symbols have it. */
import { denominatorDecimals } from "./opra-sizes.ts";

const OSI_DECIMALS = 3;

/** By denominator code, for those whose divisor is 1. */
export function strikeFactors(): Float64Array {
  const decimals = denominatorDecimals();
  const factors = new Float64Array(new ArrayBuffer(8 * 256));
  for (let code = 0; code < 256; code++) {
    const digits = OSI_DECIMALS - decimals[code]!;
    factors[code] = decimals[code]! >= 0 && digits >= 0 ? 10 ** digits : 1;
  }
  return factors;
}

/** By denominator code: more than 1 where the wire is finer than OSI; 0 = no such code. */
export function strikeDivisors(): Int32Array {
  const decimals = denominatorDecimals();
  const divisors = new Int32Array(new ArrayBuffer(4 * 256));
  for (let code = 0; code < 256; code++) {
    if (decimals[code]! >= 0) divisors[code] = 10 ** Math.max(0, decimals[code]! - OSI_DECIMALS);
  }
  return divisors;
}
