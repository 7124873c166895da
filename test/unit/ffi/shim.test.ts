import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HEADER_PATH } from "../../../native/layout.ts";
import { EXANIC_SIGNATURES } from "../../../src/ffi/exanic.ts";
import { CARD_SIGNATURES } from "../../../src/ffi/exanic-card.ts";
import { fakeShim } from "../../../src/ffi/fake.ts";
import { PORT_DRIVERS, PORT_SIGNATURES } from "../../../src/ffi/port-driver.ts";
import { SIGNATURES } from "../../../src/ffi/symbols.ts";

/** Functions of the header with their types, in the letters of symbols.ts. */
function headerSignatures(): Record<string, string> {
  const text = readFileSync(HEADER_PATH, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  const out: Record<string, string> = {};
  const letter = (type: string) =>
    type.includes("*") ? "p" : type.includes("double") ? "d" : type.includes("int32_t") ? "i" : "?";
  for (const [, result, name, args] of text.matchAll(/^(int32_t|double) (hp_\w+)\(([^)]*)\);/gm)) {
    const types = args === "void" ? [] : args!.split(",").map(letter);
    out[name!] = [...types, letter(result!)].join("");
  }
  return out;
}

test("the signatures given to bun:ffi are those of the header", () => {
  expect(Object.keys(headerSignatures()).length).toBeGreaterThan(40);
  const drivers = PORT_DRIVERS.flatMap((driver) =>
    Object.entries(PORT_SIGNATURES).map(([end, types]) => [`hp_${driver}_${end}`, types]),
  );
  const exanic = { ...EXANIC_SIGNATURES, ...CARD_SIGNATURES };
  const versions = { hp_dpdk_abi_version: "i", hp_exanic_abi_version: "i" };
  const all = { ...SIGNATURES, ...Object.fromEntries(drivers), ...versions, ...exanic };
  expect(all as Record<string, string>).toEqual(headerSignatures());
});

test("the fake has every function of the table, with as many arguments", () => {
  const shim = fakeShim() as unknown as Record<string, (...args: number[]) => number>;
  for (const [name, signature] of Object.entries(SIGNATURES))
    expect([name, shim[name]?.length]).toEqual([name, signature.length - 1]);
});

test("only src/ffi/library.ts imports bun:ffi", () => {
  const root = join(import.meta.dir, "../../..");
  const users = [...new Bun.Glob("src/**/*.ts").scanSync({ cwd: root })].filter((path) =>
    readFileSync(join(root, path), "utf8").includes('from "bun:ffi"'),
  );
  expect(users).toEqual(["src/ffi/library.ts"]);
});
