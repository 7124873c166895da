import { expect, test } from "bun:test";
import { join } from "node:path";
import { COUNTER_NAMES } from "../../../src/control/counter-names.ts";
import { HP_COUNTERS_MAX } from "../../../src/ffi/layout.ts";

const ROOT = join(import.meta.dir, "../../..");

test("no two counters of an engine share a word, and each has a name of its own", async () => {
  const owners = new Map<number, string[]>();
  const names: string[] = [];
  for (const file of [...new Bun.Glob("src/**/counters.ts").scanSync({ cwd: ROOT })].sort()) {
    const exported = (await import(join(ROOT, file))) as Record<string, unknown>;
    for (const [key, table] of Object.entries(exported)) {
      if (!key.endsWith("COUNTER_NAMES")) continue;
      for (const [index, name] of Object.entries(table as Record<string, string>)) {
        owners.set(Number(index), [...(owners.get(Number(index)) ?? []), name]);
        names.push(name);
      }
    }
  }
  const shared = [...owners].filter(([, of]) => of.length > 1);
  expect(shared).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
  expect([...owners.keys()].filter((index) => index >= HP_COUNTERS_MAX)).toEqual([]);
  expect(Object.values(COUNTER_NAMES).sort()).toEqual(names.sort());
});
