import { expect, test } from "bun:test";
import fc from "fast-check";
import { editDistance, nearest } from "../../../src/config/nearest.ts";

test("a typing mistake finds the word that was meant", () => {
  const keys = ["window_packets", "window_us", "stale_ms", "subscribe"];
  expect(nearest("window_packet", keys)).toBe("window_packets");
  expect(nearest("widnow_us", keys)).toBe("window_us");
  expect(nearest("Stale-MS", keys)).toBe("stale_ms");
});

test("a unit left out finds the key that has one", () => {
  expect(nearest("heartbeat", ["heartbeat_s", "reconnect_ms"])).toBe("heartbeat_s");
});

test("a word that is near to nothing gets no suggestion", () => {
  expect(nearest("colour", ["name", "core", "arm"])).toBeUndefined();
  expect(nearest("x", ["name", "core", "arm"])).toBeUndefined();
});

test("two neighbours swapped count as one mistake", () => {
  expect(editDistance("abdc", "abcd")).toBe(1);
});

test("the distance is symmetric, zero only for equal words, and at most the longer length", () => {
  const word = fc.string({ maxLength: 8, unit: fc.constantFrom("a", "b", "c") });
  fc.assert(
    fc.property(word, word, (a, b) => {
      const d = editDistance(a, b);
      return (
        d === editDistance(b, a) && (d === 0) === (a === b) && d <= Math.max(a.length, b.length)
      );
    }),
  );
});

test("of two keys that the word is a part of, or that are a part of it, the nearer in length is meant", () => {
  expect(nearest("resend_max_age", ["resend", "resend_chunk", "resend_max_age_ms"])).toBe(
    "resend_max_age_ms",
  );
});
