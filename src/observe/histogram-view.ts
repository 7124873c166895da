/**
 * A latency histogram in the terminal:
 *
 *    120 -  150 ns  ████▌                       1,204   3.1%
 *    150 -  190 ns  ███████████████████████    21,003  54.0%  p50
 *    ...
 *     above 2.4 us                                 38   0.1%  p99.9  max 31.2 us
 */
import {
  bucketCeilingNs,
  bucketFloorNs,
  histogramCount,
  summarize,
} from "../core/histogram-stats.ts";
import type { Style } from "./style.ts";
import { formatCount, formatNs, formatShare } from "./units.ts";

interface HistogramOptions {
  /** HP_HIST_BUCKETS counters. */
  buckets: Uint32Array;
  style: Style;
  /** Width of the terminal. */
  columns: number;
  /** Rows at most, without the one for what lies above. */
  rows?: number;
}

interface Row {
  /** ns, [from, to). */
  from: number;
  to: number;
  count: number;
}

/** Lines without line ends; one line when nothing was measured. */
export function histogramLines(o: HistogramOptions): string[] {
  const total = histogramCount(o.buckets);
  if (total === 0) return ["nothing measured"];
  const rows = rowsOf(o.buckets, o.rows ?? 14);
  const labels = rows.map((row) => labelOf(row));
  const width = Math.max(...labels.map((l) => l.length));
  const most = Math.max(...rows.map((r) => r.count));
  const countWidth = formatCount(most).length;
  const barMax = Math.max(8, Math.min(60, o.columns - width - countWidth - 34));
  const s = summarize(o.buckets);
  const marks: [string, number][] = [
    ["p50", s.p50],
    ["p90", s.p90],
    ["p99", s.p99],
    ["p99.9", s.p999],
  ];
  return rows.map((row, i) => {
    const here = marks.filter(([, ns]) => ns >= row.from && ns < row.to).map(([name]) => name);
    if (i === rows.length - 1) here.push(`max ${formatNs(s.max)}`);
    const drawn = bar(row.count / most, barMax);
    return [
      labels[i]!.padStart(width),
      o.style.cyan(drawn) + " ".repeat(barMax - drawn.length),
      formatCount(row.count).padStart(countWidth),
      formatShare(row.count / total).padStart(6),
      o.style.bold(here.join(" ")),
    ]
      .join("  ")
      .trimEnd();
  });
}

/** "p50 187 ns  p90 ...": the figures in one line. */
export function summaryLine(buckets: Uint32Array): string {
  const s = summarize(buckets);
  if (s.count === 0) return "nothing measured";
  const parts: [string, number][] = [
    ["p50", s.p50],
    ["p90", s.p90],
    ["p99", s.p99],
    ["p99.9", s.p999],
    ["max", s.max],
  ];
  return `${parts.map(([n, ns]) => `${n} ${formatNs(ns)}`).join("  ")}  (${formatCount(s.count)})`;
}

/** Rows of equal ratio from the smallest value to p99.9, and one for all above, if any. */
function rowsOf(buckets: Uint32Array, rowsMax: number): Row[] {
  const first = buckets.findIndex((count) => count > 0);
  const last = buckets.findLastIndex((count) => count > 0);
  const low = Math.max(1, bucketFloorNs(first));
  const p999 = summarize(buckets).p999;
  const high = Math.max(p999, low) + 1;
  const ratio = Math.max(1.12, (high / low) ** (1 / rowsMax));
  const edges = [Math.min(low, bucketFloorNs(first))];
  for (let edge = low * ratio; edges.at(-1)! < high; edge *= ratio) {
    const rounded = roundUp2(edge);
    if (rounded > edges.at(-1)!) edges.push(rounded);
  }
  const rows: Row[] = [];
  for (let i = 0; i + 1 < edges.length; i++) {
    rows.push({ from: edges[i]!, to: edges[i + 1]!, count: 0 });
  }
  if (bucketCeilingNs(last) >= edges.at(-1)!) {
    rows.push({ from: edges.at(-1)!, to: Number.POSITIVE_INFINITY, count: 0 });
  }
  for (let bucket = first; bucket <= last; bucket++) {
    const row = rows.findLast((r) => bucketFloorNs(bucket) >= r.from) ?? rows[0]!;
    row.count += buckets[bucket]!;
  }
  return rows;
}

function labelOf(row: Row): string {
  if (row.to === Number.POSITIVE_INFINITY) return `above ${formatNs(row.from)}`;
  const to = formatNs(row.to);
  const from = formatNs(row.from);
  const unit = to.slice(to.indexOf(" "));
  return `${from.endsWith(unit) ? from.slice(0, -unit.length) : from} - ${to}`;
}

/** Two significant digits, upward, whole ns. */
function roundUp2(ns: number): number {
  const scale = 10 ** Math.max(0, Math.floor(Math.log10(ns)) - 1);
  return Math.ceil(ns / scale - 1e-9) * scale;
}

/** Blocks in steps of an eighth of a column; something for anything that is not nothing. */
function bar(share: number, columns: number): string {
  const eighths = share > 0 ? Math.max(1, Math.round(share * columns * 8)) : 0;
  return "█".repeat(eighths >> 3) + (PARTS[eighths & 7] ?? "");
}

const PARTS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
