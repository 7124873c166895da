/** The acceptor's side of a logon: what it takes, what it answers, and what ends the connection. */
import { describe, expect, test } from "bun:test";
import * as C from "../../../../src/core/codes.ts";
import * as L from "../../../../src/ffi/layout.ts";
import { wrapMessage } from "../../../../src/fix/codec/text.ts";
import * as N from "../../../../src/fix/counters.ts";
import type { FixSessionOptions } from "../../../../src/fix/session/options.ts";
import { SessionWindows } from "../../../../src/fix/session/session-windows.ts";
import { dictionaryOf, FakePeer, field, types } from "../../../support/fake-peer.ts";
import { S, SESSION_START_S } from "../../../support/fake-venue.ts";
import { MemoryJournal } from "../../../support/memory-journal.ts";

const acceptor = (more: Partial<FixSessionOptions> = {}) =>
  new FakePeer({ role: "acceptor", ...more });
const reasonOf = (peer: FakePeer) =>
  Buffer.from(peer.session.block.reason).toString("latin1").replaceAll("\0", "");

describe("an acceptor", () => {
  test("says nothing before it is spoken to, then answers with a Logon and is up", () => {
    const peer = acceptor().connect();
    peer.poll(5);
    expect(peer.take()).toEqual([]);
    expect(peer.session.state).toBe(C.SESSION_CONNECTING);
    const answer = peer.logon();
    expect(answer).toContain("|35=A|34=1|49=ME|");
    expect(answer).toContain("|98=0|108=30|10=");
    expect(peer.session.state).toBe(C.SESSION_UP);
    expect(peer.application.calls).toEqual(["synced"]);
  });

  test("takes the HeartBtInt of the initiator, and keeps to it", () => {
    const peer = acceptor({ heartbeatS: 30 }).connect();
    peer.logonBody = "98=0|108=7";
    expect(field(peer.logon(), 108)).toBe("7");
    peer.pass(7);
    expect(types(peer.take())).toBe("0");
  });

  test("sends no heartbeats where HeartBtInt is 0, and never thinks the peer dead", () => {
    const peer = acceptor().connect();
    peer.logonBody = "98=0|108=0";
    expect(field(peer.logon(), 108)).toBe("0");
    peer.clock.timeNs += 86_400 * S;
    peer.poll();
    expect(peer.take()).toEqual([]);
    expect(peer.session.state).toBe(C.SESSION_UP);
  });

  test("takes a huge HeartBtInt for what it is", () => {
    const peer = acceptor().connect();
    peer.logonBody = "98=0|108=2147483647";
    expect(field(peer.logon(), 108)).toBe("2147483647");
    peer.pass(60);
    expect(peer.take()).toEqual([]);
    expect(peer.session.state).toBe(C.SESSION_UP);
  });

  for (const [body, what] of [
    ["98=0", "no HeartBtInt"],
    ["98=0|108=-1", "a negative HeartBtInt"],
    ["98=0|108=x", "a HeartBtInt that is no number"],
    ["98=0|108=99999999999", "a HeartBtInt beyond an int"],
    ["98=1|108=30", "encryption"],
  ]) {
    test(`closes without a word on a Logon with ${what}, and its numbers stay`, () => {
      const peer = acceptor({ sequences: { nextOut: 5, nextIn: 9 } }).connect();
      peer.logonBody = `${body}|141=Y`;
      expect(peer.logon(9)).toBe("");
      expect(peer.session.state).toBe(C.SESSION_DOWN);
      expect([peer.session.nextOut(), peer.session.nextIn()]).toEqual([5, 9]);
      expect(reasonOf(peer)).toContain("Logon without");
    });
  }

  test("closes on a first message that is no Logon", () => {
    for (const message of ["0", "5", "D|11=a", "2|7=1|16=0", "4|36=5", "3|45=1"]) {
      const peer = acceptor().connect();
      peer.say(message);
      expect([message, peer.session.state]).toEqual([message, C.SESSION_DOWN]);
      expect(peer.application.calls).toEqual([]);
      expect(peer.take()).toEqual([]);
    }
  });

  test("closes on a garbled Logon, and on none in time", () => {
    const garbled = acceptor().connect();
    const bytes = garbled.text("A|98=0|108=30");
    bytes[bytes.length - 2]! ^= 1;
    garbled.push(bytes);
    expect(garbled.session.state).toBe(C.SESSION_DOWN);
    expect(reasonOf(garbled)).toBe("the peer's Logon is garbled");
    const silent = acceptor({ connectTimeoutNs: 2 * S }).connect();
    silent.pass(2.1);
    expect(silent.session.state).toBe(C.SESSION_DOWN);
    expect(reasonOf(silent)).toBe("no Logon in 2 s");
  });

  test("closes on a Logon of somebody else, or of another time", () => {
    for (const head of [
      "35=A|34=1|49=OTHER|56=ME|52=20260102-10:00:00|",
      "35=A|34=1|49=PEER|56=OTHER|52=20260102-10:00:00|",
      "35=A|34=1|49=PEER|56=ME|52=20260102-10:03:00|",
      "35=A|34=1|49=PEER|56=ME|52=nonsense|",
      "35=A|49=PEER|56=ME|52=20260102-10:00:00|",
    ]) {
      const peer = acceptor().connect();
      peer.push(wrapMessage(`${head}98=0|108=30|`));
      expect([head, peer.session.state]).toEqual([head, C.SESSION_DOWN]);
      expect(types(peer.take()).includes("A")).toBe(false);
    }
  });

  test("is free again after the end of a connection, with the numbers going on", () => {
    const peer = acceptor().up();
    peer.say("5");
    expect(peer.session.state).toBe(C.SESSION_DOWN);
    peer.reconnect();
    expect(field(peer.logon(), 34)).toBe("3");
    expect(peer.session.state).toBe(C.SESSION_UP);
  });
});

