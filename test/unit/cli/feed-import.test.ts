import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { feedsToml } from "../../../src/config/lines/feeds-toml.ts";
import { runCli as run } from "../../support/run-cli.ts";
import { load } from "../config/fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "hairpin-lines-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function save(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const connection = (type: string, feed: string, port: number) =>
  `<connection id="310${type}${feed}"><type feed-type="${type}"/><protocol>UDP/IP</protocol>
   <ip>224.0.31.1</ip><host-ip>205.209.221.75</host-ip><port>${port}</port><feed>${feed}</feed>
   </connection>`;
const CME = save(
  "config.xml",
  `<configuration><channel id="310" label="Equity futures"><connections>
   ${connection("I", "A", 14310)}${connection("I", "B", 15310)}
   ${connection("N", "A", 16310)}${connection("S", "A", 19310)}
   </connections></channel><channel id="312" label="None"/></configuration>`,
);
const CBOE = save(
  "units.csv",
  "feed,unit,role,group,port,source\nbzx,7,live,239.3.7.1,30307,10.3.0.1\nbzx,7,gap,239.3.7.2,30407,\n",
);
const OPRA = save("opra.txt", "12 239.5.0.12 45012 239.6.0.12 46012\n");

/** The rest of a config that trades what comes by one feed. */
const rest = (feed: string) => `
[[engine]]
name = "main"

[[session]]
name = "orders"
address = "127.0.0.1:9001"
sender_comp_id = "HP"
target_comp_id = "VENUE"

[[instrument]]
symbol = "${feed.startsWith("opra") ? "SPXW231229C04500000" : "ABC"}"
feed = "${feed}"

[risk]
max_order_qty = 1000
max_order_notional = 1_000_000
collar_pct = 5
max_position = 1000
max_exposure = 1_000_000
max_open_orders = 64
orders_per_s = 1000
cancels_per_s = 1000
max_loss = 100_000
`;

/** There is no such file here, and check looks for it. */
const withoutTemplates = (toml: string) => toml.replace(/^templates = .*\n/m, "");

describe("feed import", () => {
  test("writes sections with a word on where they are from", async () => {
    expect(await run("feed", "import", "cme", CME)).toEqual({
      code: 0,
      out: `# CME channel 310, Equity futures; from config.xml
[[feed]]
name = "cme-310"
protocol = "mdp3"
channel = 310
lines = [
  { group = "224.0.31.1", port = 14310, interface = "eth0", source = "205.209.221.75" }, # incremental A
  { group = "224.0.31.1", port = 15310, interface = "eth0", source = "205.209.221.75" }, # incremental B
  { group = "224.0.31.1", port = 16310, interface = "eth0", source = "205.209.221.75", role = "definition" }, # instrument definitions A
  { group = "224.0.31.1", port = 19310, interface = "eth0", source = "205.209.221.75", role = "snapshot" }, # snapshots A
]
`,
      err: "left out: channel 312, which has no incremental lines\n",
    });
  });

  test("writes what a config may hold, of every format", async () => {
    const flags = ["--interface", "127.0.0.1"];
    const made = [
      ["cme-310", await run("feed", "import", "cme", CME, ...flags, "--templates", "t/x.xml")],
      ["bzx-7", await run("feed", "import", "cboe", CBOE, ...flags, "--engine", "main")],
      ["opra-12", await run("feed", "import", "opra", OPRA, ...flags)],
    ] as const;
    for (const [name, { code, out }] of made) {
      expect(code).toBe(0);
      const { config, problems } = load(withoutTemplates(out) + rest(name));
      const errors = problems.filter((p) => p.severity === "error");
      expect(errors.map((p) => `${p.key}: ${p.message}`)).toEqual([]);
      expect(config?.feed[0]?.name).toBe(name);
    }
    const all = made.map(([, { out }]) => out).join("\n");
    const { config } = load(withoutTemplates(all) + rest("bzx-7"));
    expect(config?.feed.map((feed) => [feed.protocol, feed.unit, feed.channel])).toEqual([
      ["mdp3", undefined, 310],
      ["pitch", 7, undefined],
      ["opra", undefined, undefined],
    ]);
    expect(config?.feed.map((feed) => feed.lines?.map(({ role }) => role))).toEqual([
      ["live", "live", "definition", "snapshot"],
      ["live", "gap"],
      ["live", "live"],
    ]);
  });

  test("leaves the senders out when it is told to", async () => {
    const { out } = await run("feed", "import", "cboe", CBOE, "--any-source");
    expect(out).not.toContain("source");
    expect(out).toContain('group = "239.3.7.1"');
  });

  test("prints the rows as JSON, too", async () => {
    const { out } = await run("feed", "import", "opra", OPRA, "--json");
    expect(JSON.parse(out)).toMatchObject({ feeds: [{ name: "opra-12" }], leftOut: [] });
  });

  test("keeps words of a list inside their comment or string", () => {
    const line = { group: "239.1.1.1", port: 1, role: "live" as const, label: 'A\n[risk] "' };
    const feed = {
      name: "x-1",
      protocol: "opra" as const,
      keys: { templates: 'a"\n\u007f\\.xml' },
      label: "B\r\n[[engine]]\u2028name",
      lines: [line],
    };
    const toml = feedsToml([feed], { interface: "lo", isAnySource: false, from: "f\nx" });
    expect(Bun.TOML.parse(toml)).toEqual({
      feed: [
        {
          ...{ name: "x-1", protocol: "opra", templates: 'a"\n\u007f\\.xml' },
          lines: [{ group: "239.1.1.1", port: 1, interface: "lo" }],
        },
      ],
    });
    expect(toml).toStartWith("# B [[engine]] name; from f x\n[[feed]]\n");
  });

  const refused: [what: string, words: string[], code: number, message: string][] = [
    ["no format", [], 2, "missing: FORMAT FILE"],
    ["another format", ["nyse", CME], 2, 'found "nyse"; allowed: cme, cboe, opra'],
    ["a word of the language", ["constructor", CME], 2, 'found "constructor"; allowed: cme'],
    ["a flag of another format", ["cme", CME, "--unit", "7"], 2, "with cme allowed: --channel"],
    ["templates of another format", ["opra", OPRA, "--templates", "x.xml"], 2, "a flag of cme"],
    ["templates that are none", ["cme", CME, "--templates", "x"], 2, "ends in .xml"],
    ["an interface that is none", ["opra", OPRA, "--interface", 'a"b'], 2, "--interface: found"],
    ["an engine that is none", ["opra", OPRA, "--engine", "A"], 2, "--engine: found"],
    ["no such file", ["cme", join(folder, "none.xml")], 1, "no such file or directory (ENOENT)"],
    ["a folder", ["cme", folder], 1, "cannot be read: "],
    ["the file of another format", ["cme", CBOE], 1, "units.csv: it is no well-formed XML"],
    ["XML as a table", ["cboe", CME], 1, "config.xml:1: found column"],
    ["a channel without lines", ["cme", CME, "--channel", "312"], 1, "channel 312 has no"],
    ["a line that is not there", ["opra", OPRA, "--line", "13"], 1, 'no line "13"; it has 12'],
  ];
  for (const [what, words, code, message] of refused) {
    test(`refuses ${what} with one sentence`, async () => {
      const made = await run("feed", "import", ...words);
      expect([made.code, made.out]).toEqual([code, ""]);
      expect(made.err).toContain(message);
      expect(made.err.trimEnd()).not.toContain("\n");
    });
  }
});
