/** What every feed of lines is built from, and what it gives. */
import type { FeedBooks } from "../../book/feed-books.ts";
import type { InstrumentDefinition, Instruments } from "../../book/instruments.ts";
import type { FeedBlock } from "../../feed/feed-block.ts";
import type { PacketFeed } from "../../feed/feed-handler.ts";
import type { SequencerOptions } from "../../feed/sequencer-options.ts";
import type { Market } from "../market.ts";
import type { FeedOptions } from "../options.ts";

export interface FeedParts {
  feed: FeedOptions;
  index: number;
  instruments: Instruments;
  market: Market;
  maxOrders: number;
  maxLevels: number;
  /** Longest frame that is held. */
  slotBytes: number;
  counters: Float64Array;
  block: FeedBlock;
  isShadow: boolean;
}

export interface Feed {
  books: FeedBooks;
  handler: PacketFeed;
}

/** Of the sequencer: everything but framing and decoder. */
export function sequencing(p: FeedParts): Omit<SequencerOptions, "framing" | "decoder"> {
  const { feed } = p;
  return {
    index: p.index,
    lineCount: feed.lines.filter((line) => (line.role ?? "live") === "live").length,
    windowPackets: feed.windowPackets,
    ...(feed.recovers && feed.holdPackets !== undefined ? { holdPackets: feed.holdPackets } : {}),
    hasSnapshot: feed.hasSnapshot ?? false,
    windowNs: feed.windowNs,
    staleNs: feed.staleNs,
    requestTimeoutNs: feed.requestTimeoutNs,
    giveUpRequests: feed.recovers ? Math.max(1, feed.requestRetries) : 0,
    slotBytes: p.slotBytes,
    join: feed.join,
    events: p.market,
    counters: p.counters,
    block: p.block,
  };
}

/** Of books: what "*" may bring, unless it is the shadow's feed. */
export function wildcardOf(p: FeedParts): {
  wildcard?: (symbol: string) => InstrumentDefinition;
} {
  if (!p.feed.subscribeAll || p.isShadow) return {};
  return { wildcard: (symbol) => watchOnly(symbol, p.index) };
}

/** An instrument that "*" brought and the config does not name: market data, no orders. */
function watchOnly(symbol: string, feed: number): InstrumentDefinition {
  return {
    symbol,
    feedSymbol: symbol,
    feed,
    session: -1,
    orderSymbol: symbol,
    orderTags: {},
    priceUnit: 0.0001,
    ticks: [{ from: 0, tick: 0.0001 }],
    lot: 1,
    multiplier: 1,
    currency: "USD",
    makerFee: 0,
    takerFee: 0,
    position: 0,
    positionPrice: 0,
  };
}
