import type { FeedBlock } from "./feed-block.ts";
import type { FeedEvents } from "./feed-events.ts";
import type { MessageDecoder } from "./message-decoder.ts";

export interface MoldUdp64Options {
  /** Feed index, handed back in events. */
  index: number;
  /** Lines 0..lineCount-1 are live; packets of higher lines are re-request answers. */
  lineCount: number;
  /** Packets held while an earlier one may still come, and the same bound in time. */
  windowPackets: number;
  windowNs: number;
  /** Silence of all live lines, heartbeats included, after which the feed is stale. */
  staleNs: number;
  /** Without progress for so long, the request is published again. */
  requestTimeoutNs: number;
  /** Fruitless requests before FEED_LOST; 0 = there is no server to ask. Default 20. */
  giveUpRequests?: number;
  /** Longest packet the window holds. */
  slotBytes: number;
  /** "recover" (default): from sequence 1. "live": from the first packet, FEED_LOST unless it is 1. */
  join?: "recover" | "live";
  decoder: MessageDecoder;
  events: FeedEvents;
  /** hp_engine.counters */
  counters: Float64Array;
  block: FeedBlock;
}
