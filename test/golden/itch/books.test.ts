/** `hairpin book` and `hairpin feed stats` on the captures with golden books. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CAPTURES, haveCaptures } from "../../support/captures.ts";
import { runCli as run } from "../../support/run-cli.ts";

const have = haveCaptures("itch-synthetic");
const FILE = join(CAPTURES, "itch-synthetic/syn200k.itch.gz");
const AB = join(CAPTURES, "itch-synthetic/syn200k_AB_loss1pct.pcap.gz");
const golden = have
  ? readFileSync(join(CAPTURES, "itch-synthetic/syn200k.golden.csv"), "utf8")
  : "";

test.skipIf(!have)("book of the file equals the golden CSV, row for row", async () => {
  expect(await run("book", FILE, "--csv")).toEqual({ code: 0, out: golden, err: "" });
});

test.skipIf(!have)("book of two lossy lines equals the golden CSV, row for row", async () => {
  expect(await run("book", AB, "--csv")).toEqual({ code: 0, out: golden, err: "" });
});

test.skipIf(!have)("both inputs agree at times within the day, at any depth", async () => {
  for (const at of ["09:30:00", "12:00", "15:59:59.999999999"]) {
    const [file, lines] = [
      await run("book", FILE, "--csv", "--at", at, "--depth", "5"),
      await run("book", AB, "--csv", "--at", at, "--depth", "5"),
    ];
    expect(file).toEqual(lines);
    expect(file.code).toBe(0);
    expect(file.out.split("\n").length).toBeGreaterThan(200);
    expect(file.out).not.toBe(golden);
  }
});

test.skipIf(!have)("one line alone lacks messages, and book says so", async () => {
  const { code, err } = await run("book", AB, "--csv", "--lines", "233.54.12.111:26477");
  expect(code).toBe(0);
  expect(err).toMatch(/^messages missing on every line: [\d,]+, the first at sequence \d+$/m);
  expect(err).toMatch(/^skipped frames: \d+ to other destinations$/m);
});

test.skipIf(!have)("feed stats counts what decode shows", async () => {
  const { code, out } = await run("feed", "stats", AB, "--json");
  expect(code).toBe(0);
  const stats = JSON.parse(out);
  expect(stats).toMatchObject({ kind: "pcap", sessions: 1, messages: 200_000, missing: 0 });
  const shown = (await run("decode", FILE)).out.trimEnd().split("\n");
  const types = new Map<string, number>();
  for (const line of shown) {
    const { type } = JSON.parse(line);
    types.set(type, (types.get(type) ?? 0) + 1);
  }
  const counted = stats.types.map((t: { type: string; count: number }) => [t.type, t.count]);
  expect(counted.sort()).toEqual([...types].sort());
  expect(stats.lines.length).toBe(2);
  for (const line of stats.lines) {
    // What a line has, once, and what it lacks make up the whole.
    expect(line.missing).toBeGreaterThan(1000);
    expect(line.duplicates).toBeGreaterThan(0);
  }
  expect(stats.lines[0].led + stats.lines[1].led).toBe(stats.pairs);
});
