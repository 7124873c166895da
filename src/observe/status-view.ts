/** The status of an appliance for a person. */

import { bookText } from "../control/book-watch.ts";
import { type DropCopyStatus, differenceText } from "../control/drop-copy-status.ts";
import { killedByText } from "../control/kill-reason.ts";
import type {
  ApplianceStatus,
  EngineStatus,
  FeedStatus,
  SessionStatus,
} from "../control/status.ts";
import type { HistogramSummary } from "../core/histogram-stats.ts";
import { portLines } from "./port-view.ts";
import type { Style } from "./style.ts";
import { formatTable } from "./table.ts";
import { formatCount, formatMoney, formatNs, formatShare } from "./units.ts";

/** Text with line ends. `withCounters`: every counter that is not zero, too. */
export function statusText(s: ApplianceStatus, style: Style, withCounters: boolean): string {
  const out = [
    `${style.bold(s.name)}  ${stateText(s.state, style)}${killText(s, style)}  run ${s.epoch}`,
    processText("control", s.control, style),
    `${processText("guard", s.guard, style)}${guardText(s)}`,
    "",
  ];
  for (const engine of s.engines) out.push(...engineLines(engine, style), "");
  out.push(...feedLines(s.feeds, style), ...portLines(s.ports, style));
  out.push(...sessionLines(s.sessions, style));
  out.push(...dropCopyLines(s.dropCopies, style));
  if (withCounters) for (const engine of s.engines) out.push(...counterLines(engine));
  return `${out.join("\n").trimEnd()}\n`;
}

function killText(s: ApplianceStatus, style: Style): string {
  if (!s.isKilled) return s.isStopping ? style.yellow("  stopping") : "";
  return style.red(`  by ${killedByText(s)}; \`hairpin arm\` ends it`);
}

function processText(name: string, p: { pid: number; isAlive: boolean }, style: Style): string {
  const state = p.isAlive ? `pid ${p.pid}` : style.red(p.pid === 0 ? "not started" : "dead");
  return `${name.padEnd(8)} ${state}`;
}

function guardText(s: ApplianceStatus): string {
  const { sockets, trips, reason } = s.guard;
  const held = `, holds ${sockets} ${sockets === 1 ? "socket" : "sockets"}`;
  return trips === 0 ? held : `${held}, tripped ${trips} times (${reason})`;
}

function engineLines(e: EngineStatus, style: Style): string[] {
  const place = e.core < 0 ? "not pinned" : `core ${e.core}${e.pinned ? "" : " (not pinned)"}`;
  const head = [
    `engine ${style.bold(e.name)}`,
    stateText(e.state, style),
    place,
    ...(e.realtime ? ["real-time"] : []),
    `${e.pages} pages`,
    `${formatCount(e.turns)} turns`,
  ].join("  ");
  const lines = [
    head,
    ...(e.fault === "" ? [] : [`  ${style.red(`fault: ${e.fault}`)}`]),
    `  P&L      ${formatMoney(e.pnl)} after fees of ${formatMoney(e.fees)}  (realised ${formatMoney(e.realized)}, unrealised ${formatMoney(e.unrealized)})`,
    `  orders   ${formatCount(e.openOrders)} open  exposure ${formatMoney(e.exposure)}  positions ${formatCount(e.positionShares)}`,
    `  latency  ${summaryText(e.latencyNs)}`,
    `  wire     ${summaryText(e.wireNs)}`,
    `  turn     ${summaryText(e.turnNs)}`,
  ];
  const j = e.journal;
  if (j !== null) {
    const used = formatShare(j.usedBytes / j.sizeBytes);
    const broken = j.broken === "" ? "" : `  ${style.red(j.broken)}`;
    lines.push(`  journal  ${formatCount(j.records)} records, ring ${used} full${broken}`);
  }
  const c = e.capture;
  if (c !== null) {
    const lost = c.isLost ? `  ${style.red("the ring was full: this run's record has ended")}` : "";
    lines.push(`  capture  ring ${formatShare(c.usedBytes / c.sizeBytes)} full${lost}`);
  }
  if (e.collections > 0) {
    lines.push(`  ${style.yellow(`${e.collections} garbage collections on this engine`)}`);
  }
  if (e.booksFull > 0) {
    lines.push(`  ${style.red(`${e.booksFull} books over capacity: [feed.book] is too small`)}`);
  }
  return lines;
}

