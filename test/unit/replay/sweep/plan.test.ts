import { describe, expect, test } from "bun:test";
import { parseSet } from "../../../../src/config/override.ts";
import { parseShard, planRuns, runsOf } from "../../../../src/replay/sweep/plan.ts";

const plan = (captures: string[], ...sets: string[]) =>
  planRuns({ lists: sets.map(parseSet), captures });

describe("planRuns", () => {
  test("makes every combination, the last list and then the capture changing fastest", () => {
    const runs = plan(["x", "y"], "a.b=1,2", "c.d=3,4");
    const words = runs.map((r) => [...r.overrides.map((o) => o.value), r.capture].join(" "));
    expect(words).toEqual(["1 3 x", "1 3 y", "1 4 x", "1 4 y", "2 3 x", "2 3 y", "2 4 x", "2 4 y"]);
    expect(runs.map((r) => r.set)).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect(runs.map((r) => r.index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test("without lists runs the config as it is", () => {
    expect(plan(["x", "y"]).map((r) => r.overrides)).toEqual([[], []]);
  });

  const bad: [string, string[], string[]][] = [
    ["--set a.b: the value 1 is there twice", ["x"], ["a.b=1,1"]],
    [
      "--set a.b is given twice; write its values behind one another: a.b=1,2",
      ["x"],
      ["a.b=1", "a.b=2"],
    ],
    ["the capture x is given twice", ["x", "x"], []],
  ];
  for (const [message, captures, sets] of bad) {
    test(`refuses: ${message}`, () => expect(() => plan(captures, ...sets)).toThrow(message));
  }

  test("refuses more runs than anybody wants", () => {
    const many = Array.from({ length: 400 }, (_, i) => i).join();
    expect(() => plan(["x"], `a.b=${many}`, `c.d=${many}`)).toThrow("160000 runs; at most 100000");
  });
});

describe("shards", () => {
  test("share the runs out, each run once, evenly", () => {
    const runs = plan(["x"], "a.b=1,2,3,4,5,6,7");
    const shares = [1, 2, 3].map((part) => runsOf(runs, { part, count: 3 }));
    expect(shares.map((share) => share.length)).toEqual([3, 2, 2]);
    const all = shares.flat().map((run) => run.index);
    expect(all.sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test("are written K/N", () => {
    expect(parseShard("2/4")).toEqual({ part: 2, count: 4 });
    for (const text of ["0/4", "5/4", "1", "a/b", "1/0", "-1/2", "1/2/3"]) {
      expect(() => parseShard(text)).toThrow(`--shard: found "${text}"; allowed: K/N`);
    }
  });
});
