/** FIX market data into books, message by message. */
import { describe, expect, test } from "bun:test";
import { BOOK_UNKNOWN_STATUS } from "../../../../src/book/counters.ts";
import { BOOK_INEXACT, BOOK_STALE } from "../../../../src/book/flags.ts";
import { CHANGED_ASK, CHANGED_BID, CHANGED_DEPTH } from "../../../../src/book/market-events.ts";
import * as C from "../../../../src/core/codes.ts";
import * as N from "../../../../src/fix/market-data/counters.ts";
import { APP_TAKEN, APP_UNSUPPORTED } from "../../../../src/fix/session/application.ts";
import { change, field, MarketDataRig, quote } from "../../../support/market-data.ts";

/** Two books with two levels each. */
function live(o: ConstructorParameters<typeof MarketDataRig>[0] = {}): MarketDataRig {
  const rig = new MarketDataRig(o).up();
  for (const symbol of ["AAPL", "MSFT"]) {
    rig.snapshot(symbol, [
      quote("0", "100.01", 300, "346=3|"),
      quote("0", "100.00", 500, "346=2|"),
      quote("1", "100.03", 200, "346=1|"),
      quote("1", "100.04", 700, "346=5|"),
    ]);
  }
  rig.log.books.length = 0;
  return rig;
}

const BOOK = {
  bids: ["10001 x 300 (3)", "10000 x 500 (2)"],
  asks: ["10003 x 200 (1)", "10004 x 700 (5)"],
};

describe("requests", () => {
  test("nothing is asked for before the session is in step", () => {
    const rig = new MarketDataRig();
    rig.poll();
    rig.feed.onSessionState(0, C.SESSION_SYNCING);
    rig.poll();
    expect(rig.sent).toEqual([]);
    expect(rig.feed.state).toBe(C.FEED_INIT);
    expect(rig.flags("AAPL")).toBe(BOOK_STALE);
  });

  test("each instrument has a request of its own, with depth, update type and entry types", () => {
    const rig = new MarketDataRig({ request: { depth: 5, aggregated: "Y" } }).up();
    const bodies = rig.sent.map((m) => m.slice(m.indexOf("|262="), m.indexOf("|10=") + 1));
    expect(bodies).toEqual([
      "|262=MD1-1|263=1|264=5|265=1|266=Y|267=3|269=0|269=1|269=2|146=1|55=AAPL|",
      "|262=MD1-2|263=1|264=5|265=1|266=Y|267=3|269=0|269=1|269=2|146=1|55=MSFT|",
    ]);
  });

  test("one request may name all instruments, with the venue's own tags", () => {
    const request = {
      style: "all",
      update: "full",
      trades: false,
      tags: { "547": "N" },
      symbolTags: { "207": "XNAS" },
    } as const;
    const rig = new MarketDataRig({ request }).up();
    expect(rig.sent.length).toBe(1);
    expect(rig.sent[0]).toContain(
      "|262=MD1-1|263=1|264=0|265=0|547=N|267=2|269=0|269=1|146=2|55=AAPL|207=XNAS|55=MSFT|207=XNAS|10=",
    );
  });

  test("what can't leave now leaves at a later poll, and no poll sends more than a few", () => {
    const symbols = Array.from({ length: 40 }, (_, i) => `S${i}`);
    const rig = new MarketDataRig({ symbols });
    rig.canSend = false;
    rig.up();
    expect(rig.sent).toEqual([]);
    rig.canSend = true;
    rig.poll();
    const first = rig.sent.length;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(40);
    for (let i = 0; i < 5; i++) rig.poll();
    expect(new Set(rig.sent.map((m) => field(m, 55))).size).toBe(40);
    expect(rig.sent.length).toBe(40);
  });

  test("a request that stays in force keeps its number, however many others are made", () => {
    const rig = new MarketDataRig({ request: { retries: 1000 } }).up();
    const id = rig.requestOf("AAPL");
    rig.snapshot("AAPL", [quote("0", "100.00", 5)]);
    for (let i = 0; i < 100; i++) {
      rig.poll(1001);
      rig.poll();
      rig.update([change("1", "0", "100.00", i + 1)], id);
      expect(rig.show("AAPL").bids).toEqual([`10000 x ${i + 1} (0)`]);
    }
    expect(rig.sent.length).toBeGreaterThan(200);
    rig.snapshot("MSFT", [quote("0", "50.00", 5)]);
    expect(rig.show("MSFT").bids).toEqual(["5000 x 5 (0)"]);
  });

  test("what can't leave changes nothing: no number is used up, and its turn is kept", () => {
    const rig = new MarketDataRig({ request: { securityStatus: true } });
    rig.canSend = false;
    rig.up();
    for (let i = 0; i < 5; i++) rig.poll();
    rig.canSend = true;
    rig.poll();
    expect(rig.sent.map((m) => `${field(m, 35)} ${field(m, 262)}${field(m, 324)}`)).toEqual([
      "V MD1-1",
      "e MD1-2",
      "V MD1-3",
      "e MD1-4",
    ]);
  });

  test("a snapshot that is overdue is counted where it is noticed", () => {
    const rig = new MarketDataRig({ symbols: ["AAPL"], request: { retries: 1 } }).up();
    rig.poll(1001);
    expect([rig.count(N.MD_OVERDUE), rig.count(N.MD_REQUESTS)]).toEqual([1, 1]);
    rig.poll();
    rig.poll(1001);
    expect([rig.count(N.MD_OVERDUE), rig.count(N.MD_GIVEN_UP)]).toEqual([2, 1]);
  });

  test("a snapshot that does not come is asked for again, then given up and told", () => {
    const rig = new MarketDataRig({ symbols: ["AAPL"], request: { retries: 1 } }).up();
    rig.poll(1001);
    rig.poll();
    expect(rig.sent.map((m) => `${field(m, 263)} ${field(m, 262)}`)).toEqual([
      "1 MD1-1",
      "2 MD1-1",
      "1 MD1-2",
    ]);
    rig.poll(1001);
    rig.poll(1001);
    expect(rig.sent.length).toBe(3);
    expect(rig.notices).toEqual([
      "feed fix: no market data snapshot for AAPL after 2 requests; it is asked for again at the next logon",
    ]);
    expect(rig.feed.state).toBe(C.FEED_LOST);
    rig.down();
    rig.up();
    expect(rig.sent.length).toBe(4);
  });
});

