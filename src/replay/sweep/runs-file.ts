/**
 * DIR/runs-K-of-N.jsonl: a line for each finished run, on disk before the next one begins. A line
 * that a kill cut short is dropped, and its run done again.
 */
import {
  closeSync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { sayWhat } from "../../core/system-error.ts";
import { errorCode, realFiles } from "../../journal/files.ts";
import type { Shard } from "./plan.ts";

/** What came of a run. */
export type RunResult = RunFigures | RunFailure;

export interface RunFigures {
  journalHash: string;
  figures: Record<string, number>;
}

export interface RunFailure {
  /** One sentence. */
  error: string;
}

export type Results = Map<number, RunResult>;

export function isFailure(result: RunResult): result is RunFailure {
  return "error" in result;
}

export function runsFileName({ part, count }: Shard): string {
  return `runs-${part}-of-${count}.jsonl`;
}

const RUNS_FILE = /^runs-\d+-of-\d+\.jsonl$/;

/** All results in a folder, whatever the shard. Throws one sentence. */
export function readResults(dir: string, sweep: string): Results {
  const results: Results = new Map();
  let names: string[];
  try {
    names = readdirSync(dir).filter((name) => RUNS_FILE.test(name));
  } catch (error) {
    throw sayWhat(`can't read the folder ${dir}`, error);
  }
  for (const name of names.sort()) {
    const path = join(dir, name);
    for (const { run, result } of readLines(path, sweep).lines) {
      addResult(results, run, result, path);
    }
  }
  return results;
}

/** Figures stand above an error. Throws when two runs of the same thing gave different orders. */
export function addResult(results: Results, run: number, result: RunResult, where: string): void {
  const before = results.get(run);
  if (before === undefined || isFailure(before)) results.set(run, result);
  else if (!isFailure(result) && result.journalHash !== before.journalHash) {
    throw new Error(
      `${where}: run ${run + 1} has journal hash ${result.journalHash}, and ${before.journalHash} elsewhere: the same replay must give the same orders`,
    );
  }
}

/** The file of one shard, open for adding to it. One process at a time. */
export class RunsFile {
  private readonly fd: number;

  private readonly path: string;

  constructor(
    dir: string,
    shard: Shard,
    private readonly sweep: string,
  ) {
    this.path = join(dir, runsFileName(shard));
    try {
      this.fd = openSync(this.path, "a", 0o600);
      ftruncateSync(this.fd, readLines(this.path, sweep).wholeBytes);
      realFiles.syncDirectory(dir);
    } catch (error) {
      throw this.sentence(error);
    }
  }

  /** Returns when the line is on disk. */
  add(run: number, result: RunResult): void {
    const { sweep } = this;
    const line = isFailure(result)
      ? { run, sweep, error: result.error }
      : { run, sweep, journal_hash: result.journalHash, figures: result.figures };
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.fd, bytes, at);
      fdatasyncSync(this.fd);
    } catch (error) {
      throw this.sentence(error);
    }
  }

  close(): void {
    closeSync(this.fd);
  }

  private sentence(error: unknown): unknown {
    return errorCode(error) === "" ? error : sayWhat(`can't write ${this.path}`, error);
  }
}

interface Lines {
  lines: { run: number; result: RunResult }[];
  /** Up to the end of the last whole line. */
  wholeBytes: number;
}

function readLines(path: string, sweep: string): Lines {
  const bytes = readFileSync(path);
  const out: Lines = { lines: [], wholeBytes: 0 };
  let number = 0;
  for (;;) {
    const end = bytes.indexOf(0x0a, out.wholeBytes);
    if (end < 0) return out;
    number++;
    const line = parseLine(bytes.subarray(out.wholeBytes, end).toString());
    if (line === undefined) {
      // After a power cut a last line can have its length and not its bytes.
      if (end + 1 === bytes.length) return out;
      throw new Error(`${path}:${number} is no result of a run`);
    }
    if (line.sweep !== sweep) throw new Error(`${path}:${number} belongs to another sweep`);
    out.lines.push({ run: line.run, result: line.result });
    out.wholeBytes = end + 1;
  }
}

function parseLine(text: string): { run: number; sweep: string; result: RunResult } | undefined {
  try {
    const { run, sweep, error, journal_hash, figures } = JSON.parse(text);
    if (!Number.isSafeInteger(run) || typeof sweep !== "string") return undefined;
    if (typeof error === "string") return { run, sweep, result: { error } };
    if (typeof journal_hash !== "string" || typeof figures !== "object") return undefined;
    return { run, sweep, result: { journalHash: journal_hash, figures } };
  } catch {
    return undefined;
  }
}
