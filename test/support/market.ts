/** Instruments, books and listeners as small as a test needs them. */
import { Books } from "../../src/book/books.ts";
import type { BooksOptions } from "../../src/book/books-options.ts";
import { type InstrumentDefinition, Instruments } from "../../src/book/instruments.ts";
import type { MarketEvents } from "../../src/book/market-events.ts";
import { FEED_STATE_NAMES } from "../../src/core/codes.ts";
import { heapFeedBlock } from "../../src/feed/feed-block.ts";
import type { FeedEvents } from "../../src/feed/feed-events.ts";
import { ItchDecoder } from "../../src/feed/itch/itch.ts";
import type { MoldUdp64Options } from "../../src/feed/itch/moldudp64.ts";
import { moldUdp64 } from "../../src/feed/itch/moldudp64.ts";

export function definition(symbol: string, priceUnit = 0.0001): InstrumentDefinition {
  return {
    symbol,
    feedSymbol: symbol,
    feed: 0,
    session: 0,
    orderSymbol: symbol,
    orderTags: {},
    priceUnit,
    ticks: [{ from: 0, tick: priceUnit }],
    lot: 1,
    multiplier: 1,
    currency: "USD",
    makerFee: 0,
    takerFee: 0,
    position: 0,
    positionPrice: 0,
  };
}

export function newCounters(): Float64Array {
  return new Float64Array(new ArrayBuffer(8 * 256));
}

/** Writes down what books tell. */
export class MarketLog implements MarketEvents {
  readonly books: [instrument: number, changed: number][] = [];
  readonly trades: [instrument: number, px: number, qty: number, aggressor: number][] = [];
  readonly statuses: [instrument: number, status: number][] = [];

  onBook(instrument: number, changed: number): void {
    this.books.push([instrument, changed]);
  }
  onTrade(instrument: number, px: number, qty: number, aggressor: number): void {
    this.trades.push([instrument, px, qty, aggressor]);
  }
  onStatus(instrument: number, status: number): void {
    this.statuses.push([instrument, status]);
  }
}

export interface Market {
  instruments: Instruments;
  books: Books;
  decoder: ItchDecoder;
  log: MarketLog;
  counters: Float64Array;
  /** Decodes one message, without flush. */
  feed(message: Uint8Array): void;
}

/** Books behind a decoder. Instruments given by name, or made as R messages come. */
export function market(
  symbols: readonly string[] | InstrumentDefinition[] | { capacity: number; priceUnit?: number },
  options: Partial<BooksOptions> = {},
): Market {
  const counters = newCounters();
  const log = new MarketLog();
  let instruments: Instruments;
  let wildcard: BooksOptions["wildcard"];
  if ("capacity" in symbols) {
    instruments = new Instruments([], symbols.capacity);
    wildcard = (symbol) => definition(symbol, symbols.priceUnit);
  } else {
    instruments = new Instruments(symbols.map((s) => (typeof s === "string" ? definition(s) : s)));
  }
  const books = new Books({
    feed: 0,
    instruments,
    maxOrders: 4096,
    maxLevels: 4096,
    wildcard,
    events: log,
    counters,
    ...options,
  });
  const decoder = new ItchDecoder({ sink: books, counters });
  const feed = (message: Uint8Array) => {
    const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
    decoder.decode(view, message, 0, message.length);
  };
  return { instruments, books, decoder, log, counters, feed };
}

/** A MoldUdp64 over given books (or any decoder), with its states by name. */
export function moldFor(
  target: Pick<MoldUdp64Options, "decoder" | "counters"> & { clear?: () => void },
  options: Partial<MoldUdp64Options> = {},
) {
  const states: string[] = [];
  let sessions = 0;
  const events: FeedEvents = {
    onFeed: (_feed, state) => states.push(FEED_STATE_NAMES[state] ?? "?"),
    onSession: () => {
      sessions++;
      target.clear?.();
    },
  };
  const block = heapFeedBlock();
  const mold = moldUdp64({
    index: 0,
    lineCount: 2,
    windowPackets: 16,
    windowNs: 1000,
    staleNs: 1e9,
    requestTimeoutNs: 1e6,
    slotBytes: 2048,
    decoder: target.decoder,
    events,
    counters: target.counters,
    block,
    ...options,
  });
  return { mold, block, states, sessions: () => sessions };
}
