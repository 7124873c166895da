/** The session date and where its nanoseconds are counted from. Pure: time comes in. */
export interface SessionDate {
  /** YYYY-MM-DD */
  date: string;
  /** Unix seconds of the first instant of that date in the time zone (its local midnight). */
  startS: number;
}

interface SessionDateOptions {
  /** Unix milliseconds. */
  nowMs: number;
  timezone: string;
  /** "today" or YYYY-MM-DD */
  sessionDate: string;
  /** HH:MM, see [appliance] roll. */
  roll: string;
}

/**
 * Before-noon rolls belong to the date itself (at 04:00 the date becomes that day; before, it is
 * the day before); rolls from noon on belong to the evening before (at 17:00 the date becomes the
 * next day).
 */
export function sessionDate(o: SessionDateOptions): SessionDate {
  if (o.sessionDate !== "today") {
    return { date: o.sessionDate, startS: localMidnight(o.sessionDate, o.timezone) };
  }
  const local = wallClock(o.nowMs, o.timezone);
  const minutes = local.hour * 60 + local.minute;
  const roll = Number(o.roll.slice(0, 2)) * 60 + Number(o.roll.slice(3, 5));
  let day = Date.UTC(local.year, local.month - 1, local.day);
  if (roll < NOON && minutes < roll) day -= DAY_MS;
  if (roll >= NOON && minutes >= roll) day += DAY_MS;
  const date = new Date(day).toISOString().slice(0, 10);
  return { date, startS: localMidnight(date, o.timezone) };
}

/** True when the zone is known; a wrong one makes Intl throw. */
export function isTimezone(timezone: string): boolean {
  try {
    formatter(timezone);
    return true;
  } catch {
    return false;
  }
}

/** True for a date that exists: 2026-02-30 does not. */
export function isDate(date: string): boolean {
  const ms = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 10) === date;
}

/** Unix seconds of the first instant of `date` in `timezone`. */
function localMidnight(date: string, timezone: string): number {
  const wanted = Date.parse(`${date}T00:00:00Z`);
  // The zone's offsets around that day; two of them when clocks change on it.
  const offsets = [-DAY_MS, 0, DAY_MS].map((shift) => offsetMs(wanted + shift, timezone));
  const exact = offsets
    .map((offset) => wanted - offset)
    .filter((at) => at + offsetMs(at, timezone) === wanted);
  if (exact.length > 0) return Math.min(...exact) / 1000;
  // Midnight was skipped: the day begins when the clocks jump. Find that instant, to the second.
  let low = (wanted - Math.max(...offsets)) / 1000 - 3600;
  let high = (wanted - Math.min(...offsets)) / 1000 + 3600;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (middle * 1000 + offsetMs(middle * 1000, timezone) >= wanted) high = middle;
    else low = middle;
  }
  return high;
}

/** Local time minus UTC at an instant, ms. */
function offsetMs(atMs: number, timezone: string): number {
  const w = wallClock(atMs, timezone);
  return Date.UTC(w.year, w.month - 1, w.day, w.hour, w.minute, w.second) - floorSecond(atMs);
}

function wallClock(atMs: number, timezone: string) {
  const parts = formatter(timezone).formatToParts(atMs);
  const get = (type: string) => Number(parts.find((p) => p.type === type)?.value);
  return {
    year: get("year"),
    month: get("month"),
    day: get("day"),
    hour: get("hour"),
    minute: get("minute"),
    second: get("second"),
  };
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

function floorSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

const DAY_MS = 86_400_000;
const NOON = 12 * 60;
