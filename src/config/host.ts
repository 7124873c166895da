/** What a config says about the machine is checked against the machine; tests hand in another. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { findLibrary } from "./library.ts";

export interface Host {
  /** "online", "offline", or "absent". */
  core(core: number): "online" | "offline" | "absent";
  /** True when the kernel gives a core no work of its own accord; undefined = it does not tell. */
  isIsolated(core: number): boolean | undefined;
  /** IPv4 address (host byte order) of an interface given by name or address; undefined = none. */
  interfaceAddress(nameOrAddress: string): number | undefined;
  /** Names and addresses there are, for the message. */
  interfaces(): string[];
  /** True for a network interface of that name, with or without an address. */
  hasInterface(name: string): boolean;
  /** Absolute path of a shared library, given by name or path; undefined = it is not there. */
  library(nameOrPath: string): string | undefined;
  /** Mode bits of a file, or undefined when it can't be read. */
  fileMode(path: string): number | undefined;
}

export const thisHost: Host = {
  core(core) {
    if (listHas(readText("/sys/devices/system/cpu/online"), core)) return "online";
    return listHas(readText("/sys/devices/system/cpu/present"), core) ? "offline" : "absent";
  },
  isIsolated(core) {
    const file = "/sys/devices/system/cpu/isolated";
    return existsSync(file) ? listHas(readText(file), core) : undefined;
  },
  interfaceAddress(nameOrAddress) {
    for (const [name, addresses] of Object.entries(networkInterfaces())) {
      for (const a of addresses ?? []) {
        if (a.family !== "IPv4") continue;
        if (name === nameOrAddress || a.address === nameOrAddress) return ipv4Number(a.address);
      }
    }
    // All of 127/8 is on the loopback interface, though only 127.0.0.1 is listed.
    return nameOrAddress.startsWith("127.") ? ipv4Number(nameOrAddress) : undefined;
  },
  interfaces() {
    const names: string[] = [];
    for (const [name, addresses] of Object.entries(networkInterfaces())) {
      for (const a of addresses ?? []) {
        if (a.family === "IPv4") names.push(`${name} (${a.address})`);
      }
    }
    return names;
  },
  hasInterface(name) {
    return /^[^/]+$/.test(name) && existsSync(`/sys/class/net/${name}`);
  },
  library: findLibrary,
  fileMode(path) {
    try {
      return existsSync(path) ? statSync(path).mode & 0o777 : undefined;
    } catch {
      return undefined;
    }
  },
};

/** "127.0.0.1" to 0x7f000001. */
export function ipv4Number(address: string): number {
  let value = 0;
  for (const part of address.split(".")) value = value * 256 + Number(part);
  return value;
}

/** True when a kernel list such as "0-3,8" holds `core`. */
export function listHas(list: string, core: number): boolean {
  for (const part of list.trim().split(",")) {
    const [first, last] = part.split("-");
    if (first === undefined || first === "") continue;
    if (core >= Number(first) && core <= Number(last ?? first)) return true;
  }
  return false;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
