/**
 * What the page is given: the recording with fewer samples, in seconds, one array per column. Notes
 * say in words what was left out.
 */
import { downSample } from "./down-sample.ts";
import type { LatencyGroup } from "./latency-bins.ts";
import { BINS_PER_DECADE, binLatency } from "./latency-bins.ts";
import type { Fill, MarketSamples, ReplayRecording } from "./recording.ts";
import { currencyOf, netOf, roundMoney } from "./recording.ts";

const S_NS = 1e9;
/** About the pixels across a plot. */
const EQUITY_BUCKETS = 1500;
/** Shared by all instruments. */
const MARKET_BUCKETS = 6000;
const MARKET_BUCKETS_MIN = 150;
const MARKET_BUCKETS_MAX = 1500;
/** Instruments that the page offers. */
export const MARKETS_MAX = 40;
/** Instruments in the plot of all positions. */
const POSITIONS_MAX = 8;
const POSITION_BUCKETS = 300;
/** Fills of one instrument that are all drawn. */
export const FILLS_MAX = 3000;

type Column = (number | null)[];

export interface PageMarket {
  symbol: string;
  currency: string;
  /** Seconds since the start of the session date. */
  x: number[];
  bid: Column;
  ask: Column;
  position: Column;
  fills: {
    x: number[];
    px: number[];
    isBuy: boolean[];
    qty: number[];
    fee: number[];
    isMaker: boolean[];
    order: string[];
  };
}

export interface PageData {
  currency: string;
  equity: { x: number[]; net: Column; realized: Column; unrealized: Column; fees: Column };
  /** Those with the most fills first. */
  markets: PageMarket[];
  /** Several positions over one time axis; each holds until it changes. */
  positions: { x: number[]; symbols: string[]; columns: Column[] };
  latency: { binsPerDecade: number; software: LatencyGroup; roundTrip: LatencyGroup };
}

export interface PageContent {
  data: PageData;
  /** One sentence each. */
  notes: string[];
}

export function pageData(r: ReplayRecording): PageContent {
  const notes: string[] = [];
  const fillsOf = fillsByInstrument(r);
  const order = r.markets
    .map((market, k) => ({ k, fills: fillsOf[k]!.length, samples: market.timeNs.length }))
    .sort((a, b) => b.fills - a.fills || b.samples - a.samples || a.k - b.k)
    .slice(0, MARKETS_MAX)
    .map(({ k }) => k);
  if (r.markets.length > order.length) {
    notes.push(
      `Of ${grouped(r.markets.length)} instruments, the ${order.length} with the most fills are on this page.`,
    );
  }
  const buckets = Math.round(
    Math.min(
      MARKET_BUCKETS_MAX,
      Math.max(MARKET_BUCKETS_MIN, MARKET_BUCKETS / Math.max(1, order.length)),
    ),
  );
  const markets = order.map((k) => marketData(r, k, fillsOf[k]!, buckets));
  const equity = equityData(r);
  tellSamples("equity", r.equity.timeNs.length, equity.x.length, notes);
  const all = order.reduce((sum, k) => sum + r.markets[k]!.timeNs.length, 0);
  const shown = markets.reduce((sum, m) => sum + m.x.length, 0);
  tellSamples("prices and positions", all, shown, notes);
  markets.forEach((m, i) => {
    const count = fillsOf[order[i]!]!.length;
    if (m.fills.x.length === count) return;
    notes.push(
      `${m.symbol}: of ${grouped(count)} fills, ${grouped(m.fills.x.length)} are drawn, of each short time the cheapest and the dearest of each side.`,
    );
  });
  const data: PageData = {
    currency: currencyOf(r),
    equity,
    markets,
    positions: positionsData(r),
    latency: {
      binsPerDecade: BINS_PER_DECADE,
      software: binLatency(r.software),
      roundTrip: binLatency(r.roundTrip),
    },
  };
  return { data, notes };
}

function tellSamples(what: string, all: number, shown: number, notes: string[]): void {
  if (shown >= all) return;
  notes.push(
    `Of ${grouped(all)} samples of ${what}, ${grouped(shown)} are drawn: of each short time the first, the last, the smallest and the largest.`,
  );
}

