/** The hours of a session against its clock, also in front of the midnight that it counts from. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import * as C from "../../../../src/core/codes.ts";
import * as N from "../../../../src/fix/counters.ts";
import { Hours } from "../../../../src/fix/session/hours.ts";
import { SessionWindows } from "../../../../src/fix/session/session-windows.ts";
import { FakePeer, field, types } from "../../../support/fake-peer.ts";
import { S, SESSION_START_S } from "../../../support/fake-venue.ts";

const H = 3600 * S;
const windows = (start: string, end: string) =>
  new SessionWindows({ timezone: "UTC", start, end }, SESSION_START_S);

describe("hours", () => {
  test("are open from the opening to the end, which is outside", () => {
    const hours = new Hours(windows("08:00", "12:00"), Number.NaN);
    const at = [8 * H - 1, 8 * H, 12 * H - 1, 12 * H, 32 * H];
    expect(at.map((ns) => hours.mayConnect(ns))).toEqual([false, true, true, false, true]);
  });

  test("that open on the evening before are open at negative times", () => {
    const hours = new Hours(windows("18:00", "17:00"), Number.NaN);
    expect([-7 * H, -6 * H, -1, 0, 17 * H].map((ns) => hours.mayConnect(ns))).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
  });

  test("are over at the end of the session that a connection began in", () => {
    const hours = new Hours(windows("18:00", "17:00"), Number.NaN);
    expect(hours.begins(-6 * H)).toBe(false);
    expect([hours.isOver(-1), hours.isOver(0), hours.isOver(17 * H - 1)]).toEqual([
      false,
      false,
      false,
    ]);
    expect(hours.isOver(17 * H)).toBe(true);
  });

  test("say once that a session begins, and not at all where the numbers were never used", () => {
    const hours = new Hours(windows("08:00", "12:00"), -15 * H);
    expect([
      hours.begins(9 * H),
      hours.begins(9 * H),
      hours.begins(33 * H),
      hours.begins(33 * H),
    ]).toEqual([true, false, true, false]);
    expect(new Hours(windows("08:00", "12:00"), Number.NaN).begins(9 * H)).toBe(false);
  });

  test("without windows are always open and never begin again", () => {
    const hours = new Hours(null, -1e18);
    expect([hours.mayConnect(-1e18), hours.begins(-1e18), hours.isOver(1e18)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test("give the same answer however often and in whatever steps they are asked", () => {
    const w = windows("18:00", "17:00");
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -30, max: 200 }), { maxLength: 30 }), (halves) => {
        const asked = new Hours(w, Number.NaN);
        for (const half of halves.sort((a, b) => a - b)) {
          const ns = (half * H) / 2;
          expect(asked.mayConnect(ns)).toBe(new Hours(w, Number.NaN).mayConnect(ns));
          expect(asked.mayConnect(ns)).toBe(w.isOpen(ns));
        }
      }),
    );
  });
});

describe("an initiator", () => {
  test("connects at the opening, not before, and once the hours are over says so and stays away", () => {
    const peer = new FakePeer({ windows: windows("08:00", "12:00"), logoutTimeoutNs: S });
    peer.clock.timeNs = 8 * H - 1;
    peer.session.start();
    peer.poll(3);
    expect(peer.stream.opens).toBe(0);
    peer.clock.timeNs = 8 * H;
    peer.poll(2);
    peer.logon();
    peer.answerSync();
    expect(field(peer.take()[0], 35)).toBe("");
    peer.clock.timeNs = 12 * H;
    peer.say("0");
    expect(types(peer.take())).toEndWith("5");
    expect(peer.counters[N.FIX_OUT_OF_HOURS]).toBe(1);
    peer.pass(30);
    expect(peer.session.state).toBe(C.SESSION_DOWN);
    expect(peer.stream.opens).toBe(1);
  });

  test("begins at 1 in a new session, with the numbers of one that is over in the journal", () => {
    const sequences = { nextOut: 50, nextIn: 60 };
    const peer = new FakePeer({
      windows: windows("18:00", "17:00"),
      sequences,
      lastUsedNs: -6 * H - 1,
    });
    peer.clock.timeNs = -6 * H;
    expect(field(peer.connect().take()[0], 34)).toBe("1");
    const same = new FakePeer({
      windows: windows("18:00", "17:00"),
      sequences,
      lastUsedNs: -6 * H,
    });
    same.clock.timeNs = 3 * H;
    expect(field(same.connect().take()[0], 34)).toBe("50");
  });

  test("that is connected from one session into the next logs out in between", () => {
    const peer = new FakePeer({ windows: windows("10:00", "10:00") });
    peer.clock.timeNs = 34 * H - 1;
    peer.connect();
    peer.logon();
    peer.answerSync();
    peer.take();
    peer.clock.timeNs = 34 * H;
    peer.poll();
    expect(types(peer.take())).toBe("5");
    peer.say("5");
    peer.seq = 1;
    peer.clock.timeNs += 2 * S;
    peer.connect();
    expect(field(peer.take()[0], 34)).toBe("1");
  });
});
