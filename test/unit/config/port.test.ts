import { describe, expect, test } from "bun:test";
import { formatProblem } from "../../../src/config/problem.ts";
import { GOOD, load } from "./fixture.ts";

const FILE = "/etc/hairpin/t.toml";

const PORTS = `
[[port]]
name = "card-a"
driver = "xdp"
device = "eth1"
address = "10.1.2.3/24"
gateway = "10.1.2.1"
frames = 4096

[[port]]
name = "card-b"
driver = "dpdk"
device = "0000:03:00.0"
`;

/** Both lines of the feed by ports. */
const BY_PORTS =
  GOOD.replace('interface = "127.0.0.1"', 'interface = "card-a"').replace(
    'interface = "lo"',
    'interface = "card-b"',
  ) + PORTS;

const problemsOf = (source: string) => load(source).problems.map(formatProblem);

/** Problems of BY_PORTS with `from` replaced by `to`, and the line where `at` stands then. */
function changed(from: string, to: string, at: string): { problems: string[]; line: number } {
  if (!BY_PORTS.includes(from)) throw new Error(`BY_PORTS has no ${from}`);
  const source = BY_PORTS.replace(from, to);
  return { problems: problemsOf(source), line: lineOf(source, at) };
}

function lineOf(source: string, text: string): number {
  const line = source.split("\n").findIndex((one) => one.includes(text));
  if (line < 0) throw new Error(`no ${text}`);
  return line + 1;
}

describe("a config with ports", () => {
  test("has no problems, and its defaults filled in", () => {
    const { config, problems } = load(BY_PORTS);
    expect(problems).toEqual([]);
    expect(config!.port[1]).toEqual({
      name: "card-b",
      driver: "dpdk",
      device: "0000:03:00.0",
      frame_bytes: 2048,
      checksum: "verify",
      on_link_down: "stale",
      join: true,
      promiscuous: false,
      first_queue: 0,
      xdp: { mode: "auto", attach: "auto" },
      dpdk: { huge_pages: true, memory_mib: 128 },
      exanic: { steer: true },
    });
  });

  test("has none without any", () => {
    expect(load(GOOD).config!.port).toEqual([]);
  });

  test("may have a port of an interface's name, which is the port then", () => {
    const source = BY_PORTS.replaceAll('"card-a"', '"lo"');
    expect(problemsOf(source)).toEqual([]);
  });

  test("may have two feeds on one port, with a sender each for one group", () => {
    const feed = (name: string, source: string) => `
[[feed]]
name = "${name}"
lines = [{ group = "239.9.9.9", port = 2002, interface = "card-a", source = "${source}" }]
`;
    const two = feed("second", "10.0.0.1") + feed("third", "10.0.0.2");
    const source = BY_PORTS.replace("price_unit = 0.01\n", 'price_unit = 0.01\nfeed = "itch"\n');
    expect(problemsOf(source + two)).toEqual([]);
  });
});

