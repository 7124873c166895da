// @hot
/**
 * The way out: journal first, then the socket, and what the socket does not take waits.
 *
 *   send arena: | templates | administrative message | backlog: head ....waiting.... tail | free |
 *
 * A new order or a replace passes only when nothing waits; if not one byte of it left, its sequence
 * number is given back. Cancels and administrative messages queue behind. A message that left in
 * part is finished before anything else. With `always`, everything waits in the backlog until its
 * journal record is on disk.
 */
import type { Clock } from "../core/clock.ts";
import { DENY_BACKPRESSURE, DENY_JOURNAL, DENY_NO_SESSION, NO_SLOT } from "../core/codes.ts";
import {
  HP_EAGAIN,
  HP_INTENT_NEW,
  HP_INTENT_REPLACE,
  HP_JR_NOT_SENT,
  HP_JR_SENT,
  HP_JR_SESSION_OUT,
} from "../ffi/layout.ts";
import type { Journal } from "../journal/journal.ts";
import type { Stream } from "../net/stream.ts";
import {
  FIX_BACKLOG_FULL,
  FIX_BACKPRESSURE,
  FIX_DEFERRED,
  FIX_JOURNAL_FULL,
  FIX_MESSAGES_OUT,
} from "./counters.ts";
import { FixJournal } from "./fix-journal.ts";
import type { Recorder } from "./session-options.ts";

/** Messages that may wait at once. */
export const WAITING_MAX = 256;
const ENTRY_WORDS = 4;
const E_END = 0;
const E_SEQ = 1;
const E_SLOT = 2;
const E_BYTES = 3;

