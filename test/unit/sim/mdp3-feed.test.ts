import { describe, expect, test } from "bun:test";
import { depthChanges } from "../../../src/feed/mdp3/depth-changes.ts";
import type { SimOptionsInput } from "../../../src/sim/options.ts";
import { PlainMdp3Books, readMdp3, readSnapshot } from "../../support/sim-mdp3.ts";
import { makeVenue, ScriptedClient, type Venue } from "../../support/sim-venue.ts";

const BUSY: SimOptionsInput = {
  protocol: "mdp3",
  symbols: [
    { symbol: "ESZ6", px: 190 },
    { symbol: "NQZ6", px: 410, tick: 0.05 },
  ],
  flow: { rate: 20_000, ordersPerSymbol: 150, haltEveryMs: 100, haltMs: 20 },
};
const QUIET: SimOptionsInput = {
  protocol: "mdp3",
  symbols: [{ symbol: "AAPL", px: 100 }],
  flow: { rate: 0, ordersPerSymbol: 20 },
};
const SNAPSHOT_LINE = 2;
const DEFINITION_LINE = 3;
const STATUS_READY = 17;

function runDay(input: SimOptionsInput, ms: number): Venue {
  const venue = makeVenue(input);
  venue.exchange.start();
  venue.run(ms);
  return venue;
}

function booksOf(packets: readonly Uint8Array[]): PlainMdp3Books {
  const books = new PlainMdp3Books();
  for (const packet of packets) books.packet(packet);
  return books;
}

