import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { controlSegmentOf, killAppliance, killDirectly } from "../../../src/cli/kill-word.ts";
import { serveSocket } from "../../../src/control/socket-server.ts";
import { Region, wholeBlock } from "../../../src/core/arena.ts";
import { CONTROL_BLOCK_SIZE, ControlBlock } from "../../../src/core/control-block.ts";
import { fakeShim } from "../../../src/ffi/fake.ts";
import { HP_KILL_CLI, HP_KILL_LOSS, HP_SHM_CREATE } from "../../../src/ffi/layout.ts";
import type { Shim } from "../../../src/ffi/shim.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hairpin-kill-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function controlIn(shim: Shim, name: string): ControlBlock {
  const region = Region.shm(shim, name, CONTROL_BLOCK_SIZE, HP_SHM_CREATE);
  return ControlBlock.create(wholeBlock(region), {
    epoch: 1,
    engineCount: 1,
    feedCount: 0,
    sessionCount: 0,
    configHash: 0,
    launcherPid: 1,
    sessionStartS: 0,
  });
}

test("the kill bit is added to those that are there already", () => {
  const shim = fakeShim();
  const control = controlIn(shim, "kill-test");
  control.kill(HP_KILL_LOSS);
  expect(killDirectly(() => shim, "kill-test")).toBe(true);
  expect(control.killBits()).toBe(HP_KILL_LOSS | HP_KILL_CLI);
});

test("a segment that is not there, or is not one of ours, is not touched", () => {
  const shim = fakeShim();
  expect(killDirectly(() => shim, "none")).toBe(false);
  Region.shm(shim, "other", CONTROL_BLOCK_SIZE, HP_SHM_CREATE);
  expect(killDirectly(() => shim, "other")).toBe(false);
});

test("the segment's name is read from the note beside the socket", () => {
  const socket = join(folder, "a.sock");
  expect(controlSegmentOf(socket)).toBeUndefined();
  writeFileSync(join(folder, "a.segments.json"), '{"names":{"control":"hairpin-a-control"}}');
  expect(controlSegmentOf(socket)).toBe("hairpin-a-control");
  writeFileSync(join(folder, "a.segments.json"), '{"names":');
  expect(controlSegmentOf(socket)).toBeUndefined();
});

/** Listens like a control that hangs: takes the connection, says nothing. */
function listenMute(path: string, onOpen: () => void): { stop(): void } {
  const server = Bun.listen({ unix: path, socket: { open: onOpen, data() {} } });
  return { stop: () => server.stop(true) };
}

test("a control that hangs does not hold the kill up: the bit is there before it is asked", async () => {
  const shim = fakeShim();
  const control = controlIn(shim, "hung-control");
  const socket = join(folder, "hung.sock");
  writeFileSync(join(folder, "hung.segments.json"), '{"names":{"control":"hung-control"}}');
  let bitsWhenAsked = -1;
  const server = listenMute(socket, () => {
    bitsWhenAsked = control.killBits();
  });
  expect(await killAppliance(socket, () => shim, 50)).toContain("through shared memory");
  expect(bitsWhenAsked).toBe(HP_KILL_CLI);
  server.stop();
});

test("control that answers has the words", async () => {
  const shim = fakeShim();
  controlIn(shim, "well-control");
  const socket = join(folder, "well.sock");
  writeFileSync(join(folder, "well.segments.json"), '{"names":{"control":"well-control"}}');
  const server = serveSocket(socket, () => ({ ok: true, text: "killed, says control" }));
  expect(await killAppliance(socket, () => shim)).toBe("killed, says control");
  server.stop();
});

test("without shared memory control is asked; without both it fails", async () => {
  const none = (): Shim => {
    throw new Error("no shim");
  };
  const socket = join(folder, "plain.sock");
  await expect(killAppliance(socket, none)).rejects.toThrow("no appliance is running");
  writeFileSync(join(folder, "plain.segments.json"), '{"names":{"control":"gone"}}');
  const server = serveSocket(socket, (line) => ({ ok: true, text: line }));
  expect(await killAppliance(socket, none)).toContain('"kill"');
  server.stop();
});
