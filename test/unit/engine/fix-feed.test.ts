/** An engine whose feed comes by a FIX session, on the fake shim: what a message of it sets off. */
import { describe, expect, test } from "bun:test";
import { ipv4Number } from "../../../src/config/host.ts";
import { Arena } from "../../../src/core/arena.ts";
import * as C from "../../../src/core/codes.ts";
import { Histogram } from "../../../src/core/histogram.ts";
import { histogramCount } from "../../../src/core/histogram-stats.ts";
import { buildPath, makeInstruments, privateFigures, startPath } from "../../../src/engine/path.ts";
import { EngineKill } from "../../../src/engine/supervisor.ts";
import { fakeShim } from "../../../src/ffi/fake.ts";
import { HP_JR_FEED } from "../../../src/ffi/layout.ts";
import { ShimClock } from "../../../src/ffi/shim-clock.ts";
import { SESSION_RX_BYTES, SESSION_TX_BYTES } from "../../../src/fix/session/options.ts";
import { TcpStream } from "../../../src/net/tcp-stream.ts";
import { UdpPort } from "../../../src/net/udp-port.ts";
import { GateSwitch } from "../../../src/risk/switch.ts";
import { type Strategy, type StrategyContext, z } from "../../../src/strategy/api.ts";
import { itch, mold } from "../../support/itch-bytes.ts";
import { field } from "../../support/market-data.ts";
import { MemoryJournal } from "../../support/memory-journal.ts";
import { add, optionsOf, RigVenue, START_NS, TOML } from "./rig.ts";

const FIX_TOML = TOML.replace(
  /\[\[feed\]\][\s\S]*?\n\n/,
  `[[feed]]
name = "fix-md"
protocol = "fix"

[[session]]
name = "md"
use = "market-data"
address = "127.0.0.1:9879"
sender_comp_id = "HP"
target_comp_id = "SIM"

`,
);

/** MSFT comes by multicast, AAPL by FIX. */
const MIXED_TOML = FIX_TOML.replace(
  "[[session]]",
  `[[feed]]
name = "itch"
lines = [{ group = "239.1.1.1", port = 2001, interface = "lo" }]

[[session]]`,
)
  .replace('symbol = "AAPL"', 'symbol = "AAPL"\nfeed = "fix-md"')
  .replace('symbol = "MSFT"', 'symbol = "MSFT"\nfeed = "itch"');

function rig(create: (ctx: StrategyContext) => Strategy, toml = FIX_TOML) {
  const shim = fakeShim();
  const { network } = shim;
  network.setTime(START_NS);
  const options = optionsOf(toml)[0]!;
  const arena = Arena.alloc(shim, 1 << 20);
  const clock = new ShimClock(shim);
  const gateSwitch = new GateSwitch();
  gateSwitch.armed = true;
  gateSwitch.guardAlive = true;
  const figures = privateFigures();
  const latency = new Uint32Array(new ArrayBuffer(4 * 2048));
  const journal = new MemoryJournal();
  const streams = options.sessions.map(
    (s) => new TcpStream(shim, arena, { ...s, rxSize: SESSION_RX_BYTES, txSize: SESSION_TX_BYTES }),
  );
  const path = buildPath({
    options,
    instruments: makeInstruments(options),
    clock,
    journal,
    counters: figures.counters,
    ports: options.feeds.map((feed) =>
      feed.fix === undefined ? new UdpPort(shim, arena, { name: "itch", lines: feed.lines }) : null,
    ),
    recoveries: options.feeds.map(() => null),
    feedBlocks: options.feeds.map(() => figures.feedBlock()),
    streams,
    sessionBlocks: options.sessions.map(() => undefined),
    sequences: options.sessions.map(() => ({ nextOut: 1, nextIn: 1 })),
    epoch: 3,
    sessionStartS: Date.UTC(2026, 10, 20) / 1000,
    gateSwitch,
    kill: new EngineKill(new Int32Array(new ArrayBuffer(512)), gateSwitch),
    strategies: [{ definition: { params: z.object({}), create }, params: {} }],
    latency: new Histogram(latency),
    wire: figures.wire,
    turn: figures.turn,
    isShadow: false,
  });
  const [venue, market] = options.sessions.map((s) => new RigVenue(shim, s.address, s.port));
  const sends: number[] = [];
  const plain = streams[0]!.send.bind(streams[0]!);
  streams[0]!.send = (offset, length) => {
    sends.push(length);
    return plain(offset, length);
  };
  startPath(path, clock);
  const turn = (count = 1) => {
    for (let i = 0; i < count; i++) {
      network.advance(1000);
      path.loop.turn();
      venue!.serve();
      market!.serve();
    }
  };
  turn(100);
  return { path, network, turn, venue: venue!, market: market!, sends, latency, journal };
}

