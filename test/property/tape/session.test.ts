/** A recorded session, whatever happened in it, comes out of its tape again record by record. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakeShim } from "../../../src/ffi/fake.ts";
import { replayTape } from "../../../src/replay/tape/replay-tape.ts";
import { makeRings, RecordedEngine } from "../../support/tape/recorded-engine.ts";
import { restless, SessionWorld, worldOptions } from "../../support/tape/session-world.ts";

const root = mkdtempSync(join(tmpdir(), "hairpin-tape-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const FROM = Number(process.env["TAPE_SEED"] ?? 1);
const COUNT = Number(process.env["TAPE_SEEDS"] ?? 12);

for (let seed = FROM; seed < FROM + COUNT; seed++) {
  test(`the session of seed ${seed} is replayed to the byte`, async () => {
    const directory = join(root, String(seed));
    const options = worldOptions({ durableAlways: seed % 3 === 0, massCancel: seed % 2 === 0 });
    const strategies = [{ definition: restless, params: { qty: 10 } }];
    const rings = makeRings({ journal: seed % 4 === 0 ? 1 << 16 : 1 << 20 });
    const engine = new RecordedEngine({ directory, options, strategies, rings });
    const world = new SessionWorld(engine, { seed, steps: 3000, chaos: seed % 5 === 0 ? 4 : 1 });
    world.open();
    world.run();
    world.stop();
    engine.save();
    const result = await replayTape(fakeShim(), {
      directory,
      engine: 0,
      epoch: 1,
      load: async () => strategies,
    });
    if (process.env["TAPE_SHOW"]) {
      const { path, kept } = engine;
      console.log(seed, "kept", kept, "of", path.loop.turns, result, engine.words);
    }
    expect({ difference: result.difference, isWhole: result.isWhole }).toEqual({
      difference: "",
      isWhole: true,
    });
    expect(result.records).toBeGreaterThan(100);
  });
}
