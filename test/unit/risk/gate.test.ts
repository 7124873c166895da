import { expect, test } from "bun:test";
import * as C from "../../../src/core/codes.ts";
import { TokenBucket } from "../../../src/core/token-bucket.ts";
import { HP_KILL_LOSS } from "../../../src/ffi/layout.ts";
import { RISK_LOSS_TRIPS, RISK_PASSED } from "../../../src/risk/counters.ts";
import { limitProblems } from "../../../src/risk/limits.ts";
import { definition, Harness, type HarnessOptions, LIMITS } from "../order/harness.ts";

const BID = 999_900;
const ASK = 1_000_100;

/** What the gate answers to one buy of 100 at the bid, after a change. */
function judge(change: (h: Harness) => void, options: HarnessOptions = {}): number {
  const h = new Harness(options);
  change(h);
  const code = h.gate.checkNew(0, C.SIDE_BUY, 100, BID, 0, h.clock.now());
  expect(h.counters[code === 0 ? RISK_PASSED : 48 - code]).toBe(1);
  return code;
}

test("an order within every limit passes", () => {
  expect(judge(() => {})).toBe(0);
});

test("the state of the appliance denies, each with its own code", () => {
  expect(judge((h) => (h.gateSwitch.armed = false))).toBe(C.DENY_DISARMED);
  expect(judge((h) => (h.gateSwitch.killed = true))).toBe(C.DENY_KILLED);
  expect(judge((h) => (h.gateSwitch.guardAlive = false))).toBe(C.DENY_GUARD);
  expect(judge((h) => (h.session.state = C.SESSION_SYNCING))).toBe(C.DENY_NO_SESSION);
  expect(judge((h) => (h.session.backlog = true))).toBe(C.DENY_BACKPRESSURE);
  expect(judge((h) => (h.journal.room = false))).toBe(C.DENY_JOURNAL);
  const marketDataOnly = { instruments: [definition("AAA", { session: -1 })] };
  expect(judge(() => {}, marketDataOnly)).toBe(C.DENY_NO_SESSION);
});

test("the state of the market denies, each with its own code", () => {
  for (const state of [C.FEED_INIT, C.FEED_GAP, C.FEED_STALE, C.FEED_LOST, C.FEED_ENDED]) {
    expect(judge((h) => (h.feedState[0] = state))).toBe(C.DENY_FEED);
  }
  for (const status of [C.STATUS_UNKNOWN, C.STATUS_HALTED, C.STATUS_PAUSED, C.STATUS_QUOTATION]) {
    expect(judge((h) => (h.status[0] = status))).toBe(C.DENY_STATUS);
  }
  expect(judge((h) => (h.bookFlags = 1))).toBe(C.DENY_BOOK);
});

test("arguments that make no sense are denied, not rounded", () => {
  const h = new Harness();
  const send = (i: number, side: number, qty: number, px: number, flags = 0) =>
    h.gate.checkNew(i, side, qty, px, flags, 0);
  expect(send(-1, 1, 1, BID)).toBe(C.DENY_ARGUMENT);
  expect(send(3, 1, 1, BID)).toBe(C.DENY_ARGUMENT);
  expect(send(0.5, 1, 1, BID)).toBe(C.DENY_ARGUMENT);
  expect(send(Number.NaN, 1, 1, BID)).toBe(C.DENY_ARGUMENT);
  expect(send(0, 0, 1, BID)).toBe(C.DENY_ARGUMENT);
  expect(send(0, 1, 1, BID, 64)).toBe(C.DENY_ARGUMENT);
  expect(send(0, 1, 1, BID, C.ORDER_IOC | C.ORDER_FOK)).toBe(C.DENY_ARGUMENT);
  expect(send(0, 1, 1, BID, C.ORDER_POST_ONLY | C.ORDER_IOC)).toBe(C.DENY_ARGUMENT);
  expect(send(0, 1, 1, BID, C.ORDER_POST_ONLY | C.ORDER_MARKET)).toBe(C.DENY_ARGUMENT);
  expect(send(0, 1, 1, BID, C.ORDER_SHORT)).toBe(C.DENY_ARGUMENT);
  expect(send(0, -1, 1, ASK, C.ORDER_SHORT | C.ORDER_SHORT_EXEMPT)).toBe(C.DENY_ARGUMENT);
  for (const qty of [0, -5, 1.5, Number.NaN, 2 ** 31]) {
    expect(send(0, 1, qty, BID)).toBe(C.DENY_QTY);
  }
  for (const px of [0, -100, 1.5, Number.NaN, BID + 1, BID + 50]) {
    expect(send(0, 1, 1, px)).toBe(C.DENY_TICK);
  }
});