describe("snapshots", () => {
  test("make the book, tell it once, and make the feed live and the instrument tradable", () => {
    const rig = new MarketDataRig().up();
    const entries = [
      quote("0", "100.01", 300, "346=3|"),
      quote("1", "100.03", 200),
      quote("2", "100.02", 50),
    ];
    expect(rig.snapshot("AAPL", entries)).toBe(APP_TAKEN);
    expect(rig.show("AAPL")).toEqual({ bids: ["10001 x 300 (3)"], asks: ["10003 x 200 (0)"] });
    expect(rig.books.view(0).lastPx()).toBe(10002);
    expect(rig.log.trades).toEqual([]);
    expect(rig.log.books.length).toBe(1);
    expect(rig.log.statuses).toEqual([[0, C.STATUS_TRADING]]);
    expect(rig.states).toEqual(["live"]);
    expect([rig.flags("AAPL"), rig.flags("MSFT")]).toEqual([0, BOOK_STALE]);
  });

  test("replace the book that was there", () => {
    const rig = live();
    rig.snapshot("AAPL", [quote("0", "99.00", 10)]);
    expect(rig.show("AAPL")).toEqual({ bids: ["9900 x 10 (0)"], asks: [] });
    rig.snapshot("AAPL", ["269=J|"]);
    expect(rig.show("AAPL")).toEqual({ bids: [], asks: [] });
    expect(rig.show("MSFT")).toEqual(BOOK);
  });

  test("of another request, or of an unknown symbol, are counted and left out", () => {
    const rig = live();
    rig.message("W", `262=MD1-99|55=AAPL|268=1|${quote("0", "1.00", 1)}`);
    rig.message("W", `262=OTHER|55=AAPL|268=1|${quote("0", "1.00", 1)}`);
    rig.message("W", `262=${rig.requestOf("MSFT")}|55=AAPL|268=1|${quote("0", "1.00", 1)}`);
    rig.message("W", `55=NONE|268=1|${quote("0", "1.00", 1)}`);
    expect(rig.count(N.MD_OLD_REQUEST)).toBe(3);
    expect(rig.count(N.MD_UNKNOWN_SYMBOL)).toBe(1);
    expect(rig.show("AAPL")).toEqual(BOOK);
    expect(rig.show("MSFT")).toEqual(BOOK);
  });

  test("with a price that is no multiple of the unit leave the rest, flagged and counted", () => {
    const rig = new MarketDataRig().up();
    rig.snapshot("AAPL", [
      quote("0", "100.005", 300),
      quote("0", "100.00", 2),
      quote("1", "101", 3),
    ]);
    expect(rig.show("AAPL")).toEqual({ bids: ["10000 x 2 (0)"], asks: ["10100 x 3 (0)"] });
    expect(rig.flags("AAPL")).toBe(BOOK_INEXACT);
    rig.snapshot("AAPL", [quote("0", "100.00", 2)]);
    expect(rig.flags("AAPL")).toBe(0);
    for (const bad of ["-1", "0", "1e2", "99999999999", "x"]) {
      rig.snapshot("AAPL", [quote("0", bad, 2)]);
      expect([bad, rig.flags("AAPL")]).toEqual([bad, BOOK_INEXACT]);
    }
  });

  test("whose count is wrong change nothing", () => {
    const rig = live();
    const id = rig.requestOf("AAPL");
    rig.message("W", `262=${id}|55=AAPL|268=3|${quote("0", "1.00", 1)}`);
    expect(rig.show("AAPL")).toEqual(BOOK);
    expect(rig.count(N.MD_MALFORMED)).toBe(1);
    expect(rig.flags("AAPL")).toBe(BOOK_STALE);
  });
});

