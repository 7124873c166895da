/**
 * A capture through the engine's own path, in the capture's time: the feeds take its packets, and the
 * orders go to a simulated venue that matches them against the captured book. Nothing here asks the
 * operating system for the time, so the same input gives the same journal.
 *
 *   capture ─▶ played port ─▶ the engine's loop ─▶ pipe ─▶ latency ─▶ venue ─┐
 *                                  ▲                                         │
 *                                  └───────────── latency ◀──────────────────┘
 *
 * Events happen in order of time; of those at one time, packets come first. A turn of the engine takes
 * no time: what its software needs has to be in the latency.
 */
import { Arena } from "../core/arena.ts";
import { ManualClock } from "../core/clock.ts";
import { SESSION_DOWN, SESSION_UP } from "../core/codes.ts";
import type { EngineOptions } from "../engine/options.ts";
import {
  buildPath,
  makeInstruments,
  type Path,
  privateFigures,
  startPath,
} from "../engine/path.ts";
import { startRecord } from "../engine/restore.ts";
import { EngineKill } from "../engine/supervisor.ts";
import { HP_CONTROL__KILL_W, HP_CONTROL_SIZE, HP_PIPE_SIZE } from "../ffi/layout.ts";
import type { Shim } from "../ffi/shim.ts";
import { SESSION_RX_BYTES, SESSION_TX_BYTES } from "../fix/session/options.ts";
import { JournalHash } from "../journal/hash.ts";
import type { JournalRecord } from "../journal/record.ts";
import { RingJournal } from "../journal/ring-journal.ts";
import { layoutRing, ringBytes } from "../journal/ring-layout.ts";
import { RingReader } from "../journal/ring-reader.ts";
import { DESC_LENGTH, DESC_OFFSET, DESC_WORDS } from "../net/desc.ts";
import { PipePeer } from "../net/pipe-peer.ts";
import type { Port } from "../net/port.ts";
import { TcpStream } from "../net/tcp-stream.ts";
import { UdpPort } from "../net/udp-port.ts";
import { ORDER_CANCELS_SENT, ORDER_REPLACES_SENT, ORDER_SENT } from "../order/counters.ts";
import { GateSwitch } from "../risk/switch.ts";
import type { LoadedStrategy } from "../strategy/load.ts";
import type { FeedLine } from "./capture-feeds.ts";
import { type Numbering, numberingOf } from "./numbering.ts";
import { SessionEvents } from "./session-events.ts";
import type { LatencyModel } from "./venue/latency.ts";
import { MarketTee } from "./venue/market-tee.ts";
import type { QueueModel } from "./venue/queue.ts";
import { ReplayVenue } from "./venue/venue.ts";
import { VenueLink } from "./venue/venue-link.ts";

export interface ReplayOptions {
  engine: EngineOptions;
  strategies: LoadedStrategy[];
  sessionStartS: number;
  configHash: number;
  latency: LatencyModel;
  queue: QueueModel;
  /** False for a file of messages: without heartbeats, silence does not tell of a dead line. */
  hasHeartbeats: boolean;
  /** Trades on books that lack what was before the capture began. */
  isLate: boolean;
  /** ns since the start of the session date: armed from here, over from there. */
  fromNs: number;
  toNs: number;
}

/** Who looks on: a report, a progress line. */
export interface ReplayObserver {
  /** The path is built, and nothing has happened on it yet. */
  attach(replay: Replay): void;
  onRecord(record: JournalRecord): void;
  /** A turn is over; sendNs: what it took on this machine if a packet made it send, else 0. */
  onTurn(nowNs: number, sendNs: number): void;
  /** Nothing follows: orders are cancelled, sessions are logged out. */
  onEnd(nowNs: number): void;
}

const JOURNAL_BYTES = 1 << 22;
/** A jumbo frame. */
const SLOT_BYTES = 9216;
/** Held behind a hole until what was recovered fills it. */
const WINDOW_PACKETS = 16_384;
/** Sessions, feeds and orders look at their timers so often; more seldom the longer nothing happens. */
const IDLE_NS_MIN = 1_000_000;
const IDLE_NS_MAX = 10_000_000;
/**
 * Strategies' timers are looked at so often at most, as by a live engine's turns: a timer set again
 * without a delay must not stop the time.
 */