test("quantity, notional, lot and tick are judged per instrument", () => {
  const h = new Harness({
    instruments: [definition("AAA", { lot: 10 }), definition("BBB", { multiplier: 10 })],
    limits: { instrument: { BBB: { maxOrderQty: 200 } } },
  });
  const send = (i: number, qty: number) => h.gate.checkNew(i, 1, qty, BID, 0, 0);
  expect(send(0, 1010)).toBe(C.DENY_QTY);
  expect(send(0, 1000)).toBe(0);
  expect(send(0, 15)).toBe(C.DENY_LOT);
  expect(send(1, 201)).toBe(C.DENY_QTY);
  expect(send(1, 200)).toBe(0);
  const rich = new Harness({ limits: { maxOrderNotional: 9_999 } });
  expect(rich.gate.checkNew(0, 1, 100, BID, 0, 0)).toBe(0);
  expect(rich.gate.checkNew(0, 1, 101, BID, 0, 0)).toBe(C.DENY_NOTIONAL);
});

test("a product beyond 2^31 is not lost: quantity times price is judged in doubles", () => {
  const h = new Harness({
    limits: { maxOrderQty: 2_000_000_000, maxPosition: 1e12, maxExposure: 1e15 },
  });
  expect(h.gate.checkNew(0, 1, 2_000_000_000, BID, 0, 0)).toBe(C.DENY_NOTIONAL);
});

test("the collar measures from the far side, else the last trade, else denies", () => {
  const h = new Harness();
  const buy = (px: number) => h.gate.checkNew(0, 1, 1, px, 0, 0);
  expect(buy(1_050_100)).toBe(0);
  expect(buy(1_050_200)).toBe(C.DENY_COLLAR);
  expect(buy(950_100)).toBe(0);
  expect(buy(950_000)).toBe(C.DENY_COLLAR);
  h.books[0]!.ask = 0;
  h.books[0]!.last = 900_000;
  expect(buy(945_000)).toBe(0);
  expect(buy(945_100)).toBe(C.DENY_COLLAR);
  h.books[0]!.last = 0;
  expect(buy(900_000)).toBe(C.DENY_COLLAR);
  const free = new Harness({ limits: { allowNoReference: true } });
  free.books[0]!.ask = 0;
  free.books[0]!.last = 0;
  expect(free.gate.checkNew(0, 1, 1, 900_000, 0, 0)).toBe(0);
  expect(free.gate.checkNew(0, 1, 1, 0, C.ORDER_MARKET, 0)).toBe(C.DENY_COLLAR);
});

test("with two collars the tighter one holds; mid and last are references too", () => {
  const abs = new Harness({ limits: { collarAbs: 0.5, reference: "mid" } });
  expect(abs.gate.checkNew(0, 1, 1, 1_005_000, 0, 0)).toBe(0);
  expect(abs.gate.checkNew(0, 1, 1, 1_005_100, 0, 0)).toBe(C.DENY_COLLAR);
  const last = new Harness({ limits: { collarAbs: 0.5, reference: "last" } });
  last.books[0]!.last = 980_000;
  expect(last.gate.checkNew(0, 1, 1, 985_100, 0, 0)).toBe(C.DENY_COLLAR);
});

test("a market order counts at the collar's edge", () => {
  const h = new Harness({ limits: { maxOrderNotional: 10_500 } });
  expect(h.gate.checkNew(0, 1, 99, 0, C.ORDER_MARKET, 0)).toBe(0);
  expect(h.gate.reservePx).toBe(Math.floor((ASK * 1.05) / 100) * 100);
  expect(h.gate.checkNew(0, 1, 100, 0, C.ORDER_MARKET, 0)).toBe(C.DENY_NOTIONAL);
});

test("a market order leaves as a limit order at the collar's edge, immediate or cancel", () => {
  const h = new Harness({ limits: { shortMarking: false } });
  const top = Math.floor((ASK * 1.05) / 100) * 100;
  const bottom = Math.ceil((BID * 0.95) / 100) * 100;
  h.orders.send(0, 0, 1, 10, 0, C.ORDER_MARKET);
  expect(h.session.last()).toMatchObject({ px: top, flags: C.ORDER_IOC });
  h.orders.send(0, 0, 1, 10, 0, C.ORDER_MARKET | C.ORDER_FOK);
  expect(h.session.last()).toMatchObject({ px: top, flags: C.ORDER_FOK });
  h.orders.send(0, 0, -1, 10, 0, C.ORDER_MARKET);
  expect(h.session.last()).toMatchObject({ px: bottom, flags: C.ORDER_IOC });
});

