import { z } from "zod";
import { choice, flag, text } from "./field.ts";

/** By the words of the config: the characters of OUCH 5.0. */
export const OUCH_CAPACITIES = { agency: "A", principal: "P", riskless: "R", other: "O" } as const;
export const OUCH_DISPLAYS = { visible: "Y", hidden: "N", attributable: "A" } as const;
export const OUCH_TIMES_IN_FORCE = { day: "0", extended: "5" } as const;

/** [session.ouch]: what every order of an OUCH session says of itself. */
export const ouchSchema = z.strictObject({
  firm: text("Firm that the orders are entered for. Absent: the one of the port.", {
    pattern: /^[A-Z0-9]{1,4}$/,
    allowed: "1 to 4 of A-Z and 0-9",
  }).optional(),
  capacity: choice("Capacity of every order.", [
    "agency",
    "principal",
    "riskless",
    "other",
  ]).default("principal"),
  display: choice("How orders are shown in the venue's book.", [
    "visible",
    "hidden",
    "attributable",
  ]).default("visible"),
  time_in_force: choice(
    'How long orders rest that are neither immediate-or-cancel nor fill-or-kill: "day" market hours, "extended" market and extended hours (GTX).',
    ["day", "extended"],
  ).default("day"),
  inter_market_sweep: flag("Orders are intermarket sweep orders.").default(false),
});
