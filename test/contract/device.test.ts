/** DevicePort on the fake: what a driver is told, what it answers, and the port that is only played. */
import { describe, expect, test } from "bun:test";
import { Arena } from "../../src/core/arena.ts";
import { StatusError } from "../../src/core/status.ts";
import { type FakeShim, fakeShim } from "../../src/ffi/fake.ts";
import { udpFrame } from "../../src/ffi/fake-frame.ts";
import * as L from "../../src/ffi/layout.ts";
import * as D from "../../src/net/desc.ts";
import type { DeviceLine, DevicePortOptions } from "../../src/net/device-options.ts";
import { DevicePort } from "../../src/net/device-port.ts";
import type { Port } from "../../src/net/port.ts";
import { FLOW_RAW } from "../../src/net/transmitter.ts";
import { UDP_PORT } from "./port-rigs.ts";

/** Two feeds of two lines each: groups 239.255.77.<10 * feed + line>. */
const LINES: DeviceLine[] = [0, 1].flatMap((feed) =>
  [0, 1].map((line) => ({ group: groupOf(feed, line), port: UDP_PORT, iface: 0, feed, line })),
);
const OWN = 0x0a000001;
const OTHER = 0x0a000002;

function groupOf(feed: number, line: number): number {
  return 0xefff4d00 + 10 * feed + line;
}

function optionsOf(more: Partial<DevicePortOptions> = {}): DevicePortOptions {
  return { name: "card", driver: "packet", device: "fake0", lines: LINES, ...more };
}

function open(shim: FakeShim, more: Partial<DevicePortOptions> = {}): DevicePort {
  const options = optionsOf(more);
  return new DevicePort(shim, Arena.alloc(shim, DevicePort.arenaBytes(options)), options);
}

function errorOf(attempt: () => unknown): StatusError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error("it went well");
}

/** "feed/line bytes stamp" of one burst. */
function burst(port: Port): string[] {
  const n = port.rxBurst();
  const out = Array.from({ length: n }, (_, i) => {
    const word = (at: number) => port.desc[i * D.DESC_WORDS + at]!;
    const bytes = port.bytes.subarray(
      word(D.DESC_OFFSET),
      word(D.DESC_OFFSET) + word(D.DESC_LENGTH),
    );
    const stamp = port.descTime[i * D.DESC_DOUBLES + D.DESC_RX_NS]!;
    return `${word(D.DESC_FEED)}/${word(D.DESC_LINE)} ${[...bytes]} ${stamp}`;
  });
  port.rxRelease();
  return out;
}

/** Names and types of an object's fields, in their order: what decides its hidden shape. */
function shape(of: object): string[] {
  return Object.entries(of).map(([name, value]) => `${name} ${typeof value}`);
}

