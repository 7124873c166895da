/** Where a socket, a journal or a buffer takes no more, and where two things happen at once. */
import { describe, expect, test } from "bun:test";
import * as C from "../../../../src/core/codes.ts";
import { wrapMessage } from "../../../../src/fix/codec/text.ts";
import * as N from "../../../../src/fix/counters.ts";
import { LOOP_REPEATS_MAX } from "../../../../src/fix/session/loop-guard.ts";
import { FakePeer, field, types } from "../../../support/fake-peer.ts";
import { S } from "../../../support/fake-venue.ts";
import { MemoryJournal } from "../../../support/memory-journal.ts";

describe("heartbeats that can't leave", () => {
  test("are queued once per interval while the journal is not durable", () => {
    const journal = new MemoryJournal();
    const peer = new FakePeer({ journal, sendDurable: "always", testRequestFactor: 5 }).up();
    journal.durable = journal.records.length;
    peer.clock.timeNs += 30 * S;
    peer.poll(100);
    journal.durable = Number.POSITIVE_INFINITY;
    peer.poll();
    expect(types(peer.take())).toBe("0");
    expect(peer.session.state).toBe(C.SESSION_UP);
  });

  test("are queued once per interval behind a full socket", () => {
    const peer = new FakePeer({ heartbeatS: 1, backlogTimeoutNs: 100 * S, testRequestFactor: 50 });
    peer.up();
    peer.stream.room = 0;
    peer.pass(5);
    peer.stream.room = Number.POSITIVE_INFINITY;
    peer.poll();
    expect(types(peer.take())).toBe("00000");
  });
});

describe("a full journal", () => {
  test("ends a session that can't note what it took in: nothing more is taken", () => {
    const journal = new MemoryJournal();
    const peer = new FakePeer({ journal }).up();
    journal.isFull = true;
    peer.stream.push(peer.text("D|11=a"));
    peer.say("D|11=b");
    expect(peer.application.calls).toEqual(["D 3"]);
    expect(peer.session.fault()).toBe(C.DENY_JOURNAL);
    expect(peer.session.state).toBe(C.SESSION_DOWN);
    expect(peer.counters[N.FIX_JOURNAL_FULL]).toBeGreaterThan(0);
  });

  test("ends a session that can't note that its numbers begin again", () => {
    const journal = new MemoryJournal();
    const peer = new FakePeer({ journal }).up();
    journal.isFull = true;
    peer.say("4|36=20");
    expect(peer.session.fault()).toBe(C.DENY_JOURNAL);
    expect(peer.session.state).toBe(C.SESSION_DOWN);
  });
});

describe("a socket that fails under a message of ours", () => {
  test("send() is false, the number is used up, and the message is not sent later", () => {
    const peer = new FakePeer({ resend: "replay", resendMaxAgeNs: Infinity }).up();
    peer.stream.sendStatus = -5;
    expect(peer.send("a")).toBe(false);
    peer.poll();
    expect(peer.session.state).toBe(C.SESSION_DOWN);
    peer.stream.sendStatus = 0;
    peer.reconnect();
    peer.say("A|98=0|108=30");
    peer.take();
    peer.say("2|7=3|16=3");
    expect(peer.take().map((m) => field(m, 35))).toContain("4");
    expect(peer.application.calls).toContain("never-reached 3");
  });
});

describe("logout", () => {
  test("is sent once, however much is wrong while its answer is awaited", () => {
    const peer = new FakePeer().up();
    peer.session.logout();
    expect(types(peer.take())).toBe("5");
    // OrigSendingTime behind SendingTime calls for a Logout: there is one already.
    for (let i = 0; i < 5; i++) {
      peer.say("0", 1, "43=Y|122=20260102-23:00:00|");
      peer.pass(0.5);
    }
    expect(types(peer.take()).replaceAll("3", "")).toBe("");
    expect(peer.session.state).toBe(C.SESSION_DOWN);
  });

  test("a ResendRequest that comes before its answer is served", () => {
    const peer = new FakePeer().up();
    peer.session.logout();
    peer.take();
    peer.say("2|7=1|16=0");
    expect(types(peer.take())).toBe("4");
    expect(peer.session.nextIn()).toBe(4);
    peer.say("5");
    expect(peer.session.state).toBe(C.SESSION_DOWN);
  });

  test("of the peer's that is a duplicate seen before does not end the session", () => {
    const peer = new FakePeer().up();
    peer.sayAgain("5", 1);
    expect(peer.session.state).toBe(C.SESSION_UP);
    expect(peer.counters[N.FIX_DUPLICATES]).toBe(1);
  });

  test("application messages behind our Logout are still taken: they may be fills", () => {
    const peer = new FakePeer().up();
    peer.session.logout();
    peer.say("8|37=1");
    expect(peer.application.calls).toEqual(["8 3"]);
    expect(peer.session.nextIn()).toBe(4);
  });
});

