/** The executable alone: no Bun, no packages, no compiler, nothing but a TOML and a strategy. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ApplianceStatus } from "../../src/control/status.ts";
import { BINARY, describeBinary, runBinary } from "./helpers/binary.ts";
import { BinaryChild } from "./helpers/child.ts";
import { CLIENT, configText, ownStrategy, type Venue } from "./helpers/config.ts";
import { makeFolder, removeFolder, until } from "./helpers/folder.ts";

/** A strategy file that reads what a shell, a Bun or a stray .env could have left. */
const SPY = `import { defineStrategy, z } from "hairpin";
export default defineStrategy({
  params: z.object({ word: z.string() }),
  create(_ctx, params) {
    const found = [process.env.HAIRPIN_STRAY ?? "none", params.word, typeof preloaded];
    return { onStart() { throw new Error("spy saw " + found.join(" ")); } };
  },
});
declare const preloaded: unknown;
`;

describeBinary("the executable in an empty folder", () => {
  let folder = "";
  let binary = "";
  beforeAll(() => {
    folder = makeFolder("empty");
    binary = join(folder, "hairpin");
    copyFileSync(BINARY, binary);
  });
  afterAll(() => removeFolder(folder));

  /** The copy, through env -i, as a person would: `env -i PATH=/nonexistent ./hairpin ...`. */
  function run(args: string[]) {
    return runBinary(args, { cwd: folder, binary, env: {}, before: CLEAN, timeoutMs: 60_000 });
  }

  function start(args: string[]): BinaryChild {
    return new BinaryChild(args, { cwd: folder, binary, env: {}, before: CLEAN });
  }

  test("writes a strategy to start from", async () => {
    const made = await run(["new", "strategy", "foo"]);
    expect(made).toMatchObject({ code: 0, err: "" });
    expect(readdirSync(folder).sort()).toEqual([
      "foo.ts",
      "hairpin",
      "hairpin.d.ts",
      "tsconfig.json",
    ]);
  });

  test("simulator and appliance trade from a TOML and that strategy", async () => {
    const options = { fix: { clients: [CLIENT] }, flow: { rate: 1500 } };
    writeFileSync(join(folder, "sim.json"), JSON.stringify(options));
    const sim = start(["sim", "--options", "sim.json", "--commands"]);
    const venue = (await sim.next<Venue>(15_000))!;
    const text = configText("empty", venue, { strategies: ownStrategy("foo.ts") });
    writeFileSync(join(folder, "empty.toml"), text);
    expect(await run(["check", "empty.toml"])).toMatchObject({ code: 0, err: "" });

    const appliance = start(["run", "empty.toml", "--json"]);
    let status: ApplianceStatus | undefined;
    await until(
      "an order acknowledged",
      async () => {
        const asked = await run(["status", "empty.toml", "--json"]);
        if (asked.code === 0) status = JSON.parse(asked.out) as ApplianceStatus;
        return (status?.engines[0]?.counters["order_acked"] ?? 0) > 0;
      },
      20_000,
      () => appliance.err,
    );
    appliance.process.kill("SIGTERM");
    expect(await appliance.ended(15_000)).toBe(0);
    await sim.ask({ cmd: "stop" });
    expect(await sim.ended(5000)).toBe(0);
    const journal = await run(["journal", "empty.toml", "--json"]);
    expect(journal.err).toBe("");
    expect(journal.code).toBe(0);
  }, 60_000);

  test("the demo runs there", async () => {
    const demo = await run(["demo", "--seconds", "2", "--json"]);
    expect({ code: demo.code, err: demo.err }).toMatchObject({ code: 0 });
    const result = JSON.parse(demo.out) as { orders: { sent: number }; bookMatchesVenue: boolean };
    expect(result.orders.sent).toBeGreaterThan(0);
    expect(result.bookMatchesVenue).toBe(true);
  }, 60_000);

  test("reads no .env, bunfig.toml, tsconfig.json or package.json that lies around", async () => {
    const stray = join(folder, "stray");
    mkdirSync(stray);
    writeFileSync(join(stray, ".env"), "HAIRPIN_STRAY=read\nPATH=/stray\n");
    writeFileSync(join(stray, "bunfig.toml"), 'preload = ["./preload.ts"]\n');
    const preload = 'require("fs").writeFileSync("preloaded", ""); globalThis.preloaded = 1;\n';
    writeFileSync(join(stray, "preload.ts"), preload);
    writeFileSync(join(stray, "tsconfig.json"), '{ "compilerOptions": { "paths": 5 } }\n');
    writeFileSync(join(stray, "package.json"), "{ not JSON\n");
    writeFileSync(join(stray, "spy.ts"), SPY);
    const venue = {
      ...{ pid: 0, interface: "127.0.0.1", session: "S", symbols: [{ symbol: "AAPL", px: 1 }] },
      lines: [{ group: "239.255.71.9", port: 26_999 }],
      rerequest: { address: "127.0.0.1", port: 26_998 },
      fix: { address: "127.0.0.1", port: 26_997, venueCompId: "VENUE" },
    };
    const strategies = ownStrategy("spy.ts", '[strategy.params]\nword = "hello"\n');
    writeFileSync(join(stray, "spy.toml"), configText("spy", venue, { strategies }));
    const version = await runBinary(["version"], { cwd: stray, binary, env: {}, before: CLEAN });
    expect(version).toMatchObject({ code: 0, err: "" });
    const args = ["run", "spy.toml", "--seconds", "3"];
    const ran = await runBinary(args, { cwd: stray, binary, env: {}, before: CLEAN });
    expect(ran.isHung).toBe(false);
    expect(ran.err).toContain("spy saw none hello undefined");
    expect(existsSync(join(stray, "preloaded"))).toBe(false);
  }, 60_000);
});

const CLEAN = ["/usr/bin/env", "-i", "PATH=/nonexistent"];
