import { afterAll, describe, expect, test } from "bun:test";
import { Arena } from "../../src/core/arena.ts";
import { StatusError } from "../../src/core/status.ts";
import {
  HP_ECLOSED,
  HP_EEXIST,
  HP_EINVAL,
  HP_ENOENT,
  HP_RX_STAMP_KERNEL,
  HP_RX_TRUNCATED,
} from "../../src/ffi/layout.ts";
import {
  BURST_MAX,
  DESC_DOUBLES,
  DESC_FLAGS,
  DESC_LENGTH,
  DESC_LINE,
  DESC_OFFSET,
  DESC_RX_NS,
  DESC_WORDS,
  STAT_BYTES,
  STAT_KERNEL_DROPS,
  STAT_PACKETS,
  STAT_POLLS,
  STAT_TRUNCATED,
} from "../../src/net/desc.ts";
import type { Port } from "../../src/net/port.ts";
import { UdpPort } from "../../src/net/udp-port.ts";
import { fake, REAL_IS_MISSING, REAL_SKIPPED, real, until } from "./backends.ts";
import { closeShared, DPDK_BACKENDS } from "./dpdk-rigs.ts";
import { closeSharedCard, EXANIC_BACKENDS } from "./exanic-rigs.ts";
import { closeSharedVeth, PACKET_BACKENDS } from "./packet-rigs.ts";
import { LOOPBACK, PORT_BACKENDS, type PortRig, UDP_PORT } from "./port-rigs.ts";

interface Received {
  payload: Uint8Array;
  line: number;
  flags: number;
  rxNs: number;
}

/** One burst, copied out; checks that every packet lies inside the arena. */
function burst(port: Port): Received[] {
  const count = port.rxBurst();
  expect(count).toBeGreaterThanOrEqual(0);
  expect(count).toBeLessThanOrEqual(BURST_MAX);
  const out: Received[] = [];
  for (let i = 0; i < count; i++) {
    const offset = port.desc[i * DESC_WORDS + DESC_OFFSET]!;
    const length = port.desc[i * DESC_WORDS + DESC_LENGTH]!;
    expect(offset + length).toBeLessThanOrEqual(port.bytes.length);
    out.push({
      payload: port.bytes.slice(offset, offset + length),
      line: port.desc[i * DESC_WORDS + DESC_LINE]!,
      flags: port.desc[i * DESC_WORDS + DESC_FLAGS]!,
      rxNs: port.descTime[i * DESC_DOUBLES + DESC_RX_NS]!,
    });
  }
  if (count > 0) port.rxRelease();
  return out;
}

/** Polls until `count` packets came; fails when more come. */
async function receive(port: Port, count: number): Promise<Received[]> {
  const all: Received[] = [];
  await until(() => {
    all.push(...burst(port));
    return all.length >= count ? true : undefined;
  }, `${count} packets`);
  expect(all.length).toBe(count);
  return all;
}

function packet(seed: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (seed * 31 + i * 7) & 255;
  return bytes;
}

async function sendAll(rig: PortRig, packets: Uint8Array[], line = 0): Promise<void> {
  for (const payload of packets) expect(await rig.send(payload, line, 1)).toBe(true);
}

afterAll(closeShared);
afterAll(closeSharedCard);

if (REAL_IS_MISSING)
  test("the real shim is asked for and is there", () => {
    throw new Error(REAL_SKIPPED);
  });

afterAll(closeSharedVeth);

