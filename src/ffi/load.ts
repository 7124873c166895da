/**
 * Loads the shim. The compiled executable carries it: its bytes go into a sealed memfd and are
 * opened from there, since Bun's own way, a copy under /tmp, fails where /tmp is read-only or
 * noexec and loads a copy that somebody has changed.
 *
 * All threads of a process must share ONE copy (the clock and the handle tables live in it), so a
 * memfd made by another thread is found by its name under /proc/self/fd and opened again.
 * Load on the main thread before starting workers.
 */
import { dlopen, type FFITypeOrString, ptr, toArrayBuffer } from "bun:ffi";
import { readdirSync, readFileSync, readlinkSync, writeSync } from "node:fs";
import { cString } from "../core/c-string.ts";
import { HP_ABI_VERSION } from "./layout.ts";
import type { Shim } from "./shim.ts";
import { SIGNATURES } from "./symbols.ts";

const MEMFD_NAME = "libhairpin.so";
const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const F_ADD_SEALS = 1033;
const F_SEAL_ALL = 15;

const TYPES: Record<string, FFITypeOrString> = { i: "i32", d: "f64", p: "ptr" };

let loaded: Shim | undefined;

/**
 * The real shim; the same object on every call from one thread. Throws one clear sentence when it
 * is not built, not loadable, or of another ABI version.
 */
export function loadShim(): Shim {
  loaded ??= openShim(locate());
  return loaded;
}

/** True when build/libhairpin.so exists or is embedded. */
export function hasShim(): boolean {
  return find() !== undefined;
}

function find(): string | undefined {
  try {
    const { shimPath } = require("./embedded.ts") as { shimPath: string };
    return shimPath;
  } catch {
    return undefined;
  }
}

function locate(): string {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error(
      `hairpin runs on Linux x86-64 only, not on ${process.platform} ${process.arch}`,
    );
  const path = find();
  if (path === undefined)
    throw new Error("the shim is not built: run `bun run shim` (it needs a C compiler)");
  return path.startsWith("/$bunfs/") ? memfdPath(path) : path;
}

/** Puts the embedded bytes where dlopen can reach them without a file system. */
function memfdPath(embedded: string): string {
  for (const fd of readdirSync("/proc/self/fd")) {
    try {
      if (readlinkSync(`/proc/self/fd/${fd}`) === `/memfd:${MEMFD_NAME} (deleted)`)
        return `/proc/self/fd/${fd}`;
    } catch {
      // The listing's own descriptor, closed by now.
    }
  }
  const libc = dlopen("libc.so.6", {
    memfd_create: { args: ["ptr", "u32"], returns: "i32" },
    fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
  });
  const fd = libc.symbols.memfd_create(cString(MEMFD_NAME), MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) throw new Error("the shim can't be loaded: memfd_create failed");
  const bytes = readFileSync(embedded);
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
  libc.symbols.fcntl(fd, F_ADD_SEALS, F_SEAL_ALL);
  return `/proc/self/fd/${fd}`;
}

/** Opens a shared object as the shim. Throws when it cannot, or when its ABI is another. */
export function openShim(path: string): Shim {
  const table: Record<string, { args: FFITypeOrString[]; returns: FFITypeOrString }> = {};
  for (const [name, signature] of Object.entries(SIGNATURES)) {
    const types = [...signature].map((letter) => TYPES[letter]!);
    table[name] = { args: types.slice(0, -1), returns: types.at(-1)! };
  }
  checkAbi(path);
  const { symbols } = dlopen(path, table);
  const functions = symbols as unknown as Omit<Shim, "isFake" | "map" | "addressOf">;
  return {
    isFake: false,
    map: (addr, size) => toArrayBuffer(addr as never, 0, size),
    addressOf: (buffer) => Number(ptr(buffer)),
    ...functions,
  };
}

/** Before the rest of the table is bound: another version may lack some of it. */
function checkAbi(path: string): void {
  const { symbols } = dlopen(path, { hp_abi_version: { args: [], returns: "i32" } });
  const version = symbols.hp_abi_version();
  if (version !== HP_ABI_VERSION)
    throw new Error(
      `the shim has ABI version ${version} and this program needs ${HP_ABI_VERSION}: run \`bun run shim\``,
    );
}
