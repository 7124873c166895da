/** decode, book and feed stats on generated captures of Cboe PITCH and IEX, and which one they take. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  concat,
  ethernet,
  type Frame,
  GROUP_A,
  GROUP_B,
  pcapFile,
} from "../../support/capture-files.ts";
import * as iex from "../../support/iex-bytes.ts";
import { mold } from "../../support/itch-bytes.ts";
import * as pitch from "../../support/pitch-bytes.ts";
import { runCli as run } from "../../support/run-cli.ts";

const SECONDS = 1_700_000_000;
const CSV = "feed_id,symbol,bid_px,bid_qty,bid_n,ask_px,ask_qty,ask_n,live_orders";
const GROUPS = [GROUP_A, GROUP_B];
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hairpin-protocols-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

type Packet = [payload: Uint8Array, line?: number];

/** A millisecond apart, so that a hole is given up within a few packets. */
function save(name: string, packets: readonly Packet[]): string {
  const path = join(folder, name);
  const frames = packets.map(
    ([payload, line = 0], i): Frame => ({
      bytes: ethernet(payload, { group: GROUPS[line]! }),
      seconds: SECONDS,
      ns: 1_000_000 * i,
    }),
  );
  writeFileSync(path, pcapFile(frames, { isNs: true }));
  return path;
}

const PITCH: Packet[] = [
  [pitch.unit(1, 1, [pitch.time(34_200), pitch.addLong({ id: 7, px: 1_000_000, qty: 300 })])],
  // Two units in one datagram.
  [
    concat(
      pitch.unit(1, 3, [pitch.addShort({ id: 2n ** 60n, side: "S", px: 10_010, qty: 200 })]),
      pitch.unit(2, 1, [pitch.addExpanded({ id: 9, px: 55_000, qty: 1, symbol: "LONGNAME" })]),
    ),
  ],
  [pitch.unit(1, 4, [pitch.reduceShort({ id: 7, qty: 100 })])],
  [pitch.unitHeartbeat(2, 2)],
];

const NOTHING = "no message of it could be read";

