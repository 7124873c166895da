/**
 * ns per journal record written: a small one (SENT, 16 bytes of body) and an order's (INTENT with 200
 * bytes of FIX), and per hasRoom(). `bun test/bench/journal.ts`. Best and median of 15 runs: on a
 * shared machine only the best says something about the code.
 */
import * as L from "../../src/ffi/layout.ts";
import { recordCheck } from "../../src/journal/check.ts";
import { RingJournal } from "../../src/journal/ring-journal.ts";
import { layoutRing, ringBytes } from "../../src/journal/ring-layout.ts";

const RUNS = 15;
const LOOPS = 500_000;
const DATA_BYTES = 1 << 22;
const FIX = new Uint8Array(new ArrayBuffer(200)).fill(65);

const buffer = new ArrayBuffer(ringBytes(DATA_BYTES));
layoutRing(buffer, { dataBytes: DATA_BYTES, engine: 0, epoch: 1, nextNumber: 1 });
const counters = new Float64Array(new ArrayBuffer(8 * L.HP_COUNTERS_MAX));
const journal = new RingJournal({ buffer, engine: 0, counters });
const header = new Int32Array(buffer);

function bench(name: string, once: (i: number) => number): void {
  const ns: number[] = [];
  let sink = 0;
  for (let run = 0; run < RUNS; run++) {
    const t = Bun.nanoseconds();
    for (let i = 0; i < LOOPS; i++) {
      sink = (sink + once(i)) | 0;
      // Control, draining.
      if ((i & 1023) === 0) header[L.HP_JOURNAL__TAIL_W] = journal.position();
    }
    ns.push((Bun.nanoseconds() - t) / LOOPS);
  }
  ns.sort((a, b) => a - b);
  console.log(
    `${name}: best ${ns[0]!.toFixed(1)} ns, median ${ns[RUNS >> 1]!.toFixed(1)} ns (${sink & 1})`,
  );
}

function small(i: number): number {
  const at = journal.begin(L.HP_JR_SENT, L.HP_JR_SENT_SIZE);
  if (at < 0) return 0;
  journal.words[at] = 0;
  journal.words[at + 1] = i;
  journal.words[at + 2] = 7;
  journal.words[at + 3] = 200;
  journal.commit(i);
  return at;
}

function order(i: number): number {
  const at = journal.begin(L.HP_JR_INTENT, L.HP_JR_INTENT_SIZE + FIX.length);
  if (at < 0) return 0;
  for (let k = 0; k < 12; k++) journal.words[at + k] = i;
  journal.bytes.set(FIX, at * 4 + L.HP_JR_INTENT_SIZE);
  journal.commit(i);
  return at;
}

bench("SENT record", small);
bench("INTENT record with 200 bytes of FIX", order);
bench("hasRoom", () => (journal.hasRoom() ? 1 : 0));
bench("check of 12 words", (i) => recordCheck(journal.words, (i & 1023) * 16, 12));
bench("check of 64 words", (i) => recordCheck(journal.words, (i & 1023) * 64, 64));
