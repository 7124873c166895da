import { describe, expect, test } from "bun:test";
import { portsReport } from "../../../../src/cli/ports.ts";
import type { HostFacts } from "../../../../src/net/nic/facts.ts";
import type { NicAnswers, NicProbe } from "../../../../src/net/nic/probe.ts";
import { nicsText } from "../../../../src/observe/nic-view.ts";
import { styleFor } from "../../../../src/observe/style.ts";
import {
  cardPath,
  cardTree,
  GOOD_HOST,
  interfaceTree,
  sysTree,
  type Tree,
} from "../../../support/sys-tree.ts";

const INTEL = "0x8086";
const PCI = "0000:3b:00.0";
const DRIVERS: HostFacts["drivers"] = {
  packet: true,
  xdp: true,
  dpdk: true,
  "dpdk-more": true,
  exanic: true,
};
const SILENT: NicProbe = { query: () => undefined, ipv4: () => [] };
const NONE: NicAnswers = {
  driver: null,
  queues: null,
  queuesMax: null,
  ring: null,
  ringMax: null,
  xdp: null,
  xdpFeatures: null,
  stamps: null,
};

function report(tree: Tree, told: Partial<NicAnswers> = {}, drivers = DRIVERS) {
  using host = sysTree(GOOD_HOST, tree);
  const probe: NicProbe = { query: () => ({ ...NONE, ...told }), ipv4: () => ["10.1.2.3/24"] };
  return portsReport(host.root, probe, drivers);
}

/** The only NIC of a tree. */
function nicOf(...args: Parameters<typeof report>) {
  const { nics } = report(...args);
  expect(nics.length).toBe(1);
  return nics[0]!;
}

const IXGBE: Tree = {
  ...cardTree({ pci: PCI, vendor: INTEL, driver: "ixgbe", node: "1", group: "12" }),
  ...interfaceTree("eth1", cardPath(PCI)),
};
const NO_CAPS = { "proc/self/status": "CapEff:\t0000000000000000\n" };

