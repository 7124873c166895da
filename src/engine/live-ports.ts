/** The ports that a live engine reads: kernel sockets by feed, and network devices. */
import type { Arena } from "../core/arena.ts";
import type { ControlBlock, PortBlock } from "../core/control-block.ts";
import { useCard } from "../ffi/exanic.ts";
import {
  HP_PORT__ENGINE_W,
  HP_PORT__FLAGS_W,
  HP_PORT__FRAMES_W,
  HP_PORT__IS_USED_W,
  HP_PORT__MTU_W,
  HP_PORT__NUMA_NODE_W,
  HP_PORT__QUEUE_W,
  HP_PORT_STAMPS_RX_KERNEL,
} from "../ffi/layout.ts";
import type { Shim } from "../ffi/shim.ts";
import type { DeviceInfo } from "../net/device-options.ts";
import { DevicePort } from "../net/device-port.ts";
import { UdpPort } from "../net/udp-port.ts";
import { type DeviceOptions, type EngineOptions, isOfSockets } from "./options.ts";

/** Bytes of arena that the ports below take. */
export function livePortBytes(options: EngineOptions): number {
  const devices = options.devices ?? [];
  return (
    options.feeds.length * (UdpPort.arenaBytes() + 8192) +
    devices.reduce((sum, device) => sum + DevicePort.arenaBytes(device), 0)
  );
}

/** By feed; null where it comes by a session or a device. Throws StatusError. */
export function openSockets(
  shim: Shim,
  arena: Arena,
  control: ControlBlock,
  options: EngineOptions,
): (UdpPort | null)[] {
  return options.feeds.map((feed) => {
    if (!isOfSockets(feed)) return null;
    const block = control.port(feed.block);
    const port = new UdpPort(shim, arena, {
      name: feed.name,
      lines: feed.lines,
      rcvbufBytes: feed.rcvbuf,
      busyPollUs: options.busyPollUs,
      stats: block.stats,
    });
    block.tell({ name: feed.name, device: "", driver: "socket", mode: "" });
    block.words[HP_PORT__ENGINE_W] = options.index;
    block.words[HP_PORT__NUMA_NODE_W] = -1;
    block.words[HP_PORT__FLAGS_W] = HP_PORT_STAMPS_RX_KERNEL;
    Atomics.store(block.words, HP_PORT__IS_USED_W, 1);
    return port;
  });
}

/** Throws StatusError: a device that can't be had; those before it are closed again. */
export function openDevices(
  shim: Shim,
  arena: Arena,
  control: ControlBlock,
  options: EngineOptions,
  sessionStartS: number,
): DevicePort[] {
  const ports: DevicePort[] = [];
  try {
    for (const device of options.devices ?? []) {
      const block = control.port(device.block);
      const stats = block.stats;
      if (device.driver === "exanic" && !shim.isFake) {
        useCard(device.isSimulated ? device.device : "");
      }
      const port = new DevicePort(shim, arena, { ...device, sessionStartS, stats });
      ports.push(port);
      tellDevice(block, device, port.info, options.index);
    }
  } catch (error) {
    // The kernel keeps an XDP program on its interface until somebody takes it off.
    for (const port of ports) port.close();
    throw error;
  }
  return ports;
}

function tellDevice(
  block: PortBlock,
  device: DeviceOptions,
  info: DeviceInfo,
  engine: number,
): void {
  block.tell({ name: device.name, device: device.device, driver: info.driver, mode: info.mode });
  block.words[HP_PORT__ENGINE_W] = engine;
  block.words[HP_PORT__FLAGS_W] = info.flags;
  block.words[HP_PORT__NUMA_NODE_W] = info.numaNode;
  block.words[HP_PORT__QUEUE_W] = device.queue ?? 0;
  block.words[HP_PORT__MTU_W] = info.mtu;
  block.words[HP_PORT__FRAMES_W] = info.frames;
  Atomics.store(block.words, HP_PORT__IS_USED_W, 1);
}
