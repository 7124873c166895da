// @hot
/**
 * Which series of options leads to which instrument: three words of a message to a number, by open
 * addressing. Sized at start; a series that does not fit is not taken, and nothing is ever removed.
 *
 *   row (16 B): symbol[0..3] | symbol[4] month day year | strike * 1000 | instrument + 1
 *
 * 0 in the last word = free, negative = a series that nobody wants. A quarter of the rows stays free,
 * so that a search is short for series that are not there, too: they are most of what comes.
 */
import { residentBuffer } from "../../core/resident.ts";

export const SERIES_UNSEEN = -1;
export const SERIES_IGNORED = -2;

const ROW_WORDS = 4;
const FREE = 0;
const IGNORED = -1;

export class SeriesTable {
  private readonly rows: Int32Array;
  private readonly mask: number;
  private room: number;

  /** `capacity`: series that are wanted; as many that are not can be remembered, and some more. */
  constructor(capacity: number) {
    let size = 64;
    while (size < 3 * capacity) size *= 2;
    this.rows = new Int32Array(residentBuffer(4 * ROW_WORDS * size));
    this.mask = size - 1;
    this.room = size - (size >> 2);
  }

  /** The instrument, SERIES_UNSEEN or SERIES_IGNORED. */
  find(word0: number, word1: number, word2: number): number {
    const value = this.rows[this.probe(word0, word1, word2) + 3]!;
    return value > 0 ? value - 1 : value === FREE ? SERIES_UNSEEN : SERIES_IGNORED;
  }

  /** instrument -1: nobody wants it. False when there is no room. */
  add(word0: number, word1: number, word2: number, instrument: number): boolean {
    const row = this.probe(word0, word1, word2);
    const rows = this.rows;
    if (rows[row + 3] === FREE) {
      if (this.room === 0) return false;
      this.room--;
    }
    rows[row] = word0;
    rows[row + 1] = word1;
    rows[row + 2] = word2;
    rows[row + 3] = instrument < 0 ? IGNORED : instrument + 1;
    return true;
  }

  /** True when no more can be added. */
  isFull(): boolean {
    return this.room === 0;
  }

  /** Words of its row, or of the free one where it would stand. */
  private probe(word0: number, word1: number, word2: number): number {
    const rows = this.rows;
    const mask = this.mask;
    const mixed =
      Math.imul(word0, 0x9e3779b1) ^ Math.imul(word1, 0x85ebca6b) ^ Math.imul(word2, 0xc2b2ae35);
    let at = (mixed ^ (mixed >>> 15)) & mask;
    for (;;) {
      const row = at << 2;
      if (rows[row + 2] === word2 && rows[row + 1] === word1 && rows[row] === word0) return row;
      if (rows[row + 3] === FREE) return row;
      at = (at + 1) & mask;
    }
  }
}
