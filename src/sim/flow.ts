/**
 * Background flow: other people's orders, from a seed. Each action adds, cancels, replaces or takes;
 * a fair price walks underneath, and now and then a run of takers moves the market one way, so that
 * a market maker gets fills and a momentum taker a reason to act.
 *
 * The choices depend on the seed and on the state of the books, never on the time.
 */
import { SIDE_BUY, SIDE_SELL } from "../core/codes.ts";
import type { MatchingEngine } from "./matching.ts";
import type { VenueOrder } from "./price-levels.ts";
import { Random } from "./random.ts";

export interface FlowOptions {
  seed: number;
  /** Actions per second, all symbols together. */
  rate: number;
  /** Resting orders per symbol that the flow keeps about. */
  ordersPerSymbol: number;
  symbols: readonly FlowSymbol[];
  engine: MatchingEngine;
  /** Called after each action: the venue publishes what it did at once. */
  onAction?(): void;
}

export interface FlowSymbol {
  /** Price to start from, and tick, in 1/10000. */
  px: number;
  tick: number;
  lot: number;
}

interface Market {
  readonly symbol: number;
  readonly start: number;
  readonly tick: number;
  readonly lot: number;
  fair: number;
  /** Takers left in the present run, and their side. */
  runLength: number;
  runSide: number;
  live: VenueOrder[];
}

/** Actions in one poll: a process that was held up does not make up for all of it. */
const ACTIONS_PER_POLL_MAX = 2_000;
const LEVELS_SEEDED = 10;
/** How much more eagerly orders are priced before an auction. */
const AUCTION_TICKS = 3;
const RANDOM_STREAM = 2000;

const P_MOVE = 0.04;
const P_RUN = 0.002;
const P_RUN_STEP = 0.3;
const P_ADD = 0.46;
const P_CANCEL = 0.3;
const P_REPLACE = 0.12;
const P_ATTRIBUTED = 0.05;

export class Flow {
  actions = 0;
  running = true;
  private readonly random: Random;
  private readonly markets: Market[];
  private startNs = -1;
  private startActions = 0;

  constructor(private readonly options: FlowOptions) {
    this.random = new Random(options.seed, RANDOM_STREAM);
    this.markets = options.symbols.map(({ px, tick, lot }, symbol) => ({
      symbol,
      start: px,
      tick,
      lot,
      fair: px,
      runLength: 0,
      runSide: SIDE_BUY,
      live: [],
    }));
  }

  /** Fills the books before the first action. */
  seedBooks(): void {
    for (const market of this.markets) {
      const perLevel = Math.max(1, Math.round(this.options.ordersPerSymbol / (2 * LEVELS_SEEDED)));
      for (let level = 1; level <= LEVELS_SEEDED; level++) {
        for (let i = 0; i < perLevel; i++) {
          for (const side of [SIDE_BUY, SIDE_SELL]) {
            this.addAt(market, side, market.fair - side * level * market.tick);
          }
        }
      }
    }
  }

  stop(): void {
    this.running = false;
  }

  resume(): void {
    this.running = true;
    this.startNs = -1;
  }

  /** Does the actions that are due. */
  poll(nowNs: number): void {
    if (!this.running || this.options.rate === 0) return;
    if (this.startNs < 0) this.restart(nowNs);
    const elapsed = (nowNs - this.startNs) / 1e9;
    const due = this.startActions + Math.floor(elapsed * this.options.rate) - this.actions;
    for (let i = 0; i < Math.min(due, ACTIONS_PER_POLL_MAX); i++) {
      this.step();
      this.options.onAction?.();
    }
    if (due > ACTIONS_PER_POLL_MAX) this.restart(nowNs);
  }

  /** One action on one symbol. */
  step(): void {
    this.actions++;
    const market = this.markets[this.random.below(this.markets.length)]!;
    this.walk(market);
    const count = this.liveCount(market);
    const target = this.options.ordersPerSymbol;
    const choice = this.random.next();
    if (market.runLength > 0 && choice < P_RUN_STEP) this.runStep(market);
    else if (count < target / 2) this.add(market);
    else if (count > 2 * target) this.cancel(market);
    else if (choice < P_ADD) this.add(market);
    else if (choice < P_ADD + P_CANCEL) this.cancel(market);
    else if (choice < P_ADD + P_CANCEL + P_REPLACE) this.replace(market);
    else this.take(market, this.leaning(market), 0);
  }

