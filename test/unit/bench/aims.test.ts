import { describe, expect, test } from "bun:test";
import { type Measured, type Verdict, verdicts } from "../../bench/aims.ts";
import { BOOK_RATE, BOOK_STUDY } from "../../bench/cases/book-rate.ts";
import { ENCODE_NAME } from "../../bench/cases/fix.ts";
import { BOOK_PAIR } from "../../bench/cases/reference-feed.ts";
import { BOTH_OVER_PING, OVER_PING, ROUND_TRIP_STUDY } from "../../bench/cases/round-trip.ts";
import { type Pair, pairFigures, spreadOf } from "../../bench/pair.ts";
import { aimWords } from "../../bench/report.ts";

const NOTHING: Measured = { results: [], pairs: [], studies: [] };

function spread(p50: number) {
  return { p25: p50, p50, p75: p50 };
}

function bookPair(ours: number, ratio: number): Measured["pairs"] {
  const figures = { ours: spread(ours), other: spread(ours / ratio), ratio: spread(ratio) };
  return [{ name: BOOK_PAIR, against: "C", note: "", pairs: 1, perTurn: 1, ...figures }];
}

function rate(value: number): Measured["studies"] {
  return [{ name: BOOK_STUDY, note: "", figures: [{ name: BOOK_RATE, value, unit: "x" }] }];
}

function named(all: readonly Verdict[], name: string): Verdict {
  const found = all.find((v) => v.name === name);
  if (found === undefined) throw new Error(`no verdict on ${name}`);
  return found;
}

describe("aims of the benches", () => {
  test("nothing measured is no verdict", () => {
    expect(verdicts(NOTHING)).toEqual([]);
  });

  test("a figure over its limit is missed, by how much is told", () => {
    const all = verdicts({ ...NOTHING, pairs: bookPair(50, 1.8) });
    const ratio = named(all, "decode + book, over C");
    expect(ratio.isMet).toBe(false);
    expect(aimWords(ratio)).toBe("MISSED, 50% over the limit");
    expect(named(all, "decode + book, a message").isMet).toBe(false);
  });

  test("a figure at its limit is met", () => {
    const all = verdicts({ ...NOTHING, pairs: bookPair(40, 1.2) });
    expect(all.map((v) => v.isMet)).toEqual([true, true]);
  });

  test("where more is better, less than the limit is missed", () => {
    const name = "hairpin book of a large file, messages/s over those of C";
    expect(named(verdicts({ ...NOTHING, studies: rate(0.49) }), name).isMet).toBe(false);
    expect(named(verdicts({ ...NOTHING, studies: rate(0.7) }), name).isMet).toBe(true);
  });

  test("a round trip to a venue in C has a stricter limit than one between two of ours", () => {
    const figures = [OVER_PING, BOTH_OVER_PING].map((name) => ({ name, value: 1.2, unit: "x" }));
    const studies = [{ name: ROUND_TRIP_STUDY, note: "", figures }];
    const all = verdicts({ ...NOTHING, studies });
    expect(named(all, "order round trip, over raw TCP in C").isMet).toBe(false);
    const both = named(all, "order round trip, hairpin to hairpin, over raw TCP in C");
    expect(both.isMet).toBe(true);
  });

  test("a case is found by its name", () => {
    const figures = { p50: 80, p99: 90, p999: 95, max: 99, sample: "", samples: 1 };
    const result = { name: ENCODE_NAME, ...figures, budgetNs: null, ofBudget: null, note: "" };
    expect(named(verdicts({ ...NOTHING, results: [result] }), "FIX encode").measured).toBe(80);
  });
});

describe("pairs", () => {
  test("quartiles are values that were measured", () => {
    expect(spreadOf([5, 1, 4, 2, 3])).toEqual({ p25: 2, p50: 3, p75: 4 });
    expect(spreadOf([7])).toEqual({ p25: 7, p50: 7, p75: 7 });
  });

  test("sides take turns, and the ratio is of turns side by side", async () => {
    const order: string[] = [];
    const side = (name: string, ns: number) => () => {
      order.push(name);
      return ns;
    };
    const figures = await pairFigures({
      name: "pair",
      other: "other",
      make: () => ({ oursNs: side("ours", 30), otherNs: side("other", 10), per: 5 }),
    });
    expect(figures.ratio.p50).toBe(3);
    expect(figures.perTurn).toBe(5);
    expect(order.length).toBe(2 * figures.pairs);
    expect(order.slice(0, 4)).toEqual(["ours", "other", "other", "ours"]);
  });

  test("a side that must begin anew does so before each of its turns", async () => {
    const counts = { before: 0, runs: 0 };
    const pair: Pair = {
      ours: { before: () => counts.before++, run: () => counts.runs++ },
      other: { run: () => {} },
      per: 1,
      isTurn: true,
    };
    await pairFigures({ name: "pair", other: "other", make: () => pair });
    expect(counts.runs).toBeGreaterThan(0);
    expect(counts.before).toBe(counts.runs);
  });
});
