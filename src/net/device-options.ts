/** What a DevicePort is opened with, and what it found. */
import type { Block } from "../core/arena.ts";
import type { PortDriverName } from "../ffi/port-driver.ts";

/** One group (or address) and port of a feed; addresses as in address.ts. */
export interface DeviceLine {
  /** Multicast group, or 0 for unicast to `iface`. */
  group: number;
  port: number;
  /** Unicast: our address. Multicast: where the kernel joins, 0 = on the device. */
  iface: number;
  /** Source for source-specific multicast; 0 or absent = any. */
  source?: number;
  /** Index of its feed, and of the line within the feed: told with every packet. */
  feed: number;
  line: number;
}

export interface DevicePortOptions {
  /** For messages. */
  name: string;
  driver: PortDriverName;
  /** Interface name, PCI address, vdev, "exanic0:1": what the driver takes. */
  device: string;
  lines: readonly DeviceLine[];
  /** Longest frame kept, bytes with headers, 128..16384; default 2048. */
  frameBytes?: number;
  /** Receive frames, a power of two; 0 or absent = the driver's choice. */
  frames?: number;
  /** Receive queue (xdp, dpdk), and how many of them DPDK opens the device with; default 0 of 1. */
  queue?: number;
  queueCount?: number;
  /** HP_PORT_* */
  flags?: number;
  busyPollUs?: number;
  /** Ours on this device; 0 or absent = that of the interface. */
  address?: number;
  netmask?: number;
  gateway?: number;
  /** Tag of what we send; 0 or absent = none. */
  vlan?: number;
  memoryMib?: number;
  /** Core of the engine, -1 or absent = not pinned. */
  core?: number;
  /** The driver's own, up to 191 characters. */
  extra?: string;
  /** Seconds since 1970 that stamps count from; default 0. */
  sessionStartS?: number;
  /** Bytes of the transmit arena; default 0, it does not send. */
  txSize?: number;
  /** No device: packets come from play(). */
  played?: true;
  /** HP_PORT_STATS_SIZE of memory for the statistics; absent: of the arena. */
  stats?: Block;
}

/** What open found: hp_port_info. */
export interface DeviceInfo {
  /** HP_PORT_IS_ZERO_COPY, HP_PORT_STAMPS_*, ... */
  flags: number;
  mtu: number;
  /** -1 = not told. */
  numaNode: number;
  frames: number;
  queuesMax: number;
  /** "52:54:00:12:34:56" */
  mac: string;
  driver: string;
  /** "zero copy", "copy, generic": for people. */
  mode: string;
}
