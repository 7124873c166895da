/**
 * Warm-up: the shadow, a second path built of the same classes, run on synthetic packets and a venue
 * that answers itself, before the live path starts and, a turn at a time, while the market is quiet.
 * It shares nothing with the live path: no book, slot, random number or record of that is touched.
 *
 * It must be the SAME classes and the same functions of the shim, only behind a played port and a
 * pipe: a call site that has seen the shadow's class alone is compiled for that class, and the first
 * hundred live orders then take 15 us instead of a quarter of one.
 */
import { Instruments } from "../book/instruments.ts";
import { Arena } from "../core/arena.ts";
import { StructView } from "../core/control-block.ts";
import { HP_CONTROL_SIZE, HP_PIPE_SIZE } from "../ffi/layout.ts";
import type { Shim } from "../ffi/shim.ts";
import { ShimClock } from "../ffi/shim-clock.ts";
import { SESSION_RX_BYTES, SESSION_TX_BYTES } from "../fix/session/options.ts";
import { createNullJournal } from "../journal/null-journal.ts";
import { layoutTapeRing, tapeRingBytes } from "../journal/tape/tape-ring.ts";
import { TapeWriter } from "../journal/tape/tape-writer.ts";
import { DevicePort } from "../net/device-port.ts";
import { PipePeer } from "../net/pipe-peer.ts";
import { PORT_TABLES_SIZE } from "../net/port-memory.ts";
import { RingPort } from "../net/ring-port.ts";
import { RingWriter, ringBytes } from "../net/ring-writer.ts";
import { TcpStream } from "../net/tcp-stream.ts";
import { UdpPort } from "../net/udp-port.ts";
import { GateSwitch } from "../risk/switch.ts";
import type { LoadedStrategy } from "../strategy/load.ts";
import { Drill } from "./drill.ts";
import { type EngineOptions, type FeedOptions, isOfSockets } from "./options.ts";
import { buildPath, privateFigures, startPath } from "./path.ts";
import { RecordedJournal, Recording } from "./recording.ts";
import { recordingShim } from "./recording-shim.ts";
import { Shadow } from "./shadow.ts";
import { ShadowMarket } from "./shadow-market.ts";
import { ShadowOuchVenue } from "./shadow-ouch-venue.ts";
import { ShadowVenue } from "./shadow-venue.ts";
import { EngineKill } from "./supervisor.ts";
import { makeWarmPackets } from "./warm/make.ts";
import { type PlayedPort, WarmFeeder, type WarmWays } from "./warm-feeder.ts";

const RECOVERY_BYTES = 1 << 14;
const TAPE_BYTES = 1 << 20;
/** Shadow seconds per second. */
const SPEED = 200;
/** Price around which the shadow's books move, currency; lowered until an order of a lot passes. */
const WARM_PRICE = 100;

export interface ShadowOptions {
  options: EngineOptions;
  sessionStartS: number;
  strategies: LoadedStrategy[];
  /** Of the packets. */
  seed: number;
  /** The live path is recorded: so is this one, on a tape that nobody reads. */
  isRecorded?: boolean;
}

export function makeShadow(shim: Shim, o: ShadowOptions): Shadow {
  const { options } = o;
  const arena = shadowArena(shim, options);
  const figures = privateFigures();
  const recording = o.isRecorded === true ? privateRecording(figures.counters) : null;
  const live = recording === null ? shim : recordingShim(shim, recording.tape, arena);
  const clock = new ShimClock(live);
  clock.accelerate(shim.hp_clock_ns(), SPEED);
  const gateSwitch = new GateSwitch();
  gateSwitch.armed = true;
  gateSwitch.guardAlive = true;
  const devices = (options.devices ?? []).map(
    (device) => new DevicePort(shim, arena, { ...device, played: true }),
  );
  const ports = options.feeds.map((feed) =>
    isOfSockets(feed)
      ? new UdpPort(shim, arena, { name: feed.name, lines: feed.lines, played: true })
      : null,
  );
  const rings = options.feeds.map((feed) => (feed.recovers ? recoveryRing(shim, arena) : null));
  const pipes = options.sessions.map(() => arena.take(HP_PIPE_SIZE));
  const inputs = recording === null ? undefined : new RecordedJournal(recording.tape);
  const journal = createNullJournal(options.index, undefined, inputs);
  const path = buildPath({
    options,
    instruments: new Instruments(options.instruments),
    clock,
    journal,
    ...(recording === null ? {} : { tape: recording.tape }),
    counters: figures.counters,
    devices,
    ports,
    recoveries: rings.map((ring) => ring?.port ?? null),
    feedBlocks: options.feeds.map(() => figures.feedBlock()),
    streams: options.sessions.map(
      (s, i) =>
        new TcpStream(live, arena, {
          address: s.address,
          port: s.port,
          rxSize: SESSION_RX_BYTES,
          txSize: SESSION_TX_BYTES,
          pipe: pipes[i]!,
        }),
    ),
    sessionBlocks: options.sessions.map(() => undefined),
    sequences: options.sessions.map(() => ({ nextOut: 1, nextIn: 1 })),
    epoch: 1,
    sessionStartS: o.sessionStartS,
    gateSwitch,
    kill: new EngineKill(new Int32Array(new ArrayBuffer(512)), new GateSwitch()),
    strategies: o.strategies,
    latency: figures.latency,
    wire: figures.wire,
    turn: figures.turn,
    isShadow: true,
  });
  const venues = options.sessions.flatMap((s, i) => {
    if (s.use === "market-data") return [];
    const peer = new PipePeer(pipes[i]!);
    if (s.ouch !== undefined) return [];
    const venue = new ShadowVenue(peer, s.beginString, s.senderCompId, s.targetCompId);
    return [{ venue, session: i, copyOf: s.dropCopy?.of ?? [] }];
  });
  const ouchVenues = options.sessions.flatMap((s, i) =>
    s.ouch === undefined ? [] : [new ShadowOuchVenue(new PipePeer(pipes[i]!))],
  );
  for (const { venue, session } of venues) {
    venue.copies = venues.filter((v) => v.copyOf.includes(session)).map((v) => v.venue);
  }
  const markets = options.feeds.flatMap((feed, f) => {
    if (feed.fix === undefined) return [];
    const { session, request } = feed.fix;
    const { beginString, senderCompId, targetCompId } = options.sessions[session]!;
    const peer = new PipePeer(pipes[session]!);
    const ids = { peer, beginString, senderCompId, targetCompId };
    const { instruments } = path;
    const price = warmPrice(options);
    return [
      new ShadowMarket({ ...ids, instruments, feed: f, request, price, seed: o.seed * 16 + f }),
    ];
  });
  const feeders = options.feeds.flatMap((feed, f) => {
    const port = ports[f]!;
    if (feed.fix !== undefined) return [];
    const byLine = feed.lines.map((_, l) => port ?? deviceOf(options, devices, f, l));
    const own = new Instruments(options.instruments.filter((d) => d.feed === f));
    const packets = makeWarmPackets(feed, own, warmPrice(options), o.seed * 16 + f);
    const recovery = rings[f]?.writer ?? null;
    const live = byLine.slice(0, feed.lines.filter(isLive).length);
    const ways = warmWays(feed, byLine, live.length);
    return [new WarmFeeder(live, f, packets, feed.windowNs, recovery, ways)];
  });
  recording?.attach(journal, path, clock);
  startPath(path, clock);
  const { instruments, market, orders, positions, exposure } = path;
  const drill = new Drill(instruments, market.views, orders, positions, exposure);
  const peers = [...venues.map((v) => v.venue), ...ouchVenues];
  return new Shadow(path, clock, feeders, markets, peers, drill, recording);
}

