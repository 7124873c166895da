import { expect, test } from "bun:test";
import fc from "fast-check";
import * as C from "../../../src/core/codes.ts";
import { HP_INTENT_CANCEL, HP_INTENT_NEW, HP_INTENT_REPLACE } from "../../../src/ffi/layout.ts";
import type { Strategy, StrategyContext } from "../../../src/strategy/api.ts";
import { maker } from "../../../src/strategy/maker.ts";
import { taker } from "../../../src/strategy/taker.ts";
import { definition, Harness } from "../order/harness.ts";
import { hostOf } from "./harness.ts";

const BEST = 4;

function start(create: (ctx: StrategyContext) => Strategy) {
  const h = new Harness({
    instruments: [definition("AAA")],
    limits: { shortMarking: true, selfMatch: "deny" },
  });
  h.books[0]!.bid = 999_900;
  h.books[0]!.ask = 1_000_100;
  const host = hostOf(h, create);
  host.nowNs = 1e9;
  host.onStart();
  return { h, host };
}

const quoting = (more = {}) => start((ctx) => maker.create(ctx, maker.params.parse(more)));
const taking = (more = {}) => start((ctx) => taker.create(ctx, taker.params.parse(more)));

const liveOf = (h: Harness, side: number) => {
  const { table } = h.orders;
  return [...table.live.slice(0, table.liveCount)].filter((s) => h.orders.side(s) === side);
};

function ackAll(h: Harness): void {
  for (const side of [1, -1]) {
    for (const slot of liveOf(h, side)) h.report(slot, { execType: "0", ordStatus: "0" });
  }
}

test("the maker quotes post-only on both sides, the sale marked short when it is one", () => {
  const { h, host } = quoting({ spread_ticks: 2, size_shares: 50 });
  host.onBook(0, BEST);
  const [buy, sell] = h.session.sent;
  expect(buy).toMatchObject({ side: 1, qty: 50, px: 999_900, flags: C.ORDER_POST_ONLY });
  expect(sell).toMatchObject({ side: -1, px: 1_000_100, flags: C.ORDER_POST_ONLY | C.ORDER_SHORT });
});

test("the maker leaves a quote alone while anything is under way with it", () => {
  const { h, host } = quoting();
  host.onBook(0, BEST);
  h.books[0]!.bid += 100;
  h.books[0]!.ask += 100;
  host.onBook(0, BEST);
  expect(h.session.sent).toHaveLength(2);
  ackAll(h);
  host.onBook(0, BEST);
  expect(h.session.sent.slice(2).map((m) => m.kind)).toEqual([
    HP_INTENT_REPLACE,
    HP_INTENT_REPLACE,
  ]);
  host.onBook(0, BEST);
  expect(h.session.sent).toHaveLength(4);
});

test("a quote that would meet our other quote waits until that one has moved", () => {
  const { h, host } = quoting();
  host.onBook(0, BEST);
  ackAll(h);
  h.books[0]!.bid += 1000;
  h.books[0]!.ask += 1000;
  host.onBook(0, BEST);
  expect(h.session.sent.slice(2)).toMatchObject([{ kind: HP_INTENT_REPLACE, side: -1 }]);
  const { slot, generation } = h.session.last();
  h.report(slot, { execType: "5", ordStatus: "0", generation });
  expect(h.session.sent.slice(3)).toMatchObject([{ kind: HP_INTENT_REPLACE, side: 1 }]);
});

test("the maker moves both quotes against its inventory, and stops a side that is full", () => {
  const { h, host } = quoting({ size_shares: 100, max_inventory_shares: 200, skew_ticks: 4 });
  h.positions.fill(0, 1, 100, 1_000_000, 1);
  host.onBook(0, BEST);
  expect(h.session.sent.map((m) => m.px)).toEqual([999_700, 1_000_000]);
  const full = quoting({ size_shares: 100, max_inventory_shares: 200 });
  full.h.positions.fill(0, 1, 200, 1_000_000, 1);
  full.host.onBook(0, BEST);
  expect(full.h.session.sent.map((m) => m.side)).toEqual([-1]);
  expect(full.h.session.sent[0]!.flags).toBe(C.ORDER_POST_ONLY);
});

test("the maker pulls its quotes on a stale feed, a halt, and an empty side", () => {
  const stops: ((h: Harness) => void)[] = [
    (h) => (h.feedState[0] = C.FEED_GAP),
    (h) => (h.status[0] = C.STATUS_HALTED),
    (h) => (h.books[0]!.ask = 0),
    (h) => (h.gateSwitch.armed = false),
  ];
  for (const stop of stops) {
    const { h, host } = quoting();
    host.onBook(0, BEST);
    ackAll(h);
    stop(h);
    host.onFeed(0, h.feedState[0]!);
    expect(h.session.sent.slice(2).map((m) => m.kind)).toEqual([
      HP_INTENT_CANCEL,
      HP_INTENT_CANCEL,
    ]);
    host.onFeed(0, h.feedState[0]!);
    host.onBook(0, BEST);
    expect(h.session.sent).toHaveLength(4);
  }
});

