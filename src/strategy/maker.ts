// @hot
/**
 * Built-in market maker: one post-only quote on each side of the mid price, moved against inventory,
 * pulled when the feed is not live or trading stops. Never two orders on a side: while anything is
 * under way with a quote, it is left alone.
 */
import {
  DENY_BACKPRESSURE,
  DENY_RATE,
  DENY_SELF_MATCH,
  FEED_LIVE,
  ORDER_EVENT_EXPIRED,
  ORDER_EVENT_FILL,
  ORDER_EVENT_REJECTED,
  ORDER_OPEN,
  ORDER_PENDING_NEW,
  ORDER_PENDING_REPLACE,
  ORDER_POST_ONLY,
  ORDER_SHORT,
  orderIsLive,
  SIDE_BUY,
  SIDE_SELL,
  STATUS_STATE_MASK,
  STATUS_TRADING,
} from "../core/codes.ts";
import { defineStrategy, type Strategy, type StrategyContext, z } from "./api.ts";

const paramsSchema = z.strictObject({
  size_shares: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(100)
    .describe("Quantity of each quote, shares; rounded down to the lot."),
  spread_ticks: z
    .int()
    .min(1)
    .max(10_000)
    .default(2)
    .describe("Distance between the two quotes, ticks."),
  skew_ticks: z
    .number()
    .min(0)
    .max(10_000)
    .default(2)
    .describe("How far both quotes move against a full inventory, ticks."),
  max_inventory_shares: z
    .int()
    .min(1)
    .max(100_000_000)
    .default(500)
    .describe("Position at which a side stops quoting, shares."),
  requote_ticks: z
    .int()
    .min(1)
    .max(10_000)
    .default(1)
    .describe("A quote moves when its price is off by so much, ticks."),
  refresh_ms: z
    .int()
    .min(1)
    .max(60_000)
    .default(50)
    .describe("Quotes are looked at so often when the book is quiet, ms."),
  mark_short: z
    .boolean()
    .default(true)
    .describe("Marks sales beyond the position as short, as US equities need."),
});

export type MakerParams = z.infer<typeof paramsSchema>;

const NO_ORDER = -1;
const REFRESH_TIMER = 0;
const BEST = 4;

class Maker implements Strategy {
  private readonly ctx: StrategyContext;
  private readonly size: number;
  private readonly spreadTicks: number;
  private readonly skewTicks: number;
  private readonly maxInventory: number;
  private readonly requoteTicks: number;
  private readonly refreshNs: number;
  private readonly markShort: boolean;
  /** By instrument and side (buy 0, sell 1): the quote's order, and how much of it is filled. */
  private readonly order: Int32Array;
  private readonly filled: Int32Array;

  constructor(ctx: StrategyContext, params: MakerParams) {
    this.ctx = ctx;
    this.size = params.size_shares;
    this.spreadTicks = params.spread_ticks;
    this.skewTicks = params.skew_ticks;
    this.maxInventory = params.max_inventory_shares;
    this.requoteTicks = params.requote_ticks;
    this.refreshNs = params.refresh_ms * 1e6;
    this.markShort = params.mark_short;
    this.order = new Int32Array(new ArrayBuffer(8 * ctx.instrumentCount)).fill(NO_ORDER);
    this.filled = new Int32Array(new ArrayBuffer(8 * ctx.instrumentCount));
  }

  onStart(): void {
    this.ctx.setTimer(REFRESH_TIMER, this.refreshNs);
  }

  onBook(instrument: number, changed: number): void {
    if ((changed & BEST) !== 0) this.quote(instrument);
  }

  onStatus(instrument: number, _status: number): void {
    this.quote(instrument);
  }

  onFeed(_feed: number, _state: number): void {
    this.quoteAll();
  }

  onTimer(_id: number): void {
    this.quoteAll();
    this.ctx.setTimer(REFRESH_TIMER, this.refreshNs);
  }

  onOrder(order: number, event: number, _px: number, qty: number): void {
    const instrument = this.ctx.orderInstrument(order);
    if (instrument < 0) return;
    const at = 2 * instrument + (this.ctx.orderSide(order) === SIDE_BUY ? 0 : 1);
    if (this.order[at] !== order) return;
    if (event === ORDER_EVENT_FILL) this.filled[at]! += qty;
    if (!orderIsLive(this.ctx.orderState(order))) this.order[at] = NO_ORDER;
    // After a refusal the next look at the market is soon enough: no loop of refusals.
    if (event !== ORDER_EVENT_REJECTED && event !== ORDER_EVENT_EXPIRED) this.quote(instrument);
  }

