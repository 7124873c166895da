/**
 * The guard: an engine that stands still has its order sessions shut within 200 ms, and the venue
 * cancels. It stays killed until a person arms again.
 */
import { expect, test } from "bun:test";
import { describeBinary } from "./helpers/binary.ts";
import { CHURN } from "./support/churn.ts";
import { Ledger } from "./support/ledger.ts";
import { Quiet } from "./support/quiet.ts";
import { agree } from "./support/strike.ts";
import { inWorld, isAlive, signal, type World } from "./support/world.ts";

/** Promised: the time from the stop of an engine to the end of its sessions. */
const PROMISE_MS = 200;
const TIMEOUT_MS = 100;
const STOPS = 5;
/** A machine that lets this process wait longer says nothing about the guard either. */
const QUIET_MS = 30;
const TRIES_MAX = 20;

describeBinary("the guard", () => {
  test(
    "shuts the session of a stopped engine within 200 ms, and the venue cancels",
    () =>
      guarded("stopped", CHURN, async (world) => {
        const ledger = new Ledger(world.journal);
        const figures: number[] = [];
        let loud = 0;
        while (figures.length < STOPS && loud < TRIES_MAX) {
          await world.armAndTrade();
          const { engine } = world.pids();
          const quiet = new Quiet();
          const stoppedMs = performance.now();
          signal(engine, "SIGSTOP");
          await world.ended();
          const lateMs = quiet.end();
          const tookMs = world.relay.endedMs - stoppedMs;
          if (lateMs < QUIET_MS) figures.push(tookMs);
          else loud++;
          await world.allCanceled();

          const { nextSequence } = await world.report();
          signal(engine, "SIGCONT");
          await world.standby("killed");
          expect(world.status.killedBy).toEqual(["guard"]);
          expect(world.status.engines[0]!.pid).toBe(engine);
          expect(world.status.guard.reason).toBe("stalled");
          await world.reach(
            "feed and books that go on",
            (s) => s.feeds[0]!.state === "live" && s.feeds[0]!.nextSeq > nextSequence,
          );
          await agree(world, ledger);
        }
        await world.armAndTrade();
        console.error(
          `guard: session shut after ${figures.map((ms) => ms.toFixed(0)).join(", ")} ms`,
        );
        expect(figures.length).toBe(STOPS);
        expect(Math.max(...figures)).toBeLessThan(PROMISE_MS);
      }),
    120_000,
  );

  test(
    "shuts the session of a strategy that never returns",
    () =>
      guarded("endless", ENDLESS, async (world) => {
        await world.armAndTrade();
        const { engine } = world.pids();
        await world.ended();
        await world.allCanceled();
        await world.reach("a kill by the guard", (s) => s.killedBy.includes("guard"));
        expect(isAlive(engine)).toBe(true);
        await world.reach(
          "an engine known to be stalled",
          (s) => s.engines[0]!.state === "stalled",
        );
        // The signal's handler needs no thread that turns.
        signal(engine, "SIGUSR2");
        await world.reach("a kill by the signal", (s) => s.killedBy.includes("signal"));
        // It hears nothing any more, and so it can't be armed. A person ends it; the launcher starts
        // it again, killed.
        const answer = await world.tell("arm");
        expect(answer).toMatchObject({ ok: false });
        expect(JSON.stringify(answer)).toContain("does not answer");
        signal(engine, "SIGKILL");
        await world.standby("killed");
        await agree(world, new Ledger(world.journal));
        await world.armAndTrade();
      }),
    60_000,
  );

  test(
    "is started again when it dies, is handed the sockets again, and guards",
    () =>
      guarded("guarded", CHURN, async (world) => {
        await world.armAndTrade();
        const { guard, engine } = world.pids();
        signal(guard, "SIGKILL");
        await world.reach(
          "another guard that holds the socket",
          (s) => s.guard.pid !== guard && s.guard.isAlive && s.guard.sockets === 1,
        );
        expect(world.status.engines[0]!.state).toBe("armed");
        const sent = world.sent(world.status);
        await world.reach("orders again", (s) => world.sent(s) > sent);
        signal(engine, "SIGSTOP");
        await world.ended();
        await world.allCanceled();
        signal(engine, "SIGCONT");
        await world.standby("killed");
      }),
    60_000,
  );

  test(
    "has new orders denied while it stands still",
    () =>
      guarded("unguarded", CHURN, async (world) => {
        await world.armAndTrade();
        const { guard } = world.pids();
        signal(guard, "SIGSTOP");
        await world.reach("denials", (s) => denied(s.engines[0]!.counters) > 20);
        const sent = world.sent(world.status);
        await Bun.sleep(100);
        await world.reach("more denials", (s) => denied(s.engines[0]!.counters) > 40);
        expect(world.sent(world.status)).toBe(sent);
        signal(guard, "SIGCONT");
        await world.reach("orders again", (s) => world.sent(s) > sent);
      }),
    60_000,
  );
});

/** A world whose guard is as strict as that of a real appliance, behind a relay. */
function guarded(
  name: string,
  strategy: string,
  body: (world: World) => Promise<void>,
): Promise<void> {
  return inWorld(name, { strategy, guardMs: TIMEOUT_MS, isRelayed: true }, body);
}

function denied(counters: Record<string, number>): number {
  return counters.deny_no_guard ?? -1;
}

/** Ends up in a loop after some orders. */
const ENDLESS = CHURN.replace(
  "slots[at] = ctx.send(",
  `if (++opened === 30) for (;;) spun++;
      slots[at] = ctx.send(`,
).replace(
  "const slots =",
  `let opened = 0;
    let spun = 0;
    const slots =`,
);
