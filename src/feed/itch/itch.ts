// @hot
/**
 * ITCH 5.0 decoder (Nasdaq TotalView-ITCH 5.0, edition Feb 2026): reads each field in place, big
 * endian, and calls the sink. The length is checked against the type before anything else is read,
 * so no read leaves the message. Then the locate filter: what nobody subscribed to ends there.
 */
import { SIDE_BUY } from "../../core/codes.ts";
import { FEED_BAD_LENGTH, FEED_FILTERED, FEED_UNKNOWN_TYPE } from "../counters.ts";
import type { MessageDecoder } from "../message-decoder.ts";
import {
  itchLengths,
  itchNamingLengths,
  itchStockOffsets,
  itchTellingTypes,
} from "./itch-lengths.ts";
import { type ItchSink, LOCATE_IGNORED, LOCATE_UNSEEN } from "./itch-sink.ts";

export interface ItchDecoderOptions {
  sink: ItchSink;
  /** hp_engine.counters */
  counters: Float64Array;
}

const WORD = 4294967296;
const YES = 0x59; // 'Y'
const BUY = 0x42; // 'B'
const SELL = 0x53; // 'S'
const SYSTEM_EVENT = 0x53;
const DIRECTORY = 0x52;
const MWCB_LEVELS = 0x56;
const MWCB_STATUS = 0x57;
/** Up to the end of the order reference at 11. */
const REFERENCE_BYTES = 19;

/**
 * Of 'B', which is even, or 'S', odd; 0 of what is neither. No branch between both: which side comes
 * can't be predicted. That it is one of them can.
 */
function sideOf(code: number): number {
  const odd = code & 1;
  return code === BUY + Math.imul(odd, SELL - BUY) ? SIDE_BUY - (odd << 1) : 0;
}

export class ItchDecoder implements MessageDecoder {
  private readonly sink: ItchSink;
  private readonly locates: Int32Array;
  private readonly counters: Float64Array;
  private readonly lengths: Uint8Array;
  private readonly namingLengths: Uint8Array;
  private readonly stockOffsets: Uint8Array;
  private readonly tellingTypes: Uint8Array;

  constructor(options: ItchDecoderOptions) {
    this.sink = options.sink;
    this.locates = options.sink.locates;
    this.counters = options.counters;
    this.lengths = itchLengths();
    this.namingLengths = itchNamingLengths();
    this.stockOffsets = itchStockOffsets();
    this.tellingTypes = itchTellingTypes();
  }

  /** Case labels are literals: the engine makes a jump table of them, not of names. */
  decode(view: DataView, bytes: Uint8Array, o: number, length: number): void {
    if (length < 1) return;
    const type = bytes[o]!;
    if (this.lengths[type]! !== length) {
      this.refuse(type);
      return;
    }
    const entry = this.locates[view.getUint16(o + 1)]!;
    if (entry <= 0) {
      this.unlisted(type, entry, view, bytes, o, length);
      return;
    }
    const handle = entry - 1;
    const sink = this.sink;
    const ns = view.getUint16(o + 5) * WORD + view.getUint32(o + 7);
    switch (type) {
      case 0x41: // A: 11 reference, 19 side, 20 shares, 24 stock, 32 price
      case 0x46: // F: A, 36 attribution
        sink.onAdd(
          handle,
          view.getInt32(o + 11),
          view.getInt32(o + 15),
          sideOf(bytes[o + 19]!),
          view.getInt32(o + 20),
          view.getInt32(o + 32),
          ns,
        );
        return;
      case 0x44: // D: 11 reference
        sink.onDelete(handle, view.getInt32(o + 11), view.getInt32(o + 15), ns);
        return;
      case 0x55: // U: 11 original reference, 19 new reference, 27 shares, 31 price
        sink.onReplace(
          handle,
          view.getInt32(o + 11),
          view.getInt32(o + 15),
          view.getInt32(o + 19),
          view.getInt32(o + 23),
          view.getInt32(o + 27),
          view.getInt32(o + 31),
          ns,
        );
        return;
      case 0x45: // E: 11 reference, 19 shares, 23 match
        sink.onExecute(
          handle,
          view.getInt32(o + 11),
          view.getInt32(o + 15),
          view.getInt32(o + 19),
          ns,
        );
        return;
      case 0x58: // X: 11 reference, 19 shares
        sink.onReduce(
          handle,
          view.getInt32(o + 11),
          view.getInt32(o + 15),
          view.getInt32(o + 19),
          ns,
        );
        return;
      case 0x43: // C: E, 31 printable, 32 price
        sink.onExecuteAt(
          handle,
          view.getInt32(o + 11),
          view.getInt32(o + 15),
          view.getInt32(o + 19),
          view.getInt32(o + 32),
          bytes[o + 31] === YES ? 1 : 0,
          ns,
        );
        return;
      default:
        this.rest(type, handle, view, bytes, o, ns);
    }
  }

