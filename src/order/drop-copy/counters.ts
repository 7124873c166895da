/** Counters of drop copies, in hp_engine.counters (range 208-223), summed over an engine's. */
/** Fills, busts and corrections told of orders of ours. */
export const DROP_COPY_OWN = 208;
/** The same of orders that are not ours. */
export const DROP_COPY_OTHERS = 209;
/** ExecIDs told before. */
export const DROP_COPY_REPEATED = 210;
export const DROP_COPY_BUSTS = 211;
export const DROP_COPY_CORRECTS = 212;
/** Reports that move no position: acknowledgements, cancels and the like. */
export const DROP_COPY_NO_EFFECT = 213;
/** Neither an order of ours nor an instrument of ours. */
export const DROP_COPY_UNKNOWN_SYMBOL = 214;
/** A quantity, price, side or ExecID that is missing or cannot be read. */
export const DROP_COPY_UNREADABLE = 215;
/** A bust or correction of an execution that was not told. */
export const DROP_COPY_UNMATCHED = 216;
/** Executions that came to agree with ours. */
export const DROP_COPY_MATCHED = 217;
export const DROP_COPY_DIFFERENCES = 218;
/** Differences that have ended. */
export const DROP_COPY_HEALED = 219;
/** Comparisons of an instrument's sums. */
export const DROP_COPY_COMPARED = 220;
/** COPY and DIFFERENCE records for which the ring had no room. */
export const DROP_COPY_JOURNAL_LOST = 221;
/** Executions forgotten for newer ones before they agreed. */
export const DROP_COPY_FORGOTTEN = 222;
/** Executions taken for another's until our own report of them came. */
export const DROP_COPY_RECLAIMED = 223;

export const DROP_COPY_COUNTER_NAMES: Record<number, string> = {
  [DROP_COPY_OWN]: "drop_copy_own",
  [DROP_COPY_OTHERS]: "drop_copy_others",
  [DROP_COPY_REPEATED]: "drop_copy_repeated",
  [DROP_COPY_BUSTS]: "drop_copy_busts",
  [DROP_COPY_CORRECTS]: "drop_copy_corrects",
  [DROP_COPY_NO_EFFECT]: "drop_copy_no_effect",
  [DROP_COPY_UNKNOWN_SYMBOL]: "drop_copy_unknown_symbol",
  [DROP_COPY_UNREADABLE]: "drop_copy_unreadable",
  [DROP_COPY_UNMATCHED]: "drop_copy_unmatched",
  [DROP_COPY_MATCHED]: "drop_copy_matched",
  [DROP_COPY_DIFFERENCES]: "drop_copy_differences",
  [DROP_COPY_HEALED]: "drop_copy_healed",
  [DROP_COPY_COMPARED]: "drop_copy_compared",
  [DROP_COPY_JOURNAL_LOST]: "drop_copy_journal_lost",
  [DROP_COPY_FORGOTTEN]: "drop_copy_forgotten",
  [DROP_COPY_RECLAIMED]: "drop_copy_reclaimed",
};
