import type { RiskLimits } from "../risk/limits.ts";
import type { RiskOptions } from "./options.ts";

/** Larger than any sum, and still exact. */
const UNLIMITED = 1e15;

/**
 * The gate's limits. On the shadow those of a single order are the same, and those of sums and rates
 * are out of reach: its fills and its pace mean nothing, and must not stop the warming.
 */
export function riskLimits(o: RiskOptions, isShadow: boolean): RiskLimits {
  const limits: RiskLimits = {
    maxOrderQty: o.maxOrderQty,
    maxOrderNotional: o.maxOrderNotional,
    collarPct: o.collarPct,
    maxPosition: o.maxPosition,
    maxExposure: o.maxExposure,
    maxOpenOrders: o.maxOpenOrders,
    ordersPerS: o.ordersPerS,
    ordersBurst: o.ordersBurst,
    cancelsPerS: o.cancelsPerS,
    cancelsBurst: o.cancelsBurst,
    maxLoss: o.maxLoss,
    selfMatch: o.denySelfMatch ? "deny" : "allow",
    shortMarking: o.shortMarking,
    instrument: o.instrument,
  };
  if (!isShadow) return limits;
  return {
    ...limits,
    maxPosition: UNLIMITED,
    maxExposure: UNLIMITED,
    maxLoss: UNLIMITED,
    ordersPerS: UNLIMITED,
    ordersBurst: UNLIMITED,
    cancelsPerS: UNLIMITED,
    cancelsBurst: UNLIMITED,
    instrument: Object.fromEntries(
      Object.entries(o.instrument).map(([symbol, own]) => [
        symbol,
        { ...own, maxPosition: UNLIMITED },
      ]),
    ),
  };
}
