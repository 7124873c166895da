/** Counters of the strategy host, in hp_engine.counters (76-79, the end of the gate's range). */
/** Strategies that threw and were disabled. */
export const STRATEGY_THROWN = 76;
export const STRATEGY_TIMERS = 77;
/** setTimer or clearTimer with an id or delay out of range. */
export const STRATEGY_BAD_TIMERS = 78;

export const STRATEGY_COUNTER_NAMES: Record<number, string> = {
  [STRATEGY_THROWN]: "strategy_thrown",
  [STRATEGY_TIMERS]: "strategy_timers",
  [STRATEGY_BAD_TIMERS]: "strategy_bad_timers",
};
