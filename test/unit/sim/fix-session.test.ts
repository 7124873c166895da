import { beforeEach, describe, expect, test } from "bun:test";
import { frame } from "../../../src/fix/codec/framing.ts";
import {
  makeVenue,
  QUIET,
  ScriptedClient,
  tag,
  tags,
  type Venue,
} from "../../support/sim-venue.ts";

let venue: Venue;
let client: ScriptedClient;

beforeEach(() => {
  venue = makeVenue();
  client = new ScriptedClient(venue);
});

const session = () => venue.exchange.acceptor.find("CLIENT")!;

describe("logon", () => {
  test("is answered with a Logon of the same heartbeat interval", () => {
    client.logon();
    const [answer] = client.take();
    expect(tags(answer, 8, 35, 49, 56, 34, 98, 108)).toBe(
      "8=FIX.4.4 35=A 49=VENUE 56=CLIENT 34=1 98=0 108=30",
    );
    expect(tag(answer, 52)).toBe("20261120-10:00:00.000000");
    expect(session()).toMatchObject({ nextIn: 2, nextOut: 2, isConnected: true });
  });

  test("must come first", () => {
    client.order("A1", 1, 100, "100.00");
    expect(client.closed).toBe(true);
    expect(client.received).toEqual([]);
    expect(venue.exchange.acceptor.counters.refused).toBe(1);
  });

  test("of a client that is not listed is refused when the venue is closed to them", () => {
    venue = makeVenue({ ...QUIET, fix: { clients: ["CLIENT"], acceptUnknown: false } });
    const stranger = new ScriptedClient(venue, "STRANGER");
    stranger.logon();
    expect(stranger.closed).toBe(true);
    const known = new ScriptedClient(venue);
    known.logon();
    expect(known.closed).toBe(false);
  });

  test("of a client that is connected already is refused, and the first one stays", () => {
    client.logon();
    const second = new ScriptedClient(venue);
    second.logon();
    expect(second.closed).toBe(true);
    expect(client.closed).toBe(false);
    expect(session().nextIn).toBe(2);
  });

  test("with ResetSeqNumFlag begins both directions at 1 again", () => {
    client.logon();
    client.message("0");
    client.hangUp();
    const again = new ScriptedClient(venue);
    again.logon("141=Y|");
    expect(tags(again.take()[0], 35, 34, 141)).toBe("35=A 34=1 141=Y");
    expect(session()).toMatchObject({ nextIn: 2, nextOut: 2 });
  });

  test("with a sequence number too low is answered with a Logout that says so", () => {
    client.logon();
    client.message("0");
    client.hangUp();
    const again = new ScriptedClient(venue);
    again.logon();
    const [logout] = again.take();
    expect(tags(logout, 35, 58)).toBe("35=5 58=MsgSeqNum too low, expecting 3 but received 1");
    expect(again.closed).toBe(true);
  });

  test("keeps the sequence numbers of the session over connections", () => {
    client.logon();
    client.hangUp();
    const again = new ScriptedClient(venue);
    again.seq = 2;
    again.logon();
    expect(tags(again.take()[0], 35, 34)).toBe("35=A 34=2");
  });
});

describe("the session layer", () => {
  beforeEach(() => {
    client.logon();
    client.take();
  });

  test("answers a TestRequest with its id", () => {
    client.message("1", "112=PING|");
    expect(client.take().map((m) => tags(m, 35, 112))).toEqual(["35=0 112=PING"]);
  });

  test("sends heartbeats when it has nothing else to say", () => {
    venue.run(29_000);
    expect(client.take()).toEqual([]);
    client.message("0");
    venue.run(1_500);
    expect(client.take().map((m) => tag(m, 35))).toEqual(["0"]);
  });

  test("asks a silent client, and hangs up when it stays silent", () => {
    venue.run(36_500);
    expect(client.take().map((m) => tag(m, 35))).toEqual(["0", "1"]);
    expect(client.closed).toBe(false);
    venue.run(36_000);
    expect(client.closed).toBe(true);
  });

  test("answers a Logout, and closes", () => {
    client.message("5");
    expect(client.take().map((m) => tag(m, 35))).toEqual(["5"]);
    expect(client.closed).toBe(true);
    expect(session().isConnected).toBe(false);
  });

  test("takes messages in pieces of any size", () => {
    const bytes = client.wrap("1", "112=SLOW|", client.seq++);
    for (const byte of bytes) client.bytes(new Uint8Array([byte]));
    expect(client.take().map((m) => tags(m, 35, 112))).toEqual(["35=0 112=SLOW"]);
  });

  test("skips a message with a wrong checksum or length without counting its number", () => {
    const bad = client.wrap("1", "112=BAD|", client.seq);
    bad[bad.length - 2] = bad[bad.length - 2] === 0x30 ? 0x31 : 0x30;
    client.bytes(bad);
    client.text("8=FIX.4.4|9=5|35=0|10=000|");
    client.text("garbage without any sense|");
    expect(client.take()).toEqual([]);
    expect(session().nextIn).toBe(2);
    expect(session().counters.garbled).toBeGreaterThanOrEqual(3);
    client.message("1", "112=GOOD|");
    expect(client.take().map((m) => tag(m, 112))).toEqual(["GOOD"]);
  });

  test("logs out a client whose number is too low, unless it is a possible duplicate", () => {
    client.message("0");
    client.message("0", "43=Y|122=20261120-09:00:00.000|", 2);
    expect(client.take()).toEqual([]);
    client.message("0", "43=Y|", 2);
    expect(client.take().map((m) => tags(m, 35, 371, 373))).toEqual(["35=3 371=122 373=1"]);
    client.message("0", "", 2);
    expect(client.take().map((m) => tag(m, 35))).toEqual(["5"]);
    expect(client.closed).toBe(true);
  });

  test("rejects and logs out another CompID", () => {
    const impostor = client.wrap("0", "", client.seq);
    client.bytes(impostor);
    client.take();
    const text = Buffer.from(client.wrap("0", "", 3)).toString("latin1");
    // Same length and same sum, so that only the CompID is wrong.
    client.bytes(new Uint8Array(Buffer.from(text.replace("CLIENT", "LCIENT"), "latin1")));
    expect(client.take().map((m) => tags(m, 35, 373))).toEqual(["35=3 373=9", "35=5 373="]);
    expect(client.closed).toBe(true);
  });
});

