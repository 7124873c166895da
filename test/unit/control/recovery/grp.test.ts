import { describe, expect, test } from "bun:test";
import { GrpRequests } from "../../../../src/control/recovery/grp.ts";
import { HoleRoute } from "../../../../src/control/recovery/hole-route.ts";
import * as L from "../../../../src/ffi/layout.ts";
import { announce, FakeConnection, feedBlock } from "./kit.ts";
import { gapResponse, loginResponse, sentMessages } from "./unit-bytes.ts";

const UNIT = 7;

function rig(options: { hasSnapshot?: boolean; retries?: number } = {}) {
  const feed = feedBlock();
  const clock = { ms: 0 };
  const connections: FakeConnection[] = [];
  const notices: string[] = [];
  const { hasSnapshot = false, retries = 2 } = options;
  const route = new HoleRoute({ feed, hasMessages: true, hasSnapshot, messagesMax: 1000 });
  const grp = new GrpRequests({
    feed,
    route,
    ...{ unit: UNIT, host: "127.0.0.1", port: 4001, countMax: 100, timeoutMs: 50, pauseMs: 100 },
    retries,
    login: () => ({ sessionSubId: "0006", username: "MKDA", password: "" }),
    nowMs: () => clock.ms,
    connect(_host, _port, events) {
      const connection = new FakeConnection(events);
      connections.push(connection);
      return connection;
    },
    notice: (sentence) => notices.push(sentence),
  });
  const later = (ms: number) => {
    clock.ms += ms;
    grp.poll();
  };
  const now = () => connections.at(-1)!;
  /** Messages asked for since the last call, as [first, count]. */
  const asked = () => {
    const found = sentMessages(now().sent).filter(([type]) => type === 0x03);
    now().sent.length = 0;
    return found.map(([, hex]) => {
      const bytes = Buffer.from(hex, "hex");
      expect(bytes[0]).toBe(UNIT);
      return [bytes.readUInt32LE(1), bytes.readUInt16LE(5)];
    });
  };
  const answer = (first: number, count: number, status: string) =>
    now().give(gapResponse(UNIT, first, count, status));
  return { feed, clock, route, grp, notices, connections, later, now, asked, answer };
}

/** Logged in, with messages from <= seq < to missing. */
function up(from: number, to: number, options?: Parameters<typeof rig>[0]) {
  const r = rig(options);
  announce(r.feed, from, to);
  r.later(0);
  r.now().events.onOpen();
  r.now().give(loginResponse("A"));
  r.later(0);
  return r;
}

const applied = (r: ReturnType<typeof rig>, next: number) => {
  r.feed.doubles[L.HP_FEED__NEXT_SEQ_D] = next;
};

