import { expect, test } from "bun:test";
import { join } from "node:path";
import { loadConfig } from "../../../src/config/load.ts";
import { SESSION_UP } from "../../../src/core/codes.ts";
import { engineOptions } from "../../../src/engine/from-config.ts";
import { loadStrategies } from "../../../src/engine/load-strategies.ts";
import { makeShadow } from "../../../src/engine/warm-up.ts";
import { fakeShim } from "../../../src/ffi/fake.ts";
import { FIX_DISCONNECTS, FIX_LOGONS } from "../../../src/fix/counters.ts";
import { ORDER_ACKED } from "../../../src/order/counters.ts";

const EXAMPLE = join(import.meta.dir, "../../../docs/examples/appliance.toml");

test("the shadow's session comes back when it was lost, and goes on warming orders", async () => {
  const options = engineOptions(loadConfig(EXAMPLE))[0]!;
  const strategies = await loadStrategies(options);
  const shim = fakeShim();
  const shadow = makeShadow(shim, { options, sessionStartS: 1.7e9, strategies, seed: 1 });
  const { counters } = shadow.path;
  const turns = (n: number) => {
    for (let i = 0; i < n; i++) {
      shim.network.advance(2000);
      shadow.turn();
    }
  };
  turns(3000);
  expect(counters[FIX_LOGONS]).toBe(1);
  expect(counters[ORDER_ACKED]).toBeGreaterThan(100);
  for (let round = 0; round < 3; round++) {
    const logons = counters[FIX_LOGONS]!;
    // The venue says nothing for longer than heartbeats allow, as the shadow counts time.
    for (let i = 0; i < 100; i++) {
      shim.network.advance(1e7);
      shadow.path.loop.turn();
    }
    expect(counters[FIX_DISCONNECTS]).toBeGreaterThan(0);
    turns(8000);
    expect(counters[FIX_LOGONS]).toBeGreaterThan(logons);
    expect(shadow.path.sessions[0]!.state).toBe(SESSION_UP);
    const before = counters[ORDER_ACKED]!;
    turns(3000);
    expect(counters[ORDER_ACKED]).toBeGreaterThan(before + 100);
  }
});
