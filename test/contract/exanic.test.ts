/** What an ExaNIC can do besides what every Port does, on the software card. */
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { StatusError } from "../../src/core/status.ts";
import { SoftwareCard } from "../../src/ffi/exanic-card.ts";
import { findPayload } from "../../src/ffi/fake-frame.ts";
import {
  HP_EAGAIN,
  HP_EBUSY,
  HP_EGONE,
  HP_EINVAL,
  HP_ENOENT,
  HP_ENOSPC,
  HP_ENOTSUP,
  HP_OK,
  HP_PORT_STAMPS_RX,
  HP_PORT_STAMPS_TX,
  HP_PORT_STATS__ERRORS_D,
  HP_PORT_STATS__LAPPED_D,
  HP_PORT_STATS__LINK_CHANGES_D,
  HP_PORT_STATS__LINK_D,
  HP_PORT_STATS__STRANGERS_D,
  HP_PORT_STATS__TX_PACKETS_D,
  HP_PORT_STATS__TX_REFUSED_D,
  HP_PORT_STEERS,
} from "../../src/ffi/layout.ts";
import { DESC_LENGTH, DESC_OFFSET } from "../../src/net/desc.ts";
import type { DevicePortOptions } from "../../src/net/device-options.ts";
import type { DevicePort } from "../../src/net/device-port.ts";
import { FLOW_RAW } from "../../src/net/transmitter.ts";
import { until } from "./backends.ts";
import {
  deliver,
  EXANIC_SKIPPED,
  type ExanicRig,
  frameFor,
  makeCard,
  OURS,
  openExanic,
} from "./exanic-rigs.ts";
import { DEVICE_LINES, GROUPS, UDP_PORT } from "./port-rigs.ts";

const title = EXANIC_SKIPPED === undefined ? "" : ` (skipped: ${EXANIC_SKIPPED})`;

function payload(seed: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (seed * 31 + i * 7) & 255);
}

/** Payloads of one burst. */
function burst(port: DevicePort): Uint8Array[] {
  const count = port.rxBurst();
  expect(count).toBeGreaterThanOrEqual(0);
  const out = Array.from({ length: count }, (_, i) => {
    const at = port.desc[i * 8 + DESC_OFFSET]!;
    return port.bytes.slice(at, at + port.desc[i * 8 + DESC_LENGTH]!);
  });
  if (count > 0) port.rxRelease();
  return out;
}

