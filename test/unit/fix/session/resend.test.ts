/** What is sent again, out of a real journal ring, and what is gap-filled instead. */
import { describe, expect, test } from "bun:test";
import * as C from "../../../../src/core/codes.ts";
import { frame } from "../../../../src/fix/codec/framing.ts";
import { messageBytes } from "../../../../src/fix/codec/text.ts";
import * as N from "../../../../src/fix/counters.ts";
import { REPLAY_PER_POLL } from "../../../../src/fix/session/resend.ts";
import { SentStore, STORE_MAX } from "../../../../src/fix/session/sent-store.ts";
import { Throttle } from "../../../../src/fix/session/throttle.ts";
import { createNullJournal } from "../../../../src/journal/null-journal.ts";
import { FakePeer, field, types } from "../../../support/fake-peer.ts";
import { S } from "../../../support/fake-venue.ts";
import { MemoryStream } from "../../../support/memory-stream.ts";

const replay = { resend: "replay", resendMaxAgeNs: Number.POSITIVE_INFINITY } as const;

/** Type, number, and NewSeqNo of a gap fill: "D3", "4 5>8". */
const shown = (messages: string[]) =>
  messages.map((m) => {
    const next = field(m, 36);
    return `${field(m, 35)}${field(m, 34)}${next === "" ? "" : `>${next}`}`;
  });

describe("a message that is sent again", () => {
  test("is the one of then, marked as duplicate, with the time of then and the time of now", () => {
    const peer = new FakePeer({ ...replay, headerTags: { 115: "FIRM", 5001: "x" } }).up();
    peer.send("a");
    const [first] = peer.take();
    peer.clock.timeNs += 2 * S;
    peer.say("2|7=3|16=3");
    const [again, ...rest] = peer.take();
    expect(rest).toEqual([]);
    expect(again).toContain("|34=3|43=Y|49=ME|52=20260102-10:00:02.000|56=PEER|115=FIRM|");
    expect(again).toContain("|122=20260102-10:00:00.000|5001=x|11=a|10=");
    const same = (m: string) => m.replace(/\|(9|43|52|122|10)=[^|]*(?=\|)/g, "");
    expect(same(again!)).toBe(same(first!));
    const bytes = messageBytes(again!);
    expect(frame(bytes, 0, bytes.length, 4096)).toBe(bytes.length);
    expect(peer.counters[N.FIX_RESENT]).toBe(1);
  });

  test("may hold data with a separator in it", () => {
    const peer = new FakePeer(replay).up();
    const data = messageBytes("x|y=|");
    const b = peer.session.begin("B", peer.clock.timeNs).int(95, data.length);
    b.raw(96, data, 0, data.length).string(58, "end");
    peer.session.send(0x42, peer.clock.timeNs);
    peer.take();
    peer.say("2|7=3|16=3");
    expect(peer.take()[0]).toContain("|95=5|96=x|y=||58=end|10=");
  });

  test("uses no number up, and its number is its own", () => {
    const peer = new FakePeer(replay).up();
    peer.send("a");
    peer.send("b");
    peer.take();
    const next = peer.session.nextOut();
    peer.say("2|7=3|16=0");
    expect(shown(peer.take())).toEqual(["D3", "D4"]);
    expect(peer.session.nextOut()).toBe(next);
  });
});

describe("what is not sent again is gap-filled", () => {
  test("administrative messages, around what is", () => {
    const peer = new FakePeer(replay).up();
    peer.send("a");
    peer.say("1|112=x");
    peer.send("b");
    peer.take();
    peer.say("2|7=1|16=0");
    expect(shown(peer.take())).toEqual(["41>3", "D3", "44>5", "D5"]);
  });

  test("what the application does not want to be sent again, in one gap fill with its neighbours", () => {
    const peer = new FakePeer(replay).up();
    for (const id of "abcdef") peer.send(id);
    peer.take();
    peer.application.resends = false;
    peer.say("2|7=1|16=0");
    expect(shown(peer.take())).toEqual(["41>9"]);
  });

  test("what is older than the limit, without a question to the application", () => {
    const peer = new FakePeer({ resend: "replay", resendMaxAgeNs: S }).up();
    peer.send("a");
    peer.clock.timeNs += 1.5 * S;
    peer.send("b");
    peer.take();
    peer.say("2|7=3|16=0");
    expect(shown(peer.take())).toEqual(["43>4", "D4"]);
    expect(peer.application.asked).toBe(1);
  });

  test("what would not fit any more once it is marked as duplicate: the connection stays", () => {
    const peer = new FakePeer(replay).up();
    let length = 4096;
    const text = (n: number) => "x".repeat(n);
    const sendText = (n: number) => {
      peer.session.begin("B", peer.clock.timeNs).string(58, text(n));
      return peer.session.send(0x42, peer.clock.timeNs);
    };
    while (!sendText(length)) length--;
    peer.take();
    peer.say("2|7=3|16=3");
    expect(shown(peer.take())).toEqual(["43>4"]);
    expect(peer.session.state).toBe(C.SESSION_UP);
  });

  test("everything, where the numbers have begun again since", () => {
    const peer = new FakePeer({ ...replay, resetOnLogon: true }).up();
    for (const id of "abc") peer.send(id);
    peer.reconnect();
    peer.seq = 1;
    peer.say("A|98=0|108=30|141=Y");
    peer.answerSync();
    for (let i = 0; i < 4; i++) peer.say("1|112=x");
    peer.take();
    // Orders had the numbers 3 to 5; heartbeats have them now.
    peer.say("2|7=3|16=5");
    expect(shown(peer.take())).toEqual(["43>6"]);
    expect(peer.application.asked).toBe(0);
  });

  test("what the ring of the journal has written over", () => {
    const peer = new FakePeer({ ...replay, journal: createNullJournal(0, 1 << 16) }).up();
    peer.send("a");
    for (let i = 0; i < 300; i++) peer.send(`n${i}`);
    peer.take();
    peer.say("2|7=3|16=3");
    expect(shown(peer.take())).toEqual(["43>4"]);
    peer.say("2|7=302|16=302");
    expect(shown(peer.take())).toEqual(["D302"]);
  });

  test("what was sent again once and may not be now is told as uncertain, not as never reached", () => {
    const peer = new FakePeer(replay).up();
    peer.send("a");
    peer.reconnect().logon();
    peer.say("2|7=3|16=3");
    peer.application.resends = false;
    peer.say("2|7=3|16=3");
    const told = peer.application.calls.filter((c) => /never|uncertain/.test(c));
    expect(told).toEqual(["uncertain 3"]);
  });
});

