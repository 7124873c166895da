/** Orders, their drop copy, both FIX sessions and the simulated venue, killed in the middle. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Instruments } from "../../src/book/instruments.ts";
import type { Clock } from "../../src/core/clock.ts";
import * as C from "../../src/core/codes.ts";
import { SinkRelay } from "../../src/engine/sink-relay.ts";
import * as L from "../../src/ffi/layout.ts";
import { loadDictionary } from "../../src/fix/dictionary/load.ts";
import { FixOrderSession } from "../../src/fix/order/order-session.ts";
import { FixSession } from "../../src/fix/session/session.ts";
import { DROP_COPY_FORGOTTEN } from "../../src/order/drop-copy/counters.ts";
import { DropCopy } from "../../src/order/drop-copy/drop-copy.ts";
import { Orders } from "../../src/order/orders.ts";
import { Exposure } from "../../src/risk/exposure.ts";
import { Gate } from "../../src/risk/gate.ts";
import { Positions } from "../../src/risk/positions.ts";
import { GateSwitch } from "../../src/risk/switch.ts";
import { VenueStream } from "../../src/sim/venue-stream.ts";
import { makeVenue, QUIET, type Venue } from "../support/sim-venue.ts";
import { definition, LIMITS, MemoryJournal, TestBook } from "../unit/order/harness.ts";

const dictionary = loadDictionary("FIX44");
const SESSIONS = 2;

/** What the journal says of each session's numbers, by the rules of journal/recover.ts. */
function sequences(journal: MemoryJournal) {
  const { words } = journal;
  const s = Array.from({ length: SESSIONS }, () => ({ nextOut: 1, nextIn: 1 }));
  for (const { type, at } of journal.entries) {
    const of = s[words[at + (type === L.HP_JR_INTENT ? L.HP_JR_INTENT__SESSION_W : 0)]!];
    if (of === undefined) continue;
    if (type === L.HP_JR_INTENT) of.nextOut = words[at + L.HP_JR_INTENT__MSG_SEQ_W]! + 1;
    else if (type === L.HP_JR_NOT_SENT) of.nextOut = words[at + L.HP_JR_SENT__MSG_SEQ_W]!;
    else if (type === L.HP_JR_EXEC || type === L.HP_JR_COPY) {
      of.nextIn = Math.max(of.nextIn, words[at + L.HP_JR_COPY__MSG_SEQ_W]! + 1);
    } else if (type >= L.HP_JR_SESSION_OUT && type <= L.HP_JR_SESSION_RESET) {
      if (type !== L.HP_JR_SESSION_IN) of.nextOut = words[at + L.HP_JR_SESSION__NEXT_OUT_W]!;
      if (type !== L.HP_JR_SESSION_OUT) of.nextIn = words[at + L.HP_JR_SESSION__NEXT_IN_W]!;
    }
  }
  return s;
}

class Run {
  readonly orders: Orders;
  readonly copy: DropCopy;
  readonly positions: Positions;
  readonly counters = new Float64Array(256);
  private readonly sessions: FixSession[];
  kills = 0;

  constructor(
    private readonly venue: Venue,
    journal: MemoryJournal,
    epoch: number,
  ) {
    const instruments = new Instruments([definition("AAPL")]);
    const clock: Clock = { now: () => venue.clock.nowNs(), wallOffsetNs: 0 };
    const { counters } = this;
    const gateSwitch = new GateSwitch();
    gateSwitch.armed = true;
    gateSwitch.guardAlive = true;
    const kill = {
      kill: (bits: number) => {
        this.kills |= bits;
      },
    };
    const relay = new SinkRelay();
    const numbers = sequences(journal);
    const streams = numbers.map(() => new VenueStream((t) => venue.exchange.accept(t)));
    const parts = (index: number, senderCompId: string) => ({
      ...{ index, senderCompId, journal, clock, dictionary, counters },
      stream: streams[index]!,
      sessionStartS: Date.UTC(2026, 10, 20) / 1000,
      targetCompId: "VENUE",
      heartbeatS: 30,
      sequences: numbers[index]!,
    });
    const session = new FixOrderSession({
      ...parts(0, "HAIRPIN"),
      ...{ sink: relay, instruments, idPrefix: "HP" },
    });
    this.positions = new Positions(instruments);
    const exposure = new Exposure(instruments, this.positions);
    const gate = new Gate({
      limits: { ...LIMITS, maxPosition: 1e6, maxExposure: 1e9 },
      ...{ instruments, positions: this.positions, exposure, journal, gateSwitch, kill, counters },
      books: [new TestBook(0)],
      bookHealth: { bookFlags: () => 0 },
      status: new Int32Array([C.STATUS_TRADING]),
      feedState: new Int32Array([C.FEED_LIVE]),
      sessions: [session],
    });
    this.orders = new Orders({
      ...{ slots: 32, epoch, instruments, gate, journal, clock, gateSwitch, kill, counters },
      sessions: [session],
      sessionRx: [streams[0]!.rx],
    });
    relay.orders = this.orders;
    this.copy = new DropCopy({
      ...{ session: 1, of: [0], instruments, gate, kill, journal, clock, counters },
      idPrefix: "HP",
      settleNs: 2e6,
      lateNs: 60e6,
      action: C.ON_DIFFERENCE_DENY,
      feedsPositions: true,
      executions: 4096,
    });
    this.orders.fold.trades.watchers = [this.copy.reconciliation];
    this.sessions = [session, new FixSession({ ...parts(1, "DROP"), application: this.copy })];
    for (const { type, at } of journal.entries) {
      this.orders.restore(type, journal.words, at, journal.doubles);
      this.copy.restore(type, journal.words, at);
    }
    expect(this.orders.finishRestore()).toBe(0);
    const at = journal.begin(L.HP_JR_START, L.HP_JR_STATE_SIZE);
    journal.words.fill(0, at, at + L.HP_JR_STATE_SIZE / 4);
    journal.commit(0);
    this.copy.begin(clock.now());
    for (const s of this.sessions) s.start();
    this.turns(40);
    expect(this.sessions.map((s) => s.state)).toEqual([C.SESSION_UP, C.SESSION_UP]);
  }

