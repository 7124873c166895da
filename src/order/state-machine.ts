/**
 * The order state machine as a table: for each state and each thing that may happen, what becomes of
 * the order. It holds what venues legally send in any order: a fill before the acknowledgement, a
 * fill after the cancel, a cancel nobody asked for, repeats. What can't be (a fill beyond the order,
 * an id never sent) is not a state: OrderFold finds it and trips the kill.
 *
 * A live order keeps, beside its state, what is still under way (acknowledged or not, cancel
 * pending, replace pending); LIVE in the table means: the state that follows from those.
 */
import {
  ORDER_CANCELED,
  ORDER_EXPIRED,
  ORDER_FILLED,
  ORDER_NEVER_REACHED,
  ORDER_OPEN,
  ORDER_PENDING_BOTH,
  ORDER_PENDING_CANCEL,
  ORDER_PENDING_NEW,
  ORDER_PENDING_REPLACE,
  ORDER_REJECTED,
  ORDER_UNKNOWN,
} from "../core/codes.ts";

// ---- inputs ---------------------------------------------------------------------------------
export const IN_ACK = 0;
/** A fill that leaves something open. */
export const IN_FILL = 1;
export const IN_FILL_ALL = 2;
export const IN_CANCELED = 3;
export const IN_REJECTED = 4;
export const IN_REPLACED = 5;
export const IN_CANCEL_REJECTED = 6;
export const IN_REPLACE_REJECTED = 7;
export const IN_EXPIRED = 8;
export const IN_RESTATED = 9;
/** The new order itself never reached the venue. */
export const IN_NEVER_REACHED = 10;
/** Its fate can't be told any more: no word in time, or the connection is gone. */
export const IN_UNCERTAIN = 11;
/** The venue says that something of it is open (again): after a bust, a replace, a status answer. */
export const IN_REOPENED = 12;
export const IN_COUNT = 13;

// ---- results: a final state (7 to 11), ORDER_UNKNOWN, or one of these --------------------------
/** The live state that follows from what is pending. */
export const TO_LIVE = 32;
/** As TO_LIVE once nothing is pending and the order was acknowledged; until then it stays unknown. */
export const TO_SETTLE = 33;
/** The state stays, the event counts. */
export const TO_KEEP = 34;
/** Without effect. */
export const TO_IGNORE = 35;
/** A done order is open after all. */
export const TO_REVIVE = 36;

const STATES = 12;

/** What becomes of an order: TRANSITIONS[state * IN_COUNT + input]. */
export const TRANSITIONS = new Int8Array(new ArrayBuffer(STATES * IN_COUNT)).fill(TO_IGNORE);

const LIVE = TO_LIVE;
const SETTLE = TO_SETTLE;
const KEEP = TO_KEEP;
const NOT = TO_IGNORE;
const BACK = TO_REVIVE;
const FILL = ORDER_FILLED;
const CANC = ORDER_CANCELED;
const REJE = ORDER_REJECTED;
const EXPI = ORDER_EXPIRED;
const NEVE = ORDER_NEVER_REACHED;
const UNKN = ORDER_UNKNOWN;

// input:                 ack     fill    all   canc  rej   repl    c-rej   r-rej   exp   rest    never uncer reopen
row(ORDER_PENDING_NEW, [
  LIVE,
  LIVE,
  FILL,
  CANC,
  REJE,
  LIVE,
  LIVE,
  LIVE,
  EXPI,
  LIVE,
  NEVE,
  UNKN,
  LIVE,
]);
row(ORDER_OPEN, [NOT, LIVE, FILL, CANC, REJE, LIVE, NOT, NOT, EXPI, LIVE, NOT, UNKN, LIVE]);
row(ORDER_PENDING_CANCEL, [
  LIVE,
  LIVE,
  FILL,
  CANC,
  REJE,
  LIVE,
  LIVE,
  LIVE,
  EXPI,
  LIVE,
  NEVE,
  UNKN,
  LIVE,
]);
row(ORDER_PENDING_REPLACE, [
  NOT,
  LIVE,
  FILL,
  CANC,
  REJE,
  LIVE,
  LIVE,
  LIVE,
  EXPI,
  LIVE,
  NOT,
  UNKN,
  LIVE,
]);
row(ORDER_PENDING_BOTH, [
  NOT,
  LIVE,
  FILL,
  CANC,
  REJE,
  LIVE,
  LIVE,
  LIVE,
  EXPI,
  LIVE,
  NOT,
  UNKN,
  LIVE,
]);
row(ORDER_UNKNOWN, [
  SETTLE,
  SETTLE,
  FILL,
  CANC,
  REJE,
  SETTLE,
  SETTLE,
  SETTLE,
  EXPI,
  SETTLE,
  NEVE,
  NOT,
  LIVE,
]);
// Done: a late fill counts for the position; the order stays done unless the venue says it is open.
row(ORDER_FILLED, [NOT, KEEP, KEEP, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, BACK]);
row(ORDER_CANCELED, [NOT, KEEP, KEEP, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, BACK]);
row(ORDER_REJECTED, [NOT, KEEP, KEEP, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, BACK]);
row(ORDER_EXPIRED, [NOT, KEEP, KEEP, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, BACK]);
// Our own conclusion, not the venue's word: the venue's word overrules it.
row(ORDER_NEVER_REACHED, [BACK, BACK, KEEP, CANC, REJE, NOT, NOT, NOT, EXPI, BACK, NOT, NOT, BACK]);

function row(state: number, results: readonly number[]): void {
  TRANSITIONS.set(results, state * IN_COUNT);
}

// ---- what is under way with a live order (bits) -------------------------------------------------
export const BIT_ACKED = 1;
export const BIT_CANCEL = 2;
export const BIT_REPLACE = 4;
/** Cancel it as soon as the rate allows: cancelAll. */
export const BIT_WANT_CANCEL = 8;
/** Ask the venue for its status. */
export const BIT_WANT_STATUS = 16;
/** The venue was asked, and has not answered. */
export const BIT_ASKED = 32;

/** The visible state of a live order. */
export function liveState(bits: number): number {
  const pending = bits & (BIT_CANCEL | BIT_REPLACE);
  if (pending === (BIT_CANCEL | BIT_REPLACE)) return ORDER_PENDING_BOTH;
  if (pending === BIT_CANCEL) return ORDER_PENDING_CANCEL;
  if (pending === BIT_REPLACE) return ORDER_PENDING_REPLACE;
  return (bits & BIT_ACKED) !== 0 ? ORDER_OPEN : ORDER_PENDING_NEW;
}
