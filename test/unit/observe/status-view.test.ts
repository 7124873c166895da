import { describe, expect, test } from "bun:test";
import type { ApplianceStatus } from "../../../src/control/status.ts";
import { statusText } from "../../../src/observe/status-view.ts";
import { styleFor } from "../../../src/observe/style.ts";
import { formatTable } from "../../../src/observe/table.ts";

const SUMMARY = { count: 1000, p50: 187, p90: 250, p99: 350, p999: 2400, max: 31_000 };
const NONE = { count: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 };

function status(change: Partial<ApplianceStatus> = {}): ApplianceStatus {
  return {
    name: "test",
    epoch: 3,
    state: "armed",
    isKilled: false,
    killedBy: [],
    killReason: "",
    isStopping: false,
    control: { pid: 11, isAlive: true },
    guard: { pid: 12, isAlive: true, sockets: 1, trips: 0, reason: "" },
    engines: [
      {
        name: "main",
        state: "armed",
        isAlive: true,
        pid: 13,
        core: 3,
        pinned: true,
        realtime: false,
        pages: "huge",
        fault: "",
        sessionsReady: 1,
        turns: 123_456,
        pnl: 7.25,
        realized: 10.5,
        unrealized: -2,
        fees: 1.25,
        exposure: 5000,
        positionShares: 100,
        openOrders: 2,
        collections: 0,
        tasksEvicted: 4,
        booksFull: 0,
        latencyNs: SUMMARY,
        wireNs: NONE,
        turnNs: SUMMARY,
        journal: { usedBytes: 512, sizeBytes: 1024, notDurableBytes: 0, records: 77, broken: "" },
        capture: null,
        counters: { feed_packets: 1234, feed_gaps: 0 },
      },
    ],
    feeds: [
      {
        name: "itch",
        engine: "main",
        state: "gap",
        session: "S1",
        nextSeq: 1000,
        gap: { from: 1000, to: 1010 },
        messages: 999,
        gaps: 1,
        recovered: 0,
        lost: 0,
        staleNs: 0,
        packetsA: 500,
        packetsB: 499,
        duplicates: 490,
        requests: 1,
        replies: 0,
        timeouts: 0,
        books: { kept: 40, stale: 0, untrusted: 0 },
        snapshots: null,
      },
    ],
    sessions: [],
    ports: [],
    dropCopies: [],
    ...change,
  };
}
const text = (change?: Partial<ApplianceStatus>, counters = false) =>
  statusText(status(change), styleFor(false), counters);

describe("the status for a person", () => {
  test("has numbers with their units", () => {
    const out = text();
    expect(out).toContain("test  armed  run 3");
    expect(out).toContain("P&L      7.25 after fees of 1.25  (realised 10.50, unrealised -2.00)");
    expect(out).toContain("latency  p50 187 ns  p99 350 ns  p99.9 2.40 us  max 31.0 us  (1,000)");
    expect(out).toContain("wire     nothing measured");
    expect(out).toContain("77 records, ring 50.0% full");
    expect(out).toContain("10 messages missing now\n");
    const [feed] = status().feeds;
    const snapshots = { state: "resting" as const, taken: 0, failed: 2 };
    expect(text({ feeds: [{ ...feed!, snapshots }] })).toContain(
      "10 messages missing now; snapshot resting, 2 tries failed\n",
    );
    const live = (stale: number, untrusted: number) =>
      text({ feeds: [{ ...feed!, state: "live", books: { kept: 40, stale, untrusted } }] });
    expect(live(0, 0)).toMatch(/itch +live +1,000/);
    expect(live(3, 3)).toMatch(/itch +live, 3 of 40 books stale +1,000/);
    expect(live(3, 4)).toMatch(/itch +live, 3 of 40 books stale, 1 full or inexact +1,000/);
    expect(live(0, 1)).toMatch(/itch +live, 1 of 40 books full or inexact +1,000/);
    expect(out).not.toContain("\x1b");
  });

  test("says who killed it and how to go on", () => {
    const out = text({ state: "killed", isKilled: true, killedBy: ["cli", "max-loss"] });
    expect(out).toContain("killed  by cli, max-loss; `hairpin arm` ends it");
    const own = { killedBy: ["engine"], killReason: 'session "v", message 4 (E): so' };
    expect(text({ state: "killed", isKilled: true, ...own })).toContain(
      'killed  by engine (session "v", message 4 (E): so); `hairpin arm` ends it',
    );
  });

  test("tells processes that are dead from those never started", () => {
    expect(text({ control: { pid: 11, isAlive: false } })).toContain("control  dead");
    expect(text({ control: { pid: 0, isAlive: false } })).toContain("control  not started");
  });

  test("tells how full the capture ring is, and that a record has ended", () => {
    const withCapture = (isLost: boolean) => {
      const { engines } = status();
      const capture = { usedBytes: 1, sizeBytes: 4, isLost };
      return text(status({ engines: [{ ...engines[0]!, capture }] }));
    };
    expect(text(status())).not.toContain("capture");
    expect(withCapture(false)).toContain("capture  ring 25.0% full\n");
    expect(withCapture(true)).toContain("the ring was full: this run's record has ended");
  });

  test("names each difference with a drop copy, with both sides of it", () => {
    const figures = { own: 7, others: 2, repeated: 0, matched: 5, waiting: 1, compared: 3 };
    const difference = {
      kind: "terms",
      symbol: "AAPL",
      ours: { qty: 100, px: 190.01 },
      theirs: { qty: 101, px: 190.01 },
      orderId: "HP0000000100001",
      execId: "X17",
      execIdHash: "08fafa07b595af30",
    };
    const copy = (differences: (typeof difference)[], differing: number) =>
      text({
        dropCopies: [
          {
            ...{ session: "copies", engine: "main", state: "up", onDifference: "deny" },
            ...{ ...figures, differing, found: differing, differences },
          },
        ],
      });
    expect(copy([], 0)).toMatch(/copies +up +7 +2 +5 +1 +0 +0/);
    const lines = (change: Partial<typeof difference>) => copy([{ ...difference, ...change }], 3);
    expect(lines({})).toContain(
      "copies: AAPL: we bought 100 at 190.01, the drop copy says bought 101 at 190.01, ExecID X17, order HP0000000100001\n",
    );
    expect(lines({})).toContain("copies: 2 differences more\n");
    const none = { qty: 0, px: 0 };
    expect(lines({ kind: "no-copy", theirs: none, execId: "" })).toContain(
      "we bought 100 at 190.01, the drop copy has not told it, ExecID hash 08fafa07b595af30",
    );
    expect(lines({ kind: "no-fill", ours: none, theirs: { qty: -5, px: 2 } })).toContain(
      "the drop copy says sold 5 at 2, we have not heard of it",
    );
    expect(lines({ theirs: none })).toContain("the drop copy has taken it back");
    expect(lines({ kind: "sums", execIdHash: "" })).toContain(
      "we hold 100 of what was traded, the drop copy says 101\n",
    );
    expect(lines({ kind: "unreadable", symbol: "" })).toContain("an unknown instrument: the drop");
  });

  test("lists counters on request, those that are not zero", () => {
    expect(text()).not.toContain("feed_packets");
    const out = text({}, true);
    expect(out).toContain("feed_packets");
    expect(out).not.toContain("feed_gaps");
  });
});

test("a table aligns numbers to the right and words to the left", () => {
  const rows = [
    ["a", "1,000"],
    ["bcd", "7"],
  ];
  expect(formatTable(["name", "n"], rows)).toBe("name      n\na     1,000\nbcd       7");
});
