/**
 * A capture through MoldUDP64 arbitration: the lines of the port as one feed, in order, each message
 * once. Nobody can be asked for what no line has: such a hole is filled with empty messages once it
 * is clear that nothing more comes, and counted, so that what follows is read too.
 */
import {
  FEED_AFTER_END,
  FEED_BAD_BLOCK,
  FEED_BAD_HEADER,
  FEED_BAD_SEQUENCE,
  FEED_JUMPS,
  FEED_MESSAGES,
  FEED_OLD_SESSION,
  FEED_OVERSIZE,
  FEED_STRANGE_SESSION,
  FEED_TRAILING,
  FEED_WINDOW_OVERFLOWS,
} from "../feed/counters.ts";
import { BLOCK_GAP_FROM, BLOCK_GAP_TO, type FeedBlock, heapFeedBlock } from "../feed/feed-block.ts";
import { MOLD_SEQUENCE, MOLD_SESSION_BYTES } from "../feed/itch/mold-framing.ts";
import { moldUdp64 } from "../feed/itch/moldudp64.ts";
import type { MessageDecoder } from "../feed/message-decoder.ts";
import type { Sequencer } from "../feed/sequencer.ts";
import { CAPTURE_LINES_MAX } from "../net/capture/lines.ts";
import { DESC_DOUBLES, DESC_OFFSET, DESC_RX_NS, DESC_WORDS } from "../net/desc.ts";
import type { Port } from "../net/port.ts";
import { OnePacketPort } from "./one-packet-port.ts";

/** So long the other line may be behind, in time of the capture. */
export const HOLE_NS = 5_000_000;
const WINDOW_PACKETS = 4096;
/** A jumbo frame. */
const SLOT_BYTES = 9216;
/** More messages than this missing in one place are no loss, but another feed or a damaged file. */
const HOLE_MESSAGES_MAX = 1 << 24;
/** Empty messages in one packet. */
const FILL_MESSAGES = 4096;

/** Packets that were not used, by counter. */
const REFUSALS: readonly [counter: number, what: string][] = [
  [FEED_BAD_HEADER, "shorter than a MoldUDP64 header"],
  [FEED_BAD_BLOCK, "with lengths that run past their end"],
  [FEED_TRAILING, "with bytes left over"],
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
  /** A session begins, the first one too. */
  onSession(): void;
}

export class CaptureFeed {
  /** Messages that no line has, and the places of the first HOLES_KEPT. */
  missing = 0;
  holeCount = 0;
  readonly holes: Hole[] = [];
  sessions = 0;
  /** Sequence of the first message of the first session; 0 before it. */
  firstSeq = 0;
  /** Why nothing more can be taken from the capture. */
  fault: string | undefined;
  private readonly mold: Sequencer;
  private readonly block: FeedBlock = heapFeedBlock();
  private readonly counters: Float64Array;
  private readonly filler = new OnePacketPort();
  /** A packet far ahead, not believed yet, and its sequence; 0 = none. */
  private readonly doubted = new OnePacketPort();
  private doubtedSeq = 0;
  private jumps = 0;
  private readonly session = new Uint8Array(MOLD_SESSION_BYTES);
  /** The hole that is waited for, and since when. */
  private holeFrom = 0;
  private holeNs = 0;
  private overflows = 0;
  private lastNs = 0;

  constructor(options: CaptureFeedOptions) {
    this.counters = options.counters;
    this.mold = moldUdp64({
      drainFrames: Number.POSITIVE_INFINITY,
      index: 0,
      lineCount: CAPTURE_LINES_MAX,
      windowPackets: WINDOW_PACKETS,
      windowNs: HOLE_NS,
      staleNs: Number.POSITIVE_INFINITY,
      requestTimeoutNs: Number.POSITIVE_INFINITY,
      slotBytes: SLOT_BYTES,
      join: "live",
      decoder: options.decoder,
      events: {
        onFeed: () => {},
        onSession: () => {
          this.sessions++;
          options.onSession();
        },
      },
      counters: options.counters,
      block: this.block,
    });
  }

  /** Messages handed to the decoder. */
  get messages(): number {
    return this.counters[FEED_MESSAGES]! - this.missing;
  }

  /** Packets that the feed did not take, by reason. */
  refusals(): Refusal[] {
    return REFUSALS.flatMap(([index, what]) => {
      const count = this.counters[index]!;
      return count === 0 ? [] : [{ what, count }];
    });
  }

  get nextSeq(): number {
    return this.mold.nextSeq;
  }

