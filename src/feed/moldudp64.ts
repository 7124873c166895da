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
  FEED_BAD_BLOCK,
  FEED_BAD_HEADER,
  FEED_BAD_SEQUENCE,
  FEED_DUPLICATES,
  FEED_ENDS,
  FEED_GAPS,
  FEED_GIVE_UPS,
  FEED_HEARTBEATS,
  FEED_HELD,
  FEED_JUMPS,
  FEED_LOST_MESSAGES,
  FEED_MESSAGES,
  FEED_OLD_SESSION,
  FEED_OVERSIZE,
  FEED_PACKETS,
  FEED_PARTIALS,
  FEED_RECOVERED,
  FEED_REQUESTS,
  FEED_SESSIONS,
  FEED_STALES,
  FEED_STRANGE_SESSION,
  FEED_TRAILING,
  FEED_TRUNCATED,
  FEED_WINDOW_OVERFLOWS,
  FEED_ZERO_BLOCKS,
} from "./counters.ts";
import {
  BLOCK_DUPLICATES,
  BLOCK_GAP_FROM,
  BLOCK_GAP_SEQ,
  BLOCK_GAP_TO,
  BLOCK_GAPS,
  BLOCK_LAST_NS,
  BLOCK_LOST,
  BLOCK_MESSAGES,
  BLOCK_NEXT_SEQ,
  BLOCK_PACKETS_A,
  BLOCK_PACKETS_B,
  BLOCK_RECOVERED,
  BLOCK_SESSION,
  BLOCK_STALE_NS,
  BLOCK_STATE,
  type FeedBlock,
} from "./feed-block.ts";
import type { FeedEvents } from "./feed-events.ts";
import type { MessageDecoder } from "./message-decoder.ts";
import { ReorderWindow, WINDOW_DUPLICATE, WINDOW_HELD, WINDOW_OVERSIZE } from "./reorder-window.ts";
import { SESSION_NEW, SESSION_OLD, SESSION_SAME, SessionTracker } from "./session-tracker.ts";

export interface MoldUdp64Options {
  /** Feed index, handed back in events. */
  index: number;
  /** Lines 0..lineCount-1 are live; packets of higher lines are re-request answers. */
  lineCount: number;
  /** Packets held while an earlier one may still come, and the same bound in time. */
  windowPackets: number;
  windowNs: number;
  /** Silence of all live lines, heartbeats included, after which the feed is stale. */
  staleNs: number;
  /** Without progress for so long, the request is published again. */
  requestTimeoutNs: number;
  /** Fruitless requests before FEED_LOST; 0 = there is no server to ask. Default 20. */
  giveUpRequests?: number;
  /** Longest packet the window holds. */
  slotBytes: number;
  /** "recover" (default): from sequence 1. "live": from the first packet, FEED_LOST unless it is 1. */
  join?: "recover" | "live";
  decoder: MessageDecoder;
  events: FeedEvents;
  /** hp_engine.counters */
  counters: Float64Array;
  block: FeedBlock;
}

const HEADER_BYTES = 20;
const END_OF_SESSION = 0xffff;
const WORD = 4294967296;
/** 2^53 in units of 2^32. */
const WORDS_MAX = 0x200000;
/** One packet alone is not believed when it claims more missing messages than this. */
export const JUMP_MESSAGES_MAX = 1 << 20;
/** After giving up, requests are repeated this many times more slowly. */
export const LOST_REQUEST_FACTOR = 16;

export class MoldUdp64 {
  /** FEED_* */
  state = FEED_INIT;
  /** Next sequence to apply. */
  nextSeq = 1;
  /** One past the highest sequence known to exist. */
  highSeq = 1;
  /** By line; index lineCount = all re-request lines together. Packets, and first copies. */
  readonly linePackets: Float64Array;
  readonly lineLed: Float64Array;
  readonly lineLastNs: Float64Array;

  private readonly index: number;
  private readonly lineCount: number;
  private readonly windowNs: number;
  private readonly staleNs: number;
  private readonly requestTimeoutNs: number;
  private readonly giveUpRequests: number;
  private readonly joinLive: boolean;
  private readonly decoder: MessageDecoder;
  private readonly events: FeedEvents;
  private readonly counters: Float64Array;
  private readonly block: FeedBlock;
  private readonly window: ReorderWindow;
  private readonly session = new SessionTracker();

