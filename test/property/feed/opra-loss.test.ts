/**
 * Lines A and B of a made-up OPRA day, each with losses, late and double blocks of its own. What one
 * line has missed changes nothing; what both have is never hidden: a book that says it is sound is the
 * market's as of the last block applied.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { FEED_LOST_MESSAGES } from "../../../src/feed/counters.ts";
import { osi } from "../../support/opra-bytes.ts";
import {
  type BestOfSeries,
  makeOpraDay,
  makeSeries,
  type OpraDay,
  randomOf,
} from "../../support/opra-market.ts";
import { bboText, opraRig } from "../../support/opra-rig.ts";

const SERIES = makeSeries(8);
const SYMBOLS = SERIES.map(osi);
const RUNS = process.env["HAIRPIN_FULL"] === "1" ? 2000 : 60;

const text = ({ bid, offer }: BestOfSeries) =>
  [bid, offer].map((best) => (best === null ? "-" : `${best.px} x ${best.size}`)).join(" / ");

/** The market's best as of a block, from the start of the day or a later one. */
class Truth {
  private readonly best = new Map<string, string>(SYMBOLS.map((symbol) => [symbol, "- / -"]));
  private block = 0;

  constructor(private readonly day: OpraDay) {}

  /** All blocks below `seq` have been applied, or lost. */
  before(seq: number): ReadonlyMap<string, string> {
    for (; this.block < seq - 1; this.block++) {
      for (const [symbol, best] of this.day.changes[this.block]!) this.best.set(symbol, text(best));
    }
    return this.best;
  }
}

interface Arrival {
  block: number;
  line: number;
}

/** Both lines' blocks as they arrive: some missing, some swapped with the next, some twice. */
function arrivals(blocks: number, lossPct: number, random: () => number): Arrival[] {
  const out: Arrival[] = [];
  for (let block = 0; block < blocks; block++) {
    for (const line of [0, 1]) {
      if (random() * 100 < lossPct) continue;
      out.push({ block, line });
      if (random() < 0.05) out.push({ block, line });
    }
  }
  for (let i = 0; i + 3 < out.length; i++) {
    if (random() < 0.1) {
      const later = i + 1 + Math.floor(random() * 3);
      [out[i], out[later]] = [out[later]!, out[i]!];
      // What was moved is not moved again: later than the window waits, it would be lost.
      i = later;
    }
  }
  return out;
}

function play(seed: number, lossPct: number, from: number) {
  const day = makeOpraDay({ seed, series: SERIES, messages: 400 });
  const random = randomOf(seed ^ 0x5bd1e995);
  const truth = new Truth(day);
  const r = opraRig({ series: SYMBOLS, feed: { windowPackets: 4, windowNs: 2500 } });
  const wrong: string[] = [];
  let sound = 0;
  const check = () => {
    const best = truth.before(r.sequencer.nextSeq);
    SYMBOLS.forEach((symbol, i) => {
      if (r.books.flags(i) !== 0) return;
      sound++;
      const told = bboText(r.books, i);
      if (told !== best.get(symbol)) {
        wrong.push(`${symbol} before ${r.sequencer.nextSeq}: ${told}, market ${best.get(symbol)}`);
      }
    });
  };
  const coming = arrivals(day.blocks.length, lossPct, random).filter((a) => a.block >= from);
  coming.forEach(({ block, line }, i) => {
    r.send(day.blocks[block]!, line, i * 500);
    check();
  });
  r.sequencer.poll(1e6);
  check();
  const arrived = new Set(coming.map((a) => a.block));
  const holes = day.blocks.some((_, block) => block >= from && !arrived.has(block));
  return { day, r, wrong, sound, holes };
}

const seeds = fc.integer({ min: 1, max: 2 ** 30 });

test("blocks that one line has are as good as all of them", () => {
  fc.assert(
    fc.property(seeds, fc.constantFrom(0, 2, 10), (seed, lossPct) => {
      const { day, r, wrong, holes } = play(seed, lossPct, 0);
      expect(wrong).toEqual([]);
      if (holes) return;
      expect(r.counters[FEED_LOST_MESSAGES]).toBe(0);
      SYMBOLS.forEach((symbol, i) => {
        const best = day.best.get(symbol) ?? { bid: null, offer: null };
        expect(`${bboText(r.books, i)} ${r.books.flags(i)}`).toBe(`${text(best)} 0`);
      });
    }),
    { numRuns: RUNS },
  );
});

test("after a loss on both lines no sound book is wrong", () => {
  let sound = 0;
  let losses = 0;
  fc.assert(
    fc.property(seeds, fc.constantFrom(20, 40, 60), (seed, lossPct) => {
      const played = play(seed, lossPct, 0);
      expect(played.wrong).toEqual([]);
      sound += played.sound;
      losses += played.r.counters[FEED_LOST_MESSAGES]!;
    }),
    { numRuns: RUNS },
  );
  // There were losses, and books healed nevertheless.
  expect(losses).toBeGreaterThan(RUNS);
  expect(sound).toBeGreaterThan(RUNS);
});

test("joined late, no sound book is wrong, and most become sound", () => {
  let sound = 0;
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 30 }), (seed, from) => {
      const played = play(seed, 5, from);
      expect(played.wrong).toEqual([]);
      sound += SYMBOLS.filter((_, i) => played.r.books.flags(i) === 0).length;
    }),
    { numRuns: RUNS },
  );
  expect(sound).toBeGreaterThan(RUNS * 4);
});
