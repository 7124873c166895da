import { describe, expect, test } from "bun:test";
import { Books } from "../../../src/book/books.ts";
import { Instruments } from "../../../src/book/instruments.ts";
import { ManualClock } from "../../../src/core/clock.ts";
import {
  DENY_STATUS,
  FEED_GAP,
  FEED_INIT,
  FEED_LIVE,
  STATUS_HALTED,
  STATUS_LULD_AUCTION,
  STATUS_PAUSED,
  STATUS_STATE_MASK,
  STATUS_TRADING,
  STATUS_UNKNOWN,
} from "../../../src/core/codes.ts";
import { Market } from "../../../src/engine/market.ts";
import { heapFeedBlock } from "../../../src/feed/feed-block.ts";
import { ItchDecoder } from "../../../src/feed/itch/itch.ts";
import type { Sequencer } from "../../../src/feed/sequencer.ts";
import * as L from "../../../src/ffi/layout.ts";
import type { Gate } from "../../../src/risk/gate.ts";
import type { StrategyContext } from "../../../src/strategy/api.ts";
import type { StrategyHost } from "../../../src/strategy/host.ts";
import { itch, mold } from "../../support/itch-bytes.ts";
import { definition } from "../../support/market.ts";
import { MemoryJournal } from "../../support/memory-journal.ts";
import { add, Rig } from "./rig.ts";

/** Two feeds, an instrument each, and listeners that write down what they hear. */
function twoFeeds(feedOfB = 1) {
  const log: string[] = [];
  const instruments = new Instruments([
    { ...definition("AAA"), feed: 0 },
    { ...definition("BBB"), feed: feedOfB },
  ]);
  const journal = new MemoryJournal();
  const market = new Market({ instruments, feedCount: 2, journal, clock: new ManualClock(77) });
  const counters = new Float64Array(256);
  const books = [0, 1].map(
    (feed) =>
      new Books({
        feed,
        instruments,
        maxOrders: 8,
        maxLevels: 8,
        columns: market.columns,
        events: market,
        counters,
      }),
  );
  const feeds = [
    { nextSeq: 10, highSeq: 20 },
    { nextSeq: 30, highSeq: 40 },
  ];
  const blocks = [heapFeedBlock(), heapFeedBlock()];
  market.attachFeeds(books, feeds as unknown as Sequencer[], blocks);
  const heard =
    (name: string, what: string) =>
    (...args: number[]) =>
      void log.push(`${name} ${what} ${args.join(" ")}`);
  const gate = { onBook: heard("gate", "book") };
  const host = {
    onBook: heard("host", "book"),
    onTrade: heard("host", "trade"),
    onStatus: heard("host", "status"),
    onFeed: heard("host", "feed"),
  };
  market.attach(gate as unknown as Gate, host as unknown as StrategyHost);
  const decoders = books.map((sink) => new ItchDecoder({ sink, counters }));
  /** A packet's messages of one feed. */
  const packet = (feed: number, ...messages: Uint8Array[]) => {
    for (const m of messages) decoders[feed]!.decode(new DataView(m.buffer), m, 0, m.length);
    decoders[feed]!.flush(true);
  };
  /** Books kept, stale and untrusted, as published. */
  const counted = (feed: number) => {
    const { words } = blocks[feed]!;
    const at = [L.HP_FEED__BOOKS_KEPT_W, L.HP_FEED__BOOKS_STALE_W, L.HP_FEED__BOOKS_UNTRUSTED_W];
    return at.map((word) => words[word]!);
  };
  return { log, market, books, journal, host, packet, counted };
}

const directory = (stock: string) => itch("R", { stock_locate: 1, stock, round_lot_size: 100 });
const action = (stock: string, trading_state: string, stock_locate = 1) =>
  itch("H", { stock_locate, stock, trading_state });

