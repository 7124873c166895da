import { describe, expect, test } from "bun:test";
import { GUARD_DEAD, GUARD_DISOBEYED, GUARD_STALLED, Guard } from "../../../src/control/guard.ts";
import { guardTag } from "../../../src/engine/link.ts";
import * as L from "../../../src/ffi/layout.ts";
import { connectVenue, type Host, liveEngine, PID, withHost } from "./kit.ts";

interface Watched {
  host: Host;
  guard: Guard;
  control: ReturnType<Host["segments"]>["control"];
  venue: { fd: number; isShut(): boolean };
  /** Lets time pass in rounds of 5 ms; `onRound` plays the engine. Returns the reasons seen. */
  pass(ms: number, onRound?: () => void): number[];
  beat(): void;
  die(): void;
  /** Processes that the guard has ended. */
  ended: number[];
}

function watched(use: (watched: Watched) => void): Promise<void> {
  return withHost((host) => {
    const segments = host.segments();
    liveEngine(segments);
    const { control } = segments;
    let now = 0;
    let isAlive = true;
    const ended: number[] = [];
    const guard = new Guard({
      shim: host.shim,
      control,
      timeoutMs: 100,
      killTimeoutMs: 200,
      nowMs: () => now,
      isAlive: (pid) => isAlive && pid === PID,
      end: (pid) => void ended.push(pid),
      log: (sentence) => host.sentences.push(sentence),
    });
    const venue = connectVenue(host.shim);
    guard.take(venue.fd, guardTag(0, 0));
    const engine = control.engine(0).words;
    use({
      host,
      guard,
      control,
      venue,
      beat: () => {
        engine[L.HP_ENGINE__BEAT_W]!++;
      },
      die: () => {
        isAlive = false;
      },
      ended,
      pass(ms, onRound) {
        const reasons: number[] = [];
        for (const end = now + ms; now < end; ) {
          now += 5;
          onRound?.();
          const reason = guard.poll();
          if (reason !== 0) reasons.push(reason);
        }
        return reasons;
      },
    });
  });
}

const trips = (w: Watched): number => w.control.words[L.HP_CONTROL__GUARD_TRIPS_W]!;

