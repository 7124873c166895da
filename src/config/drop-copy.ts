import { z } from "zod";
import { choice, name, whole } from "./field.ts";

/** [session.drop_copy], of a session with use = "drop-copy" */
export const dropCopySchema = z.strictObject({
  of: z
    .array(name("Name of an order session of the same engine."))
    .min(1)
    .max(16)
    .meta({
      description:
        "Order sessions whose executions are copied. Absent: every order session of the engine.",
      allowed: 'a list of names, e.g. ["orders"]',
    })
    .optional(),
  late_ms: whole(
    "An execution that only one side has told for so long is a difference, whether the session is up or not.",
    { min: 1, max: 3_600_000, unit: "ms" },
  ).default(5000),
  settle_ms: whole(
    "What was bought and sold in an instrument is compared in sum when neither side has told anything of it for so long.",
    { min: 1, max: 3_600_000, unit: "ms" },
  ).default(1000),
  on_difference: choice(
    'What a difference does. "deny": the gate takes no new order in its instrument until it has ended; cancels pass. "kill": the appliance is killed. "warn": it is counted, journaled and shown, as in every case.',
    ["warn", "deny", "kill"],
  ).default("deny"),
  positions: choice(
    'Positions that limits and strategies see. "own": of our orders. "account": executions that the drop copy tells of other orders move them, too.',
    ["own", "account"],
  ).default("own"),
});

export type DropCopyConfig = z.output<typeof dropCopySchema> & {
  /** Every one named. */
  of: string[];
};