  private restart(nowNs: number): void {
    this.startNs = nowNs;
    this.startActions = this.actions;
  }

  private walk(market: Market): void {
    const draw = this.random.next();
    if (draw < P_MOVE) {
      const step = draw < P_MOVE / 2 ? market.tick : -market.tick;
      const next = market.fair + step;
      // Within a factor of two of the start: a walk may not leave the price range.
      if (next > market.start / 2 && next < market.start * 2) market.fair = next;
    } else if (draw < P_MOVE + P_RUN && market.runLength === 0) {
      market.runLength = 6 + this.random.below(10);
      market.runSide = this.random.next() < 0.5 ? SIDE_BUY : SIDE_SELL;
    }
  }

  private runStep(market: Market): void {
    market.runLength--;
    const next = market.fair + market.runSide * market.tick;
    if (next > market.start / 2 && next < market.start * 2) market.fair = next;
    this.take(market, market.runSide, 1);
  }

  private add(market: Market): void {
    const side = this.random.next() < 0.5 ? SIDE_BUY : SIDE_SELL;
    const distance = 1 + Math.floor(-Math.log(1 - this.random.next()) * 3);
    this.addAt(market, side, this.passivePx(market, side, distance));
  }

  private addAt(market: Market, side: number, px: number): void {
    const qty = market.lot * (1 + this.random.below(10));
    const attribution = this.random.next() < P_ATTRIBUTED ? "SIMM" : "";
    const { symbol } = market;
    const order = this.options.engine.submit({ owner: 0, symbol, side, qty, px, attribution });
    if (typeof order !== "string" && order.level !== undefined) market.live.push(order);
  }

  /**
   * `distance` ticks from the fair price, and not beyond the other side's best; while nothing
   * matches, beyond it too, so that there is something to cross.
   */
  private passivePx(market: Market, side: number, distance: number): number {
    const wanted = market.fair - side * distance * market.tick;
    if (this.options.engine.state(market.symbol) === "Q") {
      return wanted + side * AUCTION_TICKS * market.tick;
    }
    const contra = this.options.engine.bestPx(market.symbol, -side);
    if (contra === 0 || side * wanted < side * contra) return wanted;
    return contra - side * market.tick;
  }

  private cancel(market: Market): void {
    const order = this.pick(market);
    if (order !== undefined) this.options.engine.cancel(order);
  }

  private replace(market: Market): void {
    const order = this.pick(market);
    const lots = 1 + this.random.below(10);
    const distance = 1 + Math.floor(-Math.log(1 - this.random.next()) * 3);
    if (order === undefined) return;
    const keepsPx = this.random.next() < 0.4;
    const px = keepsPx ? order.px : this.passivePx(market, order.side, distance);
    this.options.engine.replace(order, order.cum + market.lot * lots, px);
  }

  /** An immediate order against the other side, up to `through` ticks beyond its best. */
  private take(market: Market, side: number, through: number): void {
    const qty = market.lot * (1 + this.random.below(6));
    const best = this.options.engine.bestPx(market.symbol, -side);
    if (best === 0) return;
    const px = best + side * through * market.tick;
    const { symbol } = market;
    this.options.engine.submit({ owner: 0, symbol, side, qty, px, timeInForce: "ioc" });
  }

  /** Side to take: towards the fair price when the market has left it, else either. */
  private leaning(market: Market): number {
    const draw = this.random.next();
    const bid = this.options.engine.bestPx(market.symbol, SIDE_BUY);
    const ask = this.options.engine.bestPx(market.symbol, SIDE_SELL);
    const lean = ask !== 0 && ask < market.fair ? 0.8 : bid > market.fair ? 0.2 : 0.5;
    return draw < lean ? SIDE_BUY : SIDE_SELL;
  }

  private pick(market: Market): VenueOrder | undefined {
    const live = market.live;
    while (live.length > 0) {
      const at = this.random.below(live.length);
      const order = live[at]!;
      if (order.level !== undefined) return order;
      live[at] = live[live.length - 1]!;
      live.pop();
    }
    return undefined;
  }

  private liveCount(market: Market): number {
    if (market.live.length > 2 * this.options.ordersPerSymbol) {
      market.live = market.live.filter((order) => order.level !== undefined);
    }
    return market.live.length;
  }
}
