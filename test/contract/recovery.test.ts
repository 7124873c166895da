/**
 * Recovery over real sockets on loopback: the exchange's servers, control's sessions with them, and
 * the feed as the engine builds it. Whatever happens on the way, the books are at the end what they
 * are without any loss, and until then the feed does not call itself live.
 */
import { describe, expect, test } from "bun:test";
import { FEED_LIVE } from "../../src/core/codes.ts";
import { World, type WorldOptions } from "../support/recovery-world.ts";

/** Until the feed has joined late: what was before is gone for it. */
const BEFORE_MS = 60;

async function withWorld(options: WorldOptions, use: (world: World) => Promise<void>) {
  const world = await World.start(options);
  try {
    await use(world);
  } finally {
    world.close();
  }
}

/** Ends the flow and compares. */
async function expectExact(world: World): Promise<void> {
  await world.settle();
  expect(world.picture(world.feed)).toEqual(world.picture(world.whole));
  expect(JSON.stringify(world.picture(world.whole))).toContain("px");
  // Control sees a turn later that the engine has it.
  await world.run(5);
}

function figures(world: World) {
  return world.recovery.snapshots!.figures();
}

async function joinLate(world: World): Promise<void> {
  await world.run(BEFORE_MS);
  world.line = "heard";
}

const SNAPSHOT = { snapshot: true };
const BOTH = { snapshot: true, messages: true };

for (const protocol of ["itch50", "pitch"] as const) {
  const server = protocol === "pitch" ? "spin" : "GLIMPSE";
  describe(`${protocol}, ${server}`, () => {
    test("a late join takes a snapshot, and goes on with what was held meanwhile", async () => {
      await withWorld({ protocol, asks: SNAPSHOT }, async (world) => {
        await joinLate(world);
        await world.until(() => world.feed.handler.state === FEED_LIVE, "the join");
        await world.run(30);
        await expectExact(world);
        expect(figures(world)).toMatchObject({ taken: 1, failed: 0 });
        expect(world.notices.join()).toContain("sent a snapshot of");
      });
    });

    test("a hole that is too large in the middle is bridged by a snapshot", async () => {
      await withWorld({ protocol, asks: BOTH, isEarly: true, holeMessages: 20 }, async (world) => {
        await world.run(BEFORE_MS);
        await world.lose(BEFORE_MS);
        await expectExact(world);
        expect(world.recovery.snapshots!.taken).toBeGreaterThan(0);
      });
    });

    test("a small hole in the middle is asked for", async () => {
      await withWorld({ protocol, asks: BOTH, isEarly: true }, async (world) => {
        await world.run(BEFORE_MS);
        await world.lose(BEFORE_MS);
        await expectExact(world);
        expect(world.recovery.snapshots!.taken).toBe(0);
        expect(world.exchange.feed.recovery.counters.answered).toBeGreaterThan(0);
      });
    });

    test("a server that refuses is asked again later; the books are dark until then", async () => {
      const sim = { recoveryFaults: { refuseLogin: true } };
      await withWorld({ protocol, asks: SNAPSHOT, retries: 50, sim }, async (world) => {
        await joinLate(world);
        await world.until(() => world.recovery.snapshots!.failed >= 2, "a second refusal");
        expect(world.notices[0]).toContain("refuses the login: wrong user or password");
        expect(world.feed.handler.state).not.toBe(FEED_LIVE);
        expect(world.feed.shown).toEqual([]);
        world.exchange.setRecoveryFaults({ refuseLogin: false });
        await expectExact(world);
      });
    });

    test("a server that refuses for good leaves the hole to those who have the messages", async () => {
      await withWorld({ protocol, asks: BOTH, retries: 1 }, async (world) => {
        world.exchange.setRecoveryFaults({ closeAfter: 1 });
        await joinLate(world);
        await expectExact(world);
        expect(figures(world)).toMatchObject({ taken: 0, failed: 2 });
      });
    });

    test("a server that dies half-way changes nothing but the time", async () => {
      await withWorld({ protocol, asks: SNAPSHOT }, async (world) => {
        world.exchange.setRecoveryFaults({ closeAfter: 60 });
        await joinLate(world);
        await world.until(() => world.recovery.snapshots!.failed >= 1, "the end half-way");
        expect(world.notices[0]).toContain("messages of a snapshot: it closed the connection");
        expect(world.feed.shown).toEqual([]);
        world.exchange.setRecoveryFaults({ closeAfter: 0 });
        await expectExact(world);
      });
    });

    test("garbage in the middle of a snapshot is told, and the snapshot abandoned", async () => {
      await withWorld({ protocol, asks: SNAPSHOT }, async (world) => {
        world.exchange.setRecoveryFaults({ garbage: true });
        await joinLate(world);
        await world.until(() => world.recovery.snapshots!.failed >= 1, "the garbage");
        expect(world.notices[0]).toContain("sends what is no");
        world.exchange.setRecoveryFaults({ garbage: false });
        await expectExact(world);
      });
    });

    test("a session that changes in the middle ends the snapshot, and the new one is joined", async () => {
      const options = { asks: BOTH, isEarly: true, holeMessages: 20, timeoutMs: 3000 };
      await withWorld({ protocol, ...options }, async (world) => {
        world.exchange.setRecoveryFaults({ silent: true });
        await world.run(BEFORE_MS);
        await world.lose(BEFORE_MS);
        await world.until(() => world.recovery.snapshots!.state === "running", "a run");
        await world.run(20);
        world.next("TWO");
        await expectExact(world);
        expect(world.recovery.snapshots!.taken).toBe(0);
      });
    });
  });
}

