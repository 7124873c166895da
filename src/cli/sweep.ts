/** `hairpin sweep`: replays of many parameter sets and captures, and one table of them. */
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { IS_COMPILED } from "../core/compiled.ts";
import { HAIRPIN_VERSION } from "../core/version.ts";
import { loadShim } from "../ffi/load.ts";
import { writeFileDurably } from "../journal/files.ts";
import type { SweepIdentity } from "../replay/sweep/identity.ts";
import { identifySweep } from "../replay/sweep/identity.ts";
import { mergeSweeps } from "../replay/sweep/merge.ts";
import { parseShard, planRuns, runsOf } from "../replay/sweep/plan.ts";
import { processRunner } from "../replay/sweep/runner.ts";
import type { Results } from "../replay/sweep/runs-file.ts";
import { isFailure } from "../replay/sweep/runs-file.ts";
import { runSweep } from "../replay/sweep/sweep.ts";
import { type TableRow, tableCsv, tableRows } from "../replay/sweep/table.ts";
import { latencyModel } from "../replay/venue/latency.ts";
import type { FlagTable, Parsed } from "./args.ts";
import { CliError, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { outJson } from "./io.ts";
import { replayVerb } from "./replay.ts";
import { checkSweep, listsOf } from "./sweep-config.ts";
import { resultText, tableText } from "./sweep-text.ts";
import { defineVerb } from "./verb.ts";

const TABLE = "table.csv";
const OUT = "sweep";

/** Flags of `hairpin replay` that hold for every run. */
export const PASSED_FLAGS = ["engine", "from", "to", "late", "latency", "queue", "seed"] as const;

const FLAGS = {
  config: { type: "text", value: "FILE", text: "The config, as of `hairpin replay`." },
  set: {
    type: "list",
    value: "KEY=VALUE,...",
    text: "Values that a key of the config takes one after the other; every combination is run.",
  },
  out: {
    type: "text",
    value: "PATH",
    text: `Folder of the results and of ${TABLE} (${OUT}); of merge, the table's file.`,
  },
  jobs: {
    type: "whole",
    min: 1,
    max: 1024,
    text: "Replays at a time; without it, one for each core.",
  },
  shard: { type: "text", value: "K/N", text: "Only this part of the runs, K from 1 to N." },
} as const satisfies FlagTable;

export const sweepVerb = defineVerb({
  name: "sweep",
  summary: "Replays captures with many sets of values, and writes one table.",
  operands: { usage: "CAPTURE... | merge DIR...", min: 1, max: 1_000_000 },
  flags: { ...FLAGS, ...passedFlags() },
  details:
    "The same command again goes on where it was stopped or killed; what failed is run again. `sweep merge DIR...` writes the table of several shards, into the first folder unless --out names a file. Exit code 1 when a run failed or is missing. See docs/operating/sweep.md.",
  run({ flags, operands }, io) {
    const merge = operands[0] === "merge";
    const run = merge ? mergeShards(flags, operands.slice(1), io) : sweep(flags, operands, io);
    return run.catch((error: unknown) => {
      // Sentences are plain errors; a CliError, a closed pipe or a mistake of ours is something else.
      if ((error as Error).constructor !== Error) throw error;
      throw new CliError(EXIT_FAILED, (error as Error).message);
    });
  },
});

type Flags = Parsed<typeof FLAGS>["flags"] & { json: boolean };

async function sweep(flags: Flags, captures: string[], io: Io): Promise<number> {
  const { config } = flags;
  if (config === undefined) throw new CliError(EXIT_USAGE, "missing: --config FILE");
  const lists = listsOf(flags.set);
  const runs = usage(() => planRuns({ lists, captures }));
  const shard = usage(() => parseShard(flags.shard ?? "1/1"));
  const dir = flags.out ?? OUT;
  const given = flags as unknown as { latency: string; seed: number };
  usage(() => latencyModel(given.latency, given.seed));
  await checkSweep(config, lists, io);
  const words = passedWords(flags);
  const identity = identifySweep({
    version: HAIRPIN_VERSION,
    config,
    lists,
    captures,
    flags: words,
  });
  const main = IS_COMPILED ? [] : [Bun.main];
  const stopping = stopOnSignal();
  const { results } = await runSweep({
    dir,
    identity,
    runs,
    shard,
    jobs: flags.jobs ?? availableParallelism(),
    runner: processRunner({ command: [process.execPath, ...main], config, flags: words }),
    shim: loadShim(),
    stop: stopping,
    onWords: (sentence) => io.err(`${sentence}\n`),
    onResult: (...result) => io.err(`${resultText(...result)}\n`),
  });
  const own = runsOf(runs, shard);
  if (stopping.aborted) {
    const done = own.filter((run) => results.has(run.index)).length;
    throw new CliError(
      EXIT_FAILED,
      `stopped with ${done} of ${own.length} runs done; the same command goes on from there`,
    );
  }
  if (shard.count === 1) return writeTable(identity, results, join(dir, TABLE), flags, io);
  const failed = own.filter((run) => isFailure(results.get(run.index)!)).length;
  if (flags.json) outJson(io, { out: dir, shard: flags.shard, runs: own.length, failed });
  else {
    io.out(`shard ${flags.shard}: ${own.length} runs done, ${failed} failed, in ${dir}\n`);
    io.err("when all shards are done: hairpin sweep merge DIR...\n");
  }
  return failed === 0 ? EXIT_OK : EXIT_FAILED;
}

async function mergeShards(flags: Flags, dirs: string[], io: Io): Promise<number> {
  if (dirs.length === 0) throw new CliError(EXIT_USAGE, "missing: merge DIR...");
  const given = ["config", "jobs", "shard"] as const;
  const idle =
    given.find((name) => flags[name] !== undefined) ?? (flags.set.length > 0 ? "set" : "");
  if (idle !== "") throw new CliError(EXIT_USAGE, `--${idle} is not for merge`);
  const { sweep, results, missing } = mergeSweeps(dirs);
  if (missing.length > 0) {
    const shown = missing.slice(0, 20).join(", ");
    const more = missing.length > 20 ? `, and ${missing.length - 20} more` : "";
    io.err(`not run: ${missing.length} of ${missing.length + results.size}: ${shown}${more}\n`);
  }
  return writeTable(sweep, results, flags.out ?? join(dirs[0]!, TABLE), flags, io);
}

function writeTable(
  identity: SweepIdentity,
  results: Results,
  path: string,
  flags: Flags,
  io: Io,
): number {
  const rows: TableRow[] = tableRows(identity, results);
  writeFileDurably(path, tableCsv(identity, rows));
  const runs = rows.filter((r) => r.row === "run");
  const failed = runs.filter((r) => r.error !== "").length;
  if (flags.json) outJson(io, { out: dirname(path), table: path, runs: runs.length, failed, rows });
  else io.out(`${tableText(rows)}\n${path}\n`);
  if (failed > 0) io.err(`without figures: ${failed} of ${runs.length} runs; the table says why\n`);
  return failed === 0 ? EXIT_OK : EXIT_FAILED;
}

function passedFlags(): FlagTable {
  return Object.fromEntries(PASSED_FLAGS.map((name) => [name, replayVerb.flags[name]!]));
}

function passedWords(flags: object): string[] {
  const given = flags as Record<string, unknown>;
  return PASSED_FLAGS.flatMap((name) => {
    const value = given[name];
    if (value === undefined || value === false) return [];
    return value === true ? [`--${name}`] : [`--${name}`, String(value)];
  });
}

/** Ctrl-C, and what a batch system sends before it kills. */
function stopOnSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => controller.abort());
  }
  return controller.signal;
}

function usage<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new CliError(EXIT_USAGE, (error as Error).message);
  }
}
