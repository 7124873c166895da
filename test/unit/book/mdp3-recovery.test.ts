/** Which books are trusted when packets are lost, and how they heal. */
import { describe, expect, test } from "bun:test";
import { BOOK_STALE } from "../../../src/book/flags.ts";
import type { Mdp3BooksOptions } from "../../../src/book/mdp3-options.ts";
import * as wire from "../../support/mdp3-bytes.ts";
import { mdp3Feed, mdp3Market, TICK } from "../../support/mdp3-market.ts";

const [ES, NQ] = [101, 102];

function channel(options: Partial<Mdp3BooksOptions> = {}) {
  const market = mdp3Market(["ESH6", "NQH6"], options);
  return { ...market, ...mdp3Feed(market) };
}
type Channel = ReturnType<typeof channel>;

/** Update `rpt` of an instrument: its best bid gets this price and quantity `rpt`. */
const bid = (id: number, rpt: number, px = rpt) =>
  wire.book([{ id, rpt, action: 5, level: 1, type: "0", px: px * TICK, qty: rpt, orders: 1 }]);
const snapshot = (id: number, lastSeq: number, rpt: number, total = 2) =>
  wire.snapshot({
    ...{ id, lastSeq, rpt, total },
    entries: [{ type: "0", level: 1, px: rpt * TICK, qty: rpt, orders: 1 }],
  });
const state = (m: Channel, i = 0) => {
  const best = m.books.levels(i).bids[0];
  return [m.books.flags(i) === BOOK_STALE ? "stale" : m.books.flags(i), best?.qty ?? 0];
};

/** Both instruments sound, each with its first update; the next packet is 3. */
function sound(options: Partial<Mdp3BooksOptions> = {}): Channel {
  const m = channel(options);
  m.live(1, bid(ES, 1));
  m.live(2, bid(NQ, 1));
  expect([state(m, 0), state(m, 1)]).toEqual([
    [0, 1],
    [0, 1],
  ]);
  return m;
}

describe("a loss", () => {
  test("makes every book of the channel stale, and tells so", () => {
    const m = sound();
    m.live(4, bid(ES, 2));
    expect(state(m)).toEqual([0, 1]);
    m.log.books.length = 0;
    m.wait();
    expect(state(m, 1)).toEqual(["stale", 1]);
    expect(m.log.books.map(([i]) => i).sort()).toEqual([0, 1]);
    expect(m.books.describeFlags(1)).toContain("stale");
  });

  test("natural refresh: an update that follows ours proves that nothing was missed", () => {
    const m = sound();
    m.live(4, bid(ES, 2));
    m.wait();
    // Packet 3 held nothing of ES, and perhaps something of NQ.
    expect([state(m, 0), state(m, 1)]).toEqual([
      [0, 2],
      ["stale", 1],
    ]);
    m.live(5, bid(NQ, 3));
    expect(state(m, 1)).toEqual(["stale", 1]);
    expect(m.books.recovery.holes).toBe(1);
  });

  test("a hole in the numbers of one instrument makes that one stale, without a lost packet", () => {
    const m = sound();
    m.live(3, bid(ES, 3));
    expect([state(m, 0), state(m, 1)]).toEqual([
      ["stale", 1],
      [0, 1],
    ]);
  });

  test("an update that is not higher than ours is ignored", () => {
    const m = sound();
    m.live(3, bid(ES, 1, 50), bid(ES, 0, 60));
    expect(m.books.levels(0).bids[0]!.px).toBe(1);
    expect(state(m)).toEqual([0, 1]);
  });

  test("a message that cannot be read counts as one", () => {
    const m = sound();
    m.live(3, wire.book([{ id: ES, rpt: 2, type: "0" }], { count: 9 }));
    expect([state(m, 0), state(m, 1)]).toEqual([
      ["stale", 1],
      ["stale", 1],
    ]);
    // It was in packet 3: a snapshot from before is not enough.
    m.loop(1, snapshot(ES, 2, 1), snapshot(NQ, 3, 1));
    expect([state(m, 0), state(m, 1)]).toEqual([
      ["stale", 1],
      [0, 1],
    ]);
  });

  test("the other line fills it: nothing happens", () => {
    const m = sound();
    m.take(wire.packet(4, [bid(ES, 3)]), 0);
    m.take(wire.packet(3, [bid(ES, 2)]), 1);
    m.wait();
    expect(state(m)).toEqual([0, 3]);
  });
});

