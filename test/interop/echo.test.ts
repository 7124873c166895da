/**
 * `hairpin fix echo` against QuickFIX's own session layer, in both roles and several versions: logon,
 * bursts of orders, a connection cut in the middle of one, sequence reset, logout.
 */
import { afterEach, expect, test } from "bun:test";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { echoAcceptor, echoInitiator, freePort } from "../e2e/fix/echo.ts";
import { HAIRPIN, sessionsOf } from "../e2e/fix/sessions.ts";
import { VERSIONS, type Version } from "../e2e/fix/versions.ts";
import { BINARY, describeBinary } from "../e2e/helpers/binary.ts";
import { makeFolder } from "../e2e/helpers/folder.ts";
import { Relay } from "../e2e/support/relay.ts";
import { stockDictionaries } from "../support/stock-dictionaries.ts";
import { buildPrograms } from "./build.ts";
import { QuickfixClient } from "./quickfix-client.ts";
import { writeSettings } from "./settings.ts";

const isCi = process.env.CI === "true";
const OURS = join(import.meta.dir, "../../fix-dictionaries");
const BURST = 2000;

describeBinary("hairpin fix echo and QuickFIX", () => {
  const built = BINARY === "" ? "" : buildPrograms();
  if (typeof built === "string") {
    test.skipIf(!isCi)(`the QuickFIX programs can be built (else skipped: ${built})`, () => {
      throw new Error(built);
    });
    return;
  }
  const programs = built;
  const stock = stockDictionaries();
  const folder = "folder" in stock ? stock.folder : OURS;
  const versions = VERSIONS.filter(
    ({ label, files }) =>
      ["FIX.4.2", "FIX.4.4", "FIX.5.0SP2"].includes(label) &&
      files.every((file) => existsSync(join(folder, file))),
  );
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  for (const version of versions) {
    test(`${version.label}: QuickFIX's initiator gets every order of a burst back, once`, async () => {
      const { client } = await toAcceptor(version);
      client.tell(`orders A ${BURST}`);
      await client.saying("echo", BURST);
      client.tell("cancel A000001 C1");
      await client.saying("echo", BURST + 1);
      expect(client.lines("echo")).toEqual([...ids("A", BURST), "C1 N"]);
      client.tell("logout");
      await client.saying("logout", 1);
    });

    test(`${version.label}: QuickFIX's acceptor gets every order of a burst back, once`, async () => {
      const { client } = await toInitiator(version);
      client.tell(`orders B ${BURST}`);
      await client.saying("echo", BURST);
      expect(client.lines("echo")).toEqual(ids("B", BURST));
      client.tell("logout");
      await client.saying("logout", 1);
    });
  }

  test("after a cut in the middle of a burst the session comes back, and nothing came twice", async () => {
    const { client, relay } = await toAcceptor(versions[0]!);
    for (let cut = 1; cut <= 3; cut++) {
      relay.cutAfter(20_000 + cut * 1111);
      client.tell(`orders X${cut} ${BURST}`);
      await client.saying("logout", cut);
      // It starts from 1 again: what was under way at the cut stays lost, and both sides know.
      await client.saying("logon", cut + 1);
      client.tell(`orders Y${cut} 100`);
      await client.saying(`echo Y${cut}000100`, 1);
    }
    const echoes = client.lines("echo").map((line) => line.split(" ")[0]!);
    expect(new Set(echoes).size).toBe(echoes.length);
    const after = echoes.filter((id) => id.startsWith("Y"));
    expect(after.length).toBe(300);
    const sent = new Set(client.lines("sent"));
    expect(echoes.filter((id) => !sent.has(id))).toEqual([]);
    expect(relay.cuts).toBe(3);
  });

  test("a SequenceReset of QuickFIX's is obeyed, whichever side is the acceptor", async () => {
    for (const open of [toAcceptor, toInitiator]) {
      const { client } = await open(versions[0]!);
      client.tell("orders A 3");
      client.tell("reset 500");
      client.tell("orders B 3");
      await client.saying("echo", 6);
      expect(client.lines("echo")).toEqual([...ids("A", 3), ...ids("B", 3)]);
      expect(client.lines("logout")).toEqual([]);
    }
  });

  /** QuickFIX's initiator on hairpin's acceptor, through a relay, logged on. */
  async function toAcceptor(version: Version) {
    const echo = await echoAcceptor(folder, sessionsOf([version], 1));
    ends.push(() => echo.stop());
    const relay = new Relay({ address: "127.0.0.1", port: echo.port });
    ends.push(() => relay.stop());
    const client = quickfix("initiator", relay.port, version);
    await client.saying("logon", 1);
    return { client, relay };
  }

  /** QuickFIX's acceptor with hairpin's initiator logged on. */
  async function toInitiator(version: Version) {
    const port = freePort();
    const client = quickfix("acceptor", port, version);
    await client.saying("ready", 1);
    const echo = echoInitiator(folder, sessionsOf([version], 1), port);
    ends.push(() => echo.stop());
    await client.saying("logon", 1);
    return { client };
  }

  function quickfix(role: "acceptor" | "initiator", port: number, version: Version) {
    const own = makeFolder("quickfix");
    ends.push(() => rmSync(own, { recursive: true, force: true }));
    const { beginString, label } = version;
    const { us } = sessionsOf([version], 1)[0]!;
    const settings = writeSettings(own, {
      role,
      port,
      isReset: true,
      dictionaries: folder,
      sessions: [{ beginString, sender: us, target: HAIRPIN, application: label }],
    });
    const mode = role === "acceptor" ? ["client"] : [];
    const client = new QuickfixClient([programs[role], settings, ...mode]);
    ends.push(() => client.end());
    return client;
  }
});

/** As the program tells them: not one with PossDupFlag. */
function ids(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${String(i + 1).padStart(6, "0")} N`);
}
