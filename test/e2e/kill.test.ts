/**
 * SIGKILL of the engine, of control, of both, of everything, in the middle of trading: afterwards
 * every order's fate is known, none was sent twice, and numbers, positions and P&L are the venue's.
 *
 * HAIRPIN_KILLS: how many (12; 200 with CI=true; 1,000 with HAIRPIN_FULL=1). HAIRPIN_SEED: of the
 * moments and targets; printed, so that a run can be had again as far as processes allow.
 * HAIRPIN_KEEP=1 leaves the folder of a run that failed.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync } from "node:fs";
import { cpus } from "node:os";
import { compareAccount } from "../../src/cli/demo/account.ts";
import { describeBinary, runBinary } from "./helpers/binary.ts";
import { CLIENT } from "./helpers/config.ts";
import { CHURN } from "./support/churn.ts";
import { difference } from "./support/compare.ts";
import { Ledger } from "./support/ledger.ts";
import { SPOILS } from "./support/spoils.ts";
import {
  type Agreement,
  agree,
  pickMood,
  pickTarget,
  recovered,
  seeded,
  strike,
} from "./support/strike.ts";
import { Tally } from "./support/tally.ts";
import { World, type WorldOptions } from "./support/world.ts";

const isFull = process.env.HAIRPIN_FULL === "1" || process.argv.includes("--full");
const isCi = process.env.CI === "true";
const KILLS = Number(process.env.HAIRPIN_KILLS ?? (isFull ? 1000 : isCi ? 200 : 12));
const SEED = Number(process.env.HAIRPIN_SEED ?? Date.now() % 1_000_000);
/** Kills of one venue and journal, at most: long histories would only cost time. */
const KILLS_PER_WORLD = 25;
const KINDS = 4;
/** An engine with a core of its own turns all the time; where there is but one, it sleeps. */
const LAST_CORE = cpus().length > 1 ? cpus().length - 1 : -1;

describeBinary("killed in the middle of trading", () => {
  const worlds = Math.max(Math.min(KINDS, KILLS), Math.ceil(KILLS / KILLS_PER_WORLD));
  const tally = new Tally();
  let sample: Agreement | undefined;
  beforeAll(() => console.error(`kill: ${KILLS} kills, HAIRPIN_SEED=${SEED}`));
  afterAll(() => console.error(`kill: ${tally}`));

  for (let w = 0; w < worlds; w++) {
    const kills = Math.floor((KILLS * (w + 1)) / worlds) - Math.floor((KILLS * w) / worlds);
    const name = `venue ${w + 1} of ${worlds}: after each of ${kills} kills all is as the venue has it`;
    test(name, () => killWorld(w, kills), 60_000 + kills * 20_000);
  }

  test("the kills hit orders under way, whose fates nobody knew then", () => {
    expect(tally.kills).toBe(KILLS);
    expect(tally.busy).toBe(KILLS);
    expect(tally.filled).toBeGreaterThan(KILLS);
    expect(tally.underWay).toBeGreaterThan(0);
  });

  test("the comparison sees each of many small lies", () => {
    if (sample === undefined) throw new Error("no kill got as far as a comparison");
    expect(difference(sample.venue, sample.figures)).toBe("");
    const unseen = SPOILS.filter(({ spoil }) => {
      const copy = structuredClone(sample!);
      spoil(copy.venue, copy.figures);
      return difference(copy.venue, copy.figures) === "";
    });
    expect(unseen.map(({ what }) => what)).toEqual([]);
    expect(SPOILS.length).toBeGreaterThan(10);
  });

  async function killWorld(index: number, kills: number): Promise<void> {
    const random = seeded(SEED * 1000 + index);
    const world = new World(`kill${process.pid}x${index}`);
    let step = "start";
    try {
      await world.begin(optionsOf(index));
      const ledger = new Ledger(world.journal);
      tally.restart();
      for (let k = 0; k < kills; k++) {
        const target = pickTarget(random());
        const mood = pickMood(random());
        step = `kill ${k + 1} (${target}, venue ${mood})`;
        await world.armAndTrade();
        const gone = await strike(world, target, mood, random);
        await recovered(world, target, gone);
        sample = await agree(world, ledger);
        tally.add(target, sample.figures.ledger);
      }
      step = "the end";
      await finish(world, sample!);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const said = world.appliance?.err.slice(-2000) ?? "";
      const kept = keep(world);
      throw new Error(`HAIRPIN_SEED=${SEED}, venue ${index + 1}, ${step}: ${text}\n${said}${kept}`);
    } finally {
      await world.end();
    }
  }
});

/** Venues and sessions in turn: what differs between them matters after a crash. */
function optionsOf(index: number): WorldOptions {
  const seed = SEED + index;
  const lossy = { loss: 0.01, duplicate: 0.01, reorder: 0.01 };
  const kinds: Omit<WorldOptions, "strategy">[] = [
    { sim: { seed }, core: LAST_CORE, capture: true },
    {
      capture: true,
      sim: {
        seed,
        lines: [
          { group: "239.255.71.1", ...lossy },
          { group: "239.255.71.2", ...lossy },
        ],
        fix: { clients: [CLIENT], resendEnd: "exact" },
      },
      session: "resend_chunk = 5",
    },
    {
      sim: { seed, fix: { clients: [CLIENT], strictOrigId: true } },
      session: "mass_cancel = true",
    },
    { sim: { seed }, durable: "always", capture: true },
  ];
  return { strategy: CHURN, ...kinds[index % KINDS]! };
}

/** An orderly end; then what is left on disk says the same as the venue. */
async function finish(world: World, last: Agreement): Promise<void> {
  expect(await world.stop()).toBe(0);
  expect(compareAccount(last.venue, world.lastReport().positions)).toBe("");
  const options = { cwd: world.folder, timeoutMs: 30_000 };
  const summary = await runBinary(["journal", "--json"], options);
  expect([summary.err, summary.code]).toEqual(["", 0]);
  const orders = await runBinary(["journal", "--view", "orders", "--json"], options);
  const rows = JSON.parse(orders.out) as { state: string; cum_qty: number }[];
  await replaysEqual(world);
  const mine = [...last.figures.ledger.orders.values()];
  expect(rows.map((row) => [row.state, row.cum_qty]).sort()).toEqual(
    mine.map((order) => [order.state, order.cum]).sort(),
  );
}

interface RecordedRun {
  orders: number;
  records: number;
  isWhole: boolean;
  behindTape: number;
}

/** Every run that was recorded, played again, writes the same journal. */
async function replaysEqual(world: World): Promise<void> {
  if (!world.isCaptured) return;
  const args = ["replay", "--journal", world.journal, "--json"];
  const replay = await runBinary(args, { cwd: world.folder, timeoutMs: 120_000 });
  expect([replay.err, replay.code]).toEqual(["", 0]);
  const { runs } = JSON.parse(replay.out) as { runs: RecordedRun[] };
  expect(runs.filter((run) => run.isWhole).length).toBeGreaterThan(0);
  const sum = (of: (run: RecordedRun) => number) => runs.reduce((n, run) => n + of(run), 0);
  expect(sum((run) => run.orders)).toBeGreaterThan(runs.length);
  // What a kill cuts off the tape is a turn at most.
  expect(sum((run) => run.behindTape)).toBeLessThan(sum((run) => run.records) / 10);
}

function keep(world: World): string {
  if (process.env.HAIRPIN_KEEP !== "1") return "";
  const to = `${world.folder}-kept`;
  cpSync(world.folder, to, { recursive: true, filter: (path) => !/\.(sock|guard)$/.test(path) });
  return `\nkept: ${to}`;
}
