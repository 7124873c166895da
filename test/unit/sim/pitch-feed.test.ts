import { describe, expect, test } from "bun:test";
import type { SimOptionsInput } from "../../../src/sim/options.ts";
import type { FixPeer, FixTransport } from "../../../src/sim/transport.ts";
import { PlainPitchBooks, readUnit, unitMessages } from "../../support/sim-pitch.ts";
import { makeVenue, ScriptedClient, type Venue } from "../../support/sim-venue.ts";

const BUSY: SimOptionsInput = {
  protocol: "pitch",
  unit: 3,
  symbols: [
    { symbol: "AAPL", px: 190 },
    { symbol: "BIGPRICE", px: 710, tick: 0.05 },
    { symbol: "BRK", px: 9.99, tick: 0.0005, lot: 1000 },
  ],
  flow: { rate: 20_000, ordersPerSymbol: 60, haltEveryMs: 100, haltMs: 20, restrictEveryMs: 150 },
};
const QUIET: SimOptionsInput = {
  protocol: "pitch",
  symbols: [{ symbol: "AAPL", px: 100 }],
  flow: { rate: 0, ordersPerSymbol: 20 },
};
const GAP_LINE = 2;

function runDay(input: SimOptionsInput, ms: number): Venue {
  const venue = makeVenue(input);
  venue.exchange.start();
  venue.run(ms);
  return venue;
}

function booksOf(messages: readonly Uint8Array[]): PlainPitchBooks {
  const books = new PlainPitchBooks();
  for (const message of messages) books.apply(message);
  return books;
}

function expectSame(books: PlainPitchBooks, venue: Venue): void {
  for (const book of venue.exchange.report().books) {
    expect(book.bids.length).toBeGreaterThan(3);
    expect(books.levels(book.symbol, "B")).toEqual(book.bids);
    expect(books.levels(book.symbol, "S")).toEqual(book.asks);
    expect(books.status.get(book.symbol)).toBe(book.state);
  }
}

/** A client of the gap request proxy or the spin server. */
class UnitClient implements FixTransport {
  readonly received: Uint8Array[] = [];
  closed = false;
  readonly peer: FixPeer;

  constructor(accept: (transport: FixTransport) => FixPeer) {
    this.peer = accept(this);
  }

  send(bytes: Uint8Array): void {
    const packet = readUnit(bytes.slice());
    expect([packet.unit, packet.sequence]).toEqual([0, 0]);
    this.received.push(...packet.messages);
  }

  close(): void {
    this.closed = true;
  }

  pause(): void {}

  /** Sends one message, in hex behind its length and type, a byte at a time. */
  ask(hex: string): void {
    const body = Buffer.from(hex.replaceAll(" ", ""), "hex");
    const head = Buffer.from([8 + body.length, 0, 1, 0, 0, 0, 0, 0]);
    for (const byte of Buffer.concat([head, body])) this.peer.onData(new Uint8Array([byte]));
  }

  login(): void {
    this.ask("1601 53455353 55534552 2020 50415353574f52442020");
  }

  take(): string[] {
    return this.received.splice(0).map((message) => Buffer.from(message).toString("hex"));
  }
}

const proxyOf = (venue: Venue) =>
  new UnitClient((transport) => venue.exchange.feed.recovery.accept!(transport));
const spinOf = (venue: Venue) =>
  new UnitClient((transport) => venue.exchange.feed.recovery.acceptSpin!(transport));

describe("the exchange with PITCH", () => {
  for (const seed of [1, 2, 3]) {
    test(`publishes books that anybody can rebuild, seed ${seed}`, () => {
      const venue = runDay({ ...BUSY, seed }, 1500);
      venue.exchange.quiesce();
      const books = booksOf(unitMessages(venue.feed.packets[0]!));
      expectSame(books, venue);
      for (const type of [0x20, 0x21, 0x22, 0x2f, 0x23, 0x24, 0x26, 0x27, 0x28, 0x29, 0x31, 0x96]) {
        expect([type, books.counts.get(type) ?? 0]).not.toEqual([type, 0]);
      }
    });
  }

  test("tells a time before anything of its second, and the clock between", () => {
    const venue = makeVenue(QUIET);
    venue.clock.timeNs = 36_000e9 + 5;
    venue.exchange.start();
    const [time, status] = readUnit(venue.feed.packets[0]![0]!).messages;
    expect(Buffer.from(time!).toString("hex")).toBe("0620a08c0000");
    expect(Buffer.from(status!).toString("hex")).toBe(
      "12310500000041414150202020205430 2020".replace(" ", "").replace("41414150", "4141504c"),
    );
    venue.clock.timeNs = 36_001e9 + 7;
    venue.exchange.setShortRestriction("AAPL", true);
    const [again, restricted] = readUnit(venue.feed.packets[0]!.at(-1)!).messages;
    expect(Buffer.from(again!).toString("hex")).toBe("0620a18c0000");
    expect(Buffer.from(restricted!).toString("hex")).toBe("1231070000004141504c2020202054312020");
  });

  test("says the next sequence number of its unit when nothing happens, and ends the session", () => {
    const venue = runDay({ ...QUIET, unit: 7, heartbeatMs: 10 }, 100);
    const last = readUnit(venue.feed.packets[0]!.at(-1)!);
    expect(last).toMatchObject({ unit: 7, count: 0, sequence: venue.exchange.feed.nextSequence });
    venue.exchange.endSession();
    venue.run(20);
    const packets = venue.feed.packets[0]!.filter((p) => readUnit(p).count > 0);
    expect(booksOf(unitMessages(packets)).ended).toBe(true);
    expect(readUnit(venue.feed.packets[0]!.at(-1)!).count).toBe(0);
  });

  test("keeps an order's id when its price changes, and tells a client's orders", () => {
    const venue = makeVenue(QUIET);
    venue.exchange.start();
    const client = new ScriptedClient(venue);
    client.logon();
    const before = venue.exchange.feed.nextSequence;
    client.order("A", 1, 70_000, "99.5");
    client.message("G", "11=B|41=A|55=AAPL|54=1|38=300|40=2|44=99.4|");
    client.message("G", "11=C|41=B|55=AAPL|54=1|38=200|40=2|44=99.4|");
    client.message("F", "11=D|41=C|55=AAPL|54=1|38=200|");
    const all = venue.feed.packets[0]!.flatMap((packet) => readUnit(packet).messages);
    const own = all
      .slice(before - 1)
      .map((m) => [m[1]!, Buffer.from(m.slice(6, 14)).toString("hex")]);
    const id = own[0]![1]!;
    expect(own).toEqual([
      [0x21, id],
      [0x28, id],
      [0x26, id],
      [0x29, id],
    ]);
  });
});

