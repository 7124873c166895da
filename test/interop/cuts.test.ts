/**
 * hairpin against a venue on QuickFIX's session layer (acceptor.cpp), in the middle of trading: the
 * connection cut after a random number of bytes, the venue killed or ended, the engine killed, or
 * everything of ours. Afterwards every order's fate is known, none was sent twice, and sequence
 * numbers, positions and P&L are the venue's, as its own files have them.
 *
 * HAIRPIN_CUTS: how many (10; 200 with CI=true; 1,000 with HAIRPIN_FULL=1). HAIRPIN_SEED as in
 * test/e2e/kill.test.ts.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { BINARY, describeBinary } from "../e2e/helpers/binary.ts";
import { CHURN } from "../e2e/support/churn.ts";
import { difference } from "../e2e/support/compare.ts";
import { Ledger } from "../e2e/support/ledger.ts";
import { seeded } from "../e2e/support/strike.ts";
import { signal } from "../e2e/support/world.ts";
import { buildPrograms } from "./build.ts";
import { type Agreement, QuickfixWorld } from "./quickfix-world.ts";

const isFull = process.env.HAIRPIN_FULL === "1" || process.argv.includes("--full");
const isCi = process.env.CI === "true";
const CUTS = Number(process.env.HAIRPIN_CUTS ?? (isFull ? 1000 : isCi ? 200 : 10));
const SEED = Number(process.env.HAIRPIN_SEED ?? Date.now() % 1_000_000);
/** Of one venue and journal, at most. */
const CUTS_PER_WORLD = 25;
/** Longest wait between the first order and the strike, ms. */
const TRADE_MS = 150;
/** Most bytes that still pass before a cut: some ten messages. */
const CUT_BYTES = 3000;
/** Share of strikes at a venue that has stopped reading, for at most so long before and after. */
const DEAF = 0.4;
const DEAF_MS = 60;
/** Share of strikes after which the connection is cut again, within this time. */
const AGAIN = 0.2;
const RECOVERY_MS = 300;

/** Keys of the session, in turn: orders that did not arrive are given up, or sent again. */
const SESSIONS = ["resend_chunk = 5", 'resend = "replay"\nresend_max_age_ms = 10_000'];

type Target = "connection" | "venue killed" | "venue ended" | "engine" | "everything";
const WEIGHTS: [Target, number][] = [
  ["connection", 45],
  ["venue killed", 25],
  ["venue ended", 10],
  ["engine", 15],
  ["everything", 5],
];

