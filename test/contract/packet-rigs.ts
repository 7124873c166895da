/** Ports on the kernel's packet sockets and XDP sockets, across a veth pair of this process's own. */
import { existsSync } from "node:fs";
import { Arena } from "../../src/core/arena.ts";
import { udpFrame } from "../../src/ffi/fake-frame.ts";
import { HP_OK, HP_PORT_GENERIC, HP_TX_RAW } from "../../src/ffi/layout.ts";
import type { PortDriverName } from "../../src/ffi/port-driver.ts";
import { parseIpv4 } from "../../src/net/address.ts";
import type { DevicePortOptions } from "../../src/net/device-options.ts";
import { DevicePort } from "../../src/net/device-port.ts";
import { fake, REAL_SKIPPED, real, type ShimUnderTest } from "./backends.ts";
import { DEVICE_LINES, FRAME_HEADERS, GROUPS, type PortBackend, UDP_PORT } from "./port-rigs.ts";

/** Which frames a backend's filter keeps from the Port: those of bad-frames.ts with that name. */
export type Filter = "none" | "packet" | "xdp";

/** A Port with somebody who sends it whole frames. */
export interface FrameRig {
  port: DevicePort;
  /** False when there was no room, or no link. */
  send(frame: Uint8Array): boolean;
  close(): void;
}

export interface FrameBackend {
  name: string;
  skipped: string | undefined;
  filter: Filter;
  driver: PortDriverName;
  /** HP_PORT_* */
  flags: number;
  /** Names of the two ends where there is a veth pair; the Port is at `near`. */
  veth: Veth | undefined;
  openFiles(): number;
  open(more?: Partial<DevicePortOptions>): FrameRig;
}

export interface Veth {
  near: string;
  far: string;
}

/** The process's number keeps test runs of one machine apart. */
export const VETH: Veth = { near: `hpk${process.pid}n`, far: `hpk${process.pid}f` };
/** Of the sender. */
export const SOURCE = parseIpv4("198.19.77.2")!;
const MTU = 9500;
const TX_SIZE = 16_384;

export const VETH_SKIPPED =
  REAL_SKIPPED ??
  (process.getuid?.() !== 0
    ? "it makes interfaces, which takes root"
    : Bun.which("ip") === null
      ? "iproute2 is not installed (`ip`)"
      : undefined);

/** In CI, asking for the real shim and having no veth pair is a failure. */
export const VETH_IS_MISSING =
  REAL_SKIPPED === undefined && VETH_SKIPPED !== undefined && process.env["CI"] === "true";

/** Runs `ip`; throws what it said when it failed. */
export function ip(...words: string[]): string {
  const run = Bun.spawnSync(["ip", ...words]);
  if (run.exitCode !== 0) throw new Error(`ip ${words.join(" ")}: ${run.stderr.toString().trim()}`);
  return run.stdout.toString();
}

/** Makes a pair, both ends up. The kernel says nothing of its own on it: it has no IPv6. */
export function addVeth({ near, far }: Veth, mtu = MTU): void {
  ip("link", "add", near, "mtu", `${mtu}`, "type", "veth", "peer", "name", far, "mtu", `${mtu}`);
  for (const end of [near, far]) {
    Bun.spawnSync(["sysctl", "-qw", `net.ipv6.conf.${end}.disable_ipv6=1`]);
    ip("link", "set", end, "up");
  }
}

export function removeVeth({ near }: Veth): void {
  Bun.spawnSync(["ip", "link", "del", near]);
}

let shared: { sender: ReturnType<typeof openSender> } | undefined;

/** The pair that most tests share, and its sender: opening one takes the kernel some 20 ms. */
function sharedVeth(): { sender: ReturnType<typeof openSender> } {
  if (shared === undefined) {
    removeStale();
    addVeth(VETH);
    shared = { sender: openSender(VETH.far) };
  }
  return shared;
}

/** Every suite that opens these backends calls it at its end. */
export function closeSharedVeth(): void {
  if (shared === undefined) return;
  shared.sender.close();
  removeVeth(VETH);
  shared = undefined;
}

/** Pairs of test runs that were killed. */
function removeStale(): void {
  for (const [, near, pid] of ip("-o", "link").matchAll(/ (hpk(\d+)\w)[@:]/g))
    if (!existsSync(`/proc/${pid}`)) removeVeth({ near: near!, far: "" });
}

