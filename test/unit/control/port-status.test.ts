import { beforeEach, describe, expect, test } from "bun:test";
import { type PortStatus, portStatuses } from "../../../src/control/port-status.ts";
import { Region, wholeBlock } from "../../../src/core/arena.ts";
import { CONTROL_BLOCK_SIZE, ControlBlock } from "../../../src/core/control-block.ts";
import { fakeShim } from "../../../src/ffi/fake.ts";
import * as L from "../../../src/ffi/layout.ts";

let control: ControlBlock;
beforeEach(() => {
  control = ControlBlock.create(wholeBlock(Region.alloc(fakeShim(), CONTROL_BLOCK_SIZE)), {
    epoch: 1,
    engineCount: 2,
    feedCount: 1,
    sessionCount: 1,
    configHash: 1,
    launcherPid: 1,
    sessionStartS: 1.7e9,
  });
});

const TEXTS = { name: "card", device: "eth1", driver: "veth", mode: "copy" };

/** A block in use, its words and statistics as said by index. */
function port(
  index: number,
  words: Record<number, number> = {},
  stats: Record<number, number> = {},
  texts = TEXTS,
): void {
  const block = control.port(index);
  block.tell(texts);
  for (const [at, value] of Object.entries(words)) block.words[Number(at)] = value;
  for (const [at, value] of Object.entries(stats)) block.doubles[Number(at)] = value;
  block.words[L.HP_PORT__IS_USED_W] = 1;
}
const only = (): PortStatus => {
  const all = portStatuses(control, ["one", "two"]);
  expect(all).toHaveLength(1);
  return all[0]!;
};

describe("The ports of an appliance", () => {
  test("are those in use, in the order of their blocks: sockets, then devices", () => {
    port(L.HP_PORTS_MAX - 1, {}, {}, { ...TEXTS, name: "last" });
    port(L.HP_PORTS_OF_DEVICES, {}, {}, { ...TEXTS, name: "first" });
    port(0, {}, {}, { ...TEXTS, name: "itch", driver: "socket" });
    expect(portStatuses(control, []).map((p) => p.name)).toEqual(["itch", "first", "last"]);
  });

  test("have every figure from its own place", () => {
    const at = {
      packets: L.HP_PORT_STATS__PACKETS_D,
      bytes: L.HP_PORT_STATS__BYTES_D,
      drops: L.HP_PORT_STATS__KERNEL_DROPS_D,
      lapped: L.HP_PORT_STATS__LAPPED_D,
      truncated: L.HP_PORT_STATS__TRUNCATED_D,
      malformed: L.HP_PORT_STATS__MALFORMED_D,
      fragments: L.HP_PORT_STATS__FRAGMENTS_D,
      badChecksum: L.HP_PORT_STATS__BAD_CHECKSUM_D,
      strangers: L.HP_PORT_STATS__STRANGERS_D,
      errors: L.HP_PORT_STATS__ERRORS_D,
      joins: L.HP_PORT_STATS__JOINS_D,
      queries: L.HP_PORT_STATS__QUERIES_D,
      arps: L.HP_PORT_STATS__ARPS_D,
      sent: L.HP_PORT_STATS__TX_PACKETS_D,
      sentRefused: L.HP_PORT_STATS__TX_REFUSED_D,
      linkChanges: L.HP_PORT_STATS__LINK_CHANGES_D,
      speedMbps: L.HP_PORT_STATS__SPEED_MBPS_D,
    };
    const values = Object.values(at).map((word, i) => [word, 100 + i]);
    expect(new Set(Object.values(at)).size).toBe(17);
    port(16, { [L.HP_PORT__ENGINE_W]: 1, [L.HP_PORT__QUEUE_W]: 3 }, Object.fromEntries(values));
    const wanted = Object.keys(at).map((name, i) => [name, 100 + i]);
    expect(only()).toMatchObject({
      ...TEXTS,
      engine: "two",
      queue: 3,
      ...Object.fromEntries(wanted),
    });
  });

  test("know up from down, and say nothing where the driver does not or there is no link", () => {
    const link = (value: number, driver = "veth") => {
      port(16, {}, { [L.HP_PORT_STATS__LINK_D]: value }, { ...TEXTS, driver });
      return only().link;
    };
    expect([link(1), link(0), link(-1)]).toEqual(["up", "down", ""]);
    expect(link(0, "socket")).toBe("");
  });

  test("tell who stamps, the card before the kernel", () => {
    const stamps = (flags: number) => {
      port(16, { [L.HP_PORT__FLAGS_W]: flags });
      return only().stamps;
    };
    expect(stamps(L.HP_PORT_STAMPS_RX)).toBe("nic");
    expect(stamps(L.HP_PORT_STAMPS_RX_KERNEL)).toBe("kernel");
    expect(stamps(L.HP_PORT_STAMPS_RX | L.HP_PORT_STAMPS_RX_KERNEL)).toBe("nic");
    expect(stamps(L.HP_PORT_STAMPS_TX | L.HP_PORT_IS_ZERO_COPY)).toBe("");
  });

  test("tell a card on another node from one whose node is not known", () => {
    port(16, { [L.HP_PORT__NUMA_NODE_W]: 1, [L.HP_PORT__FLAGS_W]: L.HP_PORT_FAR });
    expect(only()).toMatchObject({ numaNode: 1, isFar: true });
    port(16, { [L.HP_PORT__NUMA_NODE_W]: -1, [L.HP_PORT__FLAGS_W]: 0 });
    expect(only()).toMatchObject({ numaNode: -1, isFar: false });
  });

  test("have texts that are cut to fit, between characters, and nothing of longer ones before", () => {
    port(16, {}, {}, { ...TEXTS, device: "x".repeat(200) });
    expect(only().device).toBe("x".repeat(L.HP_PORT__DEVICE_N - 1));
    port(16, {}, {}, { ...TEXTS, device: "é".repeat(200) });
    expect(only().device).toBe("é".repeat(31));
    port(16, {}, {}, { ...TEXTS, device: "" });
    expect(only()).toMatchObject({ ...TEXTS, device: "" });
  });

  test("of an engine that nobody names have none", () => {
    port(16, { [L.HP_PORT__ENGINE_W]: 7 });
    expect(only().engine).toBe("");
  });
});
