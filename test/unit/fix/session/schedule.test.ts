import { describe, expect, test } from "bun:test";
import { Schedule, type ScheduleOptions } from "../../../../src/fix/session/schedule.ts";
import { SessionWindows } from "../../../../src/fix/session/session-windows.ts";

const s = (iso: string) => Date.parse(iso) / 1000;
const iso = (unixS: number) =>
  Number.isFinite(unixS) ? new Date(unixS * 1000).toISOString().slice(0, 19) : String(unixS);
const NEW_YORK = { timezone: "America/New_York", start: "09:00", end: "17:00" };
const CHICAGO: ScheduleOptions = {
  timezone: "America/Chicago",
  start: "17:00",
  end: "16:00",
  days: ["sun", "mon", "tue", "wed", "thu"],
};

describe("A daily schedule", () => {
  test("holds its opening and not its end", () => {
    const hours = new Schedule(NEW_YORK);
    const open = s("2026-11-20T14:00:00Z");
    const close = s("2026-11-20T22:00:00Z");
    expect([open - 1, open, close - 1, close].map((t) => hours.inSession(t))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(iso(hours.nextStart(open))).toBe("2026-11-21T14:00:00");
    expect(iso(hours.nextEnd(open))).toBe("2026-11-20T22:00:00");
    expect(iso(hours.nextEnd(close))).toBe("2026-11-21T22:00:00");
  });

  test("follows the clocks of its zone through the year", () => {
    const hours = new Schedule(NEW_YORK);
    expect(iso(hours.nextStart(s("2026-07-01T00:00:00Z")))).toBe("2026-07-01T13:00:00");
    expect(iso(hours.nextStart(s("2026-12-01T00:00:00Z")))).toBe("2026-12-01T14:00:00");
  });

  test("opens on its days only; what comes after belongs to the session before", () => {
    const hours = new Schedule({ ...NEW_YORK, days: ["mon", "tue", "wed", "thu", "fri"] });
    const saturday = s("2026-11-21T15:00:00Z");
    expect(hours.inSession(saturday)).toBe(false);
    expect(iso(hours.startOf(saturday))).toBe("2026-11-20T14:00:00");
    expect(iso(hours.nextStart(saturday))).toBe("2026-11-23T14:00:00");
  });

  test("that starts after its end runs over midnight, on the days on which it opens", () => {
    const hours = new Schedule(CHICAGO);
    // Friday 16:00 to Sunday 17:00 is the weekend; each day has an hour's break.
    expect(hours.inSession(s("2026-11-20T21:59:59Z"))).toBe(true);
    expect(hours.inSession(s("2026-11-20T22:00:00Z"))).toBe(false);
    expect(iso(hours.nextStart(s("2026-11-20T22:00:00Z")))).toBe("2026-11-22T23:00:00");
    expect(hours.inSession(s("2026-11-23T06:00:00Z"))).toBe(true);
    expect(iso(hours.startOf(s("2026-11-23T06:00:00Z")))).toBe("2026-11-22T23:00:00");
    expect(iso(hours.nextStart(s("2026-11-23T22:30:00Z")))).toBe("2026-11-23T23:00:00");
  });

  test("that ends when it starts is always open, and numbers begin again each day", () => {
    const hours = new Schedule({ timezone: "UTC", start: "22:00", end: "22:00" });
    expect(hours.inSession(s("2026-11-20T21:59:59Z"))).toBe(true);
    expect(hours.inSession(s("2026-11-20T22:00:00Z"))).toBe(true);
    expect(hours.sameNumbers(s("2026-11-19T22:00:00Z"), s("2026-11-20T21:59:59Z"))).toBe(true);
    expect(hours.sameNumbers(s("2026-11-20T21:59:59Z"), s("2026-11-20T22:00:00Z"))).toBe(false);
  });

  test("without a reset at the start numbers run on", () => {
    const hours = new Schedule({ ...NEW_YORK, resetAtStart: false });
    expect(hours.sameNumbers(s("2026-11-19T15:00:00Z"), s("2026-11-20T15:00:00Z"))).toBe(true);
    expect(hours.inSession(s("2026-11-20T04:00:00Z"))).toBe(false);
  });

  test("opens at the jump when its start is skipped, and once when it comes twice", () => {
    const night = new Schedule({ timezone: "America/New_York", start: "02:30", end: "06:00" });
    expect(iso(night.nextStart(s("2026-03-08T00:00:00Z")))).toBe("2026-03-08T07:00:00");
    const hour = new Schedule({ timezone: "America/New_York", start: "01:15", end: "01:45" });
    const first = s("2026-11-01T05:15:00Z");
    expect(iso(hour.nextStart(s("2026-11-01T00:00:00Z")))).toBe(iso(first));
    expect(iso(hour.nextEnd(first))).toBe("2026-11-01T05:45:00");
    expect(hour.inSession(s("2026-11-01T06:30:00Z"))).toBe(false);
    expect(iso(hour.nextStart(first))).toBe("2026-11-02T06:15:00");
  });

  test("does not exist on a day that skips the whole of it", () => {
    const hours = new Schedule({ timezone: "America/New_York", start: "02:10", end: "02:50" });
    expect(iso(hours.nextStart(s("2026-03-08T00:00:00Z")))).toBe("2026-03-09T06:10:00");
  });
});

describe("A weekly schedule", () => {
  const WEEK: ScheduleOptions = {
    timezone: "America/New_York",
    start: "17:00",
    startDay: "sun",
    end: "16:30",
    endDay: "fri",
  };

  test("is one session from the first day to the last", () => {
    const hours = new Schedule(WEEK);
    const monday = s("2026-11-16T12:00:00Z");
    expect(iso(hours.startOf(monday))).toBe("2026-11-15T22:00:00");
    expect(hours.sameNumbers(monday, s("2026-11-20T21:29:59Z"))).toBe(true);
    expect(hours.inSession(s("2026-11-20T21:30:00Z"))).toBe(false);
    expect(hours.inSession(s("2026-11-22T21:59:59Z"))).toBe(false);
    expect(hours.sameNumbers(monday, s("2026-11-22T22:00:00Z"))).toBe(false);
  });

  test("may end on the day on which it starts, a week later", () => {
    const hours = new Schedule({ ...WEEK, end: "17:00", endDay: "sun" });
    expect(hours.inSession(s("2026-11-21T12:00:00Z"))).toBe(true);
    expect(iso(hours.nextEnd(s("2026-11-21T12:00:00Z")))).toBe("2026-11-22T22:00:00");
    const day = new Schedule({ ...WEEK, end: "18:00", endDay: "sun" });
    expect(iso(day.nextEnd(s("2026-11-21T12:00:00Z")))).toBe("2026-11-22T23:00:00");
    expect(day.inSession(s("2026-11-21T12:00:00Z"))).toBe(false);
  });
});

test("a non-stop schedule has one session and looks at nothing else", () => {
  const hours = new Schedule({ timezone: "", start: "", end: "", nonStop: true });
  expect(hours.inSession(0)).toBe(true);
  expect([hours.nextStart(0), hours.nextEnd(0)]).toEqual([Infinity, Infinity]);
  expect(hours.sameNumbers(0, 4e9)).toBe(true);
});

test("what a schedule can't be made of is said in one sentence", () => {
  const made = (o: Partial<ScheduleOptions>) => () => new Schedule({ ...NEW_YORK, ...o });
  expect(made({ timezone: "Mars/X" })).toThrow('the tz database has no zone "Mars/X"');
  expect(made({ start: "24:00" })).toThrow('start is "24:00"; allowed: a time of day');
  expect(made({ end: "9:00" })).toThrow('end is "9:00"');
  expect(made({ startDay: "mon" })).toThrow("both a start day and an end day");
});

describe("The windows of a session", () => {
  const START = s("2026-11-20T05:00:00Z");
  const ns = (at: string) => (s(at) - START) * 1e9;
  const windows = (o: ScheduleOptions | null) => new SessionWindows(o, START);

  test("say in ns what the schedule says", () => {
    const w = windows(CHICAGO);
    expect(w.isOpen(ns("2026-11-20T12:00:00Z"))).toBe(true);
    expect(w.isOpen(ns("2026-11-20T22:00:00Z"))).toBe(false);
    expect(w.closesNs(ns("2026-11-20T12:00:00Z"))).toBe(ns("2026-11-20T22:00:00Z"));
    expect(w.closesNs(ns("2026-11-20T22:00:01Z"))).toBe(ns("2026-11-20T22:00:01Z"));
    expect(w.opensNs(ns("2026-11-20T22:00:00Z"))).toBe(ns("2026-11-22T23:00:00Z"));
    // The evening before the session date, where the clock is negative.
    expect(w.isOpen(ns("2026-11-20T01:00:00Z"))).toBe(true);
  });

  test("tell the session of an earlier run from this one", () => {
    const w = windows(CHICAGO);
    const now = w.sessionOf(ns("2026-11-20T12:00:00Z"));
    expect(w.sessionOf(ns("2026-11-19T23:00:00Z"))).toBe(now);
    expect(w.sessionOf(ns("2026-11-19T22:59:59Z"))).toBe(now - 1);
    expect(w.sessionOf(ns("2026-11-13T00:00:00Z"))).toBe(now - 5);
    expect(w.sessionOf(ns("2026-11-22T22:59:59Z"))).toBe(now);
    expect(w.sessionOf(ns("2026-11-22T23:00:00Z"))).toBe(now + 1);
  });

  test("reach as far as the clock is exact", () => {
    const w = windows(NEW_YORK);
    expect(w.isOpen(ns("2027-03-03T15:00:00Z"))).toBe(true);
    expect(w.opensNs(ns("2027-03-05T15:00:00Z"))).toBe(Infinity);
  });

  test("without a schedule, or without a reset, are one session", () => {
    for (const o of [null, { ...NEW_YORK, nonStop: true }, { ...NEW_YORK, resetAtStart: false }]) {
      const w = windows(o);
      expect(w.sessionOf(ns("2026-11-19T00:00:00Z"))).toBe(0);
      expect(w.sessionOf(ns("2026-12-19T00:00:00Z"))).toBe(0);
    }
    const always = windows(null);
    expect(always.isOpen(-1e15)).toBe(true);
    expect([always.closesNs(0), always.opensNs(0)]).toEqual([Infinity, Infinity]);
  });

  test("hold the same answer however often and in which order they are asked", () => {
    const w = windows(CHICAGO);
    const times = ["2026-11-25T00:00:00Z", "2026-11-19T22:30:00Z", "2026-11-20T12:00:00Z"].map(ns);
    const once = times.map((t) => w.isOpen(t));
    expect(times.toReversed().map((t) => w.isOpen(t))).toEqual(once.toReversed());
    expect(once).toEqual([true, false, true]);
  });
});
