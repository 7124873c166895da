// @hot
/**
 * Which books of a channel may be trusted, by the numbers that the venue gives the updates of each
 * instrument (MDP 3.0 RptSeq: next = last + 1), and the updates that wait for a snapshot.
 *
 *   SOUND    nothing of it was missed
 *   DOUBTED  packets were lost that may have held some of it. The next update follows the last one:
 *            nothing was missed, SOUND. A hole, or a lower number: WAITING
 *   WAITING  updates were missed, or nothing is known yet. They are kept until a snapshot comes that
 *            reaches to the first of them: book = snapshot + those behind it, SOUND
 *   LOOSE    begun in the middle, without a snapshot (only where asked for): updates are applied to
 *            what there is, and nobody may trust it
 *
 * A snapshot counts only when it was taken behind the last packet that was lost: one from before
 * would hide what the lost packet changed. Nor does one count that is of a packet which the live
 * lines have not brought, or of an update which they should have brought: it is another session's.
 *
 * In an outage the venue may have begun anew, numbers and all. A lower number than ours tells, of an
 * update or of a snapshot behind the loss. That an update follows ours may then be chance: until a
 * snapshot has replaced the book it is SOUND but unproven, and what refutes it makes it WAITING.
 *
 * Kept updates are rows of one pool, chained by instrument; when none is left, the instrument that
 * needs one gives up its own, and waits for a later snapshot.
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
/** Apply it to an empty book: it is number 1. */
export const UPDATE_FIRST = 3;

