/** Counters of all modules share one table: no two may have the same word. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { COUNTER_NAMES } from "../../../src/control/counter-names.ts";
import { HP_COUNTERS_MAX } from "../../../src/ffi/layout.ts";

const ROOT = join(import.meta.dir, "../../..");

test("every counter of every module has a word of its own, and a name in the status", async () => {
  const owners = new Map<number, string>();
  for (const file of new Bun.Glob("src/**/counters.ts").scanSync({ cwd: ROOT })) {
    const exported = (await import(join(ROOT, file))) as Record<string, unknown>;
    for (const [name, value] of Object.entries(exported)) {
      if (typeof value !== "object" || value === null || !name.endsWith("COUNTER_NAMES")) continue;
      for (const [index, text] of Object.entries(value)) {
        if (text === "") continue;
        expect([file, text, owners.get(Number(index))]).toEqual([file, text, undefined]);
        owners.set(Number(index), `${file} ${text}`);
        expect([file, text, COUNTER_NAMES[Number(index)]]).toEqual([file, text, text]);
        expect(Number(index)).toBeLessThan(HP_COUNTERS_MAX);
      }
    }
  }
  expect(owners.size).toBe(Object.values(COUNTER_NAMES).filter((name) => name !== "").length);
});