describeBinary("cut off from a QuickFIX venue in the middle of trading", () => {
  const built = BINARY === "" ? "" : buildPrograms();
  const tally: Record<string, number> = {};
  let sample: Agreement | undefined;

  if (typeof built === "string") {
    test.skipIf(!isCi)(`the C++ venue can be built (else skipped: ${built})`, () => {
      throw new Error(built);
    });
    return;
  }
  beforeAll(() => console.error(`cuts: ${CUTS}, HAIRPIN_SEED=${SEED}`));
  afterAll(() => console.error(`cuts: ${JSON.stringify(tally)}`));

  const worlds = Math.ceil(CUTS / CUTS_PER_WORLD);
  for (let w = 0; w < worlds; w++) {
    const cuts = Math.floor((CUTS * (w + 1)) / worlds) - Math.floor((CUTS * w) / worlds);
    const name = `venue ${w + 1} of ${worlds}: after each of ${cuts} strikes all is as the venue has it`;
    test(name, () => run(w, cuts, built.acceptor), 60_000 + cuts * 20_000);
  }

  test("the strikes hit orders, and the comparison would see one that is lost or doubled", () => {
    expect(tally.strikes).toBe(CUTS);
    expect(tally.orders).toBeGreaterThan(CUTS);
    const { venue, figures } = sample!;
    expect(difference(venue, figures)).toBe("");
    const [first, ...others] = venue.orders;
    expect(difference({ ...venue, orders: others }, figures)).not.toBe("");
    expect(difference({ ...venue, duplicates: [first!.clOrdId] }, figures)).not.toBe("");
    expect(difference({ ...venue, nextIn: venue.nextIn + 1 }, figures)).not.toBe("");
    expect(difference({ ...venue, nextOut: venue.nextOut - 1 }, figures)).not.toBe("");
  });

  async function run(index: number, cuts: number, program: string): Promise<void> {
    const random = seeded(SEED * 1000 + index);
    const world = new QuickfixWorld(`cut${process.pid}x${index}`, program);
    let step = "start";
    try {
      const session = SESSIONS[index % SESSIONS.length]!;
      await world.begin({ strategy: CHURN, sim: { seed: SEED + index }, session });
      const ledger = new Ledger(world.journal);
      for (let k = 0; k < cuts; k++) {
        const target = pick(random());
        step = `strike ${k + 1} (${target})`;
        await world.armAndTrade();
        await Bun.sleep(random() * TRADE_MS);
        const engine = world.pids().engine;
        await strike(world, target, random);
        await recovered(world, target, engine);
        sample = await world.agree(ledger);
        tally[target] = (tally[target] ?? 0) + 1;
        tally.strikes = (tally.strikes ?? 0) + 1;
      }
      add("orders", sample!.venue.orders.length);
      add("effects", sample!.venue.effects);
      add("replayed", sample!.venue.replayed);
      const lost = [...sample!.figures.ledger.orders.values()];
      add("neverReached", lost.filter((order) => order.state === "never-reached").length);
      add("underWay", sample!.figures.ledger.underWay);
      add("cut", world.relay.cuts);
      expect(await world.stop()).toBe(0);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const said = world.appliance?.err.slice(-2000) ?? "";
      throw new Error(`HAIRPIN_SEED=${SEED}, venue ${index + 1}, ${step}: ${text}\n${said}`);
    } finally {
      await world.end();
    }
  }

  function add(name: string, count: number): void {
    tally[name] = (tally[name] ?? 0) + count;
  }
});

function pick(luck: number): Target {
  let left = luck * 100;
  for (const [target, weight] of WEIGHTS) {
    left -= weight;
    if (left < 0) return target;
  }
  return "connection";
}

async function strike(world: QuickfixWorld, target: Target, random: () => number): Promise<void> {
  const isDeaf = random() < DEAF;
  if (isDeaf) {
    world.quickfix.pause();
    await Bun.sleep(random() * DEAF_MS);
  }
  // One that is to end in good order must be awake for it.
  if (target === "venue ended") world.quickfix.resume();
  await hit(world, target, random);
  if (isDeaf && target !== "venue killed") {
    // What a cut leaves in the venue's socket is still read.
    await Bun.sleep(random() * DEAF_MS);
    world.quickfix.resume();
  }
  if (random() >= AGAIN) return;
  await Bun.sleep(random() * RECOVERY_MS);
  world.relay.cutAfter(Math.floor(random() * CUT_BYTES));
}

async function hit(world: QuickfixWorld, target: Target, random: () => number): Promise<void> {
  const { launcher, control, guard, engine } = world.pids();
  if (target === "connection") world.relay.cutAfter(Math.floor(random() * CUT_BYTES));
  else if (target === "engine") expect(signal(engine, "SIGKILL")).toBe(true);
  else if (target === "everything") {
    for (const pid of [launcher, control, guard, engine]) signal(pid, "SIGKILL");
    await world.runAgain();
  } else {
    await world.quickfix.end(target === "venue killed" ? "SIGKILL" : "SIGTERM");
    await Bun.sleep(random() * 50);
    await world.quickfix.start();
  }
}

/** Until we are back in sync with the venue, disarmed and with nothing open. */
async function recovered(world: QuickfixWorld, target: Target, engine: number): Promise<void> {
  if (target === "engine" || target === "everything") {
    await world.standby(["disarmed", "killed"], (pid) => pid !== engine);
    return;
  }
  // A cut that still waits for its bytes must have come.
  await Bun.sleep(20);
  await world.insist("disarm");
  await world.standby("disarmed");
}
