/** Counters of the books, in hp_engine.counters (range 32-47), summed over an engine's feeds. */
/** Messages that name an order which no book holds, though its instrument is subscribed to. */
export const BOOK_UNKNOWN_ORDER = 32;
/** Add or replace to a reference that is in use: the older order stays. */
export const BOOK_DUPLICATE_ORDER = 33;
/** More executed or cancelled than was left. */
export const BOOK_OVER_EXECUTION = 34;
/** Orders refused because the order table is full. */
export const BOOK_ORDERS_FULL = 35;
/** Orders refused because the level pool is full. */
export const BOOK_LEVELS_FULL = 36;
/** Orders whose price or quantity does not divide by the unit or fit int32, or whose side is none. */
export const BOOK_INEXACT_ORDER = 37;
/** The same of trades: counted, not shown. */
export const BOOK_INEXACT_TRADE = 38;
/** Order messages whose locate is not that of the order. */
export const BOOK_MISMATCH = 39;
/** Trades of one packet beyond the queue: not handed to strategies. */
export const BOOK_TRADES_DROPPED = 40;
/** Broken trades: volume and last price are not corrected. */
export const BOOK_BROKEN_TRADES = 41;
/** "*": instruments beyond max_instruments, not subscribed. */
export const BOOK_INSTRUMENTS_FULL = 42;
/** Status codes not in the edition: the instrument is treated as not tradable. */
export const BOOK_UNKNOWN_STATUS = 43;
/** Trades inside a known gap: in the volume, not handed to strategies. */
export const BOOK_TRADES_HIDDEN = 44;

export const BOOK_COUNTER_NAMES: Record<number, string> = {
  [BOOK_UNKNOWN_ORDER]: "book_unknown_order",
  [BOOK_DUPLICATE_ORDER]: "book_duplicate_order",
  [BOOK_OVER_EXECUTION]: "book_over_execution",
  [BOOK_ORDERS_FULL]: "book_orders_full",
  [BOOK_LEVELS_FULL]: "book_levels_full",
  [BOOK_INEXACT_ORDER]: "book_inexact_order",
  [BOOK_INEXACT_TRADE]: "book_inexact_trade",
  [BOOK_MISMATCH]: "book_mismatch",
  [BOOK_TRADES_DROPPED]: "book_trades_dropped",
  [BOOK_BROKEN_TRADES]: "book_broken_trades",
  [BOOK_INSTRUMENTS_FULL]: "book_instruments_full",
  [BOOK_UNKNOWN_STATUS]: "book_unknown_status",
  [BOOK_TRADES_HIDDEN]: "book_trades_hidden",
};
