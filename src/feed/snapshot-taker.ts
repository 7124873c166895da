// @hot
/** The slices of a snapshot (slices.ts), handed to the decoder as they come. */
import { FEED_BAD_BLOCK, FEED_OLD_SESSION, FEED_RECOVERED } from "./counters.ts";
import { BLOCK_SESSION, type FeedBlock } from "./feed-block.ts";
import type { MessageDecoder } from "./message-decoder.ts";
import {
  SLICE_ABANDON,
  SLICE_BEGIN,
  SLICE_END,
  SLICE_HEADER_BYTES,
  SLICE_KIND,
  SLICE_MESSAGES,
  SLICE_SEQUENCE,
  SLICE_SESSION,
} from "./slices.ts";

const SESSION_BYTES = 10;

/** Nothing, or more of it. */
export const TAKEN_ON = 0;
/** A snapshot begins: the books must be cleared before the next slice. */
export const TAKEN_BEGIN = 1;
/** It is whole; live messages go on at `endSeq`. */
export const TAKEN_END = 2;
/** It ends unfinished. */
export const TAKEN_ABANDON = 3;

/**
 * Sequence numbers that a snapshot may be ahead of what the lines have brought: at the start, packets of
 * the whole warm-up wait in the sockets.
 */
export const SNAPSHOT_LEAD_MAX = 65_536;

export class SnapshotTaker {
  isUnderWay = false;
  endSeq = 0;
  private readonly decoder: MessageDecoder;
  private readonly block: FeedBlock;
  private readonly counters: Float64Array;

  constructor(decoder: MessageDecoder, block: FeedBlock, counters: Float64Array) {
    this.decoder = decoder;
    this.block = block;
    this.counters = counters;
  }

  /** One slice. `wantedSeq`: one past what the lines have brought, 0 = no gap is open. TAKEN_*. */
  take(
    view: DataView,
    bytes: Uint8Array,
    offset: number,
    length: number,
    wantedSeq: number,
  ): number {
    if (length < SLICE_HEADER_BYTES) return TAKEN_ON;
    const kind = bytes[offset + SLICE_KIND]!;
    if (kind === SLICE_BEGIN) {
      if (wantedSeq === 0) return TAKEN_ON;
      if (!this.isOfSession(bytes, offset + SLICE_SESSION)) {
        this.counters[FEED_OLD_SESSION]! += 1;
        return TAKEN_ON;
      }
      this.isUnderWay = true;
      return TAKEN_BEGIN;
    }
    if (!this.isUnderWay) return TAKEN_ON;
    if (kind === SLICE_MESSAGES) {
      this.messages(view, bytes, offset + SLICE_HEADER_BYTES, offset + length);
      return TAKEN_ON;
    }
    if (kind !== SLICE_END && kind !== SLICE_ABANDON) return TAKEN_ON;
    this.isUnderWay = false;
    this.endSeq = view.getFloat64(offset + SLICE_SEQUENCE, true);
    // Far ahead of every line, it is of another session.
    const isOurs = this.endSeq >= 1 && this.endSeq - wantedSeq <= SNAPSHOT_LEAD_MAX;
    return kind === SLICE_END && isOurs ? TAKEN_END : TAKEN_ABANDON;
  }

  private messages(view: DataView, bytes: Uint8Array, from: number, stop: number): void {
    let at = from;
    while (at + 2 <= stop) {
      const size = view.getUint16(at);
      if (at + 2 + size > stop) {
        this.counters[FEED_BAD_BLOCK]! += 1;
        return;
      }
      this.counters[FEED_RECOVERED]! += 1;
      this.decoder.decode(view, bytes, at + 2, size);
      at += 2 + size;
    }
  }

  private isOfSession(bytes: Uint8Array, at: number): boolean {
    for (let i = 0; i < SESSION_BYTES; i++) {
      if (bytes[at + i] !== this.block.bytes[BLOCK_SESSION + i]) return false;
    }
    return true;
  }
}
