// @hot
/**
 * One sequence space of a feed, whatever its protocol: hands messages to the decoder in order, each
 * once, and knows when something is missing.
 *
 * A frame is looked through before any message of it is used, so that a damaged copy changes
 * nothing and the other line's copy is taken. What comes ahead is held (arbiter.ts). A hole that is
 * not filled within windowNs, or that overflows the window, is
 *
 *   a gap   (onHole "request") FEED_GAP, and the hole is published for control, which asks for it and
 *           hands answers back as packets of line `lineCount` or above, or a snapshot in slices
 *           (slices.ts): books cleared, its messages applied, then what was held behind it
 *   a loss  (onHole "skip") told to the decoder, whose books heal one by one, or never
 */
import {
  FEED_ENDED,
  FEED_GAP,
  FEED_INIT,
  FEED_LIVE,
  FEED_LOST,
  FEED_STALE,
} from "../core/codes.ts";
import { HP_RX_TRUNCATED } from "../ffi/layout.ts";
import {
  DESC_FLAGS,
  DESC_LENGTH,
  DESC_LINE,
  DESC_OFFSET,
  DESC_WORDS,
  SLICE_LINE,
} from "../net/desc.ts";
import type { Port } from "../net/port.ts";
import { Arbiter } from "./arbiter.ts";
import {
  FEED_BAD_HEADER,
  FEED_OLD_SESSION,
  FEED_PACKETS,
  FEED_SESSIONS,
  FEED_STALES,
  FEED_STRANGE_SESSION,
  FEED_TRUNCATED,
} from "./counters.ts";
import { BLOCK_STATE, type FeedBlock } from "./feed-block.ts";
import type { FeedEvents } from "./feed-events.ts";
import type { PacketFeed } from "./feed-handler.ts";
import { FRAME_DATA, FRAME_RESTART, FRAME_UNNUMBERED } from "./framing.ts";
import { RestartWatch } from "./restart-watch.ts";
import type { SequencerOptions } from "./sequencer-options.ts";
import { nameSession } from "./session-name.ts";
import { SESSION_NEW, SESSION_OLD, SESSION_SAME, SessionTracker } from "./session-tracker.ts";
import { TAKEN_ABANDON, TAKEN_BEGIN, TAKEN_END } from "./snapshot-taker.ts";

/** A feed that skips holes and begins with such a number may still get those in front of it. */
const START_NEAR = 8;

export class Sequencer extends Arbiter implements PacketFeed {
  /** FEED_* */
  state = FEED_INIT;
  private readonly index: number;
  private readonly lineCount: number;
  private readonly staleNs: number;
  private readonly joinLive: boolean;
  private readonly hasSnapshot: boolean;
  private readonly events: FeedEvents;
  private readonly block: FeedBlock;
  private readonly restarts: RestartWatch;
  private readonly session = new SessionTracker();
  private joinedLate = false;
  private silent = false;
  /** Where the session began, and when. */
  private beginSeq = 0;
  private beginNs = 0;
  /** The venue has said so, and nothing came since. */
  private isAnew = false;

  constructor(options: SequencerOptions) {
    super(options);
    this.index = options.index;
    this.lineCount = options.lineCount;
    this.staleNs = options.staleNs;
    this.joinLive = options.join === "live";
    this.hasSnapshot = options.hasSnapshot ?? false;
    this.events = options.events;
    this.block = options.block;
    this.restarts = new RestartWatch(options.lineCount, options.staleNs, options.slotBytes);
  }

  /** Packet `i` of the port's last burst. nowNs: engine clock, once per burst. */
  onPacket(port: Port, i: number, nowNs: number): void {
    const desc = port.desc;
    const base = i * DESC_WORDS;
    const offset = desc[base + DESC_OFFSET]!;
    const length = desc[base + DESC_LENGTH]!;
    const descLine = desc[base + DESC_LINE]!;
    const line = Math.min(descLine, this.lineCount);
    this.counters[FEED_PACKETS]! += 1;
    this.figures.linePackets[line]! += 1;
    if ((desc[base + DESC_FLAGS]! & HP_RX_TRUNCATED) !== 0) {
      this.counters[FEED_TRUNCATED]! += 1;
    } else if (offset + length > port.bytes.length) {
      this.counters[FEED_BAD_HEADER]! += 1;
    } else if (descLine === SLICE_LINE) this.slice(port.view, port.bytes, offset, length, nowNs);
    else this.datagram(port.view, port.bytes, offset, length, line, nowNs);
  }

