// @hot
/**
 * Which order a UserRefNum belongs to, and by which UserRefNum the venue knows an order: what OUCH
 * says of an order names nothing else.
 *
 *   rows   by the number's low bits, 8 words: a ring over the newest `capacity` numbers. A number
 *          whose row still has an open order is passed over (numbers may have gaps, never repeats).
 *   slots  by order slot, 4 words: generation and number of the order as it stands, and of the
 *          replace sent after it
 */
import { residentBuffer } from "../core/resident.ts";

const ROW_SHIFT = 3;
const W_REF = 0;
export const REF_SLOT = 1;
export const REF_GENERATION = 2;
export const REF_INSTRUMENT = 3;
export const REF_SIDE = 4;
/** Generation of the last cancel that named this number; 0 = none did. */
export const REF_CANCEL = 5;
/** 1 = a replace. */
export const REF_IS_REPLACE = 6;

/** Numbers remembered at least. */
const CAPACITY_MIN = 65_536;

/** What the session asks of the orders it carries. Implemented over the order table. */
export interface OrderLedger {
  /** True while `generation` belongs to the order that has the slot now. */
  isCurrent(slot: number, generation: number): boolean;
  /** True while that order may trade. */
  isLive(slot: number): boolean;
  /** Quantity of it in all, what of that is filled, and what a replace under way asks for. */
  qty(slot: number): number;
  cum(slot: number): number;
  pendingQty(slot: number): number;
  /** Generation of that replace; 0 = none is under way. */
  pendingGeneration(slot: number): number;
  px(slot: number): number;
}

export class RefTable {
  private readonly rows: Int32Array;
  private readonly slots: Int32Array;
  private readonly slotCount: number;
  private readonly mask: number;

  /** slots: of the order table. */
  constructor(slots: number) {
    let capacity = CAPACITY_MIN;
    while (capacity < 4 * slots) capacity *= 2;
    this.mask = capacity - 1;
    this.slotCount = slots;
    this.rows = new Int32Array(residentBuffer((4 * capacity) << ROW_SHIFT));
    this.slots = new Int32Array(residentBuffer(4 * 4 * slots));
  }

  /** origGeneration 0 = a new order; else it replaces the order by that generation. */
  add(
    ref: number,
    slot: number,
    generation: number,
    origGeneration: number,
    instrument: number,
    side: number,
  ): void {
    const row = (ref & this.mask) << ROW_SHIFT;
    const rows = this.rows;
    rows[row + W_REF] = ref;
    rows[row + REF_SLOT] = slot;
    rows[row + REF_GENERATION] = generation;
    rows[row + REF_INSTRUMENT] = instrument;
    rows[row + REF_SIDE] = side;
    rows[row + REF_CANCEL] = 0;
    rows[row + REF_IS_REPLACE] = origGeneration !== 0 ? 1 : 0;
    if (slot < 0 || slot >= this.slotCount) return;
    const at = slot << 2;
    const slots = this.slots;
    if (origGeneration === 0) {
      slots[at] = generation;
      slots[at + 1] = ref;
      slots[at + 2] = 0;
      slots[at + 3] = 0;
      return;
    }
    if (slots[at + 2] === (origGeneration | 0)) {
      slots[at] = slots[at + 2]!;
      slots[at + 1] = slots[at + 3]!;
    }
    slots[at + 2] = generation;
    slots[at + 3] = ref;
  }

  /** The number was given back: nothing of its message left. */
  remove(ref: number): void {
    const row = this.find(ref);
    if (row < 0) return;
    const slot = this.rows[row + REF_SLOT]!;
    this.rows[row + W_REF] = 0;
    if (slot < 0 || slot >= this.slotCount) return;
    const at = slot << 2;
    for (let k = 0; k < 4; k += 2) {
      if (this.slots[at + k + 1] !== ref) continue;
      this.slots[at + k] = 0;
      this.slots[at + k + 1] = 0;
    }
  }

  /** Row of a number, or -1. */
  find(ref: number): number {
    const row = (ref & this.mask) << ROW_SHIFT;
    return ref > 0 && this.rows[row + W_REF] === (ref | 0) ? row : -1;
  }

  /** A word (REF_*) of a row that find() found. */
  get(row: number, word: number): number {
    return this.rows[row + word]!;
  }

  /** True for a number that was ours and has been forgotten for a newer one. */
  isForgotten(ref: number): boolean {
    return this.rows[((ref & this.mask) << ROW_SHIFT) + W_REF]! > ref;
  }

  /** The first number from `ref` on whose row holds no order that may still trade. */
  nextFree(ref: number, ledger: OrderLedger): number {
    let next = ref;
    for (let i = 0; i <= this.mask; i++, next++) {
      const row = (next & this.mask) << ROW_SHIFT;
      if (this.rows[row + W_REF] === 0) return next;
      const slot = this.rows[row + REF_SLOT]!;
      const generation = this.rows[row + REF_GENERATION]! >>> 0;
      if (!ledger.isCurrent(slot, generation) || !ledger.isLive(slot)) return next;
    }
    return next;
  }

  /** Number of the order in `slot` under `generation`; 0 when it has none. */
  refOf(slot: number, generation: number): number {
    if (slot < 0 || slot >= this.slotCount) return 0;
    const at = slot << 2;
    const wanted = generation | 0;
    if (this.slots[at] === wanted) return this.slots[at + 1]!;
    return this.slots[at + 2] === wanted ? this.slots[at + 3]! : 0;
  }

  /** A cancel with this generation named the number. */
  noteCancel(ref: number, generation: number): void {
    const row = this.find(ref);
    if (row >= 0) this.rows[row + REF_CANCEL] = generation;
  }
}
