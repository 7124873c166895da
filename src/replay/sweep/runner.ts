/** Does one run of a sweep: `hairpin replay` in a process of its own. */

import type { SweepRun } from "./plan.ts";
import type { RunResult } from "./runs-file.ts";

/** Null: it was cut short (`stop`), and is to be done again. */
export type Runner = (run: SweepRun, stop: AbortSignal) => Promise<RunResult | null>;

interface ProcessRunnerOptions {
  /** The executable, and what stands before the verb. */
  command: readonly string[];
  config: string;
  /** Further flags of the verb. */
  flags: readonly string[];
}

const ERROR_MAX = 400;
const FAULT_LINES = 4;

export function processRunner(o: ProcessRunnerOptions): Runner {
  return async (run, stop) => {
    const sets = run.overrides.flatMap(({ path, value }) => ["--set", `${path}=${value}`]);
    const words = ["replay", run.capture, "--config", o.config, ...sets, ...o.flags, "--json"];
    const child = Bun.spawn([...o.command, ...words], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const kill = () => child.kill("SIGKILL");
    stop.addEventListener("abort", kill);
    const [out, err] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    stop.removeEventListener("abort", kill);
    if (stop.aborted) return null;
    if (child.signalCode !== null) return { error: `the replay ended by ${child.signalCode}` };
    if (child.exitCode !== 0) return { error: sentenceOf(err, child.exitCode ?? 1) };
    return readFigures(out) ?? { error: "the replay printed no figures" };
  };
}

/** What it said on stderr, in one line. */
function sentenceOf(err: string, exitCode: number): string {
  const said = err.split("\n");
  // A strategy may have printed; what the program says of its end comes behind it.
  const ours = said.filter((line) => line.startsWith("hairpin: "));
  const lines = (ours.length > 0 ? ours : said.slice(-FAULT_LINES))
    .map((line) => line.replace(/^hairpin: /, "").trim())
    .filter((line) => line !== "");
  if (lines.length === 0) return `the replay ended with exit code ${exitCode}`;
  const text = lines.join("; ");
  return text.length > ERROR_MAX ? `${text.slice(0, ERROR_MAX - 3)}...` : text;
}

/** The numbers among the figures, in their order; undefined when there are none. */
function readFigures(out: string): RunResult | undefined {
  try {
    const { figures, journal_hash } = JSON.parse(out);
    const numbers = Object.entries(figures).filter(([, value]) => typeof value === "number");
    if (numbers.length === 0 || typeof journal_hash !== "string") return undefined;
    return { journalHash: journal_hash, figures: Object.fromEntries(numbers) as never };
  } catch {
    return undefined;
  }
}
