// @hot
/**
 * The books of one feed: takes what the ITCH 5.0 decoder reads, keeps orders, price levels, last
 * trades and trading status, and tells the engine at the end of each packet what changed.
 *
 *   A F  add        E C  execute (reduce)     X  reduce     D  delete
 *   U    delete + add under a new reference, same side: time priority is lost
 *   P Q  trades that no displayed order took part in        B  counted only
 *
 * The handle that the decoder hands back is the instrument's index.
 */
import { SIDE_BUY, SIDE_SELL } from "../core/codes.ts";
import { type ItchSink, LOCATE_IGNORED } from "../feed/itch-sink.ts";
import {
  BOOK_BROKEN_TRADES,
  BOOK_DUPLICATE_ORDER,
  BOOK_INEXACT_ORDER,
  BOOK_INEXACT_TRADE,
  BOOK_INSTRUMENTS_FULL,
  BOOK_LEVELS_FULL,
  BOOK_MISMATCH,
  BOOK_ORDERS_FULL,
  BOOK_OVER_EXECUTION,
  BOOK_TRADES_DROPPED,
  BOOK_TRADES_HIDDEN,
  BOOK_UNKNOWN_ORDER,
} from "./counters.ts";
import { BOOK_FULL, BOOK_INEXACT, describeBookFlags } from "./flags.ts";
import type { InstrumentDefinition, Instruments } from "./instruments.ts";
import { LadderView } from "./ladder-view.ts";
import { Ladders, LEVEL_SIDE, LEVEL_WORDS, NO_LEVEL } from "./ladders.ts";
import { type BookLevels, dumpLevels } from "./levels.ts";
import {
  CHANGED_ALL,
  CHANGED_ASK,
  CHANGED_BEST,
  CHANGED_BID,
  CHANGED_DEPTH,
  type MarketEvents,
} from "./market-events.ts";
import { NO_ROW, OrderTable, ROW_QTY } from "./order-table.ts";
import { SymbolTable, symbolWords, wordsSymbol } from "./symbols.ts";
import { TradeQueue } from "./trade-queue.ts";
import { TradingStatus } from "./trading-status.ts";
import type { BookView } from "./view.ts";

export interface BooksOptions {
  /** Index of the feed: only instruments with this feed are kept here. */
  feed: number;
  /** With "*", its capacity bounds the instruments that R messages add. */
  instruments: Instruments;
  /** Orders of all books together. */
  maxOrders: number;
  /** Price levels of all books together. */
  maxLevels: number;
  /** Trades of one packet handed to strategies. Default 1024. */
  maxTrades?: number;
  /** "*": definition for a symbol that R announced, or null to leave it out. Absent: no new ones. */
  wildcard?: (feedSymbol: string, roundLot: number) => InstrumentDefinition | null;
  /** Pre-market and after-hours count as open. Default false. */
  extendedHours?: boolean;
  /** Market code of operational halts (h) that concern us. Default "Q", Nasdaq. */
  market?: string;
  events: MarketEvents;
  /** hp_engine.counters */
  counters: Float64Array;
}

const LOCATES = 65536;
const NO_PX = -1;
const INT32_MAX = 0x7fffffff;

export class Books implements ItchSink {
  readonly locates = new Int32Array(new ArrayBuffer(4 * LOCATES));
  /** Trading status by instrument: STATUS_* and flag bits. */
  readonly status: Int32Array;
  /** LULD auction collar by instrument, price units, 0 = none. */
  readonly collarLower: Int32Array;
  readonly collarUpper: Int32Array;
  readonly lastPx: Int32Array;
  readonly lastQty: Float64Array;
  /** Shares or contracts traded this session, by instrument. */
  readonly volume: Float64Array;
  /** Venue time of the last message by instrument, ns since midnight Eastern time. */
  readonly timeNs: Float64Array;

