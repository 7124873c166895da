import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  claimJournal,
  type JournalIdentity,
  takeJournalLock,
} from "../../../src/control/journal-folder.ts";
import { AlreadyRunning } from "../../../src/control/run-dir.ts";
import { type Host, withHost } from "./kit.ts";

const IDENTITY: JournalIdentity = {
  appliance: "first",
  prefix: "A",
  engines: ["main", "second"],
  sessions: [
    { name: "venue", beginString: "FIX.4.4", senderCompId: "ME", targetCompId: "VEN" },
    { name: "other", beginString: "FIX.4.4", senderCompId: "ME", targetCompId: "OTHER" },
  ],
};

const dateOf = (host: Host): string => join(host.directory, "journal", "20261120");

describe("The lock of a journal folder", () => {
  test("keeps a second appliance out with a sentence that says who is in, and where", () =>
    withHost((host) => {
      const root = join(host.directory, "journal");
      const take = (name: string) =>
        takeJournalLock(host.shim, root, { name, runDirectory: `/run/${name}` });
      const fd = take("first");
      expect(() => take("second")).toThrow(
        `the journal folder ${root} is in use by appliance "first" (pid ${process.pid}, run_dir /run/first); each appliance needs a [journal] dir of its own`,
      );
      expect(() => take("second")).toThrow(AlreadyRunning);
      host.shim.hp_fd_close(fd);
      expect(take("second")).toBeGreaterThanOrEqual(0);
    }));

  test("that can't be made is one sentence", () =>
    withHost((host) => {
      const file = join(host.directory, "file");
      writeFileSync(file, "");
      expect(() => takeJournalLock(host.shim, file, { name: "a", runDirectory: "/" })).toThrow(
        `can't make the journal folder ${file} ([journal] dir): not a directory`,
      );
    }));
});

test("A lock file that can't be made is one sentence with the system's reason", () =>
  withHost((host) => {
    const root = join(host.directory, "journal");
    mkdirSync(join(root, "lock"), { recursive: true });
    expect(() => takeJournalLock(host.shim, root, { name: "a", runDirectory: "/" })).toThrow(
      `can't lock ${join(root, "lock")} ([journal] dir): illegal operation on a directory (EISDIR)`,
    );
  }));

describe("The identity of a session date's journal", () => {
  test("is noted at the first start, and the same appliance starts again", () =>
    withHost((host) => {
      claimJournal(dateOf(host), IDENTITY);
      claimJournal(dateOf(host), IDENTITY);
      const noted = JSON.parse(readFileSync(join(dateOf(host), "identity.json"), "utf8"));
      expect(noted).toEqual(IDENTITY);
    }));

  test("grows by sessions anywhere, and by engines at the end", () =>
    withHost((host) => {
      claimJournal(dateOf(host), IDENTITY);
      const added = { ...IDENTITY.sessions[0]!, name: "added" };
      const grown = {
        ...IDENTITY,
        engines: [...IDENTITY.engines, "third"],
        sessions: [added, ...IDENTITY.sessions],
      };
      claimJournal(dateOf(host), grown);
      expect(() => claimJournal(dateOf(host), IDENTITY)).toThrow(
        'the name of engine 3 was "third", now it is missing',
      );
    }));

  const [venue, other] = IDENTITY.sessions as [
    JournalIdentity["sessions"][0],
    JournalIdentity["sessions"][0],
  ];
  const CHANGES: [string, Partial<JournalIdentity>][] = [
    ['[appliance] name was "first", now it is "twin"', { appliance: "twin" }],
    ['[appliance] prefix was "A", now it is "B"', { prefix: "B" }],
    ['the name of engine 1 was "main", now it is "second"', { engines: ["second", "main"] }],
    ['session "other" is missing', { sessions: [venue] }],
    [
      'target_comp_id of session "other" was "OTHER", now it is "X"',
      { sessions: [venue, { ...other, targetCompId: "X" }] },
    ],
    [
      'sender_comp_id of session "venue" was "ME", now it is "YOU"',
      { sessions: [{ ...venue, senderCompId: "YOU" }, other] },
    ],
    [
      'the FIX version of session "venue" was "FIX.4.4", now it is "FIX.4.2"',
      { sessions: [{ ...venue, beginString: "FIX.4.2" }, other] },
    ],
  ];
  for (const [sentence, change] of CHANGES) {
    test(`refuses and keeps the note when ${sentence}`, () =>
      withHost((host) => {
        claimJournal(dateOf(host), IDENTITY);
        const before = readFileSync(join(dateOf(host), "identity.json"), "utf8");
        expect(() => claimJournal(dateOf(host), { ...IDENTITY, ...change })).toThrow(
          `the journal in ${dateOf(host)} belongs to another appliance or venue: ${sentence}; use another [journal] dir, or finish this session date with the old config`,
        );
        expect(readFileSync(join(dateOf(host), "identity.json"), "utf8")).toBe(before);
      }));
  }

  test("that can't be read is refused, and left as it is", () =>
    withHost((host) => {
      claimJournal(dateOf(host), IDENTITY);
      const path = join(dateOf(host), "identity.json");
      for (const text of ['{"appliance"', "null", '{"appliance":"first","prefix":"A"}']) {
        writeFileSync(path, text);
        expect(() => claimJournal(dateOf(host), IDENTITY)).toThrow("identity.json");
        expect(readFileSync(path, "utf8")).toBe(text);
      }
      expect(existsSync(`${path}.new`)).toBe(false);
    }));
});