describe("a snapshot", () => {
  test("and the updates behind it that were kept make the book", () => {
    const m = sound();
    for (const rpt of [4, 5, 6]) m.live(rpt, bid(ES, rpt));
    m.wait();
    expect(state(m)).toEqual(["stale", 1]);
    m.loop(1, snapshot(ES, 5, 5));
    expect(state(m)).toEqual([0, 6]);
    m.live(7, bid(ES, 7));
    expect(state(m)).toEqual([0, 7]);
    expect(m.books.recovery.recovered).toBe(1);
  });

  test("older than the first kept update is not enough; the next one is", () => {
    const m = sound();
    for (const rpt of [4, 5, 6]) m.live(rpt, bid(ES, rpt));
    m.wait();
    // Update 3 is missing between it and ours.
    m.loop(1, snapshot(ES, 6, 2));
    expect(state(m)).toEqual(["stale", 1]);
    m.loop(1, snapshot(ES, 6, 3));
    expect(state(m)).toEqual([0, 6]);
  });

  test("taken before the lost packet is not enough, though its number is ours", () => {
    const m = sound();
    m.live(4, bid(NQ, 2));
    m.wait();
    m.loop(1, snapshot(ES, 2, 1));
    expect(state(m)).toEqual(["stale", 1]);
    m.loop(2, snapshot(ES, 3, 1));
    expect(state(m)).toEqual([0, 1]);
    expect(m.books.recovery.recovered).toBe(1);
  });

  test("ahead of the live lines: updates that it holds already are ignored", () => {
    const m = sound();
    m.live(4, bid(NQ, 2));
    m.wait();
    // Number 9 has come, and waits for those before it.
    m.live(9, bid(ES, 6));
    m.loop(1, snapshot(ES, 8, 5));
    expect(state(m)).toEqual([0, 5]);
    for (const rpt of [2, 3, 4]) m.live(rpt + 3, bid(ES, rpt, 77));
    expect(m.books.levels(0).bids[0]!.px).toBe(5);
    expect(state(m)).toEqual([0, 5]);
    m.live(8, bid(ES, 5, 77));
    expect(state(m)).toEqual([0, 6]);
  });

  test("of a sound book is ignored", () => {
    const m = sound();
    m.loop(1, snapshot(ES, 9, 9));
    expect(state(m)).toEqual([0, 1]);
  });

  test("with a hole among its own levels is not taken", () => {
    const m = sound();
    m.live(4, bid(ES, 3));
    m.wait();
    const entry = { type: "0", px: TICK, qty: 1 };
    const holed = [
      { ...entry, level: 1 },
      { ...entry, level: 3 },
    ];
    m.loop(1, wire.snapshot({ lastSeq: 4, id: ES, rpt: 3, entries: holed }));
    expect(state(m)[0]).toBe("stale");
    m.loop(1, snapshot(ES, 4, 3));
    expect(state(m)).toEqual([0, 3]);
  });

  test("with its implied levels, statistics and status", () => {
    const m = channel();
    m.live(10, wire.adminHeartbeat());
    const entries = [
      { type: "0", level: 1, px: 3 * TICK, qty: 1 },
      { type: "E", level: 1, px: 4 * TICK, qty: 2 },
      { type: "7", px: 9 * TICK },
    ];
    m.loop(1, wire.snapshot({ lastSeq: 10, id: ES, rpt: 7, status: 2, entries }));
    expect(m.books.levels(0).bids[0]!.px).toBe(3);
    expect(m.books.impliedLevels(0).bids[0]!.px).toBe(4);
    expect(m.books.market.statistic(0, 0x37)).toBe(9);
    expect(m.log.statuses).toEqual([[0, 2]]);
  });
});

