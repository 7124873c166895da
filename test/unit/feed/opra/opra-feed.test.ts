/** OPRA through the sequencer: lines A and B, losses, late joins, resets. */
import { beforeEach, describe, expect, test } from "bun:test";
import { BOOK_STALE } from "../../../../src/book/flags.ts";
import {
  FEED_BAD_CHECKSUM,
  FEED_DUPLICATES,
  FEED_LOST_MESSAGES,
  FEED_SESSIONS,
} from "../../../../src/feed/counters.ts";
import {
  control,
  type OpraSeries,
  opraBlock,
  osi,
  type Quote,
  shortQuote,
} from "../../../support/opra-bytes.ts";
import { makeOpraDay, makeSeries } from "../../../support/opra-market.ts";
import { bboText, opraRig } from "../../../support/opra-rig.ts";

const SERIES: OpraSeries = { root: "AMZN", expires: "231229", side: "C", strike: 133 };
const quote = (indicator: string, more: Partial<Quote> = {}) =>
  shortQuote({
    series: SERIES,
    bid: 100,
    bidSize: 5,
    offer: 110,
    offerSize: 7,
    indicator,
    ...more,
  });
const A = 0;
const B = 1;

let r: ReturnType<typeof opraRig>;
beforeEach(() => {
  r = opraRig({ series: [osi(SERIES)] });
});
const book = () => `${bboText(r.books, 0)} ${r.books.flags(0) === 0 ? "sound" : "stale"}`;

test("a day of thousands of quotes, in as many series, ends with the market's best", () => {
  const series = makeSeries(60);
  const day = makeOpraDay({ seed: 1, series, messages: 20_000 });
  r = opraRig({ series: series.map(osi) });
  for (const block of day.blocks) for (const line of [A, B]) r.send(block, line);
  expect(r.sequencer.nextSeq).toBe(day.blocks.length + 1);
  expect(r.counters[FEED_DUPLICATES]).toBe(day.blocks.length);
  const text = (best: { px: number; size: number } | null) =>
    best === null ? "-" : `${best.px} x ${best.size}`;
  expect(day.best.size).toBe(60);
  series.forEach((one, i) => {
    const { bid, offer } = day.best.get(osi(one))!;
    expect(bboText(r.books, i)).toBe(`${text(bid)} / ${text(offer)}`);
    expect(r.books.flags(i)).toBe(0);
    expect(r.books.participant(i, 0)).toBe(bid?.participant.charCodeAt(0) ?? 0);
    expect(r.books.participant(i, 1)).toBe(offer?.participant.charCodeAt(0) ?? 0);
  });
  // The generator says all that can be said.
  const used = new Set(day.blocks.flatMap((block) => indicatorsOf(block)));
  expect([...used].sort().join("")).toBe("ABCDEFGHIJKLMNOP");
});

/** Of the quotes of a block, found by their category and where it may stand. */
function indicatorsOf(block: Uint8Array): string[] {
  const out: string[] = [];
  for (let at = 21; at + 29 <= block.length; at++) {
    const category = String.fromCharCode(block[at + 1]!);
    const isHead = block[at + 2] === 0x20 && block[at + 4] === 0 && block[at + 7] === 7;
    if ((category === "q" || category === "k") && isHead) {
      out.push(String.fromCharCode(block[at + 3]!));
    }
  }
  return out;
}

