import { z } from "zod";
import { choice, flag, ipv4, name, text, whole } from "./field.ts";

const CIDR = /^(\d{1,3}\.){3}\d{1,3}\/([1-9]|[12]\d|3[0-2])$/;

/** [[port]] */
export const portSchema = z.strictObject({
  name: name("Name that lines of feeds give as their interface."),
  driver: choice(
    '"packet": AF_PACKET ring, on any interface. "xdp": AF_XDP. "dpdk": the card is taken from the kernel, or a DPDK virtual device. "exanic": Cisco Nexus SmartNIC (ExaNIC). "exanic-sim": a software card of the simulator\'s.',
    ["packet", "xdp", "dpdk", "exanic", "exanic-sim"],
  ),
  device: text("The device, as its driver names it.", {
    max: 180,
    allowed:
      'packet and xdp: an interface, "eth1"; dpdk: an interface, a PCI address, "0000:03:00.0", or a virtual device, "net_af_packet0,iface=eth1"; exanic: "exanic0:1" or an interface',
  }),
  address: text("Our IPv4 address and network on it. Absent: those of the interface.", {
    pattern: CIDR,
    allowed: 'an address with its prefix, e.g. "10.1.2.3/24"',
  }).optional(),
  gateway: ipv4("Next hop of what we send to other networks.").optional(),
  vlan: whole("VLAN id of what we send: joins, ARP, datagrams. Absent: untagged.", {
    min: 1,
    max: 4094,
  }).optional(),
  frame_bytes: whole("Longest frame kept, with headers and tags.", {
    min: 128,
    max: 16_384,
    unit: "bytes",
  }).default(2048),
  frames: whole(
    "Frames of the receive ring, a power of two; dpdk: up to 32768, exanic: the card's own. Absent: the driver's choice.",
    { min: 64, max: 65_536 },
  ).optional(),
  checksum: choice(
    '"verify": a UDP checksum that the card has not checked is checked by us. "card": what the card does not reject is taken.',
    ["verify", "card"],
  ).default("verify"),
  on_link_down: choice(
    '"stale": a feed of which no line is left is stale at once, and stays so until the link is back and a packet comes. "ignore": it is stale after stale_ms; for drivers that do not know their link.',
    ["stale", "ignore"],
  ).default("stale"),
  join: flag("Joins the groups of its lines (IGMP).").default(true),
  promiscuous: flag("Takes frames for other addresses into account, too.").default(false),
  first_queue: whole(
    "Receive queue to read, with xdp: the card has to bring the lines there. The other drivers read all.",
    { max: 255 },
  ).default(0),
  xdp: z
    .strictObject({
      mode: choice('"auto": zero copy where the driver has it. "copy": never.', [
        "auto",
        "copy",
      ]).default("auto"),
      attach: choice('"auto": in the driver where it can. "generic": in the kernel\'s stack.', [
        "auto",
        "generic",
      ]).default("auto"),
    })
    .prefault({})
    .meta({ description: "Of the xdp driver." }),
  dpdk: z
    .strictObject({
      huge_pages: flag("Memory in huge pages. Without them every frame costs more.").default(true),
      memory_mib: whole(
        "Memory of all DPDK ports of an engine process, the same in each of them.",
        {
          min: 16,
          max: 1 << 20,
          unit: "MiB",
        },
      ).default(128),
      eal: text('Further arguments for DPDK\'s start, e.g. "--log-level=pmd.net.ixgbe:debug".', {
        max: 180,
      }).optional(),
    })
    .prefault({})
    .meta({ description: "Of the dpdk driver." }),
  exanic: z
    .strictObject({
      steer: flag(
        "The card puts our lines into a ring of ours. Without: we look through the port's ring.",
      ).default(true),
    })
    .prefault({})
    .meta({ description: "Of the exanic drivers." }),
});