describe("the exchange with MDP 3.0", () => {
  for (const seed of [1, 2, 3]) {
    test(`publishes the best ten levels so that anybody can rebuild them, seed ${seed}`, () => {
      const venue = runDay({ ...BUSY, seed }, 1500);
      venue.exchange.quiesce();
      const books = booksOf(venue.feed.packets[0]!);
      expect(books.isComplete).toBe(true);
      for (const [i, book] of venue.exchange.report().books.entries()) {
        expect(book.bids.length).toBeGreaterThan(10);
        expect(books.levels(1000 + i, 0)).toEqual(book.bids.slice(0, 10));
        expect(books.levels(1000 + i, 1)).toEqual(book.asks.slice(0, 10));
        expect(books.of(1000 + i).status).toBe(STATUS_READY);
      }
      expect(books.counts.get(30)).toBeGreaterThan(4);
      expect(books.counts.get(48)).toBeGreaterThan(100);
      expect(books.trades).toBeGreaterThan(0);
    });
  }

  test("loops snapshots that equal the increments up to the packet that they name", () => {
    const venue = runDay(BUSY, 600);
    const snapshots = venue.feed.packets[SNAPSHOT_LINE]!.map(readSnapshot);
    expect(snapshots.slice(0, 4).map((s) => [s.sequence, s.id, s.reports])).toEqual([
      [1, 1000, 2],
      [2, 1001, 2],
      [1, 1000, 2],
      [2, 1001, 2],
    ]);
    const live = venue.feed.packets[0]!;
    for (const snapshot of snapshots) {
      const books = booksOf(live.slice(0, snapshot.lastSeq));
      expect(books.isComplete).toBe(true);
      const instrument = books.of(snapshot.id);
      expect(instrument.sides).toEqual(snapshot.sides);
      expect(instrument.rptSeq).toBe(snapshot.rptSeq);
      expect(instrument.status).toBe(snapshot.status);
    }
    venue.exchange.feed.recovery.refusing = true;
    const before = venue.feed.packets[SNAPSHOT_LINE]!.length;
    venue.run(300);
    expect(venue.feed.packets[SNAPSHOT_LINE]).toHaveLength(before);
  });

  test("loops definitions with symbol, increment and display factor", () => {
    const venue = runDay(BUSY, 250);
    const [first, second, again] = venue.feed.packets[DEFINITION_LINE]!.map(readMdp3);
    expect([first!.sequence, second!.sequence, again!.sequence]).toEqual([1, 2, 1]);
    const { template, root } = second!.messages[0]!;
    expect(template).toBe(54);
    const text = (at: number, size: number) =>
      Buffer.from(root.buffer, root.byteOffset + at, size)
        .toString("latin1")
        .trimEnd();
    expect(text(35, 20)).toBe("NQZ6");
    expect(root.getUint32(1, true)).toBe(2);
    expect(root.getInt16(15, true)).toBe(310);
    expect(root.getInt32(55, true)).toBe(1001);
    expect(root.getBigInt64(91, true)).toBe(50_000_000n);
    expect(root.getBigInt64(99, true)).toBe(1_000_000_000n);
  });

  test("tells a trade with its aggressor before the book, and ends the event once", () => {
    const venue = makeVenue(QUIET);
    venue.exchange.start();
    const client = new ScriptedClient(venue);
    client.logon();
    const bid = venue.exchange.report().books[0]!.bids[0]!;
    client.order("S", 2, bid.qty, (bid.px / 1e4).toFixed(2), "59=3|");
    const { messages } = readMdp3(venue.feed.packets[0]!.at(-1)!);
    expect(messages.at(-1)!.template).toBe(46);
    expect(messages.slice(0, -1).every((m) => m.template === 48)).toBe(true);
    const events = messages.map((m) => m.root.getUint8(8));
    expect(events.map((event) => event >> 7)).toEqual([...events.slice(1).map(() => 0), 1]);
    expect(events.at(-2)).toBe(1);
    const trade = messages[0]!.groups[0]![0]!;
    expect(trade.getUint8(24)).toBe(2);
    expect(Number(trade.getBigInt64(0, true))).toBe(bid.px * 1e5);
    expect(messages[0]!.groups[1]!).toHaveLength(2);
  });

  test("sends heartbeats with numbers of their own when nothing happens", () => {
    const venue = runDay({ ...QUIET, heartbeatMs: 10 }, 100);
    const books = booksOf(venue.feed.packets[0]!);
    expect(books.counts.get(12)).toBeGreaterThanOrEqual(9);
    expect(venue.exchange.feed.nextSequence).toBe(venue.feed.packets[0]!.length + 1);
  });

  test("says at the end of the day that the market is closed", () => {
    const venue = runDay(BUSY, 50);
    venue.exchange.endSession();
    expect(booksOf(venue.feed.packets[0]!).of(1001).status).toBe(4);
  });

  test("cuts a large event into packets of the size it may have", () => {
    const venue = runDay({ ...BUSY, packetBytesMax: 200 }, 200);
    for (const line of venue.feed.packets.slice(0, 1)) {
      expect(Math.max(...line.map((packet) => packet.length))).toBeLessThanOrEqual(200);
    }
    expect(booksOf(venue.feed.packets[0]!).isComplete).toBe(true);
  });
});

describe("changes by position", () => {
  const level = (px: number, qty = 1) => ({ px, qty, count: 1 });
  const more = (a: number, b: number) => a > b;
  const shown = (before: number[], now: number[], depth = 3) =>
    depthChanges(
      before.map((px) => level(px)),
      now.map((px) => level(px)),
      depth,
      more,
    ).map(({ action, position, level: { px } }) => [action, position, px]);

  test("a new best pushes the last one out without a word", () => {
    expect(shown([9, 8, 7], [10, 9, 8])).toEqual([[0, 1, 10]]);
  });

  test("a deleted best brings the next one into view as new", () => {
    expect(shown([9, 8, 7], [8, 7, 6])).toEqual([
      [2, 1, 9],
      [0, 3, 6],
    ]);
  });

  test("several at once are told at the positions that they have by then", () => {
    expect(shown([9, 8, 7], [])).toEqual([
      [2, 1, 9],
      [2, 1, 8],
      [2, 1, 7],
    ]);
    expect(shown([9, 7, 5], [8, 7, 6])).toEqual([
      [2, 1, 9],
      [0, 1, 8],
      [0, 3, 6],
    ]);
  });

  test("a quantity that differs is a change, and nothing is nothing", () => {
    expect(depthChanges([level(9)], [level(9, 2)], 3, more)).toEqual([
      { action: 1, position: 1, level: level(9, 2) },
    ]);
    expect(shown([9, 8], [9, 8])).toEqual([]);
  });
});