const TIMER_NS_MIN = 1000;
/** The session logs on within this time before the first packet. */
const LOGON_NS = 5_000_000_000;
/** What strategies leave behind is cancelled within this time after the last one. */
const END_NS = 5_000_000_000;

export class Replay {
  readonly path: Path;
  readonly clock: ManualClock;
  readonly hash = new JournalHash();
  readonly counters: Float64Array;
  packets = 0;
  /** Packets longer than the largest slot, left out. */
  oversize = 0;
  /** Why a strategy was stopped; "" = all run. */
  fault = "";
  /** When trading was killed; Infinity = it was not. */
  killedNs = Number.POSITIVE_INFINITY;
  /** By feed: sequence of its first packet, 0 = none came. */
  readonly firstSeq: number[];
  private readonly o: ReplayOptions;
  private readonly observer: ReplayObserver;
  private readonly numberings: Numbering[];
  private readonly ports: UdpPort[];
  private readonly links: VenueLink[];
  private readonly venues: ReplayVenue[];
  private readonly gateSwitch = new GateSwitch();
  private readonly killWords = new Int32Array(new ArrayBuffer(HP_CONTROL_SIZE));
  private readonly reader: RingReader;
  private isOver = false;
  private servedNs = 0;
  private idleNs = IDLE_NS_MIN;
  private sent = 0;

  /** `startNs`: time of the capture's first packet. */
  constructor(shim: Shim, startNs: number, options: ReplayOptions, observer: ReplayObserver) {
    const engine = byFix(withoutDropCopies(options.engine));
    this.o = { ...options, engine };
    this.observer = observer;
    this.clock = new ManualClock(startNs - LOGON_NS);
    this.firstSeq = engine.feeds.map(() => 0);
    this.numberings = engine.feeds.map(numberingOf);
    const arena = replayArena(shim, engine);
    const buffer = new ArrayBuffer(ringBytes(JOURNAL_BYTES));
    layoutRing(buffer, { dataBytes: JOURNAL_BYTES, engine: engine.index, epoch: 1, nextNumber: 1 });
    this.reader = new RingReader(buffer);
    const figures = privateFigures();
    this.counters = figures.counters;
    const journal = new RingJournal({ buffer, engine: engine.index, counters: figures.counters });
    this.ports = engine.feeds.map(
      (feed) =>
        new UdpPort(shim, arena, {
          name: feed.name,
          lines: feed.lines,
          slotSize: SLOT_BYTES,
          played: true,
        }),
    );
    const pipes = engine.sessions.map(() => arena.take(HP_PIPE_SIZE));
    const kill = new EngineKill(this.killWords, this.gateSwitch);
    this.path = buildPath({
      options: replayed(engine, options.hasHeartbeats, options.isLate),
      instruments: makeInstruments(engine),
      clock: this.clock,
      journal,
      counters: figures.counters,
      ports: this.ports,
      recoveries: engine.feeds.map(() => null),
      feedBlocks: engine.feeds.map(() => figures.feedBlock()),
      streams: pipes.map((pipe) => {
        const sizes = { rxSize: SESSION_RX_BYTES, txSize: SESSION_TX_BYTES };
        return new TcpStream(shim, arena, { address: 0, port: 0, ...sizes, pipe });
      }),
      sessionBlocks: engine.sessions.map(() => undefined),
      sequences: engine.sessions.map(() => ({ nextOut: 1, nextIn: 1 })),
      epoch: 1,
      sessionStartS: options.sessionStartS,
      gateSwitch: this.gateSwitch,
      kill,
      strategies: options.strategies,
      latency: figures.latency,
      wire: figures.wire,
      turn: figures.turn,
      isShadow: false,
      onFault: (sentence) => {
        this.fault = sentence;
      },
    });
    const { instruments, market, gate, host, relay } = this.path;
    this.venues = engine.sessions.map(
      (session, index) =>
        new ReplayVenue({
          session,
          index,
          instruments,
          views: market.views,
          status: market.columns.status,
          queue: options.queue,
          clock: this.clock,
          sessionStartS: options.sessionStartS,
        }),
    );
    this.links = this.venues.map((venue, s) => {
      const pipe = new PipePeer(pipes[s]!);
      return new VenueLink(this.clock, pipe, options.latency, (t) => venue.accept(t));
    });
    market.attach(gate, new MarketTee(host, this.venues, instruments));
    relay.watcher = new SessionEvents(this.links);
    this.gateSwitch.guardAlive = true;
    observer.attach(this);
    this.path.orders.startPositions();
    startRecord(journal, this.clock, options.configHash);
    startPath(this.path, this.clock);
    this.logon(startNs);
  }

