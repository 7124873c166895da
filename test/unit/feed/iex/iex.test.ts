import { describe, expect, test } from "bun:test";
import {
  FEED_BAD_LENGTH,
  FEED_FILTERED,
  FEED_UNKNOWN_TYPE,
} from "../../../../src/feed/counters.ts";
import { IexDecoder } from "../../../../src/feed/iex/iex.ts";
import { describeIex, IEX_MESSAGES, type IexRecord } from "../../../../src/feed/iex/iex-fields.ts";
import type { IexSink } from "../../../../src/feed/iex/iex-sink.ts";
import {
  auction,
  directory,
  join,
  level,
  official,
  operationalHalt,
  quote,
  retail,
  securityEvent,
  shortSale,
  systemEvent,
  T0,
  trade,
  tradeBreak,
  tradingStatus,
} from "../../../support/iex-bytes.ts";
import { newCounters } from "../../../support/market.ts";

const HANDLE = 6;
const NS = Number(T0);
/** "ZIEXT" as two words. */
const [HI, LO] = [0x5a494558, 0x54202020];
const SYMBOL = "ZIEXT";
const HEAD = { timestamp: T0, symbol: SYMBOL };
/** Above 2^32 by 5, low half negative as int32. */
const BIG = 0x5_8000_0002n;

type Call = [string, ...unknown[]];

/** A sink that writes every call down, but for the lookup. */
function recorder(feed: "deep" | "tops" = "deep", handle = HANDLE) {
  const calls: Call[] = [];
  const asked: [number, number][] = [];
  const find = (high: number, low: number) => {
    asked.push([high, low]);
    return handle;
  };
  const sink = new Proxy({} as IexSink, {
    get: (_target, name) =>
      name === "find"
        ? find
        : (...args: unknown[]) =>
            calls.push([String(name), ...args.filter((a) => !(a instanceof DataView))]),
  });
  const counters = newCounters();
  const decoder = new IexDecoder({ feed, sink, counters });
  const decode = (bytes: Uint8Array, length = bytes.length) =>
    decoder.decode(new DataView(bytes.buffer), bytes, 0, length);
  return { calls, asked, counters, decode, decoder };
}

/** Of each type: bytes, what the sink hears, what people read. */
const expected: Record<string, [Uint8Array, Call[], IexRecord]> = {
  S: [
    systemEvent("R"),
    [["onSystemEvent", 0x52, NS]],
    { type: "S", len: 10, system_event: "R", timestamp: T0 },
  ],
  D: [
    directory(SYMBOL, 10, 123_400),
    [
      ["onDirectory", HI, LO, 10],
      ["onOther", HANDLE, 0x44, 0, NS],
    ],
    {
      ...{ type: "D", len: 31, flags: 0x80, ...HEAD },
      ...{ round_lot_size: 10, adjusted_poc_price: 123_400, luld_tier: 1 },
    },
  ],
  H: [
    tradingStatus(SYMBOL, "H", "T1"),
    [["onTradingStatus", HANDLE, 0x48, NS]],
    { type: "H", len: 22, trading_status: "H", ...HEAD, reason: "T1" },
  ],
  I: [
    retail(SYMBOL, "A"),
    [["onOther", HANDLE, 0x49, 0, NS]],
    { type: "I", len: 18, retail_liquidity_indicator: "A", ...HEAD },
  ],
  O: [
    operationalHalt(SYMBOL, "N"),
    [["onOperationalHalt", HANDLE, 0x4e, NS]],
    { type: "O", len: 18, operational_halt_status: "N", ...HEAD },
  ],
  P: [
    shortSale(SYMBOL, 1, "A"),
    [["onShortSale", HANDLE, 1, NS]],
    { type: "P", len: 19, short_sale_price_test_status: 1, ...HEAD, detail: "A" },
  ],
  E: [
    securityEvent(SYMBOL, "O"),
    [["onOther", HANDLE, 0x45, 0, NS]],
    { type: "E", len: 18, security_event: "O", ...HEAD },
  ],
  "8": [
    level("8", SYMBOL, 4_000_000_000, BIG, true),
    [["onPriceLevel", HANDLE, 0, 1, 4_000_000_000, 5, 0x80000002 | 0, NS]],
    { type: "8", len: 30, event_flags: 1, ...HEAD, size: 4_000_000_000, price: Number(BIG) },
  ],
  "5": [
    level("5", SYMBOL, 0, -1, false),
    [["onPriceLevel", HANDLE, 1, 0, 0, -1, -1, NS]],
    { type: "5", len: 30, event_flags: 0, ...HEAD, size: 0, price: -1 },
  ],
  Q: [
    quote(SYMBOL, [100, 99_900], [300, BIG], 0x40),
    [["onQuote", HANDLE, 0x40, 100, 0, 99_900, 300, 5, 0x80000002 | 0, NS]],
    {
      ...{ type: "Q", len: 42, flags: 0x40, ...HEAD, bid_size: 100, bid_price: 99_900 },
      ...{ ask_price: Number(BIG), ask_size: 300 },
    },
  ],
  T: [
    trade(SYMBOL, 100, 99_900, 429_974),
    [["onTrade", HANDLE, 0, 100, 0, 99_900, NS]],
    {
      ...{ type: "T", len: 38, sale_condition_flags: 0, ...HEAD },
      ...{ size: 100, price: 99_900, trade_id: 429_974 },
    },
  ],
  X: [
    official(SYMBOL, "Q", 99_900),
    [["onOther", HANDLE, 0x58, 0, NS]],
    { type: "X", len: 26, price_type: "Q", ...HEAD, official_price: 99_900 },
  ],
  B: [
    tradeBreak(SYMBOL, 100, 99_900, 2n ** 63n),
    [["onBroken", HANDLE, 0x80000000 | 0, 0, NS]],
    {
      ...{ type: "B", len: 38, sale_condition_flags: 0, ...HEAD },
      ...{ size: 100, price: 99_900, trade_id: 2n ** 63n },
    },
  ],
  A: [
    auction(SYMBOL),
    [["onOther", HANDLE, 0x41, 0, NS]],
    {
      ...{ type: "A", len: 80, auction_type: "C", ...HEAD, paired_shares: 1000 },
      ...{ reference_price: 100_000, indicative_clearing_price: 100_100, imbalance_shares: 200 },
      ...{ imbalance_side: "B", extension_number: 3, scheduled_auction_time: 1_493_150_400 },
      ...{ auction_book_clearing_price: 100_200, collar_reference_price: 100_300 },
      ...{ lower_auction_collar: 90_000, upper_auction_collar: 110_000 },
    },
  ],
};
const feedOf = (type: string) => (type === "Q" ? "tops" : "deep");