describe("Cboe PITCH", () => {
  test("is known by its packets, and each unit is a feed of its own", async () => {
    const path = save("pitch.pcap", PITCH);
    expect(await run("book", path, "--csv")).toEqual({
      code: 0,
      out: `${CSV}\n,AAPL,1000000,200,1,1001000,200,1,2\n,LONGNAME,55000,1,1,,,,1\n`,
      err: "",
    });
    const { out } = await run("feed", "stats", path, "--json");
    expect(JSON.parse(out)).toMatchObject({
      protocol: "pitch",
      messages: 5,
      feeds: [
        { name: "unit 1", messages: 4, nextSeq: 5, gaps: 0 },
        { name: "unit 2", messages: 1, nextSeq: 2, gaps: 0 },
      ],
      lines: [
        { feed: "unit 1", packets: 3, messages: 4 },
        { feed: "unit 2", packets: 2, messages: 1, heartbeats: 1 },
      ],
    });
    expect((await run("feed", "stats", path)).out).toContain("add_order_expanded");
  });

  test("is decoded with unit and sequence, and by type", async () => {
    const path = save("pitch.pcap", PITCH);
    const { out, err } = await run("decode", path, "--type", "0x22,0x2F");
    expect(err).toBe("");
    const [short, expanded] = out.trim().split("\n");
    expect(short).toBe(
      `{"ts": 1700000000001000000, "unit": 1, "seq": 3, "type": "0x22", "len": 26, "timestamp": 0, ` +
        `"order_id": 1152921504606846976, "side_indicator": "S", "quantity_binary_2": 200, ` +
        `"symbol_printable_ascii_6": "AAPL", "price_binary_short_price_2": 10010, "add_flags": 1}`,
    );
    expect(JSON.parse(expanded!)).toMatchObject({ unit: 2, seq: 1, len: 41 });
    const bad = await run("decode", path, "--type", "A");
    expect(bad.code).toBe(2);
    expect(bad.err).toStartWith('hairpin: --type: found "A"; allowed: ');
  });

  test("takes types in any case, and names the destinations that are there", async () => {
    const path = save("pitch.pcap", PITCH);
    const lower = await run("decode", path, "--type", "0x22,0x2f");
    expect(lower.out.trim().split("\n").length).toBe(2);
    expect(await run("book", path, "--csv", "--lines", "1.2.3.4:55")).toEqual({
      code: 1,
      out: "",
      err: `hairpin: ${path}: nothing is for --lines 1.2.3.4:55; there is 239.1.1.1:26477\n`,
    });
    const add = pitch.addShort({ id: 1, px: 10_000, symbol: 'A,"B' });
    const odd = save("odd.pcap", [[pitch.unit(1, 1, [pitch.time(1), add])]]);
    expect((await run("book", odd, "--csv")).out).toContain('\n,"A,""B",1000000,');
  });

  test("says where a unit lacks messages, and that its books are stale", async () => {
    const path = save("hole.pcap", [...PITCH.slice(0, 1), ...PITCH.slice(2)]);
    const { err, code } = await run("book", path, "--csv");
    expect(err).toBe(
      "unit 1: messages missing on every line: 1 in 1 gap, the first at sequence 3\n" +
        "unit 2 begins at sequence 2: orders placed before are not in the books\n" +
        "books not to be trusted: 1, the first is AAPL: the book is stale until a snapshot, its next quotes or the next session: something of it was lost, not told yet, or contradicts it\n",
    );
    expect(code).toBe(0);
  });

  test("takes from line B what line A lost", async () => {
    const a = PITCH.map(([payload]): Packet => [payload, 0]);
    const b = PITCH.map(([payload]): Packet => [payload, 1]);
    const path = save("ab.pcap", [a[0]!, b[0]!, b[1]!, a[2]!, b[2]!, a[3]!]);
    expect((await run("book", path, "--csv")).err).toBe("");
    const { lines, pairs } = JSON.parse((await run("feed", "stats", path, "--json")).out);
    expect(pairs).toBe(2);
    expect(lines.map((l: { gaps: number }) => l.gaps)).toEqual([1, 0, 0, 0]);
  });

  test("does not mix two venues whose units have the same number", async () => {
    const other = pitch.unit(1, 1, [
      pitch.time(34_200),
      pitch.addLong({ id: 7, px: 5, symbol: "X" }),
    ]);
    const path = save("mixed.pcap", [...PITCH, [other, 1]]);
    for (const verb of [
      ["book", "--csv"],
      ["feed", "stats"],
    ]) {
      const { code, err } = await run(verb[0]!, ...verb.slice(1), path);
      expect(code).toBe(1);
      expect(err).toBe(
        `${path}: unit 1: 239.1.1.1:26477 and 239.1.1.2:26477 bring other messages under sequence 1: they are not lines of one feed; pick those that are with --lines\n`,
      );
    }
    expect(await run("book", path, "--csv", "--lines", "239.1.1.2:26477")).toMatchObject({
      code: 0,
      out: `${CSV}\n,X,5,100,1,,,,1\n`,
    });
  });

  test("--at is a time of day of the capture, Eastern", async () => {
    const path = save("pitch.pcap", PITCH);
    // 1,700,000,000 is 17:13:20 in New York; packets come every millisecond.
    const rows = async (at: string) =>
      (await run("book", path, "--csv", "--at", at)).out.trim().split("\n").slice(1);
    expect(await rows("17:13:20")).toEqual([",AAPL,1000000,300,1,,,,1"]);
    expect(await rows("17:13:20.001")).toEqual([
      ",AAPL,1000000,300,1,1001000,200,1,2",
      ",LONGNAME,55000,1,1,,,,1",
    ]);
    expect((await run("book", path, "--at", "17:13")).err).toBe(
      `${path}: --at 17:13 is before its first message\n`,
    );
    expect((await run("book", path, "--at", "18:00")).err).toBe(
      "ends before 18:00: the books are those of 17:13:20.003000000\n",
    );
  });

  test("of another edition is told by --edition; without it, messages do not fit", async () => {
    const futures = pitch.unit(1, 1, [pitch.futuresAddLong({ id: 7, px: 5, symbol: "VXF6" })]);
    const path = save("cfe.pcap", [[futures]]);
    const right = await run("book", path, "--csv", "--edition", "cfe-futures");
    expect(right).toEqual({ code: 0, out: `${CSV}\n,VXF6,5,100,1,,,,1\n`, err: "" });
    const wrong = await run("decode", path);
    expect(wrong.err).toBe(
      "messages of an unknown type, or of another length than theirs: 1; another --edition may fit\n",
    );
    const other = await run("decode", save("iex.pcap", IEX), "--edition", "cfe-futures");
    expect(other).toMatchObject({ code: 2, err: "hairpin: --edition is of pitch; this is deep\n" });
  });

  test("skips a message of an unknown type, and keeps the rest of its datagram", async () => {
    const strange = new Uint8Array([6, 0x04, 1, 2, 3, 4]);
    const path = save("strange.pcap", [
      [pitch.unit(1, 1, [pitch.time(34_200), strange, pitch.addLong({ id: 7, px: 1_000_000 })])],
      [pitch.unit(1, 4, [strange])],
      [pitch.unit(1, 5, [pitch.addLong({ id: 8, px: 1_000_000, qty: 50 })])],
    ]);
    expect(await run("book", path, "--csv")).toEqual({
      code: 0,
      out: `${CSV}\n,AAPL,1000000,150,2,,,,2\n`,
      err: "messages of an unknown type, or of another length than theirs: 2; another --edition may fit\n",
    });
    const decoded = await run("decode", path);
    expect(decoded.out.trim().split("\n").length).toBe(5);
    const stats = await run("feed", "stats", path, "--json");
    expect(JSON.parse(stats.out)).toMatchObject({ messages: 5, missing: 0, foreign: 0, unread: 2 });
    expect(stats.err).toContain("of an unknown type");
    expect(stats.code).toBe(0);
  });

  test("takes a unit header that is whole when another one of its datagram is not", async () => {
    const add = (id: number) => [pitch.addLong({ id, px: 1_000_000 })];
    const path = save("second.pcap", [
      [pitch.unit(1, 1, [pitch.time(34_200)])],
      [concat(pitch.unit(1, 2, add(1)), pitch.unit(1, 3, add(2), { count: 2 }))],
      [concat(pitch.unit(2, 1, [], { count: 9 }), pitch.unit(1, 3, add(3)))],
    ]);
    const { out, err } = await run("book", path, "--csv");
    expect(out).toContain(",AAPL,1000000,200,2,,,,2\n");
    expect(err).toBe("packets that are not Cboe PITCH, or not all of them: 2\n");
  });

  test("says why there are no books when nothing could be read", async () => {
    const futures = [pitch.futuresAddLong({ id: 7, px: 5, symbol: "VXF6" })];
    const path = save("unread.pcap", [[pitch.unit(1, 1, futures)], [pitch.unit(1, 2, futures)]]);
    const why =
      "messages of an unknown type, or of another length than theirs: 2; another --edition may fit";
    for (const verb of [["book"], ["book", "--csv"], ["book", "--json"], ["feed", "stats"]]) {
      const { code, err } = await run(verb[0]!, ...verb.slice(1), path);
      expect(code).toBe(1);
      expect(err).toContain(`${why}\n`);
      const rest = verb[0] === "book" ? "nothing that could be read of it makes a book" : NOTHING;
      expect(err).toEndWith(`${path}: ${rest}\n`);
    }
  });

  test("leaves packets alone whose headers are cut or lie", async () => {
    const whole = pitch.unit(1, 1, [pitch.time(34_200)]);
    const path = save("bad.pcap", [
      [whole],
      [pitch.unit(1, 2, []).slice(0, 5)],
      [pitch.unit(1, 2, [pitch.time(34_201)], { count: 2 })],
      [pitch.unit(1, 2, [pitch.time(34_201)], { length: 100 })],
      [concat(whole, new Uint8Array(3))],
    ]);
    for (const verb of [["decode"], ["book"], ["feed", "stats"]]) {
      const { code, err } = await run(...verb, path);
      expect(err).toContain("packets that are not Cboe PITCH, or not all of them: 4\n");
      expect(code).toBe(0);
    }
  });
});

