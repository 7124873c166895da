// @hot
/**
 * Order slots: one row of 32 words each, sized at start.
 *
 *   free list (first in, first out: a slot is used again as late as possible)
 *   live list (dense, for polls and cancel-all) and a list per instrument and side (for self-match)
 *
 * Generations: each id a slot sends takes the next one, so the ids of one order are the range
 * genFirst .. genLast, and a report tells by its generation whether it means the order that has the
 * slot now, an earlier one, or one that was never sent.
 */

import {
  ORDER_FREE,
  ORDER_MARKET,
  ORDER_PENDING_NEW,
  ORDER_SHORT,
  ORDER_SHORT_EXEMPT,
  orderIsLive,
  SIDE_BUY,
  SIDE_SELL,
} from "../core/codes.ts";
import { residentBuffer } from "../core/resident.ts";
import { firstGeneration, ID_COUNT_MAX, ID_SLOTS_MAX } from "../fix/order/order-id.ts";
import type { Exposure } from "../risk/exposure.ts";
import type { SelfMatch } from "../risk/switch.ts";
import { BIT_REPLACE } from "./state-machine.ts";

export const ROW_WORDS = 32;
export const W_STATE = 0;
export const W_BITS = 1;
export const W_INSTRUMENT = 2;
export const W_SIDE = 3;
export const W_QTY = 4;
/** Price in units; of a market order the price it is reserved at. */
export const W_PX = 5;
export const W_CUM = 6;
export const W_FLAGS = 7;
export const W_SESSION = 8;
/** Index of the strategy that sent it, -1 after a restart. */
export const W_STRATEGY = 9;
export const W_PEND_QTY = 10;
export const W_PEND_PX = 11;
export const W_GEN_FIRST = 12;
export const W_GEN_LAST = 13;
/** Generation that the venue knows the order by. */
export const W_GEN_ORDER = 14;
export const W_GEN_CANCEL = 15;
export const W_GEN_REPLACE = 16;
/** Quantity reserved with the gate. */
export const W_HELD = 17;
const W_LIVE_AT = 18;
const W_FREE_NEXT = 19;
const W_FREE_PREV = 20;
const W_PEER_NEXT = 21;
const W_PEER_PREV = 22;
/** Doubles in the row, by their index in it. */
const D_HELD_NOTIONAL = 12;
const D_DEADLINE_NS = 13;
/** ROW_WORDS as a shift: a product would be checked for an overflow. */
const ROW_SHIFT = 5;

const NONE = -1;
const AHEAD_ROWS = 8;

export interface OrderTableOptions {
  /** Slots, up to ID_SLOTS_MAX - 1 (the last id slot is for messages that belong to no order). */
  capacity: number;
  instrumentCount: number;
  /** Run number of the session date, 1..ID_EPOCH_MAX: part of every id. */
  epoch: number;
  exposure: Exposure;
}

/** Index of the list of an instrument's orders of a side: buys, then sells. */
function peerList(instrument: number, side: number): number {
  return (instrument << 1) + ((SIDE_BUY - side) >> 1);
}

export class OrderTable implements SelfMatch {
  readonly capacity: number;
  readonly rows: Int32Array;
  /** The same memory as doubles. */
  readonly doubles: Float64Array;
  /** Live slots, dense, in no order. */
  readonly live: Int32Array;
  liveCount = 0;
  private freeHead = NONE;
  private freeTail = NONE;
  /** Nobody looks at it; a read whose value goes nowhere would not be made. */
  readings = 0;
  /** First live order by instrument and side (peerList). */
  private readonly peers: Int32Array;
  private readonly exposure: Exposure;
  private readonly genFloor: number;

  constructor(options: OrderTableOptions) {
    const n = options.capacity;
    if (!(n >= 1 && n < ID_SLOTS_MAX)) {
      throw new Error(`order table: ${n} slots; wanted 1 to ${ID_SLOTS_MAX - 1}`);
    }
    this.capacity = n;
    const buffer = residentBuffer(4 * ROW_WORDS * n);
    this.rows = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.live = new Int32Array(residentBuffer(4 * n));
    this.peers = new Int32Array(residentBuffer(8 * Math.max(1, options.instrumentCount)));
    this.peers.fill(NONE);
    this.exposure = options.exposure;
    this.genFloor = firstGeneration(options.epoch) + 1;
    for (let slot = 0; slot < n; slot++) this.pushFree(slot);
  }