describe("the gap request proxy's client", () => {
  test("connects at the first hole, logs in, and asks in parts", () => {
    const r = rig();
    r.later(10);
    expect(r.connections.length).toBe(0);
    announce(r.feed, 500, 750);
    r.later(0);
    r.now().events.onOpen();
    expect(sentMessages(r.now().sent)).toEqual([
      [0x01, Buffer.from(`0006MKDA${" ".repeat(12)}`).toString("hex")],
    ]);
    r.now().give(loginResponse("A"));
    r.later(0);
    expect(r.asked()).toEqual([[500, 100]]);
    r.answer(500, 100, "A");
    r.answer(600, 100, "A");
    expect(r.asked()).toEqual([
      [600, 100],
      [700, 50],
    ]);
    r.answer(700, 50, "A");
    expect(r.feed.words[L.HP_FEED__REPLIES_W]).toBe(3);
    expect(r.feed.words[L.HP_FEED__REQUESTS_W]).toBe(3);
    expect(r.feed.words[L.HP_FEED__GAP_SERVED_W]).toBe(1);
    applied(r, 750);
    announce(r.feed, 0, 0);
    r.later(500);
    expect(r.asked()).toEqual([]);
    expect(r.notices).toEqual([]);
  });

  test("asks again for what does not come by the gap group, from the first that is missing", () => {
    const r = up(500, 600);
    expect(r.asked()).toEqual([[500, 100]]);
    r.answer(500, 100, "A");
    applied(r, 540);
    r.later(50);
    expect(r.asked()).toEqual([[540, 60]]);
    expect(r.feed.words[L.HP_FEED__TIMEOUTS_W]).toBe(1);
  });

  test("does not begin anew when the engine repeats the hole, or after an answer that is late", () => {
    const r = up(500, 700);
    r.answer(500, 100, "A");
    expect(r.asked()).toEqual([
      [500, 100],
      [600, 100],
    ]);
    announce(r.feed, 500, 700);
    r.later(10);
    r.answer(500, 100, "A");
    r.answer(500, 100, "O");
    expect(r.asked()).toEqual([]);
    expect(r.notices).toEqual([]);
  });

  test("leaves the session when nothing was missing for a while", () => {
    const r = up(500, 600);
    announce(r.feed, 0, 0);
    // Heartbeats of the proxy.
    for (let i = 0; i < 30; i++) {
      expect(r.now().isClosed).toBe(false);
      r.now().give(Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 0));
      r.later(1000);
    }
    expect(r.now().isClosed).toBe(true);
    expect(r.notices).toEqual([]);
    announce(r.feed, 900, 910);
    r.later(0);
    expect(r.connections.length).toBe(2);
  });

  test("waits for a second when the allowance of a second is used up", () => {
    const r = up(500, 600);
    r.asked();
    r.answer(500, 100, "S");
    r.later(999);
    expect(r.asked()).toEqual([]);
    r.later(1);
    expect(r.asked()).toEqual([[500, 100]]);
    expect(r.notices).toEqual([]);
  });

  test("asks for less when it asked for too many at once", () => {
    const r = up(500, 600);
    r.answer(500, 100, "C");
    r.answer(500, 50, "C");
    expect(r.asked()).toEqual([
      [500, 100],
      [500, 50],
      [500, 25],
    ]);
  });

  const refusals: [string, string][] = [
    ["O", "they are out of its range"],
    ["D", "the allowance of this day is used up"],
    ["M", "the allowance of this minute is used up"],
    ["I", "it has no such unit"],
    ["U", "the unit is down"],
    ["?", 'status "?"'],
  ];
  test.each(refusals)("leaves the hole to a snapshot on status %s", (status, why) => {
    const r = up(500, 600, { hasSnapshot: true });
    expect(r.route.isForSnapshot(500, 600)).toBe(false);
    r.answer(500, 100, status);
    expect(r.notices[0]).toStartWith(
      `the gap request proxy at 127.0.0.1:4001 refuses messages 500 to 599: ${why}; next try in`,
    );
    expect(r.route.isForSnapshot(500, 600)).toBe(true);
    expect(r.grp.refused).toBe(1);
  });

  test.each(["M", "D", "S"])(
    "leaves the next holes to a snapshot, too, after status %s",
    (status) => {
      const pauseMs = status === "S" ? 1000 : 60_000;
      const r = up(500, 600, { hasSnapshot: true });
      r.answer(500, 100, status);
      expect(r.route.isForSnapshot(500, 600)).toBe(true);
      for (const [from, ms] of [
        [700, pauseMs / 2],
        [800, pauseMs / 2 - 1],
      ] as const) {
        r.asked();
        r.route.forget();
        applied(r, from);
        announce(r.feed, from, from + 50);
        r.later(ms);
        expect(r.asked()).toEqual([]);
        expect(r.route.isForSnapshot(from, from + 50)).toBe(true);
      }
      expect(r.notices.length).toBe(status === "S" ? 0 : 1);
      // The allowance is new.
      r.route.forget();
      applied(r, 900);
      announce(r.feed, 900, 950);
      r.later(1);
      if (status !== "S") {
        r.now().events.onOpen();
        r.now().give(loginResponse("A"));
        r.later(0);
      }
      expect(r.asked()).toEqual([[900, 50]]);
    },
  );

  test("a snapshot that has failed is tried again while the allowance is used up", () => {
    const r = up(500, 600, { hasSnapshot: true });
    r.answer(500, 100, "M");
    r.route.snapshotRefused();
    expect(r.route.isForSnapshot(500, 600)).toBe(false);
    announce(r.feed, 500, 600);
    r.later(10);
    expect(r.route.isForSnapshot(500, 600)).toBe(true);
  });

  test("leaves holes to a snapshot while the proxy can't be reached, and tries it again", () => {
    const r = rig({ hasSnapshot: true, retries: 1 });
    announce(r.feed, 500, 600);
    r.later(0);
    r.now().events.onClose("connection refused (ECONNREFUSED)");
    expect(r.route.isForSnapshot(500, 600)).toBe(false);
    r.later(100);
    r.now().events.onClose("connection refused (ECONNREFUSED)");
    expect(r.route.isForSnapshot(500, 600)).toBe(true);
    for (const [from, connections] of [
      [700, 2],
      [800, 3],
    ] as const) {
      r.route.forget();
      applied(r, from);
      announce(r.feed, from, from + 50);
      r.later(from === 800 ? 200 : 0);
      expect(r.connections.length).toBe(connections);
      if (from === 800) r.now().events.onClose("connection refused (ECONNREFUSED)");
      expect(r.route.isForSnapshot(from, from + 50)).toBe(true);
    }
  });

  test("asks again after a pause when there is no snapshot", () => {
    const r = up(500, 600);
    r.asked();
    r.answer(500, 100, "O");
    announce(r.feed, 500, 600);
    r.later(99);
    expect(r.asked()).toEqual([]);
    r.later(1);
    expect(r.asked()).toEqual([[500, 100]]);
  });

  test("gives the hole up when nothing comes, however often it asks", () => {
    const r = up(500, 600, { hasSnapshot: true, retries: 2 });
    for (let i = 0; i < 4; i++) r.later(50);
    expect(r.asked().length).toBe(3);
    expect(r.notices[0]).toContain("gives no answer, or nothing comes by the gap group");
    expect(r.route.isForSnapshot(500, 600)).toBe(true);
  });

  test("connects again after a pause that doubles, then leaves the hole to a snapshot", () => {
    const r = rig({ hasSnapshot: true, retries: 2 });
    announce(r.feed, 500, 600);
    r.later(0);
    r.now().events.onClose("connection refused (ECONNREFUSED)");
    r.later(99);
    expect(r.connections.length).toBe(1);
    r.later(1);
    r.now().events.onOpen();
    r.now().give(loginResponse("N"));
    expect(r.now().isClosed).toBe(true);
    r.later(100);
    expect(r.connections.length).toBe(2);
    r.later(100);
    expect(r.route.isForSnapshot(500, 600)).toBe(false);
    r.later(5000);
    expect(r.connections.length).toBe(3);
    expect(r.notices).toEqual([
      "the gap request proxy at 127.0.0.1:4001 is gone: connection refused (ECONNREFUSED); next try in 0.1 s",
      "the gap request proxy at 127.0.0.1:4001 refuses the login: wrong user or password; next try in 0.2 s",
      "the gap request proxy at 127.0.0.1:4001 did not answer the login; next try in 0.4 s",
    ]);
    expect(r.route.isForSnapshot(500, 600)).toBe(true);
  });

  test("asks from where it was when the connection breaks in the middle", () => {
    const r = up(500, 700);
    r.answer(500, 100, "A");
    applied(r, 600);
    r.now().events.onClose("it closed the connection");
    r.later(100);
    r.now().events.onOpen();
    r.now().give(loginResponse("A"));
    r.later(0);
    expect(r.asked()).toEqual([[600, 100]]);
  });

  test("leaves a hole that is for a snapshot alone", () => {
    const r = rig({ hasSnapshot: true });
    announce(r.feed, 1, 100);
    r.later(10);
    announce(r.feed, 500, 5000);
    r.later(10);
    expect(r.connections.length).toBe(0);
  });
});
