import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LICENCES } from "../../../src/cli/licences/licences.ts";
import { runCli } from "../../support/run-cli.ts";

const ROOT = join(import.meta.dir, "../../..");

/** Packages of the executable: those of package.json, and what they need in turn. */
function packages(): string[] {
  const read = (path: string) =>
    JSON.parse(readFileSync(join(ROOT, path), "utf8")) as { dependencies?: object };
  const found = new Set<string>();
  const visit = (names: string[]) => {
    for (const name of names) {
      if (found.has(name)) continue;
      found.add(name);
      visit(Object.keys(read(`node_modules/${name}/package.json`).dependencies ?? {}));
    }
  };
  visit(Object.keys(read("package.json").dependencies ?? {}));
  return [...found].sort();
}

test("every package in the executable has its licence there, and so has DPDK", () => {
  const names = LICENCES.map(({ name }) => name.toLowerCase());
  expect(packages().filter((name) => !names.includes(name))).toEqual([]);
  expect(names).toContain("dpdk");
  for (const { text } of LICENCES) expect(text).toMatch(/copyright/i);
});

test("hairpin version --licences prints them", async () => {
  const { out, code } = await runCli("version", "--licences");
  expect(code).toBe(0);
  for (const { name } of LICENCES) expect(out).toContain(`==== ${name}\n`);
});
