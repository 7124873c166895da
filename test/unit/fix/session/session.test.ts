import { describe, expect, test } from "bun:test";
import * as C from "../../../../src/core/codes.ts";
import * as L from "../../../../src/ffi/layout.ts";
import { wrapMessage } from "../../../../src/fix/codec/text.ts";
import * as N from "../../../../src/fix/counters.ts";
import { LOOP_REPEATS_MAX } from "../../../../src/fix/session/loop-guard.ts";
import { FakeVenue, S } from "../../../support/fake-venue.ts";

const field = FakeVenue.field;
const types = (messages: string[]) => messages.map((m) => field(m, 35)).join("");
const REPORT = "8|37=V1|17=E1|150=0|39=0|55=AAPL|54=1|38=100|44=101.5|151=100|14=0|6=0";

describe("logon", () => {
  test("goes out when connected, with the session's tags", () => {
    const venue = new FakeVenue({ username: "u", password: "secret", logonTags: { 383: "4096" } });
    const logon = venue.connect();
    expect(logon).toMatch(
      /^8=FIX\.4\.4\|9=\d+\|35=A\|34=1\|49=ME\|52=20260102-10:00:00\.000\|56=VENUE\|/,
    );
    expect(logon).toContain("|98=0|108=30|553=u|554=secret|383=4096|10=");
    expect(venue.session.state).toBe(C.SESSION_LOGON_SENT);
  });

  test("goes out before the midnight that times are counted from, too", () => {
    const venue = new FakeVenue();
    venue.clock.timeNs = -7 * 3600 * S;
    expect(field(venue.connect(), 52)).toBe("20260101-17:00:00.000");
  });

  test("a password never reaches the journal", () => {
    const venue = new FakeVenue({ username: "u", password: "secret" });
    venue.connect();
    const out = venue.journal.ofType(L.HP_JR_SESSION_OUT);
    expect(out).toHaveLength(1);
    expect(Buffer.from(out[0]!.bytes).toString("latin1")).not.toContain("secret");
  });

  test("once answered a TestRequest proves that all is in step, then the session is up", () => {
    const venue = new FakeVenue();
    venue.connect();
    venue.say("A|98=0|108=30");
    expect(venue.session.state).toBe(C.SESSION_SYNCING);
    expect(venue.buy()).toBe(C.DENY_NO_SESSION);
    const [request] = venue.take();
    expect(field(request!, 112)).toBe("SYNC-1");
    venue.say("0|112=SYNC-9");
    expect(venue.session.state).toBe(C.SESSION_SYNCING);
    venue.say("0|112=SYNC-1");
    expect(venue.session.state).toBe(C.SESSION_UP);
    expect(venue.sink.calls).toEqual(["state 1", "state 2", "state 3", "state 4", "synced"]);
  });

  test("not answered in time ends the connection, and the next waits longer each time", () => {
    const venue = new FakeVenue({ connectTimeoutNs: 2 * S, reconnectNs: S });
    venue.connect();
    venue.pass(2);
    expect(venue.session.state).toBe(C.SESSION_DOWN);
    expect(venue.counters[N.FIX_TIMEOUTS]).toBe(1);
    const before = venue.stream.opens;
    venue.pass(1.5);
    expect(venue.stream.opens).toBe(before + 1);
    venue.pass(2.5);
    expect(venue.stream.opens).toBe(before + 1);
    venue.pass(2);
    expect(venue.stream.opens).toBe(before + 2);
  });

  test("anything but a Logon before it ends the connection", () => {
    const venue = new FakeVenue();
    venue.connect();
    venue.say(REPORT);
    expect(venue.session.state).toBe(C.SESSION_DOWN);
    expect(venue.sink.executions).toHaveLength(0);
  });

  test("a refused connection is tried again", () => {
    const venue = new FakeVenue();
    venue.stream.connectStatus = L.HP_EREFUSED;
    venue.connect();
    expect(venue.session.state).toBe(C.SESSION_DOWN);
    venue.stream.connectStatus = 0;
    venue.pass(3);
    expect(venue.session.state).toBe(C.SESSION_LOGON_SENT);
    expect(venue.counters[N.FIX_CONNECT_FAILURES]).toBe(1);
  });

  test("reset_on_logon begins both directions at 1", () => {
    const venue = new FakeVenue({ resetOnLogon: true, sequences: { nextOut: 50, nextIn: 60 } });
    const logon = venue.connect();
    expect(field(logon, 34)).toBe("1");
    expect(field(logon, 141)).toBe("Y");
    venue.say("A|98=0|108=30|141=Y");
    venue.answerSync();
    expect(venue.session.state).toBe(C.SESSION_UP);
    expect(venue.journal.ofType(L.HP_JR_SESSION_RESET)).toHaveLength(1);
  });

  test("a reset that the venue decides on is followed", () => {
    const venue = new FakeVenue({ sequences: { nextOut: 50, nextIn: 60 } });
    expect(field(venue.connect(), 34)).toBe("50");
    venue.say("A|98=0|108=30|141=Y", 1);
    expect(field(venue.take()[0]!, 34)).toBe("1");
    expect(venue.session.nextIn()).toBe(2);
  });
});

