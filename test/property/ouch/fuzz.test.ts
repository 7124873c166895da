/**
 * OUCH under mutation. HAIRPIN_FULL=1: two million instead of forty thousand mutants.
 */
import { expect, test } from "bun:test";
import { NO_INSTRUMENT } from "../../../src/core/codes.ts";
import { Execution } from "../../../src/fix/order/execution.ts";
import { SymbolTable } from "../../../src/fix/order/symbol-table.ts";
import { describeOuch, OUCH_OUTBOUND } from "../../../src/ouch/ouch-fields.ts";
import { OuchTemplates } from "../../../src/ouch/ouch-templates.ts";
import { RefTable } from "../../../src/ouch/ref-table.ts";
import { READ_REFUSED, ReportReader } from "../../../src/ouch/report-reader.ts";
import { checkOutbound, OUCH_WELL } from "../../../src/ouch/wire.ts";
import * as O from "../../support/ouch-bytes.ts";
import { FakeLedger, FakeOuchVenue, ouchInstruments, TERMS } from "../../support/ouch-venue.ts";

const MUTANTS = process.env["HAIRPIN_FULL"] === "1" ? 2_000_000 : 40_000;
const ID = "HP0003004OmX";

const SEEDS: Uint8Array[] = [
  O.systemEvent("S"),
  O.accepted(1, { clordid: ID }),
  O.accepted(2, {
    clordid: ID,
    tail: [
      [2, O.ascii("ABCD")],
      [18, O.ascii("0")],
      [9, new Uint8Array(8)],
    ],
  }),
  O.replaced(1, 2, { clordid: ID, tail: [[3, O.u32(100)]] }),
  O.canceled(1, 40),
  O.aiqCanceled(1, 40, 10, 1_000_000),
  O.lateAiqCanceled(1, 40),
  O.lateAiqCanceled(1, 40, [[28, Uint8Array.of(1)]]),
  O.executed(1, 40, 1_000_000, 77n + (1n << 60n)),
  O.executed(2, 40, 1_000_000, 78, "R", [
    [19, new Uint8Array(8)],
    [20, O.ascii("I")],
  ]),
  O.brokenTrade(1, 77, ID),
  O.tradeCorrection(1, 30, 1_000_100, 77, ID),
  O.rejected(2, 17, ID),
  O.cancelPending(1),
  O.cancelReject(1),
  O.priorityUpdate(1, 1_000_000),
  O.orderModified(1, "S", 50),
  O.orderRestated(1, "R", [[22, O.u32(40)]]),
  O.accountAnswer(9),
];

/** mulberry32. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** A seed with bytes changed, cut off, or put behind it. */
function mutant(random: (below: number) => number): Uint8Array {
  const seed = SEEDS[random(SEEDS.length)]!;
  const kind = random(4);
  if (kind === 0) return seed.slice(0, random(seed.length + 1));
  if (kind === 1) {
    const more = Uint8Array.from({ length: 1 + random(12) }, () => random(256));
    return Uint8Array.from([...seed, ...more]);
  }
  const bytes = seed.slice();
  for (let n = 1 + random(4); n > 0; n--) bytes[random(bytes.length)] = random(256);
  return kind === 2 ? bytes : bytes.slice(0, bytes.length - random(4));
}

test("every seed is whole, and there is one of every message", () => {
  const types = new Set(SEEDS.map((seed) => String.fromCharCode(seed[0]!)));
  expect([...types].sort()).toEqual(OUCH_OUTBOUND.map((entry) => entry.type).sort());
  for (const seed of SEEDS) {
    expect(checkOutbound(seed, 0, seed.length)).toBe(OUCH_WELL);
    expect(describeOuch("out", seed, 0, seed.length)).toBeDefined();
  }
});

test("a mutant that the length check takes is one that can be described, and the other way round", () => {
  const random = seeded(1);
  let taken = 0;
  for (let i = 0; i < MUTANTS; i++) {
    const bytes = mutant(random);
    const isWell = checkOutbound(bytes, 0, bytes.length) === OUCH_WELL;
    if (isWell) taken++;
    const isDescribed = describeOuch("out", bytes, 0, bytes.length) !== undefined;
    if (isWell !== isDescribed) {
      throw new Error(`${Buffer.from(bytes).toString("hex")}: ${isWell} and ${isDescribed}`);
    }
  }
  expect(taken).toBeGreaterThan(MUTANTS / 20);
  expect(taken).toBeLessThan(MUTANTS);
});

