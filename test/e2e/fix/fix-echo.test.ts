/**
 * `hairpin fix echo` through the FIX session test cases, in every version that there are dictionaries
 * for: a test for each rule, version and role. They are played side by side before the first test.
 *
 * HAIRPIN_QUICKFIX_SPEC: folder of the stock dictionaries (test/support/stock-dictionaries.ts).
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { stockDictionaries } from "../../support/stock-dictionaries.ts";
import { BINARY, describeBinary } from "../helpers/binary.ts";
import { makeFolder, removeFolder } from "../helpers/folder.ts";
import { type Echo, echoAcceptor, echoInitiator } from "./echo.ts";
import { Link, Listener } from "./link.ts";
import { type Results, runCases } from "./run-cases.ts";
import { sessionsOf } from "./sessions.ts";
import { type Case, casesOf } from "./table.ts";
import { VERSIONS, type Version } from "./versions.ts";

/** Sessions of each version that are played at a time. */
const SIDE_BY_SIDE = 4;
const OURS = join(import.meta.dir, "../../../fix-dictionaries");

describeBinary("hairpin fix echo", () => {
  const stock = BINARY === "" ? { missing: "" } : stockDictionaries();
  const isStock = "folder" in stock;
  const folder = isStock ? stock.folder : OURS;
  const versions = VERSIONS.filter(({ files }) => files.every((f) => existsSync(join(folder, f))));
  const sessions = sessionsOf(versions, SIDE_BY_SIDE);

  // Elsewhere the versions of our own dictionaries are played.
  const why = isStock ? "" : ` (else skipped: ${stock.missing})`;
  test.if(process.env.CI === "true" || isStock)(`has the stock dictionaries${why}`, () => {
    expect(isStock ? "" : stock.missing).toBe("");
    expect(versions).toEqual(VERSIONS);
  });

  describe("as acceptor", () => {
    let echo: Echo;
    const cases = casesOf("acceptor", versions, isStock);
    judge(cases, async () => {
      echo = await echoAcceptor(folder, sessions);
      return runCases(cases, sessions, () => Link.connect("127.0.0.1", echo.port));
    });
    afterAll(() => echo?.stop());
  });

  describe("as initiator", () => {
    const echoes: Echo[] = [];
    const listener = new Listener();
    const scratch = makeFolder("fix-initiator");
    const cases = casesOf("initiator", versions, isStock);
    judge(cases, async () => {
      const all: Results = new Map();
      // HeartBtInt and the version over FIXT.1.1 are those of a process.
      for (const heartbeatS of new Set(cases.map((one) => one.heartbeatS))) {
        for (const version of versions) {
          const own = sessions.filter((session) => session.version === version);
          const only = dictionariesOf(version, folder, scratch);
          echoes.push(echoInitiator(only, own, listener.port, heartbeatS));
        }
        const some = cases.filter((one) => one.heartbeatS === heartbeatS);
        const results = await runCases(some, sessions, (session) => listener.link(session.us));
        for (const [name, result] of results) all.set(name, result);
        await Promise.all(echoes.splice(0).map((echo) => echo.stop()));
      }
      return all;
    });
    afterAll(async () => {
      await Promise.all(echoes.map((echo) => echo.stop()));
      listener.stop();
      removeFolder(scratch);
    });
  });
});

/** A folder with the dictionaries of one version alone: an initiator speaks the newest it has. */
function dictionariesOf(version: Version, folder: string, scratch: string): string {
  const own = join(scratch, version.label);
  mkdirSync(own, { recursive: true });
  for (const file of version.files) copyFileSync(join(folder, file), join(own, file));
  return own;
}

/** A test for each case, once all have been played. */
function judge(cases: Case[], playAll: () => Promise<Results>): void {
  let results: Results = new Map();
  beforeAll(async () => {
    results = await playAll();
  }, 600_000);
  for (const { name } of cases) {
    test(name, () => {
      const found = results.get(name);
      if (found !== "") throw new Error(found ?? "it was not played");
    });
  }
}
