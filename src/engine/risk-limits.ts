import type { RiskLimits } from "../risk/limits.ts";
import type { RiskOptions } from "./options.ts";

/**
 * The gate's limits. The shadow's are the same but for the loss: its random fills must not stop the
 * warming, and its P&L means nothing.
 */
export function riskLimits(o: RiskOptions, isShadow: boolean): RiskLimits {
  return {
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
    maxLoss: isShadow ? Number.MAX_SAFE_INTEGER : o.maxLoss,
    selfMatch: o.denySelfMatch ? "deny" : "allow",
    instrument: o.instrument,
  };
}
