/** Heartbeats, TestRequests, and why a connection ended. */
import { describe, expect, test } from "bun:test";
import * as C from "../../../../src/core/codes.ts";
import { Throttle } from "../../../../src/fix/session/throttle.ts";
import { FakePeer, field, types } from "../../../support/fake-peer.ts";
import { S } from "../../../support/fake-venue.ts";
import { MemoryJournal } from "../../../support/memory-journal.ts";

const reasonOf = (peer: FakePeer) =>
  Buffer.from(peer.session.block.reason).toString("latin1").replaceAll("\0", "");
/** Seconds of silence until a TestRequest, and until the end. */
function silence(testRequestFactor: number | undefined, heartbeatS: number): [number, number] {
  const factor = testRequestFactor === undefined ? {} : { testRequestFactor };
  const peer = new FakePeer({ heartbeatS, ...factor }).up();
  let asked = 0;
  for (let tenths = 1; ; tenths++) {
    peer.pass(0.1);
    if (asked === 0 && types(peer.take()).includes("1")) asked = tenths / 10;
    if (peer.session.state === C.SESSION_DOWN) return [asked, tenths / 10];
  }
}

describe("a peer that says nothing", () => {
  test("is asked after 1.2 heartbeats and given up after 2.4, unless the session is told otherwise", () => {
    expect(silence(undefined, 10)).toEqual([12.1, 24.1]);
    expect(silence(1.5, 10)).toEqual([15.1, 30.1]);
    expect(silence(1, 10)).toEqual([10.1, 20.1]);
  });

  test("is alive with any message, and asked anew later", () => {
    const peer = new FakePeer({ heartbeatS: 10 }).up();
    peer.pass(12.2);
    expect(types(peer.take())).toBe("01");
    peer.say("0");
    peer.pass(11.9);
    expect(types(peer.take()).includes("1")).toBe(false);
    peer.pass(0.3);
    expect(types(peer.take())).toContain("1");
    expect(peer.session.state).toBe(C.SESSION_UP);
  });

  test("but sends garbage is not alive", () => {
    const peer = new FakePeer({ heartbeatS: 10 }).up();
    for (let i = 0; i < 30 && peer.session.state === C.SESSION_UP; i++) {
      peer.push("garbage|");
      peer.pass(1);
    }
    expect(reasonOf(peer)).toBe("no heartbeat from the peer");
  });
});

describe("a heartbeat", () => {
  test("is due when nothing else left for so long, and any message puts it off", () => {
    const peer = new FakePeer({ heartbeatS: 10 }).up();
    peer.pass(9.9);
    peer.send("a");
    peer.say("0");
    peer.take();
    peer.pass(9.9);
    expect(peer.take()).toEqual([]);
    peer.pass(0.1);
    expect(types(peer.take())).toBe("0");
  });

  test("is never held back by the throttle, nor is the answer to a TestRequest", () => {
    const throttle = new Throttle(0.001, 2, 0);
    const peer = new FakePeer({ heartbeatS: 10, throttle }).up();
    expect(throttle.mayCancel(peer.clock.timeNs)).toBe(false);
    peer.pass(10);
    expect(types(peer.take())).toBe("0");
    peer.say("1|112=x");
    expect(field(peer.take()[0], 112)).toBe("x");
  });
});

describe("the reason why a connection ended", () => {
  test("is the first cause, not what followed from it", () => {
    const peer = new FakePeer().up();
    peer.stream.sendStatus = -5;
    peer.say("1|112=x");
    expect(reasonOf(peer)).toBe("sending failed");
    const full = new FakePeer({ journal: new MemoryJournal() }).up();
    (full.journal as MemoryJournal).isFull = true;
    full.say("1|112=x");
    expect(reasonOf(full)).toBe("the journal is full");
  });

  test("names an answer that does not fit: a TestReqID longer than any message of ours", () => {
    const peer = new FakePeer().up();
    peer.say(`1|112=${"x".repeat(5000)}`);
    expect(peer.session.state).toBe(C.SESSION_DOWN);
    expect(reasonOf(peer)).toBe("a message of ours found no room");
    // The number of the request is used up: the next connection does not meet it again.
    expect(peer.session.nextIn()).toBe(4);
  });

  test("is the peer's own word where it logs out, in characters that can be shown", () => {
    const peer = new FakePeer().up();
    peer.say("5|58=go \x07away");
    expect(reasonOf(peer)).toBe("Logout: go ?away");
  });
});

describe("a peer that takes no bytes", () => {
  test("is given up after a while, and what waited for it never leaves", () => {
    const peer = new FakePeer({ backlogTimeoutNs: 2 * S }).up();
    peer.stream.room = 0;
    peer.send("a");
    peer.pass(2);
    expect(peer.session.state).toBe(C.SESSION_UP);
    peer.pass(0.2);
    expect(peer.session.state).toBe(C.SESSION_DOWN);
    expect(reasonOf(peer)).toBe("the peer takes no more bytes");
    peer.stream.room = Number.POSITIVE_INFINITY;
    peer.reconnect();
    expect(types(peer.take())).toBe("A");
  });
});