describe("rejects and numbers that are wrong", () => {
  test("a ResendRequest with a number too low is answered, but says nothing of what was got", () => {
    const peer = new FakePeer({ sequences: { nextOut: 9, nextIn: 1 } });
    peer.up();
    peer.say("2|7=1|16=0", 1);
    expect(types(peer.take())).toBe("4");
    expect(peer.session.state).toBe(C.SESSION_UP);
    expect(peer.counters[N.FIX_SEQ_TOO_LOW]).toBe(1);
    const told = peer.application.calls.map((call) => call.split(" ")[0]);
    expect(told).toContain("uncertain");
    expect(told).not.toContain("never-reached");
  });

  test("the same with PossDupFlag has been seen before", () => {
    const peer = new FakePeer().up();
    peer.say("2|7=1|16=0", 1, "43=Y|122=20260102-09:00:00|");
    expect(types(peer.take())).toBe("");
    expect(peer.session.state).toBe(C.SESSION_UP);
  });

  test("a Reject is never answered by a Reject", () => {
    const peer = new FakePeer({ validator: { validate: () => 2, refTag: 45 } });
    peer.connect();
    // The peer's Logon would be refused too: let the session be up by other means.
    const lenient = { validate: () => 0, refTag: 45 };
    const up = new FakePeer({ validator: lenient }).up();
    lenient.validate = () => 2;
    up.say("3|45=2|58=no");
    expect(types(up.take())).toBe("");
    expect(up.counters[N.FIX_INVALID]).toBe(1);
    expect(up.session.nextIn()).toBe(4);
    expect(up.application.calls).toEqual(["message-reject 2 -1"]);
    up.say("0");
    expect(types(up.take())).toBe("3");
    expect(peer.session.state).toBe(C.SESSION_LOGON_SENT);
  });
});

describe("a Reject in front of the answer to a Logon", () => {
  test("keeps its number when the answer then confirms the reset that was asked for", () => {
    const peer = new FakePeer({ resetOnLogon: true }).connect();
    peer.say("3|45=1|58=busy");
    expect(peer.application.calls).toContain("message-reject 1 -1");
    peer.say("A|98=0|108=30|141=Y");
    peer.answerSync();
    expect(peer.session.state).toBe(C.SESSION_UP);
    expect(peer.session.nextIn()).toBe(4);
  });
});

describe("a resend that is asked for again and again", () => {
  test("is cut off by a Logout, and the next connection may ask again", () => {
    const peer = new FakePeer({ role: "acceptor" }).up();
    for (let i = 0; i <= LOOP_REPEATS_MAX; i++) peer.say("2|7=1|16=0");
    expect(types(peer.take())).toEndWith("5");
    peer.say("5");
    peer.reconnect().logon();
    peer.say("2|7=1|16=0");
    expect(types(peer.take())).toBe("4");
    expect(peer.session.state).toBe(C.SESSION_UP);
  });

  test("once on each of many connections is no loop", () => {
    const peer = new FakePeer({ role: "acceptor" }).up();
    for (let i = 0; i < 3 * LOOP_REPEATS_MAX; i++) {
      peer.reconnect().logon();
      peer.say("2|7=1|16=0");
      expect(types(peer.take())).toBe("4");
    }
    expect(peer.counters[N.FIX_RESEND_LOOPS]).toBe(0);
  });
});

describe("a resend asked for again over a day", () => {
  test("is no loop", () => {
    const peer = new FakePeer({ heartbeatS: 0 });
    peer.logonBody = "98=0|108=0";
    peer.up();
    for (let i = 0; i < 3 * LOOP_REPEATS_MAX; i++) {
      peer.clock.timeNs += 60 * S;
      peer.say("2|7=1|16=0");
      expect(types(peer.take())).toBe("4");
    }
    expect(peer.counters[N.FIX_RESEND_LOOPS]).toBe(0);
  });
});