describe("blocks that are missing", () => {
  beforeEach(() => {
    r.send(opraBlock(1, [control("C")]));
    r.send(opraBlock(2, [quote("F")]));
    expect(book()).toBe("100 x 5 / 110 x 7 sound");
  });

  test("on one line alone change nothing", () => {
    r.send(opraBlock(4, [quote("E", { bid: 102 })]), A);
    r.send(opraBlock(3, [quote("E", { bid: 101 })]), B);
    expect(book()).toBe("102 x 5 / 110 x 7 sound");
    expect(r.counters[FEED_LOST_MESSAGES]).toBe(0);
  });

  test("on both make the books stale until quotes have stated both sides", () => {
    r.send(opraBlock(4, [quote("E", { bid: 102 })]), A);
    r.send(opraBlock(4, [quote("E", { bid: 102 })]), B);
    expect(book()).toBe("100 x 5 / 110 x 7 sound");
    r.sequencer.poll(1000);
    expect(book()).toBe("102 x 5 / 110 x 7 stale");
    expect(r.counters[FEED_LOST_MESSAGES]).toBe(1);
    r.send(opraBlock(5, [quote("A")]), A, 1100);
    expect(book()).toBe("102 x 5 / 110 x 7 stale");
    r.send(opraBlock(6, [quote("B", { offer: 111 })]), A, 1200);
    expect(book()).toBe("102 x 5 / 111 x 7 sound");
    expect(r.states).toEqual(["live"]);
  });

  test("may be sent again in time, with the flag that says so", () => {
    r.send(opraBlock(4, [quote("E", { bid: 102 })]), A);
    r.send(opraBlock(3, [quote("E", { bid: 101 })], { retransmission: "V" }), A, 500);
    expect(book()).toBe("102 x 5 / 110 x 7 sound");
  });

  test("and sent again too late are left alone, however many", () => {
    r.send(opraBlock(200, [quote("F")]), A);
    r.sequencer.poll(1000);
    for (let seq = 3; seq < 150; seq++) {
      r.send(opraBlock(seq, [quote("F", { bid: seq })], { retransmission: "V" }), A, 2000);
    }
    expect(book()).toBe("100 x 5 / 110 x 7 sound");
    expect(r.counters[FEED_SESSIONS]).toBe(1);
  });

  test("are told by line integrity, when it has been seen to repeat the last number", () => {
    r.send(opraBlock(2, [control("N")]));
    r.send(opraBlock(3, [control("N")]), A, 10);
    expect(book()).toBe("100 x 5 / 110 x 7 sound");
    r.sequencer.poll(1010);
    expect(book()).toBe("100 x 5 / 110 x 7 stale");
  });

  test("are none when line integrity takes its own numbers", () => {
    r.send(opraBlock(3, [control("N")]));
    r.send(opraBlock(4, [quote("E", { bid: 103 })]), A, 10);
    r.sequencer.poll(5000);
    expect(book()).toBe("103 x 5 / 110 x 7 sound");
  });
});

test("a block whose sum is wrong is taken from the other line", () => {
  r.send(opraBlock(1, [control("C")]));
  const damaged = opraBlock(2, [quote("F", { bid: 999 })]);
  damaged[40]! ^= 4;
  r.send(damaged, A);
  expect(book()).toBe("- / - sound");
  r.send(opraBlock(2, [quote("F")]), B);
  expect(book()).toBe("100 x 5 / 110 x 7 sound");
  expect(r.counters[FEED_BAD_CHECKSUM]).toBe(1);
});

test("joined late, a feed lives at once, and its books one after the other", () => {
  r.send(opraBlock(402_000_000, [quote("E")]), A);
  expect(r.states).toEqual(["live"]);
  expect(r.books.flags(0)).toBe(BOOK_STALE);
  r.send(opraBlock(402_000_001, [quote("D")]), B);
  expect(book()).toBe("100 x 5 / - sound");
});

describe("a reset of the block sequence", () => {
  beforeEach(() => {
    r.send(opraBlock(500, [control("C")]), A);
    r.send(opraBlock(501, [quote("F")]), A);
    r.send(opraBlock(501, [quote("F")]), B);
  });

  test("begins anew behind its own number, once for both lines, with nothing known", () => {
    r.send(opraBlock(0, [control("K")]), A);
    expect(book()).toBe("- / - stale");
    r.send(opraBlock(1, [quote("F", { bid: 99 })]), A);
    r.send(opraBlock(0, [control("K")]), B);
    r.send(opraBlock(1, [quote("F", { bid: 99 })]), B);
    r.send(opraBlock(2, [quote("E", { bid: 98 })]), B);
    expect(book()).toBe("98 x 5 / 110 x 7 sound");
    expect(r.counters[FEED_SESSIONS]).toBe(2);
    expect(r.sequencer.nextSeq).toBe(3);
  });

  test("may go up as well, and is no loss", () => {
    r.send(opraBlock(9_000_000, [control("K")]), A);
    r.send(opraBlock(9_000_001, [control("C")]), A);
    expect(book()).toBe("- / - sound");
    expect(r.counters[FEED_LOST_MESSAGES]).toBe(0);
  });

  test("that is damaged resets nothing", () => {
    r.send(opraBlock(0, [control("K")], { checksum: 7 }), A);
    expect(book()).toBe("100 x 5 / 110 x 7 sound");
    expect(r.counters[FEED_BAD_CHECKSUM]).toBe(1);
  });

  test("that nobody heard is found out by two low blocks", () => {
    r.send(opraBlock(3, [quote("F", { bid: 98 })]), A, 10);
    expect(book()).toBe("100 x 5 / 110 x 7 sound");
    r.send(opraBlock(4, [quote("F", { bid: 97 })]), A, 20);
    expect(r.counters[FEED_SESSIONS]).toBe(2);
    expect(book()).toBe("97 x 5 / 110 x 7 sound");
  });
});
