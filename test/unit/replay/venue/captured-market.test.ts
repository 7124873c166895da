import { describe, expect, test } from "bun:test";
import {
  STATUS_CLOSED,
  STATUS_HALTED,
  STATUS_SHORT_RESTRICTED,
  STATUS_TRADING,
} from "../../../../src/core/codes.ts";
import { MarketKit } from "./kit.ts";

describe("an order that rests", () => {
  test("stands behind everything that its level shows", () => {
    const kit = new MarketKit();
    const first = kit.add("B", 100, 9990);
    kit.send("buy", 50, 9990);
    kit.execute(first, 60);
    expect(kit.take()).toEqual(["accepted 1"]);
    kit.execute(first, 40);
    expect(kit.take()).toEqual([]);
    kit.execute(kit.add("B", 500, 9990), 30);
    expect(kit.take()).toEqual(["made 1: 30 at 9990"]);
    kit.execute(kit.add("B", 500, 9990), 30);
    expect(kit.take()).toEqual(["made 1: 20 at 9990"]);
    expect(kit.captured.openCount()).toBe(0);
  });

  test("gets of one trade what goes beyond the quantity ahead of it", () => {
    const kit = new MarketKit();
    kit.add("B", 30, 9990);
    kit.send("buy", 50, 9990);
    // Who came behind us trades instead of us in the capture.
    kit.execute(kit.add("B", 400, 9990), 45);
    expect(kit.take()).toEqual(["accepted 1", "made 1: 15 at 9990"]);
  });

  test("is filled at once by a trade beyond its price, by no more than was traded", () => {
    const kit = new MarketKit();
    kit.add("B", 1000, 9990);
    const below = kit.add("B", 500, 9980);
    kit.send("buy", 50, 9990);
    kit.execute(below, 20);
    expect(kit.take()).toEqual(["accepted 1", "made 1: 20 at 9990"]);
  });

  test("is not filled by a trade short of its price, on the other side, or that nobody took", () => {
    const kit = new MarketKit();
    const better = kit.add("B", 100, 9991);
    const ask = kit.add("S", 100, 9999);
    kit.send("buy", 50, 9990);
    kit.execute(better, 100);
    kit.execute(ask, 100);
    kit.captured.onTrade(0, 9980, 500, 0);
    kit.captured.onTrade(1, 9980, 500, -1);
    expect(kit.take()).toEqual(["accepted 1"]);
  });

  test("is filled when the other side moves onto its price, once per share that it shows", () => {
    const kit = new MarketKit();
    kit.send("buy", 100, 9990);
    const ask = kit.add("S", 30, 9990);
    expect(kit.take()).toEqual(["accepted 1", "made 1: 30 at 9990"]);
    kit.cancel(ask, 5);
    expect(kit.take()).toEqual([]);
    kit.add("S", 10, 9990);
    expect(kit.take()).toEqual(["made 1: 5 at 9990"]);
    kit.add("S", 200, 9985);
    expect(kit.take()).toEqual(["made 1: 65 at 9990"]);
  });

  test("is not filled by a book that crosses while trading is halted", () => {
    const kit = new MarketKit();
    kit.send("buy", 100, 9990);
    kit.status[0] = STATUS_HALTED;
    kit.add("S", 30, 9980);
    expect(kit.take()).toEqual(["accepted 1"]);
    kit.status[0] = STATUS_TRADING;
    kit.add("S", 1, 9995);
    expect(kit.take()).toEqual(["made 1: 30 at 9990"]);
  });

  test("is not filled by trades that are told while the market is halted or closed", () => {
    const kit = new MarketKit();
    const rest = kit.add("B", 1000, 9980);
    kit.send("buy", 50, 9990);
    kit.take();
    for (const status of [STATUS_HALTED, STATUS_CLOSED]) {
      kit.status[0] = status;
      kit.execute(rest, 60);
    }
    expect(kit.take()).toEqual([]);
    kit.status[0] = STATUS_TRADING;
    kit.execute(rest, 60);
    expect(kit.take()).toEqual(["made 1: 50 at 9990"]);
  });

  test("shares a trade with another of ours: the better price first, then the older", () => {
    const kit = new MarketKit();
    const rest = kit.add("B", 1000, 9980);
    kit.send("buy", 50, 9985);
    kit.send("buy", 50, 9990);
    kit.send("buy", 50, 9985);
    kit.take();
    kit.execute(rest, 60);
    expect(kit.take()).toEqual(["made 2: 50 at 9990", "made 1: 10 at 9985"]);
    kit.execute(rest, 60);
    expect(kit.take()).toEqual(["made 1: 40 at 9985", "made 3: 20 at 9985"]);
  });

  test("of two at one price the second waits for the first", () => {
    const kit = new MarketKit();
    kit.add("B", 100, 9990);
    kit.send("buy", 50, 9990);
    kit.send("buy", 50, 9990);
    kit.take();
    kit.execute(kit.add("B", 900, 9990), 170);
    expect(kit.take()).toEqual(["made 1: 50 at 9990", "made 2: 20 at 9990"]);
  });
});

