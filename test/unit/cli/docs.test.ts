import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pages } from "../../../docs/pages.ts";

const ROOT = join(import.meta.dir, "../../..");
const written = await pages();

for (const [path, text] of Object.entries(written)) {
  test(`${path} says what the sources say (else: bun run docs)`, () => {
    expect(readFileSync(join(ROOT, path), "utf8")).toBe(text);
  });
}

test("every deny code has its meaning in the documentation", () => {
  const rows = written["docs/reference/codes.md"]!.split("\n").filter((l) => /^\| -\d+ /.test(l));
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.filter((row) => /\|\s*\|$/.test(row))).toEqual([]);
});
