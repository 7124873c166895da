// @hot
/**
 * Price levels. Each side of each instrument owns a region of one pool: levels sorted so that the
 * BEST IS LAST, which makes the best O(1) and keeps moves short where the action is.
 *
 *   pool:  ... | worst .... third second BEST .... spare | ...      key = px for bids, -px for asks
 *               start                    start+count   start+capacity
 *
 * A region that is full moves to one of twice the size; the old one goes on the free list of its
 * size. Side index = instrument * 2, + 1 for asks. Quantities are doubles: a sum of int32s may
 * leave int32.
 */

/** Smallest region, levels. */
const REGION_MIN = 8;
const REGION_MIN_BITS = 3;
const SIZE_CLASSES = 28;
const NONE = -1;
/** Levels looked at one by one from the best before the search halves. */
const NEAR_LEVELS = 6;

export const LADDER_FULL = -1;

export class Ladders {
  /** Pool capacity in levels; regions take powers of two of it, 8 at least. */
  readonly capacity: number;
  readonly keys: Int32Array;
  readonly qty: Float64Array;
  readonly orders: Int32Array;
  /** By side. */
  readonly count: Int32Array;
  readonly start: Int32Array;
  private readonly sizeClass: Int32Array;
  /** By size class: first free region; the next one's start is in keys[start]. */
  private readonly free = new Int32Array(new ArrayBuffer(4 * SIZE_CLASSES)).fill(NONE);
  private used = 0;

  constructor(sides: number, capacity: number) {
    this.capacity = capacity;
    this.keys = new Int32Array(new ArrayBuffer(4 * capacity));
    this.qty = new Float64Array(new ArrayBuffer(8 * capacity));
    this.orders = new Int32Array(new ArrayBuffer(4 * capacity));
    this.count = new Int32Array(new ArrayBuffer(4 * sides));
    this.start = new Int32Array(new ArrayBuffer(4 * sides)).fill(NONE);
    this.sizeClass = new Int32Array(new ArrayBuffer(4 * sides));
  }

  /** Adds `qty` of `orders` (1) at a key. The level's rank from the best (0), or LADDER_FULL. */
  add(side: number, key: number, qty: number): number {
    const at = this.locate(side, key);
    const count = this.count[side]!;
    let slot = this.start[side]! + at;
    if (at < count && this.keys[slot] === key) {
      this.qty[slot]! += qty;
      this.orders[slot]! += 1;
      return count - 1 - at;
    }
    if (!this.hasSpare(side, count) && !this.grow(side, count)) return LADDER_FULL;
    slot = this.start[side]! + at;
    for (let i = this.start[side]! + count; i > slot; i--) {
      this.keys[i] = this.keys[i - 1]!;
      this.qty[i] = this.qty[i - 1]!;
      this.orders[i] = this.orders[i - 1]!;
    }
    this.keys[slot] = key;
    this.qty[slot] = qty;
    this.orders[slot] = 1;
    this.count[side] = count + 1;
    return count - at;
  }

  /** Takes `qty` and `orders` (0 or 1) away from a level that exists. Its rank from the best. */
  reduce(side: number, key: number, qty: number, orders: number): number {
    const at = this.locate(side, key);
    const count = this.count[side]!;
    const slot = this.start[side]! + at;
    this.qty[slot]! -= qty;
    const left = this.orders[slot]! - orders;
    this.orders[slot] = left;
    if (left === 0) {
      const last = this.start[side]! + count - 1;
      for (let i = slot; i < last; i++) {
        this.keys[i] = this.keys[i + 1]!;
        this.qty[i] = this.qty[i + 1]!;
        this.orders[i] = this.orders[i + 1]!;
      }
      this.count[side] = count - 1;
    }
    return count - 1 - at;
  }

  /** Pool index of the k-th best level of a side, or -1. */
  slotAt(side: number, level: number): number {
    const count = this.count[side]!;
    return level >= 0 && level < count ? this.start[side]! + count - 1 - level : NONE;
  }

  clear(): void {
    this.count.fill(0);
    this.start.fill(NONE);
    this.free.fill(NONE);
    this.used = 0;
  }

  /** Index within the region of the first level whose key is not below `key` (count = none). */
  private locate(side: number, key: number): number {
    const keys = this.keys;
    const start = this.start[side]!;
    const count = this.count[side]!;
    let high = count;
    const near = count - NEAR_LEVELS;
    while (high > 0 && high > near) {
      if (keys[start + high - 1]! < key) return high;
      high--;
    }
    // All at and above `high` are >= key.
    let low = 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (keys[start + middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private hasSpare(side: number, count: number): boolean {
    return this.start[side] !== NONE && count < REGION_MIN << this.sizeClass[side]!;
  }

  /** Moves a side to a region of twice the size. False when the pool has none. */
  private grow(side: number, count: number): boolean {
    const old = this.start[side]!;
    const oldClass = this.sizeClass[side]!;
    const size = old === NONE ? 0 : oldClass + 1;
    const start = this.take(size);
    if (start === NONE) return false;
    for (let i = 0; i < count; i++) {
      this.keys[start + i] = this.keys[old + i]!;
      this.qty[start + i] = this.qty[old + i]!;
      this.orders[start + i] = this.orders[old + i]!;
    }
    if (old !== NONE) {
      this.keys[old] = this.free[oldClass]!;
      this.free[oldClass] = old;
    }
    this.start[side] = start;
    this.sizeClass[side] = size;
    return true;
  }

  private take(size: number): number {
    const start = this.free[size]!;
    if (start !== NONE) {
      this.free[size] = this.keys[start]!;
      return start;
    }
    const levels = 1 << (REGION_MIN_BITS + size);
    if (this.used + levels > this.capacity) return NONE;
    this.used += levels;
    return this.used - levels;
  }
}
