/** hp_port_config written, hp_port_info read. */
import { fromCString } from "../core/c-string.ts";
import * as L from "../ffi/layout.ts";
import type { DeviceInfo, DevicePortOptions } from "./device-options.ts";

/** Addresses of what the config refers to; 0 = none. */
export interface DeviceAddresses {
  desc: number;
  stats: number;
  played: number;
  tx: number;
}

export const FRAME_BYTES_DEFAULT = 2048;

export function writeDeviceConfig(
  view: DataView,
  o: DevicePortOptions,
  addresses: DeviceAddresses,
): void {
  view.setFloat64(L.HP_PORT_CONFIG__DESC, addresses.desc, true);
  view.setFloat64(L.HP_PORT_CONFIG__STATS, addresses.stats, true);
  view.setFloat64(L.HP_PORT_CONFIG__PLAYED, addresses.played, true);
  view.setFloat64(L.HP_PORT_CONFIG__TX, addresses.tx, true);
  view.setFloat64(L.HP_PORT_CONFIG__SESSION_START_S, o.sessionStartS ?? 0, true);
  const word = (at: number, value: number | undefined) => view.setUint32(at, value ?? 0, true);
  word(L.HP_PORT_CONFIG__TX_SIZE, addresses.tx === 0 ? 0 : o.txSize);
  word(L.HP_PORT_CONFIG__FRAME_SIZE, o.frameBytes ?? FRAME_BYTES_DEFAULT);
  word(L.HP_PORT_CONFIG__FRAMES, o.frames);
  word(L.HP_PORT_CONFIG__LINE_COUNT, o.lines.length);
  word(L.HP_PORT_CONFIG__QUEUE, o.queue);
  word(L.HP_PORT_CONFIG__QUEUE_COUNT, o.queueCount);
  word(L.HP_PORT_CONFIG__FLAGS, o.flags);
  word(L.HP_PORT_CONFIG__BUSY_POLL_US, o.busyPollUs);
  word(L.HP_PORT_CONFIG__ADDRESS, o.address);
  word(L.HP_PORT_CONFIG__NETMASK, o.netmask);
  word(L.HP_PORT_CONFIG__GATEWAY, o.gateway);
  word(L.HP_PORT_CONFIG__VLAN, o.vlan);
  word(L.HP_PORT_CONFIG__MEMORY_MIB, o.memoryMib);
  view.setInt32(L.HP_PORT_CONFIG__CORE, o.core ?? -1, true);
  writeText(view, L.HP_PORT_CONFIG__DEVICE, L.HP_PORT_CONFIG__DEVICE_N, o.device);
  writeText(view, L.HP_PORT_CONFIG__OPTIONS, L.HP_PORT_CONFIG__OPTIONS_N, o.extra ?? "");
  for (const [i, line] of o.lines.entries()) {
    const at = L.HP_PORT_CONFIG__LINE + i * L.HP_PORT_LINE_SIZE;
    word(at + L.HP_PORT_LINE__GROUP, line.group);
    word(at + L.HP_PORT_LINE__PORT, line.port);
    word(at + L.HP_PORT_LINE__IFACE, line.iface);
    word(at + L.HP_PORT_LINE__SOURCE, line.source);
    word(at + L.HP_PORT_LINE__FEED, line.feed);
    word(at + L.HP_PORT_LINE__LINE, line.line);
  }
}

export function readDeviceInfo(view: DataView): DeviceInfo {
  const mac = [0, 1, 2, 3, 4, 5].map((i) => view.getUint8(L.HP_PORT_INFO__MAC + i));
  return {
    flags: view.getUint32(L.HP_PORT_INFO__FLAGS, true),
    mtu: view.getUint32(L.HP_PORT_INFO__MTU, true),
    numaNode: view.getInt32(L.HP_PORT_INFO__NUMA_NODE, true),
    frames: view.getUint32(L.HP_PORT_INFO__FRAMES, true),
    queuesMax: view.getUint32(L.HP_PORT_INFO__QUEUES_MAX, true),
    mac: mac.map((byte) => byte.toString(16).padStart(2, "0")).join(":"),
    driver: readText(view, L.HP_PORT_INFO__DRIVER, L.HP_PORT_INFO__DRIVER_N),
    mode: readText(view, L.HP_PORT_INFO__MODE, L.HP_PORT_INFO__MODE_N),
  };
}

/** Why an open failed: the end of a sentence, "" when the driver did not say. */
export function readDeviceWhy(view: DataView): string {
  return readText(view, L.HP_PORT_INFO__WHY, L.HP_PORT_INFO__WHY_N);
}

function writeText(view: DataView, at: number, room: number, text: string): void {
  const into = new Uint8Array(view.buffer, view.byteOffset + at, room);
  into.fill(0);
  into.set(new TextEncoder().encode(text).subarray(0, room - 1));
}

function readText(view: DataView, at: number, room: number): string {
  return fromCString(new Uint8Array(view.buffer, view.byteOffset + at, room));
}
