/** Captures whose packets do not tell their feed: OPRA lines and CME channels, by their destinations. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ethernet, type Frame, pcapFile } from "../../support/capture-files.ts";
import * as mdp3 from "../../support/mdp3-bytes.ts";
import {
  type OpraSeries,
  opraBlock,
  control as opraControl,
  osi,
  shortQuote,
} from "../../support/opra-bytes.ts";
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

type Captured = readonly (readonly [line: number, payload: Uint8Array])[];

/** Two milliseconds apart: a hole is given up three packets later. */
function save(name: string, packets: Captured) {
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

  test("one block alike does not make two lines one, nor what all lines bring", async () => {
    const control = (seq: number) => opraBlock(seq, [opraControl("C")]);
    const path = save("chance.pcap", [
      [0, control(1)],
      [1, control(1)],
      [0, control(2)],
      [1, control(2)],
      [0, quote(3, SPY, 100)],
      [1, quote(3, SPY, 100)],
      [0, quote(4, SPY, 110)],
      [1, quote(4, QQQ, 300)],
      [0, quote(5, SPY, 120)],
      [1, quote(5, QQQ, 310)],
    ]);
    const { feeds } = JSON.parse((await run("feed", "stats", path, "--json")).out);
    expect(feeds).toMatchObject([
      { name: `line ${destination(0)}`, messages: 5, missing: 0 },
      { name: `line ${destination(1)}`, messages: 5, missing: 0 },
    ]);
    const wrong = await run("book", path, "--lines", `${destination(0)}+${destination(1)}`);
    expect(wrong.code).toBe(1);
    expect(wrong.err).toEndWith(
      `${path}: line ${destination(0)}: ${destination(0)} and ${destination(1)} bring other messages under sequence 4: they are not lines of one feed; pick those that are with --lines\n`,
    );
  });

  test("a pair that begins long after the others is one line", async () => {
    const many = Array.from({ length: 6000 }, (_, i): [number, Uint8Array] => [
      0,
      quote(i + 1, SPY, 100 + (i % 50)),
    ]);
    const path = save("pair.pcap", [
      ...many,
      [1, quote(1, SPY, 100)],
      [2, quote(1, SPY, 100)],
      [2, quote(2, QQQ, 300)],
      [1, quote(2, QQQ, 300)],
    ]);
    const { feeds } = JSON.parse((await run("feed", "stats", path, "--json")).out);
    expect(feeds).toMatchObject([{ messages: 6000 }, { messages: 2, pairs: 2 }]);
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

/** Mantissas are of 10^-9; the definition says: shown = wire / 100, by steps of 0.25. */
const px = (value: number) => BigInt(Math.round(value * 100)) * 1_000_000_000n;
const DEFINITION = mdp3.packet(1, [
  mdp3.definition({
    id: 7,
    symbol: "ESH6",
    increment: 25_000_000_000n,
    factor: 10_000_000n,
    depth: 10,
    impliedDepth: 2,
  }),
]);
const level = (rpt: number, type: string, at: number, qty: number, value: number) =>
  mdp3.book([{ id: 7, rpt, type, level: at, px: px(value), qty, orders: 2 }], { event: mdp3.END });

describe("CME MDP 3.0", () => {
  /** From sequence 1 on: nothing was before. */
  const day = [
    [0, mdp3.packet(1, [level(1, "0", 1, 5, 5000.25)])],
    [1, mdp3.packet(1, [level(1, "0", 1, 5, 5000.25)])],
    [0, mdp3.packet(2, [level(2, "1", 1, 3, 5000.5), level(3, "0", 2, 9, 5000)])],
    [1, mdp3.packet(3, [level(4, "E", 1, 1, 5000.25)])],
    [0, mdp3.packet(3, [level(4, "E", 1, 1, 5000.25)])],
  ] as const;

  test("shows prices as definitions have them, implied levels apart", async () => {
    const path = save("defined.pcap", [[2, DEFINITION], ...day]);
    expect(await run("book", path, "--csv", "--depth", "2")).toEqual({
      code: 0,
      out:
        `${CSV.replace("symbol", "symbol,level")}\n` +
        "7,ESH6,0,5000.25,5,2,5000.5,3,2,\n7,ESH6,1,5000,9,2,,,,\n",
      err: "",
    });
    const { books } = JSON.parse((await run("book", path, "--json")).out);
    expect(books[0]).toMatchObject({ feedId: 7, priceUnit: 0.25, problem: "" });
    expect(books[0].implied.bids).toEqual([{ px: 20_001, qty: 1, count: 2 }]);
  });

  test("without definitions, names securities by number, and prices as on the wire", async () => {
    const path = save("bare.pcap", day);
    const { out, err } = await run("book", path, "--csv");
    expect({ out, err }).toEqual({
      out: `${CSV}\n7,7,500025,5,2,500050,3,2,\n`,
      err: "",
    });
    expect((await run("book", path, "--csv", "--symbols", "8")).out).toBe(`${CSV}\n`);
  });

  test("begins in the middle with books that are not to be trusted, until a snapshot", async () => {
    const middle = [
      [0, mdp3.packet(100, [level(50, "0", 1, 5, 5000.25)])],
      [0, mdp3.packet(101, [level(51, "0", 1, 8, 5000.5)])],
    ] as const;
    const snapshot = mdp3.packet(1, [
      mdp3.snapshot({
        lastSeq: 101,
        id: 7,
        rpt: 51,
        entries: [
          { type: "0", level: 1, px: px(5000.5), qty: 8, orders: 4 },
          { type: "1", level: 1, px: px(5001), qty: 6, orders: 1 },
        ],
      }),
    ]);
    const late = await run("book", save("middle.pcap", middle), "--csv");
    expect(late.out).toBe(`${CSV}\n7,7,500050,8,2,,,,\n`);
    expect(late.err).toContain("begins at sequence 100: what was before is not in the books\n");
    expect(late.err).toContain("books not to be trusted: 1, the first is 7: the book is stale");
    const healed = await run("book", save("healed.pcap", [...middle, [2, snapshot]]), "--csv");
    expect(healed.out).toBe(`${CSV}\n7,7,500050,8,4,500100,6,1,\n`);
    expect(healed.err).not.toContain("not to be trusted");
    // The loop is behind what has come since.
    const lag = [...middle, [0, mdp3.packet(102, [level(52, "0", 1, 9, 5000.75)])], [2, snapshot]];
    const caughtUp = await run("book", save("lag.pcap", lag as Captured), "--csv");
    expect(caughtUp.out).toBe(`${CSV}\n7,7,500075,9,2,500100,6,1,\n`);
    expect(caughtUp.err).not.toContain("not to be trusted");
    const two = [...middle, [3, mdp3.packet(9, [level(1, "1", 1, 1, 1)])], [2, snapshot]] as const;
    const apart = await run("book", save("two.pcap", two), "--csv");
    expect(apart.out).toContain("\n7,7,500050,8,2,,,,\n");
    expect(apart.err).toContain(
      "packets of snapshots and definitions that do not say which channel they are of: 1; ",
    );
  });

  test("feed stats counts gaps of RptSeq, lost packets, and what is not described", async () => {
    const path = save("gaps.pcap", [
      [0, mdp3.packet(1, [level(1, "0", 1, 5, 5000.25)])],
      [0, mdp3.packet(2, [level(4, "0", 1, 6, 5000.25)])],
      [0, mdp3.packet(4, [mdp3.message(99, new Uint8Array(4), [])])],
    ]);
    const { out, err } = await run("feed", "stats", path, "--json");
    const stats = JSON.parse(out);
    expect(stats).toMatchObject({ protocol: "mdp3", messages: 3, missing: 1 });
    const figures = stats.figures.map((f: { name: string; value: number }) => [f.name, f.value]);
    expect(Object.fromEntries(figures)).toEqual({
      instruments: 1,
      rptseq_gaps: 1,
      rptseq_missing: 2,
      left_over: 0,
      unread: 1,
    });
    expect(err).toContain("packets missing on every line: 1 in 1 gap, the first at sequence 3\n");
    expect((await run("decode", path)).err).toBe(
      "messages of templates that the built-in schema does not describe, or shorter than theirs: 1; give the venue's own with --templates\n",
    );
  });

  test("--templates that is no SBE schema, not there, or for another protocol", async () => {
    const path = save("day.pcap", day);
    const note = join(folder, "note.xml");
    writeFileSync(note, "<note>no schema</note>");
    expect(await run("decode", path, "--templates", note)).toEqual({
      code: 1,
      out: "",
      err: `hairpin: SBE templates ${note}: line 1: the outermost element is <note>; wanted: messageSchema\n`,
    });
    for (const file of [join(folder, "nowhere.xml"), path]) {
      const { code, err } = await run("book", path, "--templates", file);
      expect(code).toBe(1);
      expect(err).toStartWith(`hairpin: SBE templates ${file}: `);
      expect(err.trim().split("\n").length).toBe(1);
    }
    const opra = save("opra.pcap", [[0, quote(7, SPY, 100)]]);
    expect(await run("decode", opra, "--templates", note)).toMatchObject({
      code: 2,
      err: "hairpin: --templates is of mdp3; this is opra\n",
    });
  });

  test("leaves packets alone that are cut, or whose sizes lie", async () => {
    const good = mdp3.packet(1, [level(1, "0", 1, 5, 5000.25)]);
    const long = good.slice();
    long[12]! += 1;
    const path = save("cut.pcap", [
      [0, good],
      [0, good.slice(0, -1)],
      [0, long],
      [0, good.slice(0, 9)],
    ]);
    for (const verb of [["decode"], ["book"], ["feed", "stats"]]) {
      const { code, err } = await run(...verb, path);
      expect(err).toContain("packets that are not CME MDP 3.0: 3\n");
      expect(code).toBe(0);
    }
  });
});