test("a reader never reads outside of a message, and what it says fits its fields", () => {
  const { reader, refs } = readerOf();
  refs.add(1, 3, 0x100001, 0, 0, 1);
  refs.add(2, 3, 0x100002, 0x100001, 0, 1);
  const random = seeded(2);
  const x = new Execution();
  const y = new Execution();
  const around = new Uint8Array(512);
  for (let i = 0; i < MUTANTS; i++) {
    const bytes = mutant(random);
    around.fill(0);
    around.set(bytes, 100);
    const found = reader.read(around, 100, bytes.length, 5, x);
    around.fill(0xff);
    around.set(bytes, 100);
    // What stands around a message does not change what it says.
    expect(reader.read(around, 100, bytes.length, 5, y)).toBe(found);
    if (JSON.stringify(x) !== JSON.stringify(y))
      throw new Error(Buffer.from(bytes).toString("hex"));
    if (found === READ_REFUSED) continue;
    for (const value of [x.lastPx, x.px, x.lastQty]) expect(Number.isSafeInteger(value)).toBe(true);
    expect(x.instrument === NO_INSTRUMENT || x.instrument < 4).toBe(true);
  }
}, 20_000);

test("a session takes any bytes without throwing, and never sends for them", () => {
  const random = seeded(3);
  for (let i = 0; i < MUTANTS / 400; i++) {
    const venue = new FakeOuchVenue().up();
    for (let n = 0; n < 20; n++) {
      const message = mutant(random);
      const packet = O.soup("SHUAJZ+"[random(7)]!, message);
      if (random(8) === 0) packet[random(packet.length)] = random(256);
      venue.push(packet);
    }
    const types = venue.take().map((packet) => packet.type);
    expect(types.filter((type) => type !== "R")).toEqual([]);
  }
}, 20_000);

test("what is encoded is what is described, for any order", () => {
  const tx = new Uint8Array(new ArrayBuffer(4096));
  const terms = { ...TERMS, firm: "FIRM" };
  const templates = new OuchTemplates(tx, 0, ouchInstruments(), 0, "HP", terms);
  const random = seeded(4);
  for (let i = 0; i < MUTANTS / 4; i++) {
    const instrument = random(3);
    const qty = 1 + random(999_999);
    const px = 1 + random(2_000_000_000);
    const ref = 1 + random(0x7ffffffe);
    const flags = random(64) & ~1;
    templates.encodeNew(
      ref,
      random(1 << 20),
      random(0xffffffff),
      instrument,
      random(2) ? 1 : -1,
      qty,
      px,
      flags,
    );
    const { start, length } = templates;
    const record = describeOuch("in", tx, start + 3, length - 3)!;
    expect(tx[start]! * 256 + tx[start + 1]!).toBe(length - 2);
    expect(record["user_ref_num"]).toBe(ref);
    expect(record["quantity"]).toBe(qty);
    expect(BigInt(record["price"]!)).toBe(BigInt(px) * [1n, 2500n, 10_000n][instrument]!);
    expect(record["symbol"]).toBe(["AAPL", "ESH6", "BRK"][instrument]!);
    expect(record["firm"]).toBe("FIRM");
    expect(record["post_only"]).toBe((flags & 8) !== 0 ? "P" : undefined!);
    expect(record["min_qty"]).toBe((flags & 4) !== 0 ? qty : undefined!);
  }
});

function readerOf() {
  const instruments = ouchInstruments();
  const refs = new RefTable(64);
  const ledger = new FakeLedger();
  ledger.open(3, 0x100001, 100);
  const scale = Float64Array.from([1, 2500, 10_000, 0]);
  const symbols = new SymbolTable(instruments, 0);
  const counters = new Float64Array(256);
  return { refs, reader: new ReportReader(refs, ledger, symbols, scale, "HP", counters) };
}
