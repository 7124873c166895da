import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakeShim } from "../../../../src/ffi/fake.ts";
import { claimSweep, identifySweep } from "../../../../src/replay/sweep/identity.ts";
import { mergeSweeps } from "../../../../src/replay/sweep/merge.ts";
import type { Runner } from "../../../../src/replay/sweep/runner.ts";
import { runSweep } from "../../../../src/replay/sweep/sweep.ts";
import { ALL, identityOf, quickRunner, runAll, runsIn, scriptRunner, tableOf } from "./kit.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hairpin-sweep-"));
});
afterEach(() => rmSync(folder, { recursive: true }));
const dir = (name: string) => join(folder, name);
const RUNS = "runs-1-of-1.jsonl";
const rows = (csv: string) =>
  csv
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));

describe("a sweep", () => {
  test("writes one line for each set and capture, and the sums of each set", async () => {
    await runAll(dir("a"), identityOf(["x.pcap", "y.pcap"]));
    const table = rows(tableOf(dir("a")));
    expect(table[0]!.join()).toBe(
      "row,set,strategy.m.params.skew,risk.max_loss,capture,journal_hash,packets,orders,net,position_shares,error",
    );
    expect(table).toHaveLength(1 + 8 * 3);
    expect(table[1]!.slice(0, 5)).toEqual(["run", "1", "0.1", "10", "x.pcap"]);
    expect(table[2]!.slice(0, 5)).toEqual(["run", "1", "0.1", "10", "y.pcap"]);
    const sum = table[3]!;
    expect(sum.slice(0, 7)).toEqual(["sum", "1", "0.1", "10", "", "", "20"]);
    expect(Number(sum[7])).toBe(Number(table[1]![7]) + Number(table[2]![7]));
    expect(Number(sum[8])).toBeCloseTo(Number(table[1]![8]) + Number(table[2]![8]), 6);
    expect(sum[9]).toBe("");
    expect(table[24]!.slice(0, 4)).toEqual(["sum", "8", "1", "20"]);
  });

  test("gives the same bytes in whatever order its runs end", async () => {
    const identity = identityOf(["x"]);
    const late: Runner = async (run, stop) => {
      await Bun.sleep((7 - run.index) * 3);
      return scriptRunner()(run, stop);
    };
    const one = await runAll(dir("a"), identity, { jobs: 1 });
    const eight = await runAll(dir("b"), identity, { jobs: 8, runner: late });
    expect(one.done).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(eight.done.length).toBe(8);
    expect(tableOf(dir("b"))).toBe(tableOf(dir("a")));
  });

  test("tells what failed in the table, does the rest, and tries it again the next time", async () => {
    const identity = identityOf(["x", "bad", "odd", "gone"], ["a.b=1"]);
    await runAll(dir("a"), identity);
    const errors = rows(tableOf(dir("a"))).map((row) => row.at(-1));
    expect(errors).toEqual([
      "error",
      "",
      "bad is no capture",
      "the replay printed no figures",
      "the replay ended by SIGKILL",
      "3 of 4 captures have no figures",
    ]);
    const again = await runAll(dir("a"), identity, { runner: quickRunner });
    expect(again.resumed).toBe(1);
    expect(again.done).toEqual([1, 2, 3]);
    expect(tableOf(dir("a"))).not.toContain("no figures");
  });

  test("runs as many at a time as it may, and no more", async () => {
    let now = 0;
    let most = 0;
    const runner: Runner = async (run, stop) => {
      most = Math.max(most, ++now);
      await Bun.sleep(5);
      now--;
      return quickRunner(run, stop);
    };
    await runAll(dir("a"), identityOf(["x"]), { jobs: 3, runner });
    expect(most).toBe(3);
  });

  test("stopped, notes nothing of what it cut short", async () => {
    const controller = new AbortController();
    const runner: Runner = async (run, stop) => {
      if (run.index === 3) controller.abort();
      return stop.aborted ? null : quickRunner(run, stop);
    };
    const identity = identityOf(["x"]);
    const first = await runAll(dir("a"), identity, { jobs: 1, runner, stop: controller.signal });
    expect(first.done).toEqual([0, 1, 2]);
    const rest = await runAll(dir("a"), identity, { jobs: 1, runner: quickRunner });
    expect(rest.done).toEqual([3, 4, 5, 6, 7]);
  });

  test("ends a running replay when it is stopped", async () => {
    const controller = new AbortController();
    const running = runAll(dir("a"), identityOf(["slow"]), { stop: controller.signal });
    setTimeout(() => controller.abort(), 20);
    expect((await running).done).toEqual([]);
  });
});

