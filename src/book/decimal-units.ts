// @hot
/** Prices as integers with so many decimals, to an instrument's units: exact, or refused. */

/** Decimals 0 to 7. */
export const DECIMALS_MAX = 7;
/** Of inUnits(): the price does not divide or does not fit. No price of a book is so low. */
export const NO_UNITS = -0x80000000;

/**
 * How a price of `decimals` becomes units: above 0 it is multiplied by it, below 0 divided, 0 = no
 * price does exactly.
 * @cold
 */
export function unitScale(decimals: number, priceUnit: number): number {
  const step = 10 ** -decimals;
  const factor = Math.round(step / priceUnit);
  if (factor >= 1 && Math.abs(factor * priceUnit - step) <= step * 1e-9) return factor;
  const divisor = Math.round(priceUnit / step);
  const isWhole = Math.abs(divisor * step - priceUnit) <= priceUnit * 1e-9;
  return isWhole && divisor <= 0x7fffffff ? -divisor : 0;
}

/** Units, or NO_UNITS. */
export function inUnits(px: number, scale: number): number {
  if (scale > 0) {
    const units = px * scale;
    return units === (units | 0) ? units | 0 : NO_UNITS;
  }
  if (scale === 0 || px % scale !== 0) return NO_UNITS;
  return (px / (0 - scale)) | 0;
}
