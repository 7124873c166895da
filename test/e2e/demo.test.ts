/** `hairpin demo` of the executable: real processes, real multicast, real TCP. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { EXIT_CONFIG } from "../../src/cli/exit-codes.ts";
import { BARE_ENV, BINARY, describeBinary, type Ended, runBinary } from "./helpers/binary.ts";
import { makeFolder, processesOf, removeFolder, segmentsOf, until } from "./helpers/folder.ts";

const PERCENTILES = ["count", "p50", "p90", "p99", "p999", "max"];
const TIMEOUT_MS = 60_000;

/** The one document that --json prints. */
interface Result {
  [key: string]: unknown;
  feed: Record<string, number>;
  orders: Record<string, number>;
  latencyNs: Record<string, number>;
  wireToWireNs: Record<string, number | string>;
  bookMatchesVenue: boolean;
  bookDifference: string;
  accountDifference: string;
  journal: { records: number; hash: string };
  pnl: number;
  engines: { name: string; core: number; pinned: boolean; collections: number; turnNs: object }[];
}

function resultOf(run: Ended): Result {
  expect({ code: run.code, isHung: run.isHung, err: run.err }).toMatchObject({
    code: 0,
    isHung: false,
  });
  return JSON.parse(run.out) as Result;
}

describeBinary("hairpin demo", () => {
  let folder = "";
  let first: Ended;
  let result: Result;
  beforeAll(async () => {
    folder = makeFolder("demo");
    mkdirSync(join(folder, "tmp"));
    const flags = ["--loss", "0.2", "--json", "--dir", "first", "--capture"];
    first = await demo("--seconds", "4", ...flags);
    result = resultOf(first);
  }, TIMEOUT_MS);
  afterAll(() => removeFolder(folder));

  function demo(...flags: string[]): Promise<Ended> {
    const env = { ...BARE_ENV, TMPDIR: join(folder, "tmp") };
    return runBinary(["demo", ...flags], { cwd: folder, env, timeoutMs: TIMEOUT_MS });
  }

  test("prints one JSON document, with the fields that were promised", () => {
    expect(Object.keys(result)).toEqual(
      expect.arrayContaining([
        ...["feed", "orders", "latencyNs", "wireToWireNs", "bookMatchesVenue"],
        ...["journal", "pnl", "engines"],
      ]),
    );
    expectNumbers(result.feed, ["messages", "gaps", "recovered", "stale"]);
    const orders = ["sent", "acked", "filled", "canceled", "rejected", "denied", "unknown"];
    expectNumbers(result.orders, orders);
    expectNumbers(result.latencyNs, PERCENTILES);
    expectNumbers(result.wireToWireNs, PERCENTILES);
    expect(result.wireToWireNs.rxStamp).toBeString();
    expect(result.wireToWireNs.txStamp).toBeString();
    expect(result.bookMatchesVenue).toBeBoolean();
    expect(result.journal.records).toBeInteger();
    expect(result.journal.hash).toMatch(/^[0-9a-f]{32,}$/);
    expect(result.pnl).toBeNumber();
    for (const engine of result.engines) {
      expect(engine.name).toBeString();
      expect(engine.core).toBeInteger();
      expect(engine.pinned).toBeBoolean();
      expect(engine.collections).toBeInteger();
      expectNumbers(engine.turnNs, PERCENTILES);
    }
    expect(result.engines.length).toBe(1);
  });

  test("was recorded: played again, every record and order byte is the same", async () => {
    const args = ["replay", "--journal", "first/journal", "--json"];
    const replay = await runBinary(args, { cwd: folder, timeoutMs: TIMEOUT_MS });
    expect([replay.err, replay.code]).toEqual(["", 0]);
    const { runs } = JSON.parse(replay.out) as { runs: Record<string, unknown>[] };
    const { hash, records } = result.journal;
    const same = { isWhole: true, difference: "", behindTape: 0, behindJournal: 0 };
    expect(runs).toMatchObject([{ ...same, hash, records }]);
    expect(runs[0]!["orders"]).toBeGreaterThanOrEqual(result.orders.sent!);
  });

  test("trades: orders are sent, acknowledged and filled, none is of unknown fate", () => {
    expect(result.orders.sent).toBeGreaterThan(0);
    expect(result.orders.acked).toBeGreaterThan(0);
    expect(result.orders.filled).toBeGreaterThan(0);
    expect(result.orders.unknown).toBe(0);
    expect(result.latencyNs.count).toBeGreaterThan(0);
    expect(result.wireToWireNs.count).toBeGreaterThan(0);
    // Intent, sent and what the venue said: more records than orders.
    expect(result.journal.records).toBeGreaterThan(2 * result.orders.sent!);
  });

  test("asks again for what both lines lost, and ends with the venue's book and account", () => {
    expect(result.feed.messages).toBeGreaterThan(0);
    expect(result.feed.gaps).toBeGreaterThan(0);
    expect(result.feed.recovered).toBeGreaterThan(0);
    expect(result.feed.lost).toBe(0);
    expect({ book: result.bookDifference, account: result.accountDifference }).toEqual({
      book: "",
      account: "",
    });
    expect(result.bookMatchesVenue).toBe(true);
  });

  test("no engine's heap was collected while it traded", () => {
    expect(result.engines.map((engine) => engine.collections)).toEqual([0]);
  });

  test("the latency percentiles are in order", () => {
    for (const p of [result.latencyNs, result.wireToWireNs as Record<string, number>]) {
      const [, ...values] = PERCENTILES.map((name) => p[name]!);
      expect(values).toEqual(values.toSorted((a, b) => a - b));
    }
  });

  test(
    "other seeds agree with the venue too",
    async () => {
      for (const seed of ["2", "77"]) {
        const flags = ["--seconds", "2", "--seed", seed, "--loss", "0.05", "--json"];
        const other = resultOf(await demo(...flags));
        expect(other.bookMatchesVenue).toBe(true);
        expect(other.orders.sent).toBeGreaterThan(0);
        expect(other.journal.hash).not.toBe(result.journal.hash);
      }
    },
    TIMEOUT_MS,
  );

  test(
    "tells a person the same, with a histogram, and nothing of JSON",
    async () => {
      const run = await demo("--seconds", "2");
      expect({ code: run.code, err: run.err }).toMatchObject({ code: 0 });
      for (const word of ["feed", "orders", "P&L", "book", "journal", "engine", "p99.9"]) {
        expect(run.out).toContain(word);
      }
      expect(run.out).toMatch(/[█▇▆▅▄▃▂▁#]{2,}/u);
      expect(() => JSON.parse(run.out)).toThrow();
    },
    TIMEOUT_MS,
  );

  test(
    "trades with a strategy of one's own, and says so when there is none",
    async () => {
      const made = await runBinary(["new", "strategy", "mine"], { cwd: folder });
      expect(made.code).toBe(0);
      const flags = ["--seconds", "2", "--strategy", "mine.ts", "--json"];
      expect(resultOf(await demo(...flags)).orders.sent).toBeGreaterThan(0);
      const none = await demo("--seconds", "2", "--strategy", "none.ts", "--json");
      expect(none.code).toBe(EXIT_CONFIG);
      expect(none.isHung).toBe(false);
      expect(none.err).toMatch(/^hairpin: there is no file [^\n]*none\.ts\n$/);
    },
    TIMEOUT_MS,
  );

  test("leaves nothing behind: no process, no shared memory, no folder", () => {
    expect(processesOf(folder)).toEqual([]);
    expect(segmentsOf("demo", join(folder, "first"))).toEqual([]);
    expect(readdirSync(join(folder, "tmp"))).toEqual([]);
    const own = ["first", "hairpin.d.ts", "mine.ts", "tmp", "tsconfig.json"];
    expect(readdirSync(folder).sort()).toEqual(own);
  });

  test(
    "ends everything that it started when it is interrupted",
    async () => {
      const own = join(folder, "kept");
      const child = Bun.spawn([BINARY, "demo", "--seconds", "60", "--json", "--dir", own], {
        cwd: folder,
        env: BARE_ENV,
        stdio: ["ignore", "ignore", "pipe"],
      });
      await until("its processes", () => processesOf(own).length >= 4, 20_000);
      expect(segmentsOf("demo", own)).not.toEqual([]);
      child.kill("SIGINT");
      expect(await Promise.race([child.exited, Bun.sleep(20_000).then(() => "hangs")])).not.toBe(
        "hangs",
      );
      expect(processesOf(own)).toEqual([]);
      expect(segmentsOf("demo", own)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

function expectNumbers(object: object, names: string[]): void {
  const record = object as Record<string, unknown>;
  for (const name of names) expect(record[name], name).toBeNumber();
}
