/** The books of a capture: at its end, or at a time of the venue. */
import { Books } from "../book/books.ts";
import { FEED_UNIT_ITCH, type InstrumentDefinition, Instruments } from "../book/instruments.ts";
import { BOOK_CSV_HEADER, type BookLevels, bookCsvRow } from "../book/levels.ts";
import { ItchDecoder } from "../feed/itch/itch.ts";
import type { MessageDecoder } from "../feed/message-decoder.ts";
import type { CapturePort } from "../net/capture/capture-port.ts";
import { CaptureFeed } from "./capture-feed.ts";
import { eachPacket } from "./each-packet.ts";

/** As many as there are locates. */
const INSTRUMENTS_MAX = 65_536;
const COUNTERS = 256;

export interface CaptureBooksOptions {
  /** Orders, and price levels, of all books together. */
  maxOrders: number;
  /** Only these; undefined = all. */
  symbols?: ReadonlySet<string>;
  /** Messages that the venue stamped later are left out: ns since midnight. */
  atNs?: number;
}

export interface CaptureBook extends BookLevels {
  locate: number;
  symbol: string;
  liveOrders: number;
  /** Why the book is not to be trusted; "" = it is. */
  problem: string;
}

export class CaptureBooks {
  readonly feed: CaptureFeed;
  /** Time of the last message that was applied, ns since midnight. */
  lastNs = 0;
  /** Messages stamped after `atNs` were met. */
  isAtReached = false;
  readonly counters = new Float64Array(new ArrayBuffer(8 * COUNTERS));
  private readonly books: Books;
  private readonly instruments = new Instruments([], INSTRUMENTS_MAX);

  constructor(options: CaptureBooksOptions) {
    const { counters, instruments } = this;
    this.books = new Books({
      feed: 0,
      instruments,
      maxOrders: options.maxOrders,
      maxLevels: options.maxOrders,
      wildcard: (symbol) => (options.symbols?.has(symbol) === false ? null : definition(symbol)),
      events: { onBook: () => {}, onTrade: () => {}, onStatus: () => {} },
      counters,
    });
    const inner = new ItchDecoder({ sink: this.books, counters });
    this.feed = new CaptureFeed({
      decoder: new Until(inner, this, options.atNs ?? Number.POSITIVE_INFINITY),
      counters,
      onSession: () => this.books.clear(),
    });
  }

  /** Plays the capture to its end, or to `atNs`. */
  async play(port: CapturePort): Promise<void> {
    await eachPacket(port, (i) => {
      this.feed.onPacket(port, i);
      return !this.isAtReached && this.feed.fault === undefined;
    });
    if (!this.isAtReached) this.feed.finish();
  }

  /** By locate. */
  *rows(): Generator<CaptureBook> {
    const { locates } = this.books;
    for (let locate = 0; locate < locates.length; locate++) {
      const instrument = locates[locate]! - 1;
      if (instrument < 0) continue;
      const levels = this.books.levels(instrument);
      let liveOrders = 0;
      for (const level of levels.bids) liveOrders += level.count;
      for (const level of levels.asks) liveOrders += level.count;
      const symbol = this.instruments.definitions[instrument]!.symbol;
      const problem = this.books.describeFlags(instrument);
      yield { locate, symbol, liveOrders, problem, ...levels };
    }
  }
}

/** One line per book, the best level; with a depth above 1, a line per level, and its number. */
export function* bookCsv(books: Iterable<CaptureBook>, depth: number): Generator<string> {
  yield depth === 1 ? BOOK_CSV_HEADER : BOOK_CSV_HEADER.replace("symbol", "symbol,level");
  for (const book of books) {
    if (depth === 1) yield bookCsvRow(book.locate, book.symbol, book);
    else yield* levelRows(book, depth);
  }
}

function* levelRows(book: CaptureBook, depth: number): Generator<string> {
  const count = Math.min(depth, Math.max(1, book.bids.length, book.asks.length));
  for (let k = 0; k < count; k++) {
    const bid = book.bids[k] ?? { px: 0, qty: 0, count: 0 };
    const ask = book.asks[k] ?? { px: 0, qty: 0, count: 0 };
    const sides = [bid.px, bid.qty, bid.count, ask.px, ask.qty, ask.count];
    yield [book.locate, book.symbol, k, ...sides, book.liveOrders].join(",");
  }
}

/** Hands messages on up to a time, and notes the last one's. */
class Until implements MessageDecoder {
  private readonly inner: ItchDecoder;
  private readonly owner: CaptureBooks;
  private readonly atNs: number;

  constructor(inner: ItchDecoder, owner: CaptureBooks, atNs: number) {
    this.inner = inner;
    this.owner = owner;
    this.atNs = atNs;
  }

  decode(view: DataView, bytes: Uint8Array, offset: number, length: number): void {
    // ITCH 5.0: timestamp, 6 bytes at 5 of every message.
    if (length >= 11) {
      const ns = view.getUint16(offset + 5) * 2 ** 32 + view.getUint32(offset + 7);
      if (ns > this.atNs) this.owner.isAtReached = true;
      if (this.owner.isAtReached) return;
      this.owner.lastNs = ns;
    }
    this.inner.decode(view, bytes, offset, length);
  }

  readAhead(view: DataView, bytes: Uint8Array, offset: number, count: number): void {
    this.inner.readAhead(view, bytes, offset, count);
  }

  flush(shown: boolean): void {
    this.inner.flush(shown);
  }
}

/** Prices stay those of the wire. */
function definition(symbol: string): InstrumentDefinition {
  return {
    symbol,
    feedSymbol: symbol,
    feed: 0,
    session: -1,
    orderSymbol: symbol,
    orderTags: {},
    priceUnit: FEED_UNIT_ITCH,
    ticks: [{ from: 0, tick: FEED_UNIT_ITCH }],
    lot: 1,
    multiplier: 1,
    currency: "USD",
    makerFee: 0,
    takerFee: 0,
    position: 0,
    positionPrice: 0,
  };
}