/** offer(): what to do with a snapshot. It is not of now, nothing it tells counts. */
export const SNAPSHOT_OLD = 0;
/** It is of now, and its levels are not needed, or do not help yet. */
export const SNAPSHOT_IGNORE = 1;
export const SNAPSHOT_TAKE = 2;
/** It proves that the book is wrong, and does not help yet. */
export const SNAPSHOT_REFUTES = 3;

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
  /** One past the highest packet of the live lines that is known. Set it before snapshots come. */
  liveTo = Number.POSITIVE_INFINITY;
  /** Updates missed, kept ones given up for want of room, snapshots taken. */
  holes = 0;
  overflows = 0;
  recovered = 0;
  private readonly first: number;
  /** Number of the last update that is in the book, and that has come. */
  private readonly last: Int32Array;
  private readonly seen: Int32Array;
  /** Number of the last update before the last loss. */
  private readonly base: Int32Array;
  /** 1 = SOUND because an update followed the last one, and no snapshot has told since. */
  private readonly isUnproven: Uint8Array;
  /** Packets up to this one are in the snapshot that was taken, though they may come yet. */
  private readonly heldTo: Float64Array;
  private readonly head: Int32Array;
  private readonly tail: Int32Array;
  private free = 0;
  /** False until a packet has come: what was before is not known. */
  private isBegun = false;
  /** One past the last packet that was lost. */
  private lostTo = 0;
  /** The live packet at hand, and the packet of the snapshot at hand. */
  private packetSeq = 0;
  private offeredSeq = 0;

  /** keptMax: updates of all instruments together that may wait. loose: see LOOSE. */
  constructor(instruments: number, keptMax: number, loose: boolean) {
    this.first = loose ? LOOSE : WAITING;
    this.state = new Uint8Array(new ArrayBuffer(instruments));
    this.last = new Int32Array(new ArrayBuffer(4 * instruments));
    this.seen = new Int32Array(new ArrayBuffer(4 * instruments));
    this.base = new Int32Array(new ArrayBuffer(4 * instruments));
    this.isUnproven = new Uint8Array(new ArrayBuffer(instruments));
    this.heldTo = new Float64Array(new ArrayBuffer(8 * instruments));
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
    this.base.fill(0);
    this.isUnproven.fill(0);
    this.heldTo.fill(0);
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
    this.packetSeq = 0;
  }

  /** The next packet. True when it is the first of all: with sequence 1 all books are empty. */
  begin(seq: number): boolean {
    this.packetSeq = seq;
    if (this.isBegun) return false;
    this.isBegun = true;
    this.lostTo = seq;
    return true;
  }

  /** The book is known to be empty, and the next update to be number 1. */
  restart(instrument: number): void {
    this.anew(instrument, 0);
    this.state[instrument] = SOUND;
  }

  /** The book cannot be what the venue has: it waits for a snapshot of now. */
  distrust(instrument: number): void {
    if (this.state[instrument] === LOOSE) return;
    // Nothing came since the loss: what the number is now is not known.
    if (this.state[instrument] === DOUBTED) this.anew(instrument, 0);
    this.state[instrument] = WAITING;
  }

  /** Nothing is known of the instrument any more. */
  forget(instrument: number): void {
    this.anew(instrument, 0);
    this.state[instrument] = this.first;
  }

  /** Packets below `to` are lost. */
  lost(to: number): void {
    this.isBegun = true;
    if (to > this.lostTo) this.lostTo = to;
  }

  /** The same for one instrument. True when it was sound. */
  doubt(instrument: number): boolean {
    // Snapshots that count hold what was kept; and what comes may have other numbers.
    if (this.state[instrument] === WAITING) this.anew(instrument, 0);
    if (this.state[instrument] !== SOUND) return false;
    this.state[instrument] = DOUBTED;
    this.base[instrument] = this.last[instrument]!;
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
    return rpt <= seen && rpt >= 0 ? this.back(instrument, rpt) : this.leap(instrument, rpt);
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
    if (rpt === 1) return this.firstOf(instrument);
    if (state === WAITING) return UPDATE_KEEP;
    this.last[instrument] = rpt;
    if (state === DOUBTED) {
      this.state[instrument] = SOUND;
      this.isUnproven[instrument] = 1;
    }
    return UPDATE_APPLY;
  }

  /** Number 1 follows nothing: the book was empty. */
  private firstOf(instrument: number): number {
    this.anew(instrument, 1);
    this.state[instrument] = SOUND;
    return UPDATE_FIRST;
  }

  /** An update that is not higher than the last one: numbers began anew, if there was an outage. */
  private back(instrument: number, rpt: number): number {
    const state = this.state[instrument]!;
    const isSure = state === SOUND && this.isUnproven[instrument] === 0;
    if (isSure || state === LOOSE || rpt === 0) return UPDATE_OLD;
    if (this.packetSeq <= this.heldTo[instrument]!) return UPDATE_OLD;
    this.holes++;
    if (rpt === 1) return this.firstOf(instrument);
    this.anew(instrument, 0);
    this.seen[instrument] = rpt;
    this.state[instrument] = WAITING;
    return UPDATE_KEEP;
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
    if (!this.isOfNow(lastSeq)) return SNAPSHOT_OLD;
    const state = this.state[instrument]!;
    const seen = this.seen[instrument]!;
    // What has come since the loss is in `seen`, but that of packets which are still to come.
    const isHeard = state === SOUND || (state === WAITING && seen !== 0);
    if (isHeard && rpt > seen && lastSeq <= this.packetSeq) return SNAPSHOT_OLD;
    this.offeredSeq = lastSeq;
    if (state === SOUND && this.isUnproven[instrument] === 0) return SNAPSHOT_IGNORE;
    if (rpt >= seen) return SNAPSHOT_TAKE;
    if (state === SOUND || state === DOUBTED) {
      // Taken behind the loss with less than we had before it.
      const isAnew = rpt < this.base[instrument]! && lastSeq >= this.heldTo[instrument]!;
      if (!isAnew) return SNAPSHOT_IGNORE;
      this.state[instrument] = WAITING;
      if (state === SOUND) return SNAPSHOT_REFUTES;
      this.anew(instrument, 0);
      return SNAPSHOT_TAKE;
    }
    const head = this.head[instrument]!;
    const reaches = head !== NO_KEPT && rpt >= this.rows[head + KEPT_RPT]! - 1;
    return reaches ? SNAPSHOT_TAKE : SNAPSHOT_IGNORE;
  }

  /** Taken behind the last packet that was lost, and of a packet that the live lines have. */
  isOfNow(lastSeq: number): boolean {
    return this.isBegun && lastSeq >= this.lostTo - 1 && lastSeq < this.liveTo;
  }

  /** No update of it is known, and packets from `lastSeq` on were not lost. */
  isUntouched(instrument: number, lastSeq: number): boolean {
    const isKnown = this.state[instrument] === SOUND || this.seen[instrument] !== 0;
    return !isKnown && this.isOfNow(lastSeq);
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
    this.isUnproven[instrument] = 0;
    this.heldTo[instrument] = this.offeredSeq;
    this.recovered++;
  }

  /** Update `rpt` is all that is known of it; the state is the caller's. */
  private anew(instrument: number, rpt: number): void {
    this.drop(instrument);
    this.last[instrument] = rpt;
    this.seen[instrument] = rpt;
    this.base[instrument] = rpt;
    this.isUnproven[instrument] = 0;
    this.heldTo[instrument] = 0;
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
