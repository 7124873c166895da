// @hot
/**
 * The way out: journal first, then the socket, and what the socket does not take waits. Between
 * hold() and release() messages gather and leave in one send: a market maker that moves both quotes
 * pays for one system call (about 5 us on loopback), and no order waits for the call of another.
 *
 * A new order or a replace passes only when nothing waits; if not one byte of it left, its sequence
 * number is given back. Cancels and administrative messages queue behind. A message that left in
 * part is finished before anything else. With `always`, everything waits in the backlog until its
 * journal record is on disk.
 */
import type { Clock } from "../../core/clock.ts";
import { DENY_BACKPRESSURE, DENY_JOURNAL, DENY_NO_SESSION, NO_SLOT } from "../../core/codes.ts";
import {
  HP_EAGAIN,
  HP_INTENT_NEW,
  HP_INTENT_REPLACE,
  HP_JR_INTENT__KIND_W,
  HP_JR_INTENT__SLOT_W,
  HP_JR_NOT_SENT,
  HP_JR_SENT,
  HP_JR_SESSION_OUT,
} from "../../ffi/layout.ts";
import type { Journal } from "../../journal/journal.ts";
import type { Stream } from "../../net/stream.ts";
import {
  FIX_BACKLOG_FULL,
  FIX_BACKPRESSURE,
  FIX_DEFERRED,
  FIX_JOURNAL_FULL,
  FIX_MESSAGES_OUT,
} from "../counters.ts";
import { Backlog } from "./backlog.ts";
import type { Recorder } from "./options.ts";
import { FixJournal } from "./records.ts";
import type { SentStore } from "./sent-store.ts";
import type { Throttle } from "./throttle.ts";

export class Sender {
  nextOut: number;
  /** DENY_JOURNAL once the journal took no record, not even from its reserve: nothing is sent. */
  fault = 0;
  /** Status code of the socket when a send failed; the session ends the connection. 0 = well. */
  broken = 0;
  /** Clock when the last message went out, or began to wait for that. */
  lastNs = 0;
  /** Set by the engine: clock at the burst, its receive stamp (wall); 0 = not from a packet. */
  burstNs = 0;
  burstRxNs = 0;
  /** Clock when the socket last took something while more waits; 0 = nothing waits for it. */
  waitsSinceNs = 0;
  readonly records: FixJournal;
  private readonly stream: Stream;
  private readonly journal: Journal;
  private readonly clock: Clock;
  private readonly counters: Float64Array;
  private readonly latency: Recorder;
  private readonly wire: Recorder;
  private readonly always: boolean;
  /** Null where nothing is ever sent again. */
  private readonly store: SentStore | null;
  /** Null: no limit. */
  private readonly throttle: Throttle | null;
  private readonly backlog: Backlog;
  private blocked = false;
  /** Messages gather for release(). */
  private holding = false;

  constructor(
    stream: Stream,
    journal: Journal,
    clock: Clock,
    counters: Float64Array,
    session: number,
    nextOut: number,
    base: number,
    always: boolean,
    latency: Recorder,
    wire: Recorder,
    store: SentStore | null,
    throttle: Throttle | null,
  ) {
    this.stream = stream;
    this.journal = journal;
    this.clock = clock;
    this.counters = counters;
    this.records = new FixJournal(journal, session, stream.tx);
    this.nextOut = nextOut;
    this.backlog = new Backlog(stream, base);
    this.always = always;
    this.latency = latency;
    this.wire = wire;
    this.store = store;
    this.throttle = throttle;
  }

  /** Numbers begin at 1: what was sent under them before is not to be sent again. */
  restart(): void {
    this.nextOut = 1;
    if (this.store !== null) this.store.clear();
  }

  /** True when a new order has to be denied. */
  hasBacklog(): boolean {
    if (!this.always && !this.holding) return !this.backlog.isEmpty();
    return this.blocked || this.backlog.isHalfFull();
  }

  /** From here on messages gather. */
  hold(): void {
    this.holding = true;
  }

  /** Sends what has gathered since hold(), in one call. */
  release(nowNs: number): void {
    if (!this.holding) return;
    this.holding = false;
    const backlog = this.backlog;
    if (backlog.count === 0) return;
    this.flush(nowNs);
    if (this.always) return;
    // The socket took less: what is left now waits like anything else behind a full socket.
    for (let i = backlog.deferred; i < backlog.count; i++) {
      this.defer(backlog.seq(i), backlog.slot(i), backlog.bytes(i), nowNs);
    }
    backlog.deferred = backlog.count;
  }

  /** The journal took no record of what is done already: nothing is sent any more. */
  recordLost(): void {
    this.journalFull(false);
  }

