/** What came of a replay: figures, hash, and what a reader has to know before believing them. */
import { DENY_NAMES, FEED_LIVE, FEED_STATE_NAMES } from "../core/codes.ts";
import { summarize } from "../core/histogram-stats.ts";
import type { EngineOptions } from "../engine/options.ts";
import { FEED_GAPS, FEED_LOST_MESSAGES, FEED_MESSAGES } from "../feed/counters.ts";
import * as O from "../order/counters.ts";
import { denyCounter } from "../risk/counters.ts";
import type { Recorder } from "./recorder.ts";
import type { RunResult } from "./run-replay.ts";

/** Numbers only: the columns of a sweep. Money in currency, times in ns of the capture. */
export interface ReplayFigures {
  packets: number;
  messages: number;
  feed_gaps: number;
  feed_lost_messages: number;
  orders: number;
  replaces: number;
  cancels: number;
  denied: number;
  rejected: number;
  fills: number;
  volume_shares: number;
  realized: number;
  unrealized: number;
  fees: number;
  /** realized + unrealized - fees. */
  net: number;
  /** Largest fall of `net` from its highest value before, over the samples. */
  max_drawdown: number;
  position_shares: number;
  open_orders: number;
  unknown_orders: number;
  /** 1 = trading was killed. */
  killed: number;
  /** Sentences that the replay has to say of its figures. */
  warnings: number;
}

export interface ReplaySummary {
  capture: string;
  engine: string;
  /** Start of the session date, ISO 8601 in UTC. */
  sessionStart: string;
  /** ns since then. */
  firstNs: number;
  lastNs: number;
  journal_records: number;
  journal_hash: string;
  figures: ReplayFigures;
  /** Denials by reason. */
  denied: Record<string, number>;
  positions: { symbol: string; qty: number; realized: number; unrealized: number; fees: number }[];
  feeds: { name: string; state: string; nextSeq: number }[];
  /** ns on this machine: a packet taken to its orders sent. Differs from run to run. */
  software: ReturnType<typeof summarize>;
  /** ns in simulated time: order to first answer. */
  roundTrip: ReturnType<typeof summarize>;
  /** When trading was killed, and by what (HP_KILL_*); null = it was not. */
  killed: { timeNs: number; bits: number } | null;
  /** One sentence each. */
  warnings: string[];
  /** What makes the result wrong or incomplete. */
  faults: string[];
}

export function summarizeReplay(
  capture: string,
  engine: EngineOptions,
  result: RunResult,
  recorder: Recorder,
): ReplaySummary {
  const { replay } = result;
  const { counters, path } = replay;
  const { market, positions } = path;
  const said = warnings(engine, result);
  const denied = deniedBy(counters);
  const realized = cents(positions.realizedAll());
  const unrealized = cents(positions.unrealizedAll());
  const fees = cents(positions.feesAll());
  const definitions = path.instruments.definitions;
  return {
    capture,
    engine: engine.name,
    sessionStart: new Date(result.sessionStartS * 1000).toISOString(),
    firstNs: result.firstNs,
    lastNs: result.lastNs,
    journal_records: replay.hash.records,
    journal_hash: replay.hash.digest(),
    figures: {
      packets: replay.packets,
      messages: counters[FEED_MESSAGES]!,
      feed_gaps: counters[FEED_GAPS]!,
      feed_lost_messages: counters[FEED_LOST_MESSAGES]!,
      orders: counters[O.ORDER_SENT]!,
      replaces: counters[O.ORDER_REPLACES_SENT]!,
      cancels: counters[O.ORDER_CANCELS_SENT]!,
      denied: Object.values(denied).reduce((sum, n) => sum + n, 0),
      rejected: counters[O.ORDER_REJECTED_COUNT]!,
      fills: recorder.fills.length,
      volume_shares: recorder.volume,
      realized,
      unrealized,
      fees,
      net: cents(realized + unrealized - fees),
      max_drawdown: cents(drawdown(recorder)),
      position_shares: positions.shares(),
      open_orders: path.orders.table.liveCount,
      unknown_orders: counters[O.ORDER_UNKNOWN_COUNT]!,
      killed: replay.killBits === 0 ? 0 : 1,
      warnings: said.length,
    },
    denied,
    positions: definitions
      .map((d, i) => ({
        symbol: d.symbol,
        qty: positions.qty[i]!,
        realized: cents(positions.realized(i)),
        unrealized: cents(positions.unrealized(i)),
        fees: cents(positions.fees(i)),
      }))
      .filter((_, i) => definitions[i]!.session >= 0),
    feeds: path.feeds.map((feed, f) => ({
      name: engine.feeds[f]!.name,
      state: FEED_STATE_NAMES[market.feedState[f]!]!,
      nextSeq: feed.nextSeq,
    })),
    software: summarize(recorder.software.buckets),
    roundTrip: summarize(recorder.roundTrip.buckets),
    killed: replay.killBits === 0 ? null : { timeNs: replay.killedNs, bits: replay.killBits },
    warnings: said,
    faults: faults(capture, engine, result),
  };
}

