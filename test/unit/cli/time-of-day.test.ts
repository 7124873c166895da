import { expect, test } from "bun:test";
import fc from "fast-check";
import { type CliError, EXIT_USAGE } from "../../../src/cli/exit-codes.ts";
import { formatTimeOfDay, parseTimeOfDay } from "../../../src/cli/time-of-day.ts";

const H = 3600e9;

test("a time of day is ns since midnight", () => {
  expect(parseTimeOfDay("--from", "09:30")).toBe(9.5 * H);
  expect(parseTimeOfDay("--from", "9:30:01")).toBe(9.5 * H + 1e9);
  expect(parseTimeOfDay("--from", "09:30:00.5")).toBe(9.5 * H + 5e8);
  expect(parseTimeOfDay("--from", "00:00:00.000000001")).toBe(1);
  expect(parseTimeOfDay("--to", "24:00:00")).toBe(24 * H);
});

test("what is no time of day is one sentence, and wrong usage", () => {
  for (const text of [
    "",
    "9",
    "09:60",
    "09:30:60",
    "24:00:01",
    "24:30",
    "25:00",
    "-1:00",
    "09:30:00.",
    "09:30:00.1234567891",
    "09:30 ",
    "noon",
    "2026-01-01T09:30",
  ]) {
    try {
      parseTimeOfDay("--from", text);
      throw new Error(`${text} was taken`);
    } catch (error) {
      expect((error as CliError).message).toBe(
        `--from: found "${text}"; allowed: HH:MM:SS, e.g. 09:30:00.5`,
      );
      expect((error as CliError).exitCode).toBe(EXIT_USAGE);
    }
  }
});

test("is written as it is read", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 24 * H - 1 }), (ns) => {
      expect(parseTimeOfDay("--from", formatTimeOfDay(ns))).toBe(ns);
    }),
  );
});

test("is cut to its digits, and says another day", () => {
  expect(formatTimeOfDay(9.5 * H + 987_654_321, 3)).toBe("09:30:00.987");
  expect(formatTimeOfDay(9.5 * H + 987_654_321, 0)).toBe("09:30:00");
  expect(formatTimeOfDay(25 * H, 0)).toBe("+1d 01:00:00");
  expect(formatTimeOfDay(-1 * H, 0)).toBe("-1d 23:00:00");
});
