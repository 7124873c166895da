/**
 * Prices of MDP 3.0 as int32 units of an instrument.
 *
 *   price = mantissa * 10^exponent * display factor       as people, and books here, write it
 *   px    = price / price_unit
 *
 * The display factor comes with the instrument's definition (1 until then): 7584.5 on the wire with
 * factor 0.0001 is 0.75845, which is 15169 units of 0.00005.
 */

import type { Decimal, Mdp3Definition } from "../feed/mdp3/mdp3-sink.ts";
import { EXPONENTS_MAX } from "../feed/mdp3/message-plans.ts";

export const FACTOR_ONE: Decimal = { mantissa: 1n, exponent: 0 };

/** A decimal number as it is written: 0.00005 is 5 * 10^-5. */
export function decimalOf(value: number): Decimal {
  const [digits, power = "0"] = value.toString().split("e") as [string, string?];
  const [whole, fraction = ""] = digits!.split(".") as [string, string?];
  return { mantissa: BigInt(whole + fraction), exponent: Number(power) - fraction.length };
}

export function decimalNumber({ mantissa, exponent }: Decimal): number {
  return Number(`${mantissa}e${exponent}`);
}

/**
 * Mantissas per unit; 0 when a unit is no whole number of them (then no price is exact but zero), or
 * does not fit.
 */
export function mantissasPerUnit(priceUnit: number, exponent: number, factor: Decimal): number {
  const unit = decimalOf(priceUnit);
  let up = unit.mantissa;
  let down = factor.mantissa;
  const power = unit.exponent - exponent - factor.exponent;
  if (power >= 0) up *= 10n ** BigInt(power);
  else down *= 10n ** BigInt(-power);
  if (down <= 0n || up <= 0n || up % down !== 0n) return 0;
  const count = up / down;
  return count <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(count) : 0;
}

/** The smallest price step of a definition as people write it; undefined when it is not told. */
export function displayIncrement(definition: Mdp3Definition): number | undefined {
  const { priceIncrement: step, displayFactor: factor } = definition;
  if (step === undefined) return undefined;
  const mantissa = step.mantissa * factor.mantissa;
  return decimalNumber({ mantissa, exponent: step.exponent + factor.exponent });
}

/** By instrument and number of the exponent: mantissas per unit. */
export class Mdp3Units {
  readonly divisors: Float64Array;
  private readonly exponents: readonly number[];

  constructor(instruments: number, exponents: readonly number[]) {
    this.divisors = new Float64Array(new ArrayBuffer(8 * EXPONENTS_MAX * instruments));
    this.exponents = exponents;
  }

  /** True when prices are others than they were before. */
  set(instrument: number, priceUnit: number, factor: Decimal): boolean {
    let isChanged = false;
    this.exponents.forEach((exponent, k) => {
      const at = instrument * EXPONENTS_MAX + k;
      const divisor = mantissasPerUnit(priceUnit, exponent, factor);
      if (this.divisors[at] !== divisor) isChanged = true;
      this.divisors[at] = divisor;
    });
    return isChanged;
  }
}
