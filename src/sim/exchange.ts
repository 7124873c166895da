/**
 * The exchange: matching engine, feed, re-request server, order sessions and background flow, on a
 * clock and transports that somebody else brings. One call of tick() is one turn; nothing happens
 * between calls, so that a test or a replay drives it step by step.
 *
 *   order sessions ─┐                    ┌─▶ feed writer ─▶ publisher ─▶ lines
 *                   ├─▶ matching engine ─┤
 *   flow, schedule ─┘                    └─▶ order desk ─▶ sessions
 */
import type { VenueSession } from "./desk-session.ts";
import { DropCopyDesk, type DropCopyFaults } from "./drop-copy.ts";
import type { VenueFaults } from "./faults.ts";
import { FixAcceptor } from "./fix-acceptor.ts";
import { FixMessage } from "./fix-message.ts";
import type { FixApplication } from "./fix-session.ts";
import { Flow } from "./flow.ts";
import { makeFeed } from "./make-feed.ts";
import { MarketData } from "./market-data.ts";
import { MatchingEngine, type MatchingSink, type TradingState } from "./matching.ts";
import { type SimOptions, toVenuePx } from "./options.ts";
import { OrderDesk } from "./order-desk.ts";
import { OuchAcceptor } from "./ouch-acceptor.ts";
import type { SomeRecoveryFaults } from "./recovery-faults.ts";
import { reportOf, type SimReport } from "./report.ts";
import { Schedule } from "./schedule.ts";
import type { FeedTransport, FixPeer, FixTransport, SimClock } from "./transport.ts";
import type { FeedWriter, VenueFeed } from "./venue-feed.ts";

export interface ExchangeEnvironment {
  clock: SimClock;
  feed: FeedTransport;
}

export class Exchange {
  readonly engine: MatchingEngine;
  readonly feed: VenueFeed;
  readonly acceptor: FixAcceptor;
  readonly ouch: OuchAcceptor;
  readonly desk: OrderDesk;
  readonly dropCopy: DropCopyDesk;
  readonly marketData: MarketData;
  readonly flow: Flow;
  readonly symbols: readonly string[];
  private readonly clock: SimClock;
  private readonly schedule: Schedule;
  private ended = false;

  constructor(
    readonly options: SimOptions,
    environment: ExchangeEnvironment,
  ) {
    const { clock } = environment;
    this.clock = clock;
    this.symbols = options.symbols.map((symbol) => symbol.symbol);
    this.feed = makeFeed(options, clock, environment.feed, (symbol, side) =>
      this.engine.side(symbol, side),
    );
    this.setRecoveryFaults(options.recoveryFaults);
    const flowSymbols = options.symbols.map(({ symbol, px, tick, lot }) => {
      const tickUnits = toVenuePx(tick, `tick of ${symbol}`);
      const pxUnits = toVenuePx(px, `px of ${symbol}`);
      return { px: pxUnits - (pxUnits % tickUnits), tick: tickUnits, lot };
    });
    const { makerFee, takerFee } = options;
    this.dropCopy = new DropCopyDesk(clock);
    this.desk = new OrderDesk({
      engine: () => this.engine,
      onReport: (fields) => this.dropCopy.onReport(fields),
      symbols: this.symbols,
      makerFee,
      takerFee,
      strictOrigId: options.fix.strictOrigId,
    });
    this.marketData = new MarketData({
      symbols: this.symbols,
      side: (symbol, side) => this.engine.side(symbol, side),
      state: (symbol) => this.engine.state(symbol),
      lastPx: (symbol) => this.engine.lastPx(symbol),
    });
    this.engine = new MatchingEngine({
      ticks: flowSymbols.map((symbol) => symbol.tick),
      firstRef: options.firstRef,
      sink: sinkOf(this.feed.writer, this.desk, this.marketData),
    });
    const { seed } = options;
    const { rate, ordersPerSymbol, haltEveryMs, haltMs, restrictEveryMs } = options.flow;
    const { engine } = this;
    this.flow = new Flow({
      seed,
      rate,
      ordersPerSymbol,
      symbols: flowSymbols,
      engine,
      onAction: () => this.flush(),
    });
    const symbolCount = this.symbols.length;
    const times = { haltEveryMs, haltMs, restrictEveryMs };
    this.schedule = new Schedule({ seed, symbolCount, ...times, engine });
    this.acceptor = new FixAcceptor({
      beginString: "FIX.4.4",
      venueCompId: options.fix.venueCompId,
      clients: options.fix.clients,
      acceptUnknown: options.fix.acceptUnknown,
      timeDigits: options.fix.timeDigits,
      resendEnd: options.fix.resendEnd,
      clock,
      application: applicationOf(this.desk, this.marketData),
      dropCopies: { clients: options.fix.dropCopies, desk: this.dropCopy },
    });
    this.ouch = new OuchAcceptor({
      session: options.ouch?.session ?? "",
      clients: options.ouch?.clients ?? [],
      clock,
      desk: this.desk,
    });
  }

