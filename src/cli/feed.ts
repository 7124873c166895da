/** `hairpin feed stats CAPTURE`: what a capture of a feed holds, and how good its lines are. */
import { formatTable } from "../observe/table.ts";
import { formatCount, formatNs, formatShare } from "../observe/units.ts";
import { type FeedStats, feedStats } from "../replay/feed-stats.ts";
import { CAPTURE_DETAILS, LINES_FLAG, missingText, refusedText, withCapture } from "./capture.ts";
import { CliError, EXIT_USAGE } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { outJson } from "./io.ts";
import { defineVerb } from "./verb.ts";

export const feedVerb = defineVerb({
  name: "feed",
  summary: "Counts a capture: messages by type, rates, gaps by line, and which line leads.",
  operands: { usage: "stats CAPTURE", min: 2, max: 2 },
  flags: LINES_FLAG,
  details: `Messages are counted once, whatever line brought them; peaks are the fullest millisecond. A line leads with a packet that it brings before another line does. ${CAPTURE_DETAILS}`,
  run({ flags, operands }, io) {
    const [what, path] = operands;
    if (what !== "stats") {
      throw new CliError(EXIT_USAGE, `feed: found "${what}"; allowed: stats`);
    }
    return withCapture(path!, flags, io, async (port) => {
      const { stats, fault } = await feedStats(port);
      if (flags.json) outJson(io, stats);
      else io.out(textOf(stats));
      tellRest(stats, io);
      return fault;
    });
  },
});

function textOf(s: FeedStats): string {
  const rate = s.seconds > 0 ? `, ${formatCount(Math.round(s.messagesPerS))}/s` : "";
  const out = [
    `${s.kind}: ${formatCount(s.messages)} messages in ${formatNs(s.seconds * 1e9)}${rate}; peak ${formatCount(s.peakMessages)} in 1 ms, ${formatNs(s.peakAfterNs)} after the first`,
    "",
  ];
  if (s.types.length > 0) {
    const rows = s.types.map((t) => [
      t.type,
      t.name,
      formatCount(t.count),
      formatShare(t.count / s.messages),
    ]);
    out.push(formatTable(["type", "name", "messages", "share"], rows), "");
  }
  if (s.lines.length > 0) out.push(lineTable(s), "");
  return `${out.join("\n").trimEnd()}\n`;
}

function lineTable(s: FeedStats): string {
  const head = ["line", "destination", "packets", "messages", "peak/ms", "gaps", "missing"];
  head.push("reordered", "duplicates", "leads", "by p50", "p99");
  const rows = s.lines.map((l) => [
    String(l.line),
    l.destination,
    ...[l.packets, l.messages, l.peakPackets, l.gaps, l.missing, l.reordered, l.duplicates].map(
      formatCount,
    ),
    s.pairs === 0 ? "-" : formatShare(l.led / s.pairs),
    l.led === 0 ? "-" : formatNs(l.leadNsP50),
    l.led === 0 ? "-" : formatNs(l.leadNsP99),
  ]);
  return formatTable(head, rows);
}

function tellRest(s: FeedStats, io: Io): void {
  io.err(missingText(s.missing, s.holes));
  io.err(refusedText(s.refused));
  if (s.notMold > 0) io.err(`packets that are not MoldUDP64: ${s.notMold}\n`);
  if (s.sessions > 1) io.err(`${s.sessions} sessions\n`);
}
