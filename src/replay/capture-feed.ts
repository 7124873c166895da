/**
 * A capture through the sequencer of its feed: the lines of the port as one feed, in order, each
 * message once. Nobody can be asked for what no line has: such a hole is given up once it is clear
 * that nothing more comes, and counted, so that what follows is read too.
 */
import {
  FEED_AFTER_END,
  FEED_BAD_BLOCK,
  FEED_BAD_CHECKSUM,
  FEED_BAD_HEADER,
  FEED_BAD_SEQUENCE,
  FEED_JUMPS,
  FEED_MESSAGES,
  FEED_OLD_SESSION,
  FEED_OVERSIZE,
  FEED_STRANGE_SESSION,
  FEED_TRAILING,
} from "../feed/counters.ts";
import { heapFeedBlock } from "../feed/feed-block.ts";
import type { Framing } from "../feed/framing.ts";
import { MoldFraming } from "../feed/itch/mold-framing.ts";
import type { MessageDecoder } from "../feed/message-decoder.ts";
import { Sequencer } from "../feed/sequencer.ts";
import { HP_UDP_LINES_MAX } from "../ffi/layout.ts";
import { DESC_DOUBLES, DESC_LENGTH, DESC_OFFSET, DESC_RX_NS, DESC_WORDS } from "../net/desc.ts";
import type { Port } from "../net/port.ts";
import { OnePacketPort } from "./one-packet-port.ts";

/** So long the other line may be behind, in time of the capture. */
export const HOLE_NS = 5_000_000;
const WINDOW_PACKETS = 4096;
/** Of a capture with many feeds, each. */
const WINDOW_PACKETS_MANY = 1024;
/** A jumbo frame. */
const SLOT_BYTES = 9216;
/** More messages than this missing in one place are no loss, but another feed or a damaged file. */
const HOLE_MESSAGES_MAX = 1 << 24;
/** A line that goes back after so long has begun anew. */
const SILENT_NS = 10e9;

/** Packets that were not used, by counter; % stands for the protocol's packets. */
const REFUSALS: readonly [counter: number, what: string][] = [
  [FEED_BAD_HEADER, "shorter than a % header"],
  [FEED_BAD_BLOCK, "with lengths that run past their end"],
  [FEED_TRAILING, "with bytes left over"],
  [FEED_BAD_CHECKSUM, "whose checksum is wrong"],
  [FEED_BAD_SEQUENCE, "with a sequence that can't be"],
  [FEED_JUMPS, "too far ahead for one packet's word"],
  [FEED_OVERSIZE, "too long to be held"],
  [FEED_OLD_SESSION, "of a session that was over"],
  [FEED_STRANGE_SESSION, "of a session that nothing confirms"],
  [FEED_AFTER_END, "after the end of the session"],
];

export interface Refusal {
  what: string;
  count: number;
}

export interface Hole {
  /** Sequence of the first missing message. */
  from: number;
  count: number;
}

export interface CaptureFeedOptions {
  decoder: MessageDecoder;
  counters: Float64Array;
  /** Default: MoldUDP64. Called twice; what the second one counts does not matter. */
  framing?(decoder: MessageDecoder, counters: Float64Array): Framing;
  /** A capture may hold a hundred of them. Default false. */
  isOneOfMany?: boolean;
  /** A session begins, the first one too. */
  onSession(): void;
}

export class CaptureFeed {
  /** What no line has (messages, or what else the protocol numbers), and the first HOLES_KEPT places. */
  missing = 0;
  holeCount = 0;
  readonly holes: Hole[] = [];
  sessions = 0;
  /** Sequence of the first message of the first session; 0 before it. */
  firstSeq = 0;
  /** Why nothing more can be taken from the capture. */
  fault: string | undefined;
  private readonly sequencer: Sequencer;
  private readonly counters: Float64Array;
  private readonly decoder: MessageDecoder;
  /** Only read(), of packets that are not for the feed yet. */
  private readonly probe: Framing;
  /** A packet far ahead, not believed yet, and its sequence; 0 = none. */
  private readonly doubted = new OnePacketPort();
  private doubtedSeq = 0;
  private jumps = 0;
  /** Where the session at hand began. */
  private beginSeq = 0;
  private lastNs = 0;

