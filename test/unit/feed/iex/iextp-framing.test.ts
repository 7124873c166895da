import { describe, expect, test } from "bun:test";
import { BOOK_STALE } from "../../../../src/book/flags.ts";
import {
  FEED_BAD_BLOCK,
  FEED_BAD_HEADER,
  FEED_BAD_SEQUENCE,
  FEED_DUPLICATES,
  FEED_HEARTBEATS,
  FEED_LOST_MESSAGES,
  FEED_MESSAGES,
  FEED_OLD_SESSION,
  FEED_STRANGE_SESSION,
  FEED_TRAILING,
  FEED_ZERO_BLOCKS,
} from "../../../../src/feed/counters.ts";
import {
  join,
  level,
  quote,
  SESSION,
  segment,
  systemEvent,
  T0,
  TOPS,
} from "../../../support/iex-bytes.ts";
import { iexFeed, iexMarket } from "../../../support/iex-market.ts";

const SECOND = 1_000_000_000n;
/** Sent so many seconds after T0. */
const at = (seconds: number) => ({ sent: T0 + BigInt(seconds) * SECOND });
const bid = (size: number) => level("8", "A", size, 99_000);

function deep() {
  const m = iexMarket("deep", ["A"]);
  return { ...m, ...iexFeed(m) };
}

describe("segments", () => {
  test("bring messages in order, each once, from either line", () => {
    const f = deep();
    f.take(segment(1), 0);
    f.take(segment(1, [bid(1), bid(2)]), 0);
    f.take(segment(1, [bid(1), bid(2)]), 1);
    // Lines need not cut the stream in the same places.
    f.take(segment(2, [bid(2), bid(3)]), 1);
    f.take(segment(4), 0);
    expect(f.ladder(0)).toEqual([[[99_000, 3]], []]);
    expect(f.counters[FEED_MESSAGES]).toBe(3);
    expect(f.counters[FEED_DUPLICATES]).toBe(1);
    expect(f.counters[FEED_HEARTBEATS]).toBe(2);
    expect(f.states).toEqual(["live"]);
  });

  test("name their session by its number, the channel and the run", () => {
    const f = deep();
    f.take(segment(1));
    const { session0, session1, session2 } = f.framing;
    expect([session0, session1, session2]).toEqual([SESSION, 1, 0]);
  });

  test("may hold empty messages, which take a number", () => {
    const f = deep();
    f.take(segment(1, [new Uint8Array(0), bid(5)]));
    expect(f.sequencer.nextSeq).toBe(3);
    expect(f.counters[FEED_ZERO_BLOCKS]).toBe(1);
    expect(f.ladder(0)).toEqual([[[99_000, 5]], []]);
  });

  const bad: [what: string, bytes: Uint8Array, counter: number][] = [
    ["a header cut short", segment(1).slice(0, 39), FEED_BAD_HEADER],
    ["another version", segment(1, [], { version: 2 }), FEED_BAD_HEADER],
    ["another message protocol", segment(1, [], { protocol: TOPS }), FEED_BAD_HEADER],
    ["another channel", segment(1, [], { channel: 2 }), FEED_STRANGE_SESSION],
    ["sequence 0", segment(0, [bid(1)]), FEED_BAD_SEQUENCE],
    ["a sequence above 2^53", segment(2n ** 53n, [bid(1)]), FEED_BAD_SEQUENCE],
    ["a payload longer than the datagram", segment(1, [bid(1)], { payload: 33 }), FEED_BAD_BLOCK],
    ["a payload shorter than the datagram", segment(1, [bid(1)], { payload: 31 }), FEED_TRAILING],
    ["bytes after the payload", join(segment(1, [bid(1)]), new Uint8Array(2)), FEED_TRAILING],
    ["a count that is too high", segment(1, [bid(1)], { count: 2 }), FEED_BAD_BLOCK],
    ["a count that is too low", segment(1, [bid(1), bid(2)], { count: 1 }), FEED_TRAILING],
    ["a heartbeat with a payload", segment(1, [bid(1)], { count: 0 }), FEED_TRAILING],
    ["a message length that lies", segment(1, [bid(1)]).with(40, 31), FEED_BAD_BLOCK],
  ];
  for (const [what, bytes, counter] of bad) {
    test(`with ${what} change nothing and are counted; the other line's copy is taken`, () => {
      const f = deep();
      f.take(bytes, 0);
      expect(f.counters[counter]).toBe(1);
      expect(f.counters[FEED_MESSAGES]).toBe(0);
      f.take(segment(1, [bid(7)]), 1);
      expect(f.ladder(0)).toEqual([[[99_000, 7]], []]);
      expect(f.books.flags(0)).toBe(0);
    });
  }
});

describe("a hole", () => {
  test("that the other line fills changes nothing", () => {
    const f = deep();
    f.take(segment(1, [bid(1)]), 0);
    f.take(segment(3, [bid(3)]), 0);
    f.take(segment(2, [bid(2)]), 1);
    expect(f.ladder(0)).toEqual([[[99_000, 3]], []]);
    expect(f.books.flags(0)).toBe(0);
  });

  test("that no line fills leaves DEEP's books stale and the feed live", () => {
    const f = deep();
    f.take(segment(1, [bid(1)]), 0);
    f.take(segment(3, [bid(3)]), 0, 10);
    f.sequencer.poll(5000);
    expect(f.counters[FEED_LOST_MESSAGES]).toBe(1);
    expect(f.sequencer.nextSeq).toBe(4);
    expect(f.books.flags(0)).toBe(BOOK_STALE);
    expect(f.states).toEqual(["live"]);
  });

  test("before the first packet is a loss, which the next quote of TOPS heals", () => {
    const m = iexMarket("tops", ["A"]);
    const f = iexFeed(m);
    const messages = [quote("A", [1, 10], [1, 11])];
    f.take(segment(500, [], { protocol: TOPS }));
    expect(m.books.flags(0)).toBe(BOOK_STALE);
    f.take(segment(500, messages, { protocol: TOPS }));
    expect(m.books.flags(0)).toBe(0);
  });
});

