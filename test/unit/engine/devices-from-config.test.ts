import { describe, expect, test } from "bun:test";
import { engineOptions } from "../../../src/engine/from-config.ts";
import type { EngineOptions } from "../../../src/engine/options.ts";
import * as L from "../../../src/ffi/layout.ts";
import { load } from "../config/fixture.ts";
import { TOML } from "./rig.ts";

const RISK = TOML.slice(TOML.indexOf("[risk]"));

interface FeedText {
  name: string;
  engine: string;
  /** Ports of its lines; groups are told apart by feed and line. */
  ports: string[];
  more?: string;
}

function optionsOf(engines: string[], ports: string, feeds: FeedText[]): EngineOptions[] {
  const text = [
    '[appliance]\nname = "test"\n',
    ...engines.map((name, e) => `[[engine]]\nname = "${name}"\ncore = ${e + 1}\n`),
    ports,
    ...feeds.map(({ name, engine, ports: names, more = "" }, f) => {
      const lines = names.map(
        (port, l) =>
          `{ group = "239.${f + 1}.0.${l + 1}", port = ${2000 + l}, interface = "${port}"${more} }`,
      );
      return `[[feed]]\nname = "${name}"\nengine = "${engine}"\nlines = [${lines.join(", ")}]\n`;
    }),
    RISK,
  ].join("\n");
  const { config, problems } = load(text);
  if (config === undefined) throw new Error(problems.map((p) => p.message).join("; "));
  return engineOptions(config);
}

const port = (name: string, more = "") =>
  `[[port]]\nname = "${name}"\ndriver = "exanic"\ndevice = "${name}:0"\n${more}\n`;

/** Of the only device of a config with one port. */
function deviceOf(more: string) {
  const feed = { name: "x", engine: "main", ports: ["a"] };
  return optionsOf(["main"], port("a", more), [feed])[0]!.devices![0]!;
}

