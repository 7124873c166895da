/** Every kind of frame on every backend that reads frames, and what can happen to the device. */
import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { StatusError } from "../../src/core/status.ts";
import {
  HP_BURST_MAX,
  HP_EBUSY,
  HP_EGONE,
  HP_EINVAL,
  HP_ENOENT,
  HP_OK,
  HP_RX_TRUNCATED,
} from "../../src/ffi/layout.ts";
import {
  DESC_FEED,
  DESC_FLAGS,
  DESC_LENGTH,
  DESC_LINE,
  DESC_OFFSET,
  DESC_WORDS,
  STAT_BAD_CHECKSUM,
  STAT_FRAGMENTS,
  STAT_KERNEL_DROPS,
  STAT_LINK,
  STAT_LINK_CHANGES,
  STAT_MALFORMED,
  STAT_PACKETS,
  STAT_STRANGERS,
  STAT_TRUNCATED,
  STAT_TX_PACKETS,
} from "../../src/net/desc.ts";
import type { DevicePort } from "../../src/net/device-port.ts";
import { REAL_IS_MISSING, real, until } from "./backends.ts";
import { badFrames, oddFrames } from "./bad-frames.ts";
import { DPDK_FRAME_BACKEND } from "./dpdk-rigs.ts";
import { closeSharedCard, EXANIC_FRAME_BACKEND } from "./exanic-rigs.ts";
import {
  addVeth,
  closeSharedVeth,
  FRAME_BACKENDS,
  type FrameRig,
  frameFor,
  ip,
  openDevice,
  openSender,
  removeVeth,
  SOURCE,
  VETH,
  VETH_BACKENDS,
  VETH_IS_MISSING,
  VETH_SKIPPED,
  type Veth,
} from "./packet-rigs.ts";
import { DEVICE_LINES, GROUPS, UDP_PORT } from "./port-rigs.ts";

const COUNTERS = [STAT_STRANGERS, STAT_MALFORMED, STAT_FRAGMENTS, STAT_BAD_CHECKSUM];

afterAll(closeSharedVeth);
afterAll(closeSharedCard);

/** Payloads of one burst, copied out, each inside the arena. */
function burst(port: DevicePort): { payload: Uint8Array; line: number; flags: number }[] {
  const count = port.rxBurst();
  expect(count).toBeGreaterThanOrEqual(0);
  expect(count).toBeLessThanOrEqual(HP_BURST_MAX);
  const out = [];
  for (let i = 0; i < count; i++) {
    const at = i * DESC_WORDS;
    const offset = port.desc[at + DESC_OFFSET]!;
    const length = port.desc[at + DESC_LENGTH]!;
    expect(offset + length).toBeLessThanOrEqual(port.bytes.length);
    expect(port.desc[at + DESC_FEED]).toBe(0);
    const payload = port.bytes.slice(offset, offset + length);
    out.push({ payload, line: port.desc[at + DESC_LINE]!, flags: port.desc[at + DESC_FLAGS]! });
  }
  if (count > 0) port.rxRelease();
  return out;
}

/** Polls until a packet is `last`; all payloads up to it. */
async function receiveUntil(port: DevicePort, last: Uint8Array): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  await until(() => {
    for (const { payload } of burst(port)) all.push(payload);
    return all.some((p) => Buffer.compare(p, last) === 0) ? true : undefined;
  }, "the last packet");
  return all;
}

function numbered(n: number, length = 30): Uint8Array {
  const payload = new Uint8Array(Math.max(length, 4)).fill(n & 255);
  new DataView(payload.buffer).setUint32(0, n);
  return payload;
}