  /** Timers and the published block. Call it when idle and every few turns. */
  poll(nowNs: number): void {
    // A session that has ended may be silent.
    const mayFail = this.session.known && !this.silent && this.endSeq === 0;
    if (mayFail && this.figures.isSilent(nowNs, this.staleNs)) {
      this.silent = true;
      this.counters[FEED_STALES]! += 1;
    }
    if (this.window.count > 0) {
      const before = this.nextSeq;
      this.drain();
      if (this.nextSeq !== before) this.progress(nowNs);
    }
    this.watch(nowNs);
    this.settle(nowNs);
    if (this.changed) this.finish(nowNs);
    this.commit(nowNs);
  }

  /** Copies the figures that others read into the block. poll() does; tests may. */
  commit(nowNs: number): void {
    this.figures.commit(this.nextSeq, this.gap.count, this.gap.lost, nowNs);
  }

  private datagram(
    view: DataView,
    bytes: Uint8Array,
    offset: number,
    length: number,
    line: number,
    nowNs: number,
  ): void {
    const framing = this.framing;
    let at = offset;
    let left = length;
    while (framing.read(view, bytes, at, left)) {
      const size = framing.size;
      if (framing.kind !== FRAME_UNNUMBERED) this.frame(view, bytes, at, size, line, nowNs);
      at += size;
      left -= size;
      if (left <= 0 || size <= 0) break;
    }
    this.finish(nowNs);
  }

  private frame(
    view: DataView,
    bytes: Uint8Array,
    offset: number,
    length: number,
    line: number,
    nowNs: number,
  ): void {
    const framing = this.framing;
    const seq = framing.seq;
    const end = framing.end;
    const kind = framing.kind;
    if (!framing.namesSessions && this.session.known) {
      if (!this.isOfNow(view, bytes, offset, length, line, nowNs)) return;
    }
    const same = this.session.matches(framing);
    if (same && kind === FRAME_DATA && end <= this.nextSeq && !this.snapshot.isUnderWay) {
      this.hear(line, nowNs);
      this.figures.duplicate();
      if (end > this.highSeq) this.reach(end, nowNs);
      return;
    }
    if (!framing.isWellFormed(view, bytes, offset, length)) return;
    if (kind === FRAME_RESTART) {
      if (line < this.lineCount) this.restart(line, seq, nowNs);
      return;
    }
    if (!same && !this.otherSession(seq, line, nowNs)) return;
    this.hear(line, nowNs);
    if (kind === FRAME_DATA) this.arrive(view, bytes, offset, length, seq, end, line, nowNs);
    else this.mark(seq, kind, nowNs);
    this.watch(nowNs);
  }

  /** A live line spoke: the feed is not silent. */
  private hear(line: number, nowNs: number): void {
    this.figures.lineLastNs[line] = nowNs;
    if (line === this.lineCount) return;
    this.figures.lastNs = nowNs;
    // What was on its way when the last line went proves nothing.
    this.silent = this.figures.isCutOff();
  }

  /** End of a datagram: state first, then the books. Books stay dark inside a gap. */
  private finish(nowNs: number): void {
    const before = this.state;
    if (this.hasSnapshot && !this.snapshot.isUnderWay && this.decoder.takesDoubt?.() === true) {
      this.startOver(nowNs);
    }
    this.settle(nowNs);
    if (!this.changed && this.state === before) return;
    this.changed = false;
    this.decoder.flush(!this.gap.isOpen && this.state !== FEED_INIT);
  }

