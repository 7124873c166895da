/**
 * The whole path, packet in the arena to order handed to send, through the engine's own loop: UDP
 * port (played), MoldUDP64 on two lines, books, strategy host, gate, order slots, FIX session and TCP
 * stream on the real shim, the far end of the stream being a venue that answers in the same thread.
 * The figure is the engine's own: hp_engine.latency, from the clock behind the burst to the clock
 * before the send, one value an order.
 */
import { Instruments } from "../../../src/book/instruments.ts";
import { Arena } from "../../../src/core/arena.ts";
import { ORDER_IOC, SIDE_BUY } from "../../../src/core/codes.ts";
import type { Histogram } from "../../../src/core/histogram.ts";
import type { EngineOptions } from "../../../src/engine/options.ts";
import { buildPath, privateFigures } from "../../../src/engine/path.ts";
import { ShadowVenue } from "../../../src/engine/shadow-venue.ts";
import { EngineKill } from "../../../src/engine/supervisor.ts";
import { WarmFeeder } from "../../../src/engine/warm-feeder.ts";
import { makeWarmPackets } from "../../../src/engine/warm-packets.ts";
import { HP_PIPE_SIZE } from "../../../src/ffi/layout.ts";
import { loadShim } from "../../../src/ffi/load.ts";
import { ShimClock } from "../../../src/ffi/shim-clock.ts";
import { createNullJournal } from "../../../src/journal/null-journal.ts";
import { PipePeer } from "../../../src/net/pipe-peer.ts";
import { TcpStream } from "../../../src/net/tcp-stream.ts";
import { UdpPort } from "../../../src/net/udp-port.ts";
import { GateSwitch } from "../../../src/risk/switch.ts";
import { defineStrategy, type StrategyContext, z } from "../../../src/strategy/api.ts";
import { definition } from "../../support/fix-instruments.ts";
import type { BenchCase } from "../bench-case.ts";

const PATH_NS = 250;
const STREAM_BYTES = 1 << 17;
const WARM_TURNS = 400_000;
const TURNS = 1_000_000;
/** Positions are set back: fills mean nothing here, and limits are not what is measured. */
const FLAT_EVERY = 64;
const PRICE = 100;
const BEST = 4;

/** Lifts the offer whenever a best price changes. */
class Lifter {
  constructor(protected readonly ctx: StrategyContext) {}

  onBook(instrument: number, changed: number): void {
    if ((changed & BEST) === 0) return;
    const ask = this.ctx.book(instrument).askPx(0);
    if (ask > 0) this.lift(instrument, ask);
  }

  protected lift(instrument: number, ask: number): void {
    this.ctx.send(instrument, SIDE_BUY, 100, ask, ORDER_IOC);
  }
}

/** The same with the clock read before and after each order. */
class TimedLifter extends Lifter {
  constructor(
    ctx: StrategyContext,
    private readonly clock: ShimClock,
    private readonly toStrategy: Histogram,
    private readonly inSend: Histogram,
  ) {
    super(ctx);
  }

  protected override lift(instrument: number, ask: number): void {
    const before = this.clock.now();
    super.lift(instrument, ask);
    this.inSend.record(this.clock.now() - before);
    this.toStrategy.record(before - this.ctx.now());
  }
}

const OPTIONS: EngineOptions = {
  name: "bench",
  index: 0,
  core: -1,
  realtime: false,
  armAutomatically: true,
  warmupIterations: 0,
  keepWarm: false,
  tcpPollTurns: 64,
  maxOrders: 4096,
  busyPollUs: 0,
  durableAlways: false,
  idPrefix: "HP",
  feeds: [
    {
      name: "itch",
      block: 0,
      lines: [
        { group: 0, port: 0, iface: 0, source: 0 },
        { group: 0, port: 0, iface: 0, source: 0 },
      ],
      recovers: false,
      join: "live",
      windowPackets: 256,
      windowNs: 1e6,
      staleNs: 1e12,
      requestTimeoutNs: 1e9,
      requestRetries: 0,
      rcvbuf: 0,
      maxOrders: 4096,
      maxLevels: 4096,
      maxInstruments: 4,
      subscribeAll: false,
      extendedHours: false,
    },
  ],
  sessions: [
    {
      name: "fix",
      block: 0,
      dictionary: "FIX44",
      address: 0,
      port: 0,
      senderCompId: "BENCH",
      targetCompId: "VENUE",
      senderSubId: "",
      targetSubId: "",
      usernameFile: "",
      passwordFile: "",
      heartbeatS: 30,
      resetOnLogon: true,
      resendChunk: 64,
      timestampDigits: 6,
      zeroPad: false,
      reconnectNs: 1e9,
      connectTimeoutNs: 1e9,
      massCancel: false,
      tags: { 1: "ACCOUNT", 21: "1" },
      logonTags: {},
    },
  ],
  strategies: [
    { name: "lifter", uses: "", instruments: ["AAA", "BBB", "CCC", "DDD"], seed: 1, params: {} },
  ],
  instruments: ["AAA", "BBB", "CCC", "DDD"].map((symbol) =>
    definition(symbol, { priceUnit: 0.01 }),
  ),
  risk: {
    maxOrderQty: 1000,
    maxOrderNotional: 1e6,
    collarPct: 5,
    maxPosition: 1e9,
    maxExposure: 1e12,
    maxOpenOrders: 1024,
    ordersPerS: 1e9,
    ordersBurst: 1e9,
    cancelsPerS: 1e9,
    cancelsBurst: 1e9,
    maxLoss: 1e12,
    denySelfMatch: true,
    shortMarking: false,
    instrument: {},
  },
};