test("all types of both feeds are covered here", () => {
  expect(Object.keys(expected).sort()).toEqual(IEX_MESSAGES.map((m) => m.type).sort());
});

for (const [type, [bytes, calls, record]] of Object.entries(expected)) {
  describe(`${type}`, () => {
    test("reaches the sink with its fields", () => {
      const r = recorder(feedOf(type));
      r.decode(bytes);
      expect(r.calls).toEqual(calls);
      if (type !== "S") expect(r.asked).toEqual([[HI, LO]]);
    });

    test("is described with every field", () => {
      expect(describeIex(bytes, 0, bytes.length)).toEqual(record);
    });

    test("that has grown is read as far as it is known", () => {
      const r = recorder(feedOf(type));
      const grown = join(bytes, new Uint8Array(3).fill(0xff));
      r.decode(grown);
      expect(r.calls).toEqual(calls);
      expect(describeIex(grown, 0, grown.length)).toEqual({ ...record, len: grown.length });
    });

    test("that is too short is counted, and told as a loss when it would change a book or a status", () => {
      const r = recorder(feedOf(type));
      for (let length = 1; length < bytes.length; length++) r.decode(bytes, length);
      const isTold = "85QSHOPE".includes(type);
      expect(r.calls).toEqual(isTold ? new Array(bytes.length - 1).fill(["onLoss", 0, 0]) : []);
      expect(r.counters[FEED_BAD_LENGTH]).toBe(bytes.length - 1);
      expect(describeIex(bytes, 0, bytes.length - 1)).toBeUndefined();
    });

    test("of a symbol that nobody wants ends at the lookup", () => {
      const r = recorder(feedOf(type), -1);
      r.decode(bytes);
      const told = calls.filter(([name]) => name === "onSystemEvent" || name === "onDirectory");
      expect(r.calls).toEqual(told);
      expect(r.counters[FEED_FILTERED]).toBe(type === "S" ? 0 : 1);
    });
  });
}

test("what the other feed has is unknown, as are types that IEX may add", () => {
  const deep = recorder("deep");
  deep.decode(quote(SYMBOL, [1, 1], [1, 2]));
  deep.decode(new Uint8Array(40).fill(0x7a));
  const tops = recorder("tops");
  tops.decode(level("8", SYMBOL, 1, 1));
  tops.decode(level("5", SYMBOL, 1, 1));
  expect([deep.calls, tops.calls]).toEqual([[], []]);
  expect(deep.counters[FEED_UNKNOWN_TYPE]).toBe(2);
  expect(tops.counters[FEED_UNKNOWN_TYPE]).toBe(2);
});

test("the end of a datagram and a loss are handed on", () => {
  const r = recorder();
  r.decoder.flush(false);
  r.decoder.onLoss(3, 9);
  expect(r.calls).toEqual([
    ["flush", false],
    ["onLoss", 3, 9],
  ]);
});
