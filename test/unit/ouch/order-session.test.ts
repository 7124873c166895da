import { describe, expect, test } from "bun:test";
import { Instruments } from "../../../src/book/instruments.ts";
import {
  DENY_ARGUMENT,
  DENY_NO_SESSION,
  DENY_QTY,
  DENY_RATE,
  ORDER_FOK,
  ORDER_IOC,
  ORDER_MARKET,
  ORDER_POST_ONLY,
  ORDER_SHORT,
  SESSION_DOWN,
  SESSION_SYNCING,
  SESSION_UP,
} from "../../../src/core/codes.ts";
import {
  HP_JR_INTENT,
  HP_JR_INTENT__MSG_SEQ_W,
  HP_JR_INTENT_SIZE,
  HP_JR_SENT,
  HP_JR_SESSION_IN,
  HP_JR_SESSION_OUT,
} from "../../../src/ffi/layout.ts";
import { Throttle } from "../../../src/fix/session/throttle.ts";
import { definition } from "../../support/fix-instruments.ts";
import { MemoryJournal } from "../../support/memory-journal.ts";
import { MemoryStream } from "../../support/memory-stream.ts";
import * as O from "../../support/ouch-bytes.ts";
import { FakeOuchVenue } from "../../support/ouch-venue.ts";

const BUY = 1;
const SELL = -1;

function reason(venue: FakeOuchVenue): string {
  return Buffer.from(venue.session.block.reason).toString("latin1").replaceAll("\0", "");
}

describe("the session", () => {
  test("logs in for the first message it does not have, asks for the account, and is up", () => {
    const venue = new FakeOuchVenue({ sequences: { nextOut: 7, nextIn: 42 } });
    venue.session.start();
    venue.poll(2);
    const login = venue.take();
    expect(login).toHaveLength(1);
    expect(login[0]!.type).toBe("L");
    const text = Buffer.from(login[0]!.payload).toString("latin1");
    expect(text).toBe(`me    secret    ${" ".repeat(10)}${"42".padStart(20)}`);
    venue.push(O.soupAccepted("DAY1", 42));
    expect(venue.session.state).toBe(SESSION_SYNCING);
    expect(venue.take()).toEqual([{ type: "U", payload: O.accountQuery() }]);
    venue.say(O.systemEvent("S"), O.accountAnswer(7));
    expect(venue.session.state).toBe(SESSION_UP);
    expect(venue.session.nextIn()).toBe(44);
    expect(venue.session.nextOut()).toBe(7);
  });

  test("keeps the password out of the journal", () => {
    const venue = new FakeOuchVenue().up();
    const all = venue.journal.records.map((r) => Buffer.from(r.bytes).toString("latin1")).join();
    expect(all).not.toContain("secret");
    expect(venue.journal.ofType(HP_JR_SESSION_OUT).length).toBe(2);
  });

  test("asks for the same session again, and refuses another one", () => {
    const venue = new FakeOuchVenue().up();
    venue.stream.end();
    venue.poll();
    expect(venue.session.state).toBe(SESSION_DOWN);
    venue.pass(1.2);
    venue.login(2, "DAY2");
    expect(reason(venue)).toBe("the venue is in another session than the journal");
    venue.pass(3);
    venue.session.start();
    venue.poll(2);
    expect(Buffer.from(venue.stream.sent).toString("latin1")).toContain("      DAY1");
  });

  test("does not go on behind a hole, nor before where it was", () => {
    for (const next of [4, 2]) {
      const venue = new FakeOuchVenue({ sequences: { nextOut: 1, nextIn: 3 } });
      venue.login(next);
      expect(venue.session.state).toBe(SESSION_DOWN);
      expect(reason(venue)).toBe("the venue does not go on where the journal ends");
    }
  });

  test("tells why a login was rejected", () => {
    const venue = new FakeOuchVenue();
    venue.session.start();
    venue.poll(2);
    venue.push(O.soup("J", O.ascii("A")));
    expect(reason(venue)).toBe("the venue does not take the username or the password");
    expect(venue.session.state).toBe(SESSION_DOWN);
  });

  test("sends a heartbeat a second, and ends after 15 s of silence", () => {
    const venue = new FakeOuchVenue().up();
    venue.pass(3.5);
    expect(venue.take().map((p) => p.type)).toEqual(["R", "R", "R"]);
    venue.push(O.soup("H"));
    venue.pass(14.9);
    expect(venue.session.state).toBe(SESSION_UP);
    venue.pass(0.3);
    expect(venue.session.state).toBe(SESSION_DOWN);
    expect(reason(venue)).toBe("no heartbeat from the peer");
  });

  test("stays away once the venue has ended its session", () => {
    const venue = new FakeOuchVenue().up();
    venue.push(O.soup("Z"));
    venue.pass(100);
    expect(venue.stream.opens).toBe(1);
    expect(reason(venue)).toBe("the venue has ended its session");
  });

  test("ends the connection over bytes that are no SoupBinTCP", () => {
    const venue = new FakeOuchVenue().up();
    venue.push(Uint8Array.from([0, 0, 83]));
    expect(venue.session.state).toBe(SESSION_DOWN);
  });

  test("takes data in any pieces", () => {
    const stream = new MemoryStream();
    stream.slice = 1;
    const venue = new FakeOuchVenue({}, stream);
    venue.session.start();
    venue.poll(2);
    venue.push(O.soupAccepted("DAY1", 1));
    venue.poll(100);
    venue.say(O.accountAnswer(1));
    venue.poll(100);
    expect(venue.session.state).toBe(SESSION_UP);
  });

  test("logs out, and does not connect again", () => {
    const venue = new FakeOuchVenue().up();
    venue.session.logout();
    expect(venue.take().at(-1)!.type).toBe("O");
    expect(venue.session.state).toBe(SESSION_DOWN);
    venue.pass(10);
    expect(venue.stream.opens).toBe(1);
  });
});

