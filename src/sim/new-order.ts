/** NewOrderSingle (D) as the matching engine wants it. */
import { SIDE_BUY, SIDE_SELL } from "../core/codes.ts";
import { type FixMessage, PX_DECIMALS } from "./fix-message.ts";
import type { NewOrder } from "./matching.ts";
import type { TimeInForce } from "./price-levels.ts";

/** TimeInForce (59): day, immediate or cancel, fill or kill. */
const TIMES_IN_FORCE: Record<string, TimeInForce> = { "": "day", 0: "day", 3: "ioc", 4: "fok" };

/**
 * Undefined when side (buy, sell, sell short, sell short exempt), type (market, limit) or time in
 * force is not supported. Quantities and prices are left to the engine to judge.
 */
export function newOrderOf(
  message: FixMessage,
  owner: number,
  symbol: number,
): NewOrder | undefined {
  const side = message.text(54);
  const type = message.text(40);
  const timeInForce = TIMES_IN_FORCE[message.text(59)];
  if (!["1", "2", "5", "6"].includes(side) || (type !== "1" && type !== "2")) return undefined;
  if (timeInForce === undefined) return undefined;
  return {
    owner,
    symbol,
    side: side === "1" ? SIDE_BUY : SIDE_SELL,
    qty: message.units(38, 0),
    px: message.units(44, PX_DECIMALS),
    market: type === "1",
    timeInForce,
    // ExecInst (18) 6 = participate, don't initiate.
    postOnly: message.text(18).split(" ").includes("6"),
    short: side === "5" || side === "6",
    shortExempt: side === "6",
  };
}
