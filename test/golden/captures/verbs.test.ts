/** `hairpin decode` and `hairpin feed stats` on the recorded captures of every protocol. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CAPTURES, haveCaptures, readCapture } from "../../support/captures.ts";
import { runCli as run } from "../../support/run-cli.ts";

const have = (folder: string) => !haveCaptures(folder);
const path = (...names: string[]) => join(CAPTURES, ...names);
const rows = (text: string) => text.trimEnd().split("\n");
/** As text: times do not fit a double. */
const json = (text: string) => rows(text).map((line) => JSON.parse(line));

interface Figure {
  name: string;
  value: number;
}

const PITCH = path("cboe-pitch/BATS__mcastpitch_realtime_useq.pcap");
const MDP3 = path("cme-mdp3/Cme.Mdp3.Sbe.v8.1.Example.pcap");
const TEMPLATES = path("cme-mdp3/templates_FixBinary_v9.xml");
const DEEP = path("iex/DEEP10.pcap.gz");

test.skipIf(have("cboe-pitch"))("Cboe: decode equals the expected messages", async () => {
  const packets = json(readFileSync(`${PITCH}.jsonl`, "utf8"));
  const expected = packets.flatMap((p) =>
    p.msgs.map((m: object) => ({ ts: p.ts, unit: p.unit, ...m })),
  );
  const { out, err, code } = await run("decode", PITCH);
  expect({ err, code }).toEqual({ err: "", code: 0 });
  expect(expected.length).toBe(40);
  expect(json(out)).toEqual(expected);
});

test.skipIf(have("cboe-pitch"))("Cboe: feed stats tells unit, types and the hole", async () => {
  const { out, err } = await run("feed", "stats", PITCH, "--json");
  const stats = JSON.parse(out);
  expect(stats).toMatchObject({ protocol: "pitch", messages: 40, foreign: 0 });
  expect(stats.feeds).toMatchObject([{ name: "unit 1", nextSeq: 43, gaps: 1, missing: 2 }]);
  expect(stats.lines.map((l: { packets: number }) => l.packets)).toEqual([375, 364]);
  expect(err).toBe("unit 1: messages missing on every line: 2 in 1 gap, the first at sequence 1\n");
});

test.skipIf(have("cme-mdp3"))("CME: decode equals the expected messages, all fields", async () => {
  const text = new TextDecoder().decode(
    readCapture("cme-mdp3", "Cme.Mdp3.Sbe.v8.1.Example.jsonl.gz"),
  );
  // Packets with the same time may be told in either order.
  const key = (ts: string, destination: string, seq: number, message: object) =>
    `${ts} ${destination} ${seq} ${JSON.stringify(message)}`;
  const expected = rows(text).flatMap((line) => {
    const ts = /"ts":(\d+)/.exec(line)![1]!;
    const packet = JSON.parse(line);
    return packet.m.map((m: object) => key(ts, packet.dst, packet.seq, m));
  });
  const { out, err } = await run("decode", MDP3, "--templates", TEMPLATES);
  const found = rows(out).map((line) => {
    const ts = /"ts": (\d+)/.exec(line)![1]!;
    const { destination, seq, type, version, ...all } = JSON.parse(line);
    const { ts: _ts, sending_time: _sent, len: _len, name: _name, ...fields } = all;
    return key(ts, destination, seq, { t: Number(type), v: version, ...fields });
  });
  expect(err).toBe("");
  expect(found.length).toBe(10_598);
  expect(found.sort()).toEqual(expected.sort());
});

test.skipIf(have("cme-mdp3"))(
  "CME: two lines of one channel, no RptSeq gap, nothing left over",
  async () => {
    const { out, err } = await run("feed", "stats", MDP3, "--templates", TEMPLATES, "--json");
    expect(err).toBe("");
    const stats = JSON.parse(out);
    expect(stats).toMatchObject({ protocol: "mdp3", messages: 5299, pairs: 5000, missing: 0 });
    expect(stats.feeds.length).toBe(1);
    expect(stats.lines.map((l: { packets: number }) => l.packets)).toEqual([5000, 5000]);
    expect(Object.fromEntries(stats.figures.map((f: Figure) => [f.name, f.value]))).toEqual({
      instruments: 39,
      rptseq_gaps: 0,
      rptseq_missing: 0,
      left_over: 0,
      unread: 0,
    });
    // Line B comes first in most pairs.
    expect(stats.lines[1].led / stats.pairs).toBeCloseTo(0.86, 2);
  },
);

interface Entry {
  SecurityID: number;
  MDEntryPx: number;
  MDEntrySize: number;
  NumberOfOrders: number | null;
  MDPriceLevel: number;
  MDUpdateAction: number;
  MDEntryType: string;
}

