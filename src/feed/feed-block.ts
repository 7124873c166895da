/** One hp_feed (hairpin.h) as typed arrays: the engine writes, control and the CLI read. */
import {
  HP_FEED__DUPLICATES_D,
  HP_FEED__GAP_FROM_D,
  HP_FEED__GAP_SEQ_W,
  HP_FEED__GAP_TO_D,
  HP_FEED__GAPS_D,
  HP_FEED__LAST_NS_D,
  HP_FEED__LOST_D,
  HP_FEED__MESSAGES_D,
  HP_FEED__NEXT_SEQ_D,
  HP_FEED__PACKETS_A_D,
  HP_FEED__PACKETS_B_D,
  HP_FEED__RECOVERED_D,
  HP_FEED__SESSION,
  HP_FEED__STALE_NS_D,
  HP_FEED__STATE_W,
  HP_FEED_SIZE,
} from "../ffi/layout.ts";

export interface FeedBlock {
  readonly words: Uint32Array;
  readonly doubles: Float64Array;
  readonly bytes: Uint8Array;
}

/** words[...] */
export const BLOCK_STATE = HP_FEED__STATE_W;
export const BLOCK_GAP_SEQ = HP_FEED__GAP_SEQ_W;
/** doubles[...] */
export const BLOCK_GAP_FROM = HP_FEED__GAP_FROM_D;
export const BLOCK_GAP_TO = HP_FEED__GAP_TO_D;
export const BLOCK_NEXT_SEQ = HP_FEED__NEXT_SEQ_D;
export const BLOCK_MESSAGES = HP_FEED__MESSAGES_D;
export const BLOCK_GAPS = HP_FEED__GAPS_D;
export const BLOCK_RECOVERED = HP_FEED__RECOVERED_D;
export const BLOCK_LOST = HP_FEED__LOST_D;
export const BLOCK_STALE_NS = HP_FEED__STALE_NS_D;
export const BLOCK_PACKETS_A = HP_FEED__PACKETS_A_D;
export const BLOCK_PACKETS_B = HP_FEED__PACKETS_B_D;
export const BLOCK_DUPLICATES = HP_FEED__DUPLICATES_D;
export const BLOCK_LAST_NS = HP_FEED__LAST_NS_D;
/** bytes[...], SESSION_BYTES of them */
export const BLOCK_SESSION = HP_FEED__SESSION;

/** The block that starts at `byteOffset` (a multiple of 8) of a mapped segment. */
export function feedBlockAt(buffer: ArrayBuffer, byteOffset: number): FeedBlock {
  return {
    words: new Uint32Array(buffer, byteOffset, HP_FEED_SIZE / 4),
    doubles: new Float64Array(buffer, byteOffset, HP_FEED_SIZE / 8),
    bytes: new Uint8Array(buffer, byteOffset, HP_FEED_SIZE),
  };
}

/** A block that nobody else sees: the shadow, replay, tests. */
export function heapFeedBlock(): FeedBlock {
  return feedBlockAt(new ArrayBuffer(HP_FEED_SIZE), 0);
}
