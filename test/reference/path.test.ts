/**
 * The whole path in C sends the bytes that the engine's own classes send: the same packets, times,
 * parameters, limits and venue on both sides (test/support/maker-path.ts).
 */
import { describe, expect, test } from "bun:test";
import { fakeShim } from "../../src/ffi/fake.ts";
import {
  HP_JOURNAL_DATA,
  HP_JR_DENY,
  HP_JR_INTENT,
  HP_JR_PAD,
  HP_JR_SENT,
  HP_RECORD__CHECK_W,
  HP_RECORD_SIZE,
} from "../../src/ffi/layout.ts";
import { hasShim, loadShim } from "../../src/ffi/load.ts";
import { showMessage } from "../../src/fix/codec/text.ts";
import { recordCheck } from "../../src/journal/check.ts";
import { Random } from "../../src/sim/random.ts";
import { generatedFile } from "../bench/itch-file.ts";
import { readCapturePackets } from "../support/capture-packets.ts";
import { haveCaptures, readCapture } from "../support/captures.ts";
import { definition } from "../support/fix-instruments.ts";
import {
  inCents,
  makerEngine,
  makerOptions,
  messagesTable,
  ORDERLY,
  warmTable,
} from "../support/maker-packets.ts";
import {
  type MakerPathOptions,
  PACKET_NUMBERS,
  type PacketTable,
  ReferencePath,
  TypescriptPath,
} from "../support/maker-path.ts";
import { openReference } from "../support/reference.ts";

const reference = await openReference();
const shim = hasShim() ? loadShim() : fakeShim();

/** Of makerOptions. */
const START_NS = 36_000e9;
const SYMBOLS = ["AAA", "BBB", "CCC", "DDD"];
const SEEDS = process.env["HAIRPIN_FULL"] === "1" ? 100 : 16;

function optionsOf(more: Partial<MakerPathOptions> = {}): MakerPathOptions {
  return makerOptions(makerEngine(inCents(SYMBOLS)), more);
}

interface Outcome {
  ours: string[];
  theirs: string[];
  typescript: TypescriptPath;
  figures: Record<string, number>;
  /** Bodies of the INTENT, SENT and DENY records, in order. */
  records: [ours: string[], theirs: string[]];
}

/** Plays the packets through both; `changed`: what C gets instead. */
function playBoth(o: MakerPathOptions, packets: PacketTable, changed = packets): Outcome {
  const count = packets.table.length / PACKET_NUMBERS;
  const typescript = new TypescriptPath(shim, o);
  typescript.run(packets, 0, count);
  const c = new ReferencePath(reference!, o, typescript.nextOut);
  c.run(changed, 0, count);
  const figures = c.figures();
  const records: Outcome["records"] = [
    recordsOf(typescript.journal.words, typescript.journal.position()),
    recordsOf(c.journalWords(HP_JOURNAL_DATA), figures["journal_head"]!),
  ];
  const result = {
    ours: messagesOf(typescript.sent()),
    theirs: messagesOf(c.sent()),
    typescript,
    figures,
    records,
  };
  c.close();
  typescript.close();
  return result;
}

function messagesOf(sent: Uint8Array): string[] {
  return sent.length === 0 ? [] : showMessage(sent).split(/(?=8=FIX)/);
}

/** Each record's check must be right; the ring must not have wrapped. */
function recordsOf(words: Int32Array, bytes: number): string[] {
  const out: string[] = [];
  const header = HP_RECORD_SIZE / 4;
  for (let at = 0; at < bytes / 4; ) {
    const length = words[at]! / 4;
    if (length <= 0 || at + length > words.length) throw new Error("a record that cannot be");
    const type = words[at + 1]! & 0xffff;
    if (type === HP_JR_PAD) throw new Error("the ring has wrapped");
    if (recordCheck(words, at, length) !== words[at + HP_RECORD__CHECK_W]) {
      throw new Error(`record at word ${at}: wrong check`);
    }
    if (type === HP_JR_INTENT || type === HP_JR_SENT || type === HP_JR_DENY) {
      out.push(`${type}:${words.subarray(at + header, at + length).join(" ")}`);
    }
    at += length;
  }
  return out;
}

