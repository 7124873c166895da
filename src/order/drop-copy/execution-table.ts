// @hot
/**
 * Executions by ExecID, each with what our side and what the drop copy has told of it. Of fixed size:
 * the oldest is forgotten for the newest, those that are on a list last.
 *
 *   rows   ring of `capacity` rows of 24 words, overwritten in turn
 *   table  open addressing by hash, twice the capacity, holds row + 1; deletion shifts back
 *   lists  rows linked in order of arrival: those that wait for the other side, those that differ
 */
import { residentBuffer } from "../../core/resident.ts";

const ROW = 24;
const LO = 0;
const HI = 1;
export const X_INSTRUMENT = 2;
export const X_OUR_SIDE = 3;
/** 0 once busted. */
export const X_OUR_QTY = 4;
export const X_OUR_PX = 5;
export const X_SIDE = 6;
export const X_QTY = 7;
export const X_PX = 8;
/** X_BIT_*. */
export const X_BITS = 9;
export const X_SLOT = 10;
export const X_GENERATION = 11;
/** DIFFERENCE_* while it is on the list of those. */
export const X_KIND = 12;
const PREV = 13;
const NEXT = 14;
/** LIST_*, 0 = on none. */
const LIST = 15;
/** The correction that took the place of the copy, 0 0 = none. */
export const X_NEXT_LO = 16;
export const X_NEXT_HI = 17;
const TEXT = 18;
/** Bytes kept of an ExecID. */
export const EXEC_ID_BYTES = 24;

export const X_BIT_OURS = 1;
export const X_BIT_COPY = 2;
/** Busted or corrected, on our side, in the copy. */
export const X_BIT_OURS_CHANGED = 4;
export const X_BIT_COPY_CHANGED = 8;
/** Of an order of ours: both sides have to tell it. */
export const X_BIT_OWN = 16;
/** The copy's quantity or price cannot be read. */
export const X_BIT_UNREADABLE = 32;
/** The two sides name different instruments. */
export const X_BIT_ELSEWHERE = 64;
/** LastLiquidityInd (851) of the copy, two bits from here. */
export const X_LIQUIDITY_SHIFT = 8;

export const LIST_WAITING = 1;
export const LIST_DIFFERING = 2;
const LISTS = 3;
/** Rows looked at for one that is on no list. */
const SCAN_MAX = 64;

export class ExecutionTable {
  readonly capacity: number;
  /** Text of ExecIDs: row r has EXEC_ID_BYTES at textAt(r). */
  readonly bytes: Uint8Array;
  /** By list: how many rows. */
  readonly counts = new Int32Array(LISTS);
  private readonly rows: Int32Array;
  private readonly since: Float64Array;
  private readonly table: Int32Array;
  private readonly mask: number;
  private readonly heads = new Int32Array(LISTS);
  private readonly tails = new Int32Array(LISTS);
  private used = 0;
  private cursor = 0;

  /** capacity: a power of two, 16 to 2^22. */
  constructor(capacity: number) {
    if (capacity < 16 || capacity > 1 << 22 || (capacity & (capacity - 1)) !== 0) {
      throw new Error(
        `drop copy: capacity ${capacity}; wanted a power of two from 16 to ${1 << 22}`,
      );
    }
    this.capacity = capacity;
    this.rows = new Int32Array(residentBuffer(4 * ROW * capacity));
    this.bytes = new Uint8Array(this.rows.buffer);
    this.since = new Float64Array(residentBuffer(8 * capacity));
    this.table = new Int32Array(residentBuffer(4 * 2 * capacity));
    this.mask = 2 * capacity - 1;
  }

  /** Row of an id, or -1. */
  find(lo: number, hi: number): number {
    const l = lo | 0;
    const h = hi | 0;
    let at = this.home(l, h);
    while (this.table[at] !== 0) {
      const row = this.table[at]! - 1;
      if (this.rows[row * ROW + LO] === l && this.rows[row * ROW + HI] === h) return row;
      at = (at + 1) & this.mask;
    }
    return -1;
  }

  /** The row that the next add() will take from an older execution, or -1 when one is free. */
  next(): number {
    if (this.used < this.capacity) return -1;
    for (let k = 0; k < SCAN_MAX; k++) {
      if (this.rows[this.cursor * ROW + LIST] === 0) break;
      this.cursor = (this.cursor + 1) & (this.capacity - 1);
    }
    return this.cursor;
  }

