// @hot
/**
 * What the order-by-order books of every protocol have in common: orders and levels, last trades and
 * volume, trading status, views, and what is told at the end of a packet. A protocol's own books take
 * what its decoder reads and say here what it means.
 */
import { SIDE_BUY, SIDE_SELL } from "../core/codes.ts";
import type { BooksOptions } from "./books-options.ts";
import { BOOK_BROKEN_TRADES, BOOK_INEXACT_TRADE } from "./counters.ts";
import type { FeedBooks } from "./feed-books.ts";
import { describeBookFlags } from "./flags.ts";
import type { Instruments } from "./instruments.ts";
import { LadderView } from "./ladder-view.ts";
import { LEVEL_SIDE } from "./ladders.ts";
import { type BookLevels, dumpLevels } from "./levels.ts";
import { Listing } from "./listing.ts";
import { CHANGED_ALL } from "./market-events.ts";
import { MarketQueue } from "./market-queue.ts";
import { NO_PX, OrderBooks } from "./order-books.ts";
import { TradingStatus } from "./trading-status.ts";
import type { BookView } from "./view.ts";

/**
 * Up to so many orders, 64 bytes each with the spare row, the table is about as large as a
 * second-level cache, and reading ahead costs more than it saves (64 for 60 ns a message).
 */
const ORDERS_NEAR = 1 << 17;
/** Of a symbol whose round lot nothing tells. */
export const ROUND_LOT = 100;

export abstract class ByOrderBooks implements FeedBooks {
  readonly readsAhead: boolean;
  /** Trading status by instrument: STATUS_* and flag bits. */
  readonly status: Int32Array;
  /** LULD auction collar by instrument, price units, 0 = none. */
  readonly collarLower: Int32Array;
  readonly collarUpper: Int32Array;
  readonly lastPx: Int32Array;
  readonly lastQty: Float64Array;
  /** Shares or contracts traded this session, by instrument. */
  readonly volume: Float64Array;
  /** Venue time of the last message by instrument, ns since midnight of the venue. */
  readonly timeNs: Float64Array;

  protected readonly feed: number;
  protected readonly instruments: Instruments;
  protected readonly counters: Float64Array;
  protected readonly trading: TradingStatus;
  protected readonly queue: MarketQueue;
  protected readonly listing: Listing;
  protected readonly core: OrderBooks;
  protected readonly isPartial: boolean;
  private readonly maxLevels: number;
  private readonly views: LadderView[] = [];

  constructor(options: BooksOptions) {
    const { instruments, counters } = options;
    const n = instruments.capacity;
    this.feed = options.feed;
    this.instruments = instruments;
    this.maxLevels = options.maxLevels;
    this.isPartial = options.isPartial ?? false;
    this.counters = counters;
    this.trading = new TradingStatus({
      capacity: n,
      ...(options.columns === undefined ? {} : { columns: options.columns }),
      counters,
      extendedHours: options.extendedHours ?? false,
      market: (options.market ?? "Q").charCodeAt(0),
    });
    this.status = this.trading.status;
    this.collarLower = this.trading.collarLower;
    this.collarUpper = this.trading.collarUpper;
    this.lastPx = new Int32Array(new ArrayBuffer(4 * n));
    this.lastQty = new Float64Array(new ArrayBuffer(8 * n));
    this.volume = new Float64Array(new ArrayBuffer(8 * n));
    this.timeNs = new Float64Array(new ArrayBuffer(8 * n));
    this.queue = new MarketQueue(
      n,
      options.maxTrades ?? 1024,
      this.status,
      options.events,
      counters,
    );
    this.listing = new Listing(this.feed, instruments, options.wildcard ?? null, counters);
    this.readsAhead = options.maxOrders > ORDERS_NEAR;
    this.core = new OrderBooks(
      instruments,
      options.maxOrders,
      options.maxLevels,
      this.queue,
      counters,
    );
    for (let i = 0; i < n; i++) this.views.push(new LadderView(i, this.core.ladders, this));
  }

