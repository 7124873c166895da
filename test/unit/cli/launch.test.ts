import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT_CONFIG } from "../../../src/cli/exit-codes.ts";
import { hostOf, portOf } from "../../../src/cli/host-port.ts";
import { launchOptions } from "../../../src/cli/launch.ts";
import { notServed, optionsFor } from "../../../src/cli/sim-config.ts";
import { snapshotSchema } from "../../../src/config/feed-recovery.ts";
import { loadConfig } from "../../../src/config/load.ts";
import type { Config } from "../../../src/config/schema.ts";
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

test("the simulator of a config has GLIMPSE, or a spin server, where the config looks for it", () => {
  const snapshot = snapshotSchema.parse({
    address: "127.0.0.1:4000",
    username: "u",
    password_file: "/none",
  });
  const of = (more: object) => {
    const feed = [{ ...config.feed[0]!, snapshot, ...more }];
    expect(notServed({ ...config, feed })).toEqual([]);
    return simOptionsSchema.parse(optionsFor({ ...config, feed }, 100));
  };
  expect(of({})).toMatchObject({ glimpse: { port: 4000 }, spin: { port: 0 } });
  expect(of({ protocol: "pitch", unit: 2 })).toMatchObject({
    ...{ glimpse: { port: 0 }, spin: { port: 4000 } },
  });
});

test("the simulator tells which ports of a config hear nothing of it", () => {
  const lines = config.feed[0]!.lines.map((line, i) => ({ ...line, interface: i ? "b" : "a" }));
  const feed = [{ ...config.feed[0]!, lines }];
  const port = (name: string, driver: string, device: string) =>
    ({ name, driver, device }) as unknown as Config["port"][number];
  const onWire = [port("a", "packet", "eth1"), port("other", "packet", "eth9")];
  expect(notServed({ ...config, feed, port: onWire })).toEqual([
    'port "a" will hear nothing: the simulator publishes on 127.0.0.1, not on eth1 (--options with "interface" or "veth" does)',
  ]);
  const onCards = [port("a", "exanic-sim", "/x:0"), port("b", "exanic-sim", "/y:0")];
  expect(notServed({ ...config, feed, port: onCards })).toEqual([
    'port "b" will hear nothing: the simulator publishes into one card, not on /y:0 (--options with "interface" or "veth" does)',
  ]);
  const loopback = [port("a", "packet", "lo")];
  expect(notServed({ ...config, feed, port: loopback })).toEqual([]);
});

test("the simulator tells which sessions and feeds of a config it does not serve", () => {
  expect(notServed(config)).toEqual([]);
  const [venue] = config.session;
  const [itch] = config.feed;
  const session = [
    venue!,
    { ...venue!, name: "md", use: "market-data", address: "127.0.0.1:9002" } as const,
    { ...venue!, name: "copies", use: "drop-copy", sender_comp_id: "DROP" } as const,
    { ...venue!, name: "other", target_comp_id: "OTHER" },
  ];
  const feed = [itch!, { ...itch!, name: "second" }];
  expect(notServed({ ...config, session, feed })).toEqual([
    'session "md" is not served: its address is 127.0.0.1:9002, the simulator\'s 127.0.0.1:9878',
    'session "other" is not served: its target_comp_id is OTHER, the simulator\'s SIM',
    'feed "second" is not published: the simulator has one feed, "itch"',
  ]);
});

test("the simulator refuses orders in another protocol than its own", () => {
  const session = [{ ...config.session[0]!, protocol: "fix42" } as const];
  const run = () => optionsFor({ ...config, session }, 100);
  expect(run).toThrow("session venue: its protocol is fix42, and the simulator speaks fix44 only");
  try {
    run();
  } catch (error) {
    expect((error as { exitCode: number }).exitCode).toBe(EXIT_CONFIG);
  }
});

test("host and port are taken apart at the last colon", () => {
  expect([hostOf("a.b:12"), portOf("a.b:12")]).toEqual(["a.b", 12]);
});

test("the simulator takes the orders of OUCH sessions with the secrets of the config", () => {
  const folder = mkdtempSync(join(tmpdir(), "launch-ouch-"));
  try {
    writeFileSync(join(folder, "user"), "trader\n");
    writeFileSync(join(folder, "password"), "secret\n");
    const [venue] = config.session;
    const ouch = {
      ...venue!,
      name: "ouch",
      protocol: "ouch50",
      address: "127.0.0.1:9900",
      username_file: join(folder, "user"),
      password_file: join(folder, "password"),
    } as const;
    const away = { ...ouch, name: "away", address: "127.0.0.1:9901" };
    const session = [venue!, ouch, away];
    const options = simOptionsSchema.parse(optionsFor({ ...config, session }, 100));
    expect(options.fix.clients).toEqual(["HAIRPIN"]);
    expect(options.ouch).toEqual({
      port: 9900,
      session: "",
      clients: [{ username: "trader", password: "secret" }],
    });
    expect(notServed({ ...config, session })).toEqual([
      'session "away" is not served: its address is 127.0.0.1:9901, the simulator\'s for OUCH 127.0.0.1:9900',
    ]);
    const only = simOptionsSchema.parse(optionsFor({ ...config, session: [ouch] }, 100));
    expect([only.fix.clients, only.ouch?.port]).toEqual([[], 9900]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