test("the maker does not answer a refusal at once, but at the next look", () => {
  const { h, host } = quoting();
  host.onBook(0, BEST);
  for (const slot of liveOf(h, 1)) h.report(slot, { execType: "8", ordStatus: "8" });
  expect(h.session.sent).toHaveLength(2);
  host.poll(1e9 + 50e6);
  expect(h.session.sent).toHaveLength(3);
});

test("the maker never has two orders on a side, nor more than its inventory, whatever happens", () => {
  const step = fc.record({
    do: fc.nat(9),
    px: fc.integer({ min: 9_900, max: 10_100 }),
    part: fc.integer({ min: 1, max: 40 }),
    side: fc.constantFrom(1, -1),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const { h, host } = quoting({ size_shares: 40, max_inventory_shares: 100 });
      const { table } = h.orders;
      for (const s of steps) {
        const slot = liveOf(h, s.side)[0];
        const gen = (word: number) => table.rows[(slot ?? 0) * 32 + word]! >>> 0;
        const leaves = slot === undefined ? 0 : h.orders.leaves(slot);
        if (s.do < 3) {
          h.books[0]!.bid = s.px * 100;
          h.books[0]!.ask = (s.px + (s.part % 5)) * 100;
          host.onBook(0, BEST);
        } else if (s.do === 3) {
          h.feedState[0] = s.part % 3 === 0 ? C.FEED_STALE : C.FEED_LIVE;
          host.onFeed(0, h.feedState[0]!);
        } else if (slot === undefined) continue;
        else if (s.do === 4) h.report(slot, { execType: "0", ordStatus: "0" });
        else if (s.do <= 6) {
          if (leaves > 0) {
            const lastQty = Math.min(s.part, leaves);
            const ordStatus = lastQty === leaves ? "2" : "1";
            h.report(slot, { execType: "F", ordStatus, lastQty, lastPx: h.orders.px(slot) });
          }
        } else if (s.do === 7)
          h.report(slot, { execType: "5", ordStatus: "0", generation: gen(16) });
        else if (s.do === 8) h.report(slot, { execType: "4", ordStatus: "4", generation: gen(15) });
        else h.cancelReject(slot, { generation: gen(s.part % 2 === 0 ? 15 : 16), ordStatus: "0" });
        expect(liveOf(h, 1).length).toBeLessThanOrEqual(1);
        expect(liveOf(h, -1).length).toBeLessThanOrEqual(1);
        expect(Math.abs(h.positions.qty[0]!)).toBeLessThanOrEqual(140);
      }
      expect(host.fault()).toBe("");
    }),
    { numRuns: 150 },
  );
});

function move(h: Harness, host: ReturnType<typeof hostOf>, ms: number, ticks: number): void {
  host.nowNs = 1e9 + ms * 1e6;
  h.books[0]!.bid = 999_900 + ticks * 100;
  h.books[0]!.ask = 1_000_100 + ticks * 100;
  host.onBook(0, BEST);
}

test("the taker follows a move within its window, once per cooldown", () => {
  const { h, host } = taking({ move_ticks: 5, window_ms: 1000, cooldown_ms: 500, size_shares: 10 });
  move(h, host, 0, 0);
  move(h, host, 200, 4);
  expect(h.session.sent).toHaveLength(0);
  move(h, host, 400, 5);
  expect(h.session.last()).toMatchObject({
    kind: HP_INTENT_NEW,
    side: 1,
    px: 1_000_600,
    flags: C.ORDER_IOC,
  });
  h.report(h.session.last().slot, { execType: "C", ordStatus: "C" });
  move(h, host, 500, 9);
  expect(h.session.sent).toHaveLength(1);
  move(h, host, 950, 9);
  expect(h.session.sent).toHaveLength(2);
});

test("the taker ignores a move slower than its window, and one across a gap", () => {
  const { h, host } = taking({ move_ticks: 5, window_ms: 160 });
  for (let t = 0; t < 20; t++) move(h, host, t * 50, t);
  expect(h.session.sent).toHaveLength(0);
  move(h, host, 5000, 19);
  host.onFeed(0, C.FEED_GAP);
  host.onFeed(0, C.FEED_LIVE);
  move(h, host, 5010, 60);
  expect(h.session.sent).toHaveLength(0);
  move(h, host, 5020, 50);
  expect(h.session.last()).toMatchObject({ side: -1, flags: C.ORDER_IOC | C.ORDER_SHORT });
});

test("the taker keeps one order at a time and stays within its inventory", () => {
  const { h, host } = taking({
    move_ticks: 1,
    cooldown_ms: 0,
    size_shares: 60,
    max_inventory_shares: 100,
  });
  move(h, host, 0, 0);
  move(h, host, 10, 5);
  move(h, host, 20, 10);
  expect(h.session.sent).toHaveLength(1);
  h.report(h.session.last().slot, {
    execType: "F",
    ordStatus: "2",
    lastQty: 60,
    lastPx: 1_000_600,
  });
  move(h, host, 30, 15);
  expect(h.session.last().qty).toBe(40);
  h.report(h.session.last().slot, {
    execType: "F",
    ordStatus: "2",
    lastQty: 40,
    lastPx: 1_000_600,
  });
  move(h, host, 40, 20);
  expect(h.session.sent).toHaveLength(2);
});