test("a price outside the LULD collar is denied", () => {
  const bandLow = new Int32Array([999_000, 0, 0]);
  const bandHigh = new Int32Array([1_001_000, 0, 0]);
  const h = new Harness({ gate: { bandLow, bandHigh } });
  expect(h.gate.checkNew(0, 1, 1, 1_001_000, 0, 0)).toBe(0);
  expect(h.gate.checkNew(0, 1, 1, 1_001_100, 0, 0)).toBe(C.DENY_BAND);
  expect(h.gate.checkNew(0, 1, 1, 998_900, 0, 0)).toBe(C.DENY_BAND);
  expect(h.gate.checkNew(1, 1, 1, 1_001_100, 0, 0)).toBe(0);
});

test("position counts with all open orders of the side", () => {
  const h = new Harness({ limits: { maxPosition: 250 } });
  expect(h.orders.send(0, 0, 1, 200, BID, 0)).toBe(0);
  expect(h.orders.send(0, 0, 1, 51, BID, 0)).toBe(C.DENY_POSITION);
  expect(h.orders.send(0, 0, -1, 250, ASK, 0)).toBeGreaterThan(0);
  expect(h.orders.send(0, 0, -1, 1, ASK, 0)).toBe(C.DENY_POSITION);
  expect(h.orders.send(0, 0, 1, 50, BID, 0)).toBeGreaterThan(0);
});

test("a position beyond its limit can still be made smaller", () => {
  const h = new Harness({ limits: { maxPosition: 100, maxExposure: 1000 } });
  h.positions.fill(0, 1, 300, BID, 0);
  h.exposure.refresh(0);
  expect(h.orders.send(0, 0, 1, 1, BID, 0)).toBe(C.DENY_POSITION);
  expect(h.orders.send(0, 0, -1, 300, ASK, 0)).toBeGreaterThanOrEqual(0);
});

test("exposure is gross over instruments, each in its worst case", () => {
  const h = new Harness({ limits: { maxExposure: 30_000 } });
  expect(h.orders.send(0, 0, 1, 100, BID, 0)).toBe(0);
  expect(h.orders.send(0, 1, -1, 100, ASK, 0)).toBe(1);
  // The other side of an instrument adds only what goes beyond the larger side.
  expect(h.orders.send(0, 1, 1, 100, BID, 0)).toBe(2);
  expect(h.orders.send(0, 2, 1, 101, BID, 0)).toBe(C.DENY_EXPOSURE);
  expect(h.exposure.gross()).toBeCloseTo(20_000, 0);
});

test("open orders are limited in all and per instrument", () => {
  const h = new Harness({ limits: { maxOpenOrders: 3, maxOpenOrdersPerInstrument: 2 } });
  expect(h.orders.send(0, 0, 1, 1, BID, 0)).toBe(0);
  expect(h.orders.send(0, 0, 1, 1, BID, 0)).toBe(1);
  expect(h.orders.send(0, 0, 1, 1, BID, 0)).toBe(C.DENY_OPEN_ORDERS);
  expect(h.orders.send(0, 1, 1, 1, BID, 0)).toBe(2);
  expect(h.orders.send(0, 1, 1, 1, BID, 0)).toBe(C.DENY_OPEN_ORDERS);
});

test("the order rate is a token bucket, and cancels have their own", () => {
  const h = new Harness({
    limits: { ordersPerS: 10, ordersBurst: 2, cancelsPerS: 1, cancelsBurst: 1 },
  });
  const a = h.openOrder(1);
  const b = h.openOrder(1);
  expect(h.orders.send(0, 0, 1, 1, BID, 0)).toBe(C.DENY_RATE);
  expect(h.orders.replace(0, a, 2, BID)).toBe(C.DENY_RATE);
  expect(h.orders.cancel(0, a)).toBe(0);
  expect(h.orders.cancel(0, b)).toBe(C.DENY_RATE);
  h.clock.timeNs += 1e8;
  expect(h.orders.replace(0, b, 2, BID)).toBe(0);
  expect(h.orders.send(0, 0, 1, 1, BID, 0)).toBe(C.DENY_RATE);
});

test("a denial for another reason takes no token", () => {
  const h = new Harness({ limits: { ordersPerS: 1, ordersBurst: 1 } });
  for (let i = 0; i < 5; i++) h.gate.checkNew(0, 1, 5000, BID, 0, 0);
  expect(h.gate.checkNew(0, 1, 1, BID, 0, 0)).toBe(0);
});

