import { HP_COUNTERS_MAX } from "../ffi/layout.ts";
import { type JournalInputs, RingJournal } from "./ring-journal.ts";
import { layoutRing, ringBytes } from "./ring-layout.ts";

/**
 * The shadow's journal: the live class over a small ring of its own that nobody reads, with its own
 * counters, so that warming touches no record, number or hash of the real one.
 */
export function createNullJournal(
  engine = 0,
  dataBytes = 1 << 16,
  inputs?: JournalInputs,
): RingJournal {
  const buffer = new ArrayBuffer(ringBytes(dataBytes));
  layoutRing(buffer, { dataBytes, engine, epoch: 0, nextNumber: 1 });
  const counters = new Float64Array(new ArrayBuffer(8 * HP_COUNTERS_MAX));
  const heard = inputs === undefined ? {} : { inputs };
  return new RingJournal({ buffer, engine, counters, isPrivate: true, ...heard });
}
