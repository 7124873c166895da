import { expect, test } from "bun:test";
import { join } from "node:path";

const ROUNDS = 100_000;
/** Entries of a round of churn.ts. */
const ENTRIES = 3 + 2 + 1 + 2;

/** Collections that the engine logs between the two marks of churn.ts. */
function collections(entries: string, mode: string): number {
  const args = [join(import.meta.dir, "churn.ts"), String(ROUNDS), entries, mode];
  const run = Bun.spawnSync([process.execPath, ...args], {
    env: { ...process.env, BUN_JSC_logGC: "1" },
  });
  const text = run.stderr.toString();
  expect(text).toContain(`END ${ENTRIES * ROUNDS}`);
  return text.slice(text.indexOf("MEASURE"), text.indexOf("END ")).split("Collection, ").length - 1;
}

test("market data by price and by id causes no collection, and a little garbage does", () => {
  expect(collections("price", "clean")).toBe(0);
  expect(collections("id", "clean")).toBe(0);
  expect(collections("price", "dirty")).toBeGreaterThan(0);
}, 60_000);
