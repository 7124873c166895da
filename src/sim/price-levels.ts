/**
 * One side of one symbol's book: price levels in order, and in each level the orders in order of
 * arrival. Best level last, so that the levels that change most cost the least to move.
 */

/** A price level. Orders are a doubly linked list, oldest first. */
export interface Level {
  readonly px: number;
  qty: number;
  count: number;
  head: VenueOrder | undefined;
  tail: VenueOrder | undefined;
}

/** An order as the venue knows it. Prices in 1/10000 of currency. */
export interface VenueOrder {
  /** Stays for the order's life: OrderID (37). */
  readonly id: number;
  /** Order reference of the feed; a replace that loses priority gives a new one. */
  ref: number;
  /** 0 = background flow, 1.. = index of an order session + 1. */
  readonly owner: number;
  readonly symbol: number;
  /** SIDE_BUY or SIDE_SELL. */
  readonly side: number;
  px: number;
  qty: number;
  cum: number;
  /** Sum of px * qty over the fills: AvgPx and cash. */
  notional: number;
  readonly market: boolean;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
  /** Sell short, and short exempt, for the price test. */
  readonly short: boolean;
  readonly shortExempt: boolean;
  /** Four characters, or empty: an attributed order appears as F on the feed. */
  readonly attribution: string;
  state: OrderState;
  level: Level | undefined;
  previous: VenueOrder | undefined;
  next: VenueOrder | undefined;
}

export type TimeInForce = "day" | "ioc" | "fok";
export type OrderState = "new" | "open" | "filled" | "canceled" | "rejected";

/** Quantity that may still trade. */
export function leavesOf(order: VenueOrder): number {
  return order.state === "open" || order.state === "new" ? order.qty - order.cum : 0;
}

export class PriceLevels {
  /** Worst first, best last. */
  private readonly levels: Level[] = [];

  /** side: SIDE_BUY has the highest price as its best. */
  constructor(private readonly side: number) {}

  get depth(): number {
    return this.levels.length;
  }

  best(): Level | undefined {
    return this.levels[this.levels.length - 1];
  }

  /** Level k from the best, 0 = best. */
  at(k: number): Level | undefined {
    return this.levels[this.levels.length - 1 - k];
  }

  /** Puts an order at the tail of its price. */
  add(order: VenueOrder): void {
    const at = this.search(order.px);
    let level = this.levels[at];
    if (level === undefined || level.px !== order.px) {
      level = { px: order.px, qty: 0, count: 0, head: undefined, tail: undefined };
      this.levels.splice(at, 0, level);
    }
    order.level = level;
    order.previous = level.tail;
    order.next = undefined;
    if (level.tail === undefined) level.head = order;
    else level.tail.next = order;
    level.tail = order;
    level.qty += order.qty - order.cum;
    level.count++;
  }

  /** Takes an order out; `leaves` is what it still counts for in its level. */
  remove(order: VenueOrder, leaves: number): void {
    const level = order.level!;
    if (order.previous === undefined) level.head = order.next;
    else order.previous.next = order.next;
    if (order.next === undefined) level.tail = order.previous;
    else order.next.previous = order.previous;
    level.qty -= leaves;
    level.count--;
    if (level.count === 0) this.levels.splice(this.search(level.px), 1);
    order.level = undefined;
    order.previous = undefined;
    order.next = undefined;
  }

  /** Shares within reach of an order that would pay up to `limit`. */
  available(limit: number, atMost: number): number {
    let sum = 0;
    for (let k = 0; k < this.depth && sum < atMost; k++) {
      const level = this.at(k)!;
      if (this.side * level.px < this.side * limit) break;
      sum += level.qty;
    }
    return sum;
  }

  /** Index of the price, or where it belongs. */
  private search(px: number): number {
    let low = 0;
    let high = this.levels.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.side * this.levels[middle]!.px < this.side * px) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
