/** Orders, the FIX session and the simulated venue together, killed and restored in the middle. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Instruments } from "../../../src/book/instruments.ts";
import type { Clock } from "../../../src/core/clock.ts";
import * as C from "../../../src/core/codes.ts";
import * as L from "../../../src/ffi/layout.ts";
import { loadDictionary } from "../../../src/fix/dictionary/load.ts";
import type { Execution, ExecutionSink } from "../../../src/fix/order/execution.ts";
import { FixOrderSession } from "../../../src/fix/order/order-session.ts";
import { Orders } from "../../../src/order/orders.ts";
import { Exposure } from "../../../src/risk/exposure.ts";
import { Gate } from "../../../src/risk/gate.ts";
import { Positions } from "../../../src/risk/positions.ts";
import { GateSwitch } from "../../../src/risk/switch.ts";
import { VenueStream } from "../../../src/sim/venue-stream.ts";
import { makeVenue, QUIET, type Venue } from "../../support/sim-venue.ts";
import { definition, LIMITS, MemoryJournal, TestBook } from "./harness.ts";

const SLOTS = 32;
const dictionary = loadDictionary("FIX44");

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
      nextOut = words[at + L.HP_JR_SESSION__NEXT_OUT_W]!;
      nextIn = words[at + L.HP_JR_SESSION__NEXT_IN_W]!;
    }
  }
  return { nextOut, nextIn };
}

class Run {
  readonly orders: Orders;
  readonly session: FixOrderSession;
  readonly positions: Positions;
  readonly exposure: Exposure;
  kills = 0;
  private readonly venue: Venue;

  constructor(venue: Venue, journal: MemoryJournal, epoch: number) {
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
    const stream = new VenueStream((transport) => venue.exchange.accept(transport));
    this.session = new FixOrderSession({
      index: 0,
      stream,
      journal,
      sink: relay,
      clock,
      dictionary,
      instruments,
      sessionStartS: Date.UTC(2026, 10, 20) / 1000,
      counters,
      senderCompId: "HAIRPIN",
      targetCompId: "VENUE",
      idPrefix: "HP",
      heartbeatS: 30,
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
    for (const { type, at } of journal.entries) {
      this.orders.restore(type, journal.words, at, journal.doubles);
    }
    expect(this.orders.finishRestore()).toBe(0);
    const at = journal.begin(L.HP_JR_START, L.HP_JR_STATE_SIZE);
    journal.words.fill(0, at, at + L.HP_JR_STATE_SIZE / 4);
    journal.commit(0);
    this.session.start();
    this.turns(30);
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

test("after any crash no fate is unknown, no order is sent twice, and positions agree", () => {
  let crashes = 0;
  let shares = 0;
  fc.assert(
    fc.property(fc.array(stepArb, { minLength: 20, maxLength: 80 }), (steps) => {
      const venue = makeVenue(QUIET);
      const journal = new MemoryJournal(1 << 22);
      let epoch = 1;
      let run = new Run(venue, journal, epoch);
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
          crashes++;
          for (let n = s.pick % 8; n > 0; n--) {
            if (!LATE.has(journal.entries[journal.entries.length - 1]!.type)) break;
            journal.entries.pop();
          }
          run = new Run(venue, journal, ++epoch);
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
      shares += traded;
      expect(report).toMatchObject({
        nextIn: run.session.nextOut(),
        nextOut: run.session.nextIn(),
      });
    }),
    { numRuns: 40 },
  );
  expect(crashes).toBeGreaterThan(40);
  expect(shares).toBeGreaterThan(5000);
}, 30_000);