describe("a sweep that was killed", () => {
  test("goes on where it was, and gives the table of an undisturbed one", async () => {
    const captures = ["x", "y"];
    await runAll(dir("whole"), identityOf(captures));
    const log = dir("log");
    const env = { ...process.env, FAKE_LOG: log, FAKE_MS: "20" };
    const script = join(import.meta.dir, "sweep-process.ts");
    const command = [process.execPath, script, dir("cut"), ...captures];
    const child = Bun.spawn(command, { env, stdin: "ignore", stdout: "ignore" });
    const file = join(dir("cut"), RUNS);
    const count = () => (existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0);
    while (count() < 5 && child.exitCode === null) await Bun.sleep(5);
    child.kill("SIGKILL");
    await child.exited;
    const before = count();
    expect(before).toBeGreaterThanOrEqual(5);
    expect(before).toBeLessThan(16);
    const missing = mergeSweeps([dir("cut")]).missing.length;
    expect(missing).toBe(16 - before);
    // A line that was cut in the middle, as a power cut may leave one.
    appendFileSync(file, '{"run":15,"swe');

    const { done, resumed } = await runAll(dir("cut"), identityOf(captures));
    expect(resumed).toBe(before);
    expect(done).toHaveLength(16 - before);
    expect(tableOf(dir("cut"))).toBe(tableOf(dir("whole")));
    // Every run once, and those that the kill cut short, or whose line it cut, once more.
    const started = readFileSync(log, "utf8").trimEnd().split("\n").length;
    expect(started).toBeLessThanOrEqual(before + 2);
  }, 30_000);

  test("does a run again whose line was cut at any byte", async () => {
    const identity = identityOf(["x"], ["a.b=1,2"]);
    await runAll(dir("a"), identity, { jobs: 1, runner: quickRunner });
    const file = join(dir("a"), RUNS);
    const whole = readFileSync(file);
    const first = whole.indexOf(0x0a) + 1;
    for (let length = first; length < whole.length; length++) {
      writeFileSync(file, whole);
      truncateSync(file, length);
      const { done } = await runAll(dir("a"), identity, { jobs: 1, runner: quickRunner });
      expect(done).toEqual([1]);
      expect(readFileSync(file)).toEqual(whole);
    }
    writeFileSync(file, Buffer.concat([whole.subarray(0, first), Buffer.from("\0\0\0\0\n")]));
    expect((await runAll(dir("a"), identity, { runner: quickRunner })).done).toEqual([1]);
  });
});

describe("the folder of a sweep", () => {
  const differences: [string, (i: ReturnType<typeof identityOf>) => void, string][] = [
    ["values", (i) => i.sets[0]!.values.push("9"), "its values are strategy.m.params.skew=0.1,"],
    ["captures", (i) => i.captures.pop(), "its captures are x y, not x"],
    ["a capture's content", (i) => (i.captures[1]!.bytes = 2), "the capture y was another file"],
    ["config", (i) => (i.configSha256 = "11"), "the config, or a file that it names, was another"],
    ["flags", (i) => i.flags.push("--to"), "its flags are --seed 1, not --seed 1 --to"],
    ["version", (i) => (i.version = "9.9.9"), "it is of hairpin 0.0.0, this is 9.9.9"],
  ];
  for (const [what, change, sentence] of differences) {
    test(`is refused to a sweep of other ${what}`, () => {
      claimSweep(dir("a"), identityOf(["x", "y"]));
      const other = identityOf(["x", "y"]);
      change(other);
      expect(() => claimSweep(dir("a"), other)).toThrow(
        `${dir("a")} holds another sweep: ${sentence}`,
      );
    });
  }

  test("is refused when it is a file, or its note is not one", () => {
    writeFileSync(dir("file"), "");
    expect(() => claimSweep(dir("file"), identityOf(["x"]))).toThrow("not a folder");
    writeFileSync(join(folder, "sweep.json"), "{}");
    expect(() => claimSweep(folder, identityOf(["x"]))).toThrow("is not the note of a sweep");
  });

  test("is one process's at a time", async () => {
    const identity = identityOf(["x"]);
    const shim = fakeShim();
    const o = {
      dir: dir("a"),
      identity,
      runs: runsIn(identity),
      jobs: 1,
      shim,
      stop: new AbortController().signal,
      onWords: () => {},
      onResult: () => {},
    };
    const seen: string[] = [];
    const runner: Runner = async (run, stop) => {
      const second = runSweep({ ...o, shard: ALL, runner: quickRunner });
      await second.catch((error: Error) => seen.push(error.message));
      return quickRunner(run, stop);
    };
    await runSweep({ ...o, shard: ALL, runner });
    expect(seen[0]).toBe(`another sweep is at work on shard 1/1 of ${dir("a")}`);
    // And free again.
    await runSweep({ ...o, shard: ALL, runner: quickRunner });
  });

  test("with a damaged line in the middle is refused, and named", async () => {
    await runAll(dir("a"), identityOf(["x"]), { runner: quickRunner });
    const file = join(dir("a"), RUNS);
    writeFileSync(file, `{\n${readFileSync(file, "utf8")}`);
    expect(runAll(dir("a"), identityOf(["x"]))).rejects.toThrow(`${file}:1 is no result of a run`);
  });
});

