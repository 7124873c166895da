import { z } from "zod";
import { TIME_OF_DAY, WEEK_DAYS } from "../fix/session/schedule.ts";
import { choice, flag, text } from "./field.ts";

const timeOfDay = (description: string) =>
  text(description, { pattern: TIME_OF_DAY, allowed: "a time of day, HH:MM or HH:MM:SS" });

/** [session.schedule] */
export const scheduleSchema = z.strictObject({
  timezone: text("Time zone of the hours, as in the tz database. Absent: that of [appliance].", {
    allowed: 'a zone of the tz database, e.g. "America/Chicago"',
  }).optional(),
  start: timeOfDay("Local time at which a session opens; the moment itself is in it.").optional(),
  end: timeOfDay(
    "Local time at which it ends; the moment itself is not in it. At or before start: on the day after.",
  ).optional(),
  days: z
    .array(z.enum(WEEK_DAYS))
    .min(1)
    .max(7)
    .meta({
      description: "Daily sessions: days on which one opens. Absent: all.",
      allowed: 'a list of "mon", "tue", "wed", "thu", "fri", "sat", "sun"',
    })
    .optional(),
  start_day: choice("Weekly session: day on which it opens.", WEEK_DAYS).optional(),
  end_day: choice("Weekly session: day on which it ends.", WEEK_DAYS).optional(),
  non_stop: flag(
    "One session that never ends; no other key but reset_at_start goes along.",
  ).default(false),
  reset_at_start: flag(
    "Sequence numbers begin at 1 in each session. false: the hours only say when to be connected.",
  ).default(true),
});
