// @hot
/** MarketDataRequest (V) and SecurityStatusRequest (e), FIX 4.4 volume 3, as the options word them. */
import type { Instruments } from "../../book/instruments.ts";
import type { MessageBuilder } from "../codec/builder.ts";
import { messageBytes } from "../codec/text.ts";
import type { ApplicationSender, RequestOptions } from "./options.ts";

/** SubscriptionRequestType (263). */
export const SUBSCRIBE_SNAPSHOT = 0x30;
export const SUBSCRIBE_UPDATES = 0x31;
export const SUBSCRIBE_DISABLE = 0x32;

export class MarketDataRequests {
  /** Set once the session is there. */
  sender: ApplicationSender | null = null;
  private readonly prefix: string;
  private readonly symbols: string[];
  private readonly depth: number;
  private readonly updateType: number;
  private readonly aggregated: number;
  private readonly trades: boolean;
  private readonly tags: Uint8Array;
  private readonly symbolTags: Uint8Array;

  constructor(instruments: Instruments, prefix: string, o: RequestOptions) {
    this.prefix = prefix;
    this.symbols = instruments.definitions.map((d) => d.feedSymbol);
    this.depth = o.depth;
    this.updateType = o.update === "full" ? 0 : 1;
    this.aggregated = o.aggregated === "" ? 0 : o.aggregated.charCodeAt(0);
    this.trades = o.trades;
    this.tags = fieldsOf(o.tags);
    this.symbolTags = fieldsOf(o.symbolTags);
  }

  /** V for one instrument. Its MsgSeqNum, or below 0 when it could not leave. */
  one(number: number, type: number, instrument: number, nowNs: number): number {
    const b = this.begin(number, type, nowNs);
    if (b === null) return -1;
    b.int(146, 1);
    this.symbol(b, instrument);
    return this.sender!.sendMessage(nowNs);
  }

  /** V for all of these instruments. */
  all(number: number, type: number, instruments: Int32Array, nowNs: number): number {
    const b = this.begin(number, type, nowNs);
    if (b === null) return -1;
    b.int(146, instruments.length);
    for (let k = 0; k < instruments.length; k++) this.symbol(b, instruments[k]!);
    return this.sender!.sendMessage(nowNs);
  }

  /** e for one instrument: its status now and each change, or as it is now. */
  status(number: number, type: number, instrument: number, nowNs: number): number {
    const b = this.sender === null ? null : this.sender.beginMessage("e", nowNs);
    if (b === null) return -1;
    b.stringInt(324, this.prefix, number);
    this.symbol(b, instrument);
    b.char(263, type);
    return this.sender!.sendMessage(nowNs);
  }

  private begin(number: number, type: number, nowNs: number): MessageBuilder | null {
    const b = this.sender === null ? null : this.sender.beginMessage("V", nowNs);
    if (b === null) return null;
    b.stringInt(262, this.prefix, number).char(263, type).int(264, this.depth);
    if (type !== SUBSCRIBE_SNAPSHOT) b.int(265, this.updateType);
    if (this.aggregated !== 0) b.char(266, this.aggregated);
    b.fields(this.tags);
    b.int(267, this.trades ? 3 : 2)
      .char(269, 0x30)
      .char(269, 0x31);
    if (this.trades) b.char(269, 0x32);
    return b;
  }

  private symbol(b: MessageBuilder, instrument: number): void {
    b.string(55, this.symbols[instrument]!).fields(this.symbolTags);
  }
}

/** Bytes of a V that names every instrument, header aside: what a send arena must hold. @cold */
export function requestBytes(instruments: Instruments, o: RequestOptions): number {
  const each = fieldsOf(o.symbolTags).length + 4;
  const symbols = instruments.definitions.map((d) => d.feedSymbol.length + each);
  return symbols.reduce((sum, bytes) => sum + bytes, 200 + fieldsOf(o.tags).length);
}

/** @cold */
function fieldsOf(tags: Record<string, string>): Uint8Array {
  const fields = Object.entries(tags).map(([tag, value]) => `${tag}=${value}\u0001`);
  return messageBytes(fields.join(""));
}