const IEX: Packet[] = [
  [iex.segment(1, [iex.level("8", "AAPL", 300, 1_000_000), iex.level("5", "AAPL", 50, 1_000_200)])],
  [iex.segment(3, [iex.level("8", "AAPL", 100, 999_900)])],
];

describe("IEX", () => {
  test("DEEP tells levels, and no number of orders", async () => {
    const path = save("deep.pcap", IEX);
    expect(await run("book", path, "--csv", "--depth", "2")).toEqual({
      code: 0,
      out:
        `${CSV.replace("symbol", "symbol,level")}\n` +
        ",AAPL,0,1000000,300,,1000200,50,,\n,AAPL,1,999900,100,,,,,\n",
      err: "",
    });
    expect((await run("book", path)).out).toMatch(/AAPL +100\.0000 +300 +100\.0200 +50/);
    const { out } = await run("decode", path, "--limit", "1");
    expect(JSON.parse(out)).toMatchObject({ channel: 1, seq: 1, type: "8", symbol: "AAPL" });
  });

  test("counts where the sequence begins anew under the old session", async () => {
    const later = { sent: iex.T0 + 5_000_000_000n };
    const path = save("runs.pcap", [...IEX, [iex.segment(1, [iex.systemEvent("O")], later)]]);
    const { out, err } = await run("feed", "stats", path, "--json");
    expect(JSON.parse(out)).toMatchObject({
      protocol: "deep",
      messages: 4,
      sessions: 2,
      figures: [{ name: "sequence_gaps", value: 1 }],
      lines: [{ gaps: 0, duplicates: 0 }],
    });
    expect(err).toBe("2 sessions\n");
  });

  test("TOPS is told from DEEP", async () => {
    const segment = iex.segment(1, [iex.quote("AAPL", [100, 5000], [200, 5100])], {
      protocol: iex.TOPS,
    });
    const path = save("tops.pcap", [[segment]]);
    expect((await run("book", path, "--csv")).out).toBe(`${CSV}\n,AAPL,5000,100,,5100,200,,\n`);
    expect((await run("feed", "stats", path, "--protocol", "deep")).err).toBe(
      `hairpin: ${path}: none of the packets looked at (1) is IEX DEEP 1.0 (--protocol deep); they may be tops (1)\n`,
    );
  });
});

