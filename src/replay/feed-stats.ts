/** What a capture of a feed holds: messages by type, rates, and what each line did. */
import { ITCH_MESSAGES } from "../feed/itch/itch-fields.ts";
import {
  MOLD_COUNT,
  MOLD_END_OF_SESSION,
  MOLD_SEQUENCE,
  MOLD_SESSION_BYTES,
} from "../feed/itch/mold-framing.ts";
import type { MessageDecoder } from "../feed/message-decoder.ts";
import { formatEndpoint } from "../net/address.ts";
import type { CapturePort } from "../net/capture/capture-port.ts";
import type { SkippedFrames } from "../net/capture/udp-in-frame.ts";
import {
  DESC_DOUBLES,
  DESC_LENGTH,
  DESC_LINE,
  DESC_OFFSET,
  DESC_RX_NS,
  DESC_WORDS,
} from "../net/desc.ts";
import { CaptureFeed, type Hole, type Refusal } from "./capture-feed.ts";
import { isMold } from "./decode.ts";
import { eachPacket } from "./each-packet.ts";
import { type LeadFigures, LeadStats } from "./lead-stats.ts";
import { type LineFigures, LineStats } from "./line-stats.ts";
import { RateStats } from "./rate-stats.ts";

const COUNTERS = 256;

export interface TypeCount {
  type: string;
  name: string;
  count: number;
}

export interface LineReport extends LineFigures, LeadFigures {
  line: number;
  /** "239.1.1.1:5000", or "file". */
  destination: string;
  /** Packets in the fullest millisecond. */
  peakPackets: number;
}

export interface FeedStats {
  kind: string;
  /** Unix ns of the first message as text (it does not fit a double); of a file, ns since midnight. */
  from: string;
  seconds: number;
  sessions: number;
  firstSeq: number;
  /** Each message once, whatever line it came on. */
  messages: number;
  messagesPerS: number;
  /** Messages in the fullest millisecond, and its start, ns after `from`. */
  peakMessages: number;
  peakAfterNs: number;
  types: TypeCount[];
  lines: LineReport[];
  /** Packets that came on more than one line. */
  pairs: number;
  /** Messages that no line has. */
  missing: number;
  holes: Hole[];
  /** Packets that arbitration did not take. */
  refused: Refusal[];
  notMold: number;
  skipped: SkippedFrames;
}

interface Line {
  stats: LineStats;
  rate: RateStats;
}

export async function feedStats(
  port: CapturePort,
): Promise<{ stats: FeedStats; fault: string | undefined }> {
  const rate = new RateStats();
  const types = new Float64Array(256);
  const lead = new LeadStats();
  const lines: Line[] = [];
  let notMold = 0;
  let nowNs = 0;
  const decoder: MessageDecoder = {
    decode: (_view, bytes, offset) => {
      types[bytes[offset]!]! += 1;
      rate.add(nowNs);
    },
    flush: () => {},
  };
  const counters = new Float64Array(new ArrayBuffer(8 * COUNTERS));
  const feed = new CaptureFeed({ decoder, counters, onSession: () => lead.clear() });
  await eachPacket(port, (i) => {
    nowNs = port.descTime[i * DESC_DOUBLES + DESC_RX_NS]!;
    const offset = port.desc[i * DESC_WORDS + DESC_OFFSET]!;
    if (!isMold(port.view, offset, offset + port.desc[i * DESC_WORDS + DESC_LENGTH]!)) {
      notMold++;
      return true;
    }
    // First: a new session clears what is known of the one before.
    feed.onPacket(port, i);
    notePacket(port, i, nowNs, lines, lead);
    return feed.fault === undefined;
  });
  feed.finish();
  const stats: FeedStats = {
    kind: port.kind,
    from: String(BigInt(port.originS) * 1_000_000_000n + BigInt(Math.round(rate.firstNs))),
    seconds: (rate.lastNs - rate.firstNs) / 1e9,
    sessions: feed.sessions,
    firstSeq: feed.firstSeq,
    messages: feed.messages,
    messagesPerS: rate.perS(),
    peakMessages: rate.peak,
    peakAfterNs: Math.max(0, rate.peakNs - rate.firstNs),
    types: typeCounts(types),
    lines: lines.flatMap((line, index) => lineReport(port, line, index, lead)),
    pairs: lead.pairs,
    missing: feed.missing,
    holes: feed.holes,
    refused: feed.refusals(),
    notMold,
    skipped: port.skipped,
  };
  return { stats, fault: feed.fault };
}

function notePacket(
  port: CapturePort,
  i: number,
  nowNs: number,
  lines: Line[],
  lead: LeadStats,
): void {
  const { view } = port;
  const offset = port.desc[i * DESC_WORDS + DESC_OFFSET]!;
  const length = port.desc[i * DESC_WORDS + DESC_LENGTH]!;
  const index = port.desc[i * DESC_WORDS + DESC_LINE]!;
  let line = lines[index];
  if (line === undefined) {
    line = { stats: new LineStats(), rate: new RateStats() };
    lines[index] = line;
  }
  const told = view.getUint16(offset + MOLD_COUNT);
  const count = told === MOLD_END_OF_SESSION ? 0 : told;
  const seq =
    view.getUint32(offset + MOLD_SEQUENCE) * 2 ** 32 + view.getUint32(offset + MOLD_SEQUENCE + 4);
  const session = String.fromCharCode(...port.bytes.subarray(offset, offset + MOLD_SESSION_BYTES));
  line.stats.packet(session, seq, count, length);
  line.rate.add(nowNs);
  if (count > 0) lead.packet(index, seq, nowNs);
}

function lineReport(port: CapturePort, line: Line, index: number, lead: LeadStats): LineReport {
  const endpoint = port.lines[index];
  return {
    line: index,
    destination: endpoint === undefined ? "file" : formatEndpoint(endpoint.address, endpoint.port),
    ...line.stats.figures,
    peakPackets: line.rate.peak,
    ...lead.of(index),
  };
}

/** Most frequent first. */
function typeCounts(types: Float64Array): TypeCount[] {
  const out: TypeCount[] = [];
  types.forEach((count, code) => {
    if (count === 0) return;
    const type = String.fromCharCode(code);
    const name = ITCH_MESSAGES.find((m) => m.type === type)?.name ?? "unknown";
    out.push({ type, name, count });
  });
  return out.sort((a, b) => b.count - a.count);
}
