import type { Instruments } from "../../book/instruments.ts";
import type { LevelBooks } from "../../book/level-books.ts";
import type { FeedBlock } from "../../feed/feed-block.ts";
import type { FeedEvents } from "../../feed/feed-events.ts";
import type { MessageBuilder } from "../codec/builder.ts";

/** How MarketDataRequest (V) is worded; FIX 4.4 volume 3, market data. */
export interface RequestOptions {
  /** "each": one V per instrument. "all": one V that names every instrument. */
  style: "each" | "all";
  /** MarketDepth (264): levels of each side, 0 = the whole book. */
  depth: number;
  /** MDUpdateType (265): "incremental" = X, "full" = W at each change. */
  update: "incremental" | "full";
  /** What names an entry: its price (270, or position 290 without one), or its MDEntryID (278). */
  entries: "price" | "id";
  /** Asks for trades (269=2), too. */
  trades: boolean;
  /** AggregatedBook (266); "" = not sent. */
  aggregated: "" | "Y" | "N";
  /**
   * Sends SecurityStatusRequest (e) for each instrument, which is not tradable until a
   * SecurityStatus (f) says so. Otherwise it is from its snapshot on, unless an f says otherwise.
   */
  securityStatus: boolean;
  /** Further tags of the body, and behind each Symbol (55): "tag=value|" of either. */
  tags: Record<string, string>;
  symbolTags: Record<string, string>;
  /** A snapshot that has not come for so long is asked for again, so many times. */
  timeoutNs: number;
  retries: number;
}

/** How an application message leaves: with the session's header, number, journal and socket. */
export interface ApplicationSender {
  /** A builder whose header stands, for a message of this type; null while nothing can be sent. */
  beginMessage(type: string, nowNs: number): MessageBuilder | null;
  /** Journals and sends what was built; its MsgSeqNum, or a DENY_* code when it could not leave. */
  sendMessage(nowNs: number): number;
}

export interface MarketDataOptions {
  /** Index of the feed, handed back in events. */
  index: number;
  /** Name of the feed, for messages to a person. */
  name: string;
  instruments: Instruments;
  books: LevelBooks;
  events: FeedEvents;
  /** hp_engine.counters */
  counters: Float64Array;
  block: FeedBlock;
  request: RequestOptions;
  /** Start of every MDReqID (262): it must differ from one run of a session date to the next. */
  requestPrefix: string;
  /** Bound on an inbound message, bytes: sizes the table of its entries. */
  maxMessageBytes: number;
  /** Hears one sentence when the venue refuses a subscription. May allocate. */
  onNotice?: (sentence: string) => void;
}