describe("the protocol of a capture", () => {
  test("that can't be told is asked for in one sentence", async () => {
    const noise = save("noise.pcap", [[new Uint8Array(30)]]);
    const both = save("both.pcap", [...IEX, ...PITCH]);
    for (const verb of [["decode"], ["book"], ["feed", "stats"]]) {
      const none = await run(...verb, noise);
      expect(none).toMatchObject({ code: 1, out: "" });
      expect(none.err).toStartWith(
        `hairpin: ${noise}: none of the packets looked at (1) is of a known protocol; name it with --protocol itch50|`,
      );
      expect(await run(...verb, both)).toEqual({
        code: 1,
        out: "",
        err: `hairpin: ${both}: the packets looked at (6) may be pitch (4) or deep (2); name the protocol with --protocol pitch|deep\n`,
      });
    }
    const { out, err } = await run("book", both, "--protocol", "pitch", "--csv");
    expect(out).toContain(",LONGNAME,55000,1,1,,,,1\n");
    expect(err).toBe("packets that are not Cboe PITCH, or not all of them: 2\n");
  });

  test("that is named, and is not in it, is one sentence", async () => {
    const path = save("pitch.pcap", PITCH);
    expect(await run("decode", path, "--protocol", "itch50")).toEqual({
      code: 1,
      out: "",
      err: `hairpin: ${path}: none of the packets looked at (4) is MoldUDP64 (--protocol itch50); they may be pitch (4)\n`,
    });
    const { code, err } = await run("decode", path, "--protocol", "itch");
    expect(code).toBe(2);
    expect(err.trim().split("\n").length).toBe(1);
  });

  test("is not in doubt because of a packet that could be a heartbeat of another one", async () => {
    const beat: Packet = [pitch.unitHeartbeat(1, 5)];
    const { code, err } = await run("decode", save("stray.pcap", [beat, ...IEX]));
    expect({ code, err }).toEqual({ code: 0, err: "packets that are not IEX DEEP 1.0: 1\n" });
    expect((await run("decode", save("beats.pcap", [beat, beat, beat]))).code).toBe(0);
  });

  test("is not taken from one heartbeat alone, but for ITCH, which was always read so", async () => {
    const heartbeat = await run("decode", save("beat.pcap", [[pitch.unitHeartbeat(1, 5)]]));
    expect(heartbeat.code).toBe(1);
    expect(heartbeat.err).toContain("may be pitch (1); name the protocol with --protocol pitch");
    expect((await run("decode", save("mold.pcap", [[mold("S", 1, [])]]))).code).toBe(0);
  });
});
