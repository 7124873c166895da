/** What proves that a book is right when the venue may have begun anew while packets were lost. */
import { describe, expect, test } from "bun:test";
import { BOOK_STALE } from "../../../src/book/flags.ts";
import type { Mdp3BooksOptions } from "../../../src/book/mdp3-options.ts";
import { STATUS_HALTED, STATUS_TRADING, STATUS_UNKNOWN } from "../../../src/core/codes.ts";
import * as wire from "../../support/mdp3-bytes.ts";
import { mdp3Feed, mdp3Market, TICK } from "../../support/mdp3-market.ts";

const [ES, NQ] = [101, 102];
const [READY, HALT] = [17, 2];

function channel(options: Partial<Mdp3BooksOptions> = {}) {
  const market = mdp3Market(["ESH6", "NQH6"], options);
  return { ...market, ...mdp3Feed(market) };
}
type Channel = ReturnType<typeof channel>;

const entry = (level: number, px: number, qty: number) => {
  return { type: "0", level, px: px * TICK, qty, orders: 1 };
};
/** Update `rpt` of ES puts a bid before all others: price and quantity are its number. */
const bid = (rpt: number, id = ES) => wire.book([{ id, rpt, action: 0, ...entry(1, rpt, rpt) }]);
/** ES as of update `rpt`: one bid of price and quantity `px`. */
const snapshot = (lastSeq: number, rpt: number, px = rpt, status = READY) =>
  wire.snapshot({ ...{ lastSeq, id: ES, rpt, status, total: 2 }, entries: [entry(1, px, px)] });
const beat = () => wire.adminHeartbeat();
/** "stale" and the quantities of the bids of ES. */
const book = (m: Channel) => {
  const flags = m.books.flags(0);
  const bids = m.books.levels(0).bids.map((level) => level.qty);
  return [flags === BOOK_STALE ? "stale" : flags, ...bids];
};

/** ES by a snapshot: sound, update 100 is the last one, packet 10 too. */
function joined(options: Partial<Mdp3BooksOptions> = {}): Channel {
  const m = channel(options);
  m.live(10, beat());
  m.loop(1, snapshot(10, 100));
  expect(book(m)).toEqual([0, 100]);
  return m;
}

/** The same when packets 11 to 19 were lost. */
function doubted(...first: Uint8Array[]): Channel {
  const m = joined();
  m.live(20, ...(first.length === 0 ? [beat()] : first));
  m.wait();
  return m;
}

describe("a snapshot of a packet that the live lines have not brought", () => {
  test("is left for the next round, whatever its number", () => {
    const m = channel();
    m.live(10, beat());
    m.loop(1, snapshot(100_010, 5000));
    m.loop(1, snapshot(11, 5000));
    expect(book(m)).toEqual(["stale"]);
    m.live(11, bid(41));
    m.loop(1, snapshot(10, 40));
    expect(book(m)).toEqual([0, 41, 40]);
  });

  test("counts as soon as they bring it, though a hole before it is still open", () => {
    const m = doubted();
    m.loop(1, snapshot(23, 105));
    expect(book(m)).toEqual(["stale", 100]);
    m.live(23, beat());
    m.loop(1, snapshot(23, 105));
    expect(book(m)).toEqual([0, 105]);
    // Those are in the snapshot.
    m.live(21, bid(104));
    m.live(22, bid(105));
    expect(book(m)).toEqual([0, 105]);
  });

  test("of orders does not count either", () => {
    const m = channel({ maxOrders: 16 });
    const image = (lastSeq: number) =>
      wire.orderSnapshot({
        ...{ lastSeq, id: ES, chunks: 1, chunk: 1 },
        orders: [{ order: 1, type: "0", px: TICK, qty: 1 }],
      });
    m.live(10, beat());
    m.loop(1, image(11));
    expect(m.books.orders!.isTrusted(0)).toBe(false);
    m.loop(1, image(10));
    expect(m.books.orders!.isTrusted(0)).toBe(true);
  });

  test("of orders is not replaced by one from before what it holds already", () => {
    const m = channel({ maxOrders: 16 });
    const image = (lastSeq: number, ...orders: number[]) =>
      wire.orderSnapshot({
        ...{ lastSeq, id: ES, chunks: 1, chunk: 1 },
        orders: orders.map((order) => ({ order, type: "0", px: TICK, qty: 1 })),
      });
    m.live(9, beat());
    m.live(12, wire.orderBook([{ id: ES, order: 5, type: "0", px: TICK, qty: 1, action: 0 }]));
    m.loop(1, image(12, 1, 5));
    expect(m.books.orders!.isTrusted(0)).toBe(true);
    m.wait();
    m.loop(1, image(11, 1));
    expect(m.books.orders!.isTrusted(0)).toBe(false);
    m.loop(1, image(12, 1, 5));
    expect([m.books.orders!.isTrusted(0), m.books.liveOrders()]).toEqual([true, 2]);
  });

  test("does not make a whole round that says who has no book", () => {
    const m = channel();
    m.live(10, beat());
    m.loop(1, wire.snapshot({ lastSeq: 270, id: NQ, rpt: 9, total: 1, entries: [] }));
    expect(book(m)).toEqual(["stale"]);
    m.loop(1, wire.snapshot({ lastSeq: 10, id: NQ, rpt: 9, total: 1, entries: [] }));
    expect(book(m)).toEqual([0]);
  });
});

