import { expect, test } from "bun:test";
import { DropCopyWatch } from "../../../src/control/drop-copy-watch.ts";
import { CONTROL_BLOCK_SIZE, ControlBlock } from "../../../src/core/control-block.ts";
import { HP_DROP_COPY_SIZE } from "../../../src/ffi/layout.ts";
import { CopyRig } from "../order/drop-copy/kit.ts";

const { body } = CopyRig;

function watched() {
  const buffer = new ArrayBuffer(CONTROL_BLOCK_SIZE);
  const control = ControlBlock.create(
    { buffer, offset: 0, size: CONTROL_BLOCK_SIZE, addr: 0 },
    {
      ...{ epoch: 1, engineCount: 1, feedCount: 1, sessionCount: 2 },
      ...{ configHash: 7, launcherPid: 1, sessionStartS: 0 },
    },
  );
  const { words } = control.dropCopy(1);
  const block = new Uint32Array(buffer, words.byteOffset, HP_DROP_COPY_SIZE / 4);
  const rig = new CopyRig({ block });
  const said: string[] = [];
  const watch = new DropCopyWatch(control, ["orders", "copies"], (s) => said.push(s));
  const look = () => {
    rig.copy.poll(rig.h.clock.timeNs);
    for (let k = 0; k < 3; k++) watch.poll();
    return said.splice(0);
  };
  return { rig, id: rig.id(rig.h.openOrder(1000)), look };
}

test("a difference is told once, in full, and so is its end", () => {
  const { rig, id, look } = watched();
  rig.both(body(id, "E1"));
  expect(look()).toEqual([]);
  rig.ours(body(id, "E2"));
  rig.pass(5000);
  const [sentence, ...more] = look();
  expect(more).toEqual([]);
  expect(sentence).toMatch(
    /^drop copy copies: AAA: we bought 100 at 99.99, the drop copy has not told it, ExecID hash [0-9a-f]{16}, order HP/,
  );
  rig.both(body(id, "E3"));
  expect(look()).toEqual([]);
  rig.theirs(body(id, "E4", "54=2|32=7|"));
  rig.pass(5000);
  expect(look()).toEqual([
    `drop copy copies: AAA: the drop copy says sold 7 at 99.99, we have not heard of it, ExecID E4, order ${id}`,
  ]);
  rig.theirs(body(id, "E2"));
  rig.ours(body(id, "E4", "32=7|"));
  expect(look()).toEqual([
    `drop copy copies: AAA: we bought 7 at 99.99, the drop copy says sold 7 at 99.99, ExecID E4, order ${id}`,
  ]);
});

test("what ended and begins again is news", () => {
  const { rig, id, look } = watched();
  rig.ours(body(id, "E1"));
  rig.pass(5000);
  expect(look().length).toBe(1);
  rig.theirs(body(id, "E1"));
  expect(look()).toEqual(["drop copy copies: no difference is left"]);
  rig.theirs(body(id, "E2", "150=H|19=E1|"));
  rig.pass(5000);
  expect(look().length).toBe(1);
});
