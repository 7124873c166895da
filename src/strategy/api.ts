/**
 * The module that a strategy file imports: `import { defineStrategy, z } from "hairpin"`.
 * Numbers only. Prices are int32 in the instrument's unit, quantities int32, times ns since the
 * start of the session date.
 */
import { z } from "zod";
import type { BookView } from "../book/view.ts";

export { BOOK_FULL, BOOK_INEXACT, BOOK_STALE } from "../book/flags.ts";
export type { BookView } from "../book/view.ts";
export {
  FEED_ENDED,
  FEED_GAP,
  FEED_LIVE,
  FEED_LOST,
  FEED_STALE,
  ORDER_EVENT_ACK,
  ORDER_EVENT_BUSTED,
  ORDER_EVENT_CANCEL_REJECTED,
  ORDER_EVENT_CANCELED,
  ORDER_EVENT_CORRECTED,
  ORDER_EVENT_EXPIRED,
  ORDER_EVENT_FILL,
  ORDER_EVENT_NEVER_REACHED,
  ORDER_EVENT_REJECTED,
  ORDER_EVENT_REPLACE_REJECTED,
  ORDER_EVENT_REPLACED,
  ORDER_EVENT_RESTATED,
  ORDER_EVENT_UNKNOWN,
  ORDER_FOK,
  ORDER_IOC,
  ORDER_MARKET,
  ORDER_POST_ONLY,
  ORDER_SHORT,
  ORDER_SHORT_EXEMPT,
  SIDE_BUY,
  SIDE_SELL,
  STATUS_HALTED,
  STATUS_PAUSED,
  STATUS_QUOTATION,
  STATUS_STATE_MASK,
  STATUS_TRADING,
} from "../core/codes.ts";
export { z };

/** What a strategy may do and see. One per strategy; the shadow has its own. */
export interface StrategyContext {
  /** Number of instruments, their indices are 0 .. instrumentCount-1. */
  readonly instrumentCount: number;
  /** Index of a symbol, or -1. For create() and onStart(), not for the path. */
  instrument(symbol: string): number;
  symbol(instrument: number): string;
  /** Currency per price unit, and per price unit and share (with the multiplier). */
  priceUnit(instrument: number): number;
  /** The tick at a price, in units. */
  tick(instrument: number, px: number): number;
  lot(instrument: number): number;
  book(instrument: number): BookView;
  /** STATUS_* in the low byte, flags above. */
  status(instrument: number): number;
  /** FEED_* of the feed that carries the instrument. */
  feedState(instrument: number): number;
  /** BOOK_*: why its book is not to be trusted now, and orders are denied; 0 = it may be trusted. */
  bookFlags(instrument: number): number;
  position(instrument: number): number;
  /** Currency. */
  realizedPnl(instrument: number): number;
  unrealizedPnl(instrument: number): number;
  armed(): boolean;
  /** ns since session start; stands still within one callback. */
  now(): number;
  /** Seeded, uniform in [0, 1). */
  random(): number;
  /** Order slot (>= 0), or a negative DENY_* code. Nothing was sent when it is negative. */
  send(instrument: number, side: number, qty: number, px: number, flags: number): number;
  /** 0, or a negative DENY_* code. */
  cancel(order: number): number;
  replace(order: number, qty: number, px: number): number;
  /** ORDER_* state, and the open remainder of an order. All are 0 for one of another strategy. */
  orderState(order: number): number;
  orderLeaves(order: number): number;
  orderPx(order: number): number;
  orderSide(order: number): number;
  /** Index of its instrument, -1 when the order is none of this strategy's. */
  orderInstrument(order: number): number;
  /** Calls onTimer(id) once, delayNs from now; ids 0..63, a second call moves it. */
  setTimer(id: number, delayNs: number): void;
  clearTimer(id: number): void;
}

/**
 * The callbacks. All are optional, plain functions, and read once, when create() returns; none may
 * allocate once armed. Neither Promises nor setTimeout run on the engine's thread.
 */
export interface Strategy {
  onStart?(): void;
  /** Once per changed instrument at the end of a packet. changed: 1 bid, 2 ask, 4 best, 8 depth. */
  onBook?(instrument: number, changed: number): void;
  onTrade?(instrument: number, px: number, qty: number, aggressor: number): void;
  onStatus?(instrument: number, status: number): void;
  onFeed?(feed: number, state: number): void;
  onOrder?(order: number, event: number, px: number, qty: number): void;
  onTimer?(id: number): void;
  onStop?(): void;
}

export interface StrategyDefinition<P extends z.ZodType = z.ZodType> {
  params: P;
  /** No side effects: it is called once more for the shadow that keeps the code warm. */
  create(ctx: StrategyContext, params: z.infer<P>): Strategy;
}

/** Gives a strategy its types. */
export function defineStrategy<P extends z.ZodType>(
  definition: StrategyDefinition<P>,
): StrategyDefinition<P> {
  return definition;
}
