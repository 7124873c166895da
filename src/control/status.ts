/**
 * The appliance as one plain object, read from shared memory: for `hairpin status`, the metrics and
 * the web page. Pure: it reads and writes nothing else. Times in ns, money in the accounts' currency.
 */
import {
  ENGINE_STATE_NAMES,
  FEED_STATE_NAMES,
  SESSION_STATE_NAMES,
  SESSION_UP,
} from "../core/codes.ts";
import type { ControlBlock, EngineBlock } from "../core/control-block.ts";
import { type HistogramSummary, summarize } from "../core/histogram-stats.ts";
import { statusText } from "../core/status.ts";
import * as L from "../ffi/layout.ts";
import { ringState } from "../journal/ring-layout.ts";
import { type TapeRingState, tapeRingState } from "../journal/tape/tape-ring.ts";
import { BEAT_STALLED_MS } from "./beat-watch.ts";
import { type BookCounts, bookCounts } from "./book-watch.ts";
import { COUNTER_NAMES } from "./counter-names.ts";
import { type DropCopyStatus, dropCopyStatus } from "./drop-copy-status.ts";
import { GUARD_REASON_NAMES } from "./guard.ts";
import { killReasonText } from "./kill-reason.ts";
import { type PortStatus, portStatuses } from "./port-status.ts";
import type { SnapshotState } from "./recovery/snapshot-runs.ts";

export interface StatusSource {
  name: string;
  control: ControlBlock;
  engines: readonly { name: string }[];
  feeds: readonly { name: string; engine: number }[];
  /** By feed; null: it has no snapshot server. */
  snapshots?: readonly (FeedSnapshots | null)[];
  sessions: readonly { name: string; engine: number }[];
  /** By engine. */
  journals: readonly ArrayBuffer[];
  /** By engine; null = its inputs are not recorded. */
  tapes?: readonly (ArrayBuffer | null)[];
  isAlive(pid: number): boolean;
  /** Time since an engine's last heartbeat, ms; without it none counts as stalled. */
  stillMs?(engine: number): number;
  /** Names of the counters; those without one are left out. */
  counterNames?: Record<number, string>;
}

export interface JournalStatus {
  usedBytes: number;
  sizeBytes: number;
  notDurableBytes: number;
  records: number;
  /** "" or what is wrong with the disk. */
  broken: string;
}

export interface EngineStatus {
  name: string;
  state: string;
  isAlive: boolean;
  pid: number;
  core: number;
  pinned: boolean;
  realtime: boolean;
  pages: string;
  fault: string;
  sessionsReady: number;
  turns: number;
  /** Realised and unrealised, after fees. */
  pnl: number;
  realized: number;
  unrealized: number;
  fees: number;
  exposure: number;
  positionShares: number;
  openOrders: number;
  collections: number;
  tasksEvicted: number;
  booksFull: number;
  latencyNs: HistogramSummary;
  wireNs: HistogramSummary;
  turnNs: HistogramSummary;
  journal: JournalStatus | null;
  /** null = not recorded. */
  capture: TapeRingState | null;
  counters: Record<string, number>;
}

export interface FeedStatus {
  name: string;
  engine: string;
  /** Or "engine stalled", "engine dead", as of a session. */
  state: string;
  session: string;
  nextSeq: number;
  /** Missing now; from = to when nothing is. */
  gap: { from: number; to: number };
  messages: number;
  gaps: number;
  recovered: number;
  lost: number;
  staleNs: number;
  packetsA: number;
  packetsB: number;
  duplicates: number;
  requests: number;
  replies: number;
  timeouts: number;
  books: BookCounts;
  snapshots: FeedSnapshots | null;
}

/** Snapshots of a feed that the engine has taken, and tries that came to nothing. */
export interface FeedSnapshots {
  state: SnapshotState;
  taken: number;
  failed: number;
}

export interface SessionStatus {
  name: string;
  engine: string;
  /** Or "engine stalled", "engine dead": nobody serves it, whatever it was before. */
  state: string;
  nextOut: number;
  nextIn: number;
  connects: number;
  logons: number;
  resendsAsked: number;
  resendsServed: number;
  rejects: number;
  garbled: number;
  backpressure: number;
  /** Why the last connection ended; "" while the session is up, or when it ended in good order. */
  reason: string;
}

export interface ApplianceStatus {
  name: string;
  epoch: number;
  /** The worst of the engines: killed, disarmed, armed ... */
  state: string;
  isKilled: boolean;
  /** Who killed it, by name. */
  killedBy: string[];
  /** What an engine killed itself for, a sentence; "" = none did in this run. */
  killReason: string;
  isStopping: boolean;
  control: { pid: number; isAlive: boolean };
  guard: {
    pid: number;
    isAlive: boolean;
    sockets: number;
    trips: number;
    /** Of the last trip, "" = none. */
    reason: string;
  };
  engines: EngineStatus[];
  feeds: FeedStatus[];
  ports: PortStatus[];
  sessions: SessionStatus[];
  dropCopies: DropCopyStatus[];
}