  readonly orders: OrderTable;
  readonly ladders: Ladders;
  private readonly feed: number;
  private readonly instruments: Instruments;
  private readonly maxLevels: number;
  private readonly wildcard:
    | ((feedSymbol: string, roundLot: number) => InstrumentDefinition | null)
    | null;
  private readonly events: MarketEvents;
  private readonly counters: Float64Array;
  private readonly trading: TradingStatus;
  private readonly trades: TradeQueue;
  private readonly symbols: SymbolTable;
  private readonly views: LadderView[] = [];
  private readonly divisor: Int32Array;
  private readonly factor: Int32Array;
  private readonly bookFlags: Uint8Array;
  private readonly changed: Uint8Array;
  private readonly changedList: Int32Array;
  private changedCount = 0;
  private readonly told: Uint8Array;
  private readonly statusList: Int32Array;
  private statusCount = 0;

  constructor(options: BooksOptions) {
    const { instruments, counters } = options;
    const n = instruments.capacity;
    this.feed = options.feed;
    this.instruments = instruments;
    this.maxLevels = options.maxLevels;
    this.wildcard = options.wildcard ?? null;
    this.events = options.events;
    this.counters = counters;
    this.trading = new TradingStatus({
      capacity: n,
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
    this.orders = new OrderTable(options.maxOrders);
    this.ladders = new Ladders(2 * n, options.maxLevels);
    this.trades = new TradeQueue(options.maxTrades ?? 1024);
    this.symbols = new SymbolTable(n);
    this.divisor = instruments.feedDivisor;
    this.factor = instruments.feedFactor;
    this.bookFlags = new Uint8Array(new ArrayBuffer(n));
    this.changed = new Uint8Array(new ArrayBuffer(n));
    this.changedList = new Int32Array(new ArrayBuffer(4 * n));
    this.told = new Uint8Array(new ArrayBuffer(n));
    this.statusList = new Int32Array(new ArrayBuffer(4 * n));
    for (let i = 0; i < n; i++) this.views.push(new LadderView(i, this.ladders, this));
    for (let i = 0; i < instruments.count; i++) {
      if (instruments.feed[i] !== this.feed) continue;
      const [high, low] = symbolWords(instruments.definitions[i]!.feedSymbol);
      this.symbols.add(high, low, i);
    }
  }

  // ---- reading ----------------------------------------------------------------------------------

  /** The instrument's book, always the same object. */
  view(instrument: number): BookView {
    return this.views[instrument]!;
  }

  /** BOOK_FULL, BOOK_INEXACT; 0 = the book may be trusted. Kept until the session changes. */
  flags(instrument: number): number {
    return this.bookFlags[instrument]!;
  }

  liveOrders(): number {
    return this.orders.count;
  }

  /** The flags for people, "" when there are none. @cold */
  describeFlags(instrument: number): string {
    return describeBookFlags(this.flags(instrument), this.orders.capacity, this.maxLevels);
  }

  /** Every level, best first, for comparing and dumping. @cold */
  levels(instrument: number): BookLevels {
    return dumpLevels(this.view(instrument));
  }

  // ---- end of packet, session -------------------------------------------------------------------

  /** Tells what changed: trades, statuses, then books. Inside a gap (not shown) it waits. */
  flush(shown = true): void {
    if (!shown) {
      this.counters[BOOK_TRADES_HIDDEN]! += this.trades.count;
      this.trades.count = 0;
      return;
    }
    const events = this.events;
    const trades = this.trades;
    for (let i = 0; i < trades.count; i++) {
      events.onTrade(trades.instrument[i]!, trades.px[i]!, trades.qty[i]!, trades.aggressor[i]!);
    }
    trades.count = 0;
    for (let i = 0; i < this.statusCount; i++) {
      const instrument = this.statusList[i]!;
      this.told[instrument] = 0;
      events.onStatus(instrument, this.status[instrument]!);
    }
    this.statusCount = 0;
    for (let i = 0; i < this.changedCount; i++) {
      const instrument = this.changedList[i]!;
      const changed = this.changed[instrument]!;
      this.changed[instrument] = 0;
      events.onBook(instrument, changed);
    }
    this.changedCount = 0;
  }

  /** A new session: no orders, no locates, statuses unknown. Told at the next flush. */
  clear(): void {
    const count = this.instruments.count;
    for (let i = 0; i < count; i++) {
      if (this.ladders.count[2 * i] !== 0 || this.ladders.count[2 * i + 1] !== 0) {
        this.touch(i, CHANGED_ALL);
      }
      if (this.status[i] !== 0) this.touchStatus(i);
    }
    this.orders.clear();
    this.ladders.clear();
    this.trading.clear();
    this.trades.count = 0;
    this.locates.fill(0);
    this.lastPx.fill(0);
    this.lastQty.fill(0);
    this.volume.fill(0);
    this.bookFlags.fill(0);
  }

  // ---- instruments ------------------------------------------------------------------------------

  onDirectory(locate: number, stockHi: number, stockLo: number, roundLot: number): void {
    let instrument = this.symbols.find(stockHi, stockLo);
    if (instrument < 0 && this.wildcard !== null) {
      instrument = this.subscribe(stockHi, stockLo, roundLot);
    }
    this.locates[locate] = instrument < 0 ? LOCATE_IGNORED : instrument + 1;
  }

  onUnseenLocate(locate: number, stockHi: number, stockLo: number): void {
    this.onDirectory(locate, stockHi, stockLo, 100);
  }

  /** Adds an instrument that "*" brought. @cold */
  private subscribe(stockHi: number, stockLo: number, roundLot: number): number {
    if (this.instruments.count === this.instruments.capacity) {
      this.counters[BOOK_INSTRUMENTS_FULL]! += 1;
      return -1;
    }
    const definition = this.wildcard?.(wordsSymbol(stockHi, stockLo), roundLot) ?? null;
    if (definition === null) return -1;
    const instrument = this.instruments.add(definition);
    this.symbols.add(stockHi, stockLo, instrument);
    return instrument;
  }

  // ---- orders -----------------------------------------------------------------------------------

  onAdd(
    instrument: number,
    refHi: number,
    refLo: number,
    side: number,
    qty: number,
    feedPx: number,
    timeNs: number,
  ): void {
    this.timeNs[instrument] = timeNs;
    const ladder = instrument * 2 + (side === SIDE_BUY ? 0 : 1);
    this.place(instrument, ladder, refHi, refLo, qty, feedPx);
  }

  onExecute(instrument: number, refHi: number, refLo: number, qty: number, timeNs: number): void {
    this.timeNs[instrument] = timeNs;
    const row = this.row(instrument, refHi, refLo);
    if (row === NO_ROW) return;
    const level = this.orders.levelOf(row) * LEVEL_WORDS;
    const key = this.ladders.words[level]!;
    const bid = (this.ladders.words[level + LEVEL_SIDE]! & 1) === 0;
    const taken = this.take(instrument, row, qty);
    if (taken === 0) return;
    this.trade(instrument, bid ? key : 0 - key, taken, bid ? SIDE_SELL : SIDE_BUY);
  }

  onExecuteAt(
    instrument: number,
    refHi: number,
    refLo: number,
    qty: number,
    feedPx: number,
    printable: number,
    timeNs: number,
  ): void {
    this.timeNs[instrument] = timeNs;
    const row = this.row(instrument, refHi, refLo);
    if (row === NO_ROW) return;
    const bid = (this.sideOf(row) & 1) === 0;
    const taken = this.take(instrument, row, qty);
    if (printable === 0 || taken === 0) return;
    this.trade(instrument, this.units(instrument, feedPx), taken, bid ? SIDE_SELL : SIDE_BUY);
  }

  onReduce(instrument: number, refHi: number, refLo: number, qty: number, timeNs: number): void {
    this.timeNs[instrument] = timeNs;
    const row = this.row(instrument, refHi, refLo);
    if (row !== NO_ROW) this.take(instrument, row, qty);
  }

  onDelete(instrument: number, refHi: number, refLo: number, timeNs: number): void {
    this.timeNs[instrument] = timeNs;
    const row = this.row(instrument, refHi, refLo);
    if (row !== NO_ROW) this.drop(instrument, row);
  }

  onReplace(
    instrument: number,
    oldHi: number,
    oldLo: number,
    newHi: number,
    newLo: number,
    qty: number,
    feedPx: number,
    timeNs: number,
  ): void {
    this.timeNs[instrument] = timeNs;
    const row = this.row(instrument, oldHi, oldLo);
    if (row === NO_ROW) return;
    const side = this.sideOf(row);
    this.drop(instrument, row);
    this.place(instrument, side, newHi, newLo, qty, feedPx);
  }

  // ---- trades and status ------------------------------------------------------------------------

  /** `side` is the hidden order's, so the aggressor is the other one; 0 stays 0. */
  onHiddenTrade(
    instrument: number,
    side: number,
    qty: number,
    feedPx: number,
    timeNs: number,
  ): void {
    this.timeNs[instrument] = timeNs;
    this.trade(instrument, this.units(instrument, feedPx), qty, 0 - side);
  }

  /** A cross without shares is only the news that there was none. */
  onCross(
    instrument: number,
    qty: number,
    feedPx: number,
    _crossType: number,
    timeNs: number,
  ): void {
    this.timeNs[instrument] = timeNs;
    if (qty === 0) return;
    this.trade(instrument, this.units(instrument, feedPx), qty > INT32_MAX ? -1 : qty, 0);
  }

  onBroken(_instrument: number, _matchHi: number, _matchLo: number, _timeNs: number): void {
    this.counters[BOOK_BROKEN_TRADES]! += 1;
  }

  onOther(
    _instrument: number,
    _type: number,
    _view: DataView,
    _offset: number,
    _timeNs: number,
  ): void {}

  onSystemEvent(code: number, _timeNs: number): void {
    if (!this.trading.system(code)) return;
    const count = this.instruments.count;
    for (let i = 0; i < count; i++) {
      if (this.instruments.feed[i] === this.feed && this.trading.renew(i)) this.touchStatus(i);
    }
  }

  onTradingAction(instrument: number, state: number, _timeNs: number): void {
    if (this.trading.trading(instrument, state)) this.touchStatus(instrument);
  }

  onRegSho(instrument: number, action: number, _timeNs: number): void {
    if (this.trading.regSho(instrument, action)) this.touchStatus(instrument);
  }

  /** Bounds between two units are moved inwards: the same prices are allowed. */
  onAuctionCollar(
    instrument: number,
    _reference: number,
    upper: number,
    lower: number,
    _timeNs: number,
  ): void {
    const divisor = this.divisor[instrument]!;
    const factor = this.factor[instrument]!;
    const top = divisor === 0 ? 0 : Math.floor(((upper >>> 0) / divisor) * factor);
    const bottom = divisor === 0 ? 0 : Math.ceil(((lower >>> 0) / divisor) * factor);
    const changed = this.trading.collar(
      instrument,
      Math.min(top, INT32_MAX),
      Math.min(bottom, INT32_MAX),
    );
    if (changed) this.touchStatus(instrument);
  }

  onOperationalHalt(instrument: number, market: number, action: number, _timeNs: number): void {
    if (this.trading.operational(instrument, market, action)) this.touchStatus(instrument);
  }

  // ---- inside -----------------------------------------------------------------------------------

  /** Wire price to units; NO_PX when it does not divide or does not fit. */
  private units(instrument: number, feedPx: number): number {
    if (feedPx < 0) return NO_PX;
    const divisor = this.divisor[instrument]!;
    if (divisor === 1) {
      const px = feedPx * this.factor[instrument]!;
      return px <= INT32_MAX ? px : NO_PX;
    }
    if (divisor === 0) return NO_PX;
    const px = (feedPx / divisor) | 0;
    return px * divisor === feedPx ? px : NO_PX;
  }

  private place(
    instrument: number,
    side: number,
    refHi: number,
    refLo: number,
    qty: number,
    feedPx: number,
  ): void {
    const px = this.units(instrument, feedPx);
    if (px === NO_PX || qty <= 0) {
      this.refuse(instrument, BOOK_INEXACT, BOOK_INEXACT_ORDER);
      return;
    }
    const orders = this.orders;
    if (orders.find(refHi, refLo) !== NO_ROW) {
      this.counters[BOOK_DUPLICATE_ORDER]! += 1;
      return;
    }
    if (orders.count === orders.capacity) {
      this.refuse(instrument, BOOK_FULL, BOOK_ORDERS_FULL);
      return;
    }
    const level = this.ladders.add(side, (side & 1) === 0 ? px : 0 - px, qty);
    if (level === NO_LEVEL) {
      this.refuse(instrument, BOOK_FULL, BOOK_LEVELS_FULL);
      return;
    }
    orders.insert(refHi, refLo, level, qty);
    this.moved(instrument, side);
  }

  /** The order's row when it is known and of this instrument. */
  private row(instrument: number, refHi: number, refLo: number): number {
    const row = this.orders.find(refHi, refLo);
    if (row === NO_ROW) {
      // A book that refused orders will hear of them again: that is not news.
      if (this.bookFlags[instrument] === 0) this.counters[BOOK_UNKNOWN_ORDER]! += 1;
    } else if (this.sideOf(row) >> 1 !== instrument) {
      this.refuse(instrument, BOOK_INEXACT, BOOK_MISMATCH);
      return NO_ROW;
    }
    return row;
  }

  /** Takes qty from an order, all of it at most. What was taken. */
  private take(instrument: number, row: number, qty: number): number {
    const rows = this.orders.rows;
    const left = rows[row + ROW_QTY]!;
    if (qty < 0 || qty > left) this.refuse(instrument, BOOK_INEXACT, BOOK_OVER_EXECUTION);
    if (qty < 0 || qty >= left) {
      this.drop(instrument, row);
      return left;
    }
    rows[row + ROW_QTY] = left - qty;
    const level = this.orders.levelOf(row);
    this.ladders.reduce(level, qty, 0);
    this.moved(instrument, this.ladders.words[level * LEVEL_WORDS + LEVEL_SIDE]!);
    return qty;
  }

  private drop(instrument: number, row: number): void {
    const level = this.orders.levelOf(row);
    this.ladders.reduce(level, this.orders.rows[row + ROW_QTY]!, 1);
    this.orders.remove(row);
    this.moved(instrument, this.ladders.words[level * LEVEL_WORDS + LEVEL_SIDE]!);
  }

  /** Ladder side of an order. */
  private sideOf(row: number): number {
    return this.ladders.words[this.orders.levelOf(row) * LEVEL_WORDS + LEVEL_SIDE]!;
  }

  private trade(instrument: number, px: number, qty: number, aggressor: number): void {
    if (qty > 0) this.volume[instrument]! += qty;
    if (px === NO_PX || qty <= 0) {
      this.counters[BOOK_INEXACT_TRADE]! += 1;
      return;
    }
    this.lastPx[instrument] = px;
    this.lastQty[instrument] = qty;
    if (!this.trades.push(instrument, px, qty, aggressor)) {
      this.counters[BOOK_TRADES_DROPPED]! += 1;
    }
  }

  private refuse(instrument: number, flag: number, counter: number): void {
    this.counters[counter]! += 1;
    this.bookFlags[instrument] = this.bookFlags[instrument]! | flag;
  }

  private moved(instrument: number, side: number): void {
    const bits = (side & 1) === 0 ? CHANGED_BID : CHANGED_ASK;
    this.touch(instrument, bits | (this.ladders.atBest ? CHANGED_BEST : CHANGED_DEPTH));
  }

  private touch(instrument: number, bits: number): void {
    const before = this.changed[instrument]!;
    if (before === 0) this.changedList[this.changedCount++] = instrument;
    this.changed[instrument] = before | bits;
  }

  private touchStatus(instrument: number): void {
    if (this.told[instrument] !== 0) return;
    this.told[instrument] = 1;
    this.statusList[this.statusCount++] = instrument;
  }
}