test("a round that told of an instrument before its definition came does not make its book empty", () => {
  const m = mdp3Market(["ESH6"], { isMapped: false });
  const feed = mdp3Feed(m);
  const other = () => wire.snapshot({ lastSeq: 10, id: 7, rpt: 9, total: 2, entries: [] });
  feed.live(10, beat());
  feed.loop(1, snapshot(10, 100));
  feed.define(1, wire.definition({ id: ES, symbol: "ESH6" }));
  feed.loop(2, other());
  expect(m.books.flags(0)).toBe(BOOK_STALE);
  feed.loop(1, snapshot(10, 100));
  expect(m.books.flags(0)).toBe(0);
  expect(m.books.levels(0).bids[0]!.qty).toBe(100);
});

test("a snapshot of an update that the live lines should have brought is another session's", () => {
  const m = channel();
  m.live(42, bid(41));
  for (let seq = 43; seq <= 60; seq++) m.live(seq, bid(seq - 1));
  // The numbers of the packets have come up to those of the session before.
  m.loop(1, snapshot(50, 260));
  expect(book(m)).toEqual(["stale"]);
  m.loop(1, snapshot(50, 49));
  expect(book(m)[0]).toBe(0);
  expect(book(m)[1]).toBe(59);
});

describe("numbers that began anew in an outage", () => {
  test("a snapshot behind the loss with a lower one replaces the book", () => {
    const m = doubted();
    m.loop(1, snapshot(10, 98));
    expect(book(m)).toEqual(["stale", 100]);
    m.loop(1, snapshot(20, 98));
    expect(book(m)).toEqual([0, 98]);
    for (const rpt of [99, 100, 101, 102]) m.live(rpt - 78, bid(rpt));
    expect(book(m)).toEqual([0, 102, 101, 100, 99, 98]);
  });

  test("the same one may be chance: the book is the snapshot's", () => {
    const m = doubted();
    m.loop(1, snapshot(20, 100, 7));
    expect(book(m)).toEqual([0, 7]);
  });

  test("a lower one of an update refutes that the next one follows ours", () => {
    const m = doubted(bid(99));
    for (const rpt of [100, 101, 102]) m.live(rpt - 79, bid(rpt));
    expect(book(m)).toEqual(["stale", 100]);
    m.loop(1, snapshot(20, 99, 7));
    expect(book(m)).toEqual([0, 102, 101, 100, 7]);
    expect(m.books.recovery.holes).toBe(1);
  });

  test("a lower one after one that follows by chance makes the book stale again", () => {
    const m = doubted(bid(101));
    expect(book(m)).toEqual([0, 101, 100]);
    m.live(21, bid(50));
    expect(book(m)[0]).toBe("stale");
    m.loop(1, snapshot(21, 50));
    expect(book(m)).toEqual([0, 50]);
  });

  test("one that follows by chance is found out by a snapshot", () => {
    const m = doubted(bid(101));
    expect(book(m)).toEqual([0, 101, 100]);
    m.loop(1, snapshot(20, 101, 7));
    expect(book(m)).toEqual([0, 7]);
    // It is proven, and needs none any more.
    m.loop(1, snapshot(20, 101, 8));
    expect(book(m)).toEqual([0, 7]);
  });

  test("a snapshot that has less than ours before the loss refutes one that follows", () => {
    const m = doubted(bid(101));
    m.log.books.length = 0;
    m.loop(1, snapshot(20, 99));
    expect(book(m)).toEqual(["stale", 101, 100]);
    expect(m.log.books.map(([i]) => i)).toEqual([0]);
    m.live(21, bid(102));
    m.loop(1, snapshot(21, 102));
    expect(book(m)).toEqual([0, 102]);
  });

  test("a snapshot older than the update that follows refutes nothing", () => {
    const m = doubted(bid(101));
    m.live(21, bid(102));
    m.loop(1, snapshot(20, 101, 7));
    m.loop(1, snapshot(19, 100, 7));
    expect(book(m)).toEqual([0, 102, 101, 100]);
  });

  test("number 1 says that the book was empty", () => {
    const m = doubted(bid(1));
    expect(book(m)).toEqual([0, 1]);
    m.live(21, bid(2));
    expect(book(m)).toEqual([0, 2, 1]);
  });

  test("what was kept before the loss is not put on a snapshot from behind it", () => {
    const m = joined();
    m.live(11, bid(102));
    m.live(12, bid(103));
    expect(book(m)).toEqual(["stale", 100]);
    m.live(20, beat());
    m.wait();
    m.loop(1, snapshot(20, 101));
    expect(book(m)).toEqual([0, 101]);
    m.live(21, bid(102));
    expect(book(m)).toEqual([0, 102, 101]);
  });

  test("an update that a snapshot ahead of it holds refutes nothing", () => {
    const m = joined();
    m.live(20, beat());
    m.wait();
    m.live(25, beat());
    m.loop(1, snapshot(24, 103));
    // 21 to 23 are lost; 24 comes, and is in the snapshot.
    m.live(24, bid(103));
    m.wait();
    expect(book(m)).toEqual(["stale", 103]);
    m.live(26, bid(104));
    expect(book(m)).toEqual([0, 104, 103]);
  });

  test("an update that is not higher changes a sound book neither, where nothing was lost", () => {
    const m = joined();
    m.live(11, bid(99));
    expect(book(m)).toEqual([0, 100]);
  });
});

