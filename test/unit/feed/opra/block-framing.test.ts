import { describe, expect, test } from "bun:test";
import {
  FEED_BAD_BLOCK,
  FEED_BAD_CHECKSUM,
  FEED_BAD_HEADER,
  FEED_BAD_SEQUENCE,
  FEED_TRAILING,
  FEED_UNKNOWN_TYPE,
} from "../../../../src/feed/counters.ts";
import { FRAME_DATA, FRAME_HEARTBEAT, FRAME_RESTART } from "../../../../src/feed/framing.ts";
import { BlockFraming } from "../../../../src/feed/opra/block-framing.ts";
import { sumOfBytes } from "../../../../src/feed/opra/block-sum.ts";
import { newCounters } from "../../../support/market.ts";
import {
  administrative,
  type BlockOptions,
  control,
  indexQuote,
  indexValue,
  lastSale,
  longQuote,
  openInterest,
  opraBlock,
  seriesMapping,
  shortQuote,
  summary,
} from "../../../support/opra-bytes.ts";

const SERIES = { root: "AMZN", expires: "231229", side: "C", strike: 133 } as const;
const QUOTE = { series: SERIES, bid: 1410, bidSize: 43, offer: 1465, offerSize: 2 };
const OTHER = { participant: "N", code: "B", px: 1410, size: 50 };

const ALL: Record<string, Uint8Array> = {
  a: lastSale(SERIES, { code: "B", px: 1400, volume: 3 }),
  d: openInterest(SERIES, 1000),
  f: summary(SERIES, { volume: 1, openInterest: 2, prices: [1, 2, 3], underlying: 5n }),
  k: longQuote({ ...QUOTE, indicator: "A" }),
  "k + 1": longQuote({ ...QUOTE, indicator: "M", appendages: [OTHER] }),
  "k + 2": longQuote({ ...QUOTE, indicator: "O", appendages: [OTHER, OTHER] }),
  q: shortQuote({ ...QUOTE, indicator: "F" }),
  "q + 1": shortQuote({ ...QUOTE, indicator: "C", appendages: [OTHER] }),
  "q + 2": shortQuote({ ...QUOTE, indicator: "O", appendages: [OTHER, OTHER] }),
  R: seriesMapping(SERIES, 17),
  Y: indexValue("SPX", { code: "B", px: 451234 }),
  "Y I": indexQuote("SPX", "B", 451200, 451300n),
  H: control("C"),
  C: administrative("ALERT ALERT ALERT: a test"),
};
const LENGTHS: Record<string, number> = {
  ...{ a: 43, d: 30, f: 72, k: 43, "k + 1": 53, "k + 2": 63, q: 29, "q + 1": 39, "q + 2": 49 },
  ...{ R: 155, Y: 27, "Y I": 31, H: 12, C: 39 },
};

function rig(options: { verifyChecksum?: boolean } = {}) {
  const counters = newCounters();
  const messages: number[][] = [];
  const decoder = {
    decode: (_view: DataView, bytes: Uint8Array, offset: number, length: number) =>
      void messages.push([...bytes.subarray(offset, offset + length)]),
    flush: () => {},
  };
  const framing = new BlockFraming({ decoder, counters, ...options });
  /** Somewhere in an arena, as packets are. */
  const show = (block: Uint8Array, length = block.length) => {
    const bytes = new Uint8Array(block.length + 19).fill(0xee);
    bytes.set(block, 7);
    const view = new DataView(bytes.buffer);
    if (!framing.read(view, bytes, 7, length)) return "unread";
    if (!framing.isWellFormed(view, bytes, 7, length)) return "malformed";
    framing.apply(view, bytes, 7, length, 0);
    return "good";
  };
  return { counters, framing, messages, show };
}

/** The only counter that counted, and how often. */
function counted(counters: Float64Array): [number, number][] {
  return [...counters.entries()].filter(([, count]) => count !== 0);
}

describe("a block of every kind of message", () => {
  for (const [name, message] of Object.entries(ALL)) {
    test(`${name} has its length, and is handed on whole`, () => {
      expect(message.length).toBe(LENGTHS[name]!);
      const r = rig();
      expect(r.show(opraBlock(5, [message, message]))).toBe("good");
      expect(r.messages).toEqual([[...message], [...message]]);
    });
  }

  test("all of them in one block", () => {
    const r = rig();
    const all = Object.values(ALL);
    expect(r.show(opraBlock(5, all))).toBe("good");
    expect(r.messages).toEqual(all.map((m) => [...m]));
    expect([r.framing.kind, r.framing.seq, r.framing.end]).toEqual([FRAME_DATA, 5, 6]);
    expect(counted(r.counters)).toEqual([]);
  });

  test("none at all: it takes a number", () => {
    const r = rig();
    expect(r.show(opraBlock(5, []))).toBe("good");
    expect([r.framing.seq, r.framing.end]).toEqual([5, 6]);
  });
});

