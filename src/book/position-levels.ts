// @hot
/**
 * Price levels named by their position, as venues send them that count levels: four sides an
 * instrument, all rows of one size in one Int32Array.
 *
 *   side = instrument * 4 + SIDE_*
 *   row:   count | limit | px qty orders of level 1 | of level 2 | ...
 *
 * Prices are any int32: nothing is sorted here, so negative ones and zero are as good as others.
 * Positions begin with 1. What does not fit the book that is there is refused with false.
 */
import { residentBuffer } from "../core/resident.ts";

export const SIDE_BID = 0;
export const SIDE_ASK = 1;
export const SIDE_IMPLIED_BID = 2;
export const SIDE_IMPLIED_ASK = 3;
export const SIDES = 4;

const LIMIT = 1;
const LEVELS = 2;
const LEVEL_WORDS = 3;
const QTY = 1;
const ORDERS = 2;

export class PositionLevels {
  /** Levels of a side at most. */
  readonly depthMax: number;
  private readonly words: Int32Array;
  private readonly rowWords: number;

  constructor(instruments: number, depthMax: number) {
    this.depthMax = depthMax;
    this.rowWords = (LEVELS + LEVEL_WORDS * depthMax + 3) & ~3;
    this.words = new Int32Array(residentBuffer(4 * SIDES * instruments * this.rowWords));
    for (let side = 0; side < SIDES * instruments; side++) this.limit(side, depthMax);
  }

  /** Levels that the venue keeps; what a new one pushes behind the last of them is gone. */
  limit(side: number, depth: number): void {
    const row = side * this.rowWords;
    const limit = Math.min(depth, this.depthMax);
    this.words[row + LIMIT] = limit;
    if (this.words[row]! > limit) this.words[row] = limit;
  }

  depth(side: number): number {
    return this.words[side * this.rowWords]!;
  }

  /** Of level k, 0 = the best; 0 when there is none. */
  px(side: number, k: number): number {
    const at = this.at(side, k);
    return at < 0 ? 0 : this.words[at]!;
  }

  qty(side: number, k: number): number {
    const at = this.at(side, k);
    return at < 0 ? 0 : this.words[at + QTY]!;
  }

  orders(side: number, k: number): number {
    const at = this.at(side, k);
    return at < 0 ? 0 : this.words[at + ORDERS]!;
  }

  /** A new level; those from there on move one position back. */
  insert(side: number, position: number, px: number, qty: number, orders: number): boolean {
    const words = this.words;
    const row = side * this.rowWords;
    const count = words[row]!;
    const limit = words[row + LIMIT]!;
    if (position < 1 || position > count + 1 || position > limit) return false;
    const kept = count < limit ? count : limit - 1;
    const from = row + LEVELS + LEVEL_WORDS * (position - 1);
    for (let i = row + LEVELS + LEVEL_WORDS * kept - 1; i >= from; i--) {
      words[i + LEVEL_WORDS] = words[i]!;
    }
    words[from] = px;
    words[from + QTY] = qty;
    words[from + ORDERS] = orders;
    words[row] = kept + 1;
    return true;
  }

  /** A level that is there lies between its neighbours: bids fall behind the best, asks rise. */
  isOrdered(side: number, position: number): boolean {
    const words = this.words;
    const row = side * this.rowWords;
    const at = row + LEVELS + LEVEL_WORDS * (position - 1);
    const sign = 1 - ((side & 1) << 1);
    const key = words[at]! * sign;
    if (position > 1 && words[at - LEVEL_WORDS]! * sign <= key) return false;
    return position >= words[row]! || words[at + LEVEL_WORDS]! * sign < key;
  }

  /** Another quantity at a level that is there, and of this price. */
  change(side: number, position: number, px: number, qty: number, orders: number): boolean {
    const words = this.words;
    const row = side * this.rowWords;
    if (position < 1 || position > words[row]!) return false;
    const at = row + LEVELS + LEVEL_WORDS * (position - 1);
    if (words[at] !== px) return false;
    words[at + QTY] = qty;
    words[at + ORDERS] = orders;
    return true;
  }

  /** Writes over a level, or adds one behind the last. */
  overlay(side: number, position: number, px: number, qty: number, orders: number): boolean {
    const words = this.words;
    const row = side * this.rowWords;
    const count = words[row]!;
    if (position > count) return this.insert(side, position, px, qty, orders);
    if (position < 1) return false;
    const at = row + LEVELS + LEVEL_WORDS * (position - 1);
    words[at] = px;
    words[at + QTY] = qty;
    words[at + ORDERS] = orders;
    return true;
  }

  /** Takes a level away that is there, and of this price. */
  take(side: number, position: number, px: number): boolean {
    const words = this.words;
    const row = side * this.rowWords;
    const count = words[row]!;
    const at = row + LEVELS + LEVEL_WORDS * (position - 1);
    if (position < 1 || position > count || words[at] !== px) return false;
    const stop = row + LEVELS + LEVEL_WORDS * (count - 1);
    for (let i = at; i < stop; i++) words[i] = words[i + LEVEL_WORDS]!;
    words[row] = count - 1;
    return true;
  }

  /** Takes the levels of positions from..to away; those behind them move up. */
  remove(side: number, from: number, to: number): boolean {
    const words = this.words;
    const row = side * this.rowWords;
    const count = words[row]!;
    if (from < 1 || to > count || from > to) return false;
    const stop = row + LEVELS + LEVEL_WORDS * count;
    const gone = LEVEL_WORDS * (to - from + 1);
    for (let i = row + LEVELS + LEVEL_WORDS * (from - 1) + gone; i < stop; i++) {
      words[i - gone] = words[i]!;
    }
    words[row] = count - (to - from + 1);
    return true;
  }

  empty(side: number): void {
    this.words[side * this.rowWords] = 0;
  }

  private at(side: number, k: number): number {
    const row = side * this.rowWords;
    return k >= 0 && k < this.words[row]! ? row + LEVELS + LEVEL_WORDS * k : -1;
  }
}