  /** Packet `i` of the capture's burst, at its time. */
  packet(port: Port, i: number, line: FeedLine, timeNs: number): void {
    this.advance(timeNs);
    const base = i * DESC_WORDS;
    const offset = port.desc[base + DESC_OFFSET]!;
    const length = port.desc[base + DESC_LENGTH]!;
    const role = this.o.engine.feeds[line.feed]!.lines[line.line]?.role ?? "live";
    const isLoop = role === "snapshot" || role === "definition";
    // Loops have sequences of their own.
    const seq = isLoop ? 0 : this.numberings[line.feed]!.first(port.view, offset, length);
    const isFirst = this.firstSeq[line.feed] === 0 && seq !== 0;
    if (isFirst) this.firstSeq[line.feed] = seq;
    if (this.o.isLate && this.isBefore(line.feed, seq)) return;
    if (!this.ports[line.feed]!.play(port.bytes, offset, length, line.line, 0)) {
      this.oversize++;
      return;
    }
    if (this.o.isLate && seq !== 0) this.renumber(line.feed, length);
    this.packets++;
    this.idleNs = IDLE_NS_MIN;
    this.turn(true);
    // The session has begun, which forgets what was known of it.
    if (isFirst && this.o.isLate) this.path.books[line.feed]!.assumeTrading();
  }

  /** Moves time on to `timeNs`, with everything that is due before. */
  advance(timeNs: number): void {
    for (let next = this.nextNs(); next < timeNs; next = this.nextNs()) this.step(next);
    this.clock.timeNs = Math.max(this.clock.timeNs, timeNs);
  }

  /** Cancels what rests, logs out. */
  finish(): void {
    const { host, orders, sessions } = this.path;
    this.isOver = true;
    host.onStop();
    this.gateSwitch.armed = false;
    orders.cancelAll();
    const endNs = this.clock.timeNs + END_NS;
    this.turn(false);
    while (orders.table.liveCount > 0 && this.clock.timeNs < endNs) this.step(this.nextNs());
    for (const session of sessions) session.logout();
    this.turn(false);
    const logoutNs = this.clock.timeNs + END_NS;
    while (sessions.some((s) => s.state !== SESSION_DOWN) && this.clock.timeNs < logoutNs) {
      this.step(this.nextNs());
    }
    for (const session of sessions) session.stop();
    this.read();
    this.observer.onEnd(this.clock.timeNs);
  }

  /** Orders sent so far. */
  get orders(): number {
    return this.counters[ORDER_SENT]!;
  }

  /** HP_KILL_* bits: who killed. */
  get killBits(): number {
    return this.killWords[HP_CONTROL__KILL_W]!;
  }

  /** The venue is there before the market moves. Throws one sentence when it will have none of us. */
  private logon(startNs: number): void {
    const { sessions } = this.path;
    this.turn(false);
    while (sessions.some((s) => s.state !== SESSION_UP)) {
      if (this.clock.timeNs >= startNs) {
        const name =
          this.o.engine.sessions[sessions.findIndex((s) => s.state !== SESSION_UP)]!.name;
        throw new Error(
          `session ${name}: no logon at the simulated venue within ${LOGON_NS / 1e9} s`,
        );
      }
      this.step(this.nextNs());
    }
  }

  /** Recovered from before the capture began; or, of IEX, a session that begins anew. */
  private isBefore(feed: number, seq: number): boolean {
    if (seq === 0 || seq >= this.firstSeq[feed]!) return false;
    const { protocol } = this.o.engine.feeds[feed]!;
    if (protocol !== "deep" && protocol !== "tops") return true;
    this.firstSeq[feed] = 1;
    return false;
  }