  /** The state of the feed behind `state`. */
  private gapOpen = false;
  private gaveUp = false;
  private joinedLate = false;
  private silent = false;
  private changed = false;
  /** Sequence at which the session ended, 0 = it goes on. */
  private endSeq = 0;
  /** A claim of one packet too far ahead, waiting for a second one; 0 = none. */
  private jumpSeq = 0;
  private gapTo = 0;
  private gapCount = 0;
  private fruitless = 0;
  private requestNs = 0;
  private highNs = 0;
  private lastNs = 0;
  private stateNs = 0;
  private notLiveNs = 0;
  private messages = 0;
  private recovered = 0;
  private lost = 0;
  private duplicates = 0;

  constructor(options: MoldUdp64Options) {
    this.index = options.index;
    this.lineCount = options.lineCount;
    this.windowNs = options.windowNs;
    this.staleNs = options.staleNs;
    this.requestTimeoutNs = options.requestTimeoutNs;
    this.giveUpRequests = options.giveUpRequests ?? 20;
    this.joinLive = options.join === "live";
    this.decoder = options.decoder;
    this.events = options.events;
    this.counters = options.counters;
    this.block = options.block;
    this.window = new ReorderWindow(options.windowPackets, options.slotBytes);
    this.linePackets = new Float64Array(new ArrayBuffer(8 * (options.lineCount + 1)));
    this.lineLed = new Float64Array(new ArrayBuffer(8 * (options.lineCount + 1)));
    this.lineLastNs = new Float64Array(new ArrayBuffer(8 * (options.lineCount + 1)));
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
    this.linePackets[line]! += 1;
    if ((desc[base + DESC_FLAGS]! & HP_RX_TRUNCATED) !== 0) {
      this.counters[FEED_TRUNCATED]! += 1;
    } else if (length < HEADER_BYTES || offset + length > port.bytes.length) {
      this.counters[FEED_BAD_HEADER]! += 1;
    } else this.framed(port.view, port.bytes, offset, length, line, nowNs);
  }

  /** Timers and the published block. Call it when idle and every few turns. */
  poll(nowNs: number): void {
    if (this.session.known && !this.silent && nowNs - this.lastNs >= this.staleNs) {
      this.silent = true;
      if (this.endSeq === 0) this.counters[FEED_STALES]! += 1;
    }
    this.watch(nowNs);
    this.settle(nowNs);
    this.commit(nowNs);
  }

  /** Copies the figures that others read into the block. poll() does; tests may. */
  commit(nowNs: number): void {
    const out = this.block.doubles;
    out[BLOCK_NEXT_SEQ] = this.nextSeq;
    out[BLOCK_MESSAGES] = this.messages;
    out[BLOCK_GAPS] = this.gapCount;
    out[BLOCK_RECOVERED] = this.recovered;
    out[BLOCK_LOST] = this.lost;
    out[BLOCK_STALE_NS] = this.notLiveNs + (this.notLive() ? nowNs - this.stateNs : 0);
    out[BLOCK_PACKETS_A] = this.linePackets[0]!;
    out[BLOCK_PACKETS_B] = this.lineCount > 1 ? this.linePackets[1]! : 0;
    out[BLOCK_DUPLICATES] = this.duplicates;
    out[BLOCK_LAST_NS] = this.lastNs;
  }

  private framed(
    view: DataView,
    bytes: Uint8Array,
    offset: number,
    length: number,
    line: number,
    nowNs: number,
  ): void {
    const high = view.getUint32(offset + 10);
    const seq = high * WORD + view.getUint32(offset + 14);
    const count = view.getUint16(offset + 18);
    if (high >= WORDS_MAX || seq === 0) {
      this.counters[FEED_BAD_SEQUENCE]! += 1;
      return;
    }
    const same = this.session.matches(view, offset);
    const data = count !== 0 && count !== END_OF_SESSION;
    const end = data ? seq + count : seq;
    if (same && data && end <= this.nextSeq) {
      this.hear(line, nowNs);
      this.duplicate();
      this.finish(nowNs);
      return;
    }
    if (!this.wellFormed(view, offset, length, count)) return;
    if (!same && !this.otherSession(view, bytes, offset, seq, line)) return;
    this.hear(line, nowNs);
    if (data) this.arrive(view, bytes, offset, length, seq, end, line, nowNs);
    else this.mark(seq, count, nowNs);
    this.watch(nowNs);
    this.finish(nowNs);
  }