describe("the number of a Logon", () => {
  test("too low: a Logout that says so, and no session", () => {
    const peer = acceptor({ sequences: { nextOut: 5, nextIn: 9 } }).connect();
    peer.say("A|98=0|108=30", 3);
    const [logout, ...rest] = peer.take();
    expect(rest).toEqual([]);
    expect([35, 58].map((tag) => field(logout, tag))).toEqual([
      "5",
      "MsgSeqNum too low, expecting 9 but received 3",
    ]);
    expect(peer.session.state).toBe(C.SESSION_DOWN);
    expect(peer.session.nextIn()).toBe(9);
  });

  test("too low where the session rejects such: a Reject of MsgSeqNum, and no session", () => {
    const peer = acceptor({ lowSequence: "reject", sequences: { nextOut: 5, nextIn: 9 } });
    peer.connect();
    peer.say("A|98=0|108=30", 3);
    const [reject, ...rest] = peer.take();
    expect(rest).toEqual([]);
    expect([35, 45, 371, 373].map((tag) => field(reject, tag))).toEqual(["3", "3", "34", "5"]);
    expect(peer.session.state).toBe(C.SESSION_DOWN);
  });

  test("too high: answered, then what is missing is asked for, and only then the session is up", () => {
    const peer = acceptor().connect();
    peer.say("A|98=0|108=30", 4);
    expect(types(peer.take())).toBe("A2");
    expect(peer.session.state).toBe(C.SESSION_SYNCING);
    peer.sayAgain("D|11=a", 1);
    peer.sayAgain("4|123=Y|36=4", 2);
    // The Logon itself was number 4.
    expect(peer.session.state).toBe(C.SESSION_UP);
    expect(peer.session.nextIn()).toBe(5);
    expect(peer.application.calls).toEqual(["D 1", "skipped", "synced"]);
  });
});

describe("ResetSeqNumFlag", () => {
  test("begins both directions at 1, is answered in kind, and stands in the journal", () => {
    const journal = new MemoryJournal();
    const peer = acceptor({ journal, sequences: { nextOut: 5, nextIn: 9 } }).connect();
    peer.logonBody = "98=0|108=30|141=Y";
    const answer = peer.logon(1);
    expect([34, 141].map((tag) => field(answer, tag))).toEqual(["1", "Y"]);
    expect([peer.session.nextOut(), peer.session.nextIn()]).toEqual([2, 2]);
    expect(journal.ofType(L.HP_JR_SESSION_RESET)).toHaveLength(1);
    expect(peer.application.calls).toEqual(["sequences-reset", "synced"]);
  });

  test("with another number than 1 begins at 1 all the same, and the rest is asked for", () => {
    const peer = acceptor({ sequences: { nextOut: 5, nextIn: 9 } }).connect();
    peer.logonBody = "98=0|108=30|141=Y";
    peer.say(`A|${peer.logonBody}`, 3);
    const [answer, request] = peer.take();
    expect([34, 141].map((tag) => field(answer, tag))).toEqual(["1", "Y"]);
    expect([35, 7].map((tag) => field(request, tag))).toEqual(["2", "1"]);
    peer.sayAgain("4|123=Y|36=3", 1);
    expect(peer.session.nextIn()).toBe(4);
    expect(peer.session.state).toBe(C.SESSION_UP);
  });

  test("in the midst of a session is answered in kind, and what was behind is forgotten", () => {
    const peer = acceptor().up();
    peer.say("D|11=a", 8);
    peer.take();
    peer.say("A|98=0|108=30|141=Y", 1);
    const [answer, ...rest] = peer.take();
    expect(rest).toEqual([]);
    expect([35, 34, 141].map((tag) => field(answer, tag))).toEqual(["A", "1", "Y"]);
    peer.say("0", 2);
    expect(peer.session.nextIn()).toBe(3);
    expect(peer.session.state).toBe(C.SESSION_UP);
  });

  test("in the midst of a session that is not in step yet brings it up", () => {
    const peer = acceptor().connect();
    peer.say("A|98=0|108=30", 7);
    expect(peer.session.state).toBe(C.SESSION_SYNCING);
    peer.say("A|98=0|108=30|141=Y", 1);
    expect(peer.session.state).toBe(C.SESSION_UP);
  });

  test("where the acceptor begins at each logon is not told unless it was asked for", () => {
    const peer = acceptor({ resetOnLogon: true, sequences: { nextOut: 5, nextIn: 9 } }).connect();
    const answer = peer.logon(1);
    expect([34, 141].map((tag) => field(answer, tag))).toEqual(["1", ""]);
    expect(peer.session.nextIn()).toBe(2);
  });
});

