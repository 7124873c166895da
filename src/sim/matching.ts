/**
 * Price-time matching, one order book per symbol. Everything that happens is told to a sink, in
 * the order in which a venue would publish it; nothing here knows of feeds or sessions.
 *
 * Prices are integers in 1/10000 of currency. Orders of the same owner may match each other.
 */
import { SIDE_BUY, SIDE_SELL } from "../core/codes.ts";
import { crossOf } from "./cross.ts";
import {
  leavesOf,
  type OrderState,
  PriceLevels,
  type TimeInForce,
  type VenueOrder,
} from "./price-levels.ts";

/** Trading states as ITCH 5.0 writes them: halted, paused, quotation only, trading. */
export type TradingState = "H" | "P" | "Q" | "T";

/** Why an order, or a change of one, was refused. */
export type Refusal =
  | "unknown-symbol"
  | "not-trading"
  | "would-cross"
  | "quantity"
  | "price"
  | "tick"
  | "short-sale"
  | "too-late";

/** What an owner asks for. */
export interface NewOrder {
  owner: number;
  symbol: number;
  side: number;
  qty: number;
  /** Ignored for market orders. */
  px: number;
  market?: boolean;
  timeInForce?: TimeInForce;
  postOnly?: boolean;
  short?: boolean;
  shortExempt?: boolean;
  attribution?: string;
}

export interface MatchingSink {
  /** The order passed the checks; trades, if any, follow. */
  onAccepted(order: VenueOrder): void;
  /** It is now displayed, with what is left of it. */
  onRested(order: VenueOrder): void;
  /** Both quantities are already reduced. */
  onTraded(maker: VenueOrder, taker: VenueOrder, px: number, qty: number, match: number): void;
  /** A resting order got smaller and kept its place. */
  onReduced(order: VenueOrder, qty: number): void;
  /** A resting order lost its place: `order.ref` is the new reference. */
  onMoved(order: VenueOrder, oldRef: number): void;
  /** The owner's replace took effect. Comes before the trades it may cause. */
  onReplaced(order: VenueOrder): void;
  /** A displayed order left the book without trading. `ref` is the reference it had. */
  onUnlisted(order: VenueOrder, ref: number): void;
  /** The order is done, `qty` of it unfilled. */
  onCanceled(order: VenueOrder, qty: number): void;
  /** One match of an auction; both orders were displayed. */
  onCrossed(buy: VenueOrder, sell: VenueOrder, px: number, qty: number, match: number): void;
  /** The auction as a whole. */
  onCross(symbol: number, px: number, qty: number, match: number): void;
  onStatus(symbol: number, state: TradingState): void;
  onShortRestriction(symbol: number, restricted: boolean): void;
}

export interface MatchingOptions {
  /** Tick per symbol, in 1/10000. Prices of displayed orders divide by it. */
  ticks: readonly number[];
  /** First order reference of the day. */
  firstRef: number;
  sink: MatchingSink;
}

/** Prices of the feed and of FIX fit 32 bits. */
const PX_MAX = 0x7fffffff;
const QTY_MAX = 999_999;

class SymbolBook {
  readonly bids = new PriceLevels(SIDE_BUY);
  readonly asks = new PriceLevels(SIDE_SELL);
  state: TradingState = "T";
  restricted = false;
  lastPx = 0;

  constructor(readonly tick: number) {}

  own(side: number): PriceLevels {
    return side === SIDE_BUY ? this.bids : this.asks;
  }

  contra(side: number): PriceLevels {
    return side === SIDE_BUY ? this.asks : this.bids;
  }
}

/** Where an order desk puts what clients ask for. What comes of it is told to its sink. */
export interface Matcher {
  submit(request: NewOrder): VenueOrder | Refusal;
  cancel(order: VenueOrder): boolean;
  replace(order: VenueOrder, qty: number, px: number): Refusal | undefined;
}

export class MatchingEngine implements Matcher {
  private readonly books: SymbolBook[];
  private readonly sink: MatchingSink;
  private nextRef: number;
  private nextId = 1;
  private nextMatch = 1;

  constructor(options: MatchingOptions) {
    this.books = options.ticks.map((tick) => new SymbolBook(tick));
    this.sink = options.sink;
    this.nextRef = options.firstRef;
  }