/** Ten levels by position, each as the CSV has it; undefined once an update did not fit. */
function applied(levels: string[] | undefined, e: Entry): string[] | undefined {
  const at = e.MDPriceLevel - 1;
  const level = `${e.MDEntryPx / 1e7},${e.MDEntrySize},${e.NumberOfOrders ?? 0}`;
  if (levels === undefined || at > levels.length) return undefined;
  if (e.MDUpdateAction === 0) return levels.toSpliced(at, 0, level).slice(0, 10);
  if (at === levels.length) return undefined;
  if (e.MDUpdateAction === 1) return levels.with(at, level);
  if (e.MDUpdateAction === 2) return levels.toSpliced(at, 1);
  if (e.MDUpdateAction === 3) return levels.slice(at + 1);
  if (e.MDUpdateAction === 4) return levels.slice(0, at);
  return levels.with(at, level);
}

test.skipIf(have("cme-mdp3"))("CME: books are those of the decoded updates", async () => {
  const decoded = await run("decode", MDP3, "--templates", TEMPLATES, "--line", "0");
  const sides = new Map<string, string[] | undefined>();
  for (const { type, NoMDEntries } of json(decoded.out)) {
    if (type !== "32") continue;
    for (const e of NoMDEntries as Entry[]) {
      const key = `${e.SecurityID} ${e.MDEntryType}`;
      sides.set(key, applied(sides.has(key) ? sides.get(key) : [], e));
    }
  }
  const { out, err } = await run("book", MDP3, "--templates", TEMPLATES, "--csv", "--depth", "10");
  // Nothing was there before the first packet, and no snapshot came.
  expect(err).toContain("begins at sequence 17347815: what was before is not in the books\n");
  expect(err).toContain("books not to be trusted: 39, ");
  const shown = new Map<string, string[]>();
  for (const row of rows(out).slice(1)) {
    const [id, , , ...cells] = row.split(",");
    for (const [type, from] of [
      ["0", 0],
      ["1", 3],
    ] as const) {
      const key = `${id} ${type}`;
      const level = cells.slice(from, from + 3).join(",");
      shown.set(key, [...(shown.get(key) ?? []), ...(level === ",," ? [] : [level])]);
    }
  }
  let compared = 0;
  for (const [key, levels] of sides) {
    if (levels === undefined || !shown.has(key)) continue;
    expect(`${key}: ${shown.get(key)!.join(" ")}`).toBe(`${key}: ${levels.join(" ")}`);
    compared++;
  }
  expect(compared).toBeGreaterThan(40);
});

test.skipIf(have("opra"))("OPRA: every checksum verifies, and every message is known", async () => {
  for (const name of readdirSync(path("opra"))) {
    const decoded = await run("decode", path("opra", name));
    expect(decoded).toMatchObject({ code: 0, err: "" });
    expect(json(decoded.out).length).toBe(1);
    const { out } = await run("feed", "stats", path("opra", name), "--json");
    expect(JSON.parse(out)).toMatchObject({
      protocol: "opra",
      messages: 1,
      figures: [
        { name: "checksums", value: 1 },
        { name: "bad_checksums", value: 0 },
      ],
    });
  }
});

test.skipIf(have("iex"))(
  "DEEP: packets, messages and the eleven gaps of the sequence",
  async () => {
    const { out, err, code } = await run("feed", "stats", DEEP, "--json");
    const stats = JSON.parse(out);
    expect(stats).toMatchObject({
      protocol: "deep",
      messages: 391_999,
      sessions: 12,
      figures: [{ name: "sequence_gaps", value: 11 }],
      lines: [{ packets: 121_314, messages: 391_999, duplicates: 0, gaps: 0 }],
    });
    // The file ends in the middle of a packet.
    expect(err).toContain(": cut off in packet 121315");
    expect(code).toBe(1);
  },
);

test.skipIf(have("iex"))("DEEP: best levels are those of the decoded messages", async () => {
  // The last session alone, level by level, with nothing shared but the fields.
  const messages = json((await run("decode", DEEP, "--type", "85")).out);
  const from = messages.findLastIndex((m, i) => i > 0 && m.seq < messages[i - 1].seq);
  const sides = new Map<string, Map<number, number>>();
  for (const { type, symbol, size, price } of messages.slice(from)) {
    const key = `${symbol} ${type}`;
    const side = sides.get(key) ?? new Map<number, number>();
    sides.set(key, side);
    if (size === 0) side.delete(price);
    else side.set(price, size);
  }
  const best = (symbol: string, type: "8" | "5") => {
    const side = sides.get(`${symbol} ${type}`);
    if (side === undefined || side.size === 0) return ["", "", ""];
    const px = type === "8" ? Math.max(...side.keys()) : Math.min(...side.keys());
    return [px, side.get(px), ""];
  };
  const [head, ...books] = rows((await run("book", DEEP, "--csv")).out);
  expect(head).toBe("feed_id,symbol,bid_px,bid_qty,bid_n,ask_px,ask_qty,ask_n,live_orders");
  expect(books.length).toBeGreaterThan(5000);
  const expected = books.map((row) => {
    const symbol = row.split(",")[1]!;
    return ["", symbol, ...best(symbol, "8"), ...best(symbol, "5"), ""].join(",");
  });
  expect(books).toEqual(expected);
  expect(books.filter((row) => /,[1-9]/.test(row)).length).toBeGreaterThan(10);
});
