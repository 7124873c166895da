// @hot
/**
 * Best bid and offer of the series of one OPRA line, with last trades and trading status; tells the
 * engine at the end of each packet what changed.
 *
 * OPRA works the best bid and offer out itself. A quote says what it does to each side: it is the
 * best now, there is none, an appendage tells who is, or nothing changes. Quotes of participants
 * that are not the best are not kept.
 *
 * A side is known from the first word about it on: the start of the day, when there is none, or a
 * quote that states it. After a loss, and when joined late, no side is known ("no change" says
 * nothing then); a series has BOOK_STALE until both its sides have been stated.
 */
import { STATUS_CLOSED, STATUS_TRADING, STATUS_UNKNOWN } from "../core/codes.ts";
import { residentBuffer } from "../core/resident.ts";
import type { OpraSink } from "../feed/opra/opra-sink.ts";
import { denominatorDecimals } from "../feed/opra/opra-sizes.ts";
import { SeriesTable } from "../feed/opra/series-table.ts";
import { seriesText, seriesWords } from "../feed/opra/series-text.ts";
import type { BboBooksOptions } from "./bbo-options.ts";
import {
  BBO_ANY_BAD,
  BBO_BAD,
  BBO_BOTH_KNOWN,
  BBO_CENTS,
  BBO_KNOWN,
  BBO_OFFER,
  BBO_OPEN,
  BBO_QTY,
  BBO_SEEN,
  BBO_SHIFT,
  BBO_STATE,
  BboView,
} from "./bbo-view.ts";
import type { Wildcard } from "./books-options.ts";
import {
  BOOK_BROKEN_TRADES,
  BOOK_INEXACT_ORDER,
  BOOK_INEXACT_TRADE,
  BOOK_INSTRUMENTS_FULL,
} from "./counters.ts";
import { DECIMALS_MAX, inUnits, NO_UNITS, unitScale } from "./decimal-units.ts";
import type { FeedBooks } from "./feed-books.ts";
import { BOOK_INEXACT, BOOK_STALE } from "./flags.ts";
import type { Instruments } from "./instruments.ts";
import { type BookLevels, dumpLevels } from "./levels.ts";
import { CHANGED_ALL, CHANGED_BEST } from "./market-events.ts";
import { MarketQueue } from "./market-queue.ts";
import { QuoteStatus } from "./quote-status.ts";
import { statusColumns } from "./status-columns.ts";
import type { BookView } from "./view.ts";

const BID = 0;
const OFFER = 1;
const CODE_B = 0x42;
const ROUND_LOT = 1;
const DECIMALS_COUNT = DECIMALS_MAX + 1;
/** Control types: start and end of day, reset of the sequence, another data centre takes over. */
const START_OF_DAY = 0x43;
const END_OF_DAY = 0x4a;
const RESET = 0x4b;
const OTHER_CENTER = 0x50;

/** Sales that take one back, and those that are told late and out of sequence. */
const SALE_CANCEL = 1;
const SALE_LATE = 2;
/** By type: CANC CNCL CNCO CNOL CSTP, OSEQ OPEN; 0 = a sale of now. */
const SALES = saleKinds("ACEGO", "BF");

export class BboBooks implements OpraSink, FeedBooks {
  readonly series: SeriesTable;
  readonly takesNew: boolean;
  /** STATUS_* by instrument. */
  readonly status: Int32Array;
  readonly lastPx: Int32Array;
  readonly lastQty: Float64Array;
  /** Contracts traded this session, cancels not taken off. */
  readonly volume: Float64Array;
  readonly openInterest: Float64Array;
  /** Multicast line that the venue says carries the series; 0 = not told. */
  readonly line: Uint16Array;
  private readonly feed: number;
  private readonly instruments: Instruments;
  private readonly counters: Float64Array;
  private readonly wildcard: Wildcard | null;
  private readonly queue: MarketQueue;
  private readonly trading: QuoteStatus;
  /** See bbo-view.ts. */
  private readonly rows: Int32Array;
  /** Letters of the participants that are the best, bid and offer by instrument. */
  private readonly best: Uint8Array;
  /** unitScale by instrument and decimals. */
  private readonly scales: Int32Array;
  private readonly decimals = denominatorDecimals();
  private readonly own: Int32Array;
  private ownCount = 0;
  /** What is known of a series that comes up: both sides, when nothing was missed since the day began. */
  private bornKnown = 0;
  private readonly views: BboView[] = [];