const BACKENDS = [...PORT_BACKENDS, ...DPDK_BACKENDS, ...EXANIC_BACKENDS, ...PACKET_BACKENDS];
for (const backend of BACKENDS) {
  const title = backend.skipped === undefined ? "" : ` (skipped: ${backend.skipped})`;
  describe.skipIf(backend.skipped !== undefined)(`Port: ${backend.name}${title}`, () => {
    const withRig = async (
      use: (rig: PortRig) => Promise<void>,
      options: { slotSize: number; rcvbufBytes?: number } = { slotSize: 2048 },
    ) => {
      const rig = await backend.open(options);
      try {
        await use(rig);
      } finally {
        await rig.close();
      }
    };

    test("an idle poll gives no packet and is counted", () =>
      withRig(async ({ port }) => {
        expect(port.rxBurst()).toBe(0);
        expect(port.rxBurst()).toBe(0);
        expect(port.stats[STAT_POLLS]).toBe(2);
        expect(port.stats[STAT_PACKETS]).toBe(0);
      }));

    test("a packet arrives unchanged, under its line", () =>
      withRig(async (rig) => {
        await rig.send(packet(1, 100), 1, 5);
        const [got] = await receive(rig.port, 1);
        expect(got!.payload).toEqual(packet(1, 100));
        expect(got!.line).toBe(1);
        expect(got!.flags & HP_RX_TRUNCATED).toBe(0);
        expect(rig.port.stats[STAT_PACKETS]).toBe(1);
        expect(rig.port.stats[STAT_BYTES]).toBe(100);
      }));

    test("an empty packet arrives empty", () =>
      withRig(async (rig) => {
        await sendAll(rig, [new Uint8Array(0), packet(2, 3)]);
        const got = await receive(rig.port, 2);
        expect(got.map((p) => p.payload.length)).toEqual([0, 3]);
      }));

    if (backend.room >= 150)
      test("more than a burst comes in bursts of 64, in order", () =>
        withRig(async (rig) => {
          const sent = Array.from({ length: 150 }, (_, i) => packet(i, 40 + (i % 50)));
          await sendAll(rig, sent);
          const sizes: number[] = [];
          const got: Received[] = [];
          await until(() => {
            const some = burst(rig.port);
            if (some.length > 0) sizes.push(some.length);
            got.push(...some);
            return got.length >= 150 ? true : undefined;
          }, "150 packets");
          expect(got.map((p) => p.payload)).toEqual(sent);
          // What a kernel hands on by and by may come in smaller ones.
          expect(Math.max(...sizes)).toBeLessThanOrEqual(64);
          expect(sizes.length).toBeGreaterThanOrEqual(3);
        }));

    test("packets of two lines keep their own order and their line", () =>
      withRig(async (rig) => {
        for (let i = 0; i < 20; i++) await rig.send(packet(i, 20 + i), i & 1, 1);
        const got = await receive(rig.port, 20);
        for (const line of [0, 1])
          expect(got.filter((p) => p.line === line).map((p) => p.payload)).toEqual(
            Array.from({ length: 10 }, (_, i) => packet(i * 2 + line, 20 + i * 2 + line)),
          );
      }));

    test("a jumbo packet fits a jumbo slot", () =>
      withRig(
        async (rig) => {
          await rig.send(packet(9, 9000), 0, 1);
          const [got] = await receive(rig.port, 1);
          expect(got!.payload).toEqual(packet(9, 9000));
        },
        { slotSize: 9216 },
      ));

    test("a packet longer than a slot is flagged and cut, or refused at the sender", () =>
      withRig(
        async (rig) => {
          const wentOut = await rig.send(packet(3, 129), 0, 1);
          expect(wentOut).toBe(backend.truncates);
          await rig.send(packet(4, 128), 0, 1);
          const got = await receive(rig.port, backend.truncates ? 2 : 1);
          const last = got.at(-1)!;
          expect(last.payload).toEqual(packet(4, 128));
          expect(last.flags & HP_RX_TRUNCATED).toBe(0);
          if (!backend.truncates) return;
          expect(got[0]!.flags & HP_RX_TRUNCATED).toBe(HP_RX_TRUNCATED);
          expect(got[0]!.payload).toEqual(packet(3, 129).subarray(0, 128));
          expect(rig.port.stats[STAT_TRUNCATED]).toBe(1);
        },
        { slotSize: 128 },
      ));

    test("every byte is right over many laps of the memory behind it", () =>
      withRig(async (rig) => {
        let next = 0;
        for (let lap = 0; lap < 60; lap++) {
          const sent: Uint8Array[] = [];
          const count = 1 + ((lap * 37) % Math.min(backend.room, 120));
          for (let i = 0; i < count; i++, next++) sent.push(packet(next, (next * 131) % 1400));
          await sendAll(rig, sent);
          const got = await receive(rig.port, count);
          expect(Buffer.compare(join(got.map((p) => p.payload)), join(sent))).toBe(0);
        }
        expect(rig.port.stats[STAT_PACKETS]).toBe(next);
      }));

    test("a stamp is the sender's or the kernel's, and says which", () =>
      withRig(async (rig) => {
        await rig.send(packet(1, 10), 0, 123456.5);
        const [got] = await receive(rig.port, 1);
        if (backend.stampsNothing === true) {
          expect([got!.rxNs, got!.flags]).toEqual([0, 0]);
        } else if (backend.keepsStamp) {
          expect(got!.rxNs).toBe(123456.5);
        } else {
          expect(got!.flags & HP_RX_STAMP_KERNEL).toBe(HP_RX_STAMP_KERNEL);
          const wall = real().shim.hp_clock_wall_ns();
          expect(Math.abs(wall - got!.rxNs)).toBeLessThan(60e9);
        }
      }));

    test("a closed port answers that it is closed, and closing twice is harmless", () =>
      withRig(async ({ port }) => {
        port.close();
        port.close();
        expect(port.rxBurst()).toBe(HP_ECLOSED);
      }));

    test("opening and closing 200 times leaves no descriptor behind", async () => {
      await withRig(async () => {});
      const before = backend.openFiles();
      for (let i = 0; i < 200; i++) await withRig(async () => {});
      // memif's are closed by a thread of DPDK's, somewhat later: `before` may have had one too many.
      await until(() => (backend.openFiles() <= before ? true : undefined), "no more than before");
    }, 60_000);

    if (backend.truncates && backend.laps !== true)
      test("what the receive buffer could not hold is counted, not forgotten", () =>
        withRig(
          async (rig) => {
            const sent = 300;
            for (let i = 0; i < sent; i++) await rig.send(packet(i, 500), 0, 1);
            let got = 0;
            await until(() => {
              const count = burst(rig.port).length;
              got += count;
              return count === 0 ? true : undefined;
            }, "the buffer to run empty");
            // The kernel tells the count with the next packet.
            await rig.send(packet(0, 10), 0, 1);
            got += (await receive(rig.port, 1)).length;
            rig.refresh?.();
            expect(got).toBeLessThan(sent);
            expect(got + rig.port.stats[STAT_KERNEL_DROPS]!).toBe(sent + 1);
          },
          { slotSize: 2048, rcvbufBytes: 16384 },
        ));
  });
}

