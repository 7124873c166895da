/** Kill by verb, by signal, and without control: obeyed at once, and kept until a person arms. */
import { expect, test } from "bun:test";
import { describeBinary, runBinary } from "./helpers/binary.ts";
import { CHURN } from "./support/churn.ts";
import { Ledger } from "./support/ledger.ts";
import { agree } from "./support/strike.ts";
import { inWorld, signal, type World } from "./support/world.ts";

const TIMEOUT_MS = 120_000;

describeBinary("a kill", () => {
  test(
    "by the verb cancels all, and outlives engines and the appliance until somebody arms",
    () =>
      inWorld("sticky", { strategy: CHURN }, async (world) => {
        const ledger = new Ledger(world.journal);
        await world.armAndTrade();
        await killVerb(world, "killed: cancels are on their way");
        await staysKilled(world, "cli");
        await agree(world, ledger);

        const { engine, launcher, control, guard } = world.pids();
        signal(engine, "SIGKILL");
        await world.reach("another engine", (s) => s.engines[0]!.pid !== engine);
        await staysKilled(world, "cli");

        for (const pid of [launcher, control, guard, world.pids().engine]) signal(pid, "SIGKILL");
        await world.runAgain();
        await staysKilled(world, "cli");

        expect(await world.stop()).toBe(0);
        await world.runAgain();
        await staysKilled(world, "cli");

        await world.armAndTrade();
        expect(world.status.killedBy).toEqual([]);
        await world.insist("disarm");
        await world.standby("disarmed");
        await agree(world, ledger);
      }),
    TIMEOUT_MS,
  );

  for (const target of ["launcher", "engine"] as const) {
    test(
      `by a signal to the ${target} is obeyed while control stands still`,
      () =>
        inWorld(`signal-${target}`, { strategy: CHURN }, async (world) => {
          await world.armAndTrade();
          const pids = world.pids();
          signal(pids.control, "SIGSTOP");
          signal(pids[target], "SIGUSR2");
          const venue = await world.nothingRests();
          await Bun.sleep(100);
          expect((await world.venueSession()).orders.length).toBe(venue.orders.length);
          signal(pids.control, "SIGCONT");
          await staysKilled(world, "signal");
          // Obeyed in good order: the guard had nothing to do.
          expect(world.status.guard.trips).toBe(0);
          await agree(world, new Ledger(world.journal));
          await world.armAndTrade();
        }),
      TIMEOUT_MS,
    );
  }

  test(
    "by the verb reaches the engine though control does not answer",
    () =>
      inWorld("silent", { strategy: CHURN }, async (world) => {
        await world.armAndTrade();
        const { control } = world.pids();
        signal(control, "SIGSTOP");
        await killVerb(world, "killed through shared memory");
        await world.nothingRests();
        signal(control, "SIGCONT");
        await staysKilled(world, "cli");
      }),
    TIMEOUT_MS,
  );

  test(
    "is ended by who arms while the engine is still on its way",
    () =>
      inWorld("early", { strategy: CHURN, warmup: 20_000 }, async (world) => {
        await killVerb(world, "killed");
        await staysKilled(world, "cli");
        const { engine } = world.pids();
        signal(engine, "SIGKILL");
        await world.reach(
          "an engine that warms up",
          (s) => s.engines[0]!.pid !== engine && s.engines[0]!.state === "warming",
        );
        const answer = await world.tell("arm");
        expect(JSON.stringify(answer)).toContain('engine \\"main\\" is still warming');
        await world.reach("an armed engine", (s) => s.state === "armed");
      }),
    TIMEOUT_MS,
  );
});

/** Killed, in sync, nothing open, and no order sent for a while. */
async function staysKilled(world: World, by?: string): Promise<void> {
  await world.standby("killed");
  if (by !== undefined) expect(world.status.killedBy).toEqual([by]);
  const { orders } = await world.venueSession();
  await Bun.sleep(100);
  expect((await world.venueSession()).orders.length).toBe(orders.length);
}

async function killVerb(world: World, says: string): Promise<void> {
  const done = await runBinary(["kill", world.config], { cwd: world.folder });
  expect([done.code, done.err]).toEqual([0, ""]);
  expect(done.out).toContain(says);
}