for (const protocol of ["itch50", "pitch"] as const) {
  test(`${protocol}: a session that changes while all before it is missing is not mixed with it`, async () => {
    await withWorld({ protocol, asks: BOTH, timeoutMs: 3000 }, async (world) => {
      world.exchange.setRecoveryFaults({ silent: true });
      await joinLate(world);
      await world.run(BEFORE_MS);
      world.next("TWO");
      await expectExact(world);
    });
  });
}

describe("itch50, GLIMPSE", () => {
  test("a snapshot that is older than what is held is completed by re-requests", async () => {
    await withWorld({ protocol: "itch50", asks: BOTH }, async (world) => {
      await world.run(20);
      world.exchange.setRecoveryFaults({ stale: true });
      await joinLate(world);
      await expectExact(world);
      expect(figures(world)).toMatchObject({ taken: 1, failed: 0 });
      expect(world.notices[0]).toMatch(/live from message \d+ on, though messages up to \d+ are/);
    });
  });

  test("without re-requests, a newer snapshot is fetched", async () => {
    await withWorld({ protocol: "itch50", asks: SNAPSHOT }, async (world) => {
      await world.run(20);
      world.exchange.setRecoveryFaults({ stale: true });
      await joinLate(world);
      await world.until(() => world.recovery.snapshots!.taken >= 2, "a second snapshot");
      expect(world.feed.handler.state).not.toBe(FEED_LIVE);
      world.exchange.setRecoveryFaults({ stale: false });
      await expectExact(world);
    });
  });

  test("a server of another session is refused", async () => {
    await withWorld({ protocol: "itch50", asks: SNAPSHOT }, async (world) => {
      world.exchange.setRecoveryFaults({ wrongSession: true });
      await joinLate(world);
      await world.until(() => world.recovery.snapshots!.failed >= 1, "a refusal");
      expect(world.notices[0]).toContain('is in session "OTHER", the feed in "ONE"');
      world.exchange.setRecoveryFaults({ wrongSession: false });
      await expectExact(world);
    });
  });

  test("an engine that stands still loses nothing: the server waits", async () => {
    const sim = { flow: { rate: 2000, ordersPerSymbol: 3000 } };
    await withWorld({ protocol: "itch50", asks: SNAPSHOT, sim }, async (world) => {
      world.drains = false;
      await joinLate(world);
      await world.run(100);
      expect(figures(world)).toMatchObject({ state: "running", taken: 0, failed: 0 });
      world.drains = true;
      await expectExact(world);
      expect(figures(world)).toMatchObject({ taken: 1, failed: 0 });
    });
  });
});

describe("pitch, gap request proxy", () => {
  test("a hole that it refuses goes to the spin server", async () => {
    await withWorld({ protocol: "pitch", asks: BOTH, isEarly: true }, async (world) => {
      await world.run(BEFORE_MS);
      const { recovery } = world.exchange.feed;
      recovery.refusing = true;
      await world.lose(BEFORE_MS);
      await world.until(() => world.recovery.grp!.refused > 0, "a refusal");
      expect(world.notices[0]).toContain("the unit is down");
      recovery.refusing = false;
      await expectExact(world);
      expect(world.recovery.snapshots!.taken).toBe(1);
    });
  });
});
