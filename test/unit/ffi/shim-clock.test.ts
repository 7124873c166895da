import { expect, test } from "bun:test";
import { fakeShim } from "../../../src/ffi/fake.ts";
import { ShimClock } from "../../../src/ffi/shim-clock.ts";

test("a clock shows the shim's time, unchanged to the last bit", () => {
  const shim = fakeShim();
  const clock = new ShimClock(shim);
  for (const ns of [0, 1, 123456.5, 86_400e9 + 0.25]) {
    shim.network.setTime(ns);
    expect(clock.now()).toBe(ns);
  }
});

test("a faster clock leaves the shim's time at its origin and runs ahead from there", () => {
  const shim = fakeShim();
  const clock = new ShimClock(shim);
  clock.accelerate(5000, 100);
  shim.network.setTime(5000);
  expect(clock.now()).toBe(5000);
  shim.network.advance(3);
  expect(clock.now()).toBe(5300);
  shim.network.advance(1);
  expect(clock.now()).toBe(5400);
});
