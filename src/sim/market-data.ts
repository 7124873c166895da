/**
 * Market data by FIX: takes MarketDataRequest (V) and SecurityStatusRequest (e) on any session, and
 * tells the books by price level, as snapshots (W) and incremental refreshes (X). FIX 4.4 volume 3;
 * RptSeq (83) numbers the updates of a symbol on a session.
 */
import { SIDE_BUY, SIDE_SELL } from "../core/codes.ts";
import { type Fields, type FixMessage, pxText } from "./fix-message.ts";
import type { FixSession } from "./fix-session.ts";
import { levelChanges, type PlainLevel, plainLevels } from "./level-changes.ts";
import type { TradingState } from "./matching.ts";
import type { PriceLevels } from "./price-levels.ts";

export interface MarketDataCounters {
  requests: number;
  rejects: number;
  snapshots: number;
  updates: number;
  entries: number;
  statuses: number;
  /** Updates numbered and not sent: a fault. */
  dropped: number;
}

/** What it reads of the exchange. */
export interface MarketDataSource {
  readonly symbols: readonly string[];
  side(symbol: number, side: number): PriceLevels;
  state(symbol: number): TradingState;
  lastPx(symbol: number): number;
}

interface Subscription {
  session: FixSession;
  id: string;
  symbols: number[];
  /** 0 = the whole book. */
  depth: number;
  full: boolean;
  trades: boolean;
  /** What the client was told last, by symbol: bids, asks. */
  told: Map<number, [PlainLevel[], PlainLevel[]]>;
}

interface Trade {
  symbol: number;
  px: number;
  qty: number;
  /** AggressorSide (2446), 0 = none. */
  aggressor: number;
}

/** MDReqRejReason (281). */
const UNKNOWN_SYMBOL = "0";
const DUPLICATE_ID = "1";
const UNSUPPORTED_TYPE = "4";
const UNSUPPORTED_DEPTH = "5";
/** More would not fit into a message that an engine takes. */
const ENTRIES_MAX = 100;
/** SecurityTradingStatus (326): halt, halt, price indication, ready to trade. */
const STATUS_CODES: Record<TradingState, number> = { H: 2, P: 2, Q: 5, T: 17 };

export class MarketData {
  readonly counters: MarketDataCounters = {
    requests: 0,
    rejects: 0,
    snapshots: 0,
    updates: 0,
    entries: 0,
    statuses: 0,
    dropped: 0,
  };
  private subscriptions: Subscription[] = [];
  private readonly statusOf: { session: FixSession; id: string; symbol: number }[] = [];
  private readonly dirty = new Set<number>();
  private trades: Trade[] = [];
  /** By session, then symbol. */
  private readonly rptSeqs = new Map<FixSession, number[]>();

  constructor(private readonly source: MarketDataSource) {}

  /** True for the message types that are its own. */
  static takes(type: string): boolean {
    return type === "V" || type === "e";
  }

  onMessage(session: FixSession, message: FixMessage): void {
    // What happened before the request is not in its updates.
    this.flush();
    this.counters.requests++;
    if (message.type === "e") this.onStatusRequest(session, message);
    else this.onRequest(session, message);
  }

  onDisconnect(session: FixSession): void {
    this.subscriptions = this.subscriptions.filter((s) => s.session !== session);
    for (let k = this.statusOf.length - 1; k >= 0; k--) {
      if (this.statusOf[k]!.session === session) this.statusOf.splice(k, 1);
    }
    this.rptSeqs.delete(session);
  }

  /** The book of a symbol may have changed. */
  touch(symbol: number): void {
    this.dirty.add(symbol);
  }

  /** side: the taker's, 0 = an auction. */
  trade(symbol: number, px: number, qty: number, side: number): void {
    this.dirty.add(symbol);
    const aggressor = side === SIDE_BUY ? 1 : side === SIDE_SELL ? 2 : 0;
    this.trades.push({ symbol, px, qty, aggressor });
  }

  status(symbol: number, state: TradingState): void {
    for (const asked of this.statusOf) {
      if (asked.symbol === symbol) this.sendStatus(asked.session, asked.id, symbol, state);
    }
  }

  /** Tells what changed since the last call. */
  flush(): void {
    if (this.dirty.size === 0) return;
    for (const subscription of this.subscriptions) {
      if (subscription.full) this.refresh(subscription);
      else this.update(subscription);
    }
    this.dirty.clear();
    this.trades = [];
  }

  // ---- requests ---------------------------------------------------------------------------------

  private onRequest(session: FixSession, message: FixMessage): void {
    const id = message.text(262);
    const type = message.text(263);
    const isOwn = (s: Subscription) => s.session === session && s.id === id;
    if (type === "2") {
      this.subscriptions = this.subscriptions.filter((s) => !isOwn(s));
      return;
    }
    const symbols = message.all(55).map((symbol) => this.source.symbols.indexOf(symbol));
    const depth = message.int(264);
    if (type !== "0" && type !== "1") this.reject(session, id, UNSUPPORTED_TYPE);
    else if (this.subscriptions.some(isOwn)) this.reject(session, id, DUPLICATE_ID);
    else if (depth < 0) this.reject(session, id, UNSUPPORTED_DEPTH);
    else if (symbols.length === 0 || symbols.includes(-1)) this.reject(session, id, UNKNOWN_SYMBOL);
    else {
      const trades = message.all(269).includes("2");
      const full = message.text(265) === "0";
      const told: Subscription["told"] = new Map();
      const subscription = { session, id, symbols, depth, full, trades, told };
      for (const symbol of symbols) this.snapshot(subscription, symbol);
      if (type === "1") this.subscriptions.push(subscription);
    }
  }

