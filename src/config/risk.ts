import { z } from "zod";
import { choice, flag, positive, whole } from "./field.ts";

const limits = {
  max_order_qty: whole("Largest quantity of one order.", { min: 1, unit: "shares" }),
  max_order_notional: positive("Largest price * quantity * multiplier of one order.", {
    unit: "currency",
  }),
  collar_pct: positive(
    "Largest distance of an order's price from the reference (the far side of the book, else the last trade).",
    { max: 100, unit: "%" },
  ),
  max_position: whole(
    "Largest position in one instrument, either side, with all open orders filled.",
    { min: 0, unit: "shares" },
  ),
};

const overrideSchema = z.strictObject({
  max_order_qty: limits.max_order_qty.optional(),
  max_order_notional: limits.max_order_notional.optional(),
  collar_pct: limits.collar_pct.optional(),
  max_position: limits.max_position.optional(),
});

/** [risk]: every limit without a default is required; `run` refuses to start without them. */
export const riskSchema = z.strictObject({
  ...limits,
  max_exposure: positive(
    "Largest worst-case exposure, all instruments: positions with every open order that makes them larger. Shared out evenly over the engines that trade, as are the limits below.",
    { unit: "currency" },
  ),
  max_open_orders: whole("Open orders at one time.", { min: 1, max: 1_048_576 }),
  orders_per_s: positive("New orders and replaces per second (token bucket).", {
    max: 10_000_000,
    unit: "1/s",
  }),
  orders_burst: whole("Size of that bucket. Absent: a tenth of a second's worth.", {
    min: 1,
  }).optional(),
  cancels_per_s: positive("Cancels per second; they have their own bucket.", {
    max: 10_000_000,
    unit: "1/s",
  }),
  cancels_burst: whole("Size of that bucket. Absent: a tenth of a second's worth.", {
    min: 1,
  }).optional(),
  max_loss: positive("Realised and unrealised loss, fees included, at which an engine is killed.", {
    unit: "currency",
  }),
  self_match: choice(
    '"deny": an order that would meet one of our own is refused. "allow": it passes.',
    ["deny", "allow"],
  ).default("deny"),
  short_marking: flag(
    "A sale of more than we are long must carry a short flag (Regulation SHO, Rule 200(g)). false for futures and the like.",
  ).default(true),
  instrument: z
    .record(z.string(), overrideSchema)
    .default({})
    .meta({ description: "Limits of single instruments, by symbol." }),
});

/** Limits that [risk] must name. */
export const REQUIRED_LIMITS = [
  "max_order_qty",
  "max_order_notional",
  "collar_pct",
  "max_position",
  "max_exposure",
  "max_open_orders",
  "orders_per_s",
  "cancels_per_s",
  "max_loss",
] as const;
