import { expect, test } from "bun:test";
import fc from "fast-check";
import { ExecIds, FILL_QTY } from "../../../src/order/exec-ids.ts";
import { SentMessages } from "../../../src/order/sent-messages.ts";

test("the newest ids are known and the oldest forgotten, however their hashes collide", () => {
  // Few distinct low halves: long runs of collisions, wrapped ends and holes in between.
  const id = fc.record({
    lo: fc.integer({ min: 0, max: 40 }),
    hi: fc.integer({ min: 1, max: 60 }),
  });
  fc.assert(
    fc.property(fc.array(id, { maxLength: 200 }), (ids) => {
      const table = new ExecIds(16);
      const model: string[] = [];
      let n = 1;
      for (const { lo, hi } of ids) {
        const key = `${lo} ${hi}`;
        const isKnown = model.slice(-16).includes(key);
        expect(table.find(lo, hi) >= 0).toBe(isKnown);
        if (isKnown) continue;
        table.add(lo, hi, 0, 1, n++, 5, 0);
        model.push(key);
      }
      for (const [back, key] of model.slice(-16).entries()) {
        const [lo, hi] = key.split(" ").map(Number) as [number, number];
        const row = table.find(lo, hi);
        expect(table.get(row, FILL_QTY)).toBe(Math.max(0, model.length - 16) + back + 1);
      }
    }),
  );
});

test("ids with the highest bit set are found", () => {
  const table = new ExecIds(16);
  table.add(0xffffffff, 0x80000000, 0, 1, 1, 1, 0);
  expect(table.find(0xffffffff, 0x80000000)).toBe(0);
  expect(table.find(0xfffffffe, 0x80000000)).toBe(-1);
});

test("a capacity that is no power of two is refused", () => {
  expect(() => new ExecIds(1000)).toThrow("power of two");
});

test("sent messages are found by number until the ring or a reset takes them", () => {
  const sent = new SentMessages(2, 4);
  sent.add(1, 7, 30, 0xfff00001);
  expect(sent.slotOf(1, 7)).toBe(30);
  expect(sent.generationOf(1, 7)).toBe(0xfff00001);
  expect(sent.slotOf(0, 7)).toBe(-1);
  sent.add(1, 11, 31, 2);
  expect(sent.slotOf(1, 7)).toBe(-1);
  sent.add(1, 1, 32, 3);
  expect(sent.slotOf(1, 11)).toBe(-1);
  expect(sent.slotOf(1, 1)).toBe(32);
});
