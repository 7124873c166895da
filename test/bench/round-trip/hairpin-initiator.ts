/**
 * Our initiator of the round-trip bench: one order at a time, the next when the report has been read.
 * The session polls its socket without a pause, on the real shim, with the journal in a ring. Timed
 * from before the order is encoded to where the report's values have been handed over. Prints one line
 * of JSON (round-trips.h).
 *
 *   bun hairpin-initiator.ts PORT CORE WARM COUNT
 */
import { SESSION_UP, SIDE_BUY } from "../../../src/core/codes.ts";
import { FIX_BYTES_IN } from "../../../src/fix/counters.ts";
import { loadDictionary } from "../../../src/fix/dictionary/load.ts";
import type { Execution } from "../../../src/fix/order/execution.ts";
import { FixOrderSession } from "../../../src/fix/order/order-session.ts";
import { fixInstruments } from "../../support/fix-instruments.ts";
import { ORDER_PX, ORDER_QTY } from "../fix-messages.ts";
import { openRig, pollUntil, printFigures, type Rig, tcpStream } from "./rig.ts";

const SLOTS_MASK = 1023;
/** Brings the order to the length that all contestants send. */
const TEXT = "012345678901234567890123";

/** Keeps what the last report said. */
class Trader {
  reports = 0;
  slot = -1;
  lastQty = 0;

  onExecutionReport(execution: Execution): void {
    this.slot = execution.slot;
    this.lastQty = execution.lastQty;
    this.reports++;
  }

  onCancelReject(): void {}
  onMessageReject(): void {}
  onNeverReached(): void {}
  mayResend(): boolean {
    return false;
  }
  onSessionState(): void {}
  onSynced(): void {}
}

function openSession(rig: Rig, sink: Trader, port: number): FixOrderSession {
  const session = new FixOrderSession({
    index: 0,
    stream: tcpStream(rig, port),
    journal: rig.journal,
    sink,
    clock: rig.clock,
    dictionary: loadDictionary("FIX44"),
    instruments: fixInstruments(),
    sessionStartS: rig.sessionStartS,
    counters: rig.counters,
    senderCompId: "HAIRPIN",
    targetCompId: "EXCHANGE",
    staticTags: { 1: "ACCOUNT1", 21: "1", 100: "XNAS", 58: TEXT },
    idPrefix: "HP",
    heartbeatS: 30,
    resetOnLogon: true,
  });
  session.start();
  pollUntil(rig.clock, "the session", (now) => {
    session.poll(now);
    return session.state === SESSION_UP;
  });
  return session;
}

function main([port, core, warm, count]: number[]): void {
  const rig = openRig(core!);
  const { clock, shim, counters } = rig;
  const trader = new Trader();
  const session = openSession(rig, trader, port!);
  let generation = 0;
  /** One order and its report: ns. */
  const roundTrip = (): number => {
    const slot = ++generation & SLOTS_MASK;
    const before = trader.reports;
    const start = clock.now();
    const seq = session.sendNew(slot, generation, 0, SIDE_BUY, ORDER_QTY, ORDER_PX, 0, start);
    if (seq < 0) throw new Error(`the order was denied: ${seq}`);
    pollUntil(clock, "the report", (now) => {
      session.poll(now);
      return trader.reports !== before;
    });
    const ns = clock.now() - start;
    if (trader.slot !== slot || trader.lastQty !== ORDER_QTY) throw new Error("a strange report");
    return ns;
  };
  for (let i = 0; i < warm!; i++) roundTrip();
  const ns = new Float64Array(new ArrayBuffer(8 * count!));
  for (let i = 0; i < count!; i++) ns[i] = roundTrip();
  // One more, to see how long the messages are.
  let request = 0;
  const send = shim.hp_tcp_send;
  shim.hp_tcp_send = (stream, offset, length) => {
    request = length;
    return send(stream, offset, length);
  };
  const bytesIn = counters[FIX_BYTES_IN]!;
  roundTrip();
  printFigures(ns, request, counters[FIX_BYTES_IN]! - bytesIn);
  session.stop();
}

main(process.argv.slice(2).map(Number));
