// @hot
/** What anybody may ask of an order by its slot number; any number is a legal question. */
import { orderIsLive } from "../core/codes.ts";
import * as T from "./order-table.ts";

export class OrderQueries {
  readonly table: T.OrderTable;

  constructor(table: T.OrderTable) {
    this.table = table;
  }

  /** ORDER_* state of a slot; ORDER_FREE for a number that is no slot. */
  state(slot: number): number {
    return this.isSlot(slot) ? this.table.state(slot) : 0;
  }
  /** What is still open, pending replaces left out; 0 when done. */
  leaves(slot: number): number {
    if (!this.isSlot(slot) || !orderIsLive(this.table.state(slot))) return 0;
    return Math.max(0, this.table.get(slot, T.W_QTY) - this.table.get(slot, T.W_CUM));
  }
  px(slot: number): number {
    return this.isSlot(slot) ? this.table.get(slot, T.W_PX) : 0;
  }
  side(slot: number): number {
    return this.isSlot(slot) ? this.table.get(slot, T.W_SIDE) : 0;
  }
  /** -1 for a slot that has had no order. */
  instrument(slot: number): number {
    const isKnown = this.isSlot(slot) && !this.table.isFresh(slot);
    return isKnown ? this.table.get(slot, T.W_INSTRUMENT) : -1;
  }

  protected isSlot(slot: number): boolean {
    return (slot | 0) === slot && slot >= 0 && slot < this.table.capacity;
  }

  /** True for a slot whose order `strategy` sent; -1 may touch any. */
  isSlotOf(strategy: number, slot: number): boolean {
    if (!this.isSlot(slot)) return false;
    return strategy < 0 || this.table.get(slot, T.W_STRATEGY) === strategy;
  }
}
