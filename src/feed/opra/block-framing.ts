// @hot
/**
 * OPRA blocks (Pillar output 6.3.a, big-endian): a header of 21 bytes, then the messages, then a pad
 * byte when the block's length would be odd. A datagram is one block, and a block is one number.
 *
 *    0 version u8 = 6 | 1 block size u16 | 3 data feed 'O' | 4 retransmission ' ' or 'V'
 *    5 session u8 | 6 sequence u32 | 10 messages u8 | 11 seconds u32 | 15 ns u32 | 19 checksum u16
 *
 * Messages have no length field: each one's follows from its category and indicator. One of a
 * category that is not known ends what can be told of its block, which is refused whole.
 *
 * Reset (H, type K): the message has no body, so that the only number it can mean is that of its own
 * block. Sequences go on from there: the next block is one above it. It is alone in its block.
 *
 * Line integrity (H, type N) says about once a minute that a quiet line lives. Whether its block
 * takes a number of its own or repeats the last one is not in the layout, and both are taken: until
 * one has been seen to repeat the number of a block of messages it is a block as any other; from
 * then on it only tells how far the sequence has come.
 */
import {
  FEED_BAD_BLOCK,
  FEED_BAD_CHECKSUM,
  FEED_BAD_HEADER,
  FEED_BAD_SEQUENCE,
  FEED_TRAILING,
  FEED_UNKNOWN_TYPE,
} from "../counters.ts";
import { FRAME_DATA, FRAME_HEARTBEAT, FRAME_RESTART, type Framing } from "../framing.ts";
import type { MessageDecoder } from "../message-decoder.ts";
import { sumOfBytes } from "./block-sum.ts";
import { opraSizeAt } from "./opra.ts";

export const BLOCK_HEADER_BYTES = 21;
const VERSION = 6;
const DATA_FEED = 0x4f; // 'O'
const RETRANSMITTED = 0x56; // 'V'
/** Header and one control message. */
const CONTROL_BYTES = 33;
/** Category and type of a message that is alone: at 22 and 23 of the block. */
const RESET = 0x484b; // 'H', 'K'
const LINE_INTEGRITY = 0x484e; // 'H', 'N'

export interface BlockFramingOptions {
  decoder: MessageDecoder;
  /** hp_engine.counters */
  counters: Float64Array;
  /** False: checksums are not looked at. Default true. */
  verifyChecksum?: boolean;
}

export class BlockFraming implements Framing {
  kind = FRAME_DATA;
  seq = 0;
  end = 0;
  size = 0;
  readonly session0 = 0;
  readonly session1 = 0;
  readonly session2 = 0;
  readonly namesSessions = false;
  endsAt = 0;
  isResent = false;
  private readonly decoder: MessageDecoder;
  private readonly counters: Float64Array;
  private readonly verifies: boolean;
  /** Of the last block that brought messages. */
  private dataSeq = 0;
  /** Line integrity repeats the number of the block before. */
  private integrityRepeats = false;

  constructor(options: BlockFramingOptions) {
    this.decoder = options.decoder;
    this.counters = options.counters;
    this.verifies = options.verifyChecksum ?? true;
  }

  read(view: DataView, _bytes: Uint8Array, offset: number, length: number): boolean {
    if (length < BLOCK_HEADER_BYTES) {
      this.counters[FEED_BAD_HEADER]! += 1;
      return false;
    }
    if (view.getUint8(offset) !== VERSION || view.getUint8(offset + 3) !== DATA_FEED) {
      this.counters[FEED_BAD_HEADER]! += 1;
      return false;
    }
    const size = view.getUint16(offset + 1);
    if (size !== length) {
      this.counters[size > length ? FEED_BAD_BLOCK : FEED_TRAILING]! += 1;
      return false;
    }
    const seq = view.getUint32(offset + 6);
    this.size = size;
    this.isResent = view.getUint8(offset + 4) === RETRANSMITTED;
    this.kind = FRAME_DATA;
    this.seq = seq;
    this.end = seq + 1;
    if (view.getUint8(offset + 10) === 1 && length >= CONTROL_BYTES) {
      const what = view.getUint16(offset + 22);
      if (what === RESET && !this.isResent) return this.mark(FRAME_RESTART);
      if (what === LINE_INTEGRITY) return this.lineIntegrity(view, offset, length);
    }
    if (seq === 0) {
      this.counters[FEED_BAD_SEQUENCE]! += 1;
      return false;
    }
    this.dataSeq = seq;
    return true;
  }

  /** The sum is right, and the messages and the pad byte fill the block exactly. */
  isWellFormed(view: DataView, _bytes: Uint8Array, offset: number, length: number): boolean {
    if (this.verifies && !hasItsSum(view, offset, length)) {
      this.counters[FEED_BAD_CHECKSUM]! += 1;
      return false;
    }
    const stop = offset + length;
    let at = offset + BLOCK_HEADER_BYTES;
    for (let k = view.getUint8(offset + 10); k > 0; k--) {
      const size = opraSizeAt(view, at, stop - at);
      if (size === 0) {
        this.counters[stop - at < 12 ? FEED_BAD_BLOCK : FEED_UNKNOWN_TYPE]! += 1;
        return false;
      }
      at += size;
    }
    if (at === stop || (at + 1 === stop && (length & 1) === 0)) return true;
    this.counters[at > stop ? FEED_BAD_BLOCK : FEED_TRAILING]! += 1;
    return false;
  }

  /** A block has one number: there is nothing to skip. */
  apply(view: DataView, bytes: Uint8Array, offset: number, length: number, _skip: number): void {
    const decoder = this.decoder;
    const stop = offset + length;
    let at = offset + BLOCK_HEADER_BYTES;
    for (let k = view.getUint8(offset + 10); k > 0; k--) {
      const size = opraSizeAt(view, at, stop - at);
      decoder.decode(view, bytes, at, size);
      at += size;
    }
  }

  /** Nothing but the next number. */
  private mark(kind: number): boolean {
    this.kind = kind;
    this.seq = this.end;
    return true;
  }

  private lineIntegrity(view: DataView, offset: number, length: number): boolean {
    if (this.seq === this.dataSeq && !this.isResent) {
      this.integrityRepeats ||= !this.verifies || hasItsSum(view, offset, length);
    }
    return this.integrityRepeats ? this.mark(FRAME_HEARTBEAT) : true;
  }
}

export function hasItsSum(view: DataView, offset: number, length: number): boolean {
  const told = view.getUint16(offset + 19);
  const sum = sumOfBytes(view, offset, length) - (told >>> 8) - (told & 0xff);
  return (sum & 0xffff) === told;
}
