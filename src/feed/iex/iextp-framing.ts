// @hot
/**
 * IEX-TP 1 (IEX Transport Specification): one segment a datagram, all numbers little-endian.
 *
 *   0 version u8 = 1 | 1 - | 2 message protocol u16 | 4 channel u32 | 8 session u32
 *   12 payload length u16 | 14 message count u16 | 16 stream offset u64
 *   24 first message's sequence u64 | 32 send time i64, ns since 1970
 *   40 count times: length u16, message
 *
 * Count 0 is a heartbeat: the sequence is the next one to come. The last message of a session is a system
 * event with code C.
 *
 * A venue that starts again may keep the session's number and count from 1 anew, as IEX's own sample of
 * DEEP does eleven times. Taken as copies of what was, the new messages would be lost until they pass
 * the old count, and the books be wrong in silence. So the name of a session has a third word, its run:
 * it grows when a segment sent a second or more after the farthest one begins before that one's end.
 */
import { JUMP_MESSAGES_MAX } from "../arbiter.ts";
import {
  FEED_BAD_BLOCK,
  FEED_BAD_HEADER,
  FEED_BAD_SEQUENCE,
  FEED_STRANGE_SESSION,
  FEED_TRAILING,
  FEED_ZERO_BLOCKS,
} from "../counters.ts";
import { FRAME_DATA, FRAME_HEARTBEAT, FRAME_UNNUMBERED, type Framing } from "../framing.ts";
import type { MessageDecoder } from "../message-decoder.ts";

export const IEXTP_HEADER_BYTES = 40;
export const IEXTP_VERSION = 1;
export const IEXTP_PROTOCOL = 2;
export const IEXTP_CHANNEL = 4;
export const IEXTP_SESSION = 8;
export const IEXTP_PAYLOAD = 12;
export const IEXTP_COUNT = 14;
export const IEXTP_STREAM = 16;
export const IEXTP_SEQUENCE = 24;
export const IEXTP_SENT = 32;
/** Message protocols. */
export const IEXTP_DEEP_1_0 = 0x8004;
export const IEXTP_TOPS_1_6 = 0x8003;

const WORD = 4294967296;
/** Up to here a double tells each sequence, and one past a segment's last one, exactly. */
const SEQUENCE_MAX = 2 ** 53 - 65536;
const SYSTEM_EVENT = 0x53;
const END_OF_MESSAGES = 0x43;
/** The lines of a feed send the same within far less; heartbeats come every second. */
const RESTART_NS = 1e9;
/** Two segments that claim a restart, sent within so long, are believed. */
const AGREE_NS = 1e10;
const NO_SESSION = -1;

export interface IexTpFramingOptions {
  decoder: MessageDecoder;
  /** hp_engine.counters */
  counters: Float64Array;
  feed: "deep" | "tops";
  /** IEX has had one channel since the start: default 1. */
  channel?: number;
}

export class IexTpFraming implements Framing {
  kind = FRAME_HEARTBEAT;
  seq = 0;
  end = 0;
  size = 0;
  /** Session number, channel, run. */
  session0 = 0;
  session1 = 0;
  session2 = 0;
  readonly namesSessions = true;
  endsAt = 0;
  readonly isResent = false;
  private readonly decoder: MessageDecoder;
  private readonly counters: Float64Array;
  private readonly protocol: number;
  private readonly channel: number;
  /** The session that runs are counted of, as u32; another one that may follow it. */
  private known = NO_SESSION;
  private candidate = NO_SESSION;
  private run = 0;
  /** Send time of the first segment of this run. */
  private runNs = 0;
  /** The farthest claim of this run, and when it was sent last. */
  private highEnd = 0;
  private highNs = 0;
  /** A claim too far ahead for one segment's word. */
  private farEnd = 0;
  /** A restart that one segment claims, 0 = none. */
  private restartNs = 0;

  constructor(options: IexTpFramingOptions) {
    this.decoder = options.decoder;
    this.counters = options.counters;
    this.protocol = options.feed === "deep" ? IEXTP_DEEP_1_0 : IEXTP_TOPS_1_6;
    this.channel = (options.channel ?? 1) | 0;
  }

  read(view: DataView, bytes: Uint8Array, offset: number, length: number): boolean {
    if (
      length < IEXTP_HEADER_BYTES ||
      bytes[offset] !== IEXTP_VERSION ||
      view.getUint16(offset + IEXTP_PROTOCOL, true) !== this.protocol
    ) {
      this.counters[FEED_BAD_HEADER]! += 1;
      return false;
    }
    const size = IEXTP_HEADER_BYTES + view.getUint16(offset + IEXTP_PAYLOAD, true);
    if (size !== length) {
      this.counters[size > length ? FEED_BAD_BLOCK : FEED_TRAILING]! += 1;
      return false;
    }
    const channel = view.getInt32(offset + IEXTP_CHANNEL, true);
    if (channel !== this.channel) {
      this.counters[FEED_STRANGE_SESSION]! += 1;
      return false;
    }
    const seq = this.sequenceOf(view, offset);
    if (seq >= SEQUENCE_MAX || seq === 0) {
      this.counters[FEED_BAD_SEQUENCE]! += 1;
      return false;
    }
    const count = view.getUint16(offset + IEXTP_COUNT, true);
    this.kind = count === 0 ? FRAME_HEARTBEAT : FRAME_DATA;
    this.seq = seq;
    this.end = seq + count;
    this.size = size;
    this.session0 = view.getInt32(offset + IEXTP_SESSION, true);
    this.session1 = channel;
    const sentHigh = view.getUint32(offset + IEXTP_SENT + 4, true);
    this.place(sentHigh * WORD + view.getUint32(offset + IEXTP_SENT, true), view, offset);
    return true;
  }

