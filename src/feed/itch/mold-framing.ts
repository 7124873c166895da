// @hot
/**
 * MoldUDP64 1.00 (big-endian): header 20 B = session char[10], sequence u64 of the first message,
 * count u16; then `count` blocks of length u16 + bytes. count 0 = heartbeat, 0xFFFF = end of session.
 */
import {
  FEED_BAD_BLOCK,
  FEED_BAD_HEADER,
  FEED_BAD_SEQUENCE,
  FEED_TRAILING,
  FEED_ZERO_BLOCKS,
} from "../counters.ts";
import { FRAME_DATA, FRAME_END, FRAME_HEARTBEAT, type Framing } from "../framing.ts";
import { AHEAD_MESSAGES_MIN, type MessageDecoder } from "../message-decoder.ts";

export const MOLD_HEADER_BYTES = 20;
export const MOLD_SEQUENCE = 10;
export const MOLD_COUNT = 18;
export const MOLD_SESSION_BYTES = 10;
/** count of an end-of-session packet; a heartbeat's is 0. */
export const MOLD_END_OF_SESSION = 0xffff;

const WORD = 4294967296;
/** 2^53 in units of 2^32. */
const WORDS_MAX = 0x200000;

export class MoldFraming implements Framing {
  kind = FRAME_DATA;
  seq = 0;
  end = 0;
  size = 0;
  session0 = 0;
  session1 = 0;
  session2 = 0;
  readonly namesSessions = true;
  endsAt = 0;
  readonly isResent = false;
  private readonly decoder: MessageDecoder;
  private readonly counters: Float64Array;

  constructor(decoder: MessageDecoder, counters: Float64Array) {
    this.decoder = decoder;
    this.counters = counters;
  }

  /** A datagram is one frame. */
  read(view: DataView, _bytes: Uint8Array, offset: number, length: number): boolean {
    if (length < MOLD_HEADER_BYTES) {
      this.counters[FEED_BAD_HEADER]! += 1;
      return false;
    }
    const high = view.getUint32(offset + MOLD_SEQUENCE);
    const seq = high * WORD + view.getUint32(offset + MOLD_SEQUENCE + 4);
    if (high >= WORDS_MAX || seq === 0) {
      this.counters[FEED_BAD_SEQUENCE]! += 1;
      return false;
    }
    const count = view.getUint16(offset + MOLD_COUNT);
    this.size = length;
    this.seq = seq;
    this.end = seq;
    if (count === 0) this.kind = FRAME_HEARTBEAT;
    else if (count === MOLD_END_OF_SESSION) this.kind = FRAME_END;
    else {
      this.kind = FRAME_DATA;
      this.end = seq + count;
    }
    this.session0 = view.getInt32(offset);
    this.session1 = view.getInt32(offset + 4);
    this.session2 = view.getUint16(offset + 8);
    return true;
  }

  /** Every block lies inside the packet and nothing is left over. */
  isWellFormed(view: DataView, _bytes: Uint8Array, offset: number, length: number): boolean {
    const stop = offset + length;
    let at = offset + MOLD_HEADER_BYTES;
    for (let k = this.end - this.seq; k > 0; k--) {
      if (at + 2 > stop) {
        this.counters[FEED_BAD_BLOCK]! += 1;
        return false;
      }
      at += 2 + view.getUint16(at);
    }
    if (at === stop) return true;
    this.counters[at > stop ? FEED_BAD_BLOCK : FEED_TRAILING]! += 1;
    return false;
  }

  apply(view: DataView, bytes: Uint8Array, offset: number, _length: number, skip: number): void {
    const decoder = this.decoder;
    const count = view.getUint16(offset + MOLD_COUNT);
    let at = offset + MOLD_HEADER_BYTES;
    let left = skip;
    if (count - skip >= AHEAD_MESSAGES_MIN) decoder.readAhead?.(view, bytes, at, count);
    for (let k = count; k > 0; k--) {
      const size = view.getUint16(at);
      if (left > 0) left--;
      else if (size === 0) this.counters[FEED_ZERO_BLOCKS]! += 1;
      else decoder.decode(view, bytes, at + 2, size);
      at += 2 + size;
    }
  }
}
