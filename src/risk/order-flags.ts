// @hot
/** Which ORDER_* flags go together. */
import {
  ORDER_FOK,
  ORDER_IOC,
  ORDER_MARKET,
  ORDER_POST_ONLY,
  ORDER_SHORT,
  ORDER_SHORT_EXEMPT,
  SIDE_BUY,
} from "../core/codes.ts";

const FLAGS_ALL =
  ORDER_MARKET | ORDER_IOC | ORDER_FOK | ORDER_POST_ONLY | ORDER_SHORT | ORDER_SHORT_EXEMPT;
export const FLAGS_SHORT = ORDER_SHORT | ORDER_SHORT_EXEMPT;

/** True for flags that a venue could make sense of. */
export function flagsFit(side: number, flags: number): boolean {
  if ((flags & FLAGS_ALL) !== flags) return false;
  if (side === SIDE_BUY && (flags & FLAGS_SHORT) !== 0) return false;
  if ((flags & FLAGS_SHORT) === FLAGS_SHORT) return false;
  const immediate = flags & (ORDER_IOC | ORDER_FOK);
  if (immediate === (ORDER_IOC | ORDER_FOK)) return false;
  return (flags & ORDER_POST_ONLY) === 0 || (immediate === 0 && (flags & ORDER_MARKET) === 0);
}
