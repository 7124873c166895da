// @hot
/** The books of one MDP 3.0 channel without the feed: what is kept, how it is read, how it changes. */
import { STATUS_CLOSED, STATUS_TRADING, STATUS_UNKNOWN } from "../core/codes.ts";
import type { Decimal, Mdp3Definition } from "../feed/mdp3/mdp3-sink.ts";
import { BOOK_INEXACT_ORDER, BOOK_INSTRUMENTS_FULL, BOOK_MISMATCH } from "./counters.ts";
import type { FeedBooks } from "./feed-books.ts";
import { BOOK_FULL, BOOK_INEXACT, BOOK_STALE, describeBookFlags } from "./flags.ts";
import type { InstrumentDefinition, Instruments } from "./instruments.ts";
import { type BookLevels, dumpLevels } from "./levels.ts";
import { CHANGED_ALL, CHANGED_BEST, CHANGED_BID } from "./market-events.ts";
import { MarketQueue } from "./market-queue.ts";
import { Mdp3Market } from "./mdp3-market.ts";
import type { Mdp3BooksOptions } from "./mdp3-options.ts";
import { Mdp3Orders } from "./mdp3-orders.ts";
import { Mdp3Securities } from "./mdp3-securities.ts";
import { FACTOR_ONE, Mdp3Units } from "./mdp3-units.ts";
import { PositionLevels, SIDE_BID, SIDE_IMPLIED_BID, SIDES } from "./position-levels.ts";
import { PositionView } from "./position-view.ts";
import { RptRecovery, SOUND } from "./rpt-recovery.ts";
import { SnapshotLoops } from "./snapshot-loops.ts";
import { type StatusColumns, statusColumns } from "./status-columns.ts";
import type { BookView } from "./view.ts";

/** Levels of a book unless the definition tells it; of an implied one always. */
const DEPTH = 10;
const IMPLIED_DEPTH = 2;
/** Sides of entries that are no level: a reset, and what moves RptSeq alone. */
export const SIDE_RESET = 4;
export const SIDE_NONE = 5;
/** MDUpdateAction, and a delete whose price is not told. */
export const ACTION_NEW = 0;
export const ACTION_DELETE = 2;
export const ACTION_DELETE_UNPRICED = 10;

export class Mdp3Channel implements FeedBooks {
  readonly takesOrders: boolean;
  readonly status: Int32Array;
  readonly market: Mdp3Market;
  readonly recovery: RptRecovery;
  readonly securities: Mdp3Securities;
  readonly orders: Mdp3Orders | null;
  protected readonly loops: SnapshotLoops;
  protected readonly options: Mdp3BooksOptions;
  protected readonly feed: number;
  protected readonly instruments: Instruments;
  protected readonly counters: Float64Array;
  protected readonly queue: MarketQueue;
  protected readonly book: PositionLevels;
  private readonly units: Mdp3Units;
  /** BOOK_FULL and BOOK_INEXACT; whether it is stale, `recovery` knows. */
  private readonly faults: Uint8Array;
  protected readonly seen: Uint8Array;
  private readonly views: PositionView[] = [];
  private readonly implied: PositionView[] = [];
  protected packetSeq = 0;
  /** Since all books were empty nothing was lost, and nothing came of ids that lead nowhere. */
  protected isWhole = false;
  protected readonly wantsAll: boolean;
  protected readonly takesUndefined: boolean;

  constructor(options: Mdp3BooksOptions) {
    const { instruments, counters, maxOrders = 0, keptUpdates = 65_536 } = options;
    const n = instruments.capacity;
    this.options = options;
    this.feed = options.feed;
    this.instruments = instruments;
    this.counters = counters;
    this.takesOrders = maxOrders > 0;
    this.wantsAll = options.wildcard !== undefined;
    this.takesUndefined = options.undefinedAs !== undefined;
    const columns: StatusColumns = options.columns ?? statusColumns(n);
    this.status = columns.status;
    this.queue = new MarketQueue(
      n,
      options.maxTrades ?? 1024,
      this.status,
      options.events,
      counters,
    );
    this.units = new Mdp3Units(n, options.exponents);
    this.market = new Mdp3Market(n, this.status, this.units.divisors, this.queue, counters);
    this.book = new PositionLevels(n, Math.max(IMPLIED_DEPTH, options.depth ?? DEPTH));
    this.recovery = new RptRecovery(n, keptUpdates, options.beginsLoose ?? false);
    this.securities = new Mdp3Securities(n, this.wantsAll || this.takesUndefined);
    this.loops = new SnapshotLoops(n);
    this.faults = new Uint8Array(new ArrayBuffer(n));
    this.seen = new Uint8Array(new ArrayBuffer(n));
    const levels = options.maxLevels ?? maxOrders;
    this.orders = this.takesOrders
      ? new Mdp3Orders(n, maxOrders, levels, keptUpdates, this.market, counters)
      : null;
    for (let i = 0; i < n; i++) {
      this.views.push(new PositionView(i, this.book, SIDE_BID, this.market));
      this.implied.push(new PositionView(i, this.book, SIDE_IMPLIED_BID, this.market));
    }
    for (let i = 0; i < instruments.count; i++) if (this.isOwn(i)) this.enrol(i);
  }

