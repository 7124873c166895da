// @hot
/**
 * What one strategy may do and see. Its instruments are numbered 0 .. instrumentCount-1 in the order
 * of its list; `toEngine` turns such a number into the engine's.
 */
import type { Instruments } from "../book/instruments.ts";
import type { BookView } from "../book/view.ts";
import { DENY_ARGUMENT, ORDER_FREE } from "../core/codes.ts";
import type { Orders } from "../order/orders.ts";
import type { Positions } from "../risk/positions.ts";
import type { BookHealth, GateSwitch } from "../risk/switch.ts";
import type { StrategyContext } from "./api.ts";
import { STRATEGY_BAD_TIMERS } from "./counters.ts";
import { Random } from "./random.ts";
import { Timers } from "./timers.ts";

export interface ContextOptions {
  /** Index of the strategy in its host. */
  index: number;
  seed: number;
  instruments: Instruments;
  /** Engine instrument of each of the strategy's. */
  toEngine: Int32Array;
  /** And back; -1 = not seen. */
  toLocal: Int32Array;
  books: readonly BookView[];
  status: Int32Array;
  feedState: Int32Array;
  bookHealth: BookHealth;
  positions: Positions;
  orders: Orders;
  gateSwitch: GateSwitch;
  counters: Float64Array;
}

export class HostContext implements StrategyContext {
  readonly instrumentCount: number;
  readonly timers = new Timers();
  /** Set by the host before each callback. */
  nowNs = 0;
  private readonly index: number;
  private readonly generator: Random;
  private readonly instruments: Instruments;
  private readonly toEngine: Int32Array;
  private readonly toLocal: Int32Array;
  private readonly books: readonly BookView[];
  private readonly statusColumn: Int32Array;
  private readonly feedStates: Int32Array;
  private readonly bookHealth: BookHealth;
  private readonly positions: Positions;
  private readonly orders: Orders;
  private readonly gateSwitch: GateSwitch;
  private readonly counters: Float64Array;

  constructor(options: ContextOptions) {
    this.instrumentCount = options.toEngine.length;
    this.index = options.index;
    this.generator = new Random(options.seed);
    this.instruments = options.instruments;
    this.toEngine = options.toEngine;
    this.toLocal = options.toLocal;
    this.books = options.books;
    this.statusColumn = options.status;
    this.feedStates = options.feedState;
    this.bookHealth = options.bookHealth;
    this.positions = options.positions;
    this.orders = options.orders;
    this.gateSwitch = options.gateSwitch;
    this.counters = options.counters;
  }

  /** @cold */
  instrument(symbol: string): number {
    const engine = this.instruments.find(symbol);
    return engine < 0 ? -1 : this.toLocal[engine]!;
  }
  /** @cold */
  symbol(instrument: number): string {
    return this.instruments.definitions[this.toEngine[instrument]!]!.symbol;
  }
  priceUnit(instrument: number): number {
    return this.instruments.priceUnit[this.toEngine[instrument]!]!;
  }
  tick(instrument: number, px: number): number {
    return this.instruments.tickAt(this.toEngine[instrument]!, px);
  }
  lot(instrument: number): number {
    return this.instruments.lot[this.toEngine[instrument]!]!;
  }
  book(instrument: number): BookView {
    return this.books[this.toEngine[instrument]!]!;
  }
  status(instrument: number): number {
    return this.statusColumn[this.toEngine[instrument]!]!;
  }
  feedState(instrument: number): number {
    return this.feedStates[this.instruments.feed[this.toEngine[instrument]!]!]!;
  }
  bookFlags(instrument: number): number {
    return this.bookHealth.bookFlags(this.toEngine[instrument]!);
  }
  position(instrument: number): number {
    return this.positions.qty[this.toEngine[instrument]!]!;
  }
  realizedPnl(instrument: number): number {
    return this.positions.realized(this.toEngine[instrument]!);
  }
  unrealizedPnl(instrument: number): number {
    return this.positions.unrealized(this.toEngine[instrument]!);
  }
  armed(): boolean {
    return this.gateSwitch.armed && !this.gateSwitch.killed;
  }
  now(): number {
    return this.nowNs;
  }
  random(): number {
    return this.generator.next();
  }

  send(instrument: number, side: number, qty: number, px: number, flags: number): number {
    if (!(instrument >= 0 && instrument < this.instrumentCount)) return DENY_ARGUMENT;
    const engine = this.toEngine[instrument];
    if (engine === undefined) return DENY_ARGUMENT;
    return this.orders.send(this.index, engine, side, qty, px, flags);
  }
  cancel(order: number): number {
    return this.orders.cancel(this.index, order);
  }
  replace(order: number, qty: number, px: number): number {
    return this.orders.replace(this.index, order, qty, px);
  }
  orderState(order: number): number {
    return this.isOwn(order) ? this.orders.state(order) : ORDER_FREE;
  }
  orderLeaves(order: number): number {
    return this.isOwn(order) ? this.orders.leaves(order) : 0;
  }
  orderPx(order: number): number {
    return this.isOwn(order) ? this.orders.px(order) : 0;
  }
  orderSide(order: number): number {
    return this.isOwn(order) ? this.orders.side(order) : 0;
  }
  orderInstrument(order: number): number {
    const engine = this.isOwn(order) ? this.orders.instrument(order) : -1;
    return engine < 0 ? -1 : this.toLocal[engine]!;
  }
  /** A slot is used again, by another strategy perhaps: it is not this one's any more then. */
  private isOwn(order: number): boolean {
    return this.orders.isSlotOf(this.index, order);
  }

  setTimer(id: number, delayNs: number): void {
    if (!this.timers.set(id, this.nowNs + delayNs)) this.counters[STRATEGY_BAD_TIMERS]!++;
  }
  clearTimer(id: number): void {
    if (!this.timers.set(id, Infinity)) this.counters[STRATEGY_BAD_TIMERS]!++;
  }
}