/** The same on every run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

if (REAL_IS_MISSING || VETH_IS_MISSING)
  test("the real shim is asked for and is there, and a veth pair", () => {
    throw new Error(VETH_SKIPPED);
  });

for (const backend of [...FRAME_BACKENDS, DPDK_FRAME_BACKEND, EXANIC_FRAME_BACKEND]) {
  const title = backend.skipped === undefined ? "" : ` (skipped: ${backend.skipped})`;
  describe.skipIf(backend.skipped !== undefined)(`Frames: ${backend.name}${title}`, () => {
    const withRig = async (
      use: (rig: FrameRig) => Promise<void>,
      more: Parameters<typeof backend.open>[0] = {},
    ) => {
      const rig = backend.open(more);
      try {
        await use(rig);
      } finally {
        rig.close();
      }
    };

    test("bad frames are counted by their kind, and good packets in between arrive", () =>
      withRig(async (rig) => {
        const { port } = rig;
        let n = 0;
        for (const { what, frame, counter, keptBy } of badFrames()) {
          const before = COUNTERS.map((c) => port.stats[c]!);
          expect(rig.send(frameFor(numbered(++n), 0))).toBe(true);
          expect(rig.send(frame)).toBe(true);
          expect(rig.send(frameFor(numbered(++n), 0))).toBe(true);
          const got = await receiveUntil(port, numbered(n));
          expect({ what, got }).toEqual({ what, got: [numbered(n - 1), numbered(n)] });
          const isSeen = !keptBy.includes(backend.filter);
          const counted = COUNTERS.map((c, i) => port.stats[c]! - before[i]!);
          const wanted = COUNTERS.map((c) => (isSeen && c === counter ? 1 : 0));
          expect({ what, counted }).toEqual({ what, counted: wanted });
        }
        expect(port.stats[STAT_PACKETS]).toBe(n);
      }));

    test("tags, options, padding and an absent checksum do not hide a packet", () =>
      withRig(async (rig) => {
        for (const { what, frame } of oddFrames(numbered(7))) {
          expect(rig.send(frame)).toBe(true);
          const got = await receiveUntil(rig.port, numbered(7));
          expect({ what, got }).toEqual({ what, got: [numbered(7)] });
        }
        expect(COUNTERS.map((c) => rig.port.stats[c]!)).toEqual([0, 0, 0, 0]);
      }));

    test("a line with a source takes that source only, and the other one is a stranger", () =>
      withRig(
        async (rig) => {
          expect(rig.send(frameFor(numbered(1), 0, SOURCE + 1))).toBe(true);
          expect(rig.send(frameFor(numbered(2), 0))).toBe(true);
          expect(await receiveUntil(rig.port, numbered(2))).toEqual([numbered(2)]);
          expect(rig.port.stats[STAT_STRANGERS]).toBe(1);
        },
        { lines: DEVICE_LINES.map((line) => ({ ...line, source: SOURCE })) },
      ));

    test("a frame longer than wanted is cut and flagged", () =>
      withRig(
        async (rig) => {
          rig.send(frameFor(numbered(1, 151), 0));
          rig.send(frameFor(numbered(2, 150), 0));
          const got: ReturnType<typeof burst> = [];
          await until(() => {
            got.push(...burst(rig.port));
            return got.length === 2 ? true : undefined;
          }, "two packets");
          expect(got.map((p) => p.payload.length)).toEqual([150, 150]);
          expect(got.map((p) => p.flags & HP_RX_TRUNCATED)).toEqual([HP_RX_TRUNCATED, 0]);
          expect(rig.port.stats[STAT_TRUNCATED]).toBe(1);
        },
        { frameBytes: 192 },
      ));

    test("20,000 frames of noise do no harm, and the packets among them arrive", () =>
      withRig(async (rig) => {
        const random = generator(77);
        for (let round = 0; round < 400; round++) {
          for (let i = 0; i < 49; i++) {
            const frame = frameFor(new Uint8Array(random(200)), random(2));
            for (let k = 1 + random(4); k > 0; k--)
              frame[12 + random(frame.length - 12)] = random(256);
            rig.send(random(4) === 0 ? frame.subarray(0, 14 + random(frame.length - 14)) : frame);
          }
          const last = numbered(round, 999);
          rig.send(frameFor(last, 1));
          await receiveUntil(rig.port, last);
        }
      }));
  });
}

for (const backend of VETH_BACKENDS) {
  const title = backend.skipped === undefined ? "" : ` (skipped: ${backend.skipped})`;
  describe.skipIf(backend.skipped !== undefined)(`Device: ${backend.name}${title}`, () => {
    const { driver, flags } = backend;

    /** A pair of the test's own: what the test does to it disturbs nobody. */
    const withPair = async (use: (pair: Veth) => Promise<void>, mtu?: number) => {
      const pair = { near: `${VETH.near}x`, far: `${VETH.far}x` };
      addVeth(pair, mtu);
      try {
        await use(pair);
      } finally {
        removeVeth(pair);
      }
    };

    test("joins are the kernel's while the port is open", () =>
      withPair(async ({ near }) => {
        const joined = () => ip("maddr", "show", "dev", near).includes("239.255.77.1");
        expect(joined()).toBe(false);
        const { close } = openDevice(real(), { driver, flags, device: near, lines: DEVICE_LINES });
        expect(joined()).toBe(true);
        close();
        expect(joined()).toBe(false);
      }));

    test("a link that goes down and comes back is told, and packets arrive again", () =>
      withPair(async ({ near, far }) => {
        const { port, close } = openDevice(real(), {
          driver,
          flags,
          device: near,
          lines: DEVICE_LINES,
        });
        const sender = openSender(far);
        try {
          // The kernel tells of a new link some time after it is up.
          await linkUp(port);
          const before = port.stats[STAT_LINK_CHANGES]!;
          for (let flap = 0; flap < 5; flap++) {
            ip("link", "set", near, "down");
            expect(port.refresh()).toBe(HP_OK);
            expect(port.stats[STAT_LINK]).toBe(0);
            expect(port.rxBurst()).toBe(0);
            expect(sender.send(frameFor(numbered(flap), 0))).toBe(false);
            ip("link", "set", near, "up");
            await linkUp(port);
            await until(() => sender.send(frameFor(numbered(flap), 0)) || undefined, "the far end");
            expect(await receiveUntil(port, numbered(flap))).toEqual([numbered(flap)]);
          }
          expect(port.stats[STAT_LINK_CHANGES]).toBe(before + 10);
        } finally {
          close();
          sender.close();
        }
      }));

    test("a device that disappears ends the port, and closing it is harmless", () =>
      withPair(async (pair) => {
        const { port, close } = openDevice(real(), {
          driver,
          flags,
          device: pair.near,
          lines: DEVICE_LINES,
          txSize: 256,
        });
        const flow = port.flow({ address: GROUPS[0]!, port: UDP_PORT });
        expect(flow).toBe(0);
        expect(port.send(flow, 0, 10)).toBe(HP_OK);
        removeVeth(pair);
        expect(port.refresh()).toBe(HP_EGONE);
        expect(port.rxBurst()).toBe(HP_EGONE);
        expect(port.stats[STAT_LINK]).toBe(0);
        expect(port.send(flow, 0, 10)).toBeLessThan(0);
        expect(port.stats[STAT_TX_PACKETS]).toBe(1);
        close();
      }));

    test("a burst beyond the ring is counted, not forgotten", () =>
      withPair(async ({ near, far }) => {
        const { port, close } = openDevice(real(), {
          driver,
          flags,
          device: near,
          lines: DEVICE_LINES,
          frames: 256,
        });
        const sender = openSender(far);
        for (let i = 0; i < 2000; i++) expect(sender.send(frameFor(numbered(i), i & 1))).toBe(true);
        await until(() => {
          burst(port);
          port.refresh();
          const told = port.stats[STAT_PACKETS]! + port.stats[STAT_KERNEL_DROPS]!;
          return told === 2000 ? true : undefined;
        }, "2000 packets to be told of");
        expect(port.stats[STAT_KERNEL_DROPS]).toBeGreaterThan(1000);
        close();
        sender.close();
      }));

    test("jumbo frames come whole and in order, many laps of the memory", () =>
      withPair(async ({ near, far }) => {
        const { port, close } = openDevice(real(), {
          driver,
          flags,
          device: near,
          lines: DEVICE_LINES,
          frameBytes: 9216,
          frames: 64,
        });
        const sender = openSender(far);
        for (let n = 0; n < 600; n += 6) {
          const sent = [0, 1, 2, 3, 4, 5].map((i) => numbered(n + i, i === 2 ? 60 : 9100 - n - i));
          for (const payload of sent) expect(sender.send(frameFor(payload, 0))).toBe(true);
          const got = await receiveUntil(port, sent[5]!);
          expect(Buffer.compare(Buffer.concat(got), Buffer.concat(sent))).toBe(0);
        }
        expect(port.stats[STAT_KERNEL_DROPS]).toBe(0);
        close();
        sender.close();
      }));

    test("a second process is refused by name, or shares the device", () =>
      withPair(async ({ near, far }) => {
        const child = Bun.spawn(
          [process.execPath, join(import.meta.dir, "frame-child.ts"), driver, near],
          { stdout: "pipe", stderr: "inherit", env: { ...process.env, HAIRPIN_SHIM: "real" } },
        );
        const reader = child.stdout.getReader();
        const first = await reader.read();
        expect(new TextDecoder().decode(first.value)).toBe("open\n");
        const attempt = () =>
          openDevice(real(), { driver, flags, device: near, lines: DEVICE_LINES });
        if (driver === "xdp") {
          expect(statusOf(attempt)).toBe(HP_EBUSY);
          expect(attempt).toThrow(`another hairpin, process ${child.pid}, has ${near}`);
        }
        // Killed, it leaves nothing behind.
        if (driver === "xdp") child.kill("SIGKILL");
        await (driver === "xdp" ? child.exited : Promise.resolve());
        const { port, close } = attempt();
        const sender = openSender(far);
        expect(sender.send(frameFor(numbered(3), 0))).toBe(true);
        await receiveUntil(port, numbered(3));
        close();
        sender.close();
        child.kill("SIGKILL");
        await child.exited;
        expect(ip("link", "show", near)).not.toContain("xdp");
      }));

    test("opening and closing leaves no program and no membership behind", async () => {
      await withPair(async ({ near }) => {
        const open = () => openDevice(real(), { driver, flags, device: near, lines: DEVICE_LINES });
        open().close();
        const before = real().openFiles();
        for (let i = 0; i < 50; i++) open().close();
        expect(real().openFiles()).toBe(before);
        expect(packetSockets(near)).toBe(0);
        expect(ip("link", "show", near)).not.toContain("xdp");
        expect(ip("maddr", "show", "dev", near)).not.toContain("239.255.77.1");
      });
    }, 30_000);

    test("what cannot be opened says what is missing", () => {
      const attempt = (more: object) => () =>
        openDevice(real(), { driver, flags, device: "nothere0", lines: DEVICE_LINES, ...more });
      expect(statusOf(attempt({}))).toBe(HP_ENOENT);
      expect(attempt({})).toThrow(
        `test: can't open nothere0 with the ${driver} driver: there is no interface nothere0 here`,
      );
      expect(statusOf(attempt({ frameBytes: 100 }))).toBe(HP_EINVAL);
      expect(attempt({ frames: 3 })).toThrow("power of two");
      expect(attempt({ lines: [DEVICE_LINES[0]!, DEVICE_LINES[0]!] })).toThrow(
        "two lines want the same packets",
      );
    });
  });
}

async function linkUp(port: DevicePort): Promise<void> {
  await until(() => {
    port.refresh();
    return port.stats[STAT_LINK] === 1 ? true : undefined;
  }, "the link");
}

function statusOf(attempt: () => unknown): number {
  try {
    attempt();
  } catch (error) {
    if (error instanceof StatusError) return error.status;
    throw error;
  }
  return 0;
}

/** Packet sockets that listen on an interface: a line each, `sk RefCnt Type Proto Iface ...`. */
function packetSockets(device: string): number {
  const index = readFileSync(`/sys/class/net/${device}/ifindex`, "utf8").trim();
  const lines = readFileSync("/proc/net/packet", "utf8").trim().split("\n");
  return lines.filter((line) => line.trim().split(/\s+/)[4] === index).length;
}