  isWellFormed(view: DataView, _bytes: Uint8Array, offset: number, length: number): boolean {
    const stop = offset + length;
    let at = offset + IEXTP_HEADER_BYTES;
    for (let k = view.getUint16(offset + IEXTP_COUNT, true); k > 0; k--) {
      if (at + 2 > stop) {
        this.counters[FEED_BAD_BLOCK]! += 1;
        return false;
      }
      at += 2 + view.getUint16(at, true);
    }
    if (at === stop) return true;
    this.counters[at > stop ? FEED_BAD_BLOCK : FEED_TRAILING]! += 1;
    return false;
  }

  apply(view: DataView, bytes: Uint8Array, offset: number, _length: number, skip: number): void {
    let at = offset + IEXTP_HEADER_BYTES;
    let left = skip;
    for (let k = view.getUint16(offset + IEXTP_COUNT, true); k > 0; k--) {
      const size = view.getUint16(at, true);
      if (left > 0) left--;
      else if (size === 0) this.counters[FEED_ZERO_BLOCKS]! += 1;
      else {
        if (size > 1 && bytes[at + 2] === SYSTEM_EVENT && bytes[at + 3] === END_OF_MESSAGES) {
          this.endsAt = this.sequenceOf(view, offset) + view.getUint16(offset + IEXTP_COUNT, true);
          this.endsAt -= k - 1;
        }
        this.decoder.decode(view, bytes, at + 2, size);
      }
      at += 2 + size;
    }
  }

  private sequenceOf(view: DataView, offset: number): number {
    const high = view.getUint32(offset + IEXTP_SEQUENCE + 4, true);
    return high * WORD + view.getUint32(offset + IEXTP_SEQUENCE, true);
  }

  /** Which run of its session the segment belongs to: session2. */
  private place(sentNs: number, view: DataView, offset: number): void {
    const session = this.session0 >>> 0;
    if (session !== this.known) {
      // One damaged number must not make the runs of the session forgotten.
      this.session2 = 0;
      if (this.known !== NO_SESSION && session !== this.candidate) this.candidate = session;
      else this.begin(session, 0, sentNs);
      return;
    }
    this.candidate = NO_SESSION;
    this.session2 = this.run;
    if (sentNs < this.runNs) {
      this.session2 = this.run - 1;
    } else if (this.seq < this.highEnd && sentNs - this.highNs >= RESTART_NS) {
      this.restart(sentNs, view, offset);
    } else if (this.end >= this.highEnd && this.isBelieved()) {
      this.highEnd = this.end;
      this.highNs = sentNs;
      this.restartNs = 0;
    }
  }

  /** A claim far ahead needs a second segment that agrees, as in the arbiter. */
  private isBelieved(): boolean {
    if (this.end - this.highEnd <= JUMP_MESSAGES_MAX) return true;
    if (Math.abs(this.end - this.farEnd) <= JUMP_MESSAGES_MAX) return true;
    this.farEnd = this.end;
    return false;
  }

  /** Sent later than the farthest claim, and begins before it. */
  private restart(sentNs: number, view: DataView, offset: number): void {
    const first = this.restartNs;
    const apart = Math.abs(sentNs - first);
    const isFirstOfAll =
      this.seq === 1 &&
      (view.getUint32(offset + IEXTP_STREAM, true) |
        view.getUint32(offset + IEXTP_STREAM + 4, true)) ===
        0;
    if (isFirstOfAll || (first !== 0 && apart <= AGREE_NS)) {
      const from = isFirstOfAll ? sentNs : Math.min(first, sentNs);
      this.begin(this.known, this.run + 1, from);
      this.session2 = this.run;
      return;
    }
    this.restartNs = sentNs;
    this.kind = FRAME_UNNUMBERED;
    this.counters[FEED_STRANGE_SESSION]! += 1;
  }

  private begin(session: number, run: number, sentNs: number): void {
    this.known = session;
    this.candidate = NO_SESSION;
    this.run = run;
    this.runNs = run === 0 ? 0 : sentNs;
    this.highEnd = this.end;
    this.highNs = sentNs;
    this.farEnd = 0;
    this.restartNs = 0;
  }
}
