/** A replay's result for a person. */
import type { HistogramSummary } from "../core/histogram-stats.ts";
import { formatTable } from "../observe/table.ts";
import { formatCount, formatMoney, formatNs } from "../observe/units.ts";
import type { ReplaySummary } from "../replay/summary.ts";
import { formatTimeOfDay } from "./time-of-day.ts";

/** Label and text of each line. */
function summaryRows(
  s: ReplaySummary,
  model: { latency: string; queue: string },
): [label: string, text: string][] {
  const f = s.figures;
  const denied = Object.entries(s.denied).map(([reason, n]) => `${reason} ${formatCount(n)}`);
  const reasons = denied.length > 0 ? ` (${denied.join(", ")})` : "";
  return [
    [
      "capture",
      `${formatTimeOfDay(s.firstNs, 6)} to ${formatTimeOfDay(s.lastNs, 6)}, session date from ${s.sessionStart}`,
    ],
    [
      "feed",
      `${formatCount(f.packets)} packets, ${formatCount(f.messages)} messages, ${formatCount(f.feed_gaps)} gaps; ${s.feeds.map((x) => `${x.name} ${x.state}`).join(", ")}`,
    ],
    ["venue", `simulated: latency ${model.latency}, queue ${model.queue}`],
    [
      "orders",
      `${formatCount(f.orders)} sent, ${formatCount(f.replaces)} replaced, ${formatCount(f.cancels)} cancelled, ${formatCount(f.rejected)} rejected, ${formatCount(f.denied)} denied by the gate${reasons}`,
    ],
    [
      "fills",
      `${formatCount(f.fills)}, ${formatCount(f.volume_shares)} shares; position ${formatCount(f.position_shares)} shares`,
    ],
    [
      "P&L",
      `${formatMoney(f.net)}: realized ${formatMoney(f.realized)}, unrealized ${formatMoney(f.unrealized)}, fees ${formatMoney(f.fees)}; largest drawdown ${formatMoney(f.max_drawdown)}`,
    ],
    ["software", `packet to orders sent, on this machine: ${percentiles(s.software)}`],
    ["answers", `order to first answer, simulated: ${percentiles(s.roundTrip)}`],
    ["journal", `${formatCount(s.journal_records)} records, hash ${s.journal_hash}`],
  ];
}

export function summaryText(s: ReplaySummary, model: { latency: string; queue: string }): string {
  const lines = summaryRows(s, model).map(([label, text]) => `${label.padEnd(10)}${text}`);
  const rows = s.positions
    .filter((p) => p.qty !== 0 || p.realized !== 0 || p.fees !== 0)
    .map((p) => [
      p.symbol,
      formatCount(p.qty),
      formatMoney(p.realized),
      formatMoney(p.unrealized),
      formatMoney(p.fees),
    ]);
  const head = ["instrument", "position", "realized", "unrealized", "fees"];
  const table = rows.length === 0 ? [] : ["", formatTable(head, rows)];
  return `${[...lines, ...table].join("\n")}\n`;
}

/** The figures on top of the report: short ones. */
export function reportRows(
  s: ReplaySummary,
  model: { latency: string; queue: string },
): [label: string, text: string][] {
  const f = s.figures;
  return [
    ["net P&L", formatMoney(f.net)],
    ["realized", formatMoney(f.realized)],
    ["unrealized", formatMoney(f.unrealized)],
    ["fees", formatMoney(f.fees)],
    ["largest drawdown", formatMoney(f.max_drawdown)],
    ["fills", formatCount(f.fills)],
    ["shares", formatCount(f.volume_shares)],
    ["orders", formatCount(f.orders)],
    ["replaced", formatCount(f.replaces)],
    ["cancelled", formatCount(f.cancels)],
    ["rejected", formatCount(f.rejected)],
    ["denied by the gate", formatCount(f.denied)],
    ["messages", formatCount(f.messages)],
    ["gaps", formatCount(f.feed_gaps)],
    ["latency", model.latency],
    ["queue", model.queue],
    ["journal hash", s.journal_hash.slice(0, 16)],
  ];
}

function percentiles(h: HistogramSummary): string {
  if (h.count === 0) return "none";
  return `p50 ${formatNs(h.p50)}  p99 ${formatNs(h.p99)}  p99.9 ${formatNs(h.p999)}  max ${formatNs(h.max)}  (${formatCount(h.count)})`;
}
