import type { FeedBlock as ControlFeedBlock } from "../core/control-block.ts";
import type { FeedBlock } from "../feed/feed-block.ts";
import { feedBlockAt } from "../feed/feed-block.ts";

/** One hp_feed of the control segment, as the feed handler writes it. */
export function feedBlockOf(block: ControlFeedBlock): FeedBlock {
  return feedBlockAt(block.words.buffer as ArrayBuffer, block.words.byteOffset);
}
