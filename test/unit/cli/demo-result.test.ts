import { expect, test } from "bun:test";
import { type DemoResult, demoExitCode } from "../../../src/cli/demo/result.ts";
import { demoText } from "../../../src/cli/demo/text.ts";
import { EXIT_FAILED, EXIT_OK } from "../../../src/cli/exit-codes.ts";

const NONE = { count: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 };
const GOOD: DemoResult = {
  seconds: 1,
  feed: {
    protocol: "itch50",
    ...{ messages: 1, gaps: 0, recovered: 0, stale: 0, lost: 0, packetsA: 1, packetsB: 1 },
    dropped: [0, 0],
  },
  orders: { sent: 1, acked: 1, filled: 0, canceled: 1, rejected: 0, denied: 0, unknown: 0 },
  latencyNs: NONE,
  wireToWireNs: { ...NONE, rxStamp: "", txStamp: "" },
  bookMatchesVenue: true,
  bookLevelsCompared: 1,
  bookDifference: "",
  accountMatchesVenue: true,
  accountDifference: "",
  journal: { records: 1, hash: "" },
  killedBy: [],
  pnl: 0,
  pnlParts: { realized: 0, unrealized: 0, fees: 0 },
  engines: [
    {
      ...{ name: "main", core: -1, pinned: false, realtime: false, pages: "plain" },
      ...{ collections: 0, turnNs: NONE },
    },
  ],
};
const io = { out() {}, err() {}, isTerminal: false, columns: 80 };

test("a demo fails when anything differs, or when it was killed", () => {
  expect(demoExitCode(GOOD)).toBe(EXIT_OK);
  expect(demoExitCode({ ...GOOD, bookMatchesVenue: false })).toBe(EXIT_FAILED);
  expect(demoExitCode({ ...GOOD, accountMatchesVenue: false })).toBe(EXIT_FAILED);
  expect(demoExitCode({ ...GOOD, killedBy: ["guard (stalled)"] })).toBe(EXIT_FAILED);
});

test("a demo that was killed says by whom, first", () => {
  expect(demoText(GOOD, [], io)).not.toContain("KILLED");
  expect(demoText({ ...GOOD, killedBy: ["guard (stalled)", "cli"] }, [], io)).toStartWith(
    "KILLED by guard (stalled), cli: no order passed from then on\n",
  );
});
