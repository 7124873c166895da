/**
 * Ports on DPDK's virtual devices. DPDK starts once in a process: every rig of a process shares its
 * memory, and all are on ordinary pages; huge ones are tried by a process of their own.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { Arena } from "../../src/core/arena.ts";
import { udpFrame } from "../../src/ffi/fake-frame.ts";
import {
  HP_EAGAIN,
  HP_OK,
  HP_PORT_NO_HUGE,
  HP_PORT_NO_JOIN,
  HP_TX_RAW,
} from "../../src/ffi/layout.ts";
import { parseIpv4 } from "../../src/net/address.ts";
import { STAT_LINK, STAT_POLLS } from "../../src/net/desc.ts";
import type { DevicePortOptions } from "../../src/net/device-options.ts";
import { DevicePort } from "../../src/net/device-port.ts";
import { RawSocket } from "../support/raw-socket.ts";
import { ip, quiet, type Veth, vethPair } from "../support/veth.ts";
import { REAL_SKIPPED, real, until } from "./backends.ts";
import { DEVICE_LINES, FRAME_HEADERS, GROUPS, type PortBackend, UDP_PORT } from "./port-rigs.ts";

export const DPDK_SKIPPED = REAL_SKIPPED ?? (hasDpdk() ? undefined : "this build has no DPDK");
export const ROOT_SKIPPED =
  DPDK_SKIPPED ?? (process.getuid?.() === 0 ? undefined : "it makes interfaces, which takes root");

export const OURS = parseIpv4("10.77.0.1")!;
export const THEIRS = parseIpv4("10.77.0.2")!;
const TX_SIZE = 65_536;

/** A Port with a far side that takes and gives whole frames. */
export interface DpdkRig {
  port: DevicePort;
  raw(frame: Uint8Array): boolean;
  close(): void | Promise<void>;
}

/** The object whose drivers need libraries of the host: mlx5, pcap, af_xdp. */
export const MORE_SKIPPED =
  ROOT_SKIPPED ?? (hasDpdk("dpdk-more") ? undefined : "this build lacks libraries of the host");

function hasDpdk(object = "dpdk"): boolean {
  try {
    return statSync(join(import.meta.dir, `../../build/libhairpin-${object}.so`)).size > 0;
  } catch {
    return false;
  }
}

/** A Port on a device; what it takes is freed by close(). */
export function openDpdk(
  device: string,
  more: Partial<DevicePortOptions> = {},
): { port: DevicePort; close(): void } {
  const { shim } = real();
  const options: DevicePortOptions = {
    name: "test",
    driver: "dpdk",
    device,
    lines: DEVICE_LINES,
    flags: HP_PORT_NO_HUGE,
    txSize: TX_SIZE,
    ...more,
  };
  const arena = Arena.alloc(shim, DevicePort.arenaBytes(options));
  try {
    const port = new DevicePort(shim, arena, options);
    const close = () => {
      port.close();
      arena.free();
    };
    return { port, close };
  } catch (error) {
    arena.free();
    throw error;
  }
}

/** A frame for one of the two lines. */
export function frameFor(payload: Uint8Array, line: number, port = UDP_PORT): Uint8Array {
  const frame = udpFrame(
    { address: THEIRS, port: 40_000 },
    { address: GROUPS[line]!, port },
    payload,
  );
  const group = GROUPS[line]!;
  frame.set([1, 0, 0x5e, (group >> 16) & 0x7f, (group >> 8) & 255, group & 255]);
  frame.set([2, 0, 0, 0, 0, 2], 6);
  return frame;
}

/** Sends a frame by a Port; false when there is no room. */
export function sendRaw(port: DevicePort, frame: Uint8Array): boolean {
  port.tx.set(frame);
  const status = port.send(HP_TX_RAW, 0, frame.length);
  if (status !== HP_OK && status !== HP_EAGAIN) throw new Error(`send: status ${status}`);
  return status === HP_OK;
}

/** Waits until the link of every one of them is up (1) or down (0). */
export async function linkIs(state: 0 | 1, ...ports: DevicePort[]): Promise<void> {
  await until(() => {
    for (const port of ports) port.refresh();
    return ports.every((port) => port.stats[STAT_LINK] === state) ? true : undefined;
  }, `the link to be ${state}`);
}

/** net_ring: what is sent comes back. */
export function ringRig(more: Partial<DevicePortOptions> = {}): DpdkRig {
  const { port, close } = openDpdk("net_ring0", { flags: NO_JOIN, ...more });
  return { port, close, raw: (frame) => sendRaw(port, frame) };
}