describe("A device's port", () => {
  test("tells with each packet of a burst which feed and line it is for", () => {
    const shim = fakeShim();
    const port = open(shim);
    const { network } = shim;
    network.sendUdp(groupOf(1, 0), UDP_PORT, new Uint8Array([1]), { rxNs: 11 });
    network.sendUdp(groupOf(0, 1), UDP_PORT, new Uint8Array([2]), { rxNs: 12 });
    network.sendUdp(groupOf(1, 1), UDP_PORT, new Uint8Array([3]));
    network.sendUdp(groupOf(0, 0), UDP_PORT, new Uint8Array([4]));
    expect(burst(port)).toEqual(["1/0 1 11", "0/1 2 12", "1/1 3 0", "0/0 4 0"]);
    network.sendUdp(groupOf(0, 0), UDP_PORT, new Uint8Array([5]));
    expect(burst(port)).toEqual(["0/0 5 0"]);
    port.close();
  });

  test("counts what it does not hand on, each for what it is", () => {
    const shim = fakeShim();
    const port = open(shim);
    const frame = (change: (f: Uint8Array) => void) => {
      const to = { address: groupOf(0, 0), port: UDP_PORT };
      const bytes = udpFrame({ address: OTHER, port: 9 }, to, new Uint8Array(8));
      change(bytes);
      shim.network.sendFrame("fake0", bytes);
    };
    frame((f) => f.set([8, 6], 12));
    frame((f) => f.set([0x20, 0], 20));
    for (let i = 0; i < 2; i++) frame((f) => f.set([0x65], 14));
    for (let i = 0; i < 3; i++) frame((f) => f.set([1], 45));
    expect(burst(port)).toEqual([]);
    const { stats } = port;
    expect(stats[D.STAT_STRANGERS]).toBe(1);
    expect(stats[D.STAT_FRAGMENTS]).toBe(1);
    expect(stats[D.STAT_MALFORMED]).toBe(2);
    expect(stats[D.STAT_BAD_CHECKSUM]).toBe(3);
    frame(() => {});
    expect(burst(port)).toHaveLength(1);
    expect(stats[D.STAT_PACKETS]).toBe(1);
    expect(stats[D.STAT_LINK]).toBe(1);
    port.close();
  });

  test("counts what its frames could not hold, and gives what they could in order", () => {
    const shim = fakeShim();
    const port = open(shim);
    for (let i = 0; i < 1100; i++)
      shim.network.sendUdp(groupOf(0, 0), UDP_PORT, new Uint8Array([i & 255]));
    const got: string[] = [];
    for (let some = burst(port); some.length > 0; some = burst(port)) got.push(...some);
    expect(got).toEqual(Array.from({ length: 1024 }, (_, i) => `0/0 ${i & 255} 0`));
    expect(port.stats[D.STAT_KERNEL_DROPS]).toBe(76);
    port.close();
  });

  test("that is gone says so at each burst, until it is closed", () => {
    const shim = fakeShim();
    const port = open(shim);
    for (const device of shim.network.openDevices) device.isGone = true;
    expect(port.rxBurst()).toBe(L.HP_EGONE);
    expect(port.rxBurst()).toBe(L.HP_EGONE);
    port.close();
    expect(port.rxBurst()).toBe(L.HP_ECLOSED);
    expect(port.rxRelease()).toBeUndefined();
    expect(port.refresh()).toBe(L.HP_ECLOSED);
    expect(port.flow({ address: OTHER, port: 1 })).toBe(L.HP_ECLOSED);
    expect(port.sentNs()).toBe(0);
  });

  test("counts into memory that others see, where it is given", () => {
    const shim = fakeShim();
    const seen = Arena.alloc(shim, L.HP_PORT_STATS_SIZE).take(L.HP_PORT_STATS_SIZE);
    const port = open(shim, { stats: seen });
    port.rxBurst();
    expect(new Float64Array(seen.buffer, seen.offset)[D.STAT_POLLS]).toBe(1);
    expect(port.stats[D.STAT_POLLS]).toBe(1);
    port.close();
  });
});

describe("A device that can't be opened", () => {
  test("because there is none of that name", () => {
    const error = errorOf(() => open(fakeShim(), { device: "fake9" }));
    expect(error.status).toBe(L.HP_ENOENT);
    expect(error.message).toBe(
      "card: can't open fake9 with the packet driver: there is no device fake9",
    );
  });

  test("because its queue is in use; another queue of it is free", () => {
    const shim = fakeShim();
    const first = open(shim);
    const error = errorOf(() => open(shim, { driver: "xdp" }));
    expect(error.status).toBe(L.HP_EBUSY);
    expect(error.message).toStartWith(
      "card: can't open fake0 with the xdp driver: queue 0 of fake0 is in use",
    );
    open(shim, { queue: 1 }).close();
    first.close();
    open(shim).close();
    expect(shim.network.openDevices.size).toBe(0);
  });

  test("for its lines: impossible ones, too many, or two that want the same packets", () => {
    const [first] = LINES;
    const status = (...lines: DeviceLine[]) => errorOf(() => open(fakeShim(), { lines })).status;
    expect(status({ ...first!, port: 0 })).toBe(L.HP_EINVAL);
    expect(status({ ...first!, group: OWN })).toBe(L.HP_EINVAL);
    expect(status({ ...first!, group: 0 })).toBe(L.HP_EINVAL);
    expect(status(first!, { ...first!, feed: 1 })).toBe(L.HP_EINVAL);
    expect(status(first!, { ...first!, source: OTHER })).toBe(L.HP_EINVAL);
    const many = Array.from({ length: 65 }, (_, i) => ({ ...first!, port: 1000 + i }));
    const error = errorOf(() => open(fakeShim(), { lines: many }));
    expect(error.message).toStartWith("card: 65 lines on one device: ");
    open(fakeShim(), { lines: many.slice(1) }).close();
    const two = [
      { ...first!, source: OWN },
      { ...first!, source: OTHER },
    ];
    open(fakeShim(), { lines: two }).close();
  });

  test("for a frame that is too short or too long", () => {
    for (const frameBytes of [127, 16_385])
      expect(errorOf(() => open(fakeShim(), { frameBytes })).status).toBe(L.HP_EINVAL);
    for (const frameBytes of [128, 16_384]) open(fakeShim(), { frameBytes }).close();
  });

  test("for a name or options that would be cut, counted in bytes", () => {
    const long = (more: Partial<DevicePortOptions>) =>
      errorOf(() => open(fakeShim(), more)).message;
    expect(long({ device: "x".repeat(192) })).toStartWith("card: a device name of 192 bytes: ");
    expect(long({ device: "é".repeat(100) })).toStartWith("card: a device name of 200 bytes: ");
    expect(long({ extra: "é".repeat(100) })).toStartWith("card: driver options of 200 bytes: ");
    const shim = fakeShim();
    shim.network.devices.add("x".repeat(191));
    open(shim, { device: "x".repeat(191), extra: "y".repeat(191) }).close();
  });

  test("is told with an errno only where a system call has failed", () => {
    const shim = fakeShim();
    shim.hp_last_errno = () => 19;
    expect(errorOf(() => open(shim, { device: "fake9" })).errno).toBe(0);
    const driver = { ...shim.driver("packet"), open: () => L.HP_ESYS };
    shim.driver = () => driver;
    const error = errorOf(() => open(shim));
    expect(error.errno).toBe(19);
    expect(error.message).toBe(
      "card: can't open fake0 with the packet driver: a system call failed (errno 19)",
    );
  });
});

