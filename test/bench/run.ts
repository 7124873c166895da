/**
 * `bun run bench [--json] [WORD ...]`: figures of the parts of the path and of the whole, beside the
 * budget of each; ours beside C and beside another package; and how each aim was met. A word picks
 * what has it in its name; what takes minutes or gigabytes runs only when a word asks for it. Data
 * to stdout, words to stderr.
 *
 * Each line runs in a process of its own: what another one has compiled, for other classes at the
 * same call sites, would change it. The clock is mitata's (CLOCK_MONOTONIC) around batches of calls, so
 * percentiles are of the means of such batches, less the two worst; only where a line says "1 event"
 * are they of single events. Warm: a second of the same before. Pairs: see pair.ts. The thread is not
 * pinned: on a shared machine trust ratios, not tails.
 */
import { cpus, loadavg } from "node:os";
import { type Measured, verdicts } from "./aims.ts";
import { figuresOf } from "./bench-case.ts";
import { type Entry, entries } from "./catalog.ts";
import { pairFigures } from "./pair.ts";
import {
  aimTable,
  aimWords,
  caseTable,
  pairResultOf,
  pairTable,
  type Result,
  resultOf,
  studyResultOf,
  studyTable,
} from "./report.ts";

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
  const wanted = entries((reason) => console.error(reason)).filter((e) => isWanted(e, words));
  if (wanted.length === 0) {
    console.error("bench: no case has that word");
    return 1;
  }
  const measured = measureAll(wanted);
  const aims = verdicts(measured);
  if (args.includes("--json")) {
    console.log(JSON.stringify({ unit: "ns", machine, ...measured, aims }, null, 2));
  } else {
    const tables = [
      measured.results.length === 0 ? "" : caseTable(measured.results),
      measured.pairs.length === 0 ? "" : pairTable(measured.pairs),
      ...measured.studies.map(studyTable),
      aims.length === 0 ? "" : aimTable(aims),
    ];
    console.log(tables.filter((text) => text !== "").join("\n\n"));
  }
  console.error(summary(measured.results));
  for (const aim of aims) if (!aim.isMet) console.error(`${aim.name}: ${aimWords(aim)}`);
  return 0;
}

function isWanted({ one, isAskedFor }: Entry, words: readonly string[]): boolean {
  const name = one.name.toLowerCase();
  return words.length === 0 ? !isAskedFor : words.some((word) => name.includes(word));
}

function measureAll(wanted: readonly Entry[]): Measured {
  const results: Result[] = [];
  const pairs: Measured["pairs"][number][] = [];
  const studies: Measured["studies"][number][] = [];
  for (const entry of wanted) {
    console.error(`${entry.one.name} ...`);
    const figures = measured(entry.key);
    if (entry.kind === "case") results.push(resultOf(entry.one, figures as never));
    else if (entry.kind === "pair") pairs.push(pairResultOf(entry.one, figures as never));
    else studies.push(studyResultOf(entry.one, figures as never));
  }
  return { results, pairs, studies };
}

/** What a process of its own measures. */
function measured(key: string): unknown {
  const run = Bun.spawnSync([process.execPath, import.meta.path, CHILD, key], {
    stderr: "inherit",
    env: process.env,
  });
  if (run.exitCode !== 0) throw new Error(`bench: ${key}: exit code ${run.exitCode}`);
  return JSON.parse(run.stdout.toString());
}

async function child(key: string): Promise<number> {
  const entry = entries(() => {}).find((e) => e.key === key);
  if (entry === undefined) return 1;
  if (entry.kind === "case") console.log(JSON.stringify(await figuresOf(entry.one)));
  else if (entry.kind === "pair") console.log(JSON.stringify(await pairFigures(entry.one)));
  else console.log(JSON.stringify(await entry.one.run()));
  return 0;
}

function summary(results: readonly Result[]): string {
  const over = results.filter((r) => r.ofBudget !== null && r.ofBudget > 1);
  if (over.length === 0) return "no figure is over its budget";
  return `over budget: ${over.map((r) => `${r.name} ${r.ofBudget?.toFixed(1)}x`).join("; ")}`;
}

process.exit(await main(process.argv.slice(2)));