describe("a late join", () => {
  test("is stale until snapshots come, and keeps what comes meanwhile", () => {
    const m = channel();
    m.live(100, bid(ES, 40));
    m.live(101, bid(ES, 41));
    expect([state(m, 0), state(m, 1)]).toEqual([
      ["stale", 0],
      ["stale", 0],
    ]);
    m.loop(1, snapshot(ES, 98, 38));
    expect(state(m)).toEqual(["stale", 0]);
    m.loop(2, snapshot(ES, 100, 40));
    expect(state(m)).toEqual([0, 41]);
  });

  test("with no packet yet takes no snapshot: what came between would not be known", () => {
    const m = channel();
    m.loop(1, snapshot(ES, 100, 40));
    m.live(103, bid(NQ, 3));
    expect(state(m)).toEqual(["stale", 0]);
  });

  test("an instrument that is defined later has missed what came before", () => {
    const one = mdp3Market(["CLH6"], { isMapped: false });
    const feed = mdp3Feed(one);
    feed.live(1, bid(55, 1));
    feed.define(1, wire.definition({ id: 55, symbol: "CLH6" }));
    expect(one.books.flags(0)).toBe(BOOK_STALE);
    feed.live(2, bid(55, 2));
    expect(one.books.flags(0)).toBe(BOOK_STALE);
    feed.loop(1, snapshot(55, 1, 1, 1));
    expect(one.books.levels(0).bids[0]!.qty).toBe(2);
    expect(one.books.flags(0)).toBe(0);
  });

  test("an instrument that is defined before anything of it can have come is empty, and that is known", () => {
    const m = mdp3Market(["CLH6"], { isMapped: false });
    const feed = mdp3Feed(m);
    feed.live(1, wire.definition({ id: 55, symbol: "CLH6" }));
    expect(m.books.flags(0)).toBe(0);
    feed.live(2, bid(55, 1));
    expect(m.books.flags(0)).toBe(0);
    const lossy = mdp3Market(["CLH6"], { isMapped: false });
    const other = mdp3Feed(lossy);
    other.live(1, wire.adminHeartbeat());
    other.live(3, wire.definition({ id: 55, symbol: "CLH6" }));
    other.wait();
    expect(lossy.books.flags(0)).toBe(BOOK_STALE);
  });

  test("an id that goes over to another instrument takes no book with it", () => {
    const m = sound();
    m.live(3, bid(77, 1));
    m.define(1, wire.definition({ id: 77, symbol: "ESH6" }));
    expect(state(m)).toEqual(["stale", 0]);
    m.live(4, bid(77, 2));
    m.loop(1, snapshot(77, 3, 1));
    expect(state(m)).toEqual([0, 2]);
    expect(state(m, 1)).toEqual([0, 1]);
  });

  test("an instrument whose first update comes was empty until then", () => {
    const m = channel();
    m.live(100, bid(ES, 1));
    expect(state(m)).toEqual([0, 1]);
  });

  test("a whole loop that does not tell of an instrument: its book is empty, and that is known", () => {
    const m = channel();
    m.live(100, wire.adminHeartbeat());
    const other = (lastSeq: number) =>
      wire.snapshot({ ...{ lastSeq, total: 2 }, id: 7, rpt: 1, entries: [] });
    m.loop(1, snapshot(ES, 100, 5));
    m.loop(3, other(100));
    expect(state(m, 1)).toEqual(["stale", 0]);
    m.live(101, wire.adminHeartbeat());
    m.live(102, wire.adminHeartbeat());
    m.loop(1, snapshot(ES, 101, 5), other(98));
    expect(state(m, 1)).toEqual(["stale", 0]);
    m.loop(1, snapshot(ES, 101, 5));
    m.loop(2, other(103));
    expect(state(m, 1)).toEqual(["stale", 0]);
    m.loop(1, snapshot(ES, 101, 5));
    m.loop(2, other(102));
    expect([state(m, 0), state(m, 1)]).toEqual([
      [0, 5],
      [0, 0],
    ]);
    m.live(103, bid(NQ, 1));
    expect(state(m, 1)).toEqual([0, 1]);
  });

  test("after a channel reset all books are empty and sound", () => {
    const m = channel();
    m.live(100, bid(ES, 40));
    m.live(101, wire.channelReset());
    expect([state(m, 0), state(m, 1)]).toEqual([
      [0, 0],
      [0, 0],
    ]);
    m.live(102, bid(ES, 1));
    expect(state(m)).toEqual([0, 1]);
  });
});

