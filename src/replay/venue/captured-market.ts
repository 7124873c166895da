/**
 * The matching of a replay: our orders against the book that was captured. The captured orders do not
 * know of ours, so this is a model, and its limits are these:
 *
 *   - nothing that we do moves the market: what we take of a level is there for others still, and for
 *     us not again until the level has vanished; who would have hit our quote hits the one behind it
 *   - a resting order is filled by trades at its price once what is ahead of it is gone (queue.ts), by
 *     trades beyond its price at once, and when the other side moves onto or through its price
 *   - auctions fill nobody, nor does a book that crosses while trading is halted; hidden liquidity is
 *     met by nobody
 *   - an order meets the book as it is in the capture when the order arrives (latency.ts). The capture
 *     shows the book when it reached the capturing host, not when it was so at the venue: add that
 *     one way to the latency to be careful
 *
 * Prices of orders are the venue's, 1/10000 of currency; those of books are the instrument's units.
 */
import type { Instruments } from "../../book/instruments.ts";
import type { BookView } from "../../book/view.ts";
import {
  SIDE_BUY,
  SIDE_SELL,
  STATUS_SHORT_RESTRICTED,
  STATUS_STATE_MASK,
  STATUS_TRADING,
} from "../../core/codes.ts";
import { fill, type Matcher, type NewOrder, type Refusal } from "../../sim/matching.ts";
import { type Level, leavesOf, type VenueOrder } from "../../sim/price-levels.ts";
import { aheadAfter, type QueueModel } from "./queue.ts";
import { TakenLevels } from "./taken-levels.ts";

/** What becomes of an order: sim/order-desk.ts tells its owner. */
export interface CapturedSink {
  accepted(order: VenueOrder): void;
  traded(order: VenueOrder, px: number, qty: number, liquidity: 1 | 2, match: number): void;
  replaced(order: VenueOrder): void;
  canceled(order: VenueOrder): void;
}

export interface CapturedMarketOptions {
  instruments: Instruments;
  /** By instrument, as the engine sees them: they are moved on by the replay, packet by packet. */
  views: readonly BookView[];
  /** STATUS_* by instrument. */
  status: Int32Array;
  /** Instrument of each symbol number of the desk. */
  symbols: readonly number[];
  queue: QueueModel;
  sink: CapturedSink;
}

interface Resting {
  order: VenueOrder;
  /** In units. */
  px: number;
  /** Shares in front of us. */
  ahead: number;
  /** Shares that the level showed when last looked at, less trades since. */
  levelQty: number;
}

const ADDED = 1;
const REMOVED = 2;
const QTY_MAX = 999_999;
const PX_MAX = 0x7fffffff;
/** Venue price units in one of currency. */
const VENUE_UNITS = 10_000;

export class CapturedMarket implements Matcher {
  private readonly o: CapturedMarketOptions;
  /** By instrument; of one side the better price first, of one price the older. */
  private readonly resting: Resting[][];
  private readonly taken = new TakenLevels();
  private readonly market: number[] = [];
  private nextId = 1;
  private nextMatch = 1;

  /** Throws one sentence when an instrument's prices are finer than the venue's. */
  constructor(options: CapturedMarketOptions) {
    this.o = options;
    const { instruments } = options;
    this.resting = Array.from({ length: instruments.capacity }, () => []);
    for (const i of options.symbols) {
      const scale = instruments.priceUnit[i]! * VENUE_UNITS;
      this.market[i] = Math.round(scale);
      if (Math.abs(scale - Math.round(scale)) > 1e-6 || scale < 0.5) {
        throw new Error(
          `instrument ${instruments.definitions[i]!.symbol}: its price_unit is finer than the simulated venue's 0.0001`,
        );
      }
    }
  }

  // ---- what the desk asks for -------------------------------------------------------------------

  submit(request: NewOrder): VenueOrder | Refusal {
    const i = this.o.symbols[request.symbol];
    if (i === undefined) return "unknown-symbol";
    const isMarket = request.market === true;
    const px = isMarket ? this.farPx(i, request.side) : request.px;
    const refusal = this.check(i, request.qty, px);
    if (refusal !== undefined) return refusal;
    if (request.postOnly === true && this.isMarketable(i, request.side, px)) return "would-cross";
    const isShort = request.short === true && request.shortExempt !== true;
    if (isShort && this.isShortRefused(i, request.side, px)) return "short-sale";
    const order = this.make(request, px);
    order.state = "open";
    this.o.sink.accepted(order);
    this.execute(i, order);
    return order;
  }

