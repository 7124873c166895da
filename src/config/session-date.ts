import { firstInstant, localSecond } from "../core/zone.ts";

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
  const local = localSecond(Math.floor(o.nowMs / 1000), o.timezone);
  const minutes = Math.floor((local % DAY_S) / 60);
  const roll = Number(o.roll.slice(0, 2)) * 60 + Number(o.roll.slice(3, 5));
  let day = local - (local % DAY_S);
  if (roll < NOON && minutes < roll) day -= DAY_S;
  if (roll >= NOON && minutes >= roll) day += DAY_S;
  const date = new Date(day * 1000).toISOString().slice(0, 10);
  return { date, startS: localMidnight(date, o.timezone) };
}

/** True for a date that exists: 2026-02-30 does not. */
export function isDate(date: string): boolean {
  const ms = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 10) === date;
}

/** Unix seconds of the first instant of `date` in `timezone`. */
function localMidnight(date: string, timezone: string): number {
  return firstInstant(Date.parse(`${date}T00:00:00Z`) / 1000, timezone);
}

const DAY_S = 86_400;
const NOON = 12 * 60;
