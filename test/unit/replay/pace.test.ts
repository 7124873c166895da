import { expect, test } from "bun:test";
import { Pace } from "../../../src/replay/pace.ts";

test("as fast as it goes never waits", () => {
  const pace = new Pace(Number.POSITIVE_INFINITY);
  pace.begin(0);
  expect(pace.waitMs(1e15)).toBe(0);
});

test("nothing waits before the beginning", () => {
  expect(new Pace(1).waitMs(1e15)).toBe(0);
});

test("waits for the capture's time, divided by the speed", () => {
  for (const speed of [0.5, 1, 10]) {
    const pace = new Pace(speed);
    pace.begin(5e9);
    // An hour of the capture ahead; what this machine took since is in the difference.
    const wait = pace.waitMs(5e9 + 3600e9);
    expect(wait).toBeLessThanOrEqual(3_600_000 / speed);
    expect(wait).toBeGreaterThan(3_600_000 / speed - 60_000);
  }
});

test("does not wait for what is due, or nearly", () => {
  const pace = new Pace(1);
  pace.begin(5e9);
  expect(pace.waitMs(5e9)).toBe(0);
  expect(pace.waitMs(5e9 - 3600e9)).toBe(0);
  expect(pace.waitMs(5e9 + 900_000)).toBe(0);
});