describe("sequence numbers", () => {
  test("are kept over a reconnect", () => {
    const venue = new FakeVenue().up();
    venue.buy();
    const logon = venue.reconnect();
    expect(field(logon, 34)).toBe("4");
    venue.say("A|98=0|108=30");
    expect(venue.session.state).toBe(C.SESSION_SYNCING);
    venue.answerSync();
    expect(venue.session.state).toBe(C.SESSION_UP);
  });

  test("a gap is asked for once, and nothing behind it is handled before it is filled", () => {
    const venue = new FakeVenue().up();
    venue.say(REPORT, 5);
    venue.say(REPORT, 6);
    const asked = venue.take();
    expect(types(asked)).toBe("2");
    expect([field(asked[0]!, 7), field(asked[0]!, 16)]).toEqual(["3", "0"]);
    expect(venue.sink.executions).toHaveLength(0);
    for (const seq of [3, 4, 5, 6]) {
      venue.say(REPORT, seq, "43=Y|122=20260102-09:00:00|");
    }
    expect(venue.sink.executions.map((e) => e.msgSeq)).toEqual([3, 4, 5, 6]);
    expect(venue.sink.executions[0]!.possDup).toBe(1);
    expect(venue.session.nextIn()).toBe(7);
  });

  test("a gap may be asked for in chunks", () => {
    const venue = new FakeVenue({ resendChunk: 2 }).up();
    venue.say(REPORT, 7);
    const ask = () => venue.take().map((m) => `${field(m, 7)}-${field(m, 16)}`);
    expect(ask()).toEqual(["3-4"]);
    venue.say(REPORT, 3, "43=Y|122=20260102-09:00:00|");
    venue.say(REPORT, 4, "43=Y|122=20260102-09:00:00|");
    expect(ask()).toEqual(["5-6"]);
    venue.say("4|123=Y|36=7", 5, "43=Y|122=20260102-09:00:00|");
    // The message that showed the gap was kept: it is not asked for.
    expect(ask()).toEqual([]);
    expect(venue.session.nextIn()).toBe(8);
  });

  test("a resend that never comes is asked for again, then the session logs out", () => {
    const venue = new FakeVenue().up();
    venue.say(REPORT, 5);
    let asked = 0;
    for (let i = 0; i < 200 && venue.session.state === C.SESSION_UP; i++) {
      venue.say("0", 100 + i);
      venue.pass(1);
      asked += venue.take().filter((m) => field(m, 35) === "2").length;
    }
    expect(asked).toBe(3);
    expect(venue.session.state).not.toBe(C.SESSION_UP);
    expect(venue.counters[N.FIX_RESEND_LOOPS]).toBe(1);
  });

  test("missed messages come in before the sync", () => {
    const venue = new FakeVenue({ sequences: { nextOut: 9, nextIn: 3 } });
    venue.connect();
    venue.say("A|98=0|108=30", 5);
    expect(types(venue.take())).toBe("2");
    expect(venue.session.state).toBe(C.SESSION_SYNCING);
    venue.say(REPORT, 3, "43=Y|122=20260102-09:00:00|");
    expect(venue.take()).toHaveLength(0);
    venue.say(REPORT, 4, "43=Y|122=20260102-09:00:00|");
    // The Logon itself was message 5: nothing is missing any more.
    expect(venue.session.nextIn()).toBe(6);
    venue.say("4|123=Y|36=6", 5, "43=Y|122=20260102-09:00:00|");
    venue.seq = 6;
    venue.answerSync();
    expect(venue.session.state).toBe(C.SESSION_UP);
    expect(venue.sink.calls.slice(-4)).toEqual(["report 3", "report 4", "state 4", "synced"]);
  });

  test("too low without PossDup: Logout with a text, and the end", () => {
    const venue = new FakeVenue().up();
    venue.say(REPORT, 1);
    const [logout] = venue.take();
    expect(field(logout!, 35)).toBe("5");
    expect(field(logout!, 58)).toBe("MsgSeqNum too low, expecting 3 but received 1");
    expect(venue.session.state).toBe(C.SESSION_DOWN);
    expect(venue.sink.executions).toHaveLength(0);
  });

  test("a PossDup below the expected number is ignored", () => {
    const venue = new FakeVenue().up();
    venue.say(REPORT, 1, "43=Y|122=20260102-09:00:00|");
    expect(venue.sink.executions).toHaveLength(0);
    expect(venue.session.state).toBe(C.SESSION_UP);
    expect(venue.session.nextIn()).toBe(3);
    expect(venue.counters[N.FIX_DUPLICATES]).toBe(1);
  });

  test("SequenceReset moves forward, never back", () => {
    const venue = new FakeVenue().up();
    venue.say("4|36=20", 1);
    expect(venue.session.nextIn()).toBe(20);
    venue.say("4|36=5", 20);
    expect(venue.session.nextIn()).toBe(20);
    const [reject] = venue.take();
    expect([field(reject!, 35), field(reject!, 371), field(reject!, 373)]).toEqual(["3", "", "5"]);
    venue.say("4|123=Y|36=30", 20);
    expect(venue.session.nextIn()).toBe(30);
    venue.say("4|123=Y|36=30", 30);
    expect(venue.session.nextIn()).toBe(31);
    expect(types(venue.take())).toBe("3");
  });
});

