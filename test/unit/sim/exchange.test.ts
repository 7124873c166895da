import { describe, expect, test } from "bun:test";
import { type SimOptionsInput, simOptionsSchema } from "../../../src/sim/options.ts";
import { runCommand, simCommandSchema } from "../../../src/sim/process.ts";
import { messagesOf, PlainBooks, readPacket } from "../../support/sim-feed.ts";
import { makeVenue, QUIET, ScriptedClient, type Venue } from "../../support/sim-venue.ts";

const BUSY: SimOptionsInput = {
  session: "BUSY",
  symbols: [
    { symbol: "AAPL", px: 190 },
    { symbol: "MSFT", px: 410, tick: 0.05 },
  ],
  flow: { rate: 20_000, ordersPerSymbol: 60, haltEveryMs: 100, haltMs: 20, restrictEveryMs: 150 },
};

function runDay(input: SimOptionsInput, ms: number): Venue {
  const venue = makeVenue(input);
  venue.exchange.start();
  venue.run(ms);
  return venue;
}

function booksOf(venue: Venue, line = 0): PlainBooks {
  const books = new PlainBooks();
  for (const message of messagesOf(venue.feed.packets[line]!)) books.apply(message);
  return books;
}

const hash = (packets: Uint8Array[]) => Bun.hash(Buffer.concat(packets)).toString(16);

describe("the exchange", () => {
  test("opens the day with system events, and presents each stock before it trades", () => {
    const venue = makeVenue(QUIET);
    venue.exchange.start();
    const types = messagesOf(venue.feed.packets[0]!).map((m) =>
      String.fromCharCode(m[0]!, ...(m[0] === 0x53 ? [m[11]!] : [])),
    );
    expect(types.slice(0, 6)).toEqual(["SO", "R", "H", "Y", "SS", "SQ"]);
    expect(types.slice(6).filter((type) => type !== "A" && type !== "F")).toEqual([]);
    expect(types.length).toBe(6 + 20);
  });

  test("publishes books that anybody can rebuild, through halts and auctions", () => {
    const venue = runDay(BUSY, 1500);
    venue.exchange.quiesce();
    const books = booksOf(venue);
    for (const [index, book] of venue.exchange.report().books.entries()) {
      expect(book.bids.length).toBeGreaterThan(3);
      expect(books.levels(index + 1, "B")).toEqual(book.bids);
      expect(books.levels(index + 1, "S")).toEqual(book.asks);
      expect(book.state).toBe("T");
      expect(books.status.get(index + 1)).toBe("T");
    }
    for (const type of ["A", "F", "E", "C", "X", "D", "U", "Q", "H", "Y", "R", "S"]) {
      expect([type, books.counts.get(type) ?? 0]).not.toEqual([type, 0]);
    }
  });

  test("grows order references beyond 32 bits", () => {
    const refs = [...booksOf(runDay(BUSY, 200)).orders.keys()];
    expect(refs.some((ref) => ref > 0xffffffffn)).toBe(true);
  });

  test("does the same for the same seed, and something else for another", () => {
    const lossy = { loss: 0.05, duplicate: 0.05, reorder: 0.05 };
    const lines = [
      { group: "239.0.0.1", ...lossy },
      { group: "239.0.0.2", ...lossy },
    ];
    const day = (seed: number) => {
      const { feed, exchange } = runDay({ ...BUSY, seed, lines }, 300);
      return [hash(feed.packets[0]!), hash(feed.packets[1]!), JSON.stringify(exchange.report())];
    };
    expect(day(7)).toEqual(day(7));
    expect(day(7)[0]).not.toBe(day(8)[0]!);
  });

  test("loses on each line by itself, so that most of a line's losses are on the other", () => {
    const lines = [
      { group: "239.0.0.1", loss: 0.1 },
      { group: "239.0.0.2", loss: 0.1 },
    ];
    const { feed, exchange } = runDay({ ...BUSY, lines }, 1000);
    const seen = feed.packets.map((p) => new Set(p.map((bytes) => readPacket(bytes).sequence)));
    const [a, b] = [seen[0]!, seen[1]!];
    const { lost, packets } = exchange.report().lines[0]!;
    expect(lost / packets).toBeGreaterThan(0.05);
    expect([...b].filter((seq) => !a.has(seq)).length).toBeGreaterThan(lost * 0.7);
  });

  test("trades enough for a market maker, and moves enough for a momentum taker", () => {
    const venue = makeVenue({ ...BUSY, flow: { rate: 5000, ordersPerSymbol: 60 } });
    venue.exchange.start();
    const client = new ScriptedClient(venue);
    client.logon();
    let fills = 0;
    const prices = new Set<number>();
    for (let i = 0; i < 200; i++) {
      const { bids, asks } = venue.exchange.report().books[0]!;
      client.order(`B${i}`, 1, 100, (bids[0]!.px / 10_000).toFixed(2));
      client.order(`S${i}`, 2, 100, (asks[0]!.px / 10_000).toFixed(2));
      venue.run(10);
      prices.add(bids[0]!.px);
      fills = venue.exchange.desk.counters.fills;
      client.message("q", `11=Q${i}|530=7|60=20261120-10:00:00|`);
    }
    expect(fills).toBeGreaterThan(40);
    expect(prices.size).toBeGreaterThan(5);
  });

  test("stops the flow when it is told to be quiet, and goes on when told", () => {
    const venue = runDay(BUSY, 50);
    venue.exchange.quiesce();
    const at = venue.exchange.report();
    venue.run(100);
    expect(venue.exchange.report().nextSequence).toBe(at.nextSequence);
    venue.exchange.resume();
    venue.run(20);
    expect(venue.exchange.flow.actions - at.flowActions).toBeGreaterThan(100);
    expect(venue.exchange.flow.actions - at.flowActions).toBeLessThan(1000);
  });

  test("ends the day with the market close and the end of session, and logs clients out", () => {
    const venue = runDay(QUIET, 10);
    const client = new ScriptedClient(venue);
    client.logon();
    client.order("A1", 1, 100, "99.00");
    venue.exchange.endSession();
    venue.run(600);
    expect(client.closed).toBe(true);
    const packets = venue.feed.packets[0]!.map(readPacket);
    const ends = packets.filter((p) => p.count === 0xffff);
    expect(ends.length).toBeGreaterThanOrEqual(3);
    expect(ends[0]!.sequence).toBe(venue.exchange.report().nextSequence);
    const last = packets.filter((p) => p.count > 0 && p.count < 0xffff).at(-1)!.messages;
    expect(last.map((m) => String.fromCharCode(m[0]!, m[11]!)).slice(-3)).toEqual([
      "SM",
      "SE",
      "SC",
    ]);
    expect(venue.exchange.report().sessions[0]!.orders[0]!.state).toBe("canceled");
  });
});