  /** Every order session, those by FIX first. */
  sessions(): VenueSession[] {
    return [...this.acceptor.sessions, ...this.ouch.sessions];
  }

  /** Opens the day: system events, stock directory, first orders. */
  start(): void {
    this.feed.writer.open();
    this.flow.seedBooks();
    this.feed.flush(this.clock.nowNs());
  }

  /** One turn: what is due by the clock, then whatever it put on the feed. */
  tick(): void {
    const now = this.clock.nowNs();
    if (!this.ended) {
      this.flow.poll(now);
      if (this.flow.running) this.schedule.poll(now / 1e6);
    }
    this.acceptor.poll();
    this.ouch.poll();
    this.dropCopy.poll();
    this.marketData.flush();
    this.feed.poll(now);
  }

  /** A new FIX connection; give its bytes and its end to the peer returned. */
  accept(transport: FixTransport): FixPeer {
    return this.flushing(this.acceptor.accept(transport));
  }

  /** The same for OUCH. */
  acceptOuch(transport: FixTransport): FixPeer {
    return this.flushing(this.ouch.accept(transport));
  }

  private flushing(peer: FixPeer): FixPeer {
    return {
      onData: (bytes) => {
        peer.onData(bytes);
        this.flush();
      },
      onClose: () => {
        peer.onClose();
        this.flush();
      },
    };
  }

  /** Stops flow and schedule; orders of clients still match. Halts begun by the schedule end. */
  quiesce(): void {
    if (this.ended) return;
    this.flow.stop();
    this.schedule.finish();
    this.flush();
  }

  /** Starts the flow again. */
  resume(): void {
    this.flow.resume();
  }

  setState(symbol: string, state: TradingState): void {
    this.assertOpen();
    this.engine.setState(this.indexOf(symbol), state);
    this.flush();
  }

  setShortRestriction(symbol: string, restricted: boolean): void {
    this.assertOpen();
    this.engine.setShortRestriction(this.indexOf(symbol), restricted);
    this.flush();
  }

  setFaults(client: string, faults: Partial<VenueFaults>): void {
    this.sessionOf(client).setFaults(faults);
  }

  /** Those that are given. Throws where nobody can be asked by TCP. */
  setRecoveryFaults(faults: SomeRecoveryFaults): void {
    const given = Object.entries(faults).filter(([, value]) => value !== undefined);
    const { recovery } = this.feed;
    if (given.length === 0) return;
    if (recovery.faults === undefined) throw new Error("this feed has no recovery by TCP");
    Object.assign(recovery.faults, Object.fromEntries(given));
  }

  setDropCopyFaults(faults: Partial<DropCopyFaults>): void {
    this.dropCopy.setFaults(faults);
  }

  /** An order of a client that does not come by its session: a desk's, by telephone. */
  order(client: string, clOrdId: string, symbol: string, side: "1" | "2", qty: number, px: string) {
    this.assertOpen();
    if (this.acceptor.find(client) === undefined) throw new Error(`no FIX session of ${client}`);
    const fields = [
      ...([
        [35, "D"],
        [34, "1"],
        [11, clOrdId],
        [55, symbol],
        [54, side],
      ] as const),
      ...([
        [38, String(qty)],
        [40, "2"],
        [44, px],
        [59, "3"],
      ] as const),
    ];
    this.desk.onOrderMessage(this.sessionOf(client), new FixMessage(new Map(fields)));
    this.flush();
  }

