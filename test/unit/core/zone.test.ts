import { expect, test } from "bun:test";
import { firstInstant, isTimezone, localSecond } from "../../../src/core/zone.ts";

const s = (iso: string) => Date.parse(iso) / 1000;
const NEW_YORK = "America/New_York";

test("a zone is known when the tz database has it", () => {
  expect(isTimezone("Europe/Zurich")).toBe(true);
  expect(isTimezone("Mars/Olympus")).toBe(false);
});

test("a local second is what the clock on the wall shows, fractions cut off", () => {
  expect(localSecond(s("2026-11-20T14:30:00Z"), NEW_YORK)).toBe(s("2026-11-20T09:30:00Z"));
  expect(localSecond(s("2026-11-20T14:30:00Z") + 0.9, "Asia/Kolkata")).toBe(
    s("2026-11-20T20:00:00Z"),
  );
  expect(localSecond(s("1969-12-31T23:00:00Z"), "UTC")).toBe(-3600);
});

test("a local time that comes twice is its first instant", () => {
  expect(firstInstant(s("2026-11-01T01:30:00Z"), NEW_YORK)).toBe(s("2026-11-01T05:30:00Z"));
  expect(firstInstant(s("2026-11-01T02:00:00Z"), NEW_YORK)).toBe(s("2026-11-01T07:00:00Z"));
});

test("a local time that is skipped is the instant of the jump", () => {
  for (const skipped of ["02:00:00", "02:30:00", "02:59:59", "03:00:00"]) {
    expect(firstInstant(s(`2026-03-08T${skipped}Z`), NEW_YORK)).toBe(s("2026-03-08T07:00:00Z"));
  }
  // Samoa went without the whole of 30 December 2011.
  expect(firstInstant(s("2011-12-30T12:00:00Z"), "Pacific/Apia")).toBe(s("2011-12-30T10:00:00Z"));
});
