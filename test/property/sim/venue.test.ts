/** The venue under anything that clients may send or do. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { wrapMessage } from "../../../src/fix/codec/text.ts";
import { messagesOf, PlainBooks } from "../../support/sim-feed.ts";
import { makeVenue, ScriptedClient, tag, type Venue } from "../../support/sim-venue.ts";

const OPTIONS = {
  session: "PROP",
  symbols: [{ symbol: "AAPL", px: 100 }],
  flow: { rate: 2000, ordersPerSymbol: 20 },
};

/** A client that keeps what the reports say, dead connections and resends included. */
class Ledger {
  readonly orders = new Map<string, { cum: number; status: string }>();
  position = 0;
  nextIn = 1;
  private readonly execIds = new Set<string>();
  private client: ScriptedClient;
  private seq = 1;
  private ids = 0;

  constructor(private readonly venue: Venue) {
    this.client = new ScriptedClient(venue, "LEDGER");
    this.logon();
  }

  place(side: number, ticks: number, qty: number, more: string): void {
    this.client.order(`N${++this.ids}`, side, qty, (100 + ticks / 100).toFixed(2), more);
    this.read();
  }

  change(type: string, back: number, qty: number): void {
    const orig = [...this.orders.keys()].at(-1 - back);
    if (orig === undefined) return;
    const body = type === "G" ? `38=${qty}|40=2|44=99.90|` : "";
    this.client.message(type, `11=N${++this.ids}|41=${orig}|55=AAPL|54=1|${body}`);
    this.read();
  }

  reconnect(): void {
    this.seq = this.client.seq;
    this.client.hangUp();
    this.client = new ScriptedClient(this.venue, "LEDGER");
    this.client.seq = this.seq;
    this.logon();
  }

  read(): void {
    for (const message of this.client.take()) this.apply(message);
  }

  private logon(): void {
    const missedFrom = this.nextIn;
    this.client.logon();
    const [answer] = this.client.take();
    const seq = Number(tag(answer, 34));
    if (seq > missedFrom) {
      this.client.message("2", `7=${missedFrom}|16=${seq - 1}|`);
      this.read();
    }
    expect(this.nextIn).toBe(seq);
    this.nextIn = seq + 1;
  }

  private apply(message: string): void {
    expect(Number(tag(message, 34))).toBe(this.nextIn);
    this.nextIn = tag(message, 36) === "" ? this.nextIn + 1 : Number(tag(message, 36));
    if (tag(message, 35) !== "8" || tag(message, 150) === "8") return;
    expect(this.execIds.has(tag(message, 17))).toBe(false);
    this.execIds.add(tag(message, 17));
    const id = tag(message, 150) === "4" ? tag(message, 41) || tag(message, 11) : tag(message, 11);
    if (tag(message, 150) === "5") this.orders.delete(tag(message, 41));
    this.orders.set(id, { cum: Number(tag(message, 14)), status: tag(message, 39) });
    if (tag(message, 150) === "F") {
      this.position += Number(tag(message, 32)) * (tag(message, 54) === "1" ? 1 : -1);
    }
  }
}

const STATES: Record<string, string> = { "0": "open", "1": "open", "2": "filled", "4": "canceled" };

const step = fc.oneof(
  fc.record({
    what: fc.constant("place" as const),
    side: fc.constantFrom(1, 2),
    ticks: fc.integer({ min: -6, max: 6 }),
    qty: fc.integer({ min: 1, max: 900 }),
    more: fc.constantFrom("", "59=3|", "59=4|", "18=6|"),
  }),
  fc.record({
    what: fc.constantFrom("F" as const, "G" as const),
    back: fc.nat(5),
    qty: fc.integer({ min: 1, max: 900 }),
  }),
  fc.record({ what: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ what: fc.constant("reconnect" as const) }),
);

