/** What one feed of a capture did: its sequence, and each line that brought it. */

import type { MessageDecoder } from "../feed/message-decoder.ts";
import { formatEndpoint } from "../net/address.ts";
import type { CapturePort } from "../net/capture/capture-port.ts";
import { CaptureFeed, type Hole, type Refusal } from "./capture-feed.ts";
import { FramePort } from "./frame-port.ts";
import { type LeadFigures, LeadStats } from "./lead-stats.ts";
import { type LineFigures, LineStats } from "./line-stats.ts";
import type { CaptureProtocol, Frame } from "./protocols/protocol.ts";
import { RateStats } from "./rate-stats.ts";

const COUNTERS = 256;

export interface LineReport extends LineFigures, LeadFigures {
  line: number;
  /** "239.1.1.1:5000", or "file". */
  destination: string;
  /** The feed that it is a line of; a destination may carry more than one. */
  feed: string;
  /** Packets of the feed that came on more than one line: `led` is out of them. */
  pairs: number;
  /** Packets in the fullest millisecond. */
  peakPackets: number;
}

export interface SpaceReport {
  /** "unit 1"; "" when the protocol has one feed a capture. */
  name: string;
  sessions: number;
  firstSeq: number;
  nextSeq: number;
  /** Each once, whatever line it came on. */
  messages: number;
  /** Packets that came on more than one line. */
  pairs: number;
  /** Messages, packets or blocks (what the protocol counts) that no line has, and where. */
  missing: number;
  gaps: number;
  holes: Hole[];
  /** Packets that arbitration did not take. */
  refused: Refusal[];
}

interface Line {
  stats: LineStats;
  rate: RateStats;
}

export class SpaceStats {
  readonly feed: CaptureFeed;
  readonly lead = new LeadStats();
  private readonly lines: Line[] = [];
  private readonly port: FramePort;
  private readonly title: string;

  constructor(
    port: CapturePort,
    protocol: CaptureProtocol,
    space: number,
    decoder: MessageDecoder,
  ) {
    this.port = new FramePort(port);
    this.title = protocol.title;
    const counters = new Float64Array(new ArrayBuffer(8 * COUNTERS));
    this.feed = new CaptureFeed({
      decoder,
      counters,
      framing: (inner, own) => protocol.framing(inner, own, space),
      isOneOfMany: protocol.spaceWord !== "",
      onSession: () => this.lead.clear(),
    });
  }

  frame(frame: Frame, line: number, nowNs: number): void {
    this.port.show(frame.at, frame.size, line, nowNs);
    // First: a new session clears what is known of the one before.
    this.feed.onPacket(this.port, 0);
    this.lines[line] ??= { stats: new LineStats(), rate: new RateStats() };
    const { stats, rate } = this.lines[line];
    rate.add(nowNs);
    if (!frame.isNumbered) {
      stats.unnumbered(frame.messages, frame.size);
      return;
    }
    stats.packet(frame.session, frame.seq, frame.end - frame.seq, frame.size, frame.messages);
    if (frame.end > frame.seq) this.lead.packet(line, frame.seq, nowNs);
  }

  report(name: string): SpaceReport {
    const { feed } = this;
    return {
      name,
      sessions: feed.sessions,
      firstSeq: feed.firstSeq,
      nextSeq: feed.nextSeq,
      messages: feed.messages,
      pairs: this.lead.pairs,
      missing: feed.missing,
      gaps: feed.holeCount,
      holes: feed.holes,
      refused: feed.refusals(this.title),
    };
  }

  lineReports(port: CapturePort, feed: string): LineReport[] {
    return this.lines.flatMap((line, index) => {
      const at = port.lines[index];
      return {
        line: index,
        destination: at === undefined ? "file" : formatEndpoint(at.address, at.port),
        feed,
        ...line.stats.figures,
        pairs: this.lead.pairs,
        peakPackets: line.rate.peak,
        ...this.lead.of(index),
      };
    });
  }
}

/** By reason. */
export function sumRefusals(all: readonly Refusal[]): Refusal[] {
  const out = new Map<string, number>();
  for (const { what, count } of all) out.set(what, (out.get(what) ?? 0) + count);
  return [...out].map(([what, count]) => ({ what, count }));
}
