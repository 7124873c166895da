/**
 * Packet backends: what a poll that finds nothing costs, and a packet through, beside a loop in C around
 * the same functions (native/reference/port-loop.c). A frame crosses a veth pair: sent by AF_PACKET at
 * one end in both contestants, read by the backend at the other.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { Arena, wholeBlock } from "../../../src/core/arena.ts";
import { cString } from "../../../src/core/c-string.ts";
import { HP_PORT_NO_HUGE } from "../../../src/ffi/layout.ts";
import { loadShim } from "../../../src/ffi/load.ts";
import type { PortDriverName } from "../../../src/ffi/port-driver.ts";
import { DESC_LENGTH } from "../../../src/net/desc.ts";
import { DevicePort } from "../../../src/net/device-port.ts";
import { PORT_TABLES_SIZE } from "../../../src/net/port-memory.ts";
import { RingPort } from "../../../src/net/ring-port.ts";
import { RingWriter, ringBytes } from "../../../src/net/ring-writer.ts";
import { FLOW_RAW } from "../../../src/net/transmitter.ts";
import { loadReference, type Reference } from "../../support/reference.ts";
import type { Pair, PairCase } from "../pair.ts";
import { GROUP, GROUP_PORT, groupFrame, makeVeth, whyNoVeth } from "../veth.ts";

const BUILD = join(import.meta.dir, "../../../build");
const POLLS = 1000;
const PACKETS = 20;
const PAYLOAD = new Uint8Array(64).fill(7);
const RING_DATA = 1 << 16;
const TX_BYTES = 4096;
const LINES = [{ group: GROUP, port: GROUP_PORT, iface: 0, feed: 0, line: 0 }];

/** What each backend is opened with, and why it can't be. */
interface Backend {
  name: string;
  driver: PortDriverName;
  device(near: string): string;
  library: string;
  flags?: number;
}

const BACKENDS: readonly Backend[] = [
  { name: "AF_PACKET", driver: "packet", device: (near) => near, library: "libhairpin.so" },
  { name: "AF_XDP", driver: "xdp", device: (near) => near, library: "libhairpin.so" },
  {
    name: "DPDK af_packet",
    driver: "dpdk",
    device: (near) => `net_af_packet0,iface=${near}`,
    library: "libhairpin-dpdk.so",
    flags: HP_PORT_NO_HUGE,
  },
];
const NULL_BACKEND: Backend = {
  name: "DPDK null",
  driver: "dpdk",
  device: () => "net_null0,no-rx=1",
  library: "libhairpin-dpdk.so",
  flags: HP_PORT_NO_HUGE,
};

/** What is sent comes back: no kernel in between. */
const RING_BACKEND: Backend = { ...NULL_BACKEND, name: "DPDK ring", device: () => "net_ring0" };

function hasLibrary({ library }: Backend): boolean {
  try {
    return statSync(join(BUILD, library)).size > 0;
  } catch {
    return false;
  }
}

/** Address of a function of the backend. */
function symbol(c: Reference, { library }: Backend, name: string): number {
  const address = c.ref_symbol(cString(join(BUILD, library)), cString(name));
  if (address === 0) throw new Error(`${library} has no ${name}`);
  return address;
}

function openDevice(one: Backend, device: string, txSize: number, lines = LINES): DevicePort {
  const shim = loadShim();
  const options = {
    name: "bench",
    driver: one.driver,
    device,
    lines,
    txSize,
    flags: one.flags ?? 0,
    memoryMib: 64,
  };
  return new DevicePort(shim, Arena.alloc(shim, DevicePort.arenaBytes(options)), options);
}

function idlePair(one: Backend, device: string, c: Reference): Pair {
  const port = openDevice(one, device, 0);
  const burst = symbol(c, one, `hp_${one.driver}_rx_burst`);
  return {
    per: POLLS,
    ours: {
      run() {
        for (let i = 0; i < POLLS; i++) port.rxBurst();
      },
    },
    other: { run: () => c.ref_port_idle(burst, port.handleNumber(), POLLS) },
  };
}

/** From one end of a veth pair to the other; sent by AF_PACKET. */
function vethPair(one: Backend, c: Reference): Pair {
  const { near, far } = makeVeth();
  const sender = BACKENDS[0]!;
  const from = openDevice(sender, far, TX_BYTES, []);
  return throughPair(one, c, sender, from, openDevice(one, one.device(near), 0), PACKETS);
}

function ringDevicePair(c: Reference): Pair {
  const port = openDevice(RING_BACKEND, RING_BACKEND.device(""), TX_BYTES);
  return throughPair(RING_BACKEND, c, RING_BACKEND, port, port, POLLS);
}

