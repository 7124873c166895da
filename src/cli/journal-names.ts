/**
 * Names for the numbers of the journal's tables: the journal knows instruments and sessions by index,
 * and the engine notes its lists beside it (engine/restore.ts).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type JournalLists, listsFile } from "../engine/restore.ts";

type Row = Record<string, unknown>;

/** The rows with `symbol` and `session_name` behind their numbers, where the lists tell them. */
export function nameRows(directory: string, rows: readonly Row[]): Row[] {
  const lists = new Map<number, JournalLists | null>();
  return rows.map((row) => {
    if (typeof row.engine !== "number") return row;
    if (!lists.has(row.engine)) lists.set(row.engine, readLists(directory, row.engine));
    const names = lists.get(row.engine);
    if (names === null || names === undefined) return row;
    const named: Row = {};
    for (const [key, value] of Object.entries(row)) {
      named[key] = value;
      if (key === "instrument") named.symbol = names.instruments[value as number] ?? "";
      if (key === "session") named.session_name = names.sessions[value as number] ?? "";
    }
    return named;
  });
}

function readLists(directory: string, engine: number): JournalLists | null {
  try {
    return JSON.parse(readFileSync(join(directory, listsFile(engine)), "utf8")) as JournalLists;
  } catch {
    return null;
  }
}
