// @hot
/**
 * Price levels, all in one Int32Array: side rows, then level rows, then the pool. A level is a row
 * that keeps its place while it lives, so that an order names its level and a reduction needs no
 * search. Each side of each instrument owns a region of the pool with its levels in order, the BEST
 * LAST: the best is O(1), and moves are short where the action is.
 *
 *   side row (16 B):  start end | size class | -        words of its region; side = instrument * 2,
 *                                                       + 1 for asks
 *   level row (32 B): key side | orders next-free | qty (double) | -
 *   pool slot (8 B):  key level                         key = px for bids, -px for asks
 *   region:           | worst .... third second BEST .... spare |
 *                      start                        end
 *
 * Sides, levels and slots are named by word index. A region that is full moves to one of twice the
 * size; the old one goes on the free list of its size. Level quantities are doubles: a sum of int32s
 * may leave int32.
 */
import { residentBuffer } from "../core/resident.ts";
import { CHANGED_BEST } from "./market-events.ts";

/** words[level + LEVEL_*] */
export const LEVEL_KEY = 0;
export const LEVEL_SIDE = 1;
export const LEVEL_ORDERS = 2;
const LEVEL_NEXT = 3;
/** doubles[(level >> 1) + LEVEL_QTY] */
export const LEVEL_QTY = 2;
const LEVEL_WORDS = 8;

export const NO_LEVEL = -1;

/** words[(side << SIDE_SHIFT) + SIDE_*] */
const SIDE_SHIFT = 2;
const SIDE_END = 1;
const SIDE_CLASS = 2;
const SLOT_WORDS = 2;
/** Of the smallest region. */
const REGION_WORDS = 8 * SLOT_WORDS;
const SIZE_CLASSES = 28;
/** Levels looked at one by one from the best before the search halves. */
const NEAR_WORDS = 6 * SLOT_WORDS;

export class Ladders {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  /** By the last add, change or remove: CHANGED_BEST or CHANGED_DEPTH. */
  changed = 0;
  private readonly firstLevel: number;
  private readonly firstSlot: number;
  /** By size class: first free region; the next one is in its first word. */
  private readonly freeRegions = new Int32Array(residentBuffer(4 * SIZE_CLASSES));
  private usedPool = 0;
  private freeLevel = 0;
  private usedLevels = 0;

  /** `capacity`: levels of all sides together. */
  constructor(sides: number, capacity: number) {
    this.firstLevel = (sides + (sides & 1)) << SIDE_SHIFT;
    this.firstSlot = this.firstLevel + capacity * LEVEL_WORDS;
    // Four slots a level: regions are half full at worst when they grow, and leave smaller ones behind.
    // Regions do not shrink, so a pool used up by sides that were once deep is possible: NO_LEVEL.
    const pool = 4 * capacity * SLOT_WORDS + 2 * REGION_WORDS * sides;
    const buffer = residentBuffer(4 * (this.firstSlot + pool));
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.usedPool = this.firstSlot;
    this.usedLevels = this.firstLevel;
  }

  // Whether a level is the best is arithmetic, the sign bit of what it is behind by, and not a branch:
  // it can't be predicted. No difference overflows: all keys of a side have the same sign.

  /** Adds one order of `qty` at a key. The level, or NO_LEVEL when there is no room. */
  add(side: number, key: number, qty: number): number {
    const words = this.words;
    const slot = this.locate(side, key);
    if (slot === words[(side << SIDE_SHIFT) + SIDE_END] || words[slot] !== key) {
      return this.open(side, key, qty, slot);
    }
    const level = words[slot + 1]!;
    words[level + LEVEL_ORDERS]! += 1;
    this.change(level, qty);
    return level;
  }

  /** Changes the quantity of a level. */
  change(level: number, qty: number): void {
    const words = this.words;
    const end = words[(words[level + LEVEL_SIDE]! << SIDE_SHIFT) + SIDE_END]!;
    this.doubles[(level >> 1) + LEVEL_QTY]! += qty;
    this.changed = CHANGED_BEST << ((words[level]! - words[end - SLOT_WORDS]!) >>> 31);
  }

  /** Takes an order of `qty` away from a level; one without orders is gone. */
  remove(level: number, qty: number): void {
    const left = this.words[level + LEVEL_ORDERS]! - 1;
    this.words[level + LEVEL_ORDERS] = left;
    this.change(level, 0 - qty);
    if (left === 0) this.close(level);
  }

  /** Sets a level to `qty` of `orders` orders, whatever it was. The level, NO_LEVEL without room. */
  put(side: number, key: number, qty: number, orders: number): number {
    const words = this.words;
    const slot = this.locate(side, key);
    let level: number;
    if (slot === words[(side << SIDE_SHIFT) + SIDE_END] || words[slot] !== key) {
      level = this.open(side, key, qty, slot);
      if (level === NO_LEVEL) return NO_LEVEL;
    } else {
      level = words[slot + 1]!;
      this.change(level, qty - this.doubles[(level >> 1) + LEVEL_QTY]!);
    }
    words[level + LEVEL_ORDERS] = orders;
    return level;
  }