const KILL_NAMES: readonly [number, string][] = [
  [L.HP_KILL_SIGNAL, "signal"],
  [L.HP_KILL_CLI, "cli"],
  [L.HP_KILL_GUARD, "guard"],
  [L.HP_KILL_ENGINE, "engine"],
  [L.HP_KILL_STRATEGY, "strategy"],
  [L.HP_KILL_LOSS, "max-loss"],
  [L.HP_KILL_JOURNAL, "journal"],
  [L.HP_KILL_ORPHAN, "orphan"],
  [L.HP_KILL_DROP_COPY, "drop-copy"],
];
const PAGE_NAMES = ["plain", "huge", "shared"] as const;

export function applianceStatus(source: StatusSource): ApplianceStatus {
  const { control } = source;
  const { words } = control;
  const load = (word: number): number => Atomics.load(words, word);
  const kill = control.killBits();
  const controlPid = load(L.HP_CONTROL__CONTROL_PID_W);
  const guardPid = load(L.HP_CONTROL__GUARD_PID_W);
  const engines = source.engines.map((engine, i) => engineStatus(source, engine.name, i));
  const sessions = source.sessions.map((session, i) =>
    sessionStatus(source, session, i, engines[session.engine]),
  );
  return {
    name: source.name,
    epoch: load(L.HP_CONTROL__EPOCH_W) >>> 0,
    state: overallState(engines, kill),
    isKilled: kill !== 0,
    killedBy: killNames(kill),
    killReason: killReasonText(
      control,
      source.sessions.map((s) => s.name),
    ),
    isStopping: control.isStopping(),
    control: { pid: controlPid, isAlive: source.isAlive(controlPid) },
    guard: {
      pid: guardPid,
      isAlive: source.isAlive(guardPid),
      sockets: load(L.HP_CONTROL__GUARD_SOCKETS_W),
      trips: load(L.HP_CONTROL__GUARD_TRIPS_W),
      reason: GUARD_REASON_NAMES[load(L.HP_CONTROL__GUARD_REASON_W)] ?? "",
    },
    engines,
    feeds: source.feeds.map((feed, i) => feedStatus(source, feed, i, engines[feed.engine])),
    ports: portStatuses(
      control,
      engines.map((engine) => engine.name),
    ),
    sessions,
    dropCopies: sessions.flatMap(({ name, engine, state }, i) => {
      return dropCopyStatus(control.dropCopy(i), { session: name, engine, state }) ?? [];
    }),
  };
}

/** Names of kill bits, in the order of the bits. */
export function killNames(bits: number): string[] {
  return KILL_NAMES.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
}

function overallState(engines: readonly EngineStatus[], kill: number): string {
  if (kill !== 0) return "killed";
  const order = ["killed", "dead", "stalled", "stopped", "starting", "recovering", "warming"];
  for (const state of [...order, "disarmed"])
    if (engines.some((engine) => engine.state === state)) return state;
  return engines.length > 0 ? "armed" : "stopped";
}

function engineStatus(source: StatusSource, name: string, index: number): EngineStatus {
  const block = source.control.engine(index);
  const { words, doubles } = block;
  const load = (word: number): number => Atomics.load(words, word);
  const pid = load(L.HP_ENGINE__PID_W);
  const isAlive = source.isAlive(pid);
  const state = ENGINE_STATE_NAMES[load(L.HP_ENGINE__STATE_W)] ?? "unknown";
  const fault = load(L.HP_ENGINE__FAULT_W);
  const realized = doubles[L.HP_ENGINE__REALIZED_D]!;
  const unrealized = doubles[L.HP_ENGINE__UNREALIZED_D]!;
  const fees = doubles[L.HP_ENGINE__FEES_D]!;
  return {
    name,
    state: shownState(state, pid !== 0 && !isAlive, source.stillMs?.(index) ?? 0),
    isAlive,
    pid,
    core: load(L.HP_ENGINE__CORE_W),
    pinned: load(L.HP_ENGINE__PINNED_W) === 1,
    realtime: load(L.HP_ENGINE__REALTIME_W) === 1,
    pages: PAGE_NAMES[load(L.HP_ENGINE__PAGES_W)] ?? "unknown",
    fault: fault === 0 ? block.faultText() : statusText(fault),
    sessionsReady: load(L.HP_ENGINE__READY_W),
    turns: doubles[L.HP_ENGINE__TURNS_D]!,
    pnl: realized + unrealized - fees,
    realized,
    unrealized,
    fees,
    exposure: doubles[L.HP_ENGINE__EXPOSURE_D]!,
    positionShares: doubles[L.HP_ENGINE__POSITION_SHARES_D]!,
    openOrders: doubles[L.HP_ENGINE__OPEN_ORDERS_D]!,
    collections: load(L.HP_ENGINE__COLLECTIONS_W),
    tasksEvicted: load(L.HP_ENGINE__EVICTED_W),
    booksFull: load(L.HP_ENGINE__BOOK_FULL_W),
    latencyNs: summarize(block.latency),
    wireNs: summarize(block.wire),
    turnNs: summarize(block.turn),
    journal: journalStatus(source.journals[index]),
    capture: tapeRingState(source.tapes?.[index] ?? null),
    counters: countersOf(block, source.counterNames ?? COUNTER_NAMES),
  };
}

