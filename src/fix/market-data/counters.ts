/** Counters of FIX market data, in hp_engine.counters (range 232-255), summed over an engine's feeds. */
/** MarketDataSnapshotFullRefresh (W) that became a book. */
export const MD_SNAPSHOTS = 232;
/** MarketDataIncrementalRefresh (X) read. */
export const MD_UPDATES = 233;
/** Entries of W and X that went into a book, trades included. */
export const MD_ENTRIES = 234;
/** Entries of types that no book keeps: opening price, high, settlement and the like. */
export const MD_OTHER_ENTRIES = 235;
/** Entries, or snapshots, of symbols that nobody asked for. */
export const MD_UNKNOWN_SYMBOL = 236;
/** Messages for an MDReqID (262) that is not in force. */
export const MD_OLD_REQUEST = 237;
/** Entries that came while their book waited for a snapshot. */
export const MD_BEFORE_SNAPSHOT = 238;
/** Entries with an RptSeq (83) that was there before. */
export const MD_OLD_RPT_SEQ = 239;
/** RptSeq jumps: the book is stale, and a snapshot is asked for. */
export const MD_RPT_SEQ_JUMPS = 240;
/** Changes or deletes of what no book has: the book is emptied, and a snapshot asked for. */
export const MD_OUT_OF_STEP = 241;
/** Messages or entries that lack what they need, or whose count (268) is wrong. */
export const MD_MALFORMED = 242;
/** New at a price that is there, change or delete at a price or position that is not. */
export const MD_LEVEL_MISMATCH = 243;
/** Subscriptions refused: MarketDataRequestReject (Y), Reject or BusinessMessageReject. */
export const MD_REFUSED = 244;
/** Requests (V) sent for a snapshot that had not come in time, or once more after a jump. */
export const MD_RETRIES = 245;
/** Instruments given up: no snapshot after all tries, until the next logon. */
export const MD_GIVEN_UP = 246;
/** SecurityStatus (f) taken. */
export const MD_STATUSES = 247;
/** MarketDataRequest (V) and SecurityStatusRequest (e) sent. */
export const MD_REQUESTS = 248;
/** Snapshots that had not come in time: asked for again, or given up. */
export const MD_OVERDUE = 249;
/** Messages that the session refused, or gaps that the venue filled: what they would have changed is not known. */
export const MD_SKIPPED = 250;

export const MD_COUNTER_NAMES: Record<number, string> = {
  [MD_SNAPSHOTS]: "md_snapshots",
  [MD_UPDATES]: "md_updates",
  [MD_ENTRIES]: "md_entries",
  [MD_OTHER_ENTRIES]: "md_other_entries",
  [MD_UNKNOWN_SYMBOL]: "md_unknown_symbol",
  [MD_OLD_REQUEST]: "md_old_request",
  [MD_BEFORE_SNAPSHOT]: "md_before_snapshot",
  [MD_OLD_RPT_SEQ]: "md_old_rpt_seq",
  [MD_RPT_SEQ_JUMPS]: "md_rpt_seq_jumps",
  [MD_OUT_OF_STEP]: "md_out_of_step",
  [MD_MALFORMED]: "md_malformed",
  [MD_LEVEL_MISMATCH]: "md_level_mismatch",
  [MD_REFUSED]: "md_refused",
  [MD_RETRIES]: "md_retries",
  [MD_GIVEN_UP]: "md_given_up",
  [MD_STATUSES]: "md_statuses",
  [MD_REQUESTS]: "md_requests",
  [MD_OVERDUE]: "md_overdue",
  [MD_SKIPPED]: "md_skipped",
};
