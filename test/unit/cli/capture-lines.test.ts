/** Captures whose packets do not tell their feed: OPRA lines and CME channels, by their destinations. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ethernet, type Frame, pcapFile } from "../../support/capture-files.ts";
import { type OpraSeries, opraBlock, osi, shortQuote } from "../../support/opra-bytes.ts";
import { runCli as run } from "../../support/run-cli.ts";

const SECONDS = 1_701_291_404;
const CSV = "feed_id,symbol,bid_px,bid_qty,bid_n,ask_px,ask_qty,ask_n,live_orders";
/** 239.1.1.1 and so on, all port 26477. */
const group = (line: number) => 0xef010101 + line;
const destination = (line: number) => `239.1.1.${line + 1}:26477`;
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hairpin-lines-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Two milliseconds apart: a hole is given up three packets later. */
function save(name: string, packets: readonly (readonly [line: number, payload: Uint8Array])[]) {
  const path = join(folder, name);
  const frames = packets.map(
    ([line, payload], i): Frame => ({
      bytes: ethernet(payload, { group: group(line) }),
      seconds: SECONDS + Math.floor(i / 500),
      ns: 2_000_000 * (i % 500),
    }),
  );
  writeFileSync(path, pcapFile(frames, { isNs: true }));
  return path;
}

const SPY: OpraSeries = { root: "SPY", expires: "261218", side: "C", strike: 500 };
const QQQ: OpraSeries = { root: "QQQ", expires: "261218", side: "P", strike: 400.5 };
const quote = (seq: number, series: OpraSeries, bid: number) =>
  opraBlock(seq, [
    shortQuote({ series, indicator: "F", bid, bidSize: 10, offer: bid + 5, offerSize: 20 }),
  ]);

describe("OPRA", () => {
  test("two destinations with the same blocks are one line, others are lines of their own", async () => {
    const path = save("ab.pcap", [
      [0, quote(7, SPY, 100)],
      [1, quote(7, SPY, 100)],
      [2, quote(40, QQQ, 300)],
      [1, quote(8, SPY, 110)],
      [0, quote(9, SPY, 120)],
      [1, quote(9, SPY, 120)],
    ]);
    expect((await run("book", path, "--csv")).out).toBe(
      `${CSV}\n,${osi(SPY)},1.2,10,,1.25,20,,\n,${osi(QQQ)},3,10,,3.05,20,,\n`,
    );
    const { feeds, lines } = JSON.parse((await run("feed", "stats", path, "--json")).out);
    expect(feeds).toMatchObject([
      { name: `line ${destination(0)}`, pairs: 2, messages: 3, missing: 0 },
      { name: `line ${destination(2)}`, pairs: 0, messages: 1, missing: 0 },
    ]);
    expect(lines.map((l: { missing: number }) => l.missing)).toEqual([1, 0, 0]);
  });

  test("a destination that comes late joins the line whose blocks it repeats", async () => {
    // More packets than are looked at before reading.
    const many = Array.from({ length: 6000 }, (_, i): [number, Uint8Array] => [
      0,
      quote(i + 1, SPY, 100 + (i % 50)),
    ]);
    const path = save("late.pcap", [...many, [1, quote(6000, SPY, 149)]]);
    const { feeds, lines } = JSON.parse((await run("feed", "stats", path, "--json")).out);
    expect(feeds).toMatchObject([{ name: `line ${destination(0)}`, pairs: 1, messages: 6000 }]);
    expect(lines.length).toBe(2);
  });

  test("--lines says which destinations belong together", async () => {
    // What A has and what B has is never the same.
    const path = save("halves.pcap", [
      [0, quote(7, SPY, 100)],
      [1, quote(8, SPY, 110)],
      [0, quote(9, SPY, 120)],
      [2, quote(1, QQQ, 300)],
    ]);
    const stats = async (...argv: string[]) =>
      JSON.parse((await run("feed", "stats", path, "--json", ...argv)).out).feeds;
    expect(await stats()).toMatchObject([{ missing: 1 }, { missing: 0 }, { missing: 0 }]);
    const pair = `${destination(0)}+${destination(1)}`;
    expect(await stats("--lines", `${destination(2)},${pair}`)).toMatchObject([
      { name: `line ${destination(2)}`, messages: 1 },
      { name: `line ${destination(0)}`, messages: 3, missing: 0 },
    ]);
    expect(await stats("--lines", pair)).toMatchObject([{ messages: 3, missing: 0 }]);
    const bad = await run("feed", "stats", path, "--lines", `${destination(0)}+`);
    expect(bad).toMatchObject({
      code: 2,
      err: `hairpin: --lines: found ""; allowed: 239.1.1.1:5000,...\n`,
    });
  });

  test("a wrong checksum is counted, and the block is not used", async () => {
    const wrong = quote(8, SPY, 999);
    wrong[30]! ^= 1;
    const path = save("sum.pcap", [
      [0, quote(7, SPY, 100)],
      [0, wrong],
      [0, quote(9, SPY, 120)],
    ]);
    const { out, err } = await run("feed", "stats", path, "--json");
    expect(JSON.parse(out)).toMatchObject({
      messages: 2,
      figures: [{ value: 2 }, { name: "bad_checksums", value: 1 }],
    });
    expect(err).toBe(
      `line ${destination(0)}: blocks missing on every line: 1 in 1 gap, the first at sequence 8\n` +
        "packets not taken: 1 whose checksum is wrong\n",
    );
  });

  test("a side that nothing has told yet is empty, and the book is not to be trusted", async () => {
    const half = opraBlock(7, [
      shortQuote({ series: SPY, indicator: "B", bid: 1, bidSize: 1, offer: 105, offerSize: 2 }),
    ]);
    const { out, err } = await run("book", save("half.pcap", [[0, half]]), "--csv");
    expect(out).toBe(`${CSV}\n,${osi(SPY)},,,,1.05,2,,\n`);
    expect(err).toContain("begins at sequence 7: a side of a series is known from");
    expect(err).toContain(`books not to be trusted: 1, the first is ${osi(SPY)}: `);
  });
});