  turns(ms: number): void {
    for (let i = 0; i < ms; i++) {
      this.venue.run(1);
      const now = this.venue.clock.nowNs();
      for (const session of this.sessions) session.poll(now);
      this.orders.poll(now);
      this.copy.poll(now);
    }
  }

  /** The process is gone: the venue sees its sockets close. */
  die(): void {
    for (const session of this.sessions) session.stop();
  }
}

const stepArb = fc.record({
  do: fc.constantFrom("buy", "sell", "buy", "sell", "desk", "cancel", "turn", "turn", "crash"),
  pick: fc.nat(31),
  qty: fc.integer({ min: 1, max: 300 }),
  ticks: fc.integer({ min: -5, max: 5 }),
});

/** Records that a crash may find not yet written, though what they tell of has happened. */
const LATE = new Set([
  ...[L.HP_JR_EXEC, L.HP_JR_SESSION_IN, L.HP_JR_SENT, L.HP_JR_FATE],
  ...[L.HP_JR_COPY, L.HP_JR_DIFFERENCE],
]);

test("after any crash every fill agrees with its copy, and positions are the account's", () => {
  const seen = { crashes: 0, copies: 0, others: 0, repeated: 0 };
  fc.assert(
    fc.property(fc.array(stepArb, { minLength: 20, maxLength: 80 }), (steps) => {
      const fix = { clients: ["HAIRPIN", "DESK"], dropCopies: ["DROP"] };
      const venue = makeVenue({ ...QUIET, fix });
      const journal = new MemoryJournal(1 << 22);
      let epoch = 1;
      let run = new Run(venue, journal, epoch);
      steps.push({ do: "crash", pick: 3, qty: 1, ticks: 0 });
      for (const [k, s] of steps.entries()) {
        const px = 1_000_000 + s.ticks * 100;
        const side = s.pick % 2 === 0 ? "1" : "2";
        if (s.do === "buy") run.orders.send(0, 0, 1, s.qty, px, 0);
        else if (s.do === "sell") run.orders.send(0, 0, -1, s.qty, px, 0);
        else if (s.do === "cancel") run.orders.cancel(-1, s.pick);
        else if (s.do === "turn") run.turns(1);
        else if (s.do === "desk") {
          venue.exchange.order("DESK", `TEL${k}`, "AAPL", side, s.qty, (px / 1e4).toFixed(4));
        } else {
          run.die();
          seen.crashes++;
          for (let n = s.pick % 8; n > 0; n--) {
            if (!LATE.has(journal.entries[journal.entries.length - 1]!.type)) break;
            journal.entries.pop();
          }
          run = new Run(venue, journal, ++epoch);
        }
        expect(run.kills).toBe(0);
      }
      run.turns(100);
      const report = venue.exchange.report();
      const r = run.copy.reconciliation;
      expect([r.table.counts[1], r.differing, run.counters[DROP_COPY_FORGOTTEN]]).toEqual([
        0, 0, 0,
      ]);
      const held = report.sessions.map((session) => session.positions[0]?.position ?? 0);
      expect(run.positions.qty[0]).toBe(held[0]! + held[1]!);
      expect([r.ourTraded.net(0), r.theirTraded.net(0), r.otherTraded.net(0)]).toEqual([
        ...[held[0]!, held[0]!, held[1]!],
      ]);
      expect(r.own + r.others).toBe(report.desk.fills);
      seen.copies += r.own;
      seen.others += r.others;
      seen.repeated += r.repeated;
    }),
    { numRuns: 60 },
  );
  expect(seen.crashes).toBeGreaterThan(100);
  expect(seen.copies).toBeGreaterThan(100);
  expect(seen.others).toBeGreaterThan(20);
}, 60_000);