  cancel(order: VenueOrder): boolean {
    if (order.level === undefined) return false;
    this.unlist(order);
    this.finish(order);
    return true;
  }

  replace(order: VenueOrder, qty: number, px: number): Refusal | undefined {
    if (order.level === undefined || qty <= order.cum) return "too-late";
    const i = this.o.symbols[order.symbol]!;
    const refusal = this.check(i, qty, px);
    if (refusal !== undefined) return refusal;
    if (order.postOnly && this.isMarketable(i, order.side, px)) return "would-cross";
    if (order.short && !order.shortExempt && this.isShortRefused(i, order.side, px)) {
      return "short-sale";
    }
    const keepsPlace = px === order.px && qty <= order.qty;
    if (!keepsPlace) this.unlist(order);
    order.qty = qty;
    order.px = px;
    this.o.sink.replaced(order);
    if (!keepsPlace) this.execute(i, order);
    return undefined;
  }

  // ---- what the capture shows -------------------------------------------------------------------

  /** A captured trade. aggressor: the side that took, 0 = not told: such trades fill nobody. */
  onTrade(i: number, px: number, qty: number, aggressor: number): void {
    const list = this.resting[i]!;
    if (list.length === 0 || aggressor === 0 || !this.isTrading(i)) return;
    let ours = 0;
    for (const r of [...list]) {
      if (r.order.side !== -aggressor) continue;
      const beyond = r.order.side * (r.px - px);
      if (beyond < 0) continue;
      const reach = beyond > 0 ? qty : qty - r.ahead;
      const fillable = Math.min(leavesOf(r.order), reach - ours);
      if (beyond === 0) {
        r.ahead = Math.max(0, r.ahead - qty);
        r.levelQty = Math.max(0, r.levelQty - qty);
      }
      if (fillable <= 0) continue;
      ours += fillable;
      this.fillResting(i, r, fillable);
    }
  }

  /** The captured book changed: queues move, and what the other side has moved onto is filled. */
  onBook(i: number): void {
    const view = this.o.views[i]!;
    if (this.taken.has(i)) this.taken.forgetVanished(i, (side, px) => qtyAt(view, side, px));
    const list = this.resting[i]!;
    if (list.length === 0) return;
    const isTrading = this.isTrading(i);
    for (const r of [...list]) {
      const now = qtyAt(view, r.order.side, r.px);
      r.ahead = aheadAfter(this.o.queue, r.ahead, r.levelQty, now);
      r.levelQty = now;
      if (!isTrading) continue;
      const other = this.takeDisplayed(i, r.order.side, r.px, leavesOf(r.order));
      if (other > 0) this.fillResting(i, r, other);
    }
  }

  /** Orders of ours that rest. */
  openCount(): number {
    return this.resting.reduce((n, list) => n + list.length, 0);
  }

  // ---- inside -----------------------------------------------------------------------------------

  private check(i: number, qty: number, px: number): Refusal | undefined {
    if (!this.isTrading(i)) return "not-trading";
    if (!Number.isInteger(qty) || qty <= 0 || qty > QTY_MAX) return "quantity";
    if (!Number.isInteger(px) || px <= 0 || px > PX_MAX) return "price";
    const units = px / this.market[i]!;
    if (!Number.isInteger(units)) return "tick";
    return units % this.o.instruments.tickAt(i, units) === 0 ? undefined : "tick";
  }

  private isTrading(i: number): boolean {
    return (this.o.status[i]! & STATUS_STATE_MASK) === STATUS_TRADING;
  }

  private make(request: NewOrder, px: number): VenueOrder {
    return {
      id: this.nextId,
      ref: this.nextId++,
      owner: request.owner,
      symbol: request.symbol,
      side: request.side,
      px,
      qty: request.qty,
      cum: 0,
      notional: 0,
      market: request.market === true,
      timeInForce: request.timeInForce ?? "day",
      postOnly: request.postOnly === true,
      short: request.short === true,
      shortExempt: request.shortExempt === true,
      attribution: "",
      state: "new",
      level: undefined,
      previous: undefined,
      next: undefined,
    };
  }

  private execute(i: number, order: VenueOrder): void {
    const px = order.px / this.market[i]!;
    const wanted = leavesOf(order);
    const isKilled =
      order.timeInForce === "fok" && this.displayed(i, order.side, px, wanted) < wanted;
    if (!isKilled) this.takeLevels(i, order, px);
    if (leavesOf(order) === 0) return;
    if (order.market || order.timeInForce !== "day") this.finish(order);
    else this.rest(i, order, px);
  }

