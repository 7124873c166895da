// @hot
import { NO_INSTRUMENT, NO_SLOT } from "../core/codes.ts";
import type { Execution } from "../fix/order/execution.ts";

/** Nothing told: every field but the session. */
export function clearExecution(x: Execution, seq: number): void {
  x.msgSeq = seq;
  x.possDup = 0;
  x.slot = NO_SLOT;
  x.generation = 0;
  x.ours = 0;
  x.origSlot = 0;
  x.origGeneration = 0;
  x.execType = 0;
  x.ordStatus = 0;
  x.instrument = NO_INSTRUMENT;
  x.side = 0;
  x.orderQty = 0;
  x.px = 0;
  x.lastQty = 0;
  x.lastPx = 0;
  x.cumQty = 0;
  x.leavesQty = 0;
  x.execIdLo = 0;
  x.execIdHi = 0;
  x.refIdLo = 0;
  x.refIdHi = 0;
  x.venueIdOffset = 0;
  x.venueIdLength = 0;
  x.reason = -1;
  x.responseTo = 0;
  x.liquidity = 0;
  x.inexact = 0;
}

/** Liquidity flag: 1 = added, 2 = removed, 0 = an auction, or one that is not known. */
export function liquidityOf(flag: number): number {
  switch (flag) {
    case 0x41: // A, J hidden, k at the midpoint, 7 and 8 that bettered the quote, e and f retail
    case 0x4a:
    case 0x6b:
    case 0x37:
    case 0x38:
    case 0x65:
    case 0x66:
      return 1;
    case 0x52: // R, m at the midpoint, d and r retail
    case 0x6d:
    case 0x64:
    case 0x72:
      return 2;
    default:
      return 0;
  }
}