export class Sender {
  nextOut: number;
  /** DENY_JOURNAL once the journal took no record, not even from its reserve: nothing is sent. */
  fault = 0;
  /** Status code of the socket when a send failed; the session ends the connection. 0 = well. */
  broken = 0;
  /** Clock when the last message went out. */
  lastNs = 0;
  /** Set by the engine: clock at the burst, its receive stamp (wall); 0 = not from a packet. */
  burstNs = 0;
  burstRxNs = 0;
  readonly records: FixJournal;
  private readonly stream: Stream;
  private readonly journal: Journal;
  private readonly clock: Clock;
  private readonly counters: Float64Array;
  private readonly latency: Recorder;
  private readonly wire: Recorder;
  private readonly always: boolean;
  private readonly base: number;
  private readonly capacity: number;
  private head = 0;
  private tail = 0;
  private blocked = false;
  private readonly entries: Int32Array;
  /** Journal positions (modulo 2^32) that entries wait for. */
  private readonly gates: Float64Array;
  /** The bursts that entries answer, as burstNs and burstRxNs. */
  private readonly bursts: Float64Array;
  private first = 0;
  private count = 0;

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
  ) {
    this.stream = stream;
    this.journal = journal;
    this.clock = clock;
    this.counters = counters;
    this.records = new FixJournal(journal, session, stream.txWords);
    this.nextOut = nextOut;
    this.base = base;
    this.capacity = stream.tx.length - base;
    this.always = always;
    this.latency = latency;
    this.wire = wire;
    this.entries = new Int32Array(new ArrayBuffer(4 * ENTRY_WORDS * WAITING_MAX));
    this.gates = new Float64Array(new ArrayBuffer(8 * WAITING_MAX));
    this.bursts = new Float64Array(new ArrayBuffer(16 * WAITING_MAX));
  }

  /** True when a new order has to be denied. */
  hasBacklog(): boolean {
    if (!this.always) return this.tail !== this.head;
    return (
      this.blocked || this.tail - this.head > this.capacity >> 1 || this.count > WAITING_MAX >> 1
    );
  }

  /** True when one more message of this length may queue. */
  canQueue(length: number): boolean {
    return this.count < WAITING_MAX && this.tail - this.head + length <= this.capacity;
  }

  /**
   * Journals and sends the order message tx[start .. start + length) that carries nextOut. Returns
   * its MsgSeqNum, or a DENY_* code when nothing of it was sent and the number is free again.
   */
  order(
    kind: number,
    slot: number,
    generation: number,
    origGeneration: number,
    instrument: number,
    side: number,
    qty: number,
    px: number,
    flags: number,
    start: number,
    length: number,
    nowNs: number,
  ): number {
    const seq = this.nextOut;
    const opens = kind === HP_INTENT_NEW || kind === HP_INTENT_REPLACE;
    if (!this.canQueue(length)) {
      this.counters[FIX_BACKPRESSURE]!++;
      return DENY_BACKPRESSURE;
    }
    if (
      !this.records.intent(
        kind,
        seq,
        slot,
        generation,
        origGeneration,
        instrument,
        side,
        qty,
        px,
        flags,
        start,
        length,
        nowNs,
      )
    ) {
      return this.journalFull(opens);
    }
    this.nextOut = seq + 1;
    if (this.always || this.tail !== this.head) {
      this.queue(seq, slot, start, length, length, nowNs);
      return seq;
    }
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
    if (!opens && (n === HP_EAGAIN || n === 0)) {
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
    if (this.always || this.tail !== this.head) {
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

  /** Hands what waits to the socket, as far as it takes it and the journal is durable. */
  flush(nowNs: number): void {
    if (this.tail === this.head || this.broken !== 0) return;
    const limit = this.always ? this.durableEnd() : this.tail;
    if (limit <= this.head) return;
    const handedNs = this.always ? this.clock.now() : nowNs;
    const n = this.stream.send(this.base + this.head, limit - this.head);
    if (n < 0 && n !== HP_EAGAIN) {
      this.broken = n;
      return;
    }
    this.blocked = n < limit - this.head;
    if (n <= 0) return;
    this.head += n;
    this.lastNs = nowNs;
    while (this.count > 0) {
      const e = this.first * ENTRY_WORDS;
      if (this.entries[e + E_END]! > this.head) break;
      const slot = this.entries[e + E_SLOT]!;
      this.counters[FIX_MESSAGES_OUT]!++;
      if (this.always) this.measure(this.first, handedNs);
      if (
        slot !== -1 &&
        !this.records.sent(
          HP_JR_SENT,
          this.entries[e + E_SEQ]!,
          slot,
          this.entries[e + E_BYTES]!,
          nowNs,
        )
      ) {
        this.journalFull(false);
      }
      this.first = (this.first + 1) & (WAITING_MAX - 1);
      this.count--;
    }
    if (this.head === this.tail) {
      this.head = 0;
      this.tail = 0;
    }
  }

  /** The cost of `always`: the wait for the disk is part of both figures. */
  private measure(entry: number, handedNs: number): void {
    const burstNs = this.bursts[2 * entry]!;
    const burstRxNs = this.bursts[2 * entry + 1]!;
    if (burstNs !== 0) this.latency.record(handedNs - burstNs);
    if (burstRxNs === 0) return;
    this.wire.record(this.clock.now() + this.clock.wallOffsetNs - burstRxNs);
  }

  /** The connection is gone: what waited never leaves; the venue asks for it again. */
  drop(): void {
    this.head = 0;
    this.tail = 0;
    this.first = 0;
    this.count = 0;
    this.broken = 0;
    this.blocked = false;
  }

  private notSent(n: number, seq: number, slot: number, nowNs: number): number {
    // Without the record a recovery would count the number as used: then it stays used.
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

  /** Copies what is left of a message (`bytes` in all) behind what waits. Room was checked. */
  private queue(
    seq: number,
    slot: number,
    from: number,
    length: number,
    bytes: number,
    nowNs: number,
  ): void {
    if (this.tail + length > this.capacity) this.compact();
    const tx = this.stream.tx;
    const to = this.base + this.tail;
    for (let i = 0; i < length; i++) tx[to + i] = tx[from + i]!;
    this.tail += length;
    const at = (this.first + this.count) & (WAITING_MAX - 1);
    const e = at * ENTRY_WORDS;
    this.entries[e + E_END] = this.tail;
    this.entries[e + E_SEQ] = seq;
    this.entries[e + E_SLOT] = slot | 0;
    this.entries[e + E_BYTES] = bytes;
    this.count++;
    this.gates[at] = this.journal.position();
    this.bursts[2 * at] = this.burstNs;
    this.bursts[2 * at + 1] = this.burstRxNs;
    if (this.always) return;
    this.blocked = true;
    this.counters[FIX_DEFERRED]!++;
    if (!this.records.deferred(seq, slot, length, nowNs)) this.journalFull(false);
  }

  private compact(): void {
    const head = this.head;
    this.stream.tx.copyWithin(this.base, this.base + head, this.base + this.tail);
    for (let i = 0; i < this.count; i++) {
      const e = ((this.first + i) & (WAITING_MAX - 1)) * ENTRY_WORDS;
      this.entries[e + E_END]! -= head;
    }
    this.tail -= head;
    this.head = 0;
  }

  /** End of the last waiting message whose journal record is on disk. */
  private durableEnd(): number {
    let end = this.head;
    for (let i = 0; i < this.count; i++) {
      const at = (this.first + i) & (WAITING_MAX - 1);
      if (!this.journal.isDurable(this.gates[at]!)) break;
      end = this.entries[at * ENTRY_WORDS + E_END]!;
    }
    return end;
  }
}