/** A Port, and what it takes; freed by close(). Throws what DevicePort throws. */
export function openDevice(
  under: ShimUnderTest,
  options: Omit<DevicePortOptions, "name">,
): { port: DevicePort; close(): void } {
  const named = { name: "test", ...options };
  const arena = Arena.alloc(under.shim, DevicePort.arenaBytes(named));
  try {
    const port = new DevicePort(under.shim, arena, named);
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

/** The second the shim's own wall clock counts from. */
function sessionStartS(): number {
  return Math.round(Date.now() / 1000 - real().shim.hp_clock_wall_ns() / 1e9);
}

/** Sends whole frames by the far end. */
export function openSender(device: string): { send(frame: Uint8Array): boolean; close(): void } {
  const options = { driver: "packet" as const, device, lines: [], txSize: TX_SIZE, frames: 8 };
  const { port, close } = openDevice(real(), options);
  const send = (frame: Uint8Array) => {
    port.tx.set(frame);
    return port.send(HP_TX_RAW, 0, frame.length) === HP_OK;
  };
  return { send, close };
}

function vethBackend(
  name: string,
  driver: "packet" | "xdp",
  flags: number,
): FrameBackend & { veth: Veth } {
  return {
    name,
    skipped: VETH_SKIPPED,
    filter: driver,
    driver,
    flags,
    veth: VETH,
    openFiles: () => real().openFiles(),
    open: (more = {}) => {
      const { sender } = sharedVeth();
      const device = { driver, device: VETH.near, lines: DEVICE_LINES, frames: 1024, flags };
      const { port, close } = openDevice(real(), {
        ...device,
        sessionStartS: sessionStartS(),
        ...more,
      });
      return { port, send: sender.send, close };
    },
  };
}

function fakeBackend(): FrameBackend {
  const under = fake();
  const { network } = under.shim;
  return {
    name: "the fake shim",
    skipped: undefined,
    filter: "none",
    driver: "packet",
    flags: 0,
    veth: undefined,
    openFiles: () => network.openDevices.size,
    open: (more = {}) => {
      const device = { driver: "packet" as const, device: "fake0", lines: DEVICE_LINES };
      const { port, close } = openDevice(under, { ...device, ...more });
      const send = (frame: Uint8Array) => {
        network.sendFrame("fake0", frame);
        return true;
      };
      return { port, send, close };
    },
  };
}

export const VETH_BACKENDS = [
  vethBackend("AF_PACKET on veth", "packet", 0),
  vethBackend("AF_XDP on veth, in the driver", "xdp", 0),
  vethBackend("AF_XDP on veth, generic", "xdp", HP_PORT_GENERIC),
];

export const FRAME_BACKENDS: FrameBackend[] = [fakeBackend(), ...VETH_BACKENDS];

/** A frame for one of the two lines, as a switch would bring it. */
export function frameFor(payload: Uint8Array, line: number, source = SOURCE): Uint8Array {
  const group = GROUPS[line]!;
  const to = { address: group, port: UDP_PORT };
  const frame = udpFrame({ address: source, port: 40_000 }, to, payload);
  frame.set([1, 0, 0x5e, (group >> 16) & 0x7f, (group >> 8) & 255, group & 255]);
  frame.set([2, 0, 0, 0, 0, 2], 6);
  return frame;
}

/** The same for the suite that every kind of Port runs. */
function portBackend(backend: FrameBackend): PortBackend {
  return {
    name: backend.name,
    skipped: backend.skipped,
    room: 1000,
    truncates: true,
    keepsStamp: false,
    ...(backend.driver === "xdp" ? { stampsNothing: true as const } : {}),
    openFiles: backend.openFiles,
    open: async ({ slotSize, rcvbufBytes }) => {
      const frames = rcvbufBytes === undefined ? 1024 : 128;
      const { port, send, close } = backend.open({ frameBytes: slotSize + FRAME_HEADERS, frames });
      return {
        port,
        send: async (payload, line) => send(frameFor(payload, line)),
        refresh: () => port.refresh(),
        close: async () => close(),
      };
    },
  };
}

export const PACKET_BACKENDS: PortBackend[] = VETH_BACKENDS.map(portBackend);
