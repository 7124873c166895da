import { expect, test } from "bun:test";
import { shown } from "../../../src/core/shown.ts";

test("a text for a message is cut short, and holds nothing that a terminal obeys", () => {
  expect(shown("FIX.4.4:A:B")).toBe("FIX.4.4:A:B");
  expect(shown("a\u001b[2J\n")).toBe("a?[2J?");
  expect(shown("x".repeat(5000))).toBe(`${"x".repeat(80)}...`);
});
