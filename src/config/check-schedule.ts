/** The hours of a session: which keys go together. */
import { isTimezone } from "../core/zone.ts";
import type { Loose, Path, Report } from "./report.ts";
import type { SessionInput } from "./schema.ts";

const HOURS = ["timezone", "start", "end", "days", "start_day", "end_day"] as const;

export function checkSchedule(
  s: Loose<SessionInput["schedule"]>,
  path: Path,
  report: Report,
): void {
  if (s === undefined) return;
  if (s.timezone !== undefined && !isTimezone(s.timezone)) {
    report.error(
      [...path, "timezone"],
      `found "${s.timezone}"; allowed: a zone of the tz database, e.g. "America/Chicago"`,
    );
  }
  if (s.non_stop === true) {
    for (const key of HOURS) {
      if (s[key] === undefined) continue;
      report.error([...path, key], `a non-stop session has no ${key}: leave out one of the two`);
    }
    return;
  }
  for (const key of ["start", "end"] as const) {
    if (s[key] === undefined) {
      report.missing([...path, key], "needed: a time of day, HH:MM, or non_stop = true");
    }
  }
  const isWeekly = s.start_day !== undefined || s.end_day !== undefined;
  if (!isWeekly) {
    const twice = s.days?.find((day, i) => s.days?.indexOf(day) !== i);
    if (twice !== undefined) report.error([...path, "days"], `"${twice}" is there twice`);
    return;
  }
  for (const key of ["start_day", "end_day"] as const) {
    if (s[key] === undefined) {
      report.missing([...path, key], "a weekly session has a start_day and an end_day");
    }
  }
  if (s.days !== undefined) {
    report.error(
      [...path, "days"],
      "days are for daily sessions, start_day and end_day for a weekly one: leave one out",
    );
  }
}
