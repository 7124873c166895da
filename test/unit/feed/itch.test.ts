import { expect, test } from "bun:test";
import { FEED_BAD_LENGTH, FEED_FILTERED, FEED_UNKNOWN_TYPE } from "../../../src/feed/counters.ts";
import { ItchDecoder } from "../../../src/feed/itch/itch.ts";
import { describeItch, ITCH_MESSAGES } from "../../../src/feed/itch/itch-fields.ts";
import type { ItchSink } from "../../../src/feed/itch/itch-sink.ts";
import { itch } from "../../support/itch-bytes.ts";
import { newCounters } from "../../support/market.ts";

const LOCATE = 513;
const HANDLE = 6;
const NS = 34_200_000_000_001; // above 2^32
const HEAD = { stock_locate: LOCATE, timestamp: NS };
const REF = 0x1_8000_0002n; // high half 1, low half negative as int32
const [HI, LO] = [1, 0x80000002 | 0];

type Call = [string, ...unknown[]];

/** A sink that writes every call down. */
function recorder(entry = HANDLE + 1) {
  const calls: Call[] = [];
  const locates = new Int32Array(65536);
  locates[LOCATE] = entry;
  const sink = new Proxy({ locates } as unknown as ItchSink, {
    get: (target, name) =>
      name === "locates"
        ? target.locates
        : (...args: unknown[]) =>
            calls.push([String(name), ...args.filter((a) => !(a instanceof DataView))]),
  });
  const counters = newCounters();
  const decoder = new ItchDecoder({ sink, counters });
  const decode = (bytes: Uint8Array, offset = 0, length = bytes.length) =>
    decoder.decode(new DataView(bytes.buffer), bytes, offset, length);
  return { calls, counters, decode, locates };
}

const STOCK = "AAPL";
const [STOCK_HI, STOCK_LO] = [0x4141504c, 0x20202020];
const expected: Record<string, [Record<string, number | bigint | string>, Call]> = {
  S: [{ stock_locate: 0, event_code: "Q" }, ["onSystemEvent", 0x51, NS]],
  R: [{ stock: STOCK, round_lot_size: 100 }, ["onDirectory", LOCATE, STOCK_HI, STOCK_LO, 100]],
  H: [{ stock: STOCK, trading_state: "T" }, ["onTradingAction", HANDLE, 0x54, NS]],
  Y: [{ stock: STOCK, reg_sho_action: "1" }, ["onRegSho", HANDLE, 0x31, NS]],
  L: [{ stock: STOCK, mpid: "MAXM" }, ["onOther", HANDLE, 0x4c, 0, NS]],
  V: [{ stock_locate: 0, level_1: 5 }, ["onOther", -1, 0x56, 0, NS]],
  W: [{ stock_locate: 0, breached_level: "1" }, ["onOther", -1, 0x57, 0, NS]],
  K: [{ stock: STOCK }, ["onOther", HANDLE, 0x4b, 0, NS]],
  J: [
    {
      stock: STOCK,
      auction_collar_reference_price: 100,
      upper_auction_collar_price: 120,
      lower_auction_collar_price: 80,
    },
    ["onAuctionCollar", HANDLE, 100, 120, 80, NS],
  ],
  h: [
    { stock: STOCK, market_code: "Q", operational_halt_action: "H" },
    ["onOperationalHalt", HANDLE, 0x51, 0x48, NS],
  ],
  A: [
    { order_reference_number: REF, buy_sell_indicator: "B", shares: 7, stock: STOCK, price: 9 },
    ["onAdd", HANDLE, HI, LO, 1, 7, 9, NS],
  ],
  F: [
    { order_reference_number: REF, buy_sell_indicator: "S", shares: 7, stock: STOCK, price: 9 },
    ["onAdd", HANDLE, HI, LO, -1, 7, 9, NS],
  ],
  E: [{ order_reference_number: REF, executed_shares: 7 }, ["onExecute", HANDLE, HI, LO, 7, NS]],
  C: [
    { order_reference_number: REF, executed_shares: 7, printable: "Y", execution_price: 9 },
    ["onExecuteAt", HANDLE, HI, LO, 7, 9, 1, NS],
  ],
  X: [{ order_reference_number: REF, canceled_shares: 7 }, ["onReduce", HANDLE, HI, LO, 7, NS]],
  D: [{ order_reference_number: REF }, ["onDelete", HANDLE, HI, LO, NS]],
  U: [
    {
      original_order_reference_number: REF,
      new_order_reference_number: 3,
      shares: 0xffffffff,
      price: 9,
    },
    ["onReplace", HANDLE, HI, LO, 0, 3, -1, 9, NS],
  ],
  P: [
    { order_reference_number: 5, buy_sell_indicator: "S", shares: 7, price: 9 },
    ["onHiddenTrade", HANDLE, -1, 7, 9, NS],
  ],
  Q: [
    { cross_shares: 2n ** 40n, cross_price: 9, cross_type: "O" },
    ["onCross", HANDLE, 2 ** 40, 9, 0x4f, NS],
  ],
  B: [{ match_number: REF }, ["onBroken", HANDLE, HI, LO, NS]],
  I: [{ stock: STOCK }, ["onOther", HANDLE, 0x49, 0, NS]],
  N: [{ stock: STOCK }, ["onOther", HANDLE, 0x4e, 0, NS]],
  O: [{ stock: STOCK }, ["onOther", HANDLE, 0x4f, 0, NS]],
};

