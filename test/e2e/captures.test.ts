/** decode, book and feed stats of the compiled executable, in a folder without anything else. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { ethernet, type Frame, GROUP_A, GROUP_B, pcapFile } from "../support/capture-files.ts";
import { itch, mold } from "../support/itch-bytes.ts";
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

  test("a cut one gives what was whole, one sentence and 1", async () => {
    const ended = await run("book", "cut.pcap", "--csv");
    expect(ended.code).toBe(1);
    expect(lines(ended.out)[1]).toBe("1,AAPL,1000000,100,1,0,0,0,1");
    expect(lines(ended.err)).toEqual([
      expect.stringMatching(/^cut\.pcap: cut off in packet 4, which starts at byte \d+$/),
    ]);
  });
});
