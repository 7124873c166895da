/**
 * Writes what happens in the matching engine as Cboe US equities PITCH messages, 2.41.64. Short,
 * long and expanded forms as sizes, prices and names demand. A time message comes before the first
 * message of each second, and the others tell ns since it.
 *
 * An order keeps its id through a change of price or size (modify), as Cboe's do, although the
 * matching engine gives it a new reference. Nothing here is traded that was not displayed, so that
 * trade messages (0x2A, 0x2B, 0x30) are never sent.
 */
import { SIDE_BUY } from "../core/codes.ts";
import {
  encodeAdd,
  encodeModify,
  encodePitch,
  encodeReduce,
  type PitchFields,
  type PitchMessage,
} from "../feed/pitch/pitch-encoder.ts";
import type { TradingState } from "./matching.ts";
import { leavesOf, type VenueOrder } from "./price-levels.ts";
import type { FeedWriter } from "./venue-feed.ts";

export interface PitchWriterOptions {
  symbols: readonly string[];
  nowNs: () => number;
  publish: (message: Uint8Array) => void;
}

/** Halted, paused (which Cboe tells as a halt), quotation only, trading. */
const STATUS: Record<TradingState, string> = { H: "H", P: "H", Q: "Q", T: "T" };

export class PitchWriter implements FeedWriter {
  /** Of the last time message, -1 before the first. */
  private second = -1;
  /** Id on the feed of each order that is displayed. */
  private readonly ids = new Map<VenueOrder, number>();
  private readonly states: TradingState[];
  private readonly restricted: boolean[];

  constructor(private readonly options: PitchWriterOptions) {
    this.states = options.symbols.map(() => "T");
    this.restricted = options.symbols.map(() => false);
  }

  open(): void {
    for (let symbol = 0; symbol < this.options.symbols.length; symbol++) this.tellStatus(symbol);
  }

  close(): void {
    this.write("endOfSession", {});
  }

  rested(order: VenueOrder): void {
    this.ids.set(order, order.ref);
    this.tick();
    this.options.publish(this.added(order, this.sinceSecond()));
  }

  executed(maker: VenueOrder, _taker: VenueOrder, _px: number, qty: number, match: number): void {
    this.write("executed", { orderId: this.idOf(maker), quantity: qty, execution: match });
    this.forgetFilled(maker);
  }

  executedAt(order: VenueOrder, px: number, qty: number, match: number): void {
    this.write("executedAt", {
      orderId: this.idOf(order),
      quantity: qty,
      remaining: leavesOf(order),
      execution: match,
      price: px,
    });
    this.forgetFilled(order);
  }

  cross(symbol: number, px: number, qty: number, _match: number): void {
    const fields = {
      symbol: this.options.symbols[symbol]!,
      auction: "H",
      price: px,
      quantity: qty,
    };
    this.write("auctionSummary", fields);
  }

  broken(_symbol: number, _px: number, _qty: number, match: number): void {
    this.write("tradeBreak", { execution: match });
  }

  reduced(order: VenueOrder, qty: number): void {
    this.tick();
    this.options.publish(encodeReduce(this.sinceSecond(), this.idOf(order), qty));
  }

  deleted(order: VenueOrder, _ref: number): void {
    this.write("deleted", { orderId: this.idOf(order) });
    this.ids.delete(order);
  }

  moved(order: VenueOrder, _oldRef: number): void {
    this.tick();
    const id = this.idOf(order);
    this.options.publish(encodeModify(this.sinceSecond(), id, leavesOf(order), order.px));
  }

  status(symbol: number, state: TradingState): void {
    this.states[symbol] = state;
    this.tellStatus(symbol);
  }

  shortRestriction(symbol: number, restricted: boolean): void {
    this.restricted[symbol] = restricted;
    this.tellStatus(symbol);
  }

  /** Every order that is displayed, and the status of each symbol, as a spin tells them. */
  image(orders: Iterable<VenueOrder>): { messages: Uint8Array[]; orders: number } {
    const seconds = Math.max(0, this.second);
    const messages = [encodePitch("time", { seconds })];
    for (let symbol = 0; symbol < this.options.symbols.length; symbol++) {
      messages.push(this.statusMessage(symbol, 0));
    }
    let count = 0;
    for (const order of orders) {
      messages.push(this.added(order, 0));
      count++;
    }
    return { messages, orders: count };
  }

  private added(order: VenueOrder, timestamp: number): Uint8Array {
    return encodeAdd({
      timestamp,
      orderId: this.idOf(order),
      side: order.side === SIDE_BUY ? "B" : "S",
      quantity: leavesOf(order),
      symbol: this.options.symbols[order.symbol]!,
      price: order.px,
      participant: order.attribution,
    });
  }

  private tellStatus(symbol: number): void {
    this.tick();
    this.options.publish(this.statusMessage(symbol, this.sinceSecond()));
  }

  private statusMessage(symbol: number, timestamp: number): Uint8Array {
    return encodePitch("tradingStatus", {
      timestamp,
      symbol: this.options.symbols[symbol]!,
      status: STATUS[this.states[symbol]!],
      regSho: this.restricted[symbol] === true ? "1" : "0",
    });
  }

  private idOf(order: VenueOrder): number {
    const id = this.ids.get(order);
    if (id === undefined) throw new Error(`order ${order.id} is not on the feed`);
    return id;
  }

  private forgetFilled(order: VenueOrder): void {
    if (leavesOf(order) === 0) this.ids.delete(order);
  }

  private write<M extends PitchMessage>(
    message: M,
    fields: Omit<PitchFields<M>, "timestamp">,
  ): void {
    this.tick();
    const all = { ...fields, timestamp: this.sinceSecond() } as unknown as PitchFields<M>;
    this.options.publish(encodePitch(message, all));
  }

  /** The time message of a second that has begun. */
  private tick(): void {
    const seconds = Math.floor(this.options.nowNs() / 1e9);
    if (seconds === this.second) return;
    this.second = seconds;
    this.options.publish(encodePitch("time", { seconds }));
  }

  private sinceSecond(): number {
    return Math.min(999_999_999, Math.floor(this.options.nowNs() - this.second * 1e9));
  }
}
