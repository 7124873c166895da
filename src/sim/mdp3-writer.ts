/**
 * Writes what happens in the matching engine as CME MDP 3.0 messages: market by price, 10 levels a
 * side. Nothing goes out before the event is over; then trades and books do, in this order, and the
 * last message says that it is the end of the event. Statuses follow, each an event of its own. Orders
 * are not published one by one (no market by order), and there is nothing about short sales.
 */
import { SIDE_BUY, SIDE_SELL } from "../core/codes.ts";
import type { FieldValues } from "../feed/little-endian.ts";
import { depthChanges } from "../feed/mdp3/depth-changes.ts";
import { encodeMdp3, MDP3_PACKET_HEADER, mdp3Length } from "../feed/mdp3/mdp3-encoder.ts";
import { type PlainLevel, plainLevels } from "./level-changes.ts";
import type { SideOf } from "./make-feed.ts";
import type { TradingState } from "./matching.ts";
import { MDP3_DEPTH } from "./mdp3-depth.ts";
import type { VenueOrder } from "./price-levels.ts";
import type { FeedWriter } from "./venue-feed.ts";

/** 1/10000 of currency in PRICE9 (10^-9). */
const PRICE9 = 100_000;
const DISPLAY_FACTOR_ONE = 1_000_000_000;
/** MatchEventIndicator (5799). */
const LAST_TRADE = 1;
const LAST_QUOTE = 4;
const END_OF_EVENT = 128;
/** SecurityTradingStatus (326): halted, halted, pre-open, ready to trade. */
const STATUS: Record<TradingState, number> = { H: 2, P: 2, Q: 21, T: 17 };
const STATUS_CLOSE = 4;
const TRADE_NEW = 0;
const TRADE_DELETE = 2;
const ENTRIES_MAX = 255;
const SIDES = [SIDE_BUY, SIDE_SELL] as const;
const SIDE_CODES = ["0", "1"] as const;

export interface Mdp3WriterOptions {
  symbols: readonly string[];
  /** By symbol, 1/10000. */
  ticks: readonly number[];
  channel: number;
  packetBytesMax: number;
  sideOf: SideOf;
  /** ns since 1970. */
  epochNs: () => bigint;
  publish: (message: Uint8Array) => void;
}

interface Instrument {
  rptSeq: number;
  status: number;
  /** What was told last: bids, asks. */
  told: [PlainLevel[], PlainLevel[]];
  updatedNs: bigint;
}

interface Trade {
  fields: FieldValues;
  orders: FieldValues[];
}

/** SecurityID of a symbol. */
export function securityIdOf(symbol: number): number {
  return 1000 + symbol;
}

export class Mdp3Writer implements FeedWriter {
  private readonly instruments: Instrument[];
  private readonly dirty = new Set<number>();
  private trades: Trade[] = [];
  private statuses: number[] = [];
  private readonly bookEntriesMax: number;
  /** Of all definitions: they do not change. */
  private readonly definedNs: bigint;

  constructor(private readonly options: Mdp3WriterOptions) {
    this.instruments = options.symbols.map(() => {
      return { rptSeq: 0, status: STATUS.T, told: [[], []], updatedNs: options.epochNs() };
    });
    this.definedNs = options.epochNs();
    const room = options.packetBytesMax - MDP3_PACKET_HEADER - mdp3Length("book", 0);
    const entry = mdp3Length("book", 1) - mdp3Length("book", 0);
    this.bookEntriesMax = Math.min(ENTRIES_MAX, Math.floor(room / entry));
    if (this.bookEntriesMax < 1) throw new RangeError("packetBytesMax: no entry fits a packet");
  }

  open(): void {
    for (let symbol = 0; symbol < this.instruments.length; symbol++) this.statuses.push(symbol);
  }

  close(): void {
    this.instruments.forEach((instrument, symbol) => {
      instrument.status = STATUS_CLOSE;
      this.statuses.push(symbol);
    });
  }

  rested(order: VenueOrder): void {
    this.dirty.add(order.symbol);
  }

  executed(maker: VenueOrder, taker: VenueOrder, px: number, qty: number, match: number): void {
    this.dirty.add(maker.symbol);
    const aggressor = taker.side === SIDE_BUY ? 1 : 2;
    const orders = [taker, maker].map((order) => ({ orderId: order.id, qty }));
    this.trade(maker.symbol, px, qty, match, TRADE_NEW, aggressor, orders);
  }

  executedAt(order: VenueOrder): void {
    this.dirty.add(order.symbol);
  }

  cross(symbol: number, px: number, qty: number, match: number): void {
    this.trade(symbol, px, qty, match, TRADE_NEW, 0, []);
  }

  broken(symbol: number, px: number, qty: number, match: number): void {
    this.trade(symbol, px, qty, match, TRADE_DELETE, 0, []);
  }

  reduced(order: VenueOrder): void {
    this.dirty.add(order.symbol);
  }

  deleted(order: VenueOrder): void {
    this.dirty.add(order.symbol);
  }

