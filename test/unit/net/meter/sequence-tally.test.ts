import { expect, test } from "bun:test";
import { SequenceTally, TALLY_WINDOW } from "../../../../src/net/meter/sequence-tally.ts";

function tallyOf(...sequences: number[]): SequenceTally {
  const tally = new SequenceTally();
  for (const sequence of sequences) tally.note(sequence);
  return tally;
}

test("what comes in order is counted once each", () => {
  expect(tallyOf(0, 1, 2)).toMatchObject({ distinct: 3, duplicates: 0, reordered: 0, next: 3 });
});

test("a gap is not a fault: what is missing was never noted", () => {
  expect(tallyOf(0, 5)).toMatchObject({ distinct: 2, reordered: 0, next: 6 });
});

test("what comes behind a later one is reordered, and still counted", () => {
  expect(tallyOf(0, 2, 1, 3)).toMatchObject({ distinct: 4, reordered: 1, duplicates: 0 });
});

test("the second of the same number is a duplicate, whenever it comes", () => {
  expect(tallyOf(0, 1, 1, 0)).toMatchObject({ distinct: 2, duplicates: 2, reordered: 0 });
});

test("numbers that the window has forgotten are late, not new", () => {
  const tally = tallyOf(7, 7 + TALLY_WINDOW);
  expect(tally.note(7)).toBe(false);
  expect(tally).toMatchObject({ distinct: 2, duplicates: 0, late: 1 });
});

test("the highest numbers fit", () => {
  const tally = tallyOf(0xfffffffd, 0xfffffffe, 0xfffffffe);
  expect(tally).toMatchObject({ distinct: 2, duplicates: 1, next: 0xffffffff });
});

test("a reset forgets everything", () => {
  const tally = tallyOf(0, 0, 3, 1);
  tally.reset();
  tally.note(0);
  expect(tally).toMatchObject({ distinct: 1, duplicates: 0, reordered: 0, late: 0, next: 1 });
});
