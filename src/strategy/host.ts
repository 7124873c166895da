/**
 * Runs the strategies of one engine: hands them what happens, on the path. The one place with a
 * try/catch: it costs nothing measurable, and a strategy that throws is disabled and killed while the
 * feeds, the books and the other strategies go on. For that reason alone this file is not marked
 * hot; it follows the hot rules otherwise.
 */
import type { Instruments } from "../book/instruments.ts";
import type { MarketEvents } from "../book/market-events.ts";
import type { BookView } from "../book/view.ts";
import { HP_KILL_STRATEGY } from "../ffi/layout.ts";
import type { Orders } from "../order/orders.ts";
import type { OrderListener } from "../order/orders-options.ts";
import type { Positions } from "../risk/positions.ts";
import type { BookHealth, GateSwitch, KillSwitch } from "../risk/switch.ts";
import type { Strategy, StrategyDefinition } from "./api.ts";
import { HostContext } from "./context.ts";
import { STRATEGY_THROWN, STRATEGY_TIMERS } from "./counters.ts";
import { Runner } from "./runner.ts";
import { thrownText } from "./thrown.ts";
import { TIMERS } from "./timers.ts";

export interface StrategyEntry {
  name: string;
  seed: number;
  /** Symbols it sees, in its order of numbers; empty = all instruments of the engine. */
  instruments: readonly string[];
  definition: StrategyDefinition;
  /** Checked by its schema (loadStrategy). */
  params: unknown;
}

export interface StrategyHostOptions {
  instruments: Instruments;
  /** One view per instrument. */
  books: readonly BookView[];
  status: Int32Array;
  feedState: Int32Array;
  bookHealth: BookHealth;
  positions: Positions;
  orders: Orders;
  gateSwitch: GateSwitch;
  kill: KillSwitch;
  counters: Float64Array;
  strategies: readonly StrategyEntry[];
  /** Hears one sentence when a strategy has thrown, after the kill. */
  onFault?: (sentence: string) => void;
}

export class StrategyHost implements MarketEvents, OrderListener {
  /** Engine time; the engine sets it before it hands over a burst. */
  nowNs = 0;
  private readonly runners: Runner[] = [];
  private readonly orders: Orders;
  private readonly kill: KillSwitch;
  private readonly counters: Float64Array;
  private readonly onFault: ((sentence: string) => void) | undefined;

  /** Creates the strategies; what create() throws is thrown with the strategy's name before it. */
  constructor(options: StrategyHostOptions) {
    this.orders = options.orders;
    this.kill = options.kill;
    this.counters = options.counters;
    this.onFault = options.onFault;
    for (const entry of options.strategies) this.add(entry, options);
  }

  onStart(): void {
    for (let s = 0; s < this.runners.length; s++) {
      const r = this.enter(s);
      if (r === null) continue;
      try {
        r.onStart.call(r.strategy);
      } catch (error) {
        this.fail(s, error);
      }
    }
  }

  onBook(instrument: number, changed: number): void {
    for (let s = 0; s < this.runners.length; s++) {
      const r = this.enter(s);
      if (r === null) continue;
      const local = r.toLocal[instrument]!;
      if (local < 0) continue;
      try {
        r.onBook.call(r.strategy, local, changed);
      } catch (error) {
        this.fail(s, error);
      }
    }
  }

  onTrade(instrument: number, px: number, qty: number, aggressor: number): void {
    for (let s = 0; s < this.runners.length; s++) {
      const r = this.enter(s);
      if (r === null) continue;
      const local = r.toLocal[instrument]!;
      if (local < 0) continue;
      try {
        r.onTrade.call(r.strategy, local, px, qty, aggressor);
      } catch (error) {
        this.fail(s, error);
      }
    }
  }

  onStatus(instrument: number, status: number): void {
    for (let s = 0; s < this.runners.length; s++) {
      const r = this.enter(s);
      if (r === null) continue;
      const local = r.toLocal[instrument]!;
      if (local < 0) continue;
      try {
        r.onStatus.call(r.strategy, local, status);
      } catch (error) {
        this.fail(s, error);
      }
    }
  }

  onFeed(feed: number, state: number): void {
    for (let s = 0; s < this.runners.length; s++) {
      const r = this.enter(s);
      if (r === null) continue;
      try {
        r.onFeed.call(r.strategy, feed, state);
      } catch (error) {
        this.fail(s, error);
      }
    }
  }

  onOrder(strategy: number, slot: number, event: number, px: number, qty: number): void {
    const r = this.enter(strategy);
    if (r === null) return;
    try {
      r.onOrder.call(r.strategy, slot, event, px, qty);
    } catch (error) {
      this.fail(strategy, error);
    }
  }