  moved(order: VenueOrder): void {
    this.dirty.add(order.symbol);
  }

  status(symbol: number, state: TradingState): void {
    this.instruments[symbol]!.status = STATUS[state];
    this.statuses.push(symbol);
  }

  shortRestriction(): void {}

  /** The event is over: publishes what it did. */
  finish(): void {
    const books = this.bookEntries();
    const { trades, statuses } = this;
    if (trades.length + books.length + statuses.length === 0) return;
    this.trades = [];
    this.statuses = [];
    const transactTime = this.options.epochNs();
    const last = { trades: trades.length, books: Math.ceil(books.length / this.bookEntriesMax) };
    for (const trade of trades) {
      last.trades--;
      const event = last.trades > 0 ? 0 : LAST_TRADE | end(last.books);
      const groups = { entries: [trade.fields], orders: trade.orders };
      this.options.publish(encodeMdp3("trade", { transactTime, event }, groups));
    }
    for (let from = 0; from < books.length; from += this.bookEntriesMax) {
      last.books--;
      const event = last.books > 0 ? 0 : LAST_QUOTE | END_OF_EVENT;
      const entries = books.slice(from, from + this.bookEntriesMax);
      this.options.publish(encodeMdp3("book", { transactTime, event }, { entries }));
    }
    for (const symbol of statuses) {
      this.options.publish(this.statusMessage(symbol, transactTime, END_OF_EVENT));
    }
  }

  /** SnapshotFullRefresh (52) of a symbol; lastSeq: number of the last packet it holds. */
  snapshot(symbol: number, lastSeq: number): Uint8Array {
    const { rptSeq, status, told, updatedNs } = this.instruments[symbol]!;
    const entries = told.flatMap((levels, s) =>
      levels.map((level, k) => ({ ...entryOf(level, SIDE_CODES[s]!), level: k + 1 })),
    );
    const fields = {
      lastSeq,
      reports: this.instruments.length,
      securityId: securityIdOf(symbol),
      rptSeq,
      transactTime: updatedNs,
      lastUpdateTime: updatedNs,
      status,
    };
    return encodeMdp3("snapshot", fields, { entries });
  }

  /** MDInstrumentDefinitionFuture (54) of a symbol. Prices are currency: the display factor is 1. */
  definition(symbol: number): Uint8Array {
    const { symbols, ticks, channel } = this.options;
    const fields = {
      event: END_OF_EVENT,
      reports: symbols.length,
      lastUpdateTime: this.definedNs,
      status: this.instruments[symbol]!.status,
      applId: channel,
      exchange: "XSIM",
      securityGroup: "SIM",
      asset: "SIM",
      symbol: symbols[symbol]!,
      securityId: securityIdOf(symbol),
      minPriceIncrement: ticks[symbol]! * PRICE9,
      displayFactor: DISPLAY_FACTOR_ONE,
    };
    return encodeMdp3("definition", fields, { feeds: [{ feed: "GBX", depth: MDP3_DEPTH }] });
  }

  private statusMessage(symbol: number, transactTime: bigint, event: number): Uint8Array {
    const { status } = this.instruments[symbol]!;
    const securityId = securityIdOf(symbol);
    const names = { securityGroup: "SIM", asset: "SIM" };
    return encodeMdp3("status", { transactTime, ...names, securityId, event, status });
  }

  private trade(
    symbol: number,
    px: number,
    size: number,
    tradeId: number,
    action: number,
    aggressor: number,
    orders: FieldValues[],
  ): void {
    const securityId = securityIdOf(symbol);
    const rptSeq = ++this.instruments[symbol]!.rptSeq;
    const names = { securityId, rptSeq, aggressor, action, tradeId };
    const fields = { px: px * PRICE9, size, orders: orders.length, ...names };
    this.trades.push({ fields, orders });
  }

  private bookEntries(): FieldValues[] {
    const entries: FieldValues[] = [];
    for (const symbol of this.dirty) {
      const instrument = this.instruments[symbol]!;
      SIDES.forEach((side, s) => {
        const now = plainLevels(this.options.sideOf(symbol, side), MDP3_DEPTH);
        const isBetter = (a: number, b: number) => side * a > side * b;
        const before = instrument.told[s]!;
        for (const { action, position, level } of depthChanges(before, now, MDP3_DEPTH, isBetter)) {
          const rptSeq = ++instrument.rptSeq;
          const names = { securityId: securityIdOf(symbol), rptSeq, level: position, action };
          entries.push({ ...entryOf(level, SIDE_CODES[s]!), ...names });
        }
        instrument.told[s] = now;
      });
      instrument.updatedNs = this.options.epochNs();
    }
    this.dirty.clear();
    return entries;
  }
}

function entryOf(level: PlainLevel, type: "0" | "1"): FieldValues {
  return { px: level.px * PRICE9, size: level.qty, orders: level.count, type };
}

/** END_OF_EVENT when nothing follows. */
function end(following: number): number {
  return following === 0 ? END_OF_EVENT : 0;
}
