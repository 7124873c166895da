/** A sweep in words: a line per finished run, and the table for a person. */
import { basename } from "node:path";
import { formatTable } from "../observe/table.ts";
import { formatCount, formatMoney } from "../observe/units.ts";
import type { SweepRun } from "../replay/sweep/plan.ts";
import type { RunResult } from "../replay/sweep/runs-file.ts";
import { isFailure } from "../replay/sweep/runs-file.ts";
import type { TableRow } from "../replay/sweep/table.ts";

/** The rest is in the file. */
const SHOWN: [key: string, format: (value: number) => string][] = [
  ["orders", formatCount],
  ["fills", formatCount],
  ["volume_shares", formatCount],
  ["fees", formatMoney],
  ["net", formatMoney],
  ["max_drawdown", formatMoney],
];
const ROWS_MAX = 60;

/** `[3/16] ...skew_ticks=0.1 a.pcap: net 12.30, fills 31` */
export function resultText(run: SweepRun, result: RunResult, done: number, count: number): string {
  const values = run.overrides.map(({ path, value }) => `${shortPath(path)}=${value} `).join("");
  const head = `[${done}/${count}] ${values}${basename(run.capture)}: `;
  if (isFailure(result)) return `${head}failed: ${result.error}`;
  const { fills, net } = result.figures;
  const told = [
    ...(net === undefined ? [] : [`net ${formatMoney(net)}`]),
    ...(fills === undefined ? [] : [`fills ${formatCount(fills)}`]),
  ];
  return head + (told.length > 0 ? told.join(", ") : "done");
}

export function tableText(rows: readonly TableRow[]): string {
  const paths = Object.keys(rows[0]?.values ?? {});
  const shown = SHOWN.filter(([key]) => rows.some((r) => r.figures[key] !== undefined));
  const short = paths.map(shortPath);
  const names = new Set(short).size === paths.length ? short : paths;
  const head = ["set", ...names, "capture", ...shown.map(([key]) => key), "error"];
  const cells = rows
    .slice(0, ROWS_MAX)
    .map((r) => [
      String(r.set),
      ...paths.map((path) => r.values[path]!),
      r.row === "sum" ? "all" : basename(r.capture),
      ...shown.map(([key, format]) => (r.figures[key] === undefined ? "" : format(r.figures[key]))),
      r.error,
    ]);
  const more = rows.length > ROWS_MAX ? `\n... and ${rows.length - ROWS_MAX} more` : "";
  return `${formatTable(head, cells)}${more}\n`;
}

function shortPath(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}
