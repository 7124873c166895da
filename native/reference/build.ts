/**
 * Builds build/libreference.so, the path in C that the TypeScript is measured against. Prints one
 * line on stderr; exits 1 when it cannot. Never part of the executable that ships.
 *
 *   bun native/reference/build.ts [--force]
 */
import { mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { C_FLAGS, findCompiler, LINK_FLAGS, NO_COMPILER } from "../build.ts";

const root = join(import.meta.dir, "../..");
export const REFERENCE_LIBRARY = join(root, "build/libreference.so");
const stampPath = join(root, "build/libreference.stamp");

/**
 * As the shim's (no -march), but -O3, and no contraction of a * b + c, which JavaScript does not do
 * either.
 */
const FLAGS = [...C_FLAGS.map((flag) => (flag === "-O2" ? "-O3" : flag)), "-ffp-contract=off"];

/** Inlining over files (8% of an order) needs no linker of its own with GCC only. */
function flagsFor(compiler: string): string[] {
  const version = Bun.spawnSync([compiler, "--version"]).stdout.toString();
  return version.includes("Free Software Foundation") ? [...FLAGS, "-flto"] : FLAGS;
}

async function inputs(): Promise<string[]> {
  const names = (await readdir(import.meta.dir)).sort();
  return names.filter((name) => /\.[ch]$/.test(name)).map((name) => join(import.meta.dir, name));
}

async function inputsHash(command: string[], files: string[]): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  hash.update(command.join("\n"));
  for (const path of [...files, join(root, "native/include/hairpin.h")]) {
    hash.update(`${path}\n${await Bun.file(path).text()}`);
  }
  return hash.digest("hex");
}

/** Builds when an input changed. Returns 0, or 1 after a sentence on stderr. */
export async function buildReference(force = false): Promise<number> {
  const compiler = findCompiler();
  if (compiler === undefined) {
    console.error(NO_COMPILER);
    return 1;
  }
  const files = await inputs();
  const sources = files.filter((path) => path.endsWith(".c"));
  const command = [
    ...[compiler, ...flagsFor(compiler), ...LINK_FLAGS, `-I${join(root, "native/include")}`],
    ...sources,
  ];
  const stamp = await inputsHash(command, files);
  const known = Bun.file(stampPath);
  const isBuilt = await Bun.file(REFERENCE_LIBRARY).exists();
  if (!force && isBuilt && (await known.exists()) && (await known.text()) === stamp) return 0;
  await mkdir(join(root, "build"), { recursive: true });
  // Built beside and renamed: a running process keeps the library that it has mapped.
  const fresh = `${REFERENCE_LIBRARY}.${process.pid}`;
  const run = Bun.spawnSync([...command, "-o", fresh], { stdout: "inherit", stderr: "inherit" });
  if (run.exitCode !== 0) {
    console.error(`hairpin: the C compiler failed (${compiler}, exit ${run.exitCode})`);
    return 1;
  }
  await rename(fresh, REFERENCE_LIBRARY);
  await Bun.write(stampPath, stamp);
  console.error(`hairpin: built build/libreference.so with ${compiler}`);
  return 0;
}

if (import.meta.main) process.exit(await buildReference(Bun.argv.includes("--force")));