  get(slot: number, word: number): number {
    return this.rows[(slot << ROW_SHIFT) + word]!;
  }
  set(slot: number, word: number, value: number): void {
    this.rows[(slot << ROW_SHIFT) + word] = value;
  }
  generation(slot: number, word: number): number {
    return this.rows[(slot << ROW_SHIFT) + word]! >>> 0;
  }
  hasBits(slot: number, bits: number): boolean {
    return (this.rows[(slot << ROW_SHIFT) + W_BITS]! & bits) !== 0;
  }
  setBits(slot: number, bits: number): void {
    this.rows[(slot << ROW_SHIFT) + W_BITS]! |= bits;
  }
  clearBits(slot: number, bits: number): void {
    this.rows[(slot << ROW_SHIFT) + W_BITS]! &= ~bits;
  }
  state(slot: number): number {
    return this.rows[(slot << ROW_SHIFT) + W_STATE]!;
  }

  /** Price units * quantity reserved with the gate. */
  heldNotional(slot: number): number {
    return this.doubles[(slot << (ROW_SHIFT - 1)) + D_HELD_NOTIONAL]!;
  }
  /** When the venue's word is overdue; 0 = nothing is awaited. */
  deadlineNs(slot: number): number {
    return this.doubles[(slot << (ROW_SHIFT - 1)) + D_DEADLINE_NS]!;
  }
  setDeadline(slot: number, ns: number): void {
    this.doubles[(slot << (ROW_SHIFT - 1)) + D_DEADLINE_NS] = ns;
  }

  /** The slot that the next order gets, or -1 when all are live. */
  nextSlot(): number {
    return this.freeHead;
  }

  /** The generation that the next id of a slot gets; 0 when its count is used up for this run. */
  nextGeneration(slot: number): number {
    const next = this.generation(slot, W_GEN_LAST) + 1;
    if (next < this.genFloor) return this.genFloor;
    return (next & ID_COUNT_MAX) === 0 ? 0 : next;
  }

  /** Takes a free slot for an order just sent. It holds nothing with the gate before reserve(). */
  open(
    slot: number,
    generation: number,
    session: number,
    instrument: number,
    side: number,
    qty: number,
    px: number,
    flags: number,
  ): void {
    this.unlinkFree(slot);
    const base = slot << ROW_SHIFT;
    const rows = this.rows;
    rows[base + W_STATE] = ORDER_PENDING_NEW;
    rows[base + W_BITS] = 0;
    rows[base + W_INSTRUMENT] = instrument;
    rows[base + W_SIDE] = side;
    rows[base + W_QTY] = qty;
    rows[base + W_PX] = px;
    rows[base + W_CUM] = 0;
    rows[base + W_FLAGS] = flags;
    rows[base + W_SESSION] = session;
    rows[base + W_STRATEGY] = NONE;
    rows[base + W_PEND_QTY] = 0;
    rows[base + W_PEND_PX] = 0;
    rows[base + W_GEN_FIRST] = generation;
    rows[base + W_GEN_LAST] = generation;
    rows[base + W_GEN_ORDER] = generation;
    rows[base + W_GEN_CANCEL] = 0;
    rows[base + W_GEN_REPLACE] = 0;
    this.link(slot);
  }

  /** Ends a live order: nothing is reserved any more, and the slot waits at the end of the line. */
  close(slot: number, state: number): void {
    const base = slot << ROW_SHIFT;
    this.rows[base + W_STATE] = state;
    this.rows[base + W_BITS] = 0;
    this.setDeadline(slot, 0);
    this.hold(slot, 0, 0);
    this.unlink(slot);
    this.pushFree(slot);
  }

  /** Brings a done order back to life; its state is set by the caller. */
  revive(slot: number): void {
    this.unlinkFree(slot);
    this.link(slot);
  }

  /** What could still be filled, in the worst case. */
  openQty(slot: number): number {
    const base = slot << ROW_SHIFT;
    let qty = this.rows[base + W_QTY]!;
    if ((this.rows[base + W_BITS]! & BIT_REPLACE) !== 0) {
      qty = Math.max(qty, this.rows[base + W_PEND_QTY]!);
    }
    return Math.max(0, qty - this.rows[base + W_CUM]!);
  }

  /**
   * Renews what the order holds with the gate: while a replace is pending, the larger quantity at
   * the higher price (the one that counts for more exposure, on either side).
   */
  reserve(slot: number): void {
    const base = slot << ROW_SHIFT;
    let px = this.rows[base + W_PX]!;
    if ((this.rows[base + W_BITS]! & BIT_REPLACE) !== 0) {
      px = Math.max(px, this.rows[base + W_PEND_PX]!);
    }
    const qty = this.openQty(slot);
    this.hold(slot, qty, qty * px);
  }

  crosses(instrument: number, side: number, px: number, exceptSlot: number): boolean {
    let slot = this.peers[peerList(instrument, 0 - side)]!;
    while (slot !== NONE) {
      const base = slot << ROW_SHIFT;
      if (slot !== exceptSlot && this.openQty(slot) > 0) {
        if (this.meets(base, side, px)) return true;
      }
      slot = this.rows[base + W_PEER_NEXT]!;
    }
    return false;
  }

