import { describe, expect, test } from "bun:test";
import {
  FEED_BAD_LENGTH,
  FEED_FILTERED,
  FEED_UNKNOWN_TYPE,
} from "../../../../src/feed/counters.ts";
import { OpraDecoder } from "../../../../src/feed/opra/opra.ts";
import { BBO_INDICATORS, describeOpra } from "../../../../src/feed/opra/opra-fields.ts";
import type { OpraSink } from "../../../../src/feed/opra/opra-sink.ts";
import { SeriesTable } from "../../../../src/feed/opra/series-table.ts";
import { seriesText, seriesWords } from "../../../../src/feed/opra/series-text.ts";
import { newCounters } from "../../../support/market.ts";
import {
  administrative,
  control,
  indexQuote,
  indexValue,
  lastSale,
  longQuote,
  type OpraSeries,
  openInterest,
  osi,
  seriesMapping,
  shortQuote,
  summary,
} from "../../../support/opra-bytes.ts";

const SERIES: OpraSeries = { root: "AMZN", expires: "231229", side: "C", strike: 133 };
const HANDLE = 6;
const QUOTE = { series: SERIES, bid: 1410, bidSize: 43, offer: 1465, offerSize: 2, type: "T" };
const BID = { participant: "N", code: "C", px: 14150, size: 0xffffffff };
const OFFER = { participant: "Z", code: "A", px: 144, size: 9 };
const [B, C, A, P, N, Z, T] = [..."BCAPNZT"].map((letter) => letter.charCodeAt(0));

type Call = [string, ...unknown[]];

/** A sink that writes every call down. It knows SERIES, and takes `learns` when asked. */
function recorder(learns?: OpraSeries) {
  const calls: Call[] = [];
  const series = new SeriesTable(8);
  series.add(...seriesWords(osi(SERIES))!, HANDLE);
  const sink = new Proxy({} as OpraSink, {
    get: (_target, name) => {
      if (name === "series") return series;
      if (name === "takesNew") return learns !== undefined;
      return (...args: number[]) => {
        calls.push([String(name), ...args]);
        const text = name === "onUnseenSeries" ? seriesText(args[0]!, args[1]!, args[2]!) : null;
        if (text !== null && learns !== undefined) {
          series.add(args[0]!, args[1]!, args[2]!, text === osi(learns) ? 7 : -1);
        }
      };
    },
  });
  const counters = newCounters();
  const decoder = new OpraDecoder({ sink, counters });
  const decode = (bytes: Uint8Array, length = bytes.length) =>
    decoder.decode(new DataView(bytes.buffer), bytes, 0, length);
  return { calls, counters, decode, decoder };
}

