/** A folder that looks like a host's /sys, /proc and /dev, from a list of what is in it. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Text of a file, or where a link points to: from the root of the tree when it begins with "/". */
export type Tree = Record<string, string | { link: string }>;

export interface SysTree {
  root: string;
  [Symbol.dispose](): void;
}

export function sysTree(...trees: Tree[]): SysTree {
  const root = mkdtempSync(join(tmpdir(), "hairpin-sys-"));
  for (const [path, what] of Object.entries(Object.assign({}, ...trees) as Tree)) {
    const at = join(root, path);
    mkdirSync(dirname(at), { recursive: true });
    if (typeof what === "string") writeFileSync(at, what);
    else symlinkSync(what.link.startsWith("/") ? join(root, what.link) : what.link, at);
  }
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}

/** An interface that is up, Ethernet, of 10 Gb/s. */
export function interfaceTree(name: string, card?: string): Tree {
  const at = `sys/class/net/${name}`;
  return {
    [`${at}/ifindex`]: "4\n",
    [`${at}/flags`]: "0x1003\n",
    [`${at}/type`]: "1\n",
    [`${at}/mtu`]: "1500\n",
    [`${at}/address`]: "52:54:00:00:00:01\n",
    [`${at}/carrier`]: "1\n",
    [`${at}/speed`]: "10000\n",
    [`${at}/queues/rx-0/rps_cpus`]: "0\n",
    [`${at}/queues/rx-1/rps_cpus`]: "0\n",
    [`${at}/queues/tx-0/xps_cpus`]: "0\n",
    ...(card === undefined ? {} : { [`${at}/device`]: { link: `/${card}` } }),
  };
}

export interface Card {
  pci: string;
  vendor: string;
  device?: string;
  driver?: string;
  node?: string;
  group?: string;
  class?: string;
}

/** Where the device of a card is. */
export function cardPath(pci: string): string {
  return `sys/devices/pci0000:00/0000:00:01.0/${pci}`;
}

export function cardTree(c: Card): Tree {
  const at = cardPath(c.pci);
  const driver = `sys/bus/pci/drivers/${c.driver}`;
  return {
    [`${at}/class`]: `${c.class ?? "0x020000"}\n`,
    [`${at}/vendor`]: `${c.vendor}\n`,
    [`${at}/device`]: `${c.device ?? "0x10fb"}\n`,
    [`${at}/numa_node`]: `${c.node ?? "-1"}\n`,
    [`${at}/local_cpulist`]: "0-7\n",
    [`sys/bus/pci/devices/${c.pci}`]: { link: `/${at}` },
    ...(c.driver === undefined
      ? {}
      : { [`${driver}/new_id`]: "", [`${at}/driver`]: { link: `/${driver}` } }),
    ...(c.group === undefined
      ? {}
      : {
          [`${at}/iommu_group`]: { link: `/sys/kernel/iommu_groups/${c.group}` },
          [`sys/kernel/iommu_groups/${c.group}/devices/${c.pci}`]: { link: `/${at}` },
        }),
  };
}

/** A host that lacks nothing. */
export const GOOD_HOST: Tree = {
  "proc/self/status": "Name:\thairpin\nCapEff:\t000001ffffffffff\n",
  "proc/self/limits":
    "Limit Soft Hard Units\nMax locked memory         unlimited            unlimited            bytes\n",
  "proc/net/protocols": "protocol  size\nPACKET    1600\nXDP       1088\n",
  "sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages": "512\n",
  "sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages": "500\n",
  "sys/devices/system/node/node0/hugepages/hugepages-2048kB/free_hugepages": "500\n",
  "sys/devices/system/node/node1/hugepages/hugepages-2048kB/free_hugepages": "0\n",
  "sys/module/vfio/parameters/enable_unsafe_noiommu_mode": "N\n",
  "sys/bus/pci/drivers/vfio-pci/new_id": "",
  "dev/vfio/vfio": "",
};
