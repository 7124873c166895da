import { describe, expect, test } from "bun:test";
import * as C from "../../../../src/core/codes.ts";
import * as L from "../../../../src/ffi/layout.ts";
import { showMessage } from "../../../../src/fix/codec/text.ts";
import * as N from "../../../../src/fix/counters.ts";
import { FakeVenue, S } from "../../../support/fake-venue.ts";
import type { MemoryRecord } from "../../../support/memory-journal.ts";

const field = FakeVenue.field;
const types = (venue: FakeVenue) => venue.journal.records.map((r) => r.type);

function messageOf(record: MemoryRecord, head: number): string {
  return showMessage(record.bytes.slice(head));
}

describe("sending an order", () => {
  test("journals intent with the exact bytes, sends, journals sent", () => {
    const venue = new FakeVenue().up();
    venue.journal.records.length = 0;
    expect(venue.session.sendNew(5, 0x100002, 0, C.SIDE_SELL, 100, 1_015_000, C.ORDER_IOC)).toBe(3);
    const [message] = venue.take();
    expect(message).toContain("|11=HP0000500100002|");
    expect(types(venue)).toEqual([L.HP_JR_INTENT, L.HP_JR_SENT]);
    const [intent, sent] = venue.journal.records;
    expect(messageOf(intent!, L.HP_JR_INTENT_SIZE)).toBe(message!);
    expect(intent!.words.slice(0, 12)).toEqual([
      L.HP_INTENT_NEW,
      0,
      3,
      5,
      0x100002,
      0,
      0,
      -1,
      100,
      1_015_000,
      C.ORDER_IOC,
      message!.length,
    ]);
    expect(sent!.words).toEqual([0, 3, 5, message!.length]);
  });

  test("the journal keeps the exact bytes whatever the alignment of the message", () => {
    const venue = new FakeVenue({ sequences: { nextOut: 7, nextIn: 1 } }).up();
    venue.journal.records.length = 0;
    for (let i = 0; i < 200; i++) {
      venue.session.sendNew(i, i, i % 3, 1, 10 ** (i % 7), 5 + i, i % 16);
    }
    const intents = venue.journal.ofType(L.HP_JR_INTENT);
    expect(intents.map((r) => messageOf(r, L.HP_JR_INTENT_SIZE))).toEqual(venue.take());
  });

  test("cancel, replace, mass cancel and status request go their ways", () => {
    const venue = new FakeVenue().up();
    const s = venue.session;
    expect(s.sendCancel(5, 3, 2, 0, C.SIDE_SELL, 100, C.ORDER_SHORT)).toBe(3);
    expect(s.sendReplace(5, 4, 2, 0, C.SIDE_SELL, 50, 1, 0)).toBe(4);
    expect(s.sendMassCancel(9)).toBe(5);
    expect(s.sendStatusRequest(5, 2, 0, C.SIDE_SELL)).toBe(6);
    const out = venue.take();
    expect(out.map((m) => field(m, 35)).join("")).toBe("FGqH");
    expect(field(out[0]!, 54)).toBe("5");
    expect(field(out[0]!, 41)).toBe("HP0000500000002");
    expect(field(out[2]!, 11)).toBe("HPfffff00000009");
  });

  test("arguments that can't be sent are denied", () => {
    const s = new FakeVenue().up().session;
    expect(s.sendNew(1, 1, 3, 1, 100, 1, 0)).toBe(C.DENY_ARGUMENT);
    expect(s.sendNew(1, 1, 99, 1, 100, 1, 0)).toBe(C.DENY_ARGUMENT);
    expect(s.sendNew(1, 1, 0, 1, 0, 1, 0)).toBe(C.DENY_ARGUMENT);
    expect(s.sendCancel(1, 1, 1, -1, 1, 1)).toBe(C.DENY_ARGUMENT);
  });

  test("records latency from the burst only when there is one", () => {
    const seen: number[] = [];
    const wire: number[] = [];
    const venue = new FakeVenue({
      latency: { record: (ns) => seen.push(ns) },
      wire: { record: (ns) => wire.push(ns) },
    }).up();
    venue.buy();
    venue.session.hold(venue.clock.timeNs - 250, venue.clock.timeNs - 900);
    venue.buy(2);
    venue.session.release(venue.clock.timeNs);
    venue.buy(3);
    expect([seen, wire]).toEqual([[250], [900]]);
  });
});

