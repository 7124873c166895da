// @hot
/**
 * OPRA decoder (Pillar output 6.3.a, Feb 2026): reads each field in place, big endian, and calls the
 * sink. The length is checked against category and indicator before anything else is read, so no
 * read leaves the message. Then the series is looked up: what nobody subscribed to ends there.
 *
 *   every message: 0 participant | 1 category | 2 type | 3 indicator | 4 transaction | 8 reference
 */
import { FEED_BAD_LENGTH, FEED_FILTERED, FEED_UNKNOWN_TYPE } from "../counters.ts";
import type { MessageDecoder } from "../message-decoder.ts";
import type { OpraSink } from "./opra-sink.ts";
import {
  ACTION_UNKNOWN,
  opraActions,
  opraSizes,
  SIDE_APPENDAGE,
  SIDE_NONE,
  SIDE_QUOTE,
  SIZE_VARIES,
} from "./opra-sizes.ts";
import { SERIES_UNSEEN, type SeriesTable } from "./series-table.ts";
import { STRIKE_MAX, strikeDivisors, strikeFactors, strikeLimits } from "./strikes.ts";

export interface OpraDecoderOptions {
  sink: OpraSink;
  /** hp_engine.counters */
  counters: Float64Array;
}

const HEAD_BYTES = 12;
const APPENDAGE_BYTES = 10;
/** Symbol byte 4 of a short quote, and its denominators. */
const SPACE_HIGH = 0x20 << 24;
const CODE_B = 0x42;
/** Of a strike that no OSI symbol can name. */
const NO_STRIKE = -1;

// Constants of the module, not fields: the engine folds what it knows not to change.
const SIZES = opraSizes();
const ACTIONS = opraActions();
const STRIKE_LIMITS = strikeLimits();
const STRIKE_FACTORS = strikeFactors();
const STRIKE_DIVISORS = strikeDivisors();
const SHORT_QUOTE = 0x71;
const LONG_QUOTE = 0x6b;
const UNDERLYING = 0x59;
const UNDERLYING_BYTES = 27;
const UNDERLYING_INDEX_BYTES = 31;
const ADMINISTRATIVE_BYTES = 14;
const TYPE_INDEX = 0x49;
const OPRA_ITSELF = 0x4f;

/** Bytes of the message at `o`, of which `left` may be read; 0 = no such category, or no head. */
export function opraSizeAt(view: DataView, o: number, left: number): number {
  if (left < HEAD_BYTES) return 0;
  const head = view.getInt32(o);
  const size = SIZES[((head >>> 8) & 0xff00) | (head & 0xff)]!;
  if (size !== SIZE_VARIES) return size;
  if (((head >>> 16) & 0xff) === UNDERLYING) {
    return ((head >>> 8) & 0xff) === TYPE_INDEX ? UNDERLYING_INDEX_BYTES : UNDERLYING_BYTES;
  }
  if (left < ADMINISTRATIVE_BYTES) return ADMINISTRATIVE_BYTES;
  return ADMINISTRATIVE_BYTES + view.getUint16(o + 12);
}

export class OpraDecoder implements MessageDecoder {
  private readonly sink: OpraSink;
  private readonly series: SeriesTable;
  private readonly counters: Float64Array;

  constructor(options: OpraDecoderOptions) {
    this.sink = options.sink;
    this.series = options.sink.series;
    this.counters = options.counters;
  }

  decode(view: DataView, _bytes: Uint8Array, o: number, length: number): void {
    if (length === 0 || opraSizeAt(view, o, length) !== length) {
      this.refuse(view, o, length);
      return;
    }
    const head = view.getInt32(o);
    const category = (head >>> 16) & 0xff;
    if (category === SHORT_QUOTE) this.shortQuote(view, o, head);
    else if (category === LONG_QUOTE) this.longQuote(view, o, head);
    else this.rest(category, view, o, head);
  }

  flush(shown: boolean): void {
    this.sink.flush(shown);
  }

