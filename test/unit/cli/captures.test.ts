/** decode, book and feed stats on generated captures. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ethernet,
  type Frame,
  GROUP_A,
  GROUP_B,
  itchFile,
  pcapFile,
} from "../../support/capture-files.ts";
import { itch, mold } from "../../support/itch-bytes.ts";
import { runCli as run } from "../../support/run-cli.ts";

const SECONDS = 1_700_000_000;
const NINE = 9 * 3600 * 1e9;
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hairpin-captures-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function save(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const add = (ref: number, side: string, price: number, second: number, shares = 100) =>
  itch("A", {
    stock_locate: 3,
    timestamp: NINE + second * 1e9,
    order_reference_number: ref,
    buy_sell_indicator: side,
    shares,
    stock: "AAPL",
    price,
  });
const MESSAGES = [
  itch("R", { stock_locate: 3, stock: "AAPL", timestamp: NINE, round_lot_size: 100 }),
  add(2 ** 60, "B", 1_000_000, 1),
  add(2, "B", 999_900, 2, 50),
  add(3, "S", 1_000_100, 3),
  itch("D", { stock_locate: 3, timestamp: NINE + 4e9, order_reference_number: 2 }),
];
const HEAD = "locate,symbol,bid_px,bid_sh,bid_n,ask_px,ask_sh,ask_n,live_orders";

/** Packets of one message each: [sequence, line]; line 1 is 2 us behind. */
function lines(...packets: [seq: number, line: number][]): Uint8Array {
  const frames: Frame[] = packets.map(([seq, line]) => ({
    bytes: ethernet(mold("SESSION001", seq, [MESSAGES[seq - 1]!]), {
      group: line === 0 ? GROUP_A : GROUP_B,
    }),
    seconds: SECONDS,
    ns: seq * 100_000 + line * 2000,
  }));
  return pcapFile(frames, { isNs: true });
}
const BOTH = [1, 2, 3, 4, 5].flatMap((seq): [number, number][] => [
  [seq, 0],
  [seq, 1],
]);

describe("decode", () => {
  test("prints the fields of each message, whole numbers in full", async () => {
    const { code, out, err } = await run("decode", save("a.pcap", lines([2, 0])));
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toBe(
      '{"ts": 1700000000000200000, "session": "SESSION001", "seq": 2, "type": "A", "len": 36, ' +
        `"stock_locate": 3, "tracking_number": 0, "timestamp": ${NINE + 1e9}, ` +
        '"order_reference_number": 1152921504606846976, "buy_sell_indicator": "B", "shares": 100, ' +
        '"stock": "AAPL", "price": 1000000}\n',
    );
  });

  test("of a file has no time and no session", async () => {
    const { out } = await run("decode", save("a.itch", itchFile(MESSAGES)), "--type", "D");
    expect(JSON.parse(out)).toMatchObject({ ts: null, session: null, seq: 5, type: "D" });
  });

  test("shows every copy, or those of one line, of some types, so many", async () => {
    const path = save("ab.pcap", lines(...BOTH));
    const seqs = async (...argv: string[]) =>
      JSON.parse((await run("decode", path, "--json", ...argv)).out).map(
        (m: { seq: number }) => m.seq,
      );
    expect(await seqs()).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    expect(await seqs("--line", "1")).toEqual([1, 2, 3, 4, 5]);
    expect(await seqs("--line", "0", "--type", "AD")).toEqual([2, 3, 4, 5]);
    expect(await seqs("--limit", "3")).toEqual([1, 1, 2]);
    expect(await seqs("--lines", "239.1.1.2:26477")).toEqual([1, 2, 3, 4, 5]);
  });

  test("shows messages that it does not know by type and length, and counts them", async () => {
    const odd = new Uint8Array(20).fill(0x7a);
    const frame = { bytes: ethernet(mold("S", 9, [odd])), seconds: SECONDS, ns: 0 };
    const noise = { bytes: ethernet(new Uint8Array(30)), seconds: SECONDS, ns: 1 };
    const { out, err, code } = await run("decode", save("odd.pcap", pcapFile([frame, noise])));
    expect(JSON.parse(out)).toMatchObject({ seq: 9, type: "z", len: 20 });
    expect(err).toBe(
      "packets that are not MoldUDP64: 1\nmessages of an unknown type, or of another length than theirs: 1\n",
    );
    expect(code).toBe(0);
  });

  test("of a cut capture prints what was whole, and ends with 1", async () => {
    const path = save("cut.pcap", lines(...BOTH).slice(0, -1));
    const { out, err, code } = await run("decode", path);
    expect(out.trim().split("\n").length).toBe(9);
    expect(err).toMatch(/cut\.pcap: cut off in packet 10, which starts at byte \d+\n$/);
    expect(code).toBe(1);
  });
});