describe("between hold and release", () => {
  test("messages gather and leave in one send, in order, each with its records", () => {
    const venue = new FakeVenue().up();
    venue.journal.records.length = 0;
    const sends = venue.stream.sends;
    venue.session.hold(1, 1);
    expect(venue.buy(1)).toBe(3);
    expect(venue.session.sendCancel(5, 2, 1, 0, 1, 100)).toBe(4);
    expect(venue.buy(2)).toBe(5);
    expect(venue.take()).toHaveLength(0);
    venue.session.release(venue.clock.timeNs);
    expect(venue.stream.sends).toBe(sends + 1);
    expect(venue.take().map((m) => field(m, 34))).toEqual(["3", "4", "5"]);
    expect(types(venue)).toEqual([
      L.HP_JR_INTENT,
      L.HP_JR_INTENT,
      L.HP_JR_INTENT,
      L.HP_JR_SENT,
      L.HP_JR_SENT,
      L.HP_JR_SENT,
    ]);
  });

  test("what the socket does not take waits, is noted once, and shuts the door to new orders", () => {
    const venue = new FakeVenue().up();
    venue.journal.records.length = 0;
    venue.stream.room = 40;
    venue.session.hold(1, 1);
    venue.buy(1);
    venue.buy(2);
    expect(venue.session.hasBacklog()).toBe(false);
    venue.session.release(venue.clock.timeNs);
    expect(venue.session.hasBacklog()).toBe(true);
    venue.session.hold(2, 2);
    expect(venue.buy(3)).toBe(C.DENY_BACKPRESSURE);
    venue.session.release(venue.clock.timeNs);
    expect(venue.journal.ofType(L.HP_JR_DEFER)).toHaveLength(2);
    venue.stream.room = Number.POSITIVE_INFINITY;
    venue.poll();
    expect(venue.take().map((m) => field(m, 34))).toEqual(["3", "4"]);
    expect(venue.buy(3)).toBe(5);
  });

  test("an order that waits too long behind a full socket never leaves: the connection ends", () => {
    const venue = new FakeVenue({ backlogTimeoutNs: S }).up();
    venue.stream.room = 0;
    venue.session.hold(1, 1);
    venue.buy(1);
    venue.session.release(venue.clock.timeNs);
    venue.clock.timeNs += S;
    venue.poll();
    expect(venue.session.state).toBe(C.SESSION_UP);
    venue.clock.timeNs += S;
    venue.poll();
    expect(venue.session.state).toBe(C.SESSION_DOWN);
    expect(venue.session.nextOut()).toBe(4);
  });
});

describe("a full socket", () => {
  test("that takes nothing: the number is free again and the order denied", () => {
    const venue = new FakeVenue().up();
    venue.journal.records.length = 0;
    venue.stream.room = 0;
    expect(venue.buy()).toBe(C.DENY_BACKPRESSURE);
    expect(types(venue)).toEqual([L.HP_JR_INTENT, L.HP_JR_NOT_SENT]);
    expect(venue.session.nextOut()).toBe(3);
    venue.stream.room = Number.POSITIVE_INFINITY;
    expect(venue.buy()).toBe(3);
    expect(venue.counters[N.FIX_BACKPRESSURE]).toBe(1);
  });

  test("that takes a part: the rest goes first, new orders wait, cancels queue behind", () => {
    const venue = new FakeVenue().up();
    venue.journal.records.length = 0;
    venue.stream.room = 32;
    expect(venue.buy()).toBe(3);
    expect(venue.session.hasBacklog()).toBe(true);
    expect(venue.buy(2)).toBe(C.DENY_BACKPRESSURE);
    expect(venue.session.sendReplace(1, 3, 2, 0, 1, 50, 1, 0)).toBe(C.DENY_BACKPRESSURE);
    expect(venue.session.sendCancel(1, 2, 1, 0, 1, 100)).toBe(4);
    expect(types(venue)).toEqual([L.HP_JR_INTENT, L.HP_JR_DEFER, L.HP_JR_INTENT, L.HP_JR_DEFER]);
    for (let i = 0; i < 40; i++) {
      venue.stream.room = 10;
      venue.poll();
    }
    expect(
      venue
        .take()
        .map((m) => field(m, 35))
        .join(""),
    ).toBe("DF");
    expect(types(venue).slice(4)).toEqual([L.HP_JR_SENT, L.HP_JR_SENT]);
    expect(venue.session.hasBacklog()).toBe(false);
    venue.stream.room = Number.POSITIVE_INFINITY;
    expect(venue.buy(2)).toBe(5);
  });

  test("cancels queue up to the backlog's end, then are denied, and none is torn", () => {
    const venue = new FakeVenue().up();
    venue.stream.room = 0;
    let queued = 0;
    while (venue.session.sendCancel(1, queued, 1, 0, 1, 100) > 0) queued++;
    expect(queued).toBe(256);
    for (let i = 0; i < 300; i++) {
      venue.stream.room = 777;
      venue.poll();
      venue.session.sendCancel(1, queued, 1, 0, 1, 100);
    }
    venue.stream.room = Number.POSITIVE_INFINITY;
    venue.poll(2);
    const seqs = venue.take().map((m) => Number(field(m, 34)));
    expect(seqs).toEqual(seqs.map((_, i) => 3 + i));
    expect(seqs.length).toBe(venue.session.nextOut() - 3);
  });

  test("that fails ends the connection, and nothing of the order was sent", () => {
    const venue = new FakeVenue().up();
    venue.stream.sendStatus = L.HP_ERESET;
    expect(venue.buy()).toBe(C.DENY_NO_SESSION);
    expect(venue.session.nextOut()).toBe(3);
    expect(venue.buy()).toBe(C.DENY_NO_SESSION);
    venue.poll();
    expect(venue.session.state).toBe(C.SESSION_DOWN);
  });
});

