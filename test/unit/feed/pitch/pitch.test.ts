import { describe, expect, test } from "bun:test";
import { FEED_BAD_LENGTH, FEED_UNKNOWN_TYPE } from "../../../../src/feed/counters.ts";
import { PitchDecoder } from "../../../../src/feed/pitch/pitch.ts";
import { PITCH_EDITIONS, type PitchEdition } from "../../../../src/feed/pitch/pitch-editions.ts";
import type { PitchSink } from "../../../../src/feed/pitch/pitch-sink.ts";
import { newCounters } from "../../../support/market.ts";
import * as p from "../../../support/pitch-bytes.ts";

type Call = [string, ...unknown[]];

/** A sink that writes every call down. */
function recorder(edition: PitchEdition = "us-equities", readsAhead = true) {
  const calls: Call[] = [];
  const sink = new Proxy({} as PitchSink, {
    get: (_target, name) =>
      name === "readsAhead"
        ? readsAhead
        : (...args: unknown[]) =>
            calls.push([String(name), ...args.filter((a) => !(a instanceof DataView))]),
  });
  const counters = newCounters();
  const decoder = new PitchDecoder({ sink, edition, counters });
  const decode = (bytes: Uint8Array, length = bytes.length) =>
    decoder.decode(new DataView(bytes.buffer), bytes, 0, length);
  return { calls, counters, decode, decoder };
}

const ID = 0x1_8000_0002n; // high half 1, low half negative as int32
const [HI, LO] = [1, 0x80000002 | 0];
const EXECUTION = 0x2_0000_0003n;
const NS = 999_999_999;
const SECONDS = 34_200;
const T = SECONDS * 1e9 + NS;
const [AAPL_HI, AAPL_LO] = [0x4141504c, 0x20202020];
/** "ABCDEF" and "ABCDEFGH" */
const [LONG_HI, SIX_LO, EIGHT_LO] = [0x41424344, 0x45462020, 0x45464748];

const EQUITIES: [string, Uint8Array, Call][] = [
  [
    "0x21",
    p.addLong({ id: ID, ns: NS, side: "S", qty: 70_000, symbol: "ABCDEF", px: 1_234_567 }),
    ["onAdd", LONG_HI, SIX_LO, HI, LO, -1, 70_000, 1_234_567, T],
  ],
  [
    "0x22",
    p.addShort({ id: ID, ns: NS, qty: 65_535, px: 65_535 }),
    ["onAdd", AAPL_HI, AAPL_LO, HI, LO, 1, 65_535, 6_553_500, T],
  ],
  [
    "0x2F",
    p.addExpanded({ id: ID, ns: NS, side: "S", qty: 7, symbol: "ABCDEFGH", px: 9 }),
    ["onAdd", LONG_HI, EIGHT_LO, HI, LO, -1, 7, 9, T],
  ],
  ["0x23", p.execute({ id: ID, ns: NS, qty: 7 }), ["onExecute", HI, LO, 7, T]],
  [
    "0x24",
    p.executeAt({ id: ID, ns: NS, qty: 7, remaining: 3, px: 99 }),
    ["onExecuteAt", HI, LO, 7, 3, 99, T],
  ],
  ["0x25", p.reduceLong({ id: ID, ns: NS, qty: 70_000 }), ["onReduce", HI, LO, 70_000, T]],
  ["0x26", p.reduceShort({ id: ID, ns: NS, qty: 65_535 }), ["onReduce", HI, LO, 65_535, T]],
  [
    "0x27",
    p.modifyLong({ id: ID, ns: NS, qty: 70_000, px: 8, flags: 3 }),
    ["onModify", HI, LO, 70_000, 8, 2, T],
  ],
  [
    "0x28",
    p.modifyShort({ id: ID, ns: NS, qty: 40_000, px: 40_000, flags: 1 }),
    ["onModify", HI, LO, 40_000, 4_000_000, 0, T],
  ],
  ["0x29", p.remove({ id: ID, ns: NS }), ["onDelete", HI, LO, T]],
  [
    "0x2A",
    p.tradeLong({ id: ID, ns: NS, side: "S", qty: 5, px: 6, execution: EXECUTION }),
    ["onTrade", AAPL_HI, AAPL_LO, -1, 5, 6, T],
  ],
  [
    "0x2B",
    p.tradeShort({ id: ID, ns: NS, qty: 5, symbol: "ABCDEF", px: 6, execution: EXECUTION }),
    ["onTrade", LONG_HI, SIX_LO, 1, 5, 600, T],
  ],
  [
    "0x30",
    p.tradeExpanded({ id: ID, ns: NS, qty: 5, symbol: "ABCDEFGH", px: 6, execution: EXECUTION }),
    ["onTrade", LONG_HI, EIGHT_LO, 1, 5, 6, T],
  ],
  ["0x2C", p.tradeBreak(EXECUTION, NS), ["onBroken", 2, 3, T]],
  ["0x2D", p.endOfSession(NS), ["onOther", 0x2d, 0, T]],
  [
    "0x31",
    p.tradingStatus("ABCDEFGH", "T", "1", NS),
    ["onTradingStatus", LONG_HI, EIGHT_LO, 0x54, 0x31, 0, T],
  ],
  ["0x95", p.auctionUpdate("AAPL", NS), ["onOther", 0x95, 0, T]],
  ["0x96", p.auctionSummary("AAPL", 1, 2, NS), ["onOther", 0x96, 0, T]],
  ["0x97", p.unitClear(NS), ["onUnitClear", T]],
  ["0x98", p.retailImprovement("AAPL", "A", NS), ["onOther", 0x98, 0, T]],
];

