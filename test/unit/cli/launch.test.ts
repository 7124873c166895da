import { expect, test } from "bun:test";
import { hostOf, launchOptions, portOf } from "../../../src/cli/launch.ts";
import { optionsFor } from "../../../src/cli/sim.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { simOptionsSchema } from "../../../src/sim/options.ts";

const EXAMPLE = `${import.meta.dir}/../../../docs/examples/appliance.toml`;
const config = loadConfig(EXAMPLE);
const NOW = Date.parse("2026-11-20T14:30:00Z");

test("a config becomes what the launcher starts, with indices and bytes", async () => {
  const options = await launchOptions(config, NOW);
  expect(options).toMatchObject({
    name: "example",
    date: "2026-11-20",
    sessionStartS: Date.parse("2026-11-20T05:00:00Z") / 1000,
    configHash: config.hash,
    guard: { timeoutMs: 100, killTimeoutMs: 500 },
    sessions: [{ name: "venue", engine: 0 }],
    feeds: [{ name: "itch", engine: 0, rerequest: { host: "127.0.0.1", port: 26479 } }],
  });
  expect(options.journal.ringBytes).toBe(64 * 1024 * 1024);
  expect(options.engines).toHaveLength(1);
  expect(() => JSON.stringify(options.engines)).not.toThrow();
});

test("a name that nobody knows is one sentence", async () => {
  const session = { ...config.session[0]!, address: "no-such-host.invalid:1" };
  expect(launchOptions({ ...config, session: [session] }, NOW)).rejects.toThrow(
    "session venue: the name no-such-host.invalid has no IPv4 address here",
  );
});

test("the simulator of a config publishes where the config listens", () => {
  const options = simOptionsSchema.parse(optionsFor(config, 100));
  expect(options.lines.map((l) => `${l.group}:${l.port}`)).toEqual([
    "239.192.1.1:26477",
    "239.192.1.2:26478",
  ]);
  expect(options.rerequest.port).toBe(26479);
  expect(options.fix).toMatchObject({ port: 9878, venueCompId: "SIM", clients: ["HAIRPIN"] });
  expect(options.symbols.map((s) => s.symbol)).toEqual(["AAPL", "MSFT"]);
});

test("host and port are taken apart at the last colon", () => {
  expect([hostOf("a.b:12"), portOf("a.b:12")]).toEqual(["a.b", 12]);
});