  // ---- reading ----------------------------------------------------------------------------------

  view(instrument: number): BookView {
    return this.views[instrument]!;
  }

  /** What the venue derives from spreads; it is not part of view(). Two levels. */
  impliedView(instrument: number): BookView {
    return this.implied[instrument]!;
  }

  flags(instrument: number): number {
    const stale = this.recovery.state[instrument] === SOUND ? 0 : BOOK_STALE;
    return this.faults[instrument]! | stale;
  }

  liveOrders(): number {
    return this.orders === null ? 0 : this.orders.table.count;
  }

  /** @cold */
  isSeen(instrument: number): boolean {
    return this.seen[instrument] !== 0;
  }

  /** @cold */
  describeFlags(instrument: number): string {
    return this.describe(this.flags(instrument));
  }

  /** @cold */
  levels(instrument: number): BookLevels {
    return dumpLevels(this.view(instrument));
  }

  /** @cold */
  impliedLevels(instrument: number): BookLevels {
    return dumpLevels(this.impliedView(instrument));
  }

  /** @cold */
  assumeTrading(): void {
    for (let i = 0; i < this.instruments.count; i++) {
      const isUnknown = this.isOwn(i) && this.status[i] === STATUS_UNKNOWN;
      if (isUnknown) this.market.become(i, STATUS_TRADING);
    }
  }

  /** A new session: nothing is known but who is who. */
  clear(): void {
    for (let i = 0; i < this.instruments.count; i++) {
      if (!this.isOwn(i)) continue;
      this.empty(i);
      this.market.become(i, STATUS_UNKNOWN);
      this.market.doubtStatus(i);
      this.market.forget(i);
    }
    this.isWhole = false;
    this.recovery.clear();
    this.loops.clear();
    this.orders?.clear();
    this.queue.dropTrades();
    this.seen.fill(0);
  }

  // ---- changes ----------------------------------------------------------------------------------

  /** One entry of a book that is sound, or loose. */
  protected apply(
    i: number,
    side: number,
    action: number,
    level: number,
    px: number,
    isExact: boolean,
    qty: number,
    orders: number,
  ): void {
    if (side === SIDE_NONE) return;
    this.seen[i] = 1;
    if (side === SIDE_RESET) this.empty(i);
    else if (!isExact) this.inexact(i);
    else this.tell(i, side, level, this.change(i * SIDES + side, action, level, px, qty, orders));
  }

  /** A level changed, or did not fit those that are there. */
  protected tell(i: number, side: number, level: number, fits: boolean): void {
    if (fits) {
      // Best or not is arithmetic, and no branch: it can't be predicted. DEPTH is BEST shifted by one.
      const isBehind = ((1 - level) | (0 - (side >> 1))) >>> 31;
      this.queue.touch(i, (CHANGED_BID << (side & 1)) | (CHANGED_BEST << isBehind));
    } else {
      this.counters[BOOK_MISMATCH]! += 1;
      this.distrust(i);
    }
  }

  /** False when it does not fit the levels that are there, or their order. */
  private change(
    row: number,
    action: number,
    level: number,
    px: number,
    qty: number,
    orders: number,
  ): boolean {
    const book = this.book;
    switch (action) {
      case 0:
        return book.insert(row, level, px, qty, orders) && book.isOrdered(row, level);
      case 1:
        return book.change(row, level, px, qty, orders);
      case 2:
        return book.take(row, level, px);
      case 3: // thru: from the best to here
        return book.remove(row, 1, level);
      case 4: // from: here and all behind
        return book.remove(row, level, book.depth(row));
      case 5:
        return book.overlay(row, level, px, qty, orders) && book.isOrdered(row, level);
      case 10:
        return book.remove(row, level, level);
      default:
        return false;
    }
  }

  /** A price or quantity cannot be held: the book is not what the venue has. */
  protected inexact(i: number): void {
    this.counters[BOOK_INEXACT_ORDER]! += 1;
    this.faults[i] = this.faults[i]! | BOOK_INEXACT;
    this.distrust(i);
  }

  /** The book waits for a snapshot. */
  protected distrust(i: number): void {
    this.recovery.distrust(i);
    this.queue.touch(i, CHANGED_ALL);
  }

  /** No levels, and what was wrong with them is forgotten. */
  protected empty(i: number): void {
    const row = i * SIDES;
    for (let side = 0; side < SIDES; side++) this.book.empty(row + side);
    this.faults[i] = this.faults[i]! & BOOK_FULL;
    this.queue.touch(i, CHANGED_ALL);
  }

  /** The book is empty, and that is known. */
  protected restart(i: number): void {
    this.empty(i);
    this.recovery.restart(i);
    this.orders?.restart(i);
  }

