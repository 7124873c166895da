import { expect, test } from "bun:test";
import fc from "fast-check";
import { recordCheck } from "../../../src/journal/check.ts";

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