describe("updates by price", () => {
  test("new, change and delete, several symbols in one message, each told once", () => {
    const rig = live();
    rig.update([
      change("0", "0", "100.02", 100, "55=AAPL|346=1|"),
      change("1", "1", "100.03", 250, "346=2|"),
      "279=2|269=0|270=100.00|",
      change("0", "1", "100.05", 40, "55=MSFT|"),
    ]);
    expect(rig.show("AAPL")).toEqual({
      bids: ["10002 x 100 (1)", "10001 x 300 (3)"],
      asks: ["10003 x 250 (2)", "10004 x 700 (5)"],
    });
    expect(rig.show("MSFT").asks).toEqual([...BOOK.asks, "10005 x 40 (0)"]);
    expect(rig.log.books.map(([i]) => i)).toEqual([0, 1]);
    expect(rig.log.books[1]![1]).toBe(CHANGED_ASK | CHANGED_DEPTH);
    expect(rig.count(N.MD_ENTRIES)).toBe(8 + 4);
  });

  test("a quantity of 0 takes the level away", () => {
    const rig = live();
    rig.update([change("1", "0", "100.01", 0, "55=AAPL|")]);
    expect(rig.show("AAPL").bids).toEqual(["10000 x 500 (2)"]);
  });

  test("positions name levels when no price does, and a change may move a level", () => {
    const rig = live();
    rig.update(["279=2|269=0|290=1|55=AAPL|", "279=1|269=1|290=2|271=9|"]);
    expect(rig.show("AAPL")).toEqual({
      bids: ["10000 x 500 (2)"],
      asks: ["10003 x 200 (1)", "10004 x 9 (0)"],
    });
    rig.update(["279=5|269=1|290=2|270=100.06|271=8|55=AAPL|"]);
    expect(rig.show("AAPL").asks).toEqual(["10003 x 200 (1)", "10006 x 8 (0)"]);
  });

  test("delete thru and delete from take ranges of levels", () => {
    const rig = live();
    rig.update([
      change("0", "0", "99.99", 1, "55=AAPL|"),
      change("0", "0", "99.98", 1),
      "279=3|269=0|290=2|",
      "279=4|269=1|290=2|",
    ]);
    expect(rig.show("AAPL")).toEqual({
      bids: ["9999 x 1 (0)", "9998 x 1 (0)"],
      asks: ["10003 x 200 (1)"],
    });
  });

  test("levels behind the depth that was asked for are forgotten at the end of the message", () => {
    const rig = live({ request: { depth: 2 } });
    rig.update([
      change("0", "0", "100.02", 1, "55=AAPL|290=1|"),
      change("0", "1", "100.02", 1, "290=1|"),
    ]);
    expect(rig.show("AAPL")).toEqual({
      bids: ["10002 x 1 (0)", "10001 x 300 (3)"],
      asks: ["10002 x 1 (0)", "10003 x 200 (1)"],
    });
  });

  test("an empty book entry empties it; types that no book keeps are counted", () => {
    const rig = live();
    rig.update(["279=0|269=J|55=AAPL|", "279=0|269=4|270=5|55=MSFT|"]);
    expect(rig.show("AAPL")).toEqual({ bids: [], asks: [] });
    expect(rig.show("MSFT")).toEqual(BOOK);
    expect(rig.count(N.MD_OTHER_ENTRIES)).toBe(1);
    expect(rig.flags("AAPL")).toBe(0);
  });

  test("trades are told before the book, with the aggressor where the venue tells it", () => {
    const rig = live();
    rig.update([
      change("0", "2", "100.03", 50, "55=AAPL|2446=1|"),
      change("0", "2", "100.02", 60, "2446=2|"),
      change("0", "2", "100.02", 70),
      change("1", "1", "100.03", 150),
    ]);
    expect(rig.log.trades).toEqual([
      [0, 10003, 50, C.SIDE_BUY],
      [0, 10002, 60, C.SIDE_SELL],
      [0, 10002, 70, 0],
    ]);
    expect(rig.books.view(0).lastQty()).toBe(70);
    expect(rig.books.volume[0]).toBe(180);
    expect(rig.show("AAPL").asks[0]).toBe("10003 x 150 (0)");
  });

  test("before the snapshot, or for a request of before, change nothing", () => {
    const rig = new MarketDataRig().up();
    rig.update([change("0", "0", "100.02", 1, "55=AAPL|")]);
    expect(rig.count(N.MD_BEFORE_SNAPSHOT)).toBe(1);
    const old = live();
    old.update([change("0", "0", "100.02", 1, "55=AAPL|")], "MD1-99");
    expect(old.count(N.MD_OLD_REQUEST)).toBe(1);
    expect(old.show("AAPL")).toEqual(BOOK);
  });

  test("the request names the instrument when no entry does", () => {
    const rig = live();
    rig.update([change("1", "0", "100.01", 7)], rig.requestOf("MSFT"));
    expect(rig.show("MSFT").bids[0]).toBe("10001 x 7 (0)");
    rig.update(["279=0|269=0|55=NONE|270=1|271=1|", change("1", "0", "100.01", 8)]);
    expect(rig.count(N.MD_UNKNOWN_SYMBOL)).toBe(2);
    expect([rig.flags("AAPL"), rig.flags("MSFT")]).toEqual([0, 0]);
  });

  test("an entry of which nothing says whose it is makes every book stale", () => {
    const rig = live();
    rig.update([change("1", "0", "100.01", 8)]);
    expect(rig.count(N.MD_MALFORMED)).toBe(1);
    expect([rig.flags("AAPL"), rig.flags("MSFT")]).toEqual([BOOK_STALE, BOOK_STALE]);
    expect(rig.show("AAPL")).toEqual(BOOK);
  });

  test("a change at a position that is not there empties the book and asks again", () => {
    const rig = live();
    rig.update(["279=2|269=0|290=7|55=AAPL|", change("0", "0", "1.00", 1, "55=MSFT|")]);
    expect(rig.flags("AAPL")).toBe(BOOK_STALE);
    expect(rig.show("AAPL")).toEqual({ bids: [], asks: [] });
    expect(rig.show("MSFT").bids.at(-1)).toBe("100 x 1 (0)");
    const before = rig.requestOf("AAPL");
    rig.poll();
    expect(rig.sent.slice(-2).map((m) => `${field(m, 263)} ${field(m, 262)}`)).toEqual([
      `2 ${before}`,
      "1 MD1-3",
    ]);
    expect(rig.feed.state).toBe(C.FEED_LIVE);
    rig.snapshot("AAPL", [quote("0", "100.00", 5)]);
    expect(rig.flags("AAPL")).toBe(0);
  });

  test("a change of a price that is not there empties the book and asks again", () => {
    for (const entry of [
      change("1", "0", "101.00", 100, "55=AAPL|"),
      change("5", "1", "100.02", 100, "55=AAPL|"),
      "279=1|269=0|270=99.00|55=AAPL|",
    ]) {
      const rig = live();
      rig.update([entry, change("1", "0", "100.01", 7, "55=MSFT|")]);
      expect([rig.flags("AAPL"), rig.flags("MSFT")]).toEqual([BOOK_STALE, 0]);
      expect(rig.show("AAPL")).toEqual({ bids: [], asks: [] });
      expect(rig.show("MSFT").bids[0]).toBe("10001 x 7 (0)");
      expect([rig.count(N.MD_LEVEL_MISMATCH), rig.count(N.MD_OUT_OF_STEP)]).toEqual([1, 1]);
    }
  });

  test("a change of a price behind the depth that is kept is no loss: it was forgotten", () => {
    const rig = live({ request: { depth: 2 } });
    rig.update([change("1", "0", "99.00", 100, "55=AAPL|"), change("1", "1", "100.09", 1)]);
    expect(rig.show("AAPL")).toEqual(BOOK);
    expect([rig.flags("AAPL"), rig.count(N.MD_OUT_OF_STEP)]).toEqual([0, 0]);
    rig.update([change("1", "1", "100.09", 1, "55=AAPL|"), "279=2|269=1|270=100.03|"]);
    expect(rig.show("AAPL").asks).toEqual(["10004 x 700 (5)", "10009 x 1 (0)"]);
    rig.update([change("1", "0", "100.005", 1, "55=AAPL|"), change("1", "0", "100.02", 1)]);
    expect(rig.flags("AAPL")).toBe(BOOK_STALE);
  });

  test("a message that can't be read makes the book of its request stale, without one all", () => {
    const rig = live();
    const id = rig.requestOf("AAPL");
    rig.message("X", `262=${id}|268=5|${change("0", "0", "1.00", 1, "55=AAPL|")}`);
    expect([rig.flags("AAPL"), rig.flags("MSFT")]).toEqual([BOOK_STALE, 0]);
    expect(rig.show("AAPL")).toEqual(BOOK);
    const unasked = live();
    unasked.message("X", `268=5|${change("0", "0", "1.00", 1, "55=AAPL|")}`);
    expect([unasked.flags("AAPL"), unasked.flags("MSFT")]).toEqual([BOOK_STALE, BOOK_STALE]);
    rig.message("X", "58=nothing|");
    rig.message("X", "268=x|");
    rig.message("X", "268=0|");
    expect(rig.count(N.MD_MALFORMED)).toBe(3);
  });
});

