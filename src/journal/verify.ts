/** Walks over a journal for the CLI: every engine of a session date, verified and hashed. */
import { join } from "node:path";
import { type JournalFiles, realFiles } from "./files.ts";
import { JournalHash } from "./hash.ts";
import { datesIn, enginesIn, isSound, JournalReader, type ReadStop } from "./reader.ts";
import type { JournalRecord } from "./record.ts";

export interface JournalSummary {
  engine: number;
  records: number;
  lastNumber: number;
  /** Records by type name are for the caller: see walkJournal. */
  hash: string;
  stops: ReadStop[];
  /** False when a record is corrupt or missing; a torn end is sound. */
  isSound: boolean;
}

/**
 * Reads the journal of one session date, engine by engine, calling `visit` for each record (the
 * object is reused). Returns one summary per engine.
 */
export function walkJournal(
  directory: string,
  visit?: (record: JournalRecord) => void,
  files: JournalFiles = realFiles,
): JournalSummary[] {
  return enginesIn(directory, files).map((engine) => {
    const reader = new JournalReader({ directory, engine, files });
    const hash = new JournalHash();
    for (const record of reader.read()) {
      hash.add(record);
      visit?.(record);
    }
    return {
      engine,
      records: reader.records,
      lastNumber: reader.lastNumber,
      hash: hash.digest(),
      stops: reader.stops,
      isSound: isSound(reader.stops),
    };
  });
}

/** One hash over all engines of a date: that of the engines' hashes in order. */
export function combinedHash(summaries: readonly JournalSummary[]): string {
  if (summaries.length === 1) return summaries[0]!.hash;
  const hasher = new Bun.CryptoHasher("sha256");
  for (const summary of summaries) hasher.update(`${summary.engine} ${summary.hash}\n`);
  return hasher.digest("hex");
}

/** The folder of a date under a journal folder; without a date, of the latest. Null when none. */
export function dateDirectory(root: string, date?: string): string | null {
  const dates = datesIn(root);
  const chosen = date === undefined ? dates.at(-1) : dates.find((name) => name === date);
  return chosen === undefined ? null : join(root, chosen);
}
