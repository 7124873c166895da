import { describe, expect, test } from "bun:test";
import { Instruments } from "../../../../src/book/instruments.ts";
import { ManualClock } from "../../../../src/core/clock.ts";
import * as C from "../../../../src/core/codes.ts";
import { loadDictionary } from "../../../../src/fix/dictionary/load.ts";
import { FixOrderSession } from "../../../../src/fix/order/order-session.ts";
import type { FixPeer, FixTransport } from "../../../../src/sim/transport.ts";
import { RecordingSink } from "../../../support/fake-venue.ts";
import { definition } from "../../../support/fix-instruments.ts";
import { MemoryJournal } from "../../../support/memory-journal.ts";
import { MemoryStream } from "../../../support/memory-stream.ts";
import { makeVenue } from "../../../support/sim-venue.ts";

/** Our session against the simulator's acceptor, over a stream in memory that a test can cut. */
class Link implements FixTransport {
  readonly venue = makeVenue();
  readonly stream = new MemoryStream();
  readonly sink = new RecordingSink();
  readonly clock = new ManualClock(36_000e9);
  readonly session: FixOrderSession;
  private peer: FixPeer | undefined;
  private opens = 0;
  private read = 0;
  /** Bytes of ours that still arrive; what follows is lost on the way. */
  delivers = Number.POSITIVE_INFINITY;

  constructor() {
    this.session = new FixOrderSession({
      index: 0,
      stream: this.stream,
      journal: new MemoryJournal(),
      sink: this.sink,
      clock: this.clock,
      dictionary: loadDictionary("FIX44"),
      instruments: new Instruments([definition("AAPL")]),
      sessionStartS: Date.UTC(2026, 10, 20) / 1000,
      counters: new Float64Array(256),
      senderCompId: "CLIENT",
      targetCompId: "VENUE",
      idPrefix: "HP",
      heartbeatS: 30,
      reconnectNs: 1e6,
    });
    this.session.start();
  }

  send(bytes: Uint8Array): void {
    this.stream.push(bytes);
  }
  close(): void {
    this.stream.end();
  }
  pause(): void {}

  run(ms: number): void {
    for (let i = 0; i < ms; i++) {
      this.clock.timeNs += 1e6;
      this.session.poll(this.clock.timeNs);
      if (this.stream.opens !== this.opens) {
        this.opens = this.stream.opens;
        this.read = 0;
        this.peer = this.venue.exchange.accept(this);
      }
      const bytes = Uint8Array.from(this.stream.sent.slice(this.read));
      this.read = this.stream.sent.length;
      const arriving = bytes.subarray(0, Math.min(bytes.length, this.delivers));
      this.delivers -= arriving.length;
      if (arriving.length > 0) this.peer?.onData(arriving);
      this.venue.run(1);
    }
  }

  cut(): void {
    this.stream.end();
    this.peer?.onClose();
    this.peer = undefined;
  }
}

describe("against the simulator", () => {
  test("logs on, gets in step, trades, cancels", () => {
    const link = new Link();
    link.run(50);
    expect(link.session.state).toBe(C.SESSION_UP);
    link.session.sendNew(1, 1, 0, C.SIDE_BUY, 10, 900_000, 0);
    link.session.sendNew(2, 1, 0, C.SIDE_SELL, 10, 1_100_000, 0);
    link.run(50);
    link.session.sendNew(3, 1, 0, C.SIDE_BUY, 4, 1_100_000, C.ORDER_IOC);
    link.run(50);
    link.session.sendCancel(1, 2, 1, 0, C.SIDE_BUY, 10);
    link.run(50);
    const seen = link.sink.executions.map((e) => `${e.slot}${String.fromCharCode(e.execType)}`);
    expect(seen.filter((s) => s.startsWith("1"))).toEqual(["10", "14"]);
    expect(seen.filter((s) => s.startsWith("2"))).toEqual(["20", "2F"]);
    expect(seen.filter((s) => s.startsWith("3"))).toEqual(["30", "3F"]);
    expect(link.sink.executions.every((e) => e.inexact === 0 && e.instrument === 0)).toBe(true);
  });

  test("after a cut, what was lost on the way is told as never reached, and both go on", () => {
    const link = new Link();
    link.run(50);
    link.delivers = 0;
    const lost = [1, 2, 3].map((slot) => link.session.sendNew(slot, 1, 0, 1, 10, 900_000, 0));
    link.run(5);
    link.cut();
    link.delivers = Number.POSITIVE_INFINITY;
    link.run(200);
    expect(link.session.state).toBe(C.SESSION_UP);
    const never = link.sink.calls
      .filter((c) => c.startsWith("never"))
      .map((c) => Number(c.slice(14)));
    for (const seq of lost) expect(never).toContain(seq);
    expect(link.sink.calls.lastIndexOf("synced")).toBeGreaterThan(
      link.sink.calls.lastIndexOf(`never-reached ${lost[2]}`),
    );
    link.session.sendNew(4, 1, 0, 1, 10, 900_000, 0);
    link.run(20);
    expect(link.sink.executions.at(-1)!.slot).toBe(4);
  });

  test("reports missed while away are replayed before the session is up again", () => {
    const link = new Link();
    link.run(50);
    link.session.sendNew(1, 1, 0, 1, 10, 900_000, 0);
    link.run(1);
    // The answer is under way when the connection breaks: thrown away unread.
    const before = link.sink.executions.length;
    link.stream.open();
    link.cut();
    link.run(200);
    expect(link.session.state).toBe(C.SESSION_UP);
    expect(link.sink.executions.length).toBeGreaterThan(before);
    expect(link.sink.executions[before]!.possDup).toBe(1);
  });

  test("cut anywhere in a burst, 100 times: every order is acknowledged once or never reached", () => {
    const link = new Link();
    link.run(50);
    let seed = 5;
    const next = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % below;
    };
    const slotOf = new Map<number, number>();
    let slot = 0;
    for (let round = 0; round < 100; round++) {
      link.delivers = next(1200);
      for (let k = 0; k < 5; k++) {
        slot++;
        const seq = link.session.sendNew(slot, 1, 0, 1, 10, 900_000, 0);
        if (seq > 0) slotOf.set(seq, slot);
        if (next(3) === 0) link.run(1);
      }
      link.run(next(3));
      link.cut();
      link.delivers = Number.POSITIVE_INFINITY;
      link.run(120);
      expect(link.session.state).toBe(C.SESSION_UP);
    }
    const never = new Set<number>();
    for (const call of link.sink.calls) {
      const owner = call.startsWith("never") ? slotOf.get(Number(call.slice(14))) : undefined;
      if (owner !== undefined) never.add(owner);
    }
    const acknowledged = link.sink.executions.filter((e) => e.execType === 0x30).map((e) => e.slot);
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
    for (const owner of slotOf.values()) {
      expect(acknowledged.includes(owner)).toBe(!never.has(owner));
    }
    expect(never.size).toBeGreaterThan(50);
    expect(acknowledged.length).toBeGreaterThan(50);
  });
});
