/** Which network devices an engine reads, and which lines come by each. */
import { ipv4Number } from "../config/host.ts";
import type { Config, EngineConfig, PortConfig } from "../config/schema.ts";
import {
  HP_PORT_COPY,
  HP_PORT_GENERIC,
  HP_PORT_NO_CHECKSUM,
  HP_PORT_NO_HUGE,
  HP_PORT_NO_JOIN,
  HP_PORT_PROMISCUOUS,
  HP_PORTS_OF_DEVICES,
} from "../ffi/layout.ts";
import type { DeviceLine } from "../net/device-options.ts";
import type { DeviceOptions } from "./options.ts";

/** `feeds`: those of this engine, in the order of its EngineOptions. */
export function deviceOptions(
  config: Config,
  engine: EngineConfig,
  feeds: Config["feed"],
): DeviceOptions[] {
  const blocks = deviceBlocks(config);
  return config.port.flatMap((port) => {
    const lines = linesOf(port, feeds);
    if (lines.length === 0) return [];
    return [
      {
        name: port.name,
        block: HP_PORTS_OF_DEVICES + blocks.indexOf(`${port.name} ${engine.name}`),
        driver: port.driver === "exanic-sim" ? "exanic" : port.driver,
        isSimulated: port.driver === "exanic-sim",
        heedsLink: port.on_link_down === "stale",
        device: port.device,
        lines,
        frameBytes: port.frame_bytes,
        frames: port.frames ?? 0,
        queue: port.first_queue,
        queueCount: 1,
        flags: flagsOf(port),
        busyPollUs: engine.busy_poll_us,
        ...addressOf(port.address),
        gateway: port.gateway === undefined ? 0 : ipv4Number(port.gateway),
        vlan: port.vlan ?? 0,
        memoryMib: port.driver === "dpdk" ? port.dpdk.memory_mib : 0,
        core: engine.core ?? -1,
        extra: extraOf(port),
      },
    ];
  });
}

/** Every pair of a port and an engine that reads it, in the order of their hp_port blocks. */
export function deviceBlocks(config: Config): string[] {
  return config.port.flatMap((port) =>
    config.engine.filter((e) => reads(config, e, port)).map((e) => `${port.name} ${e.name}`),
  );
}

function reads(config: Config, engine: EngineConfig, port: PortConfig): boolean {
  return config.feed.some(
    (feed) => feed.engine === engine.name && feed.lines.some((l) => l.interface === port.name),
  );
}

function linesOf(port: PortConfig, feeds: Config["feed"]): DeviceLine[] {
  return feeds.flatMap((feed, f) =>
    feed.lines.flatMap((line, l) => {
      if (line.interface !== port.name) return [];
      return [
        {
          group: ipv4Number(line.group),
          port: line.port,
          iface: 0,
          source: line.source === undefined ? 0 : ipv4Number(line.source),
          feed: f,
          line: l,
        },
      ];
    }),
  );
}

function flagsOf(port: PortConfig): number {
  return (
    (port.checksum === "card" ? HP_PORT_NO_CHECKSUM : 0) |
    (port.xdp.mode === "copy" ? HP_PORT_COPY : 0) |
    (port.xdp.attach === "generic" ? HP_PORT_GENERIC : 0) |
    (port.dpdk.huge_pages ? 0 : HP_PORT_NO_HUGE) |
    (port.promiscuous ? HP_PORT_PROMISCUOUS : 0) |
    (port.join ? 0 : HP_PORT_NO_JOIN)
  );
}

/** hp_port_config.options of its driver. */
function extraOf(port: PortConfig): string {
  if (port.driver === "dpdk") return port.dpdk.eal ?? "";
  const isExanic = port.driver === "exanic" || port.driver === "exanic-sim";
  return isExanic && !port.exanic.steer ? "default-ring" : "";
}

/** "10.1.2.3/24": address and netmask. */
function addressOf(cidr: string | undefined): { address: number; netmask: number } {
  if (cidr === undefined) return { address: 0, netmask: 0 };
  const [address, bits] = cidr.split("/");
  return { address: ipv4Number(address!), netmask: (0xffffffff << (32 - Number(bits))) >>> 0 };
}
