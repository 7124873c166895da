/**
 * The run number of a session date (epoch): part of every ClOrdID, so no two runs may share one. It
 * is on disk, synced, before the first use; a lost or damaged file is made up for by the records.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sayWhat } from "../core/system-error.ts";
import { ID_EPOCH_MAX } from "../fix/order/order-id.ts";
import { realFiles, writeFileDurably } from "../journal/files.ts";

/** Last run number used on this date, 0 = none or unreadable. */
export function lastEpoch(directory: string): number {
  try {
    const value = Number(readFileSync(join(directory, "epoch"), "utf8").trim());
    return Number.isInteger(value) && value > 0 && value <= ID_EPOCH_MAX ? value : 0;
  } catch {
    return 0;
  }
}

/**
 * The next run number, above the file's and `seen` (the highest in records and segments), made
 * durable. Throws one sentence when the date has used them all up, or the disk fails.
 */
export function takeEpoch(directory: string, seen: number): number {
  const epoch = Math.max(lastEpoch(directory), seen) + 1;
  if (epoch > ID_EPOCH_MAX) {
    throw new Error(
      `this session date has had ${ID_EPOCH_MAX} runs, and order ids have no room for another: start a new session date`,
    );
  }
  try {
    realFiles.makeDirectory(directory);
    writeFileDurably(join(directory, "epoch"), `${epoch}\n`);
  } catch (error) {
    throw sayWhat(`can't write the run number to ${directory} ([journal] dir)`, error);
  }
  return epoch;
}