function throughPair(
  one: Backend,
  c: Reference,
  sender: Backend,
  from: DevicePort,
  to: DevicePort,
  packets: number,
): Pair {
  const frame = groupFrame(PAYLOAD);
  from.tx.set(frame);
  const desc = loadShim().addressOf(to.desc.buffer as ArrayBuffer) + to.desc.byteOffset;
  const tx = symbol(c, sender, `hp_${sender.driver}_tx`);
  const burst = symbol(c, one, `hp_${one.driver}_rx_burst`);
  const release = symbol(c, one, `hp_${one.driver}_rx_release`);
  return {
    per: packets,
    ours: {
      run() {
        for (let i = 0; i < packets; i++) {
          while (from.send(FLOW_RAW, 0, frame.length) !== 0);
          while (to.rxBurst() === 0);
          if (to.desc[DESC_LENGTH] !== PAYLOAD.length) throw new Error("another packet");
          to.rxRelease();
        }
      },
    },
    other: {
      run() {
        const [a, b] = [from.handleNumber(), to.handleNumber()];
        const { length } = frame;
        const done = c.ref_port_through(tx, a, length, burst, release, b, desc, packets);
        if (done !== packets) throw new Error(`${one.name} in C: status ${done}`);
      },
    },
  };
}

function ringPairs(): PairCase[] {
  const make = async (isIdle: boolean): Promise<Pair> => {
    const c = await loadReference();
    const shim = loadShim();
    const bytes = ringBytes(RING_DATA);
    const memory = { ...wholeBlock(Arena.alloc(shim, bytes).region), size: bytes };
    const arena = Arena.alloc(shim, PORT_TABLES_SIZE + 8192);
    const port = new RingPort(shim, arena, { name: "bench", memory, create: true });
    const writer = new RingWriter(shim, arena, memory, false);
    writer.staging.set(PAYLOAD);
    const core = { ...BACKENDS[0]! };
    const at = (name: string) => symbol(c, core, name);
    const [tx, burst, release] = [
      at("hp_ring_tx"),
      at("hp_ring_rx_burst"),
      at("hp_ring_rx_release"),
    ];
    const address = (view: Uint8Array | Uint32Array) =>
      shim.addressOf(view.buffer as ArrayBuffer) + view.byteOffset;
    const [payload, desc] = [address(writer.staging), address(port.desc)];
    const [from, to] = [writer.handleNumber(), port.handleNumber()];
    const size = PAYLOAD.length;
    if (isIdle) {
      return {
        per: POLLS,
        ours: {
          run() {
            for (let i = 0; i < POLLS; i++) port.rxBurst();
          },
        },
        other: { run: () => c.ref_port_idle(burst, to, POLLS) },
      };
    }
    return {
      per: POLLS,
      ours: {
        run() {
          for (let i = 0; i < POLLS; i++) {
            writer.send(size, 0, 0);
            while (port.rxBurst() === 0);
            if (port.desc[DESC_LENGTH] !== size) throw new Error("another packet");
            port.rxRelease();
          }
        },
      },
      other: {
        run: () => c.ref_ring_through(tx, payload, size, burst, release, from, to, desc, POLLS),
      },
    };
  };
  const note = "shared memory";
  return [
    { name: `idle poll: ${RING}`, other: "C", note, make: () => make(true) },
    { name: `one packet through: ${RING}`, other: "C", note, make: () => make(false) },
  ];
}

const RING = "ring";
/** For aims.ts. */
export const IDLE_RING = `idle poll: ${RING}`;
export const IDLE_NULL = `idle poll: ${NULL_BACKEND.name}`;
export const idleOf = (name: string): string => `idle poll: ${name}`;
export const throughOf = (name: string): string => `one packet through: ${name}`;

export function portPairs(): PairCase[] {
  const pairs = ringPairs();
  if (hasLibrary(NULL_BACKEND)) {
    pairs.push({
      name: IDLE_NULL,
      other: "C",
      make: async () => idlePair(NULL_BACKEND, NULL_BACKEND.device(""), await loadReference()),
    });
    pairs.push({
      name: throughOf(RING_BACKEND.name),
      other: "C",
      make: async () => ringDevicePair(await loadReference()),
    });
  }
  if (whyNoVeth() !== undefined) return pairs;
  for (const one of BACKENDS) {
    if (!hasLibrary(one)) continue;
    pairs.push({
      name: idleOf(one.name),
      other: "C",
      note: "veth",
      make: async () => idlePair(one, one.device(makeVeth().near), await loadReference()),
    });
    pairs.push({
      name: throughOf(one.name),
      other: "C",
      note: "veth; both send by AF_PACKET",
      make: async () => vethPair(one, await loadReference()),
    });
  }
  return pairs;
}
