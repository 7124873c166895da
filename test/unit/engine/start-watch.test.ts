import { expect, test } from "bun:test";
import { StartWatch, startBoundMs } from "../../../src/engine/start-watch.ts";
import {
  HP_STATE_ARMED,
  HP_STATE_DISARMED,
  HP_STATE_RECOVERING,
  HP_STATE_STARTING,
  HP_STATE_WARMING,
} from "../../../src/ffi/layout.ts";

test("a start that stands still beyond its bound names the step and the strategies", () => {
  const steps: [number, string][] = [
    [HP_STATE_STARTING, "the loading of strategies"],
    [HP_STATE_RECOVERING, "recovery and create()"],
    [HP_STATE_WARMING, "warm-up"],
  ];
  for (const [state, step] of steps) {
    const watch = new StartWatch(["mine", "maker"], 65_000);
    expect(watch.problem(state, 1000)).toBe("");
    expect(watch.problem(state, 66_000)).toBe("");
    expect(watch.problem(state, 66_001)).toBe(
      `it did not get beyond ${step} in 65 s; look for what never returns from a callback or create() in mine, maker`,
    );
  }
});

test("each step has the whole bound, and an engine that has started has none", () => {
  const watch = new StartWatch(["mine"], 1000);
  expect(watch.problem(HP_STATE_STARTING, 0)).toBe("");
  expect(watch.problem(HP_STATE_RECOVERING, 900)).toBe("");
  expect(watch.problem(HP_STATE_WARMING, 1800)).toBe("");
  expect(watch.problem(HP_STATE_WARMING, 2800)).toBe("");
  expect(watch.problem(HP_STATE_DISARMED, 2801)).toBe("");
  expect(watch.problem(HP_STATE_ARMED, 1e9)).toBe("");
  expect(watch.problem(HP_STATE_ARMED, 2e9)).toBe("");
});

test("a thread that is gone without a word points at process.exit()", () => {
  expect(new StartWatch(["mine"], 1).ended()).toContain("process.exit() in mine");
  expect(new StartWatch([], 1).ended()).toContain("no strategies");
});

test("the bound grows with the turns of the warm-up and with the journal", () => {
  expect(startBoundMs(0, 0)).toBe(60_000);
  expect(startBoundMs(200_000, 0)).toBe(80_000);
  expect(startBoundMs(0, 1e9)).toBe(160_000);
});
