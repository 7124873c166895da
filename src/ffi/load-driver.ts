/** Packet backends from their shared objects, each loaded when it is first asked for. */
import { readFileSync, statSync } from "node:fs";
import { HP_DPDK_MORE_HANDLE, HP_EINVAL } from "./layout.ts";
import { checkAbi, libraryPath, openSymbols } from "./library.ts";
import {
  PORT_SIGNATURES,
  type PortDriver,
  type PortDriverName,
  type PortSymbols,
  portDriver,
} from "./port-driver.ts";

/** A shared object that backends come from. */
export type ObjectName = "core" | "dpdk" | "dpdk-more" | "exanic";

const loaded = new Map<string, PortDriver>();

/**
 * `corePath`: the shim's own shared object, as opened. `device`: the one to be opened, which says where
 * the driver of its card is; absent: for handles that are open already. Throws one clear sentence when
 * this build lacks the backend, or has it in another version.
 */
export function loadDriver(name: PortDriverName, corePath: string, device?: string): PortDriver {
  if (name === "packet" || name === "xdp") return fromObject(name, "core", corePath);
  if (name === "exanic") return fromObject(name, "exanic", corePath);
  if (device === undefined) return dpdkByHandle(corePath);
  return fromObject(name, needsHostLibraries(device) ? "dpdk-more" : "dpdk", corePath);
}

/** True for devices whose DPDK driver needs libraries that this host must have. */
export function needsHostLibraries(device: string): boolean {
  if (/^net_(mlx5|pcap|af_xdp)/.test(device)) return true;
  if (device.startsWith("net_") || device.includes("/")) return false;
  return vendorOf(device) === MELLANOX;
}

const MELLANOX = "0x15b3";

function vendorOf(device: string): string {
  for (const folder of [`/sys/bus/pci/devices/${device}`, `/sys/class/net/${device}/device`]) {
    try {
      return readFileSync(`${folder}/vendor`, "utf8").trim();
    } catch {
      // Not known by that name.
    }
  }
  return "";
}

/** Both objects of DPDK have handles of their own range. */
function dpdkByHandle(corePath: string): PortDriver {
  const known = loaded.get("dpdk by handle");
  if (known !== undefined) return known;
  const of = (handle: number) =>
    fromObject("dpdk", handle < HP_DPDK_MORE_HANDLE ? "dpdk" : "dpdk-more", corePath);
  const driver: PortDriver = {
    name: "dpdk",
    open: () => HP_EINVAL,
    rxBurst: (port) => of(port).rxBurst(port),
    rxRelease: (port) => of(port).rxRelease(port),
    txFlow: (port, flow) => of(port).txFlow(port, flow),
    tx: (port, flow, offset, length) => of(port).tx(port, flow, offset, length),
    txStamp: (port) => of(port).txStamp(port),
    refresh: (port) => of(port).refresh(port),
    close: (port) => of(port).close(port),
  };
  loaded.set("dpdk by handle", driver);
  return driver;
}

function fromObject(name: PortDriverName, object: ObjectName, corePath: string): PortDriver {
  const key = `${name} from ${object}`;
  const known = loaded.get(key);
  if (known !== undefined) return known;
  const path = object === "core" ? corePath : ownLibrary(name, object);
  const signatures = Object.fromEntries(
    Object.entries(PORT_SIGNATURES).map(([end, signature]) => [`hp_${name}_${end}`, signature]),
  );
  const symbols = openSymbols(path, signatures);
  const short = Object.fromEntries(
    Object.keys(PORT_SIGNATURES).map((end) => [end, symbols[`hp_${name}_${end}`]]),
  );
  const driver = portDriver(name, short as PortSymbols);
  loaded.set(key, driver);
  return driver;
}

const REMEDIES: Record<Exclude<ObjectName, "core">, string> = {
  dpdk: "build it where Debian's libdpdk-dev is installed",
  "dpdk-more": "build it where Debian's libdpdk-dev is installed",
  exanic: "run `bun run shim`",
};

/** True when this build carries that object; whether it can be used here is another matter. */
export function hasObject(object: ObjectName): boolean {
  if (object === "core") return true;
  const path = embeddedPath(object);
  return path !== undefined && statSync(path).size > 0;
}

/** The ExaNIC backend's shared object, ready to open; throws as loadDriver does. */
export function exanicLibrary(): string {
  return ownLibrary("exanic", "exanic");
}

function ownLibrary(name: PortDriverName, object: Exclude<ObjectName, "core">): string {
  const embedded = embeddedPath(object);
  if (embedded === undefined || statSync(embedded).size === 0)
    throw new Error(`this build has no ${name} driver: ${REMEDIES[object]}`);
  const path = libraryPath(`libhairpin-${object}.so`, embedded);
  if (object === "dpdk-more") requireHostLibraries(path);
  checkAbi(path, `hp_${name}_abi_version`, `the ${name} driver`);
  return path;
}

/** Its own sentence: what dlopen says names one library of several. */
function requireHostLibraries(path: string): void {
  try {
    openSymbols(path, { hp_dpdk_abi_version: "i" });
  } catch (error) {
    throw new Error(
      `DPDK's mlx5, pcap and af_xdp drivers need libraries of this host: apt install libibverbs1 ibverbs-providers libpcap0.8 libxdp1 libbpf1 (${(error as Error).message})`,
    );
  }
}

/** Alone in their modules, so that one that is not built yet can be told apart. */
function embeddedPath(object: Exclude<ObjectName, "core">): string | undefined {
  try {
    switch (object) {
      case "dpdk":
        return (require("./embedded-dpdk.ts") as { dpdkPath: string }).dpdkPath;
      case "dpdk-more":
        return (require("./embedded-dpdk-more.ts") as { dpdkMorePath: string }).dpdkMorePath;
      case "exanic":
        return (require("./embedded-exanic.ts") as { exanicPath: string }).exanicPath;
    }
  } catch {
    return undefined;
  }
}