/** 1,234,567 */
function grouped(count: number): string {
  return count.toLocaleString("en-US");
}

function equityData({ equity }: ReplayRecording): PageData["equity"] {
  const net = equity.timeNs.map((_, i) => netOf(equity, i));
  const columns = [net, equity.realized, equity.unrealized, equity.fees];
  const kept = downSample(equity.timeNs, columns, EQUITY_BUCKETS);
  return {
    x: kept.map((i) => equity.timeNs[i]! / S_NS),
    net: pick(net, kept),
    realized: pick(equity.realized, kept),
    unrealized: pick(equity.unrealized, kept),
    fees: pick(equity.fees, kept),
  };
}

function marketData(r: ReplayRecording, k: number, fills: Fill[], buckets: number): PageMarket {
  const market = r.markets[k]!;
  const { symbol, currency } = r.instruments[k]!;
  const bid = market.bid.map(orNone);
  const ask = market.ask.map(orNone);
  const kept = downSample(market.timeNs, [bid, ask, market.position], buckets);
  const drawn = fills.length <= FILLS_MAX ? fills : fewerFills(fills);
  return {
    symbol,
    currency,
    x: kept.map((i) => market.timeNs[i]! / S_NS),
    bid: pick(bid, kept),
    ask: pick(ask, kept),
    position: pick(market.position, kept),
    fills: {
      x: drawn.map((f) => f.timeNs / S_NS),
      px: drawn.map((f) => roundMoney(f.px)),
      isBuy: drawn.map((f) => f.isBuy),
      qty: drawn.map((f) => f.qty),
      fee: drawn.map((f) => roundMoney(f.fee)),
      isMaker: drawn.map((f) => f.isMaker),
      order: drawn.map((f) => f.order),
    },
  };
}

function fewerFills(fills: Fill[]): Fill[] {
  const bySide = [true, false].flatMap((isBuy) => {
    const side = fills.filter((f) => f.isBuy === isBuy);
    const times = side.map((f) => f.timeNs);
    const kept = downSample(times, [side.map((f) => f.px)], Math.floor(FILLS_MAX / 8));
    return kept.map((i) => side[i]!);
  });
  return bySide.sort((a, b) => a.timeNs - b.timeNs);
}

/** Fills of each instrument, in order of time. */
function fillsByInstrument(r: ReplayRecording): Fill[][] {
  const lists: Fill[][] = r.instruments.map(() => []);
  for (const fill of r.fills) lists[fill.instrument]!.push(fill);
  for (const list of lists) list.sort((a, b) => a.timeNs - b.timeNs);
  return lists;
}

/** The largest positions together; none when fewer than two instruments had one. */
function positionsData(r: ReplayRecording): PageData["positions"] {
  const held = r.markets
    .map((market, k) => ({ k, market, peak: peakOf(market) }))
    .filter(({ peak }) => peak > 0)
    .sort((a, b) => b.peak - a.peak || a.k - b.k)
    .slice(0, POSITIONS_MAX);
  if (held.length < 2) return { x: [], symbols: [], columns: [] };
  const samples = held.map(({ market }) => {
    const kept = downSample(market.timeNs, [market.position], POSITION_BUCKETS);
    return { x: kept.map((i) => market.timeNs[i]!), y: pick(market.position, kept) };
  });
  const times = [...new Set(samples.flatMap((s) => s.x))].sort((a, b) => a - b);
  const columns = samples.map(({ x, y }) => {
    let at = -1;
    return times.map((ns) => {
      while (at + 1 < x.length && x[at + 1]! <= ns) at++;
      return at < 0 ? null : y[at]!;
    });
  });
  return {
    x: times.map((ns) => ns / S_NS),
    symbols: held.map(({ k }) => r.instruments[k]!.symbol),
    columns,
  };
}

function peakOf(market: MarketSamples): number {
  return market.position.reduce((peak, position) => Math.max(peak, Math.abs(position)), 0);
}

function orNone(px: number): number {
  return px === 0 ? Number.NaN : px;
}

function pick(column: readonly number[], kept: readonly number[]): Column {
  return kept.map((i) => (Number.isFinite(column[i]) ? roundMoney(column[i]!) : null));
}