function deniedBy(counters: Float64Array): Record<string, number> {
  const out: Record<string, number> = {};
  for (const [k, name] of DENY_NAMES.entries()) {
    const count = k === 0 ? 0 : counters[denyCounter(-k)]!;
    if (count > 0) out[name] = count;
  }
  return out;
}

function drawdown(recorder: Recorder): number {
  const { fees, realized, unrealized } = recorder.samples;
  let high = Number.NEGATIVE_INFINITY;
  let worst = 0;
  for (let k = 0; k < realized.length; k++) {
    const net = realized[k]! + unrealized[k]! - fees[k]!;
    high = Math.max(high, net);
    worst = Math.max(worst, high - net);
  }
  return worst;
}

/** What the venue or the strategy did not get to see. */
function warnings(engine: EngineOptions, { misfits, replay }: RunResult): string[] {
  const { market, books, instruments } = replay.path;
  const out: string[] = [];
  // Everything else follows from that.
  if (misfits.length > 0) return out;
  for (const [f, feed] of engine.feeds.entries()) {
    const { firstSeq } = replay;
    const isLive = market.feedState[f] === FEED_LIVE;
    if (firstSeq[f]! > 1) {
      out.push(
        `feed ${feed.name} begins at sequence ${firstSeq[f]}: ${isLive ? "what was before is not in its books, unless it was recovered" : "what was before is missing, so nothing was traded on it; --late trades all the same"}`,
      );
    }
    const state = market.feedState[f]!;
    const { highSeq, nextSeq } = replay.path.feeds[f]!;
    if (isLive && highSeq > nextSeq) {
      out.push(
        `feed ${feed.name} ends with a hole at sequence ${nextSeq}: what came behind it, up to ${highSeq - 1}, is not in its books`,
      );
    }
    if (state !== FEED_LIVE && FEED_STATE_NAMES[state] !== "ended") {
      out.push(
        `feed ${feed.name} ended ${FEED_STATE_NAMES[state]} at sequence ${replay.path.feeds[f]!.nextSeq}: nothing is traded on it behind a hole, since nobody can be asked for what the capture does not have`,
      );
    }
  }
  const doubtful = instruments.definitions.filter(
    (d, i) => d.session >= 0 && books[d.feed]!.flags(i) !== 0,
  );
  if (doubtful.length > 0) {
    const [first] = doubtful;
    const i = instruments.definitions.indexOf(first!);
    out.push(
      `books not to be trusted, and not traded on: ${doubtful.map((d) => d.symbol).join(", ")}; ${first!.symbol}: ${books[first!.feed]!.describeFlags(i)}`,
    );
  }
  if (replay.oversize > 0) {
    out.push(`${replay.oversize} packets were longer than a jumbo frame and left out`);
  }
  const absent = instruments.definitions.filter(
    (d, i) => d.session >= 0 && !books[d.feed]!.isSeen(i),
  );
  const traded = instruments.definitions.filter((d) => d.session >= 0);
  if (absent.length > 0 && absent.length < traded.length) {
    out.push(
      `instruments that do not occur in the capture: ${absent.map((d) => d.symbol).join(", ")}`,
    );
  }
  return out;
}

function faults(capture: string, engine: EngineOptions, result: RunResult): string[] {
  const { replay } = result;
  const { books, instruments } = replay.path;
  const out: string[] = [];
  if (result.captureFault !== undefined) out.push(result.captureFault);
  if (replay.fault !== "") out.push(replay.fault);
  if (result.misfits.length > 0) {
    return [...out, ...result.misfits.map((sentence) => `${capture}: ${sentence}`)];
  }
  const traded = instruments.definitions.filter((d) => d.session >= 0);
  const isNone = instruments.definitions.every(
    (d, i) => d.session < 0 || !books[d.feed]!.isSeen(i),
  );
  if (traded.length > 0 && isNone) {
    const shown = traded.slice(0, 8).map((d) => d.feedSymbol);
    out.push(
      `${capture}: none of the instruments of engine ${engine.name} (${shown.join(", ")}${traded.length > 8 ? ", ..." : ""}) occurs in it`,
    );
  }
  return out;
}

/** Sums of floating point, without their dust: 1/10000 of currency is the smallest price step. */
function cents(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
