import { expect, test } from "bun:test";
import fc from "fast-check";
import { copyChecked, recordCheck } from "../../../src/journal/check.ts";

const words = fc.array(fc.integer(), { minLength: 8, maxLength: 80 }).map((list) => {
  return Int32Array.from(list.length % 2 === 0 ? list : [...list, 0]);
});

test("any changed word but length and check changes the check", () => {
  fc.assert(
    fc.property(words, fc.nat(), fc.integer(), (record, index, change) => {
      const at = index % record.length;
      fc.pre(change !== 0 && at !== 0 && at !== 3);
      const before = recordCheck(record, 0, record.length);
      record[at] = record[at]! ^ change;
      return recordCheck(record, 0, record.length) !== before;
    }),
  );
});

test("a tail torn to zeros is found", () => {
  fc.assert(
    fc.property(words, fc.nat(), (record, cut) => {
      const from = 4 + (cut % (record.length - 4));
      fc.pre(record.subarray(from).some((word) => word !== 0));
      const before = recordCheck(record, 0, record.length);
      record.fill(0, from);
      return recordCheck(record, 0, record.length) !== before;
    }),
  );
});

test("a record cut to another length is found", () => {
  const record = new Int32Array(16);
  expect(recordCheck(record, 0, 16)).not.toBe(recordCheck(record, 0, 14));
});

test("copying while checking is exact at every alignment, fills up with zeros, and checks the same", () => {
  const source = new Uint8Array(64).map((_, i) => (i * 37 + 11) & 255);
  const from = new DataView(source.buffer);
  for (let start = 0; start < 9; start++) {
    for (let length = 0; length < 40; length++) {
      const padded = (length + 7) & ~7;
      const count = 8 + (padded >> 2);
      const record = new Int32Array(20).fill(-1).map((word, i) => (i < 10 ? i * 77 : word));
      const check = copyChecked(record, 2, count, 10, from, start, length);
      const got = new Uint8Array(record.buffer).slice(40);
      expect(got.slice(0, length)).toEqual(source.slice(start, start + length));
      expect(got.slice(length, padded).every((byte) => byte === 0)).toBe(true);
      expect(got.slice(padded).every((byte) => byte === 255)).toBe(true);
      expect(check).toBe(recordCheck(record, 2, count));
    }
  }
});