describe("a resend that has to wait", () => {
  test("for a token of the throttle asks the application once per message, however often it looks", () => {
    const throttle = new Throttle(10, 4, 0);
    const peer = new FakePeer({ ...replay, throttle }).up();
    peer.clock.timeNs += S;
    for (const id of "abcd") peer.send(id);
    peer.take();
    peer.say("2|7=3|16=0");
    peer.poll(1000);
    expect(peer.take()).toEqual([]);
    expect(peer.application.asked).toBe(0);
    peer.pass(0.5);
    expect(shown(peer.take())).toEqual(["D3", "D4", "D5", "D6"]);
    expect(peer.application.asked).toBe(4);
  });

  test("for the socket goes on when it takes bytes again, and loses nothing", () => {
    const stream = new MemoryStream(65_536, 32_768);
    const peer = new FakePeer({ ...replay, stream, backlogTimeoutNs: 100 * S }).up();
    const body = "x".repeat(3000);
    for (let i = 0; i < 40; i++) {
      peer.session.begin("B", peer.clock.timeNs).string(58, body);
      expect(peer.session.send(0x42, peer.clock.timeNs)).toBe(true);
    }
    peer.take();
    peer.stream.room = 0;
    peer.application.resends = true;
    peer.say("2|7=1|16=0");
    peer.poll(100);
    expect(peer.session.state).toBe(C.SESSION_UP);
    peer.stream.room = Number.POSITIVE_INFINITY;
    peer.poll(100);
    const out = shown(peer.take());
    expect(out).toEqual(["41>3", ...Array.from({ length: 40 }, (_, i) => `B${i + 3}`)]);
  });

  test("a last gap fill waits for the socket, too", () => {
    const peer = new FakePeer({ backlogTimeoutNs: 100 * S }).up();
    peer.stream.room = 0;
    let n = 0;
    while (n < 1000 && peer.send(`n${n}`)) n++;
    expect(n).toBeGreaterThan(100);
    const next = peer.session.nextOut();
    peer.say("2|7=1|16=2");
    peer.poll(10);
    expect(peer.session.state).toBe(C.SESSION_UP);
    peer.stream.room = Number.POSITIVE_INFINITY;
    peer.poll(3);
    expect(shown(peer.take()).at(-1)).toBe("41>3");
    expect(peer.session.nextOut()).toBe(next);
  });

  test("is served a slice a poll, and a wider request meanwhile widens it", () => {
    const peer = new FakePeer(replay).up();
    for (let i = 0; i < 3 * REPLAY_PER_POLL; i++) peer.send(`n${i}`);
    peer.take();
    peer.stream.push(peer.text(`2|7=20|16=25`));
    peer.say("2|7=3|16=0");
    peer.poll(5);
    const numbers = peer.take().map((m) => Number(field(m, 34)));
    expect(new Set(numbers).size).toBe(3 * REPLAY_PER_POLL);
    expect(Math.min(...numbers)).toBe(3);
  });

  test("ends with the connection, and is begun anew by a request on the next", () => {
    const peer = new FakePeer(replay).up();
    for (let i = 0; i < 3 * REPLAY_PER_POLL; i++) peer.send(`n${i}`);
    peer.stream.push(peer.text("2|7=3|16=0"));
    peer.session.poll(peer.clock.timeNs);
    peer.reconnect();
    expect(types(peer.take())).toBe("A");
    peer.logon();
    peer.poll(5);
    expect(peer.take()).toEqual([]);
    peer.say("2|7=3|16=4");
    expect(shown(peer.take()).slice(0, 2)).toEqual(["D3", "D4"]);
  });
});

describe("the store of what was sent", () => {
  test("knows the newest messages only, by their number", () => {
    const store = new SentStore(createNullJournal(0, 1 << 16));
    store.put(5, 100, 10, 1);
    expect(store.find(5)).toBe(true);
    expect([store.offset, store.length, store.timeNs]).toEqual([100, 10, 1]);
    expect(store.find(5 + STORE_MAX)).toBe(false);
    store.put(5 + STORE_MAX, 200, 10, 2);
    expect(store.find(5)).toBe(false);
  });

  test("forgets a number that is given back, and all of them when they begin again", () => {
    const store = new SentStore(createNullJournal(0, 1 << 16));
    store.put(5, 100, 10, 1);
    store.put(6, 200, 10, 1);
    store.forget(5);
    expect([store.find(5), store.find(6)]).toEqual([false, true]);
    store.clear();
    expect(store.find(6)).toBe(false);
  });
});
