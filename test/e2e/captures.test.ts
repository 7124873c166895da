/** decode, book and feed stats of the compiled executable, in a folder without anything else. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { ethernet, type Frame, GROUP_A, GROUP_B, pcapFile } from "../support/capture-files.ts";
import * as iex from "../support/iex-bytes.ts";
import { itch, mold } from "../support/itch-bytes.ts";
import * as mdp3 from "../support/mdp3-bytes.ts";
import { opraBlock, shortQuote } from "../support/opra-bytes.ts";
import * as pitch from "../support/pitch-bytes.ts";
import { describeBinary, lines, runBinary } from "./helpers/binary.ts";
import { makeFolder, removeFolder } from "./helpers/folder.ts";

const MESSAGES = [
  itch("R", { stock_locate: 1, stock: "AAPL", round_lot_size: 100 }),
  ...["B", "S"].map((side, i) =>
    itch("A", {
      stock_locate: 1,
      order_reference_number: i + 1,
      buy_sell_indicator: side,
      shares: 100,
      stock: "AAPL",
      price: 1_000_000 + 100 * i,
    }),
  ),
];
/** Line A loses the first bid, line B the ask. */
const FRAMES: Frame[] = [
  [0, GROUP_A],
  [0, GROUP_B],
  [1, GROUP_B],
  [2, GROUP_A],
].map(([k, group], i) => ({
  bytes: ethernet(mold("SESSION001", k! + 1, [MESSAGES[k!]!]), { group: group!, tags: [0x8100] }),
  seconds: 1_700_000_000,
  ns: 1000 * i,
}));

const SERIES = { root: "SPY", expires: "261218", side: "C", strike: 500 } as const;
/** A packet of each other protocol, and the row of its one book. */
const OTHERS: Record<string, [payload: Uint8Array, row: string]> = {
  pitch: [pitch.unit(1, 1, [pitch.addLong({ id: 7, px: 1_000_000 })]), ",AAPL,1000000,100,1,,,,1"],
  mdp3: [
    mdp3.packet(1, [
      mdp3.book([{ id: 7, rpt: 1, type: "0", px: 5_000_250_000_000n, qty: 5, orders: 2 }], {
        event: mdp3.END,
      }),
    ]),
    "7,7,5000.25,5,2,,,,",
  ],
  opra: [
    opraBlock(1, [
      shortQuote({ series: SERIES, indicator: "F", bid: 1, bidSize: 2, offer: 3, offerSize: 4 }),
    ]),
    ",SPY261218C00500000,0.01,2,,0.03,4,,",
  ],
  deep: [iex.segment(1, [iex.level("8", "AAPL", 300, 1_000_000)]), ",AAPL,1000000,300,,,,,"],
  tops: [
    iex.segment(1, [iex.quote("AAPL", [100, 5000], [200, 5100])], { protocol: iex.TOPS }),
    ",AAPL,5000,100,,5100,200,,",
  ],
};

describeBinary("captures", () => {
  let folder = "";
  beforeAll(() => {
    folder = makeFolder("captures");
    const file = pcapFile(FRAMES, { isNs: true });
    writeFileSync(join(folder, "day.pcap.gz"), gzipSync(file));
    writeFileSync(join(folder, "day.pcap.zst"), zstdCompressSync(file));
    writeFileSync(join(folder, "cut.pcap"), file.slice(0, -3));
  });
  afterAll(() => removeFolder(folder));
  const run = (...words: string[]) => runBinary(words, { cwd: folder });

  for (const name of ["day.pcap.gz", "day.pcap.zst"]) {
    test(`${name} is decoded, booked and counted`, async () => {
      const decoded = await run("decode", name);
      expect(decoded).toMatchObject({ code: 0, err: "" });
      expect(lines(decoded.out).map((line) => JSON.parse(line).seq)).toEqual([1, 1, 2, 3]);
      const book = await run("book", name, "--csv");
      expect(book).toMatchObject({ code: 0, err: "" });
      expect(lines(book.out)[1]).toBe("1,AAPL,1000000,100,1,1000100,100,1,2");
      const stats = await run("feed", "stats", name, "--json");
      expect(stats).toMatchObject({ code: 0, err: "" });
      expect(JSON.parse(stats.out)).toMatchObject({ messages: 3, missing: 0, pairs: 1 });
    });
  }

  for (const [protocol, [payload, row]] of Object.entries(OTHERS)) {
    test(`${protocol} is known by its packets, decoded, booked and counted`, async () => {
      const name = `${protocol}.pcap`;
      const frame = { bytes: ethernet(payload, {}), seconds: 1_700_000_000, ns: 0 };
      writeFileSync(join(folder, name), pcapFile([frame], { isNs: true }));
      expect(await run("decode", name)).toMatchObject({ code: 0, err: "" });
      const book = await run("book", name, "--csv");
      expect(book).toMatchObject({ code: 0, err: "" });
      expect(lines(book.out)[1]).toBe(row);
      const stats = JSON.parse((await run("feed", "stats", name, "--json")).out);
      expect(stats).toMatchObject({ protocol, messages: 1, missing: 0, foreign: 0 });
    });
  }

  test("a cut one gives what was whole, one sentence and 1", async () => {
    const ended = await run("book", "cut.pcap", "--csv");
    expect(ended.code).toBe(1);
    expect(lines(ended.out)[1]).toBe("1,AAPL,1000000,100,1,0,0,0,1");
    expect(lines(ended.err)).toEqual([
      expect.stringMatching(/^cut\.pcap: cut off in packet 4, which starts at byte \d+$/),
    ]);
  });
});
