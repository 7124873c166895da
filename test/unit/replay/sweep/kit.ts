/** Sweeps whose replays are scripts, for tests. */
import { join } from "node:path";
import { parseSet } from "../../../../src/config/override.ts";
import { fakeShim } from "../../../../src/ffi/fake.ts";
import type { SweepIdentity } from "../../../../src/replay/sweep/identity.ts";
import { mergeSweeps } from "../../../../src/replay/sweep/merge.ts";
import type { Shard } from "../../../../src/replay/sweep/plan.ts";
import { planRuns } from "../../../../src/replay/sweep/plan.ts";
import { processRunner, type Runner } from "../../../../src/replay/sweep/runner.ts";
import { runSweep } from "../../../../src/replay/sweep/sweep.ts";
import { tableCsv, tableRows } from "../../../../src/replay/sweep/table.ts";

export const ALL: Shard = { part: 1, count: 1 };

/** Eight sets of values over the captures. */
export function identityOf(captures: string[], sets = SETS): SweepIdentity {
  return {
    version: "0.0.0",
    configSha256: "00",
    sets: sets.map(parseSet),
    captures: captures.map((name) => ({ name, bytes: 1, endsSha256: "00" })),
    flags: ["--seed", "1"],
  };
}

const SETS = ["strategy.m.params.skew=0.1,0.2,0.5,1", "risk.max_loss=10,20"];

export function runsIn(identity: SweepIdentity) {
  const captures = identity.captures.map((c) => c.name);
  return planRuns({ lists: identity.sets, captures });
}

interface RunOptions {
  shard?: Shard;
  jobs?: number;
  runner?: Runner;
  stop?: AbortSignal;
}

/** Runs it, and tells which runs were done, in their order. */
export async function runAll(dir: string, identity: SweepIdentity, o: RunOptions = {}) {
  const done: number[] = [];
  const { results, resumed } = await runSweep({
    dir,
    identity,
    runs: runsIn(identity),
    shard: o.shard ?? ALL,
    jobs: o.jobs ?? 2,
    runner: o.runner ?? scriptRunner(),
    shim: fakeShim(),
    stop: o.stop ?? new AbortController().signal,
    onWords: () => {},
    onResult: (run) => done.push(run.index),
  });
  return { done, resumed, results };
}

/** The table of one folder or several. */
export function tableOf(...dirs: string[]): string {
  const { sweep, results } = mergeSweeps(dirs);
  return tableCsv(sweep, tableRows(sweep, results));
}

export function scriptRunner(): Runner {
  const command = [process.execPath, join(import.meta.dir, "fake-replay.ts")];
  return processRunner({ command, config: "a.toml", flags: ["--seed", "1"] });
}

/** Without a process: figures by the number of the run. */
export const quickRunner: Runner = async ({ index }) => ({
  journalHash: `hash${index}`,
  figures: { orders: index, net: index / 10 },
});
