import { describe, expect, test } from "bun:test";
import type {
  SnapshotLink,
  SnapshotProtocol,
} from "../../../../src/control/recovery/snapshot-protocol.ts";
import { SLICE_BYTES_MAX, SLICE_HEADER_BYTES } from "../../../../src/feed/slices.ts";
import { announce, ascii, type RunRig, runRig } from "./kit.ts";

/** A protocol of one byte: "m" a message "mm...", "e" the end at 200, "x" a failure. */
class OneByte implements SnapshotProtocol {
  readonly waitsFor = "a byte";

  constructor(private readonly link: SnapshotLink) {}

  open(): void {
    this.link.send(ascii("hello"));
  }

  take(bytes: Uint8Array, from: number): number {
    const what = String.fromCharCode(bytes[from]!);
    if (what === "m") this.link.message(ascii("m".repeat(600)), 0, 600);
    else if (what === "e") this.link.end(200);
    else this.link.fail("is out of order");
    return from + 1;
  }

  poll(): void {}
}

const rig = (options?: Parameters<typeof runRig>[1]) =>
  runRig((link) => new OneByte(link), options);

function connected(options?: Parameters<typeof runRig>[1]): RunRig {
  const r = rig(options);
  announce(r.feed, 1, 100);
  r.later(0);
  r.now().events.onOpen();
  return r;
}

const kinds = (r: RunRig) => r.slices.map((s) => s.kind);

describe("a run", () => {
  test("begins when the engine has a hole, and not before", () => {
    const r = rig();
    r.later(10);
    expect(r.connections.length).toBe(0);
    announce(r.feed, 1, 100);
    r.later(10);
    r.later(10);
    expect(r.connections.length).toBe(1);
    expect(r.runs.state).toBe("connecting");
    r.now().events.onOpen();
    expect(r.now().take()).toBe("hello");
  });

  test("goes on while the engine repeats that it has the hole", () => {
    const r = connected();
    for (let i = 0; i < 50; i++) {
      announce(r.feed, 1, 100 + i);
      r.later(10);
    }
    r.now().give(ascii("me"));
    expect(r.connections.length).toBe(1);
    expect(kinds(r)).toEqual(["begin", "messages", "end"]);
  });

  test("makes slices of at most the bytes that they may have, and loses no message", () => {
    const r = connected();
    r.now().give(ascii("mmmmme"));
    expect(kinds(r)).toEqual(["begin", "messages", "messages", "messages", "end"]);
    const counts = r.slices.flatMap((s) => (s.kind === "messages" ? [s.messages.length] : []));
    expect(counts).toEqual([2, 2, 1]);
    expect(SLICE_HEADER_BYTES + 2 * 602).toBeLessThanOrEqual(SLICE_BYTES_MAX);
  });

  test("waits for room in the ring, lets the server wait, and goes on", () => {
    const r = connected();
    r.ring.room = 4;
    r.now().give(ascii("mmmmmmmmme"));
    expect(r.now().isPaused).toBe(true);
    const before = r.slices.length;
    // An engine that stands still is no fault of the server.
    r.later(5000);
    expect(r.slices.length).toBe(before);
    expect(r.runs.state).toBe("running");
    r.ring.room = 100;
    r.later(1);
    expect(r.now().isClosed).toBe(true);
    const all = r.slices.flatMap((s) => (s.kind === "messages" ? s.messages : []));
    expect(all.length).toBe(9);
    expect(r.slices.at(-1)).toEqual({ kind: "end", sequence: 200 });
  });

  test("uses what came before the server closed, even when the ring was full then", () => {
    const r = connected();
    r.ring.room = 3;
    r.now().give(ascii("mmmme"));
    r.now().events.onClose("it closed the connection");
    expect(r.runs.state).toBe("running");
    r.ring.room = 100;
    r.later(1);
    expect(r.slices.at(-1)).toEqual({ kind: "end", sequence: 200 });
    expect(r.runs.failed).toBe(0);
  });

  test("owes the engine the word that it is abandoned until the ring takes it", () => {
    const r = connected();
    r.ring.room = 3;
    r.now().give(ascii("m"));
    r.ring.room = 0;
    r.now().events.onClose("it closed the connection");
    r.later(10);
    expect(kinds(r)).toEqual(["begin"]);
    r.ring.room = 1;
    r.later(10);
    expect(kinds(r)).toEqual(["begin", "abandon"]);
    r.later(10);
    expect(kinds(r)).toEqual(["begin", "abandon"]);
  });

  test("is abandoned when the lines have filled the hole", () => {
    const r = connected();
    r.now().give(ascii("m"));
    announce(r.feed, 0, 0);
    r.later(1);
    expect(kinds(r)).toEqual(["begin", "abandon"]);
    expect(r.runs).toMatchObject({ state: "idle", failed: 0 });
    expect(r.now().isClosed).toBe(true);
    expect(r.notices).toEqual([]);
  });

  test("is abandoned when the feed's session changes, and begins anew", () => {
    const r = connected();
    r.now().give(ascii("m"));
    r.feed.session.set(ascii("20261121A "));
    r.later(1);
    expect(kinds(r)).toEqual(["begin", "abandon"]);
    expect(r.notices[0]).toContain("is left: the feed's session has changed; next try in 0.1 s");
    r.later(100);
    r.later(1);
    expect(r.connections.length).toBe(2);
  });

  test("fails when the engine does not take the snapshot", () => {
    const r = connected();
    r.now().give(ascii("me"));
    expect(r.runs.state).toBe("settling");
    r.later(999);
    expect(r.runs.state).toBe("settling");
    r.later(1);
    expect(r.runs).toMatchObject({ state: "resting", taken: 0, failed: 1 });
    expect(r.notices[1]).toContain("sent a snapshot that the engine has not taken");
  });

  test("hears nothing from a connection that it has left", () => {
    const r = connected();
    const old = r.now();
    old.give(ascii("x"));
    r.later(100);
    r.later(1);
    expect(r.connections.length).toBe(2);
    old.give(ascii("me"));
    old.events.onClose("late");
    expect(r.slices).toEqual([]);
    expect(r.runs.state).toBe("connecting");
  });
});

