/** One line of OPRA: nobody is asked for what is missing; a series is whole again at its next quote. */
import { BboBooks } from "../../book/bbo-books.ts";
import { BlockFraming } from "../../feed/opra/block-framing.ts";
import { OpraDecoder } from "../../feed/opra/opra.ts";
import { Sequencer } from "../../feed/sequencer.ts";
import { type Feed, type FeedParts, sequencing, wildcardOf } from "./parts.ts";

export function makeOpraFeed(p: FeedParts): Feed {
  const { market, counters } = p;
  const books = new BboBooks({
    feed: p.index,
    instruments: p.instruments,
    ...wildcardOf(p),
    columns: market.columns,
    events: market,
    counters,
  });
  const decoder = new OpraDecoder({ sink: books, counters });
  const framing = new BlockFraming({ decoder, counters });
  const options = { ...sequencing(p), onHole: "skip" as const, framing, decoder };
  return { books, handler: new Sequencer(options) };
}
