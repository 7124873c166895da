/** Counters of the order side, in hp_engine.counters (range 80-111, and 206). */
export const ORDER_SENT = 80;
export const ORDER_CANCELS_SENT = 81;
export const ORDER_REPLACES_SENT = 82;
export const ORDER_ACKED = 83;
export const ORDER_FILLS = 84;
/** Orders filled to the end. */
export const ORDER_FILLED_ALL = 85;
export const ORDER_CANCELED_COUNT = 86;
export const ORDER_REJECTED_COUNT = 87;
export const ORDER_EXPIRED_COUNT = 88;
export const ORDER_REPLACED_COUNT = 89;
export const ORDER_CANCEL_REJECTS = 90;
export const ORDER_REPLACE_REJECTS = 91;
/** Orders whose fate became unknown: no word in time, or a lost connection. */
export const ORDER_UNKNOWN_COUNT = 92;
export const ORDER_NEVER_REACHED_COUNT = 93;
export const ORDER_BUSTS = 94;
export const ORDER_CORRECTS = 95;
/** Reports with an ExecID that was applied before. */
export const ORDER_DUPLICATES = 96;
/** Fills of an order whose slot has another order by now. */
export const ORDER_LATE_FILLS = 97;
/** Reports whose id is not ours. */
export const ORDER_FOREIGN = 98;
/** Reports with our prefix and an id that was never sent. */
export const ORDER_NEVER_SENT = 99;
export const ORDER_OVERFILLS = 100;
/** A bust or correction of a fill that is neither known nor told. */
export const ORDER_BUST_UNMATCHED = 101;
/**
 * Fills that cannot be booked: no instrument, no side, or a price that does not divide; and reports
 * that the dictionary refused.
 */
export const ORDER_UNBOOKABLE = 102;
export const ORDER_STATUS_REQUESTS = 103;
/** Reports and status answers that disagree with what we know: filled quantity, side, instrument, terms. */
export const ORDER_STATUS_MISMATCH = 104;
/** Messages that the session layer or the application layer of the venue refused. */
export const ORDER_MESSAGE_REJECTS = 105;
/** Reports without effect: pending notices, repeats, late rejects. */
export const ORDER_NO_EFFECT = 106;
/** EXEC or FATE records for which the ring had no room. */
export const ORDER_JOURNAL_LOST = 107;
/** DENY records left out to keep the ring from filling. */
export const ORDER_DENIES_UNWRITTEN = 108;
export const ORDER_MASS_CANCELS = 109;
/** Journal records that recovery could not place. */
export const ORDER_RESTORE_REFUSED = 110;
export const ORDER_RESTATED_COUNT = 111;
/** Steps of cancel-all, of status requests and of overdue answers. */
export const ORDER_HOUSEKEEPING = 206;

export const ORDER_COUNTER_NAMES: Record<number, string> = {
  [ORDER_SENT]: "order_sent",
  [ORDER_HOUSEKEEPING]: "order_housekeeping",
  [ORDER_CANCELS_SENT]: "order_cancels_sent",
  [ORDER_REPLACES_SENT]: "order_replaces_sent",
  [ORDER_ACKED]: "order_acked",
  [ORDER_FILLS]: "order_fills",
  [ORDER_FILLED_ALL]: "order_filled",
  [ORDER_CANCELED_COUNT]: "order_canceled",
  [ORDER_REJECTED_COUNT]: "order_rejected",
  [ORDER_EXPIRED_COUNT]: "order_expired",
  [ORDER_REPLACED_COUNT]: "order_replaced",
  [ORDER_CANCEL_REJECTS]: "order_cancel_rejects",
  [ORDER_REPLACE_REJECTS]: "order_replace_rejects",
  [ORDER_UNKNOWN_COUNT]: "order_unknown",
  [ORDER_NEVER_REACHED_COUNT]: "order_never_reached",
  [ORDER_BUSTS]: "order_busts",
  [ORDER_CORRECTS]: "order_corrects",
  [ORDER_DUPLICATES]: "order_duplicates",
  [ORDER_LATE_FILLS]: "order_late_fills",
  [ORDER_FOREIGN]: "order_foreign",
  [ORDER_NEVER_SENT]: "order_never_sent",
  [ORDER_OVERFILLS]: "order_overfills",
  [ORDER_BUST_UNMATCHED]: "order_bust_unmatched",
  [ORDER_UNBOOKABLE]: "order_unbookable",
  [ORDER_STATUS_REQUESTS]: "order_status_requests",
  [ORDER_STATUS_MISMATCH]: "order_status_mismatch",
  [ORDER_MESSAGE_REJECTS]: "order_message_rejects",
  [ORDER_NO_EFFECT]: "order_no_effect",
  [ORDER_JOURNAL_LOST]: "order_journal_lost",
  [ORDER_DENIES_UNWRITTEN]: "order_denies_unwritten",
  [ORDER_MASS_CANCELS]: "order_mass_cancels",
  [ORDER_RESTORE_REFUSED]: "order_restore_refused",
  [ORDER_RESTATED_COUNT]: "order_restated",
};