  /** Takes from the other side, level by level, at the levels' prices. */
  private takeLevels(i: number, order: VenueOrder, limit: number): void {
    const view = this.o.views[i]!;
    const contra = -order.side;
    for (let k = 0; leavesOf(order) > 0; k++) {
      const px = pxOf(view, contra, k);
      if (px === 0 || order.side * (limit - px) < 0) return;
      const qty = this.taken.take(i, contra, px, leavesOf(order), qtyOf(view, contra, k));
      if (qty > 0) this.trade(i, order, px, qty, REMOVED);
    }
  }

  /** Takes what the other side shows up to `px`, at most `wanted`; how much. */
  private takeDisplayed(i: number, side: number, px: number, wanted: number): number {
    const view = this.o.views[i]!;
    let sum = 0;
    for (let k = 0; sum < wanted; k++) {
      const at = pxOf(view, -side, k);
      if (at === 0 || side * (px - at) < 0) break;
      sum += this.taken.take(i, -side, at, wanted - sum, qtyOf(view, -side, k));
    }
    return sum;
  }

  private displayed(i: number, side: number, limit: number, wanted: number): number {
    const view = this.o.views[i]!;
    let sum = 0;
    for (let k = 0; sum < wanted; k++) {
      const px = pxOf(view, -side, k);
      if (px === 0 || side * (limit - px) < 0) break;
      sum += this.taken.left(i, -side, px, qtyOf(view, -side, k));
    }
    return sum;
  }

  private rest(i: number, order: VenueOrder, px: number): void {
    const levelQty = qtyAt(this.o.views[i]!, order.side, px);
    order.level = openLevel(order.px);
    const list = this.resting[i]!;
    const { side } = order;
    const worse = list.findIndex((r) => r.order.side === side && side * (px - r.px) > 0);
    list.splice(worse < 0 ? list.length : worse, 0, { order, px, ahead: levelQty, levelQty });
  }

  private unlist(order: VenueOrder): void {
    const list = this.resting[this.o.symbols[order.symbol]!]!;
    const at = list.findIndex((r) => r.order === order);
    if (at >= 0) list.splice(at, 1);
    order.level = undefined;
  }

  private finish(order: VenueOrder): void {
    order.state = "canceled";
    this.o.sink.canceled(order);
  }

  private fillResting(i: number, r: Resting, qty: number): void {
    this.trade(i, r.order, r.px, qty, ADDED);
    if (leavesOf(r.order) === 0) this.unlist(r.order);
  }

  private trade(i: number, order: VenueOrder, px: number, qty: number, liquidity: 1 | 2): void {
    const venuePx = px * this.market[i]!;
    fill(order, venuePx, qty);
    this.o.sink.traded(order, venuePx, qty, liquidity, this.nextMatch++);
  }

  private isMarketable(i: number, side: number, venuePx: number): boolean {
    const best = pxOf(this.o.views[i]!, -side, 0);
    return best !== 0 && side * (venuePx / this.market[i]! - best) >= 0;
  }

  /** Regulation SHO, Rule 201: while restricted, no short sale at or below the best bid. */
  private isShortRefused(i: number, side: number, venuePx: number): boolean {
    if (side !== SIDE_SELL || (this.o.status[i]! & STATUS_SHORT_RESTRICTED) === 0) return false;
    const bid = this.o.views[i]!.bidPx(0);
    return bid !== 0 && venuePx / this.market[i]! <= bid;
  }

  /** A price that every market order is inside of. */
  private farPx(i: number, side: number): number {
    if (side === SIDE_SELL) return this.o.instruments.tickAt(i, 1) * this.market[i]!;
    const top = Math.floor(PX_MAX / this.market[i]!);
    return (top - (top % this.o.instruments.tickAt(i, top))) * this.market[i]!;
  }
}

function pxOf(view: BookView, side: number, k: number): number {
  return side === SIDE_BUY ? view.bidPx(k) : view.askPx(k);
}

function qtyOf(view: BookView, side: number, k: number): number {
  return side === SIDE_BUY ? view.bidQty(k) : view.askQty(k);
}

/** Shares that the book shows at a price, 0 when it has no such level. */
function qtyAt(view: BookView, side: number, px: number): number {
  for (let k = 0; ; k++) {
    const at = pxOf(view, side, k);
    if (at === 0 || side * (at - px) < 0) return 0;
    if (at === px) return qtyOf(view, side, k);
  }
}

/** Marks an order as one that rests: the desk asks for no more of a level than that it is there. */
function openLevel(px: number): Level {
  return { px, qty: 0, count: 0, head: undefined, tail: undefined };
}
