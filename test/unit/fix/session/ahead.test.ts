/** Messages that came ahead of a gap: when their turn comes, and when it never does. */
import { describe, expect, test } from "bun:test";
import * as C from "../../../../src/core/codes.ts";
import { showMessage } from "../../../../src/fix/codec/text.ts";
import * as N from "../../../../src/fix/counters.ts";
import { AHEAD_MAX, AheadMessages } from "../../../../src/fix/session/ahead.ts";
import { FakePeer, field, types } from "../../../support/fake-peer.ts";

describe("the corner of the receive arena", () => {
  test("keeps bytes by number until they are taken", () => {
    const rx = new Uint8Array(1000);
    rx.set([1, 2, 3], 10);
    rx.set([4, 5], 20);
    const ahead = new AheadMessages(rx, 100);
    expect(ahead.put(7, 10, 3)).toBe(true);
    expect(ahead.put(6, 20, 2)).toBe(true);
    expect([ahead.has(5), ahead.has(6), ahead.take(5)]).toEqual([false, true, false]);
    expect(ahead.take(6)).toBe(true);
    expect([...rx.subarray(ahead.offset, ahead.offset + ahead.length)]).toEqual([4, 5]);
    expect(ahead.take(6)).toBe(false);
    expect(ahead.take(7)).toBe(true);
    expect([...rx.subarray(ahead.offset, ahead.offset + ahead.length)]).toEqual([1, 2, 3]);
  });

  test("takes no more than it has room for, and none of it outside its corner", () => {
    const rx = new Uint8Array(1000).fill(9);
    const ahead = new AheadMessages(rx, 100);
    expect(ahead.put(1, 0, 60)).toBe(true);
    expect(ahead.put(2, 0, 41)).toBe(false);
    expect(ahead.put(3, 0, 40)).toBe(true);
    expect(ahead.offset).toBe(0);
    ahead.take(1);
    expect(ahead.put(4, 0, 1)).toBe(false);
    ahead.take(3);
    expect(ahead.put(4, 0, 100)).toBe(true);
    expect(ahead.offset + ahead.length).toBeLessThanOrEqual(rx.length);
  });

  test("takes so many messages and no more, and a number only once", () => {
    const ahead = new AheadMessages(new Uint8Array(1000), 100);
    for (let seq = 1; seq <= AHEAD_MAX; seq++) expect(ahead.put(seq, 0, 0)).toBe(true);
    expect(ahead.put(AHEAD_MAX + 1, 0, 0)).toBe(false);
    expect(ahead.put(1, 0, 50)).toBe(true);
    expect(ahead.count).toBe(AHEAD_MAX);
    ahead.dropBelow(AHEAD_MAX);
    expect([ahead.count, ahead.has(AHEAD_MAX)]).toEqual([1, true]);
  });
});

