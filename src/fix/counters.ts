/**
 * Counters of the FIX sessions, in hp_engine.counters (range 112-159), summed over an engine's
 * sessions; of OUCH sessions too, where they mean the same.
 */
export const FIX_MESSAGES_IN = 112;
export const FIX_MESSAGES_OUT = 113;
export const FIX_BYTES_IN = 114;
/** Framing, length or checksum wrong: skipped, its sequence number not counted. */
export const FIX_GARBLED = 115;
/** A message that stopped in the middle and was given up. */
export const FIX_STALLED = 116;
/** A field that is not digits=value. */
export const FIX_BAD_FIELDS = 117;
/** BeginString or CompIDs of somebody else. */
export const FIX_WRONG_PEER = 118;
export const FIX_SEQ_TOO_HIGH = 119;
export const FIX_SEQ_TOO_LOW = 120;
/** PossDup below the expected number: seen before. */
export const FIX_DUPLICATES = 121;
export const FIX_RESENDS_ASKED = 122;
export const FIX_RESENDS_SERVED = 123;
/** Order messages and others covered by a gap fill of ours. */
export const FIX_GAP_FILLED = 124;
/** The same resend asked for again and again, by either side. */
export const FIX_RESEND_LOOPS = 125;
export const FIX_REJECTS_IN = 126;
export const FIX_REJECTS_OUT = 127;
export const FIX_BUSINESS_REJECTS_IN = 128;
export const FIX_UNSUPPORTED = 129;
export const FIX_CONNECTS = 130;
export const FIX_CONNECT_FAILURES = 131;
export const FIX_LOGONS = 132;
export const FIX_LOGOUTS_IN = 133;
export const FIX_DISCONNECTS = 134;
/** No answer to connect, logon, sync, test request or logout in time. */
export const FIX_TIMEOUTS = 135;
/** New orders and replaces denied because bytes waited for the socket. */
export const FIX_BACKPRESSURE = 136;
/** Messages that waited, in part or whole, behind a full socket. */
export const FIX_DEFERRED = 137;
/** The journal took no record: nothing was sent. */
export const FIX_JOURNAL_FULL = 138;
/** A price or quantity that does not divide or fit. */
export const FIX_INEXACT = 139;
export const FIX_MASS_CANCEL_REPORTS = 140;
export const FIX_MASS_CANCEL_REJECTS = 141;
export const FIX_SEQUENCE_RESETS = 142;
/** PossDup without OrigSendingTime. */
export const FIX_NO_ORIG_TIME = 143;
/** Messages of the wrong kind for the state, a second Logon for one. */
export const FIX_OUT_OF_STATE = 144;
/** Administrative messages that found no room in the backlog: the connection was ended. */
export const FIX_BACKLOG_FULL = 145;
/** Waits for the answer to a sync that were begun again. */
export const FIX_SYNC_WAITS = 146;
/** Refused by the dictionary: Reject (3). */
export const FIX_INVALID = 147;
/** SendingTime, or OrigSendingTime, further from the clock than allowed. */
export const FIX_BAD_TIME = 148;
/** Messages kept while numbers before them were missing. */
export const FIX_AHEAD_KEPT = 149;
/** Messages of ours that were sent again, with PossDupFlag. */
export const FIX_RESENT = 150;
/** Orders and replaces denied by the session's throttle. */
export const FIX_THROTTLED = 151;
/** Connections ended, or not taken, because the session's hours were over. */
export const FIX_OUT_OF_HOURS = 152;
/** Application messages taken by what the session serves, orders' own left out. */
export const FIX_APPLICATION_IN = 153;

export const FIX_COUNTER_NAMES: Record<number, string> = {
  [FIX_MESSAGES_IN]: "fix_messages_in",
  [FIX_MESSAGES_OUT]: "fix_messages_out",
  [FIX_BYTES_IN]: "fix_bytes_in",
  [FIX_GARBLED]: "fix_garbled",
  [FIX_STALLED]: "fix_stalled",
  [FIX_BAD_FIELDS]: "fix_bad_fields",
  [FIX_WRONG_PEER]: "fix_wrong_peer",
  [FIX_SEQ_TOO_HIGH]: "fix_seq_too_high",
  [FIX_SEQ_TOO_LOW]: "fix_seq_too_low",
  [FIX_DUPLICATES]: "fix_duplicates",
  [FIX_RESENDS_ASKED]: "fix_resends_asked",
  [FIX_RESENDS_SERVED]: "fix_resends_served",
  [FIX_GAP_FILLED]: "fix_gap_filled",
  [FIX_RESEND_LOOPS]: "fix_resend_loops",
  [FIX_REJECTS_IN]: "fix_rejects_in",
  [FIX_REJECTS_OUT]: "fix_rejects_out",
  [FIX_BUSINESS_REJECTS_IN]: "fix_business_rejects_in",
  [FIX_UNSUPPORTED]: "fix_unsupported",
  [FIX_CONNECTS]: "fix_connects",
  [FIX_CONNECT_FAILURES]: "fix_connect_failures",
  [FIX_LOGONS]: "fix_logons",
  [FIX_LOGOUTS_IN]: "fix_logouts_in",
  [FIX_DISCONNECTS]: "fix_disconnects",
  [FIX_TIMEOUTS]: "fix_timeouts",
  [FIX_BACKPRESSURE]: "fix_backpressure",
  [FIX_DEFERRED]: "fix_deferred",
  [FIX_JOURNAL_FULL]: "fix_journal_full",
  [FIX_INEXACT]: "fix_inexact",
  [FIX_MASS_CANCEL_REPORTS]: "fix_mass_cancel_reports",
  [FIX_MASS_CANCEL_REJECTS]: "fix_mass_cancel_rejects",
  [FIX_SEQUENCE_RESETS]: "fix_sequence_resets",
  [FIX_NO_ORIG_TIME]: "fix_no_orig_time",
  [FIX_OUT_OF_STATE]: "fix_out_of_state",
  [FIX_BACKLOG_FULL]: "fix_backlog_full",
  [FIX_SYNC_WAITS]: "fix_sync_waits",
  [FIX_INVALID]: "fix_invalid",
  [FIX_BAD_TIME]: "fix_bad_time",
  [FIX_AHEAD_KEPT]: "fix_ahead_kept",
  [FIX_RESENT]: "fix_resent",
  [FIX_THROTTLED]: "fix_throttled",
  [FIX_OUT_OF_HOURS]: "fix_out_of_hours",
  [FIX_APPLICATION_IN]: "fix_application_in",
};
