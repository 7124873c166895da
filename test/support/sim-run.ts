/** Orders, an order session and the simulated venue together, killed and restored in the middle. */
import { expect } from "bun:test";
import fc from "fast-check";
import { Instruments } from "../../src/book/instruments.ts";
import type { Clock } from "../../src/core/clock.ts";
import * as C from "../../src/core/codes.ts";
import * as L from "../../src/ffi/layout.ts";
import type { Execution, ExecutionSink, OrderSession } from "../../src/fix/order/execution.ts";
import type { Journal } from "../../src/journal/journal.ts";
import type { Stream } from "../../src/net/stream.ts";
import type { EngineSession } from "../../src/order/engine-session.ts";
import { Orders } from "../../src/order/orders.ts";
import { Exposure } from "../../src/risk/exposure.ts";
import { Gate } from "../../src/risk/gate.ts";
import { Positions } from "../../src/risk/positions.ts";
import { GateSwitch } from "../../src/risk/switch.ts";
import type { SimOptionsInput } from "../../src/sim/options.ts";
import type { SessionReport } from "../../src/sim/report.ts";
import { type Accept, VenueStream } from "../../src/sim/venue-stream.ts";
import { definition, LIMITS, MemoryJournal, TestBook } from "../unit/order/harness.ts";
import { makeVenue, type Venue } from "./sim-venue.ts";

export const SLOTS = 32;

export interface SessionParts {
  stream: Stream;
  journal: Journal;
  sink: ExecutionSink;
  clock: Clock;
  instruments: Instruments;
  counters: Float64Array;
  sequences: { nextOut: number; nextIn: number };
}

/** By which protocol, and how it is told of the orders and of the journal. */
export interface Protocol {
  accept(venue: Venue): Accept;
  make(parts: SessionParts): SimSession;
  attach?(session: SimSession, orders: Orders): void;
  restore?(session: SimSession, type: number, words: Int32Array, at: number): void;
  /** Longest time until it is up, ms. */
  upMs: number;
}

export type SimSession = OrderSession & EngineSession;

/** Sessions are built before Orders. */
class Relay implements ExecutionSink {
  to: Orders | undefined;
  onExecutionReport(x: Execution): void {
    this.to!.onExecutionReport(x);
  }
  onCancelReject(x: Execution): void {
    this.to!.onCancelReject(x);
  }
  onMessageReject(session: number, refSeq: number, reason: number): void {
    this.to!.onMessageReject(session, refSeq, reason);
  }
  onNeverReached(session: number, refSeq: number): void {
    this.to!.onNeverReached(session, refSeq);
  }
  mayResend(session: number, refSeq: number, ageNs: number): boolean {
    return this.to!.mayResend(session, refSeq, ageNs);
  }
  onSessionState(session: number, state: number): void {
    this.to!.onSessionState(session, state);
  }
  onSynced(session: number): void {
    this.to!.onSynced(session);
  }
}

/** What the journal says of the session's numbers. */
function sequences(journal: MemoryJournal) {
  const { words } = journal;
  let nextOut = 1;
  let nextIn = 1;
  for (const { type, at } of journal.entries) {
    if (type === L.HP_JR_INTENT) nextOut = words[at + L.HP_JR_INTENT__MSG_SEQ_W]! + 1;
    else if (type === L.HP_JR_NOT_SENT) nextOut = words[at + L.HP_JR_SENT__MSG_SEQ_W]!;
    else if (type === L.HP_JR_EXEC) nextIn = words[at + L.HP_JR_EXEC__MSG_SEQ_W]! + 1;
    else if (type >= L.HP_JR_SESSION_OUT && type <= L.HP_JR_SESSION_RESET) {
      nextOut = words[at + L.HP_JR_SESSION__NEXT_OUT_W]! || nextOut;
      nextIn = words[at + L.HP_JR_SESSION__NEXT_IN_W]! || nextIn;
    }
  }
  return { nextOut, nextIn };
}

export class Run {
  readonly orders: Orders;
  readonly session: SimSession;
  readonly positions: Positions;
  readonly exposure: Exposure;
  kills = 0;
  private readonly venue: Venue;

