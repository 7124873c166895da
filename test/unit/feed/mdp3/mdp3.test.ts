/** Each template reaches the sink with its values; lengths on the wire rule. */
import { describe, expect, test } from "bun:test";
import {
  FEED_BAD_BLOCK,
  FEED_BAD_HEADER,
  FEED_BAD_LENGTH,
  FEED_BAD_SEQUENCE,
  FEED_FILTERED,
  FEED_UNKNOWN_TYPE,
} from "../../../../src/feed/counters.ts";
import { Mdp3Decoder, ROLE_DEFINITION, ROLE_SNAPSHOT } from "../../../../src/feed/mdp3/mdp3.ts";
import { describeMdp3 } from "../../../../src/feed/mdp3/mdp3-fields.ts";
import { QTY_NULL } from "../../../../src/feed/mdp3/mdp3-sink.ts";
import { isWellFormedPacket, PacketFraming } from "../../../../src/feed/mdp3/packet-framing.ts";
import { readSbeSchema } from "../../../../src/feed/mdp3/sbe-schema.ts";
import { builtInSchema, TEMPLATES_XML } from "../../../../src/feed/mdp3/templates.ts";
import { newCounters } from "../../../support/market.ts";
import * as wire from "../../../support/mdp3-bytes.ts";
import { recordingSink } from "../../../support/mdp3-market.ts";

const [ES, NQ, OTHER] = [101, 102, 999];
const BID = 0x30;

function decoderOf(takesOrders = true, schema = builtInSchema()) {
  const counters = newCounters();
  const { sink, calls } = recordingSink([ES, NQ], takesOrders);
  const decoder = new Mdp3Decoder({ schema, sink, counters });
  decoder.packet(7);
  calls.length = 0;
  const decode = (bytes: Uint8Array) => {
    const at = 16;
    const arena = new Uint8Array(at + bytes.length).fill(0xee);
    arena.set(bytes, at);
    decoder.decode(new DataView(arena.buffer), arena, at, bytes.length);
    return calls.splice(0);
  };
  return { decoder, decode, calls, counters };
}

const bid = { id: ES, rpt: 5, type: "0", level: 2, px: 4_500_250_000_000, qty: 12, orders: 3 };
const onBid: [string, ...unknown[]] = ["onLevel", 0, 5, 0, BID, 2, 4_500_250_000_000, 0, 12, 3];