describe("a ResendRequest of the venue", () => {
  test("is answered by one gap fill, and what was sent before the cut is told as never reached", () => {
    const venue = new FakeVenue().up();
    venue.buy();
    venue.buy(2);
    venue.reconnect();
    venue.say("A|98=0|108=30");
    venue.take();
    venue.say("2|7=3|16=0");
    const [fill, sync, ...rest] = venue.take();
    expect(rest).toHaveLength(0);
    const shown = [35, 34, 43, 123, 36].map((tag) => field(fill!, tag));
    expect(shown).toEqual(["4", "3", "Y", "Y", "7"]);
    expect(field(fill!, 122)).not.toBe("");
    // 5 and 6 are the Logon and the TestRequest of this connection.
    expect(venue.sink.calls.filter((c) => /never|uncertain/.test(c))).toEqual([
      "never-reached 3",
      "never-reached 4",
      "uncertain 5",
      "uncertain 6",
    ]);
    expect(field(sync!, 34)).toBe("7");
    expect(venue.session.nextOut()).toBe(8);
  });

  test("tells of an order of this connection only that its fate is uncertain", () => {
    const venue = new FakeVenue().up();
    venue.buy();
    venue.say("2|7=3|16=0");
    expect(venue.sink.calls.filter((c) => /never|uncertain/.test(c))).toEqual(["uncertain 3"]);
  });

  test("that covers the sync makes the session ask anew, so that it comes up", () => {
    const venue = new FakeVenue({ sequences: { nextOut: 9, nextIn: 1 } });
    venue.connect();
    venue.say("A|98=0|108=30");
    venue.say("2|7=5|16=0");
    const out = venue.take();
    expect(types(out)).toBe("141");
    venue.say(`0|112=${field(out[0]!, 112)}`);
    expect(venue.session.state).toBe(C.SESSION_SYNCING);
    venue.say(`0|112=${field(out[2]!, 112)}`);
    expect(venue.session.state).toBe(C.SESSION_UP);
  });

  test("over many messages is served a slice a poll", () => {
    const venue = new FakeVenue({ sequences: { nextOut: 1001, nextIn: 1 } }).up();
    venue.say("2|7=1|16=0");
    expect(types(venue.take())).toBe("");
    venue.poll(5);
    expect(types(venue.take())).toBe("4");
    expect(venue.sink.calls.filter((c) => c.startsWith("never"))).toHaveLength(1000);
    expect(venue.sink.calls.filter((c) => c.startsWith("uncertain"))).toHaveLength(2);
  });

  test("that comes too high is served all the same, then our own gap is asked for", () => {
    const venue = new FakeVenue().up();
    venue.say("2|7=1|16=0", 9);
    expect(types(venue.take())).toBe("42");
  });

  test("for numbers we never sent is rejected", () => {
    const venue = new FakeVenue().up();
    venue.say("2|7=100|16=0");
    venue.say("2|7=2|16=1");
    expect(types(venue.take())).toBe("33");
  });

  test("repeated without end is a loop and ends in a Logout", () => {
    const venue = new FakeVenue().up();
    for (let i = 0; i <= LOOP_REPEATS_MAX; i++) venue.say("2|7=1|16=0");
    expect(types(venue.take())).toBe(`${"4".repeat(LOOP_REPEATS_MAX)}5`);
    expect(venue.counters[N.FIX_RESEND_LOOPS]).toBe(1);
  });
});

