/** Where the demo's packets go: loopback, or what a driver needs of its own. */
import { networkInterfaces } from "node:os";
import type { SimOptionsInput } from "../../sim/options.ts";
import { CliError, EXIT_FAILED } from "../exit-codes.ts";

export const DEMO_DRIVERS = ["socket", "packet", "xdp", "dpdk", "exanic-sim"] as const;
export type DemoDriver = (typeof DEMO_DRIVERS)[number];

export interface DemoNetwork {
  /** What the simulator is told. */
  sim: Pick<SimOptionsInput, "interface" | "veth" | "card">;
  /** The [[port]] of the config, "" = kernel sockets; and its name. */
  portText: string;
  portName: string;
}

const PORT_NAME = "feed";

/** Throws one sentence when this user can't have what the driver needs. */
export function demoNetwork(driver: DemoDriver): DemoNetwork {
  if (driver === "socket") return { sim: {}, portText: "", portName: "" };
  if (driver === "exanic-sim") {
    const card = `/dev/shm/hairpin-card-${process.pid}`;
    return {
      sim: { card },
      portText: portText(driver, `${card}:0`, []),
      portName: PORT_NAME,
    };
  }
  if (process.getuid?.() !== 0) {
    throw new CliError(
      EXIT_FAILED,
      `--driver ${driver} makes a network namespace and opens a raw device: it takes root (--driver socket and exanic-sim do not)`,
    );
  }
  const near = `hpd${process.pid}`;
  const net = freeNet();
  const isDpdk = driver === "dpdk";
  return {
    sim: {
      interface: `${net}.2`,
      veth: { near, far: "hpsim", nearAddress: `${net}.1`, prefix: 30 },
    },
    portText: portText(
      driver,
      isDpdk ? `net_af_packet0,iface=${near}` : near,
      isDpdk ? [`address = "${net}.1/30"`, "dpdk = { huge_pages = false, memory_mib = 64 }"] : [],
    ),
    portName: PORT_NAME,
  };
}

function portText(driver: DemoDriver, device: string, more: string[]): string {
  return ["[[port]]", `name = "${PORT_NAME}"`, `driver = "${driver}"`, `device = "${device}"`]
    .concat(more)
    .join("\n");
}

/** Three bytes of a network of 198.18.0.0/15 (RFC 2544: for benchmarks) that this host has not. */
function freeNet(): string {
  const taken = Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).map((a) => a.address.split(".").slice(0, 3).join(".")),
  );
  for (let i = 0; i < 512; i++) {
    const n = (process.pid + i) % 512;
    const net = `198.${18 + (n >> 8)}.${n & 255}`;
    if (!taken.includes(net)) return net;
  }
  throw new CliError(EXIT_FAILED, "every network of 198.18.0.0/15 is in use on this host");
}