describe("the end of messages", () => {
  test("ends the session; the next one begins with its first segment", () => {
    const f = deep();
    f.take(segment(1, [bid(1), systemEvent("C")]));
    expect(f.states).toEqual(["ended"]);
    f.take(segment(3, [], at(1)));
    expect(f.states).toEqual(["ended"]);
    f.take(segment(1, [bid(9)], { session: SESSION + 1, ...at(60) }));
    expect(f.told.sessions).toBe(2);
    expect(f.ladder(0)).toEqual([[[99_000, 9]], []]);
  });
});

describe("a venue that starts again under the same number", () => {
  test("begins a new run: books are empty and sequences count from 1", () => {
    const f = deep();
    f.take(segment(1, [bid(1), bid(2), bid(3)]));
    f.take(segment(4, [], at(1)));
    f.take(segment(1, [], at(60)));
    expect(f.told.sessions).toBe(2);
    expect(f.ladder(0)).toEqual([[], []]);
    f.take(segment(1, [bid(8)], at(61)));
    expect(f.ladder(0)).toEqual([[[99_000, 8]], []]);
    expect(f.framing.session2).toBe(1);
    // The other line: its heartbeat, and what it still had of the run before.
    f.take(segment(1, [], at(60)), 1);
    f.take(segment(2, [bid(2)], at(0)), 1);
    expect(f.told.sessions).toBe(2);
    expect(f.counters[FEED_OLD_SESSION]).toBe(1);
    expect(f.ladder(0)).toEqual([[[99_000, 8]], []]);
  });

  test("is believed at the second segment when its first ones were lost; DEEP is stale then", () => {
    const f = deep();
    f.take(segment(1, [bid(1), bid(2), bid(3), bid(4)]));
    f.take(segment(2, [bid(5)], at(60)));
    expect(f.told.sessions).toBe(1);
    expect(f.counters[FEED_STRANGE_SESSION]).toBe(1);
    f.take(segment(3, [bid(6)], at(61)));
    f.take(segment(4, [bid(7)], at(62)));
    expect(f.told.sessions).toBe(2);
    expect(f.ladder(0)).toEqual([[[99_000, 7]], []]);
    expect(f.books.flags(0)).toBe(BOOK_STALE);
  });

  test("is not taken for one that lags or sends the first segment again at once", () => {
    const f = deep();
    f.take(segment(1, [bid(1), bid(2)]), 0);
    f.take(segment(1, [bid(1)], { sent: T0 + SECOND / 2n }), 1);
    f.take(segment(3, [bid(3)], at(1)), 0);
    expect(f.told.sessions).toBe(1);
    expect(f.ladder(0)).toEqual([[[99_000, 3]], []]);
  });

  test("is not believed on the word of one damaged segment", () => {
    const f = deep();
    f.take(segment(1, [bid(1), bid(2), bid(3)]));
    f.take(segment(2, [bid(9)], at(1000)), 1);
    f.take(segment(4, [bid(4)], at(1)));
    f.take(segment(3, [bid(9)], at(2000)), 1);
    f.take(segment(5, [bid(5)], at(2)));
    expect(f.told.sessions).toBe(1);
    expect(f.ladder(0)).toEqual([[[99_000, 5]], []]);
  });

  test("is not seen in what follows a damaged sequence, far ahead, or a damaged send time", () => {
    const f = deep();
    f.take(segment(1, [bid(1)]));
    f.take(segment(2 ** 40, [bid(9)], at(1)), 1);
    f.take(segment(2, [], at(1_000_000)), 1);
    for (let k = 2; k < 9; k++) f.take(segment(k, [bid(k)], at(k)));
    expect(f.told.sessions).toBe(1);
    expect(f.ladder(0)).toEqual([[[99_000, 8]], []]);
    expect(f.books.flags(0)).toBe(0);
    f.take(segment(1, [], at(60)));
    expect(f.told.sessions).toBe(2);
  });

  test("is seen behind a hole of millions of messages, too", () => {
    const f = deep();
    f.take(segment(1, [bid(1)]));
    for (const k of [0, 1, 2]) f.take(segment(5_000_000 + k, [bid(5)], at(1 + k)));
    // Its first segments are lost.
    for (const k of [0, 1, 2]) f.take(segment(300 + k, [bid(6)], at(60 + k)));
    expect(f.told.sessions).toBe(2);
    expect(f.ladder(0)).toEqual([[[99_000, 6]], []]);
  });

  test("and once more: runs go on counting, whatever one damaged session number says", () => {
    const f = deep();
    f.take(segment(1, [bid(1), bid(2)]));
    f.take(segment(1, [bid(3), bid(4)], at(10)));
    f.take(segment(7, [bid(3)], { ...at(11), session: 99 }));
    f.take(segment(3, [bid(5)], at(12)));
    expect(f.framing.session2).toBe(1);
    f.take(segment(1, [bid(6)], at(20)));
    expect(f.framing.session2).toBe(2);
    expect(f.told.sessions).toBe(3);
    expect(f.ladder(0)).toEqual([[[99_000, 6]], []]);
    expect(f.books.flags(0)).toBe(0);
  });
});
