// @hot
/**
 * The first copy of every message, in order, whatever line brings it: what comes ahead of a hole is
 * held in a window, and the hole is asked for (GapRequests) or, where nobody can be asked, skipped.
 *
 *   sequence:  ... applied ...| nextSeq ..... missing ..... |held| missing |held| highSeq
 *                               `-- first hole: gap_from..gap_to --'
 */
import {
  FEED_AFTER_END,
  FEED_ENDS,
  FEED_HEARTBEATS,
  FEED_HELD,
  FEED_JUMPS,
  FEED_OVERSIZE,
  FEED_PARTIALS,
  FEED_WINDOW_OVERFLOWS,
} from "./counters.ts";
import { FeedFigures } from "./feed-figures.ts";
import { FRAME_END, FRAME_HEARTBEAT, type Framing } from "./framing.ts";
import { GapRequests } from "./gap-requests.ts";
import type { MessageDecoder } from "./message-decoder.ts";
import { ReorderWindow, WINDOW_DUPLICATE, WINDOW_HELD, WINDOW_OVERSIZE } from "./reorder-window.ts";
import type { SequencerOptions } from "./sequencer-options.ts";
import { SnapshotTaker } from "./snapshot-taker.ts";

/** One packet alone is not believed when it claims more missing messages than this. */
export const JUMP_MESSAGES_MAX = 1 << 20;
/** Held frames applied in one go; the rest follows at the next packet or poll. */
const DRAIN_FRAMES_MAX = 512;

export class Arbiter {
  /** Next sequence to apply. */
  nextSeq = 1;
  /** One past the highest sequence known to exist. */
  highSeq = 1;
  /** By line, and totals. */
  readonly figures: FeedFigures;
  protected readonly framing: Framing;
  protected readonly decoder: MessageDecoder;
  protected readonly counters: Float64Array;
  protected readonly skips: boolean;
  protected readonly window: ReorderWindow;
  protected readonly gap: GapRequests;
  protected readonly snapshot: SnapshotTaker;
  /** Something was applied since the last flush. */
  protected changed = false;
  /** Sequence at which the session ended, 0 = it goes on. */
  protected endSeq = 0;
  /** A claim of one packet too far ahead, waiting for a second one; 0 = none. */
  protected jumpSeq = 0;
  private readonly windowPackets: number;
  private readonly windowNs: number;
  private readonly drainFrames: number;
  private highNs = 0;

  constructor(options: SequencerOptions) {
    const { decoder, counters, block } = options;
    this.framing = options.framing;
    this.decoder = decoder;
    this.counters = counters;
    this.skips = options.onHole === "skip";
    this.windowPackets = options.windowPackets;
    this.windowNs = options.windowNs;
    this.drainFrames = options.drainFrames ?? DRAIN_FRAMES_MAX;
    const packets = Math.max(options.windowPackets, options.holdPackets ?? 0);
    // What is held beyond the window waits in a gap, where no order waits for it.
    this.window = new ReorderWindow(packets, options.slotBytes, options.windowPackets);
    this.figures = new FeedFigures(options.lineCount, block, counters);
    this.snapshot = new SnapshotTaker(decoder, block, counters);
    const giveUp = options.giveUpRequests ?? 20;
    this.gap = new GapRequests(options.requestTimeoutNs, giveUp, block, counters);
  }

  /** Messages seq..end-1 came. */
  protected arrive(
    view: DataView,
    bytes: Uint8Array,
    offset: number,
    length: number,
    seq: number,
    end: number,
    line: number,
    nowNs: number,
  ): void {
    if (seq > this.nextSeq && !this.believe(seq)) return;
    if (this.endSeq !== 0 && end > this.endSeq) {
      this.counters[FEED_AFTER_END]! += 1;
      this.endSeq = 0;
    }
    this.raise(end, nowNs);
    if (seq <= this.nextSeq && !this.snapshot.isUnderWay) {
      this.figures.lineLed[line]! += 1;
      this.apply(view, bytes, offset, length, seq, end, line);
      this.drain();
      this.progress(nowNs);
      return;
    }
    const window = this.window;
    const held = window.insert(bytes, offset, length, seq, end, nowNs, line);
    if (held === WINDOW_HELD) {
      this.counters[FEED_HELD]! += 1;
      this.figures.lineLed[line]! += 1;
      if (window.count <= this.windowPackets || this.gap.isOpen) return;
    } else if (held === WINDOW_DUPLICATE) {
      this.figures.duplicate();
      return;
    } else {
      this.counters[held === WINDOW_OVERSIZE ? FEED_OVERSIZE : FEED_WINDOW_OVERFLOWS]! += 1;
      if (this.gap.isOpen) return;
    }
    if (!this.skips) this.gap.open(this.nextSeq, this.holeEnd(), nowNs);
    else {
      this.skip();
      // There was no room for it behind the hole, and now there may be.
      if (held !== WINDOW_HELD && end > this.nextSeq) {
        this.arrive(view, bytes, offset, length, seq, end, line, nowNs);
      }
    }
  }