  /** Throws when the feed symbol of an instrument is no series. */
  constructor(options: BboBooksOptions) {
    const { instruments, counters } = options;
    const n = instruments.capacity;
    this.feed = options.feed;
    this.instruments = instruments;
    this.counters = counters;
    this.wildcard = options.wildcard ?? null;
    this.takesNew = this.wildcard !== null;
    this.status = (options.columns ?? statusColumns(n)).status;
    this.lastPx = new Int32Array(new ArrayBuffer(4 * n));
    this.lastQty = new Float64Array(new ArrayBuffer(8 * n));
    this.volume = new Float64Array(new ArrayBuffer(8 * n));
    this.openInterest = new Float64Array(new ArrayBuffer(8 * n));
    this.line = new Uint16Array(new ArrayBuffer(2 * n));
    this.rows = new Int32Array(residentBuffer((4 * n) << BBO_SHIFT));
    this.best = new Uint8Array(new ArrayBuffer(2 * n));
    this.scales = new Int32Array(new ArrayBuffer(4 * n * DECIMALS_COUNT));
    this.own = new Int32Array(new ArrayBuffer(4 * n));
    const trades = options.maxTrades ?? 1024;
    this.queue = new MarketQueue(n, trades, this.status, options.events, counters);
    this.trading = new QuoteStatus(this.status, this.rows, this.queue, counters);
    this.series = new SeriesTable(n);
    for (let i = 0; i < n; i++) this.views.push(new BboView(i, this.rows, this));
    for (let i = 0; i < instruments.count; i++) {
      if (instruments.feed[i] !== this.feed) continue;
      const { symbol, feedSymbol } = instruments.definitions[i]!;
      const words = seriesWords(feedSymbol);
      if (words === null) {
        throw new Error(`${symbol}: feed symbol ${feedSymbol} is no OSI symbol of a series`);
      }
      this.series.add(words[0], words[1], words[2], i);
      this.take(i);
    }
  }

  // ---- reading ----------------------------------------------------------------------------------

  view(instrument: number): BookView {
    return this.views[instrument]!;
  }

  flags(instrument: number): number {
    const state = this.rows[(instrument << BBO_SHIFT) + BBO_STATE]!;
    const stale = (state & BBO_BOTH_KNOWN) === BBO_BOTH_KNOWN ? 0 : BOOK_STALE;
    return (state & BBO_ANY_BAD) === 0 ? stale : stale | BOOK_INEXACT;
  }

  /** Letter of the participant with the best bid (side 0) or offer (1); 0 = there is none. */
  participant(instrument: number, side: number): number {
    return this.best[(instrument << 1) + side]!;
  }

  /** Nothing rests here: OPRA tells the best of each side alone. */
  liveOrders(): number {
    return 0;
  }

  /** @cold */
  isSeen(instrument: number): boolean {
    return (this.rows[(instrument << BBO_SHIFT) + BBO_STATE]! & BBO_SEEN) !== 0;
  }

  /** @cold */
  describeFlags(instrument: number): string {
    const flags = this.flags(instrument);
    const reasons: string[] = [];
    if ((flags & BOOK_INEXACT) !== 0) {
      reasons.push(
        "the book is inexact: the best price does not divide by the instrument's price unit or does not fit",
      );
    }
    if ((flags & BOOK_STALE) !== 0) {
      reasons.push(
        "the book is stale: blocks were missed, and the best bid, the best offer or both have not been told since",
      );
    }
    return reasons.join("; ");
  }

