/** Ports of every kind with a sender at the other end. */
import { createSocket, type Socket } from "node:dgram";
import { Arena, wholeBlock } from "../../src/core/arena.ts";
import { parseIpv4 } from "../../src/net/address.ts";
import { BURST_MAX } from "../../src/net/desc.ts";
import { DevicePort } from "../../src/net/device-port.ts";
import type { Port } from "../../src/net/port.ts";
import { RingPort } from "../../src/net/ring-port.ts";
import { RingWriter, ringBytes } from "../../src/net/ring-writer.ts";
import { UdpPort } from "../../src/net/udp-port.ts";
import { fake, REAL_SKIPPED, real, type ShimUnderTest } from "./backends.ts";

export interface PortRig {
  port: Port;
  /** Sends to one of two lines; false when the sender was told that it did not go. */
  send(payload: Uint8Array, line: number, rxNs: number): Promise<boolean>;
  /** Renews the statistics where a burst does not. */
  refresh?(): void;
  close(): Promise<void>;
}

export interface PortBackend {
  name: string;
  skipped: string | undefined;
  /** Packets that may be under way before somebody has to drop. */
  room: number;
  /** Flags what is longer than a slot; else the sender refuses it. */
  truncates: boolean;
  /** The sender's rxNs is what arrives; else the kernel stamps. */
  keepsStamp: boolean;
  /** Nobody stamps. */
  stampsNothing?: true;
  /** A ring without flow control: what is written over is counted in laps, not in packets. */
  laps?: true;
  openFiles(): number;
  open(options: { slotSize: number; rcvbufBytes?: number }): Promise<PortRig>;
}

export const GROUPS = [parseIpv4("239.255.77.1")!, parseIpv4("239.255.77.2")!];
export const LOOPBACK = parseIpv4("127.0.0.1")!;
/** Both lines share it, so that only the group tells them apart. */
export const UDP_PORT = 21000 + (process.pid % 20000);
const RING_DATA = 1 << 18;
/** Ethernet, IPv4, UDP: what a frame has in front of its payload. */
export const FRAME_HEADERS = 42;

function udpPort(under: ShimUnderTest, arena: Arena, slotSize: number, rcvbufBytes: number): Port {
  return new UdpPort(under.shim, arena, {
    name: "test",
    lines: GROUPS.map((group) => ({ group, port: UDP_PORT, iface: LOOPBACK })),
    slotSize,
    rcvbufBytes,
  });
}

function fakeUdp(): PortBackend {
  const under = fake();
  return {
    name: "UDP on the fake shim",
    skipped: undefined,
    room: 1000,
    truncates: true,
    keepsStamp: true,
    openFiles: () => under.shim.network.udpLines.size,
    open: async ({ slotSize, rcvbufBytes = 4 << 20 }) => {
      const arena = Arena.alloc(under.shim, UdpPort.arenaBytes(slotSize));
      const port = udpPort(under, arena, slotSize, rcvbufBytes);
      const { network } = under.shim;
      return {
        port,
        send: async (payload, line, rxNs) =>
          network.sendUdp(GROUPS[line]!, UDP_PORT, payload, { rxNs }) === 1,
        close: async () => {
          port.close();
          arena.free();
        },
      };
    },
  };
}

/** A socket that sends multicast to loopback. */
export async function multicastSender(): Promise<Socket> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  socket.setMulticastInterface("127.0.0.1");
  socket.setMulticastLoopback(true);
  return socket;
}

export function sendDatagram(socket: Socket, payload: Uint8Array, group: string): Promise<boolean> {
  return new Promise((resolve) =>
    socket.send(payload, UDP_PORT, group, (error) => resolve(error === null)),
  );
}

