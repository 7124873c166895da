/**
 * `hairpin book` of a large file beside the C reference: whole commands in turn, from start to exit,
 * which must print the same books; and whether its memory grows with the file.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeLargeFile } from "../large-file.ts";
import { spreadOf } from "../pair.ts";
import type { Study, StudyFigures } from "../study.ts";

const MESSAGES = 20_000_000;
const SMALL_MESSAGES = 2_000_000;
const ROUNDS = 3;
const MAIN = join(import.meta.dir, "../../../src/main.ts");
const REFERENCE = join(import.meta.dir, "../reference-book.ts");

export const BOOK_STUDY = `hairpin book of ${MESSAGES / 1e6} million messages`;
export const BOOK_RATE = "messages/s over those of C";
export const BOOK_MEMORY = "largest memory over that with a tenth of the file";

interface Run {
  seconds: number;
  memoryMb: number;
  csv: string;
}

async function command(args: string[]): Promise<Run> {
  const start = Bun.nanoseconds();
  const child = Bun.spawn([process.execPath, ...args], { stderr: "pipe" });
  const [csv, words] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(`${args.join(" ")} failed: ${words}`);
  const seconds = (Bun.nanoseconds() - start) / 1e9;
  return { seconds, memoryMb: (child.resourceUsage()?.maxRSS ?? 0) / 1e6, csv };
}

async function measureIn(directory: string): Promise<StudyFigures> {
  const large = join(directory, "large.itch");
  const small = join(directory, "small.itch");
  const bytes = writeLargeFile(large, MESSAGES);
  writeLargeFile(small, SMALL_MESSAGES);
  const ours: number[] = [];
  const other: number[] = [];
  let memoryMb = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const a = await command([MAIN, "book", large, "--csv"]);
    const b = await command([REFERENCE, large]);
    if (a.csv !== b.csv) throw new Error("the C reference has other books than hairpin");
    ours.push(MESSAGES / a.seconds);
    other.push(MESSAGES / b.seconds);
    memoryMb = Math.max(memoryMb, a.memoryMb);
  }
  const smallMb = (await command([MAIN, "book", small, "--csv"])).memoryMb;
  const ratios = ours.map((rate, i) => rate / other[i]!);
  return [
    { name: "file", value: bytes / 1e6, unit: "MB" },
    { name: "hairpin", value: spreadOf(ours).p50 / 1e6, unit: "million messages/s" },
    { name: "C", value: spreadOf(other).p50 / 1e6, unit: "million messages/s" },
    { name: BOOK_RATE, value: spreadOf(ratios).p50, unit: "x" },
    { name: "largest memory", value: memoryMb, unit: "MB" },
    { name: BOOK_MEMORY, value: memoryMb / smallMb, unit: "x" },
  ];
}

async function measure(): Promise<StudyFigures> {
  const directory = mkdtempSync(join(tmpdir(), "hairpin-bench-"));
  try {
    return await measureIn(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export function bookRateStudies(): Study[] {
  return [
    {
      name: BOOK_STUDY,
      note: "whole commands, from start to exit",
      isAskedFor: true,
      run: measure,
    },
  ];
}
