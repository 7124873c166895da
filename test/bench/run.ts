/**
 * `bun run bench [--json] [WORD ...]`: figures of the parts of the path and of the whole, beside the
 * budget of DESIGN.md. A word picks the cases whose name has it. Data to stdout, words to stderr.
 *
 * Each case runs in a process of its own: what another one has compiled, for other classes at the
 * same call sites, would change it. The clock is mitata's (CLOCK_MONOTONIC) around batches of calls, so
 * percentiles are of the means of such batches, less the two worst; only where a line says "1 event"
 * are they of single events. Warm: a second of the same before. The thread is not pinned: on a shared
 * machine trust ratios, not tails.
 */
import { cpus, loadavg } from "node:os";
import { hasShim } from "../../src/ffi/load.ts";
import { type BenchCase, type BenchGroup, type Figures, figuresOf } from "./bench-case.ts";
import { feedCases } from "./cases/feed.ts";
import { ffiCases, histogramCases } from "./cases/ffi.ts";
import { fixCases } from "./cases/fix.ts";
import { journalCases } from "./cases/journal.ts";
import { pathCases } from "./cases/path.ts";
import { riskCases } from "./cases/risk.ts";
import { type Result, resultOf, table } from "./report.ts";

const unbuilt = hasShim() ? undefined : "the shim is not built: run `bun run shim`";

const GROUPS: BenchGroup[] = [
  { name: "whole path", skipped: unbuilt, cases: pathCases },
  { name: "calls, clock and ports", skipped: unbuilt, cases: ffiCases },
  { name: "feed and books", cases: feedCases },
  { name: "gate", cases: riskCases },
  { name: "FIX", cases: fixCases },
  { name: "journal", cases: journalCases },
  { name: "histogram", cases: histogramCases },
];

const CHILD = "--case";

async function main(args: string[]): Promise<number> {
  if (args[0] === CHILD) return await child(args[1] ?? "");
  const unknown = args.find((arg) => arg.startsWith("-") && arg !== "--json");
  if (unknown !== undefined) {
    console.error(`bench: ${unknown}: unknown; usage: bun run bench [--json] [WORD ...]`);
    return 2;
  }
  const words = args.filter((arg) => !arg.startsWith("-")).map((word) => word.toLowerCase());
  const machine = {
    cpu: cpus()[0]?.model.trim() ?? "?",
    cores: cpus().length,
    bun: Bun.version,
    load: loadavg()[0] ?? 0,
  };
  console.error(
    `${machine.cpu}, ${machine.cores} cores, Bun ${machine.bun}, load ${machine.load.toFixed(2)}`,
  );
  const results: Result[] = [];
  for (const one of wanted(words)) {
    console.error(`${one.name} ...`);
    results.push(resultOf(one, measured(one.name)));
  }
  if (results.length === 0) {
    console.error("bench: no case has that word");
    return 1;
  }
  console.log(
    args.includes("--json")
      ? JSON.stringify({ unit: "ns", machine, results }, null, 2)
      : table(results),
  );
  console.error(summary(results));
  return 0;
}

function wanted(words: readonly string[]): BenchCase[] {
  const cases: BenchCase[] = [];
  for (const group of GROUPS) {
    if (group.skipped !== undefined) {
      console.error(`${group.name}: skipped: ${group.skipped}`);
      continue;
    }
    for (const one of group.cases()) {
      const name = one.name.toLowerCase();
      if (words.length === 0 || words.some((word) => name.includes(word))) cases.push(one);
    }
  }
  return cases;
}

/** One case, in a process of its own. */
function measured(name: string): Figures {
  const run = Bun.spawnSync([process.execPath, import.meta.path, CHILD, name], {
    stderr: "inherit",
  });
  if (run.exitCode !== 0) throw new Error(`bench: ${name}: exit code ${run.exitCode}`);
  return JSON.parse(run.stdout.toString()) as Figures;
}

async function child(name: string): Promise<number> {
  for (const group of GROUPS) {
    if (group.skipped !== undefined) continue;
    const one = group.cases().find((c) => c.name === name);
    if (one === undefined) continue;
    console.log(JSON.stringify(await figuresOf(one)));
    return 0;
  }
  return 1;
}

function summary(results: readonly Result[]): string {
  const over = results.filter((r) => r.ofBudget !== null && r.ofBudget > 1);
  if (over.length === 0) return "no figure is over its budget";
  return `over budget: ${over.map((r) => `${r.name} ${r.ofBudget?.toFixed(1)}x`).join("; ")}`;
}

process.exit(await main(process.argv.slice(2)));
