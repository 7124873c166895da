/**
 * Reads a journal ring in the process of its writer, with nothing behind it: a replay's journal is
 * looked at and forgotten. The bytes are given back, and count as durable, once they are read.
 */
import {
  HP_JOURNAL__DATA_SIZE_W,
  HP_JOURNAL__DURABLE_W,
  HP_JOURNAL__HEAD_W,
  HP_JOURNAL__TAIL_W,
  HP_JOURNAL_DATA,
  HP_JR_PAD,
} from "../ffi/layout.ts";
import { JournalRecord } from "./record.ts";

export class RingReader {
  private readonly header: Int32Array;
  private readonly words: Int32Array;
  private readonly mask: number;
  private readonly record = new JournalRecord();
  private tail: number;

  /** `buffer`: an hp_journal laid out by layoutRing, and empty. */
  constructor(buffer: ArrayBuffer) {
    this.header = new Int32Array(buffer, 0, HP_JOURNAL_DATA / 4);
    const size = this.header[HP_JOURNAL__DATA_SIZE_W]!;
    this.words = new Int32Array(buffer, HP_JOURNAL_DATA, size >>> 2);
    this.mask = size - 1;
    this.tail = this.header[HP_JOURNAL__TAIL_W]!;
    this.record.attach(new Uint8Array(buffer, HP_JOURNAL_DATA, size), "ring");
  }

  /** Hands over every record written since the last call. The object is the same one each time. */
  read(onRecord: (record: JournalRecord) => void): void {
    const head = Atomics.load(this.header, HP_JOURNAL__HEAD_W);
    while (this.tail !== head) {
      const at = this.tail & this.mask;
      const length = this.words[at >>> 2]!;
      this.tail = (this.tail + length) | 0;
      if ((this.words[(at >>> 2) + 1]! & 0xffff) === HP_JR_PAD) continue;
      this.record.moveTo(at, length);
      onRecord(this.record);
    }
    Atomics.store(this.header, HP_JOURNAL__TAIL_W, head);
    Atomics.store(this.header, HP_JOURNAL__DURABLE_W, head);
  }
}
