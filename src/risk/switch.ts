// @hot
/** The small borders between the gate and the rest. */

/** State of the appliance; the engine sets the fields each turn that reads the control block. */
export class GateSwitch {
  armed = false;
  killed = false;
  guardAlive = false;
}

/** Raises HP_KILL_* bits: in the control block, and in GateSwitch.killed before it returns. */
export interface KillSwitch {
  /**
   * With HP_KILL_ENGINE, why: a number of core/kill-reasons.ts, and what it came by: session, type
   * (of the message, or ExecType) and number.
   */
  kill(bits: number, reason?: number, session?: number, type?: number, seq?: number): void;
}

/** Non-zero flags of a book: it is not to be traded on (over capacity, inexact). */
export interface BookHealth {
  bookFlags(instrument: number): number;
}

/** Knows our own resting orders. */
export interface SelfMatch {
  /** True when an order of `side` at px would meet one of ours other than the one in exceptSlot. */
  crosses(instrument: number, side: number, px: number, exceptSlot: number): boolean;
}

class NoSelfMatch implements SelfMatch {
  crosses(_instrument: number, _side: number, _px: number, _exceptSlot: number): boolean {
    return false;
  }
}

export const NO_SELF_MATCH: SelfMatch = new NoSelfMatch();
