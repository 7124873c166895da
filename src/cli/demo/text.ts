/** The demo's result for a person. */
import type { ApplianceStatus } from "../../control/status.ts";
import { HP_HIST_BUCKETS } from "../../ffi/layout.ts";
import { histogramLines } from "../../observe/histogram-view.ts";
import { styleFor } from "../../observe/style.ts";
import { formatCount, formatMoney, formatNs } from "../../observe/units.ts";
import type { Io } from "../io.ts";
import type { DemoResult, Percentiles } from "./result.ts";

/** `latency`: (bucket, count) pairs of the latency histogram. */
export function demoText(r: DemoResult, latency: readonly number[], io: Io): string {
  const style = styleFor(io.isTerminal);
  const buckets = new Uint32Array(HP_HIST_BUCKETS);
  for (let i = 0; i < latency.length; i += 2) buckets[latency[i]!] = latency[i + 1]!;
  const dropped = r.feed.dropped.map(formatCount).join(" and ");
  const o = r.orders;
  const engine = r.engines[0]!;
  const yes = (is: boolean, why: string) => (is ? style.green("yes") : style.red(`NO: ${why}`));
  const killed = style.red(`KILLED by ${r.killedBy.join(", ")}: no order passed from then on`);
  return [
    ...(r.killedBy.length === 0 ? [] : [killed]),
    `${style.bold("feed")}     ${formatCount(r.feed.messages)} messages; the lines lost ${dropped} packets; ${healedText(r.feed)}`,
    `${style.bold("orders")}   ${formatCount(o.sent)} sent, ${formatCount(o.acked)} acknowledged, ${formatCount(o.filled)} filled, ${formatCount(o.canceled)} canceled, ${formatCount(o.rejected)} rejected, ${formatCount(o.denied)} denied by the gate, ${formatCount(o.unknown)} of unknown fate`,
    `${style.bold("P&L")}      ${formatMoney(r.pnl)} after fees of ${formatMoney(r.pnlParts.fees)}`,
    `${style.bold("book")}     equals the venue's in all ${formatCount(r.bookLevelsCompared)} levels: ${yes(r.bookMatchesVenue, r.bookDifference)}`,
    `${style.bold("account")}  positions, P&L and fees equal the venue's: ${yes(r.accountMatchesVenue, r.accountDifference)}`,
    `${style.bold("journal")}  ${formatCount(r.journal.records)} records, hash ${r.journal.hash.slice(0, 16)}`,
    `${style.bold("engine")}   ${engine.core < 0 ? "not pinned" : `core ${engine.core}${engine.pinned ? ", pinned" : " (NOT pinned)"}`}, ${engine.pages} pages, ${engine.collections} garbage collections, turn ${line(engine.turnNs)}`,
    "",
    `${style.bold("packet in the arena to order handed to send")}  ${line(r.latencyNs)}`,
    ...histogramLines({ buckets, style, columns: io.columns }),
    "",
    `${style.bold("wire to wire")}  ${line(r.wireToWireNs)}`,
    `  from: ${r.wireToWireNs.rxStamp}`,
    `  to:   ${r.wireToWireNs.txStamp}`,
    "",
  ].join("\n");
}

/** Nobody can be asked for packets of MDP 3.0: books that have missed something wait for snapshots. */
function healedText({ protocol, gaps, recovered, lost }: DemoResult["feed"]): string {
  if (protocol === "mdp3") {
    return `${formatCount(lost)} packets that neither line brought in time, the books they were for healed by snapshots`;
  }
  return `${formatCount(gaps)} gaps on both, ${formatCount(recovered)} messages asked for again, ${formatCount(lost)} lost`;
}

/** One line while it trades. */
export function progressText(s: ApplianceStatus): string {
  const engine = s.engines[0]!;
  const sent = engine.counters["order_sent"] ?? 0;
  return `${s.state}  ${formatCount(s.feeds[0]!.messages)} messages  ${formatCount(sent)} orders  p50 ${formatNs(engine.latencyNs.p50)}  p99.9 ${formatNs(engine.latencyNs.p999)}  P&L ${formatMoney(engine.realized + engine.unrealized - engine.fees)}  `;
}

function line(p: Percentiles): string {
  if (p.count === 0) return "nothing measured";
  return `p50 ${formatNs(p.p50)}  p90 ${formatNs(p.p90)}  p99 ${formatNs(p.p99)}  p99.9 ${formatNs(p.p999)}  max ${formatNs(p.max)}  (${formatCount(p.count)})`;
}