  /** False when the session's throttle holds new orders back. */
  mayOpen(nowNs: number): boolean {
    return this.throttle === null || this.throttle.mayOpen(nowNs);
  }

  /** The same for cancels and for messages that are sent again. */
  mayRepeat(nowNs: number): boolean {
    return this.throttle === null || this.throttle.mayCancel(nowNs);
  }

  /** True when so many bytes may queue, one more message or as many as told. */
  canQueue(length: number, messages = 1): boolean {
    return this.backlog.canTake(length, messages);
  }

  /**
   * Journals and sends the order message tx[start .. start + length) that carries nextOut. `order`:
   * what it was made of, the words of hp_jr_intent. Returns its MsgSeqNum, or a DENY_* code when
   * nothing of it was sent and the number is free again.
   */
  order(order: Int32Array, start: number, length: number, nowNs: number): number {
    const seq = this.nextOut;
    const slot = order[HP_JR_INTENT__SLOT_W]!;
    if (!this.canQueue(length)) {
      this.counters[FIX_BACKPRESSURE]!++;
      return DENY_BACKPRESSURE;
    }
    if (!this.records.intent(order, start, length, nowNs)) {
      return this.journalFull(opens(order));
    }
    if (this.store !== null) this.store.put(seq, this.records.bytesAt, length, nowNs);
    this.nextOut = seq + 1;
    if (this.throttle !== null) this.throttle.sent(nowNs);
    if (this.always || this.holding || !this.backlog.isEmpty()) {
      this.queue(seq, slot, start, length, length, nowNs);
      return seq;
    }
    return this.orderNow(order, start, length, nowNs);
  }

  /** An order outside hold() and release(), with nothing in front of it. It carries nextOut - 1. */
  private orderNow(order: Int32Array, start: number, length: number, nowNs: number): number {
    const seq = this.nextOut - 1;
    const slot = order[HP_JR_INTENT__SLOT_W]!;
    if (this.burstNs !== 0) this.latency.record(this.clock.now() - this.burstNs);
    const n = this.stream.send(start, length);
    if (n === length) {
      const after = this.clock.now();
      if (this.burstRxNs !== 0) this.wire.record(after + this.clock.wallOffsetNs - this.burstRxNs);
      this.lastNs = nowNs;
      this.counters[FIX_MESSAGES_OUT]!++;
      if (!this.records.sent(HP_JR_SENT, seq, slot, length, after)) this.journalFull(false);
      return seq;
    }
    if (n > 0) {
      this.queue(seq, slot, start + n, length - n, length, nowNs);
      return seq;
    }
    if (!opens(order) && (n === HP_EAGAIN || n === 0)) {
      this.queue(seq, slot, start, length, length, nowNs);
      return seq;
    }
    return this.notSent(n, seq, slot, nowNs);
  }

  /**
   * Journals and sends the administrative message tx[start .. start + length). `seq` is its own
   * number: nextOut, which it then uses up, or an earlier one (a gap fill). `keepBytes` 0 leaves the
   * bytes out of the journal (a password). False when it could not even queue.
   */
  admin(
    seq: number,
    msgType: number,
    nextIn: number,
    start: number,
    length: number,
    keepBytes: number,
    nowNs: number,
  ): boolean {
    if (this.fault !== 0 || length === 0) return false;
    if (!this.canQueue(length)) {
      this.counters[FIX_BACKLOG_FULL]!++;
      return false;
    }
    const next = seq === this.nextOut ? seq + 1 : this.nextOut;
    const kept = keepBytes !== 0 ? length : 0;
    if (!this.records.admin(HP_JR_SESSION_OUT, seq, msgType, next, nextIn, start, kept, nowNs)) {
      this.journalFull(false);
      return false;
    }
    this.nextOut = next;
    if (this.throttle !== null) this.throttle.sent(nowNs);
    if (this.always || this.holding || !this.backlog.isEmpty()) {
      this.queue(seq, NO_SLOT, start, length, length, nowNs);
      return true;
    }
    const n = this.stream.send(start, length);
    if (n === length) {
      this.lastNs = nowNs;
      this.counters[FIX_MESSAGES_OUT]!++;
      return true;
    }
    if (n < 0 && n !== HP_EAGAIN) {
      this.broken = n;
      return false;
    }
    const taken = Math.max(n, 0);
    this.queue(seq, NO_SLOT, start + taken, length - taken, length, nowNs);
    return true;
  }