function summaryText(s: HistogramSummary): string {
  if (s.count === 0) return "nothing measured";
  return `p50 ${formatNs(s.p50)}  p99 ${formatNs(s.p99)}  p99.9 ${formatNs(s.p999)}  max ${formatNs(s.max)}  (${formatCount(s.count)})`;
}

function feedLines(feeds: readonly FeedStatus[], style: Style): string[] {
  if (feeds.length === 0) return [];
  const head = ["feed", "state", "next", "messages", "gaps", "recovered", "lost", "A", "B"];
  const rows = feeds.map((f) => [
    f.name,
    [f.state, bookText(f.books)].filter((part) => part !== "").join(", "),
    formatCount(f.nextSeq),
    formatCount(f.messages),
    formatCount(f.gaps),
    formatCount(f.recovered),
    formatCount(f.lost),
    formatCount(f.packetsA),
    formatCount(f.packetsB),
  ]);
  const waiting = feeds
    .filter((f) => f.gap.to > f.gap.from)
    .map((f) => {
      const missing = `${formatCount(f.gap.to - f.gap.from)} messages missing now`;
      return style.yellow(`${f.name}: ${missing}${snapshotText(f.snapshots)}`);
    });
  return [formatTable(head, rows), ...waiting, ""];
}

/** What is on its way to a feed that misses something. */
function snapshotText(snapshots: FeedStatus["snapshots"]): string {
  if (snapshots === null) return "";
  const { state, failed } = snapshots;
  return `; snapshot ${state}${failed === 0 ? "" : `, ${formatCount(failed)} tries failed`}`;
}

function sessionLines(sessions: readonly SessionStatus[], style: Style): string[] {
  if (sessions.length === 0) return [];
  const head = ["session", "state", "next out", "next in", "logons", "resends", "rejects"];
  const rows = sessions.map((s) => [
    s.name,
    s.state,
    formatCount(s.nextOut),
    formatCount(s.nextIn),
    formatCount(s.logons),
    formatCount(s.resendsAsked + s.resendsServed),
    formatCount(s.rejects),
  ]);
  const garbled = sessions
    .filter((s) => s.garbled > 0)
    .map((s) => style.yellow(`${s.name}: ${formatCount(s.garbled)} garbled messages`));
  const down = sessions
    .filter((s) => s.reason !== "")
    .map((s) => style.yellow(`${s.name}: ${s.reason}`));
  return [formatTable(head, rows), ...down, ...garbled, ""];
}

function dropCopyLines(copies: readonly DropCopyStatus[], style: Style): string[] {
  if (copies.length === 0) return [];
  const head = ["drop copy", "state", "own", "others'", "agree", "waiting", "differ", "ever"];
  const rows = copies.map((c) => [
    c.session,
    c.state,
    formatCount(c.own),
    formatCount(c.others),
    formatCount(c.matched),
    formatCount(c.waiting),
    formatCount(c.differing),
    formatCount(c.found),
  ]);
  return [formatTable(head, rows), ...copies.flatMap((c) => differenceLines(c, style)), ""];
}

function differenceLines(c: DropCopyStatus, style: Style): string[] {
  const lines = c.differences.map((d) => style.red(`${c.session}: ${differenceText(d)}`));
  const left = c.differing - c.differences.length;
  if (left > 0) lines.push(style.red(`${c.session}: ${formatCount(left)} differences more`));
  return lines;
}

function counterLines(e: EngineStatus): string[] {
  const rows = Object.entries(e.counters)
    .filter(([, value]) => value !== 0)
    .map(([name, value]) => [name, formatCount(value)]);
  return rows.length === 0 ? [] : [formatTable([`counter of ${e.name}`, "value"], rows), ""];
}

function stateText(state: string, style: Style): string {
  if (state === "armed") return style.green(state);
  if (state === "killed" || state === "dead") return style.red(state);
  return style.yellow(state);
}
