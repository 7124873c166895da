/** A feed of lines: books, decoder, framing and sequencer of its protocol. */
import { makeItchFeed } from "./itch-feed.ts";
import type { Feed, FeedParts } from "./parts.ts";

const MAKERS = {
  itch50: makeItchFeed,
};

export function makeLineFeed(p: FeedParts): Feed {
  const protocol = p.feed.protocol ?? "itch50";
  if (!(protocol in MAKERS))
    throw new Error(`feed ${p.feed.name}: protocol ${protocol} is not there`);
  return MAKERS[protocol as keyof typeof MAKERS](p);
}