describe("after a failure", () => {
  test("it pauses, twice as long each time up to 30 s, and says so", () => {
    const r = connected();
    const pauses: number[] = [];
    for (let i = 0; i < 11; i++) {
      r.now().events.onClose("connection refused (ECONNREFUSED)");
      const before = r.clock.ms;
      const made = r.connections.length;
      while (r.connections.length === made) r.later(50);
      pauses.push(r.clock.ms - before);
    }
    // The poll after the pause begins the next try.
    expect(pauses.slice(0, 4)).toEqual([150, 250, 450, 850]);
    expect(pauses.at(-1)).toBe(30_050);
    expect(r.notices[1]).toBe(
      "the snapshot server at 127.0.0.1:4000 can't be reached: connection refused (ECONNREFUSED); next try in 0.2 s",
    );
    expect(r.runs.failed).toBe(11);
  });

  test("it tries no more when the hole is gone", () => {
    const r = connected();
    r.now().give(ascii("x"));
    announce(r.feed, 0, 0);
    r.later(100);
    r.later(1);
    expect(r.connections.length).toBe(1);
    expect(r.runs.state).toBe("idle");
  });

  test("a connection that does not come up is given up", () => {
    const r = rig();
    announce(r.feed, 1, 100);
    r.later(0);
    r.later(1000);
    expect(r.notices[0]).toContain("is given up: the connection did not come within 1000 ms");
  });

  test("a protocol that can't be made is told, without a connection", () => {
    const r = runRig(() => {
      throw new Error("the secret file /x has mode 0644: others can read it; chmod 600 it");
    });
    announce(r.feed, 1, 100);
    r.later(0);
    expect(r.connections.length).toBe(0);
    expect(r.notices[0]).toContain("is not asked: the secret file /x has mode 0644");
  });
});

describe("the route", () => {
  test("leaves small holes to those who are asked for messages, late joins and large ones not", () => {
    const { route } = rig({ hasMessages: true, messagesMax: 1000 });
    expect(route.isForSnapshot(500, 600)).toBe(false);
    expect(route.isForSnapshot(500, 1500)).toBe(false);
    expect(route.isForSnapshot(500, 1501)).toBe(true);
    expect(route.isForSnapshot(1, 3)).toBe(true);
    expect(rig().route.isForSnapshot(500, 501)).toBe(true);
  });

  test("gives a hole to the other one when it was refused", () => {
    const r = rig({ hasMessages: true, retries: 1 });
    announce(r.feed, 500, 600);
    r.later(1);
    expect(r.connections.length).toBe(0);
    r.route.messagesRefused();
    r.later(1);
    expect(r.connections.length).toBe(1);
    r.now().events.onClose("gone");
    // The second try hears nothing either: it is up to the messages again.
    for (let i = 0; i < 100; i++) r.later(50);
    expect(r.connections.length).toBe(2);
    expect(r.route.isForSnapshot(500, 600)).toBe(false);
  });

  test("asks for messages when the snapshot was tried often enough", () => {
    const r = connected({ hasMessages: true, retries: 1 });
    r.now().events.onClose("gone");
    expect(r.route.isForSnapshot(1, 100)).toBe(true);
    r.later(100);
    r.later(1);
    r.now().events.onClose("gone");
    expect(r.route.isForSnapshot(1, 100)).toBe(false);
    for (let i = 0; i < 100; i++) r.later(50);
    expect(r.connections.length).toBe(2);
    r.route.messagesRefused();
    r.later(1);
    expect(r.connections.length).toBe(3);
  });
});
