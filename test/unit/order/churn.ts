/**
 * A program of its own: sends, acknowledges, replaces, fills, cancels and denies orders over and
 * over. Run by no-garbage.test.ts under the collector's log; `dirty` allocates once in a hundred.
 */
import { Instruments } from "../../../src/book/instruments.ts";
import { ManualClock } from "../../../src/core/clock.ts";
import {
  FEED_LIVE,
  ON_DIFFERENCE_WARN,
  SESSION_UP,
  STATUS_TRADING,
} from "../../../src/core/codes.ts";
import { TagIndex } from "../../../src/fix/codec/tag-index.ts";
import { wrapMessage } from "../../../src/fix/codec/text.ts";
import { Execution, type OrderSession } from "../../../src/fix/order/execution.ts";
import { createNullJournal } from "../../../src/journal/null-journal.ts";
import { DropCopy } from "../../../src/order/drop-copy/drop-copy.ts";
import { Orders } from "../../../src/order/orders.ts";
import { Exposure } from "../../../src/risk/exposure.ts";
import { Gate } from "../../../src/risk/gate.ts";
import { Positions } from "../../../src/risk/positions.ts";
import { GateSwitch } from "../../../src/risk/switch.ts";
import { definition, LIMITS, TestBook } from "./harness.ts";

class NullSession implements OrderSession {
  readonly index = 0;
  readonly state = SESSION_UP;
  generation = 0;
  private seq = 0;
  hasBacklog(): boolean {
    return false;
  }
  sendNew(_slot: number, generation: number): number {
    return this.sent(generation);
  }
  sendCancel(_slot: number, generation: number): number {
    return this.sent(generation);
  }
  sendReplace(_slot: number, generation: number): number {
    return this.sent(generation);
  }
  sendMassCancel(generation: number): number {
    return this.sent(generation);
  }
  sendStatusRequest(_slot: number, generation: number): number {
    return this.sent(generation);
  }
  private sent(generation: number): number {
    this.generation = generation;
    return ++this.seq;
  }
}

const rounds = Number(process.argv[2]);
const isDirty = process.argv[3] === "dirty";
const instruments = new Instruments([definition("AAA")]);
const positions = new Positions(instruments);
const exposure = new Exposure(instruments, positions);
const journal = createNullJournal();
const session = new NullSession();
const gateSwitch = new GateSwitch();
gateSwitch.armed = true;
gateSwitch.guardAlive = true;
const counters = new Float64Array(256);
const clock = new ManualClock(1e9);
const shared = { instruments, journal, gateSwitch, counters, kill: { kill() {} } };
const gate = new Gate({
  ...shared,
  limits: { ...LIMITS, maxPosition: 1e9, maxExposure: 1e12 },
  positions,
  exposure,
  books: [new TestBook(0)],
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
  clock,
  sessions: [session],
  sessionRx: [new Uint8Array(64)],
  execIds: 1024,
});
const copy = new DropCopy({
  ...shared,
  session: 1,
  of: [0],
  gate,
  clock,
  idPrefix: "HP",
  settleNs: 2000,
  lateNs: 5000,
  action: ON_DIFFERENCE_WARN,
  feedsPositions: true,
  executions: 1024,
});
orders.fold.trades.watchers = [copy.reconciliation];
copy.begin(clock.timeNs);
const tags = new TagIndex();
const told = wrapMessage(
  "35=8|34=1|49=VENUE|56=ME|11=HP0000000100001|17=000000000000|19=x|150=F|39=1|55=AAA|54=1|32=50|31=99.99|",
);
const execIdAt = Buffer.from(told).indexOf("17=0000") + 3;
const idAt = Buffer.from(told).indexOf("11=HP") + 3;
tags.parse(told, 0, told.length);
const x = new Execution();
x.ours = 1;
x.liquidity = 1;
let execId = 0;
let kept: unknown = null;

function report(slot: number, execType: number, ordStatus: number, lastQty: number): void {
  x.slot = slot;
  x.generation = session.generation;
  x.execType = execType;
  x.ordStatus = ordStatus;
  x.lastQty = lastQty;
  x.lastPx = 999_900;
  x.execIdLo = ++execId;
  x.execIdHi = 1;
  orders.onExecutionReport(x);
}

/** A copy under an ExecID that grows, so that it is no repeat: as one of ours, or of another's. */
function copied(i: number): void {
  for (let k = 0, rest = i; k < 12; k++, rest = (rest / 10) | 0) {
    told[execIdAt + 11 - k] = 0x30 + (rest % 10);
  }
  told[idAt] = (i & 1) === 0 ? 0x48 : 0x4f;
  copy.onMessage(tags, 0x38, i, clock.timeNs);
}

function round(i: number): void {
  clock.timeNs += 1000;
  const side = (i & 1) === 0 ? 1 : -1;
  const slot = orders.send(0, 0, side, 100, 999_900, 0);
  report(slot, 0x30, 0x30, 0);
  orders.replace(0, slot, 200, 999_900);
  report(slot, 0x35, 0x30, 0);
  report(slot, 0x46, 0x31, 50);
  orders.cancel(0, slot);
  report(slot, 0x34, 0x34, 0);
  orders.send(0, 0, 1, 5000, 999_900, 0);
  copied(i);
  orders.poll(clock.timeNs);
  copy.poll(clock.timeNs);
  gate.onBook(0);
  if (isDirty && i % 100 === 0) kept = { i, kept: null, pad: new Array(1000).fill(i) };
}

for (let i = 0; i < rounds / 4; i++) round(i);
console.error("MEASURE");
for (let i = 0; i < rounds; i++) round(i);
console.error("END", orders.table.liveCount, kept === null, copy.reconciliation.found);
