/**
 * What a sweep runs: every combination of the `--set` lists, each over every capture. The order is
 * that of the command line, the last list and then the capture changing fastest; it does not depend
 * on what has been run.
 */
import type { Override, OverrideList } from "../../config/override.ts";

export interface SweepPlan {
  lists: readonly OverrideList[];
  captures: readonly string[];
}

export interface SweepRun {
  /** From 0, over all shards. */
  index: number;
  /** Combination of values, from 0. */
  set: number;
  overrides: Override[];
  capture: string;
}

/** Part `part` (from 1) of `count`. */
export interface Shard {
  part: number;
  count: number;
}

export const RUNS_MAX = 100_000;

/** Throws one sentence when the plan makes no sense. */
export function planRuns({ lists, captures }: SweepPlan): SweepRun[] {
  for (const { path, values } of lists) {
    expectUnique(values, (value) => `--set ${path}: the value ${value} is there twice`);
  }
  expectUnique(
    lists.map((list) => list.path),
    (path) => `--set ${path} is given twice; write its values behind one another: ${path}=1,2`,
  );
  expectUnique(captures, (capture) => `the capture ${capture} is given twice`);
  const setCount = lists.reduce((count, list) => count * list.values.length, 1);
  if (setCount * captures.length > RUNS_MAX) {
    throw new Error(`${setCount * captures.length} runs; at most ${RUNS_MAX} in one sweep`);
  }
  const runs: SweepRun[] = [];
  for (let set = 0; set < setCount; set++) {
    const overrides = combination(lists, set);
    for (const capture of captures) runs.push({ index: runs.length, set, overrides, capture });
  }
  return runs;
}

/** The runs of one shard: every `count`-th, so that the shards are of one size. */
export function runsOf(runs: readonly SweepRun[], { part, count }: Shard): SweepRun[] {
  return runs.filter((run) => run.index % count === part - 1);
}

/** "2/4"; throws one sentence. */
export function parseShard(text: string): Shard {
  const match = /^(\d{1,6})\/(\d{1,6})$/.exec(text);
  const [part, count] = [Number(match?.[1]), Number(match?.[2])];
  if (part >= 1 && part <= count) return { part, count };
  throw new Error(`--shard: found "${text}"; allowed: K/N with K from 1 to N, e.g. 2/4`);
}

/** Number `set`, counted with the last list as the lowest digit. */
function combination(lists: readonly OverrideList[], set: number): Override[] {
  let rest = set;
  const out: Override[] = [];
  for (const { path, values } of lists.toReversed()) {
    out.unshift({ path, value: values[rest % values.length]! });
    rest = Math.floor(rest / values.length);
  }
  return out;
}

function expectUnique(words: readonly string[], sentence: (word: string) => string): void {
  const twice = words.find((word, i) => words.indexOf(word) !== i);
  if (twice !== undefined) throw new Error(sentence(twice));
}