describe("each template", () => {
  test("46: levels in order, of the instruments that are wanted", () => {
    const { decode, counters } = decoderOf();
    const ask = { id: NQ, rpt: 9, type: "F", action: 2, level: 1, px: -25, qty: 1 };
    const calls = decode(wire.book([bid, { ...bid, id: OTHER }, ask]));
    expect(calls).toEqual([onBid, ["onLevel", 1, 9, 2, 0x46, 1, -25, 0, 1, QTY_NULL]]);
    expect(counters[FEED_FILTERED]).toBe(1);
  });

  test("46: orders by the number of their level", () => {
    const { decode, counters } = decoderOf();
    const orders = [
      { order: 0x1_0000_0002n, qty: 4, reference: 1, action: 1 },
      { order: 9, qty: 8, reference: 2, action: 2 },
    ];
    const calls = decode(wire.book([bid, { ...bid, id: NQ }], {}, orders));
    expect(calls.slice(2)).toEqual([
      ["onOrder", 0, 1, BID, 1, 2, 4_500_250_000_000, 0, 4],
      ["onOrder", 1, 2, BID, 0, 9, 4_500_250_000_000, 0, 8],
    ]);
    const lost = decode(wire.book([bid], {}, [{ order: 1, reference: 2 }]));
    expect(lost[1]).toEqual(["onLoss", 7, 8]);
    expect(counters[FEED_BAD_LENGTH]).toBe(1);
  });

  test("46 and 47: no orders where none are kept", () => {
    const { decode } = decoderOf(false);
    expect(decode(wire.book([bid], {}, [{ order: 1, reference: 1 }]))).toEqual([onBid]);
    expect(decode(wire.orderBook([{ order: 1, id: ES, type: "1", px: 5, qty: 1 }]))).toEqual([]);
  });

  test("47, 48, 37, 49, 51, 50, 39, 4", () => {
    const { decode } = decoderOf();
    expect(decode(wire.orderBook([{ order: 77n, id: ES, type: "1", px: 5, qty: 6 }]))).toEqual([
      ["onOrder", 0, 0, 0x31, 0, 77, 5, 0, 6],
    ]);
    expect(decode(wire.trades([{ id: ES, rpt: 3, px: 100, qty: 2, aggressor: 2 }]))).toEqual([
      ["onTrade", 0, 3, 0, 100, 0, 2, 2],
    ]);
    expect(decode(wire.volume(NQ, 4, 1234))).toEqual([["onVolume", 1, 4, 0, 1234]]);
    expect(decode(wire.dailyStatistics([{ id: ES, rpt: 1, type: "C", qty: 50 }]))).toEqual([
      ["onStatistic", 0, 1, 0, 0x43, Number.NaN, 0, 50],
    ]);
    expect(decode(wire.sessionStatistics([{ id: ES, rpt: 2, type: "7", px: 8 }]))).toEqual([
      ["onStatistic", 0, 2, 0, 0x37, 8, 0, QTY_NULL],
    ]);
    expect(decode(wire.limits(ES, 6, 900, wire.PX_NULL))).toEqual([
      ["onLimits", 0, 6, 900, Number.NaN, 0],
    ]);
    expect(decode(wire.quoteRequest(ES, 10))).toEqual([["onQuoteRequest", 0, 10, 1, 127]]);
    expect(decode(wire.channelReset())).toEqual([["onReset"]]);
    expect(decode(wire.adminHeartbeat())).toEqual([]);
  });

  test("30: by security, by group, by asset", () => {
    const { decode } = decoderOf();
    expect(decode(wire.status({ id: NQ, status: 17 }))[0]!.slice(0, 8)).toEqual([
      "onStatus",
      1,
      NQ,
      0,
      0,
      0,
      0,
      17,
    ]);
    const [call] = decode(wire.status({ group: "6E", asset: "EUR   ", status: 21 }));
    expect(call!.slice(0, 8)).toEqual([
      ...["onStatus", -1, QTY_NULL, 0x36450000, 0, 0x45555200, 0, 21],
    ]);
  });

  test("52 and 53 on lines of snapshots, and nowhere else", () => {
    const { decoder, decode, counters, calls } = decoderOf();
    const entries = [{ type: "0", level: 1, px: 7, qty: 1, orders: 1 }];
    const bytes = wire.snapshot({ lastSeq: 70, total: 4, id: ES, rpt: 9, entries });
    expect(decode(bytes)).toEqual([]);
    expect(counters[FEED_FILTERED]).toBe(1);
    decoder.sidePacket(ROLE_SNAPSHOT, 2, 1, 100);
    calls.length = 0;
    expect(decode(bytes)).toEqual([
      ["onSnapshot", 0, 70, 9, 17],
      ["onSnapshotEntry", 0, BID, 1, 7, 0, 1, 1],
      ["onSnapshotEnd", 0, 9],
      ["onSnapshotReport", 0, 4, 70],
    ]);
    const orders = [{ order: 5, type: "1", px: 8, qty: 2 }];
    expect(
      decode(wire.orderSnapshot({ lastSeq: 70, id: ES, chunks: 2, chunk: 1, orders })),
    ).toEqual([
      ["onOrderSnapshot", 0, 70, 2, 1],
      ["onSnapshotOrder", 0, 0x31, 0, 5, 8, 0, 2],
      ["onOrderSnapshotEnd", 0, 2, 1],
    ]);
    expect(decode(wire.book([bid]))).toEqual([]);
    expect(decode(wire.definition({ id: ES, symbol: "ESH6" }))).toEqual([]);
  });

  for (const template of [54, 55, 56]) {
    test(`${template}: what books need of a definition`, () => {
      const { decoder, decode, calls } = decoderOf();
      decoder.sidePacket(ROLE_DEFINITION, 3, 1, 100);
      calls.length = 0;
      const bytes = wire.definition(
        {
          id: 4711,
          symbol: "6CZ6",
          group: "6C",
          asset: "6C",
          status: 17,
          increment: 500_000_000n,
          factor: 100_000n,
          depth: 10,
          impliedDepth: 2,
        },
        template,
      );
      const [wants, defined] = decode(bytes);
      expect(wants!.slice(0, 5)).toEqual([
        ...["wantsDefinition", 4711, 0x41],
        ...[Number(1_700_000_000_000_000_001n >> 32n), expect.any(Number)],
      ]);
      expect(defined![1]).toMatchObject({
        securityId: 4711,
        symbol: "6CZ6",
        action: "A",
        displayFactor: { mantissa: 100_000n, exponent: -9 },
        priceIncrement: { mantissa: 500_000_000n, exponent: -9 },
        depth: 10,
        impliedDepth: 2,
        group: "6C",
        status: 17,
      });
    });
  }
});