  /** The packet just played, as if the session had begun with the capture's first one. */
  private renumber(feed: number, length: number): void {
    this.numberings[feed]!.lower?.(this.ports[feed]!.view, 0, length, this.firstSeq[feed]! - 1);
  }

  private nextNs(): number {
    let next = this.servedNs + this.idleNs;
    for (const link of this.links) next = Math.min(next, link.nextNs());
    const timerNs = Math.max(this.path.host.nextTimerNs(), this.servedNs + TIMER_NS_MIN);
    return Math.max(this.clock.timeNs, Math.min(next, timerNs));
  }

  private step(timeNs: number): void {
    this.clock.timeNs = timeNs;
    this.idleNs = Math.min(2 * this.idleNs, IDLE_NS_MAX);
    for (const link of this.links) if (link.deliver()) this.idleNs = IDLE_NS_MIN;
    this.turn(false);
    for (const venue of this.venues) venue.poll();
  }

  private turn(hasPacket: boolean): void {
    const { clock, gateSwitch, path } = this;
    const isTime = !this.isOver && clock.timeNs >= this.o.fromNs;
    if (isTime && !gateSwitch.killed) gateSwitch.armed = true;
    // An idle turn looks at sessions and timers every fourth time: now.
    if (!hasPacket) path.loop.turns |= 3;
    const before = Bun.nanoseconds();
    path.loop.turn();
    const after = Bun.nanoseconds();
    if (gateSwitch.killed) this.killedNs = Math.min(this.killedNs, clock.timeNs);
    this.servedNs = clock.timeNs;
    for (const link of this.links) link.collect();
    this.read();
    const { counters } = this;
    const sent =
      counters[ORDER_SENT]! + counters[ORDER_CANCELS_SENT]! + counters[ORDER_REPLACES_SENT]!;
    this.observer.onTurn(clock.timeNs, hasPacket && sent !== this.sent ? after - before : 0);
    this.sent = sent;
  }

  private read(): void {
    this.reader.read((record) => {
      this.hash.add(record);
      this.observer.onRecord(record);
    });
  }
}

/** The simulated venue copies nothing: every fill would be a difference. */
function withoutDropCopies(engine: EngineOptions): EngineOptions {
  return { ...engine, sessions: engine.sessions.filter((s) => s.use !== "drop-copy") };
}

/** Nobody can be asked for what the capture does not have, and no secret is needed. */
function replayed(engine: EngineOptions, hasHeartbeats: boolean, isLate: boolean): EngineOptions {
  return {
    ...engine,
    tcpPollTurns: 1,
    durableAlways: false,
    feeds: engine.feeds.map((feed) => ({
      ...feed,
      recovers: false,
      join: isLate ? "live" : "recover",
      // Live, what does not fit is asked for again.
      windowPackets: Math.max(feed.windowPackets, WINDOW_PACKETS),
      staleNs: hasHeartbeats ? feed.staleNs : Number.POSITIVE_INFINITY,
    })),
    sessions: engine.sessions.map((s) => ({
      ...s,
      usernameFile: "",
      passwordFile: "",
      sign: null,
    })),
  };
}

/** The replay's venue speaks FIX: what an OUCH session would have sent goes to it by that. */
function byFix(engine: EngineOptions): EngineOptions {
  const ids = { beginString: "FIX.4.4", senderCompId: "OUCH", targetCompId: "VENUE" };
  const sessions = engine.sessions.map(({ ouch, ...session }) =>
    ouch === undefined ? session : { ...session, ...ids },
  );
  return { ...engine, sessions };
}

function replayArena(shim: Shim, engine: EngineOptions): Arena {
  const perFeed = UdpPort.arenaBytes(SLOT_BYTES) + 8192;
  const perSession = TcpStream.arenaBytes(SESSION_RX_BYTES, SESSION_TX_BYTES) + HP_PIPE_SIZE + 256;
  const bytes = engine.feeds.length * perFeed + engine.sessions.length * perSession;
  return Arena.alloc(shim, bytes + 4096);
}
