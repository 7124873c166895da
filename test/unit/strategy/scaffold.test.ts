import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as api from "../../../src/strategy/api.ts";
import { loadStrategy } from "../../../src/strategy/load.ts";
import { scaffoldStrategy, strategyNameProblem } from "../../../src/strategy/scaffold.ts";

const ROOT = join(import.meta.dir, "../../..");
const folder = mkdtempSync(join(tmpdir(), "hairpin-scaffold-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string): string {
  const at = join(folder, name);
  mkdirSync(at, { recursive: true });
  for (const file of scaffoldStrategy(name)) writeFileSync(join(at, file.path), file.text);
  return at;
}

function tsc(at: string): string {
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  const run = Bun.spawnSync([process.execPath, compiler, "-p", at]);
  return run.stdout.toString() + run.stderr.toString();
}

test("a new strategy compiles against its own types, and loads", async () => {
  const at = write("first");
  expect(tsc(at)).toBe("");
  const loaded = await loadStrategy("first.ts", { size_shares: 200 }, at);
  expect(loaded.params).toEqual({ size_shares: 200, max_position_shares: 300 });
}, 30_000);

test("the types say what the API says, both ways", () => {
  const at = write("same");
  const types = ["BookView", "StrategyContext", "Strategy"];
  const keys = types.flatMap((t) => [
    `const forth${t}: Text.${t} = null! as Api.${t};`,
    `const back${t}: Api.${t} = null! as Text.${t};`,
    `const same${t}: Same<keyof Text.${t}, keyof Api.${t}> = true;`,
    `void forth${t}; void back${t}; void same${t};`,
  ]);
  const names = "Exclude<keyof typeof Api, keyof typeof Text>";
  writeFileSync(
    join(at, "compare.ts"),
    [
      'import type * as Text from "hairpin";',
      `import type * as Api from "${join(ROOT, "src/strategy/api.ts")}";`,
      "type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;",
      ...keys,
      `const all: Same<${names}, never> = true; void all;`,
      "const codes: Pick<typeof Api, Codes> = null! as Pick<typeof Text, Codes>; void codes;",
      'type Codes = Exclude<keyof typeof Text & keyof typeof Api, "z" | "defineStrategy">;',
    ].join("\n"),
  );
  const options = JSON.parse(scaffoldStrategy("same")[2]!.text);
  options.compilerOptions.allowImportingTsExtensions = true;
  options.compilerOptions.skipLibCheck = true;
  // The API's own import of zod resolves from the repository.
  writeFileSync(join(at, "tsconfig.json"), JSON.stringify(options));
  expect(tsc(at)).toBe("");
  writeFileSync(
    join(at, "hairpin.d.ts"),
    scaffoldStrategy("same")[1]!.text.replace("orderPx(", "orderPrice("),
  );
  expect(tsc(at)).toContain("error");
}, 30_000);

test("every constant of the API is in the types with its value", () => {
  const text = scaffoldStrategy("x")[1]!.text;
  for (const [name, value] of Object.entries(api)) {
    if (typeof value === "number") expect(text).toContain(`export const ${name}: ${value};`);
  }
});

test("a name that is no file name is refused", () => {
  expect(strategyNameProblem("my-strategy_2")).toBe("");
  for (const bad of ["", "../x", "2x", "a b", "a".repeat(65)]) {
    expect(strategyNameProblem(bad)).not.toBe("");
  }
  expect(() => scaffoldStrategy("../x")).toThrow("letter");
});
