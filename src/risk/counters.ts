/** Counters of the gate, in hp_engine.counters: 48 + -code per deny code, up to 75, and two more. */
import { DENY_COUNT, DENY_NAMES } from "../core/codes.ts";

const RISK_DENY_BASE = 48;
/** Passed the gate. */
export const RISK_PASSED = 79;
/** Times that the loss limit tripped the kill. */
export const RISK_LOSS_TRIPS = 207;

/** Index of the counter of a DENY_* code. */
export function denyCounter(code: number): number {
  return RISK_DENY_BASE - code;
}

export const RISK_COUNTER_NAMES: Record<number, string> = {
  [RISK_PASSED]: "risk_passed",
  [RISK_LOSS_TRIPS]: "risk_loss_trips",
};
for (let code = 1; code < DENY_COUNT; code++) {
  RISK_COUNTER_NAMES[RISK_DENY_BASE + code] = `deny_${DENY_NAMES[code]!.replaceAll("-", "_")}`;
}