describe("what leaves a level without a trade", () => {
  const aheadOf = (kit: MarketKit) => {
    // What it takes until our order of one share is filled, less that share.
    let ahead = 0;
    kit.take();
    const rest = kit.add("B", 5000, 9990);
    while (kit.take().length === 0) {
      kit.execute(rest, 1);
      ahead++;
      if (ahead > 5000) throw new Error("never filled");
    }
    return ahead - 1;
  };

  test("was behind us as long as anybody was: pessimistic", () => {
    const kit = new MarketKit("pessimistic");
    const before = kit.add("B", 100, 9990);
    kit.send("buy", 1, 9990);
    const behind = kit.add("B", 100, 9990);
    kit.cancel(before, 50);
    kit.cancel(behind, 40);
    // 110 are left: the 100 ahead may all be there.
    expect(aheadOf(kit)).toBe(100);
  });

  test("was ahead of us when nobody else can be left: pessimistic", () => {
    const kit = new MarketKit("pessimistic");
    const before = kit.add("B", 100, 9990);
    kit.send("buy", 1, 9990);
    kit.cancel(before, 60);
    expect(aheadOf(kit)).toBe(40);
  });

  test("was everywhere alike: proportional", () => {
    const kit = new MarketKit("proportional");
    kit.add("B", 100, 9990);
    kit.send("buy", 1, 9990);
    const behind = kit.add("B", 300, 9990);
    kit.cancel(behind, 200);
    // Half of the level went, half of what was ahead went with it.
    expect(aheadOf(kit)).toBe(50);
  });

  test("leaves nobody ahead when the level vanishes", () => {
    for (const queue of ["pessimistic", "proportional"] as const) {
      const kit = new MarketKit(queue);
      const before = kit.add("B", 100, 9990);
      kit.send("buy", 1, 9990);
      kit.remove(before);
      expect(aheadOf(kit)).toBe(0);
    }
  });
});

