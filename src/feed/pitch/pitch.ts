// @hot
/**
 * Cboe Multicast PITCH decoder: reads each field in place, little endian, and calls the sink. The
 * length is checked against the type's in the chosen edition before anything else is read, so no
 * read leaves the message. A message of another edition is refused rather than misread, and the books
 * are stale from then on: part of its messages may well have the same lengths.
 *
 * Time: 0x20 gives the seconds since midnight, every other message ns from there. Before the first
 * 0x20 no time is known (NO_TIME). When messages were lost, one 0x20 may have been among them: times
 * then go on from the last second that is known, and isTimeSure is false until the next 0x20. Books
 * do not depend on time.
 */
import { SIDE_BUY } from "../../core/codes.ts";
import { FEED_BAD_LENGTH, FEED_UNKNOWN_TYPE } from "../counters.ts";
import type { MessageDecoder } from "../message-decoder.ts";
import type { PitchEdition } from "./pitch-editions.ts";
import { pitchLengths, pitchOpenTypes, pitchTraits } from "./pitch-lengths.ts";
import { NO_TIME, type PitchSink } from "./pitch-sink.ts";

export interface PitchDecoderOptions {
  sink: PitchSink;
  edition: PitchEdition;
  /** hp_engine.counters */
  counters: Float64Array;
}

const BUY = 0x42; // 'B'
const SELL = 0x53; // 'S'
const WORD = 4294967296;
const SECOND_NS = 1e9;
/** 2^53 in units of 2^32. */
const WORDS_MAX = 0x200000;
/** What a price becomes that can't be held. */
const BAD_PX = -1;
/** Short prices have two decimals, long ones four. */
const SHORT_PX = 100;
/** Bit 1 of the flags of a modify. */
const KEEPS_PRIORITY = 2;
/** The end of a symbol of 6, as of one of 8: two spaces. */
const PADDING = 0x2020;
/** Up to the end of the order id at 6. */
const ID_BYTES = 14;
const FIRST_BY_ID = 0x23;
const LAST_BY_ID = 0x29;

/**
 * Of 'B', which is even, or 'S', odd; 0 of what is neither. No branch between both: which side comes
 * can't be predicted. That it is one of them can.
 */
function sideOf(code: number): number {
  const odd = code & 1;
  return code === BUY + Math.imul(odd, SELL - BUY) ? SIDE_BUY - (odd << 1) : 0;
}

/** u64 (or i64) price. Nearly all are one int32. */
function longPx(view: DataView, o: number): number {
  const low = view.getInt32(o, true);
  const high = view.getInt32(o + 4, true);
  return high === 0 && low >= 0 ? low : farPx(high, low);
}

function farPx(high: number, low: number): number {
  return high >= 0 && high < WORDS_MAX ? high * WORD + (low >>> 0) : BAD_PX;
}

/** Last words of a symbol of 6 characters. */
function shortLow(view: DataView, o: number): number {
  return (view.getUint16(o) << 16) | PADDING;
}

export class PitchDecoder implements MessageDecoder {
  /** False before the first time message, and from a loss on until the next one. */
  isTimeSure = false;
  private readonly sink: PitchSink;
  private readonly counters: Float64Array;
  private readonly lengths: Uint8Array;
  private readonly openTypes: Uint8Array;
  private readonly isSigned: boolean;
  private readonly hasRegSho: boolean;
  private readonly hasGlobalHours: boolean;
  /** The last 0x20; below 0 = none yet. */
  private secondNs = -SECOND_NS;

  constructor(options: PitchDecoderOptions) {
    this.sink = options.sink;
    this.counters = options.counters;
    this.lengths = pitchLengths(options.edition);
    this.openTypes = pitchOpenTypes(options.edition);
    const traits = pitchTraits(options.edition);
    this.isSigned = traits.isSigned;
    this.hasRegSho = traits.hasRegSho;
    this.hasGlobalHours = traits.hasGlobalHours;
  }