describe("the journal", () => {
  test("without room denies new orders, while cancels pass", () => {
    const venue = new FakeVenue().up();
    venue.journal.room = false;
    expect(venue.buy()).toBe(C.DENY_JOURNAL);
    expect(venue.session.sendCancel(1, 2, 1, 0, 1, 100)).toBe(3);
    expect(venue.session.fault()).toBe(0);
  });

  test("full beyond its reserve stops the session with a fault", () => {
    const venue = new FakeVenue().up();
    venue.journal.isFull = true;
    expect(venue.session.sendCancel(1, 2, 1, 0, 1, 100)).toBe(C.DENY_JOURNAL);
    expect(venue.session.fault()).toBe(C.DENY_JOURNAL);
    expect(venue.take()).toHaveLength(0);
    venue.poll();
    expect(venue.session.state).toBe(C.SESSION_DOWN);
  });

  test("always: nothing leaves before its record is on disk", () => {
    const venue = new FakeVenue({ sendDurable: "always" }).up();
    venue.journal.durable = venue.journal.records.length;
    expect(venue.buy()).toBe(3);
    expect(venue.buy(2)).toBe(4);
    venue.poll(3);
    expect(venue.take()).toHaveLength(0);
    venue.journal.durable++;
    venue.poll();
    expect(venue.take().map((m) => field(m, 34))).toEqual(["3"]);
    venue.journal.durable = Number.POSITIVE_INFINITY;
    venue.poll();
    expect(venue.take().map((m) => field(m, 34))).toEqual(["4"]);
    expect(venue.journal.ofType(L.HP_JR_SENT)).toHaveLength(2);
  });

  test("has one record for each inbound message without order effect, none for order events", () => {
    const venue = new FakeVenue().up();
    venue.journal.records.length = 0;
    venue.say("0");
    venue.say("8|37=V1|17=E1|150=0|39=0|55=AAPL|54=1|38=100|151=100|14=0|6=0");
    venue.say("9|37=V1|11=HP0000100000002|41=HP0000100000001|39=0|434=1|102=1");
    venue.say("j|45=3|372=D|380=4");
    venue.say("3|45=2|373=5");
    venue.say("r|37=M|530=7|531=0");
    expect(venue.journal.ofType(L.HP_JR_SESSION_IN).map((r) => r.words.slice(1, 5))).toEqual([
      [3, 0x30, 3, 4],
      [6, 0x6a, 3, 7],
      [7, 0x33, 3, 8],
      [8, 0x72, 3, 9],
    ]);
    expect(venue.sink.calls.slice(-4)).toEqual([
      "report 4",
      "cancel-reject 5",
      "message-reject 3 4",
      "message-reject 2 5",
    ]);
    expect(venue.counters[N.FIX_MASS_CANCEL_REJECTS]).toBe(1);
  });
});

describe("the published block", () => {
  test("follows state and numbers", () => {
    const words = new Uint32Array(32);
    const venue = new FakeVenue({ block: words }).up();
    venue.buy();
    venue.poll();
    expect(words[L.HP_SESSION__STATE_W]).toBe(C.SESSION_UP);
    expect(words[L.HP_SESSION__NEXT_OUT_W]).toBe(4);
    expect(words[L.HP_SESSION__NEXT_IN_W]).toBe(3);
    expect(words[L.HP_SESSION__SOCKET_W]).toBe(7);
    venue.stream.end();
    venue.clock.timeNs += S;
    venue.poll();
    expect(words[L.HP_SESSION__SOCKET_W]).toBe(0);
    expect(words[L.HP_SESSION__STATE_W]).toBe(C.SESSION_DOWN);
  });
});
