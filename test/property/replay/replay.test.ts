/** Orders of every kind, at random, against captured markets: both sides keep the same books. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakeShim } from "../../../src/ffi/fake.ts";
import { ORDER_OVERFILLS, ORDER_UNBOOKABLE } from "../../../src/order/counters.ts";
import { writeItch } from "../../support/replay/generated-capture.ts";
import { replayOptions, run } from "../../support/replay/run.ts";
import { restless } from "../../support/tape/session-world.ts";

const folder = mkdtempSync(join(tmpdir(), "hairpin-replays-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Desk {
  accounts: { accounts: Map<number, { position: number; bought: number; sold: number }> }[];
}

for (let seed = 1; seed <= 6; seed++) {
  test(`the capture and the orders of seed ${seed}`, async () => {
    const capture = join(folder, `${seed}.itch`);
    writeItch(capture, { seed, ms: 800, halts: seed % 2 === 0 });
    const engine = replayOptions();
    engine.strategies[0]!.seed = seed;
    engine.risk.shortMarking = false;
    const settings = {
      capture,
      engine,
      definition: restless,
      params: { qty: 10 },
      latency: seed % 3 === 0 ? "normal:2ms,3ms" : "normal:80us,60us",
      queue: seed % 2 === 0 ? ("proportional" as const) : ("pessimistic" as const),
      seed,
    };
    const { recorder, result, summary } = await run(fakeShim(), settings);
    const { counters, path } = result.replay;
    const { figures } = summary;
    expect(summary.faults).toEqual([]);
    expect(figures.orders).toBeGreaterThan(50);
    expect(figures.fills).toBeGreaterThan(20);
    expect(figures.replaces).toBeGreaterThan(5);
    expect(figures.cancels).toBeGreaterThan(5);
    expect(figures).toMatchObject({ open_orders: 0, unknown_orders: 0 });
    expect([counters[ORDER_OVERFILLS], counters[ORDER_UNBOOKABLE]]).toEqual([0, 0]);
    expect(result.replay.killBits).toBe(0);

    const { venues } = result.replay as unknown as { venues: { desk: Desk }[] };
    const atVenue = venues[0]!.desk.accounts[0]!.accounts;
    let volume = 0;
    for (const i of [0, 1]) {
      const account = atVenue.get(i) ?? { position: 0, bought: 0, sold: 0 };
      expect(path.positions.qty[i]!).toBe(account.position);
      volume += account.bought + account.sold;
    }
    expect(figures.volume_shares).toBe(volume);
    for (let k = 1; k < recorder.fills.length; k++) {
      expect(recorder.fills[k]!.timeNs).toBeGreaterThanOrEqual(recorder.fills[k - 1]!.timeNs);
    }

    const again = await run(fakeShim(), settings);
    expect(again.summary.journal_hash).toBe(summary.journal_hash);
  });
}