describe("facts", () => {
  test("of a card with an interface", () => {
    expect(nicOf(IXGBE)).toMatchObject({
      name: "eth1",
      hasInterface: true,
      pci: PCI,
      vendor: 0x8086,
      device: 0x10fb,
      driver: "ixgbe",
      numaNode: 1,
      localCores: "0-7",
      iommuGroup: "12",
      groupMembers: [],
      mac: "52:54:00:00:00:01",
      ipv4: ["10.1.2.3/24"],
      isUp: true,
      hasLink: true,
      speedMbps: 10_000,
      mtu: 1500,
      queues: 2,
      stamps: null,
    });
  });

  test("a card bound to vfio-pci goes by its address", () => {
    const nic = nicOf(cardTree({ pci: PCI, vendor: INTEL, driver: "vfio-pci" }));
    expect(nic).toMatchObject({ name: PCI, hasInterface: false, driver: "vfio-pci", mac: null });
  });

  test("a card without a driver is listed, a disk is not", () => {
    const disk = cardTree({ pci: "0000:00:05.0", vendor: INTEL, class: "0x010802" });
    const nic = nicOf({ ...disk, ...cardTree({ pci: PCI, vendor: INTEL }) });
    expect(nic).toMatchObject({ name: PCI, driver: null });
  });

  test("a NUMA node of -1, a speed of -1 and a file that is not a number are not told", () => {
    const odd = {
      ...IXGBE,
      [`${cardPath(PCI)}/numa_node`]: "-1\n",
      "sys/class/net/eth1/speed": "-1\n",
      "sys/class/net/eth1/mtu": "many\n",
    };
    expect(nicOf(odd)).toMatchObject({ numaNode: null, speedMbps: null, mtu: null });
  });

  test("a virtio interface has the PCI card above its own bus", () => {
    const card = cardTree({ pci: PCI, vendor: "0x1af4", driver: "virtio-pci" });
    const at = `${cardPath(PCI)}/virtio2`;
    const bus = {
      [`${at}/features`]: "",
      "sys/bus/virtio/drivers/virtio_net/bind": "",
      [`${at}/driver`]: { link: "/sys/bus/virtio/drivers/virtio_net" },
    };
    const nic = nicOf({ ...card, ...bus, ...interfaceTree("eth0", at) });
    expect(nic).toMatchObject({ name: "eth0", pci: PCI, vendor: 0x1af4, driver: "virtio_net" });
  });

  test("interfaces without a card, and a bond's port", () => {
    const bond = { ...interfaceTree("bond0"), "sys/class/net/bonding_masters": "bond0\n" };
    const veth = {
      ...interfaceTree("veth0"),
      "sys/class/net/veth0/master": { link: "/sys/class/net/bond0" },
    };
    const { nics } = report({ ...bond, ...veth }, { driver: "veth" });
    expect(nics.map((n) => [n.name, n.pci, n.driver, n.master])).toEqual([
      ["bond0", null, "veth", null],
      ["veth0", null, "veth", "bond0"],
    ]);
  });

  test("an interface that vanishes while it is looked at is left out", () => {
    const gone = { "sys/class/net/eth9": { link: "/sys/devices/virtual/net/eth9" } };
    expect(nicOf({ ...IXGBE, ...gone }).name).toBe("eth1");
  });

  test("files that can't be read are not told", () => {
    const closed: Tree = { ...IXGBE };
    for (const file of ["flags", "type", "carrier", "address", "speed"]) {
      delete closed[`sys/class/net/eth1/${file}`];
      // A folder in the place of a file: reading it fails for root, too.
      closed[`sys/class/net/eth1/${file}/x`] = "";
    }
    const nic = nicOf(closed);
    expect(nic).toMatchObject({
      isUp: null,
      hasLink: null,
      mac: null,
      speedMbps: null,
      type: null,
    });
    expect(nic.uses.packet).toEqual({ usable: null, text: "up or down: not told" });
  });

  test("an empty root tells nothing, and what is told says so", () => {
    using host = sysTree({});
    const { host: facts, nics } = portsReport(host.root, SILENT, DRIVERS);
    expect(nics).toEqual([]);
    expect(facts).toMatchObject({
      hugePages: [],
      iommuGroups: null,
      hasXdp: null,
      capabilities: null,
      memlockBytes: null,
    });
    const text = nicsText(facts, nics, styleFor(false));
    expect(text).toMatch(/^capabilities +not told$/m);
    expect(text).toContain("no network interfaces");
  });

  test("of a host", () => {
    const more = {
      "dev/exanic0": "",
      "dev/vfio/7": "",
      "sys/module/exanic/refcnt": "",
      "usr/lib64/libonload.so": "",
      "sys/kernel/iommu_groups/7/devices/x": "",
    };
    expect(report(more).host).toMatchObject({
      hugePages: [{ kib: 2048, total: 512, free: 500, freeByNode: [500, 0] }],
      iommuGroups: 1,
      vfio: { isLoaded: true, hasPci: true, allowsNoIommu: false, groups: [{ name: "7" }] },
      exanic: { isLoaded: true, devices: ["exanic0"] },
      onload: { isLoaded: false, library: "/usr/lib64/libonload.so" },
      hasXdp: true,
      capabilities: { CAP_NET_RAW: true, CAP_BPF: true },
      memlockBytes: Number.POSITIVE_INFINITY,
    });
  });
});

