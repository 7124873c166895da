import { expect, test } from "bun:test";
import { join } from "node:path";
import { loadConfig } from "../../../src/config/load.ts";
import { SESSION_UP } from "../../../src/core/codes.ts";
import { engineOptions } from "../../../src/engine/from-config.ts";
import { loadStrategies } from "../../../src/engine/load-strategies.ts";
import type { EngineOptions } from "../../../src/engine/options.ts";
import { makeShadow } from "../../../src/engine/warm-up.ts";
import { fakeShim } from "../../../src/ffi/fake.ts";
import { FIX_DISCONNECTS, FIX_INVALID, FIX_LOGONS } from "../../../src/fix/counters.ts";
import * as N from "../../../src/order/counters.ts";
import { TERMS } from "../../support/ouch-venue.ts";

const EXAMPLE = join(import.meta.dir, "../../../docs/examples/appliance.toml");

/** The example's engine, its orders by OUCH. */
function byOuch(): EngineOptions {
  const options = engineOptions(loadConfig(EXAMPLE))[0]!;
  const sessions = options.sessions.map((session) => ({ ...session, ouch: TERMS }));
  return { ...options, sessions };
}

test("an engine has sessions of both protocols, each with its own instruments", async () => {
  const options = engineOptions(loadConfig(EXAMPLE))[0]!;
  const [fix] = options.sessions;
  const both: EngineOptions = {
    ...options,
    sessions: [fix!, { ...fix!, name: "ouch", ouch: TERMS }],
    instruments: options.instruments.map((d, i) => ({ ...d, session: i % 2 })),
  };
  const strategies = await loadStrategies(both);
  const shim = fakeShim();
  const shadow = makeShadow(shim, { options: both, sessionStartS: 1.7e9, strategies, seed: 1 });
  for (let i = 0; i < 6000; i++) {
    shim.network.advance(2000);
    shadow.turn();
  }
  const { counters, orderSessions, orders } = shadow.path;
  expect(orderSessions.map((session) => session.state)).toEqual([SESSION_UP, SESSION_UP]);
  for (const session of orderSessions) expect(session.nextIn()).toBeGreaterThan(500);
  expect(counters[N.ORDER_NEVER_SENT]).toBe(0);
  expect(orders.isCancelling()).toBe(false);
});

test("the shadow of an OUCH session warms every kind of answer, and comes back when it was lost", async () => {
  const options = byOuch();
  const strategies = await loadStrategies(options);
  const shim = fakeShim();
  const shadow = makeShadow(shim, { options, sessionStartS: 1.7e9, strategies, seed: 1 });
  const { counters } = shadow.path;
  const turns = (n: number, ns = 2000) => {
    for (let i = 0; i < n; i++) {
      shim.network.advance(ns);
      shadow.turn();
    }
  };
  turns(6000);
  expect(counters[FIX_LOGONS]).toBe(1);
  const warmed = [
    N.ORDER_ACKED,
    N.ORDER_FILLS,
    N.ORDER_CANCELED_COUNT,
    N.ORDER_REJECTED_COUNT,
    N.ORDER_REPLACED_COUNT,
    N.ORDER_CANCEL_REJECTS,
  ];
  expect(warmed.map((counter) => counters[counter]! > 10)).toEqual(warmed.map(() => true));
  const odd = [
    FIX_INVALID,
    N.ORDER_NEVER_SENT,
    N.ORDER_OVERFILLS,
    N.ORDER_UNBOOKABLE,
    N.ORDER_STATUS_MISMATCH,
  ];
  expect(odd.map((counter) => counters[counter])).toEqual(odd.map(() => 0));
  for (let i = 0; i < 100; i++) {
    shim.network.advance(1e7);
    shadow.path.loop.turn();
  }
  expect(counters[FIX_DISCONNECTS]).toBeGreaterThan(0);
  // Each try that came to nothing has doubled the wait.
  turns(8000, 100_000);
  expect(shadow.path.sessions[0]!.state).toBe(SESSION_UP);
  const before = counters[N.ORDER_ACKED]!;
  turns(3000);
  expect(counters[N.ORDER_ACKED]).toBeGreaterThan(before + 100);
});