/** Equal message by message, so that a failure shows the first one that is not; then the rest. */
function expectEqual({ ours, theirs, typescript, figures, records }: Outcome): void {
  const at = ours.findIndex((message, k) => message !== theirs[k]);
  if (at >= 0) expect({ at, message: theirs[at] }).toEqual({ at, message: ours[at]! });
  expect(theirs.length).toBe(ours.length);
  const { positions, exposure, orders, feeds } = typescript.path;
  expect({
    position: figures["position_abs"],
    pnl: figures["pnl_steps"]! / 1e4,
    cents: figures["exposure_cents"],
    live: figures["live_orders"],
    nextSeq: figures["next_seq"],
  }).toEqual({
    position: positions.shares(),
    pnl: positions.pnl(),
    cents: exposure.cents,
    live: orders.table.liveCount,
    nextSeq: feeds[0]!.nextSeq,
  });
  expect(figures["killed"]).toBe(0);
  expect(records[1]).toEqual(records[0]);
}

/** A path of its own for each seed: parameters, limits, venue, instruments and packets. */
function drawn(seed: number): { options: MakerPathOptions; packets: PacketTable } {
  const random = new Random(seed, 3);
  const pick = <T>(...of: T[]): T => of[random.below(of.length)]!;
  const price = pick(0.8, 5, 20, 99.5, 3000);
  const lot = pick(1, 1, 10);
  const unit = pick(0.01, 0.0001, 0.005);
  const tick = unit === 0.0001 ? pick(0.01, 0.0001) : unit;
  const ticks = [
    { from: 0, tick },
    { from: price + 0.05, tick: 2 * tick },
  ];
  const instruments = SYMBOLS.slice(0, 1 + random.below(4)).map((symbol, i) =>
    definition(symbol, {
      priceUnit: unit,
      ticks: unit === 0.005 ? ticks.slice(0, 1) : ticks,
      lot,
      orderSymbol: i === 0 ? symbol : `${symbol} N`,
      orderTags: i === 1 ? { 207: "XNAS" } : {},
      makerFee: pick(0, -0.002, 0.003),
    }),
  );
  const size = 100 * (1 + random.below(3));
  const engine = makerEngine(instruments, {
    collarPct: pick(1, 5, 50),
    maxPosition: pick(300, 1000, 1e6),
    maxExposure: pick(50_000, 1e9),
    maxOpenOrders: pick(3, 512),
    ordersPerS: pick(2000, 1e9),
    ordersBurst: pick(4, 1e9),
    cancelsPerS: pick(2000, 1e9),
    cancelsBurst: pick(4, 1e9),
    denySelfMatch: pick(true, true, false),
    shortMarking: pick(true, true, false),
  });
  const session = engine.sessions[0]!;
  session.timestampDigits = pick(0, 3, 6, 9);
  session.zeroPad = pick(false, false, true);
  session.tags = pick<Record<string, string>>({}, { 1: "ACCOUNT", 21: "1" }, { 18: "1", 114: "N" });
  const options = optionsOf({
    engine,
    params: {
      size_shares: size,
      spread_ticks: 1 + random.below(6),
      skew_ticks: pick(0, 0.5, 2, 7.25),
      max_inventory_shares: size + random.below(700),
      requote_ticks: 1 + random.below(2),
      refresh_ms: 1 + random.below(60),
      mark_short: pick(true, true, false),
    },
    rule: {
      newEvery: pick(0, 3, 5),
      replaceEvery: pick(3, 4, 7),
      halfEvery: pick(0, 1, 2, 3),
    },
  });
  const arrivals = {
    startNs: START_NS,
    stepNs: pick(2_000, 200_000, 20_000_000),
    swaps: pick(0, 0.1),
    losses: pick(0, 0.02),
    heartbeats: pick(0, 0.05),
  };
  return { options, packets: warmTable(engine, price, seed, 2, arrivals) };
}

