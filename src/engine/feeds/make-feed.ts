/** A feed of lines: books, decoder, framing and sequencer of its protocol. */
import { makeIexFeed } from "./iex-feed.ts";
import { makeItchFeed } from "./itch-feed.ts";
import { makeMdp3Feed } from "./mdp3-feed.ts";
import { makeOpraFeed } from "./opra-feed.ts";
import type { Feed, FeedParts } from "./parts.ts";
import { makePitchFeed } from "./pitch-feed.ts";

const MAKERS = {
  itch50: makeItchFeed,
  pitch: makePitchFeed,
  mdp3: makeMdp3Feed,
  opra: makeOpraFeed,
  deep: makeIexFeed,
  tops: makeIexFeed,
};

export function makeLineFeed(p: FeedParts): Feed {
  const protocol = p.feed.protocol ?? "itch50";
  if (!(protocol in MAKERS))
    throw new Error(`feed ${p.feed.name}: protocol ${protocol} is not there`);
  return MAKERS[protocol as keyof typeof MAKERS](p);
}
