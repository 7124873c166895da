/** What DPDK could make of an interface or card. */
import type { HostFacts, NicFacts } from "./facts.ts";
import { maybe, no, type Use, yes } from "./use.ts";

/** Kernel drivers whose cards the drivers in our library know. */
const KERNEL_DRIVERS = [
  "e1000",
  "e1000e",
  "igb",
  "igc",
  "ixgbe",
  "ixgbevf",
  "i40e",
  "iavf",
  "ice",
  "ena",
  "sfc",
  "virtio_net",
  "virtio-pci",
  "vmxnet3",
];
/** Vendors of such cards: 8086 Intel, 1af4 virtio, 15ad VMware, 1d0f Amazon, 1924 and 10ee AMD. */
const VENDORS = [0x8086, 0x1af4, 0x15ad, 0x1d0f, 0x1924, 0x10ee];
const MELLANOX = 0x15b3;
const MLX5_PACKAGES = "libibverbs1 ibverbs-providers libpcap0.8 libxdp1 libbpf1";
/** What hands a card to a program. */
export const USER_DRIVERS = ["vfio-pci", "igb_uio", "uio_pci_generic"];

export function dpdkUse(nic: NicFacts, host: HostFacts): Use {
  if (!host.drivers.dpdk) return no("this build has no dpdk driver");
  if (nic.pci === null) return virtualUse(nic, host);
  if (nic.vendor === null) return maybe("vendor: not told");
  if (nic.vendor === MELLANOX) return mellanoxUse(nic, host);
  const isBound = nic.driver !== null && USER_DRIVERS.includes(nic.driver);
  if (!isBound) return unboundUse(nic);
  if (!VENDORS.includes(nic.vendor)) return no(`no driver for cards of vendor ${hex(nic.vendor)}`);
  return nic.driver === "vfio-pci" ? vfioUse(nic, host) : pagesUse(nic, host);
}

/** No card: the kernel's interface through DPDK, which is a test more than a gain. */
function virtualUse(nic: NicFacts, host: HostFacts): Use {
  if (nic.isUp === false) return no(`down: \`ip link set ${nic.name} up\``);
  if (nic.type !== 1 && nic.type !== 772) return no("no PCI card, and its frames are not Ethernet");
  if (host.capabilities === null) return maybe("capabilities: not told");
  if (!host.capabilities.CAP_NET_RAW) return no("no PCI card; a virtual device needs CAP_NET_RAW");
  return yes(`no PCI card; as a virtual device, net_af_packet0,iface=${nic.name}`);
}

/** The card stays with the kernel's driver, and both use it. */
function mellanoxUse(nic: NicFacts, host: HostFacts): Use {
  if (nic.driver !== "mlx5_core")
    return no("a Mellanox card needs the kernel's mlx5_core beside it: `modprobe mlx5_core`");
  if (!host.drivers["dpdk-more"]) return no("this build has no mlx5 driver");
  if (host.dpdkMissing.length > 0)
    return no(`${host.dpdkMissing.join(", ")} not found: \`apt install ${MLX5_PACKAGES}\``);
  return pagesUse(nic, host);
}

function unboundUse(nic: NicFacts): Use {
  const bind = "bind it to vfio-pci to use it";
  if (nic.driver === null) return no(`no driver; ${bind}`);
  const isKnown = KERNEL_DRIVERS.includes(nic.driver) || VENDORS.includes(nic.vendor ?? 0);
  if (!isKnown)
    return no(`driven by ${nic.driver}; no driver for cards of vendor ${hex(nic.vendor!)}`);
  const loses = nic.ipv4.length === 0 ? "" : `, which takes ${nic.ipv4.join(", ")} away`;
  return no(`driven by ${nic.driver}; ${bind}${loses}`);
}

function vfioUse(nic: NicFacts, host: HostFacts): Use {
  if (nic.iommuGroup === null) {
    if (host.vfio.allowsNoIommu === true) return pagesUse(nic, host);
    return no("no IOMMU: boot with intel_iommu=on or amd_iommu=on, or allow vfio without one");
  }
  const others = nic.groupMembers.filter((m) => m.driver !== null && m.driver !== "vfio-pci");
  if (others.length > 0) {
    const names = others.map((m) => `${m.pci} (${m.driver})`).join(", ");
    return no(`IOMMU group ${nic.iommuGroup} has ${names}, too: bind that to vfio-pci as well`);
  }
  const { groups } = host.vfio;
  const group = groups.find((g) => g.name.replace("noiommu-", "") === nic.iommuGroup);
  if (group === undefined)
    return no(`there is no /dev/vfio/${nic.iommuGroup}: \`modprobe vfio-pci\``);
  if (!group.isWritable) return no(`no right to /dev/vfio/${group.name}: run as root`);
  return pagesUse(nic, host);
}

/** Without huge pages there is a way only where an IOMMU translates, and it costs. */
function pagesUse(nic: NicFacts, host: HostFacts): Use {
  const free = host.hugePages.reduce((sum, p) => sum + p.free, 0);
  const node = nic.numaNode;
  const byNode = host.hugePages.map((p) =>
    node === null ? p.free : (p.freeByNode[node] ?? p.free),
  );
  if (free === 0 && nic.iommuGroup === null)
    return no("no huge pages: 0 free; `echo 64 > /proc/sys/vm/nr_hugepages`");
  if (free === 0)
    return yes("without huge pages (0 free): slower, with --no-huge or huge_pages = false");
  if (byNode.every((n) => n === 0)) return yes(`no huge pages free on its NUMA node ${node}`);
  return yes(`${nic.driver}, ${free} huge pages free`);
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(4, "0")}`;
}