  /** Brings `state` in line with what is known. */
  private settle(nowNs: number): void {
    const state = this.stateNow();
    if (state === this.state) return;
    this.state = state;
    this.figures.turned(state === FEED_GAP || state === FEED_STALE || state === FEED_LOST, nowNs);
    Atomics.store(this.block.words, BLOCK_STATE, state);
    this.events.onFeed(this.index, state);
  }

  private stateNow(): number {
    if (!this.session.known) return FEED_INIT;
    if (this.gap.isOpen) return this.gap.gaveUp ? FEED_LOST : FEED_GAP;
    if (this.endSeq !== 0 && this.nextSeq >= this.endSeq) return FEED_ENDED;
    if (this.joinedLate) return FEED_LOST;
    if (this.silent) return FEED_STALE;
    // Not ready, or stale, until what is behind the first hole is known to be lost or has come.
    const isDark = this.state === FEED_INIT || this.state === FEED_STALE;
    if (isDark && this.nextSeq < this.highSeq) return this.state;
    // A lone claim far ahead of a session's start: late join, waiting for a second packet.
    if (this.state === FEED_INIT && this.jumpSeq !== 0 && this.nextSeq === 1) return FEED_INIT;
    return FEED_LIVE;
  }

  // ---- sessions ---------------------------------------------------------------------------------

  /** A well-formed frame of another session: true when it is the new one. */
  private otherSession(seq: number, line: number, nowNs: number): boolean {
    const ended = this.endSeq !== 0 && this.nextSeq >= this.endSeq;
    const sure = seq === 1 || ended;
    const verdict = line === this.lineCount ? SESSION_OLD : this.session.judge(this.framing, sure);
    if (verdict !== SESSION_NEW) {
      const old = verdict === SESSION_OLD || verdict === SESSION_SAME;
      this.counters[old ? FEED_OLD_SESSION : FEED_STRANGE_SESSION]! += 1;
      return false;
    }
    this.begin(line, seq, nowNs);
    return true;
  }

  /** Sessions without names: false for a frame of the one before, or that alone says it is another. */
  private isOfNow(
    view: DataView,
    bytes: Uint8Array,
    offset: number,
    length: number,
    line: number,
    nowNs: number,
  ): boolean {
    const framing = this.framing;
    const seq = framing.seq;
    const resent = framing.isResent ?? false;
    if (line === this.lineCount || resent || framing.kind === FRAME_RESTART) return true;
    const restarts = this.restarts;
    const isOver = this.endSeq !== 0 && this.nextSeq >= this.endSeq;
    const isQuiet = this.silent || isOver;
    if (restarts.isOld(line, seq, this.nextSeq, nowNs, isQuiet)) {
      this.counters[FEED_OLD_SESSION]! += 1;
      return false;
    }
    if (this.isAnew && framing.kind === FRAME_DATA) return this.beginsAt(line, seq, nowNs);
    const isBack = restarts.isBack(line, seq, framing.end, this.nextSeq, isQuiet);
    if (!isBack && !this.mayHideRestart(seq, nowNs)) return true;
    if (!framing.isWellFormed(view, bytes, offset, length)) return false;
    if (isBack && !restarts.confirms(seq) && !(isOver && seq === 1)) {
      this.counters[FEED_STRANGE_SESSION]! += 1;
      const isData = framing.kind === FRAME_DATA;
      restarts.keep(bytes, offset, isData ? length : 0, seq, framing.end);
      return false;
    }
    this.beginKept(line, seq, nowNs);
    return true;
  }

  /**
   * Nobody spoke for so long that the venue may have begun anew, and this does not follow what was.
   * (Where only messages can be asked for, they are: the books would be lost for the day.)
   */
  private mayHideRestart(seq: number, nowNs: number): boolean {
    if (seq <= this.nextSeq || !(this.skips || this.hasSnapshot)) return false;
    return nowNs - this.figures.lastNs >= this.staleNs;
  }

