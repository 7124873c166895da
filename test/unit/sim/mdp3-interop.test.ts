/** The simulator's MDP 3.0 through the product's own decoder, sequencer and books. */
import { describe, expect, test } from "bun:test";
import { BOOK_TRADES_HIDDEN } from "../../../src/book/counters.ts";
import { BOOK_STALE } from "../../../src/book/flags.ts";
import { Instruments } from "../../../src/book/instruments.ts";
import { dumpLevels } from "../../../src/book/levels.ts";
import { Mdp3Books } from "../../../src/book/mdp3-books.ts";
import { STATUS_HALTED, STATUS_TRADING } from "../../../src/core/codes.ts";
import { BLOCK_LOST, heapFeedBlock } from "../../../src/feed/feed-block.ts";
import { Mdp3Decoder } from "../../../src/feed/mdp3/mdp3.ts";
import { Mdp3Feed } from "../../../src/feed/mdp3/mdp3-feed.ts";
import { MessagePlans } from "../../../src/feed/mdp3/message-plans.ts";
import { builtInSchema } from "../../../src/feed/mdp3/templates.ts";
import type { SimOptionsInput } from "../../../src/sim/options.ts";
import { definition, MarketLog, newCounters } from "../../support/market.ts";
import { PacketPort } from "../../support/packet-port.ts";
import { makeVenue, type Venue } from "../../support/sim-venue.ts";

const FAULTS = { loss: 0.05, duplicate: 0.03, reorder: 0.03 };
const ROLES = ["live", "live", "snapshot", "definition"] as const;
const BUSY: SimOptionsInput = {
  protocol: "mdp3",
  symbols: [
    { symbol: "ESZ6", px: 190 },
    { symbol: "NQZ6", px: 410, tick: 0.0005 },
  ],
  lines: [
    { group: "239.0.0.1", ...FAULTS },
    { group: "239.0.0.2", ...FAULTS },
  ],
  snapshot: { loss: 0.2 },
  definition: { loss: 0.2 },
  flow: { rate: 20_000, ordersPerSymbol: 150, haltEveryMs: 150, haltMs: 20 },
};

/** Sequencer, decoder and books, fed with what the venue has sent since the last turn. */
function makeFeed(venue: Venue) {
  const instruments = new Instruments([definition("ESZ6"), definition("NQZ6")]);
  const counters = newCounters();
  const block = heapFeedBlock();
  const schema = builtInSchema();
  const { exponents } = new MessagePlans(schema);
  const events = new MarketLog();
  const books = new Mdp3Books({ feed: 0, instruments, exponents, events, counters });
  const feed = new Mdp3Feed({
    index: 0,
    roles: ROLES,
    windowPackets: 64,
    windowNs: 3e6,
    staleNs: 1e9,
    slotBytes: 1500,
    decoder: new Mdp3Decoder({ schema, sink: books, counters }),
    events: { onFeed() {}, onSession: () => books.clear() },
    counters,
    block,
  });
  const port = new PacketPort();
  const taken = ROLES.map(() => 0);
  const turn = () => {
    venue.run(1);
    ROLES.forEach((_, line) => {
      const packets = venue.feed.packets[line]!;
      while (taken[line]! < packets.length) {
        port.load(packets[taken[line]!++]!, line);
        feed.onPacket(port, 0, venue.clock.timeNs);
      }
    });
    feed.poll(venue.clock.timeNs);
  };
  /** What was sent so far never comes. */
  const miss = () => {
    for (const line of ROLES.keys()) taken[line] = venue.feed.packets[line]!.length;
  };
  return { books, block, counters, feed, events, turn, miss };
}

function expectSame(made: ReturnType<typeof makeFeed>, venue: Venue): void {
  for (const [index, book] of venue.exchange.report().books.entries()) {
    expect(made.books.flags(index)).toBe(0);
    expect(dumpLevels(made.books.view(index))).toEqual({
      bids: book.bids.slice(0, 10),
      asks: book.asks.slice(0, 10),
    });
  }
}

describe("the product's feed and books, behind a lossy simulator that publishes MDP 3.0", () => {
  for (const seed of [1, 2, 3]) {
    test(`hold the venue's best ten levels at the end, with seed ${seed}`, () => {
      const venue = makeVenue({ ...BUSY, seed });
      const made = makeFeed(venue);
      venue.exchange.start();
      let stale = 0;
      for (let ms = 0; ms < 800; ms++) {
        made.turn();
        if (made.books.flags(0) === BOOK_STALE) stale++;
      }
      venue.exchange.quiesce();
      for (let ms = 0; ms < 1000; ms++) made.turn();
      expect(made.feed.nextSeq).toBe(venue.exchange.report().nextSequence);
      expect(made.block.doubles[BLOCK_LOST]).toBeGreaterThan(0);
      expect(stale).toBeGreaterThan(0);
      expect(stale).toBeLessThan(800);
      expect([...made.counters.slice(32, BOOK_TRADES_HIDDEN)].every((n) => n === 0)).toBe(true);
      expect(made.events.trades.length).toBeGreaterThan(100);
      const statuses = new Set(made.events.statuses.map(([, status]) => status));
      expect(statuses).toContain(STATUS_HALTED);
      expect([...made.books.status].slice(0, 2)).toEqual([STATUS_TRADING, STATUS_TRADING]);
      expectSame(made, venue);
    });
  }

  test("join late, and wait for snapshots that stand still, and then go on", () => {
    const venue = makeVenue(BUSY);
    const made = makeFeed(venue);
    venue.exchange.start();
    venue.run(100);
    made.miss();
    venue.exchange.feed.recovery.refusing = true;
    for (let ms = 0; ms < 300; ms++) made.turn();
    expect([0, 1].map((i) => made.books.flags(i))).toEqual([BOOK_STALE, BOOK_STALE]);
    venue.exchange.feed.recovery.refusing = false;
    venue.exchange.quiesce();
    for (let ms = 0; ms < 1000; ms++) made.turn();
    expectSame(made, venue);
  });
});