  /** Closes a client's connection without a word. */
  drop(client: string): void {
    this.sessionOf(client).drop();
    this.flush();
  }

  /** Cancels a client's order, or all of them, without being asked; how many. */
  cancelUnsolicited(client: string, clOrdId?: string): number {
    this.assertOpen();
    const count = this.desk.cancelUnsolicited(this.sessionOf(client), clOrdId);
    this.flush();
    return count;
  }

  /** Busts a client's last match whose orders are done; its number. Throws when there is none. */
  bust(client: string): number {
    this.assertOpen();
    const busted = this.desk.bust(this.sessionOf(client));
    if (busted === undefined) throw new Error(`${client} has no match whose orders are all done`);
    this.feed.writer.broken(busted.symbol, busted.px, busted.qty, busted.match);
    this.flush();
    return busted.match;
  }

  /**
   * Ends the day: market close, end of session. Clients' orders are canceled, their sessions logged
   * out. Re-requests are still answered.
   */
  endSession(): void {
    if (this.ended) return;
    this.quiesce();
    for (const session of this.acceptor.sessions) {
      if (session.isConnected) session.logout("end of session");
    }
    this.ouch.endSession();
    this.feed.writer.close();
    this.ended = true;
    this.feed.endSession(this.clock.nowNs());
  }

  report(): SimReport {
    return reportOf(this);
  }

  /** Closes every connection. */
  stop(): void {
    this.flow.stop();
    this.acceptor.closeAll();
    this.ouch.closeAll();
    this.flush();
  }

  private flush(): void {
    this.marketData.flush();
    this.feed.flush(this.clock.nowNs());
  }

  private assertOpen(): void {
    if (this.ended) throw new Error("the session has ended");
  }

  private indexOf(symbol: string): number {
    const index = this.symbols.indexOf(symbol);
    if (index < 0) throw new Error(`no symbol ${symbol}; there are ${this.symbols.join(", ")}`);
    return index;
  }

  private sessionOf(client: string): VenueSession {
    const session = this.acceptor.find(client) ?? this.ouch.find(client);
    if (session === undefined) throw new Error(`no order session with client ${client}`);
    return session;
  }
}

/** Any session may ask for market data as well as trade. */
function applicationOf(desk: OrderDesk, marketData: MarketData): FixApplication {
  return {
    onOrderMessage(session, message) {
      if (MarketData.takes(message.type)) marketData.onMessage(session, message);
      else desk.onOrderMessage(session, message);
    },
    onDisconnect(session) {
      desk.onDisconnect(session);
      marketData.onDisconnect(session);
    },
  };
}

/** Feed first: what an order did is public before its owner hears of it. */
function sinkOf(writer: FeedWriter, desk: OrderDesk, data: MarketData): MatchingSink {
  return {
    onAccepted: (order) => desk.accepted(order),
    onRested(order) {
      data.touch(order.symbol);
      writer.rested(order);
    },
    onTraded(maker, taker, px, qty, match) {
      data.trade(maker.symbol, px, qty, taker.side);
      writer.executed(maker, taker, px, qty, match);
      desk.traded(maker, px, qty, 1, match);
      desk.traded(taker, px, qty, 2, match);
    },
    onReduced(order, qty) {
      data.touch(order.symbol);
      writer.reduced(order, qty);
    },
    onMoved(order, oldRef) {
      data.touch(order.symbol);
      writer.moved(order, oldRef);
    },
    onReplaced: (order) => desk.replaced(order),
    onUnlisted(order, ref) {
      data.touch(order.symbol);
      writer.deleted(order, ref);
    },
    onCanceled: (order) => desk.canceled(order),
    onCrossed(buy, sell, px, qty, match) {
      writer.executedAt(buy, px, qty, match);
      writer.executedAt(sell, px, qty, match);
      desk.traded(buy, px, qty, 2, match);
      desk.traded(sell, px, qty, 2, match);
    },
    onCross(symbol, px, qty, match) {
      data.trade(symbol, px, qty, 0);
      writer.cross(symbol, px, qty, match);
    },
    onStatus(symbol, state) {
      data.status(symbol, state);
      writer.status(symbol, state);
    },
    onShortRestriction: (symbol, on) => writer.shortRestriction(symbol, on),
  };
}