describe("a status that may have been lost", () => {
  const status = (code: number) => wire.status({ id: ES, status: code });
  const known = (m: Channel) => m.books.status[0];

  test("is taken of a snapshot behind the loss, though the book needs none", () => {
    const m = joined();
    expect(known(m)).toBe(STATUS_TRADING);
    m.live(20, bid(101));
    m.wait();
    m.loop(1, snapshot(20, 101, 101, READY));
    m.live(22, bid(102));
    m.wait();
    m.live(23, bid(103));
    m.loop(1, snapshot(20, 101, 101, READY));
    expect([...book(m), known(m)]).toEqual([0, 103, 102, 101, STATUS_TRADING]);
    m.loop(1, snapshot(22, 102, 102, HALT));
    expect([...book(m), known(m)]).toEqual([0, 103, 102, 101, STATUS_HALTED]);
    // It is known now: an older one that comes late changes nothing.
    m.loop(1, snapshot(21, 101, 101, READY));
    expect(known(m)).toBe(STATUS_HALTED);
  });

  test("is that of the live lines when they have told one since", () => {
    const m = doubted(bid(102));
    m.live(21, status(HALT));
    m.loop(1, snapshot(20, 102, 7, READY));
    expect([...book(m), known(m)]).toEqual([0, 7, STATUS_HALTED]);
  });

  test("is told by a snapshot where number 1 made the book sound", () => {
    const m = channel();
    m.live(10, bid(1));
    expect([...book(m), known(m)]).toEqual([0, 1, STATUS_UNKNOWN]);
    m.loop(1, snapshot(10, 1));
    expect([...book(m), known(m)]).toEqual([0, 1, STATUS_TRADING]);
  });

  test("is told by a definition that is known already, where none is known", () => {
    const m = mdp3Market(["ESH6"], { isMapped: false });
    const feed = mdp3Feed(m);
    const define = (code: number) =>
      feed.define(1, wire.definition({ id: ES, symbol: "ESH6", status: code }));
    feed.live(10, beat());
    define(READY);
    expect(m.books.status[0]).toBe(STATUS_TRADING);
    m.books.clear();
    feed.live(11, beat());
    expect(m.books.status[0]).toBe(STATUS_UNKNOWN);
    define(READY);
    expect(m.books.status[0]).toBe(STATUS_TRADING);
    // What it tells may be old: it is not taken for what is known, a snapshot's is.
    define(HALT);
    expect(m.books.status[0]).toBe(STATUS_TRADING);
    feed.loop(1, snapshot(11, 5, 5, HALT));
    expect(m.books.status[0]).toBe(STATUS_HALTED);
  });

  test("is not asked of a definition over and over that tells none", () => {
    const m = mdp3Market(["ESH6"], { isMapped: false });
    const feed = mdp3Feed(m);
    let read = 0;
    const onDefinition = m.books.onDefinition.bind(m.books);
    m.books.onDefinition = (definition) => {
      read++;
      onDefinition(definition);
    };
    feed.live(10, beat());
    for (let n = 0; n < 3; n++) {
      feed.define(1, wire.definition({ id: ES, symbol: "ESH6", status: 255 }));
    }
    expect(read).toBe(1);
  });
});
