/** The round trips for a person. */
import type { HistogramSummary } from "../../core/histogram-stats.ts";
import type { Style } from "../../observe/style.ts";
import { formatTable } from "../../observe/table.ts";
import { formatCount, formatNs, formatShare } from "../../observe/units.ts";
import type { EndResult, LoopResult } from "./rtt-result.ts";

export function loopText(r: LoopResult, style: Style): string {
  const rate = r.ratePps === null ? "as fast as it goes" : `${formatCount(r.ratePps)}/s`;
  const core = r.core < 0 ? "not pinned" : `core ${r.core}`;
  const out = [
    `${style.bold(r.driver)}  ${r.group}:${r.port}  ${rate}, ${r.secondsEach} s each  ${core}`,
    endText("sends", r.tx),
    endText("receives", r.rx),
    "",
    countTable(r),
    "",
    style.bold("software: before the send to after the burst that had it"),
    timeTable(r, "softwareNs"),
    "",
  ];
  if (r.sizes.some((s) => s.wireNs !== null)) {
    const title = r.tx.stampsTx === "card" ? "wire to wire" : "kernel to kernel";
    const what = `${title}: stamped by the ${r.tx.stampsTx} when sent, by the ${r.rx.stampsRx} when received`;
    out.push(style.bold(what), timeTable(r, "wireNs"));
  }
  if (r.wireNote !== "") out.push(style.yellow(r.wireNote));
  if (r.isStopped) out.push(style.yellow("a signal ended it early"));
  return `${out.join("\n").trimEnd()}\n`;
}

function endText(what: string, end: EndResult): string {
  const parts = [end.device, end.driver, end.mode, end.mac].filter((part) => part !== "");
  if (end.speedMbps > 0) parts.push(`${formatCount(end.speedMbps)} Mb/s`);
  if (end.isFar) parts.push("on another NUMA node than the core");
  return `${what.padEnd(8)} ${parts.join("  ")}`;
}

function countTable(r: LoopResult): string {
  const head = ["bytes", "sent", "received", "lost", "share", "reordered", "duplicates", "sent/s"];
  const rows = r.sizes.map((s) => [
    String(s.bytes),
    ...[s.sent, s.received, s.lost].map(formatCount),
    s.sent === 0 ? "-" : formatShare(s.lost / s.sent),
    ...[s.reordered, s.duplicates, Math.round(s.sentPerS)].map(formatCount),
  ]);
  return formatTable(head, rows);
}

function timeTable(r: LoopResult, which: "softwareNs" | "wireNs"): string {
  const rows = r.sizes.map((s) => [String(s.bytes), ...times(s[which])]);
  return formatTable(["bytes", "p50", "p90", "p99", "p99.9", "max", "samples"], rows);
}

function times(s: HistogramSummary | null): string[] {
  if (s === null || s.count === 0) return ["-", "-", "-", "-", "-", "0"];
  return [...[s.p50, s.p90, s.p99, s.p999, s.max].map(formatNs), formatCount(s.count)];
}