let shared: Veth | undefined;

/** A veth pair, the same for all of a file, which removes it in the end. */
export function sharedVeth(): Veth {
  shared ??= vethPair(9500);
  return shared;
}

/** What the rigs of a file share, taken away at its end. */
export function closeShared(): void {
  shared?.remove();
  shared = undefined;
  memifServer?.close();
  memifServer = undefined;
}

/** A veth pair: DPDK's af_packet at one end, a raw socket at the other. */
export function packetRig(
  more: Partial<DevicePortOptions> = {},
  pair: Veth = sharedVeth(),
): DpdkRig & { far: RawSocket } {
  const device = `net_af_packet0,iface=${pair.near}`;
  const { port, close } = openDpdk(device, { flags: NO_JOIN, ...more });
  const far = new RawSocket(pair.far);
  return {
    port,
    far,
    raw: (frame) => far.send(frame),
    close: () => {
      far.close();
      close();
    },
  };
}

/** net_tap: an interface that DPDK makes, and a raw socket on the kernel's side of it. */
function tapRig(more: Partial<DevicePortOptions>): DpdkRig {
  const iface = `hptap${process.pid % 1_000_000}`;
  const { port, close } = openDpdk(`net_tap0,iface=${iface}`, { flags: NO_JOIN, ...more });
  quiet(iface);
  ip("link", "set", iface, "mtu", "9500"); // DPDK's own limit is 1500
  const far = new RawSocket(iface);
  return {
    port,
    raw: (frame) => far.send(frame),
    close: () => {
      far.close();
      close();
    },
  };
}

let memifServer: { port: DevicePort; close(): void } | undefined;

/** net_memif: shared memory. The far side is one server for all, in this process, too. */
async function memifRig(more: Partial<DevicePortOptions>): Promise<DpdkRig> {
  const path = `socket=/tmp/hairpin-memif-${process.pid},socket-abstract=no,bsize=16384`;
  memifServer ??= openDpdk(`net_memif0,role=server,${path}`, { lines: [], frameBytes: 16_384 });
  const far = memifServer.port;
  const { port, close } = openDpdk(`net_memif1,role=client,${path}`, { flags: NO_JOIN, ...more });
  try {
    await linkIs(1, port, far);
    // A client's first poll offers its buffers: before it, the server has nowhere to write to.
    port.rxBurst();
    port.stats[STAT_POLLS] = 0;
  } catch (error) {
    close();
    throw error;
  }
  return {
    port,
    raw: (frame) => sendRaw(far, frame),
    close: async () => {
      close();
      // The server takes no other client before it has seen this one go.
      await linkIs(0, far);
    },
  };
}

const NO_JOIN = HP_PORT_NO_HUGE | HP_PORT_NO_JOIN;

function backend(
  name: string,
  skipped: string | undefined,
  room: number,
  open: (more: Partial<DevicePortOptions>) => DpdkRig | Promise<DpdkRig>,
): PortBackend {
  return {
    name: `DPDK ${name}`,
    skipped,
    room,
    truncates: false,
    keepsStamp: false,
    stampsNothing: true,
    openFiles: () => real().openFiles(),
    open: async ({ slotSize }) => {
      const rig = await open({ frameBytes: slotSize + FRAME_HEADERS });
      return {
        port: rig.port,
        send: async (payload, line) =>
          payload.length <= slotSize && rig.raw(frameFor(payload, line)),
        close: async () => rig.close(),
      };
    },
  };
}

/** For the suite of frames of every kind: no kernel looks at them first. */
export const DPDK_FRAME_BACKEND = {
  name: "DPDK ring",
  skipped: DPDK_SKIPPED,
  filter: "none" as const,
  driver: "dpdk" as const,
  flags: NO_JOIN,
  veth: undefined,
  openFiles: () => real().openFiles(),
  open: (more: Partial<DevicePortOptions> = {}) => {
    const { port, raw, close } = ringRig(more);
    return { port, send: raw, close: () => void close() };
  },
};

export const DPDK_BACKENDS: PortBackend[] = [
  backend("ring", DPDK_SKIPPED, 1000, ringRig),
  backend("af_packet", ROOT_SKIPPED, 400, packetRig),
  backend("tap", ROOT_SKIPPED, 400, tapRig),
  backend("memif", DPDK_SKIPPED, 400, memifRig),
];
