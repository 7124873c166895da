// @hot
/**
 * Orders by 64-bit reference, all rows in one Int32Array.
 *
 *   heads[reference & mask] -> row -> row -> NONE      free -> row -> row -> NONE
 *   row (8 words): refLo refHi | next | side+1 | qty | key | stamp | -
 *
 * References grow by one, so `reference & mask` keeps neighbours in one cache line. Rows are chained
 * rather than probed for: with an identity hash, one old order in the way displaces every new order
 * behind it, and a deletion in a dense run has to walk the run. Chained, a deletion touches one row,
 * nothing degrades over the day, and the capacity is exact. The last row freed is the next one used.
 */

export const ROW_WORDS = 8;
export const ROW_REF_LO = 0;
export const ROW_REF_HI = 1;
const ROW_NEXT = 2;
/** Side index of ladders.ts. */
export const ROW_SIDE = 3;
export const ROW_QTY = 4;
/** Key of ladders.ts: the price, negative for asks. */
export const ROW_KEY = 5;
/** Grows with each add: time priority within a level. A reduction keeps it, a replace renews it. */
export const ROW_STAMP = 6;

export const NO_ROW = -1;
/** Mixes the high half in without disturbing neighbours (golden ratio, odd). */
const HIGH_MIX = 0x9e3779b1 | 0;

export class OrderTable {
  readonly capacity: number;
  /** rows[row + ROW_*]; `row` is a word index, a multiple of ROW_WORDS. */
  readonly rows: Int32Array;
  count = 0;
  private readonly heads: Int32Array;
  private readonly mask: number;
  private readonly shift: number;
  private free = NO_ROW;
  /** Rows above it were never used: clear() is cheap for a small book. */
  private used = 0;
  private stamp = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.rows = new Int32Array(new ArrayBuffer(4 * ROW_WORDS * capacity));
    let size = 16;
    let bits = 4;
    while (size < 2 * capacity) {
      size *= 2;
      bits++;
    }
    this.mask = size - 1;
    this.shift = bits;
    this.heads = new Int32Array(new ArrayBuffer(4 * size)).fill(NO_ROW);
  }

  /** Row of a reference, or NO_ROW. */
  find(refHi: number, refLo: number): number {
    const rows = this.rows;
    let row = this.heads[this.home(refHi, refLo)]!;
    while (row !== NO_ROW) {
      if (rows[row] === refLo && rows[row + ROW_REF_HI] === refHi) return row;
      row = rows[row + ROW_NEXT]!;
    }
    return NO_ROW;
  }

  /** The row of a new order, or NO_ROW when the table is full. The reference must not be in use. */
  insert(refHi: number, refLo: number, side: number, qty: number, key: number): number {
    const rows = this.rows;
    let row = this.free;
    if (row !== NO_ROW) this.free = rows[row + ROW_NEXT]!;
    else {
      if (this.used === this.capacity) return NO_ROW;
      row = this.used++ * ROW_WORDS;
    }
    const home = this.home(refHi, refLo);
    this.stamp = (this.stamp + 1) | 0;
    rows[row] = refLo;
    rows[row + ROW_REF_HI] = refHi;
    rows[row + ROW_NEXT] = this.heads[home]!;
    rows[row + ROW_SIDE] = side + 1;
    rows[row + ROW_QTY] = qty;
    rows[row + ROW_KEY] = key;
    rows[row + ROW_STAMP] = this.stamp;
    this.heads[home] = row;
    this.count++;
    return row;
  }

  /** `row` must be in use. */
  remove(row: number): void {
    const rows = this.rows;
    const home = this.home(rows[row + ROW_REF_HI]!, rows[row]!);
    const next = rows[row + ROW_NEXT]!;
    let at = this.heads[home]!;
    if (at === row) this.heads[home] = next;
    else {
      while (rows[at + ROW_NEXT] !== row) at = rows[at + ROW_NEXT]!;
      rows[at + ROW_NEXT] = next;
    }
    rows[row + ROW_SIDE] = 0;
    rows[row + ROW_NEXT] = this.free;
    this.free = row;
    this.count--;
  }

  sideOf(row: number): number {
    return this.rows[row + ROW_SIDE]! - 1;
  }

  /** Rows ever used, for cold walks: a row with ROW_SIDE 0 is free. */
  usedRows(): number {
    return this.used;
  }

  clear(): void {
    this.heads.fill(NO_ROW);
    this.rows.fill(0, 0, this.used * ROW_WORDS);
    this.free = NO_ROW;
    this.used = 0;
    this.count = 0;
    this.stamp = 0;
  }

  private home(refHi: number, refLo: number): number {
    return (refLo ^ (refLo >>> this.shift) ^ Math.imul(refHi, HIGH_MIX)) & this.mask;
  }
}