  /** Case labels are literals: the engine makes a jump table of them, not of names. */
  decode(view: DataView, bytes: Uint8Array, o: number, length: number): void {
    if (length < 2) {
      this.counters[FEED_BAD_LENGTH]! += 1;
      return;
    }
    const type = bytes[o + 1]!;
    if (this.lengths[type]! !== length && !this.isAllowed(type, length)) return;
    const sink = this.sink;
    switch (type) {
      case 0x22: // 6 id, 14 side, 15 quantity u16, 17 symbol[6], 23 price u16
        sink.onAdd(
          view.getInt32(o + 17),
          shortLow(view, o + 21),
          view.getInt32(o + 10, true),
          view.getInt32(o + 6, true),
          sideOf(bytes[o + 14]!),
          view.getUint16(o + 15, true),
          this.shortPx(view, o + 23),
          this.time(view, o),
        );
        return;
      case 0x21: // 6 id, 14 side, 15 quantity u32, 19 symbol[6], 25 price u64
        sink.onAdd(
          view.getInt32(o + 19),
          shortLow(view, o + 23),
          view.getInt32(o + 10, true),
          view.getInt32(o + 6, true),
          sideOf(bytes[o + 14]!),
          view.getInt32(o + 15, true),
          longPx(view, o + 25),
          this.time(view, o),
        );
        return;
      case 0x29: // 6 id
        sink.onDelete(view.getInt32(o + 10, true), view.getInt32(o + 6, true), this.time(view, o));
        return;
      case 0x23: // 6 id, 14 executed u32, 18 execution
        sink.onExecute(
          view.getInt32(o + 10, true),
          view.getInt32(o + 6, true),
          view.getInt32(o + 14, true),
          this.time(view, o),
        );
        return;
      case 0x26: // 6 id, 14 canceled u16
        sink.onReduce(
          view.getInt32(o + 10, true),
          view.getInt32(o + 6, true),
          view.getUint16(o + 14, true),
          this.time(view, o),
        );
        return;
      case 0x25: // 6 id, 14 canceled u32
        sink.onReduce(
          view.getInt32(o + 10, true),
          view.getInt32(o + 6, true),
          view.getInt32(o + 14, true),
          this.time(view, o),
        );
        return;
      case 0x28: // 6 id, 14 quantity u16, 16 price u16, 18 flags
        sink.onModify(
          view.getInt32(o + 10, true),
          view.getInt32(o + 6, true),
          view.getUint16(o + 14, true),
          this.shortPx(view, o + 16),
          this.isSigned ? 0 : bytes[o + 18]! & KEEPS_PRIORITY,
          this.time(view, o),
        );
        return;
      case 0x27: // 6 id, 14 quantity u32, 18 price u64, 26 flags
        sink.onModify(
          view.getInt32(o + 10, true),
          view.getInt32(o + 6, true),
          view.getInt32(o + 14, true),
          longPx(view, o + 18),
          this.isSigned ? 0 : bytes[o + 26]! & KEEPS_PRIORITY,
          this.time(view, o),
        );
        return;
      case 0x20: // 2 seconds
        this.setTime(view.getUint32(o + 2, true));
        return;
      default:
        this.rest(type, view, bytes, o);
    }
  }

  /** `count` messages of a unit's block from `offset` on: see MessageDecoder.readAhead. */
  readAhead(view: DataView, bytes: Uint8Array, offset: number, count: number): void {
    const sink = this.sink;
    if (!sink.readsAhead) return;
    let at = offset;
    for (let s = count; s > 0; s--) {
      const length = bytes[at]!;
      const type = bytes[at + 1]!;
      if (type >= FIRST_BY_ID && type <= LAST_BY_ID && length >= ID_BYTES) {
        sink.onAhead(view.getInt32(at + 10, true), view.getInt32(at + 6, true));
      }
      at += length;
    }
  }

  flush(shown: boolean): void {
    this.sink.flush(shown);
  }

  onLoss(_from: number, _to: number): void {
    this.isTimeSure = false;
    this.sink.onLoss();
  }

  takesDoubt(): boolean {
    return this.sink.takesDoubt();
  }

