/** An engine whose market data comes by FIX alone, against the simulator: real processes and TCP. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { compareAccount } from "../../src/cli/demo/account.ts";
import { compareBooks } from "../../src/cli/demo/compare.ts";
import type { SimReport } from "../../src/sim/report.ts";
import { describeBinary, runBinary } from "./helpers/binary.ts";
import { sessionText } from "./helpers/config.ts";
import { until } from "./helpers/folder.ts";
import { counter, ours, Rig } from "./helpers/rig.ts";

const TIMEOUT_MS = 60_000;
const CLIENT = "TESTER-MD";

describeBinary("FIX market data", () => {
  const rig = new Rig("fixmd");
  beforeAll(async () => {
    await rig.startSim();
    const { fix } = rig.venue;
    const md = `[[session]]
name = "md"
use = "market-data"
address = "${fix.address}:${fix.port}"
sender_comp_id = "${CLIENT}"
target_comp_id = "${fix.venueCompId}"
heartbeat_s = 2
reconnect_ms = 100
reset_on_logon = true
`;
    rig.writeConfig({
      engine: `[[engine]]\nname = "main"\narm = "auto"\nwarmup_iterations = 2000\nkeep_warm = false\nrestart = true\n`,
      feed: `[[feed]]\nname = "fix"\nprotocol = "fix"\nsession = "md"\nrequest = { security_status = true, timeout_ms = 500 }\n`,
      session: `${md}\n${sessionText(`${fix.address}:${fix.port}`, fix.venueCompId)}`,
      journal: `[journal]\ndir = "journal"\nring_mib = 4\ncapture = true\n`,
    });
    rig.run();
    await rig.reach(
      "armed, with both sessions up and its feed live",
      (s) =>
        s.sessions.every((session) => session.state === "up") &&
        s.feeds[0]!.state === "live" &&
        s.state === "armed",
      20_000,
    );
  }, TIMEOUT_MS);
  afterAll(() => rig.end());

  /** Flow and orders over, every update of the venue taken. */
  async function settled(): Promise<SimReport> {
    await rig.sim.ask({ cmd: "quiesce" });
    await rig.ask("disarm");
    let report = await rig.report();
    await until("no open order, and the last update taken", async () => {
      const before = await rig.ask("status");
      const isQuiet = before.state !== "armed" && before.engines[0]!.openOrders === 0;
      report = await rig.report();
      rig.status = await rig.ask("status");
      const nextOut = report.sessions.find((session) => session.client === CLIENT)!.nextOut;
      const { nextIn } = rig.status.sessions.find((session) => session.name === "md")!;
      return isQuiet && nextIn === nextOut;
    });
    return report;
  }

  test(
    "the engine trades on it",
    async () => {
      await rig.reach("fills", (s) => counter(s, "order_filled") > 5, 30_000);
      expect(counter(rig.status, "md_snapshots")).toBe(2);
      expect(counter(rig.status, "md_out_of_step")).toBe(0);
      expect(counter(rig.status, "md_malformed")).toBe(0);
      expect(rig.status.engines[0]!.latencyNs.count).toBeGreaterThan(5);
    },
    TIMEOUT_MS,
  );

  test(
    "a lost update makes its book stale, and a new snapshot whole",
    async () => {
      await rig.sim.ask({ cmd: "fault", client: CLIENT, faults: { dropMarketData: 1 } });
      await rig.reach("the snapshot after it", (s) => counter(s, "md_snapshots") > 2);
      expect(counter(rig.status, "md_rpt_seq_jumps")).toBeGreaterThan(0);
      const before = counter(rig.status, "order_filled");
      await rig.reach("further fills", (s) => counter(s, "order_filled") > before + 2, 30_000);
    },
    TIMEOUT_MS,
  );

  for (const [what, faults] of [
    ["an update that the session refuses", { miscountMarketData: 1 }],
    ["a gap that the venue fills over", { loseMarketData: 1 }],
  ] as const) {
    test(
      `${what} makes every book stale, until their new snapshots`,
      async () => {
        const before = { ...(await rig.ask("status")).engines[0]!.counters };
        await rig.sim.ask({ cmd: "fault", client: CLIENT, faults });
        await rig.reach("the loss, and two snapshots behind it", (s) => {
          const more = (name: string) => counter(s, name) - before[name]!;
          return (
            more("md_skipped") >= 1 && more("md_snapshots") >= 2 && s.feeds[0]!.state === "live"
          );
        });
        expect(counter(rig.status, "feed_gaps")).toBeGreaterThanOrEqual(before["feed_gaps"]! + 2);
        const filled = counter(rig.status, "order_filled");
        await rig.reach("further fills", (s) => counter(s, "order_filled") > filled + 2, 30_000);
      },
      TIMEOUT_MS,
    );
  }

  test(
    "a cut session makes the feed stale, until it is back and all is asked for again",
    async () => {
      const snapshots = counter(await rig.ask("status"), "md_snapshots");
      await rig.sim.ask({ cmd: "drop", client: CLIENT });
      await rig.reach("the snapshots of the next logon", (s) => {
        return counter(s, "md_snapshots") >= snapshots + 2 && s.feeds[0]!.state === "live";
      });
      expect(counter(rig.status, "feed_stales")).toBe(1);
      expect(counter(rig.status, "feed_sessions")).toBe(2);
    },
    TIMEOUT_MS,
  );

  test(
    "a halt is heard of",
    async () => {
      await rig.sim.ask({ cmd: "halt", symbol: "AAPL", state: "H" });
      await rig.reach("orders denied", (s) => counter(s, "md_statuses") >= 5);
      await rig.sim.ask({ cmd: "resume", symbol: "AAPL" });
      await rig.reach("the end of it", (s) => counter(s, "md_statuses") >= 6);
    },
    TIMEOUT_MS,
  );

  test(
    "an engine that was killed asks for everything anew, and trades when it is armed",
    async () => {
      const { pid } = rig.status.engines[0]!;
      process.kill(pid, "SIGKILL");
      await rig.reach("the next engine, its feed live", (s) => {
        const [engine] = s.engines;
        return engine!.pid !== pid && s.feeds[0]!.state === "live" && engine!.state === "disarmed";
      });
      expect(counter(rig.status, "md_snapshots")).toBe(2);
      await rig.ask("arm");
      await rig.reach("fills", (s) => counter(s, "order_filled") > 2, 30_000);
    },
    TIMEOUT_MS,
  );

  test(
    "its books and its account are the venue's at the end",
    async () => {
      const report = await settled();
      expect(await rig.stop()).toBe(0);
      const engine = rig.lastReport();
      // Its session is over: nothing but that is wrong with a book.
      const stale =
        "the book is stale until a snapshot, its next quotes or the next session: something of it was lost, not told yet, or contradicts it";
      expect(engine.books.map((book) => book.flags)).toEqual([stale, stale]);
      const own = engine.books.map((book) => ({ ...book, flags: "" }));
      const books = compareBooks(report.books, own, () => 1);
      expect([books.difference, compareAccount(ours(report), engine.positions)]).toEqual(["", ""]);
      expect(books.levels).toBeGreaterThan(20);
    },
    TIMEOUT_MS,
  );

  test(
    "its runs, played again from the tapes, are the same to the last byte",
    async () => {
      const args = ["replay", "--journal", join(rig.folder, "journal"), "--json"];
      const replay = await runBinary(args, { cwd: rig.folder, timeoutMs: TIMEOUT_MS });
      expect([replay.err, replay.code]).toEqual(["", 0]);
      const { runs } = JSON.parse(replay.out) as { runs: Record<string, unknown>[] };
      expect(runs).toMatchObject([
        { isWhole: false, difference: "" },
        { isWhole: true, difference: "" },
      ]);
    },
    TIMEOUT_MS,
  );
});