describe("a gap in what the client sent", () => {
  beforeEach(() => {
    client.logon();
    client.take();
  });

  test("is asked for once, and what came ahead of it is handled when it closes", () => {
    client.message("1", "112=LATE|", 4);
    client.message("1", "112=LATER|", 5);
    expect(client.take().map((m) => tags(m, 35, 7, 16))).toEqual(["35=2 7=2 16=0"]);
    client.message("4", "43=Y|122=20261120-10:00:00.000|123=Y|36=4|", 2);
    expect(client.take().map((m) => tags(m, 35, 112))).toEqual(["35=0 112=LATE", "35=0 112=LATER"]);
    expect(session().nextIn).toBe(6);
  });

  test("that a Logon shows is asked for, and the Logon counts", () => {
    client.hangUp();
    const again = new ScriptedClient(venue);
    again.seq = 5;
    again.logon();
    expect(again.take().map((m) => tags(m, 35, 7, 16))).toEqual(["35=A 7= 16=", "35=2 7=2 16=0"]);
    again.message("4", "43=Y|122=20261120-10:00:00.000|123=Y|36=5|", 2);
    expect(session().nextIn).toBe(6);
    again.message("1", "112=ON|", 6);
    expect(again.take().map((m) => tag(m, 112))).toEqual(["ON"]);
  });

  test("behind another one is asked for when the first has closed", () => {
    client.message("0", "", 4);
    client.message("0", "", 7);
    expect(client.take().map((m) => tags(m, 35, 7, 16))).toEqual(["35=2 7=2 16=0"]);
    client.message("0", "43=Y|122=20261120-10:00:00.000|", 2);
    expect(client.take()).toEqual([]);
    client.message("0", "43=Y|122=20261120-10:00:00.000|", 3);
    expect(client.take().map((m) => tags(m, 35, 7, 16))).toEqual(["35=2 7=5 16=0"]);
  });

  test("is bounded to what is missing when the venue asks that way", () => {
    venue = makeVenue({ ...QUIET, fix: { resendEnd: "exact" } });
    client = new ScriptedClient(venue);
    client.logon();
    client.take();
    client.message("0", "", 7);
    expect(client.take().map((m) => tags(m, 35, 7, 16))).toEqual(["35=2 7=2 16=6"]);
  });

  test("filled over an order that came ahead drops the order, but answers a TestRequest", () => {
    client.message("D", "11=A1|55=AAPL|54=1|38=100|40=2|44=99.00|", 3);
    client.message("1", "112=SYNC|", 4);
    client.take();
    client.message("4", "43=Y|122=20261120-10:00:00.000|123=Y|36=5|", 2);
    expect(client.take().map((m) => tags(m, 35, 112))).toEqual(["35=0 112=SYNC"]);
    expect(session().nextIn).toBe(5);
    expect(venue.exchange.report().sessions[0]!.orders).toEqual([]);
  });

  test("is closed by a SequenceReset, which may not go back", () => {
    client.message("4", "36=10|", 2);
    expect(session().nextIn).toBe(10);
    client.message("4", "36=3|", 10);
    expect(client.take().map((m) => tags(m, 35, 371, 373))).toEqual(["35=3 371=36 373=5"]);
  });
});