  /** Accepts and matches an order, or says why not. Nothing was told to the sink in that case. */
  submit(request: NewOrder): VenueOrder | Refusal {
    const refusal = this.check(request);
    if (refusal !== undefined) return refusal;
    const order = this.make(request);
    order.state = "open";
    this.sink.onAccepted(order);
    this.execute(order);
    return order;
  }

  /** Cancels a displayed order; false when it is done already. */
  cancel(order: VenueOrder): boolean {
    if (order.level === undefined) return false;
    this.unlist(order);
    this.finish(order, "canceled");
    return true;
  }

  /**
   * Changes quantity (total, with what has traded) and price. A smaller quantity at the same price
   * keeps its place, anything else goes to the tail, and may trade.
   */
  replace(order: VenueOrder, qty: number, px: number): Refusal | undefined {
    const book = this.books[order.symbol]!;
    if (order.level === undefined || qty <= order.cum) return "too-late";
    if (book.state === "H" || book.state === "P") return "not-trading";
    const refusal = checkAmounts(book, qty, px);
    if (refusal !== undefined) return refusal;
    const crosses = book.state === "T" && isMarketable(book, order.side, px);
    if (crosses && order.postOnly) return "would-cross";
    if (isShortRefused(book, order.side, px, order.short, order.shortExempt)) return "short-sale";
    if (px === order.px && qty <= order.qty) {
      this.reduce(order, qty);
      return undefined;
    }
    if (crosses) this.moveAndMatch(order, qty, px);
    else this.move(order, qty, px);
    return undefined;
  }

  /** Changes the trading state; leaving "Q" for "T" uncrosses the book in an auction. */
  setState(symbol: number, state: TradingState): void {
    const book = this.books[symbol]!;
    if (book.state === state) return;
    if (state === "T") this.auction(symbol, book);
    book.state = state;
    this.sink.onStatus(symbol, state);
  }

  setShortRestriction(symbol: number, restricted: boolean): void {
    this.books[symbol]!.restricted = restricted;
    this.sink.onShortRestriction(symbol, restricted);
  }

  state(symbol: number): TradingState {
    return this.books[symbol]!.state;
  }

  side(symbol: number, side: number): PriceLevels {
    return this.books[symbol]!.own(side);
  }

  /** Best price of a side, 0 when the side is empty. */
  bestPx(symbol: number, side: number): number {
    return this.books[symbol]!.own(side).best()?.px ?? 0;
  }

  /** Price of the last trade, 0 before the first. */
  lastPx(symbol: number): number {
    return this.books[symbol]!.lastPx;
  }

  private check(request: NewOrder): Refusal | undefined {
    const book = this.books[request.symbol];
    if (book === undefined) return "unknown-symbol";
    if (book.state === "H" || book.state === "P") return "not-trading";
    const immediate = request.market === true || (request.timeInForce ?? "day") !== "day";
    if (book.state === "Q" && immediate) return "not-trading";
    const px = request.market === true ? book.tick : request.px;
    const refusal = checkAmounts(book, request.qty, px);
    if (refusal !== undefined) return refusal;
    if (request.market === true) return undefined;
    if (request.postOnly === true && book.state === "T" && isMarketable(book, request.side, px)) {
      return "would-cross";
    }
    const short = request.short === true;
    if (isShortRefused(book, request.side, px, short, request.shortExempt === true)) {
      return "short-sale";
    }
    return undefined;
  }

  private make(request: NewOrder): VenueOrder {
    const market = request.market === true;
    return {
      id: this.nextId++,
      ref: this.nextRef++,
      owner: request.owner,
      symbol: request.symbol,
      side: request.side,
      px: market ? (request.side === SIDE_BUY ? PX_MAX : 1) : request.px,
      qty: request.qty,
      cum: 0,
      notional: 0,
      market,
      timeInForce: request.timeInForce ?? "day",
      postOnly: request.postOnly === true,
      short: request.short === true,
      shortExempt: request.shortExempt === true,
      attribution: request.attribution ?? "",
      state: "new",
      level: undefined,
      previous: undefined,
      next: undefined,
    };
  }

  private execute(order: VenueOrder): void {
    const book = this.books[order.symbol]!;
    const wanted = leavesOf(order);
    const fillable = book.contra(order.side).available(order.px, wanted);
    const kill = order.timeInForce === "fok" && fillable < wanted;
    if (book.state === "T" && !kill) this.match(book, order);
    if (leavesOf(order) === 0) return;
    if (order.market || order.timeInForce !== "day") this.finish(order, "canceled");
    else this.rest(order);
  }

