/** A FIX market data feed without a session: requests are kept, messages are handed in as text. */
import { Instruments } from "../../src/book/instruments.ts";
import { LevelBooks } from "../../src/book/level-books.ts";
import { FEED_STATE_NAMES, SESSION_DOWN, SESSION_UP } from "../../src/core/codes.ts";
import { heapFeedBlock } from "../../src/feed/feed-block.ts";
import { MessageBuilder } from "../../src/fix/codec/builder.ts";
import { TagIndex } from "../../src/fix/codec/tag-index.ts";
import { showMessage, wrapMessage } from "../../src/fix/codec/text.ts";
import { FixMarketData } from "../../src/fix/market-data/application.ts";
import type { RequestOptions } from "../../src/fix/market-data/options.ts";
import { definition, MarketLog, newCounters } from "./market.ts";

export const REQUEST: RequestOptions = {
  style: "each",
  depth: 0,
  update: "incremental",
  entries: "price",
  trades: true,
  aggregated: "",
  securityStatus: false,
  tags: {},
  symbolTags: {},
  timeoutNs: 1e9,
  retries: 2,
};

export interface MarketDataRigOptions {
  symbols?: string[];
  priceUnit?: number;
  request?: Partial<RequestOptions>;
  maxLevels?: number;
}

export class MarketDataRig {
  readonly counters = newCounters();
  readonly log = new MarketLog();
  readonly block = heapFeedBlock();
  readonly states: string[] = [];
  readonly notices: string[] = [];
  readonly instruments: Instruments;
  readonly books: LevelBooks;
  readonly feed: FixMarketData;
  /** Messages that it sent, with | for SOH. */
  readonly sent: string[] = [];
  nowNs = 1e9;
  /** False: nothing can be sent. */
  canSend = true;
  private readonly builder = new MessageBuilder();
  private readonly tags = new TagIndex(8192);
  private seqOut = 1;
  private seqIn = 1;

  constructor(o: MarketDataRigOptions = {}) {
    const symbols = o.symbols ?? ["AAPL", "MSFT"];
    this.instruments = new Instruments(symbols.map((s) => definition(s, o.priceUnit ?? 0.01)));
    const request = { ...REQUEST, ...o.request };
    this.books = new LevelBooks({
      feed: 0,
      instruments: this.instruments,
      maxOrders: request.entries === "id" ? 4096 : 0,
      maxLevels: o.maxLevels ?? 4096,
      events: this.log,
      counters: this.counters,
    });
    this.feed = new FixMarketData({
      index: 0,
      name: "fix",
      instruments: this.instruments,
      books: this.books,
      events: {
        onFeed: (_feed, state) => this.states.push(FEED_STATE_NAMES[state]!),
        onSession: () => this.books.clear(),
      },
      counters: this.counters,
      block: this.block,
      request,
      requestPrefix: "MD1-",
      maxMessageBytes: 16_384,
      onNotice: (sentence) => this.notices.push(sentence),
    });
    this.feed.attach({
      beginMessage: (type) => {
        if (!this.canSend) return null;
        return this.builder.begin("FIX.4.4", type).int(34, this.seqOut);
      },
      sendMessage: () => {
        this.builder.finish();
        const { bytes, start, length } = this.builder;
        this.sent.push(showMessage(bytes, start, start + length));
        return this.seqOut++;
      },
    });
  }

  /** The session is in step: the feed asks for its instruments. */
  up(): this {
    this.feed.onSessionState(0, SESSION_UP);
    this.feed.onSynced(0);
    this.poll();
    return this;
  }

  down(): void {
    this.feed.onSessionState(0, SESSION_DOWN);
  }

  poll(ms = 1): void {
    this.nowNs += ms * 1e6;
    this.feed.poll(this.nowNs);
  }

  /** A message of the venue; what the feed says of it, APP_*. */
  message(type: string, body: string): number {
    const bytes = wrapMessage(`35=${type}|34=${this.seqIn}|${body}`);
    if (this.tags.parse(bytes, 0, bytes.length) <= 0) throw new Error("the test's message is none");
    const word = [...type].reduce((w, c, i) => w | (c.charCodeAt(0) << (8 * i)), 0);
    return this.feed.onMessage(this.tags, word, this.seqIn++, this.nowNs);
  }

  /** A message that the session keeps from the feed: its type, 0 = numbers that the venue filled over. */
  skip(type: number): void {
    this.feed.onSkipped(0, type, this.nowNs);
  }

  /** A snapshot of one symbol; the request is the last one for it unless it is given. */
  snapshot(symbol: string, entries: string[], more = ""): number {
    const id = this.requestOf(symbol);
    const request = id === "" ? "" : `262=${id}|`;
    return this.message(
      "W",
      `${request}55=${symbol}|${more}268=${entries.length}|${entries.join("")}`,
    );
  }

  /** An update: entries as text. */
  update(entries: string[], id = ""): number {
    const request = id === "" ? "" : `262=${id}|`;
    return this.message("X", `${request}268=${entries.length}|${entries.join("")}`);
  }

  /** MDReqID of the last V that subscribes to a symbol, "" = none. */
  requestOf(symbol: string): string {
    const found = this.sent.findLast(
      (m) => m.includes("|35=V|") && !m.includes("|263=2|") && m.includes(`|55=${symbol}|`),
    );
    return found === undefined ? "" : field(found, 262);
  }

  /** Levels as "px x qty (count)", best first. */
  show(symbol: string): { bids: string[]; asks: string[] } {
    const { bids, asks } = this.books.levels(this.instruments.find(symbol));
    const text = (l: { px: number; qty: number; count: number }) =>
      `${l.px} x ${l.qty} (${l.count})`;
    return { bids: bids.map(text), asks: asks.map(text) };
  }

  flags(symbol: string): number {
    return this.books.flags(this.instruments.find(symbol));
  }

  count(counter: number): number {
    return this.counters[counter]!;
  }
}

/** Value of a tag of a message shown with |, "" when it is absent. */
export function field(message: string, tag: number): string {
  return new RegExp(`\\|${tag}=([^|]*)\\|`).exec(message)?.[1] ?? "";
}

/** An entry of a snapshot: type 0 bid, 1 offer, 2 trade. */
export function quote(type: string, px: string, qty: number, more = ""): string {
  return `269=${type}|270=${px}|271=${qty}|${more}`;
}

/** An entry of an update: action 0 new, 1 change, 2 delete. */
export function change(action: string, type: string, px: string, qty: number, more = ""): string {
  return `279=${action}|269=${type}|270=${px}|271=${qty}|${more}`;
}