describe("quotes", () => {
  const bids: Record<string, Call[]> = {
    unchanged: [],
    quote: [["onBid", HANDLE, 1410, B, 43, P]],
    none: [["onBid", HANDLE, 0, B, 0, 0]],
    appendage: [["onBid", HANDLE, 14150, C, -1, N]],
  };
  const offers: Record<string, Call[]> = {
    unchanged: [],
    quote: [["onOffer", HANDLE, 1465, B, 2, P]],
    none: [["onOffer", HANDLE, 0, B, 0, 0]],
    appendage: [["onOffer", HANDLE, 144, A, 9, Z]],
  };

  test("the edition's sixteen indicators and the space are covered", () => {
    expect(Object.keys(BBO_INDICATORS).sort().join("")).toBe(" ABCDEFGHIJKLMNOP");
  });

  for (const [indicator, { bid, offer }] of Object.entries(BBO_INDICATORS)) {
    const appendages = [
      ...(bid === "appendage" ? [BID] : []),
      ...(offer === "appendage" ? [OFFER] : []),
    ];
    const quote = { ...QUOTE, participant: "P", indicator, appendages };
    const expected = [["onQuoteType", HANDLE, P, T] as Call, ...bids[bid]!, ...offers[offer]!];

    test(`short, indicator "${indicator}": bid ${bid}, offer ${offer}`, () => {
      const r = recorder();
      r.decode(shortQuote(quote));
      expect(r.calls).toEqual(expected);
    });

    test(`long, indicator "${indicator}": bid ${bid}, offer ${offer}`, () => {
      const r = recorder();
      r.decode(longQuote(quote));
      expect(r.calls).toEqual(expected);
    });
  }

  test("an indicator that is not in the edition makes both sides doubtful, and is counted", () => {
    for (const encode of [shortQuote, longQuote]) {
      const r = recorder();
      r.decode(encode({ ...QUOTE, indicator: "Q" }));
      expect(r.calls.map(([name]) => name)).toEqual(["onQuoteType", "onUnknownIndicator"]);
      expect(r.counters[FEED_UNKNOWN_TYPE]).toBe(1);
    }
  });

  test("a long quote has its own denominator and wide numbers, negative ones too", () => {
    const r = recorder();
    const wide = {
      ...QUOTE,
      participant: "P",
      indicator: "F",
      code: "A",
      bid: -5,
      offerSize: 2 ** 31,
    };
    r.decode(longQuote({ ...wide, strikeCode: "I" }));
    expect(r.calls.slice(1)).toEqual([
      ["onBid", HANDLE, -5, A, 43, P],
      ["onOffer", HANDLE, 1465, A, -(2 ** 31), P],
    ]);
  });
});

describe("other categories", () => {
  const cases: [string, Uint8Array, Call[]][] = [
    [
      "a",
      lastSale(SERIES, { type: "I", code: "B", px: 1400, volume: 3 }),
      [["onSale", HANDLE, 0x49, 1400, B, 3]],
    ],
    ["d", openInterest(SERIES, 1000), [["onOpenInterest", HANDLE, 1000]]],
    [
      "f",
      summary(SERIES, { volume: 1, openInterest: 2000, prices: [], underlying: 5n }),
      [["onOpenInterest", HANDLE, 2000]],
    ],
    ["R", seriesMapping(SERIES, 61, "B"), [["onLine", HANDLE, 61]]],
    ["H", control("C"), [["onControl", 0x43]]],
    ["H of an exchange", control("C", { participant: "N" }), []],
    ["Y", indexValue("SPX", { code: "B", px: 1 }), []],
    ["Y of type I", indexQuote("SPX", "B", 1, 2n), []],
    ["C", administrative("TEST"), []],
  ];
  for (const [name, bytes, calls] of cases) {
    test(`${name} reaches the sink with its fields`, () => {
      const r = recorder();
      r.decode(bytes);
      expect(r.calls).toEqual(calls);
    });

    test(`${name} of another length is counted and skipped`, () => {
      const r = recorder();
      r.decode(new Uint8Array([...bytes, 0]));
      r.decode(bytes.slice(0, -1));
      expect(r.calls).toEqual([]);
      expect(r.counters[FEED_BAD_LENGTH]! + r.counters[FEED_UNKNOWN_TYPE]!).toBe(2);
    });
  }

  test("an unknown category is counted, and length zero reads nothing", () => {
    const r = recorder();
    r.decode(control("C").with(1, 0x7a));
    r.decode(new Uint8Array(0));
    expect(r.counters[FEED_UNKNOWN_TYPE]).toBe(1);
    expect(r.calls).toEqual([]);
  });

  test("losses and ends of packets are passed on", () => {
    const r = recorder();
    r.decoder.onLoss(5, 9);
    r.decoder.flush(true);
    expect(r.calls).toEqual([
      ["onLoss", 5, 9],
      ["flush", true],
    ]);
  });
});

