// @hot
/**
 * Bytes of the Stream into SoupBinTCP packets, in the receive arena:
 *
 *   | handled ... | head: whole packets, then the beginning of one :tail | free |
 */

import { HP_EAGAIN } from "../ffi/layout.ts";
import { FIX_BYTES_IN, FIX_GARBLED, FIX_MESSAGES_IN } from "../fix/counters.ts";
import { SOUP_HEADER_BYTES } from "../net/soup/soup-packets.ts";
import { SOUP_FAULT, SOUP_PARTIAL, SoupSplitter } from "../net/soup/soup-splitter.ts";
import type { Stream } from "../net/stream.ts";

/** Longest payload that is believed: OUCH's own are below 200 bytes, debug text may be longer. */
export const PAYLOAD_MAX = 4096;

export class SoupReceiver {
  /** Of the packet that next() found: type, payload in the receive arena. */
  type = 0;
  at = 0;
  length = 0;
  /** True once the peer has closed or the socket failed; what had arrived is still handed out. */
  closed = false;
  /** True once a packet was none: the stream means nothing from there on. */
  lost = false;
  private readonly stream: Stream;
  private readonly counters: Float64Array;
  private readonly splitter = new SoupSplitter(PAYLOAD_MAX);
  private head = 0;
  private tail = 0;

  constructor(stream: Stream, counters: Float64Array) {
    this.stream = stream;
    this.counters = counters;
  }

  /** A new connection: nothing of the old one counts. */
  clear(): void {
    this.head = 0;
    this.tail = 0;
    this.closed = false;
    this.lost = false;
  }

  /** One recv into the free room, after making some. */
  receive(): void {
    const rx = this.stream.rx;
    if (this.head === this.tail) {
      this.head = 0;
      this.tail = 0;
    } else if (rx.length - this.tail < PAYLOAD_MAX + SOUP_HEADER_BYTES) {
      rx.copyWithin(0, this.head, this.tail);
      this.tail -= this.head;
      this.head = 0;
    }
    const room = rx.length - this.tail;
    if (room === 0) return;
    const n = this.stream.recv(this.tail, room);
    if (n > 0) {
      this.tail += n;
      this.counters[FIX_BYTES_IN]! += n;
    } else if (n < 0 && n !== HP_EAGAIN) this.closed = true;
  }

  /** Finds the next whole packet; false when there is none. */
  next(): boolean {
    if (this.lost) return false;
    const splitter = this.splitter;
    const type = splitter.next(this.stream.rx, this.head, this.tail);
    if (type === SOUP_PARTIAL) return false;
    if (type === SOUP_FAULT) {
      this.counters[FIX_GARBLED]!++;
      this.lost = true;
      return false;
    }
    this.counters[FIX_MESSAGES_IN]!++;
    this.type = type;
    this.at = splitter.payloadAt;
    this.length = splitter.payloadLength;
    this.head = splitter.end;
    return true;
  }
}
