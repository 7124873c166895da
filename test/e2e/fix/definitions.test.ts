/**
 * `hairpin fix echo` through QuickFIX's own acceptance definitions, a test for each: the versions side
 * by side, each in a process of its own, since the versions over FIXT.1.1 have one session.
 *
 * HAIRPIN_QUICKFIX_DEFINITIONS: their folder (test/support/stock-dictionaries.ts).
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stockDefinitions, stockDictionaries } from "../../support/stock-dictionaries.ts";
import { BINARY, describeBinary } from "../helpers/binary.ts";
import { stepsOf } from "./definition.ts";
import { type Echo, echoAcceptorOf } from "./echo.ts";
import { Link } from "./link.ts";
import { play } from "./player.ts";
import { VERSIONS, type Version } from "./versions.ts";

/** A definition's process may see the end of one connection after the start of the next. */
const PAUSE_MS = 50;

describeBinary("hairpin fix echo, by QuickFIX's definitions", () => {
  const dictionaries = BINARY === "" ? { missing: "" } : stockDictionaries();
  const definitions = BINARY === "" ? { missing: "" } : stockDefinitions();
  if ("missing" in dictionaries || "missing" in definitions) {
    const { missing } = "missing" in dictionaries ? dictionaries : (definitions as Missing);
    // The table of our own (fix-echo.test.ts) is what has to be there.
    test.skip(`they are played (skipped: ${missing})`, () => {});
    return;
  }
  const sets = VERSIONS.map((version) => ({
    version,
    files: filesOf(definitions.folder, version),
  }));
  const results = new Map<string, string>();
  const echoes: Echo[] = [];

  beforeAll(async () => {
    await Promise.all(
      sets.map(async ({ version, files }) => {
        const name = `${version.beginString}:ISLD:TW`;
        const echo = await echoAcceptorOf(dictionaries.folder, [name]);
        echoes.push(echo);
        for (const file of files) {
          results.set(file, await played(file, echo.port));
          await Bun.sleep(PAUSE_MS);
        }
      }),
    );
  }, 900_000);
  afterAll(() => Promise.all(echoes.map((echo) => echo.stop())));

  for (const { version, files } of sets) {
    describe(version.label, () => {
      for (const file of files) {
        test(file.slice(definitions.folder.length + 1), () => {
          const found = results.get(file);
          if (found !== "") throw new Error(found ?? "it was not played");
        });
      }
      test("has more than fifty definitions", () => expect(files.length).toBeGreaterThan(50));
    });
  }
});

interface Missing {
  missing: string;
}

function filesOf(folder: string, version: Version): string[] {
  const own = join(folder, version.label.toLowerCase().replaceAll(".", ""));
  if (!existsSync(own)) return [];
  const names = readdirSync(own).filter((name) => name.endsWith(".def"));
  return names.sort().map((name) => join(own, name));
}

async function played(file: string, port: number): Promise<string> {
  try {
    const open = () => Link.connect("127.0.0.1", port);
    await play(stepsOf(readFileSync(file, "latin1")), { open, isDefinition: true });
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
