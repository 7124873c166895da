// @hot
/**
 * Which books of a channel may be trusted, by the numbers that the venue gives the updates of each
 * instrument (MDP 3.0 RptSeq: next = last + 1), and the updates that wait for a snapshot.
 *
 *   SOUND    nothing of it was missed
 *   DOUBTED  packets were lost that may have held some of it. The next update follows the last one:
 *            nothing was missed, SOUND. A hole: WAITING
 *   WAITING  updates were missed, or nothing is known yet. They are kept until a snapshot comes that
 *            reaches to the first of them: book = snapshot + those behind it, SOUND
 *   LOOSE    begun in the middle, without a snapshot (only where asked for): updates are applied to
 *            what there is, and nobody may trust it
 *
 * A snapshot counts only when it was taken behind the last packet that was lost: one from before
 * would hide what the lost packet changed. Kept updates are rows of one pool, chained by instrument;
 * when none is left, the instrument that needs one gives up its own, and waits for a later snapshot.
 */
import { residentBuffer } from "../core/resident.ts";

export const SOUND = 0;
export const DOUBTED = 1;
export const WAITING = 2;
export const LOOSE = 3;

/** advance(): what to do with an update. */
export const UPDATE_OLD = 0;
export const UPDATE_APPLY = 1;
export const UPDATE_KEEP = 2;

/** offer(): what to do with a snapshot. */
export const SNAPSHOT_IGNORE = 0;
export const SNAPSHOT_TAKE = 1;
/** It proves that the book has missed nothing. */
export const SNAPSHOT_AGREES = 2;

/** rows[row + KEPT_*] */
const KEPT_NEXT = 0;
export const KEPT_RPT = 1;
export const KEPT_WHAT = 2;
export const KEPT_PX = 3;
export const KEPT_QTY = 4;
export const KEPT_ORDERS = 5;
const KEPT_WORDS = 8;
export const NO_KEPT = -1;

export class RptRecovery {
  /** SOUND, DOUBTED, WAITING or LOOSE by instrument. */
  readonly state: Uint8Array;
  /** Kept updates. */
  readonly rows: Int32Array;
  /** Updates missed, kept ones given up for want of room, snapshots taken. */
  holes = 0;
  overflows = 0;
  recovered = 0;
  private readonly first: number;
  /** Number of the last update that is in the book, and that has come. */
  private readonly last: Int32Array;
  private readonly seen: Int32Array;
  private readonly head: Int32Array;
  private readonly tail: Int32Array;
  private free = 0;
  /** False until a packet has come: what was before is not known. */
  private isBegun = false;
  /** One past the last packet that was lost. */
  private lostTo = 0;

  /** keptMax: updates of all instruments together that may wait. loose: see LOOSE. */
  constructor(instruments: number, keptMax: number, loose: boolean) {
    this.first = loose ? LOOSE : WAITING;
    this.state = new Uint8Array(new ArrayBuffer(instruments));
    this.last = new Int32Array(new ArrayBuffer(4 * instruments));
    this.seen = new Int32Array(new ArrayBuffer(4 * instruments));
    this.head = new Int32Array(new ArrayBuffer(4 * instruments));
    this.tail = new Int32Array(new ArrayBuffer(4 * instruments));
    this.rows = new Int32Array(residentBuffer(4 * KEPT_WORDS * keptMax));
    this.clear();
  }

  /** A session without a past: nothing is known of any book. */
  clear(): void {
    this.state.fill(this.first);
    this.last.fill(0);
    this.seen.fill(0);
    this.head.fill(NO_KEPT);
    this.tail.fill(NO_KEPT);
    this.rows.fill(0);
    this.free = this.rows.length === 0 ? NO_KEPT : 0;
    for (let row = 0; row < this.rows.length; row += KEPT_WORDS) {
      const next = row + KEPT_WORDS;
      this.rows[row + KEPT_NEXT] = next < this.rows.length ? next : NO_KEPT;
    }
    this.isBegun = false;
    this.lostTo = 0;
  }

  /** The next packet. True when it is the first of all: with sequence 1 all books are empty. */
  begin(seq: number): boolean {
    if (this.isBegun) return false;
    this.isBegun = true;
    this.lostTo = seq;
    return true;
  }

  /** The book is known to be empty, and the next update to be number 1. */
  restart(instrument: number): void {
    this.drop(instrument);
    this.state[instrument] = SOUND;
    this.last[instrument] = 0;
    this.seen[instrument] = 0;
  }

  /** The book cannot be what the venue has: it waits for a snapshot of now. */
  distrust(instrument: number): void {
    if (this.state[instrument] === LOOSE) return;
    this.state[instrument] = WAITING;
  }

  /** Nothing is known of the instrument any more. */
  forget(instrument: number): void {
    this.drop(instrument);
    this.state[instrument] = this.first;
    this.last[instrument] = 0;
    this.seen[instrument] = 0;
  }

  /** Packets below `to` are lost. */
  lost(to: number): void {
    this.isBegun = true;
    if (to > this.lostTo) this.lostTo = to;
  }

  /** The same for one instrument. True when it was sound. */
  doubt(instrument: number): boolean {
    if (this.state[instrument] !== SOUND) return false;
    this.state[instrument] = DOUBTED;
    return true;
  }