  /**
   * Of each message that names an order by reference (D E X C U), has the sink look at that order.
   * Orders rest for minutes: the row of an old one is far from the caches, and one miss after the
   * other is most of what a large packet takes (a fifth of it, with 120,000 orders in a table of 64 MB).
   */
  readAhead(view: DataView, bytes: Uint8Array, offset: number, count: number): void {
    const sink = this.sink;
    if (!sink.readsAhead) return;
    let at = offset;
    for (let s = count; s > 0; s--) {
      const length = view.getUint16(at);
      if (length >= REFERENCE_BYTES && this.namingLengths[bytes[at + 2]!] === length) {
        if (this.locates[view.getUint16(at + 3)]! > 0) {
          sink.onAhead(view.getInt32(at + 13), view.getInt32(at + 17));
        }
      }
      at += 2 + length;
    }
  }

  flush(shown: boolean): void {
    this.sink.flush(shown);
  }

  onLoss(_from: number, _to: number): void {
    this.sink.onLoss();
  }

  /** A type that is not known changes no book of ours; one of another length may have been meant to. */
  private refuse(type: number): void {
    this.counters[this.lengths[type] === 0 ? FEED_UNKNOWN_TYPE : FEED_BAD_LENGTH]! += 1;
    if (this.tellingTypes[type] !== 0) this.sink.onMisread();
  }

  /** Types that do not change a displayed order. */
  private rest(
    type: number,
    handle: number,
    view: DataView,
    bytes: Uint8Array,
    o: number,
    ns: number,
  ): void {
    const sink = this.sink;
    switch (type) {
      case 0x50: {
        // P: 11 reference, 19 side, 20 shares, 24 stock, 32 price, 36 match. Reference 0 comes
        // with side 'B' whatever the side was: then it is not told.
        const told = (view.getInt32(o + 11) | view.getInt32(o + 15)) !== 0;
        const side = sideOf(bytes[o + 19]!);
        const qty = view.getInt32(o + 20);
        sink.onHiddenTrade(handle, told ? side : 0, qty, view.getInt32(o + 32), ns);
        return;
      }
      case 0x51: {
        // Q: 11 shares u64, 19 stock, 27 price, 31 match, 39 cross type
        const high = view.getUint32(o + 11);
        const qty = high < 0x200000 ? high * WORD + view.getUint32(o + 15) : -1;
        sink.onCross(handle, qty, view.getInt32(o + 27), bytes[o + 39]!, ns);
        return;
      }
      case 0x42: // B: 11 match
        sink.onBroken(handle, view.getInt32(o + 11), view.getInt32(o + 15), ns);
        return;
      case 0x48: // H: 11 stock, 19 trading state, 20 reserved, 21 reason
        sink.onTradingAction(handle, bytes[o + 19]!, ns);
        return;
      case 0x59: // Y: 11 stock, 19 action
        sink.onRegSho(handle, bytes[o + 19]!, ns);
        return;
      case 0x4a: // J: 11 stock, 19 reference, 23 upper, 27 lower, 31 extension
        sink.onAuctionCollar(
          handle,
          view.getInt32(o + 19),
          view.getInt32(o + 23),
          view.getInt32(o + 27),
          ns,
        );
        return;
      case 0x68: // h: 11 stock, 19 market, 20 action
        sink.onOperationalHalt(handle, bytes[o + 19]!, bytes[o + 20]!, ns);
        return;
      case 0x52: // R
        this.directory(view, o);
        return;
      case 0x53: // S: 11 event
        sink.onSystemEvent(bytes[o + 11]!, ns);
        return;
      default: // L V W K I N O
        sink.onOther(handle, type, view, o, ns);
    }
  }

  /** R: 11 stock, 21 round lot */
  private directory(view: DataView, o: number): void {
    this.sink.onDirectory(
      view.getUint16(o + 1),
      view.getInt32(o + 11),
      view.getInt32(o + 15),
      view.getInt32(o + 21),
    );
  }

  /** Messages without a subscribed instrument: market-wide ones, R, and locates not seen yet. */
  private unlisted(
    type: number,
    entry: number,
    view: DataView,
    bytes: Uint8Array,
    o: number,
    length: number,
  ): void {
    if (type === DIRECTORY) {
      this.directory(view, o);
      return;
    }
    if (type === SYSTEM_EVENT || type === MWCB_LEVELS || type === MWCB_STATUS) {
      const ns = view.getUint16(o + 5) * WORD + view.getUint32(o + 7);
      this.rest(type, -1, view, bytes, o, ns);
      return;
    }
    const locate = view.getUint16(o + 1);
    const stock = this.stockOffsets[type]!;
    if (entry === LOCATE_UNSEEN && stock !== 0 && locate !== 0) {
      this.sink.onUnseenLocate(locate, view.getInt32(o + stock), view.getInt32(o + stock + 4));
      const learned = this.locates[locate]!;
      if (learned > 0) {
        this.decode(view, bytes, o, length);
        return;
      }
      if (learned === LOCATE_UNSEEN) this.locates[locate] = LOCATE_IGNORED;
    }
    this.counters[FEED_FILTERED]! += 1;
  }
}