  /** The level of a key, or NO_LEVEL. */
  find(side: number, key: number): number {
    const words = this.words;
    const slot = this.locate(side, key);
    if (slot === words[(side << SIDE_SHIFT) + SIDE_END] || words[slot] !== key) return NO_LEVEL;
    return words[slot + 1]!;
  }

  /** Takes a level away, whatever rests there. */
  drop(level: number): void {
    this.change(level, 0);
    this.close(level);
  }

  /** Number of levels of a side. */
  depth(side: number): number {
    const row = side << SIDE_SHIFT;
    return (this.words[row + SIDE_END]! - this.words[row]!) >> 1;
  }

  /** The k-th best level of a side, or NO_LEVEL. */
  levelAt(side: number, rank: number): number {
    const row = side << SIDE_SHIFT;
    const slot = this.words[row + SIDE_END]! - (rank + 1) * SLOT_WORDS;
    return rank >= 0 && slot >= this.words[row]! ? this.words[slot + 1]! : NO_LEVEL;
  }

  clear(): void {
    this.words.fill(0, 0, this.firstLevel);
    this.freeRegions.fill(0);
    this.usedPool = this.firstSlot;
    this.freeLevel = 0;
    this.usedLevels = this.firstLevel;
  }

  /** The first slot of a side whose key is not below `key` (end = none). */
  private locate(side: number, key: number): number {
    const words = this.words;
    const start = words[side << SIDE_SHIFT]!;
    let high = words[(side << SIDE_SHIFT) + SIDE_END]!;
    const far = Math.max(start, high - NEAR_WORDS);
    for (; high > far; high -= SLOT_WORDS) if (words[high - SLOT_WORDS]! < key) return high;
    return this.search(key, start, high);
  }

  /** The same among the slots from start to high, those from `high` on being not below `key`. */
  private search(key: number, start: number, end: number): number {
    const words = this.words;
    let low = start;
    let high = end;
    while (low < high) {
      const middle = low + (((high - low) >> 2) << 1);
      if (words[middle]! < key) low = middle + SLOT_WORDS;
      else high = middle;
    }
    return low;
  }

  /** A new level at a slot of a side. */
  private open(side: number, key: number, qty: number, at: number): number {
    const words = this.words;
    const row = side << SIDE_SHIFT;
    if (this.freeLevel === 0 && this.usedLevels === this.firstSlot) return NO_LEVEL;
    let slot = at;
    let end = words[row + SIDE_END]!;
    const start = words[row]!;
    if (start === 0 || end - start === REGION_WORDS << words[row + SIDE_CLASS]!) {
      if (!this.grow(row)) return NO_LEVEL;
      slot += words[row]! - start;
      end = words[row + SIDE_END]!;
    }
    let level = this.freeLevel;
    if (level !== 0) this.freeLevel = words[level + LEVEL_NEXT]!;
    else {
      level = this.usedLevels;
      this.usedLevels = level + LEVEL_WORDS;
    }
    for (let i = end; i > slot; i -= SLOT_WORDS) {
      words[i] = words[i - 2]!;
      words[i + 1] = words[i - 1]!;
    }
    words[slot] = key;
    words[slot + 1] = level;
    words[row + SIDE_END] = end + SLOT_WORDS;
    words[level] = key;
    words[level + LEVEL_SIDE] = side;
    words[level + LEVEL_ORDERS] = 1;
    this.doubles[(level >> 1) + LEVEL_QTY] = qty;
    this.changed = CHANGED_BEST << ((slot - end) >>> 31);
    return level;
  }

  private close(level: number): void {
    const words = this.words;
    const side = words[level + LEVEL_SIDE]!;
    const row = side << SIDE_SHIFT;
    const last = words[row + SIDE_END]! - SLOT_WORDS;
    for (let i = this.locate(side, words[level]!); i < last; i += SLOT_WORDS) {
      words[i] = words[i + 2]!;
      words[i + 1] = words[i + 3]!;
    }
    words[row + SIDE_END] = last;
    words[level + LEVEL_NEXT] = this.freeLevel;
    this.freeLevel = level;
  }

  /** Moves a side to a region of twice the size. False when the pool has none. */
  private grow(row: number): boolean {
    const words = this.words;
    const old = words[row]!;
    const oldClass = words[row + SIDE_CLASS]!;
    const used = words[row + SIDE_END]! - old;
    const size = old === 0 ? 0 : oldClass + 1;
    const start = this.takeRegion(size);
    if (start === 0) return false;
    for (let i = 0; i < used; i++) words[start + i] = words[old + i]!;
    if (old !== 0) {
      words[old] = this.freeRegions[oldClass]!;
      this.freeRegions[oldClass] = old;
    }
    words[row] = start;
    words[row + SIDE_END] = start + used;
    words[row + SIDE_CLASS] = size;
    return true;
  }

  private takeRegion(size: number): number {
    const start = this.freeRegions[size]!;
    if (start !== 0) {
      this.freeRegions[size] = this.words[start]!;
      return start;
    }
    const used = this.usedPool + (REGION_WORDS << size);
    if (used > this.words.length) return 0;
    const taken = this.usedPool;
    this.usedPool = used;
    return taken;
  }
}
