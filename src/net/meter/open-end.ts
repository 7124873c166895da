/** A port to measure through: kernel sockets, or a device by its driver. */
import type { Arena } from "../../core/arena.ts";
import {
  HP_PORT_STAMPS_RX,
  HP_PORT_STAMPS_RX_KERNEL,
  HP_PORT_STAMPS_TX,
  HP_PORT_STAMPS_TX_KERNEL,
} from "../../ffi/layout.ts";
import type { PortDriverName } from "../../ffi/port-driver.ts";
import type { Shim } from "../../ffi/shim.ts";
import { DevicePort } from "../device-port.ts";
import type { Port } from "../port.ts";
import type { Transmitter } from "../transmitter.ts";
import { UdpPort } from "../udp-port.ts";

export interface EndOptions {
  driver: "socket" | PortDriverName;
  /** What the driver takes; socket: the name of the interface. */
  device: string;
  /** Ours on it, as in address.ts; 0 = that of the interface, if any. Socket: must be given. */
  address: number;
  netmask: number;
  /** Groups to receive at `port`; none = only sends. */
  groups: readonly number[];
  /** Receives at `address`, too. */
  isUnicast: boolean;
  port: number;
  /** Longest payload, bytes. */
  bytesMax: number;
  /** Bytes of the transmit arena; 0 = does not send. */
  txSize: number;
  /** 0 = the driver's choice. */
  frames: number;
  /** HP_PORT_* */
  flags: number;
  busyPollUs: number;
  core: number;
  sessionStartS: number;
  extra: string;
}

/** Who stamps. */
export type StampSource = "card" | "kernel" | "none";

export interface End {
  port: Port & Transmitter;
  device: string;
  /** Ours on it, 0 = not known here. */
  address: number;
  /** "52:54:00:12:34:56"; "" = the kernel's business. */
  mac: string;
  /** 0 = not told. */
  mtu: number;
  /** "veth", and "copy, generic": for people. */
  driver: string;
  mode: string;
  frames: number;
  stampsRx: StampSource;
  stampsTx: StampSource;
  /** HP_PORT_* of hp_port_info. */
  flags: number;
  /** Renews link and speed in the statistics. */
  refresh(): void;
}

/** Ethernet, two tags, IPv4 and UDP headers, and what a card may put behind. */
const HEADERS = 64;
const FRAME_BYTES = 2048;
const RCVBUF_BYTES = 8 << 20;

/** Bytes that openEnd takes of an arena. */
export function endBytes(o: EndOptions): number {
  return o.driver === "socket"
    ? UdpPort.arenaBytes(frameBytes(o), o.txSize)
    : DevicePort.arenaBytes(o);
}

/** Throws StatusError, or an Error of one sentence when this build lacks the driver. */
export function openEnd(shim: Shim, arena: Arena, o: EndOptions): End {
  return o.driver === "socket" ? openSockets(shim, arena, o) : openDevice(shim, arena, o, o.driver);
}

function openSockets(shim: Shim, arena: Arena, o: EndOptions): End {
  const groups = o.groups.map((group) => ({ group, port: o.port, iface: o.address }));
  const own = o.isUnicast ? [{ group: 0, port: o.port, iface: o.address }] : [];
  const port = new UdpPort(shim, arena, {
    name: "socket",
    lines: [...groups, ...own],
    slotSize: frameBytes(o),
    rcvbufBytes: RCVBUF_BYTES,
    busyPollUs: o.busyPollUs,
    txSize: o.txSize,
  });
  return {
    port,
    device: o.device,
    address: o.address,
    mac: "",
    mtu: 0,
    driver: "kernel",
    mode: "sockets",
    frames: 0,
    stampsRx: "kernel",
    stampsTx: "kernel",
    flags: 0,
    refresh: () => {},
  };
}

function openDevice(shim: Shim, arena: Arena, o: EndOptions, driver: PortDriverName): End {
  const line = { port: o.port, feed: 0, line: 0 };
  const groups = o.groups.map((group) => ({ ...line, group, iface: 0 }));
  const own = o.isUnicast ? [{ ...line, group: 0, iface: o.address }] : [];
  const port = new DevicePort(shim, arena, {
    name: driver,
    driver,
    device: o.device,
    lines: [...groups, ...own],
    frameBytes: frameBytes(o),
    frames: o.frames,
    flags: o.flags,
    busyPollUs: o.busyPollUs,
    address: o.address,
    netmask: o.netmask,
    core: o.core,
    extra: o.extra,
    sessionStartS: o.sessionStartS,
    txSize: o.txSize,
  });
  const { info } = port;
  const has = (bit: number) => (info.flags & bit) !== 0;
  const source = (card: number, kernel: number): StampSource =>
    has(card) ? "card" : has(kernel) ? "kernel" : "none";
  return {
    port,
    device: o.device,
    address: o.address,
    mac: info.mac === "00:00:00:00:00:00" ? "" : info.mac,
    mtu: info.mtu,
    driver: info.driver,
    mode: info.mode,
    frames: info.frames,
    stampsRx: source(HP_PORT_STAMPS_RX, HP_PORT_STAMPS_RX_KERNEL),
    stampsTx: source(HP_PORT_STAMPS_TX, HP_PORT_STAMPS_TX_KERNEL),
    flags: info.flags,
    refresh: () => {
      port.refresh();
    },
  };
}

/** A power of two that the longest frame fits into. */
function frameBytes(o: EndOptions): number {
  let bytes = FRAME_BYTES;
  while (bytes < o.bytesMax + HEADERS) bytes *= 2;
  return bytes;
}
