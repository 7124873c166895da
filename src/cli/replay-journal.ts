/** `hairpin replay --journal`: recorded runs once more, compared with their journal. */
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadStrategies } from "../engine/load-strategies.ts";
import type { EngineOptions } from "../engine/options.ts";
import { strategyHash } from "../engine/tape-head-of.ts";
import { loadShim } from "../ffi/load.ts";
import { formatCount } from "../observe/units.ts";
import { replayTape, type TapeReplayResult } from "../replay/tape/replay-tape.ts";
import { TapeCursor } from "../replay/tape/tape-cursor.ts";
import { CliError, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "./exit-codes.ts";
import { type Io, outJson } from "./io.ts";

/** Replays all runs in a journal, of all dates or of one, or of one engine; the exit code. */
export async function replayJournal(
  folder: string,
  o: { engine: string | undefined; strategies: readonly string[]; isJson: boolean },
  io: Io,
): Promise<number> {
  const { engine, isJson } = o;
  const files = filesOf(o.strategies);
  const named = new Set<string>();
  const load = (options: EngineOptions, hashes: readonly string[]) => {
    for (const { name } of options.strategies) named.add(name);
    return loadRecorded(options, hashes, files);
  };
  const results: TapeReplayResult[] = [];
  let failed = 0;
  for (const run of recordedRuns(folder)) {
    let result: TapeReplayResult;
    try {
      if (engine !== undefined && engineOf(run) !== engine) continue;
      result = await replayTape(loadShim(), { ...run, load });
    } catch (error) {
      io.err(`hairpin: ${(error as Error).message}\n`);
      failed++;
      continue;
    }
    results.push(result);
    if (!isJson) io.out(lineOf(result));
    if (result.difference !== "") {
      io.err(`engine ${result.engine}, run ${result.epoch}: ${result.difference}\n`);
    }
  }
  if (results.length === 0 && failed === 0) {
    throw new CliError(EXIT_FAILED, `${folder}: no recorded run of an engine "${engine}"`);
  }
  const stranger = [...files.keys()].find((name) => !named.has(name));
  if (stranger !== undefined) {
    throw new CliError(
      EXIT_USAGE,
      `--strategy: no recorded engine has a strategy ${stranger}; there are: ${[...named].join(", ")}`,
    );
  }
  const isEqual = failed === 0 && results.every((r) => r.difference === "");
  if (isJson) outJson(io, { ok: isEqual, runs: results });
  return isEqual ? EXIT_OK : EXIT_FAILED;
}

/** Name of the engine that a run is of. */
function engineOf({ directory, engine, epoch }: RecordedRun): string {
  const tape = new TapeCursor(directory, engine, epoch);
  tape.close();
  return (tape.head.options as EngineOptions).name;
}

interface RecordedRun {
  directory: string;
  engine: number;
  epoch: number;
}

/** In the folder of a session date, or in those of all dates below it. */
function recordedRuns(folder: string): RecordedRun[] {
  const dates = namesIn(folder).filter((name) => /^\d{8}$/.test(name));
  const runs = [folder, ...dates.sort().map((date) => join(folder, date))].flatMap(runsIn);
  if (runs.length > 0) return runs;
  throw new CliError(
    EXIT_FAILED,
    `${folder}: no capture of an engine is in it; [journal] capture = true records one, into the folder of its session date`,
  );
}

function runsIn(directory: string): RecordedRun[] {
  return namesIn(directory)
    .flatMap((name) => {
      const match = /^capture-(\d+)-(\d+)\.tape$/.exec(name);
      return match === null
        ? []
        : [{ directory, engine: Number(match[1]), epoch: Number(match[2]) }];
    })
    .sort((a, b) => a.engine - b.engine || a.epoch - b.epoch);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    throw new CliError(EXIT_FAILED, `${directory}: can't be read: ${(error as Error).message}`);
  }
}

/** Other code than the recorded one would prove nothing. `files`: where it is now, by name. */
async function loadRecorded(
  options: EngineOptions,
  hashes: readonly string[],
  files: ReadonlyMap<string, string>,
) {
  const strategies = options.strategies.map((s) => ({ ...s, uses: files.get(s.name) ?? s.uses }));
  strategies.forEach((s, i) => {
    const isThere = hashes[i] === "" || existsSync(s.uses);
    if (isThere && hashes[i] === strategyHash(s.uses)) return;
    const what = isThere ? "is not the file that was recorded" : "is not there";
    throw new Error(
      `strategy ${s.name}: ${s.uses} ${what}; --strategy ${s.name}=FILE names another`,
    );
  });
  return await loadStrategies({ ...options, strategies });
}

function filesOf(words: readonly string[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const word of words) {
    const at = word.indexOf("=");
    if (at < 1) throw new CliError(EXIT_USAGE, `--strategy: found "${word}"; allowed: NAME=FILE`);
    files.set(word.slice(0, at), resolve(word.slice(at + 1)));
  }
  return files;
}

function lineOf(r: TapeReplayResult): string {
  const end = r.isWhole
    ? "to its end in good order"
    : `to where it was cut (${formatCount(r.behindTape)} journal records behind, ${formatCount(r.behindJournal)} replayed beyond the journal)`;
  const verdict = r.difference === "" ? "equal" : "DIFFERENT";
  return `engine ${r.engine}, run ${r.epoch}: ${verdict}: ${formatCount(r.records)} records, ${formatCount(r.orders)} order messages of ${formatCount(r.orderBytes)} bytes, in ${formatCount(r.turns)} turns, ${end}; hash ${r.hash}\n`;
}
