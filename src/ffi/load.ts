/** Loads the shim: from the compiled executable, or build/libhairpin.so when run from sources. */
import {
  addressOf,
  checkAbi,
  libraryPath,
  mapMemory,
  openSymbols,
  requireLinux,
} from "./library.ts";
import { loadDriver } from "./load-driver.ts";
import type { Shim } from "./shim.ts";
import { SIGNATURES } from "./symbols.ts";

const MEMFD_NAME = "libhairpin.so";

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
  requireLinux();
  const path = find();
  if (path === undefined)
    throw new Error("the shim is not built: run `bun run shim` (it needs a C compiler)");
  return libraryPath(MEMFD_NAME, path);
}

/** Opens a shared object as the shim. Throws when it cannot, or when its ABI is another. */
export function openShim(path: string): Shim {
  checkAbi(path, "hp_abi_version", "the shim");
  const symbols = openSymbols(path, SIGNATURES);
  const functions = symbols as unknown as Omit<Shim, "isFake" | "map" | "addressOf" | "driver">;
  return {
    isFake: false,
    map: mapMemory,
    addressOf,
    driver: (name, device) => loadDriver(name, path, device),
    ...functions,
  };
}
