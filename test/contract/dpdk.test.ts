/** What is DPDK's own: queues, joins, neighbours, links, and what is said when something is missing. */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { StatusError } from "../../src/core/status.ts";
import * as L from "../../src/ffi/layout.ts";
import { parseIpv4 } from "../../src/net/address.ts";
import * as D from "../../src/net/desc.ts";
import type { DevicePortOptions } from "../../src/net/device-options.ts";
import type { DevicePort } from "../../src/net/device-port.ts";
import { ip, vethPair } from "../support/veth.ts";
import { until } from "./backends.ts";
import { arpFrame, igmpQuery, ipv4At, readIgmp } from "./control-frames.ts";
import { runChild } from "./dpdk-child.ts";
import {
  closeShared,
  DPDK_SKIPPED,
  frameFor,
  linkIs,
  OURS,
  openDpdk,
  packetRig,
  ROOT_SKIPPED,
  ringRig,
  sendRaw,
  sharedVeth,
  THEIRS,
} from "./dpdk-rigs.ts";
import { DEVICE_LINES, FRAME_HEADERS, GROUPS, UDP_PORT } from "./port-rigs.ts";

const { HP_PORT_NO_HUGE: PLAIN, HP_PORT_NO_JOIN: NO_JOIN } = L;

// Interfaces and processes take their time on a busy machine.
setDefaultTimeout(30_000);
afterAll(closeShared);

if (
  DPDK_SKIPPED !== undefined &&
  process.env["HAIRPIN_SHIM"] === "real" &&
  process.env["CI"] === "true"
)
  test("DPDK is asked for and is there", () => {
    throw new Error(DPDK_SKIPPED);
  });

const title = (skipped: string | undefined) =>
  skipped === undefined ? "" : ` (skipped: ${skipped})`;

/** Polls until `count` packets came; their payloads. */
async function receive(port: DevicePort, count: number): Promise<Uint8Array[]> {
  const out: Uint8Array[] = [];
  await until(() => {
    const got = port.rxBurst();
    for (let i = 0; i < got; i++) {
      const at = port.desc[i * D.DESC_WORDS + D.DESC_OFFSET]!;
      out.push(port.bytes.slice(at, at + port.desc[i * D.DESC_WORDS + D.DESC_LENGTH]!));
    }
    if (got > 0) port.rxRelease();
    return out.length >= count ? true : undefined;
  }, `${count} packets`);
  expect(out.length).toBe(count);
  return out;
}