describe("a ResendRequest", () => {
  test("gets execution reports again as they were, and gap fills over the rest", () => {
    client.logon();
    client.order("A1", 1, 100, "90.00");
    client.message("1", "112=X|");
    client.order("A2", 1, 200, "91.00");
    const first = client.take();
    venue.run(10);
    client.message("2", "7=1|16=0|");
    const again = client.take();
    expect(again.map((m) => tags(m, 35, 34, 43, 36))).toEqual([
      "35=4 34=1 43=Y 36=2",
      "35=8 34=2 43=Y 36=",
      "35=4 34=3 43=Y 36=4",
      "35=8 34=4 43=Y 36=",
    ]);
    expect(tag(again[1], 122)).toBe(tag(first[1], 52));
    expect(tag(again[1], 52)).not.toBe(tag(first[1], 52));
    const body = (m: string | undefined) => m!.slice(m!.indexOf("|37="), m!.indexOf("|10="));
    expect(body(again[1])).toBe(body(first[1]));
    expect(body(again[3])).toBe(body(first[3]));
    expect(session().nextOut).toBe(5);
  });

  test("of a part gets that part", () => {
    client.logon();
    for (const id of ["A1", "A2", "A3"]) client.order(id, 1, 100, "90.00");
    client.take();
    client.message("2", "7=3|16=3|");
    expect(client.take().map((m) => tags(m, 34, 11))).toEqual(["34=3 11=A2"]);
    client.message("2", "7=9|16=0|");
    expect(client.take()).toEqual([]);
    client.message("2", "7=0|16=0|");
    expect(client.take().map((m) => tags(m, 35, 371))).toEqual(["35=3 371=7"]);
  });

  test("ahead of a gap of its own is answered at once", () => {
    client.logon();
    client.take();
    client.message("2", "7=1|16=0|", 3);
    expect(client.take().map((m) => tag(m, 35))).toEqual(["4", "2"]);
    client.message("4", "43=Y|122=20261120-10:00:00.000|123=Y|36=3|", 2);
    expect(client.take()).toEqual([]);
    expect(session().nextIn).toBe(4);
  });
});

describe("a venue that was told to be bad", () => {
  const isFramed = (bytes: Uint8Array | undefined) =>
    frame(bytes!, 0, bytes!.length, 10_000) === bytes!.length;

  beforeEach(() => {
    client.logon();
    client.take();
    client.raw = [];
  });

  test("spoils the checksum or the length of that many messages", () => {
    venue.exchange.setFaults("CLIENT", { corruptChecksum: 1, wrongBodyLength: 1 });
    for (const id of ["A1", "A2", "A3"]) client.order(id, 1, 100, "90.00");
    expect(client.raw.map(isFramed)).toEqual([false, false, true]);
    expect(session().nextOut).toBe(5);
  });

  test("cuts a message in half and closes", () => {
    venue.exchange.setFaults("CLIENT", { closeMidMessage: 2 });
    for (const id of ["A1", "A2", "A3"]) client.order(id, 1, 100, "90.00");
    expect(client.raw.map(isFramed)).toEqual([true, false]);
    venue.run(1);
    expect(client.closed).toBe(true);
    expect(session().nextOut).toBe(8);
  });

  test("cuts a message in half and says nothing more, and the client is cut off in the end", () => {
    venue.exchange.setFaults("CLIENT", { stallMidMessage: 1 });
    client.order("A1", 1, 100, "90.00");
    client.message("1", "112=THERE|");
    expect(client.raw.map(isFramed)).toEqual([false]);
    venue.run(1000);
    expect(client.closed).toBe(false);
    venue.run(75_000);
    expect(client.closed).toBe(true);
    const again = new ScriptedClient(venue);
    again.seq = client.seq;
    again.logon();
    expect(again.take().map((m) => tag(m, 35))).toEqual(["A"]);
  });

  test("answers late, and in order", () => {
    venue.exchange.setFaults("CLIENT", { slowAckMs: 20 });
    client.order("A1", 1, 100, "90.00");
    client.order("A2", 1, 100, "90.00");
    venue.run(19);
    expect(client.take()).toEqual([]);
    venue.run(2);
    expect(client.take().map((m) => tag(m, 11))).toEqual(["A1", "A2"]);
  });

  test("stops reading, and goes on when told", () => {
    venue.exchange.setFaults("CLIENT", { stallReading: true });
    expect(client.paused).toBe(true);
    venue.exchange.setFaults("CLIENT", { stallReading: false });
    expect(client.paused).toBe(false);
  });

  test("never answers orders, and keeps the session up", () => {
    venue.exchange.setFaults("CLIENT", { silent: true });
    client.order("A1", 1, 100, "90.00");
    client.message("1", "112=ALIVE|");
    expect(client.take().map((m) => tags(m, 35, 112))).toEqual(["35=0 112=ALIVE"]);
  });
});
