/** A recorded session whose market data comes by FIX, with answers late and missing, is replayed to the byte. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakeShim } from "../../../src/ffi/fake.ts";
import * as N from "../../../src/fix/market-data/counters.ts";
import { replayTape } from "../../../src/replay/tape/replay-tape.ts";
import { RecordedEngine } from "../../support/tape/recorded-engine.ts";
import { marketOptions, restless, SessionWorld } from "../../support/tape/session-world.ts";
import { silentChanges } from "../../support/tape/silent-changes.ts";

/** The seeds, to go on from elsewhere by hand. */
const FROM = Number(process.env["TAPE_SEED"] ?? 1);
const COUNT = Number(process.env["TAPE_SEEDS"] ?? 8);

const root = mkdtempSync(join(tmpdir(), "hairpin-tape-md-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const strategies = [{ definition: restless, params: { qty: 10 } }];

function session(seed: number, steps: number, o: { maxOrders?: number } = {}) {
  const directory = mkdtempSync(join(root, `${seed}-`));
  const style = seed % 2 === 0 ? "all" : "each";
  const options = { ...marketOptions({ style, asksStatus: seed % 4 >= 2 }), ...o };
  const engine = new RecordedEngine({ directory, options, strategies });
  const chaos = seed % 5 === 0 ? 4 : 1;
  return { directory, engine, world: new SessionWorld(engine, { seed, steps, chaos }) };
}

const count = (engine: RecordedEngine, counter: number) => engine.block.counters[counter]!;

for (let seed = FROM; seed < FROM + COUNT; seed++) {
  test(`the session of seed ${seed} is replayed to the byte`, async () => {
    const { directory, engine, world } = session(seed, 3000);
    world.open();
    world.run();
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
  });
}

test("the sessions had snapshots, late ones and such that never came, updates that did not fit or were lost", () => {
  const sum = { snapshots: 0, overdue: 0, givenUp: 0, outOfStep: 0, skipped: 0 };
  for (let seed = FROM; seed < FROM + 8; seed++) {
    const { engine, world } = session(seed, 3000);
    world.open();
    world.run();
    sum.snapshots += count(engine, N.MD_SNAPSHOTS);
    sum.overdue += count(engine, N.MD_OVERDUE);
    sum.givenUp += count(engine, N.MD_GIVEN_UP);
    sum.outOfStep += count(engine, N.MD_OUT_OF_STEP);
    sum.skipped += count(engine, N.MD_SKIPPED);
  }
  for (const total of Object.values(sum)) expect(total).toBeGreaterThan(0);
});

for (const seed of [2, 3, 5]) {
  test(`a turn that is left off the tape changes nothing, in the session of seed ${seed}`, () => {
    const { engine, world } = session(999 + FROM + seed, 300, { maxOrders: 64 });
    const silent = silentChanges(engine, () => {
      world.open();
      world.run();
    });
    expect(silent.changes).toEqual([]);
    expect(silent.turns).toBeGreaterThan(100);
  }, 60_000);
}