  onLoss(from: number, to: number): void {
    this.sink.onLoss(from, to);
  }

  /** q: 12 symbol[4], 16 month, day, year, 19 strike, 21 bid, 23 size, 25 offer, 27 size */
  private shortQuote(view: DataView, o: number, head: number): void {
    const word0 = view.getInt32(o + 12);
    const word1 = SPACE_HIGH | (view.getInt32(o + 16) >>> 8);
    const handle = this.handleOf(word0, word1, view.getUint16(o + 19) * 100);
    if (handle < 0) return;
    const sink = this.sink;
    const participant = head >>> 24;
    sink.onQuoteType(handle, participant, (head >>> 8) & 0xff);
    const action = ACTIONS[head & 0xff]!;
    if (action === 0) return;
    if (action === ACTION_UNKNOWN) {
      this.counters[FEED_UNKNOWN_TYPE]! += 1;
      sink.onUnknownIndicator(handle);
      return;
    }
    const bid = action & 3;
    const offer = action >> 2;
    if (bid === SIDE_QUOTE) {
      sink.onBid(handle, view.getUint16(o + 21), CODE_B, view.getUint16(o + 23), participant);
    } else if (bid !== 0) this.otherBid(view, o + 29, handle, bid);
    if (offer === SIDE_QUOTE) {
      sink.onOffer(handle, view.getUint16(o + 25), CODE_B, view.getUint16(o + 27), participant);
    } else if (offer !== 0) this.otherOffer(view, o + 29, handle, bid, offer);
  }

  /** k: series at 12, 26 denominator, 27 bid, 31 size, 35 offer, 39 size */
  private longQuote(view: DataView, o: number, head: number): void {
    const handle = this.longSeries(view, o);
    if (handle < 0) return;
    const sink = this.sink;
    const participant = head >>> 24;
    sink.onQuoteType(handle, participant, (head >>> 8) & 0xff);
    const action = ACTIONS[head & 0xff]!;
    if (action === 0) return;
    if (action === ACTION_UNKNOWN) {
      this.counters[FEED_UNKNOWN_TYPE]! += 1;
      sink.onUnknownIndicator(handle);
      return;
    }
    const code = view.getUint8(o + 26);
    const bid = action & 3;
    const offer = action >> 2;
    if (bid === SIDE_QUOTE) {
      sink.onBid(handle, view.getInt32(o + 27), code, view.getInt32(o + 31), participant);
    } else if (bid !== 0) this.otherBid(view, o + 43, handle, bid);
    if (offer === SIDE_QUOTE) {
      sink.onOffer(handle, view.getInt32(o + 35), code, view.getInt32(o + 39), participant);
    } else if (offer !== 0) this.otherOffer(view, o + 43, handle, bid, offer);
  }

  /** Appendage: 0 participant, 1 denominator, 2 price, 6 size. */
  private otherBid(view: DataView, at: number, handle: number, action: number): void {
    if (action === SIDE_NONE) this.sink.onBid(handle, 0, CODE_B, 0, 0);
    else {
      const px = view.getInt32(at + 2);
      const qty = view.getInt32(at + 6);
      this.sink.onBid(handle, px, view.getUint8(at + 1), qty, view.getUint8(at));
    }
  }

  /** The offer's appendage stands behind the bid's. */
  private otherOffer(
    view: DataView,
    first: number,
    handle: number,
    bid: number,
    action: number,
  ): void {
    if (action === SIDE_NONE) {
      this.sink.onOffer(handle, 0, CODE_B, 0, 0);
      return;
    }
    const at = bid === SIDE_APPENDAGE ? first + APPENDAGE_BYTES : first;
    const px = view.getInt32(at + 2);
    const qty = view.getInt32(at + 6);
    this.sink.onOffer(handle, px, view.getUint8(at + 1), qty, view.getUint8(at));
  }