describe("updates by id", () => {
  function byId(): MarketDataRig {
    const rig = new MarketDataRig({ request: { entries: "id" } }).up();
    rig.snapshot("AAPL", [
      quote("0", "100.01", 300, "278=b1|"),
      quote("0", "100.01", 100, "278=b2|"),
      quote("1", "100.03", 200, "278=a1|"),
    ]);
    rig.snapshot("MSFT", [quote("0", "50.00", 1, "278=m1|")]);
    return rig;
  }

  test("entries of one price are summed, and go one by one", () => {
    const rig = byId();
    expect(rig.show("AAPL").bids).toEqual(["10001 x 400 (2)"]);
    rig.update([
      "279=2|278=b1|",
      "279=1|278=a1|271=150|",
      change("0", "0", "100.02", 5, "278=b3|55=AAPL|"),
    ]);
    expect(rig.show("AAPL")).toEqual({
      bids: ["10002 x 5 (1)", "10001 x 100 (1)"],
      asks: ["10003 x 150 (1)"],
    });
    expect(rig.show("MSFT").bids).toEqual(["5000 x 1 (1)"]);
  });

  test("a change with MDEntryRefID goes on under the new id, and may move", () => {
    const rig = byId();
    rig.update([change("1", "0", "100.00", 30, "278=b9|280=b1|")]);
    rig.update(["279=2|278=b9|"]);
    expect(rig.show("AAPL").bids).toEqual(["10001 x 100 (1)"]);
    expect(rig.count(N.MD_OUT_OF_STEP)).toBe(0);
  });

  test("an id that is not there, or is there already, makes the book stale", () => {
    for (const entry of [
      "279=2|278=zz|55=AAPL|",
      change("0", "0", "100.00", 1, "278=b1|"),
      change("1", "0", "100.00", 1, "278=zz|55=AAPL|"),
      "279=2|55=AAPL|269=0|270=100.01|",
    ]) {
      const rig = byId();
      rig.update([entry]);
      expect([entry, rig.flags("AAPL"), rig.flags("MSFT")]).toEqual([entry, BOOK_STALE, 0]);
      expect(rig.books.liveOrders()).toBe(1);
    }
  });

  test("a snapshot takes every entry of the book before with it, and no other", () => {
    const rig = byId();
    rig.snapshot("AAPL", [quote("0", "99.00", 1, "278=b1|")]);
    expect(rig.books.liveOrders()).toBe(2);
    rig.update(["279=2|278=b1|", "279=2|278=m1|"]);
    expect(rig.books.liveOrders()).toBe(0);
    expect(rig.count(N.MD_OUT_OF_STEP)).toBe(0);
  });
});