describe("Sending by a device", () => {
  const sender = (shim: FakeShim, more: Partial<DevicePortOptions> = {}) =>
    open(shim, { txSize: 4096, address: OWN, device: "fake1", lines: [], ...more });

  test("a flow brings its payloads to whoever listens, from our address", () => {
    const shim = fakeShim();
    shim.network.setTime(5000);
    const receiver = open(shim, { lines: [{ ...LINES[2]!, source: OWN }] });
    const port = sender(shim);
    const flow = port.flow({ address: groupOf(1, 0), port: UDP_PORT, sourcePort: 77 });
    expect(flow).toBe(0);
    port.tx.set([1, 2, 3], 100);
    expect(port.sentNs()).toBe(0);
    expect(port.send(flow, 100, 3)).toBe(L.HP_OK);
    expect(port.sentNs()).toBe(5000);
    expect(burst(receiver)).toEqual(["1/0 1,2,3 5000"]);
    const [sent] = shim.network.transmitted;
    expect(sent!.device).toBe("fake1");
    expect(sent!.frame).toEqual(
      udpFrame(
        { address: OWN, port: 77 },
        { address: groupOf(1, 0), port: UDP_PORT },
        port.tx.slice(100, 103),
      ),
    );
    expect(port.stats[D.STAT_TX_PACKETS]).toBe(1);
    expect(port.stats[D.STAT_TX_BYTES]).toBe(45);
  });

  test("a flow may have a source of its own", () => {
    const shim = fakeShim();
    const port = sender(shim);
    const flow = port.flow({ address: OTHER, port: 9, sourceAddress: OTHER, sourcePort: 5 });
    port.send(flow, 0, 0);
    expect([...shim.network.transmitted[0]!.frame.subarray(26, 36)]).toEqual([
      ...[10, 0, 0, 2, 10, 0, 0, 2],
      ...[0, 5],
    ]);
  });

  test("a raw frame goes as it is", () => {
    const shim = fakeShim();
    const receiver = open(shim);
    const port = sender(shim);
    const to = { address: groupOf(0, 1), port: UDP_PORT };
    const frame = udpFrame({ address: OTHER, port: 1 }, to, new Uint8Array([9]));
    port.tx.set(frame, 8);
    expect(port.send(FLOW_RAW, 8, frame.length)).toBe(L.HP_OK);
    expect(shim.network.transmitted[0]!.frame).toEqual(frame);
    expect(burst(receiver)).toEqual(["0/1 9 0"]);
  });

  test("is refused outside the arena, without a flow, and where there is no arena", () => {
    const shim = fakeShim();
    const port = sender(shim);
    const flow = port.flow({ address: OTHER, port: 9 });
    for (const [offset, length] of [
      [-1, 1],
      [0, -1],
      [4096, 1],
      [4000, 97],
    ] as const)
      expect(port.send(flow, offset, length)).toBe(L.HP_EINVAL);
    expect(port.send(flow, 4000, 96)).toBe(L.HP_OK);
    for (const none of [flow + 1, -2, 99]) expect(port.send(none, 0, 1)).toBe(L.HP_EINVAL);
    expect(port.flow({ address: OTHER, port: 0 })).toBe(L.HP_EINVAL);
    const silent = open(shim);
    expect(silent.tx.length).toBe(0);
    expect(silent.send(FLOW_RAW, 0, 0)).toBe(L.HP_EINVAL);
    expect(shim.network.transmitted).toHaveLength(1);
  });

  test("has 16 flows", () => {
    const port = sender(fakeShim());
    for (let i = 0; i < L.HP_TX_FLOWS_MAX; i++)
      expect(port.flow({ address: OTHER, port: 1 + i })).toBe(i);
    expect(port.flow({ address: OTHER, port: 99 })).toBe(L.HP_ENOSPC);
  });

  test("a flow's fields are written whole: nothing of the flow before is left", () => {
    const shim = fakeShim();
    const flows: number[][] = [];
    const driver = shim.driver("packet");
    shim.driver = () => ({
      ...driver,
      txFlow: (_, at) => flows.push([...shim.network.memory.bytes(at, L.HP_TX_FLOW_SIZE)]) - 1,
    });
    const port = sender(shim);
    const mac = new Uint8Array([1, 2, 3, 4, 5, 6]);
    port.flow({ address: OTHER, port: 1, sourceAddress: OWN, sourcePort: 2, ttl: 3, mac });
    port.flow({ address: OTHER, port: 1 });
    const word = (flow: number, at: number) => flows[flow]![at]!;
    expect(word(0, L.HP_TX_FLOW__TTL)).toBe(3);
    expect(word(0, L.HP_TX_FLOW__HAS_MAC)).toBe(1);
    expect(flows[0]!.slice(L.HP_TX_FLOW__MAC, L.HP_TX_FLOW__MAC + 6)).toEqual([...mac]);
    const rest = flows[1]!.slice(L.HP_TX_FLOW__SOURCE_ADDRESS);
    expect(rest.every((byte) => byte === 0)).toBe(true);
  });
});

