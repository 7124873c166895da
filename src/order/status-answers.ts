// @hot
/** Reconciles an order with what the venue says it is: status answers and restatements. */
import {
  ORDER_EVENT_ACK,
  ORDER_EVENT_CANCEL_REJECTED,
  ORDER_EVENT_CANCELED,
  ORDER_EVENT_EXPIRED,
  ORDER_EVENT_NEVER_REACHED,
  ORDER_EVENT_NONE,
  ORDER_EVENT_REPLACE_REJECTED,
  ORDER_EVENT_REPLACED,
  ORDER_EVENT_RESTATED,
  ORDER_UNKNOWN,
  orderIsLive,
} from "../core/codes.ts";
import { REPORT_MORE_FILLED } from "../core/kill-reasons.ts";
import type { Execution } from "../fix/order/execution.ts";
import { ORDER_STATUS_MISMATCH } from "./counters.ts";
import * as fix from "./fix-codes.ts";
import type { OrderMoves } from "./moves.ts";
import * as T from "./order-table.ts";
import * as S from "./state-machine.ts";

export class StatusAnswers {
  private readonly moves: OrderMoves;

  constructor(moves: OrderMoves) {
    this.moves = moves;
  }

  /** The answer to our OrderStatusRequest (ExecType I). A replayed one is old news. */
  status(x: Execution, slot: number): number {
    const table = this.moves.table;
    if (x.possDup !== 0) return ORDER_EVENT_NONE;
    table.clearBits(slot, S.BIT_WANT_STATUS | S.BIT_ASKED);
    const state = table.state(slot);
    if (!orderIsLive(state)) return ORDER_EVENT_NONE;
    // Answered: it is not asked again, unless something of ours still waits for a word of its own.
    if (state !== ORDER_UNKNOWN && !this.moves.isAwaited(slot)) table.setDeadline(slot, 0);
    const isAcked = table.hasBits(slot, S.BIT_ACKED);
    if (x.ordStatus === fix.STATUS_REJECTED) {
      return isAcked
        ? this.moves.step(slot, S.IN_CANCELED, ORDER_EVENT_CANCELED)
        : this.moves.step(slot, S.IN_NEVER_REACHED, ORDER_EVENT_NEVER_REACHED);
    }
    if (x.cumQty !== table.get(slot, T.W_CUM)) {
      // A fill that was never reported: our position is wrong, and a person must look.
      this.moves.counters[ORDER_STATUS_MISMATCH]!++;
      if (x.cumQty > table.get(slot, T.W_CUM)) this.moves.contradicts(REPORT_MORE_FILLED);
      // One that the venue has ended is over all the same: nothing else will ever end it.
      if (!isFinal(x.ordStatus)) return ORDER_EVENT_NONE;
    }
    switch (x.ordStatus) {
      case fix.STATUS_CANCELED:
        return this.moves.step(slot, S.IN_CANCELED, ORDER_EVENT_CANCELED);
      case fix.STATUS_FILLED:
        return this.moves.step(slot, S.IN_FILL_ALL, ORDER_EVENT_RESTATED);
      case fix.STATUS_EXPIRED:
      case fix.STATUS_DONE_FOR_DAY:
        return this.moves.step(slot, S.IN_EXPIRED, ORDER_EVENT_EXPIRED);
      case fix.STATUS_NEW:
      case fix.STATUS_PARTIAL:
      case fix.STATUS_REPLACED:
        return this.statusOpen(x, slot, isAcked);
      default:
        return ORDER_EVENT_NONE;
    }
  }

  /** The venue has it open: whatever of ours was uncertain has not taken effect. */
  private statusOpen(x: Execution, slot: number, isAcked: boolean): number {
    const table = this.moves.table;
    const wasUnknown = table.state(slot) === ORDER_UNKNOWN;
    table.setBits(slot, S.BIT_ACKED);
    if (!wasUnknown) {
      if (!isAcked) return this.moves.step(slot, S.IN_ACK, ORDER_EVENT_ACK);
      // Pending requests may still be in the venue's queue; their own answers will come.
      if (this.moves.isAwaited(slot) || !this.adopt(x, slot)) return ORDER_EVENT_NONE;
      this.moves.counters[ORDER_STATUS_MISMATCH]!++;
      return this.moves.step(slot, S.IN_RESTATED, ORDER_EVENT_RESTATED);
    }
    const isReplaced =
      table.hasBits(slot, S.BIT_REPLACE) &&
      x.generation === table.generation(slot, T.W_GEN_REPLACE);
    let event = isAcked ? ORDER_EVENT_RESTATED : ORDER_EVENT_ACK;
    if (isReplaced) {
      table.set(slot, T.W_GEN_ORDER, x.generation);
      event = ORDER_EVENT_REPLACED;
    } else if (table.hasBits(slot, S.BIT_REPLACE)) event = ORDER_EVENT_REPLACE_REJECTED;
    else if (table.hasBits(slot, S.BIT_CANCEL)) event = ORDER_EVENT_CANCEL_REJECTED;
    table.clearBits(slot, S.BIT_CANCEL | S.BIT_REPLACE);
    this.adopt(x, slot);
    return this.moves.step(slot, S.IN_REOPENED, event);
  }

  /** Takes quantity and price of an order as the venue tells them; true when they are new. */
  adopt(x: Execution, slot: number): boolean {
    if (x.inexact !== 0) return false;
    const table = this.moves.table;
    const px = x.px > 0 ? x.px : table.get(slot, T.W_PX);
    const cum = table.get(slot, T.W_CUM);
    const qty = x.orderQty > 0 ? Math.max(cum, x.orderQty) : table.get(slot, T.W_QTY);
    const isNew = px !== table.get(slot, T.W_PX) || qty !== table.get(slot, T.W_QTY);
    table.set(slot, T.W_PX, px);
    table.set(slot, T.W_QTY, qty);
    this.moves.px = px;
    this.moves.qty = qty;
    return isNew;
  }
}

function isFinal(ordStatus: number): boolean {
  return (
    ordStatus === fix.STATUS_CANCELED ||
    ordStatus === fix.STATUS_FILLED ||
    ordStatus === fix.STATUS_EXPIRED ||
    ordStatus === fix.STATUS_DONE_FOR_DAY
  );
}