describe("series", () => {
  test("the same one comes in every form of its strike", () => {
    const half = { ...SERIES, strike: 132.5 };
    for (const code of ["A", "B", "C", "D"]) {
      const r = recorder(half);
      r.decode(longQuote({ ...QUOTE, series: half, strikeCode: code }));
      r.decode(shortQuote({ ...QUOTE, series: half }));
      expect(r.calls.filter(([name]) => name === "onQuoteType")).toHaveLength(2);
      expect(r.calls.filter(([name]) => name === "onUnseenSeries")).toHaveLength(1);
    }
  });

  test("another root, day, year, side or strike is another series", () => {
    const others: Partial<OpraSeries>[] = [
      { root: "AMZN1" },
      { root: "AMZ" },
      { expires: "231228" },
      { expires: "241229" },
      { expires: "231129" },
      { side: "P" },
      { strike: 133.1 },
    ];
    for (const other of others) {
      const r = recorder();
      r.decode(longQuote({ ...QUOTE, series: { ...SERIES, ...other } }));
      expect(r.calls).toEqual([]);
      expect(r.counters[FEED_FILTERED]).toBe(1);
    }
  });

  test("one that nobody wants is asked about once, and each time counted", () => {
    const r = recorder({ ...SERIES, strike: 1 });
    const other = { ...QUOTE, series: { ...SERIES, root: "IBM" } };
    for (let i = 0; i < 3; i++) r.decode(shortQuote(other));
    expect(r.calls.length).toBe(1);
    expect(r.counters[FEED_FILTERED]).toBe(3);
  });

  test("a strike that no OSI symbol can name, or of no known denominator, is nobody's", () => {
    const r = recorder(SERIES);
    const quote = longQuote({ ...QUOTE, strikeCode: "D" });
    quote[25] = 1; // 133.0001
    r.decode(quote);
    r.decode(longQuote({ ...QUOTE, strikeCode: "I", series: { ...SERIES, strike: 100_000 } }));
    r.decode(longQuote(QUOTE).with(21, "H".charCodeAt(0)));
    expect(r.calls).toEqual([]);
    expect(r.counters[FEED_FILTERED]).toBe(3);
  });

  test("the mapping of a series that is not known adds none", () => {
    const r = recorder(SERIES);
    r.decode(seriesMapping({ ...SERIES, root: "IBM" }, 3));
    expect(r.calls).toEqual([]);
  });

  test("names are OSI symbols without padding, months told by letter, calls and puts apart", () => {
    const amzn = 0x414d5a4e;
    expect(seriesText(amzn, (0x20 << 24) | (0x4c << 16) | (29 << 8) | 23, 133_000)).toBe(
      "AMZN231229C00133000",
    );
    for (const [i, letter] of [..."ABCDEFGHIJKLMNOPQRSTUVWX"].entries()) {
      const month = String((i % 12) + 1).padStart(2, "0");
      const text = `F24${month}05${i < 12 ? "C" : "P"}00012500`;
      const words = seriesWords(text)!;
      expect(words).toEqual([
        0x46202020,
        (0x20 << 24) | (letter.charCodeAt(0) << 16) | 0x518,
        12_500,
      ]);
      expect(seriesText(...words)).toBe(text);
    }
    expect(seriesText(...seriesWords("AMZN1240621P99999999")!)).toBe("AMZN1240621P99999999");
  });

  test("texts and words that are no series are told", () => {
    const bad = ["AMZN", "AMZN231329C00133000", "AMZN231232C00133000", "AMZN231229X00133000"];
    bad.push("TOOLONG231229C00133000", "amzn231229C00133000", "AMZN  231229C00133000", "");
    for (const text of bad) expect(seriesWords(text)).toBeNull();
    expect(seriesText(0x414d5a4e, (0x20 << 24) | (0x59 << 16) | 0x518, 1000)).toBeNull();
    expect(seriesText(0x01010101, (0x20 << 24) | (0x41 << 16) | 0x518, 1000)).toBeNull();
    expect(seriesText(0x41204120, (0x20 << 24) | (0x41 << 16) | 0x518, 1000)).toBeNull();
  });

  test("a table holds what it was sized for, and says when it is full", () => {
    const table = new SeriesTable(1000);
    for (let i = 0; i < 1000; i++) expect(table.add(i, i * 7, i * 500, i)).toBe(true);
    let ignored = 0;
    while (table.add(-1, ignored, 5, -1)) ignored++;
    expect(ignored).toBeGreaterThan(1000);
    expect(table.isFull()).toBe(true);
    for (let i = 0; i < 1000; i++) expect(table.find(i, i * 7, i * 500)).toBe(i);
    expect(table.find(-1, 3, 5)).toBe(-2);
    expect(table.find(-2, 3, 5)).toBe(-1);
    // What is there may be given another meaning.
    expect(table.add(-1, 3, 5, 8)).toBe(true);
    expect(table.find(-1, 3, 5)).toBe(8);
  });
});

