/**
 * ns per sendNew (clock, encode, journal intent, send into memory, journal sent), and per inbound
 * ExecutionReport from bytes to the sink. `bun test/bench/fix-session.ts`. Best and median of 15 runs.
 */
import { SESSION_UP } from "../../src/core/codes.ts";
import { wrapMessage } from "../../src/fix/codec/text.ts";
import { loadDictionary } from "../../src/fix/dictionary.ts";
import { FixSession } from "../../src/fix/session.ts";
import { createNullJournal } from "../../src/journal/null-journal.ts";
import { fixInstruments } from "../support/fix-instruments.ts";

const RUNS = 15;
const LOOPS = 100_000;

/** Takes everything; gives, once per recv, a batch of reports numbered in fixed width. */
class BenchStream {
  readonly rx = new Uint8Array(new ArrayBuffer(65_536));
  readonly tx: Uint8Array;
  readonly txWords: Int32Array;
  next: Uint8Array | undefined;
  constructor() {
    const buffer = new ArrayBuffer(65_536);
    this.tx = new Uint8Array(buffer);
    this.txWords = new Int32Array(buffer);
  }
  open(): number {
    return 0;
  }
  state(): number {
    return 1;
  }
  send(_offset: number, length: number): number {
    return length;
  }
  recv(offset: number, _capacity: number): number {
    const bytes = this.next;
    if (bytes === undefined) return -3;
    this.next = undefined;
    this.rx.set(bytes, offset);
    return bytes.length;
  }
  fd(): number {
    return -1;
  }
  close(): void {}
}

const sink = {
  heard: 0,
  onExecutionReport(e: { lastQty: number }): void {
    this.heard += e.lastQty;
  },
  onCancelReject(): void {},
  onMessageReject(): void {},
  onNeverReached(): void {},
  onSessionState(): void {},
  onSynced(): void {},
};

const stream = new BenchStream();
const clock = { wallOffsetNs: 0, timeNs: 36e12, now: () => clock.timeNs };
const session = new FixSession({
  index: 0,
  stream,
  journal: createNullJournal(0, 1 << 20),
  sink,
  clock,
  dictionary: loadDictionary("FIX44"),
  instruments: fixInstruments(),
  sessionStartS: 1_767_312_000,
  counters: new Float64Array(256),
  senderCompId: "ME",
  targetCompId: "VENUE",
  staticTags: { 1: "ACCOUNT1", 21: "1" },
  idPrefix: "HP",
  heartbeatS: 30,
});
const head = (type: string, seq: number) =>
  `35=${type}|34=${seq}|49=VENUE|56=ME|52=20260102-10:00:00.125|`;
session.start();
session.poll(36e12);
session.poll(36e12);
stream.next = wrapMessage(`${head("A", 1)}98=0|108=30|`);
session.poll(36e12);
stream.next = wrapMessage(`${head("0", 2)}112=SYNC-1|`);
session.poll(36e12);
if (session.state !== SESSION_UP) throw new Error("not up");

function show(name: string, ns: number[]): void {
  ns.sort((a, b) => a - b);
  console.log(`${name}: best ${ns[0]!.toFixed(0)} ns, median ${ns[RUNS >> 1]!.toFixed(0)} ns`);
}

const send: number[] = [];
for (let run = 0; run < RUNS; run++) {
  const t = Bun.nanoseconds();
  for (let i = 0; i < LOOPS; i++) {
    clock.timeNs += 1e5;
    session.sendNew(i & 1023, i, 0, 1, 100 + (i & 63), 1_015_000 + (i & 511), 0);
  }
  send.push((Bun.nanoseconds() - t) / LOOPS);
}
show("sendNew, journal included, socket excluded", send);

let seq = 3;
const receive: number[] = [];
const BATCH = 64;
for (let run = 0; run < RUNS; run++) {
  let ns = 0;
  for (let i = 0; i < 1000; i++) {
    const reports: Uint8Array[] = [];
    for (let k = 0; k < BATCH; k++) {
      reports.push(
        wrapMessage(
          `${head("8", seq++)}37=V00012345|17=E000123456|11=HP0001f00300007|150=F|39=1|55=AAPL|54=1|` +
            "38=100|44=101.5000|32=40|31=101.5000|151=60|14=40|6=101.5|60=20260102-10:00:00.125|851=1|",
        ),
      );
    }
    stream.next = Buffer.concat(reports);
    const t = Bun.nanoseconds();
    session.poll(clock.timeNs);
    ns += Bun.nanoseconds() - t;
  }
  receive.push(ns / (1000 * BATCH));
}
show("ExecutionReport from bytes to the sink", receive);