  /** All but quotes, which are nearly all there is. */
  private rest(category: number, view: DataView, o: number, head: number): void {
    switch (category) {
      case 0x61: // a: series at 12, 26 volume, 30 denominator, 31 premium, 35 trade id
        this.sale(view, o, head);
        return;
      case 0x64: // d: series at 12, 26 open interest
        this.openInterest(view, o, 26);
        return;
      case 0x66: // f: series at 12, 30 open interest
        this.openInterest(view, o, 30);
        return;
      case 0x52: // R
        this.mapping(view, o);
        return;
      case 0x48: // H
        if (head >>> 24 === OPRA_ITSELF) this.sink.onControl((head >>> 8) & 0xff);
        return;
      default: // Y and C tell nothing of a series
    }
  }

  private sale(view: DataView, o: number, head: number): void {
    const handle = this.longSeries(view, o);
    if (handle < 0) return;
    const px = view.getInt32(o + 31);
    const code = view.getUint8(o + 30);
    this.sink.onSale(handle, (head >>> 8) & 0xff, px, code, view.getInt32(o + 26));
  }

  private openInterest(view: DataView, o: number, at: number): void {
    const handle = this.longSeries(view, o);
    if (handle >= 0) this.sink.onOpenInterest(handle, view.getInt32(o + at));
  }

  /**
   * R: 12 symbol[5], 17 month, day, year, 20 denominator, 21 strike, 25 line. It names the series of
   * all lines: none is added for it.
   */
  private mapping(view: DataView, o: number): void {
    const expiration = view.getInt32(o + 17);
    const word1 = (view.getUint8(o + 16) << 24) | (expiration >>> 8);
    const strike = strikeOf(expiration & 0xff, view.getInt32(o + 21));
    const handle = this.series.find(view.getInt32(o + 12), word1, strike);
    if (handle >= 0) this.sink.onLine(handle, view.getUint16(o + 25));
  }

  /** Of a d f k: 12 symbol[5], 17 reserved, 18 month, day, year, 21 denominator, 22 strike. */
  private longSeries(view: DataView, o: number): number {
    const expiration = view.getInt32(o + 18);
    const word1 = (view.getUint8(o + 16) << 24) | (expiration >>> 8);
    const strike = strikeOf(expiration & 0xff, view.getInt32(o + 22));
    return this.handleOf(view.getInt32(o + 12), word1, strike);
  }

  /** The handle, or a negative number: counted. */
  private handleOf(word0: number, word1: number, word2: number): number {
    const handle = this.series.find(word0, word1, word2);
    if (handle >= 0) return handle;
    return this.unlisted(handle, word0, word1, word2);
  }

  private unlisted(found: number, word0: number, word1: number, word2: number): number {
    if (this.sink.takesNew && found === SERIES_UNSEEN && word2 !== NO_STRIKE) {
      this.sink.onUnseenSeries(word0, word1, word2);
      const handle = this.series.find(word0, word1, word2);
      if (handle >= 0) return handle;
    }
    this.counters[FEED_FILTERED]! += 1;
    return found;
  }

  private refuse(view: DataView, o: number, length: number): void {
    if (length === 0) return;
    const head = length < HEAD_BYTES ? 0 : view.getInt32(o);
    const isKnown = SIZES[((head >>> 8) & 0xff00) | (head & 0xff)] !== 0;
    this.counters[isKnown ? FEED_BAD_LENGTH : FEED_UNKNOWN_TYPE]! += 1;
  }
}

/** Strike (u32, read as int32) times 1000 as in the OSI symbol, or NO_STRIKE. */
function strikeOf(code: number, strike: number): number {
  if (strike >= 0 && strike < STRIKE_LIMITS[code]!) {
    return Math.imul(strike, STRIKE_FACTORS[code]!);
  }
  const divisor = STRIKE_DIVISORS[code]!;
  const wide = strike >>> 0;
  if (divisor === 0 || wide % divisor !== 0) return NO_STRIKE;
  const thousandths = wide / divisor;
  return thousandths <= STRIKE_MAX ? thousandths | 0 : NO_STRIKE;
}
