/** Warm-up in every protocol that has packets for it: feeder, framing, sequencer, decoder and books. */
import { describe, expect, test } from "bun:test";
import { Instruments } from "../../../src/book/instruments.ts";
import { statusColumns } from "../../../src/book/status-columns.ts";
import { Arena } from "../../../src/core/arena.ts";
import { FEED_LIVE, STATUS_TRADING } from "../../../src/core/codes.ts";
import { makeLineFeed } from "../../../src/engine/feeds/make-feed.ts";
import type { FeedParts } from "../../../src/engine/feeds/parts.ts";
import type { FeedOptions, LineRole } from "../../../src/engine/options.ts";
import { makeWarmPackets } from "../../../src/engine/warm/make.ts";
import { WarmFeeder } from "../../../src/engine/warm-feeder.ts";
import { warmWays } from "../../../src/engine/warm-up.ts";
import {
  FEED_BAD_BLOCK,
  FEED_BAD_HEADER,
  FEED_BAD_LENGTH,
  FEED_GAPS,
  FEED_HELD,
  FEED_LOST_MESSAGES,
  FEED_MESSAGES,
  FEED_SESSIONS,
  FEED_TRAILING,
  FEED_UNKNOWN_TYPE,
} from "../../../src/feed/counters.ts";
import { heapFeedBlock } from "../../../src/feed/feed-block.ts";
import { Sequencer } from "../../../src/feed/sequencer.ts";
import { fakeShim } from "../../../src/ffi/fake.ts";
import { UdpPort } from "../../../src/net/udp-port.ts";
import { definition, MarketLog, newCounters } from "../../support/market.ts";

interface Case {
  feed: Pick<FeedOptions, "protocol" | "pitch" | "mdp3">;
  /** Roles of the lines behind the two live ones. */
  more: LineRole[];
}

const CASES: Record<string, Case> = {
  itch50: { feed: { protocol: "itch50" }, more: [] },
  pitch: {
    // The shadow plays its own edition, whatever the feed's.
    feed: { protocol: "pitch", pitch: { unit: 3, edition: "cfe-futures" } },
    more: ["gap"],
  },
  mdp3: {
    feed: { protocol: "mdp3", mdp3: { templates: "", channel: 310 } },
    more: ["snapshot", "definition"],
  },
  deep: { feed: { protocol: "deep" }, more: [] },
  tops: { feed: { protocol: "tops" }, more: [] },
  opra: { feed: { protocol: "opra" }, more: [] },
};
const SYMBOLS = ["AAA", "BBBBBBBB", "CCC"];
const SERIES = ["AAA261218C00133000", "BBBB261218P00012500", "CCCCC270115C01000000"];
/** They name their sessions, and their numbers have 64 bits. */
const ENDLESS = ["itch50", "deep", "tops"];
const LIVE = 2;
const WINDOW_NS = 500_000;

function makeRig(c: Case, sequenceMax?: number) {
  const names = c.feed.protocol === "opra" ? SERIES : SYMBOLS;
  const units = [0.01, 0.0001, 1];
  const table = new Instruments(names.map((name, i) => definition(name, units[i])));
  const counters = newCounters();
  const log = new MarketLog();
  const line = { group: 0, port: 0, iface: 0, source: 0 };
  const columns = statusColumns(table.capacity);
  const feed = {
    name: "warm",
    lines: [line, line, ...c.more.map((role) => ({ ...line, role }))],
    recovers: c.feed.protocol === "itch50" || c.feed.protocol === "pitch",
    join: "recover",
    windowPackets: 64,
    windowNs: WINDOW_NS,
    staleNs: 1e15,
    requestTimeoutNs: 1e15,
    requestRetries: 20,
    extendedHours: false,
    subscribeAll: false,
    ...c.feed,
  } as unknown as FeedOptions;
  const { books, handler } = makeLineFeed({
    feed,
    index: 0,
    instruments: table,
    market: Object.assign(log, {
      columns,
      onFeed: () => {},
      onSession: () => books.clear(),
    }) as unknown as FeedParts["market"],
    maxOrders: 4096,
    maxLevels: 4096,
    slotBytes: 2048,
    counters,
    block: heapFeedBlock(),
    isShadow: true,
  });
  const shim = fakeShim();
  const arena = Arena.alloc(shim, UdpPort.arenaBytes() + 4096);
  const port = new UdpPort(shim, arena, { name: "warm", lines: [], played: true });
  const packets = makeWarmPackets(c.feed, table, 100, 7);
  if (sequenceMax !== undefined) Object.assign(packets, { sequenceMax });
  const ways = warmWays(
    feed,
    feed.lines.map(() => port),
    LIVE,
  );
  const feeder = new WarmFeeder([port, port], 0, packets, WINDOW_NS, null, ways);
  let now = 1e9;
  const turns = (n: number, each?: () => void) => {
    for (let i = 0; i < n; i++) {
      now += 10_000;
      feeder.feed(now);
      const count = port.rxBurst();
      for (let k = 0; k < count; k++) handler.onPacket(port, k, now);
      handler.poll(now);
      each?.();
    }
  };
  const sequencer = handler as Sequencer;
  expect(sequencer).toBeInstanceOf(Sequencer);
  return { books, sequencer, counters, log, packets, columns, turns };
}