describe("devices of an engine", () => {
  test("are those that its feeds' lines name, with the lines of each", () => {
    const [one, two] = optionsOf(["one", "two"], port("a") + port("b") + port("c"), [
      { name: "x", engine: "two", ports: ["a"] },
      { name: "y", engine: "one", ports: ["a", "b"], more: ', source = "10.0.0.9"' },
      { name: "z", engine: "one", ports: ["b", "a"] },
    ]);
    const where = (o: EngineOptions) =>
      o.devices!.map((d) => [d.name, ...d.lines.map((l) => `${l.feed}/${l.line}`)]);
    expect(where(one!)).toEqual([
      ["a", "0/0", "1/1"],
      ["b", "0/1", "1/0"],
    ]);
    expect(where(two!)).toEqual([["a", "0/0"]]);
    expect(one!.devices![0]!.lines[0]).toEqual({
      group: 0xef020001,
      port: 2000,
      iface: 0,
      source: 0x0a000009,
      feed: 0,
      line: 0,
    });
    expect(one!.feeds.map((f) => f.byDevice)).toEqual([true, true]);
  });

  test("are none where the kernel's sockets bring everything", () => {
    const [options] = optionsOf(["main"], port("a"), [
      { name: "x", engine: "main", ports: ["lo"] },
    ]);
    expect(options!.devices).toEqual([]);
    expect(options!.feeds[0]!.byDevice).toBe(false);
  });

  test("read one queue: that of the port with xdp, else the first", () => {
    const onQueue = port("a", "first_queue = 4").replace('"exanic"', '"xdp"').replace("a:0", "lo");
    const options = optionsOf(["one", "two"], onQueue + port("b"), [
      { name: "x", engine: "two", ports: ["a", "b"] },
      { name: "y", engine: "one", ports: ["b"] },
    ]);
    const queues = options.map((o) =>
      o.devices!.map((d) => `${d.name} ${d.queue} of ${d.queueCount}`),
    );
    expect(queues).toEqual([["b 0 of 1"], ["a 4 of 1", "b 0 of 1"]]);
  });

  test("have a block each, none of a feed's, whatever engine reads them", () => {
    const engines = ["one", "two", "three"];
    const names = Array.from({ length: 16 }, (_, p) => `p${p}`);
    const feeds = engines.flatMap((engine, e) =>
      [0, 4, 8, 12].map((from) => ({
        name: `f${e}-${from}`,
        engine,
        ports: names.slice(from, from + 4),
      })),
    );
    const options = optionsOf(engines, names.map((name) => port(name)).join("\n"), feeds);
    const blocks = options.flatMap((o) => o.devices!.map((d) => d.block));
    expect(blocks.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 48 }, (_, i) => L.HP_PORTS_OF_DEVICES + i),
    );
    expect(Math.max(...blocks)).toBeLessThan(L.HP_PORTS_MAX);
    for (const feed of options.flatMap((o) => o.feeds))
      expect(feed.block).toBeLessThan(L.HP_PORTS_OF_DEVICES);
  });

  test("are pinned with their engine, and know what it polls", () => {
    expect(deviceOf("")).toMatchObject({
      core: 1,
      device: "a:0",
      driver: "exanic",
      isSimulated: false,
      frameBytes: 2048,
      frames: 0,
      vlan: 0,
      gateway: 0,
      extra: "",
      memoryMib: 0,
    });
    const text = port("a").replace('"exanic"', '"exanic-sim"');
    const feed = { name: "x", engine: "main", ports: ["a"] };
    expect(optionsOf(["main"], text, [feed])[0]!.devices![0]).toMatchObject({
      driver: "exanic",
      isSimulated: true,
    });
    const more = 'vlan = 7\nframes = 512\nframe_bytes = 9000\ngateway = "10.0.0.1"';
    const onDpdk = port("a", more).replace('"exanic"', '"dpdk"');
    expect(optionsOf(["main"], onDpdk, [feed])[0]!.devices![0]).toMatchObject({
      vlan: 7,
      frames: 512,
      frameBytes: 9000,
      gateway: 0x0a000001,
    });
  });

  test("of dpdk have memory and further arguments", () => {
    const text = port("a", '[port.dpdk]\nmemory_mib = 256\neal = "--no-pci"').replace(
      '"exanic"',
      '"dpdk"',
    );
    const feed = { name: "x", engine: "main", ports: ["a"] };
    expect(optionsOf(["main"], text, [feed])[0]!.devices![0]).toMatchObject({
      memoryMib: 256,
      extra: "--no-pci",
    });
  });

  for (const [text, bit] of [
    ['checksum = "card"', L.HP_PORT_NO_CHECKSUM],
    ['xdp = { mode = "copy" }', L.HP_PORT_COPY],
    ['xdp = { attach = "generic" }', L.HP_PORT_GENERIC],
    ["dpdk = { huge_pages = false }", L.HP_PORT_NO_HUGE],
    ["promiscuous = true", L.HP_PORT_PROMISCUOUS],
    ["join = false", L.HP_PORT_NO_JOIN],
  ] as const) {
    test(`${text} is a flag of its own`, () => {
      expect(deviceOf("").flags).toBe(0);
      expect(deviceOf(text).flags).toBe(bit);
    });
  }

  test("have the netmask of every prefix from 1 to 32", () => {
    for (let bits = 1; bits <= 32; bits++) {
      const { address, netmask } = deviceOf(`address = "10.1.2.3/${bits}"`);
      const ones = Array.from({ length: 32 }, (_, i) => (i < bits ? 2 ** (31 - i) : 0));
      expect(address).toBe(0x0a010203);
      expect(netmask).toBe(ones.reduce((sum, one) => sum + one, 0));
    }
    expect(deviceOf("")).toMatchObject({ address: 0, netmask: 0 });
    expect(deviceOf('address = "192.168.0.1/24"').address).toBe(0xc0a80001);
  });
});
