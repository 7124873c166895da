/**
 * What a drain has had on disk, noted beside the segments: without it nobody can tell a journal that
 * lost its end, or all of its files, from one that never had them. Noted when a segment is made and
 * at an orderly end, so it may lag behind the segments; it never runs ahead of them.
 */
import { join } from "node:path";
import { errorCode, type JournalFiles } from "./files.ts";
import { segmentIndices } from "./segment.ts";

export interface Drained {
  /** Index of the last segment made. */
  segments: number;
  /** Every record up to this number was on disk and synced; 0 = none yet. */
  number: number;
}

export function drainedName(engine: number): string {
  return `drained-${engine}.json`;
}

/** Engine of a note's file name, or null when it is something else. */
export function parseDrainedName(name: string): number | null {
  const match = /^drained-(\d+)\.json$/.exec(name);
  return match === null ? null : Number(match[1]);
}

/** Throws as the disk does. */
export function noteDrained(
  files: JournalFiles,
  directory: string,
  engine: number,
  drained: Drained,
): void {
  files.replace(join(directory, drainedName(engine)), `${JSON.stringify(drained)}\n`);
}

/** null when there is none, or a sentence that says why it can't be read. */
export function readDrained(
  files: JournalFiles,
  directory: string,
  engine: number,
): Drained | null | string {
  let found: Partial<Drained> | null;
  try {
    const bytes = files.read(join(directory, drainedName(engine)), DRAINED_BYTES_MAX);
    found = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Drained> | null;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    return `can't be read: ${error instanceof Error ? error.message : error}`;
  }
  const { segments, number } = found ?? {};
  if (!isCount(segments) || !isCount(number)) return "says no segments and no number";
  return { segments, number };
}

/** Index of the last segment made, there or not; 0 = none. Its name is not used again. */
export function lastMade(files: JournalFiles, directory: string, engine: number): number {
  const last = segmentIndices(files.list(directory), engine).at(-1) ?? 0;
  const drained = readDrained(files, directory, engine);
  return drained === null || typeof drained === "string" ? last : Math.max(last, drained.segments);
}

const DRAINED_BYTES_MAX = 4096;

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}