describe("Guard", () => {
  test("leaves an engine alone that beats", () =>
    watched((w) => {
      expect(w.pass(1000, w.beat)).toEqual([]);
      expect(w.venue.isShut()).toBe(false);
    }));

  test("shuts the session of an engine whose beat stands still, and wakes it up killed", () =>
    watched((w) => {
      w.pass(50, w.beat);
      expect(w.pass(95)).toEqual([]);
      expect(w.venue.isShut()).toBe(false);
      expect(w.pass(10)).toEqual([GUARD_STALLED]);
      expect(w.venue.isShut()).toBe(true);
      expect(w.control.killBits()).toBe(L.HP_KILL_GUARD);
      expect(w.control.words[L.HP_CONTROL__GUARD_REASON_W]).toBe(GUARD_STALLED);
      expect(w.control.words[L.HP_CONTROL__GUARD_SOCKETS_W]).toBe(0);
      expect(w.host.sentences.at(-1)).toBe("guard: engine 0 is stalled; shut 1 order session(s)");
    }));

  test("ends the process whose socket it can't shut, and no other", () =>
    watched((w) => {
      w.pass(200);
      expect(w.ended).toEqual([]);
      w.guard.take(connectVenue(w.host.shim).fd, guardTag(0, 0));
      w.host.shim.hp_fd_shutdown = () => L.HP_ESYS;
      w.pass(200);
      expect(w.ended).toEqual([PID]);
      expect(w.host.sentences.at(-1)).toBe(
        "guard: engine 0 is stalled; 1 of 1 order session(s) could not be shut, so its process is ended",
      );
    }));

  test("a socket that has ended already is shut enough", () =>
    watched((w) => {
      w.host.shim.hp_fd_shutdown = () => L.HP_ECLOSED;
      w.pass(200);
      expect(w.ended).toEqual([]);
      expect(trips(w)).toBe(1);
    }));

  test("trips once, however long the engine stands still", () =>
    watched((w) => {
      w.pass(2000);
      expect(trips(w)).toBe(1);
    }));

  test("shuts a new session too when the engine that made it stalls again", () =>
    watched((w) => {
      w.pass(200);
      const next = connectVenue(w.host.shim);
      w.guard.take(next.fd, guardTag(0, 0));
      w.pass(50, w.beat);
      expect(next.isShut()).toBe(false);
      w.pass(200);
      expect(next.isShut()).toBe(true);
      expect(trips(w)).toBe(2);
    }));

  test("shuts the session of a dead engine at once, and kills nobody", () =>
    watched((w) => {
      w.pass(50, w.beat);
      w.die();
      expect(w.pass(5, w.beat)).toEqual([GUARD_DEAD]);
      expect(w.venue.isShut()).toBe(true);
      expect(w.control.killBits()).toBe(0);
    }));

  test("takes an engine that was replaced for dead", () =>
    watched((w) => {
      w.control.engine(0).words[L.HP_ENGINE__PID_W] = PID + 1;
      expect(w.pass(5, w.beat)).toEqual([GUARD_DEAD]);
    }));

  test("shuts the session when a kill is not obeyed", () =>
    watched((w) => {
      w.control.kill(L.HP_KILL_CLI);
      expect(w.pass(195, w.beat)).toEqual([]);
      expect(w.pass(10, w.beat)).toEqual([GUARD_DISOBEYED]);
      expect(w.venue.isShut()).toBe(true);
    }));

  test("shuts the session when a killed engine still has orders at the venue", () =>
    watched((w) => {
      const engine = w.control.engine(0);
      w.control.kill(L.HP_KILL_CLI);
      engine.words[L.HP_ENGINE__STATE_W] = L.HP_STATE_KILLED;
      engine.doubles[L.HP_ENGINE__OPEN_ORDERS_D] = 2;
      expect(w.pass(250, w.beat)).toEqual([GUARD_DISOBEYED]);
    }));

  test("leaves a kill that is obeyed alone", () =>
    watched((w) => {
      w.control.kill(L.HP_KILL_CLI);
      w.pass(100, w.beat);
      w.control.engine(0).words[L.HP_ENGINE__STATE_W] = L.HP_STATE_KILLED;
      expect(w.pass(1000, w.beat)).toEqual([]);
      expect(w.venue.isShut()).toBe(false);
    }));

  test("does not blame an engine for a pause of the guard itself", () =>
    watched((w) => {
      w.pass(50, w.beat);
      let now = 50;
      const guard = new Guard({
        shim: w.host.shim,
        control: w.control,
        timeoutMs: 100,
        killTimeoutMs: 200,
        nowMs: () => now,
        isAlive: () => true,
      });
      guard.take(w.venue.fd, guardTag(0, 0));
      now += 5000;
      expect(guard.poll()).toBe(0);
    }));

  test("lets go of a socket that the engine has closed, and of none before it was published", () =>
    watched((w) => {
      const session = w.control.session(0).words;
      w.pass(20, w.beat);
      expect(w.guard.held()).toBe(1);
      session[L.HP_SESSION__SOCKET_W] = 7;
      w.pass(20, w.beat);
      expect(w.guard.held()).toBe(1);
      session[L.HP_SESSION__SOCKET_W] = 0;
      w.pass(20, w.beat);
      expect(w.guard.held()).toBe(0);
      expect(w.venue.isShut()).toBe(false);
    }));

  test("a stopped engine's silence is no fault", () =>
    watched((w) => {
      w.control.engine(0).words[L.HP_ENGINE__STATE_W] = L.HP_STATE_STOPPED;
      expect(w.pass(1000)).toEqual([]);
    }));

  test("ends the connection of an engine that has stopped in order, without calling it a trip", () =>
    watched((w) => {
      w.control.engine(0).words[L.HP_ENGINE__STATE_W] = L.HP_STATE_STOPPED;
      w.die();
      expect(w.pass(20)).toEqual([]);
      expect(w.venue.isShut()).toBe(true);
      expect(trips(w)).toBe(0);
    }));

  test("holds one socket per session, and closes what it can't place", () =>
    watched((w) => {
      const open = w.host.shim.network.files.size;
      const again = connectVenue(w.host.shim);
      w.guard.take(again.fd, guardTag(0, 0));
      const stray = connectVenue(w.host.shim);
      w.guard.take(stray.fd, guardTag(100, 0));
      expect(w.guard.held()).toBe(1);
      expect(w.host.shim.network.files.size).toBe(open);
      w.guard.release();
      expect(w.host.shim.network.files.size).toBe(open - 1);
      expect(again.isShut()).toBe(false);
    }));
});
