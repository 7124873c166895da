/**
 * Orders by OUCH 5.0: the same trading, the same kills and the same comparison as by FIX (kill.test.ts),
 * a few times over. HAIRPIN_SEED: of the moments; HAIRPIN_KILLS: how many, beyond the first three
 * with targets at random.
 */
import { expect, test } from "bun:test";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compareAccount } from "../../src/cli/demo/account.ts";
import type { SessionReport } from "../../src/sim/report.ts";
import { describeBinary, runBinary } from "./helpers/binary.ts";
import { CLIENT } from "./helpers/config.ts";
import { CHURN } from "./support/churn.ts";
import { difference, figuresOf } from "./support/compare.ts";
import { Ledger } from "./support/ledger.ts";
import {
  type Mood,
  pickMood,
  pickTarget,
  recovered,
  seeded,
  strike,
  type Target,
} from "./support/strike.ts";
import { World } from "./support/world.ts";

const SEED = Number(process.env["HAIRPIN_SEED"] ?? Date.now() % 1_000_000);
const PASSWORD = "secret";
const KILLS = Number(process.env["HAIRPIN_KILLS"] ?? 0);
/** Kills in turn. */
const STRIKES: readonly (readonly [Target, Mood])[] = [
  ["engine", "prompt"],
  ["engine", "deaf"],
  ["engine and control", "slow"],
];
const BASE = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

describeBinary("orders by OUCH", () => {
  test(
    "a killed engine comes back to what the venue knows",
    async () => {
      const world = new World(`ouch${process.pid}`);
      writeFileSync(join(world.folder, "username"), CLIENT);
      writeFileSync(join(world.folder, "password"), PASSWORD, { mode: 0o600 });
      const random = seeded(SEED);
      let step = "start";
      try {
        await world.begin({
          strategy: CHURN,
          capture: true,
          sim: {
            seed: SEED,
            fix: { clients: [] },
            ouch: { clients: [{ username: CLIENT, password: PASSWORD }] },
          },
        });
        const ledger = new Ledger(world.journal);
        for (let k = 0; k < Math.max(KILLS, STRIKES.length); k++) {
          const [target, mood] = STRIKES[k] ?? [pickTarget(random()), pickMood(random())];
          step = `kill ${k + 1} (${target}, venue ${mood})`;
          await world.armAndTrade();
          const gone = await strike(world, target, mood, random);
          await recovered(world, target, gone);
          await agree(world, ledger);
        }
        step = "the end";
        const { venue, figures } = await agree(world, ledger);
        expect(figures.ledger.orders.size).toBeGreaterThan(STRIKES.length);
        expect(venue.orders.some((order) => order.ids.length > 1)).toBe(true);
        expect(venue.orders.some((order) => order.cum > 0)).toBe(true);
        expect(await world.stop()).toBe(0);
        expect(compareAccount(venue, world.lastReport().positions)).toBe("");
        const summary = await runBinary(["journal", "--json"], { cwd: world.folder });
        expect([summary.err, summary.code]).toEqual(["", 0]);
        const records = await runBinary(["journal", "--view", "records", "--type", "intent"], {
          cwd: world.folder,
        });
        const entered = records.out
          .split("\n")
          .filter((l) => l.includes("message=enter_order user_ref_num="));
        expect(entered.length).toBeGreaterThan(STRIKES.length);
        const args = ["replay", "--journal", world.journal, "--json"];
        const replay = await runBinary(args, { cwd: world.folder, timeoutMs: 60_000 });
        expect([replay.err, replay.code]).toEqual(["", 0]);
      } catch (error) {
        if (process.env["HAIRPIN_KEEP"] === "1") {
          cpSync(world.folder, `${world.folder}-kept`, {
            recursive: true,
            filter: (path) => !/\.(sock|guard)$/.test(path),
          });
        }
        const text = error instanceof Error ? error.message : String(error);
        throw new Error(
          `HAIRPIN_SEED=${SEED}, ${step}: ${text}\n${world.appliance?.err.slice(-2000)}`,
        );
      } finally {
        await world.end();
      }
    },
    60_000 + KILLS * 20_000,
  );
});

/** Both sides' books, once they agree; throws the difference that stays. */
async function agree(world: World, ledger: Ledger) {
  const symbols = world.venue.symbols.map(({ symbol }) => symbol);
  const endMs = performance.now() + 5000;
  for (;;) {
    const told = await world.venueSession();
    const status = await world.ask("status");
    const figures = figuresOf(status, ledger.read(), symbols);
    const venue = asFix(told, figures.nextOut);
    const found = difference(venue, figures);
    if (found === "") return { venue: told, figures };
    if (performance.now() > endMs) throw new Error(found);
    await Bun.sleep(20);
  }
}

/**
 * Ids as the journal writes them. Cancels and queries use up numbers that the venue never sees: it
 * may expect a lower one than we send next, and never a higher one.
 */
function asFix(venue: SessionReport, nextOut: number): SessionReport {
  const orders = venue.orders.map((order) => ({ ...order, ids: order.ids.map(toHex) }));
  return { ...venue, orders, nextIn: venue.nextIn <= nextOut ? nextOut : venue.nextIn };
}

/** HP, 4 digits of the slot and 6 of the generation in base 62, as FIX has them in base 16. */
function toHex(id: string): string {
  const number = (digits: string) => [...digits].reduce((n, d) => n * 62 + BASE.indexOf(d), 0);
  const hex = (digits: string, size: number) => number(digits).toString(16).padStart(size, "0");
  return id.slice(0, 2) + hex(id.slice(2, 6), 5) + hex(id.slice(6, 12), 8);
}
