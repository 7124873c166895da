/**
 * How the DPDK backend is built: Debian's static librte_*.a, which are position independent, inside one
 * shared object that needs libc and libm alone. `dpdk-more` has what cannot be had that way: drivers
 * that need libraries of the host (mlx5, AF_XDP, pcap).
 */
import { existsSync, statSync } from "node:fs";

const HEADERS = "/usr/include/dpdk";
const ARCHIVES = "/usr/lib/x86_64-linux-gnu";
const HOST_LIBRARIES = ["mlx5", "ibverbs", "pcap", "xdp", "bpf"];

/** Registered by constructors, which nobody refers to: taken whole. */
const DRIVERS = [
  ...["bus_pci", "bus_vdev", "mempool_ring"],
  ...["net_null", "net_ring", "net_af_packet", "net_memif", "net_tap", "net_virtio"],
  ...["net_vmxnet3", "net_e1000", "net_igc", "net_ixgbe", "net_i40e", "net_ice", "net_iavf"],
  ...["net_ena", "net_sfc"],
];
const MORE_DRIVERS = ["bus_auxiliary", "common_mlx5", "net_mlx5", "net_pcap", "net_af_xdp"];

/** Taken as far as they are referred to. */
const PARTS = [
  ...["eal", "ethdev", "mbuf", "mempool", "ring", "net", "kvargs", "pci", "meter", "telemetry"],
  ...["common_iavf", "common_sfc_efx", "vhost", "cryptodev", "security", "hash", "rcu", "timer"],
  ...["eventdev", "dmadev", "stack", "metrics", "gso"],
];

/** corei7 is what Debian builds DPDK for (SSE4.2); faster paths are chosen by DPDK as it runs. */
export const DPDK_COMPILE = [
  "-march=corei7",
  ...["-isystem", HEADERS, "-isystem", "/usr/include/x86_64-linux-gnu/dpdk"],
  ...["-include", "rte_config.h"],
  "-DALLOW_EXPERIMENTAL_API", // rte_eth_read_clock
];

function link(drivers: readonly string[], host: readonly string[]): string[] {
  const archive = (name: string) => `-l:librte_${name}.a`;
  return [
    "-Wl,--whole-archive",
    ...drivers.map(archive),
    "-Wl,--no-whole-archive",
    "-Wl,--start-group",
    ...PARTS.map(archive),
    "-l:libatomic.a", // sfc
    "-Wl,--end-group",
    "-Wl,--gc-sections,--exclude-libs,ALL,-Bsymbolic",
    "-Wl,--as-needed",
    ...host.map((name) => `-l${name}`),
    "-lm",
  ];
}

export const DPDK_LINK = link(DRIVERS, []);
export const DPDK_MORE_LINK = link([...DRIVERS, ...MORE_DRIVERS], HOST_LIBRARIES);

/** Changes when another libdpdk-dev is installed. */
export function dpdkVersion(): string {
  const { size, mtimeMs } = statSync(`${ARCHIVES}/librte_eal.a`);
  return `${size} ${mtimeMs}`;
}

function hasDpdk(): boolean {
  return existsSync(`${HEADERS}/rte_eal.h`) && existsSync(`${ARCHIVES}/librte_eal.a`);
}

let hasTried = false;

/** Why the backend cannot be built here; installs libdpdk-dev first, where it may. */
export function dpdkMissing(): string | undefined {
  if (!hasDpdk() && !hasTried) install();
  hasTried = true;
  return hasDpdk() ? undefined : "libdpdk-dev is not installed";
}

/** The same of `dpdk-more`. */
export function dpdkMoreMissing(): string | undefined {
  const missing = dpdkMissing();
  if (missing !== undefined) return missing;
  const absent = HOST_LIBRARIES.filter((name) => !existsSync(`${ARCHIVES}/lib${name}.so`));
  return absent.length === 0 ? undefined : `lib${absent[0]} is not installed`;
}

function install(): void {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return;
  console.error("hairpin: installing libdpdk-dev with apt-get");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const words of [
    ["update", "-qq"],
    ["install", "-y", "-qq", "--no-install-recommends", "libdpdk-dev"],
  ]) {
    const command = ["/usr/bin/apt-get", "-o", "DPkg::Lock::Timeout=300", ...words];
    const run = Bun.spawnSync(command, { env, stdout: 2, stderr: 2 });
    if (run.exitCode !== 0) return;
  }
}
