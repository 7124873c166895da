import { expect, test } from "bun:test";
import { join } from "node:path";

/** Collections that the engine logs between the two marks of churn.ts. */
function collections(mode: string): number {
  const run = Bun.spawnSync([process.execPath, join(import.meta.dir, "churn.ts"), "400000", mode], {
    env: { ...process.env, BUN_JSC_logGC: "1" },
  });
  const text = run.stderr.toString();
  const measured = text.slice(text.indexOf("MEASURE"), text.indexOf("END 0"));
  expect(measured.length).toBeGreaterThan(5);
  return measured.split("Collection, ").length - 1;
}

test("four million order operations cause no collection, and a little garbage does", () => {
  expect(collections("clean")).toBe(0);
  expect(collections("dirty")).toBeGreaterThan(0);
}, 30_000);
