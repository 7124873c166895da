/** Schedules against a model that walks through the year minute by minute and watches the clock. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Schedule, type ScheduleOptions, WEEK_DAYS } from "../../../src/fix/session/schedule.ts";
import { SessionWindows } from "../../../src/fix/session/session-windows.ts";

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

/** Zones with the years in which their clocks do something unusual, and plain ones. */
const YEARS: [string, number][] = [
  ["America/New_York", 2026],
  ["America/New_York", 2006],
  ["Europe/London", 2024],
  ["Australia/Lord_Howe", 2025],
  ["America/Sao_Paulo", 2018],
  ["Pacific/Apia", 2011],
  ["Africa/Cairo", 2024],
  ["Africa/Casablanca", 2026],
  ["Asia/Kolkata", 2026],
  ["UTC", 2026],
];

/** Offset from UTC as the zone's own name for it says: "GMT+05:30". Not how the code finds it. */
function offsetMinutes(format: Intl.DateTimeFormat, unixS: number): number {
  const name = format.formatToParts(unixS * 1000).find((p) => p.type === "timeZoneName")!.value;
  const match = /^GMT(?:([+-])(\d{2}):(\d{2}))?$/.exec(name)!;
  const minutes = Number(match[2] ?? 0) * 60 + Number(match[3] ?? 0);
  return match[1] === "-" ? -minutes : minutes;
}

const years = new Map<string, { fromS: number; local: Float64Array }>();

/** By minute of the year and a week around it: what the wall shows, in minutes. */
function wallOf(timezone: string, year: number) {
  const key = `${timezone} ${year}`;
  const known = years.get(key);
  if (known !== undefined) return known;
  const fromS = Date.UTC(year, 0, 1) / 1000 - 8 * DAY_S;
  const toS = Date.UTC(year + 1, 0, 1) / 1000 + 8 * DAY_S;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    timeZoneName: "longOffset",
  });
  const local = new Float64Array((toS - fromS) / MINUTE_S);
  let before = offsetMinutes(format, fromS);
  for (let hourS = fromS; hourS < toS; hourS += HOUR_S) {
    const after = offsetMinutes(format, hourS + HOUR_S);
    for (let m = 0; m < 60; m++) {
      const at = hourS + m * MINUTE_S;
      const offset = before === after ? before : offsetMinutes(format, at);
      local[(at - fromS) / MINUTE_S] = at / MINUTE_S + offset;
    }
    before = after;
  }
  const made = { fromS, local };
  years.set(key, made);
  return made;
}

interface Seen {
  openS: number;
  closeS: number;
}

/** Openings and ends as somebody sees them who watches the clock, and never lets it go back. */
function watch(o: ScheduleOptions, timezone: string, year: number): Seen[] {
  const { fromS, local } = wallOf(timezone, year);
  const minuteOf = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
  const isDay = (minute: number, days: readonly string[]) =>
    days.length === 0 || days.includes(WEEK_DAYS[(Math.floor(minute / 1440) + 3) % 7]!);
  const weekly = o.startDay !== undefined;
  const startDays = weekly ? [o.startDay!] : (o.days ?? []);
  const endDays = weekly ? [o.endDay!] : [];
  const seen: Seen[] = [];
  let open = 0;
  let highest = local[0]!;
  for (let i = 1; i < local.length; i++) {
    const now = fromS + i * MINUTE_S;
    for (let minute = highest + 1; minute <= local[i]!; minute++) {
      const inDay = minute % 1440;
      if (open !== 0 && inDay === minuteOf(o.end) && isDay(minute, endDays)) {
        if (now > open) seen.push({ openS: open, closeS: now });
        open = 0;
      }
      if (inDay === minuteOf(o.start) && isDay(minute, startDays)) open = now;
    }
    highest = Math.max(highest, local[i]!);
  }
  return seen;
}

const timeOfDay = fc
  .oneof(
    fc.integer({ min: 0, max: 1439 }),
    // Where clocks change.
    fc.integer({ min: 0, max: 36 }).map((n) => n * 5),
  )
  .map((m) => `${String(Math.floor(m / 60)).padStart(2, "0")}:${String(m % 60).padStart(2, "0")}`);
const day = fc.constantFrom(...WEEK_DAYS);
const options = fc
  .record({ start: timeOfDay, end: timeOfDay, zone: fc.constantFrom(...YEARS), same: fc.boolean() })
  .chain(({ start, end, zone, same }) => {
    const base = { timezone: zone[0], start, end: same ? start : end };
    return fc
      .oneof(
        fc.record({ days: fc.uniqueArray(day, { maxLength: 7 }) }),
        fc.record({ startDay: day, endDay: day }),
      )
      .map((more) => ({ o: { ...base, ...more } as ScheduleOptions, year: zone[1] }));
  });

describe("Schedule", () => {
  test("agrees with a watcher of the clock in every minute of years in which clocks change", () => {
    let openings = 0;
    fc.assert(
      fc.property(
        options,
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        ({ o, year }, random) => {
          const schedule = new Schedule(o);
          const seen = watch(o, o.timezone, year);
          expect(seen.length).toBeGreaterThan(50);
          openings += seen.length;
          const found: Seen[] = [];
          let last = seen[0]!.openS - 1;
          while (found.length < seen.length) {
            const window = schedule.nextWindow(last);
            found.push(window);
            last = window.openS;
          }
          expect(found).toEqual(seen);
          const startS = seen[0]!.openS;
          const windows = new SessionWindows(o, startS + 8 * DAY_S);
          const ns = (unixS: number) => (unixS - startS - 8 * DAY_S) * 1e9;
          for (let k = 0; k < 40; k++) {
            const at = Math.floor((random.next().value as number) * (seen.length - 2));
            const { openS, closeS } = seen[at]!;
            const next = seen[at + 1]!;
            const inside =
              openS + Math.floor((closeS - 1 - openS) * (random.next().value as number));
            for (const t of [openS, inside, closeS - 1]) {
              expect(schedule.inSession(t)).toBe(true);
              expect(schedule.startOf(t)).toBe(openS);
              expect(schedule.nextEnd(t)).toBe(closeS);
              expect(schedule.nextStart(t)).toBe(next.openS);
            }
            expect(schedule.inSession(closeS)).toBe(next.openS === closeS);
            if (next.openS > startS + 100 * DAY_S) continue;
            for (const t of [openS, inside, closeS - 1, closeS]) {
              expect(windows.isOpen(ns(t))).toBe(schedule.inSession(t));
              expect(windows.opensNs(ns(t))).toBe(ns(schedule.nextStart(t)));
            }
            expect(windows.sessionOf(ns(next.openS)) - windows.sessionOf(ns(inside))).toBe(1);
          }
        },
      ),
      { numRuns: 30 },
    );
    expect(openings).toBeGreaterThan(1500);
  }, 60_000);
});
