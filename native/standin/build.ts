/**
 * Builds build/onload-double.so from native/standin/onload-double.c: tests preload it in place of
 * libonload. Nothing of it goes into the executable. Exits 1 when it cannot.
 *
 *   bun native/standin/build.ts
 */
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { C_FLAGS, findCompiler, NO_COMPILER } from "../build.ts";

const root = join(import.meta.dir, "../..");
export const ONLOAD_DOUBLE = join(root, "build/onload-double.so");

/** 0, or 1 after a sentence on stderr. */
export function buildStandins(): number {
  const compiler = findCompiler();
  if (compiler === undefined) {
    console.error(NO_COMPILER);
    return 1;
  }
  mkdirSync(join(root, "build"), { recursive: true });
  // Renamed when whole: another run may have it preloaded.
  const fresh = `${ONLOAD_DOUBLE}.${process.pid}`;
  const source = join(import.meta.dir, "onload-double.c");
  const command = [compiler, ...C_FLAGS, "-fPIC", "-shared", "-fvisibility=hidden", source];
  const run = Bun.spawnSync([...command, "-o", fresh], { stdout: 2, stderr: 2 });
  if (run.exitCode !== 0) {
    console.error(`hairpin: the C compiler failed (${compiler}, exit ${run.exitCode})`);
    return 1;
  }
  renameSync(fresh, ONLOAD_DOUBLE);
  return 0;
}

if (import.meta.main) process.exit(buildStandins());
