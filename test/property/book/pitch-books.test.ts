import { expect, test } from "bun:test";
import fc from "fast-check";
import * as p from "../../support/pitch-bytes.ts";
import { pitchMarket } from "../../support/pitch-market.ts";
import { ReferenceBooks } from "./reference-books.ts";

const INSTRUMENTS = ["A", "B", "C"];
/** Not subscribed to. */
const OTHER = "X";
const IDS = Array.from({ length: 16 }, (_, i) => BigInt(i % 8) + (BigInt(i >> 3) << 32n) + 1n);

const operation = fc.record({
  kind: fc.constantFrom(
    "add",
    "add",
    "add",
    "execute",
    "at",
    "reduce",
    "modify",
    "delete",
    "trade",
  ),
  form: fc.nat(2),
  id: fc.constantFrom(...IDS),
  instrument: fc.nat(INSTRUMENTS.length),
  side: fc.constantFrom("B" as const, "S" as const),
  qty: fc.integer({ min: 1, max: 12 }),
  remaining: fc.nat(15),
  px: fc.integer({ min: 1, max: 40 }),
  flags: fc.nat(3),
});
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** Prices of short forms have two decimals, so that one price has two ways to be told. */
function message(op: Operation): Uint8Array {
  const symbol = INSTRUMENTS[op.instrument] ?? OTHER;
  const short = { ...op, symbol };
  const long = { ...short, px: op.px * 100 };
  const pick = (...all: Uint8Array[]) => all[op.form % all.length]!;
  switch (op.kind) {
    case "add":
      return pick(p.addShort(short), p.addLong(long), p.addExpanded(long));
    case "execute":
      return p.execute(short);
    case "at":
      return p.executeAt(long);
    case "reduce":
      return pick(p.reduceShort(short), p.reduceLong(short));
    case "modify":
      return pick(p.modifyShort(short), p.modifyLong(long));
    case "delete":
      return p.remove(short);
    default:
      return pick(p.tradeShort(short), p.tradeLong(long), p.tradeExpanded(long));
  }
}

const KINDS: Record<string, string> = {
  add: "A",
  execute: "E",
  reduce: "X",
  modify: "U",
  delete: "D",
  trade: "P",
};

function applyTo(reference: ReferenceBooks, op: Operation): void {
  const isNamed = op.kind === "add" || op.kind === "trade";
  if (isNamed && op.instrument === INSTRUMENTS.length) return;
  const order = reference.orders.get(op.id);
  if (!isNamed && order === undefined) return;
  const instrument = isNamed ? op.instrument : order!.instrument;
  if (op.kind === "at") {
    order!.qty = op.remaining;
    if (op.remaining === 0) reference.orders.delete(op.id);
    reference.volume[instrument]! += op.qty;
    return;
  }
  reference.apply({
    kind: KINDS[op.kind]!,
    ref: op.id,
    other: op.id,
    instrument,
    side: op.side,
    qty: op.qty,
    px: op.px * 100,
    printable: "Y",
  });
}

function check(operations: readonly Operation[], maxOrders: number, maxLevels: number): void {
  const m = pitchMarket(INSTRUMENTS, { maxOrders, maxLevels });
  const reference = new ReferenceBooks(INSTRUMENTS.length, maxOrders, maxLevels);
  for (const op of operations) {
    m.feed(message(op));
    applyTo(reference, op);
    m.books.flush(true);
    INSTRUMENTS.forEach((_, i) => {
      expect(m.books.levels(i)).toEqual(reference.levels(i));
      expect(m.books.flags(i)).toBe(reference.flags[i]!);
      expect(m.books.volume[i]).toBe(reference.volume[i]!);
    });
    expect(m.books.liveOrders()).toBe(reference.orders.size);
  }
}

test("books of PITCH agree with a naive model after every message", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 120 }), (ops) => check(ops, 4096, 4096)),
    { numRuns: 120 },
  );
});

test("books of PITCH agree with a naive model at the limits of orders and levels", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (ops) => check(ops, 6, 4)),
    { numRuns: 100 },
  );
});
