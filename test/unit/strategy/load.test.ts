import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadStrategy, strategyProblems } from "../../../src/strategy/load.ts";

const folder = mkdtempSync(join(tmpdir(), "hairpin-load-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
/** What is said of a strategy file with this text. */
async function problems(text: string, params = {}): Promise<string> {
  const name = `s${count++}.ts`;
  writeFileSync(join(folder, name), text);
  return (await strategyProblems(name, params, folder)).join("\n").replaceAll(name, "s.ts");
}

const IMPORT = 'import { defineStrategy, z } from "hairpin";\n';

test("a file is loaded from a folder without packages, its params checked and filled in", async () => {
  const text = `${IMPORT}export default defineStrategy({
    params: z.object({ size_shares: z.int().default(5), mode: z.enum(["a", "b"]) }),
    create() { return {}; },
  });`;
  writeFileSync(join(folder, "good.ts"), text);
  const loaded = await loadStrategy("good.ts", { mode: "b" }, folder);
  expect(loaded.params).toEqual({ size_shares: 5, mode: "b" });
  expect(typeof loaded.definition.create).toBe("function");
});

test("each mistake of a file is one clear sentence", async () => {
  expect(await problems(`${IMPORT}export const a = 1;`)).toBe(
    "strategy s.ts: it has no default export; end it with `export default defineStrategy({ ... })`",
  );
  expect(await problems("export default 3;")).toContain("its default export is a number");
  expect(await problems("export default {};")).toContain("its `params` must be a schema");
  expect(await problems(`${IMPORT}export default { params: z.object({}) };`)).toContain(
    "create(ctx, params)",
  );
  expect(await problems("\nexport default {{")).toMatch(
    /it cannot be loaded: .* \(line 2, column \d+\)$/,
  );
  expect(await problems("await new Promise(() => {}); export default 1;")).toContain(
    "it cannot be loaded: it waits for something at its top level",
  );
  expect(await problems('throw new Error("boom");')).toBe(
    "strategy s.ts: it cannot be loaded: boom",
  );
  expect(await problems("throw Object.create(null);")).toContain("cannot be shown as text");
  expect(
    await problems(
      `${IMPORT}export default { params: z.object({}), async create() { return {}; } };`,
    ),
  ).toContain("its `create` is an async function; make it a plain one");
  expect(await strategyProblems("nowhere.ts", {}, folder)).toEqual([
    `strategy nowhere.ts: there is no file ${join(folder, "nowhere.ts")}`,
  ]);
  expect((await strategyProblems("makr", {}, folder))[0]).toContain("built-in ones (maker, taker)");
});

test("params that do not fit name the key, what was found and what is allowed", async () => {
  expect(await strategyProblems("maker", { size_shares: 0 })).toEqual([
    "strategy maker: params.size_shares is 0; allowed: at least 1",
  ]);
  expect(await strategyProblems("maker", { size_shares: "many" })).toEqual([
    'strategy maker: params.size_shares is "many"; allowed: a value of type number',
  ]);
  expect(await strategyProblems("maker", { size_shares: 1.5 })).toEqual([
    "strategy maker: params.size_shares is 1.5; allowed: a whole number",
  ]);
  expect((await strategyProblems("taker", { move_tick: 3 }))[0]).toContain(
    "params.move_tick is not known; allowed: size_shares, move_ticks,",
  );
  expect((await strategyProblems("taker", { move_tick: 3 }))[0]).toContain(
    "Did you mean move_ticks?",
  );
  const needs = `${IMPORT}export default defineStrategy({
    params: z.object({ mode: z.enum(["a", "b"]) }), create() { return {}; } });`;
  expect(await problems(needs)).toBe('strategy s.ts: params.mode is missing; allowed: "a", "b"');
  expect(await problems(needs, { mode: "a", extra: 1 })).toContain("params.extra is not known");
});

test("the built-ins run with their defaults", async () => {
  for (const name of ["maker", "taker"]) {
    const { params } = await loadStrategy(name, {});
    expect(params).toMatchObject({ size_shares: 100 });
  }
});