describe("shards", () => {
  test("merged give the table of one undisturbed run, from one folder or several", async () => {
    const identity = identityOf(["x", "y"]);
    await runAll(dir("whole"), identity);
    for (const part of [3, 1, 2]) {
      await runAll(dir("shared"), identity, { shard: { part, count: 3 } });
      await runAll(dir(`own${part}`), identity, { shard: { part, count: 3 } });
    }
    expect(tableOf(dir("shared"))).toBe(tableOf(dir("whole")));
    expect(tableOf(dir("own2"), dir("own3"), dir("own1"))).toBe(tableOf(dir("whole")));
  });

  test("that are missing are told, and stand in the table as not run", async () => {
    const identity = identityOf(["x"]);
    await runAll(dir("a"), identity, { shard: { part: 2, count: 3 }, runner: quickRunner });
    const { missing } = mergeSweeps([dir("a")]);
    expect(missing).toEqual([1, 3, 4, 6, 7]);
    expect(rows(tableOf(dir("a")))[1]!.at(-1)).toBe("not run");
  });

  test("of different sweeps, or none, are refused", async () => {
    await runAll(dir("a"), identityOf(["x"]), { runner: quickRunner });
    await runAll(dir("b"), identityOf(["y"]), { runner: quickRunner });
    expect(() => mergeSweeps([dir("a"), dir("b")])).toThrow(
      `${dir("b")} holds another sweep than ${dir("a")}: its captures are y, not x`,
    );
    expect(() => mergeSweeps([dir("c")])).toThrow(`${dir("c")} holds no sweep`);
  });

  test("that gave different orders for one run are refused", async () => {
    const other: Runner = async () => ({ journalHash: "other", figures: { orders: 1 } });
    await runAll(dir("a"), identityOf(["x"]), { runner: quickRunner });
    await runAll(dir("b"), identityOf(["x"]), { runner: other });
    expect(() => mergeSweeps([dir("a"), dir("b")])).toThrow("must give the same orders");
  });
});

describe("what a sweep is known by", () => {
  const identify = (captures = ["x.pcap"], sets: string[] = [], flags: string[] = []) =>
    identifySweep({
      version: "1",
      config: dir("c.toml"),
      lists: sets.map((value) => ({ path: "strategy.a.uses", values: [value] })),
      captures: captures.map(dir),
      flags,
    });

  test("changes with the config, a file that it or a --set names, and a capture", () => {
    writeFileSync(dir("c.toml"), '[[strategy]]\nname = "a"\nuses = "mine.ts"\n');
    writeFileSync(dir("mine.ts"), "1");
    writeFileSync(dir("other.ts"), "1");
    writeFileSync(dir("x.pcap"), "packets");
    const seen = new Set<string>();
    const look = (o = identify()) => seen.add(JSON.stringify(o));
    look();
    look();
    expect(seen.size).toBe(1);
    writeFileSync(dir("mine.ts"), "2");
    look();
    appendFileSync(dir("c.toml"), "# more\n");
    look();
    writeFileSync(dir("x.pcap"), "Packets");
    look();
    look(identify(["x.pcap"], ["other.ts"]));
    writeFileSync(dir("other.ts"), "2");
    look(identify(["x.pcap"], ["other.ts"]));
    expect(seen.size).toBe(6);
    const latency = ["--latency", `histogram:${dir("h.csv")}`];
    writeFileSync(dir("h.csv"), "1000,1");
    look(identify(["x.pcap"], [], latency));
    writeFileSync(dir("h.csv"), "2000,1");
    look(identify(["x.pcap"], [], latency));
    expect(seen.size).toBe(8);
  });

  test("a capture that is not there is one sentence", () => {
    writeFileSync(dir("c.toml"), "");
    expect(() => identify(["none.pcap"])).toThrow(
      `can't read ${dir("none.pcap")}: no such file or directory (ENOENT)`,
    );
  });
});
