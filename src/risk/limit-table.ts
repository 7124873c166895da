// @hot
import type { Instruments } from "../book/instruments.ts";
import { defaultBurst, type InstrumentLimits, limitProblems, type RiskLimits } from "./limits.ts";
import { REFERENCE_LAST, REFERENCE_MID, REFERENCE_OPPOSITE } from "./reference.ts";

/** The limits as columns, one row per instrument. Throws when one that is needed is missing. */
export class LimitTable {
  readonly maxOrderQty: Float64Array;
  /** Currency. */
  readonly maxNotional: Float64Array;
  readonly maxPosition: Float64Array;
  readonly maxOpenOrdersEach: Float64Array;
  readonly maxOpenOrders: number;
  readonly maxExposureCents: number;
  readonly maxLoss: number;
  readonly ordersPerS: number;
  readonly ordersBurst: number;
  readonly cancelsPerS: number;
  readonly cancelsBurst: number;
  readonly reference: number;
  readonly allowNoReference: boolean;
  readonly denySelfMatch: boolean;
  readonly shortMarking: boolean;
  private readonly collarRatio: Float64Array;
  private readonly collarUnits: Float64Array;

  constructor(limits: RiskLimits, instruments: Instruments) {
    const problems = limitProblems(limits);
    if (problems.length > 0) throw new Error(problems.join("; "));
    const n = instruments.capacity;
    const column = () => new Float64Array(new ArrayBuffer(8 * n));
    this.maxOrderQty = column();
    this.maxNotional = column();
    this.maxPosition = column();
    this.maxOpenOrdersEach = column();
    this.collarRatio = column();
    this.collarUnits = column();
    this.maxOpenOrders = limits.maxOpenOrders;
    this.maxExposureCents = limits.maxExposure * 100;
    this.maxLoss = limits.maxLoss;
    this.ordersPerS = limits.ordersPerS;
    this.ordersBurst = limits.ordersBurst ?? defaultBurst(limits.ordersPerS);
    this.cancelsPerS = limits.cancelsPerS;
    this.cancelsBurst = limits.cancelsBurst ?? defaultBurst(limits.cancelsPerS);
    this.reference =
      limits.reference === "mid"
        ? REFERENCE_MID
        : limits.reference === "last"
          ? REFERENCE_LAST
          : REFERENCE_OPPOSITE;
    this.allowNoReference = limits.allowNoReference === true;
    this.denySelfMatch = limits.selfMatch !== "allow";
    this.shortMarking = limits.shortMarking !== false;
    for (let i = 0; i < instruments.count; i++) this.fill(i, limits, instruments);
  }

  /** Widest distance from the reference (units) that an order may have, in units. */
  collarWidth(i: number, reference: number): number {
    const ratio = reference * this.collarRatio[i]!;
    const units = this.collarUnits[i]!;
    return Math.min(ratio, units);
  }

  /** @cold */
  private fill(i: number, limits: RiskLimits, instruments: Instruments): void {
    const symbol = instruments.definitions[i]!.symbol;
    const own: InstrumentLimits = { ...limits, ...limits.instrument?.[symbol] };
    this.maxOrderQty[i] = own.maxOrderQty;
    this.maxNotional[i] = own.maxOrderNotional;
    this.maxPosition[i] = own.maxPosition;
    this.maxOpenOrdersEach[i] = own.maxOpenOrdersPerInstrument ?? limits.maxOpenOrders;
    this.collarRatio[i] = own.collarPct === undefined ? Infinity : own.collarPct / 100;
    this.collarUnits[i] =
      own.collarAbs === undefined ? Infinity : own.collarAbs / instruments.priceUnit[i]!;
  }
}
