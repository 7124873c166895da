/** `hairpin demo --feed`: the executable trades on Cboe PITCH and on CME MDP 3.0. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DemoResult } from "../../src/cli/demo/result.ts";
import { BARE_ENV, describeBinary, type Ended, runBinary } from "./helpers/binary.ts";
import { makeFolder, removeFolder } from "./helpers/folder.ts";

const TIMEOUT_MS = 60_000;

for (const feed of ["pitch", "mdp3"] as const) {
  describeBinary(`hairpin demo --feed ${feed}`, () => {
    let folder = "";
    let run: Ended;
    let result: DemoResult;

    function hairpin(...args: string[]): Promise<Ended> {
      const env = { ...BARE_ENV, TMPDIR: join(folder, "tmp") };
      return runBinary(args, { cwd: folder, env, timeoutMs: TIMEOUT_MS });
    }

    beforeAll(async () => {
      folder = makeFolder(`demo-${feed}`);
      mkdirSync(join(folder, "tmp"));
      const flags = ["--seconds", "3", "--loss", "0.1", "--capture", "--json", "--dir", "it"];
      run = await hairpin("demo", "--feed", feed, ...flags);
      expect([run.code, run.code === 0 ? "" : run.err]).toEqual([0, ""]);
      result = JSON.parse(run.out) as DemoResult;
    }, TIMEOUT_MS);
    afterAll(() => removeFolder(folder));

    test("ends with the venue's books and account", () => {
      const { bookDifference, accountDifference } = result;
      expect({ bookDifference, accountDifference }).toEqual({
        bookDifference: "",
        accountDifference: "",
      });
      expect(result.bookMatchesVenue).toBe(true);
      expect(result.bookLevelsCompared).toBeGreaterThan(40);
      expect(result.feed.protocol).toBe(feed);
    });

    test("trades: orders are sent, acknowledged and filled, none is of unknown fate", () => {
      const { orders, journal } = result;
      expect(orders.sent).toBeGreaterThan(0);
      expect(orders.acked).toBeGreaterThan(0);
      expect(orders.filled).toBeGreaterThan(0);
      expect(orders.unknown).toBe(0);
      expect(journal.records).toBeGreaterThan(2 * orders.sent);
      expect(result.latencyNs.count).toBeGreaterThan(0);
    });

    test("comes late, and gets over what both lines lose in the way of its protocol", () => {
      expect(result.feed.messages).toBeGreaterThan(1000);
      expect(result.feed.gaps).toBeGreaterThan(0);
      if (feed === "pitch") {
        expect(result.feed.recovered).toBeGreaterThan(0);
        expect(result.feed.lost).toBe(0);
        expect(run.err).toContain("sent a snapshot of");
      } else {
        // Nobody can be asked: the loop of snapshots heals.
        expect(result.feed.recovered).toBe(0);
        expect(result.feed.lost).toBeGreaterThan(0);
      }
    });

    test("no engine's heap was collected while it traded", () => {
      expect(result.engines.map((engine) => engine.collections)).toEqual([0]);
    });

    test("was recorded: played again, every record and order byte is the same", async () => {
      const replay = await hairpin("replay", "--journal", "it/journal", "--json");
      expect([replay.err, replay.code]).toEqual(["", 0]);
      const { runs } = JSON.parse(replay.out) as { runs: Record<string, unknown>[] };
      expect(runs).toMatchObject([{ isWhole: true, difference: "", hash: result.journal.hash }]);
    });

    test("has written a config of its protocol that can be read", () => {
      const text = readFileSync(join(folder, "it", "demo.toml"), "utf8");
      expect(text).toContain(`protocol = "${feed}"`);
      expect(text).toContain(feed === "pitch" ? 'role = "gap"' : 'role = "snapshot"');
    });
  });
}
