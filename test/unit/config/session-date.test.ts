import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isDate, sessionDate } from "../../../src/config/session-date.ts";

const NEW_YORK = "America/New_York";
const at = (iso: string, roll = "00:00", timezone = NEW_YORK) =>
  sessionDate({ nowMs: Date.parse(iso), timezone, sessionDate: "today", roll });
const startOf = (date: string, timezone: string) =>
  new Date(
    sessionDate({ nowMs: 0, timezone, sessionDate: date, roll: "00:00" }).startS * 1000,
  ).toISOString();

describe("sessionDate", () => {
  test("is the local date, counted from local midnight", () => {
    expect(at("2026-11-20T14:30:00Z")).toEqual({
      date: "2026-11-20",
      startS: Date.parse("2026-11-20T05:00:00Z") / 1000,
    });
    expect(at("2026-11-20T04:59:59Z").date).toBe("2026-11-19");
    expect(at("2026-11-20T05:00:00Z").date).toBe("2026-11-20");
  });

  test("before a morning roll it is still the day before", () => {
    expect(at("2026-11-20T08:59:59Z", "04:00").date).toBe("2026-11-19");
    expect(at("2026-11-20T09:00:00Z", "04:00").date).toBe("2026-11-20");
    expect(at("2026-11-21T04:00:00Z", "04:00").date).toBe("2026-11-20");
  });

  test("after an evening roll it is already the next day", () => {
    expect(at("2026-11-20T21:59:59Z", "17:00").date).toBe("2026-11-20");
    expect(at("2026-11-20T22:00:00Z", "17:00").date).toBe("2026-11-21");
    expect(at("2026-12-31T23:00:00Z", "17:00").date).toBe("2027-01-01");
  });

  test("on the day when clocks go forward the day has 23 hours", () => {
    expect(startOf("2026-03-08", NEW_YORK)).toBe("2026-03-08T05:00:00.000Z");
    expect(startOf("2026-03-09", NEW_YORK)).toBe("2026-03-09T04:00:00.000Z");
    expect(at("2026-03-08T07:30:00Z", "04:00").date).toBe("2026-03-07");
    expect(at("2026-03-08T08:00:00Z", "04:00").date).toBe("2026-03-08");
  });

  test("on the day when clocks go back the day has 25 hours", () => {
    expect(startOf("2026-11-01", NEW_YORK)).toBe("2026-11-01T04:00:00.000Z");
    expect(startOf("2026-11-02", NEW_YORK)).toBe("2026-11-02T05:00:00.000Z");
    expect(at("2026-11-02T04:59:00Z").date).toBe("2026-11-01");
  });

  test("where midnight itself is skipped, the day begins when the clocks jump", () => {
    expect(startOf("2018-11-04", "America/Sao_Paulo")).toBe("2018-11-04T03:00:00.000Z");
    expect(startOf("2024-04-26", "Africa/Cairo")).toBe("2024-04-25T22:00:00.000Z");
  });

  test("a given date is taken as it is", () => {
    const s = sessionDate({
      nowMs: Date.parse("2026-11-20T14:30:00Z"),
      timezone: "UTC",
      sessionDate: "2019-12-30",
      roll: "17:00",
    });
    expect(s).toEqual({ date: "2019-12-30", startS: Date.parse("2019-12-30T00:00:00Z") / 1000 });
  });

  test("without a roll, now lies in the session date, in any zone at any time", () => {
    const zones = [NEW_YORK, "UTC", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo"];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 946_684_800, max: 2_000_000_000 }),
        (timezone, s) => {
          const { startS } = sessionDate({
            nowMs: s * 1000,
            timezone,
            sessionDate: "today",
            roll: "00:00",
          });
          return startS <= s && s - startS < 25 * 3600 + 1;
        },
      ),
      { numRuns: 300 },
    );
  });
});

test("isDate knows the calendar", () => {
  expect(isDate("2024-02-29")).toBe(true);
  expect(isDate("2026-02-29")).toBe(false);
  expect(isDate("2026-13-01")).toBe(false);
});
