/**
 * A program of its own: an OUCH session and a venue that answers it, over and over. Run by
 * no-garbage.test.ts under the collector's log; `dirty` allocates once in a thousand.
 */
import { Instruments } from "../../../src/book/instruments.ts";
import { ManualClock } from "../../../src/core/clock.ts";
import { FEED_LIVE, STATUS_TRADING } from "../../../src/core/codes.ts";
import { Drill } from "../../../src/engine/drill.ts";
import { ShadowOuchVenue } from "../../../src/engine/shadow-ouch-venue.ts";
import { SinkRelay } from "../../../src/engine/sink-relay.ts";
import { HP_EAGAIN } from "../../../src/ffi/layout.ts";
import { createNullJournal } from "../../../src/journal/null-journal.ts";
import type { PipePeer } from "../../../src/net/pipe-peer.ts";
import { STREAM_UP, type Stream } from "../../../src/net/stream.ts";
import { ORDER_ACKED, ORDER_FILLS, ORDER_REPLACED_COUNT } from "../../../src/order/counters.ts";
import { Orders } from "../../../src/order/orders.ts";
import { TableLedger } from "../../../src/order/table-ledger.ts";
import { OuchOrderSession } from "../../../src/ouch/ouch-order-session.ts";
import { Exposure } from "../../../src/risk/exposure.ts";
import { Gate } from "../../../src/risk/gate.ts";
import { Positions } from "../../../src/risk/positions.ts";
import { GateSwitch } from "../../../src/risk/switch.ts";
import { definition, LIMITS, TestBook } from "../order/harness.ts";

const BYTES = 1 << 17;

/** Both ends of a connection in one memory. */
class Loop implements Stream {
  readonly rx = new Uint8Array(new ArrayBuffer(BYTES));
  readonly txWords = new Int32Array(new ArrayBuffer(BYTES));
  readonly tx = new Uint8Array(this.txWords.buffer);
  private readonly sent = new Uint8Array(new ArrayBuffer(BYTES));
  private readonly answers = new Uint8Array(new ArrayBuffer(BYTES));
  private sentBytes = 0;
  private answerBytes = 0;

  open(): number {
    return 0;
  }
  state(): number {
    return STREAM_UP;
  }
  fd(): number {
    return -1;
  }
  close(): void {}
  send(offset: number, length: number): number {
    for (let i = 0; i < length; i++) this.sent[this.sentBytes++] = this.tx[offset + i]!;
    return length;
  }
  recv(offset: number, _capacity: number): number {
    const n = this.answerBytes;
    if (n === 0) return HP_EAGAIN;
    for (let i = 0; i < n; i++) this.rx[offset + i] = this.answers[i]!;
    this.answerBytes = 0;
    return n;
  }
  takeSent(into: Uint8Array): number {
    const n = this.sentBytes;
    for (let i = 0; i < n; i++) into[i] = this.sent[i]!;
    this.sentBytes = 0;
    return n;
  }
  answer(from: Uint8Array, offset: number, length: number): boolean {
    for (let i = 0; i < length; i++) this.answers[this.answerBytes++] = from[offset + i]!;
    return true;
  }
}

const rounds = Number(process.argv[2]);
const isDirty = process.argv[3] === "dirty";
const instruments = new Instruments([definition("AAA")]);
const positions = new Positions(instruments);
const exposure = new Exposure(instruments, positions);
const gateSwitch = new GateSwitch();
gateSwitch.armed = true;
gateSwitch.guardAlive = true;
const counters = new Float64Array(256);
const clock = new ManualClock(1e9);
const loop = new Loop();
const relay = new SinkRelay();
let kills = 0;
const kill = {
  kill(bits: number) {
    kills |= bits;
  },
};
const shared = { instruments, journal: createNullJournal(), gateSwitch, counters, kill, clock };
const session = new OuchOrderSession({
  ...shared,
  index: 0,
  stream: loop,
  sink: relay,
  slots: 1024,
  idPrefix: "HP",
  username: "",
  password: "",
  terms: { firm: "", capacity: "P", display: "Y", interMarketSweep: "N", timeInForce: "0" },
});
const books = [new TestBook(0)];
const gate = new Gate({
  ...shared,
  limits: { ...LIMITS, maxPosition: 1e9, maxExposure: 1e12 },
  positions,
  exposure,
  books,
  bookHealth: { bookFlags: () => 0 },
  status: new Int32Array([STATUS_TRADING]),
  feedState: new Int32Array([FEED_LIVE]),
  sessions: [session],
});
const orders = new Orders({
  ...shared,
  slots: 1024,
  epoch: 1,
  gate,
  sessions: [session],
  sessionRx: [loop.rx],
  execIds: 1024,
});
relay.orders = orders;
session.attach(new TableLedger(orders.table));
const venue = new ShadowOuchVenue(loop as unknown as PipePeer);
const drill = new Drill(instruments, books, orders, positions, exposure);
let kept: unknown = null;

function run(count: number): void {
  for (let i = 0; i < count; i++) {
    clock.timeNs += 10_000;
    session.hold(0, 0);
    drill.step();
    session.poll(clock.timeNs);
    orders.poll(clock.timeNs);
    session.release(clock.timeNs);
    venue.serve();
    if (isDirty && i % 1000 === 0) kept = { i, pad: new Array(50_000).fill(i) };
  }
}

session.start();
run(100_000);
Bun.gc(true);
process.stderr.write("MEASURE\n");
run(rounds);
process.stderr.write(`END ${kept === undefined ? 1 : 0}\n`);
const did = [ORDER_ACKED, ORDER_FILLS, ORDER_REPLACED_COUNT].map((counter) => counters[counter]!);
process.stdout.write(JSON.stringify({ did, kills }));
