/**
 * What each backend could make of an interface or card, and why not. Only from facts: what decides
 * and is not told leaves the answer open.
 */
import type { HostFacts, NicFacts } from "./facts.ts";
import { dpdkUse, USER_DRIVERS } from "./usable-dpdk.ts";
import { maybe, no, type Use, yes } from "./use.ts";

export const BACKENDS = ["socket", "packet", "xdp", "dpdk", "exanic", "onload"] as const;
export type Backend = (typeof BACKENDS)[number];

/** ARPHRD_ETHER and ARPHRD_LOOPBACK of linux/if_arp.h: frames with Ethernet headers. */
const ETHERNET_TYPES = [1, 772];
const EXABLAZE = 0x1ce4;
const SOLARFLARE = 0x1924;
const XILINX = 0x10ee;
/** A page less the kernel's headroom and its info at the end: longer frames take several buffers. */
const XDP_MTU_MAX = 3498;

export function usesOf(nic: NicFacts, host: HostFacts): Record<Backend, Use> {
  return {
    socket: socketUse(nic),
    packet: packetUse(nic, host),
    xdp: xdpUse(nic, host),
    dpdk: dpdkUse(nic, host),
    exanic: exanicUse(nic, host),
    onload: onloadUse(nic, host),
  };
}

function socketUse(nic: NicFacts): Use {
  const missing = interfaceMissing(nic);
  if (missing !== undefined) return missing;
  if (nic.ipv4.length === 0)
    return no(`no IPv4 address: \`ip addr add ADDRESS/PREFIX dev ${nic.name}\``);
  return yes(nic.ipv4.join(", "));
}

function packetUse(nic: NicFacts, host: HostFacts): Use {
  const missing = interfaceMissing(nic) ?? etherMissing(nic);
  if (missing !== undefined) return missing;
  if (host.hasPacket === false) return no("this kernel has no AF_PACKET");
  if (host.capabilities === null) return maybe("capabilities: not told");
  if (!host.capabilities.CAP_NET_RAW) return no("needs CAP_NET_RAW: run as root, or `setcap`");
  return yes("TPACKET_V2 ring");
}

function xdpUse(nic: NicFacts, host: HostFacts): Use {
  const missing = interfaceMissing(nic) ?? etherMissing(nic);
  if (missing !== undefined) return missing;
  if (host.hasXdp === false) return no("this kernel has no AF_XDP (CONFIG_XDP_SOCKETS)");
  const caps = host.capabilities;
  if (caps !== null) {
    const lacking = [
      ...(caps.CAP_NET_RAW ? [] : ["CAP_NET_RAW"]),
      ...(caps.CAP_NET_ADMIN ? [] : ["CAP_NET_ADMIN"]),
      ...(caps.CAP_BPF || caps.CAP_SYS_ADMIN ? [] : ["CAP_BPF"]),
    ];
    if (lacking.length > 0) return no(`needs ${lacking.join(", ")}: run as root, or \`setcap\``);
  }
  if (nic.xdp !== null && nic.xdp.attached !== "none")
    return no(
      `program ${nic.xdp.program} is attached (${nic.xdp.attached}): \`ip link set ${nic.name} xdp off\``,
    );
  if (nic.master !== null) return maybe(`a port of ${nic.master}: its traffic would pass that by`);
  if (caps === null) return maybe("capabilities: not told");
  if (host.hasXdp === null) return maybe("AF_XDP in this kernel: not told");
  return xdpMode(nic);
}

function xdpMode(nic: NicFacts): Use {
  const features = nic.xdpFeatures;
  if (features === null) return yes("zero copy or copy: not told by this kernel");
  if (!features.runs || !features.redirects)
    return yes("copy, generic only: driver has no native XDP");
  if (nic.mtu !== null && nic.mtu > XDP_MTU_MAX)
    return yes(
      `copy, perhaps generic: an MTU of ${nic.mtu} is above ${XDP_MTU_MAX}, which most drivers refuse`,
    );
  return yes(
    features.zeroCopy ? "zero copy: driver has it" : "copy, native: driver has no zero copy",
  );
}

function exanicUse(nic: NicFacts, host: HostFacts): Use {
  if (nic.pci === null || (nic.vendor !== null && nic.vendor !== EXABLAZE))
    return no("not an ExaNIC");
  if (nic.vendor === null) return maybe("vendor: not told");
  if (!host.drivers.exanic) return no("this build has no exanic driver");
  if (!host.exanic.isLoaded) return no("the exanic kernel module is not loaded: `modprobe exanic`");
  const { devices } = host.exanic;
  if (devices.length === 0) return no("there is no /dev/exanicN");
  const ports = devices.map((name) => `${name}:PORT`);
  return yes((nic.hasInterface ? [nic.name, ...ports] : ports).join(" or "));
}

function onloadUse(nic: NicFacts, host: HostFacts): Use {
  const { isLoaded, library } = host.onload;
  const isCard = nic.driver === "sfc" || nic.vendor === SOLARFLARE;
  const why: string[] = [];
  if (nic.pci === null || (nic.vendor !== null && !isCard)) why.push(notSolarflare(nic));
  if (library === null) why.push("libonload.so not found");
  if (isCard && nic.driver !== "sfc") why.push(`driven by ${nic.driver ?? "nothing"}, not by sfc`);
  if (isCard && !isLoaded) why.push("the onload kernel module is not loaded");
  if (why.length > 0) return no(why.join("; "));
  if (nic.vendor === null) return maybe("vendor: not told");
  const missing = interfaceMissing(nic);
  return missing ?? yes(library!);
}

function notSolarflare(nic: NicFacts): string {
  return nic.vendor === XILINX ? "a Xilinx card without the sfc driver" : "not a Solarflare card";
}

function interfaceMissing(nic: NicFacts): Use | undefined {
  if (!nic.hasInterface) {
    if (nic.driver === null) return no("no driver, so no interface");
    if (USER_DRIVERS.includes(nic.driver))
      return no(`no interface: bound to ${nic.driver}; bind it to its kernel driver`);
    return no(`no interface here, though driven by ${nic.driver}: in another network namespace?`);
  }
  if (nic.isUp === false) return no(`down: \`ip link set ${nic.name} up\``);
  return nic.isUp === null ? maybe("up or down: not told") : undefined;
}

function etherMissing(nic: NicFacts): Use | undefined {
  if (nic.type === null) return maybe("kind of link: not told");
  return ETHERNET_TYPES.includes(nic.type) ? undefined : no("its frames are not Ethernet");
}
