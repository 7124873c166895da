/** MDP 3.0: what is lost on both lines makes books stale, never wrong; the snapshot loop heals them. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { BOOK_STALE } from "../../../src/book/flags.ts";
import { Random } from "../../../src/sim/random.ts";
import { mdp3Feed, mdp3Market, TICK } from "../../support/mdp3-market.ts";
import { Mdp3Venue } from "../../support/mdp3-venue.ts";

const SYMBOLS = ["A", "B", "C", "D", "E"];
const IDS = SYMBOLS.map((_, i) => 101 + i);

interface Run {
  seed: number;
  /** Of a hundred: packets lost on a line; lost on both; packets of the loop lost. */
  lossLine: number;
  lossBoth: number;
  lossLoop: number;
  packets: number;
  /** Packets between two rounds of the loop, and how much later than made its packets come. */
  every: number;
  delay: number;
  /** First packets that are not heard at all. */
  late: number;
  kept: number;
  /** Holes are given up after so many packets; with 4, also now and then after a while. */
  window: number;
}

function play(run: Run) {
  const venue = new Mdp3Venue({ seed: run.seed, ids: IDS, tick: TICK, mid: 5 });
  const random = new Random(run.seed, 1);
  const market = mdp3Market(SYMBOLS, { keptUpdates: run.kept });
  const { books } = market;
  const feed = mdp3Feed(market, { windowPackets: run.window });
  const lost = (percent: number) => random.below(100) < percent;
  const pending: { at: number; bytes: Uint8Array; line: number }[] = [];
  let staleSeen = 0;

  const check = () => {
    for (let i = 0; i < SYMBOLS.length; i++) {
      const flags = books.flags(i);
      if (flags !== 0) {
        expect(flags).toBe(BOOK_STALE);
        staleSeen++;
        continue;
      }
      // Not behind what has been applied, and exactly what the venue showed then.
      const rpt = books.recovery["last"][i]!;
      const applied = venue.rptAfter[feed.feed.nextSeq - 1]?.[i] ?? 0;
      expect(rpt).toBeGreaterThanOrEqual(applied);
      const [bids, asks, impliedBids, impliedAsks] = venue.states[i]![rpt]!;
      expect({ i, rpt, ...books.levels(i) }).toEqual({ i, rpt, bids: bids!, asks: asks! });
      expect(books.impliedLevels(i)).toEqual({ bids: impliedBids!, asks: impliedAsks! });
    }
  };
  const deliver = (now: number) => {
    for (let k = 0; k < pending.length; ) {
      if (pending[k]!.at > now) k++;
      else {
        const { bytes, line } = pending.splice(k, 1)[0]!;
        feed.take(bytes, line);
        check();
      }
    }
  };
  for (let n = 1; n <= run.packets; n++) {
    const bytes = venue.packet();
    if (n > run.late && !lost(run.lossBoth)) {
      const [a, b] = [lost(run.lossLine), lost(run.lossLine)];
      // One of both at least.
      const later = () => (n === 1 ? n : n + random.below(3));
      if (!a || b) pending.push({ at: later(), bytes, line: 0 });
      if (!b) pending.push({ at: later(), bytes, line: 1 });
    }
    if (n % run.every === 0) {
      venue.loop().forEach((packet, k) => {
        if (!lost(run.lossLoop)) pending.push({ at: n + run.delay + k, bytes: packet, line: 2 });
      });
    }
    deliver(n);
    if (run.window === 4 && random.below(10) === 0) {
      feed.wait();
      check();
    }
  }
  deliver(1e9);
  feed.wait();
  check();
  return { venue, market, feed, books, check, staleSeen };
}

/** Quiet at the end: packets without loss, then a whole round of the loop, twice. */
function heal({ venue, feed, books, check }: ReturnType<typeof play>) {
  for (let round = 0; round < 2; round++) {
    for (let k = 0; k < 6; k++) feed.take(venue.packet(), 0);
    feed.wait();
    for (const packet of venue.loop()) feed.take(packet, 2);
    check();
  }
  SYMBOLS.forEach((_, i) => {
    expect([i, books.flags(i), books.recovery["last"][i]]).toEqual([i, 0, venue.rpt[i]!]);
  });
}

/** The venue begins anew unheard, numbers of updates and all; packets go on, so that nothing tells. */
function restart({ venue, feed, books }: ReturnType<typeof play>, run: Run) {
  const anew = new Mdp3Venue({ seed: run.seed + 1, ids: IDS, tick: TICK, mid: 5 });
  anew.seq = venue.seq + run.every;
  for (let k = 0; k < run.late + run.delay; k++) anew.packet();
  for (let round = 0; round < 2; round++) {
    for (let k = 0; k < 6; k++) feed.take(anew.packet(), k & 1);
    feed.wait();
    for (const packet of anew.loop()) feed.take(packet, 2);
  }
  SYMBOLS.forEach((_, i) => {
    const rpt = anew.rpt[i]!;
    // The loop does not tell of it: stale or empty.
    if (rpt === 0 && books.flags(i) === BOOK_STALE) return;
    const [bids, asks] = rpt === 0 ? [[], []] : anew.states[i]![rpt]!;
    expect({ i, flags: books.flags(i), ...books.levels(i) }).toEqual({
      ...{ i, flags: 0, bids: bids!, asks: asks! },
    });
  });
}

const anyRun = fc.record({
  seed: fc.integer({ min: 1, max: 1e9 }),
  lossLine: fc.nat(60),
  lossBoth: fc.constantFrom(0, 2, 10, 40),
  lossLoop: fc.constantFrom(0, 10, 50),
  packets: fc.integer({ min: 1, max: 120 }),
  every: fc.integer({ min: 3, max: 40 }),
  delay: fc.nat(12),
  late: fc.constantFrom(0, 0, 1, 20),
  kept: fc.constantFrom(0, 1, 8, 4096),
  window: fc.constant(4),
});

const numRuns = process.env["HAIRPIN_FULL"] ? 5000 : 150;

test("any loss: a book that is trusted is the venue's, and all are after a quiet loop", () => {
  fc.assert(
    fc.property(anyRun, (run) => heal(play(run))),
    { numRuns },
  );
}, 600_000);

test("a restart that nobody heard: all books are those of the new session after a quiet loop", () => {
  fc.assert(
    fc.property(anyRun, (run) => restart(play(run), run)),
    { numRuns: Math.min(numRuns, 1000) },
  );
}, 600_000);

test("loss on one line only changes nothing: no book is ever stale", () => {
  fc.assert(
    fc.property(anyRun, (run) => {
      const played = play({ ...run, lossBoth: 0, late: 0, window: 64 });
      expect(played.staleSeen).toBe(0);
      expect(played.books.recovery.recovered).toBe(0);
    }),
    { numRuns: 50 },
  );
});

test("losses do make books stale, and snapshots replace them", () => {
  const base = { seed: 3, lossLine: 20, lossLoop: 0, packets: 400, every: 15 };
  const played = play({ ...base, lossBoth: 10, delay: 2, late: 0, kept: 4096, window: 4 });
  expect(played.staleSeen).toBeGreaterThan(50);
  expect(played.books.recovery.recovered).toBeGreaterThan(10);
  expect(played.books.recovery.holes).toBeGreaterThan(10);
});
