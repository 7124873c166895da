// @hot
/**
 * Orders that no strategy asked for, on the shadow: strategies may send seldom, and an order path
 * that has run a few hundred times is not compiled yet. Each step sends, replaces or cancels through
 * the shadow's gate, session and journal.
 */

import type { Instruments } from "../book/instruments.ts";
import type { BookView } from "../book/view.ts";
import {
  ORDER_IOC,
  ORDER_POST_ONLY,
  ORDER_SHORT,
  orderIsLive,
  SIDE_BUY,
  SIDE_SELL,
} from "../core/codes.ts";
import type { Orders } from "../order/orders.ts";
import type { Exposure } from "../risk/exposure.ts";
import type { Positions } from "../risk/positions.ts";

/** Orders of the drill that may rest at a time. */
const RESTING = 8;
/** Steps after which positions are set back to nothing, so that no limit stops the warming. */
const FLAT_EVERY = 64;
const NO_STRATEGY = -1;
const EMPTY = -1;

export class Drill {
  private readonly instruments: Instruments;
  private readonly books: readonly BookView[];
  private readonly orders: Orders;
  private readonly positions: Positions;
  private readonly exposure: Exposure;
  private readonly resting: Int32Array;
  private steps = 0;

  constructor(
    instruments: Instruments,
    books: readonly BookView[],
    orders: Orders,
    positions: Positions,
    exposure: Exposure,
  ) {
    this.instruments = instruments;
    this.books = books;
    this.orders = orders;
    this.positions = positions;
    this.exposure = exposure;
    this.resting = new Int32Array(new ArrayBuffer(4 * RESTING)).fill(EMPTY);
  }

  step(): void {
    if (this.instruments.count === 0) return;
    const step = ++this.steps;
    if (step % FLAT_EVERY === 0) this.flatten();
    const at = step % RESTING;
    const slot = this.resting[at]!;
    if (slot !== EMPTY && orderIsLive(this.orders.state(slot))) {
      this.change(slot, step);
      return;
    }
    this.resting[at] = EMPTY;
    const i = step % this.instruments.count;
    if (this.instruments.session[i]! < 0) return;
    const code = this.open(i, step);
    if (code >= 0) this.resting[at] = code;
  }

  private change(slot: number, step: number): void {
    const px = this.orders.px(slot);
    const i = this.orders.instrument(slot);
    if ((step & 3) === 1) {
      const tick = this.instruments.tickAt(i, px);
      const away = this.orders.side(slot) === SIDE_BUY ? px - tick : px + tick;
      this.orders.replace(NO_STRATEGY, slot, this.orders.leaves(slot), away);
    } else this.orders.cancel(NO_STRATEGY, slot);
  }

  private open(i: number, step: number): number {
    const book = this.books[i]!;
    const bid = book.bidPx(0);
    const ask = book.askPx(0);
    if (bid <= 0 || ask <= 0) return EMPTY;
    // Two lots can be filled in part; one passes any limit that an order can pass.
    const qty = this.instruments.lot[i]! * (1 + ((step >> 5) & 1));
    const kind = (step >> 3) & 3;
    if (kind === 0) return this.send(i, SIDE_BUY, qty, bid, ORDER_POST_ONLY);
    if (kind === 1) return this.send(i, SIDE_SELL, qty, ask, ORDER_SHORT | ORDER_POST_ONLY);
    if (kind === 2) return this.send(i, SIDE_BUY, qty, ask, ORDER_IOC);
    return this.send(i, SIDE_SELL, qty, bid, ORDER_IOC | ORDER_SHORT);
  }

  private send(i: number, side: number, qty: number, px: number, flags: number): number {
    return this.orders.send(NO_STRATEGY, i, side, qty, px, flags);
  }

  private flatten(): void {
    for (let i = 0; i < this.instruments.count; i++) {
      this.positions.start(i, 0, 0);
      this.exposure.refresh(i);
    }
  }
}
