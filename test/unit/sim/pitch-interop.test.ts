/** The simulator's PITCH through the product's own decoder, sequencer and books. */
import { describe, expect, test } from "bun:test";
import { BOOK_TRADES_HIDDEN } from "../../../src/book/counters.ts";
import { Instruments } from "../../../src/book/instruments.ts";
import { dumpLevels } from "../../../src/book/levels.ts";
import { PitchBooks } from "../../../src/book/pitch-books.ts";
import { FEED_STATE_NAMES } from "../../../src/core/codes.ts";
import {
  BLOCK_GAP_FROM,
  BLOCK_GAP_SEQ,
  BLOCK_GAP_TO,
  BLOCK_GAPS,
  BLOCK_LOST,
  heapFeedBlock,
} from "../../../src/feed/feed-block.ts";
import { PitchDecoder } from "../../../src/feed/pitch/pitch.ts";
import { UnitFraming } from "../../../src/feed/pitch/unit-framing.ts";
import { Sequencer } from "../../../src/feed/sequencer.ts";
import type { SimOptionsInput } from "../../../src/sim/options.ts";
import type { FixTransport } from "../../../src/sim/transport.ts";
import { definition, MarketLog, newCounters } from "../../support/market.ts";
import { PacketPort } from "../../support/packet-port.ts";
import { makeVenue } from "../../support/sim-venue.ts";

const FAULTS = { loss: 0.05, duplicate: 0.03, reorder: 0.03 };
const UNIT = 5;
const GAP_LINE = 2;
const BUSY: SimOptionsInput = {
  protocol: "pitch",
  unit: UNIT,
  symbols: [
    { symbol: "AAPL", px: 190 },
    { symbol: "BERKSHRB", px: 710, tick: 0.0005 },
  ],
  lines: [
    { group: "239.0.0.1", ...FAULTS },
    { group: "239.0.0.2", ...FAULTS },
  ],
  gap: { loss: 0.1 },
  flow: { rate: 20_000, ordersPerSymbol: 60, haltEveryMs: 150, haltMs: 20 },
};

/** Sequencer, decoder and books, fed with packets. */
function makeFeed() {
  const instruments = new Instruments([definition("AAPL"), definition("BERKSHRB")]);
  const counters = newCounters();
  const block = heapFeedBlock();
  const events = new MarketLog();
  const sizes = { maxOrders: 8192, maxLevels: 4096 };
  const books = new PitchBooks({ feed: 0, instruments, ...sizes, events, counters });
  const decoder = new PitchDecoder({ sink: books, edition: "us-equities", counters });
  let state = "";
  const sequencer = new Sequencer({
    index: 0,
    lineCount: 2,
    windowPackets: 64,
    holdPackets: 2048,
    windowNs: 3e6,
    staleNs: 1e9,
    requestTimeoutNs: 2e6,
    slotBytes: 1500,
    framing: new UnitFraming({ unit: UNIT, decoder, counters }),
    decoder,
    events: {
      onFeed: (_, next) => {
        state = FEED_STATE_NAMES[next]!;
      },
      onSession: () => books.clear(),
    },
    counters,
    block,
  });
  return { books, block, counters, sequencer, state: () => state };
}

/** Frames of the gap request proxy that a client sends. */
function frame(body: number[]): Uint8Array {
  return Uint8Array.from([8 + body.length, 0, 1, 0, 0, 0, 0, 0, ...body]);
}

const little = (value: number, bytes: number) =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) & 255);

describe("the product's feed and books, behind a lossy simulator that publishes PITCH", () => {
  for (const seed of [1, 2, 3]) {
    test(`hold the venue's books at the end, every level, with seed ${seed}`, () => {
      const venue = makeVenue({ ...BUSY, seed });
      const feed = makeFeed();
      const { block, sequencer } = feed;
      const port = new PacketPort();
      const taken = [0, 0, 0];
      let asked = 0;
      const nobody: FixTransport = { send() {}, close() {}, pause() {} };
      const proxy = venue.exchange.feed.recovery.accept!(nobody);
      proxy.onData(frame([22, 1, ...new Array(20).fill(0x20)]));

      const turn = () => {
        venue.run(1);
        for (const line of [0, 1, GAP_LINE]) {
          const packets = venue.feed.packets[line]!;
          while (taken[line]! < packets.length) {
            port.load(packets[taken[line]!++]!, line);
            sequencer.onPacket(port, 0, venue.clock.timeNs);
          }
        }
        sequencer.poll(venue.clock.timeNs);
        if (block.words[BLOCK_GAP_SEQ] === asked) return;
        asked = block.words[BLOCK_GAP_SEQ]!;
        const from = block.doubles[BLOCK_GAP_FROM]!;
        const count = block.doubles[BLOCK_GAP_TO]! - from;
        if (count <= 0) return;
        proxy.onData(frame([9, 3, UNIT, ...little(from, 4), ...little(count, 2)]));
      };

      venue.exchange.start();
      for (let ms = 0; ms < 800; ms++) turn();
      venue.exchange.quiesce();
      for (let ms = 0; ms < 1000; ms++) turn();

      const report = venue.exchange.report();
      expect(sequencer.nextSeq).toBe(report.nextSequence);
      expect(feed.state()).toBe("live");
      expect(block.doubles[BLOCK_GAPS]).toBeGreaterThan(0);
      expect(block.doubles[BLOCK_LOST]).toBe(0);
      expect(report.rerequest.answered).toBeGreaterThan(0);
      // Nothing that the books count as wrong; trades inside a gap are hidden.
      expect([...feed.counters.slice(32, BOOK_TRADES_HIDDEN)].every((n) => n === 0)).toBe(true);
      for (const [index, book] of report.books.entries()) {
        expect(feed.books.flags(index)).toBe(0);
        expect(dumpLevels(feed.books.view(index))).toEqual({ bids: book.bids, asks: book.asks });
      }
    });
  }
});
