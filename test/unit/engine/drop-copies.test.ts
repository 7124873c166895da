import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SESSION_UP } from "../../../src/core/codes.ts";
import { makeShadow } from "../../../src/engine/warm-up.ts";
import { fakeShim } from "../../../src/ffi/fake.ts";
import * as O from "../../../src/order/counters.ts";
import * as N from "../../../src/order/drop-copy/counters.ts";
import { loadStrategy } from "../../../src/strategy/load.ts";
import { writeItch } from "../../support/replay/generated-capture.ts";
import { replayOptions, run } from "../../support/replay/run.ts";
import { optionsOf, START_NS, TOML } from "./rig.ts";

const COPY = `
[[session]]
name = "copies"
use = "drop-copy"
address = "127.0.0.1:9878"
sender_comp_id = "DROP"
target_comp_id = "SIM"

[session.drop_copy]
positions = "account"
`;

test("the shadow of an engine with a drop copy is told a copy of every fill, and agrees with it", async () => {
  const shim = fakeShim();
  shim.network.setTime(START_NS);
  const options = optionsOf(TOML + COPY)[0]!;
  const strategies = [await loadStrategy("maker", {})];
  const shadow = makeShadow(shim, { options, sessionStartS: 1.7e9, strategies, seed: 1 });
  for (let i = 0; i < 4000; i++) {
    shim.network.advance(2000);
    shadow.turn();
  }
  const c = shadow.path.counters;
  expect(shadow.path.sessions.map((s) => s.state)).toEqual([SESSION_UP, SESSION_UP]);
  expect(c[O.ORDER_FILLS]).toBeGreaterThan(20);
  expect(c[N.DROP_COPY_MATCHED]).toBeGreaterThan(20);
  expect(c[N.DROP_COPY_OTHERS]).toBe(0);
  expect(c[N.DROP_COPY_DIFFERENCES]).toBe(0);
  expect(shadow.path.gate.barred.every((code) => code === 0)).toBe(true);
});

test("a replay of a capture leaves a drop copy out: the venue that it simulates has none", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hairpin-replay-copy-"));
  const capture = join(folder, "a.itch");
  writeItch(capture, { seed: 3, ms: 1500 });
  const plain = await run(fakeShim(), { capture });
  const engine = replayOptions((toml) => toml + COPY);
  const copied = await run(fakeShim(), { capture, engine });
  rmSync(folder, { recursive: true });
  expect(plain.summary.figures.fills).toBeGreaterThan(5);
  expect(copied.summary.journal_hash).toBe(plain.summary.journal_hash);
});
