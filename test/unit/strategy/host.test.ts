import { expect, test } from "bun:test";
import { BOOK_STALE } from "../../../src/book/flags.ts";
import * as C from "../../../src/core/codes.ts";
import { HP_INTENT_CANCEL, HP_KILL_STRATEGY } from "../../../src/ffi/layout.ts";
import type { Strategy, StrategyContext } from "../../../src/strategy/api.ts";
import { STRATEGY_BAD_TIMERS } from "../../../src/strategy/counters.ts";
import { Harness } from "../order/harness.ts";
import { hostOf } from "./harness.ts";

const BID = 999_900;

test("a strategy that throws is disabled and killed, its orders go, and the others go on", () => {
  const h = new Harness();
  const seen: number[] = [];
  let slot = -1;
  const host = hostOf(
    h,
    (ctx) => ({
      onStart() {
        slot = ctx.send(0, C.SIDE_BUY, 10, BID, 0);
      },
      onBook() {
        throw new Error("division\nby zero");
      },
    }),
    [{ create: () => ({ onBook: (i) => void seen.push(i) }) }],
  );
  host.onStart();
  h.report(slot, { execType: "0" });
  host.onBook(0, 4);
  host.onBook(1, 4);
  expect(seen).toEqual([0, 1]);
  expect(h.kills).toBe(HP_KILL_STRATEGY);
  expect(host.report()).toEqual([
    { name: "s0", error: "Error: division" },
    { name: "s1", error: "" },
  ]);
  expect(host.fault()).toBe("strategy s0 failed: Error: division");
  expect(h.faults).toEqual(["strategy s0 failed: Error: division"]);
  h.orders.poll(1e9);
  expect(h.session.last()).toMatchObject({ kind: HP_INTENT_CANCEL, slot });
});

test("a throw in any callback is caught, thrown values that are no errors too", () => {
  const callbacks = ["onStart", "onTrade", "onStatus", "onFeed", "onTimer", "onStop"] as const;
  for (const name of callbacks) {
    const h = new Harness();
    const host = hostOf(h, (ctx) => {
      ctx.setTimer(0, 5);
      return {
        [name]() {
          throw null;
        },
      };
    });
    host.onStart();
    host.onTrade(0, 1, 1, 1);
    host.onStatus(0, 1);
    host.onFeed(0, 1);
    host.poll(10);
    host.onStop();
    expect(host.report()[0]!.error).toBe("null");
  }
});

test("a strategy numbers its own instruments, and hears only of them", () => {
  const h = new Harness();
  const heard: string[] = [];
  let context: StrategyContext | undefined;
  const host = hostOf(h, () => ({}), [
    {
      instruments: ["CCC", "AAA"],
      create: (ctx) => {
        context = ctx;
        return { onBook: (i) => void heard.push(ctx.symbol(i)) };
      },
    },
  ]);
  for (let i = 0; i < 3; i++) host.onBook(i, 4);
  expect(heard).toEqual(["AAA", "CCC"]);
  const ctx = context!;
  expect(ctx.instrumentCount).toBe(2);
  expect(ctx.instrument("CCC")).toBe(0);
  expect(ctx.instrument("BBB")).toBe(-1);
  h.books[2]!.bid = 5;
  expect(ctx.book(0).bidPx(0)).toBe(5);
  expect(ctx.bookFlags(0)).toBe(0);
  h.bookFlags = BOOK_STALE;
  h.flaggedInstrument = 2;
  expect([ctx.bookFlags(0), ctx.bookFlags(1)]).toEqual([BOOK_STALE, 0]);
  const slot = ctx.send(1, C.SIDE_BUY, 10, BID, 0);
  expect(h.session.last().instrument).toBe(0);
  expect(ctx.orderInstrument(slot)).toBe(1);
  expect(ctx.orderInstrument(9999)).toBe(-1);
  expect(ctx.send(2, C.SIDE_BUY, 10, BID, 0)).toBe(C.DENY_ARGUMENT);
  expect(ctx.send(0.5, C.SIDE_BUY, 10, BID, 0)).toBe(C.DENY_ARGUMENT);
});

test("an order's events go to the strategy that sent it", () => {
  const h = new Harness();
  const events: [string, number][] = [];
  const contexts: StrategyContext[] = [];
  const make = (name: string) => (ctx: StrategyContext) => {
    contexts.push(ctx);
    return { onOrder: (_o: number, e: number) => void events.push([name, e]) };
  };
  hostOf(h, make("a"), [{ create: make("b") }]);
  const slot = contexts[1]!.send(0, C.SIDE_BUY, 10, BID, 0);
  h.report(slot, { execType: "0" });
  expect(events).toEqual([["b", C.ORDER_EVENT_ACK]]);
  const look = (ctx: StrategyContext) => [
    ctx.orderInstrument(slot),
    ctx.orderState(slot),
    ctx.orderLeaves(slot),
    ctx.orderPx(slot),
    ctx.orderSide(slot),
  ];
  expect(look(contexts[1]!)).toEqual([0, C.ORDER_OPEN, 10, BID, C.SIDE_BUY]);
  expect(look(contexts[0]!)).toEqual([-1, C.ORDER_FREE, 0, 0, 0]);
  expect(contexts[0]!.cancel(slot)).toBe(C.DENY_ARGUMENT);
  expect(contexts[1]!.cancel(slot)).toBe(0);
});

