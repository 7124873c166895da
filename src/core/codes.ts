/**
 * The numbers that cross module borders on the hot path: sides, flags, states, events, deny codes.
 * Each group has its names beside it, in the order of the numbers, for status pages and logs.
 */

export const NO_SLOT = 0xffffffff;
export const NO_INSTRUMENT = 0xffffffff;

// ---- side -----------------------------------------------------------------------------------
export const SIDE_BUY = 1;
export const SIDE_SELL = -1;

// ---- order flags (a bit set; no bits = limit, day) --------------------------------------------
/** Leaves as a limit order at the edge of the price collar, immediate or cancel. */
export const ORDER_MARKET = 1;
export const ORDER_IOC = 2;
export const ORDER_FOK = 4;
export const ORDER_POST_ONLY = 8;
export const ORDER_SHORT = 16;
export const ORDER_SHORT_EXEMPT = 32;

// ---- order state ----------------------------------------------------------------------------
export const ORDER_FREE = 0;
/** Sent, no word from the venue. */
export const ORDER_PENDING_NEW = 1;
export const ORDER_OPEN = 2;
export const ORDER_PENDING_CANCEL = 3;
export const ORDER_PENDING_REPLACE = 4;
/** A cancel was sent while a replace was pending, or the other way round. */
export const ORDER_PENDING_BOTH = 5;
/** A crash fell between intent and hand-over: counts as open until the venue tells. */
export const ORDER_UNKNOWN = 6;
export const ORDER_FILLED = 7;
export const ORDER_CANCELED = 8;
export const ORDER_REJECTED = 9;
export const ORDER_EXPIRED = 10;
export const ORDER_NEVER_REACHED = 11;
export const ORDER_STATE_NAMES = [
  "free",
  "pending-new",
  "open",
  "pending-cancel",
  "pending-replace",
  "pending-both",
  "unknown",
  "filled",
  "canceled",
  "rejected",
  "expired",
  "never-reached",
] as const;
/** True for states in which the order may still trade. */
export function orderIsLive(state: number): boolean {
  return state >= ORDER_PENDING_NEW && state <= ORDER_UNKNOWN;
}

// ---- order events: the second argument of a strategy's onOrder, and hp_jr_exec.event -------------
export const ORDER_EVENT_ACK = 1;
export const ORDER_EVENT_FILL = 2; // px, qty = this fill; the order is done when leaves = 0
export const ORDER_EVENT_CANCELED = 3;
export const ORDER_EVENT_REJECTED = 4;
export const ORDER_EVENT_REPLACED = 5;
export const ORDER_EVENT_CANCEL_REJECTED = 6;
export const ORDER_EVENT_REPLACE_REJECTED = 7;
export const ORDER_EVENT_EXPIRED = 8; // also done for day
export const ORDER_EVENT_RESTATED = 9;
export const ORDER_EVENT_BUSTED = 10;
export const ORDER_EVENT_CORRECTED = 11;
export const ORDER_EVENT_NEVER_REACHED = 12;
export const ORDER_EVENT_UNKNOWN = 13;
/** Consumed without effect: replayed ExecID, pending notice, status answer that agrees. */
export const ORDER_EVENT_NONE = 14;
/** A fill or cancel for a slot that has been given to another order since: position only. */
export const ORDER_EVENT_LATE_FILL = 15;
export const ORDER_EVENT_NAMES = [
  "",
  "ack",
  "fill",
  "canceled",
  "rejected",
  "replaced",
  "cancel-rejected",
  "replace-rejected",
  "expired",
  "restated",
  "busted",
  "corrected",
  "never-reached",
  "unknown",
  "none",
  "late-fill",
] as const;