describe("US equities", () => {
  for (const [type, bytes, call] of EQUITIES) {
    test(`${type} reaches the sink with its fields`, () => {
      const r = recorder();
      r.decode(p.time(SECONDS));
      r.decode(bytes);
      expect(r.calls).toEqual([call]);
    });

    test(`${type} of another length is counted, and told`, () => {
      const r = recorder();
      r.decode(new Uint8Array([...bytes, 0]));
      r.decode(bytes.slice(0, -1));
      expect(r.calls).toEqual([["onMisread"], ["onMisread"]]);
      expect(r.counters[FEED_BAD_LENGTH]).toBe(2);
    });
  }

  test("an unknown type is counted, and a message without one is none", () => {
    const r = recorder();
    r.decode(new Uint8Array([6, 0xfe, 0, 0, 0, 0]));
    expect(r.counters[FEED_UNKNOWN_TYPE]).toBe(1);
    r.decode(new Uint8Array([1]));
    r.decode(new Uint8Array(0));
    expect(r.counters[FEED_BAD_LENGTH]).toBe(2);
    expect(r.calls).toEqual([]);
  });
});

describe("other editions", () => {
  test("refuse what US equities send under the same type, and the other way round", () => {
    const forms: Record<PitchEdition, Uint8Array[]> = {
      "us-equities": [p.time(1), p.execute({ id: 1 }), p.tradeShort({ id: 1 })],
      "us-options": [p.datedTime(1), p.optionsAddExpanded({ id: 1 })],
      "cfe-futures": [
        p.futuresAddLong({ id: 1 }),
        p.futuresAddShort({ id: 1 }),
        p.futuresModifyLong({ id: 1 }),
        p.futuresModifyShort({ id: 1 }),
      ],
    };
    for (const edition of PITCH_EDITIONS) {
      for (const [from, messages] of Object.entries(forms)) {
        const r = recorder(edition);
        // The time of options and futures is one form.
        const own = messages.filter((m) => from === edition || !(m[1] === 0x20 && m[0] === 10));
        for (const bytes of own) r.decode(bytes);
        const refused = r.counters[FEED_BAD_LENGTH]! + r.counters[FEED_UNKNOWN_TYPE]!;
        expect([edition, from, refused]).toEqual([
          edition,
          from,
          from === edition ? 0 : own.length,
        ]);
      }
    }
  });

  test("options have a trade condition, a second status and longer expanded adds", () => {
    const r = recorder("us-options");
    r.decode(p.datedTime(SECONDS));
    r.decode(p.execute({ id: ID, ns: NS, qty: 7 }, p.condition));
    r.decode(p.executeAt({ id: ID, ns: NS, qty: 7, remaining: 3, px: 99 }, p.condition));
    r.decode(p.tradeShort({ id: ID, ns: NS, qty: 5, px: 6 }, p.condition));
    r.decode(p.tradeLong({ id: ID, ns: NS, qty: 5, px: 6 }, p.condition));
    r.decode(p.tradeExpanded({ id: ID, ns: NS, qty: 5, px: 6 }, p.condition));
    r.decode(p.optionsAddExpanded({ id: ID, ns: NS, qty: 7, symbol: "ABCDEFGH", px: 9 }));
    r.decode(p.optionsStatus("ABCDEF", "Q", "T", NS));
    r.decode(p.symbolMapping("ABCDEF"));
    expect(r.calls).toEqual([
      ["onExecute", HI, LO, 7, T],
      ["onExecuteAt", HI, LO, 7, 3, 99, T],
      ["onTrade", AAPL_HI, AAPL_LO, 1, 5, 600, T],
      ["onTrade", AAPL_HI, AAPL_LO, 1, 5, 6, T],
      ["onTrade", AAPL_HI, AAPL_LO, 1, 5, 6, T],
      ["onAdd", LONG_HI, EIGHT_LO, HI, LO, 1, 7, 9, T],
      ["onTradingStatus", LONG_HI, SIX_LO, 0x51, 0, 0x54, T],
      ["onOther", 0x2e, 0, -1],
    ]);
  });

  test("prices of futures are signed; a negative one is none that a book can hold", () => {
    const r = recorder("cfe-futures");
    r.decode(p.futuresAddShort({ id: 1, qty: 2, px: 1525 }));
    r.decode(p.futuresAddShort({ id: 1, qty: 2, px: -50 }));
    r.decode(p.futuresAddLong({ id: 1, qty: 2, px: 152_500 }));
    r.decode(p.futuresAddLong({ id: 1, qty: 2, px: -500 }));
    r.decode(p.futuresModifyShort({ id: 1, qty: 2, px: -1 }));
    r.decode(p.futuresModifyLong({ id: 1, qty: 2, px: 100 }));
    expect(r.calls.map((c) => c.at(c[0] === "onAdd" ? -2 : -3))).toEqual([
      152_500, -1, 152_500, -1, -1, 100,
    ]);
    r.calls.length = 0;
    r.decode(p.futuresStatus("ABCDEF", "T"));
    expect(r.calls).toEqual([["onTradingStatus", LONG_HI, SIX_LO, 0x54, 0, 0, -1]]);
  });

  test("the definition of a future may carry any number of legs, and not less than its own fields", () => {
    const r = recorder("cfe-futures");
    for (const legs of [[], ["VXF1"], ["VXF1", "VXG1"]]) r.decode(p.futuresDefinition("VX", legs));
    expect(r.calls.length).toBe(3);
    const short = p.futuresDefinition("VX", []);
    r.decode(short, short.length - 1);
    expect([r.calls.at(-1), r.counters[FEED_BAD_LENGTH]]).toEqual([["onMisread"], 1]);
  });
});

