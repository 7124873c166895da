// @hot
/**
 * Bytes of the Stream into whole messages, in the receive arena:
 *
 *   | handled ... | head: whole messages, then the beginning of one :tail | free ..... | ahead.ts |
 */
import { HP_EAGAIN } from "../../ffi/layout.ts";
import type { Stream } from "../../net/stream.ts";
import { FRAME_MORE, frameBounds, readCheckSum, resync, TRAILER_BYTES } from "../codec/framing.ts";
import { TagIndex } from "../codec/tag-index.ts";
import {
  FIX_BAD_FIELDS,
  FIX_BYTES_IN,
  FIX_GARBLED,
  FIX_MESSAGES_IN,
  FIX_STALLED,
} from "../counters.ts";
import { AHEAD_BYTES_DEFAULT } from "./ahead.ts";
import type { SessionBlock } from "./block.ts";
import type { FixSessionOptions } from "./options.ts";

export class Receiver {
  /** The message that next() found. */
  readonly tags: TagIndex;
  /** True once the peer has closed or the socket failed; what had arrived is still handed out. */
  closed = false;
  /** Set by a garbled message; whoever cares clears it. */
  sawGarbled = false;
  private readonly stream: Stream;
  private readonly counters: Float64Array;
  private readonly block: SessionBlock;
  private readonly maxMessageBytes: number;
  private readonly stallNs: number;
  /** Bytes of the arena that are the receiver's. */
  private readonly size: number;
  private head = 0;
  private tail = 0;
  /** Since when the beginning of a message waits for its rest; -1 = it does not. */
  private partialNs = -1;

  constructor(o: FixSessionOptions, block: SessionBlock) {
    this.stream = o.stream;
    this.counters = o.counters;
    this.block = block;
    this.maxMessageBytes = o.maxMessageBytes ?? MESSAGE_BYTES_DEFAULT;
    this.stallNs = o.heartbeatS > 0 ? o.heartbeatS * 1e9 : STALL_NS;
    this.size = o.stream.rx.length - (o.aheadBytes ?? AHEAD_BYTES_DEFAULT);
    // The smallest field is two bytes, so that a message can't hold more than the index does.
    this.tags = new TagIndex(this.maxMessageBytes >> 1, o.dictionary.dataTags);
  }

  /** A new connection: nothing of the old one counts. */
  clear(): void {
    this.head = 0;
    this.tail = 0;
    this.partialNs = -1;
    this.closed = false;
    this.sawGarbled = false;
  }

  /** One recv into the free room, after making some. */
  receive(): void {
    const rx = this.stream.rx;
    if (this.head === this.tail) {
      this.head = 0;
      this.tail = 0;
    } else if (this.size - this.tail < this.maxMessageBytes) {
      rx.copyWithin(0, this.head, this.tail);
      this.tail -= this.head;
      this.head = 0;
    }
    const room = this.size - this.tail;
    if (room === 0) return;
    const n = this.stream.recv(this.tail, room);
    if (n > 0) {
      this.tail += n;
      this.counters[FIX_BYTES_IN]! += n;
    } else if (n < 0 && n !== HP_EAGAIN) this.closed = true;
  }

  /** Indexes the next whole message in `tags`; false when there is none. Garbled ones are skipped. */
  next(nowNs: number): boolean {
    const rx = this.stream.rx;
    while (this.head < this.tail) {
      const total = frameBounds(rx, this.head, this.tail, this.maxMessageBytes);
      if (total === FRAME_MORE) {
        this.waitForRest(nowNs);
        return false;
      }
      this.partialNs = -1;
      const from = this.head;
      this.head += total < 0 ? -total : total;
      if (total > 0 && this.isWhole(from, total)) {
        this.counters[FIX_MESSAGES_IN]!++;
        return true;
      }
      this.sawGarbled = true;
      this.counters[FIX_GARBLED]!++;
      this.block.garbled();
    }
    return false;
  }

  /** Indexes a message that was kept, rx[from .. from + length). */
  index(from: number, length: number): void {
    this.tags.parse(this.stream.rx, from, from + length);
  }

  private isWhole(from: number, total: number): boolean {
    const end = from + total;
    return (
      this.tags.parse(this.stream.rx, from, end) > 0 &&
      this.tags.checkSum === readCheckSum(this.stream.rx, end - TRAILER_BYTES) &&
      (this.tags.badField < 0 || this.isNumbered(this.tags.badField))
    );
  }

  /** A tag that is a number, if none that can be: 0 or below. Anything else makes a message garbled. */
  private isNumbered(field: number): boolean {
    this.counters[FIX_BAD_FIELDS]!++;
    const rx = this.stream.rx;
    let at = this.tags.offsetAt(field);
    if (rx[at] === 0x2d) at++;
    const first = at;
    while (rx[at]! >= 0x30 && rx[at]! <= 0x39) at++;
    return at > first && rx[at] === 0x3d;
  }

  /** A message that stopped in the middle hides what comes behind it: given up after a heartbeat. */
  private waitForRest(nowNs: number): void {
    if (this.partialNs < 0) this.partialNs = nowNs;
    else if (nowNs - this.partialNs > this.stallNs) {
      this.counters[FIX_STALLED]!++;
      this.counters[FIX_GARBLED]!++;
      this.block.garbled();
      this.partialNs = -1;
      this.head = resync(this.stream.rx, this.head, this.tail);
    }
  }
}

/** So long the rest of a message may take where there are no heartbeats. */
const STALL_NS = 10e9;
/** Bound on an inbound message unless the options say otherwise. */
export const MESSAGE_BYTES_DEFAULT = 16_384;
