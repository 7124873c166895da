/** IEX DEEP 1.0 or TOPS 1.6 over IEX-TP: nobody is asked for what is missing. */
import { IexBooks } from "../../book/iex-books.ts";
import { IexDecoder } from "../../feed/iex/iex.ts";
import { IexTpFraming } from "../../feed/iex/iextp-framing.ts";
import { Sequencer } from "../../feed/sequencer.ts";
import { type Feed, type FeedParts, sequencing, wildcardOf } from "./parts.ts";

export function makeIexFeed(p: FeedParts): Feed {
  const { market, counters } = p;
  const protocol = p.feed.protocol === "tops" ? "tops" : "deep";
  const books = new IexBooks({
    protocol,
    feed: p.index,
    instruments: p.instruments,
    maxLevels: p.maxLevels,
    ...wildcardOf(p),
    extendedHours: p.feed.extendedHours,
    columns: market.columns,
    events: market,
    counters,
  });
  const decoder = new IexDecoder({ feed: protocol, sink: books, counters });
  const framing = new IexTpFraming({ feed: protocol, decoder, counters });
  const options = { ...sequencing(p), onHole: "skip" as const, framing, decoder };
  return { books, handler: new Sequencer(options) };
}
