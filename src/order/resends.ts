// @hot
/** Which order messages that never reached the venue may be sent again as they were. */
import { ORDER_UNKNOWN, orderIsLive } from "../core/codes.ts";
import type { Gate } from "../risk/gate.ts";
import type { OrderFold } from "./fold.ts";
import * as T from "./order-table.ts";
import { BIT_REPLACE } from "./state-machine.ts";

export class OrderResends {
  private readonly fold: OrderFold;
  private readonly gate: Gate;

  constructor(fold: OrderFold, gate: Gate) {
    this.fold = fold;
    this.gate = gate;
  }

  /** Slot of the live order that waits for an answer to message refSeq or a later one; -1 = none. */
  awaited(session: number, refSeq: number): number {
    const slot = this.fold.sent.slotOf(session, refSeq);
    if (slot < 0 || !orderIsLive(this.fold.table.state(slot))) return -1;
    return this.fold.isAwaited(slot) ? slot : -1;
  }

  /**
   * Only while the message is the last word on its order and unanswered, and with arming, market and
   * price looked at anew. What it reserves has been reserved since it was sent first.
   */
  mayResend(session: number, refSeq: number, nowNs: number): boolean {
    const sent = this.fold.sent;
    const slot = sent.slotOf(session, refSeq);
    if (slot < 0) return false;
    const table = this.fold.table;
    const state = table.state(slot);
    if (!orderIsLive(state) || (state !== ORDER_UNKNOWN && !this.fold.isAwaited(slot)))
      return false;
    const generation = sent.generationOf(session, refSeq);
    if (generation !== table.generation(slot, T.W_GEN_LAST)) return false;
    if (generation === table.generation(slot, T.W_GEN_CANCEL)) return !this.namesDeadId(slot);
    const isNew = generation === table.generation(slot, T.W_GEN_FIRST);
    const px = table.get(slot, isNew ? T.W_PX : T.W_PEND_PX);
    const instrument = table.get(slot, T.W_INSTRUMENT);
    const side = table.get(slot, T.W_SIDE);
    return this.gate.checkAgain(instrument, side, px, table.get(slot, T.W_FLAGS), nowNs) === 0;
  }

  /**
   * The cancel of an order names the last id sent before it (OrigClOrdID): where that was a replace
   * that came to nothing, the venue does not know it.
   */
  private namesDeadId(slot: number): boolean {
    const table = this.fold.table;
    if (table.hasBits(slot, BIT_REPLACE)) return false;
    return table.generation(slot, T.W_GEN_REPLACE) > table.generation(slot, T.W_GEN_ORDER);
  }
}
