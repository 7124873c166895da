/**
 * Builds the path of one engine, feed to session. Called twice: once for the live path, once for the
 * shadow that warms the same code on ports, streams and a journal of its own.
 */
import type { FeedBooks } from "../book/feed-books.ts";
import { Instruments } from "../book/instruments.ts";
import type { Clock } from "../core/clock.ts";
import { Histogram } from "../core/histogram.ts";
import { type FeedBlock, heapFeedBlock } from "../feed/feed-block.ts";
import type { FeedHandler } from "../feed/feed-handler.ts";
import { FixMarketData } from "../fix/market-data/application.ts";
import { FixSession } from "../fix/session/session.ts";
import type { Journal } from "../journal/journal.ts";
import type { RecoveredSession } from "../journal/recover.ts";
import type { TapeWriter } from "../journal/tape/tape-writer.ts";
import type { Port } from "../net/port.ts";
import type { Stream } from "../net/stream.ts";
import type { DropCopy } from "../order/drop-copy/drop-copy.ts";
import type { EngineSession } from "../order/engine-session.ts";
import { Orders } from "../order/orders.ts";
import { TableLedger } from "../order/table-ledger.ts";
import { OuchOrderSession } from "../ouch/ouch-order-session.ts";
import { Exposure } from "../risk/exposure.ts";
import { Gate } from "../risk/gate.ts";
import { Positions } from "../risk/positions.ts";
import type { GateSwitch, KillSwitch } from "../risk/switch.ts";
import type { StrategyDefinition } from "../strategy/api.ts";
import { StrategyHost } from "../strategy/host.ts";
import { makeDropCopy } from "./drop-copies.ts";
import { makeLineFeed } from "./feeds/make-feed.ts";
import { EngineLoop } from "./loop.ts";
import {
  makeOrderSession,
  type OrderGateway,
  type SessionParts,
  sessionLayer,
} from "./make-session.ts";
import { Market } from "./market.ts";
import { type MarketDataFeed, makeMarketData, makeMarketDataSession } from "./market-data-path.ts";
import type { EngineOptions, FeedOptions, SessionOptions } from "./options.ts";
import { riskLimits } from "./risk-limits.ts";
import { SinkRelay } from "./sink-relay.ts";

export interface PathParts {
  options: EngineOptions;
  instruments: Instruments;
  clock: Clock;
  journal: Journal;
  /** hp_engine.counters, or memory of the same size. */
  counters: Float64Array;
  /** By device, and by feed: null where it comes by a session or a device. */
  devices?: Port[];
  ports: (Port | null)[];
  recoveries: (Port | null)[];
  feedBlocks: FeedBlock[];
  /** By session. */
  streams: Stream[];
  sessionBlocks: (Uint32Array | undefined)[];
  /** Words of hp_drop_copy, where the session is one. */
  dropCopyBlocks?: (Uint32Array | undefined)[];
  sequences: RecoveredSession[];
  epoch: number;
  sessionStartS: number;
  gateSwitch: GateSwitch;
  kill: KillSwitch;
  /** By strategy, loaded and with checked parameters. */
  strategies: { definition: StrategyDefinition; params: unknown }[];
  latency: Histogram;
  wire: Histogram;
  turn: Histogram;
  isShadow: boolean;
  /** Where what the ports give is recorded. */
  tape?: TapeWriter;
  /** Hears one sentence when a strategy has thrown. */
  onFault?: (sentence: string) => void;
  /** Hears one sentence when a venue refuses market data. */
  onNotice?: (sentence: string) => void;
}

export interface Path {
  loop: EngineLoop;
  books: FeedBooks[];
  feeds: FeedHandler[];
  /** Every session; those of orders come first. */
  sessions: EngineSession[];
  orderSessions: OrderGateway[];
  dropCopies: DropCopy[];
  streams: Stream[];
  orders: Orders;
  gate: Gate;
  positions: Positions;
  exposure: Exposure;
  host: StrategyHost;
  market: Market;
  relay: SinkRelay;
  instruments: Instruments;
  counters: Float64Array;
}

/** Longest packet that the reorder window holds, unless a port brings longer ones. */
const WINDOW_SLOT_BYTES = 2048;
/** The shadow's books are small: its flow rests some dozens of orders. */
const SHADOW_ORDERS = 4096;
const SHADOW_LEVELS_PER_SIDE = 64;
const SHADOW_SLOTS = 1024;