describe("a kept message", () => {
  test("is handled once, when those before it have come in, though it comes again", () => {
    const peer = new FakePeer().up();
    peer.say("D|11=e", 5);
    peer.say("D|11=d", 4);
    expect(peer.application.calls).toEqual([]);
    for (const seq of [3, 4, 5]) peer.sayAgain("D|11=x", seq);
    expect(peer.application.calls).toEqual(["D 3", "D 4", "D 5"]);
    expect(peer.session.nextIn()).toBe(6);
    expect(types(peer.take())).toBe("2");
  });

  test("is not handled when a gap fill covers it: its sender has given it up", () => {
    const peer = new FakePeer().up();
    peer.say("D|11=e", 5);
    peer.sayAgain("4|123=Y|36=6", 3);
    expect(peer.application.calls).toEqual(["skipped"]);
    expect(peer.session.nextIn()).toBe(6);
    peer.say("D|11=f", 6);
    expect(peer.application.calls).toEqual(["skipped", "D 6"]);
  });

  test("is forgotten when the peer resets its numbers, whatever number it had", () => {
    const peer = new FakePeer().up();
    peer.say("D|11=old", 20);
    peer.say("4|36=20", 21);
    peer.take();
    peer.say("D|11=new", 20);
    expect(peer.application.calls).toEqual(["skipped", "D 20"]);
    expect(peer.counters[N.FIX_SEQ_TOO_HIGH]).toBe(1);
    expect(peer.take()).toEqual([]);
    // Nothing is missing any more, so that nothing is asked for later.
    peer.pass(29);
    expect(types(peer.take())).toBe("");
  });

  test("is forgotten when a Logon begins the numbers again", () => {
    const peer = new FakePeer().up();
    peer.say("D|11=old", 5);
    peer.say("A|98=0|108=30|141=Y", 1);
    expect(types(peer.take())).toBe("2A");
    for (const seq of [2, 3, 4, 5]) peer.say(`D|11=n${seq}`, seq);
    expect(peer.application.calls).toEqual(["sequences-reset", "D 2", "D 3", "D 4", "D 5"]);
    expect([peer.session.state, peer.session.nextIn()]).toEqual([C.SESSION_UP, 6]);
    expect(peer.counters[N.FIX_SEQ_TOO_LOW]).toBe(0);
  });

  test("from in front of a Logon that begins the numbers again is forgotten, too", () => {
    const peer = new FakePeer({ sequences: { nextOut: 5, nextIn: 2 } }).connect();
    peer.say("3|45=5|58=old", 4);
    peer.say("A|98=0|108=30|141=Y", 1);
    peer.seq = 2;
    peer.answerSync();
    expect(peer.application.calls).toEqual(["sequences-reset", "synced"]);
    for (const seq of [3, 4, 5, 6]) peer.say(`D|11=n${seq}`, seq);
    expect(peer.application.calls.filter((c) => /^D|reject/.test(c))).toHaveLength(4);
  });

  test("is forgotten with the connection", () => {
    const peer = new FakePeer().up();
    peer.say("D|11=old", 5);
    peer.reconnect();
    peer.say("A|98=0|108=30", 3);
    for (const seq of [4, 5, 6]) peer.say("0", seq);
    expect(peer.application.calls.filter((c) => c.startsWith("D"))).toEqual([]);
    expect(peer.session.nextIn()).toBe(7);
  });

  test("is handled from where it lies, whatever has come over the socket since", () => {
    const bodies: string[] = [];
    const peer = new FakePeer().up();
    peer.application.onMessage = (tags: unknown, _type, seq) => {
      const { bytes, from, to } = tags as { bytes: Uint8Array; from: number; to: number };
      bodies.push(`${seq} ${field(showMessage(bytes, from, to), 58)}`);
      return 0;
    };
    for (let seq = 4; seq < 40; seq++) peer.say(`B|58=${"k".repeat(seq)}`, seq);
    for (let i = 0; i < 40; i++) peer.say(`0|58=${"noise".repeat(300)}`, 100 + i);
    peer.sayAgain("B|58=first", 3);
    expect(bodies).toHaveLength(37);
    expect(bodies.slice(1)).toEqual(
      Array.from({ length: 36 }, (_, i) => `${i + 4} ${"k".repeat(i + 4)}`),
    );
  });

  test("that the dictionary refuses is refused in its turn, and the next one goes on", () => {
    const lenient = { validate: () => 0, refTag: 11 };
    const peer = new FakePeer({ validator: lenient }).up();
    peer.say("D|11=d", 4);
    peer.say("D|11=e", 5);
    let n = 0;
    lenient.validate = () => (n++ === 1 ? 6 : 0);
    peer.sayAgain("D|11=c", 3);
    expect(peer.application.calls).toEqual(["D 3", "skipped D", "D 5"]);
    expect(peer.take().map((m) => [field(m, 35), field(m, 45)].join(""))).toEqual(["2", "34"]);
    expect(peer.session.nextIn()).toBe(6);
  });

  test("may be a Logout that came too high: that is not kept, the session ends", () => {
    const peer = new FakePeer().up();
    peer.say("5|58=bye", 9);
    expect(types(peer.take())).toBe("5");
    expect(peer.session.state).toBe(C.SESSION_DOWN);
    expect(peer.session.nextIn()).toBe(3);
  });
});

describe("a gap that is asked for in chunks", () => {
  const asks = (peer: FakePeer) =>
    peer
      .take()
      .filter((m) => field(m, 35) === "2")
      .map((m) => `${field(m, 7)}-${field(m, 16)}`);

  test("asks for nothing that is kept", () => {
    const peer = new FakePeer({ resendChunk: 2 }).up();
    for (const seq of [5, 6, 9]) peer.say("D|11=x", seq);
    expect(asks(peer)).toEqual(["3-4"]);
    peer.sayAgain("D|11=x", 3);
    peer.sayAgain("D|11=x", 4);
    // 5 and 6 were here: 5 showed the gap, 9 shows the next one when something comes behind it.
    expect(peer.application.calls).toEqual(["D 3", "D 4", "D 5", "D 6"]);
    peer.say("D|11=x", 10);
    expect(asks(peer)).toEqual(["7-8"]);
    peer.sayAgain("4|123=Y|36=9", 7);
    expect(peer.session.nextIn()).toBe(11);
    expect(asks(peer)).toEqual([]);
  });

  test("goes on when a gap fill covers more than a chunk", () => {
    const peer = new FakePeer({ resendChunk: 2 }).up();
    peer.say("D|11=x", 20);
    expect(asks(peer)).toEqual(["3-4"]);
    peer.sayAgain("4|123=Y|36=11", 3);
    expect(asks(peer)).toEqual(["11-12"]);
    peer.sayAgain("4|123=Y|36=30", 11);
    expect(asks(peer)).toEqual([]);
    expect(peer.session.nextIn()).toBe(30);
  });
});