  /** Heartbeat or end of session: messages below `seq` exist. */
  protected mark(seq: number, kind: number, nowNs: number): void {
    this.counters[kind === FRAME_HEARTBEAT ? FEED_HEARTBEATS : FEED_ENDS]! += 1;
    if (seq > this.highSeq && !this.believe(seq)) return;
    if (kind === FRAME_END && seq >= this.highSeq) this.endSeq = seq;
    this.reach(seq, nowNs);
  }

  /** A far jump needs two packets that agree: one damaged sequence must not open an endless gap. */
  private believe(seq: number): boolean {
    if (seq - this.highSeq <= JUMP_MESSAGES_MAX) return true;
    const distance = seq - this.jumpSeq;
    if (this.jumpSeq !== 0 && distance <= JUMP_MESSAGES_MAX && -distance <= JUMP_MESSAGES_MAX) {
      this.jumpSeq = 0;
      return true;
    }
    this.counters[FEED_JUMPS]! += 1;
    this.jumpSeq = seq;
    return false;
  }

  protected raise(seq: number, nowNs: number): void {
    if (seq <= this.highSeq) return;
    this.highSeq = seq;
    this.highNs = nowNs;
  }

  /** Hands the messages from nextSeq on to the decoder. The frame is known to be well formed. */
  private apply(
    view: DataView,
    bytes: Uint8Array,
    offset: number,
    length: number,
    seq: number,
    end: number,
    line: number,
  ): void {
    const framing = this.framing;
    const skip = this.nextSeq - seq;
    if (skip > 0) this.counters[FEED_PARTIALS]! += 1;
    framing.apply(view, bytes, offset, length, skip);
    const fresh = end - this.nextSeq;
    this.nextSeq = end;
    this.changed = true;
    this.figures.applied(fresh, line);
    const endsAt = framing.endsAt;
    if (endsAt === undefined || endsAt === 0) return;
    framing.endsAt = 0;
    this.counters[FEED_ENDS]! += 1;
    if (endsAt >= this.highSeq) this.endSeq = endsAt;
  }

  /** Applies what the window holds next. */
  protected drain(): void {
    if (this.snapshot.isUnderWay) return;
    const window = this.window;
    for (let n = this.drainFrames; n > 0 && window.count > 0; n--) {
      const slot = window.first();
      const seq = window.seq[slot]!;
      const end = window.end[slot]!;
      if (seq > this.nextSeq) return;
      if (end > this.nextSeq) {
        const length = window.length[slot]!;
        const offset = window.offsetOf(slot);
        this.apply(window.view, window.bytes, offset, length, seq, end, window.line[slot]!);
      }
      window.shift();
    }
  }

  /** nextSeq grew: closes the gap, or goes on to its next hole. */
  protected progress(nowNs: number): void {
    const gap = this.gap;
    if (!gap.isOpen || this.snapshot.isUnderWay) return;
    gap.progress(nowNs);
    if (this.nextSeq === this.highSeq) gap.close();
    else if (this.nextSeq < this.highSeq && this.nextSeq >= gap.to) this.publish(nowNs);
  }

  /** A line has come as far as `end`; a snapshot that says so, too, is of this session then. */
  protected reach(end: number, nowNs: number): void {
    this.raise(end, nowNs);
    if (this.gap.isOpen && this.highSeq === this.nextSeq) this.progress(nowNs);
  }

  /** Everything is missing: of the books here, nothing is to be trusted. */
  protected startOver(nowNs: number): void {
    this.nextSeq = 1;
    if (this.gap.isOpen) this.publish(nowNs);
    else this.gap.open(1, this.holeEnd(), nowNs);
  }

  /** Opens a gap when a hole is too old; repeats a request that nobody answered. */
  protected watch(nowNs: number): void {
    if (this.nextSeq > this.highSeq && !this.snapshot.isUnderWay) {
      // A snapshot ahead of every line, and none comes as far: of another session, as it seems.
      if (this.gap.overdue(this.nextSeq, nowNs) && this.gap.gaveUp) this.startOver(nowNs);
      return;
    }
    while (this.nextSeq < this.highSeq) {
      const gap = this.gap;
      if (gap.isOpen) {
        // What is held may go on without a hole, and only waits to be applied.
        const isHole = this.holeEnd() > this.nextSeq;
        if (isHole && gap.overdue(this.nextSeq, nowNs)) this.publish(nowNs);
        return;
      }
      const window = this.window;
      const since = window.count > 0 ? window.timeNs[window.first()]! : this.highNs;
      if (nowNs - since < this.windowNs) return;
      if (!this.skips) {
        gap.open(this.nextSeq, this.holeEnd(), nowNs);
        return;
      }
      this.skip();
    }
  }

  /** Publishes the first hole, unless what is held goes on without one. */
  protected publish(nowNs: number): void {
    const to = this.holeEnd();
    if (to > this.nextSeq) this.gap.publish(this.nextSeq, to, nowNs);
  }

  /** Gives the first hole up, and goes on behind it. */
  private skip(): void {
    const from = this.nextSeq;
    const to = this.holeEnd();
    if (to > from) {
      this.gap.skip(from, to);
      this.decoder.onLoss?.(from, to);
      this.nextSeq = to;
      this.changed = true;
    }
    this.drain();
  }

  /** One past the first hole: what is held next, or all that is known to exist. */
  private holeEnd(): number {
    const window = this.window;
    return window.count > 0 ? window.seq[window.first()]! : this.highSeq;
  }
}