/** An engine that beats is what it says it is; one that should and does not is stalled. */
function shownState(state: string, isDead: boolean, stillMs: number): string {
  if (isDead) return state === "stopped" ? state : "dead";
  return BEATING.includes(state) && stillMs > BEAT_STALLED_MS ? "stalled" : state;
}

/** States in which the engine's loop turns. */
const BEATING = ["disarmed", "armed", "killed"];

function countersOf(block: EngineBlock, names: Record<number, string>): Record<string, number> {
  const counters: Record<string, number> = {};
  for (const [index, name] of Object.entries(names)) {
    counters[name] = block.counters[Number(index)] ?? 0;
  }
  return counters;
}

function journalStatus(buffer: ArrayBuffer | undefined): JournalStatus | null {
  const state = buffer === undefined ? "is not there" : ringState(buffer);
  if (typeof state === "string") return null;
  return {
    usedBytes: state.usedBytes,
    sizeBytes: state.dataBytes,
    notDurableBytes: (state.head - state.durable) >>> 0,
    records: state.nextNumber - 1,
    broken: diskText(state.broken),
  };
}

/** What the disk says to the journal's drain. */
function diskText(status: number): string {
  if (status === 0) return "";
  return status === L.HP_ENOSPC ? "no space left on the disk" : statusText(status);
}

function feedStatus(
  source: StatusSource,
  feed: { name: string; engine: number },
  index: number,
  engine: EngineStatus | undefined,
): FeedStatus {
  const { words, doubles, session } = source.control.feed(index);
  const load = (word: number): number => Atomics.load(words, word) >>> 0;
  const nextSeq = doubles[L.HP_FEED__NEXT_SEQ_D]!;
  const to = Math.max(doubles[L.HP_FEED__GAP_TO_D]!, nextSeq);
  return {
    name: feed.name,
    engine: engine?.name ?? "",
    state: servedState(FEED_STATE_NAMES[load(L.HP_FEED__STATE_W)], engine),
    session: sessionName(session),
    nextSeq,
    gap: { from: nextSeq, to },
    messages: doubles[L.HP_FEED__MESSAGES_D]!,
    gaps: doubles[L.HP_FEED__GAPS_D]!,
    recovered: doubles[L.HP_FEED__RECOVERED_D]!,
    lost: doubles[L.HP_FEED__LOST_D]!,
    staleNs: doubles[L.HP_FEED__STALE_NS_D]!,
    packetsA: doubles[L.HP_FEED__PACKETS_A_D]!,
    packetsB: doubles[L.HP_FEED__PACKETS_B_D]!,
    duplicates: doubles[L.HP_FEED__DUPLICATES_D]!,
    requests: load(L.HP_FEED__REQUESTS_W),
    replies: load(L.HP_FEED__REPLIES_W),
    timeouts: load(L.HP_FEED__TIMEOUTS_W),
    books: bookCounts(words),
    snapshots: source.snapshots?.[index] ?? null,
  };
}

/** "#3": the third one, where sessions have no names. */
function sessionName(session: Uint8Array): string {
  if (session[0] !== 0) return String.fromCharCode(...session.subarray(0, 10)).trim();
  const number = session.subarray(6, 10).reduce((sum, byte) => sum * 256 + byte, 0);
  return number === 0 ? "" : `#${number}`;
}

function sessionStatus(
  source: StatusSource,
  session: { name: string; engine: number },
  index: number,
  engine: EngineStatus | undefined,
): SessionStatus {
  const block = source.control.session(index);
  const { words } = block;
  const load = (word: number): number => Atomics.load(words, word) >>> 0;
  return {
    name: session.name,
    engine: engine?.name ?? "",
    state: servedState(SESSION_STATE_NAMES[load(L.HP_SESSION__STATE_W)], engine),
    reason: load(L.HP_SESSION__STATE_W) === SESSION_UP ? "" : block.reasonText(),
    nextOut: load(L.HP_SESSION__NEXT_OUT_W),
    nextIn: load(L.HP_SESSION__NEXT_IN_W),
    connects: load(L.HP_SESSION__CONNECTS_W),
    logons: load(L.HP_SESSION__LOGONS_W),
    resendsAsked: load(L.HP_SESSION__RESENDS_ASKED_W),
    resendsServed: load(L.HP_SESSION__RESENDS_SERVED_W),
    rejects: load(L.HP_SESSION__REJECTS_W),
    garbled: load(L.HP_SESSION__GARBLED_W),
    backpressure: load(L.HP_SESSION__BACKPRESSURE_W),
  };
}

/** State of a feed or session: what an engine that does not turn has left in the block is old. */
function servedState(state: string | undefined, engine: EngineStatus | undefined): string {
  if (engine !== undefined && IDLE.includes(engine.state)) return `engine ${engine.state}`;
  return state ?? "unknown";
}

/** States in which nobody serves an engine's feeds and sessions. */
const IDLE = ["stalled", "dead"];