describe.skipIf(EXANIC_SKIPPED !== undefined)(`ExaNIC on the software card${title}`, () => {
  const open: { close(): void }[] = [];
  afterEach(() => {
    for (const thing of open.splice(0).reverse()) thing.close();
  });
  const card = (name: string, ports = 2): SoftwareCard => {
    const made = makeCard(name, ports);
    open.push(made);
    return made;
  };
  const rig = (on: SoftwareCard, more: Partial<DevicePortOptions> = {}): ExanicRig => {
    const made = openExanic(more, on);
    open.push(made);
    return made;
  };
  /** Status and sentence of an open that fails. */
  const failure = (on: SoftwareCard, more: Partial<DevicePortOptions> = {}): [number, string] => {
    try {
      rig(on, more);
    } catch (error) {
      if (error instanceof StatusError) return [error.status, error.message];
      throw error;
    }
    return [HP_OK, ""];
  };

  test("what the card can do is told", () => {
    const { port } = rig(card("told"));
    expect(port.info).toMatchObject({
      driver: "exanic-sim",
      mode: "steered to filter buffer 0",
      mac: "02:00:00:00:00:00",
      queuesMax: 4,
      frames: 16_384,
    });
    const wanted = HP_PORT_STEERS | HP_PORT_STAMPS_RX | HP_PORT_STAMPS_TX;
    expect(port.info.flags & wanted).toBe(wanted);
  });

  test("tagged frames and frames of other groups find their way, or do not come", () => {
    const { port, raw } = rig(card("vlan"));
    const plain = frameFor(payload(1, 300), 1);
    const tagged = new Uint8Array(plain.length + 4);
    tagged.set(plain.subarray(0, 12));
    tagged.set([0x81, 0, 0, 77], 12);
    tagged.set(plain.subarray(12), 16);
    raw(tagged);
    const other = frameFor(payload(2, 300), 0);
    other[33]! ^= 0x40;
    raw(other);
    raw(plain);
    expect(burst(port)).toEqual([payload(1, 300), payload(1, 300)]);
    expect(port.stats[HP_PORT_STATS__STRANGERS_D]).toBe(0);
  });

  test("a ring that is written over is counted once, and gone on with", () => {
    const { port, raw } = rig(card("laps"));
    const frame = frameFor(payload(1, 20), 0);
    for (let i = 0; i < 16_500; i++) raw(frame);
    expect(burst(port)).toEqual([]);
    expect(port.stats[HP_PORT_STATS__LAPPED_D]).toBe(1);
    raw(frameFor(payload(2, 900), 0));
    expect(burst(port)).toEqual([payload(2, 900)]);
    expect(port.stats[HP_PORT_STATS__LAPPED_D]).toBe(1);
  });

  test("frames that the card marks as bad are counted", () => {
    const { port, card: on } = rig(card("bad"));
    const frame = frameFor(payload(1, 500), 0);
    for (const status of [1, 2, 3]) {
      on.frame.set(frame);
      on.deliver(0, frame.length, status);
    }
    expect(burst(port)).toEqual([]);
    expect(port.stats[HP_PORT_STATS__ERRORS_D]).toBe(3);
  });

  test("a link that flaps is told by refresh, and frames come again", () => {
    const { port, card: on, raw } = rig(card("flap"));
    for (let i = 0; i < 3; i++) {
      on.link(0, false);
      expect(port.refresh()).toBe(HP_OK);
      expect(port.stats[HP_PORT_STATS__LINK_D]).toBe(0);
      expect(raw(frameFor(payload(i, 10), 0))).toBe(false);
      on.link(0, true);
      expect(port.refresh()).toBe(HP_OK);
      expect(raw(frameFor(payload(i, 10), 0))).toBe(true);
      expect(burst(port)).toEqual([payload(i, 10)]);
    }
    expect(port.stats[HP_PORT_STATS__LINK_CHANGES_D]).toBe(6);
  });

  test("a card that disappears is gone for every call, after what it had brought", () => {
    const { port, card: on, raw } = rig(card("gone"));
    const flow = port.flow({ address: GROUPS[0]!, port: UDP_PORT });
    raw(frameFor(payload(1, 10), 0));
    on.set(0, "gone", 1);
    expect(port.refresh()).toBe(HP_EGONE);
    expect(burst(port)).toEqual([payload(1, 10)]);
    expect(port.rxBurst()).toBe(HP_EGONE);
    expect(port.send(flow, 0, 10)).toBe(HP_EGONE);
    expect(failure(on)[0]).toBe(HP_EGONE);
    expect(failure(on)[1]).toContain("does not answer");
  });

  test("a payload leaves as a frame, stamped by the card", async () => {
    const { port, card: on } = rig(card("send"));
    const flow = port.flow({ address: GROUPS[1]!, port: UDP_PORT, sourcePort: 7000 });
    expect(flow).toBe(0);
    for (const length of [0, 17, 300, 1472]) {
      port.tx.set(payload(length, length));
      expect(port.send(flow, 0, length)).toBe(HP_OK);
      const frame = await until(() => on.take(0)?.slice(), "a frame");
      const lines = DEVICE_LINES.map((line) => ({ ...line, source: OURS }));
      expect(findPayload(frame, frame.length, lines, true)).toMatchObject({
        payload: payload(length, length),
        line: { line: 1 },
      });
    }
    const sent = await until(() => port.sentNs() || undefined, "the card's stamp");
    expect(Math.abs(sent - Date.now() * 1e6)).toBeLessThan(60e9);
    expect(port.stats[HP_PORT_STATS__TX_PACKETS_D]).toBe(4);
  });

  test("a transmitter that stands still refuses, and loses nothing", async () => {
    const { port, card: on } = rig(card("hold"));
    const flow = port.flow({ address: GROUPS[0]!, port: UDP_PORT });
    on.set(0, "hold", 1);
    let went = 0;
    while (port.send(flow, 0, 100) === HP_OK) went++;
    expect(port.send(flow, 0, 100)).toBe(HP_EAGAIN);
    expect(went).toBeGreaterThan(8);
    expect(port.stats[HP_PORT_STATS__TX_REFUSED_D]).toBe(2);
    expect(on.take(0)).toBeUndefined();
    on.set(0, "hold", 0);
    for (let i = 0; i < went; i++) await until(() => on.take(0), "a frame");
    expect(on.take(0)).toBeUndefined();
    expect(port.send(flow, 0, 100)).toBe(HP_OK);
  });

  test("a raw frame leaves by one port and arrives at the other", async () => {
    const on = card("loop");
    on.set(0, "loop", 1);
    const { port } = rig(on, { lines: [] });
    const other = rig(on, { device: `${on.path}:1` }).port;
    const frame = frameFor(payload(4, 1000), 0);
    port.tx.set(frame);
    expect(port.send(FLOW_RAW, 0, frame.length)).toBe(HP_OK);
    const got = await until(() => burst(other).at(0), "the frame");
    expect(got).toEqual(payload(4, 1000));
  });

  test("what is missing or used up is one sentence with the remedy", () => {
    const on = card("used");
    for (let i = 0; i < 4; i++) rig(on, { txSize: 0 });
    expect(failure(on)).toEqual([
      HP_EBUSY,
      expect.stringContaining("all 4 filter buffers of exanic-sim:0 are taken: end another"),
    ]);
    expect(failure(on, { device: `${on.path}:3` })).toEqual([
      HP_ENOENT,
      expect.stringContaining("has no port 3: it has 0 to 1"),
    ]);
    expect(failure(on, { device: "/dev/shm/no-such.card:0" })).toEqual([
      HP_ENOENT,
      expect.stringContaining("is the simulator running?"),
    ]);
    on.set(1, "filterRules", 1);
    expect(failure(on, { device: `${on.path}:1` })).toEqual([
      HP_ENOSPC,
      expect.stringContaining("no filter rule left for line 2 of 2"),
    ]);
    on.set(1, "enabled", 0);
    expect(failure(on, { device: `${on.path}:1` })).toEqual([
      HP_ENOTSUP,
      expect.stringContaining("is switched off"),
    ]);
    expect(failure(on, { lines: [DEVICE_LINES[0]!, DEVICE_LINES[0]!] })[0]).toBe(HP_EINVAL);
  });

  test("two processes share a card, and one that is killed leaves nothing behind", async () => {
    const on = card("shared-by-two");
    const child = Bun.spawn({
      cmd: [process.execPath, import.meta.resolveSync("./exanic-child.ts"), on.path, `${UDP_PORT}`],
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    open.push({ close: () => child.kill("SIGKILL") });
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    expect((await lines.read()).value).toBe("open steered to filter buffer 0\n");
    const { port } = rig(on, { lines: [DEVICE_LINES[0]!] });
    expect(port.info.mode).toBe("steered to filter buffer 1");
    expect(on.counter(0, "clients")).toBe(2);
    // Line 1 is the child's, line 0 ours.
    deliver(on, frameFor(payload(1, 200), 1));
    deliver(on, frameFor(payload(2, 200), 0));
    expect((await lines.read()).value).toBe("got 200\n");
    expect(burst(port)).toEqual([payload(2, 200)]);
    child.kill("SIGKILL");
    await child.exited;
    await until(() => (on.counter(0, "clients") === 1 ? true : undefined), "the card to notice");
    expect(rig(on).port.info.mode).toBe("steered to filter buffer 0");
  });

  test("a card goes with its file, and a path has one", () => {
    const on = card("path");
    expect(() => SoftwareCard.open(on.path, 1)).toThrow("another process has one");
    expect(existsSync(on.path)).toBe(true);
    open.pop();
    on.close();
    expect(existsSync(on.path)).toBe(false);
    expect(() => SoftwareCard.open("/no/such/folder/x.card", 1)).toThrow("/no/such/folder/x.card");
  });
});
