/**
 * Asks a MoldUDP64 re-request server for what a feed is missing. The engine publishes the hole in
 * hp_feed (gap_from, gap_to, then gap_seq); this sends one request at a time (session 10 bytes,
 * sequence u64, count u16; MoldUDP64 1.00), checks the answer, and hands it to the feed's recovery
 * ring as it came. The server answers with what fits into a packet and never says no: so go on from
 * what came, and send again after a silence.
 */
import type { FeedBlock } from "../core/control-block.ts";
import {
  HP_FEED__GAP_FROM_D,
  HP_FEED__GAP_SEQ_W,
  HP_FEED__GAP_SERVED_W,
  HP_FEED__GAP_TO_D,
  HP_FEED__NEXT_SEQ_D,
  HP_FEED__REPLIES_W,
  HP_FEED__REQUESTS_W,
  HP_FEED__TIMEOUTS_W,
} from "../ffi/layout.ts";

export const REQUEST_BYTES = 20;
const SESSION_BYTES = 10;
const SEQUENCE_AT = 10;
const COUNT_AT = 18;
/** 0xffff says end of session in an answer, so it is not asked for. */
const COUNT_MAX = 0xfffe;
const TWO_32 = 4294967296;
/** Answers handed over between two polls: what is above waits for a retry. */
export const REPLIES_PER_POLL_MAX = 256;

export interface GapRequestOptions {
  feed: FeedBlock;
  /** Without an answer for so long, the request is sent again. */
  timeoutMs: number;
  /** So many times; then it rests until the engine asks anew. */
  retries: number;
  nowMs(): number;
  /** Sends a datagram to the server; a failure is a lost packet. */
  send(datagram: Uint8Array): void;
  /** Hands an answer to the feed; false when its ring is full. */
  handOver(packet: Uint8Array): boolean;
  /** False: this hole is filled in another way (recovery/hole-route.ts). Absent: never. */
  takes?(from: number, end: number): boolean;
  /** Nobody has answered. */
  onGiveUp?(): void;
}

export interface GapRequestStats {
  /** Answers of another session, of a wrong shape, or for what was not asked. */
  badReplies: number;
  /** Answers that the full ring could not take. */
  ringFull: number;
}

export class GapRequests {
  readonly stats: GapRequestStats = { badReplies: 0, ringFull: 0 };
  private readonly options: GapRequestOptions;
  private readonly words: Int32Array;
  private readonly doubles: Float64Array;
  private readonly request = new Uint8Array(REQUEST_BYTES);
  private readonly requestView = new DataView(this.request.buffer);
  private served: number;
  /** Hole being worked on: next = 0 when none. */
  private next = 0;
  private end = 0;
  private sentAtMs = 0;
  private tries = 0;
  private taken = 0;

  constructor(options: GapRequestOptions) {
    this.options = options;
    this.words = options.feed.words;
    this.doubles = options.feed.doubles;
    // What was under way when a control before died is asked for again.
    this.served = this.words[HP_FEED__GAP_SERVED_W]! - 1;
  }

  /** Takes up new holes and minds the timeout. */
  poll(): void {
    this.taken = 0;
    const wanted = Atomics.load(this.words, HP_FEED__GAP_SEQ_W);
    if (wanted !== this.served) this.takeUp(wanted);
    if (this.next === 0) return;
    // The lines may have filled the hole meanwhile.
    const has = this.doubles[HP_FEED__NEXT_SEQ_D]!;
    const isFilled = this.doubles[HP_FEED__GAP_TO_D] === 0 || has >= this.end;
    if (isFilled || this.options.takes?.(this.next, this.end) === false) {
      this.next = 0;
      return;
    }
    if (this.options.nowMs() - this.sentAtMs < this.options.timeoutMs) return;
    this.add(HP_FEED__TIMEOUTS_W);
    if (++this.tries > this.options.retries) {
      this.next = 0;
      this.options.onGiveUp?.();
      return;
    }
    // What was handed over and is not applied was lost on the way: from the first missing one.
    this.next = Math.max(this.doubles[HP_FEED__GAP_FROM_D]!, Math.min(this.next, has));
    this.ask();
  }

  /** A datagram from the server. */
  onReply(packet: Uint8Array): void {
    if (this.next === 0) return;
    if (!this.isSound(packet)) {
      this.stats.badReplies++;
      return;
    }
    const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
    const from = readSequence(view, SEQUENCE_AT);
    const count = view.getUint16(COUNT_AT);
    const after = from + (count === 0xffff ? 0 : count);
    // A late answer to a request sent twice: it holds nothing new.
    if (after <= this.next || from > this.next) {
      this.stats.badReplies++;
      return;
    }
    if (this.taken++ >= REPLIES_PER_POLL_MAX || !this.options.handOver(packet)) {
      this.stats.ringFull++;
      return;
    }
    this.add(HP_FEED__REPLIES_W);
    this.next = after;
    this.tries = 0;
    if (this.next >= this.end) this.next = 0;
    else this.ask();
  }

  private takeUp(wanted: number): void {
    // gap_seq is stored after the bounds; if it moves while they are read, the next poll sees it.
    const from = this.doubles[HP_FEED__GAP_FROM_D]!;
    const end = this.doubles[HP_FEED__GAP_TO_D]!;
    this.served = wanted;
    Atomics.store(this.words, HP_FEED__GAP_SERVED_W, wanted);
    const isSound = from >= 1 && end > from && end <= Number.MAX_SAFE_INTEGER;
    const isHole = isSound && this.options.takes?.(from, end) !== false;
    this.next = isHole ? from : 0;
    this.end = end;
    this.tries = 0;
    if (isHole) this.ask();
  }

  private ask(): void {
    this.request.set(this.options.feed.session.subarray(0, SESSION_BYTES));
    this.requestView.setUint32(SEQUENCE_AT, Math.floor(this.next / TWO_32));
    this.requestView.setUint32(SEQUENCE_AT + 4, this.next % TWO_32);
    this.requestView.setUint16(COUNT_AT, Math.min(this.end - this.next, COUNT_MAX));
    this.sentAtMs = this.options.nowMs();
    this.add(HP_FEED__REQUESTS_W);
    this.options.send(this.request);
  }

  /** Of our session, and with blocks that fill the packet exactly. */
  private isSound(packet: Uint8Array): boolean {
    if (packet.length < REQUEST_BYTES) return false;
    const session = this.options.feed.session;
    for (let i = 0; i < SESSION_BYTES; i++) if (packet[i] !== session[i]) return false;
    const count = packet[COUNT_AT]! * 256 + packet[COUNT_AT + 1]!;
    let at = REQUEST_BYTES;
    for (let i = 0; i < count && count !== 0xffff; i++) {
      if (at + 2 > packet.length) return false;
      at += 2 + packet[at]! * 256 + packet[at + 1]!;
    }
    return at <= packet.length;
  }

  private add(word: number): void {
    Atomics.store(this.words, word, (this.words[word]! + 1) | 0);
  }
}

/** A u64 as a double; above 2^53 it is no sequence that a session reaches, and stays above. */
function readSequence(view: DataView, at: number): number {
  return view.getUint32(at) * TWO_32 + view.getUint32(at + 4);
}