  onStop(): void {
    for (let i = 0; i < this.ctx.instrumentCount; i++) this.pull(i);
  }

  private quoteAll(): void {
    for (let i = 0; i < this.ctx.instrumentCount; i++) this.quote(i);
  }

  private quote(i: number): void {
    const ctx = this.ctx;
    const book = ctx.book(i);
    const bid = book.bidPx(0);
    const ask = book.askPx(0);
    const isTrading = (ctx.status(i) & STATUS_STATE_MASK) === STATUS_TRADING;
    if (!ctx.armed() || ctx.feedState(i) !== FEED_LIVE || !isTrading || bid <= 0 || ask <= bid) {
      this.pull(i);
      return;
    }
    const tick = ctx.tick(i, bid);
    const position = ctx.position(i);
    const skew = (position / this.maxInventory) * this.skewTicks * tick;
    const fair = (bid + ask) / 2 - skew;
    const half = (this.spreadTicks * tick) / 2;
    // Never at or through the other side: a post-only order would be refused.
    const buyPx = Math.min(Math.floor((fair - half) / tick) * tick, ask - tick);
    const sellPx = Math.max(Math.ceil((fair + half) / tick) * tick, bid + tick);
    this.quoteSide(i, SIDE_BUY, buyPx, this.quantity(i, this.maxInventory - position), tick);
    this.quoteSide(i, SIDE_SELL, sellPx, this.quantity(i, this.maxInventory + position), tick);
  }

  private quantity(i: number, room: number): number {
    const qty = Math.min(this.size, room);
    return qty <= 0 ? 0 : qty - (qty % this.ctx.lot(i));
  }

  private quoteSide(i: number, side: number, px: number, qty: number, tick: number): void {
    const at = 2 * i + (side === SIDE_BUY ? 0 : 1);
    const order = this.order[at]!;
    if (order === NO_ORDER) {
      if (qty > 0 && px > 0) this.open(i, at, side, px, qty);
      return;
    }
    const ctx = this.ctx;
    if (ctx.orderState(order) !== ORDER_OPEN) return;
    if (qty === 0 || px <= 0) {
      ctx.cancel(order);
      return;
    }
    const isOff = Math.abs(ctx.orderPx(order) - px) >= this.requoteTicks * tick;
    // Inventory may leave less room than the quote still has open.
    if (!isOff && ctx.orderLeaves(order) <= qty) return;
    // A sale keeps its short mark in a replace, so one that would need the other mark is cancelled.
    const total = this.filled[at]! + qty;
    if (side === SIDE_SELL && this.markShort && ctx.orderLeaves(order) !== qty) ctx.cancel(order);
    else if (!passes(ctx.replace(order, total, px))) ctx.cancel(order);
  }

  private open(i: number, at: number, side: number, px: number, qty: number): void {
    const isShort = side === SIDE_SELL && this.markShort && this.ctx.position(i) < qty;
    const flags = isShort ? ORDER_POST_ONLY | ORDER_SHORT : ORDER_POST_ONLY;
    const order = this.ctx.send(i, side, qty, px, flags);
    if (order < 0) return;
    this.order[at] = order;
    this.filled[at] = 0;
  }

  private pull(i: number): void {
    this.pullOrder(this.order[2 * i]!);
    this.pullOrder(this.order[2 * i + 1]!);
  }

  private pullOrder(order: number): void {
    if (order === NO_ORDER) return;
    const state = this.ctx.orderState(order);
    // Anything else is under way to its end already, or of unknown fate.
    const isResting = state === ORDER_OPEN || state === ORDER_PENDING_NEW;
    if (isResting || state === ORDER_PENDING_REPLACE) this.ctx.cancel(order);
  }
}

/**
 * True for the answer to a replace after which the quote may stand: it went out, or it has to wait
 * (for the rate, the socket, or our other quote, which stands in the way until it has moved).
 */
function passes(code: number): boolean {
  return code >= 0 || code === DENY_SELF_MATCH || code === DENY_RATE || code === DENY_BACKPRESSURE;
}

/** @cold */
function create(ctx: StrategyContext, params: MakerParams): Strategy {
  return new Maker(ctx, params);
}

export const maker = defineStrategy({ params: paramsSchema, create });
