import { beforeEach, describe, expect, test } from "bun:test";
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
let other: ScriptedClient;

function connect(options = QUIET) {
  venue = makeVenue(options);
  client = new ScriptedClient(venue);
  other = new ScriptedClient(venue, "OTHER");
  client.logon();
  other.logon();
  client.take();
  other.take();
}

beforeEach(() => connect());

const report = (compId = "CLIENT") =>
  venue.exchange.report().sessions.find((s) => s.client === compId)!;
const orderOf = (id: string) => report().orders.find((o) => o.ids.includes(id));
const SHORT = [35, 150, 39, 11, 151, 14] as const;
const short = (messages: string[]) => messages.map((m) => tags(m, ...SHORT));

describe("a new order", () => {
  test("is acknowledged with what was asked for", () => {
    client.order("A1", 1, 100, "99.50", "1=ACC|59=0|");
    const [ack] = client.take();
    expect(tags(ack, 35, 150, 39, 37, 11, 17)).toBe("35=8 150=0 39=0 37=V1 11=A1 17=X1");
    expect(tags(ack, 1, 55, 54, 38, 40, 44, 59)).toBe(
      "1=ACC 55=AAPL 54=1 38=100 40=2 44=99.5000 59=0",
    );
    expect(tags(ack, 151, 14, 6)).toBe("151=100 14=0 6=0");
  });

  test("that trades tells both sides, with price, quantity and liquidity", () => {
    client.order("A1", 2, 300, "99.95");
    other.order("B1", 1, 100, "99.95");
    other.order("B2", 1, 200, "99.95");
    expect(short(client.take())).toEqual([
      "35=8 150=0 39=0 11=A1 151=300 14=0",
      "35=8 150=F 39=1 11=A1 151=200 14=100",
      "35=8 150=F 39=2 11=A1 151=0 14=300",
    ]);
    const [, fill] = other.take();
    expect(tags(fill, 150, 32, 31, 6, 851)).toBe("150=F 32=100 31=99.9500 6=99.950000 851=2");
  });

  test("appears on the feed, at the venue's price in 1/10000", () => {
    venue.exchange.start();
    client.order("A1", 1, 300, "99.99");
    const book = venue.exchange.report().books[0]!;
    expect(book.bids[0]).toMatchObject({ px: 999_900, count: 2 });
    const message = Buffer.from(venue.feed.packets[0]!.at(-1)!.subarray(22));
    expect(String.fromCharCode(message[0]!)).toBe("A");
    expect([message.readUInt32BE(20), message.readUInt32BE(32)]).toEqual([300, 999_900]);
  });

  test("with a ClOrdID that was used is rejected, and counted", () => {
    client.order("A1", 1, 100, "99.00");
    client.order("A1", 1, 100, "99.00");
    const [, reject] = client.take();
    expect(tags(reject, 150, 39, 11, 103)).toBe("150=8 39=8 11=A1 103=6");
    expect(report().duplicates).toEqual(["A1"]);
    expect(orderOf("A1")).toMatchObject({ state: "open", received: 2, leaves: 100 });
    other.order("A1", 1, 100, "99.00");
    expect(tag(other.take()[0], 150)).toBe("0");
  });

  test("that can't be is rejected with its reason", () => {
    venue.exchange.start();
    client.message("D", "11=R1|55=NOPE|54=1|38=100|40=2|44=99.00|");
    client.message("D", "11=R2|55=AAPL|54=1|38=0|40=2|44=99.00|");
    client.message("D", "11=R3|55=AAPL|54=1|38=100|40=2|44=99.001|");
    client.message("D", "11=R4|55=AAPL|54=1|38=100|40=2|44=99.00001|");
    client.message("D", "11=R5|55=AAPL|54=1|38=100|40=2|");
    client.message("D", "11=R6|55=AAPL|54=1|38=100|40=3|44=99.00|");
    client.message("D", "11=R7|55=AAPL|54=1|38=100|40=2|44=99.00|59=6|");
    client.message("D", "11=R8|55=AAPL|54=1|38=100|40=2|44=200.00|18=6|");
    expect(client.take().map((m) => tags(m, 11, 39, 103))).toEqual([
      "11=R1 39=8 103=1",
      "11=R2 39=8 103=13",
      "11=R3 39=8 103=99",
      "11=R4 39=8 103=99",
      "11=R5 39=8 103=99",
      "11=R6 39=8 103=11",
      "11=R7 39=8 103=11",
      "11=R8 39=8 103=99",
    ]);
    client.message("D", "55=AAPL|54=1|38=100|40=2|44=99.00|");
    expect(tags(client.take()[0], 35, 372, 380)).toBe("35=j 372=D 380=5");
    client.message("E", "66=L1|");
    expect(tags(client.take()[0], 35, 372, 380)).toBe("35=j 372=E 380=3");
  });

  test("by market, IOC or FOK leaves nothing behind", () => {
    client.message("D", "11=M1|55=AAPL|54=1|38=999999|40=1|59=3|");
    expect(short(client.take()).at(-1)).toMatch(/^35=8 150=4 39=4 11=M1 151=0 14=\d+$/);
    client.order("M2", 1, 999_999, "1.00", "59=4|");
    expect(short(client.take()).at(-1)).toBe("35=8 150=4 39=4 11=M2 151=0 14=0");
    expect(orderOf("M2")).toMatchObject({ state: "canceled", leaves: 0 });
  });

  test("is rejected while the symbol is halted", () => {
    venue.exchange.setState("AAPL", "H");
    client.order("A1", 1, 100, "99.00");
    expect(tags(client.take()[0], 150, 103)).toBe("150=8 103=2");
  });

  test("never gives two reports the same ExecID", () => {
    client.order("A1", 1, 100, "99.00");
    client.order("A1", 1, 100, "99.00");
    client.message("F", "11=C1|41=A1|55=AAPL|54=1|");
    client.message("H", "11=A1|55=AAPL|54=1|");
    other.order("A1", 2, 500, "99.00");
    const ids = [...client.take(), ...other.take()].map((m) => tag(m, 17));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("a cancel", () => {
  test("is answered under its own id, and names the order's", () => {
    client.order("A1", 1, 100, "99.00");
    client.take();
    client.message("F", "11=C1|41=A1|55=AAPL|54=1|38=100|");
    expect(client.take().map((m) => tags(m, 150, 39, 11, 41, 151))).toEqual([
      "150=4 39=4 11=C1 41=A1 151=0",
    ]);
    expect(orderOf("A1")?.state).toBe("canceled");
  });

  test("of an unknown, a done or a rejected order, or with a used id, is rejected", () => {
    client.order("A1", 1, 100, "99.00");
    client.message("F", "11=C1|41=A1|55=AAPL|54=1|");
    client.message("D", "11=R1|55=NOPE|54=1|38=100|40=2|44=99.00|");
    client.order("A2", 1, 100, "99.00");
    client.take();
    client.message("F", "11=C2|41=NOPE|55=AAPL|54=1|");
    client.message("F", "11=C3|41=A1|55=AAPL|54=1|");
    client.message("F", "11=C4|41=R1|55=AAPL|54=1|");
    client.message("F", "11=C1|41=A2|55=AAPL|54=1|");
    client.message("F", "11=C5|41=A2|55=AAPL|54=1|");
    expect(client.take().map((m) => tags(m, 35, 11, 41, 39, 102, 434))).toEqual([
      "35=9 11=C2 41=NOPE 39=8 102=1 434=1",
      "35=9 11=C3 41=A1 39=4 102=0 434=1",
      "35=9 11=C4 41=R1 39=8 102=0 434=1",
      "35=9 11=C1 41=A2 39=0 102=6 434=1",
      "35=8 11=C5 41=A2 39=4 102= 434=",
    ]);
  });

  test("of everything, or of one symbol, cancels that and tells how many", () => {
    connect({ ...QUIET, symbols: [{ symbol: "AAPL" }, { symbol: "MSFT" }] });
    client.order("A1", 1, 100, "99.00");
    client.message("D", "11=A2|55=MSFT|54=1|38=100|40=2|44=99.00|");
    client.order("A3", 1, 100, "99.00");
    other.order("B1", 1, 100, "99.00");
    client.take();
    client.message("q", "11=Q1|530=1|55=MSFT|60=20261120-10:00:00|");
    expect(client.take().map((m) => tags(m, 35, 11, 39, 531, 533))).toEqual([
      "35=8 11=A2 39=4 531= 533=",
      "35=r 11=Q1 39= 531=1 533=1",
    ]);
    client.message("q", "11=Q2|530=7|60=20261120-10:00:00|");
    expect(client.take().map((m) => tags(m, 35, 11, 39, 531, 533))).toEqual([
      "35=8 11=A1 39=4 531= 533=",
      "35=8 11=A3 39=4 531= 533=",
      "35=r 11=Q2 39= 531=7 533=2",
    ]);
    expect(report("OTHER").orders[0]?.state).toBe("open");
  });
});

describe("a replace", () => {
  test("gives the order its new id, quantity and price; any of its ids finds it", () => {
    client.order("A1", 1, 100, "99.00");
    client.take();
    client.message("G", "11=A2|41=A1|55=AAPL|54=1|38=200|40=2|44=99.10|");
    expect(client.take().map((m) => tags(m, 150, 39, 11, 41, 38, 44, 151))).toEqual([
      "150=5 39=0 11=A2 41=A1 38=200 44=99.1000 151=200",
    ]);
    expect(report().orders).toHaveLength(1);
    expect(orderOf("A1")).toMatchObject({ clOrdId: "A2", qty: 200, px: 99.1 });
    client.message("F", "11=C1|41=A1|55=AAPL|54=1|");
    expect(tags(client.take()[0], 150, 11, 41)).toBe("150=4 11=C1 41=A1");
  });

  test("must name the latest id when the venue is strict", () => {
    connect({ ...QUIET, fix: { strictOrigId: true } });
    client.order("A1", 1, 100, "99.00");
    client.message("G", "11=A2|41=A1|55=AAPL|54=1|38=200|40=2|44=99.10|");
    client.take();
    client.message("F", "11=C1|41=A1|55=AAPL|54=1|");
    expect(tags(client.take()[0], 35, 102)).toBe("35=9 102=1");
    client.message("F", "11=C2|41=A2|55=AAPL|54=1|");
    expect(tags(client.take()[0], 35, 150)).toBe("35=8 150=4");
  });

  test("of a filled order, or below what has traded, is rejected as too late", () => {
    client.order("A1", 2, 100, "99.95");
    other.order("B1", 1, 100, "99.95");
    client.order("A2", 2, 200, "99.95");
    other.order("B2", 1, 100, "99.95");
    client.take();
    client.message("G", "11=A3|41=A1|55=AAPL|54=2|38=200|40=2|44=99.95|");
    client.message("G", "11=A4|41=A2|55=AAPL|54=2|38=100|40=2|44=99.95|");
    client.message("G", "11=A5|41=A2|55=AAPL|54=2|38=150|40=2|44=99.955|");
    expect(client.take().map((m) => tags(m, 35, 11, 39, 102, 434))).toEqual([
      "35=9 11=A3 39=2 102=0 434=2",
      "35=9 11=A4 39=1 102=0 434=2",
      "35=9 11=A5 39=1 102=99 434=2",
    ]);
  });
});

describe("a status request", () => {
  test("tells how an order stands", () => {
    client.order("A1", 2, 300, "99.95");
    other.order("B1", 1, 100, "99.95");
    client.take();
    client.message("H", "11=A1|55=AAPL|54=2|");
    expect(client.take().map((m) => tags(m, 150, 39, 11, 38, 151, 14))).toEqual([
      "150=I 39=1 11=A1 38=300 151=200 14=100",
    ]);
  });

  test("of an unknown order says so", () => {
    client.message("H", "11=GONE|55=AAPL|54=2|");
    expect(client.take().map((m) => tags(m, 35, 150, 39, 11, 37, 103))).toEqual([
      "35=8 150=I 39=8 11=GONE 37=NONE 103=5",
    ]);
  });
});

describe("cancel on disconnect", () => {
  test("cancels what rests, and the reports come by resend at the next logon", () => {
    client.order("A1", 1, 100, "99.00");
    client.order("A2", 1, 100, "98.00");
    client.message("F", "11=C1|41=A1|55=AAPL|54=1|");
    client.order("A3", 2, 100, "101.50");
    other.order("B1", 1, 100, "99.00");
    const before = report().nextOut;
    client.hangUp();
    expect(report()).toMatchObject({ connected: false, nextOut: before + 2 });
    expect(report().orders.map((o) => o.state)).toEqual(["canceled", "canceled", "canceled"]);
    expect(report("OTHER").orders[0]?.state).toBe("open");

    const again = new ScriptedClient(venue);
    again.seq = client.seq;
    again.logon();
    expect(tag(again.take()[0], 34)).toBe(String(before + 2));
    again.message("2", `7=${before}|16=0|`);
    expect(again.take().map((m) => tags(m, 35, 34, 43, 11, 39, 58))).toEqual([
      `35=8 34=${before} 43=Y 11=A2 39=4 58=cancel on disconnect`,
      `35=8 34=${before + 1} 43=Y 11=A3 39=4 58=cancel on disconnect`,
      `35=4 34=${before + 2} 43=Y 11= 39= 58=`,
    ]);
  });

  test("comes with a logout too", () => {
    client.order("A1", 1, 100, "99.00");
    client.message("5");
    expect(orderOf("A1")?.state).toBe("canceled");
    expect(venue.exchange.desk.counters.canceledOnDisconnect).toBe(1);
  });

  test("takes the orders off the feed", () => {
    venue.exchange.start();
    client.order("A1", 1, 100, "99.99");
    const best = () => venue.exchange.report().books[0]!.bids[0]!.px;
    expect(best()).toBe(999_900);
    client.hangUp();
    expect(venue.exchange.report().books[0]!.bids[0]).toMatchObject({ px: 999_900, count: 1 });
    expect(Buffer.from(venue.feed.packets[0]!.at(-1)!).subarray(22, 23).toString()).toBe("D");
  });

  test("leaves fills of a client that is away to the resend", () => {
    venue.exchange.start();
    venue.exchange.setFaults("CLIENT", { slowAckMs: 50 });
    client.order("A1", 1, 500, "100.05");
    client.hangUp();
    const order = orderOf("A1")!;
    expect(order).toMatchObject({ state: "filled", cum: 500 });
    expect(report().positions[0]).toMatchObject({ symbol: "AAPL", position: 500 });
  });
});

describe("what nobody asked for", () => {
  test("cancels one order, or all, and says that it was the venue", () => {
    for (const id of ["A1", "A2", "A3"]) client.order(id, 1, 100, "99.00");
    client.take();
    expect(venue.exchange.cancelUnsolicited("CLIENT", "A2")).toBe(1);
    expect(client.take().map((m) => tags(m, 150, 11, 41, 58))).toEqual([
      "150=4 11=A2 41= 58=canceled by the venue",
    ]);
    expect(venue.exchange.cancelUnsolicited("CLIENT")).toBe(2);
    expect(client.take().map((m) => tag(m, 11))).toEqual(["A1", "A3"]);
  });

  test("busts the last match on both sides, in positions and on the feed", () => {
    client.order("A1", 2, 200, "99.95");
    other.order("B1", 1, 200, "99.95");
    const fill = client.take().at(-1);
    other.take();
    expect(venue.exchange.bust("OTHER")).toBe(1);
    const [mine] = client.take();
    expect(tags(mine, 150, 39, 11, 32, 31, 14, 151, 6)).toBe(
      "150=H 39=4 11=A1 32=200 31=99.9500 14=0 151=0 6=0",
    );
    expect(tag(mine, 19)).toBe(tag(fill, 17));
    expect(other.take().map((m) => tags(m, 150, 11))).toEqual(["150=H 11=B1"]);
    for (const who of ["CLIENT", "OTHER"]) {
      expect(report(who).positions[0]).toMatchObject({ position: 0, bought: 0, sold: 0, total: 0 });
    }
    const last = Buffer.from(venue.feed.packets[0]!.at(-1)!).subarray(22);
    expect([last.toString("latin1", 0, 1), last.readBigUInt64BE(11)]).toEqual(["B", 1n]);
    expect(() => venue.exchange.bust("OTHER")).toThrow("OTHER");
  });

  test("busts no match of an order that still rests", () => {
    client.order("A1", 2, 200, "99.95");
    other.order("B1", 1, 100, "99.95");
    expect(() => venue.exchange.bust("CLIENT")).toThrow("CLIENT");
  });
});

describe("a venue that was told to be bad", () => {
  test("acknowledges twice, with another ExecID", () => {
    venue.exchange.setFaults("CLIENT", { ackTwice: true });
    client.order("A1", 1, 100, "99.00");
    const acks = client.take();
    expect(short(acks)).toEqual(Array(2).fill("35=8 150=0 39=0 11=A1 151=100 14=0"));
    expect(tag(acks[0], 17)).not.toBe(tag(acks[1], 17));
  });

  test("reports a fill beyond the order, and keeps it out of its own positions", () => {
    venue.exchange.setFaults("CLIENT", { overfill: true });
    client.order("A1", 2, 100, "99.95");
    other.order("B1", 1, 100, "99.95");
    expect(client.take().map((m) => tags(m, 39, 32, 14))).toEqual([
      "39=0 32= 14=0",
      "39=2 32=100 14=100",
      "39=2 32=100 14=200",
    ]);
    expect(report().positions[0]?.position).toBe(-100);
  });

  test("rejects everything", () => {
    client.order("A1", 1, 100, "99.00");
    venue.exchange.setFaults("CLIENT", { rejectAll: true });
    client.take();
    client.order("A2", 1, 100, "99.00");
    client.message("F", "11=C1|41=A1|55=AAPL|54=1|");
    client.message("G", "11=A3|41=A1|55=AAPL|54=1|38=200|40=2|44=99.10|");
    expect(client.take().map((m) => tags(m, 35, 39))).toEqual([
      "35=8 39=8",
      "35=9 39=0",
      "35=9 39=0",
    ]);
  });
});

describe("the report", () => {
  test("keeps positions, cash, fees and P&L per session", () => {
    connect({ ...QUIET, makerFee: -0.002, takerFee: 0.003 });
    client.order("A1", 2, 200, "99.95");
    other.order("B1", 1, 200, "99.95");
    other.order("B2", 2, 100, "99.97");
    client.order("A2", 1, 100, "99.97");
    expect(report().positions).toHaveLength(1);
    const mine = report().positions[0]!;
    expect(mine).toMatchObject({ position: -100, bought: 100, sold: 200, markPx: 99.97 });
    expect(mine.cash).toBeCloseTo(200 * 99.95 - 100 * 99.97, 9);
    expect(mine.fees).toBeCloseTo(-0.002 * 200 + 0.003 * 100, 9);
    expect(mine.realized).toBeCloseTo(100 * (99.95 - 99.97), 9);
    expect(mine.unrealized).toBeCloseTo(-100 * (99.97 - 99.95), 9);
    expect(mine.averagePx).toBeCloseTo(99.95, 9);
    expect(mine.total).toBeCloseTo(mine.realized + mine.unrealized - mine.fees, 9);
    expect(report().pnl).toBeCloseTo(mine.total, 9);
    expect(report("OTHER").positions[0]?.position).toBe(100);
  });

  test("survives JSON as it is", () => {
    client.order("A1", 1, 100, "99.00");
    const value = venue.exchange.report();
    expect(JSON.parse(JSON.stringify(value))).toEqual(value);
  });
});
