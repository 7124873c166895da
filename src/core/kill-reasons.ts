/**
 * Why an engine killed itself over what a venue said: numbers that the journal and the control block
 * carry (detail of hp_jr_state, kill_reason of hp_control), with what people are told of each.
 */

/** What the session refuses: the message is lost, or belongs to nothing of ours. */
export const REFUSED_LENGTH = 1;
export const REFUSED_TYPE = 2;
export const REFUSED_OTHER_ID = 3;
export const REFUSED_STRAY = 4;
export const REFUSED_FOREIGN_TRADE = 5;
export const REFUSED_OTHER_SYMBOL = 6;
export const REFUSED_BY_SESSION = 7;
/** What contradicts the orders and fills that are booked. */
export const REPORT_NEVER_SENT = 8;
export const REPORT_OTHER_TERMS = 9;
export const REPORT_MORE_FILLED = 10;
export const REPORT_OVERFILL = 11;
export const REPORT_DOUBTFUL_FILL = 12;
export const REPORT_UNBOOKABLE = 13;

/** Short, for records. */
export const KILL_REASON_NAMES = [
  "none",
  "too-short",
  "unknown-type",
  "other-id",
  "stray-order",
  "foreign-trade",
  "other-symbol",
  "refused-by-session",
  "never-sent",
  "other-side-or-instrument",
  "more-filled",
  "overfill",
  "price-or-size-not-told",
  "not-bookable",
] as const;

/** Goes on behind "session x, message n". */
export const KILL_REASON_TEXTS = [
  "",
  "it is shorter than its fields, and what it said is lost",
  "a message of a type that is not known, and what it said is lost",
  "it names another order id than was sent under this number",
  "it opens an order that was taken for lost and that nobody watches any more",
  "a trade for an order that was never sent here, or is no longer known",
  "it names another symbol than the order's",
  "the session refused it (header, time or dictionary), and what it said is lost",
  "it is about an order with our prefix that was never sent",
  "it names another side or instrument than the order's",
  "it tells of more fills than were booked",
  "more is filled than was ordered",
  "a fill whose price is none of the instrument's price_unit, or is missing; it is booked at the order's price",
  "a fill, bust or correction that can't be booked: size, instrument or what it takes back is not known",
] as const;

/** True for what a session refused: the type told is then its message's; else it is an ExecType. */
export function isRefusal(reason: number): boolean {
  return reason < REPORT_NEVER_SENT;
}
