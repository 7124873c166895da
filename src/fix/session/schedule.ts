/**
 * The hours of a FIX session, in the venue's time zone (FIX Session Protocol, "FIX session" and
 * "FIX connection"): daily, weekly, or non-stop. Each window from an opening to its end is one
 * session; both sides number messages from 1 at the first logon in it.
 *
 * A window holds its opening and not its end. Where clocks change, a local time that comes twice
 * means the first one, and a time that is skipped means the moment of the jump (core/zone.ts). So a
 * session is never opened twice by one opening, and one whose whole length is skipped does not exist.
 */
import { firstInstant, isTimezone, localSecond } from "../../core/zone.ts";

/** Days of a week, in order; index = day of week, Monday 0. */
export const WEEK_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type WeekDay = (typeof WEEK_DAYS)[number];

export interface ScheduleOptions {
  /** Of the tz database. */
  timezone: string;
  /** Local times of day, "HH:MM" or "HH:MM:SS". */
  start: string;
  end: string;
  /**
   * Daily: days on which a session opens; absent or empty = all. With `end` at or before `start` it
   * ends on the day after; start = end is 24 hours.
   */
  days?: readonly WeekDay[];
  /** Weekly, both: one session from start on start_day to the next end on end_day. */
  startDay?: WeekDay;
  endDay?: WeekDay;
  /** One session that never ends; the rest is not looked at. */
  nonStop?: boolean;
  /** Numbers begin at 1 in each session (default). false: the hours only say when to be connected. */
  resetAtStart?: boolean;
}

/** Unix seconds; openS <= t < closeS. */
export interface SessionWindow {
  openS: number;
  closeS: number;
}

export class Schedule {
  readonly nonStop: boolean;
  /** Two sessions number their messages apart. */
  readonly resets: boolean;
  private readonly timezone: string;
  /** Local seconds from midnight of the opening day to opening and end. */
  private readonly start: number;
  private readonly end: number;
  /** By day of week, Monday first: opens then. */
  private readonly opens: boolean[];

  /** Throws one sentence when the options are wrong. */
  constructor(o: ScheduleOptions) {
    this.nonStop = o.nonStop === true;
    this.resets = !this.nonStop && o.resetAtStart !== false;
    this.timezone = o.timezone;
    this.start = 0;
    this.end = DAY_S;
    this.opens = WEEK_DAYS.map(() => true);
    if (this.nonStop) return;
    if (!isTimezone(o.timezone)) {
      throw new Error(`FIX schedule: the tz database has no zone "${o.timezone}"`);
    }
    this.start = secondOfDay(o.start, "start");
    const end = secondOfDay(o.end, "end");
    if (o.startDay === undefined && o.endDay === undefined) {
      this.end = end > this.start ? end : end + DAY_S;
      const days = o.days ?? [];
      if (days.length > 0) this.opens = WEEK_DAYS.map((day) => days.includes(day));
      return;
    }
    if (o.startDay === undefined || o.endDay === undefined) {
      throw new Error("FIX schedule: a weekly session needs both a start day and an end day");
    }
    const length = (dayIndex(o.endDay) - dayIndex(o.startDay)) * DAY_S + end;
    this.end = length > this.start ? length : length + WEEK_S;
    this.opens = WEEK_DAYS.map((day) => day === o.startDay);
  }

  /** True within the hours. */
  inSession(nowS: number): boolean {
    return nowS < this.windowAt(nowS).closeS;
  }

  /** Opening of the session that a moment belongs to: the last one opened by then, over or not. */
  startOf(nowS: number): number {
    return this.windowAt(nowS).openS;
  }

  /** First opening after now, Unix seconds; Infinity when non-stop. */
  nextStart(nowS: number): number {
    return this.nextWindow(nowS).openS;
  }

  /** First end after now, Unix seconds: of this session, else of the next. Infinity when non-stop. */
  nextEnd(nowS: number): number {
    const { closeS } = this.windowAt(nowS);
    return nowS < closeS ? closeS : this.nextWindow(nowS).closeS;
  }

  /** True when a message of `laterS` goes on with the numbers of `earlierS`. */
  sameNumbers(earlierS: number, laterS: number): boolean {
    return !this.resets || this.startOf(earlierS) === this.startOf(laterS);
  }

  /** The window that holds now, else the last one before it. */
  windowAt(nowS: number): SessionWindow {
    if (this.nonStop) return { openS: -Infinity, closeS: Infinity };
    for (let day = this.dayOf(nowS) + 1; ; day--) {
      const window = this.windowOf(day);
      if (window !== undefined && window.openS <= nowS) return window;
    }
  }

  /** The first window that opens after now. */
  nextWindow(nowS: number): SessionWindow {
    if (this.nonStop) return { openS: Infinity, closeS: Infinity };
    for (let day = this.dayOf(nowS) - 1; ; day++) {
      const window = this.windowOf(day);
      if (window !== undefined && window.openS > nowS) return window;
    }
  }

  /** Local day number, days since 1970-01-01. */
  private dayOf(nowS: number): number {
    return Math.floor(localSecond(nowS, this.timezone) / DAY_S);
  }

  /** The window that opens on a local day. */
  private windowOf(day: number): SessionWindow | undefined {
    // 1970-01-01 was a Thursday.
    if (!this.opens[(((day + 3) % 7) + 7) % 7]) return undefined;
    const openS = firstInstant(day * DAY_S + this.start, this.timezone);
    const closeS = firstInstant(day * DAY_S + this.end, this.timezone);
    return closeS > openS ? { openS, closeS } : undefined;
  }
}

/** "HH:MM" or "HH:MM:SS" to seconds since midnight. Throws one sentence. */
export function secondOfDay(text: string, what: string): number {
  const match = TIME_OF_DAY.exec(text);
  if (match === null) {
    throw new Error(
      `FIX schedule: ${what} is "${text}"; allowed: a time of day, HH:MM or HH:MM:SS`,
    );
  }
  return Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3] ?? 0);
}

/** A time of day, 00:00 to 23:59:59. */
export const TIME_OF_DAY = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;

function dayIndex(day: WeekDay): number {
  return WEEK_DAYS.indexOf(day);
}

const DAY_S = 86_400;
const WEEK_S = 7 * DAY_S;
