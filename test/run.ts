/**
 * What `bun run test` runs: every part, then `N passed, N failed` as the last line.
 *
 *   bun test/run.ts [--full] [PART...]
 *
 * --full: the long counts (1,000 recovery runs, 10^8 iterations). PART: only parts whose name has
 * this word in it.
 */
import { existsSync } from "node:fs";
import { findCompiler, NO_COMPILER } from "../native/build.ts";
import type { Counts } from "./runner/counts.ts";
import { addCounts, NO_COUNTS } from "./runner/counts.ts";
import { PARTS, type Part } from "./runner/parts.ts";
import { stockDictionaries } from "./support/stock-dictionaries.ts";

export async function main(argv: string[]): Promise<number> {
  const words = argv.filter((word) => !word.startsWith("-"));
  if (argv.includes("--full")) process.env.HAIRPIN_FULL = "1";
  ensurePackages();
  if (process.env.CI === "true") findStockDictionaries();
  const wanted = PARTS.filter(
    (part) => words.length === 0 || words.some((word) => part.name.includes(word)),
  );
  const bad = new Set<string>();
  const lanes = await Promise.all(
    [1, 2].map((lane) =>
      runParts(
        wanted.filter((part) => part.lane === lane),
        bad,
      ),
    ),
  );
  const rest = await runParts(
    wanted.filter((part) => part.lane === undefined),
    bad,
  );
  const total = [...lanes, rest].reduce(addCounts, NO_COUNTS);
  console.log(`${total.skipped} skipped`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

/** One after the other. Adds the names of those that failed to `bad`. */
async function runParts(parts: readonly Part[], bad: Set<string>): Promise<Counts> {
  let total = NO_COUNTS;
  for (const part of parts) {
    const blocked = part.needs?.find((name) => bad.has(name));
    const started = performance.now();
    const counts = blocked === undefined ? await part.run() : { ...NO_COUNTS, failed: 1 };
    if (counts.failed > 0) bad.add(part.name);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const note = blocked === undefined ? `${seconds} s` : `not run: ${blocked} failed`;
    console.log(`${part.name}: ${inWords(counts)} (${note})`);
    total = addCounts(total, counts);
  }
  return total;
}

/** Fetched before the first part that would leave its tests of them out. */
function findStockDictionaries(): void {
  const stock = stockDictionaries();
  if ("folder" in stock) process.env.HAIRPIN_QUICKFIX_SPEC = stock.folder;
  else console.error(`hairpin: ${stock.missing}`);
}

function inWords(c: Counts): string {
  const skipped = c.skipped === 0 ? "" : `, ${c.skipped} skipped`;
  return `${c.passed} passed, ${c.failed} failed${skipped}`;
}

/** On a bare Debian machine, as root, what is missing can be fetched; elsewhere the parts say so. */
function ensurePackages(): void {
  const wanted: string[] = [];
  if (findCompiler() === undefined) wanted.push("gcc", "libc6-dev");
  if (Bun.which("ip") === null) wanted.push("iproute2");
  if (wanted.length === 0) return;
  const names = wanted.join(", ");
  const canInstall = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (!canInstall) {
    console.error(findCompiler() === undefined ? NO_COMPILER : `hairpin: not found: ${names}`);
    return;
  }
  console.error(`hairpin: not found: ${names}; installing with apt-get`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const words of [
    ["update", "-qq"],
    ["install", "-y", "-qq", "--no-install-recommends", ...wanted],
  ]) {
    const run = Bun.spawnSync(["/usr/bin/apt-get", ...words], { env, stdout: 2, stderr: 2 });
    if (run.exitCode !== 0) {
      console.error(`hairpin: apt-get ${words[0]} failed: install ${names}`);
      return;
    }
  }
}

if (import.meta.main) process.exit(await main(Bun.argv.slice(2)));