  /** The first packet of the session. Behind number 1 there was nothing. */
  protected begun(seq: number): void {
    if (seq === 1) {
      this.restartAll();
      return;
    }
    for (let i = 0; i < this.instruments.count; i++) if (this.isOwn(i)) this.orders?.lost(i, seq);
  }

  /** All books are empty. Not those without an id yet: what comes until they have one is not heard. */
  protected restartAll(): void {
    this.isWhole = true;
    for (let i = 0; i < this.instruments.count; i++) {
      if (this.isOwn(i) && this.securities.isMapped(i)) this.restart(i);
    }
  }

  protected isOwn(i: number): boolean {
    return this.instruments.feed[i] === this.feed;
  }

  // ---- who is who -------------------------------------------------------------------------------

  /** Tells the SecurityID of an instrument where no definition does. False: no room. @cold */
  mapSecurity(securityId: number, i: number, factor: Decimal = FACTOR_ONE): boolean {
    this.setFactor(i, factor);
    this.loops.join(i);
    return this.securities.map(securityId, i);
  }

  /** See Mdp3Sink. @cold */
  onDefinition(definition: Mdp3Definition): void {
    const { securityId } = definition;
    let i = this.securities.find(securityId);
    if (i < 0) i = this.bySymbol(definition.symbol);
    if (i < 0) {
      i = this.added(this.options.wildcard?.(definition) ?? null);
      if (i < 0) {
        this.securities.ignore(securityId);
        return;
      }
    }
    const isNew = this.securities.find(securityId) !== i;
    if (isNew && this.securities.isMapped(i)) this.forget(i);
    if (!this.securities.map(securityId, i)) {
      this.counters[BOOK_INSTRUMENTS_FULL]! += 1;
      return;
    }
    if (isNew) this.loops.join(i);
    this.securities.define(i, definition);
    if (definition.action === "D") {
      this.forget(i);
      this.market.become(i, STATUS_CLOSED);
      this.market.knowStatus(i);
      return;
    }
    if (isNew && this.isWhole) this.restart(i);
    this.setFactor(i, definition.displayFactor);
    this.setDepth(i, definition.depth, definition.impliedDepth);
    this.market.assumeStatus(i, definition.status);
  }

  /** Its book was another one's, or is no more. @cold */
  private forget(i: number): void {
    this.empty(i);
    this.recovery.forget(i);
    this.orders?.lost(i, this.packetSeq + 1);
    this.market.doubtStatus(i);
  }

  /** An instrument of a SecurityID that nothing defines, -1 = none. @cold */
  protected adopt(securityId: number): number {
    if (this.securities.isIgnored(securityId)) return -1;
    const i = this.added(this.options.undefinedAs?.(securityId) ?? null);
    if (i < 0 || !this.securities.map(securityId, i)) this.securities.ignore(securityId);
    return i;
  }

  /** @cold */
  private added(definition: InstrumentDefinition | null): number {
    if (definition === null) return -1;
    const i = this.instruments.add(definition);
    if (i < 0) this.counters[BOOK_INSTRUMENTS_FULL]! += 1;
    else this.enrol(i);
    return i;
  }

  /** @cold */
  private enrol(i: number): void {
    const { feedSymbol, priceUnit } = this.instruments.definitions[i]!;
    this.securities.addSymbol(feedSymbol, i);
    this.units.set(i, priceUnit, FACTOR_ONE);
    this.setDepth(i, 0, 0);
  }

  /** @cold */
  private bySymbol(symbol: string): number {
    const bytes = new TextEncoder().encode(symbol.padEnd(20));
    return this.securities.findSymbol(bytes, 0);
  }

  /** @cold */
  private setFactor(i: number, factor: Decimal): void {
    const { priceUnit } = this.instruments.definitions[i]!;
    if (!this.units.set(i, priceUnit, factor)) return;
    if (this.book.depth(i * SIDES) + this.book.depth(i * SIDES + 1) === 0) return;
    // Prices that are there mean something else now.
    this.empty(i);
    this.distrust(i);
  }

  /** 0 = not told. @cold */
  private setDepth(i: number, depth: number, implied: number): void {
    const levels = depth === 0 ? this.book.depthMax : depth;
    const impliedLevels = implied === 0 ? IMPLIED_DEPTH : implied;
    for (let side = 0; side < SIDES; side++) {
      this.book.limit(i * SIDES + side, side < SIDE_IMPLIED_BID ? levels : impliedLevels);
    }
    const isFull = levels > this.book.depthMax || impliedLevels > this.book.depthMax;
    this.faults[i] = isFull ? this.faults[i]! | BOOK_FULL : this.faults[i]! & ~BOOK_FULL;
  }

  /** @cold */
  private describe(flags: number): string {
    const rest = describeBookFlags(flags & ~BOOK_FULL, 0, 0);
    if ((flags & BOOK_FULL) === 0) return rest;
    const full = `the venue's book is deeper than the ${this.book.depthMax} levels that are kept`;
    return rest === "" ? full : `${full}; ${rest}`;
  }
}