  private meets(base: number, side: number, px: number): boolean {
    const rows = this.rows;
    if ((rows[base + W_FLAGS]! & ORDER_MARKET) !== 0) return true;
    let own = rows[base + W_PX]!;
    if ((rows[base + W_BITS]! & BIT_REPLACE) !== 0) {
      const pend = rows[base + W_PEND_PX]!;
      own = side === SIDE_BUY ? Math.min(own, pend) : Math.max(own, pend);
    }
    return side === SIDE_BUY ? px >= own : px <= own;
  }

  /** Holds qty and notional (price units * quantity) with the gate instead of what was held. */
  hold(slot: number, qty: number, notional: number): void {
    const base = slot << ROW_SHIFT;
    const rows = this.rows;
    const moreQty = qty - rows[base + W_HELD]!;
    const moreNotional = notional - this.heldNotional(slot);
    if (moreQty === 0 && moreNotional === 0) return;
    const side = rows[base + W_SIDE]!;
    const isLongSale =
      side === SIDE_SELL && (rows[base + W_FLAGS]! & (ORDER_SHORT | ORDER_SHORT_EXEMPT)) === 0;
    rows[base + W_HELD] = qty;
    this.doubles[(slot << (ROW_SHIFT - 1)) + D_HELD_NOTIONAL] = notional;
    this.exposure.reserve(rows[base + W_INSTRUMENT]!, side, isLongSale, moreQty, moreNotional);
  }

  private link(slot: number): void {
    const base = slot << ROW_SHIFT;
    const rows = this.rows;
    rows[base + W_LIVE_AT] = this.liveCount;
    this.live[this.liveCount++] = slot;
    const instrument = rows[base + W_INSTRUMENT]!;
    const list = peerList(instrument, rows[base + W_SIDE]!);
    const next = this.peers[list]!;
    rows[base + W_PEER_NEXT] = next;
    rows[base + W_PEER_PREV] = NONE;
    if (next !== NONE) rows[(next << ROW_SHIFT) + W_PEER_PREV] = slot;
    this.peers[list] = slot;
    this.exposure.countOrder(instrument, 1);
  }

  private unlink(slot: number): void {
    const base = slot << ROW_SHIFT;
    const rows = this.rows;
    const at = rows[base + W_LIVE_AT]!;
    const last = this.live[--this.liveCount]!;
    this.live[at] = last;
    rows[(last << ROW_SHIFT) + W_LIVE_AT] = at;
    const instrument = rows[base + W_INSTRUMENT]!;
    const next = rows[base + W_PEER_NEXT]!;
    const prev = rows[base + W_PEER_PREV]!;
    if (next !== NONE) rows[(next << ROW_SHIFT) + W_PEER_PREV] = prev;
    if (prev !== NONE) rows[(prev << ROW_SHIFT) + W_PEER_NEXT] = next;
    else this.peers[peerList(instrument, rows[base + W_SIDE]!)] = next;
    this.exposure.countOrder(instrument, -1);
  }

  private pushFree(slot: number): void {
    const base = slot << ROW_SHIFT;
    this.rows[base + W_FREE_NEXT] = NONE;
    this.rows[base + W_FREE_PREV] = this.freeTail;
    if (this.freeTail === NONE) this.freeHead = slot;
    else this.rows[(this.freeTail << ROW_SHIFT) + W_FREE_NEXT] = slot;
    this.freeTail = slot;
  }

  private unlinkFree(slot: number): void {
    const base = slot << ROW_SHIFT;
    const next = this.rows[base + W_FREE_NEXT]!;
    const prev = this.rows[base + W_FREE_PREV]!;
    if (prev === NONE) this.freeHead = next;
    else this.rows[(prev << ROW_SHIFT) + W_FREE_NEXT] = next;
    if (next === NONE) this.freeTail = prev;
    else this.rows[(next << ROW_SHIFT) + W_FREE_PREV] = prev;
  }

  /**
   * Reads the rows that the next orders get, both cache lines of each: they were used the longest
   * ago, and an order would wait for its own (about 30 ns). For polls, beside the path.
   */
  readAhead(): void {
    const rows = this.rows;
    let slot = this.freeHead;
    let all = 0;
    for (let i = 0; i < AHEAD_ROWS && slot !== NONE; i++) {
      const base = slot << ROW_SHIFT;
      all ^= rows[base + W_GEN_LAST]!;
      slot = rows[base + W_FREE_NEXT]!;
    }
    this.readings = all;
  }

  isLive(slot: number): boolean {
    return orderIsLive(this.rows[(slot << ROW_SHIFT) + W_STATE]!);
  }

  /** True for a slot that has had no order yet. */
  isFresh(slot: number): boolean {
    return this.rows[(slot << ROW_SHIFT) + W_STATE] === ORDER_FREE;
  }
}
