/** Brings the folders of a sweep's shards together. */
import type { SweepIdentity } from "./identity.ts";
import { differenceOf, readSweep, sweepId } from "./identity.ts";
import { planRuns } from "./plan.ts";
import { addResult, type Results, readResults } from "./runs-file.ts";

export interface MergedSweep {
  sweep: SweepIdentity;
  results: Results;
  /** Numbers of the runs without a result, from 1. */
  missing: number[];
}

/** Throws one sentence when a folder holds no sweep, or not the same one as the first. */
export function mergeSweeps(dirs: readonly string[]): MergedSweep {
  let sweep: SweepIdentity | undefined;
  const results: Results = new Map();
  for (const dir of dirs) {
    const found = readSweep(dir);
    if (found === undefined) throw new Error(`${dir} holds no sweep`);
    sweep ??= found;
    const difference = differenceOf(found, sweep);
    if (difference !== "") {
      throw new Error(`${dir} holds another sweep than ${dirs[0]}: ${difference}`);
    }
    for (const [run, result] of readResults(dir, sweepId(sweep))) {
      addResult(results, run, result, dir);
    }
  }
  const captures = sweep!.captures.map((c) => c.name);
  const runs = planRuns({ lists: sweep!.sets, captures });
  const missing = runs.filter((run) => !results.has(run.index)).map((run) => run.index + 1);
  return { sweep: sweep!, results, missing };
}
