import { describe, expect, test } from "bun:test";
import { GOOD, load } from "./fixture.ts";

const DEVICES: Record<string, string> = { dpdk: "0000:03:00.0", exanic: "exanic0:0" };

/** One port, whose second line is of a feed of the engine `second`. */
const config = (driver: string, second: string, more = "") => `${GOOD.replace(
  'name = "itch"\n',
  'name = "itch"\nengine = "main"\n',
).replaceAll(/interface = "[^"]*"/g, 'interface = "card"')}
[[engine]]
name = "other"
core = 2

[[port]]
name = "card"
driver = "${driver}"
device = "${DEVICES[driver] ?? "eth1"}"
${more}

[[feed]]
name = "itch2"
engine = "${second}"
lines = [{ group = "239.1.1.3", port = 2001, interface = "card" }]
`;

const problemsAt = (source: string, key: string) =>
  load(source)
    .problems.filter((problem) => problem.key === key)
    .map((problem) => problem.message);

describe("two engines on one port", () => {
  const onDriver = (driver: string, second: string) =>
    problemsAt(config(driver, second), "port[0].driver");

  test("are an error with dpdk and xdp, which says what to do", () => {
    expect(onDriver("dpdk", "other")).toEqual([
      'lines of 2 engines come by it; allowed with "dpdk": of one, since a card belongs to one process (give each engine a card, or a virtual function of it)',
    ]);
    expect(onDriver("xdp", "other")).toEqual([
      'lines of 2 engines come by it; allowed with "xdp": of one, since an interface takes the XDP program of one process (give each engine an interface, or use driver = "packet")',
    ]);
  });

  test("are none with other drivers, and neither is one engine", () => {
    for (const driver of ["dpdk", "xdp"]) expect(onDriver(driver, "main")).toEqual([]);
    for (const driver of ["packet", "exanic"]) expect(onDriver(driver, "other")).toEqual([]);
  });
});

describe("what a driver does not do is refused", () => {
  const at = (driver: string, key: string, more: string) =>
    problemsAt(config(driver, "main", more), `port[0].${key}`);

  test("a receive queue, but with xdp", () => {
    expect(at("xdp", "first_queue", "first_queue = 3")).toEqual([]);
    for (const driver of ["packet", "dpdk", "exanic"]) {
      expect(at(driver, "first_queue", "first_queue = 0")).toEqual([]);
      expect(at(driver, "first_queue", "first_queue = 3")).toEqual([
        `found 3; allowed with "${driver}": 0, since xdp alone reads one queue of several`,
      ]);
    }
  });

  test("more frames than it has", () => {
    expect(at("xdp", "frames", "frames = 65536")).toEqual([]);
    expect(at("dpdk", "frames", "frames = 32768")).toEqual([]);
    expect(at("dpdk", "frames", "frames = 65536")).toEqual([
      'found 65536; allowed with "dpdk": up to 32768',
    ]);
    expect(at("exanic", "frames", "frames = 1024")).toEqual([
      'found 1024; allowed with "exanic": none, since the ring is the card\'s own',
    ]);
    expect(at("packet", "frames", "frames = 131072")[0]).toContain("64 to 65536");
  });

  test("with a warning, where it is another driver's table", () => {
    for (const [own, table] of [
      ["xdp", 'xdp = { mode = "copy" }'],
      ["dpdk", "dpdk = { huge_pages = false }"],
      ["exanic", "exanic = { steer = false }"],
    ] as const) {
      for (const driver of ["packet", "xdp", "dpdk", "exanic"]) {
        const wanted = driver === own ? [] : [`of no effect with driver = "${driver}"`];
        expect(at(driver, own, table)).toEqual(wanted);
      }
    }
  });
});

describe("two DPDK ports of one engine", () => {
  const two = (first: string, second: string, engine = "main") =>
    `${config("dpdk", engine, first)}
[[port]]
name = "card2"
driver = "dpdk"
device = "0000:04:00.0"
${second}
`.replace(
      'group = "239.1.1.3", port = 2001, interface = "card"',
      'group = "239.1.1.3", port = 2001, interface = "card2"',
    );

  const found = (source: string) =>
    load(source).problems.flatMap(({ key, message }) =>
      key.startsWith("port[1].dpdk") ? [`${key}: ${message}`] : [],
    );

  test("say the same about the start of DPDK, which there is once", () => {
    const line = config("dpdk", "main").split("\n").indexOf("[[port]]") + 1;
    const rest = "allowed: the same for all DPDK ports of an engine, which starts DPDK once";
    const of = (is: string, has: string) =>
      `found ${is}, and the port on line ${line} has ${has}; ${rest}`;
    expect(found(two("", ""))).toEqual([]);
    expect(found(two("", "dpdk = { huge_pages = false }"))).toEqual([
      `port[1].dpdk.huge_pages: ${of("false", "true")}`,
    ]);
    expect(found(two("", "dpdk = { memory_mib = 512 }"))).toEqual([
      `port[1].dpdk.memory_mib: ${of("512", "128")}`,
    ]);
    expect(found(two('dpdk = { eal = "--no-pci" }', 'dpdk = { eal = "--iova-mode=va" }'))).toEqual([
      `port[1].dpdk.eal: ${of('"--iova-mode=va"', '"--no-pci"')}`,
    ]);
  });

  test("may differ in what is of one port, and when they are of two engines", () => {
    const own = 'dpdk = { eal = "igmp=2 --no-pci" }';
    expect(found(two(own, 'dpdk = { eal = "--no-pci steer=off stamps=off" }'))).toEqual([]);
    expect(found(two("", "dpdk = { huge_pages = false }", "other"))).toEqual([]);
  });
});
