/** What a capture of a feed holds: messages by type, rates, and what each line did. */
import type { MessageDecoder } from "../feed/message-decoder.ts";
import type { CapturePort } from "../net/capture/capture-port.ts";
import type { SkippedFrames } from "../net/capture/udp-in-frame.ts";
import { DESC_DOUBLES, DESC_LINE, DESC_RX_NS, DESC_WORDS } from "../net/desc.ts";
import type { Hole, Refusal } from "./capture-feed.ts";
import { eachFrame } from "./each-frame.ts";
import { itch50 } from "./protocols/itch50.ts";
import type { CaptureProtocol, ProtocolFigure, ProtocolWatch } from "./protocols/protocol.ts";
import { RateStats } from "./rate-stats.ts";
import { type LineReport, type SpaceReport, SpaceStats, sumRefusals } from "./space-stats.ts";
import { Spaces } from "./spaces.ts";

export interface TypeCount {
  type: string;
  name: string;
  count: number;
}

export interface FeedStats {
  kind: string;
  protocol: string;
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
  /** Messages, packets or blocks that no line has; `holes` are those of the first feed that has any. */
  missing: number;
  holes: Hole[];
  /** Packets that arbitration did not take. */
  refused: Refusal[];
  /** Messages of an unknown type, or of another length than theirs. */
  unread: number;
  /** Packets of another protocol; for ITCH also by its older name. */
  foreign: number;
  notMold?: number;
  skipped: SkippedFrames;
  /** One for each sequence space: unit, channel or line. */
  feeds: SpaceReport[];
  /** What else the protocol lets one check. */
  figures: ProtocolFigure[];
}

export interface FeedStatsOptions {
  /** Default ITCH 5.0. */
  protocol?: CaptureProtocol;
  /** By line: its feed, for protocols whose packets do not tell. */
  groups?: readonly number[];
}

export async function feedStats(
  port: CapturePort,
  options: FeedStatsOptions = {},
): Promise<{ stats: FeedStats; fault: string | undefined }> {
  const protocol = options.protocol ?? itch50();
  const tally = new Tally(protocol);
  const spaces = new Spaces(port, protocol, options.groups);
  await spaces.look();
  const feeds: SpaceStats[] = [];
  let fault: string | undefined;
  const { foreign } = await eachFrame(port, protocol, (i, frame) => {
    tally.nowNs = port.descTime[i * DESC_DOUBLES + DESC_RX_NS]!;
    const space = spaces.of(i, frame);
    feeds[space] ??= new SpaceStats(port, protocol, frame.space, tally);
    tally.watch?.frame?.(port.view, port.bytes, frame);
    feeds[space].frame(frame, port.desc[i * DESC_WORDS + DESC_LINE]!, tally.nowNs);
    fault = spaces.fault ?? feeds[space].feed.fault;
    return fault === undefined;
  });
  for (const stats of feeds) stats?.feed.finish();
  return { stats: report(port, tally, spaces, feeds, foreign), fault: fault ?? faultOf(feeds) };
}

function faultOf(feeds: readonly SpaceStats[]): string | undefined {
  return feeds.find((stats) => stats?.feed.fault !== undefined)?.feed.fault;
}

/** Counts the messages of all feeds. */
class Tally implements MessageDecoder {
  nowNs = 0;
  private misfits = 0;
  readonly rate = new RateStats();
  readonly counts = new Map<number, number>();
  readonly protocol: CaptureProtocol;
  readonly watch: ProtocolWatch | undefined;

  constructor(protocol: CaptureProtocol) {
    this.protocol = protocol;
    this.watch = protocol.watch?.();
  }

  decode(view: DataView, bytes: Uint8Array, offset: number, length: number): void {
    const code = this.protocol.codeOf(view, bytes, offset, length);
    this.counts.set(code, (this.counts.get(code) ?? 0) + 1);
    if (this.protocol.knows?.(view, bytes, offset, length) === false) this.misfits++;
    this.rate.add(this.nowNs);
    this.watch?.message?.(view, bytes, offset, length);
  }

  flush(): void {}

  unread(): number {
    if (this.protocol.knows !== undefined) return this.misfits;
    const unknown = this.types().filter(({ name }) => name === "unknown");
    return unknown.reduce((sum, { count }) => sum + count, 0);
  }

  /** Most frequent first. */
  types(): TypeCount[] {
    const out = [...this.counts].sort(([a], [b]) => a - b);
    return out
      .map(([code, count]) => ({ ...this.protocol.typeOfCode(code), count }))
      .sort((a, b) => b.count - a.count);
  }
}

function report(
  port: CapturePort,
  tally: Tally,
  spaces: Spaces,
  stats: readonly SpaceStats[],
  foreign: number,
): FeedStats {
  const { rate, protocol } = tally;
  const order = spaces.order().filter((space) => stats[space] !== undefined);
  const feeds = order.map((space) => stats[space]!.report(spaces.names[space]!));
  const sum = (of: (feed: SpaceReport) => number) => feeds.reduce((n, feed) => n + of(feed), 0);
  return {
    kind: port.kind,
    protocol: protocol.name,
    from: String(BigInt(port.originS) * 1_000_000_000n + BigInt(Math.round(rate.firstNs))),
    seconds: (rate.lastNs - rate.firstNs) / 1e9,
    sessions: Math.max(0, ...feeds.map((feed) => feed.sessions)),
    firstSeq: feeds[0]?.firstSeq ?? 0,
    messages: protocol.numbers === "messages" ? sum((feed) => feed.messages) : rate.count,
    messagesPerS: rate.perS(),
    peakMessages: rate.peak,
    peakAfterNs: Math.max(0, rate.peakNs - rate.firstNs),
    types: tally.types(),
    lines: order.flatMap((space) => stats[space]!.lineReports(port, spaces.names[space]!)),
    pairs: sum((feed) => feed.pairs),
    missing: sum((feed) => feed.missing),
    holes: feeds.find((feed) => feed.missing > 0)?.holes ?? [],
    refused: sumRefusals(feeds.flatMap((feed) => feed.refused)),
    unread: tally.unread(),
    ...(protocol.name === "itch50" ? { notMold: foreign } : {}),
    foreign,
    skipped: port.skipped,
    feeds,
    figures: tally.watch?.figures() ?? [],
  };
}