describe("RptSeq", () => {
  test("a jump leaves the book as it was, stale, and asks for a snapshot; others go on", () => {
    const rig = live();
    rig.update([change("1", "0", "100.01", 1, "55=AAPL|83=7|")]);
    rig.update([change("1", "0", "100.01", 2, "55=AAPL|83=8|")]);
    rig.update([
      change("1", "0", "100.01", 3, "55=AAPL|83=9|"),
      change("1", "0", "100.01", 4, "55=AAPL|83=11|"),
      change("1", "0", "100.01", 5, "55=MSFT|83=1|"),
    ]);
    expect(rig.show("AAPL").bids[0]).toBe("10001 x 2 (0)");
    expect(rig.show("MSFT").bids[0]).toBe("10001 x 5 (0)");
    expect([rig.flags("AAPL"), rig.flags("MSFT")]).toEqual([BOOK_STALE, 0]);
    expect(rig.count(N.MD_RPT_SEQ_JUMPS)).toBe(1);
    rig.poll();
    rig.snapshot("AAPL", [quote("0", "100.01", 4)], "83=11|");
    rig.update([
      change("1", "0", "100.01", 4, "55=AAPL|83=11|"),
      change("1", "0", "100.01", 6, "55=AAPL|83=12|"),
    ]);
    expect(rig.show("AAPL").bids[0]).toBe("10001 x 6 (0)");
    expect(rig.count(N.MD_OLD_RPT_SEQ)).toBe(1);
    expect(rig.flags("AAPL")).toBe(0);
  });

  test("several entries of one message may share a number", () => {
    const rig = live();
    rig.update([
      change("1", "0", "100.01", 1, "55=AAPL|83=7|"),
      change("1", "0", "100.00", 2, "83=7|"),
    ]);
    rig.update([
      change("1", "0", "100.01", 3, "55=AAPL|83=8|"),
      change("1", "0", "100.00", 4, "83=8|"),
    ]);
    expect(rig.show("AAPL").bids).toEqual(["10001 x 3 (0)", "10000 x 4 (0)"]);
  });

  test("asked for all at once, one book gets a snapshot of its own and the updates go on", () => {
    const rig = live({ request: { style: "all" } });
    const all = rig.requestOf("AAPL");
    rig.update([change("1", "0", "100.01", 1, "55=AAPL|83=7|")], all);
    rig.update([change("1", "0", "100.01", 1, "55=AAPL|83=9|")], all);
    rig.poll();
    const last = rig.sent.at(-1)!;
    expect([field(last, 263), field(last, 55), field(last, 146)]).toEqual(["0", "AAPL", "1"]);
    rig.update([change("1", "0", "100.01", 9, "55=MSFT|83=3|")], all);
    rig.snapshot("AAPL", [quote("0", "100.01", 5)], "83=10|");
    rig.update([change("1", "0", "100.01", 6, "55=AAPL|83=11|")], all);
    expect(rig.show("AAPL").bids).toEqual(["10001 x 6 (0)"]);
    expect(rig.show("MSFT").bids[0]).toBe("10001 x 9 (0)");
  });

  test("an update that never fits is not asked about at full speed", () => {
    const rig = live();
    for (let i = 0; i < 20; i++) {
      rig.update([change("1", "0", "100.01", 1, `55=AAPL|83=${100 + 10 * i}|`)]);
      rig.update([change("1", "0", "100.01", 1, `55=AAPL|83=${105 + 10 * i}|`)]);
      rig.poll();
      rig.snapshot("AAPL", [quote("0", "100.01", 4)], `83=${106 + 10 * i}|`);
    }
    const asked = rig.sent.filter((m) => m.includes("|55=AAPL|") && m.includes("|263=1|"));
    expect(asked.length).toBe(2);
    rig.poll(1001);
    rig.poll();
    expect(rig.sent.filter((m) => m.includes("|55=AAPL|") && m.includes("|263=1|")).length).toBe(3);
  });
});