  /** Less frequent types. */
  private rest(type: number, view: DataView, bytes: Uint8Array, o: number): void {
    const sink = this.sink;
    switch (type) {
      case 0x24: // 6 id, 14 executed u32, 18 remaining u32, 22 execution, 30 price u64
        sink.onExecuteAt(
          view.getInt32(o + 10, true),
          view.getInt32(o + 6, true),
          view.getInt32(o + 14, true),
          view.getInt32(o + 18, true),
          longPx(view, o + 30),
          this.time(view, o),
        );
        return;
      case 0x2f: // 0x21 with symbol[8] at 19, 27 price
        sink.onAdd(
          view.getInt32(o + 19),
          view.getInt32(o + 23),
          view.getInt32(o + 10, true),
          view.getInt32(o + 6, true),
          sideOf(bytes[o + 14]!),
          view.getInt32(o + 15, true),
          longPx(view, o + 27),
          this.time(view, o),
        );
        return;
      case 0x2b: // 0x22 up to the price, 25 execution
        this.trade(
          view,
          bytes,
          o,
          o + 17,
          shortLow(view, o + 21),
          view.getUint16(o + 15, true),
          this.shortPx(view, o + 23),
        );
        return;
      case 0x2a: // 0x21 up to the price, 33 execution
        this.trade(
          view,
          bytes,
          o,
          o + 19,
          shortLow(view, o + 23),
          view.getInt32(o + 15, true),
          longPx(view, o + 25),
        );
        return;
      case 0x30: // 0x2f up to the price, 35 execution
        this.trade(
          view,
          bytes,
          o,
          o + 19,
          view.getInt32(o + 23),
          view.getInt32(o + 15, true),
          longPx(view, o + 27),
        );
        return;
      case 0x31: // 6 symbol[8] or [6], 14 status, 15 Reg SHO, 16 status outside regular hours
        sink.onTradingStatus(
          view.getInt32(o + 6),
          this.hasRegSho ? view.getInt32(o + 10) : shortLow(view, o + 10),
          bytes[o + 14]!,
          this.hasRegSho ? bytes[o + 15]! : 0,
          this.hasGlobalHours ? bytes[o + 16]! : 0,
          this.time(view, o),
        );
        return;
      case 0x2c: // 6 execution
        sink.onBroken(view.getInt32(o + 10, true), view.getInt32(o + 6, true), this.time(view, o));
        return;
      case 0x97:
        sink.onUnitClear(this.time(view, o));
        return;
      case 0xb1: // 2 midnight, 6 seconds, 10 offset, 14 trade date
        this.setTime(view.getUint32(o + 6, true));
        return;
      case 0x2e: // symbol mappings carry no time
      case 0x9e:
        sink.onOther(type, view, o, NO_TIME);
        return;
      default: // 2d 95 96 98 9d ad ae af b9 ba bb bc bd be d1 d2 d3
        sink.onOther(type, view, o, this.time(view, o));
    }
  }

  private trade(
    view: DataView,
    bytes: Uint8Array,
    o: number,
    symbol: number,
    symbolLo: number,
    qty: number,
    feedPx: number,
  ): void {
    const side = sideOf(bytes[o + 14]!);
    this.sink.onTrade(view.getInt32(symbol), symbolLo, side, qty, feedPx, this.time(view, o));
  }

  /** Price with two decimals, as one with four. */
  private shortPx(view: DataView, o: number): number {
    const px = this.isSigned ? view.getInt16(o, true) : view.getUint16(o, true);
    return px >= 0 ? px * SHORT_PX : BAD_PX;
  }

  /** Of a message with its offset at 2. */
  private time(view: DataView, o: number): number {
    const second = this.secondNs;
    return second < 0 ? NO_TIME : second + view.getUint32(o + 2, true);
  }

  private setTime(seconds: number): void {
    this.secondNs = seconds * SECOND_NS;
    this.isTimeSure = true;
  }

  /**
   * A length that is not the type's: right only for one with a repeating part. Else it is counted, and
   * what the message would have changed is lost: another edition must not leave half a book behind.
   */
  private isAllowed(type: number, length: number): boolean {
    const least = this.lengths[type]!;
    if (this.openTypes[type] === 1 && length > least) return true;
    if (least === 0) this.counters[FEED_UNKNOWN_TYPE]! += 1;
    else {
      this.counters[FEED_BAD_LENGTH]! += 1;
      this.isTimeSure = false;
      this.sink.onMisread();
    }
    return false;
  }
}
