/**
 * Orders around a price that moves, for packets of warm-up: what happens to them is drawn from a
 * seed and told to a scribe, who writes it in the messages of a protocol.
 */
import type { Instruments } from "../../book/instruments.ts";
import { toUnits } from "../../book/instruments.ts";

export interface WarmOrder {
  ref: number;
  side: "B" | "S";
  shares: number;
  /** As the scribe gives prices. */
  px: number;
}

/** `i`: index of the instrument. Orders are as they are afterwards. */
export interface WarmScribe {
  /** Price on the feed of that many of the instrument's price units; a whole number above 0. */
  price(i: number, units: number): number;
  add(i: number, order: WarmOrder, isAttributed: boolean): void;
  remove(i: number, order: WarmOrder): void;
  /** `by` shares fewer. */
  reduce(i: number, order: WarmOrder, by: number): void;
  /** Under a new reference, where the protocol has such. */
  replace(i: number, order: WarmOrder, oldRef: number): void;
  execute(i: number, order: WarmOrder, shares: number, isPriced: boolean): void;
  /** Against an order that nobody saw. */
  trade(i: number, shares: number, px: number): void;
}

/** Ticks that a walk strays from where it began. */
const STRAY_TICKS = 20;

/**
 * What the price has passed is executed or deleted before anything else comes: on a crossed book a
 * strategy does nothing, and warms nothing.
 */
export class Walk {
  private readonly orders: WarmOrder[] = [];
  private nextRef: number;
  private readonly base: number;
  private mid: number;
  private readonly tick: number;

  constructor(
    private readonly scribe: WarmScribe,
    instruments: Instruments,
    private readonly instrument: number,
    price: number,
    private readonly random: () => number,
  ) {
    const definition = instruments.definitions[instrument]!;
    const px = toUnits(price, definition.priceUnit);
    const base = Number.isNaN(px) ? 1000 : px;
    this.tick = scribe.price(instrument, instruments.tickAt(instrument, base));
    const ticks = Math.max(2 * STRAY_TICKS, Math.round(scribe.price(instrument, base) / this.tick));
    this.base = ticks * this.tick;
    this.mid = this.base;
    this.nextRef = (instrument + 1) * 1_000_000;
  }

  step(): void {
    const draw = this.random();
    const passed = this.orders.findIndex((o) =>
      o.side === "B" ? o.px >= this.mid : o.px <= this.mid,
    );
    if (passed >= 0) {
      const order = this.orders[passed]!;
      if (draw < 0.5) this.remove(passed, order);
      else this.execute(passed, order, draw > 0.9);
      return;
    }
    if (this.orders.length < 12 || (draw < 0.4 && this.orders.length < 60)) {
      this.add();
      return;
    }
    const index = Math.floor(this.random() * this.orders.length);
    const order = this.orders[index]!;
    if (draw < 0.5) this.remove(index, order);
    else if (draw < 0.6 && order.shares > 100) {
      order.shares -= 100;
      this.scribe.reduce(this.instrument, order, 100);
    } else if (draw < 0.75) this.replace(order);
    else if (draw < 0.93) this.execute(index, order, draw > 0.9);
    else this.move();
  }

  /** Deletes whatever rests. */
  clear(): void {
    for (const order of this.orders.splice(0)) this.scribe.remove(this.instrument, order);
  }

  private move(): void {
    const up = 0.5 - (this.mid - this.base) / (2 * STRAY_TICKS * this.tick);
    this.mid += (this.random() < up ? 1 : -1) * this.tick * Math.ceil(this.random() * 4);
    this.scribe.trade(this.instrument, 100, this.mid);
  }

  private remove(index: number, order: WarmOrder): void {
    this.orders.splice(index, 1);
    this.scribe.remove(this.instrument, order);
  }

  private add(): void {
    const side = this.random() < 0.5 ? "B" : "S";
    const away = 1 + Math.floor(this.random() * 6);
    const px = this.mid + (side === "B" ? -away : away) * this.tick;
    const shares = 100 * (1 + Math.floor(this.random() * 9));
    const order: WarmOrder = { ref: this.nextRef++, side, shares, px };
    this.orders.push(order);
    this.scribe.add(this.instrument, order, this.random() < 0.2);
  }

  private replace(order: WarmOrder): void {
    const old = order.ref;
    order.ref = this.nextRef++;
    order.px += this.tick * (this.random() < 0.5 ? 1 : -1);
    order.shares = 100 * (1 + Math.floor(this.random() * 9));
    this.scribe.replace(this.instrument, order, old);
  }

  private execute(index: number, order: WarmOrder, isPriced: boolean): void {
    const shares = this.random() < 0.5 ? order.shares : Math.min(order.shares, 100);
    order.shares -= shares;
    if (order.shares === 0) this.orders.splice(index, 1);
    this.scribe.execute(this.instrument, order, shares, isPriced);
  }
}
