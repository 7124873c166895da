/**
 * The instrument table: one dense index per instrument, columns as typed arrays for the hot path,
 * text beside them for the cold one. Built from the config before arming, fixed after, but for
 * feeds that subscribe to "*": there `add` fills rows that the constructor reserved.
 */

/** One instrument as the config gives it (prices in currency, not in units). */
export interface InstrumentDefinition {
  /** Name in our own output, and the feed's symbol unless feedSymbol says otherwise. */
  symbol: string;
  /** Symbol on the feed (ITCH stock, 8 characters, padding removed). */
  feedSymbol: string;
  /** Index of the feed that carries it. */
  feed: number;
  /** Index of the order session that trades it, -1 = none (market data only). */
  session: number;
  /** Symbol (55) on the order session. */
  orderSymbol: string;
  /** Further tags for every order of this instrument, e.g. { 207: "XNAS" }. */
  orderTags: Record<number, string>;
  /** Currency per int32 price unit, e.g. 0.0001. Every price here and on the feed divides by it. */
  priceUnit: number;
  /** Tick table: from this price (currency) upward, this tick (currency). Ascending. */
  ticks: { from: number; tick: number }[];
  /** Order quantities are multiples of it. */
  lot: number;
  /** Currency per price point and share or contract: P&L = price * quantity * multiplier. */
  multiplier: number;
  currency: string;
  /** Fee per share or contract, currency; negative = rebate. */
  makerFee: number;
  takerFee: number;
  /** Start-of-day position and its average price (currency). */
  position: number;
  positionPrice: number;
}

/** Decimals that tell a number exactly, for prices on the wire: 0.0001 -> 4. */
export function decimalsOf(value: number): number {
  for (let digits = 0; digits <= 9; digits++) {
    const scaled = value * 10 ** digits;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-9 * Math.max(1, Math.abs(scaled))) return digits;
  }
  return 9;
}

/** Currency to int32 units; NaN when it does not divide or does not fit. */
export function toUnits(price: number, priceUnit: number): number {
  const units = Math.round(price / priceUnit);
  if (Math.abs(units * priceUnit - price) > priceUnit * 1e-6) return Number.NaN;
  return units === (units | 0) ? units : Number.NaN;
}

export class Instruments {
  /** Rows in use; grows only by add(). */
  count = 0;
  /** Rows reserved: other modules size their columns by it. */
  readonly capacity: number;
  readonly definitions: InstrumentDefinition[] = [];
  /**
   * int32 price units per ITCH price unit (1/10000 currency) divisor: feedPx / feedDivisor = px.
   * 0 = the price unit is neither a multiple nor a fraction of the feed's: nothing is exact.
   */
  readonly feedDivisor: Int32Array;
  /** When the unit is finer than the feed's: feedPx * feedFactor = px. 1 otherwise. */
  readonly feedFactor: Int32Array;
  readonly lot: Int32Array;
  readonly feed: Int32Array;
  readonly session: Int32Array;
  /** priceUnit * multiplier: currency per (unit * quantity). */
  readonly value: Float64Array;
  readonly priceUnit: Float64Array;
  readonly priceDecimals: Int32Array;
  readonly makerFee: Float64Array;
  readonly takerFee: Float64Array;
  /** Tick table, TICK_STEPS_MAX (from, tick) pairs per instrument, in price units. */
  readonly tickFrom: Int32Array;
  readonly tickSize: Int32Array;
  private readonly bySymbol = new Map<string, number>();

  constructor(definitions: readonly InstrumentDefinition[], capacity = definitions.length) {
    this.capacity = Math.max(1, capacity, definitions.length);
    const n = this.capacity;
    this.feedDivisor = new Int32Array(new ArrayBuffer(4 * n));
    this.feedFactor = new Int32Array(new ArrayBuffer(4 * n));
    this.lot = new Int32Array(new ArrayBuffer(4 * n));
    this.feed = new Int32Array(new ArrayBuffer(4 * n));
    this.session = new Int32Array(new ArrayBuffer(4 * n));
    this.priceDecimals = new Int32Array(new ArrayBuffer(4 * n));
    this.value = new Float64Array(new ArrayBuffer(8 * n));
    this.priceUnit = new Float64Array(new ArrayBuffer(8 * n));
    this.makerFee = new Float64Array(new ArrayBuffer(8 * n));
    this.takerFee = new Float64Array(new ArrayBuffer(8 * n));
    this.tickFrom = new Int32Array(new ArrayBuffer(4 * n * TICK_STEPS_MAX)).fill(0x7fffffff);
    this.tickSize = new Int32Array(new ArrayBuffer(4 * n * TICK_STEPS_MAX)).fill(1);
    for (const definition of definitions) this.add(definition);
  }

  /** Index of the new instrument, or -1 when the capacity is used up. Cold: once per instrument. */
  add(definition: InstrumentDefinition): number {
    if (this.count === this.capacity) return -1;
    const index = this.count;
    this.definitions.push(definition);
    this.fill(index, definition);
    this.count = index + 1;
    return index;
  }

  /** Index of a symbol, or -1. Cold. */
  find(symbol: string): number {
    return this.bySymbol.get(symbol) ?? -1;
  }

  /** The tick that applies at `px` (units), in units. */
  tickAt(instrument: number, px: number): number {
    const base = instrument * TICK_STEPS_MAX;
    let step = 0;
    while (step + 1 < TICK_STEPS_MAX && this.tickFrom[base + step + 1]! <= px) step++;
    return this.tickSize[base + step]!;
  }

  private fill(i: number, d: InstrumentDefinition): void {
    this.bySymbol.set(d.symbol, i);
    const divisor = Math.round(d.priceUnit / FEED_UNIT_ITCH);
    const factor = divisor >= 1 ? 1 : Math.round(FEED_UNIT_ITCH / d.priceUnit);
    const unit = divisor >= 1 ? divisor * FEED_UNIT_ITCH : FEED_UNIT_ITCH / factor;
    const exact = Math.abs(unit - d.priceUnit) <= d.priceUnit * 1e-9;
    this.feedDivisor[i] = exact ? Math.max(1, divisor) : 0;
    this.feedFactor[i] = factor;
    this.lot[i] = d.lot;
    this.feed[i] = d.feed;
    this.session[i] = d.session;
    this.priceUnit[i] = d.priceUnit;
    this.priceDecimals[i] = decimalsOf(d.priceUnit);
    this.value[i] = d.priceUnit * d.multiplier;
    this.makerFee[i] = d.makerFee;
    this.takerFee[i] = d.takerFee;
    for (let s = 0; s < Math.min(d.ticks.length, TICK_STEPS_MAX); s++) {
      this.tickFrom[i * TICK_STEPS_MAX + s] = toUnits(d.ticks[s]!.from, d.priceUnit);
      this.tickSize[i * TICK_STEPS_MAX + s] = Math.max(1, toUnits(d.ticks[s]!.tick, d.priceUnit));
    }
    this.tickFrom[i * TICK_STEPS_MAX] = -0x80000000;
  }
}

export const TICK_STEPS_MAX = 8;
/** ITCH 5.0 prices have four implied decimals. */
export const FEED_UNIT_ITCH = 0.0001;
