import type { FeedBlock } from "./feed-block.ts";
import type { FeedEvents } from "./feed-events.ts";
import type { Framing } from "./framing.ts";
import type { MessageDecoder } from "./message-decoder.ts";

export interface SequencerOptions {
  /** Feed index, handed back in events. */
  index: number;
  /** Lines 0..lineCount-1 are live; packets of higher lines answer requests (SLICE_LINE: snapshots). */
  lineCount: number;
  /** Packets held while an earlier one may still come, and the same bound in time. */
  windowPackets: number;
  windowNs: number;
  /** Packets held once a gap is open: until a snapshot or an answer is there. Default windowPackets. */
  holdPackets?: number;
  /** Held packets applied in one go; the rest follows at the next packet or poll. Default 512. */
  drainFrames?: number;
  /** Silence of all live lines, heartbeats included, after which the feed is stale. */
  staleNs: number;
  /**
   * A hole that no line fills. "request" (default): a gap, asked for until it is filled. "skip": nobody
   * can be asked; the decoder is told of the loss (onLoss) and the feed goes on behind it.
   */
  onHole?: "request" | "skip";
  /** A snapshot can be had: asked for when the decoder has doubts, and when silence may hide a restart. */
  hasSnapshot?: boolean;
  /** Without progress for so long, the request is published again. */
  requestTimeoutNs: number;
  /** Fruitless requests before FEED_LOST; 0 = there is no server to ask. Default 20. */
  giveUpRequests?: number;
  /** Longest frame the window holds. */
  slotBytes: number;
  /**
   * "recover" (default): from sequence 1. "live": from the first packet, FEED_LOST unless it is 1. A
   * feed that skips holes begins with the first packet and tells the decoder of what was before.
   */
  join?: "recover" | "live";
  framing: Framing;
  /** Flushed at the end of each datagram; told of losses; takes the messages of snapshots. */
  decoder: MessageDecoder;
  events: FeedEvents;
  /** hp_engine.counters */
  counters: Float64Array;
  block: FeedBlock;
}
