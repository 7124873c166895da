/** A recorded session, whatever happened in it, comes out of its tape again record by record. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakeShim } from "../../../src/ffi/fake.ts";
import { HP_JOURNAL__EPOCH_W } from "../../../src/ffi/layout.ts";
import { replayTape } from "../../../src/replay/tape/replay-tape.ts";
import { makeRings, RecordedEngine } from "../../support/tape/recorded-engine.ts";
import { restless, SessionWorld, worldOptions } from "../../support/tape/session-world.ts";
import { silentChanges } from "../../support/tape/silent-changes.ts";
import { differences, stateOf } from "../../support/tape/state-walk.ts";

/** The seeds, to go on from elsewhere by hand. */
const FROM = Number(process.env["TAPE_SEED"] ?? 1);
const COUNT = Number(process.env["TAPE_SEEDS"] ?? 12);

const root = mkdtempSync(join(tmpdir(), "hairpin-tape-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const strategies = [{ definition: restless, params: { qty: 10 } }];

/** An engine and the world around it: every seed is another kind of appliance. */
function session(
  seed: number,
  steps: number,
  o: { maxOrders?: number; resetsOnLogon?: boolean; tapeBytes?: number } = {},
) {
  const directory = mkdtempSync(join(root, `${seed}-`));
  const options = worldOptions({
    durableAlways: seed % 3 === 0,
    massCancel: seed % 2 === 0,
    hasTwoSessions: seed % 4 >= 2,
    hasDevices: seed % 5 >= 3,
  });
  if (o.maxOrders !== undefined) options.maxOrders = o.maxOrders;
  for (const one of options.sessions) one.resetOnLogon = o.resetsOnLogon === true;
  const rings = makeRings({
    journal: seed % 4 === 0 ? 1 << 16 : 1 << 20,
    tape: o.tapeBytes ?? 1 << 22,
  });
  const engine = new RecordedEngine({ directory, options, strategies, rings });
  const chaos = seed % 5 === 0 ? 4 : 1;
  return { directory, engine, world: new SessionWorld(engine, { seed, steps, chaos }) };
}

for (let seed = FROM; seed < FROM + COUNT; seed++) {
  test(`the session of seed ${seed} is replayed to the byte`, async () => {
    const { directory, engine, world } = session(seed, 3000);
    world.open();
    world.run();
    // Most turns are left off: that is what has to be right.
    expect(engine.kept).toBeLessThan(0.8 * engine.path.loop.turns);
    world.stop();
    engine.save();
    const load = async () => strategies;
    const result = await replayTape(fakeShim(), { directory, engine: 0, epoch: 1, load });
    expect({ difference: result.difference, isWhole: result.isWhole }).toEqual({
      difference: "",
      isWhole: true,
    });
    expect(engine.words).toEqual([]);
    expect(result.records).toBeGreaterThan(50);
  });
}

for (let seed = 300; seed < 304; seed++) {
  test(`a killed session of seed ${seed} and its next run are replayed to where each ends`, async () => {
    const { directory, engine: first, world } = session(seed, 1500, { resetsOnLogon: true });
    world.open();
    world.run();
    // Killed here: nothing is cancelled, no END is on the tape.
    first.drain.flush();
    first.drain.close();
    const { options, rings } = first;
    new Int32Array(rings.journal)[HP_JOURNAL__EPOCH_W] = 2;
    const second = new RecordedEngine({ directory, options, strategies, rings, isRestart: true });
    const after = new SessionWorld(second, { seed: seed + 50, steps: 1500 });
    after.open();
    after.run();
    after.stop();
    second.save();
    const load = async () => strategies;
    const replay = (epoch: number) => replayTape(fakeShim(), { directory, engine: 0, epoch, load });
    expect(await replay(1)).toMatchObject({ difference: "", isWhole: false, behindJournal: 0 });
    expect(await replay(2)).toMatchObject({ difference: "", isWhole: true, behindTape: 0 });
  });

  test(`a session of seed ${seed} whose ring was full is replayed to there, and said to be cut`, async () => {
    const { directory, engine, world } = session(seed, 1500, { tapeBytes: 1 << 16 });
    engine.tapeDrain.poll = () => false;
    world.open();
    world.run();
    world.stop();
    engine.save();
    expect(engine.words.join()).toContain("its ring was full");
    const load = async () => strategies;
    const result = await replayTape(fakeShim(), { directory, engine: 0, epoch: 1, load });
    expect(result).toMatchObject({ isWhole: false, behindJournal: 0 });
    expect(result.difference).toContain("its capture ring was full, or its end is missing");
    expect(result.behindTape).toBeGreaterThan(0);
  });
}

for (const seed of [2, 3, 5]) {
  test(`a turn that is left off the tape changes nothing, in the session of seed ${seed}`, () => {
    const { engine, world } = session(999 + FROM + seed, 150, { maxOrders: 64 });
    const silent = silentChanges(engine, () => {
      world.open();
      world.run();
    });
    expect(silent.changes).toEqual([]);
    expect(silent.turns).toBeGreaterThan(100);
  }, 60_000);
}

test("the walk over the state sees a change anywhere below", () => {
  const state = { a: { list: new Int32Array(4), is: false }, b: "x" };
  const before = stateOf(state, /^$/);
  state.a.list[2] = 7;
  state.a.is = true;
  state.b = "y";
  const found = differences(state, /^$/, before, stateOf(state, /^$/));
  expect(found).toHaveLength(3);
  expect(found[0]).toBe(".a.list[2]: 0 -> 7");
});
