/** The parts of a path for a feed of FIX market data: books, application, and the session it comes by. */
import type { Instruments } from "../book/instruments.ts";
import { LevelBooks } from "../book/level-books.ts";
import type { FeedBlock } from "../feed/feed-block.ts";
import { FixMarketData } from "../fix/market-data/application.ts";
import { requestBytes } from "../fix/market-data/requests.ts";
import { SessionSender } from "../fix/market-data/session-sender.ts";
import type { FixSessionOptions } from "../fix/session/options.ts";
import { FixSession } from "../fix/session/session.ts";
import type { Market } from "./market.ts";
import type { FeedOptions } from "./options.ts";

/**
 * Bound on an inbound message, the most that a config allows for any session: a snapshot of more than
 * a thousand levels.
 */
const MESSAGE_BYTES = 64 * 1024;
/** Header and trailer of a request. */
const ENVELOPE_BYTES = 512;
const REQUEST_BYTES_MIN = 4096;

export interface MarketDataParts {
  feed: FeedOptions;
  index: number;
  instruments: Instruments;
  market: Market;
  maxOrders: number;
  maxLevels: number;
  counters: Float64Array;
  block: FeedBlock;
  idPrefix: string;
  epoch: number;
  onNotice?: (sentence: string) => void;
}

export interface MarketDataFeed {
  books: LevelBooks;
  handler: FixMarketData;
}

export function makeMarketData(p: MarketDataParts): MarketDataFeed {
  const { feed, index, instruments, market, counters } = p;
  const { request } = feed.fix!;
  const books = new LevelBooks({
    feed: index,
    instruments,
    maxOrders: request.entries === "id" ? p.maxOrders : 0,
    maxLevels: p.maxLevels,
    columns: market.columns,
    events: market,
    counters,
  });
  const handler = new FixMarketData({
    index,
    name: feed.name,
    instruments,
    books,
    events: market,
    counters,
    block: p.block,
    request,
    requestPrefix: `${p.idPrefix}MD${p.epoch}-`,
    maxMessageBytes: MESSAGE_BYTES,
    ...(p.onNotice === undefined ? {} : { onNotice: p.onNotice }),
  });
  return { books, handler };
}

/** The session of a feed; `layer`: what it has in common with any other. */
export function makeMarketDataSession(
  layer: Omit<FixSessionOptions, "application">,
  { handler }: MarketDataFeed,
  feed: FeedOptions,
  instruments: Instruments,
): FixSession {
  const bytes = requestBytes(instruments, feed.fix!.request) + ENVELOPE_BYTES;
  const session = new FixSession({
    ...layer,
    application: handler,
    maxMessageBytes: MESSAGE_BYTES,
    txMessageBytes: Math.max(REQUEST_BYTES_MIN, bytes),
  });
  handler.attach(new SessionSender(session));
  return session;
}