test("all 23 message types of the edition are covered here", () => {
  expect(Object.keys(expected).sort()).toEqual(ITCH_MESSAGES.map((m) => m.type).sort());
  expect(ITCH_MESSAGES.length).toBe(23);
});

for (const [type, [fields, call]] of Object.entries(expected)) {
  test(`${type} reaches the sink with its fields`, () => {
    const r = recorder();
    r.decode(itch(type, { ...HEAD, ...fields }));
    expect(r.calls).toEqual([call]);
  });

  test(`${type} of another length is counted, and told when it would change a book or a status`, () => {
    const r = recorder();
    const bytes = itch(type, { ...HEAD, ...fields });
    r.decode(new Uint8Array([...bytes, 0]));
    r.decode(bytes.slice(0, -1));
    const told = "AFECXDUSHYJh".includes(type) ? [["onMisread"], ["onMisread"]] : [];
    expect(r.calls).toEqual(told as Call[]);
    expect(r.counters[FEED_BAD_LENGTH]).toBe(2);
  });
}

test("an anonymous hidden trade tells no side, though its field says B", () => {
  const r = recorder();
  r.decode(itch("P", { ...HEAD, buy_sell_indicator: "B", shares: 7, price: 9 }));
  expect(r.calls).toEqual([["onHiddenTrade", HANDLE, 0, 7, 9, NS]]);
});

test("an unknown type is counted, and length zero reads nothing", () => {
  const r = recorder();
  r.decode(new Uint8Array([0x7a, 0, 0]));
  r.decode(new Uint8Array(0));
  expect(r.counters[FEED_UNKNOWN_TYPE]).toBe(1);
  expect(r.calls).toEqual([]);
});

test("messages of a locate that nobody subscribed to are counted and go no further, but R does", () => {
  const r = recorder(-1);
  r.decode(itch("D", { ...HEAD, order_reference_number: 1 }));
  r.decode(itch("A", { ...HEAD, stock: STOCK }));
  expect(r.calls).toEqual([]);
  expect(r.counters[FEED_FILTERED]).toBe(2);
  r.decode(itch("R", { ...HEAD, stock: STOCK }));
  expect(r.calls.length).toBe(1);
});

test("a locate never announced is learned from the first message with a symbol", () => {
  const r = recorder(0);
  r.decode(itch("D", { ...HEAD, order_reference_number: 1 }));
  expect(r.calls).toEqual([]);
  r.decode(itch("A", { ...HEAD, stock: STOCK }));
  expect(r.calls).toEqual([["onUnseenLocate", LOCATE, STOCK_HI, STOCK_LO]]);
  expect(r.locates[LOCATE]).toBe(-1);
});

test("describeItch gives every field by name, bigint only above 2^53", () => {
  const bytes = itch("A", { ...HEAD, order_reference_number: 2n ** 63n, stock: STOCK, price: 12 });
  expect(describeItch(bytes, 0, bytes.length)).toEqual({
    type: "A",
    len: 36,
    stock_locate: LOCATE,
    tracking_number: 0,
    timestamp: NS,
    order_reference_number: 2n ** 63n,
    buy_sell_indicator: "",
    shares: 0,
    stock: STOCK,
    price: 12,
  });
  expect(describeItch(bytes, 0, 35)).toBeUndefined();
  expect(describeItch(bytes, 1, 36)).toBeUndefined();
});