  private match(book: SymbolBook, taker: VenueOrder): void {
    const contra = book.contra(taker.side);
    for (let level = contra.best(); level !== undefined; level = contra.best()) {
      if (taker.side * level.px > taker.side * taker.px) return;
      const maker = level.head!;
      const qty = Math.min(leavesOf(maker), leavesOf(taker));
      const px = level.px;
      fill(maker, px, qty);
      fill(taker, px, qty);
      level.qty -= qty;
      if (leavesOf(maker) === 0) contra.remove(maker, 0);
      book.lastPx = px;
      this.sink.onTraded(maker, taker, px, qty, this.nextMatch++);
      if (leavesOf(taker) === 0) return;
    }
  }

  private rest(order: VenueOrder): void {
    this.books[order.symbol]!.own(order.side).add(order);
    this.sink.onRested(order);
  }

  private unlist(order: VenueOrder): void {
    this.books[order.symbol]!.own(order.side).remove(order, leavesOf(order));
    this.sink.onUnlisted(order, order.ref);
  }

  private finish(order: VenueOrder, state: OrderState): void {
    const qty = leavesOf(order);
    order.state = state;
    this.sink.onCanceled(order, qty);
  }

  private reduce(order: VenueOrder, qty: number): void {
    const by = order.qty - qty;
    order.qty = qty;
    order.level!.qty -= by;
    if (by > 0) this.sink.onReduced(order, by);
    this.sink.onReplaced(order);
  }

  private move(order: VenueOrder, qty: number, px: number): void {
    const levels = this.books[order.symbol]!.own(order.side);
    const oldRef = order.ref;
    levels.remove(order, leavesOf(order));
    order.ref = this.nextRef++;
    order.qty = qty;
    order.px = px;
    levels.add(order);
    this.sink.onMoved(order, oldRef);
    this.sink.onReplaced(order);
  }

  private moveAndMatch(order: VenueOrder, qty: number, px: number): void {
    this.unlist(order);
    order.ref = this.nextRef++;
    order.qty = qty;
    order.px = px;
    this.sink.onReplaced(order);
    this.execute(order);
  }

  private auction(symbol: number, book: SymbolBook): void {
    const cross = crossOf(book.bids, book.asks, book.lastPx);
    if (cross === undefined) return;
    const match = this.nextMatch++;
    let left = cross.qty;
    while (left > 0) {
      const buy = book.bids.best()!.head!;
      const sell = book.asks.best()!.head!;
      const qty = Math.min(left, leavesOf(buy), leavesOf(sell));
      for (const order of [buy, sell]) {
        fill(order, cross.px, qty);
        order.level!.qty -= qty;
        if (leavesOf(order) === 0) book.own(order.side).remove(order, 0);
      }
      left -= qty;
      this.sink.onCrossed(buy, sell, cross.px, qty, match);
    }
    book.lastPx = cross.px;
    this.sink.onCross(symbol, cross.px, cross.qty, match);
  }
}

/** Reduces an order by a trade. */
export function fill(order: VenueOrder, px: number, qty: number): void {
  order.cum += qty;
  order.notional += px * qty;
  if (order.cum === order.qty) order.state = "filled";
}

function isMarketable(book: SymbolBook, side: number, px: number): boolean {
  const best = book.contra(side).best();
  return best !== undefined && side * px >= side * best.px;
}

function checkAmounts(book: SymbolBook, qty: number, px: number): Refusal | undefined {
  if (!Number.isInteger(qty) || qty <= 0 || qty > QTY_MAX) return "quantity";
  if (!Number.isInteger(px) || px <= 0 || px > PX_MAX) return "price";
  return px % book.tick === 0 ? undefined : "tick";
}

/** Reg SHO price test: while in force, a short sale must be priced above the best bid. */
function isShortRefused(
  book: SymbolBook,
  side: number,
  px: number,
  short: boolean,
  exempt: boolean,
): boolean {
  if (!book.restricted || side !== SIDE_SELL || !short || exempt) return false;
  const best = book.bids.best();
  return best !== undefined && px <= best.px;
}