export function buildPath(p: PathParts): Path {
  const { options, instruments, clock, journal, counters } = p;
  const market = new Market({ instruments, feedCount: options.feeds.length, journal, clock });
  const made = options.feeds.map((feed, f) => makeFeed(p, feed, f, market));
  const books = made.map((feed) => feed.books);
  const feeds = made.map((feed) => feed.handler);
  market.attachFeeds(books, feeds, p.feedBlocks);
  const relay = new SinkRelay();
  const orderSessions = options.sessions
    .filter(isOrderSession)
    .map((session, s) => makeSession(p, session, s, relay));
  const marketSessions = options.feeds.flatMap((feed, f) =>
    feed.fix === undefined ? [] : [makeFeedSession(p, feed, feed.fix.session, made[f]!)],
  );
  const positions = new Positions(instruments);
  const exposure = new Exposure(instruments, positions);
  const gate = new Gate({
    limits: riskLimits(options.risk, p.isShadow),
    instruments,
    positions,
    exposure,
    books: market.views,
    bookHealth: market,
    status: market.columns.status,
    feedState: market.feedState,
    sessions: orderSessions,
    journal,
    gateSwitch: p.gateSwitch,
    kill: p.kill,
    counters,
    bandLow: market.columns.collarLower,
    bandHigh: market.columns.collarUpper,
  });
  const orders = new Orders({
    slots: slotsOf(p),
    epoch: p.epoch,
    instruments,
    gate,
    sessions: orderSessions,
    sessionRx: p.streams.map((stream) => stream.rx),
    journal,
    clock,
    gateSwitch: p.gateSwitch,
    kill: p.kill,
    counters,
    massCancel: options.sessions.filter(isOrderSession).map((session) => session.massCancel),
  });
  relay.orders = orders;
  for (const session of orderSessions) {
    if (session instanceof OuchOrderSession) session.attach(new TableLedger(orders.table));
  }
  const dropCopies: DropCopy[] = [];
  const dropSessions = options.sessions.flatMap((session, s) => {
    if (session.use !== "drop-copy") return [];
    const copy = makeDropCopy(p, session, s, gate);
    dropCopies.push(copy);
    return [new FixSession({ ...sessionLayer(session, sessionParts(p, s)), application: copy })];
  });
  const byIndex = (a: EngineSession, b: EngineSession) => a.index - b.index;
  const sessions = [...orderSessions, ...marketSessions, ...dropSessions].sort(byIndex);
  orders.fold.trades.watchers = dropCopies.map((copy) => copy.reconciliation);
  const host = new StrategyHost({
    instruments,
    books: market.views,
    status: market.columns.status,
    feedState: market.feedState,
    bookHealth: market,
    positions,
    orders,
    gateSwitch: p.gateSwitch,
    kill: p.kill,
    counters,
    ...(p.onFault === undefined ? {} : { onFault: p.onFault }),
    strategies: p.strategies.map((s, i) => ({
      name: options.strategies[i]!.name,
      seed: options.strategies[i]!.seed,
      instruments: options.strategies[i]!.instruments,
      definition: s.definition,
      params: s.params,
    })),
  });
  orders.listener = host;
  market.attach(gate, host);
  const loop = new EngineLoop({
    clock,
    ...(p.devices === undefined ? {} : { devices: p.devices }),
    deviceLines: (options.devices ?? []).map((device) => device.lines),
    deviceLinks: (options.devices ?? []).map((device) => device.heedsLink !== false),
    ports: p.ports,
    recoveries: p.recoveries,
    feeds,
    marketSessions,
    marketFeeds: feeds.filter((feed) => feed instanceof FixMarketData),
    sessions: [...orderSessions, ...dropSessions].sort(byIndex),
    dropCopies,
    orders,
    host,
    counters,
    turnHistogram: p.turn,
    tcpPollTurns: options.tcpPollTurns,
    ...(p.tape === undefined ? {} : { tape: p.tape }),
  });
  return {
    loop,
    books,
    feeds,
    sessions,
    orderSessions,
    dropCopies,
    streams: p.streams,
    orders,
    gate,
    positions,
    exposure,
    host,
    market,
    relay,
    instruments,
    counters,
  };
}

