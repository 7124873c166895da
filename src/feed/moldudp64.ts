// @hot
/**
 * MoldUDP64 1.00 (big-endian): header 20 B = session char[10], sequence u64 of the first message,
 * count u16; then `count` blocks of length u16 + bytes. count 0 = heartbeat, 0xFFFF = end of session.
 *
 * A packet is looked through before any message of it is used, so that a damaged copy changes
 * nothing and the other line's copy is taken. Messages go to the decoder in order, each once:
 *
 *   sequence:  ... applied ...| nextSeq ..... missing ..... |held| missing |held| highSeq
 *                               `-- first hole: gap_from..gap_to --'
 *
 * What comes ahead is held in a window. A hole that is not filled within windowNs, or that overflows
 * the window, is a gap: FEED_GAP, and the hole is published for control, which asks the
 * re-request server and hands the answers back as packets of line `lineCount` (or above).
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
import { DESC_FLAGS, DESC_LENGTH, DESC_LINE, DESC_OFFSET, DESC_WORDS } from "../net/desc.ts";
import type { Port } from "../net/port.ts";
import {
  FEED_AFTER_END,
  FEED_BAD_HEADER,
  FEED_BAD_SEQUENCE,
  FEED_ENDS,
  FEED_HEARTBEATS,
  FEED_HELD,
  FEED_JUMPS,
  FEED_OLD_SESSION,
  FEED_OVERSIZE,
  FEED_PACKETS,
  FEED_PARTIALS,
  FEED_SESSIONS,
  FEED_STALES,
  FEED_STRANGE_SESSION,
  FEED_TRUNCATED,
  FEED_WINDOW_OVERFLOWS,
  FEED_ZERO_BLOCKS,
} from "./counters.ts";
import { BLOCK_SESSION, BLOCK_STATE, type FeedBlock } from "./feed-block.ts";
import type { FeedEvents } from "./feed-events.ts";
import { FeedFigures } from "./feed-figures.ts";
import { GapRequests } from "./gap-requests.ts";
import {
  MOLD_COUNT,
  MOLD_END_OF_SESSION,
  MOLD_HEADER_BYTES,
  MOLD_SEQUENCE,
  MOLD_SESSION_BYTES,
  moldIsWellFormed,
} from "./itch/mold-framing.ts";
import { AHEAD_MESSAGES_MIN, type MessageDecoder } from "./message-decoder.ts";
import type { MoldUdp64Options } from "./moldudp64-options.ts";
import { ReorderWindow, WINDOW_DUPLICATE, WINDOW_HELD, WINDOW_OVERSIZE } from "./reorder-window.ts";
import { SESSION_NEW, SESSION_OLD, SESSION_SAME, SessionTracker } from "./session-tracker.ts";

const WORD = 4294967296;
/** 2^53 in units of 2^32. */
const WORDS_MAX = 0x200000;
/** One packet alone is not believed when it claims more missing messages than this. */
export const JUMP_MESSAGES_MAX = 1 << 20;

export class MoldUdp64 {
  /** FEED_* */
  state = FEED_INIT;
  /** Next sequence to apply. */
  nextSeq = 1;
  /** One past the highest sequence known to exist. */
  highSeq = 1;
  /** By line, and totals. */
  readonly figures: FeedFigures;

  private readonly index: number;
  private readonly lineCount: number;
  private readonly windowNs: number;
  private readonly staleNs: number;
  private readonly joinLive: boolean;
  private readonly decoder: MessageDecoder;
  private readonly events: FeedEvents;
  private readonly counters: Float64Array;
  private readonly block: FeedBlock;
  private readonly window: ReorderWindow;
  private readonly gap: GapRequests;
  private readonly session = new SessionTracker();

  private joinedLate = false;
  private silent = false;
  private changed = false;
  /** Sequence at which the session ended, 0 = it goes on. */
  private endSeq = 0;
  /** A claim of one packet too far ahead, waiting for a second one; 0 = none. */
  private jumpSeq = 0;
  private highNs = 0;