  constructor(options: CaptureFeedOptions) {
    const { counters, decoder } = options;
    const makeFraming = options.framing ?? moldFraming;
    const framing = makeFraming(decoder, counters);
    this.counters = counters;
    this.decoder = decoder;
    this.probe = makeFraming(decoder, new Float64Array(counters.length));
    this.sequencer = new Sequencer({
      index: 0,
      lineCount: HP_UDP_LINES_MAX,
      windowPackets: options.isOneOfMany === true ? WINDOW_PACKETS_MANY : WINDOW_PACKETS,
      windowNs: HOLE_NS,
      drainFrames: Number.POSITIVE_INFINITY,
      staleNs: SILENT_NS,
      onHole: "skip",
      requestTimeoutNs: Number.POSITIVE_INFINITY,
      slotBytes: SLOT_BYTES,
      join: "live",
      framing,
      decoder: {
        decode: () => {},
        flush: (shown) => decoder.flush(shown),
        onLoss: (from, to) => this.lose(from, to),
      },
      events: {
        onFeed: () => {},
        onSession: () => {
          if (this.sessions++ === 0) this.firstSeq = framing.seq;
          this.beginSeq = framing.seq;
          // The doubted packet was of the session before.
          this.doubtedSeq = 0;
          options.onSession();
        },
      },
      counters,
      block: heapFeedBlock(),
    });
  }

  /** What was handed to the decoder: messages, or what else the protocol numbers. */
  get messages(): number {
    return this.counters[FEED_MESSAGES]!;
  }

  /** Packets that the feed did not take, by reason. `title`: what packets of the protocol are. */
  refusals(title = "MoldUDP64"): Refusal[] {
    return REFUSALS.flatMap(([index, what]) => {
      const count = this.counters[index]!;
      return count === 0 ? [] : [{ what: what.replace("%", title), count }];
    });
  }

  get nextSeq(): number {
    return this.sequencer.nextSeq;
  }

  /** Packet `i` of the port's last burst. */
  onPacket(port: Port, i: number): void {
    if (this.fault !== undefined) return;
    const nowNs = port.descTime[i * DESC_DOUBLES + DESC_RX_NS]!;
    const { nextSeq } = this;
    this.lastNs = nowNs;
    this.sequencer.onPacket(port, i, nowNs);
    if (this.counters[FEED_JUMPS] !== this.jumps) this.doubt(port, i);
    else if (this.doubtedSeq !== 0) this.judge(nextSeq);
  }

  /** The capture is over: what is held comes out, what is missing is given up. */
  finish(): void {
    // Nothing came after it that could agree.
    if (this.doubtedSeq !== 0) this.believe();
    this.sequencer.poll(this.lastNs + 2 * HOLE_NS);
  }

  /** A hole is given up; or a session has begun late, which is none. */
  private lose(from: number, to: number): void {
    this.decoder.onLoss?.(from, to);
    if (from === 1 && to === this.beginSeq) return;
    const count = to - from;
    if (count > HOLE_MESSAGES_MAX) {
      this.fault ??= `the sequence jumps from ${from} to ${to}: ${count} messages are missing`;
      return;
    }
    this.missing += count;
    this.holeCount++;
    if (this.holes.length < HOLES_KEPT) this.holes.push({ from, count });
  }

  /** The feed wants a second packet that agrees: this one is kept until there is one. */
  private doubt(port: Port, i: number): void {
    this.jumps = this.counters[FEED_JUMPS]!;
    const offset = port.desc[i * DESC_WORDS + DESC_OFFSET]!;
    const length = port.desc[i * DESC_WORDS + DESC_LENGTH]!;
    const isKept =
      this.doubted.copy(port, i) && this.probe.read(port.view, port.bytes, offset, length);
    this.doubtedSeq = isKept ? this.probe.seq : 0;
  }

  /** The doubted packet is right when another one is as far ahead, wrong when the feed goes on. */
  private judge(nextSeq: number): void {
    if (this.sequencer.highSeq > this.doubtedSeq) this.believe();
    else if (this.nextSeq !== nextSeq) this.doubtedSeq = 0;
  }

  /** Gives the feed the packet that it did not believe once more. */
  private believe(): void {
    this.doubtedSeq = 0;
    this.counters[FEED_JUMPS]! -= 1;
    this.sequencer.onPacket(this.doubted, 0, this.lastNs);
    this.jumps = this.counters[FEED_JUMPS]!;
  }
}

const HOLES_KEPT = 16;

function moldFraming(decoder: MessageDecoder, counters: Float64Array): Framing {
  return new MoldFraming(decoder, counters);
}
