// @hot
/**
 * Between the books and those who look at them: the gate first, so that it judges by the newest
 * market, then the strategies. Also keeps, over all feeds, the columns that the gate reads.
 */
import type { Books } from "../book/books.ts";
import type { Instruments } from "../book/instruments.ts";
import type { MarketEvents } from "../book/market-events.ts";
import type { BookView } from "../book/view.ts";
import type { Clock } from "../core/clock.ts";
import { FEED_INIT } from "../core/codes.ts";
import type { FeedEvents } from "../feed/feed-events.ts";
import type { MoldUdp64 } from "../feed/moldudp64.ts";
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
import type { StrategyHost } from "../strategy/host.ts";

export interface MarketOptions {
  instruments: Instruments;
  feedCount: number;
  journal: Journal;
  clock: Clock;
}

export class Market implements MarketEvents, FeedEvents, BookHealth {
  /** STATUS_* with flags, per instrument, and the LULD collar; FEED_* per feed. */
  readonly status: Int32Array;
  readonly bandLow: Int32Array;
  readonly bandHigh: Int32Array;
  readonly feedState: Int32Array;
  /** One view per instrument. */
  readonly views: BookView[] = [];
  private readonly books: Books[] = [];
  private readonly feeds: MoldUdp64[] = [];
  private readonly instruments: Instruments;
  private readonly journal: Journal;
  private readonly clock: Clock;
  private gate: Gate | null = null;
  private host: StrategyHost | null = null;

  constructor(options: MarketOptions) {
    const n = Math.max(1, options.instruments.capacity);
    this.status = new Int32Array(new ArrayBuffer(4 * n));
    this.bandLow = new Int32Array(new ArrayBuffer(4 * n));
    this.bandHigh = new Int32Array(new ArrayBuffer(4 * n));
    this.feedState = new Int32Array(new ArrayBuffer(4 * Math.max(1, options.feedCount)));
    this.feedState.fill(FEED_INIT);
    this.instruments = options.instruments;
    this.journal = options.journal;
    this.clock = options.clock;
  }

  /** Books and feeds, one each per feed, once they exist. @cold */
  attachFeeds(books: readonly Books[], feeds: readonly MoldUdp64[]): void {
    for (const b of books) this.books.push(b);
    for (const f of feeds) this.feeds.push(f);
    for (let i = 0; i < this.instruments.capacity; i++) {
      const feed = i < this.instruments.count ? this.instruments.feed[i]! : 0;
      this.views.push(this.books[feed]!.view(i));
    }
  }

  attach(gate: Gate, host: StrategyHost): void {
    this.gate = gate;
    this.host = host;
  }

  onBook(instrument: number, changed: number): void {
    this.gate!.onBook(instrument);
    this.host!.onBook(instrument, changed);
  }

  onTrade(instrument: number, px: number, qty: number, aggressor: number): void {
    this.take(instrument);
    this.host!.onTrade(instrument, px, qty, aggressor);
  }

  onStatus(instrument: number, status: number): void {
    this.take(instrument);
    this.host!.onStatus(instrument, status);
  }

  onFeed(feed: number, state: number): void {
    this.feedState[feed] = state;
    this.takeAll(feed);
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
    this.takeAll(feed);
  }

  bookFlags(instrument: number): number {
    return this.books[this.instruments.feed[instrument]!]!.flags(instrument);
  }

  /** Instruments whose book is over capacity or inexact: they are not traded. */
  untrusted(): number {
    let count = 0;
    for (let i = 0; i < this.instruments.count; i++) if (this.bookFlags(i) !== 0) count++;
    return count;
  }

  /**
   * Status and collar as the books have them. Books tell of a feed's state and of trades before they
   * tell of a status: the gate must know a halt that came in the same packet, or within a gap, by then.
   */
  private take(instrument: number): void {
    const books = this.books[this.instruments.feed[instrument]!]!;
    this.status[instrument] = books.status[instrument]!;
    this.bandLow[instrument] = books.collarLower[instrument]!;
    this.bandHigh[instrument] = books.collarUpper[instrument]!;
  }

  private takeAll(feed: number): void {
    for (let i = 0; i < this.instruments.count; i++) {
      if (this.instruments.feed[i] === feed) this.take(i);
    }
  }
}
