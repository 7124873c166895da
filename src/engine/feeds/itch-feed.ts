/** ITCH 5.0 over MoldUDP64. */
import { Books } from "../../book/books.ts";
import { ItchDecoder } from "../../feed/itch/itch.ts";
import { moldUdp64 } from "../../feed/itch/moldudp64.ts";
import { type Feed, type FeedParts, sequencing, wildcardOf } from "./parts.ts";

export function makeItchFeed(p: FeedParts): Feed {
  const { market, counters } = p;
  const books = new Books({
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
  const decoder = new ItchDecoder({ sink: books, counters });
  return { books, handler: moldUdp64({ ...sequencing(p), decoder }) };
}
