// @hot
/** SecurityTradingStatus (326) of a SecurityStatus (f) as STATUS_*; FIX 4.4 and 5.0 SP2. */
import {
  STATUS_CLOSED,
  STATUS_HALTED,
  STATUS_PAUSED,
  STATUS_QUOTATION,
  STATUS_TRADING,
  STATUS_UNKNOWN,
} from "../../core/codes.ts";

/** statusOf(): it tells of an imbalance or an order book event, not of the status. */
export const STATUS_SAME = -1;

/** STATUS_UNKNOWN for a code that is not in the specification: nothing is traded on a guess. */
export function statusOf(code: number): number {
  switch (code) {
    case 3: // resume
    case 17: // ready to trade
    case 23: // fast market
      return STATUS_TRADING;
    case 2: // trading halt
    case 4: // no open, no resume
      return STATUS_HALTED;
    case 1: // opening delay
    case 24: // pre-cross
    case 25: // cross
      return STATUS_PAUSED;
    case 5: // price indication
    case 6: // trading range indication
    case 21: // pre-open
    case 22: // opening rotation
    case 27: // no-cancel period
      return STATUS_QUOTATION;
    case 18: // not available for trading, end of session
    case 19: // not traded on this market
    case 26: // post-close
      return STATUS_CLOSED;
  }
  return code >= 7 && code <= 16 ? STATUS_SAME : STATUS_UNKNOWN;
}
