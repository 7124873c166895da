/** Deaths that end a run: nothing is left behind, and the next run knows every order's fate. */
import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { describeBinary } from "./helpers/binary.ts";
import { processesOf } from "./helpers/folder.ts";
import { CHURN } from "./support/churn.ts";
import { Ledger } from "./support/ledger.ts";
import { agree } from "./support/strike.ts";
import { inWorld, signal, type World } from "./support/world.ts";

const TIMEOUT_MS = 60_000;

describeBinary("the death of an engine", () => {
  test(
    "ends the run when it is not to be started again",
    () =>
      inWorld("once", { strategy: CHURN, restarts: 0 }, async (world) => {
        await world.armAndTrade();
        signal(world.pids().engine, "SIGKILL");
        await hasEnded(world, 'engine "main" ended (signal SIGKILL) and is not to be restarted');
      }),
    TIMEOUT_MS,
  );

  test(
    "ends the run when it comes too often",
    () =>
      inWorld("often", { strategy: CHURN, restarts: 1 }, async (world) => {
        await world.armAndTrade();
        const { engine } = world.pids();
        signal(engine, "SIGKILL");
        await world.standby("disarmed");
        await world.armAndTrade();
        signal(world.pids().engine, "SIGKILL");
        await hasEnded(world, 'engine "main" ended (signal SIGKILL) 1 times within a minute');
      }),
    TIMEOUT_MS,
  );
});

/** Exit code, sentence, and nothing left; then the next run, in agreement with the venue. */
async function hasEnded(world: World, sentence: string): Promise<void> {
  expect(await world.appliance.ended(20_000)).toBe(1);
  expect(world.appliance.err).toContain(sentence);
  await world.allCanceled();
  const left = processesOf(world.folder).filter((line) => !line.includes(" sim "));
  expect(left).toEqual([]);
  const name = `hairpin-${world.name}-`;
  expect(readdirSync("/dev/shm").filter((file) => file.startsWith(name))).toEqual([]);
  await world.runAgain();
  await world.standby("disarmed");
  await agree(world, new Ledger(world.journal));
  await world.armAndTrade();
}
