/**
 * The limits of one engine, as plain options. Money is in the instruments' currency; quantities in
 * shares or contracts. Limits over several engines are partitioned budgets: each gets its own.
 */

export interface InstrumentLimits {
  /** Largest quantity of one order. */
  maxOrderQty: number;
  /** Largest price * quantity * multiplier of one order, currency. */
  maxOrderNotional: number;
  /** Largest distance from the reference price, percent of it. One collar at least is needed. */
  collarPct?: number;
  /** Largest distance from the reference price, currency. With both, the tighter one holds. */
  collarAbs?: number;
  /** Largest position, either side, with every open order of that side filled. */
  maxPosition: number;
  /** Open orders of one instrument; absent = only the total counts. */
  maxOpenOrdersPerInstrument?: number;
}

export interface RiskLimits extends InstrumentLimits {
  /** Gross worst-case exposure over all instruments, currency. */
  maxExposure: number;
  maxOpenOrders: number;
  /** Token bucket of new orders and replaces: refill per second, and size. */
  ordersPerS: number;
  /** Absent: a tenth of a second's worth, at least 1. */
  ordersBurst?: number;
  /** Token bucket of cancels. */
  cancelsPerS: number;
  cancelsBurst?: number;
  /** Realised and unrealised loss with fees, currency, that kills. */
  maxLoss: number;
  /** What the collar measures from; falls back to the last trade. Default "opposite". */
  reference?: "opposite" | "mid" | "last";
  /** Lets a limit order pass without any reference price. Market orders always need one. */
  allowNoReference?: boolean;
  /** "deny": an order that would meet one of our own is refused. Default "deny". */
  selfMatch?: "deny" | "allow";
  /**
   * True (default): a sale of more than we are long, counting our other open long sales, must carry
   * ORDER_SHORT or ORDER_SHORT_EXEMPT (Regulation SHO, Rule 200(g)). False for futures and the like.
   */
  shortMarking?: boolean;
  /** Overrides by symbol. */
  instrument?: Record<string, Partial<InstrumentLimits>>;
}

const REQUIRED = [
  "maxOrderQty",
  "maxOrderNotional",
  "maxPosition",
  "maxExposure",
  "maxOpenOrders",
  "ordersPerS",
  "cancelsPerS",
  "maxLoss",
] as const;

/** One sentence for each limit that is missing or cannot be; empty = fit to trade with. */
export function limitProblems(limits: Partial<RiskLimits>): string[] {
  const problems: string[] = [];
  for (const key of REQUIRED) {
    const value = limits[key];
    if (value === undefined) problems.push(`risk limit ${key} is missing`);
    else if (!(value >= 0) || !Number.isFinite(value)) {
      problems.push(`risk limit ${key} is ${value}; it must be a finite number, 0 or greater`);
    }
  }
  if (limits.collarPct === undefined && limits.collarAbs === undefined) {
    problems.push("risk limit collarPct or collarAbs is missing: one price collar is needed");
  }
  return problems;
}

/** Size of a bucket when the options do not say: a tenth of a second's worth. */
export function defaultBurst(perS: number): number {
  return Math.max(1, Math.floor(perS / 10));
}