  constructor(venue: Venue, journal: MemoryJournal, epoch: number, protocol: Protocol) {
    this.venue = venue;
    const instruments = new Instruments([definition("AAPL")]);
    const clock: Clock = { now: () => venue.clock.nowNs(), wallOffsetNs: 0 };
    const counters = new Float64Array(256);
    const gateSwitch = new GateSwitch();
    gateSwitch.armed = true;
    gateSwitch.guardAlive = true;
    const kill = {
      kill: (bits: number) => {
        this.kills |= bits;
      },
    };
    const relay = new Relay();
    const stream = new VenueStream(protocol.accept(venue));
    this.session = protocol.make({
      stream,
      journal,
      sink: relay,
      clock,
      instruments,
      counters,
      sequences: sequences(journal),
    });
    this.positions = new Positions(instruments);
    this.exposure = new Exposure(instruments, this.positions);
    const gate = new Gate({
      limits: { ...LIMITS, maxPosition: 1e6, maxExposure: 1e9 },
      instruments,
      positions: this.positions,
      exposure: this.exposure,
      books: [new TestBook(0)],
      bookHealth: { bookFlags: () => 0 },
      status: new Int32Array([C.STATUS_TRADING]),
      feedState: new Int32Array([C.FEED_LIVE]),
      sessions: [this.session],
      journal,
      gateSwitch,
      kill,
      counters,
    });
    this.orders = new Orders({
      slots: SLOTS,
      epoch,
      instruments,
      gate,
      sessions: [this.session],
      sessionRx: [stream.rx],
      journal,
      clock,
      gateSwitch,
      kill,
      counters,
    });
    relay.to = this.orders;
    protocol.attach?.(this.session, this.orders);
    for (const { type, at } of journal.entries) {
      this.orders.restore(type, journal.words, at, journal.doubles);
      protocol.restore?.(this.session, type, journal.words, at);
    }
    expect(this.orders.finishRestore()).toBe(0);
    const at = journal.begin(L.HP_JR_START, L.HP_JR_STATE_SIZE);
    journal.words.fill(0, at, at + L.HP_JR_STATE_SIZE / 4);
    journal.commit(0);
    this.session.start();
    this.turns(30);
    for (let ms = 30; ms < protocol.upMs && this.session.state !== C.SESSION_UP; ms++)
      this.turns(1);
    expect(this.session.state).toBe(C.SESSION_UP);
  }

  turns(ms: number): void {
    for (let i = 0; i < ms; i++) {
      this.venue.run(1);
      this.session.poll(this.venue.clock.nowNs());
      this.orders.poll(this.venue.clock.nowNs());
    }
  }

  states(): number[] {
    const { table } = this.orders;
    return [...table.live.slice(0, table.liveCount)].map((slot) => table.state(slot));
  }
}

const stepArb = fc.record({
  do: fc.constantFrom("buy", "sell", "buy", "sell", "replace", "cancel", "turn", "turn", "crash"),
  pick: fc.nat(SLOTS - 1),
  qty: fc.integer({ min: 1, max: 300 }),
  ticks: fc.integer({ min: -5, max: 5 }),
  ioc: fc.boolean(),
});

/** Records that a crash may find not yet written, though what they tell of has happened. */
const LATE = new Set([L.HP_JR_EXEC, L.HP_JR_SESSION_IN, L.HP_JR_SENT, L.HP_JR_FATE]);

/**
 * Random orders and crashes; after each no fate is unknown, no order was sent twice, positions are the
 * venue's. `agree`: what else must be so at the end of a run.
 */
export function survivesCrashes(
  options: SimOptionsInput,
  protocol: Protocol,
  numRuns: number,
  agree: (run: Run, report: SessionReport) => void,
): { crashes: number; shares: number } {
  const tally = { crashes: 0, shares: 0 };
  fc.assert(
    fc.property(fc.array(stepArb, { minLength: 20, maxLength: 80 }), (steps) => {
      const venue = makeVenue(options);
      const journal = new MemoryJournal(1 << 22);
      let epoch = 1;
      let run = new Run(venue, journal, epoch, protocol);
      for (const s of [...steps, { do: "crash", pick: 3, qty: 1, ticks: 0, ioc: false }]) {
        const px = 1_000_000 + s.ticks * 100;
        if (s.do === "buy") run.orders.send(0, 0, 1, s.qty, px, s.ioc ? C.ORDER_IOC : 0);
        else if (s.do === "sell") run.orders.send(0, 0, -1, s.qty, px, 0);
        else if (s.do === "replace") run.orders.replace(-1, s.pick, s.qty, px);
        else if (s.do === "cancel") run.orders.cancel(-1, s.pick);
        else if (s.do === "turn") run.turns(1);
        else {
          // The process is gone: the venue sees its socket close, the last records may be missing.
          run.session.stop();
          tally.crashes++;
          for (let n = s.pick % 8; n > 0; n--) {
            if (!LATE.has(journal.entries[journal.entries.length - 1]!.type)) break;
            journal.entries.pop();
          }
          run = new Run(venue, journal, ++epoch, protocol);
        }
        expect(run.kills).toBe(0);
      }
      run.turns(30);
      const report = venue.exchange.report().sessions[0]!;
      expect(report.duplicates).toEqual([]);
      expect(run.states().filter((state) => state !== C.ORDER_OPEN)).toEqual([]);
      expect(run.exposure.buyQty[0]! + run.exposure.sellQty[0]!).toBe(
        report.orders.reduce((sum, o) => sum + (o.state === "open" ? o.leaves : 0), 0),
      );
      const position = report.positions[0];
      expect(run.positions.qty[0]).toBe(position?.position ?? 0);
      // Our orders trade with each other: every share traded paid the maker's and the taker's fee.
      const traded = position?.bought ?? 0;
      expect(run.positions.fees(0)).toBeCloseTo(traded * (0.003 - 0.002), 4);
      tally.shares += traded;
      agree(run, report);
    }),
    { numRuns },
  );
  return tally;
}