  /** @cold */
  levels(instrument: number): BookLevels {
    return dumpLevels(this.view(instrument));
  }

  // ---- what the decoder tells -------------------------------------------------------------------

  /** Cold: once per series; one that is left out is remembered, so that nobody is asked again. */
  onUnseenSeries(word0: number, word1: number, word2: number): void {
    if (this.series.isFull()) return;
    this.series.add(word0, word1, word2, this.subscribe(word0, word1, word2));
  }

  onBid(handle: number, px: number, code: number, qty: number, participant: number): void {
    this.setSide(handle, BID, px, code, qty, participant);
  }

  onOffer(handle: number, px: number, code: number, qty: number, participant: number): void {
    this.setSide(handle, OFFER, px, code, qty, participant);
  }

  onQuoteType(handle: number, participant: number, type: number): void {
    this.trading.hear(handle, participant, type);
  }

  onUnknownIndicator(handle: number): void {
    const at = (handle << BBO_SHIFT) + BBO_STATE;
    this.rows[at] = this.rows[at]! & ~BBO_BOTH_KNOWN;
    this.queue.touch(handle, CHANGED_ALL);
  }

  onSale(handle: number, type: number, px: number, code: number, qty: number): void {
    const kind = SALES[type]!;
    if (kind === SALE_CANCEL) {
      this.counters[BOOK_BROKEN_TRADES]! += 1;
      return;
    }
    const units = inUnits(px, this.scaleOf(handle, code));
    if (units === NO_UNITS || qty < 0) {
      this.counters[BOOK_INEXACT_TRADE]! += 1;
      return;
    }
    const at = (handle << BBO_SHIFT) + BBO_STATE;
    this.rows[at] = this.rows[at]! | BBO_SEEN;
    this.volume[handle]! += qty;
    if (kind === SALE_LATE) return;
    this.lastPx[handle] = units;
    this.lastQty[handle] = qty;
    this.queue.trade(handle, units, qty, 0);
  }

  onOpenInterest(handle: number, qty: number): void {
    this.openInterest[handle] = qty >>> 0;
  }

  onLine(handle: number, line: number): void {
    this.line[handle] = line;
  }

  onControl(type: number): void {
    if (type === START_OF_DAY) this.startDay();
    else if (type === END_OF_DAY) this.endDay();
    else if (type === RESET || type === OTHER_CENTER) this.forget();
  }

  onLoss(_from: number, _to: number): void {
    this.forget();
  }

  flush(shown: boolean): void {
    this.queue.flush(shown);
  }

  // ---- sessions ---------------------------------------------------------------------------------

  clear(): void {
    this.trading.closed = false;
    this.empty(0);
    this.queue.dropTrades();
    this.lastPx.fill(0);
    this.lastQty.fill(0);
    this.volume.fill(0);
  }

  /** @cold */
  assumeTrading(): void {
    for (let k = 0; k < this.ownCount; k++) {
      const i = this.own[k]!;
      if (this.status[i] === STATUS_UNKNOWN) this.trading.set(i, STATUS_TRADING);
    }
  }

  /** Nobody quotes yet: both sides of every series are known to be empty. */
  private startDay(): void {
    this.trading.closed = false;
    this.empty(BBO_BOTH_KNOWN);
  }

  private endDay(): void {
    this.trading.closed = true;
    for (let k = 0; k < this.ownCount; k++) this.trading.set(this.own[k]!, STATUS_CLOSED);
  }

  /** Anything may have changed: what is shown is not to be trusted, nor who is quoting. */
  private forget(): void {
    const rows = this.rows;
    this.bornKnown = 0;
    for (let k = 0; k < this.ownCount; k++) {
      const base = this.own[k]! << BBO_SHIFT;
      rows[base + BBO_STATE] = rows[base + BBO_STATE]! & BBO_SEEN;
      rows[base + BBO_OPEN] = 0;
    }
  }

