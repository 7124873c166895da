// @hot
/**
 * Decoder of IEX DEEP 1.0 (specification 1.08) and TOPS 1.6 (1.66): reads each field in place, little
 * endian, and calls the sink. The length is checked against the type before anything else is read, so
 * that no read leaves the message; a longer one is read as far as it is known, since IEX lets messages
 * grow. Every message but S carries its symbol: what nobody subscribed to ends at the lookup.
 */
import { FEED_BAD_LENGTH, FEED_FILTERED, FEED_UNKNOWN_TYPE } from "../counters.ts";
import type { MessageDecoder } from "../message-decoder.ts";
import { iexLengths } from "./iex-fields.ts";
import type { IexSink } from "./iex-sink.ts";

export interface IexDecoderOptions {
  feed: "deep" | "tops";
  sink: IexSink;
  /** hp_engine.counters */
  counters: Float64Array;
}

const WORD = 4294967296;
const SYSTEM_EVENT = 0x53;
const DIRECTORY = 0x44;
/** Types that change a book or a status. */
const TELLING = "85QSHOPE";

export class IexDecoder implements MessageDecoder {
  private readonly sink: IexSink;
  private readonly counters: Float64Array;
  private readonly lengths: Uint8Array;
  /** By type: 1 = of TELLING. */
  private readonly telling: Uint8Array;

  constructor(options: IexDecoderOptions) {
    this.sink = options.sink;
    this.counters = options.counters;
    this.lengths = iexLengths(options.feed);
    this.telling = new Uint8Array(new ArrayBuffer(256));
    for (const type of TELLING) this.telling[type.charCodeAt(0)] = 1;
  }

  /** Of every type: 1 flags or code, 2 timestamp i64; 10 symbol of all but S. */
  decode(view: DataView, bytes: Uint8Array, o: number, length: number): void {
    if (length < 1) return;
    const type = bytes[o]!;
    const least = this.lengths[type]!;
    if (least === 0 || length < least) {
      this.refuse(type, least);
      return;
    }
    const sink = this.sink;
    const ns = view.getInt32(o + 6, true) * WORD + view.getUint32(o + 2, true);
    const first = bytes[o + 1]!;
    if (type === SYSTEM_EVENT) {
      sink.onSystemEvent(first, ns);
      return;
    }
    if (type === DIRECTORY) {
      // 18 round lot, 22 adjusted price, 30 LULD tier
      sink.onDirectory(view.getInt32(o + 10), view.getInt32(o + 14), view.getInt32(o + 18, true));
    }
    const handle = sink.find(view.getInt32(o + 10), view.getInt32(o + 14));
    if (handle < 0) {
      this.counters[FEED_FILTERED]! += 1;
      return;
    }
    switch (type) {
      case 0x38: // 8 and 5: 18 size, 22 price
      case 0x35:
        sink.onPriceLevel(
          handle,
          type & 1,
          first,
          view.getUint32(o + 18, true),
          view.getInt32(o + 26, true),
          view.getInt32(o + 22, true),
          ns,
        );
        return;
      case 0x51: // Q: 18 bid size, 22 bid price, 30 ask price, 38 ask size
        sink.onQuote(
          handle,
          first,
          view.getUint32(o + 18, true),
          view.getInt32(o + 26, true),
          view.getInt32(o + 22, true),
          view.getUint32(o + 38, true),
          view.getInt32(o + 34, true),
          view.getInt32(o + 30, true),
          ns,
        );
        return;
      case 0x54: // T: 18 size, 22 price, 30 trade id
        sink.onTrade(
          handle,
          first,
          view.getUint32(o + 18, true),
          view.getInt32(o + 26, true),
          view.getInt32(o + 22, true),
          ns,
        );
        return;
      case 0x42: // B: T's fields
        sink.onBroken(handle, view.getInt32(o + 34, true), view.getInt32(o + 30, true), ns);
        return;
      case 0x48: // H: 18 reason
        sink.onTradingStatus(handle, first, ns);
        return;
      case 0x4f: // O
        sink.onOperationalHalt(handle, first, ns);
        return;
      case 0x50: // P: 18 detail
        sink.onShortSale(handle, first, ns);
        return;
      default: // D I E X A
        sink.onOther(handle, type, view, o, ns);
    }
  }

  flush(shown: boolean): void {
    this.sink.flush(shown);
  }

  onLoss(from: number, to: number): void {
    this.sink.onLoss(from, to);
  }

  /** What a message too short would have changed is as good as lost. */
  private refuse(type: number, least: number): void {
    this.counters[least === 0 ? FEED_UNKNOWN_TYPE : FEED_BAD_LENGTH]! += 1;
    if (least !== 0 && this.telling[type] !== 0) this.sink.onLoss(0, 0);
  }
}
