/**
 * The engine's own path without network and disk: UDP port (played), MoldUDP64 on two lines, books,
 * strategy host, gate, order slots, FIX session and TCP stream on the real shim, the far end of the
 * stream being a venue that answers in the same thread.
 */
import { Instruments } from "../../src/book/instruments.ts";
import { Arena } from "../../src/core/arena.ts";
import { buildPath, privateFigures } from "../../src/engine/path.ts";
import { ShadowVenue } from "../../src/engine/shadow-venue.ts";
import { EngineKill } from "../../src/engine/supervisor.ts";
import { makeItchPackets } from "../../src/engine/warm/itch.ts";
import { WarmFeeder } from "../../src/engine/warm-feeder.ts";
import { HP_PIPE_SIZE } from "../../src/ffi/layout.ts";
import type { Shim } from "../../src/ffi/shim.ts";
import { ShimClock } from "../../src/ffi/shim-clock.ts";
import { createNullJournal } from "../../src/journal/null-journal.ts";
import { PipePeer } from "../../src/net/pipe-peer.ts";
import type { Port } from "../../src/net/port.ts";
import { TcpStream } from "../../src/net/tcp-stream.ts";
import { UdpPort } from "../../src/net/udp-port.ts";
import { GateSwitch } from "../../src/risk/switch.ts";
import type { StrategyDefinition } from "../../src/strategy/api.ts";
import { PATH_OPTIONS } from "./path-options.ts";

const STREAM_BYTES = 1 << 17;
/** Positions are set back: fills mean nothing here, and limits are not what is measured. */
const FLAT_EVERY = 64;
const PRICE = 100;
const DAY_S = 86_400;

/** Starts the clock of the session date that is today. */
export function startClock(shim: Shim): { clock: ShimClock; sessionStartS: number } {
  const sessionStartS = Math.floor(Date.now() / 1000 / DAY_S) * DAY_S;
  shim.hp_clock_init(sessionStartS);
  return { clock: new ShimClock(shim), sessionStartS };
}

/** Ports that packets really come by, instead of the played one. */
export interface LivePorts {
  devices: Port[];
  ports: (Port | null)[];
}

/** A path with one strategy, started; feed() fills its port's next burst, where that is the played one. */
export function makePathRig(
  shim: Shim,
  clock: ShimClock,
  sessionStartS: number,
  definition: StrategyDefinition,
  live?: LivePorts,
) {
  const bytes = UdpPort.arenaBytes() + TcpStream.arenaBytes(STREAM_BYTES, STREAM_BYTES);
  const arena = Arena.alloc(shim, bytes + HP_PIPE_SIZE + 8192);
  const figures = privateFigures();
  const gateSwitch = new GateSwitch();
  gateSwitch.armed = true;
  gateSwitch.guardAlive = true;
  const { lines, windowNs } = PATH_OPTIONS.feeds[0]!;
  const port = new UdpPort(shim, arena, { name: "itch", lines, played: true });
  const pipe = arena.take(HP_PIPE_SIZE);
  const sizes = { rxSize: STREAM_BYTES, txSize: STREAM_BYTES };
  const stream = new TcpStream(shim, arena, { address: 0, port: 0, ...sizes, pipe });
  const instruments = new Instruments(PATH_OPTIONS.instruments);
  const path = buildPath({
    options: PATH_OPTIONS,
    instruments,
    clock,
    journal: createNullJournal(),
    counters: figures.counters,
    devices: live?.devices ?? [],
    ports: live?.ports ?? [port],
    recoveries: [null],
    feedBlocks: [figures.feedBlock()],
    streams: [stream],
    sessionBlocks: [undefined],
    sequences: [{ nextOut: 1, nextIn: 1 }],
    epoch: 1,
    sessionStartS,
    gateSwitch,
    kill: new EngineKill(new Int32Array(new ArrayBuffer(512)), gateSwitch),
    strategies: [{ definition, params: {} }],
    latency: figures.latency,
    wire: figures.wire,
    turn: figures.turn,
    isShadow: false,
  });
  const venue = new ShadowVenue(new PipePeer(pipe), "FIX.4.4", "BENCH", "VENUE");
  const packets = makeItchPackets(instruments, PRICE, 1);
  const feeder = new WarmFeeder(
    lines.map(() => port),
    0,
    packets,
    windowNs,
  );
  for (const session of path.sessions) session.start();
  path.host.onStart();
  let turns = 0;
  const feed = () => feeder.feed(clock.now());
  /** A packet, a turn of the loop, the venue's answers. */
  const turn = () => {
    feed();
    path.loop.turn();
    venue.serve();
    if (++turns % FLAT_EVERY !== 0) return;
    for (let i = 0; i < instruments.count; i++) {
      path.positions.start(i, 0, 0);
      path.exposure.refresh(i);
    }
  };
  const serve = () => venue.serve();
  return { path, clock, feed, turn, serve, packets, latency: figures.latency };
}