describe("older templates", () => {
  // As of version 8: other ids, and seven decimals.
  const ids: [number, number][] = [
    [46, 32],
    [47, 43],
    [48, 42],
    [49, 33],
    [50, 34],
    [51, 35],
    [52, 38],
    [53, 44],
  ];
  const xml = ids.reduce(
    (text, [now, then]) => text.replace(`id="${now}"`, `id="${then}"`),
    TEMPLATES_XML.replaceAll(">-9<", ">-7<"),
  );
  const schema = readSbeSchema(xml, "v8.xml");

  test("are read by the same code", () => {
    const { decode } = decoderOf(true, schema);
    const old = (template: number) => ({ template, version: 8 });
    expect(decode(wire.book([bid], old(32)))).toEqual([onBid]);
    expect(decode(wire.book([bid], { ...old(32), withoutOrders: true }))).toEqual([onBid]);
    expect(decode(wire.trades([{ id: ES, rpt: 3, px: 1, qty: 2 }], old(42)))).toHaveLength(1);
    expect(decode(wire.limits(ES, 6, 900, 1, old(34)))).toHaveLength(1);
    expect(decode(wire.sessionStatistics([{ id: ES, rpt: 2, type: "7" }], old(35)))).toHaveLength(
      1,
    );
  });
});

describe("a later version", () => {
  // As of version 13: a field more in each level, 8 bytes more in the definition of a future.
  const xml = TEMPLATES_XML.replace('version="9"', 'version="13"')
    .replace(
      '<field name="MDEntryType" type="MDEntryTypeBook" offset="26"/>',
      '$&<field name="TradeableSize" type="Int32NULL" offset="27" sinceVersion="10"/>',
    )
    .replace('id="54" blockLength="216">', 'id="54" blockLength="224">')
    .replace(
      '<field name="TradingReferenceDate" type="LocalMktDate" offset="214"/>',
      '$&<field name="InstrumentGUID" type="uInt64NULL" offset="216" sinceVersion="10"/>',
    );
  const schema = readSbeSchema(xml, "v13.xml");

  test("reads its own messages and those of version 9", () => {
    const { decoder, decode, calls } = decoderOf(true, schema);
    expect(decode(wire.book([bid], { version: 13 }))).toEqual([onBid]);
    expect(decode(wire.book([bid]))).toEqual([onBid]);
    const short = wire.definition({ id: 5, symbol: "ESH6", depth: 10 });
    expect(describeMdp3(schema, short, 0, short.length)).toMatchObject({
      Symbol: "ESH6",
      InstrumentGUID: null,
    });
    decoder.sidePacket(ROLE_DEFINITION, 3, 1, 100);
    calls.length = 0;
    expect(decode(short).map(([name]) => name)).toEqual(["wantsDefinition", "onDefinition"]);
  });
});

describe("lengths on the wire", () => {
  test("longer blocks than the schema's: what is behind is left out", () => {
    const { decode } = decoderOf();
    expect(decode(wire.book([bid, bid], { rootExtra: 5, entryExtra: 8, version: 13 }))).toEqual([
      onBid,
      onBid,
    ]);
  });

  test("shorter blocks: what is outside is null, where it may be missing", () => {
    const { decode, counters } = decoderOf();
    // 51 without MDEntrySize, as before version 8.
    const stats = wire.sessionStatistics([{ id: ES, rpt: 2, type: "7", px: 8, qty: 5 }], {
      entryExtra: -5,
    });
    expect(decode(stats)).toEqual([["onStatistic", 0, 2, 0, 0x37, 8, 0, QTY_NULL]]);
    const trade = wire.trades([{ id: ES, rpt: 3, px: 1, qty: 2, aggressor: 2 }], {
      entryExtra: -8,
    });
    expect(decode(trade)).toEqual([["onTrade", 0, 3, 0, 1, 0, 2, 0]]);
    // And the whole one again: the row of the short one is not kept.
    const whole = wire.trades([{ id: ES, rpt: 3, px: 1, qty: 2, aggressor: 2 }]);
    expect(decode(whole)).toEqual([["onTrade", 0, 3, 0, 1, 0, 2, 2]]);
    expect(counters[FEED_BAD_LENGTH]).toBe(0);
    const record = describeMdp3(builtInSchema(), stats, 0, stats.length)!;
    expect(record["NoMDEntries"]).toMatchObject([{ RptSeq: 2, MDEntrySize: null }]);
  });

  test("too short for what must be there: refused, and lost", () => {
    const { decode, counters } = decoderOf();
    expect(decode(wire.book([bid], { entryExtra: -6 }))).toEqual([["onLoss", 7, 8]]);
    expect(decode(wire.book([bid], { rootExtra: -4 }))).toEqual([["onLoss", 7, 8]]);
    expect(counters[FEED_BAD_LENGTH]).toBe(2);
  });

  test("a count that promises more than there is: nothing of the message is used", () => {
    const { decode, counters } = decoderOf();
    expect(decode(wire.book([bid], { count: 2, withoutOrders: true }))).toEqual([["onLoss", 7, 8]]);
    expect(decode(wire.book([bid], { count: 255 }))).toEqual([["onLoss", 7, 8]]);
    const lying = wire.book([bid], {}, [{ order: 1, reference: 1 }]);
    lying[lying.length - 25] = 200;
    expect(decode(lying)).toEqual([["onLoss", 7, 8]]);
    expect(describeMdp3(builtInSchema(), lying, 0, lying.length)).toBeUndefined();
    expect(counters[FEED_BAD_LENGTH]).toBe(3);
  });

  test("every cut of every message is refused or read, and nothing is thrown", () => {
    const { decode } = decoderOf();
    const bytes = wire.book([bid, bid], {}, [{ order: 1, reference: 1 }]);
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.slice(0, length);
      const calls = decode(cut);
      expect(calls.filter(([name]) => name === "onOrder")).toEqual([]);
    }
  });

  test("templates that the schema does not know are counted", () => {
    const { decode, counters } = decoderOf();
    expect(decode(wire.message(64, new Uint8Array(11), []))).toEqual([]);
    expect(decode(wire.message(60_000, new Uint8Array(11), []))).toEqual([]);
    expect(counters[FEED_UNKNOWN_TYPE]).toBe(2);
  });
});

