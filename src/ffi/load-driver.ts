/** Packet backends from their shared objects, each loaded when it is first asked for. */
import { statSync } from "node:fs";
import { checkAbi, libraryPath, openSymbols } from "./library.ts";
import {
  PORT_SIGNATURES,
  type PortDriver,
  type PortDriverName,
  type PortSymbols,
  portDriver,
} from "./port-driver.ts";

const loaded = new Map<PortDriverName, PortDriver>();

/**
 * `corePath`: the shim's own shared object, as opened. Throws one clear sentence when this build lacks
 * the backend, or has it in another version.
 */
export function loadDriver(name: PortDriverName, corePath: string): PortDriver {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const path = pathOf(name, corePath);
  const signatures = Object.fromEntries(
    Object.entries(PORT_SIGNATURES).map(([end, signature]) => [`hp_${name}_${end}`, signature]),
  );
  const symbols = openSymbols(path, signatures);
  const short = Object.fromEntries(
    Object.keys(PORT_SIGNATURES).map((end) => [end, symbols[`hp_${name}_${end}`]]),
  );
  const driver = portDriver(name, short as PortSymbols);
  loaded.set(name, driver);
  return driver;
}

/** True when this build carries the backend; whether it can be used here is another matter. */
export function hasDriver(name: PortDriverName): boolean {
  if (name === "packet" || name === "xdp") return true;
  const path = name === "dpdk" ? embeddedDpdk() : embeddedExanic();
  return path !== undefined && statSync(path).size > 0;
}

function pathOf(name: PortDriverName, corePath: string): string {
  switch (name) {
    case "packet":
    case "xdp":
      return corePath;
    case "dpdk":
      return ownLibrary(name, embeddedDpdk(), "build it where Debian's libdpdk-dev is installed");
    case "exanic":
      return exanicLibrary();
  }
}

/** The ExaNIC backend's shared object, ready to open; throws as loadDriver does. */
export function exanicLibrary(): string {
  return ownLibrary("exanic", embeddedExanic(), "run `bun run shim`");
}

function ownLibrary(name: PortDriverName, embedded: string | undefined, remedy: string): string {
  if (embedded === undefined || statSync(embedded).size === 0)
    throw new Error(`this build has no ${name} driver: ${remedy}`);
  const path = libraryPath(`libhairpin-${name}.so`, embedded);
  checkAbi(path, `hp_${name}_abi_version`, `the ${name} driver`);
  return path;
}

function embeddedDpdk(): string | undefined {
  try {
    return (require("./embedded-dpdk.ts") as { dpdkPath: string }).dpdkPath;
  } catch {
    return undefined;
  }
}

function embeddedExanic(): string | undefined {
  try {
    return (require("./embedded-exanic.ts") as { exanicPath: string }).exanicPath;
  } catch {
    return undefined;
  }
}
