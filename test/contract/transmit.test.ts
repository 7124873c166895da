/** Transmitters of every kind, with a Port at the other end. */
import { afterAll, describe, expect, test } from "bun:test";
import { Arena } from "../../src/core/arena.ts";
import { udpFrame } from "../../src/ffi/fake-frame.ts";
import {
  HP_ECLOSED,
  HP_EINVAL,
  HP_ENOSPC,
  HP_ENOTSUP,
  HP_OK,
  HP_PORT_NO_HUGE,
  HP_PORT_NO_JOIN,
  HP_PORT_STAMPS_TX,
  HP_PORT_STAMPS_TX_KERNEL,
  HP_TX_FLOWS_MAX,
} from "../../src/ffi/layout.ts";
import {
  DESC_LENGTH,
  DESC_LINE,
  DESC_OFFSET,
  DESC_WORDS,
  STAT_BAD_CHECKSUM,
  STAT_TX_PACKETS,
} from "../../src/net/desc.ts";
import { DevicePort } from "../../src/net/device-port.ts";
import type { Port } from "../../src/net/port.ts";
import { FLOW_RAW, type Transmitter } from "../../src/net/transmitter.ts";
import { UdpPort } from "../../src/net/udp-port.ts";
import {
  fake,
  REAL_IS_MISSING,
  REAL_SKIPPED,
  real,
  type ShimUnderTest,
  until,
} from "./backends.ts";
import { closeShared, openDpdk, ROOT_SKIPPED, sharedVeth } from "./dpdk-rigs.ts";
import { closeSharedVeth, openDevice, VETH, VETH_BACKENDS } from "./packet-rigs.ts";
import { DEVICE_LINES, GROUPS, LOOPBACK, UDP_PORT } from "./port-rigs.ts";

interface TransmitRig {
  from: Port & Transmitter;
  to: Port;
  /** 0 = stays 0; else the wall clock that a stamp is near to. */
  stampsNear: () => number;
  close(): void;
}

interface TransmitBackend {
  name: string;
  skipped: string | undefined;
  open(): TransmitRig;
}

const TX_SIZE = 4096;

afterAll(closeSharedVeth);
afterAll(closeShared);

function udp(
  name: string,
  skipped: string | undefined,
  make: () => ShimUnderTest,
): TransmitBackend {
  let under: ShimUnderTest | undefined;
  return {
    name: `UDP on the ${name} shim`,
    skipped,
    open: () => {
      under ??= make();
      const { shim } = under;
      const arena = Arena.alloc(shim, 2 * UdpPort.arenaBytes(2048, TX_SIZE));
      const lines = GROUPS.map((group) => ({ group, port: UDP_PORT + 3, iface: LOOPBACK }));
      const to = new UdpPort(shim, arena, { name: "to", lines });
      const from = new UdpPort(shim, arena, { name: "from", lines: [], txSize: TX_SIZE });
      const close = () => {
        from.close();
        to.close();
        arena.free();
      };
      const stampsNear = () => (shim.isFake ? performance.now() * 1e6 : shim.hp_clock_wall_ns());
      return { from, to, stampsNear, close };
    },
  };
}

function device(
  name: string,
  skipped: string | undefined,
  open: (to: boolean) => ReturnType<typeof openDevice>,
): TransmitBackend {
  return {
    name,
    skipped,
    open: () => {
      const to = open(true);
      const from = open(false);
      const stamps = HP_PORT_STAMPS_TX | HP_PORT_STAMPS_TX_KERNEL;
      const isStamped = (from.port.info.flags & stamps) !== 0;
      const close = () => {
        from.close();
        to.close();
      };
      const stampsNear = () => (isStamped ? Date.now() * 1e6 : 0);
      return { from: from.port, to: to.port, stampsNear, close };
    },
  };
}

const lines = DEVICE_LINES.map((line) => ({ ...line, port: UDP_PORT + 3 }));
const fakeUnder = fake();
const BACKENDS: TransmitBackend[] = [
  udp("fake", undefined, fake),
  udp("real", REAL_SKIPPED, real),
  device("a device of the fake shim", undefined, (isTo) => {
    const end = isTo ? { device: "fake0", lines } : { device: "fake1", lines: [], txSize: TX_SIZE };
    return openDevice(fakeUnder, { driver: "packet", ...end });
  }),
  ...VETH_BACKENDS.map(({ name, skipped, driver, flags, open }) =>
    device(name, skipped, (isTo) => {
      if (isTo) return open({ lines });
      return openDevice(real(), { driver, flags, device: VETH.far, lines: [], txSize: TX_SIZE });
    }),
  ),
  device("DPDK af_packet", ROOT_SKIPPED, (isTo) => {
    const { near, far } = sharedVeth();
    const flags = HP_PORT_NO_HUGE | HP_PORT_NO_JOIN;
    if (isTo) return openDpdk(`net_af_packet0,iface=${near}`, { flags, lines });
    return openDpdk(`net_af_packet1,iface=${far}`, { flags, lines: [], txSize: TX_SIZE });
  }),
];

