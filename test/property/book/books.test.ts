import { expect, test } from "bun:test";
import fc from "fast-check";
import { OrderTable, ROW_QTY } from "../../../src/book/order-table.ts";
import { itch } from "../../support/itch-bytes.ts";
import { market } from "../../support/market.ts";
import { ReferenceBooks, type ReferenceOperation } from "./reference-books.ts";

const INSTRUMENTS = ["A", "B", "C"];

/** References that collide in their low bits, in their low half, and in neither. */
const REFS = Array.from(
  { length: 24 },
  (_, i) => BigInt(i % 8) * 16n + (BigInt(i >> 3) << 32n) + 1n,
);

const operation = fc.record({
  kind: fc.constantFrom("A", "A", "A", "F", "E", "C", "X", "D", "U", "P"),
  ref: fc.constantFrom(...REFS),
  other: fc.constantFrom(...REFS),
  instrument: fc.nat(INSTRUMENTS.length - 1),
  side: fc.constantFrom("B", "S"),
  qty: fc.integer({ min: 1, max: 12 }),
  px: fc.integer({ min: 1, max: 40 }),
  printable: fc.constantFrom("Y", "N"),
});
type Operation = ReferenceOperation;

function message(op: Operation): Uint8Array {
  const head = { stock_locate: op.instrument + 1, order_reference_number: op.ref };
  switch (op.kind) {
    case "E":
      return itch("E", { ...head, executed_shares: op.qty });
    case "C":
      return itch("C", {
        ...head,
        executed_shares: op.qty,
        printable: op.printable,
        execution_price: op.px,
      });
    case "X":
      return itch("X", { ...head, canceled_shares: op.qty });
    case "D":
      return itch("D", head);
    case "U":
      return itch("U", {
        stock_locate: op.instrument + 1,
        original_order_reference_number: op.ref,
        new_order_reference_number: op.other,
        shares: op.qty,
        price: op.px,
      });
    default:
      return itch(op.kind, { ...head, buy_sell_indicator: op.side, shares: op.qty, price: op.px });
  }
}

function check(operations: Operation[], maxOrders: number, maxLevels: number): void {
  const m = market(INSTRUMENTS, { maxOrders, maxLevels });
  INSTRUMENTS.forEach((stock, i) => {
    m.feed(itch("R", { stock_locate: i + 1, stock }));
  });
  const reference = new ReferenceBooks(INSTRUMENTS.length, maxOrders, maxLevels);
  for (const op of operations) {
    m.feed(message(op));
    reference.apply(op);
    m.books.flush(true);
    INSTRUMENTS.forEach((_, i) => {
      expect(m.books.levels(i)).toEqual(reference.levels(i));
      expect(m.books.flags(i)).toBe(reference.flags[i]!);
      expect(m.books.volume[i]).toBe(reference.volume[i]!);
    });
    expect(m.books.liveOrders()).toBe(reference.orders.size);
  }
}

test("books agree with a naive model after every message", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 120 }), (ops) => check(ops, 4096, 4096)),
    {
      numRuns: 120,
    },
  );
});

test("books agree with a naive model at the limits of orders and levels", () => {
  fc.assert(
    fc.property(
      fc.array(operation, { maxLength: 120 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 8 }),
      check,
    ),
    { numRuns: 120 },
  );
});

test("one deep book agrees with the naive model through regions that grow", () => {
  const deep = operation.map((op) => ({
    ...op,
    instrument: 0,
    px: op.px * 1000 + Number(op.other % 997n),
  }));
  const unique = fc.array(deep, { minLength: 200, maxLength: 300 }).map((ops) =>
    ops.map((op, i) => ({
      ...op,
      kind: i % 7 === 6 ? "D" : "A",
      ref: BigInt(i % 7 === 6 ? i - 3 : i) + 1n,
      px: op.px + ((i * 7919) % 1000),
    })),
  );
  fc.assert(
    fc.property(unique, (ops) => check(ops, 4096, 4096)),
    { numRuns: 5 },
  );
});

test("changed bits say truly which side and whether the best changed", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 80 }), (ops) => {
      const m = market(["A"]);
      m.feed(itch("R", { stock_locate: 1, stock: "A" }));
      for (const op of ops) {
        const before = m.books.levels(0);
        m.feed(message({ ...op, instrument: 0 }));
        m.log.books.length = 0;
        m.books.flush(true);
        const after = m.books.levels(0);
        const bits = m.log.books[0]?.[1] ?? 0;
        const same = (a: unknown, b: unknown) => Bun.deepEquals(a, b);
        if (!same(before.bids, after.bids)) expect(bits & 1).toBe(1);
        if (!same(before.asks, after.asks)) expect(bits & 2).toBe(2);
        const best = !same(before.bids[0], after.bids[0]) || !same(before.asks[0], after.asks[0]);
        if (best) expect(bits & 4).toBe(4);
        if (bits === 0) expect(after).toEqual(before);
      }
    }),
    { numRuns: 60 },
  );
});

test("the order table holds exactly what a Map holds, at any mix of colliding references", () => {
  const step = fc.record({
    add: fc.boolean(),
    hi: fc.integer({ min: -2, max: 2 }),
    lo: fc.integer({ min: -40, max: 40 }),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 300 }),
      fc.integer({ min: 1, max: 40 }),
      (steps, capacity) => {
        const table = new OrderTable(capacity);
        const map = new Map<string, number>();
        steps.forEach(({ add, hi, lo }, i) => {
          const key = `${hi}/${lo}`;
          const row = table.find(hi, lo);
          expect(row !== -1).toBe(map.has(key));
          if (add && row === -1) {
            const placed = table.insert(hi, lo, 8, i);
            expect(placed !== -1).toBe(map.size < capacity);
            if (placed !== -1) map.set(key, i);
          } else if (!add && row !== -1) {
            table.remove(row);
            map.delete(key);
          }
          expect(table.count).toBe(map.size);
        });
        for (const [key, qty] of map) {
          const [hi, lo] = key.split("/").map(Number);
          expect(table.rows[table.find(hi!, lo!) + ROW_QTY]).toBe(qty);
        }
      },
    ),
    { numRuns: 200 },
  );
});