describe("kept updates", () => {
  test("are bounded: when there is no room the instrument waits for a later snapshot", () => {
    const m = sound({ keptUpdates: 2 });
    m.live(4, bid(ES, 3));
    m.live(5, bid(ES, 4));
    m.wait();
    m.live(6, bid(ES, 5));
    expect(m.books.recovery.overflows).toBe(1);
    m.live(7, bid(ES, 6));
    // From 3 on would have been enough with room for three.
    m.loop(1, snapshot(ES, 6, 4));
    expect(state(m)).toEqual(["stale", 1]);
    m.loop(2, snapshot(ES, 6, 5));
    expect(state(m)).toEqual([0, 6]);
  });

  test("with an action that is none make the book wait again, not change", () => {
    const m = sound();
    m.live(4, bid(ES, 3), wire.book([{ id: ES, rpt: 4, action: 16, type: "0", px: TICK, qty: 9 }]));
    m.wait();
    m.loop(1, snapshot(ES, 4, 3));
    expect(state(m)).toEqual(["stale", 3]);
    m.loop(1, snapshot(ES, 4, 4));
    expect(state(m)).toEqual([0, 4]);
  });

  test("of one instrument do not use up another's for good", () => {
    const m = sound({ keptUpdates: 2 });
    m.live(4, bid(ES, 3));
    m.live(5, bid(ES, 4));
    m.live(6, bid(NQ, 3));
    m.wait();
    m.loop(1, snapshot(NQ, 6, 3));
    expect(state(m, 1)).toEqual([0, 3]);
    m.loop(1, snapshot(ES, 5, 4));
    expect(state(m)).toEqual([0, 4]);
  });

  test("with a hole among them begin anew behind it", () => {
    const m = sound();
    m.live(4, bid(ES, 3));
    m.wait();
    m.live(6, bid(ES, 5));
    m.wait();
    m.loop(1, snapshot(ES, 5, 3));
    expect(state(m)).toEqual(["stale", 1]);
    m.loop(2, snapshot(ES, 5, 4));
    expect(state(m)).toEqual([0, 5]);
  });
});

