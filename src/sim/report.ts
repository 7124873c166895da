/** What the venue knows, as JSON: for tests that compare an appliance with it. */
import { SIDE_BUY, SIDE_SELL } from "../core/codes.ts";
import type { PositionReport } from "./accounts.ts";
import type { OrderReport } from "./client-orders.ts";
import type { VenueSession } from "./desk-session.ts";
import type { Exchange } from "./exchange.ts";
import type { SessionCounters } from "./fix-session.ts";
import type { LineCounters } from "./lossy-line.ts";
import type { MarketDataCounters } from "./market-data.ts";
import type { TradingState } from "./matching.ts";
import type { DeskCounters } from "./order-desk.ts";
import type { RecoveryCounters } from "./venue-feed.ts";

/** One price level; px in 1/10000 of currency, so that it compares exactly. */
export interface LevelReport {
  px: number;
  qty: number;
  count: number;
}

export interface BookReport {
  symbol: string;
  state: TradingState;
  /** 1/10000; 0 before the first trade. */
  lastPx: number;
  /** Best first. */
  bids: LevelReport[];
  asks: LevelReport[];
}

export interface SessionReport {
  client: string;
  connected: boolean;
  /** Next MsgSeqNum that the venue expects, and that it sends. */
  nextIn: number;
  nextOut: number;
  orders: OrderReport[];
  /** ClOrdIDs received more than once. */
  duplicates: string[];
  positions: PositionReport[];
  /** Sums over the symbols, currency. */
  cash: number;
  fees: number;
  pnl: number;
  counters: SessionCounters;
}

export interface SimReport {
  session: string;
  /** Sequence number that the feed's next message has. */
  nextSequence: number;
  flowActions: number;
  lines: LineCounters[];
  rerequest: RecoveryCounters;
  desk: DeskCounters;
  marketData: MarketDataCounters;
  sessions: SessionReport[];
  books: BookReport[];
}

const SIDES = [SIDE_BUY, SIDE_SELL] as const;

export function reportOf(exchange: Exchange): SimReport {
  return {
    session: exchange.feed.session,
    nextSequence: exchange.feed.nextSequence,
    flowActions: exchange.flow.actions,
    lines: exchange.feed.counters().map((line) => ({ ...line })),
    rerequest: { ...exchange.feed.recovery.counters },
    desk: { ...exchange.desk.counters },
    marketData: { ...exchange.marketData.counters },
    sessions: exchange.sessions().map((session) => sessionReport(exchange, session)),
    books: exchange.symbols.map((_, index) => bookReport(exchange, index)),
  };
}

function sessionReport(exchange: Exchange, session: VenueSession): SessionReport {
  const orders = exchange.desk
    .ordersOf(session)
    .report()
    .map((order) => named(order, session));
  const positions = exchange.desk.accountsOf(session).report(
    (symbol) => exchange.symbols[symbol]!,
    (symbol) => exchange.engine.lastPx(symbol),
  );
  return {
    client: session.options.clientCompId,
    connected: session.isConnected,
    nextIn: session.nextIn,
    nextOut: session.nextOut,
    orders,
    duplicates: orders.filter((order) => order.received > 1).map((order) => order.ids[0]!),
    positions,
    cash: sum(positions, (position) => position.cash),
    fees: sum(positions, (position) => position.fees),
    pnl: sum(positions, (position) => position.total),
    counters: { ...session.counters },
  };
}

function named(order: OrderReport, session: VenueSession): OrderReport {
  if (session.nameOf === undefined) return order;
  const ids = order.ids.map((id) => session.nameOf!(id));
  return { ...order, ids, clOrdId: ids.at(-1)! };
}

function bookReport(exchange: Exchange, symbol: number): BookReport {
  const [bids, asks] = SIDES.map((side) => {
    const levels = exchange.engine.side(symbol, side);
    return Array.from({ length: levels.depth }, (_, k): LevelReport => {
      const { px, qty, count } = levels.at(k)!;
      return { px, qty, count };
    });
  });
  return {
    symbol: exchange.symbols[symbol]!,
    state: exchange.engine.state(symbol),
    lastPx: exchange.engine.lastPx(symbol),
    bids: bids!,
    asks: asks!,
  };
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