function failure(open: () => unknown): StatusError {
  try {
    open();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error("it opened");
}

const bytes = (...values: number[]) => Uint8Array.from(values);

async function withRing(use: (rig: ReturnType<typeof ringRig>) => Promise<void>): Promise<void> {
  const rig = ringRig();
  try {
    await use(rig);
  } finally {
    await rig.close();
  }
}

describe.skipIf(DPDK_SKIPPED !== undefined)(`DPDK without interfaces${title(DPDK_SKIPPED)}`, () => {
  test("a flow's payload comes back under its line, a raw frame too", async () => {
    const { port, close } = ringRig({ address: OURS });
    const flow = port.flow({ address: GROUPS[1]!, port: UDP_PORT, sourcePort: 9 });
    expect(flow).toBe(0);
    port.tx.set([5, 6, 7], 100);
    expect(port.send(flow, 100, 3)).toBe(L.HP_OK);
    expect(await receive(port, 1)).toEqual([bytes(5, 6, 7)]);
    expect(port.desc[D.DESC_LINE]).toBe(1);
    sendRaw(port, frameFor(bytes(1, 2), 0));
    expect(await receive(port, 1)).toEqual([bytes(1, 2)]);
    expect(port.stats[D.STAT_TX_PACKETS]).toBe(2);
    expect(port.sentNs()).toBe(0);
    close();
  });

  test("what can never go is refused for good, what finds no room for now", () => {
    const { port, close } = ringRig({ address: OURS });
    const flow = port.flow({ address: GROUPS[0]!, port: UDP_PORT });
    expect(port.send(flow, 0, 60_000)).toBe(L.HP_EINVAL);
    expect(port.send(flow + 1, 0, 10)).toBe(L.HP_EINVAL);
    expect(port.send(L.HP_TX_RAW, 0, 13)).toBe(L.HP_EINVAL);
    expect(port.flow({ address: parseIpv4("10.99.0.1")!, port: 1 })).toBe(L.HP_EREFUSED);
    let sent = 0;
    while (port.send(flow, 0, 10) === L.HP_OK) sent++;
    expect(port.send(flow, 0, 10)).toBe(L.HP_EAGAIN);
    expect(sent).toBeGreaterThan(500);
    expect(port.stats[D.STAT_TX_REFUSED]).toBe(2);
    let got = 0;
    for (let n = 1; n > 0; got += n) {
      n = port.rxBurst();
      port.rxRelease();
    }
    expect(got).toBe(sent);
    close();
  });

  test("what is not whole and right is counted, not seen", () =>
    withRing(async ({ port, raw }) => {
      const spoil = (at: number, value: number) => {
        const frame = frameFor(bytes(1, 2, 3, 4), 0);
        frame[at] = value;
        return frame;
      };
      raw(spoil(45, 77)); // payload
      raw(spoil(24, 0)); // IPv4 checksum
      raw(spoil(20, 0x20)); // more fragments
      raw(spoil(16, 0x70)); // longer than the frame
      raw(spoil(33, 99)); // another group
      raw(frameFor(bytes(8), 0));
      expect(await receive(port, 1)).toEqual([bytes(8)]);
      const { stats } = port;
      expect(stats[D.STAT_BAD_CHECKSUM]).toBe(2);
      expect(stats[D.STAT_FRAGMENTS]).toBe(1);
      expect(stats[D.STAT_MALFORMED]).toBe(1);
      expect(stats[D.STAT_STRANGERS]).toBe(1);
    }));

  test("whatever comes in is seen once, or counted once, and never breaks the Port", () =>
    withRing(async ({ port, raw }) => {
      let seed = 1;
      const random = (below: number) => {
        seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
        return (seed >> 8) % below;
      };
      let seen = 0;
      for (let i = 0; i < 20_000; i++) {
        const frame = frameFor(new Uint8Array(random(200)).fill(i), i & 1);
        for (let k = random(4); k > 0; k--) frame[12 + random(34)] = random(256);
        expect(raw(frame.subarray(0, 14 + random(frame.length - 13)))).toBe(true);
        seen += port.rxBurst();
        port.rxRelease();
      }
      const { stats } = port;
      const counted = [D.STAT_STRANGERS, D.STAT_MALFORMED, D.STAT_FRAGMENTS, D.STAT_BAD_CHECKSUM];
      for (const counter of counted) expect(stats[counter]).toBeGreaterThan(0);
      const total = counted.reduce((sum, counter) => sum + stats[counter]!, seen);
      expect(seen).toBeGreaterThan(0);
      expect(total).toBe(20_000);
      expect(stats[D.STAT_PACKETS]).toBe(seen);
    }));

  test("a silent null device polls, a loud one counts strangers", () => {
    const silent = openDpdk("net_null0,no-rx=1");
    expect(silent.port.rxBurst()).toBe(0);
    silent.close();
    const loud = openDpdk("net_null1,size=128", { flags: PLAIN | NO_JOIN });
    expect(loud.port.rxBurst()).toBe(0);
    expect(loud.port.stats[D.STAT_STRANGERS]).toBe(L.HP_BURST_MAX);
    loud.close();
  });

  test("two engines have a queue each of one device, and a third is refused", async () => {
    const queue = (n: number) =>
      ringRig({ queue: n, queueCount: 2, extra: "steer=off", address: OURS });
    const first = queue(0);
    const second = queue(1);
    expect(failure(() => queue(1)).message).toContain("queue 1 of net_ring0 is in use");
    expect(failure(() => queue(2)).message).toContain("queue 2 is not one of them");
    first.raw(frameFor(bytes(1), 0));
    second.raw(frameFor(bytes(2), 0));
    expect(await receive(second.port, 1)).toEqual([bytes(2)]);
    expect(await receive(first.port, 1)).toEqual([bytes(1)]);
    first.close();
    second.raw(frameFor(bytes(3), 0));
    expect(await receive(second.port, 1)).toEqual([bytes(3)]);
    second.close();
  });

  test("a device that cannot bring groups to queues says so", () => {
    const error = failure(() => ringRig({ queue: 1, queueCount: 2 }));
    expect(error.status).toBe(L.HP_ENOTSUP);
    expect(error.message).toContain("net_ring cannot bring chosen groups to chosen queues");
  });

  test("two sizes of memory in one process, a bad device: one sentence each", () => {
    ringRig().close();
    const huge = failure(() => ringRig({ flags: 0 }));
    expect([huge.status, huge.message]).toEqual([
      L.HP_EBUSY,
      expect.stringContaining("this process runs DPDK on ordinary pages already"),
    ]);
    expect(failure(() => ringRig({ memoryMib: 60_000 })).message).toContain("memory_mib = 60000");
    const cases: [string, number, string][] = [
      ["nosuch0", L.HP_ENOENT, "there is no interface nosuch0"],
      ["lo", L.HP_ENOTSUP, 'lo is no card on the PCI bus: device = "net_af_packet0,iface=lo"'],
      ["ffff:1f:1f.7", L.HP_ENOENT, "there is no card at ffff:1f:1f.7"],
      ["net_af_packet0", L.HP_EINVAL, "net_af_packet0 needs an interface"],
      ["net_af_packet0,iface=nosuch0", L.HP_ENOENT, "there is no interface nosuch0"],
      ["net_nosuch0", L.HP_ENOTSUP, "net_nosuch0 is not taken by any driver of DPDK here"],
    ];
    for (const [device, status, words] of cases) {
      const error = failure(() => openDpdk(device));
      expect([device, error.status]).toEqual([device, status]);
      expect(error.message).toContain(words);
    }
  });

  test("the thread that starts DPDK keeps its cores", async () => {
    const job = { device: "net_ring0", flags: PLAIN | NO_JOIN, do: "loop", count: 10 } as const;
    const free = await runChild(job);
    expect(free.got).toBe(10);
    expect(free.cores[1]).toBe(free.cores[0]);
    const core = availableParallelism() - 1;
    expect((await runChild({ ...job, core })).cores).toEqual([`${core}`, `${core}`]);
  }, 30_000);

  const driven = cardOfAnotherDriver();
  test.skipIf(driven === undefined)("a card that the kernel drives is left to it", () => {
    const error = failure(() => openDpdk(driven!));
    expect(error.status).toBe(L.HP_EBUSY);
    expect(error.message).toMatch(/is driven by \S+: bind it to vfio-pci: `modprobe vfio-pci; cd/);
    expect(error.message).toContain(`echo ${driven} > ../../drivers_probe`);
  });

  test("a peer in another process is read over memif", async () => {
    const args = `socket=/tmp/hairpin-memif2-${process.pid},socket-abstract=no`;
    const { port, close } = openDpdk(`net_memif0,role=server,${args}`, { flags: PLAIN | NO_JOIN });
    const device = `net_memif0,role=client,${args}`;
    const child = runChild({
      device,
      flags: PLAIN | NO_JOIN,
      do: "send",
      count: 2000,
      port: UDP_PORT,
    });
    const got = await receive(port, 2000);
    expect(got.map((payload) => payload[0])).toEqual(got.map((_, i) => i & 255));
    close();
    expect((await child).sent).toBe(2000);
  }, 30_000);
});

describe.skipIf(ROOT_SKIPPED !== undefined)(`DPDK on a veth pair${title(ROOT_SKIPPED)}`, () => {
  async function withRig(
    more: Partial<DevicePortOptions>,
    use: (rig: ReturnType<typeof packetRig>) => Promise<void>,
  ): Promise<void> {
    const rig = packetRig({ address: OURS, ...more });
    try {
      await use(rig);
    } finally {
      await rig.close();
    }
  }

  /** The next frame on the far side that `find` takes something of, while the Port polls. */
  function farSees<T>(
    rig: ReturnType<typeof packetRig>,
    find: (frame: Uint8Array) => T | undefined,
    what: string,
  ): Promise<T> {
    return until(() => {
      rig.port.rxBurst();
      rig.port.rxRelease();
      for (;;) {
        const frame = rig.far.receive();
        if (frame === undefined) return undefined;
        const found = find(frame);
        if (found !== undefined) return found;
      }
    }, what);
  }

  test("tagged frames are read, longer ones than wanted are cut and flagged", () =>
    withRig({ frameBytes: 200 + FRAME_HEADERS }, async ({ port, raw }) => {
      const plain = frameFor(bytes(1, 2, 3), 0);
      raw(Uint8Array.from([...plain.subarray(0, 12), 0x81, 0, 0, 77, ...plain.subarray(12)]));
      expect(await receive(port, 1)).toEqual([bytes(1, 2, 3)]);
      raw(frameFor(new Uint8Array(201).fill(9), 1));
      expect(await receive(port, 1)).toEqual([new Uint8Array(200).fill(9)]);
      expect(port.desc[D.DESC_FLAGS]).toBe(L.HP_RX_TRUNCATED);
      expect(port.stats[D.STAT_TRUNCATED]).toBe(1);
    }));

  test("groups are joined at open, queries answered, and left at close", async () => {
    const rig = packetRig({ address: OURS, flags: PLAIN, lines: LINES_SSM });
    const report = (words: string) => farSees(rig, readIgmp, words);
    const join = await report("a join");
    expect(join).toMatchObject({ ttl: 1, routerAlert: true, source: OURS, type: 0x22 });
    expect(join.to).toBe(parseIpv4("224.0.0.22")!);
    expect(join.mac).toEqual(bytes(1, 0, 0x5e, 0, 0, 0x16));
    expect(join.records).toEqual([
      { type: 4, group: GROUPS[0]!, sources: [] },
      { type: 5, group: GROUPS[1]!, sources: [THEIRS] },
    ]);
    expect((await report("its repetition")).records).toEqual(join.records);
    rig.raw(igmpQuery({ from: THEIRS, version: 3, tenths: 1 }));
    let answer = await report("an answer");
    while (answer.records[0]!.type > 3) answer = await report("an answer");
    expect(answer.records).toEqual([
      { type: 2, group: GROUPS[0]!, sources: [] },
      { type: 1, group: GROUPS[1]!, sources: [THEIRS] },
    ]);
    rig.raw(igmpQuery({ from: THEIRS, version: 2, tenths: 1, group: GROUPS[1]! }));
    let old = await report("an answer in v2");
    while (old.type !== 0x16 || old.group !== GROUPS[1]!) old = await report("an answer in v2");
    expect(old).toMatchObject({ to: GROUPS[1]!, ttl: 1, routerAlert: true });
    expect(rig.port.stats[D.STAT_JOINS]).toBeGreaterThanOrEqual(4);
    expect(rig.port.stats[D.STAT_QUERIES]).toBe(3);
    rig.port.close();
    const left: number[] = [];
    for (let frame = rig.far.receive(); frame !== undefined; frame = rig.far.receive()) {
      const message = readIgmp(frame);
      if (message?.type === 0x17) left.push(message.group);
    }
    expect(left.sort()).toEqual([...GROUPS].sort());
    await rig.close();
  });

  test("joins that are somebody else's business are not made", () =>
    withRig({ flags: PLAIN | NO_JOIN }, async (rig) => {
      rig.raw(igmpQuery({ from: THEIRS, version: 2, tenths: 1 }));
      rig.raw(arpFrame({ op: 1, fromMac: PEER, from: THEIRS, to: OURS }));
      // The answer to ARP shows that the query was read, 100 ms that nothing follows.
      await farSees(rig, (frame) => (isArp(frame) ? true : undefined), "an ARP reply");
      const end = performance.now() + 150;
      let reports = 0;
      await until(() => {
        rig.port.rxBurst();
        const frame = rig.far.receive();
        if (frame !== undefined && readIgmp(frame) !== undefined) reports++;
        return performance.now() > end ? true : undefined;
      }, "time");
      expect(reports).toBe(0);
    }));

  test("requests for our address are answered, and for no other", () =>
    withRig({}, async (rig) => {
      rig.raw(arpFrame({ op: 1, fromMac: PEER, from: THEIRS, to: OURS + 5 }));
      rig.raw(arpFrame({ op: 1, fromMac: PEER, from: THEIRS, to: OURS }));
      const reply = await farSees(rig, (f) => (isArp(f) ? f : undefined), "an ARP reply");
      const view = new DataView(reply.buffer);
      expect(view.getUint16(20)).toBe(2);
      expect(reply.subarray(0, 6)).toEqual(PEER);
      expect(view.getUint32(28)).toBe(OURS);
      expect(view.getUint32(38)).toBe(THEIRS);
      expect(rig.port.stats[D.STAT_ARPS]).toBe(1);
    }));

  test("a unicast flow asks for its neighbour, for the gateway where it is far", () =>
    withRig({ gateway: THEIRS + 7 }, async (rig) => {
      const { port } = rig;
      const far = parseIpv4("192.0.2.1")!;
      for (const [address, hop] of [
        [THEIRS, THEIRS],
        [far, THEIRS + 7],
      ] as const) {
        const to = { address, port: 4444, sourcePort: 1 };
        expect(port.flow(to)).toBe(L.HP_EAGAIN);
        expect(port.flow(to)).toBe(L.HP_EAGAIN);
        const asked = (f: Uint8Array) =>
          isArp(f) && new DataView(f.buffer).getUint32(38) === hop ? f : undefined;
        await farSees(rig, asked, "an ARP request");
        rig.raw(arpFrame({ op: 2, fromMac: PEER, from: hop, to: OURS }));
        const flow = await until(() => {
          port.rxBurst();
          const status = port.flow(to);
          return status >= 0 ? status : undefined;
        }, "the neighbour");
        port.tx.set([42]);
        expect(port.send(flow, 0, 1)).toBe(L.HP_OK);
        const isOurs = (f: Uint8Array) => (ipv4At(f)?.to === address ? f : undefined);
        const frame = await farSees(rig, isOurs, "the datagram");
        expect(frame.subarray(0, 6)).toEqual(PEER);
        expect(frame.length).toBe(60);
      }
    }));

  test("more than the ring holds is lost and the rest arrives", () =>
    withRig({}, async ({ port, raw }) => {
      for (let i = 0; i < 1500; i++) raw(frameFor(bytes(i & 255, i >> 8), 0));
      let got = 0;
      for (let n = 1; n > 0; got += n) n = port.rxBurst();
      expect(got).toBeGreaterThan(400);
      expect(got).toBeLessThan(1500);
      port.refresh();
      expect(got + port.stats[D.STAT_KERNEL_DROPS]!).toBe(1500);
      raw(frameFor(bytes(7), 0));
      expect(await receive(port, 1)).toEqual([bytes(7)]);
    }));

  test("a link that goes down and comes up is told, and joins are made again", async () => {
    const veth = vethPair();
    const rig = packetRig({ address: OURS, flags: PLAIN }, veth);
    try {
      await linkIs(1, rig.port);
      ip("link", "set", veth.far, "down");
      await linkIs(0, rig.port);
      const joins = rig.port.stats[D.STAT_JOINS]!;
      ip("link", "set", veth.far, "up");
      await linkIs(1, rig.port);
      expect(rig.port.stats[D.STAT_LINK_CHANGES]).toBe(2);
      await until(() => {
        rig.port.rxBurst();
        return rig.port.stats[D.STAT_JOINS]! > joins ? true : undefined;
      }, "a join");
      // A raw socket tells once that its interface was down.
      await until(() => (rig.raw(frameFor(bytes(3), 0)) ? true : undefined), "the far side");
      expect(await receive(rig.port, 1)).toEqual([bytes(3)]);
    } finally {
      await rig.close();
      veth.remove();
    }
  });

  test("an interface that disappears is told, and closes", async () => {
    const veth = vethPair();
    const rig = packetRig({}, veth);
    try {
      ip("link", "del", veth.near);
      expect(rig.port.refresh()).toBe(L.HP_EGONE);
      await until(() => (rig.port.rxBurst() === L.HP_EGONE ? true : undefined), "the end");
    } finally {
      await rig.close();
      veth.remove();
    }
  });

  test(
    "a second process is told that the interface is in use",
    () =>
      withRig({}, async () => {
        const { near } = sharedVeth();
        const device = `net_af_packet0,iface=${near}`;
        const report = await runChild({ device, flags: PLAIN, do: "open" });
        expect(report.status).toBe(L.HP_EBUSY);
        expect(report.message).toContain(`another process uses ${near} with DPDK`);
      }),
    30_000,
  );

  const PAGES = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages";
  test("huge pages are used where they are, and asked for where not", async () => {
    const before = readFileSync(PAGES, "utf8").trim();
    const job = { device: "net_ring0", flags: NO_JOIN, do: "loop", count: 500 } as const;
    try {
      if (before === "0") {
        const none = await runChild(job);
        expect(none.status).toBe(L.HP_ENOSPC);
        expect(none.message).toContain(`no huge pages: \`echo `);
      }
      writeFileSync(PAGES, `${Number(before) + 64}`);
      if (Number(readFileSync(PAGES, "utf8")) < Number(before) + 64) return; // memory in pieces
      const report = await runChild(job);
      expect(report).toMatchObject({ status: 0, got: 500, mode: "poll mode, huge pages" });
      const more = await runChild({ ...job, memoryMib: 40_000 });
      expect(more.message).toContain("are free and 40000 are needed");
    } finally {
      writeFileSync(PAGES, before);
    }
  }, 60_000);
});

/** Address of a device on this host's PCI bus that some driver has; undefined = there is none. */
function cardOfAnotherDriver(): string | undefined {
  const bus = "/sys/bus/pci/devices";
  if (!existsSync(bus)) return undefined;
  const isDriven = (address: string) =>
    existsSync(`${bus}/${address}/driver`) &&
    !/(vfio-pci|igb_uio|uio_pci_generic|mlx5_core)$/.test(readlinkSync(`${bus}/${address}/driver`));
  return readdirSync(bus).find(isDriven);
}

const PEER = bytes(2, 0, 0, 0, 0, 0x42);

/** Anybody's first group, the second from one source. */
const LINES_SSM = DEVICE_LINES.map((line, i) => ({ ...line, source: i === 1 ? THEIRS : 0 }));

function isArp(frame: Uint8Array): boolean {
  return frame[12] === 8 && frame[13] === 6;
}