const shims = [
  { name: "fake", skipped: undefined, make: fake },
  { name: "real", skipped: REAL_SKIPPED, make: real },
];
for (const { name, skipped, make } of shims) {
  describe.skipIf(skipped !== undefined)(`UDP errors: ${name}`, () => {
    const open = (lines: { group: number; port: number; iface: number }[], slotSize = 2048) => {
      const { shim } = make();
      const arena = Arena.alloc(shim, UdpPort.arenaBytes(slotSize));
      return new UdpPort(shim, arena, { name: "feed x", lines, slotSize });
    };
    const statusOf = (attempt: () => unknown): number => {
      try {
        attempt();
      } catch (error) {
        if (error instanceof StatusError) return error.status;
        throw error;
      }
      return 0;
    };

    test("two readers of one unicast port: the second is refused", () => {
      const { shim } = make();
      const lines = [{ group: 0, port: UDP_PORT + 1, iface: LOOPBACK }];
      const arena = Arena.alloc(shim, 2 * UdpPort.arenaBytes());
      const first = new UdpPort(shim, arena, { name: "a", lines });
      const second = statusOf(() => new UdpPort(shim, arena, { name: "b", lines }));
      first.close();
      arena.free();
      expect(second).toBe(HP_EEXIST);
    });

    test("a group that is no multicast address, port 0, an odd slot: refused", () => {
      expect(statusOf(() => open([{ group: LOOPBACK, port: 5000, iface: LOOPBACK }]))).toBe(
        HP_EINVAL,
      );
      expect(statusOf(() => open([{ group: 0, port: 0, iface: LOOPBACK }]))).toBe(HP_EINVAL);
      expect(statusOf(() => open([{ group: 0, port: 5000, iface: LOOPBACK }], 100))).toBe(
        HP_EINVAL,
      );
      expect(statusOf(() => open([]))).toBe(HP_EINVAL);
    });

    if (name === "real")
      test("an interface address that this host has not is named in the error", () => {
        const attempt = () => open([{ group: 0xefff4d01, port: 5000, iface: 0xcb007101 }]);
        expect(statusOf(attempt)).toBe(HP_ENOENT);
        expect(attempt).toThrow("feed x: can't open 239.255.77.1:5000 on 203.0.113.1");
      });
  });
}

function join(parts: Uint8Array[]): Buffer {
  return Buffer.concat(parts);
}
