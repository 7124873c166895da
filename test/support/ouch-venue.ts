import type { Instruments } from "../../src/book/instruments.ts";
import { ManualClock } from "../../src/core/clock.ts";
import type { OuchSessionOptions } from "../../src/ouch/options.ts";
import { describeOuch, type OuchRecord } from "../../src/ouch/ouch-fields.ts";
import { OuchOrderSession } from "../../src/ouch/ouch-order-session.ts";
import type { OrderLedger } from "../../src/ouch/ref-table.ts";
import { RecordingSink } from "./fake-venue.ts";
import { fixInstruments } from "./fix-instruments.ts";
import { MemoryJournal } from "./memory-journal.ts";
import { MemoryStream } from "./memory-stream.ts";
import { accountAnswer, soup, soupAccepted, soupPackets } from "./ouch-bytes.ts";

export const S = 1e9;
export const START_NS = 36_000 * S;

export const TERMS = {
  firm: "",
  capacity: "P",
  display: "Y",
  interMarketSweep: "N",
  timeInForce: "0",
};

/** Orders as a test says they are: by slot. */
export class FakeLedger implements OrderLedger {
  readonly orders = new Map<
    number,
    { first: number; last: number; live: boolean; qty: number; cum: number; pending: number }
  >();

  /** Generation of a replace under way. */
  pending = 0;

  open(slot: number, generation: number, qty: number, cum = 0, pending = 0): void {
    const last = generation + 1000;
    this.orders.set(slot, { first: generation, last, live: true, qty, cum, pending });
  }
  isCurrent(slot: number, generation: number): boolean {
    const order = this.orders.get(slot);
    return order !== undefined && generation >= order.first && generation <= order.last;
  }
  isLive(slot: number): boolean {
    return this.orders.get(slot)?.live === true;
  }
  qty(slot: number): number {
    return this.orders.get(slot)!.qty;
  }
  cum(slot: number): number {
    return this.orders.get(slot)!.cum;
  }
  pendingGeneration(): number {
    return this.pending;
  }
  px(): number {
    return 10_000;
  }
  pendingQty(slot: number): number {
    return this.orders.get(slot)!.pending;
  }
}

/** AAPL in 1/10000, ES in quarters, BRK in whole units, one of no session. */
export function ouchInstruments(): Instruments {
  return fixInstruments();
}

/** A scripted venue at the other end of an OUCH session in memory. */
export class FakeOuchVenue {
  readonly stream: MemoryStream;
  readonly journal: MemoryJournal;
  readonly sink = new RecordingSink();
  readonly ledger = new FakeLedger();
  readonly clock = new ManualClock(START_NS);
  readonly counters = new Float64Array(256);
  readonly session: OuchOrderSession;
  refused = 0;
  private read = 0;

  constructor(more: Partial<OuchSessionOptions> = {}, stream = new MemoryStream()) {
    this.stream = stream;
    this.journal = (more.journal as MemoryJournal | undefined) ?? new MemoryJournal();
    const sink = Object.assign(this.sink, { onRefusedReport: () => void this.refused++ });
    this.session = new OuchOrderSession({
      index: 0,
      stream,
      journal: this.journal,
      sink,
      clock: this.clock,
      instruments: ouchInstruments(),
      slots: 64,
      counters: this.counters,
      idPrefix: "HP",
      username: "me",
      password: "secret",
      terms: TERMS,
      ...more,
    });
    this.session.attach(this.ledger);
  }

  /** Packets the session sent since the last call. */
  take(): { type: string; payload: Uint8Array }[] {
    const bytes = Uint8Array.from(this.stream.sent.slice(this.read));
    this.read = this.stream.sent.length;
    return soupPackets(bytes);
  }

  /** Messages of orders among them. */
  takeOrders(): (OuchRecord | undefined)[] {
    return this.take()
      .filter((packet) => packet.type === "U")
      .map(({ payload }) => describeOuch("in", payload, 0, payload.length));
  }

  /** Raw bytes, then one poll. */
  push(bytes: Uint8Array): void {
    this.stream.push(bytes);
    this.poll();
  }

  /** Sequenced messages. */
  say(...messages: Uint8Array[]): void {
    for (const message of messages) this.stream.push(soup("S", message));
    this.poll();
  }

  poll(times = 1): void {
    for (let i = 0; i < times; i++) this.session.poll(this.clock.timeNs);
  }

  /** Moves the clock in steps of a tenth of a second, with a poll after each. */
  pass(seconds: number): void {
    for (let i = 0; i < seconds * 10; i++) {
      this.clock.timeNs += S / 10;
      this.poll();
    }
  }

  /** Connects and logs in; the answer to the account query is the caller's. */
  login(next = 1, name = "DAY1"): void {
    this.session.start();
    this.poll(2);
    this.read = 0;
    this.push(soupAccepted(name, next));
  }

  /** As far as UP. next: sequence number; ref: the next UserRefNum that the venue has not seen. */
  up(next = 1, ref = 1): this {
    this.login(next);
    this.say(accountAnswer(ref));
    this.take();
    this.sink.calls.length = 0;
    return this;
  }
}