function kernelUdp(): PortBackend {
  let sender: Socket | undefined;
  return {
    name: "UDP on kernel sockets",
    skipped: REAL_SKIPPED,
    room: 200,
    truncates: true,
    keepsStamp: false,
    openFiles: () => real().openFiles(),
    open: async ({ slotSize, rcvbufBytes = 4 << 20 }) => {
      const under = real();
      sender ??= await multicastSender();
      sender.unref();
      const through = sender;
      const arena = Arena.alloc(under.shim, UdpPort.arenaBytes(slotSize));
      const port = udpPort(under, arena, slotSize, rcvbufBytes);
      return {
        port,
        send: (payload, line) => sendDatagram(through, payload, `239.255.77.${line + 1}`),
        close: async () => {
          port.close();
          arena.free();
        },
      };
    },
  };
}

function playedUdp(
  make: () => ShimUnderTest,
  name: string,
  skipped: string | undefined,
): PortBackend {
  let under: ShimUnderTest | undefined;
  return {
    name: `played UDP on the ${name} shim`,
    skipped,
    room: BURST_MAX,
    truncates: false,
    keepsStamp: true,
    openFiles: () => under?.openFiles() ?? 0,
    open: async ({ slotSize }) => {
      under ??= make();
      const arena = Arena.alloc(under.shim, UdpPort.arenaBytes(slotSize));
      const port = new UdpPort(under.shim, arena, {
        name: "test",
        lines: [],
        slotSize,
        played: true,
      });
      return {
        port,
        send: async (payload, line, rxNs) => port.play(payload, 0, payload.length, line, rxNs),
        close: async () => {
          port.close();
          arena.free();
        },
      };
    },
  };
}

function ring(make: () => ShimUnderTest, name: string, skipped: string | undefined): PortBackend {
  let under: ShimUnderTest | undefined;
  return {
    name: `ring on the ${name} shim`,
    skipped,
    room: 1000,
    truncates: false,
    keepsStamp: true,
    openFiles: () => under?.openFiles() ?? 0,
    open: async ({ slotSize }) => {
      under ??= make();
      const { shim } = under;
      const memory = Arena.alloc(shim, ringBytes(RING_DATA));
      const arena = Arena.alloc(shim, slotSize + 65536);
      const block = wholeBlock(memory.region);
      const port = new RingPort(shim, arena, { name: "test", memory: block, create: true });
      const writer = new RingWriter(shim, arena, block, false, slotSize);
      return {
        port,
        send: async (payload, line, rxNs) => writer.sendBytes(payload, line, rxNs) === 0,
        close: async () => {
          port.close();
          writer.close();
          arena.free();
          memory.free();
        },
      };
    },
  };
}

/** Both lines of feed 0, for a DevicePort. */
export const DEVICE_LINES = GROUPS.map((group, line) => ({
  group,
  port: UDP_PORT,
  iface: 0,
  feed: 0,
  line,
}));

function fakeDevice(): PortBackend {
  const under = fake();
  return {
    name: "device on the fake shim",
    skipped: undefined,
    room: 1000,
    truncates: false,
    keepsStamp: true,
    openFiles: () => under.shim.network.openDevices.size,
    open: async ({ slotSize }) => {
      const options = {
        name: "test",
        driver: "packet" as const,
        device: "fake0",
        lines: DEVICE_LINES,
        frameBytes: slotSize + FRAME_HEADERS,
      };
      const arena = Arena.alloc(under.shim, DevicePort.arenaBytes(options));
      const port = new DevicePort(under.shim, arena, options);
      const { network } = under.shim;
      return {
        port,
        send: async (payload, line, rxNs) => {
          if (payload.length > slotSize) return false;
          network.sendUdp(GROUPS[line]!, UDP_PORT, payload, { rxNs });
          return true;
        },
        close: async () => {
          port.close();
          arena.free();
        },
      };
    },
  };
}

export const PORT_BACKENDS: PortBackend[] = [
  fakeUdp(),
  fakeDevice(),
  playedUdp(fake, "fake", undefined),
  ring(fake, "fake", undefined),
  kernelUdp(),
  playedUdp(real, "real", REAL_SKIPPED),
  ring(real, "real", REAL_SKIPPED),
];
