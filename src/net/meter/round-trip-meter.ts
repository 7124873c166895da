// @hot
/**
 * Sends stamped datagrams and takes them back, on one thread: send when it is time, poll, poll, ...
 * A datagram that does not come back holds nothing up.
 */
import { Histogram } from "../../core/histogram.ts";
import { HP_EAGAIN, HP_HIST_BUCKETS, HP_OK, HP_RX_TRUNCATED } from "../../ffi/layout.ts";
import type { Shim } from "../../ffi/shim.ts";
import {
  DESC_DOUBLES,
  DESC_FLAGS,
  DESC_LENGTH,
  DESC_OFFSET,
  DESC_RX_NS,
  DESC_WORDS,
} from "../desc.ts";
import type { Port } from "../port.ts";
import type { Transmitter } from "../transmitter.ts";
import { SequenceTally } from "./sequence-tally.ts";
import {
  MARK,
  SEQUENCE_END,
  STAMP_BYTES,
  STAMP_MARK,
  STAMP_RUN,
  STAMP_SENT_NS,
  STAMP_SEQUENCE,
} from "./stamp.ts";

/** Datagrams that a sender who is behind his rate makes up for; the rest of the delay is forgiven. */
const CATCH_UP_MAX = 64;

export interface MeterOptions {
  shim: Shim;
  rx: Port;
  tx: Transmitter;
  /** Of `tx`. */
  flow: number;
  /** Not zero = end, e.g. by a signal. */
  stop: Int32Array;
  /** HP_RX_STAMP_* that goes with the stamps of what is sent; 0 = nobody stamps what is sent. */
  wireFlags: number;
}

export class RoundTripMeter {
  readonly tally = new SequenceTally();
  /** From before the send to after the burst that had it, ns. */
  readonly software = new Histogram(new Uint32Array(HP_HIST_BUCKETS));
  /** From stamp to stamp, ns. */
  readonly wire = new Histogram(new Uint32Array(HP_HIST_BUCKETS));
  softwareMaxNs = 0;
  wireMaxNs = 0;
  wireCount = 0;
  sent = 0;
  /** Sends that found no room, each of which was tried again. */
  refused = 0;
  /** Cut short, or not of our length. */
  damaged = 0;
  /** To our group and port, but not of this run. */
  strangers = 0;
  /** HP_RX_* bits of all that came. */
  seenFlags = 0;
  /** Time of sending, ns. */
  sendingNs = 0;
  /** What ended it before its time: a status of either port, else HP_OK. */
  status = HP_OK;
  private readonly shim: Shim;
  private readonly rx: Port;
  private readonly tx: Transmitter;
  private readonly flow: number;
  private readonly stop: Int32Array;
  private readonly wireFlags: number;
  private run = 0;
  private bytes = STAMP_BYTES;
  /** Receive stamp of the newest datagram, while the stamp of its sending is waited for; else 0. */
  private wireRxNs = 0;
  private lastSentNs = 0;

  constructor(o: MeterOptions) {
    this.shim = o.shim;
    this.rx = o.rx;
    this.tx = o.tx;
    this.flow = o.flow;
    this.stop = o.stop;
    this.wireFlags = o.wireFlags;
  }

  /**
   * `bytes`: payload, from STAMP_BYTES; `intervalNs` between sends, 0 = as fast as it goes; waits at
   * most `drainNs` for the last ones. HP_OK, or the status of a port that failed.
   */
  measure(bytes: number, intervalNs: number, durationNs: number, drainNs: number): number {
    const shim = this.shim;
    this.begin(bytes);
    const start = shim.hp_clock_ns();
    const end = start + durationNs;
    let now = start;
    let next = start;
    while (now < end && this.status === HP_OK && Atomics.load(this.stop, 0) === 0) {
      if (now >= next && this.sent < SEQUENCE_END && this.send()) {
        next += intervalNs;
        if (now - next > CATCH_UP_MAX * intervalNs) next = now;
      }
      now = this.poll();
    }
    this.sendingNs = now - start;
    const drained = now + drainNs;
    while (now < drained && this.isWaiting()) now = this.poll();
    return this.status;
  }