test("timers fire once, in order of their numbers, and can be moved or cleared", () => {
  const h = new Harness();
  const fired: number[] = [];
  let context: StrategyContext | undefined;
  const host = hostOf(h, (ctx) => {
    context = ctx;
    return {
      onStart() {
        ctx.setTimer(63, 100);
        ctx.setTimer(0, 100);
        ctx.setTimer(1, 100);
        ctx.setTimer(2, 100);
        ctx.setTimer(1, 300);
        ctx.clearTimer(2);
        ctx.setTimer(64, 1);
        ctx.setTimer(0.5, 1);
        ctx.setTimer(3, Number.NaN);
      },
      onTimer(id) {
        fired.push(id);
        if (id === 0) ctx.setTimer(0, 50);
      },
    };
  });
  host.onStart();
  host.poll(99);
  expect(fired).toEqual([]);
  host.poll(100);
  expect(fired).toEqual([0, 63]);
  host.poll(149);
  host.poll(150);
  expect(fired).toEqual([0, 63, 0]);
  host.poll(1000);
  expect(fired).toEqual([0, 63, 0, 0, 1]);
  expect(h.counters[STRATEGY_BAD_TIMERS]).toBe(3);
  expect(context!.now()).toBe(1000);
});

test("random numbers depend on the seed alone", () => {
  const draw = (seed: number) => {
    const out: number[] = [];
    hostOf(
      new Harness(),
      (ctx) => {
        for (let i = 0; i < 1000; i++) out.push(ctx.random());
        return {};
      },
      [],
      seed,
    );
    return out;
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  const numbers = draw(1);
  expect(numbers.every((x) => x >= 0 && x < 1)).toBe(true);
  expect(Math.abs(numbers.reduce((a, b) => a + b) / 1000 - 0.5)).toBeLessThan(0.05);
});

test("a strategy whose create fails, or that names an unknown symbol, is named", () => {
  const boom = () => {
    throw new Error("no");
  };
  expect(() => hostOf(new Harness(), boom)).toThrow("strategy s0: create() failed: Error: no");
  const nothing = () => 5 as unknown as Strategy;
  expect(() => hostOf(new Harness(), nothing)).toThrow("must return an object");
  const more = [{ create: () => ({}), instruments: ["ZZZ"] }];
  expect(() => hostOf(new Harness(), () => ({}), more)).toThrow("no instrument ZZZ");
});

test("what is thrown may have no text: the strategy is disabled all the same, after the kill", () => {
  const bare = Object.create(null);
  const hostile = {
    toString() {
      throw new Error("again");
    },
  };
  const trapped = new Proxy(
    {},
    {
      getPrototypeOf() {
        throw new Error("trap");
      },
    },
  );
  for (const thrown of [
    bare,
    hostile,
    trapped,
    Symbol("x"),
    { [Symbol.toPrimitive]: () => ({}) },
  ]) {
    const h = new Harness();
    let slot = -1;
    const host = hostOf(h, (ctx) => ({
      onStart: () => {
        slot = ctx.send(0, C.SIDE_BUY, 10, BID, 0);
      },
      onBook() {
        throw thrown;
      },
    }));
    host.onStart();
    h.report(slot, { execType: "0" });
    expect(() => host.onBook(0, 4)).not.toThrow();
    expect(h.kills).toBe(HP_KILL_STRATEGY);
    expect(host.fault()).toStartWith("strategy s0 failed: ");
    h.orders.poll(1e9);
    expect(h.session.last()).toMatchObject({ kind: HP_INTENT_CANCEL, slot });
  }
});

test("callbacks are read once, and called as methods of their object", () => {
  let reads = 0;
  class Counting {
    books = 0;
    get onTrade() {
      reads++;
      return undefined;
    }
    onBook() {
      this.books++;
    }
  }
  const made = new Counting();
  const host = hostOf(new Harness(), () => made);
  for (let i = 0; i < 5; i++) {
    host.onBook(0, 4);
    host.onTrade(0, 1, 1, 1);
  }
  expect(made.books).toBe(5);
  expect(reads).toBe(1);
});

test("a callback that cannot be called, or would never finish, is refused with its name", () => {
  const cases: [unknown, string][] = [
    [{ onBook: async () => {} }, "its onBook is an async function"],
    [{ *onTimer() {} }, "its onTimer is a generator function"],
    [{ async *onStop() {} }, "its onStop is a generator function"],
    [{ onTrade: 5 }, "its onTrade is no function but of type number"],
    [
      {
        get onOrder() {
          throw new Error("not yet");
        },
      },
      "Error: not yet",
    ],
    [Promise.resolve({}), "returned a Promise"],
    [Symbol("x"), "one of type symbol"],
  ];
  for (const [made, sentence] of cases) {
    const build = () => hostOf(new Harness(), () => made as Strategy);
    expect(build).toThrow(sentence);
    expect(build).toThrow("strategy s0: ");
  }
});
