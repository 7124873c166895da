/** Books of series behind decoder, framing and sequencer, as small as a test needs them. */
import { BboBooks } from "../../src/book/bbo-books.ts";
import type { BboBooksOptions } from "../../src/book/bbo-options.ts";
import { Instruments } from "../../src/book/instruments.ts";
import { FEED_STATE_NAMES } from "../../src/core/codes.ts";
import { heapFeedBlock } from "../../src/feed/feed-block.ts";
import { BlockFraming } from "../../src/feed/opra/block-framing.ts";
import { OpraDecoder } from "../../src/feed/opra/opra.ts";
import { Sequencer } from "../../src/feed/sequencer.ts";
import type { SequencerOptions } from "../../src/feed/sequencer-options.ts";
import { definition, MarketLog, newCounters } from "./market.ts";
import { PacketPort } from "./packet-port.ts";

export interface OpraRigOptions {
  /** OSI symbols; a number = so many at most, as they come up. */
  series: readonly string[] | number;
  priceUnit?: number;
  books?: Partial<BboBooksOptions>;
  feed?: Partial<SequencerOptions>;
}

export function opraRig({ series, priceUnit = 0.01, books: more = {}, feed = {} }: OpraRigOptions) {
  const counters = newCounters();
  const log = new MarketLog();
  const isWild = typeof series === "number";
  const given = isWild ? [] : series.map((symbol) => definition(symbol, priceUnit));
  const instruments = new Instruments(given, isWild ? series : given.length);
  const books = new BboBooks({
    feed: 0,
    instruments,
    ...(isWild ? { wildcard: (symbol: string) => definition(symbol, priceUnit) } : {}),
    events: log,
    counters,
    ...more,
  });
  const decoder = new OpraDecoder({ sink: books, counters });
  const states: string[] = [];
  const sequencer = new Sequencer({
    index: 0,
    lineCount: 2,
    windowPackets: 16,
    windowNs: 1000,
    staleNs: 1e9,
    requestTimeoutNs: 1e6,
    onHole: "skip",
    slotBytes: 1024,
    framing: new BlockFraming({ decoder, counters }),
    decoder,
    events: {
      onFeed: (_feed, state) => states.push(FEED_STATE_NAMES[state] ?? "?"),
      onSession: () => books.clear(),
    },
    counters,
    block: heapFeedBlock(),
    ...feed,
  });
  const port = new PacketPort();
  /** One datagram on a line. */
  const send = (block: Uint8Array, line = 0, timeNs = 0) => {
    port.load(block, line);
    sequencer.onPacket(port, 0, timeNs);
  };
  /** One message, as a packet of its own, past the sequencer. */
  const tell = (...messages: Uint8Array[]) => {
    for (const message of messages) {
      decoder.decode(new DataView(message.buffer), message, 0, message.length);
    }
    books.flush(true);
  };
  return { books, counters, decoder, instruments, log, send, sequencer, states, tell };
}

/** Best bid and offer as "px x qty / px x qty", "-" for none. */
export function bboText(books: BboBooks, instrument: number): string {
  const { bids, asks } = books.levels(instrument);
  const side = ([best]: { px: number; qty: number }[]) =>
    best === undefined ? "-" : `${best.px} x ${best.qty}`;
  return `${side(bids)} / ${side(asks)}`;
}
