/** `hairpin demo --driver D` of the executable: each trades on real frames, and leaves nothing behind. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BARE_ENV, describeBinary, lines, runBinary } from "./helpers/binary.ts";
import { makeFolder, processesOf, removeFolder, until } from "./helpers/folder.ts";
import { failInCi } from "./helpers/missing.ts";

interface Result {
  bookMatchesVenue: boolean;
  bookDifference: string;
  accountMatchesVenue: boolean;
  accountDifference: string;
  bookLevelsCompared: number;
  feed: { messages: number; lost: number };
  orders: { sent: number; unknown: number };
  wireToWireNs: { count: number; rxStamp: string };
  engines: { collections: number }[];
}

const TIMEOUT_MS = 90_000;
const isRoot = process.getuid?.() === 0;
failInCi(isRoot ? "" : "not root");

const DRIVERS = [
  { driver: "socket", needsRoot: false, stamp: "kernel SO_TIMESTAMPNS" },
  { driver: "packet", needsRoot: true, stamp: "kernel, when the frame entered" },
  { driver: "xdp", needsRoot: true, stamp: "gives no receive stamp" },
  { driver: "dpdk", needsRoot: true, stamp: "gives no receive stamp" },
  { driver: "exanic-sim", needsRoot: false, stamp: "the card's clock" },
];

/** Of the demo whose files are in `folder`: its interface or card, as far as they are still there. */
function leftovers(folder: string): string[] {
  const config = readFileSync(join(folder, "demo.toml"), "utf8");
  const device = /^device = "(?:net_af_packet0,iface=)?([^":]+)/m.exec(config)?.[1];
  if (device === undefined) return [];
  const paths = device.startsWith("/") ? [device] : [`/sys/class/net/${device}`];
  return paths.filter((path) => existsSync(path));
}

describeBinary("hairpin demo --driver", () => {
  let folder = "";
  let env: Record<string, string> = {};
  beforeAll(() => {
    folder = makeFolder("drivers");
    mkdirSync(join(folder, "tmp"));
    for (const path of [folder, join(folder, "tmp")]) chmodSync(path, 0o777);
    env = { ...BARE_ENV, TMPDIR: join(folder, "tmp") };
  });
  afterAll(() => removeFolder(folder));

  for (const { driver, needsRoot, stamp } of DRIVERS) {
    const why = needsRoot && !isRoot ? " (skipped: not root)" : "";
    test.skipIf(why !== "")(
      `${driver} trades, and its book equals the venue's${why}`,
      async () => {
        const kept = join(folder, driver);
        const words = ["demo", "--driver", driver, "--seconds", "3", "--json", "--dir", kept];
        const run = await runBinary(words, { cwd: folder, env, timeoutMs: TIMEOUT_MS });
        expect({ code: run.code, isHung: run.isHung, err: run.err }).toMatchObject({
          code: 0,
          isHung: false,
        });
        const result = JSON.parse(run.out) as Result;
        expect([result.bookDifference, result.accountDifference]).toEqual(["", ""]);
        expect(result.bookMatchesVenue && result.accountMatchesVenue).toBe(true);
        expect(result.bookLevelsCompared).toBeGreaterThan(10);
        expect(result.feed.messages).toBeGreaterThan(1000);
        expect(result.feed.lost).toBe(0);
        expect(result.orders.sent).toBeGreaterThan(0);
        expect(result.orders.unknown).toBe(0);
        expect(result.engines.map((e) => e.collections)).toEqual([0]);
        expect(result.wireToWireNs.rxStamp).toContain(stamp);
        expect(processesOf(folder)).toEqual([]);
        // The kernel takes a network namespace apart, and its end of the pair, after its last process.
        const isGone = () => leftovers(kept).length === 0;
        await until("interface and card are gone", isGone, 10_000, () =>
          leftovers(kept).join(", "),
        );
      },
      TIMEOUT_MS,
    );
  }

  test.skipIf(!isRoot)("says in one sentence that a driver takes root", async () => {
    const before = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const run = await runBinary(["demo", "--driver", "packet"], { cwd: folder, env, before });
    expect(run.code).toBe(1);
    expect(lines(run.err)).toHaveLength(1);
    expect(run.err).toContain("it takes root");
  });
});
