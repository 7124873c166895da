// @hot
/** SecurityTradingStatus of MDP 3.0 (SecurityStatus30, snapshots, definitions) as STATUS_*. */
import {
  STATUS_CLOSED,
  STATUS_HALTED,
  STATUS_PAUSED,
  STATUS_QUOTATION,
  STATUS_TRADING,
  STATUS_UNKNOWN,
} from "../core/codes.ts";

/** It tells of no change, or nothing. */
export const STATUS_SAME = -1;

/** STATUS_UNKNOWN for a code that is not in the schema: nothing is traded on a guess. */
export function mdp3StatusOf(code: number): number {
  switch (code) {
    case 17: // ready to trade
      return STATUS_TRADING;
    case 2: // trading halt
      return STATUS_HALTED;
    case 24: // pre-cross
    case 25: // cross
      return STATUS_PAUSED;
    case 15: // new price indication
    case 21: // pre-open
      return STATUS_QUOTATION;
    case 4: // close
    case 18: // not available for trading
    case 26: // post-close
      return STATUS_CLOSED;
    case 103: // no change
    case 255: // null
      return STATUS_SAME;
    default: // 20 unknown or invalid
      return STATUS_UNKNOWN;
  }
}