describe("a block that is not what it says", () => {
  const good = [ALL["k"]!, ALL["q"]!];
  const cases: [string, BlockOptions, string, number][] = [
    ["of another version", { version: 5 }, "unread", FEED_BAD_HEADER],
    ["of another feed", { feed: "E" }, "unread", FEED_BAD_HEADER],
    ["longer than its datagram", { size: 200 }, "unread", FEED_BAD_BLOCK],
    ["shorter than its datagram", { size: 60 }, "unread", FEED_TRAILING],
    ["shorter than its header", { size: 3 }, "unread", FEED_TRAILING],
    ["with a wrong sum", { checksum: 1 }, "malformed", FEED_BAD_CHECKSUM],
    ["with fewer messages than there are", { count: 1 }, "malformed", FEED_TRAILING],
    ["with more messages than there are", { count: 3 }, "malformed", FEED_BAD_BLOCK],
    ["with all the messages that fit a byte", { count: 255 }, "malformed", FEED_BAD_BLOCK],
  ];
  for (const [what, options, outcome, counter] of cases) {
    test(`${what} is refused and counted`, () => {
      const r = rig();
      expect(r.show(opraBlock(5, good, options))).toBe(outcome);
      expect(counted(r.counters)).toEqual([[counter, 1]]);
      expect(r.messages).toEqual([]);
    });
  }

  test("shorter than a header is refused", () => {
    const r = rig();
    expect(r.show(opraBlock(5, []), 20)).toBe("unread");
    expect(counted(r.counters)).toEqual([[FEED_BAD_HEADER, 1]]);
  });

  test("with a category of another edition is refused whole: nobody knows where it ends", () => {
    const r = rig();
    const strange = ALL["q"]!.slice();
    strange[1] = "z".charCodeAt(0);
    expect(r.show(opraBlock(5, [ALL["k"]!, strange]))).toBe("malformed");
    expect(counted(r.counters)).toEqual([[FEED_UNKNOWN_TYPE, 1]]);
  });

  test("whose indicator promises an appendage that is not there is refused", () => {
    const r = rig();
    expect(r.show(opraBlock(5, [shortQuote({ ...QUOTE, indicator: "M" })]))).toBe("malformed");
    expect(counted(r.counters)).toEqual([[FEED_BAD_BLOCK, 1]]);
  });

  test("with more than one byte left over is refused", () => {
    const r = rig();
    const message = ALL["q"]!;
    const padded = new Uint8Array([...message, 0, 0]);
    expect(r.show(opraBlock(5, [padded]))).toBe("malformed");
    expect(counted(r.counters)).toEqual([[FEED_TRAILING, 1]]);
  });

  test("number 0 is no block of data", () => {
    const r = rig();
    expect(r.show(opraBlock(0, good))).toBe("unread");
    expect(counted(r.counters)).toEqual([[FEED_BAD_SEQUENCE, 1]]);
  });

  test("a wrong sum passes when nobody wants it verified", () => {
    const r = rig({ verifyChecksum: false });
    expect(r.show(opraBlock(5, good, { checksum: 1 }))).toBe("good");
  });
});

test("sums of any length at any place are those of adding byte after byte", () => {
  const bytes = new Uint8Array(5000).map((_, i) => (i * 151 + (i >> 3)) & 255);
  bytes.fill(255, 300, 4000);
  const view = new DataView(bytes.buffer);
  for (const offset of [0, 1, 7, 13]) {
    for (const length of [0, 1, 15, 16, 17, 64, 500, 1023, 1024, 1041, 2100, 4900]) {
      let sum = 0;
      for (let i = offset; i < offset + length; i++) sum += bytes[i]!;
      expect(sumOfBytes(view, offset, length)).toBe(sum);
    }
  }
});

describe("control blocks", () => {
  test("a reset goes on from the number of its own block", () => {
    const r = rig();
    r.show(opraBlock(0, [control("K")]));
    expect([r.framing.kind, r.framing.seq, r.framing.end]).toEqual([FRAME_RESTART, 1, 1]);
    r.show(opraBlock(1000, [control("K")]));
    expect([r.framing.kind, r.framing.seq, r.framing.end]).toEqual([FRAME_RESTART, 1001, 1001]);
  });

  test("a reset that is sent again resets nothing", () => {
    const r = rig();
    r.show(opraBlock(1000, [control("K")], { retransmission: "V" }));
    expect([r.framing.kind, r.framing.seq, r.framing.isResent]).toEqual([FRAME_DATA, 1000, true]);
  });

  test("a reset among other messages is no reset: it would lose them", () => {
    const r = rig();
    expect(r.show(opraBlock(1000, [control("K"), ALL["q"]!]))).toBe("good");
    expect(r.framing.kind).toBe(FRAME_DATA);
    expect(r.messages.length).toBe(2);
  });

  test("line integrity with a number of its own is a block as any other", () => {
    const r = rig();
    for (const seq of [10, 12]) {
      r.show(opraBlock(seq, [ALL["q"]!]));
      r.show(opraBlock(seq + 1, [control("N")]));
      expect([r.framing.kind, r.framing.seq, r.framing.end]).toEqual([
        FRAME_DATA,
        seq + 1,
        seq + 2,
      ]);
    }
  });

  test("line integrity that repeats the last number tells, from then on, what has been sent", () => {
    const r = rig();
    r.show(opraBlock(10, [ALL["q"]!]));
    r.show(opraBlock(10, [control("N")]));
    expect([r.framing.kind, r.framing.seq, r.framing.end]).toEqual([FRAME_HEARTBEAT, 11, 11]);
    // Block 12 is missing, and this is not it.
    r.show(opraBlock(11, [ALL["q"]!]));
    r.show(opraBlock(12, [control("N")]));
    expect([r.framing.kind, r.framing.seq, r.framing.end]).toEqual([FRAME_HEARTBEAT, 13, 13]);
  });

  test("a damaged block does not teach how line integrity is numbered", () => {
    const r = rig();
    r.show(opraBlock(10, [ALL["q"]!]));
    r.show(opraBlock(10, [control("N")], { checksum: 3 }));
    expect(r.framing.kind).toBe(FRAME_DATA);
  });
});