describe("a second Logon", () => {
  test("within a session uses its number up and is not answered", () => {
    const peer = acceptor().up();
    peer.say("A|98=0|108=30");
    expect(peer.take()).toEqual([]);
    expect(peer.session.nextIn()).toBe(3);
    expect(peer.counters[N.FIX_OUT_OF_STATE]).toBe(1);
    peer.say("A|98=0|108=30", 1);
    expect(types(peer.take())).toBe("5");
    expect(peer.session.state).toBe(C.SESSION_DOWN);
  });
});

describe("numbers that begin again at the end", () => {
  test("after a Logout, of either side", () => {
    for (const ours of [true, false]) {
      const journal = new MemoryJournal();
      const peer = acceptor({ journal, resetOnLogout: true }).up();
      if (ours) peer.session.logout();
      peer.say("5");
      expect([peer.session.nextOut(), peer.session.nextIn()]).toEqual([1, 1]);
      expect(journal.records.at(-1)!.type).toBe(L.HP_JR_SESSION_RESET);
    }
  });

  test("not after a Logout where the session does not want it, nor after a cut", () => {
    const plain = acceptor().up();
    plain.say("5");
    expect([plain.session.nextOut(), plain.session.nextIn()]).toEqual([3, 3]);
    const cut = acceptor({ resetOnLogout: true }).up();
    cut.stream.end();
    cut.poll(2);
    expect([cut.session.nextOut(), cut.session.nextIn()]).toEqual([2, 2]);
  });

  test("after each end of a connection, and after a process that died within one", () => {
    const peer = acceptor({ resetOnDisconnect: true }).up();
    peer.stream.end();
    peer.poll(2);
    expect([peer.session.nextOut(), peer.session.nextIn()]).toEqual([1, 1]);
    const sequences = { nextOut: 50, nextIn: 60 };
    const journal = new MemoryJournal();
    const restarted = acceptor({ resetOnDisconnect: true, sequences, journal }).connect();
    expect(field(restarted.logon(1), 34)).toBe("1");
    expect(restarted.session.state).toBe(C.SESSION_UP);
    expect(journal.ofType(L.HP_JR_SESSION_RESET)).toHaveLength(1);
    const initiator = new FakePeer({ resetOnDisconnect: true, sequences }).connect();
    expect(field(initiator.take()[0], 34)).toBe("1");
  });
});

describe("NextExpectedMsgSeqNum", () => {
  const sent = { nextOut: 5, nextIn: 9 };
  const shown = (messages: string[]) =>
    messages.map((m) => [35, 34, 789, 36].map((tag) => field(m, tag)).join(" "));

  test("of an acceptor says what it expects behind the Logon", () => {
    const peer = acceptor({ nextExpected: true, sequences: sent }).connect();
    peer.logonBody = "98=0|108=30|789=5";
    expect(field(peer.logon(9), 789)).toBe("10");
    expect(peer.take()).toEqual([]);
    expect(peer.session.state).toBe(C.SESSION_UP);
  });

  test("that is lower than what was sent is answered by a resend, and then the session is up", () => {
    const peer = acceptor({ nextExpected: true, sequences: sent }).connect();
    peer.stream.push(peer.text("A|98=0|108=30|789=2", 9));
    peer.poll();
    expect(shown(peer.take())).toEqual(["A 5 10 ", "4 2  6"]);
    expect(peer.session.state).toBe(C.SESSION_UP);
    const told = peer.application.calls;
    expect(told).toEqual([
      "never-reached 2",
      "never-reached 3",
      "never-reached 4",
      "uncertain 5",
      "synced",
    ]);
  });

  test("that is higher than what was sent ends the session", () => {
    const peer = acceptor({ nextExpected: true, sequences: sent }).connect();
    peer.say("A|98=0|108=30|789=99", 9);
    const [, logout] = peer.take();
    expect(field(logout, 58)).toBe("NextExpectedMsgSeqNum is higher than what was sent");
    expect(peer.session.state).toBe(C.SESSION_LOGOUT_SENT);
  });

  test("is passed over where the session does not use it", () => {
    const peer = acceptor({ sequences: sent }).connect();
    peer.logonBody = "98=0|108=30|789=2";
    expect(field(peer.logon(9), 789)).toBe("");
    expect(peer.take()).toEqual([]);
    expect(peer.session.state).toBe(C.SESSION_UP);
  });

  test("of an initiator is answered by a resend in front of the sync", () => {
    const peer = new FakePeer({ nextExpected: true, sequences: sent }).connect();
    expect(shown(peer.take())).toEqual(["A 5 9 "]);
    peer.say("A|98=0|108=30|789=3", 9);
    expect(shown(peer.take())).toEqual(["4 3  6", "1 6  "]);
    expect(peer.session.state).toBe(C.SESSION_SYNCING);
  });

  test("of both sides begins at 1 with the numbers", () => {
    const peer = acceptor({ nextExpected: true, sequences: sent }).connect();
    peer.say("A|98=0|108=30|141=Y|789=1", 1);
    expect(shown(peer.take())).toEqual(["A 1 2 "]);
    expect(peer.session.state).toBe(C.SESSION_UP);
  });
});

