// @hot
/**
 * Orders by 64-bit reference, all rows in one Int32Array.
 *
 *   | home rows: one per value of reference & mask .......... | spare rows: `capacity` ........ |
 *     first order of each home, inline -- next --> spare -- next --> spare
 *   row (8 words): refLo refHi | next | level, 0 = empty | qty | stamp | - | -
 *
 * References grow by one, so `reference & mask` puts neighbours side by side, and nearly every order
 * is found in its home row: one cache line. Others of the same home are chained in spare rows rather
 * than probed for: with an identity hash, one old order in the way displaces every new order behind
 * it, and deleting in a dense run has to walk the run. Chained, nothing degrades over the day, and
 * the capacity is exact. Deleting a home order moves the next of its chain in, so a row number is
 * good only until the next remove().
 */
import { residentBuffer } from "../core/resident.ts";

export const ROW_WORDS = 8;
const ROW_SHIFT = 3;
export const ROW_REF_LO = 0;
export const ROW_REF_HI = 1;
const ROW_NEXT = 2;
/** Level of ladders.ts, never 0; 0 = the row is empty. */
const ROW_LEVEL = 3;
export const ROW_QTY = 4;
/** Grows with each add: time priority within a level. A reduction keeps it, a replace renews it. */
export const ROW_STAMP = 5;

export const NO_ROW = -1;
/** Mixes the high half in without disturbing neighbours (golden ratio, odd). */
const HIGH_MIX = 0x9e3779b1 | 0;

export class OrderTable {
  readonly capacity: number;
  /** rows[row + ROW_*]; `row` is a word index, a multiple of ROW_WORDS. */
  readonly rows: Int32Array;
  count = 0;
  /** Nobody looks at it; a read whose value goes nowhere would not be made. */
  readings = 0;
  private readonly mask: number;
  private readonly shift: number;
  private readonly firstSpare: number;
  private free = NO_ROW;
  /** Spare rows from here on were never used. */
  private untouched: number;
  private stamp = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    let size = 16;
    let bits = 4;
    while (size < capacity) {
      size *= 2;
      bits++;
    }
    this.mask = size - 1;
    this.shift = bits;
    this.firstSpare = size * ROW_WORDS;
    this.untouched = this.firstSpare;
    this.rows = new Int32Array(residentBuffer(4 * ROW_WORDS * (size + capacity)));
  }

  /** Row of a reference, or NO_ROW. */
  find(refHi: number, refLo: number): number {
    const rows = this.rows;
    const home = this.home(refHi, refLo);
    if (rows[home + ROW_LEVEL] === 0) return NO_ROW;
    if (rows[home] === refLo && rows[home + ROW_REF_HI] === refHi) return home;
    return this.findChained(home, refHi, refLo);
  }

  /** Brings the home row of a reference near: a later find() of it will not wait. */
  readAhead(refHi: number, refLo: number): void {
    this.readings ^= this.rows[this.home(refHi, refLo)]!;
  }

  /** The row of a new order, NO_ROW when the table is full. The reference is not in use; level > 0. */
  insert(refHi: number, refLo: number, level: number, qty: number): number {
    if (this.count === this.capacity) return NO_ROW;
    const rows = this.rows;
    let row = this.home(refHi, refLo);
    if (rows[row + ROW_LEVEL] === 0) rows[row + ROW_NEXT] = NO_ROW;
    else row = this.chain(row);
    this.stamp = (this.stamp + 1) | 0;
    rows[row] = refLo;
    rows[row + ROW_REF_HI] = refHi;
    rows[row + ROW_LEVEL] = level;
    rows[row + ROW_QTY] = qty;
    rows[row + ROW_STAMP] = this.stamp;
    this.count++;
    return row;
  }

  /** `row` must be in use. Other row numbers are not good any more. */
  remove(row: number): void {
    this.count--;
    if (row < this.firstSpare && this.rows[row + ROW_NEXT] === NO_ROW) {
      this.rows[row + ROW_LEVEL] = 0;
    } else this.unchain(row);
  }

  /** Level of an order. */
  levelOf(row: number): number {
    return this.rows[row + ROW_LEVEL]!;
  }

  clear(): void {
    this.rows.fill(0, 0, this.untouched);
    this.free = NO_ROW;
    this.untouched = this.firstSpare;
    this.count = 0;
    this.stamp = 0;
  }

  private home(refHi: number, refLo: number): number {
    const mixed = refLo ^ (refLo >>> this.shift) ^ Math.imul(refHi, HIGH_MIX);
    return (mixed & this.mask) << ROW_SHIFT;
  }

  private findChained(home: number, refHi: number, refLo: number): number {
    const rows = this.rows;
    let row = rows[home + ROW_NEXT]!;
    while (row !== NO_ROW && (rows[row] !== refLo || rows[row + ROW_REF_HI] !== refHi)) {
      row = rows[row + ROW_NEXT]!;
    }
    return row;
  }

  /** A spare row behind an occupied home. As many spare rows as orders: one is always left. */
  private chain(home: number): number {
    const rows = this.rows;
    let row = this.free;
    if (row !== NO_ROW) this.free = rows[row + ROW_NEXT]!;
    else {
      row = this.untouched;
      this.untouched = row + ROW_WORDS;
    }
    rows[row + ROW_NEXT] = rows[home + ROW_NEXT]!;
    rows[home + ROW_NEXT] = row;
    return row;
  }

  private unchain(row: number): void {
    const rows = this.rows;
    const next = rows[row + ROW_NEXT]!;
    if (row < this.firstSpare) {
      for (let i = 0; i < ROW_WORDS; i++) rows[row + i] = rows[next + i]!;
      this.release(next);
      return;
    }
    let at = this.home(rows[row + ROW_REF_HI]!, rows[row]!);
    while (rows[at + ROW_NEXT] !== row) at = rows[at + ROW_NEXT]!;
    rows[at + ROW_NEXT] = next;
    this.release(row);
  }

  private release(row: number): void {
    this.rows[row + ROW_LEVEL] = 0;
    this.rows[row + ROW_NEXT] = this.free;
    this.free = row;
  }
}