test("a bucket never holds more than its burst, whatever time does", () => {
  const bucket = new TokenBucket(1000, 2);
  expect(bucket.take(1e12)).toBe(true);
  expect(bucket.take(0)).toBe(true);
  expect(bucket.take(1e12)).toBe(false);
  expect(bucket.take(1e12 + 999_999)).toBe(false);
  expect(bucket.take(1e12 + 1_000_000)).toBe(true);
});

test("under Reg SHO no short sale at or below the bid, unless exempt", () => {
  const h = new Harness();
  h.status[0] = C.STATUS_TRADING | C.STATUS_SHORT_RESTRICTED;
  const sell = (px: number, flags: number) => h.gate.checkNew(0, -1, 10, px, flags, 0);
  expect(sell(BID, C.ORDER_SHORT)).toBe(C.DENY_SHORT_SALE);
  expect(sell(BID + 100, C.ORDER_SHORT)).toBe(0);
  expect(sell(0, C.ORDER_SHORT | C.ORDER_MARKET)).toBe(C.DENY_SHORT_SALE);
  expect(sell(BID, C.ORDER_SHORT_EXEMPT)).toBe(0);
  expect(sell(BID, 0)).toBe(0);
});

test("a sale of more than we are long needs a short flag, other long sales counted", () => {
  const h = new Harness({ limits: { shortMarking: true } });
  expect(h.orders.send(0, 0, -1, 10, ASK, 0)).toBe(C.DENY_SHORT_SALE);
  expect(h.orders.send(0, 0, -1, 10, ASK, C.ORDER_SHORT)).toBeGreaterThanOrEqual(0);
  h.positions.fill(0, 1, 100, BID, 0);
  expect(h.orders.send(0, 0, -1, 60, ASK, 0)).toBeGreaterThanOrEqual(0);
  expect(h.orders.send(0, 0, -1, 41, ASK, 0)).toBe(C.DENY_SHORT_SALE);
  expect(h.orders.send(0, 0, -1, 40, ASK, 0)).toBeGreaterThanOrEqual(0);
});

test("an order that would meet one of our own is denied", () => {
  const h = new Harness({ limits: { selfMatch: "deny" } });
  const slot = h.openOrder(10, ASK, C.SIDE_SELL);
  expect(h.orders.send(0, 0, 1, 10, ASK, 0)).toBe(C.DENY_SELF_MATCH);
  expect(h.orders.send(0, 0, 1, 10, 0, C.ORDER_MARKET)).toBe(C.DENY_SELF_MATCH);
  expect(h.orders.send(0, 1, 1, 10, ASK, 0)).toBeGreaterThanOrEqual(0);
  const buy = h.openOrder(10, BID);
  expect(h.orders.replace(0, buy, 10, ASK)).toBe(C.DENY_SELF_MATCH);
  // While a replace to a lower price is pending, both prices count.
  expect(h.orders.replace(0, slot, 10, BID + 100)).toBe(0);
  expect(h.orders.send(0, 0, 1, 10, BID + 100, 0)).toBe(C.DENY_SELF_MATCH);
});

test("a loss over its limit kills once, by an order or by the market alone", () => {
  const h = new Harness({ limits: { maxLoss: 50 } });
  h.positions.fill(0, 1, 100, 1_000_000, 1);
  h.gate.onBook(0);
  expect(h.kills).toBe(0);
  h.books[0]!.bid = 994_900;
  h.books[0]!.ask = 995_100;
  h.gate.onBook(0);
  expect(h.kills).toBe(0);
  h.books[0]!.bid = 994_500;
  h.gate.onBook(0);
  expect(h.kills).toBe(HP_KILL_LOSS);
  h.gate.onBook(0);
  expect(h.counters[RISK_LOSS_TRIPS]).toBe(1);
  h.gateSwitch.killed = false;
  expect(h.gate.checkNew(0, 1, 1, BID, 0, 0)).toBe(C.DENY_LOSS);
});

test("missing limits are named, and the gate does not start without them", () => {
  const { maxLoss: _, collarPct: __, ...rest } = LIMITS;
  expect(limitProblems(rest)).toEqual([
    "risk limit maxLoss is missing",
    "risk limit collarPct or collarAbs is missing: one price collar is needed",
  ]);
  expect(limitProblems({ ...LIMITS, maxPosition: Number.NaN })).toHaveLength(1);
  expect(() => new Harness({ limits: { maxExposure: -1 } })).toThrow("maxExposure");
});

test("tokens grow on the evening before the session date, when the clock is negative", () => {
  const bucket = new TokenBucket(10, 1);
  expect(bucket.take(-3600e9)).toBe(true);
  expect(bucket.take(-3600e9)).toBe(false);
  expect(bucket.take(-3600e9 + 1e8)).toBe(true);
});
