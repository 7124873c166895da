/** Journal records into the ring; control's drain is a word that moves. */
import * as L from "../../../src/ffi/layout.ts";
import { RingJournal } from "../../../src/journal/ring-journal.ts";
import { layoutRing, ringBytes } from "../../../src/journal/ring-layout.ts";
import type { BenchCase } from "../bench-case.ts";

const DATA_BYTES = 1 << 22;
const FIX_BYTES = 200;
const JOURNAL_NS = 30;

function makeRing() {
  const buffer = new ArrayBuffer(ringBytes(DATA_BYTES));
  layoutRing(buffer, { dataBytes: DATA_BYTES, engine: 0, epoch: 1, nextNumber: 1 });
  const counters = new Float64Array(new ArrayBuffer(8 * L.HP_COUNTERS_MAX));
  const journal = new RingJournal({ buffer, engine: 0, counters });
  const header = new Int32Array(buffer);
  let count = 0;
  const begin = (type: number, bytes: number) => {
    if ((++count & 1023) === 0) header[L.HP_JOURNAL__TAIL_W] = journal.position();
    const at = journal.begin(type, bytes);
    if (at < 0) throw new Error("the ring is full");
    return at;
  };
  return { journal, begin };
}

function sent() {
  const { journal, begin } = makeRing();
  const run = () => {
    const at = begin(L.HP_JR_SENT, L.HP_JR_SENT_SIZE);
    journal.words[at] = 0;
    journal.words[at + 1] = at;
    journal.words[at + 2] = 7;
    journal.words[at + 3] = FIX_BYTES;
    journal.commit(at);
  };
  return { run };
}

function intent() {
  const { journal, begin } = makeRing();
  const fix = new DataView(new ArrayBuffer(FIX_BYTES));
  const run = () => {
    const at = begin(L.HP_JR_INTENT, L.HP_JR_INTENT_SIZE + FIX_BYTES);
    for (let k = 0; k < 12; k++) journal.words[at + k] = at;
    journal.commitBytes(at, fix, 0, FIX_BYTES);
  };
  return { run };
}

export function journalCases(): BenchCase[] {
  return [
    { name: "journal: SENT, 16 bytes", budgetNs: JOURNAL_NS, make: sent },
    {
      name: `journal: INTENT with ${FIX_BYTES} bytes of FIX`,
      budgetNs: JOURNAL_NS,
      make: intent,
    },
  ];
}