  /** A live line spoke: the feed is not silent. */
  private hear(line: number, nowNs: number): void {
    this.lineLastNs[line] = nowNs;
    if (line === this.lineCount) return;
    this.lastNs = nowNs;
    this.silent = false;
  }

  /** True when every block lies inside the packet and nothing is left over. */
  private wellFormed(view: DataView, offset: number, length: number, count: number): boolean {
    const stop = offset + length;
    let at = offset + HEADER_BYTES;
    if (count !== END_OF_SESSION) {
      for (let k = 0; k < count; k++) {
        if (at + 2 > stop) {
          this.counters[FEED_BAD_BLOCK]! += 1;
          return false;
        }
        at += 2 + view.getUint16(at);
      }
    }
    if (at === stop) return true;
    this.counters[at > stop ? FEED_BAD_BLOCK : FEED_TRAILING]! += 1;
    return false;
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
      this.lineLed[line]! += 1;
      this.apply(view, bytes, offset, seq, end, line);
      this.drain();
      this.progress(nowNs);
      return;
    }
    const held = this.window.insert(bytes, offset, length, seq, end, nowNs, line);
    if (held === WINDOW_HELD) {
      this.counters[FEED_HELD]! += 1;
      this.lineLed[line]! += 1;
    } else if (held === WINDOW_DUPLICATE) this.duplicate();
    else {
      this.counters[held === WINDOW_OVERSIZE ? FEED_OVERSIZE : FEED_WINDOW_OVERFLOWS]! += 1;
      if (!this.gapOpen) this.openGap(nowNs);
    }
  }

  /** Heartbeat or end of session: messages below `seq` exist. */
  private mark(seq: number, count: number, nowNs: number): void {
    this.counters[count === 0 ? FEED_HEARTBEATS : FEED_ENDS]! += 1;
    if (seq > this.highSeq && !this.believe(seq)) return;
    if (count === END_OF_SESSION && seq >= this.highSeq) this.endSeq = seq;
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
    let at = offset + HEADER_BYTES;
    let skip = this.nextSeq - seq;
    if (skip > 0) this.counters[FEED_PARTIALS]! += 1;
    const fresh = end - this.nextSeq;
    for (let s = end - seq; s > 0; s--) {
      const size = view.getUint16(at);
      if (skip > 0) skip--;
      else if (size === 0) this.counters[FEED_ZERO_BLOCKS]! += 1;
      else this.decoder.decode(view, bytes, at + 2, size);
      at += 2 + size;
    }
    this.nextSeq = end;
    this.changed = true;
    this.messages += fresh;
    this.counters[FEED_MESSAGES]! += fresh;
    if (line !== this.lineCount) return;
    this.recovered += fresh;
    this.counters[FEED_RECOVERED]! += fresh;
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

  private duplicate(): void {
    this.duplicates++;
    this.counters[FEED_DUPLICATES]! += 1;
  }

  /** nextSeq grew: closes the gap, or goes on to its next hole. */
  private progress(nowNs: number): void {
    if (!this.gapOpen) return;
    this.fruitless = 0;
    this.gaveUp = false;
    this.requestNs = nowNs;
    if (this.nextSeq >= this.highSeq) this.closeGap();
    else if (this.nextSeq >= this.gapTo) this.publish(nowNs);
  }

  /** Opens a gap when a hole is too old; repeats a request that nobody answered. */
  private watch(nowNs: number): void {
    if (this.nextSeq >= this.highSeq) return;
    if (!this.gapOpen) {
      const window = this.window;
      const since = window.count > 0 ? window.timeNs[window.first()]! : this.highNs;
      if (nowNs - since >= this.windowNs) this.openGap(nowNs);
      return;
    }
    const wait = this.requestTimeoutNs * (this.gaveUp ? LOST_REQUEST_FACTOR : 1);
    if (nowNs - this.requestNs < wait) return;
    this.fruitless++;
    if (!this.gaveUp && this.fruitless >= this.giveUpRequests) this.giveUp();
    this.publish(nowNs);
  }

  private openGap(nowNs: number): void {
    this.gapOpen = true;
    this.gaveUp = false;
    this.fruitless = 0;
    this.gapCount++;
    this.counters[FEED_GAPS]! += 1;
    this.publish(nowNs);
    if (this.giveUpRequests === 0) this.giveUp();
  }

  private giveUp(): void {
    this.gaveUp = true;
    this.lost += this.gapTo - this.nextSeq;
    this.counters[FEED_GIVE_UPS]! += 1;
    this.counters[FEED_LOST_MESSAGES]! += this.gapTo - this.nextSeq;
  }

  /** The first hole, for control: bounds first, then the number that says they are new. */
  private publish(nowNs: number): void {
    const window = this.window;
    this.gapTo = window.count > 0 ? window.seq[window.first()]! : this.highSeq;
    this.requestNs = nowNs;
    this.counters[FEED_REQUESTS]! += 1;
    this.announce(this.nextSeq, this.gapTo);
  }

  private closeGap(): void {
    this.gapOpen = false;
    this.gapTo = 0;
    this.announce(0, 0);
  }

  private announce(from: number, to: number): void {
    const block = this.block;
    block.doubles[BLOCK_GAP_FROM] = from;
    block.doubles[BLOCK_GAP_TO] = to;
    Atomics.store(block.words, BLOCK_GAP_SEQ, block.words[BLOCK_GAP_SEQ]! + 1);
  }

  /** End of a packet: state first, then the books. Books stay dark inside a gap. */
  private finish(nowNs: number): void {
    const before = this.state;
    this.settle(nowNs);
    if (!this.changed && this.state === before) return;
    this.changed = false;
    this.decoder.flush(!this.gapOpen && this.state !== FEED_INIT);
  }

  /** Brings `state` in line with what is known. */
  private settle(nowNs: number): void {
    const state = this.stateNow();
    if (state === this.state) return;
    if (this.notLive()) this.notLiveNs += nowNs - this.stateNs;
    this.state = state;
    this.stateNs = nowNs;
    Atomics.store(this.block.words, BLOCK_STATE, state);
    this.events.onFeed(this.index, state);
  }

  private stateNow(): number {
    if (!this.session.known) return FEED_INIT;
    if (this.gapOpen) return this.gaveUp ? FEED_LOST : FEED_GAP;
    if (this.endSeq !== 0 && this.nextSeq >= this.endSeq) return FEED_ENDED;
    if (this.joinedLate) return FEED_LOST;
    if (this.silent) return FEED_STALE;
    if (this.state === FEED_INIT && this.nextSeq < this.highSeq) return FEED_INIT;
    // A lone claim far ahead of a session's start: late join, waiting for a second packet.
    if (this.state === FEED_INIT && this.jumpSeq !== 0 && this.nextSeq === 1) return FEED_INIT;
    return FEED_LIVE;
  }

  /** stale_ns counts what is lost between the first LIVE and the end. */
  private notLive(): boolean {
    return this.state !== FEED_LIVE && this.state !== FEED_INIT && this.state !== FEED_ENDED;
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
    for (let i = 0; i < 10; i++) this.block.bytes[BLOCK_SESSION + i] = bytes[offset + i]!;
    this.counters[FEED_SESSIONS]! += 1;
    this.events.onSession(this.index);
    return true;
  }

  /** Forgets the session before. */
  private begin(seq: number): void {
    if (this.gapOpen) this.closeGap();
    this.window.clear();
    this.joinedLate = this.joinLive && seq !== 1;
    this.nextSeq = this.joinedLate ? seq : 1;
    this.highSeq = this.nextSeq;
    this.gaveUp = false;
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