describe("refusals, statuses, the session", () => {
  test("a refused subscription is told by symbol and reason, and the others go on", () => {
    const rig = new MarketDataRig().up();
    rig.message("Y", `262=${rig.requestOf("MSFT")}|281=3|58=ask your broker|`);
    rig.snapshot("AAPL", [quote("0", "100.00", 1)]);
    expect(rig.notices).toEqual([
      "feed fix: the venue refused market data for MSFT, insufficient permissions (281=3): ask your broker",
    ]);
    expect(rig.feed.state).toBe(C.FEED_LIVE);
    expect(rig.flags("MSFT")).toBe(BOOK_STALE);
    rig.poll(5000);
    expect(rig.sent.length).toBe(2);
  });

  test("when every one is refused the feed is lost", () => {
    const rig = new MarketDataRig({ request: { style: "all" } }).up();
    rig.message("Y", `262=${rig.requestOf("AAPL")}|281=5|`);
    expect(rig.notices).toEqual([
      "feed fix: the venue refused market data for all instruments, unsupported MarketDepth (281=5)",
    ]);
    expect(rig.states).toEqual(["lost"]);
  });

  test("a Reject or BusinessMessageReject of a request counts as a refusal", () => {
    const rig = new MarketDataRig().up();
    rig.feed.onMessageReject(0, Number(field(rig.sent[1]!, 34)), 5);
    rig.feed.onMessageReject(0, 4711, 5);
    expect(rig.notices).toEqual([
      "feed fix: the venue rejected our market data request for MSFT, reason 5",
    ]);
    expect(rig.count(N.MD_REFUSED)).toBe(1);
  });

  test("trading status comes from SecurityStatus where it is asked for", () => {
    const rig = new MarketDataRig({ request: { securityStatus: true } }).up();
    const asked = rig.sent.filter((m) => m.includes("|35=e|"));
    expect(asked.map((m) => `${field(m, 55)} ${field(m, 263)}`)).toEqual(["AAPL 1", "MSFT 1"]);
    rig.snapshot("AAPL", [quote("0", "100.00", 1)]);
    expect(rig.books.status[0]).toBe(C.STATUS_UNKNOWN);
    for (const [code, status] of [
      [17, C.STATUS_TRADING],
      [2, C.STATUS_HALTED],
      [7, C.STATUS_HALTED],
      [3, C.STATUS_TRADING],
      [21, C.STATUS_QUOTATION],
      [18, C.STATUS_CLOSED],
    ] as const) {
      rig.message("f", `55=AAPL|326=${code}|`);
      expect([code, rig.books.status[0]]).toEqual([code, status]);
    }
    rig.message("f", "55=AAPL|326=99|");
    expect(rig.books.status[0]).toBe(C.STATUS_UNKNOWN);
    expect(rig.count(BOOK_UNKNOWN_STATUS)).toBe(1);
  });

  test("a halt that the venue tells by itself is not undone by a snapshot", () => {
    const rig = live();
    rig.message("f", "55=AAPL|326=2|");
    rig.snapshot("AAPL", [quote("0", "100.00", 1)]);
    expect(rig.books.status[0]).toBe(C.STATUS_HALTED);
  });

  test("when the session goes down every book is stale at once, and emptied at the next logon", () => {
    const rig = live();
    const before = rig.requestOf("AAPL");
    rig.down();
    expect(rig.states).toEqual(["live", "stale"]);
    expect([rig.flags("AAPL"), rig.flags("MSFT")]).toEqual([BOOK_STALE, BOOK_STALE]);
    expect(rig.show("AAPL")).toEqual(BOOK);
    rig.update([change("1", "0", "100.01", 1, "55=AAPL|")]);
    expect(rig.show("AAPL")).toEqual(BOOK);
    rig.up();
    expect(rig.show("AAPL")).toEqual({ bids: [], asks: [] });
    expect(rig.requestOf("AAPL")).not.toBe(before);
    expect(rig.feed.state).toBe(C.FEED_STALE);
    rig.message("W", `262=${before}|55=AAPL|268=1|${quote("0", "1.00", 1)}`);
    expect(rig.show("AAPL")).toEqual({ bids: [], asks: [] });
    rig.snapshot("AAPL", [quote("0", "100.00", 1)]);
    expect(rig.states).toEqual(["live", "stale", "live"]);
    expect(rig.log.books.at(-1)).toEqual([0, expect.any(Number)]);
    expect(rig.log.books.at(-1)![1] & CHANGED_BID).toBe(CHANGED_BID);
  });

  test("messages of other types are not its own", () => {
    const rig = live();
    expect(rig.message("8", "55=AAPL|")).toBe(APP_UNSUPPORTED);
  });
});