  /** A row for an id that is not known yet: all zero but for the id. It must be on no list. */
  add(lo: number, hi: number): number {
    const victim = this.next();
    const row = victim < 0 ? this.used++ : victim;
    if (victim >= 0) {
      this.forget(row);
      this.cursor = (row + 1) & (this.capacity - 1);
    }
    const base = row * ROW;
    this.rows.fill(0, base, base + ROW);
    this.rows[base + LO] = lo;
    this.rows[base + HI] = hi;
    let at = this.home(lo | 0, hi | 0);
    while (this.table[at] !== 0) at = (at + 1) & this.mask;
    this.table[at] = row + 1;
    return row;
  }

  get(row: number, word: number): number {
    return this.rows[row * ROW + word]!;
  }

  set(row: number, word: number, value: number): void {
    this.rows[row * ROW + word] = value;
  }

  hasBits(row: number, bits: number): boolean {
    return (this.rows[row * ROW + X_BITS]! & bits) === bits;
  }

  setBits(row: number, bits: number): void {
    this.rows[row * ROW + X_BITS]! |= bits;
  }

  clearBits(row: number, bits: number): void {
    this.rows[row * ROW + X_BITS]! &= ~bits;
  }

  /** Halves of the id, unsigned. */
  lo(row: number): number {
    return this.rows[row * ROW + LO]! >>> 0;
  }
  hi(row: number): number {
    return this.rows[row * ROW + HI]! >>> 0;
  }

  textAt(row: number): number {
    return 4 * (row * ROW + TEXT);
  }

  /** Keeps the text of an ExecID, cut to fit. */
  setText(row: number, from: Uint8Array, offset: number, length: number): void {
    const at = this.textAt(row);
    for (let i = 0; i < EXEC_ID_BYTES; i++) {
      this.bytes[at + i] = i < length ? from[offset + i]! : 0;
    }
  }

  // ---- lists ------------------------------------------------------------------------------------

  /** LIST_*, 0 = on none. */
  listOf(row: number): number {
    return this.rows[row * ROW + LIST]!;
  }

  /** Puts a row at the end of a list; it leaves the one that it was on. */
  moveTo(row: number, list: number, nowNs: number): void {
    this.unlist(row);
    const base = row * ROW;
    const tail = this.tails[list]!;
    this.rows[base + LIST] = list;
    this.rows[base + PREV] = tail;
    this.rows[base + NEXT] = 0;
    if (tail === 0) this.heads[list] = row + 1;
    else this.rows[(tail - 1) * ROW + NEXT] = row + 1;
    this.tails[list] = row + 1;
    this.counts[list]!++;
    this.since[row] = nowNs;
  }

  unlist(row: number): void {
    const base = row * ROW;
    const list = this.rows[base + LIST]!;
    if (list === 0) return;
    const prev = this.rows[base + PREV]!;
    const next = this.rows[base + NEXT]!;
    if (prev === 0) this.heads[list] = next;
    else this.rows[(prev - 1) * ROW + NEXT] = next;
    if (next === 0) this.tails[list] = prev;
    else this.rows[(next - 1) * ROW + PREV] = prev;
    this.rows[base + LIST] = 0;
    this.counts[list]!--;
  }

  /** First row of a list, or -1. */
  first(list: number): number {
    return this.heads[list]! - 1;
  }

  /** The row behind this one on its list, or -1. */
  after(row: number): number {
    return this.rows[row * ROW + NEXT]! - 1;
  }

  /** When the row was put on its list. */
  sinceNs(row: number): number {
    return this.since[row]!;
  }

  setSince(row: number, nowNs: number): void {
    this.since[row] = nowNs;
  }

  private home(lo: number, hi: number): number {
    return (lo ^ Math.imul(hi, 0x9e3779b1)) & this.mask;
  }

  private forget(row: number): void {
    this.unlist(row);
    let hole = this.home(this.rows[row * ROW + LO]!, this.rows[row * ROW + HI]!);
    while (this.table[hole] !== row + 1) hole = (hole + 1) & this.mask;
    let at = (hole + 1) & this.mask;
    while (this.table[at] !== 0) {
      const other = this.table[at]! - 1;
      const home = this.home(this.rows[other * ROW + LO]!, this.rows[other * ROW + HI]!);
      // May it move into the hole? Only when its home does not lie between hole and where it is.
      if (((at - home) & this.mask) >= ((at - hole) & this.mask)) {
        this.table[hole] = this.table[at]!;
        hole = at;
      }
      at = (at + 1) & this.mask;
    }
    this.table[hole] = 0;
  }
}