describe("the end of an event", () => {
  test("shows what several messages and packets changed, once", () => {
    const { decoder, decode, calls } = decoderOf();
    decode(wire.book([bid], { event: 4 }));
    decoder.flush(true);
    decoder.packet(8);
    decode(wire.trades([{ id: ES, rpt: 6, px: 1, qty: 1 }], { event: 1 }));
    decoder.flush(true);
    expect(calls.filter(([name]) => name === "flush")).toEqual([]);
    decode(wire.book([bid], { event: 0x84 }));
    decoder.flush(true);
    expect(calls).toEqual([["flush", true]]);
  });

  test("a status opens none; a heartbeat and a loss end one", () => {
    const { decoder, decode, calls } = decoderOf();
    decode(wire.status({ id: ES, status: 17, event: 0 }));
    decoder.flush(true);
    expect(calls.splice(0)).toEqual([["flush", true]]);
    decode(wire.book([bid], { event: 0 }));
    decode(wire.adminHeartbeat());
    decoder.flush(true);
    expect(calls.splice(0)).toEqual([["flush", true]]);
    decode(wire.book([bid], { event: 0 }));
    decoder.onLoss(8, 9);
    decoder.flush(true);
    expect(calls.splice(0)).toEqual([
      ["onLoss", 8, 9],
      ["flush", true],
    ]);
  });
});

describe("packets", () => {
  const check = (bytes: Uint8Array) => {
    const counters = newCounters();
    const isIt = isWellFormedPacket(new DataView(bytes.buffer), 0, bytes.length, counters);
    return [isIt, counters[FEED_BAD_BLOCK]];
  };

  test("are well formed when message sizes fill them exactly", () => {
    const whole = wire.packet(1, [wire.book([bid]), wire.adminHeartbeat()]);
    expect(check(whole)).toEqual([true, 0]);
    expect(check(wire.packet(1, []))).toEqual([true, 0]);
    expect(check(whole.slice(0, -1))).toEqual([false, 1]);
    expect(check(new Uint8Array([...whole, 0, 0]))).toEqual([false, 1]);
    const zero = whole.slice();
    zero.fill(0, 12, 14);
    expect(check(zero)).toEqual([false, 1]);
  });

  test("bring one sequence number each; 0 is none", () => {
    const { decoder, counters } = decoderOf();
    const framing = new PacketFraming(decoder, counters);
    const read = (bytes: Uint8Array) =>
      framing.read(new DataView(bytes.buffer), bytes, 0, bytes.length);
    expect(read(wire.packet(4_294_967_295, []))).toBe(true);
    expect([framing.seq, framing.end, framing.size]).toEqual([4_294_967_295, 4_294_967_296, 12]);
    expect(read(wire.packet(0, []))).toBe(false);
    expect(read(wire.packet(1, []).slice(0, 11))).toBe(false);
    expect([counters[FEED_BAD_SEQUENCE], counters[FEED_BAD_HEADER]]).toEqual([1, 1]);
  });
});
