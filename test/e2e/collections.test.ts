/**
 * No collection on an engine's heap, shown with a detector that can fail: JSC logs each collection,
 * and one allocation per hundred messages must show.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GC_ENVIRONMENT, GcWatch } from "../../src/control/gc-watch.ts";
import { BINARY } from "./helpers/binary.ts";
import { type CollectionsResult, DONE_MARK } from "./helpers/collections-process.ts";
import { configText, MAKER, ownStrategy, TAKER, type Venue } from "./helpers/config.ts";
import { makeFolder, removeFolder } from "./helpers/folder.ts";

const isFull = process.env.CI === "true" || process.env.HAIRPIN_FULL === "1";
/** Turns of the loop; one in ten carries packets. */
const TURNS = isFull ? 1e8 : 1e7;
/**
 * The collector is told to run after so many bytes allocated, instead of the 8 MiB and more that it
 * takes by itself: small waste shows too.
 */
const BYTES_PER_COLLECTION = 1 << 16;
const TIMEOUT_MS = 300_000;
const SHIM = join(import.meta.dir, "../../build/libhairpin.so");
const PROCESS = join(import.meta.dir, "helpers/collections-process.ts");

const VENUE: Venue = {
  pid: 0,
  interface: "127.0.0.1",
  session: "",
  lines: [
    { group: "239.255.71.1", port: 26_910 },
    { group: "239.255.71.2", port: 26_910 },
  ],
  rerequest: { address: "127.0.0.1", port: 26_911 },
  fix: { address: "127.0.0.1", port: 26_912, venueCompId: "VENUE" },
  symbols: ["AAPL", "MSFT", "NVDA"].map((symbol) => ({ symbol, px: 100 })),
};

/** One object per hundred changes of a book, kept for a while so that it is really made. */
const WASTEFUL = `import { defineStrategy, z } from "hairpin";
const kept = new Array(16).fill(null);
export default defineStrategy({
  params: z.object({}),
  create() {
    let calls = 0;
    return {
      onBook(instrument) {
        if (++calls % 100 === 0) kept[(calls / 100) & 15] = { instrument, calls };
      },
    };
  },
});
`;

// Like the executable, the built shim is asked for only in `bun run test`.
const isWanted = BINARY !== "";
const isThere = isWanted && existsSync(SHIM);
if (isWanted && !isThere) throw new Error(`no shim at ${SHIM}: build it first (bun run shim)`);
const why = isThere ? "" : " (skipped: HAIRPIN_BINARY names no executable)";

describe.skipIf(!isThere)(`an engine's heap${why}`, () => {
  let folder = "";
  beforeAll(() => {
    folder = makeFolder("collections");
    writeFileSync(join(folder, "wasteful.ts"), WASTEFUL);
  });
  afterAll(() => removeFolder(folder));

  async function collections(
    strategies: string,
    turns: number,
  ): Promise<CollectionsResult & { collections: number; total: number }> {
    const config = join(folder, `${Bun.hash(strategies)}.toml`);
    writeFileSync(config, configText("collections", VENUE, { strategies }));
    const child = Bun.spawn([process.execPath, PROCESS, config, String(turns)], {
      env: {
        ...process.env,
        ...GC_ENVIRONMENT,
        BUN_JSC_gcMaxHeapSize: String(BYTES_PER_COLLECTION),
      },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    let atEnd = -1;
    let said = "";
    const watch = new GcWatch({
      onLine(line) {
        if (line === DONE_MARK) atEnd = watch.collections;
        else said += `${line}\n`;
      },
    });
    const reading = (async () => {
      for await (const chunk of child.stderr) watch.feed(chunk);
      watch.end();
    })();
    const out = await new Response(child.stdout).text();
    await Promise.all([reading, child.exited]);
    expect({ code: child.exitCode, said }).toEqual({ code: 0, said: "" });
    expect(watch.heap).not.toBe("");
    expect(atEnd).toBeGreaterThanOrEqual(0);
    const result = JSON.parse(out) as CollectionsResult;
    if (process.env.HAIRPIN_SHOW)
      console.log({ ...result, collections: atEnd, total: watch.total });
    return { ...result, collections: atEnd, total: watch.total };
  }

  test(
    `is not collected in ${TURNS.toExponential(0)} turns of feed, book, strategies, gate, orders, FIX and journal`,
    async () => {
      const r = await collections(`${MAKER}\n${TAKER}`, TURNS);
      expect(r.fault).toBe("");
      expect(r.turns).toBeGreaterThanOrEqual(TURNS);
      // The path did its work, all the way through.
      expect(r.messages).toBeGreaterThan(r.packetTurns / 2);
      expect(r.orders).toBeGreaterThan(r.packetTurns / 50);
      expect(r.fills).toBeGreaterThan(r.orders / 20);
      expect(r.fixIn).toBeGreaterThan(r.orders);
      expect(r.fixOut).toBeGreaterThan(r.orders);
      // The detector saw the collections that were forced.
      expect(r.total).toBeGreaterThanOrEqual(2);
      expect(r.collections).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "is seen to be collected when a strategy allocates once in a hundred messages",
    async () => {
      const all = ownStrategy("wasteful.ts").replace(/^instruments.*$/m, "");
      const r = await collections(all, 1e7);
      expect(r.fault).toBe("");
      expect(r.messages).toBeGreaterThan(r.packetTurns / 2);
      expect(r.collections).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});
