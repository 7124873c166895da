/** What is known about network interfaces, cards and their host. `null` everywhere: not told. */

/** What a card without an interface, or an interface without a card, has too. */
export interface NicFacts {
  /** Interface name; the PCI address where there is none. */
  name: string;
  /** False for a card that no network driver of the kernel has. */
  hasInterface: boolean;
  /** "0000:3b:00.0"; null = no PCI card behind it. */
  pci: string | null;
  /** PCI ids, e.g. 0x8086 and 0x10fb. */
  vendor: number | null;
  device: number | null;
  /** "ixgbe", "vfio-pci", "veth"; null = none, or not told. */
  driver: string | null;
  /** -1 as the kernel has it is null. */
  numaNode: number | null;
  /** Cores of its node: "0-15,32-47". */
  localCores: string | null;
  iommuGroup: string | null;
  /** Other functions of the IOMMU group, with their drivers. */
  groupMembers: { pci: string; driver: string | null }[];
  mac: string | null;
  /** "10.1.2.3/24" */
  ipv4: string[];
  /** IFF_UP of the interface. */
  isUp: boolean | null;
  /** Carrier. */
  hasLink: boolean | null;
  speedMbps: number | null;
  mtu: number | null;
  /** ARPHRD_* of linux/if_arp.h. */
  type: number | null;
  queues: number | null;
  queuesMax: number | null;
  ring: number | null;
  ringMax: number | null;
  /** Interface that it is a port of: a bond, a bridge. */
  master: string | null;
  xdp: XdpFacts | null;
  xdpFeatures: { runs: boolean; redirects: boolean; zeroCopy: boolean } | null;
  stamps: StampFacts | null;
}

export interface XdpFacts {
  attached: "none" | "driver" | "generic" | "card" | "several";
  /** Id of the program, 0 = none. */
  program: number;
}

export interface StampFacts {
  /** By the card. */
  rx: boolean;
  tx: boolean;
  rxKernel: boolean;
  txKernel: boolean;
  /** n of /dev/ptpn. */
  clock: number | null;
}

export interface HugePages {
  kib: number;
  total: number;
  free: number;
  /** Free ones of each NUMA node, by its number; empty when not told. */
  freeByNode: number[];
}

export interface HostFacts {
  hugePages: HugePages[];
  iommuGroups: number | null;
  vfio: {
    isLoaded: boolean;
    hasPci: boolean;
    allowsNoIommu: boolean | null;
    /** Below /dev/vfio: "12", "noiommu-0". */
    groups: { name: string; isWritable: boolean }[];
  };
  exanic: { isLoaded: boolean; devices: string[] };
  onload: { isLoaded: boolean; library: string | null };
  /** Libraries that DPDK's second object (mlx5, pcap, af_xdp) needs and that are not on this host. */
  dpdkMissing: string[];
  /** AF_XDP; null = not told. */
  hasXdp: boolean | null;
  hasPacket: boolean | null;
  /** Of this process; null = not told. */
  capabilities: Record<Capability, boolean> | null;
  /** Bytes that may be locked in memory; Infinity = no limit, null = not told. */
  memlockBytes: number | null;
  /** Drivers of this build. */
  drivers: Record<"packet" | "xdp" | "dpdk" | "dpdk-more" | "exanic", boolean>;
}

/** Bits of CapEff that the drivers need, linux/capability.h. */
export const CAPABILITIES = {
  CAP_NET_ADMIN: 12,
  CAP_NET_RAW: 13,
  CAP_IPC_LOCK: 14,
  CAP_SYS_ADMIN: 21,
  CAP_BPF: 39,
} as const;
export type Capability = keyof typeof CAPABILITIES;
