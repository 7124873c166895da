// @hot
/**
 * Sequenced unit header of Cboe Multicast PITCH (little-endian), one or several in a datagram:
 *
 *   0 length u16, with these 8 bytes   2 count u8   3 unit u8   4 sequence u32 of the first message
 *   8 messages: length u8 (counts itself), type u8, ...
 *
 * Each message takes one sequence number. count 0 = heartbeat with the next one; sequence 0 = not
 * numbered. Units are sequence spaces of their own: a feed is one of them.
 */
import { FEED_BAD_BLOCK, FEED_BAD_HEADER, FEED_FILTERED, FEED_TRAILING } from "../counters.ts";
import { FRAME_DATA, FRAME_HEARTBEAT, FRAME_UNNUMBERED, type Framing } from "../framing.ts";
import { AHEAD_MESSAGES_MIN } from "../message-decoder.ts";
import type { PitchDecoder } from "./pitch.ts";

export interface UnitFramingOptions {
  /** The feed's unit; headers of others are passed over. 0 = any. */
  unit: number;
  decoder: Pick<PitchDecoder, "decode" | "readAhead">;
  /** hp_engine.counters */
  counters: Float64Array;
}

export const UNIT_HEADER_BYTES = 8;
export const UNIT_COUNT = 2;
export const UNIT_NUMBER = 3;
export const UNIT_SEQUENCE = 4;
/** Length and type bytes. */
const MESSAGE_BYTES_MIN = 2;
const END_OF_SESSION = 0x2d;
const END_OF_SESSION_BYTES = 6;

export class UnitFraming implements Framing {
  kind = FRAME_UNNUMBERED;
  seq = 0;
  end = 0;
  size = 0;
  readonly session0 = 0;
  readonly session1 = 0;
  readonly session2 = 0;
  readonly namesSessions = false;
  /**
   * One past the end-of-session message (0x2D) that was applied last, 0 = none yet. Whoever has
   * dealt with it, or begins a session, sets it to 0.
   */
  endsAt = 0;
  private readonly unit: number;
  private readonly decoder: UnitFramingOptions["decoder"];
  private readonly counters: Float64Array;

  constructor(options: UnitFramingOptions) {
    this.unit = options.unit;
    this.decoder = options.decoder;
    this.counters = options.counters;
  }

  read(view: DataView, bytes: Uint8Array, offset: number, length: number): boolean {
    if (length < UNIT_HEADER_BYTES) {
      this.counters[FEED_BAD_HEADER]! += 1;
      return false;
    }
    const size = view.getUint16(offset, true);
    if (size < UNIT_HEADER_BYTES || size > length) {
      this.counters[size < UNIT_HEADER_BYTES ? FEED_BAD_HEADER : FEED_BAD_BLOCK]! += 1;
      return false;
    }
    const count = bytes[offset + UNIT_COUNT]!;
    const seq = view.getUint32(offset + UNIT_SEQUENCE, true);
    this.size = size;
    this.seq = seq;
    this.end = seq + count;
    if (this.unit !== 0 && bytes[offset + UNIT_NUMBER] !== this.unit) {
      // Not of this feed, but what comes behind it may be. A heartbeat counts as one message.
      this.counters[FEED_FILTERED]! += count === 0 ? 1 : count;
      this.kind = FRAME_UNNUMBERED;
    } else if (seq === 0) this.kind = FRAME_UNNUMBERED;
    else this.kind = count === 0 ? FRAME_HEARTBEAT : FRAME_DATA;
    return true;
  }

  isWellFormed(_view: DataView, bytes: Uint8Array, offset: number, length: number): boolean {
    const stop = offset + length;
    let at = offset + UNIT_HEADER_BYTES;
    for (let left = bytes[offset + UNIT_COUNT]!; left > 0; left--) {
      if (at + MESSAGE_BYTES_MIN > stop || bytes[at]! < MESSAGE_BYTES_MIN) {
        this.counters[FEED_BAD_BLOCK]! += 1;
        return false;
      }
      at += bytes[at]!;
    }
    if (at === stop) return true;
    this.counters[at > stop ? FEED_BAD_BLOCK : FEED_TRAILING]! += 1;
    return false;
  }

  apply(view: DataView, bytes: Uint8Array, offset: number, _length: number, skip: number): void {
    const decoder = this.decoder;
    const count = bytes[offset + UNIT_COUNT]!;
    let at = offset + UNIT_HEADER_BYTES;
    for (let s = skip; s > 0; s--) at += bytes[at]!;
    if (count - skip >= AHEAD_MESSAGES_MIN) decoder.readAhead(view, bytes, at, count - skip);
    for (let s = skip; s < count; s++) {
      const size = bytes[at]!;
      if (bytes[at + 1] === END_OF_SESSION && size === END_OF_SESSION_BYTES) {
        this.endsAt = view.getUint32(offset + UNIT_SEQUENCE, true) + s + 1;
      }
      decoder.decode(view, bytes, at, size);
      at += size;
    }
  }
}
