/** One channel of CME MDP 3.0: books heal by snapshots, and by what comes. */
import { readFileSync } from "node:fs";
import { Mdp3Books } from "../../book/mdp3-books.ts";
import type { Mdp3Wildcard } from "../../book/mdp3-options.ts";
import { Mdp3Decoder } from "../../feed/mdp3/mdp3.ts";
import { Mdp3Feed, type Mdp3Role } from "../../feed/mdp3/mdp3-feed.ts";
import { MessagePlans } from "../../feed/mdp3/message-plans.ts";
import { readSbeSchema } from "../../feed/mdp3/sbe-schema.ts";
import { builtInSchema } from "../../feed/mdp3/templates.ts";
import { type Feed, type FeedParts, sequencing, wildcardOf } from "./parts.ts";

export function makeMdp3Feed(p: FeedParts): Feed {
  const { market, counters, feed } = p;
  // The packets of warm-up are those of the built-in schema, whatever the feed's.
  const templates = p.isShadow ? "" : feed.mdp3!.templates;
  const schema =
    templates === "" ? builtInSchema() : readSbeSchema(readFileSync(templates, "utf8"), templates);
  const books = new Mdp3Books({
    feed: p.index,
    instruments: p.instruments,
    exponents: new MessagePlans(schema).exponents,
    ...definedOnly(p),
    columns: market.columns,
    events: market,
    counters,
  });
  const decoder = new Mdp3Decoder({ schema, sink: books, counters });
  const roles = feed.lines.map((line) => (line.role ?? "live") as Mdp3Role);
  return { books, handler: new Mdp3Feed({ ...sequencing(p), roles, decoder }) };
}

/** "*": what a definition names and the config does not, market data alone. */
function definedOnly(p: FeedParts): { wildcard?: Mdp3Wildcard } {
  const { wildcard } = wildcardOf(p);
  return wildcard === undefined ? {} : { wildcard: ({ symbol }) => wildcard(symbol) };
}
