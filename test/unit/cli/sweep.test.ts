import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dispatch } from "../../../src/cli/dispatch.ts";
import { EXIT_CONFIG, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "../../../src/cli/exit-codes.ts";
import { replayVerb } from "../../../src/cli/replay.ts";
import { PASSED_FLAGS, sweepVerb } from "../../../src/cli/sweep.ts";
import { GOOD } from "../config/fixture.ts";
import { identityOf, quickRunner, runAll, tableOf } from "../replay/sweep/kit.ts";

let folder = "";
let config = "";
let capture = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hairpin-cli-sweep-"));
  config = join(folder, "a.toml");
  capture = join(folder, "a.pcap");
  writeFileSync(config, GOOD);
  writeFileSync(capture, "");
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...argv: string[]) {
  const io = { out: "", err: "" };
  const code = await dispatch(["sweep", ...argv], {
    out: (t) => {
      io.out += t;
    },
    err: (t) => {
      io.err += t;
    },
    isTerminal: false,
    columns: 80,
  });
  return { code, ...io };
}

test("the flags that are handed on are flags of replay", () => {
  for (const name of PASSED_FLAGS) {
    expect(replayVerb.flags[name]).toBeDefined();
    expect(sweepVerb.flags[name]).toBe(replayVerb.flags[name]!);
  }
});

describe("sweep refuses, in one sentence and before the first run,", () => {
  const usage: [string, string[], string][] = [
    ["no config", ["x"], "missing: --config FILE"],
    ["no capture", [], "missing: CAPTURE... | merge DIR..."],
    ["a shard that is none", ["x", "--config", "c", "--shard", "3/2"], '--shard: found "3/2"'],
    ["a set without a value", ["x", "--config", "c", "--set", "a.b"], "--set a.b: no value"],
    ["a capture twice", ["x", "x", "--config", "c"], "the capture x is given twice"],
    ["merge without folders", ["merge"], "missing: merge DIR..."],
    ["merge with a config", ["merge", "d", "--config", "c"], "--config is not for merge"],
    ["merge with values", ["merge", "d", "--set", "a.b=1"], "--set is not for merge"],
  ];
  for (const [what, argv, sentence] of usage) {
    test(what, async () => {
      const done = await run(...argv);
      expect(done).toMatchObject({ code: EXIT_USAGE, out: "" });
      expect(done.err).toStartWith(`hairpin: ${sentence}`);
    });
  }

  const values: [string, string, string][] = [
    [
      "a param that the strategy does not have",
      "strategy.quotes.params.skew_tick=1,2",
      "params.skew_tick is not known; allowed: size_shares, spread_ticks, skew_ticks",
    ],
    [
      "a value that is out of range, wherever it stands in the list",
      "strategy.quotes.params.size_shares=100,0",
      "--set strategy.quotes.params.size_shares: strategy[0].params.size_shares: ",
    ],
    [
      "a strategy that is not there",
      "strategy.quots.params.skew_ticks=1",
      '--set strategy.quots.params.skew_ticks: no [[strategy]] has the name "quots"; did you mean "quotes"?',
    ],
    ["a limit that is not there", "risk.max_los=1", 'no such key; did you mean "max_loss"?'],
  ];
  for (const [what, set, sentence] of values) {
    test(what, async () => {
      const done = await run(capture, "--config", config, "--set", set, "--out", join(folder, "o"));
      expect(done).toMatchObject({ code: EXIT_CONFIG, out: "" });
      expect(done.err).toContain(sentence);
      expect(done.err.trimEnd().split("\n").at(-1)).toStartWith(
        `hairpin: ${config} can't be used with`,
      );
    });
  }

  test("a capture that is not there", async () => {
    const done = await run(join(folder, "none"), "--config", config, "--out", join(folder, "o"));
    expect(done.code).toBe(EXIT_FAILED);
    expect(done.err).toBe(
      `hairpin: can't read ${join(folder, "none")}: no such file or directory (ENOENT)\n`,
    );
  });
});

describe("sweep merge", () => {
  test("writes the table into the first folder, or where it is told", async () => {
    const dir = join(folder, "whole");
    await runAll(dir, identityOf(["x"]), { runner: quickRunner });
    const done = await run("merge", dir);
    expect(done).toMatchObject({ code: EXIT_OK, err: "" });
    expect(done.out).toContain(`${join(dir, "table.csv")}\n`);
    expect(readFileSync(join(dir, "table.csv"), "utf8")).toBe(tableOf(dir));
    const other = join(folder, "other.csv");
    const json = await run("merge", dir, "--out", other, "--json");
    expect(JSON.parse(json.out)).toMatchObject({ table: other, runs: 8, failed: 0 });
    expect(readFileSync(other, "utf8")).toBe(tableOf(dir));
  });

  test("says which runs are missing", async () => {
    const dir = join(folder, "part");
    await runAll(dir, identityOf(["x"]), { shard: { part: 1, count: 4 }, runner: quickRunner });
    const done = await run("merge", dir);
    expect(done.code).toBe(EXIT_FAILED);
    expect(done.err).toBe(
      "not run: 6 of 8: 2, 3, 4, 6, 7, 8\nwithout figures: 6 of 8 runs; the table says why\n",
    );
  });
});
