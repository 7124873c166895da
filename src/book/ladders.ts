// @hot
/**
 * Price levels. A level is a row that keeps its place while it lives, so that an order names its
 * level and a reduction needs no search. Each side of each instrument also owns a region of a pool
 * with its levels in order, the BEST LAST: the best is O(1), and moves are short where the action is.
 *
 *   pool:   ... | worst .... third second BEST .... spare | ...    key = px for bids, -px for asks
 *                start                    start+count             (keys, and the level of each)
 *   level (32 B): key side | orders next-free | qty (double) | -
 *
 * A region that is full moves to one of twice the size; the old one goes on the free list of its
 * size. Side index = instrument * 2, + 1 for asks. Level quantities are doubles: a sum of int32s may
 * leave int32.
 */

/** words[level * LEVEL_WORDS + LEVEL_*] */
export const LEVEL_WORDS = 8;
export const LEVEL_KEY = 0;
export const LEVEL_SIDE = 1;
export const LEVEL_ORDERS = 2;
const LEVEL_NEXT = 3;
/** doubles[level * LEVEL_DOUBLES + LEVEL_QTY] */
export const LEVEL_DOUBLES = 4;
export const LEVEL_QTY = 2;

export const NO_LEVEL = -1;

/** Smallest region, levels. */
const REGION_MIN = 8;
const REGION_MIN_BITS = 3;
const SIZE_CLASSES = 28;
const NONE = -1;
/** Levels looked at one by one from the best before the search halves. */
const NEAR_LEVELS = 6;

export class Ladders {
  /** Levels of all sides together. */
  readonly capacity: number;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  /** Levels by side. */
  readonly count: Int32Array;
  /** Did the last add or reduce concern the best level of its side? */
  atBest = false;
  private readonly start: Int32Array;
  private readonly sizeClass: Int32Array;
  private readonly keys: Int32Array;
  private readonly levels: Int32Array;
  /** By size class: first free region; the next one's start is in keys[start]. */
  private readonly freeRegions = new Int32Array(new ArrayBuffer(4 * SIZE_CLASSES)).fill(NONE);
  private usedPool = 0;
  private freeLevel = NONE;
  private usedLevels = 0;

  constructor(sides: number, capacity: number) {
    this.capacity = capacity;
    const rows = new ArrayBuffer(4 * LEVEL_WORDS * capacity);
    this.words = new Int32Array(rows);
    this.doubles = new Float64Array(rows);
    this.count = new Int32Array(new ArrayBuffer(4 * sides));
    this.start = new Int32Array(new ArrayBuffer(4 * sides)).fill(NONE);
    this.sizeClass = new Int32Array(new ArrayBuffer(4 * sides));
    // Four slots a level: regions are half full at worst when they grow, and leave smaller ones behind.
    // Regions do not shrink, so a pool used up by sides that were once deep is possible: NO_LEVEL.
    const pool = 4 * capacity + 2 * REGION_MIN * sides;
    this.keys = new Int32Array(new ArrayBuffer(4 * pool));
    this.levels = new Int32Array(new ArrayBuffer(4 * pool));
  }

  /** Adds one order of `qty` at a key. The level, or NO_LEVEL when there is no room. */
  add(side: number, key: number, qty: number): number {
    const at = this.locate(side, key);
    const count = this.count[side]!;
    const slot = this.start[side]! + at;
    if (at < count && this.keys[slot] === key) {
      const level = this.levels[slot]!;
      this.words[level * LEVEL_WORDS + LEVEL_ORDERS]! += 1;
      this.doubles[level * LEVEL_DOUBLES + LEVEL_QTY]! += qty;
      this.atBest = at === count - 1;
      return level;
    }
    return this.open(side, key, qty, at);
  }

  /** Takes `qty` and `orders` (0 or 1) away from a level; one without orders is gone. */
  reduce(level: number, qty: number, orders: number): void {
    const row = level * LEVEL_WORDS;
    const side = this.words[row + LEVEL_SIDE]!;
    this.doubles[level * LEVEL_DOUBLES + LEVEL_QTY]! -= qty;
    const left = this.words[row + LEVEL_ORDERS]! - orders;
    this.words[row + LEVEL_ORDERS] = left;
    this.atBest = this.levels[this.start[side]! + this.count[side]! - 1] === level;
    if (left === 0) this.close(side, level);
  }

