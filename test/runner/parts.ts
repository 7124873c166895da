/** The parts of the test run: each runs, shows its failures, and returns its counts. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildStandins, ONLOAD_DOUBLE } from "../../native/standin/build.ts";
import type { Counts } from "./counts.ts";
import { countsOfJunit, countsOfText, NO_COUNTS, settle, stepCounts } from "./counts.ts";

export const ROOT = join(import.meta.dir, "../..");
export const BINARY = join(ROOT, "dist/hairpin");

export interface Part {
  name: string;
  /** Parts that must have passed before this one makes sense: of its own lane, or of both before. */
  needs?: string[];
  /** Parts of a lane run one after the other, both lanes at once; those without one behind them, alone. */
  lane?: 1 | 2;
  run(): Promise<Counts>;
}

export const PARTS: Part[] = [
  {
    name: "style",
    lane: 1,
    run: () => step([join(ROOT, "node_modules/.bin/biome"), "check", "--error-on-warnings", "."]),
  },
  { name: "types", lane: 1, run: () => step([join(ROOT, "node_modules/.bin/tsc"), "--noEmit"]) },
  {
    name: "suite on the fake shim",
    lane: 1,
    run: () => bunTest(["test/unit", "test/property", "test/golden", "test/tidy", "test/contract"]),
  },
  { name: "shim", lane: 2, run: () => step([process.execPath, "native/build.ts"]) },
  {
    name: "contracts on the real shim",
    lane: 2,
    needs: ["shim"],
    run: () => bunTest(["test/contract"], { HAIRPIN_SHIM: "real" }),
  },
  {
    name: "streams over the double of Onload",
    lane: 2,
    needs: ["shim"],
    run: overOnload,
  },
  { name: "C reference", lane: 2, needs: ["shim"], run: () => bunTest(["test/reference"]) },
  { name: "C tests", lane: 1, run: () => program("native/test/run.ts") },
  {
    name: "executable",
    lane: 2,
    needs: ["shim"],
    run: () => step([process.execPath, "native/compile.ts"]),
  },
  {
    name: "end to end",
    needs: ["executable"],
    run: () => bunTest(["test/e2e"], { HAIRPIN_BINARY: BINARY }, 1_800_000),
  },
  {
    name: "interop",
    needs: ["executable"],
    run: () => bunTest(["test/interop"], { HAIRPIN_BINARY: BINARY }, 1_800_000),
  },
  { name: "lab", needs: ["executable"], run: () => program("test/lab/run.ts") },
];

/** A preload can't be switched on in a process that runs: these are run again in one that has it. */
async function overOnload(): Promise<Counts> {
  if (buildStandins() !== 0) return stepCounts(false);
  const folder = mkdtempSync(join(tmpdir(), "hairpin-onload-"));
  try {
    return await bunTest(["test/contract/stream.test.ts", "test/contract/onload.test.ts"], {
      HAIRPIN_SHIM: "real",
      LD_PRELOAD: ONLOAD_DOUBLE,
      HAIRPIN_ONLOAD_DOUBLE_LOG: join(folder, "calls"),
      HAIRPIN_ONLOAD_DOUBLE_FILE: join(folder, "words"),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A command that passes or fails as a whole; its output is shown only when it fails. */
async function step(command: string[]): Promise<Counts> {
  const { exitCode, output } = await outputOf(command);
  if (exitCode !== 0) process.stderr.write(output);
  return stepCounts(exitCode === 0);
}

/** A program that ends with `N passed, N failed`. */
async function program(path: string): Promise<Counts> {
  if (!existsSync(join(ROOT, path))) return missing(path);
  const { exitCode, output } = await outputOf([process.execPath, path]);
  const counts = settle(countsOfText(output), exitCode);
  if (counts.failed > 0) process.stderr.write(output);
  return counts;
}

async function outputOf(command: string[]): Promise<{ exitCode: number; output: string }> {
  const run = Bun.spawn(command, { cwd: ROOT, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([run.stdout.text(), run.stderr.text()]);
  return { exitCode: await run.exited, output: `${out}${err}` };
}

/** `bun test` over folders and files, counted by its JUnit report. */
async function bunTest(
  paths: string[],
  env: Record<string, string> = {},
  timeoutMs = 60_000,
): Promise<Counts> {
  const present = paths.flatMap(testFiles);
  if (present.length === 0) return missing(paths.join(", "));
  const folder = mkdtempSync(join(tmpdir(), "hairpin-test-"));
  const report = join(folder, "junit.xml");
  try {
    const command = [
      ...[process.execPath, "test", "--only-failures", `--timeout=${timeoutMs}`],
      ...["--reporter=junit", `--reporter-outfile=${report}`],
      ...present,
    ];
    const run = Bun.spawn(command, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdin: "ignore",
      stdout: "inherit",
      stderr: "inherit",
    });
    const exitCode = await run.exited;
    const xml = existsSync(report) ? readFileSync(report, "utf8") : "";
    const counts = countsOfJunit(xml);
    if (counts === undefined) process.stderr.write("bun test left no report\n");
    return settle(counts, counts === undefined ? 1 : exitCode);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Test files below a folder, or the one beside it (test/tidy: test/tidy.test.ts). */
function testFiles(path: string): string[] {
  if (path.endsWith(".test.ts")) return existsSync(join(ROOT, path)) ? [`./${path}`] : [];
  const beside = `./${path}.test.ts`;
  const own = existsSync(join(ROOT, beside)) ? [beside] : [];
  if (!existsSync(join(ROOT, path))) return own;
  const below = readdirSync(join(ROOT, path), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".test.ts"))
    .sort()
    .map((name) => `./${path}/${name}`);
  return [...own, ...below];
}

function missing(what: string): Counts {
  process.stderr.write(`no tests found in ${what}\n`);
  return { ...NO_COUNTS, failed: 1 };
}