describe("describeOpra", () => {
  test("gives every field of a summary by name, bigint only above 2^53", () => {
    const bytes = summary(SERIES, {
      volume: 1,
      openInterest: 2,
      prices: [10, 20, 5, 15, -3, 14, 16],
      underlying: -(2n ** 60n),
    });
    expect(describeOpra(bytes, 0, bytes.length)).toEqual({
      type: "f",
      len: 72,
      participant_id: "C",
      message_type: "",
      message_indicator: "",
      transaction_id: 7,
      participant_reference_number: 9,
      security_symbol: "AMZN",
      expiration_month: "L",
      expiration_day: 29,
      expiration_year: 23,
      strike_price_denominator_code: "C",
      strike_price: 133_000,
      volume: 1,
      open_interest_volume: 2,
      premium_price_denominator_code: "B",
      open_price: 10,
      high_price: 20,
      low_price: 5,
      last_price: 15,
      net_change: -3,
      underlying_price_denominator_code: "C",
      underlying_price: -(2n ** 60n),
      bid_price: 14,
      offer_price: 16,
    });
  });

  test("tells appendages, the two kinds of Y, the line of a series, and the text of C", () => {
    const of = (bytes: Uint8Array) => describeOpra(bytes, 0, bytes.length);
    const quote = longQuote({ ...QUOTE, indicator: "O", appendages: [BID, OFFER] });
    expect(of(quote)).toMatchObject({
      type: "k",
      len: 63,
      best_bid_participant_id: "N",
      best_bid_denominator_code: "C",
      best_bid_price: 14150,
      best_bid_size: 0xffffffff,
      best_offer_participant_id: "Z",
      best_offer_price: 144,
      best_offer_size: 9,
    });
    expect(of(indexValue("SPX", { code: "B", px: 5 }))).toMatchObject({ len: 27, index_value: 5 });
    expect(of(indexQuote("SPX", "B", 5, 6n))).toMatchObject({
      security_symbol: "SPX",
      bid_index_value: 5,
      offer_index_value: 6,
    });
    expect(of(seriesMapping(SERIES, 61))).toMatchObject({ multicast_line_number: 61 });
    expect(
      of(lastSale(SERIES, { type: "A", code: "B", px: 4, volume: 5, tradeId: 6 })),
    ).toMatchObject({
      message_type: "A",
      premium_price: 4,
      volume: 5,
      trade_identifier: 6,
    });
    expect(of(administrative("HELLO"))).toMatchObject({ message_text: "HELLO" });
  });

  test("says nothing of what does not fit", () => {
    const quote = longQuote({ ...QUOTE, indicator: "M", appendages: [BID] });
    expect(describeOpra(quote, 0, 43)).toBeUndefined();
    expect(describeOpra(quote, 1, quote.length)).toBeUndefined();
    expect(describeOpra(administrative("HELLO"), 0, 18)).toBeUndefined();
    expect(describeOpra(control("C").with(1, 0x7a), 0, 12)).toBeUndefined();
    expect(describeOpra(control("C"), 0, 11)).toBeUndefined();
  });
});