  /** Takes all away; `known`: BBO_BOTH_KNOWN when that is how it is. */
  private empty(known: number): void {
    const rows = this.rows;
    this.bornKnown = known;
    for (let k = 0; k < this.ownCount; k++) {
      const i = this.own[k]!;
      const base = i << BBO_SHIFT;
      const qty = rows[base + BBO_QTY]! | rows[base + BBO_OFFER + BBO_QTY]!;
      if (qty !== 0) this.queue.touch(i, CHANGED_ALL);
      for (let word = 0; word < BBO_CENTS; word++) rows[base + word] = 0;
      rows[base + BBO_STATE] = known;
      this.trading.set(i, STATUS_UNKNOWN);
    }
    this.best.fill(0);
  }

  // ---- inside -----------------------------------------------------------------------------------

  /** One side as it is now. A price of zero is none: nobody bids it. */
  private setSide(
    handle: number,
    side: number,
    px: number,
    code: number,
    qty: number,
    participant: number,
  ): void {
    const rows = this.rows;
    const base = handle << BBO_SHIFT;
    const at = base + (side << 1);
    const told = rows[base + BBO_STATE]!;
    let state = (told | (BBO_KNOWN << side)) & ~(BBO_BAD << side);
    let units = 0;
    let size = 0;
    if (px !== 0 && qty !== 0) {
      const scale = code === CODE_B ? rows[base + BBO_CENTS]! : this.scaleOf(handle, code);
      units = scale === 1 ? px : inUnits(px, scale);
      size = qty;
      if (units <= 0 || qty < 0) {
        this.counters[BOOK_INEXACT_ORDER]! += 1;
        state |= BBO_BAD << side;
        units = 0;
        size = 0;
      }
    }
    this.best[(handle << 1) + side] = size === 0 ? 0 : participant;
    if (rows[at] === units && rows[at + BBO_QTY] === size && state === told) return;
    rows[at] = units;
    rows[at + BBO_QTY] = size;
    rows[base + BBO_STATE] = state;
    this.queue.touch(handle, (1 << side) | CHANGED_BEST);
  }

  private scaleOf(handle: number, code: number): number {
    const decimals = this.decimals[code]!;
    return decimals < 0 ? 0 : this.scales[handle * DECIMALS_COUNT + decimals]!;
  }

  /** @cold */
  private subscribe(word0: number, word1: number, word2: number): number {
    if (this.wildcard === null) return -1;
    if (this.instruments.count === this.instruments.capacity) {
      this.counters[BOOK_INSTRUMENTS_FULL]! += 1;
      return -1;
    }
    const text = seriesText(word0, word1, word2);
    const definition = text === null ? null : this.wildcard(text, ROUND_LOT);
    if (definition === null) return -1;
    const instrument = this.instruments.add(definition);
    this.take(instrument);
    this.rows[(instrument << BBO_SHIFT) + BBO_STATE] = this.bornKnown;
    return instrument;
  }

  /** @cold */
  private take(instrument: number): void {
    this.own[this.ownCount++] = instrument;
    const unit = this.instruments.priceUnit[instrument]!;
    for (let decimals = 0; decimals < DECIMALS_COUNT; decimals++) {
      this.scales[instrument * DECIMALS_COUNT + decimals] = unitScale(decimals, unit);
    }
    this.rows[(instrument << BBO_SHIFT) + BBO_CENTS] = unitScale(2, unit);
  }
}

/** By character code: its kind. @cold */
function saleKinds(cancels: string, late: string): Uint8Array {
  const kinds = new Uint8Array(new ArrayBuffer(256));
  for (const type of cancels) kinds[type.charCodeAt(0)] = SALE_CANCEL;
  for (const type of late) kinds[type.charCodeAt(0)] = SALE_LATE;
  return kinds;
}
