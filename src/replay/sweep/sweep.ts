/** Runs what is left of a shard, several at a time, each result on disk as soon as it is there. */
import { join } from "node:path";
import { cString } from "../../core/c-string.ts";
import { statusText } from "../../core/status.ts";
import { HP_EEXIST } from "../../ffi/layout.ts";
import type { Shim } from "../../ffi/shim.ts";
import type { SweepIdentity } from "./identity.ts";
import { claimSweep, sweepId } from "./identity.ts";
import type { Shard, SweepRun } from "./plan.ts";
import { runsOf } from "./plan.ts";
import type { Runner } from "./runner.ts";
import type { Results, RunResult } from "./runs-file.ts";
import { isFailure, RunsFile, readResults } from "./runs-file.ts";

export interface SweepOptions {
  dir: string;
  identity: SweepIdentity;
  /** Of all shards. */
  runs: readonly SweepRun[];
  shard: Shard;
  /** Runs at a time. */
  jobs: number;
  runner: Runner;
  /** For the lock of the shard's file. */
  shim: Shim;
  /** Ends it: what runs is cut short and not noted. */
  stop: AbortSignal;
  /** Words for a person. */
  onWords(sentence: string): void;
  /** Called with how many of the shard's runs have a result, and how many there are. */
  onResult(run: SweepRun, result: RunResult, done: number, count: number): void;
}

export interface SweepOutcome {
  /** Everything in the folder. */
  results: Results;
  /** Runs of this shard that had their figures before. */
  resumed: number;
}

/**
 * Runs of the shard that have figures in `dir` are not done again; those that failed are. Throws one
 * sentence when the folder is another sweep's, in use, or can't be written.
 */
export async function runSweep(o: SweepOptions): Promise<SweepOutcome> {
  claimSweep(o.dir, o.identity);
  const id = sweepId(o.identity);
  const unlock = lockShard(o);
  try {
    const file = new RunsFile(o.dir, o.shard, id);
    try {
      return await runRest(o, file, readResults(o.dir, id));
    } finally {
      file.close();
    }
  } finally {
    unlock();
  }
}

async function runRest(o: SweepOptions, file: RunsFile, results: Results): Promise<SweepOutcome> {
  const own = runsOf(o.runs, o.shard);
  const isDone = ({ index }: SweepRun) => {
    const result = results.get(index);
    return result !== undefined && !isFailure(result);
  };
  const rest = own.filter((run) => !isDone(run));
  const resumed = own.length - rest.length;
  if (resumed > 0) o.onWords(`${resumed} of ${own.length} runs were done before`);
  let done = resumed;
  let next = 0;
  // A result that can't be noted ends all: behind half a line nothing may be written.
  let fault: unknown;
  const work = async () => {
    while (next < rest.length && fault === undefined && !o.stop.aborted) {
      const run = rest[next++]!;
      try {
        const result = await o.runner(run, o.stop);
        if (result === null || fault !== undefined) return;
        file.add(run.index, result);
        results.set(run.index, result);
        o.onResult(run, result, ++done, own.length);
      } catch (error) {
        fault ??= error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(o.jobs, rest.length) }, work));
  if (fault !== undefined) throw fault;
  return { results, resumed };
}

/** Returns what gives the lock back. */
function lockShard({ dir, shard, shim, onWords }: SweepOptions): () => void {
  const path = join(dir, `runs-${shard.part}-of-${shard.count}.lock`);
  const fd = shim.hp_file_lock(cString(path));
  if (fd === HP_EEXIST) {
    throw new Error(`another sweep is at work on shard ${shard.part}/${shard.count} of ${dir}`);
  }
  if (fd < 0) {
    onWords(`can't lock ${path} (${statusText(fd)}): nothing else may write there meanwhile`);
    return () => {};
  }
  return () => shim.hp_fd_close(fd);
}