  /** Packet `i` of the port's last burst. */
  onPacket(port: Port, i: number): void {
    if (this.fault !== undefined) return;
    const nowNs = port.descTime[i * DESC_DOUBLES + DESC_RX_NS]!;
    const before = this.sessions;
    const nextSeq = this.mold.nextSeq;
    this.lastNs = nowNs;
    this.mold.onPacket(port, i, nowNs);
    if (this.sessions !== before) this.begun(port, i);
    if (this.counters[FEED_JUMPS] !== this.jumps) this.doubt(port, i);
    else if (this.doubtedSeq !== 0) this.judge(nextSeq);
    if (this.block.doubles[BLOCK_GAP_TO] === 0) return;
    const wasDropped = this.counters[FEED_WINDOW_OVERFLOWS] !== this.overflows;
    this.wait(nowNs);
    // There was no room for it behind the hole, and now there is.
    if (wasDropped) this.mold.onPacket(port, i, nowNs);
  }

  /** The capture is over: what is held comes out, what is missing is given up. */
  finish(): void {
    // Nothing came after it that could agree.
    if (this.doubtedSeq !== 0) this.believe();
    this.mold.poll(this.lastNs + 2 * HOLE_NS);
    while (this.block.doubles[BLOCK_GAP_TO] !== 0 && this.fault === undefined) this.fill();
  }

  /** The feed wants a second packet that agrees: this one is kept until there is one. */
  private doubt(port: Port, i: number): void {
    this.jumps = this.counters[FEED_JUMPS]!;
    this.doubtedSeq = this.doubted.copy(port, i) ? sequenceOf(port, i) : 0;
  }

  /** The doubted packet is right when another one is as far ahead, wrong when the feed goes on. */
  private judge(nextSeq: number): void {
    if (this.mold.highSeq > this.doubtedSeq) this.believe();
    else if (this.mold.nextSeq !== nextSeq) this.doubtedSeq = 0;
  }

  /** Gives the feed the packet that it did not believe once more. */
  private believe(): void {
    this.doubtedSeq = 0;
    this.counters[FEED_JUMPS]! -= 1;
    this.mold.onPacket(this.doubted, 0, this.lastNs);
    this.jumps = this.counters[FEED_JUMPS]!;
  }

  private begun(port: Port, i: number): void {
    const at = port.desc[i * DESC_WORDS + DESC_OFFSET]!;
    // The doubted packet was of the session before.
    this.doubtedSeq = 0;
    for (let k = 0; k < MOLD_SESSION_BYTES; k++) this.session[k] = port.bytes[at + k]!;
    if (this.firstSeq === 0) this.firstSeq = sequenceOf(port, i);
  }

  /** A hole is open: fills it when it is old, or when the window can't hold more. */
  private wait(nowNs: number): void {
    for (;;) {
      const from = this.block.doubles[BLOCK_GAP_FROM]!;
      if (this.block.doubles[BLOCK_GAP_TO] === 0 || this.fault !== undefined) return;
      const isFirst = this.holeFrom === 0;
      if (this.holeFrom !== from) {
        this.holeFrom = from;
        // The feed opens a gap when its first hole is old enough; the next ones get their time.
        this.holeNs = isFirst ? nowNs - HOLE_NS : nowNs;
      }
      const isFull = this.counters[FEED_WINDOW_OVERFLOWS] !== this.overflows;
      if (nowNs - this.holeNs < HOLE_NS && !isFull) return;
      this.overflows = this.counters[FEED_WINDOW_OVERFLOWS]!;
      this.fill();
      if (this.block.doubles[BLOCK_GAP_TO] === 0) this.holeFrom = 0;
    }
  }

  /** Gives the published hole up. */
  private fill(): void {
    const from = this.mold.nextSeq;
    const to = this.block.doubles[BLOCK_GAP_TO]!;
    const count = to - from;
    if (count > HOLE_MESSAGES_MAX) {
      this.fault = `the sequence jumps from ${from} to ${to}: ${count} messages are missing`;
      return;
    }
    this.missing += count;
    this.holeCount++;
    if (this.holes.length < HOLES_KEPT) this.holes.push({ from, count });
    for (let seq = from; seq < to; seq += FILL_MESSAGES) {
      this.filler.fill(this.session, seq, Math.min(FILL_MESSAGES, to - seq), CAPTURE_LINES_MAX);
      this.mold.onPacket(this.filler, 0, this.lastNs);
    }
  }
}

const HOLES_KEPT = 16;

function sequenceOf(port: Port, i: number): number {
  const at = port.desc[i * DESC_WORDS + DESC_OFFSET]! + MOLD_SEQUENCE;
  return port.view.getUint32(at) * 2 ** 32 + port.view.getUint32(at + 4);
}