  // ---- updates ----------------------------------------------------------------------------------

  /** Update `rpt` of an instrument came: UPDATE_*. */
  advance(instrument: number, rpt: number): number {
    const seen = this.seen[instrument]!;
    if (rpt === seen + 1) {
      this.seen[instrument] = rpt;
      if (this.state[instrument] === SOUND) {
        this.last[instrument] = rpt;
        return UPDATE_APPLY;
      }
      return this.follow(instrument, rpt);
    }
    return rpt <= seen && rpt >= 0 ? UPDATE_OLD : this.leap(instrument, rpt);
  }

  /** Keeps an update for later; `what`, px, qty and orders are the caller's. */
  keep(
    instrument: number,
    rpt: number,
    what: number,
    px: number,
    qty: number,
    orders: number,
  ): void {
    const rows = this.rows;
    if (this.free === NO_KEPT) {
      // Those behind this one are kept again; a snapshot must reach so far.
      this.overflows++;
      this.drop(instrument);
      return;
    }
    const row = this.free;
    this.free = rows[row + KEPT_NEXT]!;
    rows[row + KEPT_NEXT] = NO_KEPT;
    rows[row + KEPT_RPT] = rpt;
    rows[row + KEPT_WHAT] = what;
    rows[row + KEPT_PX] = px;
    rows[row + KEPT_QTY] = qty;
    rows[row + KEPT_ORDERS] = orders;
    const tail = this.tail[instrument]!;
    if (tail === NO_KEPT) this.head[instrument] = row;
    else rows[tail + KEPT_NEXT] = row;
    this.tail[instrument] = row;
  }

  /** An update that follows the one seen before, of a book that is not sound. */
  private follow(instrument: number, rpt: number): number {
    const state = this.state[instrument]!;
    if (state === WAITING && rpt !== 1) return UPDATE_KEEP;
    // Number 1 follows nothing: what nothing was known of was empty.
    if (state !== LOOSE || rpt === 1) this.state[instrument] = SOUND;
    this.last[instrument] = rpt;
    return UPDATE_APPLY;
  }

  /** An update beyond the next one; a negative number is 2^31 or more: no update. */
  private leap(instrument: number, rpt: number): number {
    const before = this.seen[instrument]!;
    const state = this.state[instrument]!;
    if (rpt < 0) {
      this.holes++;
      this.drop(instrument);
      this.distrust(instrument);
      return UPDATE_OLD;
    }
    this.seen[instrument] = rpt;
    if (before !== 0 || state === SOUND || state === DOUBTED) this.holes++;
    if (state === LOOSE) {
      this.last[instrument] = rpt;
      return UPDATE_APPLY;
    }
    this.drop(instrument);
    this.state[instrument] = WAITING;
    return UPDATE_KEEP;
  }

  // ---- snapshots --------------------------------------------------------------------------------

  /** A snapshot taken behind packet `lastSeq`, with update `rpt` as its last: SNAPSHOT_*. */
  offer(instrument: number, lastSeq: number, rpt: number): number {
    const state = this.state[instrument]!;
    if (state === SOUND || !this.isBegun || lastSeq < this.lostTo - 1) return SNAPSHOT_IGNORE;
    const last = this.last[instrument]!;
    if (state === DOUBTED && rpt === last) {
      this.state[instrument] = SOUND;
      return SNAPSHOT_AGREES;
    }
    if (rpt >= this.seen[instrument]!) return SNAPSHOT_TAKE;
    if (state !== WAITING) return SNAPSHOT_IGNORE;
    const head = this.head[instrument]!;
    const reaches = head !== NO_KEPT && rpt >= this.rows[head + KEPT_RPT]! - 1;
    return reaches ? SNAPSHOT_TAKE : SNAPSHOT_IGNORE;
  }

  /** No update of it ever came, and packets from `lastSeq` on were not lost. */
  isUntouched(instrument: number, lastSeq: number): boolean {
    if (this.state[instrument] === SOUND || !this.isBegun) return false;
    return this.seen[instrument] === 0 && lastSeq >= this.lostTo - 1;
  }

  /** The first kept update of an instrument behind `rpt`, or NO_KEPT. */
  keptBehind(instrument: number, rpt: number): number {
    let row = this.head[instrument]!;
    while (row !== NO_KEPT && this.rows[row + KEPT_RPT]! <= rpt) {
      row = this.rows[row + KEPT_NEXT]!;
    }
    return row;
  }

  keptAfter(row: number): number {
    return this.rows[row + KEPT_NEXT]!;
  }

  /** The book is snapshot `rpt` and the kept updates behind it. */
  settle(instrument: number, rpt: number): void {
    this.drop(instrument);
    const last = Math.max(rpt, this.seen[instrument]!);
    this.last[instrument] = last;
    this.seen[instrument] = last;
    this.state[instrument] = SOUND;
    this.recovered++;
  }

  private drop(instrument: number): void {
    const tail = this.tail[instrument]!;
    if (tail === NO_KEPT) return;
    this.rows[tail + KEPT_NEXT] = this.free;
    this.free = this.head[instrument]!;
    this.head[instrument] = NO_KEPT;
    this.tail[instrument] = NO_KEPT;
  }
}
