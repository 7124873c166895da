/**
 * Shared objects. The compiled executable carries them: their bytes go into a sealed memfd and are
 * opened from there, since Bun's own way, a copy under /tmp, fails where /tmp is read-only or noexec
 * and loads a copy that somebody has changed.
 *
 * All threads of a process must share ONE copy of each (the clock and the handle tables live in it),
 * so a memfd made by another thread is found by its name under /proc/self/fd and opened again. Load on
 * the main thread before starting workers.
 */
import { dlopen, type FFITypeOrString, ptr, toArrayBuffer } from "bun:ffi";
import { readdirSync, readFileSync, readlinkSync, writeSync } from "node:fs";
import { cString } from "../core/c-string.ts";
import { HP_ABI_VERSION } from "./layout.ts";

const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const F_ADD_SEALS = 1033;
const F_SEAL_ALL = 15;

const TYPES: Record<string, FFITypeOrString> = { i: "i32", d: "f64", p: "ptr" };

/** Throws one clear sentence on another system or processor. */
export function requireLinux(): void {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error(
      `hairpin runs on Linux x86-64 only, not on ${process.platform} ${process.arch}`,
    );
}

/** `name`: of the memfd, one per shared object. `path`: embedded, or on disk, which is taken as it is. */
export function libraryPath(name: string, path: string): string {
  return path.startsWith("/$bunfs/") ? memfdPath(name, path) : path;
}

/** Binds the functions of a table of signatures (symbols.ts), each under its whole name. */
export function openSymbols(
  path: string,
  signatures: Record<string, string>,
): Record<string, (...args: number[]) => number> {
  const table: Record<string, { args: FFITypeOrString[]; returns: FFITypeOrString }> = {};
  for (const [name, signature] of Object.entries(signatures)) {
    const types = [...signature].map((letter) => TYPES[letter]!);
    table[name] = { args: types.slice(0, -1), returns: types.at(-1)! };
  }
  return dlopen(path, table).symbols as unknown as Record<string, (...args: number[]) => number>;
}

/** Before the rest of a table is bound: another version may lack some of it. */
export function checkAbi(path: string, symbol: string, what: string): void {
  const version = openSymbols(path, { [symbol]: "i" })[symbol]!();
  if (version !== HP_ABI_VERSION)
    throw new Error(
      `${what} has ABI version ${version} and this program needs ${HP_ABI_VERSION}: run \`bun run shim\``,
    );
}

/** Puts the embedded bytes where dlopen can reach them without a file system. */
function memfdPath(name: string, embedded: string): string {
  for (const fd of readdirSync("/proc/self/fd")) {
    try {
      if (readlinkSync(`/proc/self/fd/${fd}`) === `/memfd:${name} (deleted)`)
        return `/proc/self/fd/${fd}`;
    } catch {
      // The listing's own descriptor, closed by now.
    }
  }
  const libc = dlopen("libc.so.6", {
    memfd_create: { args: ["ptr", "u32"], returns: "i32" },
    fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
  });
  const fd = libc.symbols.memfd_create(cString(name), MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) throw new Error(`${name} can't be loaded: memfd_create failed`);
  const bytes = readFileSync(embedded);
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
  libc.symbols.fcntl(fd, F_ADD_SEALS, F_SEAL_ALL);
  return `/proc/self/fd/${fd}`;
}

/** Address of a buffer that does not move. */
export function addressOf(buffer: ArrayBuffer): number {
  return Number(ptr(buffer));
}

/** `size` bytes at an address as one ArrayBuffer. */
export function mapMemory(addr: number, size: number): ArrayBuffer {
  return toArrayBuffer(addr as never, 0, size);
}
