/** The journal of a replayed session against the recorded one, record by record, byte by byte. */
import {
  HP_INTENT_CANCEL,
  HP_INTENT_MASS_CANCEL,
  HP_INTENT_NEW,
  HP_INTENT_REPLACE,
  HP_INTENT_STATUS,
  HP_JR_INTENT,
  HP_JR_INTENT__BYTES,
  HP_JR_INTENT__KIND,
  HP_JR_INTENT_SIZE,
  HP_JR_STATE,
  HP_JR_STATE__STATE,
  HP_STATE_STOPPED,
} from "../../ffi/layout.ts";
import { JournalHash } from "../../journal/hash.ts";
import { JournalReader } from "../../journal/reader.ts";
import { type JournalRecord, RECORD_TYPE_NAMES } from "../../journal/record.ts";

export class JournalComparison {
  /** Records that are equal. */
  equal = 0;
  /** Order messages among them, and their bytes. */
  orders = 0;
  orderBytes = 0;
  /** The first record that differs; "" = none does. */
  difference = "";
  /** Records that only the replay has: the journal ends before. */
  beyond = 0;
  readonly hash = new JournalHash();
  private readonly expected: Iterator<JournalRecord, void>;
  private readonly epoch: number;
  private isEnded = false;

  /** The run `epoch` of an engine, whose first record is `firstNumber`. */
  constructor(directory: string, engine: number, epoch: number, firstNumber: number) {
    const reader = new JournalReader({ directory, engine, afterNumber: firstNumber - 1 });
    this.expected = reader.read()[Symbol.iterator]();
    this.epoch = epoch;
  }

  /** A record of the replay, the next one of the run. */
  add(got: JournalRecord): void {
    if (this.difference !== "") return;
    const wanted = this.next();
    if (wanted === undefined) {
      this.beyond++;
      return;
    }
    if (!sameBytes(got.raw(), wanted.raw())) {
      this.difference = `record ${wanted.number}: recorded ${describe(wanted)}; replayed ${describe(got)}`;
      return;
    }
    this.equal++;
    this.hash.add(got);
    if (got.type !== HP_JR_INTENT) return;
    this.orders++;
    this.orderBytes += got.u32(HP_JR_INTENT__BYTES);
  }

  /** Records of the run that the replay did not come to, and when the last of them was written. */
  left(): { count: number; lastNs: number; hasStopped: boolean } {
    const left = { count: 0, lastNs: Number.NEGATIVE_INFINITY, hasStopped: false };
    for (let record = this.next(); record !== undefined; record = this.next()) {
      left.count++;
      left.lastNs = record.timeNs;
      const isState = record.type === HP_JR_STATE;
      if (isState && record.u32(HP_JR_STATE__STATE) === HP_STATE_STOPPED) left.hasStopped = true;
    }
    return left;
  }

  private next(): JournalRecord | undefined {
    if (this.isEnded) return undefined;
    const { done, value } = this.expected.next();
    if (done === true || value === undefined || value.epoch !== this.epoch) {
      this.isEnded = true;
      return undefined;
    }
    return value;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

const KINDS: Record<number, string> = {
  [HP_INTENT_NEW]: "new order",
  [HP_INTENT_CANCEL]: "cancel",
  [HP_INTENT_REPLACE]: "replace",
  [HP_INTENT_MASS_CANCEL]: "mass cancel",
  [HP_INTENT_STATUS]: "status request",
};

function describe(record: JournalRecord): string {
  const at = `at ${(record.timeNs / 1e9).toFixed(9)} s`;
  if (record.type === HP_JR_INTENT) {
    const size = record.u32(HP_JR_INTENT__BYTES);
    const fix = Buffer.from(record.body(HP_JR_INTENT_SIZE, size)).toString("latin1");
    return `${KINDS[record.u32(HP_JR_INTENT__KIND)] ?? "?"} ${fix.replaceAll("\x01", "|")} ${at}`;
  }
  const body = Buffer.from(record.body(0, Math.min(record.bodyLength, 64))).toString("hex");
  return `${RECORD_TYPE_NAMES[record.type] ?? record.type} ${body} ${at}`;
}
