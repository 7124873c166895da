/**
 * `hairpin fix echo` through the FIX session test cases, in every version that there are dictionaries
 * for: a test for each rule, version and role. They are played side by side before the first test.
 *
 * HAIRPIN_QUICKFIX_SPEC: folder of the stock dictionaries (test/support/stock-dictionaries.ts).
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { stockDictionaries } from "../../support/stock-dictionaries.ts";
import { BINARY, describeBinary } from "../helpers/binary.ts";
import { type Echo, echoAcceptor, echoInitiator } from "./echo.ts";
import { Link, Listener } from "./link.ts";
import { type Results, runCases } from "./run-cases.ts";
import { sessionsOf } from "./sessions.ts";
import { type Case, casesOf } from "./table.ts";
import { VERSIONS } from "./versions.ts";

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
  test.if(process.env.CI === "true" || isStock)("has the stock dictionaries", () => {
    expect(isStock ? "" : stock.missing).toBe("");
    expect(versions).toEqual(VERSIONS);
  });

  describe("as acceptor", () => {
    let echo: Echo;
    const cases = casesOf("acceptor", versions);
    judge(cases, async () => {
      echo = await echoAcceptor(folder, sessions);
      return runCases(cases, sessions, () => Link.connect("127.0.0.1", echo.port));
    });
    afterAll(() => echo?.stop());
  });

  describe("as initiator", () => {
    let echo: Echo;
    const listener = new Listener();
    const cases = casesOf("initiator", versions);
    judge(cases, async () => {
      echo = echoInitiator(folder, sessions, listener.port);
      return runCases(cases, sessions, (session) => listener.link(session.us));
    });
    afterAll(async () => {
      await echo?.stop();
      listener.stop();
    });
  });
});

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