  /** Begins a session, with the frame that said it first where that was kept. */
  private beginKept(line: number, seq: number, nowNs: number): void {
    const restarts = this.restarts;
    const bytes = restarts.keptBytes;
    const keptSeq = restarts.keptSeq;
    const isKept = bytes > 0 && keptSeq < seq;
    this.begin(line, isKept ? keptSeq : seq, nowNs);
    if (!isKept) return;
    const end = restarts.keptEnd;
    this.arrive(restarts.keptView, restarts.kept, 0, bytes, keptSeq, end, line, nowNs);
  }

  /** Behind the venue's word that sequences begin anew: with this one, whatever it had said. */
  private beginsAt(line: number, seq: number, nowNs: number): boolean {
    this.isAnew = false;
    if (seq >= this.nextSeq) return true;
    this.restarts.restarted(line, this.framing.end, nowNs);
    this.nextSeq = seq;
    this.highSeq = seq;
    return true;
  }

  /** The venue says that sequences begin anew at `seq`; the other line's copy says it once more. */
  private restart(line: number, seq: number, nowNs: number): void {
    const isCopy = seq === this.beginSeq && nowNs - this.beginNs < this.staleNs;
    if (this.session.known && isCopy) {
      this.restarts.follows(line, seq);
      return;
    }
    if (!this.session.known) this.session.judge(this.framing, true);
    this.begin(line, seq, nowNs);
    this.nextSeq = seq;
    this.highSeq = seq;
    this.joinedLate = false;
    this.isAnew = true;
  }

  /** Forgets the session before. */
  private begin(line: number, seq: number, nowNs: number): void {
    const framing = this.framing;
    if (this.gap.isOpen) this.gap.close();
    this.window.clear();
    this.snapshot.isUnderWay = false;
    this.restarts.restarted(line, framing.end, nowNs);
    const isLate = seq !== 1;
    this.joinedLate = this.joinLive && isLate && !this.skips;
    // The other line may have what is in front of a first packet that is so near the start.
    const isNear = this.skips && seq <= START_NEAR && this.beginSeq === 0;
    this.nextSeq = (this.joinLive || this.skips) && isLate && !isNear ? seq : 1;
    this.highSeq = this.nextSeq;
    this.beginSeq = seq;
    this.beginNs = nowNs;
    this.endSeq = 0;
    this.jumpSeq = 0;
    this.changed = true;
    if (this.state !== FEED_INIT) {
      this.state = FEED_INIT;
      Atomics.store(this.block.words, BLOCK_STATE, FEED_INIT);
      this.events.onFeed(this.index, FEED_INIT);
    }
    nameSession(this.block.bytes, framing);
    this.counters[FEED_SESSIONS]! += 1;
    this.events.onSession(this.index);
    const isLossy = this.skips && isLate && !isNear && framing.kind !== FRAME_RESTART;
    if (isLossy) this.decoder.onLoss?.(1, seq);
  }

  // ---- snapshots --------------------------------------------------------------------------------

  /** One past what the lines have brought, when a snapshot is waited for; else 0. */
  private wantedSeq(): number {
    return this.gap.isOpen ? this.highSeq : 0;
  }

  /** A slice of a snapshot, from control. */
  private slice(
    view: DataView,
    bytes: Uint8Array,
    offset: number,
    length: number,
    nowNs: number,
  ): void {
    const taken = this.snapshot.take(view, bytes, offset, length, this.wantedSeq());
    if (taken === TAKEN_BEGIN) {
      // What was applied is gone with the books; should the snapshot end unfinished, all is missing.
      this.nextSeq = 1;
      this.events.onSession(this.index);
    } else if (taken === TAKEN_END) {
      // Where it is ahead of the lines, the gap stays open until they come as far.
      this.nextSeq = this.snapshot.endSeq;
      this.drain();
    }
    this.changed = true;
    if (this.snapshot.isUnderWay) this.gap.progress(nowNs);
    else if (taken === TAKEN_END || taken === TAKEN_ABANDON) {
      this.gap.to = this.nextSeq;
      this.progress(nowNs);
    }
    this.finish(nowNs);
  }
}
