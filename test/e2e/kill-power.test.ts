/**
 * The machine loses its memory, /dev/shm with it: what is on disk is all there is. With
 * durable = "always" that is enough; with "interval" the last records are gone, and then nothing may
 * trade on as if they had never been.
 */
import { expect, test } from "bun:test";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describeBinary } from "./helpers/binary.ts";
import { CHURN } from "./support/churn.ts";
import { difference, figuresOf } from "./support/compare.ts";
import { Ledger } from "./support/ledger.ts";
import { agree } from "./support/strike.ts";
import { inWorld, signal, type World } from "./support/world.ts";

const LOSSES = 4;
const TIMEOUT_MS = 180_000;

describeBinary("a machine that loses its memory", () => {
  test(
    'has every order\'s fate with durable = "always"',
    () =>
      inWorld("always", { strategy: CHURN, durable: "always" }, async (world) => {
        const ledger = new Ledger(world.journal);
        for (let i = 0; i < LOSSES; i++) {
          await world.armAndTrade();
          await Bun.sleep(60);
          await losePower(world);
          await world.standby("disarmed");
          await agree(world, ledger);
        }
      }),
    TIMEOUT_MS,
  );

  test(
    'is killed when records are missing with durable = "interval"',
    () =>
      inWorld("interval", { strategy: CHURN }, async (world) => {
        for (let i = 0; i < LOSSES; i++) {
          await world.armAndTrade();
          await Bun.sleep(60);
          await losePower(world);
          await world.reach(
            "a session that is up, and nothing open",
            (s) => s.sessions[0]!.state === "up" && s.engines[0]!.openOrders === 0,
            30_000,
          );
          const found = await stillDiffers(world);
          if (found === "") continue;
          expect(world.status.state).toBe("killed");
          expect(world.status.killedBy).toContain("engine");
          return;
        }
      }),
    TIMEOUT_MS,
  );
});

async function losePower(world: World): Promise<void> {
  const { launcher, control, guard, engine } = world.pids();
  for (const pid of [control, launcher, guard, engine]) signal(pid, "SIGKILL");
  await world.appliance.process.exited;
  for (const name of readdirSync("/dev/shm")) {
    if (name.startsWith(`hairpin-${world.name}-`)) rmSync(join("/dev/shm", name));
  }
  await world.runAgain();
}

/** The difference that is left once both sides are quiet. */
async function stillDiffers(world: World): Promise<string> {
  const symbols = world.venue.symbols.map(({ symbol }) => symbol);
  let found = "";
  for (let i = 0; i < 20; i++) {
    await Bun.sleep(50);
    const venue = await world.venueSession();
    world.status = await world.ask("status");
    found = difference(venue, figuresOf(world.status, new Ledger(world.journal).read(), symbols));
    if (found === "") return "";
  }
  return found;
}
