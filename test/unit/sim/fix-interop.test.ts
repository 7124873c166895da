/** The product's FIX initiator against the simulator's acceptor, without sockets. */
import { expect, test } from "bun:test";
import { Instruments } from "../../../src/book/instruments.ts";
import type { Clock } from "../../../src/core/clock.ts";
import { ORDER_IOC, SESSION_STATE_NAMES, SIDE_BUY, SIDE_SELL } from "../../../src/core/codes.ts";
import { loadDictionary } from "../../../src/fix/dictionary/load.ts";
import type { Execution, ExecutionSink } from "../../../src/fix/order/execution.ts";
import { FixOrderSession } from "../../../src/fix/order/order-session.ts";
import { createNullJournal } from "../../../src/journal/null-journal.ts";
import { VenueStream } from "../../../src/sim/venue-stream.ts";
import { definition, newCounters } from "../../support/market.ts";
import { makeVenue, QUIET, type Venue } from "../../support/sim-venue.ts";

/** What the order side would hear, as text. */
class Heard implements ExecutionSink {
  readonly lines: string[] = [];
  synced = 0;

  onExecutionReport(e: Execution): void {
    const type = String.fromCharCode(e.execType);
    const status = String.fromCharCode(e.ordStatus);
    const fill = type === "F" ? ` ${e.lastQty}@${e.lastPx}` : "";
    const dup = e.possDup === 1 ? " again" : "";
    this.lines.push(`${type}/${status} ${e.slot}.${e.generation} left ${e.leavesQty}${fill}${dup}`);
  }
  onCancelReject(e: Execution): void {
    this.lines.push(`cancel-reject ${e.origSlot}.${e.origGeneration} reason ${e.reason}`);
  }
  onMessageReject(_session: number, refSeq: number, reason: number): void {
    this.lines.push(`reject ${refSeq} ${reason}`);
  }
  onNeverReached(_session: number, refSeq: number): void {
    this.lines.push(`never reached ${refSeq}`);
  }
  mayResend(): boolean {
    return false;
  }
  onSessionState(_session: number, state: number): void {
    this.lines.push(SESSION_STATE_NAMES[state]!);
  }
  onSynced(): void {
    this.synced++;
  }

  take(): string[] {
    return this.lines.splice(0);
  }
}

function connect(venue: Venue) {
  const clock: Clock = { now: () => venue.clock.nowNs(), wallOffsetNs: 0 };
  const heard = new Heard();
  const make = (sequences: { nextOut: number; nextIn: number }) =>
    new FixOrderSession({
      index: 0,
      stream: new VenueStream((transport) => venue.exchange.accept(transport)),
      journal: createNullJournal(),
      sink: heard,
      clock,
      dictionary: loadDictionary("FIX44"),
      instruments: new Instruments([definition("AAPL")]),
      sessionStartS: Date.UTC(2026, 10, 20) / 1000,
      counters: newCounters(),
      senderCompId: "HAIRPIN",
      targetCompId: "VENUE",
      idPrefix: "HP",
      heartbeatS: 30,
      sequences,
    });
  const run = (session: FixOrderSession, ms = 20) => {
    for (let i = 0; i < ms; i++) {
      venue.run(1);
      session.poll(venue.clock.nowNs());
    }
  };
  return { heard, make, run };
}

test("logs on, trades, replaces and cancels", () => {
  const venue = makeVenue(QUIET);
  const { heard, make, run } = connect(venue);
  const session = make({ nextOut: 1, nextIn: 1 });
  session.start();
  run(session);
  expect(heard.take()).toEqual(["connecting", "logon-sent", "syncing", "up"]);
  expect(heard.synced).toBe(1);

  expect(session.sendNew(5, 1, 0, SIDE_SELL, 300, 1_000_000, 0)).toBeGreaterThan(0);
  expect(session.sendNew(6, 1, 0, SIDE_BUY, 100, 1_000_000, ORDER_IOC)).toBeGreaterThan(0);
  run(session);
  expect(heard.take()).toEqual([
    "0/0 5.1 left 300",
    "0/0 6.1 left 100",
    "F/1 5.1 left 200 100@1000000",
    "F/2 6.1 left 0 100@1000000",
  ]);
  session.sendReplace(5, 2, 1, 0, SIDE_SELL, 400, 1_010_000, 0);
  session.sendCancel(5, 3, 2, 0, SIDE_SELL, 400);
  session.sendCancel(5, 4, 2, 0, SIDE_SELL, 400);
  session.sendStatusRequest(9, 1, 0, SIDE_BUY);
  run(session);
  expect(heard.take()).toEqual([
    "5/1 5.2 left 300",
    "4/4 5.3 left 0",
    "cancel-reject 5.2 reason 0",
    "I/8 9.1 left 0",
  ]);
  expect(venue.exchange.report().sessions[0]).toMatchObject({
    nextIn: session.nextOut(),
    nextOut: session.nextIn(),
  });
});

test("hears after a restart what the venue canceled meanwhile, and syncs both ways", () => {
  const venue = makeVenue(QUIET);
  const { heard, make, run } = connect(venue);
  const session = make({ nextOut: 1, nextIn: 1 });
  session.start();
  run(session);
  session.sendNew(5, 1, 0, SIDE_BUY, 300, 990_000, 0);
  run(session);
  heard.take();
  const nextIn = session.nextIn();
  // An order whose bytes never left: its number is used up, and the venue asks for it.
  const nextOut = session.nextOut() + 1;
  session.stop();
  heard.take();

  const again = make({ nextOut, nextIn });
  again.start();
  run(again);
  const lines = heard.take();
  expect(lines).toContain("4/4 5.1 left 0 again");
  expect(lines).toContain(`never reached ${nextOut - 1}`);
  expect(lines.at(-1)).toBe("up");
  expect(venue.exchange.report().sessions[0]).toMatchObject({
    nextIn: again.nextOut(),
    nextOut: again.nextIn(),
  });
});
