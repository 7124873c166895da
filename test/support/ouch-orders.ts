/** Gate, orders and positions behind an OUCH session in memory, with the venue in the test's hands. */
import { Instruments } from "../../src/book/instruments.ts";
import * as C from "../../src/core/codes.ts";
import { SinkRelay } from "../../src/engine/sink-relay.ts";
import {
  HP_JR_INTENT,
  HP_JR_INTENT__KIND_W,
  HP_JR_INTENT__MSG_SEQ_W,
  HP_JR_INTENT_SIZE,
} from "../../src/ffi/layout.ts";
import { Orders } from "../../src/order/orders.ts";
import { TableLedger } from "../../src/order/table-ledger.ts";
import { Exposure } from "../../src/risk/exposure.ts";
import { Gate } from "../../src/risk/gate.ts";
import { Positions } from "../../src/risk/positions.ts";
import { GateSwitch } from "../../src/risk/switch.ts";
import { definition, LIMITS, TestBook } from "../unit/order/harness.ts";
import { MemoryJournal } from "./memory-journal.ts";
import { FakeOuchVenue, S } from "./ouch-venue.ts";

const SLOTS = 32;
const CANCEL = 2;

export class OuchOrders {
  readonly venue: FakeOuchVenue;
  readonly journal = new MemoryJournal();
  readonly orders: Orders;
  readonly positions: Positions;
  readonly exposure: Exposure;
  /** HP_KILL_* bits. */
  kills = 0;
  /** Of the first: reason, session, type, number. */
  killedFor: number[] = [];

  constructor(
    own: { symbol: string; priceUnit?: number }[] = [{ symbol: "AAA" }, { symbol: "BBB" }],
  ) {
    const instruments = new Instruments(own.map(({ symbol, ...more }) => definition(symbol, more)));
    const n = instruments.count;
    const relay = new SinkRelay();
    const { journal } = this;
    this.venue = new FakeOuchVenue({ sink: relay, journal, instruments, slots: SLOTS });
    const { clock, counters, session, stream } = this.venue;
    const kill = {
      kill: (bits: number, ...why: number[]) => {
        if (this.kills === 0) this.killedFor = why;
        this.kills |= bits;
      },
    };
    const gateSwitch = new GateSwitch();
    gateSwitch.armed = true;
    gateSwitch.guardAlive = true;
    this.positions = new Positions(instruments);
    this.exposure = new Exposure(instruments, this.positions);
    const books = Array.from({ length: n }, (_, i) => new TestBook(i));
    for (const [i, book] of books.entries()) {
      const unit = instruments.priceUnit[i]!;
      book.bid = Math.round(99.99 / unit);
      book.ask = Math.round(100.01 / unit);
      book.last = Math.round(100 / unit);
    }
    const gate = new Gate({
      limits: LIMITS,
      instruments,
      positions: this.positions,
      exposure: this.exposure,
      books,
      bookHealth: { bookFlags: () => 0 },
      status: new Int32Array(n).fill(C.STATUS_TRADING),
      feedState: new Int32Array([C.FEED_LIVE]),
      sessions: [session],
      journal,
      gateSwitch,
      kill,
      counters,
    });
    this.orders = new Orders({
      slots: SLOTS,
      epoch: 1,
      instruments,
      gate,
      sessions: [session],
      sessionRx: [stream.rx],
      journal,
      clock,
      gateSwitch,
      kill,
      counters,
    });
    relay.orders = this.orders;
    session.attach(new TableLedger(this.orders.table));
    this.venue.up();
  }

  /** UserRefNum of the order or replace sent last. */
  lastRef(): number {
    const sent = this.journal.ofType(HP_JR_INTENT);
    const words = sent.findLast((r) => r.words[HP_JR_INTENT__KIND_W] !== CANCEL)!.words;
    return words[HP_JR_INTENT__MSG_SEQ_W]!;
  }

  /** The ClOrdID that was sent with a number. */
  id(ref: number): string {
    const sent = this.journal.ofType(HP_JR_INTENT);
    const record = sent.find((r) => r.words[HP_JR_INTENT__MSG_SEQ_W] === ref)!;
    const at = HP_JR_INTENT_SIZE + 3 + (record.bytes[HP_JR_INTENT_SIZE + 3] === 0x4f ? 31 : 24);
    return Buffer.from(record.bytes.slice(at, at + 14))
      .toString("latin1")
      .trimEnd();
  }

  /** Moves the clock, with a poll of session and orders every tenth of a second. */
  pass(seconds: number): void {
    for (let i = 0; i < seconds * 10; i++) {
      this.venue.clock.timeNs += S / 10;
      this.venue.poll();
      this.orders.poll(this.venue.clock.timeNs);
    }
  }
}
