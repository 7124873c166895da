/** One unit of Cboe Multicast PITCH. */
import { PitchBooks } from "../../book/pitch-books.ts";
import { PitchDecoder } from "../../feed/pitch/pitch.ts";
import { UnitFraming } from "../../feed/pitch/unit-framing.ts";
import { Sequencer } from "../../feed/sequencer.ts";
import { type Feed, type FeedParts, sequencing, wildcardOf } from "./parts.ts";

export function makePitchFeed(p: FeedParts): Feed {
  const { market, counters } = p;
  const { unit } = p.feed.pitch!;
  // The packets of warm-up are of this edition, whatever the feed's.
  const edition = p.isShadow ? "us-equities" : p.feed.pitch!.edition;
  const books = new PitchBooks({
    feed: p.index,
    instruments: p.instruments,
    maxOrders: p.maxOrders,
    maxLevels: p.maxLevels,
    ...wildcardOf(p),
    isPartial: p.feed.join === "live",
    extendedHours: p.feed.extendedHours,
    columns: market.columns,
    events: market,
    counters,
  });
  const decoder = new PitchDecoder({ sink: books, edition, counters });
  const framing = new UnitFraming({ unit, decoder, counters });
  return { books, handler: new Sequencer({ ...sequencing(p), framing, decoder }) };
}