  private reject(session: FixSession, id: string, reason: string): void {
    this.counters.rejects++;
    session.send("Y", [
      [262, id],
      [281, reason],
    ]);
  }

  private onStatusRequest(session: FixSession, message: FixMessage): void {
    const id = message.text(324);
    const symbol = this.source.symbols.indexOf(message.text(55));
    if (symbol < 0) {
      session.send("j", [
        [45, message.seq],
        [372, "e"],
        [380, 2],
        [58, "unknown security"],
      ]);
      return;
    }
    if (message.text(263) === "1") this.statusOf.push({ session, id, symbol });
    this.sendStatus(session, id, symbol, this.source.state(symbol));
  }

  private sendStatus(session: FixSession, id: string, symbol: number, state: TradingState): void {
    this.counters.statuses++;
    session.send("f", [
      [324, id],
      [55, this.source.symbols[symbol]!],
      [326, STATUS_CODES[state]],
    ]);
  }

  // ---- books ------------------------------------------------------------------------------------

  private snapshot(s: Subscription, symbol: number): void {
    this.counters.snapshots++;
    const sides = this.levelsOf(s, symbol);
    s.told.set(symbol, sides);
    const entries: Fields = [];
    let count = 0;
    sides.forEach((levels, side) => {
      for (const level of levels) {
        entries.push([269, String(side)], [270, pxText(level.px)], [271, level.qty]);
        entries.push([346, level.count]);
        count++;
      }
    });
    if (count === 0) {
      entries.push([269, "J"]);
      count = 1;
    }
    s.session.send("W", [
      [262, s.id],
      [55, this.source.symbols[symbol]!],
      [83, this.rptSeqsOf(s.session)[symbol]!],
      [268, count],
      ...entries,
    ]);
  }

  private refresh(s: Subscription): void {
    for (const symbol of s.symbols) {
      if (!this.dirty.has(symbol)) continue;
      this.rptSeqsOf(s.session)[symbol]!++;
      this.snapshot(s, symbol);
    }
  }

  private update(s: Subscription): void {
    const entries: Fields[] = [];
    for (const symbol of s.symbols) {
      if (this.dirty.has(symbol)) entries.push(...this.changesOf(s, symbol));
    }
    for (let from = 0; from < entries.length; from += ENTRIES_MAX) {
      const part = entries.slice(from, from + ENTRIES_MAX);
      this.counters.updates++;
      this.counters.entries += part.length;
      this.sendUpdate(s, part);
    }
  }

  private sendUpdate(s: Subscription, entries: Fields[]): void {
    const { faults, outbox } = s.session;
    if (faults.dropMarketData > 0) {
      faults.dropMarketData--;
      this.counters.dropped++;
    } else if (faults.loseMarketData > 0) {
      faults.loseMarketData--;
      this.counters.dropped++;
      // What is administrative is filled over.
      outbox.add("0", []);
    } else {
      const isWrong = faults.miscountMarketData > 0;
      if (isWrong) faults.miscountMarketData--;
      const count = entries.length + (isWrong ? 1 : 0);
      s.session.send("X", [[262, s.id], [268, count], ...entries.flat()]);
    }
  }

  /** Entries of one symbol: its trades, then the levels that are not as they were told. */
  private changesOf(s: Subscription, symbol: number): Fields[] {
    const name = this.source.symbols[symbol]!;
    const rptSeqs = this.rptSeqsOf(s.session);
    const entry = (action: string, type: string, fields: Fields): Fields => [
      [279, action],
      [269, type],
      [55, name],
      ...fields,
      [83, ++rptSeqs[symbol]!],
    ];
    const out: Fields[] = [];
    for (const trade of s.trades ? this.trades : []) {
      if (trade.symbol !== symbol) continue;
      const fields: Fields = [
        [270, pxText(trade.px)],
        [271, trade.qty],
      ];
      out.push(
        entry("0", "2", trade.aggressor === 0 ? fields : [...fields, [2446, trade.aggressor]]),
      );
    }
    const before = s.told.get(symbol)!;
    const now = this.levelsOf(s, symbol);
    s.told.set(symbol, now);
    now.forEach((levels, side) => {
      for (const { action, level } of levelChanges(before[side]!, levels)) {
        const fields: Fields = [[270, pxText(level.px)]];
        if (action !== "2") fields.push([271, level.qty], [346, level.count]);
        out.push(entry(action, String(side), fields));
      }
    });
    return out;
  }

  private levelsOf(s: Subscription, symbol: number): [PlainLevel[], PlainLevel[]] {
    return [
      plainLevels(this.source.side(symbol, SIDE_BUY), s.depth),
      plainLevels(this.source.side(symbol, SIDE_SELL), s.depth),
    ];
  }

  private rptSeqsOf(session: FixSession): number[] {
    let found = this.rptSeqs.get(session);
    if (found === undefined) {
      found = this.source.symbols.map(() => 1);
      this.rptSeqs.set(session, found);
    }
    return found;
  }
}