describe("heartbeats", () => {
  test("go out when nothing else did", () => {
    const venue = new FakeVenue().up();
    venue.pass(29);
    expect(venue.take()).toHaveLength(0);
    venue.pass(1.1);
    expect(types(venue.take())).toBe("0");
  });

  test("that stay away bring a TestRequest, then the end", () => {
    const venue = new FakeVenue().up();
    venue.pass(37);
    expect(types(venue.take())).toBe("01");
    venue.pass(36);
    expect(venue.session.state).toBe(C.SESSION_DOWN);
    expect(venue.counters[N.FIX_TIMEOUTS]).toBe(1);
  });

  test("a TestRequest is answered with its id", () => {
    const venue = new FakeVenue().up();
    venue.say("1|112=hello");
    const [answer] = venue.take();
    expect([field(answer!, 35), field(answer!, 112)]).toEqual(["0", "hello"]);
  });

  test("a TestRequest without an id is rejected", () => {
    const venue = new FakeVenue().up();
    venue.say("1");
    const [reject] = venue.take();
    expect([field(reject!, 35), field(reject!, 371), field(reject!, 373)]).toEqual([
      "3",
      "112",
      "1",
    ]);
  });
});

describe("bad input", () => {
  test("garbled messages are skipped, counted, and do not count a number", () => {
    const venue = new FakeVenue().up();
    const good = venue.text(REPORT, 3);
    const bad = good.slice();
    bad[bad.length - 3]! ^= 1;
    venue.push(bad);
    venue.push("noise that is no FIX|");
    venue.push(good);
    expect(venue.counters[N.FIX_GARBLED]).toBe(2);
    expect(venue.sink.executions.map((e) => e.msgSeq)).toEqual([3]);
  });

  test("a body length beyond the limit does not make the session wait", () => {
    const venue = new FakeVenue().up();
    venue.push("8=FIX.4.4|9=999999999|35=8|");
    venue.say(REPORT, 3);
    expect(venue.sink.executions).toHaveLength(1);
  });

  test("a message that stops in the middle is given up after a heartbeat", () => {
    const venue = new FakeVenue({ heartbeatS: 5 }).up();
    venue.push("8=FIX.4.4|9=9000|35=8|34=3|");
    venue.say(REPORT, 3);
    expect(venue.sink.executions).toHaveLength(0);
    venue.pass(5.3);
    expect(venue.counters[N.FIX_STALLED]).toBe(1);
    expect(venue.sink.executions).toHaveLength(1);
  });

  test("somebody else's CompID: Reject, then Logout", () => {
    const venue = new FakeVenue().up();
    venue.push(wrapMessage("35=0|34=3|49=OTHER|56=ME|52=20260102-10:00:00|"));
    const out = venue.take();
    expect(types(out)).toBe("35");
    expect(field(out[0]!, 373)).toBe("9");
    expect(venue.session.state).toBe(C.SESSION_LOGOUT_SENT);
  });

  test("another BeginString: Logout", () => {
    const venue = new FakeVenue().up();
    venue.push(wrapMessage("35=0|34=3|49=VENUE|56=ME|52=20260102-10:00:00|", "FIX.4.2"));
    expect(types(venue.take())).toBe("5");
  });

  test("a message without a number: Logout", () => {
    const venue = new FakeVenue().up();
    venue.push(wrapMessage("35=0|49=VENUE|56=ME|52=20260102-10:00:00|"));
    expect(types(venue.take())).toBe("5");
  });

  test("an unsupported message gets a BusinessMessageReject", () => {
    const venue = new FakeVenue().up();
    venue.say("B|148=news");
    const [reject] = venue.take();
    expect([35, 45, 372, 380].map((t) => field(reject!, t))).toEqual(["j", "3", "B", "3"]);
    expect(venue.counters[N.FIX_UNSUPPORTED]).toBe(1);
  });

  test("PossDup without OrigSendingTime is rejected, but a fill is never lost for it", () => {
    const venue = new FakeVenue().up();
    venue.say("1|112=x", 3, "43=Y|");
    const [reject] = venue.take();
    expect([field(reject!, 35), field(reject!, 371)]).toEqual(["3", "122"]);
    venue.say(REPORT, 4, "43=Y|");
    expect(venue.sink.executions).toHaveLength(1);
  });

  test("a flood is taken in slices of one poll", () => {
    const venue = new FakeVenue().up();
    const many = Buffer.concat(Array.from({ length: 200 }, (_, i) => venue.text(REPORT, 3 + i)));
    venue.push(many);
    expect(venue.sink.executions).toHaveLength(64);
    venue.poll(3);
    expect(venue.sink.executions).toHaveLength(200);
  });

  test("what arrived before the venue closed is all handled", () => {
    const venue = new FakeVenue().up();
    const many = Buffer.concat(Array.from({ length: 200 }, (_, i) => venue.text(REPORT, 3 + i)));
    venue.stream.push(many);
    venue.stream.end();
    venue.poll(2);
    expect(venue.sink.executions).toHaveLength(200);
    expect(venue.session.state).toBe(C.SESSION_DOWN);
  });

  test("a close in the middle of a message leaves the number expected", () => {
    const venue = new FakeVenue().up();
    venue.stream.push(venue.text(REPORT, 3).slice(0, 60));
    venue.stream.end();
    venue.poll(2);
    expect(venue.session.state).toBe(C.SESSION_DOWN);
    expect(venue.session.nextIn()).toBe(3);
  });
});

describe("logout", () => {
  test("is answered, and the session connects again later", () => {
    const venue = new FakeVenue().up();
    venue.say("5|58=bye");
    expect(types(venue.take())).toBe("5");
    expect(venue.session.state).toBe(C.SESSION_DOWN);
    venue.pass(3);
    expect(venue.session.state).toBe(C.SESSION_LOGON_SENT);
  });

  test("of our own waits for the answer and stays down", () => {
    const venue = new FakeVenue().up();
    venue.session.logout();
    expect(types(venue.take())).toBe("5");
    venue.say("5");
    expect(types(venue.take())).toBe("");
    venue.pass(100);
    expect(venue.session.state).toBe(C.SESSION_DOWN);
    expect(venue.stream.opens).toBe(1);
  });

  test("that nobody answers ends by itself", () => {
    const venue = new FakeVenue().up();
    venue.session.logout();
    venue.pass(2.1);
    expect(venue.session.state).toBe(C.SESSION_DOWN);
  });

  test("stop() closes at once", () => {
    const venue = new FakeVenue().up();
    venue.session.stop();
    expect(venue.session.state).toBe(C.SESSION_DOWN);
    expect(venue.stream.closes).toBe(1);
  });
});