describe("messages that the feed never sees", () => {
  const W = 0x57;
  const X = 0x58;
  const Y = 0x59;
  const F = 0x66;

  test("make every book stale, and all snapshots are asked for again", () => {
    for (const type of [0, W, X, Y]) {
      const rig = live();
      const before = ["AAPL", "MSFT"].map((s) => rig.requestOf(s));
      rig.skip(type);
      expect([rig.flags("AAPL"), rig.flags("MSFT")]).toEqual([BOOK_STALE, BOOK_STALE]);
      expect(rig.show("AAPL")).toEqual(BOOK);
      expect(rig.states).toEqual(["live", "gap"]);
      expect(rig.count(N.MD_SKIPPED)).toBe(1);
      // What still comes for the old requests is not of the books any more.
      rig.update([change("1", "0", "100.01", 9, "55=AAPL|")], before[0]);
      expect(rig.show("AAPL")).toEqual(BOOK);
      rig.poll();
      expect(rig.sent.slice(2).map((m) => `${field(m, 263)} ${field(m, 262)}`)).toEqual([
        `2 ${before[0]}`,
        "1 MD1-3",
        `2 ${before[1]}`,
        "1 MD1-4",
      ]);
      rig.snapshot("MSFT", [quote("0", "100.00", 1)]);
      expect([rig.flags("AAPL"), rig.flags("MSFT")]).toEqual([BOOK_STALE, 0]);
      expect(rig.states).toEqual(["live", "gap", "live"]);
    }
  });

  test("asked for all at once, each book gets a snapshot of its own", () => {
    const rig = live({ request: { style: "all" } });
    rig.skip(X);
    rig.poll();
    expect(rig.sent.slice(1).map((m) => `${field(m, 263)} ${field(m, 55)}`)).toEqual([
      "0 AAPL",
      "0 MSFT",
    ]);
  });

  test("are not asked about at full speed", () => {
    const rig = live();
    for (let i = 0; i < 20; i++) {
      rig.skip(0);
      rig.poll();
      rig.snapshot("AAPL", [quote("0", "100.00", 1)]);
      rig.snapshot("MSFT", [quote("0", "100.00", 1)]);
    }
    expect(rig.sent.filter((m) => m.includes("|263=1|")).length).toBe(4);
    expect(rig.flags("AAPL")).toBe(BOOK_STALE);
    rig.poll(1001);
    rig.snapshot("AAPL", [quote("0", "100.00", 1)]);
    expect(rig.flags("AAPL")).toBe(0);
  });

  test("while the session is not in step, or of types that no feed reads, change nothing", () => {
    const rig = live();
    rig.skip(0x42);
    expect([rig.flags("AAPL"), rig.count(N.MD_SKIPPED)]).toEqual([0, 0]);
    rig.down();
    rig.skip(0);
    expect(rig.states).toEqual(["live", "stale"]);
    expect(rig.count(N.MD_SKIPPED)).toBe(0);
  });

  test("may have been a halt: the status is unknown until the venue tells it again", () => {
    const rig = live({ request: { securityStatus: true } });
    rig.message("f", "55=AAPL|326=17|");
    for (const type of [F, 0]) {
      rig.sent.length = 0;
      rig.skip(type);
      expect(rig.books.status[0]).toBe(C.STATUS_UNKNOWN);
      rig.poll(2000);
      const asked = rig.sent.filter((m) => m.includes("|35=e|"));
      expect(asked.map((m) => `${field(m, 55)} ${field(m, 263)}`)).toEqual(["AAPL 0", "MSFT 0"]);
      expect(rig.flags("AAPL")).toBe(type === F ? 0 : BOOK_STALE);
      rig.message("f", "55=AAPL|326=17|");
      expect(rig.books.status[0]).toBe(C.STATUS_TRADING);
    }
  });

  test("leave a status as it was where the venue is not asked for it", () => {
    const rig = live();
    rig.message("f", "55=AAPL|326=2|");
    rig.skip(F);
    rig.skip(0);
    rig.poll();
    rig.snapshot("AAPL", [quote("0", "100.00", 1)]);
    expect(rig.books.status[0]).toBe(C.STATUS_HALTED);
    expect(rig.sent.some((m) => m.includes("|35=e|"))).toBe(false);
  });
});
