// @hot
/**
 * RptSeq (83): the number of an update within one instrument's series; FIX 5.0 SP1. Judged for a whole
 * message before any of it is applied: a message whose series jumps does not touch that book at all.
 */
import { MD_OLD_RPT_SEQ } from "./counters.ts";
import {
  ENTRY_INSTRUMENT,
  ENTRY_RPT_SEQ,
  ENTRY_TYPE,
  ENTRY_WORDS,
  type EntryTable,
} from "./entries.ts";
import type { Subscriptions } from "./subscriptions.ts";
import { SUB_LIVE } from "./subscriptions.ts";

/** MDEntryType (269) J: the venue empties the book, and may begin its series anew. */
const EMPTY_BOOK = 0x4a;

export class RptSequences {
  private readonly subscriptions: Subscriptions;
  private readonly entries: EntryTable;
  private readonly counters: Float64Array;
  /** By instrument: what the series was before the message, and the message that it is of. */
  private readonly before: Int32Array;
  private readonly message: Int32Array;
  private readonly jumped: Uint8Array;
  private current = 0;

  constructor(
    subscriptions: Subscriptions,
    entries: EntryTable,
    counters: Float64Array,
    instruments: number,
  ) {
    this.subscriptions = subscriptions;
    this.entries = entries;
    this.counters = counters;
    this.before = new Int32Array(new ArrayBuffer(4 * instruments));
    this.message = new Int32Array(new ArrayBuffer(4 * instruments));
    this.jumped = new Uint8Array(new ArrayBuffer(instruments));
  }

  /** Looks through the first `count` entries and moves the series of live books on. */
  judge(count: number): void {
    this.current = (this.current + 1) | 0;
    const rows = this.entries.rows;
    const state = this.subscriptions.state;
    for (let row = 0; row < count * ENTRY_WORDS; row += ENTRY_WORDS) {
      const instrument = rows[row + ENTRY_INSTRUMENT]!;
      if (instrument < 0 || state[instrument] !== SUB_LIVE) continue;
      if (this.message[instrument] !== this.current) this.begin(instrument);
      const number = rows[row + ENTRY_RPT_SEQ]!;
      if (number !== 0) this.entry(instrument, number, rows[row + ENTRY_TYPE] === EMPTY_BOOK);
    }
  }

  /** True when numbers are missing before an entry of the message under way. */
  hasJumped(instrument: number): boolean {
    return this.jumped[instrument] !== 0 && this.message[instrument] === this.current;
  }

  /** True when the entry was applied before; counted. */
  isOld(row: number): boolean {
    const rows = this.entries.rows;
    const number = rows[row + ENTRY_RPT_SEQ]!;
    if (number === 0 || rows[row + ENTRY_TYPE] === EMPTY_BOOK) return false;
    if (number > this.before[rows[row + ENTRY_INSTRUMENT]!]!) return false;
    this.counters[MD_OLD_RPT_SEQ]! += 1;
    return true;
  }

  private begin(instrument: number): void {
    this.message[instrument] = this.current;
    this.before[instrument] = this.subscriptions.rptSeq[instrument]!;
    this.jumped[instrument] = 0;
  }

  private entry(instrument: number, number: number, empties: boolean): void {
    const rptSeq = this.subscriptions.rptSeq;
    const last = rptSeq[instrument]!;
    if (last === 0 || number === last + 1) rptSeq[instrument] = number;
    else if (empties && number <= last) {
      rptSeq[instrument] = number;
      this.before[instrument] = 0;
    } else if (number > last + 1 || (number === 1 && last > 1)) this.jumped[instrument] = 1;
  }
}