describe("a command", () => {
  const run = (venue: Venue, command: object) =>
    runCommand(venue.exchange, simCommandSchema.parse(command));

  test("halts, restricts and resumes a symbol, and refuses one that isn't there", () => {
    const venue = runDay(QUIET, 1);
    run(venue, { cmd: "halt", symbol: "AAPL" });
    expect(venue.exchange.report().books[0]!.state).toBe("H");
    run(venue, { cmd: "resume", symbol: "AAPL" });
    run(venue, { cmd: "restrict", symbol: "AAPL", on: true });
    expect(venue.exchange.report().books[0]!.state).toBe("T");
    expect(booksOf(venue).counts.get("Y")).toBe(2);
    expect(() => run(venue, { cmd: "halt", symbol: "NOPE" })).toThrow("AAPL");
  });

  test("sets faults of a session, and leaves the others as they are", () => {
    const venue = runDay(QUIET, 1);
    new ScriptedClient(venue).logon();
    run(venue, { cmd: "fault", client: "CLIENT", faults: { silent: true } });
    run(venue, { cmd: "fault", client: "CLIENT", faults: { slowAckMs: 5 } });
    expect(venue.exchange.acceptor.find("CLIENT")!.faults).toMatchObject({
      silent: true,
      slowAckMs: 5,
      ackTwice: false,
    });
    expect(() => run(venue, { cmd: "fault", client: "NOBODY", faults: {} })).toThrow("NOBODY");
    expect(() => run(venue, { cmd: "explode" })).toThrow();
  });

  test("reports, and drops a client's connection", () => {
    const venue = runDay(QUIET, 1);
    const client = new ScriptedClient(venue);
    client.logon();
    expect(run(venue, { cmd: "report" }).report).toMatchObject({ session: "TEST" });
    run(venue, { cmd: "drop", client: "CLIENT" });
    expect(client.closed).toBe(true);
  });
});

describe("the options", () => {
  test("give a venue without any being given", () => {
    const options = simOptionsSchema.parse({});
    expect(options.symbols.map((s) => s.symbol)).toContain("AAPL");
    expect(options.lines.map((l) => l.loss)).toEqual([0, 0]);
  });

  test("refuse what is unknown or out of range", () => {
    const bad = (input: object) => simOptionsSchema.safeParse(input).success;
    expect(bad({ sead: 1 })).toBe(false);
    expect(bad({ lines: [{ group: "239.0.0.1", loss: 1.5 }] })).toBe(false);
    expect(bad({ symbols: [{ symbol: "toolongname" }] })).toBe(false);
    expect(() => makeVenue({ symbols: [{ symbol: "A", tick: 0.00015 }] })).toThrow("0.0001");
  });
});
