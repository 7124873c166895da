/** PITCH books behind a decoder, and behind a framing and a sequencer, as small as a test needs them. */
import type { BooksOptions } from "../../src/book/books-options.ts";
import { type InstrumentDefinition, Instruments } from "../../src/book/instruments.ts";
import { PitchBooks } from "../../src/book/pitch-books.ts";
import { FEED_STATE_NAMES } from "../../src/core/codes.ts";
import { heapFeedBlock } from "../../src/feed/feed-block.ts";
import { PitchDecoder } from "../../src/feed/pitch/pitch.ts";
import type { PitchEdition } from "../../src/feed/pitch/pitch-editions.ts";
import { UnitFraming } from "../../src/feed/pitch/unit-framing.ts";
import { Sequencer } from "../../src/feed/sequencer.ts";
import type { SequencerOptions } from "../../src/feed/sequencer-options.ts";
import { definition, MarketLog, newCounters } from "./market.ts";

export interface PitchMarket {
  instruments: Instruments;
  books: PitchBooks;
  decoder: PitchDecoder;
  log: MarketLog;
  counters: Float64Array;
  /** Decodes messages, without flush. */
  feed(...messages: Uint8Array[]): void;
}

/** Instruments given by name, or made as symbols come ("*"). */
export function pitchMarket(
  symbols: readonly (string | InstrumentDefinition)[] | { capacity: number; priceUnit?: number },
  options: Partial<BooksOptions> = {},
  edition: PitchEdition = "us-equities",
): PitchMarket {
  const counters = newCounters();
  const log = new MarketLog();
  const isWild = "capacity" in symbols;
  const instruments = isWild
    ? new Instruments([], symbols.capacity)
    : new Instruments(symbols.map((s) => (typeof s === "string" ? definition(s) : s)));
  const books = new PitchBooks({
    feed: 0,
    instruments,
    maxOrders: 4096,
    maxLevels: 4096,
    ...(isWild ? { wildcard: (symbol) => definition(symbol, symbols.priceUnit) } : {}),
    events: log,
    counters,
    ...options,
  });
  const decoder = new PitchDecoder({ sink: books, edition, counters });
  const feed = (...messages: Uint8Array[]) => {
    for (const bytes of messages) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      decoder.decode(view, bytes, 0, bytes.length);
    }
  };
  return { instruments, books, decoder, log, counters, feed };
}

/** A sequencer of unit 1 over a market, with its states by name. */
export function unitFeed(
  market: Pick<PitchMarket, "books" | "decoder" | "counters">,
  options: Partial<SequencerOptions> = {},
) {
  const states: string[] = [];
  const { books, decoder, counters } = market;
  const framing = new UnitFraming({ unit: 1, decoder, counters });
  const block = heapFeedBlock();
  const sequencer = new Sequencer({
    index: 0,
    lineCount: 2,
    windowPackets: 16,
    windowNs: 1000,
    staleNs: 1e9,
    requestTimeoutNs: 1e6,
    slotBytes: 2048,
    framing,
    decoder,
    events: {
      onFeed: (_feed, state) => states.push(FEED_STATE_NAMES[state] ?? "?"),
      onSession: () => books.clear(),
    },
    counters,
    block,
    ...options,
  });
  return { sequencer, framing, block, states };
}
