/** Orders are kept within a session date: it should not change while a session runs on. */
import { firstInstant, isTimezone, localSecond } from "../core/zone.ts";
import { Schedule, secondOfDay } from "../fix/session/schedule.ts";
import type { Loose, Path, Report } from "./report.ts";
import type { CheckedConfig, SessionInput } from "./schema.ts";

const DAY_S = 86_400;
/** Days that are looked at: each day of a week. */
const DAYS = 7;

export function checkRoll(
  session: Loose<SessionInput>,
  appliance: Loose<CheckedConfig["appliance"]> | undefined,
  path: Path,
  report: Report,
  nowMs: number,
): void {
  const { roll, timezone, session_date: date } = appliance ?? {};
  if (roll === undefined || timezone === undefined || !isTimezone(timezone)) return;
  // What market data there was before is of no use after.
  if (date !== "today" || session.use === "market-data") return;
  const schedule = scheduleOf(session.schedule, timezone);
  if (schedule === undefined) return;
  const today = Math.floor(localSecond(nowMs / 1000, timezone) / DAY_S);
  for (let day = today; day < today + DAYS; day++) {
    const at = firstInstant(day * DAY_S + secondOfDay(roll, "roll"), timezone);
    const begins = !schedule.inSession(at) || !schedule.sameNumbers(at - 1, at);
    if (schedule.resets && begins) continue;
    const knows =
      session.reset_on_logon === true ? "knows none" : "goes on with its numbers, but knows none";
    report.warn(
      path,
      `the session date changes at ${roll} ${timezone}, while the session runs on: an engine that is started after that ${knows} of the orders of the date before; let [appliance] roll fall on the opening`,
    );
    return;
  }
}

/** undefined when there is none, or one that is reported already. */
function scheduleOf(s: Loose<SessionInput["schedule"]>, timezone: string): Schedule | undefined {
  if (s === undefined) return undefined;
  try {
    return new Schedule({
      timezone: s.timezone ?? timezone,
      start: s.start ?? "",
      end: s.end ?? "",
      nonStop: s.non_stop === true,
      resetAtStart: s.reset_at_start !== false,
      ...(s.days === undefined ? {} : { days: s.days }),
      ...(s.start_day === undefined ? {} : { startDay: s.start_day }),
      ...(s.end_day === undefined ? {} : { endDay: s.end_day }),
    });
  } catch {
    return undefined;
  }
}
