// @hot
/**
 * Built-in momentum taker: when the mid price has moved by so many ticks within a window, it takes
 * the best price in that direction with an immediate-or-cancel order, then waits.
 *
 * The window is a ring of BUCKETS mid prices per instrument, each the last one before its end.
 */
import {
  FEED_LIVE,
  ORDER_IOC,
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
    .describe("Quantity of one order, shares; rounded down to the lot."),
  move_ticks: z
    .number()
    .gt(0)
    .max(100_000)
    .default(5)
    .describe("Move of the mid price that it follows, ticks."),
  window_ms: z
    .int()
    .min(1)
    .max(3_600_000)
    .default(1000)
    .describe("Time within which the price must have moved, ms."),
  cooldown_ms: z
    .int()
    .min(0)
    .max(3_600_000)
    .default(1000)
    .describe("Wait after an order, per instrument, ms."),
  max_inventory_shares: z
    .int()
    .min(1)
    .max(100_000_000)
    .default(500)
    .describe("Largest position it builds, shares."),
  mark_short: z
    .boolean()
    .default(true)
    .describe("Marks sales beyond the position as short, as US equities need."),
});

export type TakerParams = z.infer<typeof paramsSchema>;

const BUCKETS = 16;
const NO_ORDER = -1;
const BEST = 4;

class Taker implements Strategy {
  private readonly ctx: StrategyContext;
  private readonly size: number;
  private readonly moveTicks: number;
  private readonly bucketNs: number;
  private readonly cooldownNs: number;
  private readonly maxInventory: number;
  private readonly markShort: boolean;
  private readonly mids: Float64Array;
  /** Number of the bucket last written, 0 = none yet. */
  private readonly bucket: Float64Array;
  private readonly order: Int32Array;
  private readonly quietUntilNs: Float64Array;

  constructor(ctx: StrategyContext, params: TakerParams) {
    const n = ctx.instrumentCount;
    this.ctx = ctx;
    this.size = params.size_shares;
    this.moveTicks = params.move_ticks;
    this.bucketNs = (params.window_ms * 1e6) / BUCKETS;
    this.cooldownNs = params.cooldown_ms * 1e6;
    this.maxInventory = params.max_inventory_shares;
    this.markShort = params.mark_short;
    this.mids = new Float64Array(new ArrayBuffer(8 * BUCKETS * n));
    this.bucket = new Float64Array(new ArrayBuffer(8 * n));
    this.order = new Int32Array(new ArrayBuffer(4 * n)).fill(NO_ORDER);
    this.quietUntilNs = new Float64Array(new ArrayBuffer(8 * n));
  }

  onBook(i: number, changed: number): void {
    if ((changed & BEST) === 0) return;
    const book = this.ctx.book(i);
    const bid = book.bidPx(0);
    const ask = book.askPx(0);
    if (bid <= 0 || ask <= bid) {
      this.bucket[i] = 0;
      return;
    }
    const mid = (bid + ask) / 2;
    const before = this.remember(i, mid);
    const move = (mid - before) / this.ctx.tick(i, bid);
    if (move >= this.moveTicks) this.take(i, SIDE_BUY, ask);
    else if (move <= -this.moveTicks) this.take(i, SIDE_SELL, bid);
  }

  onFeed(_feed: number, state: number): void {
    // Prices from before a gap are no measure of a move.
    if (state !== FEED_LIVE) this.bucket.fill(0);
  }

  onOrder(order: number, _event: number, _px: number, _qty: number): void {
    const i = this.ctx.orderInstrument(order);
    if (i < 0 || this.order[i] !== order) return;
    if (!orderIsLive(this.ctx.orderState(order))) this.order[i] = NO_ORDER;
  }

  /** Puts the mid price in its bucket; returns the oldest one in the window. */
  private remember(i: number, mid: number): number {
    const base = i * BUCKETS;
    const now = Math.floor(this.ctx.now() / this.bucketNs) + 1;
    const last = this.bucket[i]!;
    if (last === 0 || now - last >= BUCKETS) {
      // Nothing within the window but the price that stood until now.
      const stood = last === 0 ? mid : this.mids[base + (last % BUCKETS)]!;
      for (let b = 0; b < BUCKETS; b++) this.mids[base + b] = stood;
    } else {
      const stood = this.mids[base + (last % BUCKETS)]!;
      for (let b = last + 1; b < now; b++) this.mids[base + (b % BUCKETS)] = stood;
    }
    const oldest = this.mids[base + ((now + 1) % BUCKETS)]!;
    this.mids[base + (now % BUCKETS)] = mid;
    this.bucket[i] = now;
    return oldest;
  }

  private take(i: number, side: number, px: number): void {
    const ctx = this.ctx;
    if (this.order[i] !== NO_ORDER || ctx.now() < this.quietUntilNs[i]! || !ctx.armed()) return;
    if (ctx.feedState(i) !== FEED_LIVE) return;
    if ((ctx.status(i) & STATUS_STATE_MASK) !== STATUS_TRADING) return;
    const position = ctx.position(i);
    const room = this.maxInventory - side * position;
    let qty = Math.min(this.size, room);
    if (qty <= 0) return;
    qty -= qty % ctx.lot(i);
    if (qty <= 0) return;
    const isShort = side === SIDE_SELL && this.markShort && position < qty;
    const order = ctx.send(i, side, qty, px, isShort ? ORDER_IOC | ORDER_SHORT : ORDER_IOC);
    this.quietUntilNs[i] = ctx.now() + this.cooldownNs;
    if (order >= 0) this.order[i] = order;
  }
}

/** @cold */
function create(ctx: StrategyContext, params: TakerParams): Strategy {
  return new Taker(ctx, params);
}

export const taker = defineStrategy({ params: paramsSchema, create });