describe("what each driver could make of it", () => {
  const features = (runs: boolean, redirects: boolean, zeroCopy: boolean) => ({
    xdpFeatures: { runs, redirects, zeroCopy },
  });
  const down = { ...IXGBE, "sys/class/net/eth1/flags": "0x1002\n" };
  const attached = { xdp: { attached: "driver", program: 17 } } as const;
  const port = { "sys/class/net/eth1/master": { link: "/sys/class/net/br0" } };
  const bound = cardTree({ pci: PCI, vendor: INTEL, driver: "vfio-pci", node: "0", group: "12" });
  const ready = { ...bound, "dev/vfio/12": "" };
  const neighbour = (driver: string, kind?: string) =>
    cardTree({
      pci: "0000:3b:00.1",
      vendor: INTEL,
      driver,
      group: "12",
      class: kind ?? "0x010000",
    });
  const alone = cardTree({ pci: PCI, vendor: INTEL, driver: "vfio-pci" });
  const noPages = { "sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages": "0\n" };
  const unsafe = { "sys/module/vfio/parameters/enable_unsafe_noiommu_mode": "Y\n" };
  const exanic = {
    ...cardTree({ pci: PCI, vendor: "0x1ce4", driver: "exanic" }),
    ...interfaceTree("eth1", cardPath(PCI)),
  };
  const loaded = { ...exanic, "sys/module/exanic/refcnt": "" };
  const sfc = {
    ...cardTree({ pci: PCI, vendor: "0x1924", driver: "sfc" }),
    ...interfaceTree("eth1", cardPath(PCI)),
  };
  const mlx5 = cardTree({ pci: PCI, vendor: "0x15b3", driver: "mlx5_core" });
  const verbs = Object.fromEntries(
    ["libibverbs.so.1", "libmlx5.so.1", "libpcap.so.0.8", "libxdp.so.1", "libbpf.so.1"].map(
      (name) => [`usr/lib/x86_64-linux-gnu/${name}`, ""],
    ),
  );
  const onload = { "usr/lib64/libonload.so": "", "sys/module/onload/refcnt": "" };
  const rows: [string, Tree, Partial<NicAnswers>, string, boolean | null, string][] = [
    ["an interface that is up", IXGBE, {}, "socket", true, "10.1.2.3/24"],
    ["an interface that is down", down, {}, "socket", false, "down: `ip link set eth1 up`"],
    ["a bound card", bound, {}, "socket", false, "no interface: bound to vfio-pci"],
    ["an interface that is up", IXGBE, {}, "packet", true, "TPACKET_V2 ring"],
    ["no capabilities", { ...IXGBE, ...NO_CAPS }, {}, "packet", false, "needs CAP_NET_RAW"],
    [
      "a tunnel",
      { ...IXGBE, "sys/class/net/eth1/type": "65534\n" },
      {},
      "packet",
      false,
      "its frames are not Ethernet",
    ],
    [
      "a kernel without AF_XDP",
      { ...IXGBE, "proc/net/protocols": "protocol\nPACKET 1\n" },
      {},
      "xdp",
      false,
      "this kernel has no AF_XDP",
    ],
    [
      "no capabilities",
      { ...IXGBE, ...NO_CAPS },
      {},
      "xdp",
      false,
      "needs CAP_NET_RAW, CAP_NET_ADMIN, CAP_BPF",
    ],
    ["a driver with zero copy", IXGBE, features(true, true, true), "xdp", true, "zero copy"],
    ["a driver without", IXGBE, features(true, true, false), "xdp", true, "copy, native"],
    ["no native XDP", IXGBE, features(false, false, false), "xdp", true, "copy, generic only"],
    ["an old kernel", IXGBE, {}, "xdp", true, "not told by this kernel"],
    ["a program of others", IXGBE, attached, "xdp", false, "program 17 is attached (driver)"],
    ["a bridge's port", { ...IXGBE, ...port }, {}, "xdp", null, "a port of br0"],
    [
      "jumbo frames",
      { ...IXGBE, "sys/class/net/eth1/mtu": "9000\n" },
      features(true, true, true),
      "xdp",
      true,
      "an MTU of 9000",
    ],
    [
      "a card that the kernel drives",
      IXGBE,
      {},
      "dpdk",
      false,
      "driven by ixgbe; bind it to vfio-pci to use it, which takes 10.1.2.3/24 away",
    ],
    ["a bound card", ready, {}, "dpdk", true, "vfio-pci, 500 huge pages free"],
    ["vfio without its file", bound, {}, "dpdk", false, "there is no /dev/vfio/12"],
    [
      "a group that is shared",
      { ...ready, ...neighbour("ahci") },
      {},
      "dpdk",
      false,
      "IOMMU group 12 has 0000:3b:00.1 (ahci), too",
    ],
    [
      "a bridge in its group",
      { ...ready, ...neighbour("pcieport", "0x060400") },
      {},
      "dpdk",
      true,
      "",
    ],
    ["no IOMMU", alone, {}, "dpdk", false, "no IOMMU: boot with intel_iommu=on"],
    ["no IOMMU, allowed", { ...alone, ...unsafe }, {}, "dpdk", true, "500 huge pages free"],
    ["no huge pages", { ...ready, ...noPages }, {}, "dpdk", true, "without huge pages (0 free)"],
    [
      "neither pages nor IOMMU",
      { ...alone, ...unsafe, ...noPages },
      {},
      "dpdk",
      false,
      "no huge pages: 0 free",
    ],
    [
      "pages on the other node",
      { ...ready, [`${cardPath(PCI)}/numa_node`]: "1\n" },
      {},
      "dpdk",
      true,
      "no huge pages free on its NUMA node 1",
    ],
    [
      "a vendor nobody knows",
      cardTree({ pci: PCI, vendor: "0xabcd", driver: "vfio-pci" }),
      {},
      "dpdk",
      false,
      "no driver for cards of vendor 0xabcd",
    ],
    [
      "mlx5 without its library",
      mlx5,
      {},
      "dpdk",
      false,
      "libibverbs.so.1, libmlx5.so.1, libpcap.so.0.8, libxdp.so.1, libbpf.so.1 not found",
    ],
    ["mlx5", { ...mlx5, ...verbs }, {}, "dpdk", true, "mlx5_core, 500 huge pages free"],
    ["veth", interfaceTree("veth0"), {}, "dpdk", true, "net_af_packet0,iface=veth0"],
    ["another card", IXGBE, {}, "exanic", false, "not an ExaNIC"],
    ["no module", exanic, {}, "exanic", false, "the exanic kernel module is not loaded"],
    ["no device", loaded, {}, "exanic", false, "there is no /dev/exanicN"],
    ["a card", { ...loaded, "dev/exanic0": "" }, {}, "exanic", true, "eth1 or exanic0:PORT"],
    ["another card", IXGBE, {}, "onload", false, "not a Solarflare card; libonload.so not found"],
    ["no Onload", sfc, {}, "onload", false, "libonload.so not found; the onload kernel module"],
    ["Onload", { ...sfc, ...onload }, {}, "onload", true, "/usr/lib64/libonload.so"],
  ];
  for (const [what, tree, told, backend, usable, text] of rows) {
    test(`${backend}: ${what}`, () => {
      const nic = report(tree, told).nics.find((n) => n.pci === PCI) ?? report(tree, told).nics[0]!;
      const use = nic.uses[backend as keyof typeof nic.uses];
      expect(use.usable).toBe(usable);
      expect(use.text).toContain(text);
    });
  }

  test("a build without a driver says so", () => {
    const nic = nicOf(loaded, {}, { ...DRIVERS, dpdk: false, exanic: false });
    expect(nic.uses.dpdk).toEqual({ usable: false, text: "this build has no dpdk driver" });
    expect(nic.uses.exanic).toEqual({ usable: false, text: "this build has no exanic driver" });
  });
});

test("the text has a row and six answers for each NIC", () => {
  const stamps = { rx: true, tx: true, rxKernel: true, txKernel: true, clock: 0 };
  const { host, nics } = report(IXGBE, { stamps, queues: 4, queuesMax: 63 });
  const text = nicsText(host, nics, styleFor(false));
  expect(text).toMatch(/^eth1 +0000:3b:00\.0 +8086:10fb +ixgbe +1 +0-7 .*4 of 63 .*card rx tx$/m);
  expect(text).toMatch(/^huge pages +500 of 512 of 2 MiB free \(by node: 500, 0\)$/m);
  for (const backend of ["socket", "packet", "xdp", "dpdk", "exanic", "onload"])
    expect(text).toMatch(new RegExp(`^ {2}${backend} +(yes|no|open) `, "m"));
  expect(nicsText(host, nics, styleFor(true, {}))).toContain("\x1b[32myes");
});