function isLive(line: FeedOptions["lines"][number]): boolean {
  return (line.role ?? "live") === "live";
}

/**
 * Where nobody can be asked, a late packet is a late copy by a live line: MDP 3.0 heals by snapshots,
 * OPRA and TOPS by the next quote, and DEEP not at all.
 */
export function warmWays(feed: FeedOptions, byLine: readonly PlayedPort[], live: number): WarmWays {
  const { protocol } = feed;
  if (protocol === "deep") return { lateLine: -1 };
  if (protocol === "opra" || protocol === "tops") return { lateLine: 0 };
  if (protocol !== "mdp3") return { lateLine: live };
  const line = feed.lines.findIndex((l) => l.role === "snapshot");
  return { lateLine: 0, ...(line < 0 ? {} : { snapshots: { port: byLine[line]!, line } }) };
}

/** The played port of the device by which a line comes. */
function deviceOf(
  options: EngineOptions,
  devices: readonly DevicePort[],
  feed: number,
  line: number,
): DevicePort {
  const at = (options.devices ?? []).findIndex((device) =>
    device.lines.some((l) => l.feed === feed && l.line === line),
  );
  return devices[at]!;
}

/** A tape of its own, and a control block in which nothing ever happens. */
function privateRecording(counters: Float64Array): Recording {
  const buffer = new ArrayBuffer(tapeRingBytes(TAPE_BYTES));
  layoutTapeRing(buffer, TAPE_BYTES, 0);
  const words = new ArrayBuffer(HP_CONTROL_SIZE);
  const control = { buffer: words, offset: 0, size: HP_CONTROL_SIZE, addr: 0 };
  const block = new StructView(control, 0, HP_CONTROL_SIZE);
  return new Recording(new TapeWriter(buffer, true), block, counters);
}

/** Runs the shadows in turn, `turns` times in all. */
export function warmUp(shadows: readonly Shadow[], turns: number): void {
  for (let i = 0; i < turns; i++) shadows[i % shadows.length]!.turn();
}

/** Both ends of a ring such as the one control hands re-request answers over. */
function recoveryRing(shim: Shim, arena: Arena): { port: RingPort; writer: RingWriter } {
  const memory = arena.take(ringBytes(RECOVERY_BYTES));
  const port = new RingPort(shim, arena, { name: "warm-up recovery", memory, create: true });
  return { port, writer: new RingWriter(shim, arena, memory, false) };
}

function shadowArena(shim: Shim, options: EngineOptions): Arena {
  const perStream = TcpStream.arenaBytes(SESSION_RX_BYTES, SESSION_TX_BYTES) + HP_PIPE_SIZE + 256;
  const perFeed = UdpPort.arenaBytes() + ringBytes(RECOVERY_BYTES) + PORT_TABLES_SIZE + 8192;
  const perDevice = (options.devices ?? []).reduce(
    (sum, device) => sum + DevicePort.arenaBytes({ ...device, played: true }),
    0,
  );
  const bytes = options.feeds.length * perFeed + options.sessions.length * perStream + perDevice;
  return Arena.alloc(shim, bytes + 4096);
}

function warmPrice(options: EngineOptions): number {
  let price = WARM_PRICE;
  for (const d of options.instruments) {
    price = Math.min(price, options.risk.maxOrderNotional / (10 * d.lot * d.multiplier));
  }
  const unit = options.instruments[0]?.priceUnit ?? 0.01;
  return Math.max(100 * unit, Math.round(price / unit) * unit);
}