const isEmpty = (rig: ReturnType<typeof makeRig>) =>
  [0, 1, 2].every((i) => {
    const { bids, asks } = rig.books.levels(i);
    return bids.length + asks.length === 0;
  });

for (const [name, c] of Object.entries(CASES)) {
  describe(`Warm-up in ${name}`, () => {
    test("is read without a fault, moves books on both sides and trades, round after round", () => {
      const rig = makeRig(c);
      let [two, crossed, empty, flagged] = [0, 0, 0, 0];
      rig.turns(Math.min(4000, 3 * rig.packets.count), () => {
        const view = rig.books.view(0);
        if (isEmpty(rig)) empty++;
        if (rig.books.flags(0) !== 0) flagged++;
        if (view.bidPx(0) <= 0 || view.askPx(0) <= 0) return;
        two++;
        if (view.bidPx(0) >= view.askPx(0)) crossed++;
      });
      expect(rig.sequencer.state).toBe(FEED_LIVE);
      expect(rig.sequencer.nextSeq).toBe(rig.sequencer.highSeq);
      expect(two).toBeGreaterThan(2000);
      expect([crossed, flagged]).toEqual([0, 0]);
      expect(empty).toBeGreaterThan(1);
      expect(empty).toBeLessThan(400);
      expect(rig.log.trades.length).toBeGreaterThan(300);
      expect(new Set(rig.log.trades.map(([instrument]) => instrument)).size).toBe(3);
      expect(new Set(rig.log.statuses.map(([, status]) => status)).size).toBeGreaterThan(1);
      for (const counter of [
        FEED_BAD_HEADER,
        FEED_BAD_BLOCK,
        FEED_BAD_LENGTH,
        FEED_TRAILING,
        FEED_UNKNOWN_TYPE,
        FEED_GAPS,
        FEED_LOST_MESSAGES,
      ]) {
        expect([counter, rig.counters[counter]]).toEqual([counter, 0]);
      }
      expect([...rig.counters.slice(32, 48)].every((n) => n === 0)).toBe(true);
      expect(rig.counters[FEED_HELD]).toBeGreaterThan(50);
      expect(rig.counters[FEED_SESSIONS]).toBe(1);
    });

    test("comes out of a packet that is late by more than the window with books to be trusted", () => {
      const rig = makeRig(c);
      rig.turns(4095);
      const before = rig.counters[FEED_MESSAGES]!;
      rig.turns(2500);
      expect(rig.counters[FEED_MESSAGES]).toBeGreaterThan(before + 500);
      expect(rig.sequencer.state).toBe(FEED_LIVE);
      expect([0, 1, 2].map((i) => rig.books.flags(i))).toEqual([0, 0, 0]);
    });

    test("can be made without an instrument", () => {
      const packets = makeWarmPackets(c.feed, new Instruments([]), 100, 7);
      expect(packets.count).toBeGreaterThan(packets.prologue + 1);
    });

    if (ENDLESS.includes(name)) return;
    test("begins anew when its numbers run out, and is believed", () => {
      const rig = makeRig(c, 2 * makeRig(c).packets.count);
      rig.turns(7000);
      expect(rig.counters[FEED_SESSIONS]).toBeGreaterThan(1);
      expect(rig.sequencer.nextSeq).toBeLessThan(8000);
      expect(rig.sequencer.state).toBe(FEED_LIVE);
      // Short sales may be restricted at this point of the story.
      const states = [...rig.columns.status].slice(0, 3).map((status) => status & 0xff);
      expect(states).toEqual(Array(3).fill(STATUS_TRADING));
      expect([0, 1, 2].map((i) => rig.books.flags(i))).toEqual([0, 0, 0]);
    });
  });
}