describe("a FIXT session", () => {
  const fixt = { beginString: "FIXT.1.1", dictionary: dictionaryOf("FIXT.1.1"), applVerId: "9" };

  test("needs a DefaultApplVerID, and answers with the initiator's", () => {
    const peer = acceptor(fixt).connect();
    peer.logonBody = "98=0|108=30|1137=7";
    expect(field(peer.logon(), 1137)).toBe("7");
    const without = acceptor(fixt).connect();
    expect(without.logon()).toBe("");
    expect(without.session.state).toBe(C.SESSION_DOWN);
  });

  test("of an initiator says its own", () => {
    const peer = new FakePeer(fixt).connect();
    expect(field(peer.take()[0], 1137)).toBe("9");
  });

  test("repeats it in a BusinessMessageReject where it is told to", () => {
    for (const tellsApplVerId of [true, false]) {
      const peer = acceptor({ ...fixt, tellsApplVerId }).connect();
      peer.logonBody = "98=0|108=30|1137=7";
      peer.logon();
      peer.application.answer = 2;
      peer.say("B|148=x");
      expect(field(peer.take()[0], 1137)).toBe(tellsApplVerId ? "7" : "");
    }
  });
});

describe("hours", () => {
  const windows = () =>
    new SessionWindows({ timezone: "UTC", start: "08:00", end: "12:00" }, SESSION_START_S);

  test("outside of them no connection is taken, and nothing has changed", () => {
    const peer = acceptor({ windows: windows() });
    peer.clock.timeNs = 13 * 3600 * S;
    expect(peer.session.accepted(peer.clock.timeNs)).toBe(false);
    expect(peer.session.state).toBe(C.SESSION_DOWN);
    expect(peer.counters[N.FIX_OUT_OF_HOURS]).toBe(1);
    expect(peer.counters[N.FIX_CONNECTS]).toBe(0);
  });

  test("that end while connected are said in a Logout", () => {
    const peer = acceptor({ windows: windows() }).up();
    peer.clock.timeNs = 12 * 3600 * S - 1;
    peer.say("0");
    expect(types(peer.take())).toBe("0");
    peer.clock.timeNs += 1;
    peer.poll();
    expect(field(peer.take()[0], 58)).toBe("the hours of the session are over");
    expect(peer.session.state).toBe(C.SESSION_LOGOUT_SENT);
  });

  test("that end while a Logon is awaited end the session once it is there", () => {
    const peer = acceptor({ windows: windows() });
    peer.clock.timeNs = 12 * 3600 * S - 1;
    peer.connect();
    peer.clock.timeNs += 1;
    peer.say("A|98=0|108=30");
    expect(types(peer.take())).toBe("A5");
  });

  test("a new session begins at 1, the same one goes on", () => {
    const sequences = { nextOut: 50, nextIn: 60 };
    const yesterday = { windows: windows(), sequences, lastUsedNs: -14 * 3600 * S };
    const peer = acceptor(yesterday).connect();
    expect(field(peer.logon(1), 34)).toBe("1");
    const today = acceptor({ ...yesterday, lastUsedNs: 9 * 3600 * S }).connect();
    expect(field(today.logon(60), 34)).toBe("50");
    const never = acceptor({ windows: windows() }).connect();
    expect(field(never.logon(1), 34)).toBe("1");
    expect(never.counters[N.FIX_SEQUENCE_RESETS]).toBe(0);
  });
});