function makeRig(isTimed: boolean) {
  const shim = loadShim();
  const bytes = UdpPort.arenaBytes() + TcpStream.arenaBytes(STREAM_BYTES, STREAM_BYTES);
  const arena = Arena.alloc(shim, bytes + HP_PIPE_SIZE + 8192);
  const sessionStartS = Math.floor(Date.now() / 86_400_000) * 86_400;
  shim.hp_clock_init(sessionStartS);
  const clock = new ShimClock(shim);
  const figures = privateFigures();
  const toStrategy = privateFigures().latency;
  const inSend = privateFigures().latency;
  const lifter = defineStrategy({
    params: z.object({}),
    create: (ctx) => (isTimed ? new TimedLifter(ctx, clock, toStrategy, inSend) : new Lifter(ctx)),
  });
  const gateSwitch = new GateSwitch();
  gateSwitch.armed = true;
  gateSwitch.guardAlive = true;
  const { lines, windowNs } = OPTIONS.feeds[0]!;
  const port = new UdpPort(shim, arena, { name: "itch", lines, played: true });
  const pipe = arena.take(HP_PIPE_SIZE);
  const sizes = { rxSize: STREAM_BYTES, txSize: STREAM_BYTES };
  const stream = new TcpStream(shim, arena, { address: 0, port: 0, ...sizes, pipe });
  const instruments = new Instruments(OPTIONS.instruments);
  const path = buildPath({
    options: OPTIONS,
    instruments,
    clock,
    journal: createNullJournal(),
    counters: figures.counters,
    ports: [port],
    recoveries: [null],
    feedBlocks: [figures.feedBlock()],
    streams: [stream],
    sessionBlocks: [undefined],
    sequences: [{ nextOut: 1, nextIn: 1 }],
    epoch: 1,
    sessionStartS,
    gateSwitch,
    kill: new EngineKill(new Int32Array(new ArrayBuffer(512)), gateSwitch),
    strategies: [{ definition: lifter, params: {} }],
    latency: figures.latency,
    wire: figures.wire,
    turn: figures.turn,
    isShadow: false,
  });
  const venue = new ShadowVenue(new PipePeer(pipe), "FIX.4.4", "BENCH", "VENUE");
  const packets = makeWarmPackets(instruments, PRICE, 1);
  const feeder = new WarmFeeder(port, packets, lines.length, windowNs);
  for (const session of path.sessions) session.start();
  path.host.onStart();
  let turns = 0;
  const turn = () => {
    feeder.feed(clock.now());
    path.loop.turn();
    venue.serve();
    if (++turns % FLAT_EVERY !== 0) return;
    for (let i = 0; i < instruments.count; i++) {
      path.positions.start(i, 0, 0);
      path.exposure.refresh(i);
    }
  };
  return { turn, latency: figures.latency, toStrategy, inSend };
}

function measured(what: "latency" | "toStrategy" | "inSend"): Uint32Array {
  const rig = makeRig(what !== "latency");
  const { buckets } = rig[what];
  for (let i = 0; i < WARM_TURNS; i++) rig.turn();
  buckets.fill(0);
  for (let i = 0; i < TURNS; i++) rig.turn();
  return buckets;
}

export function pathCases(): BenchCase[] {
  return [
    {
      name: "whole path: packet in the arena to order handed to send",
      budgetNs: PATH_NS,
      note: "journal and two clock readings included; the socket is a pipe in memory",
      make: () => ({ events: () => measured("latency") }),
    },
    {
      name: "of the whole path: packet in the arena to the strategy",
      note: "a packet has one to eight messages",
      make: () => ({ events: () => measured("toStrategy") }),
    },
    {
      name: "of the whole path: the strategy's send()",
      note: "gate, slot, FIX, journal; a clock reading included",
      make: () => ({ events: () => measured("inSend") }),
    },
  ];
}