  /** An application message with the next number: as admin(), and kept for a resend. */
  application(
    msgType: number,
    nextIn: number,
    start: number,
    length: number,
    nowNs: number,
  ): boolean {
    const seq = this.nextOut;
    const isSent = this.admin(seq, msgType, nextIn, start, length, 1, nowNs);
    // One that is told as not sent must not leave later.
    if (this.store !== null && isSent) {
      this.store.put(seq, this.records.bytesAt, length, nowNs);
    }
    return isSent;
  }

  /** Hands what waits to the socket, as far as it takes it and the journal is durable. */
  flush(nowNs: number): void {
    const backlog = this.backlog;
    if (backlog.isEmpty() || this.broken !== 0) return;
    const limit = this.always ? backlog.durableEnd(this.journal) : backlog.tail;
    const length = limit - backlog.head;
    if (length <= 0) return;
    const handedNs = this.clock.now();
    const n = this.stream.send(backlog.base + backlog.head, length);
    if (n < 0 && n !== HP_EAGAIN) {
      this.broken = n;
      return;
    }
    this.blocked = n < length;
    if (!this.blocked) this.waitsSinceNs = 0;
    else if (n > 0 || this.waitsSinceNs === 0) this.waitsSinceNs = nowNs;
    if (n <= 0) return;
    backlog.head += n;
    this.lastNs = nowNs;
    this.account(handedNs, this.clock.now());
  }

  /** Notes what has left to its last byte. */
  private account(handedNs: number, sentNs: number): void {
    const backlog = this.backlog;
    while (backlog.firstHasLeft()) {
      const slot = backlog.slot(0);
      const burstNs = backlog.burstNs(0);
      const rxNs = backlog.rxNs(0);
      this.counters[FIX_MESSAGES_OUT]!++;
      if (burstNs !== 0) this.latency.record(handedNs - burstNs);
      if (rxNs !== 0) this.wire.record(sentNs + this.clock.wallOffsetNs - rxNs);
      if (
        slot !== -1 &&
        !this.records.sent(HP_JR_SENT, backlog.seq(0), slot, backlog.bytes(0), sentNs)
      ) {
        this.journalFull(false);
      }
      backlog.shift();
    }
  }

  /** The connection is gone: what waited never leaves; the venue asks for it again. */
  drop(): void {
    this.backlog.clear();
    this.waitsSinceNs = 0;
    this.broken = 0;
    this.blocked = false;
    this.holding = false;
  }

  private notSent(n: number, seq: number, slot: number, nowNs: number): number {
    // Without the record a recovery would count the number as used: then it stays used.
    if (this.store !== null) this.store.forget(seq);
    if (this.records.sent(HP_JR_NOT_SENT, seq, slot, 0, nowNs)) this.nextOut = seq;
    else this.journalFull(false);
    if (n === HP_EAGAIN || n === 0) {
      this.counters[FIX_BACKPRESSURE]!++;
      return DENY_BACKPRESSURE;
    }
    this.broken = n;
    return DENY_NO_SESSION;
  }

  /** A new order may find the ring three quarters full; anything else means that the reserve is gone. */
  private journalFull(opens: boolean): number {
    this.counters[FIX_JOURNAL_FULL]!++;
    if (!opens) this.fault = DENY_JOURNAL;
    return DENY_JOURNAL;
  }

  /** Puts what is left of a message (`bytes` in all) behind what waits. Room was checked. */
  private queue(
    seq: number,
    slot: number,
    from: number,
    length: number,
    bytes: number,
    nowNs: number,
  ): void {
    this.backlog.push(
      seq,
      slot,
      from,
      length,
      bytes,
      this.journal.position(),
      this.burstNs,
      this.burstRxNs,
    );
    // On its way: it stands for a heartbeat.
    this.lastNs = nowNs;
    if (!this.always && !this.holding) this.block(seq, slot, length, nowNs);
  }

  private block(seq: number, slot: number, length: number, nowNs: number): void {
    this.blocked = true;
    if (this.waitsSinceNs === 0) this.waitsSinceNs = nowNs;
    this.defer(seq, slot, length, nowNs);
    this.backlog.deferred = this.backlog.count;
  }

  /** Notes that a message waits behind a full socket. */
  private defer(seq: number, slot: number, length: number, nowNs: number): void {
    this.counters[FIX_DEFERRED]!++;
    if (!this.records.deferred(seq, slot, length, nowNs)) this.journalFull(false);
  }
}

/** True for what needs the reserve of neither journal nor socket: a new order, a replace. */
function opens(order: Int32Array): boolean {
  const kind = order[HP_JR_INTENT__KIND_W]!;
  return kind === HP_INTENT_NEW || kind === HP_INTENT_REPLACE;
}
