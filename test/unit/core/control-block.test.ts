import { expect, test } from "bun:test";
import { Region, wholeBlock } from "../../../src/core/arena.ts";
import { CONTROL_BLOCK_SIZE, ControlBlock } from "../../../src/core/control-block.ts";
import { fakeShim } from "../../../src/ffi/fake.ts";
import * as layout from "../../../src/ffi/layout.ts";
import { publishWallOffset, ShimClock } from "../../../src/ffi/shim-clock.ts";

const options = {
  epoch: 3,
  engineCount: 2,
  feedCount: 4,
  sessionCount: 5,
  configHash: 0xfedcba98,
  launcherPid: 77,
  sessionStartS: 1795132800,
};

const shim = fakeShim();
const segment = (flags = layout.HP_SHM_OPEN_OR_CREATE) =>
  wholeBlock(Region.shm(shim, "control", CONTROL_BLOCK_SIZE, flags));

test("what the creator writes is what another process reads", () => {
  ControlBlock.create(segment(), options);
  const other = ControlBlock.open(wholeBlock(Region.shm(shim, "control", 0)));
  expect(other.words[layout.HP_CONTROL__EPOCH_W]).toBe(3);
  expect(other.words[layout.HP_CONTROL__CONFIG_HASH_W]! >>> 0).toBe(0xfedcba98);
  expect(other.doubles[layout.HP_CONTROL__SESSION_START_S_D]).toBe(1795132800);
});

test("blocks follow each other without touching", () => {
  const control = ControlBlock.create(segment(), options);
  const starts: [number, number][] = [[control.addr, layout.HP_CONTROL_SIZE]];
  for (let i = 0; i < layout.HP_ENGINES_MAX; i++)
    starts.push([control.engine(i).addr, layout.HP_ENGINE_SIZE]);
  for (let i = 0; i < layout.HP_FEEDS_MAX; i++)
    starts.push([control.feed(i).addr, layout.HP_FEED_SIZE]);
  for (let i = 0; i < layout.HP_SESSIONS_MAX; i++)
    starts.push([control.session(i).addr, layout.HP_SESSION_SIZE]);
  for (let i = 0; i < layout.HP_SESSIONS_MAX; i++)
    starts.push([control.dropCopy(i).addr, layout.HP_DROP_COPY_SIZE]);
  for (let i = 0; i < layout.HP_PORTS_MAX; i++)
    starts.push([control.port(i).addr, layout.HP_PORT_SIZE]);
  let next = control.addr;
  for (const [addr, size] of starts) {
    expect(addr).toBe(next);
    next = addr + size;
  }
  expect(next - control.addr).toBe(CONTROL_BLOCK_SIZE);
});

test("an engine's arrays lie where the header puts them", () => {
  const engine = ControlBlock.create(segment(), options).engine(1);
  engine.counters[0] = 1.5;
  engine.latency[0] = 11;
  engine.wire[0] = 12;
  engine.turn[2047] = 13;
  expect(engine.doubles[layout.HP_ENGINE__COUNTERS_D]).toBe(1.5);
  expect(engine.words[layout.HP_ENGINE__LATENCY_W]).toBe(11);
  expect(engine.words[layout.HP_ENGINE__WIRE_W]).toBe(12);
  expect(engine.words[layout.HP_ENGINE_SIZE / 4 - 1]).toBe(13);
});

test("kill bits gather and are seen by every view", () => {
  const a = ControlBlock.create(segment(), options);
  const b = ControlBlock.open(segment());
  Atomics.store(a.words, layout.HP_CONTROL__KILL_W, 0);
  expect(a.kill(layout.HP_KILL_CLI)).toBe(0);
  expect(b.kill(layout.HP_KILL_LOSS)).toBe(layout.HP_KILL_CLI);
  expect(a.killBits()).toBe(layout.HP_KILL_CLI | layout.HP_KILL_LOSS);
  b.requestStop();
  expect(a.isStopping()).toBe(true);
});

test("another version's segment, an empty one and a short one are refused", () => {
  const block = wholeBlock(Region.alloc(shim, CONTROL_BLOCK_SIZE));
  expect(() => ControlBlock.open(block)).toThrow("laid out by another version");
  const control = ControlBlock.create(block, options);
  control.words[layout.HP_CONTROL__ABI_W] = 99;
  expect(() => ControlBlock.open(block)).toThrow("laid out by another version");
  expect(() => ControlBlock.create({ ...block, size: 100 }, options)).toThrow("needs");
});

test("an index beyond the table is refused", () => {
  const control = ControlBlock.create(segment(), options);
  expect(() => control.engine(layout.HP_ENGINES_MAX)).toThrow("engine 8 of at most 8");
  expect(() => control.feed(-1)).toThrow("feed");
  expect(() => control.session(0.5)).toThrow("session");
});

test("a clock takes the wall offset over, but not while it is being written", () => {
  const control = ControlBlock.create(segment(), options);
  const clock = new ShimClock(shim, control);
  publishWallOffset(control, 1234);
  clock.refresh();
  expect(clock.wallOffsetNs).toBe(1234);
  Atomics.add(control.words, layout.HP_CONTROL__WALL_SEQ_W, 1);
  control.doubles[layout.HP_CONTROL__WALL_OFFSET_NS_D] = 99;
  clock.refresh();
  expect(clock.wallOffsetNs).toBe(1234);
  Atomics.add(control.words, layout.HP_CONTROL__WALL_SEQ_W, 1);
  clock.refresh();
  expect(clock.wallOffsetNs).toBe(99);
});

test("a fault is told in a sentence, cut to the room there is, and taken back", () => {
  const control = ControlBlock.create(segment(), options);
  const engine = control.engine(1);
  const first = engine.counters[0]!;
  expect(engine.faultText()).toBe("");
  engine.tellFault("strategy a failed: Error: no");
  const other = ControlBlock.open(wholeBlock(Region.shm(shim, "control", 0))).engine(1);
  expect(other.faultText()).toBe("strategy a failed: Error: no");
  engine.tellFault("é".repeat(200));
  expect(other.faultText()).toBe("é".repeat(63));
  expect(other.counters[0]).toBe(first);
  engine.tellFault("");
  expect(other.faultText()).toBe("");
});
