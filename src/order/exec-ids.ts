// @hot
/**
 * The executions applied so far, by the 64-bit hash of their ExecID: a replayed one is known, and a
 * bust or correction finds the fill it names. Bounded: the oldest is forgotten for the newest.
 *
 *   rows  ring of `capacity` rows of 10 words, overwritten in turn
 *   table open addressing by hash, twice the capacity, holds row + 1; deletion shifts back
 */
import { residentBuffer } from "../core/resident.ts";

const ROW = 10;
const LO = 0;
const HI = 1;
export const FILL_INSTRUMENT = 2;
export const FILL_SIDE = 3;
/** 0 once busted, or when the execution was no fill. */
export const FILL_QTY = 4;
export const FILL_PX = 5;
export const FILL_LIQUIDITY = 6;
/** The correction that took its place: its id, 0 0 = none. */
const NEXT_LO = 7;
const NEXT_HI = 8;

export class ExecIds {
  readonly capacity: number;
  private readonly rows: Int32Array;
  private readonly table: Int32Array;
  private readonly mask: number;
  private added = 0;

  /** capacity: a power of two, 16 to 2^22. */
  constructor(capacity: number) {
    if (capacity < 16 || capacity > 1 << 22 || (capacity & (capacity - 1)) !== 0) {
      throw new Error(
        `exec ids: capacity ${capacity}; wanted a power of two from 16 to ${1 << 22}`,
      );
    }
    this.capacity = capacity;
    this.rows = new Int32Array(residentBuffer(4 * ROW * capacity));
    this.table = new Int32Array(residentBuffer(4 * 2 * capacity));
    this.mask = 2 * capacity - 1;
  }

  /** Row of an id, or -1. Ids of zero are none. */
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

  /** The row of a fill, through its corrections, or -1. */
  findLatest(lo: number, hi: number): number {
    let row = this.find(lo, hi);
    for (let hops = 0; row >= 0 && hops < CORRECTIONS_MAX; hops++) {
      const nextLo = this.rows[row * ROW + NEXT_LO]!;
      const nextHi = this.rows[row * ROW + NEXT_HI]!;
      if (nextLo === 0 && nextHi === 0) return row;
      row = this.find(nextLo, nextHi);
    }
    return row;
  }

  /** Remembers an execution; the ids must not be known yet. */
  add(
    lo: number,
    hi: number,
    instrument: number,
    side: number,
    qty: number,
    px: number,
    liquidity: number,
  ): void {
    const row = this.added & (this.capacity - 1);
    const base = row * ROW;
    const rows = this.rows;
    if (this.added >= this.capacity) this.forget(row);
    this.added++;
    rows[base + LO] = lo;
    rows[base + HI] = hi;
    rows[base + FILL_INSTRUMENT] = instrument;
    rows[base + FILL_SIDE] = side;
    rows[base + FILL_QTY] = qty;
    rows[base + FILL_PX] = px;
    rows[base + FILL_LIQUIDITY] = liquidity;
    rows[base + NEXT_LO] = 0;
    rows[base + NEXT_HI] = 0;
    let at = this.home(lo | 0, hi | 0);
    while (this.table[at] !== 0) at = (at + 1) & this.mask;
    this.table[at] = row + 1;
  }

  get(row: number, word: number): number {
    return this.rows[row * ROW + word]!;
  }

  /** Halves of a row's id, unsigned. */
  lo(row: number): number {
    return this.rows[row * ROW + LO]! >>> 0;
  }
  hi(row: number): number {
    return this.rows[row * ROW + HI]! >>> 0;
  }

  /** Marks a fill as taken back; nextLo, nextHi name the correction in its place. */
  void(row: number, nextLo: number, nextHi: number): void {
    this.rows[row * ROW + FILL_QTY] = 0;
    this.rows[row * ROW + NEXT_LO] = nextLo;
    this.rows[row * ROW + NEXT_HI] = nextHi;
  }

  /** Puts a correction in the place of the fill, which was voided before. */
  replace(row: number, qty: number, px: number, liquidity: number): void {
    this.rows[row * ROW + FILL_QTY] = qty;
    this.rows[row * ROW + FILL_PX] = px;
    this.rows[row * ROW + FILL_LIQUIDITY] = liquidity;
  }

  private home(lo: number, hi: number): number {
    return (lo ^ Math.imul(hi, 0x9e3779b1)) & this.mask;
  }

  private forget(row: number): void {
    const lo = this.rows[row * ROW + LO]!;
    const hi = this.rows[row * ROW + HI]!;
    let hole = this.home(lo, hi);
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

const CORRECTIONS_MAX = 64;
