import { expect, test } from "bun:test";
import { PortWatch } from "../../../src/control/port-watch.ts";
import { CONTROL_BLOCK_SIZE, ControlBlock } from "../../../src/core/control-block.ts";
import {
  HP_PORT__IS_USED_W,
  HP_PORT_STATS__LINK_CHANGES_D,
  HP_PORT_STATS__LINK_D,
  HP_PORTS_OF_DEVICES,
} from "../../../src/ffi/layout.ts";

function watched() {
  const buffer = new ArrayBuffer(CONTROL_BLOCK_SIZE);
  const control = ControlBlock.create(
    { buffer, offset: 0, size: CONTROL_BLOCK_SIZE, addr: 0 },
    {
      ...{ epoch: 1, engineCount: 1, feedCount: 1, sessionCount: 1 },
      ...{ configHash: 7, launcherPid: 1, sessionStartS: 0 },
    },
  );
  let nowMs = 1000;
  const said: string[] = [];
  const watch = new PortWatch(
    control,
    () => nowMs,
    (sentence) => said.push(sentence),
  );
  const port = control.port(HP_PORTS_OF_DEVICES + 1);
  port.tell({ name: "a", device: "eth7", driver: "ixgbe", mode: "" });
  /** What is said of this link (1 up, 0 down, -1 not told). */
  const link = (state: number, ms = 250) => {
    if (state !== port.doubles[HP_PORT_STATS__LINK_D] && state >= 0) {
      port.doubles[HP_PORT_STATS__LINK_CHANGES_D]!++;
    }
    port.doubles[HP_PORT_STATS__LINK_D] = state;
    nowMs += ms;
    watch.poll();
    return said.splice(0);
  };
  return { link, use: () => Atomics.store(port.words, HP_PORT__IS_USED_W, 1) };
}

test("a link that goes is told once, and so is its return", () => {
  const { link, use } = watched();
  expect(link(0)).toEqual([]);
  use();
  expect(link(1)).toEqual([]);
  expect(link(0)).toEqual(["port a: the link of eth7 is down"]);
  expect(link(0)).toEqual([]);
  expect(link(-1)).toEqual([]);
  expect(link(1)).toEqual(["port a: the link of eth7 is up again"]);
});

test("a link that is down from the start is told, and one that flaps not at each look", () => {
  const { link, use } = watched();
  use();
  expect(link(0)).toEqual(["port a: the link of eth7 is down"]);
  expect(link(1, 10)).toEqual([]);
  expect(link(0, 10)).toEqual([]);
  expect(link(0)).toEqual([]);
  expect(link(1)).toEqual(["port a: the link of eth7 is up again"]);
  expect(link(0, 10)).toEqual([]);
  expect(link(1)).toEqual(["port a: the link of eth7 was down for a moment"]);
});