describe("book", () => {
  test("prints CSV, JSON and a table", async () => {
    const path = save("ab.pcap", lines(...BOTH));
    expect(await run("book", path, "--csv")).toEqual({
      code: 0,
      out: `${HEAD}\n3,AAPL,1000000,100,1,1000100,100,1,2\n`,
      err: "",
    });
    expect(JSON.parse((await run("book", path, "--json")).out)).toMatchObject({
      messages: 5,
      missing: 0,
      books: [{ symbol: "AAPL", bids: [{ px: 1_000_000, qty: 100, count: 1 }], liveOrders: 2 }],
    });
    expect((await run("book", path)).out).toMatch(/AAPL +100\.0000 +100 +1 +100\.0100 +100 +1 +2/);
  });

  test("at a time takes the messages up to it; deeper, a row per level", async () => {
    const path = save("ab.pcap", lines(...BOTH));
    const rows = async (...argv: string[]) =>
      (await run("book", path, "--csv", ...argv)).out.trim().split("\n").slice(1);
    expect(await rows("--at", "09:00:00")).toEqual(["3,AAPL,0,0,0,0,0,0,0"]);
    expect(await rows("--at", "09:00:01")).toEqual(["3,AAPL,1000000,100,1,0,0,0,1"]);
    expect(await rows("--at", "09:00:03.5", "--depth", "9")).toEqual([
      "3,AAPL,0,1000000,100,1,1000100,100,1,3",
      "3,AAPL,1,999900,50,1,0,0,0,3",
    ]);
    expect(await rows("--symbols", "MSFT")).toEqual([]);
    expect(await run("book", path, "--symbols", "MSFT")).toMatchObject({
      code: 1,
      err: `${path}: none of the symbols MSFT occurs in it\n`,
    });
    expect(await run("book", path, "--at", "08:00")).toMatchObject({
      code: 1,
      err: `${path}: --at 08:00 is before its first message\n`,
    });
    expect((await run("book", path, "--at", "10:00")).err).toBe(
      "ends before 10:00: the books are those of 09:00:04.000000000\n",
    );
  });

  test("takes from each line what the other one lost", async () => {
    const path = save("lossy.pcap", lines([1, 0], [2, 1], [3, 0], [4, 1], [5, 0], [5, 1]));
    const { out, err } = await run("book", path, "--csv");
    expect(out).toBe(`${HEAD}\n3,AAPL,1000000,100,1,1000100,100,1,2\n`);
    expect(err).toBe("");
  });

  test("goes on behind what no line has, and says what is missing", async () => {
    const path = save("hole.pcap", lines([1, 0], [2, 0], [4, 0], [5, 0]));
    const { out, err, code } = await run("book", path, "--csv");
    expect(out).toBe(`${HEAD}\n3,AAPL,1000000,100,1,1000100,100,1,2\n`);
    expect(err).toBe("messages missing on every line: 1, the first at sequence 3\n");
    expect(code).toBe(0);
  });

  test("says that a capture begins in the middle of a session", async () => {
    const path = save("late.pcap", lines([3, 0], [4, 0]));
    const { err } = await run("book", path, "--csv");
    expect(err).toBe("begins at sequence 3: orders placed before are not in the books\n");
  });

  test("says when there is no room for the orders", async () => {
    const path = save("ab.pcap", lines(...BOTH));
    const { err } = await run("book", path, "--csv", "--max-orders", "2");
    expect(err).toBe(
      "books not to be trusted: 1, the first is AAPL: the book is incomplete: --max-orders 2 is too few\n",
    );
  });

  test("refuses times and destinations that are none, and two formats at once", async () => {
    const path = save("ab.pcap", lines(...BOTH));
    for (const words of [
      ["--at", "noon"],
      ["--at", "09:61"],
      ["--lines", "here"],
      ["--csv", "--json"],
    ]) {
      const { code, err } = await run("book", path, ...words);
      expect(code).toBe(2);
      expect(err.trim().split("\n").length).toBe(1);
    }
  });
});

describe("feed stats", () => {
  test("counts types once, and tells what each line lost and led", async () => {
    const path = save(
      "stats.pcap",
      lines(...BOTH.filter(([seq, line]) => seq !== 3 || line !== 0)),
    );
    const { code, out, err } = await run("feed", "stats", path, "--json");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const stats = JSON.parse(out);
    expect(stats).toMatchObject({
      messages: 5,
      missing: 0,
      pairs: 4,
      types: [
        { type: "A", count: 3 },
        { type: "D", count: 1 },
        { type: "R", count: 1 },
      ],
      lines: [
        { destination: "239.1.1.1:26477", packets: 4, gaps: 1, missing: 1, led: 4 },
        { destination: "239.1.1.2:26477", packets: 5, gaps: 0, missing: 0, led: 0 },
      ],
    });
    expect(stats.lines[0].leadNsP50).toBeGreaterThanOrEqual(2000);
    expect(stats.lines[0].leadNsP50).toBeLessThanOrEqual(2032);
    const words = await run("feed", "stats", path);
    expect(words.out).toContain("add_order_no_mpid_attribution");
    expect(words.out).toContain("239.1.1.2:26477");
  });

  test("has its word: another one is refused", async () => {
    const { code, err } = await run("feed", "state", "x.pcap");
    expect(code).toBe(2);
    const allowed = "allowed: stats, import; did you mean stats?";
    expect(err).toBe(`hairpin: feed has no verb "state"; ${allowed}\n`);
  });
});

test("what is no capture, or not there, is one sentence and 1 for every verb", async () => {
  const empty = save("empty.pcap", new Uint8Array(0));
  for (const verb of [["decode"], ["book"], ["feed", "stats"]]) {
    expect(await run(...verb, empty)).toEqual({
      code: 1,
      out: "",
      err: `hairpin: ${empty}: the file is empty\n`,
    });
    expect((await run(...verb, "/nowhere.pcap")).err).toBe(
      "hairpin: /nowhere.pcap: can't be read: there is no such file\n",
    );
  }
});