describe("A played device", () => {
  const played = (shim: FakeShim, more: Partial<DevicePortOptions> = {}) =>
    open(shim, { played: true, ...more });

  test("has the fields of a live one, in their order", () => {
    const shim = fakeShim();
    for (const more of [{}, { txSize: 64 }, { frameBytes: 9000, extra: "x", queue: 2 }]) {
      const live = open(shim, more);
      expect(shape(played(shim, more))).toEqual(shape(live));
      live.close();
    }
  });

  test("opens no device, though another has it or there is none", () => {
    const shim = fakeShim();
    const live = open(shim);
    played(shim);
    played(shim, { device: "fake9" });
    expect(shim.network.openDevices.size).toBe(1);
    shim.network.sendUdp(groupOf(0, 0), UDP_PORT, new Uint8Array(1));
    live.close();
  });

  test("gives what was played, for each feed, and counts it", () => {
    const port = played(fakeShim());
    const bytes = new Uint8Array([1, 2, 3, 4]);
    expect(port.play(bytes, 1, 2, 1, 7, 1)).toBe(true);
    expect(port.play(bytes, 0, 4, 0, 0, 0)).toBe(true);
    expect(burst(port)).toEqual(["1/1 2,3 7", "0/0 1,2,3,4 0"]);
    expect(port.desc[D.DESC_FLAGS]).toBe(L.HP_RX_STAMP_KERNEL);
    expect(port.desc[D.DESC_WORDS + D.DESC_FLAGS]).toBe(0);
    expect(port.stats[D.STAT_PACKETS]).toBe(2);
    expect(port.stats[D.STAT_BYTES]).toBe(6);
    expect(burst(port)).toEqual([]);
    expect(port.play(bytes, 0, 1, 0, 0, 0)).toBe(true);
    expect(burst(port)).toEqual(["0/0 1 0"]);
  });

  test("refuses the 65th packet of a burst, what lies outside its payload, and what is too long", () => {
    const port = played(fakeShim());
    const one = new Uint8Array(3000);
    expect(port.play(one, 0, 2049, 0, 0, 0)).toBe(false);
    expect(port.play(one, 2999, 2, 0, 0, 0)).toBe(false);
    expect(port.play(one, -1, 2, 0, 0, 0)).toBe(false);
    expect(port.play(one, 2, -1, 0, 0, 0)).toBe(false);
    for (let i = 0; i < 64; i++) expect(port.play(one, 0, 1, 0, 0, 0)).toBe(true);
    expect(port.play(one, 0, 1, 0, 0, 0)).toBe(false);
    expect(burst(port)).toHaveLength(64);
    port.close();
    expect(port.play(one, 0, 1, 0, 0, 0)).toBe(false);
  });

  test("takes what warm-up plays, however short the frames of the live one are", () => {
    const port = played(fakeShim(), { frameBytes: 128 });
    expect(port.play(new Uint8Array(1400), 0, 1400, 0, 0, 0)).toBe(true);
    const long = played(fakeShim(), { frameBytes: 9000 });
    expect(long.play(new Uint8Array(9000), 0, 9000, 0, 0, 0)).toBe(true);
  });

  test("a live one plays nothing", () => {
    const port = open(fakeShim());
    expect(port.play(new Uint8Array(1), 0, 1, 0, 0, 0)).toBe(false);
    expect(port.rxBurst()).toBe(0);
    port.close();
  });
});
