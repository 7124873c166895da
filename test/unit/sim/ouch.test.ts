/** The simulated venue's OUCH side, spoken to with bytes built from the layout. */
import { describe, expect, test } from "bun:test";
import { describeOuch, type OuchRecord } from "../../../src/ouch/ouch-fields.ts";
import { type SimOptionsInput, simOptionsSchema } from "../../../src/sim/options.ts";
import { withSession } from "../../../src/sim/process.ts";
import type { FixPeer, FixTransport } from "../../../src/sim/transport.ts";
import * as O from "../../support/ouch-bytes.ts";
import { makeVenue, QUIET, ScriptedClient, type Venue } from "../../support/sim-venue.ts";

const OPTIONS: SimOptionsInput = {
  ...QUIET,
  ouch: { session: "OUCH1", clients: [{ username: "ME", password: "pw" }] },
};

class Client implements FixTransport {
  closed = false;
  private readonly peer: FixPeer;
  private bytes: number[] = [];

  constructor(venue: Venue) {
    this.peer = venue.exchange.acceptOuch(this);
  }
  send(bytes: Uint8Array): void {
    this.bytes.push(...bytes);
  }
  close(): void {
    this.closed = true;
  }
  pause(): void {}

  put(...messages: Uint8Array[]): this {
    for (const message of messages) this.peer.onData(O.soup("U", message));
    return this;
  }
  raw(bytes: Uint8Array): void {
    this.peer.onData(bytes);
  }
  end(): void {
    this.peer.onClose();
  }
  login(sequence = 1, session = "", username = "ME", password = "pw"): this {
    const text = username.padEnd(6) + password.padEnd(10) + session.padStart(10);
    this.raw(O.soup("L", O.ascii(text + String(sequence).padStart(20))));
    return this;
  }
  take() {
    const packets = O.soupPackets(Uint8Array.from(this.bytes));
    this.bytes = [];
    return packets;
  }
  /** Sequenced messages since the last call. */
  told(): OuchRecord[] {
    return this.take()
      .filter(({ type }) => type === "S")
      .map(({ payload }) => describeOuch("out", payload, 0, payload.length)!);
  }
  /** Type, number and what else is asked for of each. */
  brief(...names: string[]): unknown[][] {
    return this.told().map((m) => [m.type, m["user_ref_num"], ...names.map((name) => m[name])]);
  }
}

function start() {
  const venue = makeVenue(OPTIONS);
  const client = new Client(venue).login();
  client.take();
  return { venue, client };
}

test("a venue that begins anew has a session of another name, unless it is given one", () => {
  const clients = [{ username: "ME" }];
  const of = (ouch: object, nowMs: number) =>
    withSession(simOptionsSchema.parse({ ...OPTIONS, ouch }), nowMs).ouch!.session;
  const start = Date.UTC(2026, 0, 2, 9, 30, 15, 120);
  expect(of({ clients }, start)).toBe("O09301512");
  expect(of({ clients }, start + 1000)).toBe("O09301612");
  expect(of({ clients, session: "DAY7" }, start)).toBe("DAY7");
});

describe("a login", () => {
  test("is accepted with the number of the next message", () => {
    const client = new Client(makeVenue(OPTIONS)).login();
    const [packet] = client.take();
    expect(packet!.type).toBe("A");
    expect(Buffer.from(packet!.payload).toString("latin1").trim().split(/ +/)).toEqual([
      "OUCH1",
      "1",
    ]);
  });

  test("is rejected with a wrong password, name or session", () => {
    const venue = makeVenue(OPTIONS);
    const wrong: [Parameters<Client["login"]>, string][] = [
      [[1, "", "ME", "no"], "A"],
      [[1, "", "YOU", "pw"], "A"],
      [[1, "OTHER", "ME", "pw"], "S"],
    ];
    for (const [login, reason] of wrong) {
      const client = new Client(venue).login(...login);
      const [packet] = client.take();
      expect([packet!.type, Buffer.from(packet!.payload).toString()]).toEqual(["J", reason]);
      expect(client.closed).toBe(true);
    }
    expect(venue.exchange.ouch.refused).toBe(3);
  });

  test("brings again what was said from the number asked for", () => {
    const { venue, client } = start();
    client.put(O.enterOrder(1), O.enterOrder(2), O.accountQuery());
    client.end();
    venue.run(1);
    const again = new Client(venue).login(2, "OUCH1");
    expect(again.brief().map(([type, ref]) => `${type}${ref ?? ""}`)).toEqual([
      "A2",
      "Q",
      "C1",
      "C2",
    ]);
    const late = new Client(venue).login(0);
    expect(late.told()).toEqual([]);
    expect(again.closed).toBe(true);
  });

  test("comes first, and heartbeats follow when nothing else does", () => {
    const venue = makeVenue(OPTIONS);
    const rude = new Client(venue).put(O.enterOrder(1));
    expect(rude.closed).toBe(true);
    const client = new Client(venue).login();
    client.take();
    venue.run(1100);
    expect(client.take().map(({ type }) => type)).toEqual(["H"]);
    venue.run(15_000);
    expect(client.closed).toBe(true);
  });
});