describe("one sentence and the line for", () => {
  test("a line whose interface is neither a port nor an interface", () => {
    const { problems, line } = changed('interface = "card-b"', 'interface = "card-c"', "card-c");
    expect(problems.filter((p) => !p.includes("warning"))).toEqual([
      `${FILE}:${line}:39: feed[0].lines[1].interface: found "card-c"; the config has the ports card-a, card-b, this machine has lo (127.0.0.1)`,
    ]);
  });

  test("lines of one feed by a port and by sockets", () => {
    const source = BY_PORTS.replace('interface = "card-b"', 'interface = "lo"');
    expect(problemsOf(source)).toEqual([
      `${FILE}:10:1: feed[0].lines: some lines come by a [[port]] and some by kernel sockets: let all of them come by ports, or none`,
      `${FILE}:${lineOf(source, '"card-b"') - 1}:1: warning: port[1]: no line of a feed has the interface "card-b"`,
    ]);
  });

  const second = (line: string) => `
[[feed]]
name = "second"
lines = [${line}]
`;
  const WITH_FEED = BY_PORTS.replace("price_unit = 0.01\n", 'price_unit = 0.01\nfeed = "itch"\n');

  test("a group and port that two feeds want of one port", () => {
    const twice = (more = "") =>
      WITH_FEED + second(`{ group = "239.1.1.1", port = 2001, interface = "card-a"${more} }`);
    const line = lineOf(twice(), "lines = [{");
    const sentence = `${FILE}:${line}:10: feed[1].lines[0]: 239.1.1.1:2001 on port card-a is taken by the line of another feed on line 11`;
    expect(problemsOf(twice())).toEqual([sentence]);
    // That feed takes it from every sender.
    expect(problemsOf(twice(', source = "10.0.0.1"'))).toEqual([sentence]);
    const elsewhere = second('{ group = "239.1.1.1", port = 2001, interface = "card-b" }');
    expect(problemsOf(WITH_FEED + elsewhere)).toEqual([]);
  });

  test("the same line twice in one feed", () => {
    const line = '  { group = "239.1.1.1", port = 2001, interface = "card-a" },\n';
    expect(problemsOf(BY_PORTS.replace(line, line + line))).toEqual([
      `${FILE}:12:3: feed[0].lines[1]: the same line twice: 239.1.1.1:2001 card-a`,
    ]);
  });

  test("a device that two ports name", () => {
    const { problems, line } = changed('device = "0000:03:00.0"', 'device = "eth1" # b', "# b");
    expect(problems).toEqual([
      `${FILE}:${line}:1: port[1].device: eth1 is that of the port on line ${lineOf(BY_PORTS, "eth1")}, too`,
    ]);
  });

  test("a name that two ports have", () => {
    const { problems, line } = changed('name = "card-b"', 'name = "card-a" # b', "# b");
    expect(problems).toContain(
      `${FILE}:${line}:1: port[1].name: "card-a" is taken by the one on line ${lineOf(BY_PORTS, 'name = "card-a"')}`,
    );
  });

  test("an interface that is not there, of the drivers that need one", () => {
    const { problems, line } = changed('device = "eth1"', 'device = "eth7"', "eth7");
    expect(problems).toEqual([
      `${FILE}:${line}:1: port[0].device: found "eth7"; this machine has lo (127.0.0.1)`,
    ]);
  });

  test("a number of frames that is no power of two", () => {
    const { problems, line } = changed("frames = 4096", "frames = 4095", "frames = ");
    expect(problems).toEqual([
      `${FILE}:${line}:1: port[0].frames: found 4095; allowed: a power of two`,
    ]);
  });

  for (const [what, address] of [
    ["no prefix", "10.1.2.3"],
    ["a prefix of 0", "10.1.2.3/0"],
    ["a prefix of 33", "10.1.2.3/33"],
    ["three parts", "10.1.2/24"],
  ] as const) {
    test(`an address with ${what}`, () => {
      const { problems, line } = changed("10.1.2.3/24", address, `address = "${address}`);
      expect(problems.filter((p) => p.includes("port[0]"))).toEqual([
        `${FILE}:${line}:1: port[0].address: found "${address}"; allowed: an address with its prefix, e.g. "10.1.2.3/24"`,
      ]);
    });
  }

  for (const address of ["10.1.2.256/24", "0.0.0.0/8", "239.1.1.1/24", "255.255.255.255/32"]) {
    test(`an address that no host can have: ${address}`, () => {
      const { problems, line } = changed("10.1.2.3/24", address, `address = "${address}`);
      expect(problems).toEqual([
        `${FILE}:${line}:1: port[0].address: found "${address}"; allowed: the IPv4 address of a host with its prefix`,
      ]);
    });
  }

  test("a driver that there is not", () => {
    const { problems, line } = changed('driver = "xdp"', 'driver = "xpd"', "xpd");
    const sentence = problems.find((p) => p.includes("port[0].driver"));
    expect(sentence).toStartWith(`${FILE}:${line}:1: port[0].driver: found "xpd"`);
    expect(sentence).toContain("exanic-sim");
  });

  test("a port that no line uses: a warning", () => {
    const spare = '\n[[port]]\nname = "spare"\ndriver = "exanic"\ndevice = "exanic0:1"\n';
    const { config, problems } = load(BY_PORTS + spare);
    expect(config).toBeDefined();
    expect(problems.map(formatProblem)).toEqual([
      `${FILE}:${lineOf(BY_PORTS + spare, '"spare"') - 1}:1: warning: port[2]: no line of a feed has the interface "spare"`,
    ]);
  });

  test("what is missing, and nothing that follows from it", () => {
    const source = WITH_FEED.replace('name = "card-a"\n', "") + second("{ port = 2001 }");
    const keys = problemsOf(source).map((p) => p.split(": ")[1]);
    expect(keys.toSorted()).toEqual([
      "feed[0].lines[0].interface",
      "feed[1].lines[0].group",
      "feed[1].lines[0].interface",
      "port[0].name",
    ]);
  });
});

describe("pairs of a port and an engine that reads it", () => {
  /** Engine e of feeds with four lines each, which are on the ports that `portsOf` says. */
  function source(engines: number, portsOf: (engine: number) => number[]): string {
    const used = [...new Set(Array.from({ length: engines }, (_, e) => portsOf(e)).flat())];
    const chunks = (ports: number[]) =>
      Array.from({ length: Math.ceil(ports.length / 4) }, (_, k) => ports.slice(4 * k, 4 * k + 4));
    const feeds = Array.from({ length: engines }, (_, e) =>
      chunks(portsOf(e)).map((ports, k) => {
        const lines = ports.map(
          (p) => `{ group = "239.${e + 1}.1.${p + 1}", port = 2001, interface = "p${p}" }`,
        );
        return `[[feed]]\nname = "f${e}-${k}"\nengine = "e${e}"\nlines = [${lines.join(", ")}]\n`;
      }),
    );
    const risk = GOOD.slice(GOOD.indexOf("[risk]"));
    return [
      '[appliance]\nname = "test"\n',
      ...Array.from({ length: engines }, (_, e) => `[[engine]]\nname = "e${e}"\n`),
      ...used.map((p) => `[[port]]\nname = "p${p}"\ndriver = "exanic"\ndevice = "exanic${p}:0"\n`),
      ...feeds.flat(),
      risk,
    ].join("\n");
  }
  const sixteen = Array.from({ length: 16 }, (_, p) => p);
  const aboutPorts = (text: string) => problemsOf(text).filter((p) => /: ports?[:[]/.test(p));

  test("may be 48", () => {
    expect(aboutPorts(source(3, () => sixteen))).toEqual([]);
  });

  test("may not be more", () => {
    const text = source(4, () => sixteen);
    expect(aboutPorts(text)).toEqual([
      `${FILE}:${lineOf(text, "[[port]]")}:1: port: 64 pairs of a port and an engine that reads it; allowed: at most 48`,
    ]);
  });

  test("are those that there are, not those that there could be", () => {
    expect(aboutPorts(source(8, (e) => [2 * e, 2 * e + 1]))).toEqual([]);
  });
});
