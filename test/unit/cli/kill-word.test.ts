import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { controlSegmentOf, killDirectly } from "../../../src/cli/kill-word.ts";
import { Region, wholeBlock } from "../../../src/core/arena.ts";
import { CONTROL_BLOCK_SIZE, ControlBlock } from "../../../src/core/control-block.ts";
import { fakeShim } from "../../../src/ffi/fake.ts";
import { HP_KILL_CLI, HP_KILL_LOSS, HP_SHM_CREATE } from "../../../src/ffi/layout.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hairpin-kill-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("the kill bit is added to those that are there already", () => {
  const shim = fakeShim();
  const region = Region.shm(shim, "kill-test", CONTROL_BLOCK_SIZE, HP_SHM_CREATE);
  const control = ControlBlock.create(wholeBlock(region), {
    epoch: 1,
    engineCount: 1,
    feedCount: 0,
    sessionCount: 0,
    configHash: 0,
    launcherPid: 1,
    sessionStartS: 0,
  });
  control.kill(HP_KILL_LOSS);
  expect(killDirectly(shim, "kill-test")).toBe(true);
  expect(control.killBits()).toBe(HP_KILL_LOSS | HP_KILL_CLI);
});

test("a segment that is not there, or is not one of ours, is not touched", () => {
  const shim = fakeShim();
  expect(killDirectly(shim, "none")).toBe(false);
  Region.shm(shim, "other", CONTROL_BLOCK_SIZE, HP_SHM_CREATE);
  expect(killDirectly(shim, "other")).toBe(false);
});

test("the segment's name is read from the note beside the socket", () => {
  const socket = join(folder, "a.sock");
  expect(controlSegmentOf(socket)).toBeUndefined();
  writeFileSync(join(folder, "a.segments.json"), '{"names":{"control":"hairpin-a-control"}}');
  expect(controlSegmentOf(socket)).toBe("hairpin-a-control");
  writeFileSync(join(folder, "a.segments.json"), '{"names":');
  expect(controlSegmentOf(socket)).toBeUndefined();
});