describe.skipIf(reference === undefined)("the whole path in C", () => {
  test(`sends our bytes, for ${SEEDS} draws of parameters, limits, venue and packets`, () => {
    const all = { orders: 0, shorts: 0, replaces: 0, cancels: 0, fills: 0, denied: 0 };
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { options, packets } = drawn(seed);
      const outcome = playBoth(options, packets);
      try {
        expectEqual(outcome);
      } catch (error) {
        throw new Error(`seed ${seed}: ${error}`);
      }
      all.orders += outcome.figures["news"]!;
      all.replaces += outcome.figures["replaces"]!;
      all.cancels += outcome.figures["cancels"]!;
      all.fills += outcome.figures["fills"]!;
      all.denied += outcome.figures["denied"]!;
      all.shorts += outcome.ours.filter((m) => m.includes("|54=5|")).length;
    }
    // Each kind of message and each branch was there.
    for (const [what, count] of Object.entries(all)) {
      expect({ what, isThere: count > 50 }).toEqual({ what, isThere: true });
    }
  });

  test("sends our bytes on the simulator's flow, six of its forty symbols", () => {
    const { bytes, view } = generatedFile();
    const messages: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += 2 + view.getUint16(at)) {
      messages.push(bytes.subarray(at + 2, at + 2 + view.getUint16(at)));
    }
    const symbols = [0, 3, 7, 11, 20, 39].map((i) => `SYM${i}`);
    const o = optionsOf({ engine: makerEngine(inCents(symbols)) });
    const arrivals = { startNs: START_NS, ...ORDERLY };
    const outcome = playBoth(o, messagesTable(messages.slice(0, 30_000), 6, 5, arrivals));
    expectEqual(outcome);
    expect(outcome.ours.length).toBeGreaterThan(100);
  });

  const have = haveCaptures("itch-synthetic");
  test.skipIf(!have)("sends our bytes on the captured lines, each of which loses 1%", async () => {
    const name = "syn200k_AB_loss1pct.pcap.gz";
    const { bytes, packets } = await readCapturePackets("itch-synthetic", name);
    const table = new Float64Array(new ArrayBuffer(8 * PACKET_NUMBERS * packets.length));
    packets.forEach((p, k) => {
      table.set([p.offset, p.length, p.line, START_NS + p.timeNs], k * PACKET_NUMBERS);
    });
    const golden = new TextDecoder().decode(readCapture("itch-synthetic", "syn200k.golden.csv"));
    const symbols = golden
      .split("\n")
      .slice(1, 9)
      .map((row) => row.split(",")[1]!);
    const engine = makerEngine(symbols.map((symbol) => definition(symbol)));
    // The capture has system hours only.
    engine.feeds[0]!.extendedHours = true;
    const outcome = playBoth(optionsOf({ engine }), { bytes, table });
    expectEqual(outcome);
    expect(outcome.figures["next_seq"]).toBe(200_001);
    expect(outcome.ours.length).toBeGreaterThan(1000);
  });

  test("is seen to differ when one byte of its packets does", () => {
    const o = optionsOf();
    const packets = warmTable(o.engine, 100, 3, 1, { startNs: START_NS, ...ORDERLY });
    const view = new DataView(packets.bytes.buffer);
    // The first attributed or plain add of each packet whose first message is one.
    const adds: number[] = [];
    for (let k = 0; k < packets.table.length; k += 2 * PACKET_NUMBERS) {
      const at = packets.table[k]! + 22;
      if (packets.bytes[at] === 0x41 || packets.bytes[at] === 0x46) adds.push(at);
    }
    let noticed = 0;
    for (const at of adds.slice(8, 16)) {
      const bytes = packets.bytes.slice();
      new DataView(bytes.buffer).setUint32(at + 32, view.getUint32(at + 32) - 100);
      const { ours, theirs } = playBoth(o, packets, { bytes, table: packets.table });
      if (ours.join("") !== theirs.join("")) noticed++;
    }
    // An add far behind the best may change nothing that a quote depends on.
    expect(noticed).toBeGreaterThan(2);
  });

  test("is seen to differ when one parameter does", () => {
    const o = optionsOf();
    const packets = warmTable(o.engine, 100, 3, 1, { startNs: START_NS, ...ORDERLY });
    const typescript = new TypescriptPath(shim, o);
    const other = { ...o, params: { ...o.params, skew_ticks: 2.5 } };
    const c = new ReferencePath(reference!, other, typescript.nextOut);
    const count = packets.table.length / PACKET_NUMBERS;
    typescript.run(packets, 0, count);
    c.run(packets, 0, count);
    expect(messagesOf(c.sent())).not.toEqual(messagesOf(typescript.sent()));
    c.close();
    typescript.close();
  });

  test("refuses a message that no line has", () => {
    const o = optionsOf();
    o.engine.feeds[0]!.windowNs = 1000;
    const packets = warmTable(o.engine, 100, 3, 1, { startNs: START_NS, ...ORDERLY });
    const table = new Float64Array(new ArrayBuffer(packets.table.byteLength));
    table.set(packets.table.subarray(0, 40));
    table.set(packets.table.subarray(48), 40);
    const c = new ReferencePath(reference!, o, 3);
    const count = table.length / PACKET_NUMBERS - 2;
    expect(() => c.run({ bytes: packets.bytes, table }, 0, count)).toThrow("failed: -4");
    c.close();
  });
});