describe("an order that takes", () => {
  test("takes level by level at the levels' prices, and rests with what is left", () => {
    const kit = new MarketKit();
    kit.add("S", 30, 9995);
    kit.add("S", 40, 9996);
    kit.add("S", 50, 9998);
    kit.send("buy", 100, 9997);
    expect(kit.take()).toEqual(["accepted 1", "took 1: 30 at 9995", "took 1: 40 at 9996"]);
    expect(kit.captured.openCount()).toBe(1);
  });

  test("does not take the same level twice until it has vanished", () => {
    const kit = new MarketKit();
    const ask = kit.add("S", 30, 9995);
    kit.send("buy", 20, 9995, { timeInForce: "ioc" });
    kit.send("buy", 20, 9995, { timeInForce: "ioc" });
    kit.send("buy", 20, 9995, { timeInForce: "ioc" });
    expect(kit.take()).toEqual([
      "accepted 1",
      "took 1: 20 at 9995",
      "accepted 2",
      "took 2: 10 at 9995",
      "canceled 2",
      "accepted 3",
      "canceled 3",
    ]);
    kit.add("S", 5, 9995);
    kit.send("buy", 20, 9995, { timeInForce: "ioc" });
    expect(kit.take()).toEqual(["accepted 4", "took 4: 5 at 9995", "canceled 4"]);
    kit.remove(ask);
    kit.remove(ask + 1);
    kit.add("S", 30, 9995);
    kit.send("buy", 20, 9995, { timeInForce: "ioc" });
    expect(kit.take()).toEqual(["accepted 5", "took 5: 20 at 9995"]);
  });

  test("immediate or cancel: what is left of it goes", () => {
    const kit = new MarketKit();
    kit.add("S", 30, 9995);
    kit.send("buy", 100, 9995, { timeInForce: "ioc" });
    expect(kit.take()).toEqual(["accepted 1", "took 1: 30 at 9995", "canceled 1"]);
    kit.send("buy", 100, 9990, { timeInForce: "ioc" });
    expect(kit.take()).toEqual(["accepted 2", "canceled 2"]);
  });

  test("fill or kill: all of it, or nothing, by what is left for us", () => {
    const kit = new MarketKit();
    kit.add("S", 30, 9995);
    kit.add("S", 30, 9996);
    kit.send("buy", 61, 9996, { timeInForce: "fok" });
    kit.send("buy", 60, 9995, { timeInForce: "fok" });
    kit.send("buy", 50, 9996, { timeInForce: "fok" });
    kit.send("buy", 11, 9996, { timeInForce: "fok" });
    expect(kit.take()).toEqual([
      "accepted 1",
      "canceled 1",
      "accepted 2",
      "canceled 2",
      "accepted 3",
      "took 3: 30 at 9995",
      "took 3: 20 at 9996",
      "accepted 4",
      "canceled 4",
    ]);
  });

  test("at market: at any price, and nothing of it rests", () => {
    const kit = new MarketKit();
    kit.add("S", 30, 9995);
    kit.add("S", 30, 20_000);
    kit.add("B", 10, 1);
    kit.send("buy", 100, 0, { market: true });
    kit.send("sell", 100, 0, { market: true });
    expect(kit.take()).toEqual([
      "accepted 1",
      "took 1: 30 at 9995",
      "took 1: 30 at 20000",
      "canceled 1",
      "accepted 2",
      "took 2: 10 at 1",
      "canceled 2",
    ]);
    expect(kit.captured.openCount()).toBe(0);
  });
});

describe("a replace", () => {
  test("to less at the same price keeps the place", () => {
    const kit = new MarketKit();
    const ahead = kit.add("B", 100, 9990);
    const order = kit.send("buy", 50, 9990);
    const behind = kit.add("B", 100, 9990);
    expect(kit.captured.replace(order, 20, order.px)).toBeUndefined();
    kit.execute(ahead, 100);
    kit.execute(behind, 30);
    expect(kit.take()).toEqual(["accepted 1", "replaced 1", "made 1: 20 at 9990"]);
  });

  test("to more, or to another price, loses it", () => {
    for (const [qty, px] of [
      [60, 9990],
      [50, 9991],
    ] as const) {
      const kit = new MarketKit();
      const first = kit.add("B", 100, 9990);
      const order = kit.send("buy", 50, 9990);
      const others = [kit.add("B", 100, 9990), kit.add("B", 100, 9991)];
      expect(kit.captured.replace(order, qty, px * 100)).toBeUndefined();
      if (px === 9990) kit.execute(first, 100);
      kit.execute(px === 9990 ? others[0]! : others[1]!, 100);
      expect(kit.take()).toEqual(["accepted 1", "replaced 1"]);
      kit.execute(kit.add("B", 200, px), 200);
      expect(kit.take()).toEqual([`made 1: ${qty} at ${px}`]);
    }
  });

  test("onto the other side takes there, its report before its trades", () => {
    const kit = new MarketKit();
    kit.add("S", 30, 9995);
    const order = kit.send("buy", 50, 9990);
    kit.captured.replace(order, 50, 999_500);
    expect(kit.take()).toEqual(["accepted 1", "replaced 1", "took 1: 30 at 9995"]);
  });

  test("counts what is filled, and comes too late for what is done", () => {
    const kit = new MarketKit();
    const order = kit.send("buy", 50, 9990);
    kit.add("S", 30, 9990);
    expect(kit.captured.replace(order, 30, order.px)).toBe("too-late");
    expect(kit.captured.replace(order, 31, order.px)).toBeUndefined();
    kit.add("S", 10, 9989);
    expect(kit.take().slice(-1)).toEqual(["made 1: 1 at 9990"]);
    expect(kit.captured.replace(order, 100, order.px)).toBe("too-late");
    expect(kit.captured.cancel(order)).toBe(false);
  });

  test("that is refused leaves the order where it was", () => {
    const kit = new MarketKit();
    const ahead = kit.add("B", 10, 9990);
    kit.add("S", 30, 9995);
    const order = kit.send("buy", 50, 9990, { postOnly: true });
    expect(kit.captured.replace(order, 50, 999_500)).toBe("would-cross");
    expect(kit.captured.replace(order, 50, 999_550)).toBe("tick");
    expect(kit.captured.replace(order, 1_000_000, order.px)).toBe("quantity");
    kit.status[0] = STATUS_HALTED;
    expect(kit.captured.replace(order, 40, order.px)).toBe("not-trading");
    kit.status[0] = STATUS_TRADING;
    kit.execute(ahead, 10);
    kit.execute(kit.add("B", 100, 9990), 50);
    expect(kit.take()).toEqual(["accepted 1", "made 1: 50 at 9990"]);
  });
});

