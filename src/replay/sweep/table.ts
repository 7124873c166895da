/**
 * The one table of a sweep, as CSV: a line for each set of values and capture in the order of the
 * plan, and with several captures a line with the sums of each set. Its bytes depend on the results
 * only, not on when, where or in what order they came.
 */
import { csvField } from "../report/csv.ts";
import type { SweepIdentity } from "./identity.ts";
import type { SweepRun } from "./plan.ts";
import { planRuns } from "./plan.ts";
import type { Results, RunResult } from "./runs-file.ts";
import { isFailure } from "./runs-file.ts";

/** Figures whose sum over captures says something. */
const SUMMED = new Set([
  "packets",
  "messages",
  "feed_gaps",
  "feed_lost_messages",
  "orders",
  "replaces",
  "cancels",
  "denied",
  "rejected",
  "fills",
  "volume_shares",
  "realized",
  "unrealized",
  "fees",
  "net",
  "open_orders",
  "unknown_orders",
]);

export const NOT_RUN = "not run";

export interface TableRow {
  /** "run", or "sum" over the captures of a set. */
  row: "run" | "sum";
  /** From 1. */
  set: number;
  /** By path, as written. */
  values: Record<string, string>;
  /** "" in a sum. */
  capture: string;
  journalHash: string;
  figures: Record<string, number>;
  /** "" = none. */
  error: string;
}

/** Runs without a result have the error "not run". */
export function tableRows(sweep: SweepIdentity, results: Results): TableRow[] {
  const captures = sweep.captures.map((c) => c.name);
  const runs = planRuns({ lists: sweep.sets, captures });
  const rows: TableRow[] = [];
  for (let at = 0; at < runs.length; at += captures.length) {
    const ofSet = runs.slice(at, at + captures.length);
    const own = ofSet.map((run) => rowOf(run, results.get(run.index)));
    rows.push(...own);
    if (captures.length > 1) rows.push(sumOf(own));
  }
  return rows;
}

export function tableCsv(sweep: SweepIdentity, rows: readonly TableRow[]): string {
  const paths = sweep.sets.map((set) => set.path);
  const keys = figureKeys(rows);
  const lines = [["row", "set", ...paths, "capture", "journal_hash", ...keys, "error"]];
  for (const r of rows) {
    lines.push([
      r.row,
      String(r.set),
      ...paths.map((path) => r.values[path]!),
      r.capture,
      r.journalHash,
      ...keys.map((key) => String(r.figures[key] ?? "")),
      r.error,
    ]);
  }
  return lines.map((line) => `${line.map(csvField).join(",")}\n`).join("");
}

/** Names in the order of the first run that has any; what only later ones have comes behind. */
export function figureKeys(rows: readonly TableRow[]): string[] {
  return [...new Set(rows.flatMap((r) => Object.keys(r.figures)))];
}

function rowOf(run: SweepRun, result: RunResult | undefined): TableRow {
  const head = {
    row: "run" as const,
    set: run.set + 1,
    values: Object.fromEntries(run.overrides.map(({ path, value }) => [path, value])),
    capture: run.capture,
  };
  if (result === undefined) return { ...head, journalHash: "", figures: {}, error: NOT_RUN };
  if (isFailure(result)) return { ...head, journalHash: "", figures: {}, error: result.error };
  return { ...head, journalHash: result.journalHash, figures: result.figures, error: "" };
}

/** A set with a run that has no figures has no sum. */
function sumOf(rows: readonly TableRow[]): TableRow {
  const without = rows.filter((r) => r.error !== "").length;
  const figures: Record<string, number> = {};
  for (const key of without > 0 ? [] : figureKeys(rows).filter((k) => SUMMED.has(k))) {
    const sum = rows.reduce((total, r) => total + (r.figures[key] ?? 0), 0);
    // Without the last digits of binary fractions.
    figures[key] = Number(sum.toFixed(6));
  }
  const error = without > 0 ? `${without} of ${rows.length} captures have no figures` : "";
  return { ...rows[0]!, row: "sum", capture: "", journalHash: "", figures, error };
}
