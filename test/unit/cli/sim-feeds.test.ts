/** Feeds of other protocols than ITCH: the simulator of a config, and the config of the demo. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { demoConfig } from "../../../src/cli/demo/config-text.ts";
import { PASSWORD_FILE } from "../../../src/cli/demo/feed-text.ts";
import { notServed, optionsFor } from "../../../src/cli/sim-config.ts";
import { loadConfig } from "../../../src/config/load.ts";
import type { Config } from "../../../src/config/schema.ts";
import { groupsOf, simOptionsSchema } from "../../../src/sim/options.ts";
import type { SimProtocol } from "../../../src/sim/protocols.ts";
import { readyLine } from "../../../src/sim/ready-line.ts";

const folder = mkdtempSync(join(tmpdir(), "hairpin-sim-feeds-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The config that the demo writes for a venue of this protocol, read again. */
function demoOf(protocol: SimProtocol): Config {
  const options = simOptionsSchema.parse({ protocol, unit: 9, channel: 382, session: "S" });
  const lines = groupsOf(options).map((g, i) => ({ group: g.group, port: 4000 + i, role: g.role }));
  const servers = {
    fix: 5001,
    ouch: undefined,
    rerequest: protocol === "mdp3" ? undefined : 5002,
    spin: protocol === "pitch" ? 5003 : undefined,
    glimpse: undefined,
    close() {},
  };
  const file = join(folder, `${protocol}.toml`);
  writeFileSync(join(folder, PASSWORD_FILE), "demo\n", { mode: 0o600 });
  const venue = readyLine(options, lines, servers);
  const where = { core: -1, portText: "", portName: "" };
  const how = { seed: 1, durable: "interval", capture: false, realtime: false };
  writeFileSync(file, demoConfig({ venue, ...where, ...how }));
  return loadConfig(file);
}

/** Groups with roles and ports. */
const groups = (config: Config) =>
  groupsOf(simOptionsSchema.parse(optionsFor(config, 100))).map((g) => `${g.role} ${g.port}`);

describe("the demo's config, and the simulator of it", () => {
  test("of ITCH have two lines and a re-request server", () => {
    const config = demoOf("itch50");
    expect(groups(config)).toEqual(["live 4000", "live 4001"]);
    expect(optionsFor(config, 100)).toMatchObject({
      protocol: "itch50",
      rerequest: { port: 5002 },
    });
    expect(notServed(config)).toEqual([]);
  });

  test("of PITCH have the unit, the gap group, and both servers", () => {
    const config = demoOf("pitch");
    expect(config.feed[0]).toMatchObject({ protocol: "pitch", unit: 9 });
    expect(groups(config)).toEqual(["live 4000", "live 4001", "gap 4002"]);
    expect(optionsFor(config, 100)).toMatchObject({
      protocol: "pitch",
      unit: 9,
      rerequest: { port: 5002 },
      spin: { port: 5003 },
    });
    expect(notServed(config)).toEqual([]);
  });

  test("of MDP 3.0 have the channel and both loops, and nobody to ask", () => {
    const config = demoOf("mdp3");
    expect(config.feed[0]!.rerequest).toBeUndefined();
    expect(groups(config)).toEqual(["live 4000", "live 4001", "snapshot 4002", "definition 4003"]);
    expect(optionsFor(config, 100)).toMatchObject({ protocol: "mdp3", channel: 382 });
    expect(notServed(config)).toEqual([]);
  });

  test("a second group of a role hears nothing, and that is said", () => {
    const config = demoOf("pitch");
    const feed = config.feed[0]!;
    const gap = feed.lines.find((line) => line.role === "gap")!;
    const lines = [...feed.lines, { ...gap, port: 4999 }];
    expect(notServed({ ...config, feed: [{ ...feed, lines }] })).toEqual([
      `line ${gap.group}:4999 of feed "pitch" hears nothing: one gap group is served`,
    ]);
  });

  test("a protocol that the simulator does not publish is refused", () => {
    const config = demoOf("itch50");
    const feed = [{ ...config.feed[0]!, protocol: "opra" as const }];
    expect(() => optionsFor({ ...config, feed }, 100)).toThrow(
      "feed itch: its protocol is opra, and the simulator publishes itch50, pitch, mdp3 only",
    );
  });
});
