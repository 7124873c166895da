// @hot
import type { OrderLedger } from "./ref-table.ts";

/** Of a session that has no orders to ask about yet. */
class NoLedger implements OrderLedger {
  isCurrent(_slot: number, _generation: number): boolean {
    return false;
  }
  isLive(_slot: number): boolean {
    return false;
  }
  qty(_slot: number): number {
    return 0;
  }
  cum(_slot: number): number {
    return 0;
  }
  px(_slot: number): number {
    return 0;
  }
  pendingGeneration(_slot: number): number {
    return 0;
  }
  pendingQty(_slot: number): number {
    return 0;
  }
}

export const NO_LEDGER: OrderLedger = new NoLedger();