function snapshot(market: RigVenue, symbol: string): void {
  const request = market.orders.findLast((m) => m.includes(`|55=${symbol}|`))!;
  const entries = "269=0|270=100.00|271=300|269=1|270=100.02|271=300|";
  market.say("W", `262=${field(request, 262)}|55=${symbol}|268=2|${entries}`);
}

describe("an engine with a FIX feed", () => {
  test("asks for its instruments once the session is up, under the number of its run", () => {
    const { path, market, venue } = rig(() => ({}));
    expect(path.sessions.map((s) => s.state)).toEqual([C.SESSION_UP, C.SESSION_UP]);
    expect(market.orders.map((m) => `${field(m, 35)} ${field(m, 262)} ${field(m, 55)}`)).toEqual([
      "V HPMD3-1 AAPL",
      "V HPMD3-2 MSFT",
    ]);
    expect(venue.orders).toEqual([]);
  });

  test("orders that answer one message leave in one send, with its poll as their burst", () => {
    const sent: number[] = [];
    const r = rig((ctx) => ({
      onBook(instrument) {
        if (instrument !== 0 || sent.length > 0) return;
        sent.push(ctx.send(instrument, 1, 10, 10_000, 0), ctx.send(instrument, 1, 10, 9_999, 0));
      },
    }));
    const before = r.sends.length;
    snapshot(r.market, "AAPL");
    r.turn(8);
    expect(sent.every((slot) => slot >= 0)).toBe(true);
    expect(r.sends.length - before).toBe(1);
    expect(r.venue.orders.map((m) => field(m, 35))).toEqual(["D", "D"]);
    expect(histogramCount(r.latency)).toBe(2);
    expect(r.path.loop.packetNs).toBeGreaterThan(START_NS);
    expect(r.path.market.feedState[0]).toBe(C.FEED_LIVE);
  });

  test("an instrument without a snapshot is denied for its status, a stale one for its book", () => {
    const r = rig(() => ({}));
    snapshot(r.market, "AAPL");
    r.turn(8);
    const send = (instrument: number) => r.path.orders.send(-1, instrument, 1, 10, 10_000, 0);
    expect(send(1)).toBe(C.DENY_STATUS);
    expect(send(0)).toBeGreaterThanOrEqual(0);
    r.market.say("X", "268=1|279=2|269=0|290=9|55=AAPL|");
    r.turn(8);
    expect(send(0)).toBe(C.DENY_FEED);
    snapshot(r.market, "MSFT");
    r.turn(8);
    expect([send(0), send(1) >= 0]).toEqual([C.DENY_BOOK, true]);
  });

  test("runs beside a multicast feed: each instrument has its own", () => {
    const r = rig(() => ({}), MIXED_TOML);
    snapshot(r.market, "AAPL");
    const messages = [
      itch("S", { event_code: "Q" }),
      itch("R", { stock_locate: 1, stock: "MSFT", round_lot_size: 100 }),
      itch("H", { stock_locate: 1, stock: "MSFT", trading_state: "T" }),
      add(1, 1, "B", 500_000),
    ];
    r.network.sendUdp(ipv4Number("239.1.1.1"), 2001, mold("RIG", 1, messages), { rxNs: 0 });
    r.turn(32);
    const [aapl, msft] = r.path.market.views;
    expect([aapl!.bidPx(0), aapl!.bidQty(0), msft!.bidPx(0), msft!.bidQty(0)]).toEqual([
      10_000, 300, 5000, 100,
    ]);
    expect([...r.path.market.feedState]).toEqual([C.FEED_LIVE, C.FEED_LIVE]);
    expect(r.market.orders.map((m) => field(m, 55))).toEqual(["AAPL"]);
    r.path.sessions[1]!.stop();
    expect([...r.path.market.feedState]).toEqual([C.FEED_STALE, C.FEED_LIVE]);
    expect([msft!.bidPx(0), r.path.market.bookFlags(1)]).toEqual([5000, 0]);
  });

  test("every state of the feed is in the journal; nothing is traded when the session is down", () => {
    const r = rig(() => ({}));
    snapshot(r.market, "AAPL");
    r.turn(8);
    r.path.sessions[1]!.stop();
    expect(r.path.orders.send(-1, 0, 1, 10, 10_000, 0)).toBe(C.DENY_FEED);
    const states = r.journal.ofType(HP_JR_FEED).map((record) => record.words[1]);
    expect(states).toEqual([C.FEED_LIVE, C.FEED_STALE]);
  });
});