  /** Timers that are due. */
  poll(nowNs: number): void {
    this.nowNs = nowNs;
    for (let s = 0; s < this.runners.length; s++) {
      if (this.runners[s]!.context.timers.isDue(nowNs)) this.fire(s, nowNs);
    }
  }

  onStop(): void {
    for (let s = 0; s < this.runners.length; s++) {
      const r = this.enter(s);
      if (r === null) continue;
      try {
        r.onStop.call(r.strategy);
      } catch (error) {
        this.fail(s, error);
      }
    }
  }

  /** When the first timer is due, Infinity = none is set (cold). */
  nextTimerNs(): number {
    return Math.min(Infinity, ...this.runners.map((r) => r.context.timers.nextNs));
  }

  /** For status pages (cold): each strategy, and why it was disabled, "" = it runs. */
  report(): { name: string; error: string }[] {
    return this.runners.map((r) => ({ name: r.name, error: r.error }));
  }

  /** A sentence on the first strategy that was disabled, "" = all run (cold). */
  fault(): string {
    const r = this.runners.find((runner) => !runner.isEnabled);
    return r === undefined ? "" : sentenceOf(r);
  }

  private fire(s: number, nowNs: number): void {
    for (let id = 0; id < TIMERS; id++) {
      const r = this.enter(s);
      if (r === null) return;
      if (!r.context.timers.take(id, nowNs)) continue;
      this.counters[STRATEGY_TIMERS]!++;
      try {
        r.onTimer.call(r.strategy, id);
      } catch (error) {
        this.fail(s, error);
      }
    }
  }

  /** The strategy, its time set; null when it is disabled. */
  private enter(s: number): Runner | null {
    const r = this.runners[s]!;
    if (!r.isEnabled) return null;
    r.context.nowNs = this.nowNs;
    return r;
  }

  /** It threw: it hears nothing more, trading stops, and its orders are cancelled. */
  private fail(s: number, error: unknown): void {
    const r = this.runners[s]!;
    r.isEnabled = false;
    this.counters[STRATEGY_THROWN]!++;
    this.kill.kill(HP_KILL_STRATEGY);
    this.orders.cancelStrategy(s);
    r.error = thrownText(error);
    this.onFault?.(sentenceOf(r));
  }

  private add(entry: StrategyEntry, o: StrategyHostOptions): void {
    const index = this.runners.length;
    const toEngine = engineIndices(entry, o.instruments);
    const toLocal = new Int32Array(new ArrayBuffer(4 * o.instruments.capacity)).fill(-1);
    toEngine.forEach((engine, local) => {
      toLocal[engine] = local;
    });
    const context = new HostContext({
      index,
      seed: entry.seed,
      instruments: o.instruments,
      toEngine,
      toLocal,
      books: o.books,
      status: o.status,
      feedState: o.feedState,
      bookHealth: o.bookHealth,
      positions: o.positions,
      orders: o.orders,
      gateSwitch: o.gateSwitch,
      counters: o.counters,
    });
    let strategy: Strategy;
    try {
      strategy = entry.definition.create(context, entry.params);
    } catch (error) {
      throw new Error(`strategy ${entry.name}: create() failed: ${thrownText(error)}`);
    }
    if (strategy === null || typeof strategy !== "object") {
      throw new Error(
        `strategy ${entry.name}: create() must return an object with callbacks, not ${strategy === null ? "null" : `one of type ${typeof strategy}`}`,
      );
    }
    if (strategy instanceof Promise) {
      throw new Error(
        `strategy ${entry.name}: create() returned a Promise, which nothing waits for; it must return the object with the callbacks itself`,
      );
    }
    try {
      this.runners.push(new Runner(entry.name, context, strategy, toLocal));
    } catch (error) {
      throw new Error(`strategy ${entry.name}: its callbacks cannot be used: ${thrownText(error)}`);
    }
  }
}

function engineIndices(entry: StrategyEntry, instruments: Instruments): Int32Array {
  const wanted =
    entry.instruments.length > 0
      ? entry.instruments
      : instruments.definitions.slice(0, instruments.count).map((d) => d.symbol);
  const indices = new Int32Array(new ArrayBuffer(4 * wanted.length));
  wanted.forEach((symbol, local) => {
    const engine = instruments.find(symbol);
    if (engine < 0) throw new Error(`strategy ${entry.name}: no instrument ${symbol}`);
    indices[local] = engine;
  });
  return indices;
}

function sentenceOf(r: Runner): string {
  return `strategy ${r.name} failed: ${r.error}`;
}
