/** The feed that the options name. */
import { ItchFeed } from "./itch-feed.ts";
import { Mdp3Feed } from "./mdp3-feed.ts";
import type { SimOptions } from "./options.ts";
import { PitchFeed } from "./pitch-feed.ts";
import type { PriceLevels } from "./price-levels.ts";
import type { FeedTransport, SimClock } from "./transport.ts";
import type { VenueFeed } from "./venue-feed.ts";

/** One side of a symbol's book. */
export type SideOf = (symbol: number, side: number) => PriceLevels;

export function makeFeed(
  options: SimOptions,
  clock: SimClock,
  transport: FeedTransport,
  sideOf: SideOf,
): VenueFeed {
  switch (options.protocol) {
    case "itch50":
      return new ItchFeed(options, clock, transport, sideOf);
    case "pitch":
      return new PitchFeed(options, clock, transport, sideOf);
    case "mdp3":
      return new Mdp3Feed(options, clock, transport, sideOf);
  }
}
