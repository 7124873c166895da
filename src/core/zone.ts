/**
 * Local time of a zone of the tz database, from Intl. Cold: at start and for people only. Times are
 * Unix seconds; a local time is the seconds that UTC would have shown it at (a "local second").
 */

/** True when the zone is known; a wrong one makes Intl throw. */
export function isTimezone(timezone: string): boolean {
  try {
    formatter(timezone);
    return true;
  } catch {
    return false;
  }
}

/** Local second of an instant: what the clock on the wall shows, read as if it were UTC. */
export function localSecond(unixS: number, timezone: string): number {
  const whole = Math.floor(unixS);
  const parts = formatter(timezone).formatToParts(whole * 1000);
  const get = (type: string) => Number(parts.find((p) => p.type === type)?.value);
  return (
    Date.UTC(get("year"), get("month") - 1, get("day"), get("hour"), get("minute"), get("second")) /
    1000
  );
}

/**
 * The first instant at which the clocks of the zone show a local second, or have passed it: of a time
 * that comes twice the first, of a time that is skipped the moment of the jump. Unix seconds.
 */
export function firstInstant(localS: number, timezone: string): number {
  const offset = (atS: number) => localSecond(atS, timezone) - atS;
  // The zone's offsets around that day; two of them when clocks change on it.
  const offsets = [-DAY_S, 0, DAY_S].map((shift) => offset(localS + shift));
  const exact = offsets.map((o) => localS - o).filter((at) => at + offset(at) === localS);
  if (exact.length > 0) return Math.min(...exact);
  let low = localS - Math.max(...offsets) - HOUR_S;
  let high = localS - Math.min(...offsets) + HOUR_S;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (middle + offset(middle) >= localS) high = middle;
    else low = middle;
  }
  return high;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(timezone: string): Intl.DateTimeFormat {
  let format = formatters.get(timezone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: timezone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formatters.set(timezone, format);
  }
  return format;
}

const HOUR_S = 3600;
const DAY_S = 86_400;
