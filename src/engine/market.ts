// @hot
/**
 * Between the books and those who look at them: the gate first, so that it judges by the newest
 * market, then the strategies. Also keeps, over all feeds, the columns that the gate reads.
 */
import type { FeedBooks } from "../book/feed-books.ts";
import type { Instruments } from "../book/instruments.ts";
import type { MarketEvents } from "../book/market-events.ts";
import { type StatusColumns, statusColumns } from "../book/status-columns.ts";
import type { BookView } from "../book/view.ts";
import type { Clock } from "../core/clock.ts";
import { FEED_INIT } from "../core/codes.ts";
import type { FeedBlock } from "../feed/feed-block.ts";
import type { FeedEvents } from "../feed/feed-events.ts";
import type { FeedHandler } from "../feed/feed-handler.ts";
import {
  HP_JR_FEED,
  HP_JR_FEED__FEED_W,
  HP_JR_FEED__GAP_TO_D,
  HP_JR_FEED__NEXT_SEQ_D,
  HP_JR_FEED__STATE_W,
  HP_JR_FEED_SIZE,
} from "../ffi/layout.ts";
import type { Journal } from "../journal/journal.ts";
import type { Gate } from "../risk/gate.ts";
import type { BookHealth } from "../risk/switch.ts";
import { BookCensus } from "./book-census.ts";

/** Who hears of the market behind the gate: the strategies. */
export interface MarketListener extends MarketEvents {
  onFeed(feed: number, state: number): void;
}

export interface MarketOptions {
  instruments: Instruments;
  feedCount: number;
  journal: Journal;
  clock: Clock;
}

export class Market implements MarketEvents, FeedEvents, BookHealth {
  /** Status and LULD collar by instrument: the books of all feeds write them, the gate reads them. */
  readonly columns: StatusColumns;
  /** FEED_* by feed. */
  readonly feedState: Int32Array;
  /** One view per instrument. */
  readonly views: BookView[] = [];
  /** How many books are kept, and are not to be trusted. */
  census!: BookCensus;
  private readonly books: FeedBooks[] = [];
  private readonly feeds: FeedHandler[] = [];
  private readonly instruments: Instruments;
  private readonly journal: Journal;
  private readonly clock: Clock;
  private gate: Gate | null = null;
  private host: MarketListener | null = null;

  constructor(options: MarketOptions) {
    this.columns = statusColumns(options.instruments.capacity);
    this.feedState = new Int32Array(new ArrayBuffer(4 * Math.max(1, options.feedCount)));
    this.feedState.fill(FEED_INIT);
    this.instruments = options.instruments;
    this.journal = options.journal;
    this.clock = options.clock;
  }

  /** Books, feeds and what they publish into, one each per feed, once they exist. @cold */
  attachFeeds(
    books: readonly FeedBooks[],
    feeds: readonly FeedHandler[],
    blocks: readonly FeedBlock[] = [],
  ): void {
    this.census = new BookCensus(this.instruments, this, blocks);
    for (const b of books) this.books.push(b);
    for (const f of feeds) this.feeds.push(f);
    for (let i = 0; i < this.instruments.capacity; i++) {
      const feed = i < this.instruments.count ? this.instruments.feed[i]! : 0;
      this.views.push(this.books[feed]!.view(i));
    }
  }

  attach(gate: Gate, host: MarketListener): void {
    this.gate = gate;
    this.host = host;
  }

  onBook(instrument: number, changed: number): void {
    this.gate!.onBook(instrument);
    this.host!.onBook(instrument, changed);
  }

  onTrade(instrument: number, px: number, qty: number, aggressor: number): void {
    this.host!.onTrade(instrument, px, qty, aggressor);
  }

  onStatus(instrument: number, status: number): void {
    this.host!.onStatus(instrument, status);
  }

  onFeed(feed: number, state: number): void {
    this.feedState[feed] = state;
    const at = this.journal.begin(HP_JR_FEED, HP_JR_FEED_SIZE);
    if (at >= 0) {
      this.journal.words[at + HP_JR_FEED__FEED_W] = feed;
      this.journal.words[at + HP_JR_FEED__STATE_W] = state;
      this.journal.doubles[(at >> 1) + HP_JR_FEED__NEXT_SEQ_D] = this.feeds[feed]!.nextSeq;
      this.journal.doubles[(at >> 1) + HP_JR_FEED__GAP_TO_D] = this.feeds[feed]!.highSeq;
      this.journal.commit(this.clock.now());
    }
    this.host!.onFeed(feed, state);
  }

  onSession(feed: number): void {
    this.books[feed]!.clear();
  }

  bookFlags(instrument: number): number {
    return this.books[this.instruments.feed[instrument]!]!.flags(instrument);
  }
}
