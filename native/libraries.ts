/** The shared objects that are built, and what goes into each. */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  DPDK_COMPILE,
  DPDK_LINK,
  DPDK_MORE_LINK,
  dpdkMissing,
  dpdkMoreMissing,
  dpdkVersion,
} from "./dpdk.ts";

const root = join(import.meta.dir, "..");

export interface Library {
  /** build/lib<name>.so */
  name: string;
  /** C sources: every .c of these folders, below native/. */
  folders: string[];
  /** Headers whose change means another build, below native/. */
  headers: string[];
  /** Further arguments of the compiler, in front of the sources and behind them. */
  compile?: string[];
  link?: string[];
  /** Why it cannot be built on this machine, or undefined; its file is empty then. */
  missing?: () => string | undefined;
  /** Of what it is linked with: another one means another build. */
  version?: () => string;
}

const HEADERS = ["include/hairpin.h", "src/internal.h", "src/frame.h"];

export const LIBRARIES: Library[] = [
  { name: "hairpin", folders: ["src"], headers: HEADERS },
  {
    name: "hairpin-dpdk",
    folders: ["dpdk"],
    headers: HEADERS,
    compile: DPDK_COMPILE,
    link: DPDK_LINK,
    missing: dpdkMissing,
    version: dpdkVersion,
  },
  {
    name: "hairpin-dpdk-more",
    folders: ["dpdk"],
    headers: HEADERS,
    compile: [...DPDK_COMPILE, "-DHP_DPDK_MORE"],
    link: DPDK_MORE_LINK,
    missing: dpdkMoreMissing,
    version: dpdkVersion,
  },
  { name: "hairpin-exanic", folders: ["exanic"], headers: HEADERS },
  {
    name: "hairpin-exanic-card",
    folders: ["standin/exanic"],
    headers: ["include/hairpin.h", "exanic/abi.h", "exanic/mailbox.h"],
    link: ["-pthread"],
  },
];

export function libraryFile(library: Library): string {
  return join(root, `build/lib${library.name}.so`);
}

/** The C sources of a library, sorted; none where its folder is not there. */
export async function sourcesOf(library: Library): Promise<string[]> {
  const out: string[] = [];
  for (const folder of library.folders) {
    const dir = join(root, "native", folder);
    if (!existsSync(dir)) continue;
    for (const name of await readdir(dir)) if (name.endsWith(".c")) out.push(join(dir, name));
  }
  return out.sort();
}

/** Headers of a library, those beside its sources too. */
export async function headersOf(library: Library): Promise<string[]> {
  const own: string[] = [];
  for (const folder of library.folders) {
    const dir = join(root, "native", folder);
    if (!existsSync(dir)) continue;
    for (const name of await readdir(dir)) if (name.endsWith(".h")) own.push(join(dir, name));
  }
  const shared = library.headers.map((path) => join(root, "native", path));
  return [...new Set([...shared, ...own])].sort();
}
