import { expect, test } from "bun:test";
import { addCounts, countsOfJunit, countsOfText, settle } from "../../runner/counts.ts";

test("totals are read from the root of a JUnit report", () => {
  const xml =
    '<?xml version="1.0"?>\n<testsuites name="bun test" tests="9" assertions="30" failures="2" skipped="1" time="0.1">\n<testsuite tests="1"/></testsuites>';
  expect(countsOfJunit(xml)).toEqual({ passed: 6, failed: 2, skipped: 1 });
});

test("what is no report gives no counts", () => {
  expect(countsOfJunit("")).toBeUndefined();
  expect(countsOfJunit("<testsuites>")).toBeUndefined();
});

test("the last line of counts of a program wins", () => {
  const text = "a: 1 passed, 0 failed\n3 skipped\n7 passed, 1 failed\n";
  expect(countsOfText(text)).toEqual({ passed: 7, failed: 1, skipped: 3 });
  expect(countsOfText("ok")).toBeUndefined();
});

test("a part that ended badly can't count as passed", () => {
  expect(settle({ passed: 5, failed: 0, skipped: 0 }, 1).failed).toBe(1);
  expect(settle({ passed: 5, failed: 2, skipped: 0 }, 1).failed).toBe(2);
  expect(settle(undefined, 139)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(settle(undefined, 0)).toEqual({ passed: 1, failed: 0, skipped: 0 });
});

test("counts are summed", () => {
  const sum = addCounts(
    { passed: 1, failed: 2, skipped: 3 },
    { passed: 10, failed: 20, skipped: 30 },
  );
  expect(sum).toEqual({ passed: 11, failed: 22, skipped: 33 });
});