// ---- deny codes: what ctx.send, ctx.cancel and ctx.replace return instead of a slot ---------------
export const DENY_DISARMED = -1;
export const DENY_KILLED = -2;
export const DENY_NO_SESSION = -3;
export const DENY_BACKPRESSURE = -4;
export const DENY_JOURNAL = -5;
export const DENY_FEED = -6; // feed stale, gapped, ended, or not yet seen
export const DENY_STATUS = -7; // instrument halted, paused, quotation only, or unknown
export const DENY_BOOK = -8; // book over capacity, or inexact
export const DENY_QTY = -9;
export const DENY_NOTIONAL = -10;
export const DENY_COLLAR = -11;
export const DENY_TICK = -12;
export const DENY_LOT = -13;
export const DENY_POSITION = -14;
export const DENY_EXPOSURE = -15;
export const DENY_OPEN_ORDERS = -16;
export const DENY_RATE = -17;
export const DENY_LOSS = -18;
export const DENY_SHORT_SALE = -19; // Reg SHO restriction in force
export const DENY_ARGUMENT = -20; // no such instrument, side, flag or slot
export const DENY_SLOTS = -21; // order table full
export const DENY_STATE = -22; // the order can't be cancelled or replaced in its state
export const DENY_GUARD = -23; // no guard process is watching
export const DENY_SELF_MATCH = -24;
export const DENY_BAND = -25; // outside the LULD auction collar
export const DENY_DROP_COPY = -26; // the drop copy of this instrument's session differs from us
export const DENY_COUNT = 27;
export const DENY_NAMES = [
  "ok",
  "disarmed",
  "killed",
  "no-session",
  "backpressure",
  "journal-full",
  "feed-not-live",
  "trading-status",
  "book-capacity",
  "order-quantity",
  "order-notional",
  "price-collar",
  "tick",
  "lot",
  "position",
  "exposure",
  "open-orders",
  "rate",
  "max-loss",
  "short-sale",
  "argument",
  "order-slots",
  "order-state",
  "no-guard",
  "self-match",
  "luld-band",
  "drop-copy",
] as const;

// ---- feed state (hp_feed.state, onFeed) -------------------------------------------------------
/** Nothing heard yet. */
export const FEED_INIT = 0;
export const FEED_LIVE = 1;
/** A sequence is missing; a re-request is under way; books wait at the last good message. */
export const FEED_GAP = 2;
/** No packet, heartbeats included, for the configured time. */
export const FEED_STALE = 3;
/** Messages were lost for good: books are not to be trusted. */
export const FEED_LOST = 4;
export const FEED_ENDED = 5;
export const FEED_STATE_NAMES = ["init", "live", "gap", "stale", "lost", "ended"] as const;

// ---- trading status of an instrument (onStatus) -------------------------------------------------
export const STATUS_UNKNOWN = 0;
export const STATUS_TRADING = 1;
export const STATUS_HALTED = 2;
export const STATUS_PAUSED = 3;
export const STATUS_QUOTATION = 4;
export const STATUS_CLOSED = 5;
export const STATUS_NAMES = [
  "unknown",
  "trading",
  "halted",
  "paused",
  "quotation-only",
  "closed",
] as const;
/** Bits above the state in the `status` handed to onStatus. */
export const STATUS_SHORT_RESTRICTED = 256; // Reg SHO price test in force (or remaining)
export const STATUS_LULD_AUCTION = 512; // an auction collar is in force
export const STATUS_STATE_MASK = 255;

// ---- order session state (hp_session.state) ---------------------------------------------------
export const SESSION_DOWN = 0;
export const SESSION_CONNECTING = 1;
export const SESSION_LOGON_SENT = 2;
/** Logged on, and the messages missed while away are still coming in. */
export const SESSION_SYNCING = 3;
export const SESSION_UP = 4;
export const SESSION_LOGOUT_SENT = 5;
export const SESSION_STATE_NAMES = [
  "down",
  "connecting",
  "logon-sent",
  "syncing",
  "up",
  "logout-sent",
] as const;

// ---- drop copy (hp_difference, hp_jr_difference) ------------------------------------------------
/** A fill of ours that the drop copy has not told in time. */
export const DIFFERENCE_NO_COPY = 1;
/** An execution of an order of ours that we have not heard of in time. */
export const DIFFERENCE_NO_FILL = 2;
/** Quantity, price, side or instrument of one execution are not the same. */
export const DIFFERENCE_TERMS = 3;
/** The copy of an execution of ours has a quantity or price that cannot be read. */
export const DIFFERENCE_UNREADABLE = 4;
/** What was bought and sold in an instrument, in sum. */
export const DIFFERENCE_SUMS = 5;
export const DIFFERENCE_NAMES = ["", "no-copy", "no-fill", "terms", "unreadable", "sums"] as const;

export const ON_DIFFERENCE_WARN = 0;
export const ON_DIFFERENCE_DENY = 1;
export const ON_DIFFERENCE_KILL = 2;
export const ON_DIFFERENCE_NAMES = ["warn", "deny", "kill"] as const;

export const ENGINE_STATE_NAMES = [
  "starting",
  "recovering",
  "warming",
  "disarmed",
  "armed",
  "killed",
  "stopped",
] as const;