describe("orders", () => {
  test("leave behind their journal record, with rising numbers", () => {
    const venue = new FakeOuchVenue().up();
    expect(venue.session.sendNew(3, 0x100001, 0, BUY, 100, 1_500_000, 0)).toBe(1);
    expect(venue.session.sendNew(4, 0x100001, 0, SELL, 200, 1_510_000, ORDER_SHORT)).toBe(2);
    const records = venue.journal.records.slice(-4);
    expect(records.map((r) => r.type)).toEqual([
      HP_JR_INTENT,
      HP_JR_SENT,
      HP_JR_INTENT,
      HP_JR_SENT,
    ]);
    expect(records[2]!.words[HP_JR_INTENT__MSG_SEQ_W]).toBe(2);
    const message = O.enterOrder(1, { price: 1_500_000 }).slice(0, 31);
    const from = HP_JR_INTENT_SIZE + 3;
    expect(records[0]!.bytes.slice(from, from + message.length)).toEqual(message);
    const sent = venue.takeOrders();
    expect(sent.map((m) => [m!["user_ref_num"], m!["side"], m!["quantity"], m!["price"]])).toEqual([
      [1, "B", 100, 1_500_000],
      [2, "T", 200, 1_510_000],
    ]);
  });

  test("say what the session is told to say of them", () => {
    const terms = {
      firm: "ABCD",
      capacity: "A",
      display: "N",
      interMarketSweep: "Y",
      timeInForce: "5",
    };
    const venue = new FakeOuchVenue({ terms }).up();
    venue.session.sendNew(0, 0x100001, 0, BUY, 100, 10_000, 0);
    venue.session.sendNew(1, 0x100001, 0, BUY, 100, 10_000, ORDER_IOC);
    venue.session.sendNew(2, 0x100001, 0, BUY, 300, 10_000, ORDER_FOK);
    venue.session.sendNew(3, 0x100001, 0, BUY, 100, 10_000, ORDER_POST_ONLY);
    const sent = venue.takeOrders();
    expect(sent[0]).toMatchObject({
      firm: "ABCD",
      capacity: "A",
      display: "N",
      inter_market_sweep_eligibility: "Y",
      time_in_force: "5",
      cross_type: "N",
      symbol: "AAPL",
      len: 53,
    });
    expect(sent[0]).not.toHaveProperty("post_only");
    expect(sent[1]!["time_in_force"]).toBe("3");
    expect(sent[2]).toMatchObject({ time_in_force: "3", min_qty: 300 });
    expect(sent[3]).toMatchObject({ time_in_force: "5", post_only: "P", firm: "ABCD" });
  });

  test("equal, byte by byte, messages built from the layout", () => {
    const venue = new FakeOuchVenue().up();
    const { session } = venue;
    session.sendNew(0, 0x100001, 1, SELL, 5, 16_001, 0);
    venue.ledger.open(0, 0x100001, 5);
    session.sendReplace(0, 0x100002, 0x100001, 1, SELL, 7, 16_002, ORDER_POST_ONLY);
    session.sendCancel(0, 0x100003, 0x100002, 1, SELL, 7);
    const [enter, replace, cancel] = venue.take().map((p) => p.payload);
    const clordid = (bytes: Uint8Array, at: number) =>
      Buffer.from(bytes.slice(at, at + 14))
        .toString("latin1")
        .trimEnd();
    expect(clordid(enter!, 31)).toHaveLength(12);
    expect(clordid(enter!, 31)).not.toBe(clordid(replace!, 24));
    expect(enter).toEqual(
      O.enterOrder(1, {
        side: "S",
        quantity: 5,
        symbol: "ESH6",
        price: 40_002_500,
        clordid: clordid(enter!, 31),
      }),
    );
    expect(replace).toEqual(
      O.replaceOrder(1, 2, {
        quantity: 7,
        price: 40_005_000,
        clordid: clordid(replace!, 24),
        tail: [[12, O.ascii("P")]],
      }),
    );
    expect(cancel).toEqual(O.cancelOrder(2));
  });

  test("are denied, and nothing leaves, for what OUCH can't say", () => {
    const venue = new FakeOuchVenue().up();
    const { session } = venue;
    expect(session.sendNew(0, 1, 0, BUY, 1_000_000, 10_000, 0)).toBe(DENY_QTY);
    expect(session.sendNew(0, 1, 0, BUY, 100, 10_000, ORDER_MARKET)).toBe(DENY_ARGUMENT);
    expect(session.sendNew(0, 1, 0, BUY, 100, 0, 0)).toBe(DENY_ARGUMENT);
    // 200,000.0000 means at the market.
    expect(session.sendNew(0, 1, 2, BUY, 100, 200_000, 0)).toBe(DENY_ARGUMENT);
    expect(session.sendNew(0, 1, 0, BUY, 100, 0x7fffffff, 0)).toBe(DENY_ARGUMENT);
    expect(session.sendNew(0, 1, 3, BUY, 100, 10_000, 0)).toBe(DENY_ARGUMENT);
    expect(session.sendReplace(0, 2, 1, 0, BUY, 100, 10_000, 0)).toBe(DENY_ARGUMENT);
    expect(session.sendCancel(0, 2, 1, 0, BUY, 100)).toBe(DENY_ARGUMENT);
    expect(session.sendMassCancel(1)).toBe(DENY_ARGUMENT);
    expect(venue.take()).toEqual([]);
    expect(session.nextOut()).toBe(1);
  });

  test("wait until the session is up; cancels do not wait for what was missed", () => {
    const venue = new FakeOuchVenue().up();
    venue.session.sendNew(0, 0x100001, 0, BUY, 100, 10_000, 0);
    venue.stream.end();
    venue.poll();
    expect(venue.session.sendNew(1, 0x100001, 0, BUY, 100, 10_000, 0)).toBe(DENY_NO_SESSION);
    venue.pass(1.2);
    venue.login(2);
    expect(venue.session.state).toBe(SESSION_SYNCING);
    expect(venue.session.sendNew(1, 0x100001, 0, BUY, 100, 10_000, 0)).toBe(DENY_NO_SESSION);
    expect(venue.session.sendCancel(0, 0x100002, 0x100001, 0, BUY, 100)).toBe(2);
  });

  test("are bounded by the throttle, and leave its reserve to cancels", () => {
    const venue = new FakeOuchVenue({ throttle: new Throttle(1, 6, 2) }).up();
    const { session } = venue;
    // Login and account query took two.
    expect(session.sendNew(0, 0x100001, 0, BUY, 100, 10_000, 0)).toBe(1);
    expect(session.sendNew(1, 0x100001, 0, BUY, 100, 10_000, 0)).toBe(2);
    expect(session.sendNew(2, 0x100001, 0, BUY, 100, 10_000, 0)).toBe(DENY_RATE);
    expect(session.sendCancel(0, 0x100002, 0x100001, 0, BUY, 100)).toBe(3);
    expect(session.sendCancel(1, 0x100002, 0x100001, 0, BUY, 100)).toBe(4);
    expect(session.sendCancel(1, 0x100003, 0x100001, 0, BUY, 100)).toBe(DENY_RATE);
  });

  test("pass over a number whose row an open order still has", () => {
    const venue = new FakeOuchVenue({ sequences: { nextOut: 1, nextIn: 1 } }).up();
    venue.session.sendNew(0, 0x100001, 0, BUY, 100, 10_000, 0);
    venue.ledger.open(0, 0x100001, 100);
    venue.session.sender.nextOut = 65_537;
    expect(venue.session.sendNew(1, 0x100001, 0, BUY, 100, 10_000, 0)).toBe(65_538);
  });

  test("have instruments that OUCH can tell, or there is no session", () => {
    const of = (more: object) => new Instruments([definition("AAPL", more)]);
    const make = (more: object) => () => new FakeOuchVenue({ instruments: of(more) });
    expect(make({ priceUnit: 0.00001 })).toThrow(
      "instrument AAPL: price unit 0.00001 is no multiple of 0.0001 up to 200, and OUCH has four decimals",
    );
    expect(make({ orderSymbol: "TOOLONGNAME" })).toThrow(
      'instrument AAPL: order symbol "TOOLONGNAME"; OUCH takes 1 to 8 characters',
    );
    expect(make({ priceUnit: 0.00001, session: -1 })).not.toThrow();
  });
});

