// @hot
/**
 * MDP 3.0 packets: one packet is one frame and one sequence number. Its messages are numbered by
 * nobody: a packet is applied whole or not at all.
 */
import { FEED_BAD_BLOCK, FEED_BAD_HEADER, FEED_BAD_SEQUENCE } from "../counters.ts";
import { FRAME_DATA, type Framing } from "../framing.ts";
import type { Mdp3Decoder } from "./mdp3.ts";
import { MESSAGE_HEADER_BYTES, PACKET_HEADER_BYTES } from "./mdp3-fields.ts";

/** True when the messages of a packet fill it exactly; else FEED_BAD_BLOCK is counted. */
export function isWellFormedPacket(
  view: DataView,
  offset: number,
  length: number,
  counters: Float64Array,
): boolean {
  const stop = offset + length;
  let at = offset + PACKET_HEADER_BYTES;
  while (at + MESSAGE_HEADER_BYTES <= stop) {
    const size = view.getUint16(at, true);
    if (size < MESSAGE_HEADER_BYTES) break;
    at += size;
  }
  if (at === stop) return true;
  counters[FEED_BAD_BLOCK]! += 1;
  return false;
}

/** What packets are handed to. */
export type PacketSink = Pick<Mdp3Decoder, "packet" | "decode">;

export class PacketFraming implements Framing {
  readonly kind: number = FRAME_DATA;
  seq = 0;
  end = 0;
  size = 0;
  readonly session0 = 0;
  readonly session1 = 0;
  readonly session2 = 0;
  readonly namesSessions = false;
  readonly isResent = false;
  private readonly decoder: PacketSink;
  private readonly counters: Float64Array;

  constructor(decoder: PacketSink, counters: Float64Array) {
    this.decoder = decoder;
    this.counters = counters;
  }

  read(view: DataView, _bytes: Uint8Array, offset: number, length: number): boolean {
    if (length < PACKET_HEADER_BYTES) {
      this.counters[FEED_BAD_HEADER]! += 1;
      return false;
    }
    const seq = view.getUint32(offset, true);
    if (seq === 0) {
      this.counters[FEED_BAD_SEQUENCE]! += 1;
      return false;
    }
    this.seq = seq;
    this.end = seq + 1;
    this.size = length;
    return true;
  }

  isWellFormed(view: DataView, _bytes: Uint8Array, offset: number, length: number): boolean {
    return isWellFormedPacket(view, offset, length, this.counters);
  }

  apply(view: DataView, bytes: Uint8Array, offset: number, length: number, skip: number): void {
    if (skip > 0) return;
    this.decoder.packet(view.getUint32(offset, true));
    applyMessages(this.decoder, view, bytes, offset, length);
  }
}

/** Hands the messages of a well-formed packet to the decoder. */
export function applyMessages(
  decoder: Pick<Mdp3Decoder, "decode">,
  view: DataView,
  bytes: Uint8Array,
  offset: number,
  length: number,
): void {
  const stop = offset + length;
  let at = offset + PACKET_HEADER_BYTES;
  while (at < stop) {
    const size = view.getUint16(at, true);
    decoder.decode(view, bytes, at, size);
    at += size;
  }
}