  /** One poll, for the sake of the port; the time after it. */
  poll(): number {
    const n = this.rx.rxBurst();
    const now = this.shim.hp_clock_ns();
    if (n > 0) {
      for (let i = 0; i < n; i++) this.take(i, now);
      this.rx.rxRelease();
    } else if (n < 0) this.status = n;
    if (this.wireRxNs !== 0) this.takeWire();
    return now;
  }

  private begin(bytes: number): void {
    const view = this.tx.txView;
    this.tally.reset();
    this.software.buckets.fill(0);
    this.wire.buckets.fill(0);
    this.softwareMaxNs = 0;
    this.wireMaxNs = 0;
    this.wireCount = 0;
    this.sent = 0;
    this.refused = 0;
    this.damaged = 0;
    this.strangers = 0;
    this.status = HP_OK;
    this.wireRxNs = 0;
    this.bytes = bytes;
    // Told apart from an earlier program's by the clock; what is still under way is not of this run.
    this.run = this.run === 0 ? this.shim.hp_clock_ns() >>> 0 : (this.run + 1) >>> 0;
    view.setUint32(STAMP_MARK, MARK);
    view.setUint32(STAMP_RUN, this.run);
  }

  private isWaiting(): boolean {
    const isOver = this.status !== HP_OK || Atomics.load(this.stop, 0) !== 0;
    return !isOver && (this.tally.distinct + this.damaged < this.sent || this.wireRxNs !== 0);
  }

  /** False when there was no room. */
  private send(): boolean {
    const tx = this.tx;
    tx.txView.setUint32(STAMP_SEQUENCE, this.sent);
    tx.txView.setFloat64(STAMP_SENT_NS, this.shim.hp_clock_ns());
    const status = tx.send(this.flow, 0, this.bytes);
    if (status === HP_OK) {
      this.sent++;
      this.wireRxNs = 0;
      return true;
    }
    if (status === HP_EAGAIN) this.refused++;
    else this.status = status;
    return false;
  }

  private take(i: number, now: number): void {
    const rx = this.rx;
    const view = rx.view;
    const word = i * DESC_WORDS;
    const offset = rx.desc[word + DESC_OFFSET]!;
    const length = rx.desc[word + DESC_LENGTH]!;
    const flags = rx.desc[word + DESC_FLAGS]!;
    this.seenFlags |= flags;
    if (length < STAMP_BYTES || view.getUint32(offset + STAMP_MARK) !== MARK) {
      this.strangers++;
      return;
    }
    if (view.getUint32(offset + STAMP_RUN) !== this.run) {
      this.strangers++;
      return;
    }
    if (length !== this.bytes || (flags & HP_RX_TRUNCATED) !== 0) {
      this.damaged++;
      return;
    }
    const sequence = view.getUint32(offset + STAMP_SEQUENCE);
    if (sequence >= this.sent) {
      this.damaged++;
      return;
    }
    if (!this.tally.note(sequence)) return;
    const ns = now - view.getFloat64(offset + STAMP_SENT_NS);
    this.software.record(ns);
    if (ns > this.softwareMaxNs) this.softwareMaxNs = ns;
    if ((flags & this.wireFlags) !== 0 && sequence + 1 === this.sent)
      this.wireRxNs = rx.descTime[i * DESC_DOUBLES + DESC_RX_NS]!;
  }

  /** The stamp of what was sent may come later than what was sent. */
  private takeWire(): void {
    const sentNs = this.tx.sentNs();
    if (sentNs === 0 || sentNs === this.lastSentNs) return;
    const ns = this.wireRxNs - sentNs;
    this.lastSentNs = sentNs;
    this.wireRxNs = 0;
    // Below zero: two clocks that are not the same; it would say nothing.
    if (ns < 0) return;
    this.wireCount++;
    this.wire.record(ns);
    if (ns > this.wireMaxNs) this.wireMaxNs = ns;
  }
}
