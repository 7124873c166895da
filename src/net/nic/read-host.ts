/** What the host has for packet drivers, from /sys, /proc and /dev below a root. */
import { CAPABILITIES, type Capability, type HostFacts, type HugePages } from "./facts.ts";
import type { SysFiles } from "./sys-files.ts";

const LIBRARY_FOLDERS = [
  "usr/lib64",
  "usr/lib",
  "usr/lib/x86_64-linux-gnu",
  "usr/local/lib64",
  "usr/local/lib",
  "lib64",
  "lib",
];

/** What build/libhairpin-dpdk-more.so is linked with, besides the C library. */
const DPDK_LIBRARIES = [
  "libibverbs.so.1",
  "libmlx5.so.1",
  "libpcap.so.0.8",
  "libxdp.so.1",
  "libbpf.so.1",
];

export function readHost(files: SysFiles, drivers: HostFacts["drivers"]): HostFacts {
  const groups = files.exists("sys/kernel/iommu_groups");
  const unsafe = files.text("sys/module/vfio/parameters/enable_unsafe_noiommu_mode");
  const protocols = files.text("proc/net/protocols");
  return {
    hugePages: hugePagesOf(files),
    iommuGroups: groups ? files.names("sys/kernel/iommu_groups").length : null,
    vfio: {
      isLoaded: files.exists("sys/module/vfio"),
      hasPci: files.exists("sys/bus/pci/drivers/vfio-pci"),
      allowsNoIommu: unsafe === undefined ? null : unsafe === "Y" || unsafe === "1",
      groups: files
        .names("dev/vfio")
        .filter((name) => name !== "vfio")
        .map((name) => ({ name, isWritable: files.isWritable(`dev/vfio/${name}`) })),
    },
    exanic: {
      isLoaded: files.exists("sys/module/exanic"),
      devices: files.names("dev").filter((name) => /^exanic\d+$/.test(name)),
    },
    onload: {
      isLoaded: files.exists("sys/module/onload"),
      library: libraryOf(files, ["libonload.so", "libonload.so.1"]),
    },
    dpdkMissing: DPDK_LIBRARIES.filter((name) => libraryOf(files, [name]) === null),
    // Each address family lists itself there by its name.
    hasXdp: protocols === undefined ? null : /^XDP\s/m.test(protocols),
    hasPacket: protocols === undefined ? null : /^PACKET\s/m.test(protocols),
    capabilities: capabilitiesOf(files),
    memlockBytes: memlockOf(files),
    drivers,
  };
}

function hugePagesOf(files: SysFiles): HugePages[] {
  const at = "sys/kernel/mm/hugepages";
  const sizes = files.names(at).flatMap((folder) => {
    const kib = /^hugepages-(\d+)kB$/.exec(folder)?.[1];
    const total = files.number(`${at}/${folder}/nr_hugepages`);
    const free = files.number(`${at}/${folder}/free_hugepages`);
    if (kib === undefined || total === undefined || free === undefined) return [];
    return [{ kib: Number(kib), total, free, freeByNode: freeByNode(files, folder) }];
  });
  return sizes.sort((a, b) => a.kib - b.kib);
}

/** By the number of the node; numbers may have holes, and those have none. */
function freeByNode(files: SysFiles, folder: string): number[] {
  const out: number[] = [];
  for (const name of files.names("sys/devices/system/node")) {
    const node = /^node(\d+)$/.exec(name)?.[1];
    if (node === undefined) continue;
    const path = `sys/devices/system/node/${name}/hugepages/${folder}/free_hugepages`;
    const free = files.number(path);
    if (free !== undefined) out[Number(node)] = free;
  }
  return Array.from(out, (free) => free ?? 0);
}

function libraryOf(files: SysFiles, names: readonly string[]): string | null {
  for (const folder of LIBRARY_FOLDERS)
    for (const name of names) if (files.exists(`${folder}/${name}`)) return `/${folder}/${name}`;
  return null;
}

function capabilitiesOf(files: SysFiles): HostFacts["capabilities"] {
  const hex = /^CapEff:\s*([0-9a-f]+)$/m.exec(files.text("proc/self/status") ?? "")?.[1];
  if (hex === undefined) return null;
  const bits = BigInt(`0x${hex}`);
  const names = Object.keys(CAPABILITIES) as Capability[];
  const has = (name: Capability) => ((bits >> BigInt(CAPABILITIES[name])) & 1n) === 1n;
  return Object.fromEntries(names.map((name) => [name, has(name)])) as Record<Capability, boolean>;
}

function memlockOf(files: SysFiles): number | null {
  const limits = files.text("proc/self/limits") ?? "";
  const soft = /^Max locked memory\s+(\w+)/m.exec(limits)?.[1];
  if (soft === undefined) return null;
  return soft === "unlimited" ? Number.POSITIVE_INFINITY : Number(soft);
}