  /** The k-th best level of a side, or NO_LEVEL. */
  levelAt(side: number, rank: number): number {
    const count = this.count[side]!;
    return rank >= 0 && rank < count
      ? this.levels[this.start[side]! + count - 1 - rank]!
      : NO_LEVEL;
  }

  clear(): void {
    this.count.fill(0);
    this.start.fill(NONE);
    this.freeRegions.fill(NONE);
    this.usedPool = 0;
    this.freeLevel = NONE;
    this.usedLevels = 0;
  }

  /** Index within the region of the first level whose key is not below `key` (count = none). */
  private locate(side: number, key: number): number {
    const keys = this.keys;
    const start = this.start[side]!;
    let high = this.count[side]!;
    const near = high - NEAR_LEVELS;
    while (high > 0 && high > near) {
      if (keys[start + high - 1]! < key) return high;
      high--;
    }
    // All from `high` on are >= key.
    let low = 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (keys[start + middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A new level at index `at` of a side. */
  private open(side: number, key: number, qty: number, at: number): number {
    const count = this.count[side]!;
    const fits = this.start[side] !== NONE && count < REGION_MIN << this.sizeClass[side]!;
    if (this.freeLevel === NONE && this.usedLevels === this.capacity) return NO_LEVEL;
    if (!fits && !this.grow(side, count)) return NO_LEVEL;
    let level = this.freeLevel;
    if (level !== NONE) this.freeLevel = this.words[level * LEVEL_WORDS + LEVEL_NEXT]!;
    else level = this.usedLevels++;
    const slot = this.start[side]! + at;
    for (let i = this.start[side]! + count; i > slot; i--) {
      this.keys[i] = this.keys[i - 1]!;
      this.levels[i] = this.levels[i - 1]!;
    }
    this.keys[slot] = key;
    this.levels[slot] = level;
    this.count[side] = count + 1;
    const row = level * LEVEL_WORDS;
    this.words[row] = key;
    this.words[row + LEVEL_SIDE] = side;
    this.words[row + LEVEL_ORDERS] = 1;
    this.doubles[level * LEVEL_DOUBLES + LEVEL_QTY] = qty;
    this.atBest = at === count;
    return level;
  }

  private close(side: number, level: number): void {
    const row = level * LEVEL_WORDS;
    const start = this.start[side]!;
    const last = this.count[side]! - 1;
    for (let i = start + this.locate(side, this.words[row]!); i < start + last; i++) {
      this.keys[i] = this.keys[i + 1]!;
      this.levels[i] = this.levels[i + 1]!;
    }
    this.count[side] = last;
    this.words[row + LEVEL_NEXT] = this.freeLevel;
    this.freeLevel = level;
  }

  /** Moves a side to a region of twice the size. False when the pool has none. */
  private grow(side: number, count: number): boolean {
    const old = this.start[side]!;
    const oldClass = this.sizeClass[side]!;
    const size = old === NONE ? 0 : oldClass + 1;
    const start = this.takeRegion(size);
    if (start === NONE) return false;
    for (let i = 0; i < count; i++) {
      this.keys[start + i] = this.keys[old + i]!;
      this.levels[start + i] = this.levels[old + i]!;
    }
    if (old !== NONE) {
      this.keys[old] = this.freeRegions[oldClass]!;
      this.freeRegions[oldClass] = old;
    }
    this.start[side] = start;
    this.sizeClass[side] = size;
    return true;
  }

  private takeRegion(size: number): number {
    const start = this.freeRegions[size]!;
    if (start !== NONE) {
      this.freeRegions[size] = this.keys[start]!;
      return start;
    }
    const slots = 1 << (REGION_MIN_BITS + size);
    if (this.usedPool + slots > this.keys.length) return NONE;
    this.usedPool += slots;
    return this.usedPool - slots;
  }
}