describe("numbers that the peer resets within the session", () => {
  test("over and over are cut off by a Logout", () => {
    const peer = new FakePeer().up();
    for (let i = 0; i <= LOOP_REPEATS_MAX; i++) peer.say("A|98=0|108=30|141=Y", 1);
    expect(types(peer.take())).toBe(`${"A".repeat(LOOP_REPEATS_MAX)}5`);
  });
});

describe("what is asked for and does not come", () => {
  test("is asked for again after the heartbeat of the connection, not that of the options", () => {
    const peer = new FakePeer({ role: "acceptor" });
    peer.connect();
    peer.say("A|98=0|108=2");
    peer.take();
    peer.say("0", 5);
    expect(types(peer.take())).toBe("2");
    for (let s = 0; s < 5; s++) {
      peer.clock.timeNs += 1 * S;
      peer.say("0", 6 + s);
    }
    expect(peer.take().filter((m) => field(m, 35) === "2")).not.toHaveLength(0);
  });
});

describe("what an application does within a callback", () => {
  test("a session that is stopped there begins its next connection with nothing of the old one", () => {
    const peer = new FakePeer().up();
    peer.application.answer = 2;
    peer.application.onMessage = () => {
      peer.session.stop();
      peer.stream.sendStatus = -5;
      return 2;
    };
    peer.say("D|11=a");
    peer.stream.sendStatus = 0;
    expect(peer.session.state).toBe(C.SESSION_DOWN);
    peer.connect();
    peer.poll();
    expect(peer.session.state).toBe(C.SESSION_LOGON_SENT);
  });
});

describe("what the application will never see", () => {
  test("is told: a message refused, numbers filled over, numbers reset", () => {
    const validator = { validate: () => 0, refTag: 45 };
    const peer = new FakePeer({ validator }).up();
    validator.validate = () => 2;
    peer.say("8|37=1");
    peer.say("0|112=x");
    validator.validate = () => 0;
    const next = peer.seq;
    peer.say(`4|123=Y|36=${next + 5}`);
    peer.say(`4|36=${next + 9}`, next + 5);
    // The number that is expected anyway: nothing is passed over.
    peer.say(`4|36=${next + 9}`, next + 9);
    expect(peer.application.calls).toEqual(["skipped 8", "skipped", "skipped"]);
    expect(types(peer.take())).toBe("33");
  });
});

describe("a message that is refused for its header", () => {
  const now = (peer: FakePeer) => peer.now();
  for (const [name, header] of [
    ["another CompID", (peer: FakePeer) => `49=OTHER|56=ME|52=${now(peer)}`],
    ["no SenderCompID", (peer: FakePeer) => `56=ME|52=${now(peer)}`],
    ["a SendingTime of another day", () => "49=PEER|56=ME|52=20250101-09:00:00.000"],
  ] as const) {
    test(`is lost to the application, and told: ${name}`, () => {
      const peer = new FakePeer({ sendingTimeToleranceNs: 60 * S }).up();
      peer.push(wrapMessage(`35=8|34=${peer.seq++}|${header(peer)}|37=1|`));
      expect(peer.application.calls).toEqual(["skipped 8"]);
    });
  }

  test("is not, when its number is not the one expected: it comes again", () => {
    const peer = new FakePeer().up();
    peer.push(wrapMessage(`35=8|34=${peer.seq + 3}|56=ME|52=${peer.now()}|37=1|`));
    expect(peer.application.calls).toEqual([]);
  });

  test("of another version", () => {
    const peer = new FakePeer().up();
    peer.push(wrapMessage(`35=8|34=${peer.seq++}|49=PEER|56=ME|52=${peer.now()}|`, "FIX.4.2"));
    expect(peer.application.calls).toEqual(["skipped 8"]);
  });
});

describe("a last word while messages gather", () => {
  const logout = (peer: FakePeer) => peer.say("5|58=bye");
  const tooLow = (peer: FakePeer) => peer.say("0", 1);
  for (const [name, ends] of [
    ["the answer to a Logout", logout],
    ["the Logout for a number too low", tooLow],
  ] as const) {
    test(`${name} leaves before the connection is closed`, () => {
      const peer = new FakePeer().up();
      peer.session.hold(0, 0);
      ends(peer);
      peer.session.release(peer.clock.timeNs);
      expect(peer.session.state).toBe(C.SESSION_DOWN);
      expect(types(peer.take())).toBe("5");
    });
  }
});
