/**
 * What the contract suites run against. The fake always; kernel sockets
 * and native rings when HAIRPIN_SHIM=real and the shim is built.
 */
import { readdirSync } from "node:fs";
import { Arena } from "../../src/core/arena.ts";
import { fakeShim } from "../../src/ffi/fake.ts";
import { hasShim, loadShim } from "../../src/ffi/load.ts";
import type { Shim } from "../../src/ffi/shim.ts";

/** A shim with how to count the descriptors that it holds open. */
export interface ShimUnderTest {
  name: string;
  shim: Shim;
  openFiles(): number;
}

const isRealWanted = process.env["HAIRPIN_SHIM"] === "real";

/** Why the real backends do not run, or undefined when they do. */
export const REAL_SKIPPED = !isRealWanted
  ? "HAIRPIN_SHIM is not real"
  : hasShim()
    ? undefined
    : "build/libhairpin.so is not built";

/** In CI, asking for the real shim and not having it is a failure. */
export const REAL_IS_MISSING =
  isRealWanted && REAL_SKIPPED !== undefined && process.env["CI"] === "true";

/** The double of libonload is preloaded in this process (test/runner/parts.ts does so). */
const isOnloadWanted = (process.env["LD_PRELOAD"] ?? "").includes("onload-double");

/** Why streams over the double do not run, or undefined when they do. */
export const ONLOAD_SKIPPED = isOnloadWanted
  ? REAL_SKIPPED
  : "the double of libonload is not preloaded";

export function fake(): ShimUnderTest & { shim: ReturnType<typeof fakeShim> } {
  const shim = fakeShim();
  return { name: "fake", shim, openFiles: () => shim.network.files.size };
}

export function real(): ShimUnderTest {
  return { name: "real", shim: loadShim(), openFiles: () => readdirSync("/proc/self/fd").length };
}

/** Runs `use` with an arena that is freed afterwards, whatever happens. */
export async function withArena<T>(
  shim: Shim,
  bytes: number,
  use: (arena: Arena) => T | Promise<T>,
): Promise<T> {
  const arena = Arena.alloc(shim, bytes);
  try {
    return await use(arena);
  } finally {
    arena.free();
  }
}

/** Waits until `done` gives something other than undefined; throws after 5 s. */
export async function until<T>(done: () => T | undefined, what: string): Promise<T> {
  const end = performance.now() + 5000;
  for (;;) {
    const value = done();
    if (value !== undefined) return value;
    if (performance.now() > end) throw new Error(`waited 5 s for ${what}`);
    await Bun.sleep(0);
  }
}
