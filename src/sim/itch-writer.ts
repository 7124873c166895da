/** Writes what happens in the matching engine as ITCH 5.0 messages. */
import { SIDE_BUY } from "../core/codes.ts";
import { encodeItch, type ItchFields, type ItchHeader, type ItchType } from "./itch-encoder.ts";
import type { TradingState } from "./matching.ts";
import { leavesOf, type VenueOrder } from "./price-levels.ts";
import type { FeedWriter } from "./venue-feed.ts";

export interface ItchWriterOptions {
  symbols: readonly string[];
  roundLot: number;
  nowNs: () => number;
  publish: (message: Uint8Array) => void;
}

/** Locate code of a symbol: dense, from 1; 0 is for messages about the whole market. */
export function locateOf(symbol: number): number {
  return symbol + 1;
}

export class ItchWriter implements FeedWriter {
  private readonly states: TradingState[];
  private readonly restricted: boolean[];
  /** Codes of the system events so far. */
  private events = "";

  constructor(private readonly options: ItchWriterOptions) {
    this.states = options.symbols.map(() => "T");
    this.restricted = options.symbols.map(() => false);
  }

  /** System hours and market hours begin, and each stock is presented. */
  open(): void {
    this.systemEvent("O");
    for (let symbol = 0; symbol < this.options.symbols.length; symbol++) {
      this.directory(symbol);
      this.status(symbol, "T");
      this.shortRestriction(symbol, false);
    }
    this.systemEvent("S");
    this.systemEvent("Q");
  }

  close(): void {
    for (const event of ["M", "E", "C"]) this.systemEvent(event);
  }

  /** All that somebody needs who has heard nothing yet, as GLIMPSE tells it. */
  image(orders: Iterable<VenueOrder>): Uint8Array[] {
    const { symbols } = this.options;
    const image: Uint8Array[] = [];
    const copy = new ItchWriter({ ...this.options, publish: (message) => image.push(message) });
    for (let symbol = 0; symbol < symbols.length; symbol++) {
      copy.directory(symbol);
      copy.status(symbol, this.states[symbol]!);
      copy.shortRestriction(symbol, this.restricted[symbol]!);
    }
    for (const event of this.events) copy.systemEvent(event);
    for (const order of orders) copy.rested(order);
    return image;
  }

  rested(order: VenueOrder): void {
    const fields = {
      ref: order.ref,
      side: order.side === SIDE_BUY ? "B" : "S",
      shares: leavesOf(order),
      stock: this.options.symbols[order.symbol]!,
      px: order.px,
    };
    if (order.attribution === "") this.write("A", order.symbol, fields);
    else this.write("F", order.symbol, { ...fields, attribution: order.attribution });
  }

  executed(maker: VenueOrder, _taker: VenueOrder, _px: number, qty: number, match: number): void {
    this.write("E", maker.symbol, { ref: maker.ref, shares: qty, match });
  }

  /** One side of an auction's match: not printable, since the cross is printed as a whole. */
  executedAt(order: VenueOrder, px: number, qty: number, match: number): void {
    const fields = { ref: order.ref, shares: qty, match, printable: "N", px };
    this.write("C", order.symbol, fields);
  }

  cross(symbol: number, px: number, qty: number, match: number): void {
    const stock = this.options.symbols[symbol]!;
    this.write("Q", symbol, { shares: qty, stock, px, match, crossType: "H" });
  }

  broken(symbol: number, _px: number, _qty: number, match: number): void {
    this.write("B", symbol, { match });
  }

  reduced(order: VenueOrder, qty: number): void {
    this.write("X", order.symbol, { ref: order.ref, shares: qty });
  }

  deleted(order: VenueOrder, ref: number): void {
    this.write("D", order.symbol, { ref });
  }

  moved(order: VenueOrder, oldRef: number): void {
    const fields = { ref: oldRef, newRef: order.ref, shares: leavesOf(order), px: order.px };
    this.write("U", order.symbol, fields);
  }

  status(symbol: number, state: TradingState): void {
    this.states[symbol] = state;
    const stock = this.options.symbols[symbol]!;
    const reason = state === "T" ? "" : "T1";
    this.write("H", symbol, { stock, state, reserved: "", reason });
  }

  /** Reg SHO action: 0 = no price test, 1 = in force. */
  shortRestriction(symbol: number, restricted: boolean): void {
    this.restricted[symbol] = restricted;
    const action = restricted ? "1" : "0";
    this.write("Y", symbol, { stock: this.options.symbols[symbol]!, action });
  }

  private systemEvent(event: string): void {
    this.events += event;
    this.write("S", -1, { event });
  }

  private directory(symbol: number): void {
    this.write("R", symbol, {
      stock: this.options.symbols[symbol]!,
      marketCategory: "Q",
      financialStatus: "N",
      roundLot: this.options.roundLot,
      roundLotsOnly: "N",
      issueClass: "C",
      issueSubType: "Z",
      authenticity: "T",
      shortSaleThreshold: "N",
      ipo: "N",
      luldTier: "1",
      etp: "N",
      etpLeverage: 0,
      inverse: "N",
    });
  }

  /** symbol -1: about the whole market. */
  private write<T extends ItchType>(type: T, symbol: number, fields: ItchFields<T>): void {
    const header: ItchHeader = {
      locate: locateOf(symbol),
      timeNs: Math.floor(this.options.nowNs()),
    };
    this.options.publish(encodeItch(type, header, fields));
  }
}