describe("prices", () => {
  test("of eight bytes are exact up to 2^53, and none beyond", () => {
    const r = recorder();
    const prices = [
      2n ** 31n - 1n,
      2n ** 31n,
      2n ** 32n,
      6_000_000_001n,
      2n ** 53n - 1n,
      2n ** 53n,
      2n ** 63n,
      2n ** 64n - 1n,
    ];
    for (const px of prices) r.decode(p.addLong({ id: 1, px }));
    expect(r.calls.map((c) => c.at(-2))).toEqual([
      2147483647, 2147483648, 4294967296, 6000000001, 9007199254740991, -1, -1, -1,
    ]);
  });
});

describe("time", () => {
  test("is not known before the first time message, and then told to the nanosecond", () => {
    const r = recorder();
    r.decode(p.remove({ id: 1, ns: 5 }));
    expect([r.calls[0]!.at(-1), r.decoder.isTimeSure]).toEqual([-1, false]);
    r.decode(p.time(1));
    r.decode(p.remove({ id: 1, ns: 5 }));
    r.decode(p.time(86_399));
    r.decode(p.remove({ id: 1, ns: 999_999_999 }));
    expect(r.calls.slice(1).map((c) => c.at(-1))).toEqual([1_000_000_005, 86_399_999_999_999]);
    expect(r.decoder.isTimeSure).toBe(true);
  });

  test("goes on from the last known second after a loss, and says that it is not sure", () => {
    const r = recorder();
    r.decode(p.time(10));
    r.decoder.onLoss(2, 5);
    expect(r.calls).toEqual([["onLoss"]]);
    r.decode(p.remove({ id: 1, ns: 5 }));
    expect([r.calls[1]!.at(-1), r.decoder.isTimeSure]).toEqual([10_000_000_005, false]);
    r.decode(p.time(12));
    expect(r.decoder.isTimeSure).toBe(true);
  });

  test("comes with the time reference of options and futures, too", () => {
    const r = recorder("cfe-futures");
    r.decode(p.timeReference(60));
    r.decode(p.remove({ id: 1, ns: 5 }));
    expect(r.calls[0]!.at(-1)).toBe(60_000_000_005);
  });
});

test("reading ahead looks at the orders that messages name by id, and at nothing else", () => {
  const messages = [
    p.addShort({ id: 1 }),
    p.execute({ id: 2 }),
    p.reduceShort({ id: 3 }),
    p.modifyLong({ id: ID }),
    p.tradeLong({ id: 4 }),
    p.remove({ id: 5 }),
    p.time(1),
  ];
  const bytes = new Uint8Array(Buffer.concat(messages));
  const r = recorder();
  r.decoder.readAhead(new DataView(bytes.buffer), bytes, 0, messages.length);
  expect(r.calls).toEqual([
    ["onAhead", 0, 2],
    ["onAhead", 0, 3],
    ["onAhead", HI, LO],
    ["onAhead", 0, 5],
  ]);
  const none = recorder("us-equities", false);
  none.decoder.readAhead(new DataView(bytes.buffer), bytes, 0, messages.length);
  expect(none.calls).toEqual([]);
});