function take(port: Port, into: { line: number; bytes: Uint8Array }[]): void {
  const count = port.rxBurst();
  for (let i = 0; i < count; i++) {
    const offset = port.desc[i * DESC_WORDS + DESC_OFFSET]!;
    const length = port.desc[i * DESC_WORDS + DESC_LENGTH]!;
    const bytes = port.bytes.slice(offset, offset + length);
    into.push({ line: port.desc[i * DESC_WORDS + DESC_LINE]!, bytes });
  }
  if (count > 0) port.rxRelease();
}

async function receive(port: Port, count: number): Promise<{ line: number; bytes: Uint8Array }[]> {
  const all: { line: number; bytes: Uint8Array }[] = [];
  await until(() => {
    take(port, all);
    return all.length >= count ? true : undefined;
  }, `${count} packets`);
  expect(all).toHaveLength(count);
  return all;
}

if (REAL_IS_MISSING)
  test("the real shim is asked for and is there", () => {
    throw new Error(REAL_SKIPPED);
  });

for (const backend of BACKENDS) {
  const title = backend.skipped === undefined ? "" : ` (skipped: ${backend.skipped})`;
  describe.skipIf(backend.skipped !== undefined)(`Transmitter: ${backend.name}${title}`, () => {
    const withRig = async (use: (rig: TransmitRig) => Promise<void> | void) => {
      const rig = backend.open();
      try {
        await use(rig);
      } finally {
        rig.close();
      }
    };
    const flowTo = (from: Transmitter, line: number) =>
      from.flow({ address: GROUPS[line]!, port: UDP_PORT + 3, sourceAddress: LOOPBACK });

    test("payloads of every length reach the line of their flow, in order", () =>
      withRig(async ({ from, to }) => {
        expect([flowTo(from, 0), flowTo(from, 1)]).toEqual([0, 1]);
        for (let round = 0; round < 20; round++) {
          const sent: { line: number; bytes: Uint8Array }[] = [];
          for (let i = 0; i < 50; i++) {
            const length = (round * 50 + i) % 1400;
            const bytes = from.tx.subarray(7, 7 + length);
            for (let k = 0; k < length; k++) bytes[k] = (k * 7 + i) & 255;
            await until(() => (from.send(i & 1, 7, length) === HP_OK ? true : undefined), "room");
            sent.push({ line: i & 1, bytes: bytes.slice() });
          }
          const got = await receive(to, 50);
          for (const line of [0, 1])
            expect(got.filter((p) => p.line === line)).toEqual(sent.filter((p) => p.line === line));
        }
        expect(from.stats[STAT_TX_PACKETS]).toBe(1000);
        expect(to.stats[STAT_BAD_CHECKSUM]).toBe(0);
      }));

    test("what cannot go is refused", () =>
      withRig(({ from }) => {
        expect(from.flow({ address: GROUPS[0]!, port: 0 })).toBe(HP_EINVAL);
        expect(from.flow({ address: GROUPS[0]!, port: 65_536 })).toBe(HP_EINVAL);
        for (let i = 0; i < HP_TX_FLOWS_MAX; i++) expect(flowTo(from, 0)).toBe(i);
        expect(flowTo(from, 0)).toBe(HP_ENOSPC);
        expect(from.send(HP_TX_FLOWS_MAX, 0, 10)).toBe(HP_EINVAL);
        expect(from.send(-2, 0, 10)).toBe(HP_EINVAL);
        expect(from.send(0, -1, 10)).toBe(HP_EINVAL);
        expect(from.send(0, 0, -1)).toBe(HP_EINVAL);
        expect(from.send(0, TX_SIZE - 5, 6)).toBe(HP_EINVAL);
        expect(from.stats[STAT_TX_PACKETS]).toBe(0);
      }));

    test("a whole frame goes as it is, where the port has frames", () =>
      withRig(async ({ from, to }) => {
        const payload = new Uint8Array(33).fill(9);
        const from1 = { address: LOOPBACK, port: 4000 };
        const frame = udpFrame(from1, { address: GROUPS[1]!, port: UDP_PORT + 3 }, payload);
        frame.set([1, 0, 0x5e, 0x7f, 77, 2]);
        from.tx.set(frame, 5);
        const status = from.send(FLOW_RAW, 5, frame.length);
        if (!(from instanceof DevicePort)) return expect(status).toBe(HP_ENOTSUP);
        expect(status).toBe(HP_OK);
        expect(await receive(to, 1)).toEqual([{ line: 1, bytes: payload }]);
      }));

    test("a stamp is told once somebody asks, and is that of the last payload", () =>
      withRig(async ({ from, to, stampsNear }) => {
        flowTo(from, 0);
        expect(from.sentNs()).toBe(0);
        expect(from.send(0, 0, 10)).toBe(HP_OK);
        expect(from.send(0, 0, 10)).toBe(HP_OK);
        await receive(to, 2);
        if (stampsNear() === 0) return expect(from.sentNs()).toBe(0);
        const stamp = await until(() => from.sentNs() || undefined, "the stamp");
        expect(Math.abs(stampsNear() - stamp)).toBeLessThan(60e9);
        expect(from.sentNs()).toBe(stamp);
      }));

    test("a closed port sends nothing", () =>
      withRig(({ from }) => {
        flowTo(from, 0);
        from.close();
        expect(from.send(0, 0, 10)).toBe(HP_ECLOSED);
        expect(flowTo(from, 0)).toBe(HP_ECLOSED);
        expect(from.sentNs()).toBe(0);
      }));
  });
}