/** Lets the sessions connect and the strategies begin. */
export function startPath(path: Path, clock: Clock): void {
  for (const copy of path.dropCopies) copy.begin(clock.now());
  for (const session of path.sessions) session.start();
  // A timer set in onStart counts from now.
  path.host.nowNs = clock.now();
  path.host.onStart();
}

/** Figures and counters that nobody reads: the shadow's. */
export function privateFigures() {
  const histogram = () => new Histogram(new Uint32Array(new ArrayBuffer(4 * 2048)));
  return {
    counters: new Float64Array(new ArrayBuffer(8 * 256)),
    latency: histogram(),
    wire: histogram(),
    turn: histogram(),
    feedBlock: heapFeedBlock,
  };
}

function capacityOf(p: PathParts, feed: FeedOptions): { maxOrders: number; maxLevels: number } {
  const { maxOrders, maxLevels } = feed;
  if (!p.isShadow) return { maxOrders, maxLevels };
  const perSide = 2 * Math.max(1, p.instruments.capacity) * SHADOW_LEVELS_PER_SIDE;
  return {
    maxOrders: Math.min(SHADOW_ORDERS, maxOrders),
    maxLevels: Math.min(perSide, maxLevels),
  };
}

function makeFeed(
  p: PathParts,
  feed: FeedOptions,
  index: number,
  market: Market,
): { books: FeedBooks; handler: FeedHandler } {
  if (feed.fix !== undefined) {
    return makeMarketData({
      feed,
      index,
      instruments: p.instruments,
      market,
      ...capacityOf(p, feed),
      counters: p.counters,
      block: p.feedBlocks[index]!,
      idPrefix: p.options.idPrefix,
      epoch: p.epoch,
      ...(p.onNotice === undefined ? {} : { onNotice: p.onNotice }),
    });
  }
  return makeLineFeed({
    feed,
    index,
    instruments: p.instruments,
    market,
    ...capacityOf(p, feed),
    slotBytes: windowSlotBytes(p.options),
    counters: p.counters,
    block: p.feedBlocks[index]!,
    isShadow: p.isShadow,
  });
}

function isOrderSession(session: SessionOptions): boolean {
  return session.use === undefined || session.use === "orders";
}

function makeSession(
  p: PathParts,
  session: SessionOptions,
  index: number,
  relay: SinkRelay,
): OrderGateway {
  return makeOrderSession(session, sessionParts(p, index), relay);
}

function makeFeedSession(
  p: PathParts,
  feed: FeedOptions,
  index: number,
  made: { books: FeedBooks; handler: FeedHandler },
): FixSession {
  const session = p.options.sessions[index]!;
  const layer = sessionLayer(session, sessionParts(p, index));
  return makeMarketDataSession(layer, made as MarketDataFeed, feed, p.instruments);
}

/** What the session with this index is put between. */
function sessionParts(p: PathParts, index: number): SessionParts {
  return {
    index,
    stream: p.streams[index]!,
    journal: p.journal,
    clock: p.clock,
    counters: p.counters,
    block: p.sessionBlocks[index],
    instruments: p.instruments,
    sessionStartS: p.sessionStartS,
    sequences: p.sequences[index] ?? FIRST_SEQUENCES,
    idPrefix: p.options.idPrefix,
    durableAlways: p.options.durableAlways,
    latency: p.latency,
    wire: p.wire,
    isShadow: p.isShadow,
    slots: slotsOf(p),
  };
}

function slotsOf({ options, isShadow }: PathParts): number {
  return isShadow ? Math.min(SHADOW_SLOTS, options.maxOrders) : options.maxOrders;
}

/** Of a session that never spoke. */
const FIRST_SEQUENCES = { nextOut: 1, nextIn: 1 };

/** The instrument table; rows are reserved for what "*" may bring. */
export function makeInstruments(options: EngineOptions): Instruments {
  const wild = options.feeds.filter((feed) => feed.subscribeAll);
  const room = wild.reduce((n, feed) => Math.max(n, feed.maxInstruments), 0);
  return new Instruments(options.instruments, Math.max(options.instruments.length, room));
}

function windowSlotBytes({ devices = [] }: EngineOptions): number {
  return Math.max(WINDOW_SLOT_BYTES, ...devices.map((device) => device.frameBytes ?? 0));
}
