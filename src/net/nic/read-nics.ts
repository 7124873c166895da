/** Network interfaces and PCI network cards, from /sys below a root. */
import type { NicFacts } from "./facts.ts";
import type { NicProbe } from "./probe.ts";
import type { SysFiles } from "./sys-files.ts";

const NET = "sys/class/net";
const PCI = "sys/bus/pci/devices";
const PCI_ADDRESS = /^[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/;
/** PCI base class: network controllers; InfiniBand is 0x0207 of them. */
const CLASS_NETWORK = 2;
/** Bridges, which share a group without being anybody's. */
const CLASS_BRIDGE = 6;
const IFF_UP = 1;

/** Interfaces by name, then cards without one by address. An interface that vanishes is left out. */
export function readNics(files: SysFiles, probe: NicProbe): NicFacts[] {
  const nics: NicFacts[] = [];
  for (const name of files.names(NET)) {
    // /sys/class/net also holds bonding_masters, a plain file.
    if (files.number(`${NET}/${name}/ifindex`) === undefined) continue;
    nics.push(readInterface(files, probe, name));
  }
  const known = new Set(nics.map((nic) => nic.pci));
  for (const pci of files.names(PCI)) {
    const isNetwork = (files.number(`${PCI}/${pci}/class`) ?? 0) >>> 16 === CLASS_NETWORK;
    if (isNetwork && !known.has(pci)) nics.push({ ...nothing(pci), ...readCard(files, pci) });
  }
  return nics;
}

function readInterface(files: SysFiles, probe: NicProbe, name: string): NicFacts {
  const at = `${NET}/${name}`;
  const pci = pciOf(files.realPath(`${at}/device`));
  const told = probe.query(name);
  const card = pci === undefined ? {} : readCard(files, pci);
  const flags = files.number(`${at}/flags`);
  const speed = files.number(`${at}/speed`);
  const carrier = files.number(`${at}/carrier`);
  return {
    ...nothing(name),
    ...card,
    hasInterface: true,
    driver: files.linkName(`${at}/device/driver`) ?? (told?.driver || null),
    mac: files.text(`${at}/address`) || null,
    ipv4: probe.ipv4(name),
    isUp: flags === undefined ? null : (flags & IFF_UP) !== 0,
    // Reading the carrier of an interface that is down is an error.
    hasLink: carrier === undefined ? null : carrier === 1,
    speedMbps: speed !== undefined && speed > 0 && speed < 0xffffffff ? speed : null,
    mtu: files.number(`${at}/mtu`) ?? null,
    type: files.number(`${at}/type`) ?? null,
    queues: told?.queues ?? queuesOf(files, at),
    queuesMax: told?.queuesMax ?? null,
    ring: told?.ring ?? null,
    ringMax: told?.ringMax ?? null,
    master: files.linkName(`${at}/master`) ?? null,
    xdp: told?.xdp ?? null,
    xdpFeatures: told?.xdpFeatures ?? null,
    stamps: told?.stamps ?? null,
  };
}

/** What the PCI device tells. */
function readCard(files: SysFiles, pci: string): Partial<NicFacts> {
  const at = `${PCI}/${pci}`;
  const node = files.number(`${at}/numa_node`);
  const group = files.linkName(`${at}/iommu_group`) ?? null;
  return {
    pci,
    vendor: files.number(`${at}/vendor`) ?? null,
    device: files.number(`${at}/device`) ?? null,
    driver: files.linkName(`${at}/driver`) ?? null,
    numaNode: node === undefined || node < 0 ? null : node,
    localCores: files.text(`${at}/local_cpulist`) || null,
    iommuGroup: group,
    groupMembers: group === null ? [] : membersOf(files, group, pci),
  };
}

function membersOf(files: SysFiles, group: string, self: string): NicFacts["groupMembers"] {
  const members = files.names(`sys/kernel/iommu_groups/${group}/devices`);
  return members
    .filter((pci) => pci !== self)
    .filter((pci) => (files.number(`${PCI}/${pci}/class`) ?? 0) >>> 16 !== CLASS_BRIDGE)
    .map((pci) => ({ pci, driver: files.linkName(`${PCI}/${pci}/driver`) ?? null }));
}

/** The last PCI address on the way to a device: virtio has a bus of its own below it. */
function pciOf(path: string | undefined): string | undefined {
  return path?.split("/").findLast((part) => PCI_ADDRESS.test(part));
}

function queuesOf(files: SysFiles, at: string): number | null {
  const count = files.names(`${at}/queues`).filter((name) => name.startsWith("rx-")).length;
  return count === 0 ? null : count;
}

function nothing(name: string): NicFacts {
  return {
    name,
    hasInterface: false,
    pci: null,
    vendor: null,
    device: null,
    driver: null,
    numaNode: null,
    localCores: null,
    iommuGroup: null,
    groupMembers: [],
    mac: null,
    ipv4: [],
    isUp: null,
    hasLink: null,
    speedMbps: null,
    mtu: null,
    type: null,
    queues: null,
    queuesMax: null,
    ring: null,
    ringMax: null,
    master: null,
    xdp: null,
    xdpFeatures: null,
    stamps: null,
  };
}