  constructor(options: MoldUdp64Options) {
    this.index = options.index;
    this.lineCount = options.lineCount;
    this.windowNs = options.windowNs;
    this.staleNs = options.staleNs;
    this.joinLive = options.join === "live";
    this.decoder = options.decoder;
    this.events = options.events;
    this.counters = options.counters;
    this.block = options.block;
    this.window = new ReorderWindow(options.windowPackets, options.slotBytes);
    this.figures = new FeedFigures(options.lineCount, options.block, options.counters);
    this.gap = new GapRequests(
      options.requestTimeoutNs,
      options.giveUpRequests ?? 20,
      options.block,
      options.counters,
    );
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
    } else if (length < MOLD_HEADER_BYTES || offset + length > port.bytes.length) {
      this.counters[FEED_BAD_HEADER]! += 1;
    } else this.framed(port.view, port.bytes, offset, length, line, nowNs);
  }

  /** Timers and the published block. Call it when idle and every few turns. */
  poll(nowNs: number): void {
    // A session that has ended may be silent.
    const mayFail = this.session.known && !this.silent && this.endSeq === 0;
    if (mayFail && this.figures.isSilent(nowNs, this.staleNs)) {
      this.silent = true;
      this.counters[FEED_STALES]! += 1;
    }
    this.watch(nowNs);
    this.settle(nowNs);
    this.commit(nowNs);
  }

  /** Copies the figures that others read into the block. poll() does; tests may. */
  commit(nowNs: number): void {
    this.figures.commit(this.nextSeq, this.gap.count, this.gap.lost, nowNs);
  }

  private framed(
    view: DataView,
    bytes: Uint8Array,
    offset: number,
    length: number,
    line: number,
    nowNs: number,
  ): void {
    const high = view.getUint32(offset + MOLD_SEQUENCE);
    const seq = high * WORD + view.getUint32(offset + MOLD_SEQUENCE + 4);
    const count = view.getUint16(offset + MOLD_COUNT);
    if (high >= WORDS_MAX || seq === 0) {
      this.counters[FEED_BAD_SEQUENCE]! += 1;
      return;
    }
    const same = this.session.matches(view, offset);
    const data = count !== 0 && count !== MOLD_END_OF_SESSION;
    const end = data ? seq + count : seq;
    if (same && data && end <= this.nextSeq) {
      this.hear(line, nowNs);
      this.figures.duplicate();
      this.finish(nowNs);
      return;
    }
    if (!moldIsWellFormed(view, offset, length, count, this.counters)) return;
    if (!same && !this.otherSession(view, bytes, offset, seq, line)) return;
    this.hear(line, nowNs);
    if (data) this.arrive(view, bytes, offset, length, seq, end, line, nowNs);
    else this.mark(seq, count, nowNs);
    this.watch(nowNs);
    this.finish(nowNs);
  }

  /** A live line spoke: the feed is not silent. */
  private hear(line: number, nowNs: number): void {
    this.figures.lineLastNs[line] = nowNs;
    if (line === this.lineCount) return;
    this.figures.lastNs = nowNs;
    // What was on its way when the last line went proves nothing.
    this.silent = this.figures.isCutOff();
  }

  /** Messages seq..end-1 came. */
  private arrive(
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
    if (seq <= this.nextSeq) {
      this.figures.lineLed[line]! += 1;
      this.apply(view, bytes, offset, seq, end, line);
      this.drain();
      this.progress(nowNs);
      return;
    }
    const held = this.window.insert(bytes, offset, length, seq, end, nowNs, line);
    if (held === WINDOW_HELD) {
      this.counters[FEED_HELD]! += 1;
      this.figures.lineLed[line]! += 1;
    } else if (held === WINDOW_DUPLICATE) this.figures.duplicate();
    else {
      this.counters[held === WINDOW_OVERSIZE ? FEED_OVERSIZE : FEED_WINDOW_OVERFLOWS]! += 1;
      if (!this.gap.isOpen) this.gap.open(this.nextSeq, this.holeEnd(), nowNs);
    }
  }

  /** Heartbeat or end of session: messages below `seq` exist. */
  private mark(seq: number, count: number, nowNs: number): void {
    this.counters[count === 0 ? FEED_HEARTBEATS : FEED_ENDS]! += 1;
    if (seq > this.highSeq && !this.believe(seq)) return;
    if (count === MOLD_END_OF_SESSION && seq >= this.highSeq) this.endSeq = seq;
    this.raise(seq, nowNs);
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

  private raise(seq: number, nowNs: number): void {
    if (seq <= this.highSeq) return;
    this.highSeq = seq;
    this.highNs = nowNs;
  }

  /** Hands the messages from nextSeq on to the decoder. The packet is known to be well formed. */
  private apply(
    view: DataView,
    bytes: Uint8Array,
    offset: number,
    seq: number,
    end: number,
    line: number,
  ): void {
    let at = offset + MOLD_HEADER_BYTES;
    let skip = this.nextSeq - seq;
    if (skip > 0) this.counters[FEED_PARTIALS]! += 1;
    const fresh = end - this.nextSeq;
    if (fresh >= AHEAD_MESSAGES_MIN) this.decoder.readAhead?.(view, bytes, at, end - seq);
    for (let s = end - seq; s > 0; s--) {
      const size = view.getUint16(at);
      if (skip > 0) skip--;
      else if (size === 0) this.counters[FEED_ZERO_BLOCKS]! += 1;
      else this.decoder.decode(view, bytes, at + 2, size);
      at += 2 + size;
    }
    this.nextSeq = end;
    this.changed = true;
    this.figures.applied(fresh, line);
  }

  /** Applies what the window holds next. */
  private drain(): void {
    const window = this.window;
    while (window.count > 0) {
      const slot = window.first();
      const seq = window.seq[slot]!;
      const end = window.end[slot]!;
      if (seq > this.nextSeq) return;
      if (end > this.nextSeq) {
        this.apply(window.view, window.bytes, window.offsetOf(slot), seq, end, window.line[slot]!);
      }
      window.shift();
    }
  }

  /** nextSeq grew: closes the gap, or goes on to its next hole. */
  private progress(nowNs: number): void {
    const gap = this.gap;
    if (!gap.isOpen) return;
    gap.progress(nowNs);
    if (this.nextSeq >= this.highSeq) gap.close();
    else if (this.nextSeq >= gap.to) gap.publish(this.nextSeq, this.holeEnd(), nowNs);
  }

  /** Opens a gap when a hole is too old; repeats a request that nobody answered. */
  private watch(nowNs: number): void {
    if (this.nextSeq >= this.highSeq) return;
    const gap = this.gap;
    if (gap.isOpen) {
      if (gap.overdue(this.nextSeq, nowNs)) gap.publish(this.nextSeq, this.holeEnd(), nowNs);
      return;
    }
    const window = this.window;
    const since = window.count > 0 ? window.timeNs[window.first()]! : this.highNs;
    if (nowNs - since >= this.windowNs) gap.open(this.nextSeq, this.holeEnd(), nowNs);
  }

  /** One past the first hole: what is held next, or all that is known to exist. */
  private holeEnd(): number {
    const window = this.window;
    return window.count > 0 ? window.seq[window.first()]! : this.highSeq;
  }

  /** End of a packet: state first, then the books. Books stay dark inside a gap. */
  private finish(nowNs: number): void {
    const before = this.state;
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
    if (this.state === FEED_INIT && this.nextSeq < this.highSeq) return FEED_INIT;
    // A lone claim far ahead of a session's start: late join, waiting for a second packet.
    if (this.state === FEED_INIT && this.jumpSeq !== 0 && this.nextSeq === 1) return FEED_INIT;
    return FEED_LIVE;
  }

  /** A well-formed packet of another session: true when it is the new one. */
  private otherSession(
    view: DataView,
    bytes: Uint8Array,
    offset: number,
    seq: number,
    line: number,
  ): boolean {
    const ended = this.endSeq !== 0 && this.nextSeq >= this.endSeq;
    const sure = seq === 1 || ended;
    const verdict = line === this.lineCount ? SESSION_OLD : this.session.judge(view, offset, sure);
    if (verdict !== SESSION_NEW) {
      const old = verdict === SESSION_OLD || verdict === SESSION_SAME;
      this.counters[old ? FEED_OLD_SESSION : FEED_STRANGE_SESSION]! += 1;
      return false;
    }
    this.begin(seq);
    for (let i = 0; i < MOLD_SESSION_BYTES; i++)
      this.block.bytes[BLOCK_SESSION + i] = bytes[offset + i]!;
    this.counters[FEED_SESSIONS]! += 1;
    this.events.onSession(this.index);
    return true;
  }

  /** Forgets the session before. */
  private begin(seq: number): void {
    if (this.gap.isOpen) this.gap.close();
    this.window.clear();
    this.joinedLate = this.joinLive && seq !== 1;
    this.nextSeq = this.joinedLate ? seq : 1;
    this.highSeq = this.nextSeq;
    this.endSeq = 0;
    this.jumpSeq = 0;
    this.changed = true;
    if (this.state !== FEED_INIT) {
      this.state = FEED_INIT;
      Atomics.store(this.block.words, BLOCK_STATE, FEED_INIT);
      this.events.onFeed(this.index, FEED_INIT);
    }
  }
}
