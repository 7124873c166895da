/** Books of IEX behind a decoder, and a feed with its framing and sequencer, as small as a test needs. */
import { IexBooks, type IexBooksOptions } from "../../src/book/iex-books.ts";
import { type InstrumentDefinition, Instruments } from "../../src/book/instruments.ts";
import { FEED_STATE_NAMES } from "../../src/core/codes.ts";
import { heapFeedBlock } from "../../src/feed/feed-block.ts";
import { IexDecoder } from "../../src/feed/iex/iex.ts";
import { IexTpFraming } from "../../src/feed/iex/iextp-framing.ts";
import { Sequencer } from "../../src/feed/sequencer.ts";
import type { SequencerOptions } from "../../src/feed/sequencer-options.ts";
import { definition, MarketLog, newCounters } from "./market.ts";
import { PacketPort } from "./packet-port.ts";

export type IexMarket = ReturnType<typeof iexMarket>;

/** Instruments by name or definition; or so many, made as their symbols come. */
export function iexMarket(
  protocol: "deep" | "tops",
  symbols: readonly (string | InstrumentDefinition)[] | number,
  options: Partial<IexBooksOptions> = {},
) {
  const counters = newCounters();
  const log = new MarketLog();
  const isAny = typeof symbols === "number";
  const instruments = isAny
    ? new Instruments([], symbols)
    : new Instruments(symbols.map((s) => (typeof s === "string" ? definition(s) : s)));
  const books = new IexBooks({
    feed: 0,
    protocol,
    instruments,
    maxLevels: 4096,
    ...(isAny ? { wildcard: (symbol: string) => definition(symbol) } : {}),
    events: log,
    counters,
    ...options,
  });
  const decoder = new IexDecoder({ feed: protocol, sink: books, counters });
  const feed = (...messages: Uint8Array[]) => {
    for (const bytes of messages) {
      decoder.decode(new DataView(bytes.buffer), bytes, 0, bytes.length);
    }
    decoder.flush(true);
  };
  /** Bids and asks as [price, size], best first. */
  const ladder = (instrument: number) => {
    const { bids, asks } = books.levels(instrument);
    return [bids.map((l) => [l.px, l.qty]), asks.map((l) => [l.px, l.qty])];
  };
  return { protocol, instruments, books, decoder, log, counters, feed, ladder };
}

/** The whole way: datagrams of lines 0 and 1 to the books. Times are ns. */
export function iexFeed(m: IexMarket, options: Partial<SequencerOptions> = {}) {
  const states: string[] = [];
  const framing = new IexTpFraming({
    decoder: m.decoder,
    counters: m.counters,
    feed: m.protocol,
  });
  const told = { sessions: 0 };
  const sequencer = new Sequencer({
    index: 0,
    lineCount: 2,
    windowPackets: 16,
    windowNs: 1000,
    staleNs: 1e15,
    requestTimeoutNs: 1e15,
    slotBytes: 2048,
    onHole: "skip",
    framing,
    decoder: m.decoder,
    events: {
      onFeed: (_feed, state) => states.push(FEED_STATE_NAMES[state] ?? "?"),
      onSession: () => {
        told.sessions++;
        m.books.clear();
      },
    },
    counters: m.counters,
    block: heapFeedBlock(),
    ...options,
  });
  const port = new PacketPort();
  const take = (bytes: Uint8Array, line = 0, nowNs = 0) => {
    port.load(bytes, line);
    sequencer.onPacket(port, 0, nowNs);
  };
  return { framing, sequencer, states, told, take };
}
