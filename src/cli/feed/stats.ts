/** `hairpin feed stats CAPTURE`: what a capture of a feed holds, and how good its lines are. */
import { formatTable } from "../../observe/table.ts";
import { formatCount, formatNs, formatShare } from "../../observe/units.ts";
import { type FeedStats, feedStats } from "../../replay/feed-stats.ts";
import type { CaptureProtocol } from "../../replay/protocols/protocol.ts";
import {
  CAPTURE_DETAILS,
  CAPTURE_FLAGS,
  CAPTURE_OPERANDS,
  foreignText,
  missingText,
  NOTHING_READ,
  refusedText,
  unreadText,
  withCapture,
} from "../capture.ts";
import type { Io } from "../io.ts";
import { outJson } from "../io.ts";
import { defineVerb } from "../verb.ts";

export const feedStatsVerb = defineVerb({
  name: "feed stats",
  summary: "Counts a capture: messages by type, rates, gaps by line, and which line leads.",
  operands: CAPTURE_OPERANDS,
  flags: CAPTURE_FLAGS,
  details: `Messages are counted once, whatever line brought them; peaks are the fullest millisecond. A line leads with a packet that it brings before another line does. Feeds (units of pitch, channels of mdp3, lines of opra) are counted apart, in what they number: messages, packets (mdp3) or blocks (opra). ${CAPTURE_DETAILS}`,
  run({ flags, operands }, io) {
    return withCapture(operands[0]!, flags, io, async ({ port, protocol, groups }) => {
      const options = { protocol, ...(groups === undefined ? {} : { groups }) };
      const { stats, fault } = await feedStats(port, options);
      if (flags.json) outJson(io, stats);
      else io.out(textOf(stats, protocol));
      tellRest(stats, protocol, io);
      const messages = stats.types.reduce((sum, { count }) => sum + count, 0);
      const isNothing = stats.unread > 0 && stats.unread === messages;
      return fault ?? (isNothing ? NOTHING_READ : undefined);
    });
  },
});

function textOf(s: FeedStats, protocol: CaptureProtocol): string {
  const rate = s.seconds > 0 ? `, ${formatCount(Math.round(s.messagesPerS))}/s` : "";
  const out = [
    `${s.kind}${protocol.spaceWord === "" ? "" : `, ${protocol.title}`}: ${formatCount(s.messages)} messages in ${formatNs(s.seconds * 1e9)}${rate}; peak ${formatCount(s.peakMessages)} in 1 ms, ${formatNs(s.peakAfterNs)} after the first`,
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
  if (protocol.spaceWord !== "" && s.feeds.length > 0) out.push(feedTable(s, protocol), "");
  if (s.lines.length > 0) out.push(lineTable(s), "");
  for (const { text, value } of s.figures) out.push(`${text}: ${formatCount(value)}`);
  return `${out.join("\n").trimEnd()}\n`;
}

function feedTable(s: FeedStats, protocol: CaptureProtocol): string {
  const head = ["feed", protocol.numbers, "first", "next", "gaps", "missing", "sessions"];
  const rows = s.feeds.map((feed) => [
    feed.name,
    ...[feed.messages, feed.firstSeq, feed.nextSeq, feed.gaps, feed.missing, feed.sessions].map(
      formatCount,
    ),
  ]);
  return formatTable(head, rows);
}

function lineTable(s: FeedStats): string {
  const isMany = s.feeds.length > 1;
  const head = [
    ...(isMany ? ["feed"] : []),
    "line",
    "destination",
    "packets",
    "messages",
    "peak/ms",
    "gaps",
    "missing",
  ];
  head.push("reordered", "duplicates", "leads", "by p50", "p99");
  const rows = s.lines.map((l) => [
    ...(isMany ? [l.feed] : []),
    String(l.line),
    l.destination,
    ...[l.packets, l.messages, l.peakPackets, l.gaps, l.missing, l.reordered, l.duplicates].map(
      formatCount,
    ),
    l.pairs === 0 ? "-" : formatShare(l.led / l.pairs),
    l.led === 0 ? "-" : formatNs(l.leadNsP50),
    l.led === 0 ? "-" : formatNs(l.leadNsP99),
  ]);
  return formatTable(head, rows);
}

function tellRest(s: FeedStats, protocol: CaptureProtocol, io: Io): void {
  io.err(missingText(s.feeds, protocol));
  io.err(refusedText(s.refused));
  io.err(foreignText(s.foreign, protocol));
  io.err(unreadText(s.unread, protocol));
  if (s.sessions > 1) io.err(`${s.sessions} sessions\n`);
}
