import { expect, test } from "bun:test";
import { join } from "node:path";

/** Collections that the engine logs between the two marks of churn.ts, and what was done there. */
function run(mode: string, rounds: number): { collections: number; did: number[]; kills: number } {
  const child = Bun.spawnSync(
    [process.execPath, join(import.meta.dir, "churn.ts"), String(rounds), mode],
    { env: { ...process.env, BUN_JSC_logGC: "1" } },
  );
  const text = child.stderr.toString();
  const measured = text.slice(text.indexOf("MEASURE"), text.indexOf("END 0"));
  expect(measured.length).toBeGreaterThan(5);
  const said = JSON.parse(child.stdout.toString()) as { did: number[]; kills: number };
  return { collections: measured.split("Collection, ").length - 1, ...said };
}

test("hundreds of thousands of orders by OUCH cause no collection, and a little garbage does", () => {
  const clean = run("clean", 400_000);
  expect(clean.collections).toBe(0);
  expect(clean.kills).toBe(0);
  for (const count of clean.did) expect(count).toBeGreaterThan(500);
  expect(run("dirty", 150_000).collections).toBeGreaterThan(0);
}, 30_000);