describe("the venue", () => {
  test("tells a client everything, so that its ledger and the venue's agree", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.array(step, { maxLength: 60 }), (seed, steps) => {
        const venue = makeVenue({ ...OPTIONS, seed });
        venue.exchange.start();
        const ledger = new Ledger(venue);
        for (const s of steps) {
          if (s.what === "place") ledger.place(s.side, s.ticks, s.qty, s.more);
          else if (s.what === "wait") venue.run(s.ms);
          else if (s.what === "reconnect") ledger.reconnect();
          else ledger.change(s.what, s.back, s.qty);
          ledger.read();
        }
        const report = venue.exchange.report();
        const session = report.sessions[0]!;
        expect(session.nextOut).toBe(ledger.nextIn);
        expect(session.positions[0]?.position ?? 0).toBe(ledger.position);
        const accepted = session.orders.filter((order) => order.state !== "rejected");
        const told = [...ledger.orders].map(([id, o]) => [id, o.cum, STATES[o.status]]);
        const kept = accepted.map((order) => [order.clOrdId, order.cum, order.state]);
        expect(new Set(told.map(String))).toEqual(new Set(kept.map(String)));
        const books = new PlainBooks();
        for (const message of messagesOf(venue.feed.packets[0]!)) books.apply(message);
        expect(books.levels(1, "B")).toEqual(report.books[0]!.bids);
        expect(books.levels(1, "S")).toEqual(report.books[0]!.asks);
      }),
      { numRuns: 60 },
    );
  });

  test("survives any bytes on an order session, and goes on with the next client", () => {
    const tags = fc.constantFrom(7, 8, 9, 11, 16, 34, 35, 36, 38, 40, 41, 43, 44, 52, 54, 55, 123);
    const value = fc.oneof(
      fc.constantFrom("", "0", "1", "Y", "A", "D", "2", "4", "-1", "AAPL", "1e9", "99999999999"),
      fc.string({ maxLength: 6 }),
    );
    const body = fc
      .array(fc.tuple(tags, value), { maxLength: 10 })
      .map((fields) => fields.map(([t, v]) => `${t}=${v}|`).join(""));
    const type = fc.constantFrom("A", "0", "1", "2", "3", "4", "5", "D", "F", "G", "q", "H", "ZZ");
    const framed = fc
      .tuple(type, fc.nat(9), body)
      .map(([t, seq, b]) => wrapMessage(`35=${t}|49=CLIENT|56=VENUE|34=${seq}|${b}`));
    const chunk = fc.oneof(framed, fc.uint8Array({ maxLength: 80 }));
    fc.assert(
      fc.property(fc.boolean(), fc.array(chunk, { maxLength: 15 }), (loggedOn, chunks) => {
        const venue = makeVenue(OPTIONS);
        venue.exchange.start();
        const client = new ScriptedClient(venue);
        if (loggedOn) client.logon();
        for (const bytes of chunks) client.bytes(bytes);
        venue.run(2);
        client.hangUp();
        const next = new ScriptedClient(venue, "NEXT");
        next.logon();
        expect(next.take().map((m) => tag(m, 35))).toEqual(["A"]);
      }),
      { numRuns: 200 },
    );
  });

  test("survives any re-request, and never answers with more than fits", () => {
    const venue = makeVenue(OPTIONS);
    venue.exchange.start();
    venue.run(50);
    const session = Buffer.from("PROP      ");
    const request = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .tuple(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.nat(65_535))
        .map(([sequence, count]) => {
          const bytes = new Uint8Array(20);
          bytes.set(session);
          new DataView(bytes.buffer).setBigUint64(10, sequence);
          new DataView(bytes.buffer).setUint16(18, count);
          return bytes;
        }),
      fc.tuple(fc.nat(120), fc.nat(200)).map(([sequence, count]) => {
        const bytes = new Uint8Array(20);
        bytes.set(session);
        bytes[17] = sequence;
        bytes[19] = count;
        return bytes;
      }),
    );
    fc.assert(
      fc.property(request, (bytes) => {
        venue.exchange.feed.recovery.onRequest!(bytes, (answer) => {
          expect(answer.length).toBeLessThanOrEqual(1400);
          expect(answer.length).toBeGreaterThan(20);
        });
      }),
      { numRuns: 500 },
    );
    const { requests, answered } = venue.exchange.report().rerequest;
    expect(requests).toBe(500);
    expect(answered).toBeGreaterThan(20);
  });
});
