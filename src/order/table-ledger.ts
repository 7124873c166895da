// @hot
/** The order table, as a session asks about the orders it carries. */
import { orderIsLive } from "../core/codes.ts";
import type { OrderLedger } from "../ouch/ref-table.ts";
import * as T from "./order-table.ts";
import { BIT_REPLACE } from "./state-machine.ts";

export class TableLedger implements OrderLedger {
  private readonly table: T.OrderTable;

  constructor(table: T.OrderTable) {
    this.table = table;
  }

  isCurrent(slot: number, generation: number): boolean {
    const table = this.table;
    if (!(slot >= 0 && slot < table.capacity) || table.isFresh(slot)) return false;
    return (
      generation >= table.generation(slot, T.W_GEN_FIRST) &&
      generation <= table.generation(slot, T.W_GEN_LAST)
    );
  }

  isLive(slot: number): boolean {
    return orderIsLive(this.table.state(slot));
  }

  qty(slot: number): number {
    return this.table.get(slot, T.W_QTY);
  }

  cum(slot: number): number {
    return this.table.get(slot, T.W_CUM);
  }

  px(slot: number): number {
    return this.table.get(slot, T.W_PX);
  }

  pendingGeneration(slot: number): number {
    return this.table.hasBits(slot, BIT_REPLACE) ? this.table.generation(slot, T.W_GEN_REPLACE) : 0;
  }

  pendingQty(slot: number): number {
    return this.table.get(slot, T.W_PEND_QTY);
  }
}