describe("the gap request proxy", () => {
  test("answers on the gap group, with what was asked for and nothing else", () => {
    const venue = runDay(BUSY, 200);
    const client = proxyOf(venue);
    client.login();
    expect(client.take()).toEqual(["030241"]);
    client.ask("0903 03 05000000 2c01");
    expect(client.take()).toEqual(["0a0403050000002c0141"]);
    venue.run(20);
    const answers = venue.feed.packets[GAP_LINE]!;
    expect(answers.length).toBeGreaterThan(1);
    expect(readUnit(answers[0]!)).toMatchObject({ unit: 3, sequence: 5 });
    const all = unitMessages(venue.feed.packets[0]!);
    expect(answers.flatMap((p) => readUnit(p).messages)).toEqual(all.slice(4, 304));
  });

  test("refuses what is not there, another unit, and everything when told to", () => {
    const venue = runDay(BUSY, 50);
    const client = proxyOf(venue);
    client.login();
    client.ask("0903 03 00000000 0100");
    client.ask("0903 03 ffffff00 0100");
    client.ask("0903 04 01000000 0100");
    venue.exchange.feed.recovery.refusing = true;
    client.ask("0903 03 01000000 0100");
    const answers = client.take().slice(1);
    expect(answers.map((a) => Buffer.from(a.slice(-2), "hex").toString())).toEqual([
      "O",
      "O",
      "I",
      "U",
    ]);
    venue.run(5);
    expect(venue.feed.packets[GAP_LINE]).toEqual([]);
    expect(venue.exchange.report().rerequest).toMatchObject({ requests: 4, answered: 0 });
  });

  test("beats once a second, and hangs up on whoever does not log in or is malformed", () => {
    const venue = runDay(QUIET, 5);
    const good = proxyOf(venue);
    good.login();
    const strangers = ["0903 01 01000000 0100", "0401", "0001", "16ff"].map((hex) => {
      const client = proxyOf(venue);
      client.ask(hex);
      return client;
    });
    venue.run(2100);
    expect(strangers.map((client) => client.closed)).toEqual([true, true, true, true]);
    expect(good.closed).toBe(false);
  });
});

describe("the spin server", () => {
  test("gives an image that, with what comes behind it, is the venue's book", () => {
    const venue = runDay(BUSY, 300);
    const client = spinOf(venue);
    client.login();
    const [login, offer] = client.take();
    expect(login).toBe("030241");
    expect(offer!.slice(0, 4)).toBe("0680");
    venue.run(400);
    const sequence = Buffer.from(offer!, "hex").readUInt32LE(2);
    client.ask(`0681 ${offer!.slice(4)}`);
    const [response, ...image] = client.received.splice(0);
    const orders = Buffer.from(response!).readUInt32LE(6);
    expect(Buffer.from(response!).toString("hex", 0, 2)).toBe("0b82");
    expect(String.fromCharCode(response![10]!)).toBe("A");
    const finished = image.pop()!;
    expect(Buffer.from(finished).toString("hex")).toBe(`0683${offer!.slice(4)}`);
    const books = booksOf(image);
    expect(books.orders.size).toBe(orders);
    venue.exchange.quiesce();
    const live = unitMessages(venue.feed.packets[0]!.filter((p) => readUnit(p).count > 0));
    books.ns = 0;
    for (const message of live.slice(sequence)) {
      // Times of the image are those of its own second.
      books.ns = 0;
      books.apply(message);
    }
    expectSame(books, venue);
  });

  test("offers a newer image each second, and refuses one that is too old", () => {
    const venue = runDay(BUSY, 50);
    const client = spinOf(venue);
    client.login();
    const [, first] = client.take();
    venue.run(6000);
    const offers = client.take();
    expect(offers.length).toBeGreaterThanOrEqual(5);
    client.ask(`0681 ${first!.slice(4)}`);
    expect(client.take()).toEqual([`0b82${first!.slice(4)}000000004f`]);
  });
});