describe("an order is refused", () => {
  test("when its instrument is unknown or not trading", () => {
    const kit = new MarketKit();
    expect(kit.refusal("buy", 100, 9990, { symbol: 7 })).toBe("unknown-symbol");
    kit.status[0] = STATUS_HALTED;
    expect(kit.refusal("buy", 100, 9990)).toBe("not-trading");
    expect(kit.refusal("buy", 100, 0, { market: true })).toBe("not-trading");
    expect(kit.events).toEqual([]);
  });

  test("when quantity, price or tick are none", () => {
    const kit = new MarketKit("pessimistic", 0.05);
    expect(kit.refusal("buy", 0, 9990)).toBe("quantity");
    expect(kit.refusal("buy", -5, 9990)).toBe("quantity");
    expect(kit.refusal("buy", 1.5, 9990)).toBe("quantity");
    expect(kit.refusal("buy", 1_000_000, 9990)).toBe("quantity");
    expect(kit.refusal("buy", 100, 0)).toBe("price");
    expect(kit.refusal("buy", 100, 9990.123)).toBe("price");
    expect(kit.refusal("buy", 100, 9990.5)).toBe("tick");
    expect(kit.refusal("buy", 100, 9991)).toBe("tick");
    kit.send("buy", 100, 9995);
  });

  test("when it may not take and would", () => {
    const kit = new MarketKit();
    kit.add("S", 30, 9995);
    expect(kit.refusal("buy", 100, 9995, { postOnly: true })).toBe("would-cross");
    expect(kit.refusal("buy", 100, 9999, { postOnly: true })).toBe("would-cross");
    kit.send("buy", 100, 9994, { postOnly: true });
    expect(kit.take()).toEqual(["accepted 1"]);
  });

  test("when it sells short at or below the best bid under Rule 201, unless exempt", () => {
    const kit = new MarketKit();
    kit.add("B", 100, 9990);
    kit.send("sell", 10, 9990, { short: true, timeInForce: "ioc" });
    kit.status[0] = STATUS_TRADING | STATUS_SHORT_RESTRICTED;
    expect(kit.refusal("sell", 10, 9990, { short: true })).toBe("short-sale");
    expect(kit.refusal("sell", 10, 0, { short: true, market: true })).toBe("short-sale");
    kit.send("sell", 10, 9990, { short: true, shortExempt: true, timeInForce: "ioc" });
    kit.send("sell", 10, 9990, { timeInForce: "ioc" });
    const order = kit.send("sell", 10, 9991, { short: true });
    expect(kit.captured.replace(order, 10, 999_000)).toBe("short-sale");
  });
});

test("a cancel takes what rests, also in a halt, and once", () => {
  const kit = new MarketKit();
  const order = kit.send("buy", 50, 9990);
  kit.status[0] = STATUS_HALTED;
  expect(kit.captured.cancel(order)).toBe(true);
  expect(kit.captured.cancel(order)).toBe(false);
  expect(kit.take()).toEqual(["accepted 1", "canceled 1"]);
  expect(kit.captured.openCount()).toBe(0);
});