describe("orders", () => {
  const order = (id: number, qty: number, action = 0, type = "0") =>
    wire.orderBook([{ id: ES, order: id, type, px: 5 * TICK, qty, action }]);
  const total = (m: Channel) => {
    const view = m.books.orders!.view(0);
    return [m.books.orders!.isTrusted(0), view.bidQty(0), view.bidCount(0), m.books.liveOrders()];
  };
  const chunk = (lastSeq: number, k: number, chunks: number, ids: number[]) =>
    wire.orderSnapshot({
      ...{ lastSeq, id: ES, chunks, chunk: k },
      orders: ids.map((id) => ({ order: id, type: "0", px: 5 * TICK, qty: 10 })),
    });

  test("are placed, changed and deleted, alone and with their levels", () => {
    const m = channel({ maxOrders: 16 });
    m.live(1, order(1, 10));
    m.live(
      2,
      wire.book([{ id: ES, rpt: 1, type: "0", px: 5 * TICK, qty: 15, orders: 2 }], {}, [
        { order: 2, qty: 5, reference: 1 },
      ]),
    );
    expect(total(m)).toEqual([true, 15, 2, 2]);
    m.live(3, order(1, 7, 1));
    expect(total(m)).toEqual([true, 12, 2, 2]);
    m.live(4, order(2, 0, 2));
    expect(total(m)).toEqual([true, 7, 1, 1]);
    m.live(5, wire.book([{ id: ES, rpt: 2, type: "J" }]));
    expect(total(m)).toEqual([true, 0, 0, 0]);
    expect(m.books.flags(0)).toBe(0);
  });

  test("are not kept where nobody asked for them", () => {
    const m = channel();
    m.live(1, order(1, 10));
    expect([m.books.orders, m.books.liveOrders()]).toEqual([null, 0]);
  });

  test("are stale after a loss until a snapshot in chunks taken behind it", () => {
    const m = channel({ maxOrders: 16 });
    m.live(1, order(1, 10));
    m.live(3, order(3, 10));
    m.wait();
    expect(total(m)[0]).toBe(false);
    m.loop(1, chunk(1, 1, 1, [1]));
    expect(total(m)[0]).toBe(false);
    m.loop(2, chunk(2, 1, 2, [1]));
    expect(total(m)[0]).toBe(false);
    m.live(4, order(4, 10), order(1, 0, 2));
    m.loop(3, chunk(2, 2, 2, [2]));
    // Of 1, 2 and 3, 4, without 1.
    expect(total(m)).toEqual([true, 30, 3, 3]);
  });

  test("a chunk that is missing or of another time: the next loop", () => {
    const m = channel({ maxOrders: 16 });
    m.live(9, wire.adminHeartbeat());
    m.loop(1, chunk(9, 1, 3, [1]), chunk(9, 3, 3, [3]));
    expect(total(m)[0]).toBe(false);
    m.live(10, wire.adminHeartbeat());
    m.loop(1, chunk(9, 1, 2, [1]), chunk(10, 2, 2, [3]));
    expect(total(m)[0]).toBe(false);
    m.loop(1, chunk(10, 1, 2, [1]), chunk(10, 2, 2, [3]));
    expect(total(m)).toEqual([true, 20, 2, 2]);
  });

  test("of a snapshot that is ahead of the live lines are not applied twice", () => {
    const m = channel({ maxOrders: 16 });
    m.live(9, wire.adminHeartbeat());
    // Number 12 has come, and waits for those before it.
    m.live(12, wire.adminHeartbeat());
    m.loop(1, chunk(13, 1, 1, [1, 2]));
    expect(total(m)[0]).toBe(false);
    m.loop(1, chunk(12, 1, 1, [1, 2]));
    m.live(10, order(1, 10), order(3, 10));
    m.live(11, order(3, 0, 2), order(2, 10));
    expect(total(m)).toEqual([true, 20, 2, 2]);
    m.live(14, order(4, 10));
    m.wait();
    // Packet 13 is lost: a snapshot from before that is not enough.
    m.loop(1, chunk(12, 1, 1, [1]));
    expect(total(m)[0]).toBe(false);
    m.loop(1, chunk(13, 1, 1, [1, 2]));
    expect(total(m)).toEqual([true, 30, 3, 3]);
  });

  test("chunks that are numbered beyond their count, or from 0, are no snapshot", () => {
    const m = channel({ maxOrders: 16 });
    m.live(9, wire.adminHeartbeat());
    m.loop(1, chunk(9, 0, 0, [1]), chunk(9, 1, 0, [1]), chunk(9, 2, 1, [2]));
    m.loop(2, chunk(0, 0, 0, [1]), chunk(0, 0, 1, [1]));
    expect(total(m)).toEqual([false, 0, 0, 0]);
  });

  test("with an action that is none are not trusted", () => {
    const m = channel({ maxOrders: 16 });
    m.live(1, order(1, 10));
    m.live(2, order(1, 10, 16));
    expect(total(m)[0]).toBe(false);
    m.live(3, order(2, 10, 16));
    m.loop(1, chunk(2, 1, 1, [1]));
    expect(total(m)[0]).toBe(false);
    m.loop(1, chunk(3, 1, 1, [1]));
    expect(total(m)).toEqual([true, 10, 1, 1]);
  });

  test("an order that is not there, or is there already, makes them stale", () => {
    for (const bad of [order(9, 1, 2), order(1, 1)]) {
      const m = channel({ maxOrders: 16 });
      m.live(1, order(1, 10));
      m.live(2, bad);
      expect(total(m)[0]).toBe(false);
      m.loop(1, chunk(2, 1, 1, [1]));
      expect(total(m)).toEqual([true, 10, 1, 1]);
    }
  });
});