describe("after a lost connection", () => {
  test("what the venue has not seen never reached it; what it has seen is answered in the replay", () => {
    const venue = new FakeOuchVenue().up();
    venue.session.sendNew(0, 0x100001, 0, BUY, 100, 10_000, 0);
    venue.session.sendNew(1, 0x100001, 0, BUY, 100, 10_000, 0);
    venue.stream.end();
    venue.poll();
    venue.pass(1.2);
    venue.login(2);
    const id = (slot: number) => Buffer.from(idOf(venue, slot)).toString("latin1");
    venue.say(O.accepted(1, { price: 10_000, clordid: id(0) }));
    venue.sink.calls.length = 0;
    venue.say(O.accountAnswer(2));
    expect(venue.sink.calls).toEqual(["never-reached 2", `state ${SESSION_UP}`]);
  });

  test("an answer to an older query is not taken for the newest", () => {
    const venue = new FakeOuchVenue().up();
    expect(venue.session.sendStatusRequest(0, 1, 0, BUY)).toBe(1);
    expect(venue.session.sendStatusRequest(0, 1, 0, BUY)).toBe(DENY_RATE);
    venue.session.sendNew(0, 0x100001, 0, BUY, 100, 10_000, 0);
    venue.stream.end();
    venue.poll();
    venue.pass(1.2);
    venue.login(2);
    venue.sink.calls.length = 0;
    venue.say(O.accountAnswer(2));
    expect(venue.session.state).toBe(SESSION_SYNCING);
    expect(venue.sink.calls).toEqual([]);
    venue.say(O.accountAnswer(3));
    expect(venue.session.state).toBe(SESSION_UP);
    expect(venue.sink.calls).toEqual([`state ${SESSION_UP}`]);
  });

  test("a query that never reached does not hold the session up for ever", () => {
    const venue = new FakeOuchVenue().up();
    venue.session.sendStatusRequest(0, 1, 0, BUY);
    venue.stream.end();
    venue.poll();
    venue.pass(1.2);
    venue.login(2);
    venue.say(O.accountAnswer(1));
    venue.push(O.soup("H"));
    expect(venue.session.state).toBe(SESSION_SYNCING);
    venue.push(O.soup("H"));
    expect(venue.session.state).toBe(SESSION_UP);
  });

  test("numbers that are beyond our own leave the session down", () => {
    const venue = new FakeOuchVenue();
    venue.login();
    venue.say(O.accountAnswer(0xfffffff0));
    expect(venue.session.state).toBe(SESSION_DOWN);
    expect(reason(venue)).toBe("the venue's next UserRefNum is beyond those that are counted here");
  });

  test("a query that nobody answers does not hold up the ones who ask", () => {
    const venue = new FakeOuchVenue().up();
    venue.session.sendStatusRequest(0, 1, 0, BUY);
    expect(venue.session.sendStatusRequest(0, 1, 0, BUY)).toBe(DENY_RATE);
    venue.push(O.soup("H"));
    venue.pass(2.1);
    expect(venue.session.sendStatusRequest(0, 1, 0, BUY)).toBe(DENY_ARGUMENT);
  });

  test("numbers that somebody else has used are passed over", () => {
    const venue = new FakeOuchVenue().up(1, 900);
    expect(venue.session.sendNew(0, 0x100001, 0, BUY, 100, 10_000, 0)).toBe(900);
  });

  test("a new process knows its orders by their numbers, and the name of the session", () => {
    const journal = new MemoryJournal();
    const before = new FakeOuchVenue({ journal }).up();
    before.session.sendNew(5, 0x100001, 0, BUY, 100, 10_000, 0);
    before.session.sendReplace(5, 0x100002, 0x100001, 0, BUY, 90, 10_000, 0);
    before.session.sendCancel(5, 0x100003, 0x100002, 0, BUY, 90);
    const after = new FakeOuchVenue({ sequences: { nextOut: 4, nextIn: 2 } });
    for (const record of journal.records) {
      const words = new Int32Array(new ArrayBuffer(512));
      new Uint8Array(words.buffer).set(record.bytes.slice(0, 512));
      after.session.restore(record.type, words, 0);
    }
    after.ledger.open(5, 0x100001, 100, 0, 90);
    after.login(2, "DAY9");
    expect(reason(after)).toBe("the venue is in another session than the journal");
    after.pass(1.2);
    after.login(2, "DAY1");
    after.say(O.cancelReject(2));
    const x = after.sink.executions.at(-1)!;
    expect([x.slot, x.generation, x.responseTo]).toEqual([5, 0x100003, 1]);
  });
});

function idOf(venue: FakeOuchVenue, slot: number): Uint8Array {
  const order = venue.journal
    .ofType(HP_JR_INTENT)
    .findLast((r) => r.words[3] === slot || r.words[2] === slot);
  const bytes = order!.bytes.slice(HP_JR_INTENT_SIZE + 3);
  return bytes.slice(31, 45);
}

test("messages without effect are noted, so that they are not asked for again", () => {
  const venue = new FakeOuchVenue().up();
  const before = venue.journal.ofType(HP_JR_SESSION_IN).length;
  venue.say(O.systemEvent("S"), O.priorityUpdate(1, 10_000), O.cancelPending(1));
  expect(venue.journal.ofType(HP_JR_SESSION_IN).length).toBe(before + 3);
});
