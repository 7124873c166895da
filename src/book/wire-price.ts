// @hot
/** Prices of 64 bits on the wire, as two int32 halves, to int32 units of an instrument: exactly, or not. */
import { NO_PX } from "./order-books.ts";

const WORD = 4294967296;
/** 2^53 in units of 2^32. */
const WORDS_MAX = 0x200000;
const INT32_MAX = 0x7fffffff;

/**
 * divisor, factor: of Instruments.feedDivisor and feedFactor. NO_PX when the price is negative, does not
 * divide, or does not fit.
 */
export function unitsOfWire(high: number, low: number, divisor: number, factor: number): number {
  if (high === 0 && low >= 0 && divisor === 1) {
    const px = low * factor;
    return px <= INT32_MAX ? px : NO_PX;
  }
  if (divisor === 0 || high < 0 || high >= WORDS_MAX) return NO_PX;
  const wire = high * WORD + (low >>> 0);
  const whole = Math.floor(wire / divisor);
  if (whole * divisor !== wire) return NO_PX;
  const px = whole * factor;
  return px <= INT32_MAX ? px : NO_PX;
}