describe("The market", () => {
  test("tells the gate of a book before the strategies", () => {
    const m = twoFeeds();
    m.packet(1, directory("BBB"), add(1, 1, "B", 999_900));
    expect(m.log).toEqual(["gate book 1", "host book 1 5"]);
  });

  test("keeps status and collar by instrument, each from its own feed", () => {
    const m = twoFeeds();
    m.packet(0, directory("AAA"), action("AAA", "H"));
    m.packet(1, directory("BBB"), action("BBB", "P"));
    m.packet(
      1,
      itch("J", {
        stock_locate: 1,
        stock: "BBB",
        upper_auction_collar_price: 1_100_000,
        lower_auction_collar_price: 900_000,
      }),
    );
    expect([...m.market.columns.status]).toEqual([
      STATUS_HALTED,
      STATUS_PAUSED | STATUS_LULD_AUCTION,
    ]);
    expect([...m.market.columns.collarLower]).toEqual([0, 900_000]);
    expect([...m.market.columns.collarUpper]).toEqual([0, 1_100_000]);
    m.packet(1, action("BBB", "T"));
    expect(m.market.columns.status[1]).toBe(STATUS_TRADING);
    expect(m.market.columns.collarUpper[1]).toBe(0);
    expect(m.log.filter((line) => line.includes("status"))).toHaveLength(4);
  });

  test("reads an instrument's book and its flags from its own feed", () => {
    const m = twoFeeds();
    m.packet(0, directory("AAA"));
    m.packet(1, directory("BBB"));
    m.packet(0, add(1, 1, "B", 111_100));
    for (let i = 0; i < 9; i++) m.packet(1, add(1, 1 + i, "B", 222_200));
    expect(m.market.views.map((view) => view.bidPx(0))).toEqual([111_100, 222_200]);
    expect(m.market.bookFlags(0)).toBe(0);
    expect(m.market.bookFlags(1)).not.toBe(0);
    m.market.census.step();
    expect(m.market.census.full).toBe(1);
    expect(m.counted(0)).toEqual([1, 0, 0]);
    expect(m.counted(1)).toEqual([1, 0, 1]);
  });

  test("journals a feed's state with its sequences, and then tells the strategies", () => {
    const m = twoFeeds();
    m.market.onFeed(1, FEED_GAP);
    const [record] = m.journal.ofType(L.HP_JR_FEED);
    expect(record!.words[L.HP_JR_FEED__FEED_W]).toBe(1);
    expect(record!.words[L.HP_JR_FEED__STATE_W]).toBe(FEED_GAP);
    const doubles = new Float64Array(record!.bytes.buffer);
    expect(doubles[L.HP_JR_FEED__NEXT_SEQ_D]).toBe(30);
    expect(doubles[L.HP_JR_FEED__GAP_TO_D]).toBe(40);
    expect(record!.timeNs).toBe(77);
    expect([...m.market.feedState]).toEqual([FEED_INIT, FEED_GAP]);
    expect(m.log).toEqual(["host feed 1 2"]);
  });

  test("takes a feed's state over, too, when the journal has no room for it", () => {
    const m = twoFeeds();
    m.journal.isFull = true;
    m.market.onFeed(0, FEED_LIVE);
    expect(m.market.feedState[0]).toBe(FEED_LIVE);
    expect(m.log).toEqual(["host feed 0 1"]);
  });

  test("a halt stands when another instrument's trade of the same packet is told", () => {
    const m = twoFeeds(0);
    const other = itch("R", { stock_locate: 2, stock: "BBB", round_lot_size: 100 });
    m.packet(0, directory("AAA"), other, action("BBB", "T", 2));
    m.packet(0, add(1, 1, "B", 111_100));
    let seen = -1;
    m.host.onTrade = () => {
      seen = m.market.columns.status[1]!;
    };
    const trade = { stock_locate: 1, order_reference_number: 1, executed_shares: 1 };
    m.packet(0, itch("E", trade), action("BBB", "H", 2));
    expect(seen).toBe(STATUS_HALTED);
  });

  test("a new session clears the books of its feed alone", () => {
    const m = twoFeeds();
    m.packet(0, directory("AAA"), action("AAA", "T"), add(1, 1, "B", 111_100));
    m.packet(1, directory("BBB"), action("BBB", "T"), add(1, 1, "B", 222_200));
    m.market.onSession(1);
    expect(m.market.views.map((view) => view.bidPx(0))).toEqual([111_100, 0]);
    expect([...m.market.columns.status]).toEqual([STATUS_TRADING, STATUS_UNKNOWN]);
  });
});

describe("The gate never judges by a status that is known to be over", () => {
  /** Buys on each call of one callback; what came of it. */
  function buyer(callback: "onFeed" | "onTrade") {
    const codes: number[] = [];
    const state = { isOn: false };
    const rig = new Rig({
      arm: true,
      create: (ctx: StrategyContext) => ({
        [callback]: () => {
          if (state.isOn && ctx.feedState(0) === FEED_LIVE)
            codes.push(ctx.send(0, 1, 100, 9990, 0));
        },
      }),
    }).up();
    state.isOn = true;
    return { rig, codes };
  }

  test("a halt inside a gap counts as soon as the feed is live again", () => {
    const { rig, codes } = buyer("onFeed");
    const missing = mold("RIG", rig.sequence++, [action("AAPL", "H")]);
    rig.packet([add(1, 50, "B", 999_800)]);
    rig.turn(40, 50_000);
    expect(rig.path.feeds[0]!.state).toBe(FEED_GAP);
    rig.datagram(missing);
    rig.turn();
    expect(codes).toEqual([DENY_STATUS]);
  });

  test("what a session said of trading is void in the next", () => {
    const { rig, codes } = buyer("onFeed");
    rig.datagram(mold("NEXT", 1, [itch("S", { event_code: "O" })]));
    rig.turn();
    expect(codes).toEqual([DENY_STATUS]);
  });

  test("a halt counts for a trade told before it in the same packet", () => {
    const { rig, codes } = buyer("onTrade");
    const trade = itch("E", {
      stock_locate: 1,
      order_reference_number: 1,
      executed_shares: 100,
    });
    rig.packet([trade, action("AAPL", "H")]);
    rig.turn();
    expect(codes).toEqual([DENY_STATUS]);
    expect(rig.path.market.columns.status[0]! & STATUS_STATE_MASK).toBe(STATUS_HALTED);
  });
});