  /** True when the feed has said anything of it this session. @cold */
  abstract isSeen(instrument: number): boolean;

  // ---- reading ----------------------------------------------------------------------------------

  /** The instrument's book, always the same object. */
  view(instrument: number): BookView {
    return this.views[instrument]!;
  }

  /** BOOK_*; 0 = the book may be trusted. Kept until the session changes. */
  flags(instrument: number): number {
    return this.core.flags[instrument]!;
  }

  liveOrders(): number {
    return this.core.orders.count;
  }

  /** What nothing was told of counts as open until something is; told at the next flush. @cold */
  assumeTrading(): void {
    for (let i = 0; i < this.instruments.count; i++) {
      if (this.instruments.feed[i] !== this.feed) continue;
      if (this.trading.assumeTrading(i)) this.queue.touchStatus(i);
    }
  }

  /** The flags for people, "" when there are none. @cold */
  describeFlags(instrument: number): string {
    return describeBookFlags(this.flags(instrument), this.core.orders.capacity, this.maxLevels);
  }

  /** Every level, best first, for comparing and dumping. @cold */
  levels(instrument: number): BookLevels {
    return dumpLevels(this.view(instrument));
  }

  // ---- end of packet, session -------------------------------------------------------------------

  /** Tells what changed: trades, statuses, then books. Inside a gap (not shown) it waits. */
  flush(shown = true): void {
    this.queue.flush(shown);
  }

  /** A new session: no orders, statuses unknown. Told at the next flush. */
  clear(): void {
    this.dropOrders();
    const count = this.instruments.count;
    for (let i = 0; i < count; i++) {
      if (this.instruments.feed[i] !== this.feed) continue;
      if (this.status[i] !== 0) this.queue.touchStatus(i);
      this.trading.forget(i);
    }
    this.trading.clear();
    this.queue.dropTrades();
    this.lastPx.fill(0);
    this.lastQty.fill(0);
    this.volume.fill(0);
  }

  /** Empties every book, and forgets what was wrong with it. Told at the next flush. */
  protected dropOrders(): void {
    const count = this.instruments.count;
    const ladders = this.core.ladders;
    for (let i = 0; i < count; i++) {
      if (this.instruments.feed[i] !== this.feed) continue;
      if (ladders.depth(2 * i) !== 0 || ladders.depth(2 * i + 1) !== 0) {
        this.queue.touch(i, CHANGED_ALL);
      }
    }
    this.core.clear();
  }

  // ---- what decoders tell alike -----------------------------------------------------------------

  onAhead(refHi: number, refLo: number): void {
    this.core.orders.readAhead(refHi, refLo);
  }

  /** `row` is that of an order which was executed at its own price. */
  protected execute(instrument: number, row: number, qty: number): void {
    const level = this.core.orders.levelOf(row);
    const key = this.core.ladders.words[level]!;
    const bid = (this.core.ladders.words[level + LEVEL_SIDE]! & 1) === 0;
    const taken = this.core.take(instrument, row, qty);
    if (taken === 0) return;
    this.trade(instrument, bid ? key : 0 - key, taken, bid ? SIDE_SELL : SIDE_BUY);
  }

  /** A trade to show. px may be NO_PX, qty below 1: then it is counted only. */
  protected trade(instrument: number, px: number, qty: number, aggressor: number): void {
    if (qty > 0) this.volume[instrument]! += qty;
    if (px === NO_PX || qty <= 0) {
      this.counters[BOOK_INEXACT_TRADE]! += 1;
      return;
    }
    this.lastPx[instrument] = px;
    this.lastQty[instrument] = qty;
    this.queue.trade(instrument, px, qty, aggressor);
  }

  /** A broken trade: volume and last price are not corrected. */
  protected broken(): void {
    this.counters[BOOK_BROKEN_TRADES]! += 1;
  }
}
