// @hot
/**
 * Incremental refreshes (X) into the books: each message is read whole before any of it is applied. A
 * book that can't be what the venue's is becomes stale, and its snapshot is asked for; the others go on.
 */
import { BOOK_STALE } from "../../book/flags.ts";
import type { LevelBooks } from "../../book/level-books.ts";
import { FEED_GAPS } from "../../feed/counters.ts";
import type { TagIndex } from "../codec/tag-index.ts";
import type { BookWriter } from "./book-writer.ts";
import * as N from "./counters.ts";
import * as E from "./entries.ts";
import type { Requester } from "./requester.ts";
import { RptSequences } from "./rpt-sequences.ts";
import * as S from "./subscriptions.ts";

/** Instead of a request: the message has no MDReqID (262). */
export const UNASKED = -3;

export class Updates {
  /** Books that became stale so far. */
  gaps = 0;
  private readonly books: LevelBooks;
  private readonly entries: E.EntryTable;
  private readonly writer: BookWriter;
  private readonly subscriptions: S.Subscriptions;
  private readonly requester: Requester;
  private readonly depth: number;
  private readonly byId: boolean;
  private readonly counters: Float64Array;
  private readonly rptSequences: RptSequences;
  /** Instruments that the message under way touched, each once. */
  private readonly touched: Int32Array;
  private readonly isTouched: Uint8Array;
  private touchedCount = 0;

  /** `depth`: levels of each side that are kept, 0 = all; `byId`: entries have ids. */
  constructor(
    books: LevelBooks,
    entries: E.EntryTable,
    writer: BookWriter,
    subscriptions: S.Subscriptions,
    requester: Requester,
    depth: number,
    byId: boolean,
    counters: Float64Array,
  ) {
    const n = subscriptions.state.length;
    this.books = books;
    this.entries = entries;
    this.writer = writer;
    this.subscriptions = subscriptions;
    this.requester = requester;
    this.depth = depth;
    this.byId = byId;
    this.counters = counters;
    this.rptSequences = new RptSequences(subscriptions, entries, counters, n);
    this.touched = new Int32Array(new ArrayBuffer(4 * n));
    this.isTouched = new Uint8Array(new ArrayBuffer(n));
  }

  /** X, whose request is for an instrument, ALL_INSTRUMENTS, NO_REQUEST or UNASKED. */
  onMessage(tags: TagIndex, request: number): void {
    if (request === S.NO_REQUEST) {
      this.counters[N.MD_OLD_REQUEST]! += 1;
      return;
    }
    const count = this.entries.read(tags, request >= 0 ? request : E.UNNAMED);
    this.counters[N.MD_UPDATES]! += 1;
    if (count < 0) {
      this.malformed(request);
      return;
    }
    this.rptSequences.judge(count);
    for (let e = 0; e < count; e++) this.apply(e * E.ENTRY_WORDS);
    this.finish();
  }

  private apply(row: number): void {
    const instrument = this.entries.rows[row + E.ENTRY_INSTRUMENT]!;
    if (instrument < 0) {
      if (instrument === E.UNNAMED) this.unnamed();
      else this.counters[N.MD_UNKNOWN_SYMBOL]! += 1;
      return;
    }
    if (this.subscriptions.state[instrument] !== S.SUB_LIVE) {
      this.counters[N.MD_BEFORE_SNAPSHOT]! += 1;
      return;
    }
    if (this.rptSequences.hasJumped(instrument)) {
      this.jumped(instrument);
      return;
    }
    if (this.rptSequences.isOld(row)) return;
    this.touch(instrument);
    if (this.writer.update(instrument, row)) return;
    this.counters[N.MD_OUT_OF_STEP]! += 1;
    this.books.empty(instrument);
    this.ask(instrument);
  }

  /** Nothing of the message goes into this book: it stands as it was before what is missing. */
  private jumped(instrument: number): void {
    this.counters[N.MD_RPT_SEQ_JUMPS]! += 1;
    this.ask(instrument);
  }

  /** Levels behind the depth that was asked for are ours to forget. */
  private finish(): void {
    for (let k = 0; k < this.touchedCount; k++) {
      const i = this.touched[k]!;
      this.isTouched[i] = 0;
      if (this.depth > 0) this.books.trim(i, this.depth);
    }
    this.touchedCount = 0;
  }

  private touch(instrument: number): void {
    if (this.isTouched[instrument] !== 0) return;
    this.isTouched[instrument] = 1;
    this.touched[this.touchedCount++] = instrument;
  }

  /**
   * What it would have changed is not known: the book that was asked for with it and those that it
   * names, or all when it may have named any.
   */
  private malformed(request: number): void {
    this.counters[N.MD_MALFORMED]! += 1;
    if (request < 0) {
      this.askAll();
      return;
    }
    this.askAgain(request);
    for (let e = 0; e < this.entries.count; e++) {
      const instrument = this.entries.rows[e * E.ENTRY_WORDS + E.ENTRY_INSTRUMENT]!;
      if (instrument >= 0) this.askAgain(instrument);
    }
  }

  /** Whose entry it is nobody says. An id that no book has may be of one that waits for its snapshot. */
  private unnamed(): void {
    this.counters[N.MD_MALFORMED]! += 1;
    if (this.byId && this.subscriptions.live < this.subscriptions.own.length) return;
    this.askAll();
  }

  /** Every book that is live becomes stale, and its snapshot is asked for. */
  askAll(): void {
    const own = this.subscriptions.own;
    for (let k = 0; k < own.length; k++) this.askAgain(own[k]!);
  }

  /** A book that is live becomes stale, and its snapshot is asked for. */
  askAgain(instrument: number): void {
    if (this.subscriptions.state[instrument] === S.SUB_LIVE) this.ask(instrument);
  }

  /** A live book is stale from here on; its snapshot is asked for at the next poll. */
  private ask(instrument: number): void {
    this.gaps++;
    this.counters[FEED_GAPS]! += 1;
    this.books.mark(instrument, BOOK_STALE);
    this.requester.again(instrument);
  }
}
