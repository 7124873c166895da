// @hot
import { ORDER_FOK, ORDER_IOC, ORDER_MARKET } from "../core/codes.ts";

/** A market order leaves as a limit order at the collar's edge that fills at once or not at all. */
export function asLimit(flags: number): number {
  if ((flags & ORDER_MARKET) === 0) return flags;
  const rest = flags & ~ORDER_MARKET;
  return (rest & ORDER_FOK) !== 0 ? rest : rest | ORDER_IOC;
}