describe("an order", () => {
  test("is accepted with what it said, and trades with orders by FIX", () => {
    const { venue, client } = start();
    const fix = new ScriptedClient(venue);
    fix.logon();
    client.put(O.enterOrder(5, { quantity: 300, clordid: "MINE", display: "N", capacity: "A" }));
    expect(client.told()[0]).toMatchObject({
      type: "A",
      user_ref_num: 5,
      side: "B",
      quantity: 300,
      symbol: "AAPL",
      price: 1_000_000,
      display: "N",
      capacity: "A",
      order_state: "L",
      clordid: "MINE",
    });
    fix.order("F1", 2, 100, "100");
    expect(client.brief("quantity", "price", "liquidity_flag")).toEqual([
      ["E", 5, 100, 1_000_000, "A"],
    ]);
    const report = venue.exchange.report().sessions.find((s) => s.client === "ME")!;
    expect(report.orders[0]).toMatchObject({ clOrdId: "MINE", cum: 100, leaves: 200 });
    expect(report.positions[0]).toMatchObject({ symbol: "AAPL", position: 100 });
  });

  test("with a number that was used, or a lower one, is passed over", () => {
    const { client } = start();
    client.put(O.enterOrder(5), O.enterOrder(5), O.enterOrder(4), O.accountQuery());
    const told = client.told();
    expect(told.map((m) => m.type)).toEqual(["A", "Q"]);
    expect(told[1]!["next_user_ref_num"]).toBe(6);
  });

  test("is rejected where it can't be", () => {
    const { client } = start();
    client.put(
      O.enterOrder(1, { symbol: "NONE" }),
      O.enterOrder(2, { price: 1 }),
      O.enterOrder(3, { side: "X" }),
    );
    expect(client.brief("clordid")).toEqual([
      ["J", 1, ""],
      ["J", 2, ""],
      ["J", 3, ""],
    ]);
  });

  test("immediate, is canceled with what is left", () => {
    const { client } = start();
    client.put(O.enterOrder(1, { tif: "3" }));
    expect(client.brief("quantity")).toEqual([
      ["A", 1, 100],
      ["C", 1, 100],
    ]);
  });
});

describe("a cancel", () => {
  test("takes all that is open, or so much that a size is left", () => {
    const { client } = start();
    client.put(O.enterOrder(1, { quantity: 300 }), O.cancelOrder(1, 120), O.cancelOrder(1, 0));
    expect(client.brief("quantity")).toEqual([
      ["A", 1, 300],
      ["C", 1, 180],
      ["C", 1, 120],
    ]);
  });

  test("to a size that has traded takes the rest", () => {
    const { client } = start();
    client.put(O.enterOrder(1, { quantity: 300 }), O.enterOrder(2, { side: "S", quantity: 100 }));
    client.take();
    client.put(O.cancelOrder(1, 100));
    expect(client.brief("quantity")).toEqual([["C", 1, 200]]);
  });

  test("of what is done, or was never there, is passed over", () => {
    const { client } = start();
    client.put(O.enterOrder(1), O.cancelOrder(1), O.cancelOrder(1), O.cancelOrder(9));
    expect(client.brief().map(([type]) => type)).toEqual(["A", "C"]);
  });
});

describe("a replace", () => {
  test("has its own number from then on, and counts what has traded", () => {
    const { client } = start();
    client.put(O.enterOrder(1, { quantity: 300 }), O.enterOrder(2, { side: "S", quantity: 100 }));
    client.take();
    client.put(O.replaceOrder(1, 3, { quantity: 400, price: 999_900 }));
    expect(client.brief("orig_user_ref_num", "quantity", "price")).toEqual([
      ["U", 3, 1, 300, 999_900],
    ]);
    client.put(O.cancelOrder(1), O.cancelOrder(3));
    expect(client.brief("quantity")).toEqual([["C", 3, 300]]);
  });

  test("that can never be takes the order with it; of a done order it is passed over", () => {
    const { client } = start();
    client.put(O.enterOrder(1), O.replaceOrder(1, 2, { price: 33 }));
    expect(client.brief().map(([type, ref]) => [type, ref])).toEqual([
      ["A", 1],
      ["C", 1],
    ]);
    client.put(O.replaceOrder(1, 3));
    expect(client.told()).toEqual([]);
  });

  test("refused for now, is rejected and leaves the order", () => {
    const { venue, client } = start();
    client.put(O.enterOrder(1));
    venue.exchange.setState("AAPL", "H");
    client.take();
    client.put(O.replaceOrder(1, 2, { price: 999_900, clordid: "R" }));
    expect(client.brief("clordid")).toEqual([["J", 2, "R"]]);
    client.put(O.cancelOrder(1));
    expect(client.brief()[0]!.slice(0, 2)).toEqual(["C", 1]);
  });
});

test("a broken trade names the match that it takes back", () => {
  const { venue, client } = start();
  client.put(O.enterOrder(1), O.enterOrder(2, { side: "S" }));
  const matches = client.told().filter((m) => m.type === "E");
  expect(matches.length).toBe(2);
  venue.exchange.bust("ME");
  const broken = client.told();
  expect(broken.map((m) => m.type)).toEqual(["B", "B"]);
  expect(broken.map((m) => m["match_number"]).sort()).toEqual(
    matches.map((m) => m["match_number"]).sort(),
  );
});

test("at the end of the day the session ends", () => {
  const { venue, client } = start();
  client.put(O.enterOrder(1));
  client.take();
  venue.exchange.endSession();
  expect(client.take().map(({ type }) => type)).toContain("Z");
  expect(client.closed).toBe(true);
});
