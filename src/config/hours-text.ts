import { WEEK_DAYS } from "../fix/session/schedule.ts";
import type { SessionConfig } from "./schema.ts";

/** Hours of a session for a person: "17:00 to 16:00 America/Chicago, sun mon". */
export function hoursText(schedule: SessionConfig["schedule"]): string {
  if (schedule === undefined || schedule.non_stop) return "non-stop";
  const { start, end, start_day, end_day, days, timezone } = schedule;
  if (start_day !== undefined) return `${start_day} ${start} to ${end_day} ${end} ${timezone}`;
  const some = days !== undefined && days.length < WEEK_DAYS.length;
  return `${start} to ${end} ${timezone}${some ? `, ${days.join(" ")}` : ""}`;
}
