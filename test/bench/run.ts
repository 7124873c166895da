/**
 * `bun run bench [--json] [WORD ...]`: figures of the parts of the path and of the whole, beside the
 * budget of DESIGN.md. A word picks the cases whose name has it. Data to stdout, words to stderr.
 *
 * The clock is mitata's (CLOCK_MONOTONIC) around batches of calls, so percentiles are of the means of
 * such batches, less the two worst; only where a line says "1 event" are they of single events. Warm:
 * mitata's own warm-up. The thread is not pinned: on a shared machine trust ratios, not tails.
 */
import { cpus, loadavg } from "node:os";
import { hasShim } from "../../src/ffi/load.ts";
import { type BenchGroup, figuresOf } from "./bench-case.ts";
import { feedCases } from "./cases/feed.ts";
import { ffiCases, histogramCases } from "./cases/ffi.ts";
import { fixCases } from "./cases/fix.ts";
import { journalCases } from "./cases/journal.ts";
import { pathCases } from "./cases/path.ts";
import { riskCases } from "./cases/risk.ts";
import { type Result, resultOf, table } from "./report.ts";

const unbuilt = hasShim() ? undefined : "the shim is not built: run `bun run shim`";

/** The whole path first: what other cases have compiled is not what it has live. */
const GROUPS: BenchGroup[] = [
  { name: "whole path", skipped: unbuilt, cases: pathCases },
  { name: "calls, clock and ports", skipped: unbuilt, cases: ffiCases },
  { name: "feed and books", cases: feedCases },
  { name: "gate", cases: riskCases },
  { name: "FIX", cases: fixCases },
  { name: "journal", cases: journalCases },
  { name: "histogram", cases: histogramCases },
];

const args = process.argv.slice(2);
const asJson = args.includes("--json");
const words = args.filter((arg) => !arg.startsWith("-")).map((word) => word.toLowerCase());
const unknown = args.find((arg) => arg.startsWith("-") && arg !== "--json");
if (unknown !== undefined) {
  console.error(`bench: ${unknown}: unknown; usage: bun run bench [--json] [WORD ...]`);
  process.exit(2);
}
const isWanted = (name: string) =>
  words.length === 0 || words.some((word) => name.toLowerCase().includes(word));

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
for (const group of GROUPS) {
  if (group.skipped !== undefined) {
    console.error(`${group.name}: skipped: ${group.skipped}`);
    continue;
  }
  for (const one of group.cases()) {
    if (!isWanted(one.name)) continue;
    console.error(`${one.name} ...`);
    results.push(resultOf(one, await figuresOf(one)));
  }
}
if (results.length === 0) {
  console.error("bench: no case has that word");
  process.exit(1);
}
console.log(asJson ? JSON.stringify({ unit: "ns", machine, results }, null, 2) : table(results));
const over = results.filter((r) => r.ofBudget !== null && r.ofBudget > 1);
console.error(
  over.length === 0
    ? "every budget is kept"
    : `over budget: ${over.map((r) => `${r.name} ${r.ofBudget?.toFixed(1)}x`).join("; ")}`,
);
process.exit(0);
