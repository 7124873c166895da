// @hot
/**
 * What the journal says about orders and positions, and nothing else: every change of state comes
 * from a record that is written (intent, execution, fate), so that folding the records of a journal
 * through this class gives the state that was live when the last of them was written. Orders feeds
 * it live, OrderRestore from records.
 */
import {
  NO_INSTRUMENT,
  ORDER_EVENT_ACK,
  ORDER_EVENT_BUSTED,
  ORDER_EVENT_CANCEL_REJECTED,
  ORDER_EVENT_CANCELED,
  ORDER_EVENT_CORRECTED,
  ORDER_EVENT_EXPIRED,
  ORDER_EVENT_FILL,
  ORDER_EVENT_LATE_FILL,
  ORDER_EVENT_NEVER_REACHED,
  ORDER_EVENT_NONE,
  ORDER_EVENT_REJECTED,
  ORDER_EVENT_REPLACE_REJECTED,
  ORDER_EVENT_REPLACED,
  ORDER_EVENT_RESTATED,
  ORDER_EVENT_UNKNOWN,
  ORDER_FILLED,
  ORDER_MARKET,
  orderIsLive,
} from "../core/codes.ts";
import {
  REPORT_DOUBTFUL_FILL,
  REPORT_MORE_FILLED,
  REPORT_NEVER_SENT,
  REPORT_OTHER_TERMS,
  REPORT_OVERFILL,
  REPORT_UNBOOKABLE,
} from "../core/kill-reasons.ts";
import { HP_EXEC_CANCEL_REJECT } from "../ffi/layout.ts";
import type { Execution } from "../fix/order/execution.ts";
import { ID_SLOTS_MAX } from "../fix/order/order-id.ts";
import {
  ORDER_BUST_UNMATCHED,
  ORDER_DUPLICATES,
  ORDER_FILLED_ALL,
  ORDER_FOREIGN,
  ORDER_NEVER_SENT,
  ORDER_OVERFILLS,
  ORDER_STATUS_MISMATCH,
  ORDER_UNBOOKABLE,
} from "./counters.ts";
import { eventCounter } from "./event-counters.ts";
import * as fix from "./fix-codes.ts";
import { type OrderFoldOptions, OrderMoves } from "./moves.ts";
import * as T from "./order-table.ts";
import * as S from "./state-machine.ts";
import { StatusAnswers } from "./status-answers.ts";
import { TRADE_BOOKED, TRADE_DOUBTFUL, TRADE_REPEATED } from "./trades.ts";

/** Slot number of ids that belong to no order: mass cancel. */
export const MASS_SLOT = ID_SLOTS_MAX - 1;

const CURRENT = 0;
/** An order that had the slot before. */
const EARLIER = 1;
const NEVER_SENT = 2;
const FOREIGN = 3;

export class OrderFold extends OrderMoves {
  private readonly answers: StatusAnswers;
  /** The execution being applied was applied before. */
  private wasRepeated = false;

  constructor(options: OrderFoldOptions) {
    super(options);
    this.answers = new StatusAnswers(this);
  }

  /** Applies an inbound order message (HP_EXEC_*); returns the ORDER_EVENT_* it became. */
  execution(x: Execution, message: number): number {
    this.clear();
    this.wasRepeated = false;
    if (x.ours === 0 && x.origGeneration !== 0) {
      // A venue's own id with ours as OrigClOrdID (41): what it is about is ours.
      x.ours = 1;
      x.slot = x.origSlot;
      x.generation = x.origGeneration;
    }
    const where = this.locate(x);
    const event =
      message === HP_EXEC_CANCEL_REJECT ? this.cancelReject(x, where) : this.report(x, where);
    if (message !== HP_EXEC_CANCEL_REJECT && where === CURRENT) this.compare(x);
    return this.done(event);
  }

  /** Applies a fate (hp_jr_fate) of one message of ours; returns the ORDER_EVENT_* it became. */
  fate(slot: number, generation: number, fate: number): number {
    this.clear();
    if (!this.isCurrent(slot, generation)) return this.done(ORDER_EVENT_NONE);
    if (fate === ORDER_EVENT_UNKNOWN) return this.done(this.step(slot, S.IN_UNCERTAIN, fate));
    const pending = this.rejectedPending(slot, generation);
    if (pending !== ORDER_EVENT_NONE) return this.done(pending);
    const isNew = generation === this.table.generation(slot, T.W_GEN_FIRST);
    if (!isNew || this.table.hasBits(slot, S.BIT_ACKED)) return this.done(ORDER_EVENT_NONE);
    const input = fate === ORDER_EVENT_NEVER_REACHED ? S.IN_NEVER_REACHED : S.IN_REJECTED;
    return this.done(this.step(slot, input, fate));
  }

  /**
   * What a report on an order tells beside its event must fit what is booked: more in CumQty (14) than
   * we know of is a fill that never came, and every limit on positions is then measured wrongly. Status
   * answers have their own rules.
   */
  private compare(x: Execution): void {
    const table = this.table;
    if (x.execType === fix.EXEC_STATUS || (x.possDup !== 0 && this.wasRepeated)) return;
    const isOther =
      (x.side !== 0 && x.side !== table.get(x.slot, T.W_SIDE)) ||
      (x.instrument !== NO_INSTRUMENT && x.instrument !== table.get(x.slot, T.W_INSTRUMENT));
    if (!isOther && x.cumQty <= table.get(x.slot, T.W_CUM)) return;
    this.counters[ORDER_STATUS_MISMATCH]!++;
    this.contradicts(isOther ? REPORT_OTHER_TERMS : REPORT_MORE_FILLED);
  }

  private report(x: Execution, where: number): number {
    switch (x.execType) {
      case fix.EXEC_TRADE:
      case fix.EXEC_PARTIAL_FILL:
      case fix.EXEC_FILL:
        return this.fill(x, where);
      case fix.EXEC_TRADE_CANCEL:
        return this.bust(x, where);
      case fix.EXEC_TRADE_CORRECT:
        return this.correct(x, where);
    }
    if (where !== CURRENT) return ORDER_EVENT_NONE;
    const slot = x.slot;
    switch (x.execType) {
      case fix.EXEC_NEW:
        return this.ack(x, slot);
      case fix.EXEC_CANCELED:
        return this.step(slot, S.IN_CANCELED, ORDER_EVENT_CANCELED);
      case fix.EXEC_REPLACED:
        return this.replaced(x, slot);
      case fix.EXEC_REJECTED: {
        const pending = this.rejectedPending(slot, x.generation);
        return pending !== ORDER_EVENT_NONE
          ? pending
          : this.step(slot, S.IN_REJECTED, ORDER_EVENT_REJECTED);
      }
      case fix.EXEC_EXPIRED:
      case fix.EXEC_DONE_FOR_DAY:
        return this.step(slot, S.IN_EXPIRED, ORDER_EVENT_EXPIRED);
      case fix.EXEC_RESTATED:
        return this.restated(x, slot);
      case fix.EXEC_STATUS:
        return this.answers.status(x, slot);
      default:
        return ORDER_EVENT_NONE;
    }
  }

  private ack(x: Execution, slot: number): number {
    const table = this.table;
    if (table.hasBits(slot, S.BIT_ACKED) && orderIsLive(table.state(slot))) return ORDER_EVENT_NONE;
    const isMarket = (table.get(slot, T.W_FLAGS) & ORDER_MARKET) !== 0;
    // A venue may take an order at another price than asked (post-only repriced).
    if (x.px > 0 && x.inexact === 0 && !isMarket) table.set(slot, T.W_PX, x.px);
    table.setBits(slot, S.BIT_ACKED);
    return this.step(slot, S.IN_ACK, ORDER_EVENT_ACK);
  }

  private fill(x: Execution, where: number): number {
    if (where === FOREIGN) return ORDER_EVENT_NONE;
    const table = this.table;
    const isOwn = where === CURRENT;
    const instrument = isOwn ? table.get(x.slot, T.W_INSTRUMENT) : x.instrument;
    const side = isOwn ? table.get(x.slot, T.W_SIDE) : x.side;
    const result = this.trades.fill(x, instrument, side, isOwn ? table.get(x.slot, T.W_PX) : 0);
    if (!this.isBooked(result, ORDER_UNBOOKABLE)) return ORDER_EVENT_NONE;
    this.px = this.trades.px;
    this.qty = x.lastQty;
    if (!isOwn) return ORDER_EVENT_LATE_FILL;
    this.changeFilled(x, x.slot, this.trades.change);
    return ORDER_EVENT_FILL;
  }

  private bust(x: Execution, where: number): number {
    if (where === FOREIGN) return ORDER_EVENT_NONE;
    const isOwn = where === CURRENT;
    const instrument = isOwn ? this.table.get(x.slot, T.W_INSTRUMENT) : x.instrument;
    const side = isOwn ? this.table.get(x.slot, T.W_SIDE) : x.side;
    const result = this.trades.bust(x, instrument, side);
    if (!this.isBooked(result, ORDER_BUST_UNMATCHED)) return ORDER_EVENT_NONE;
    this.px = this.trades.px;
    this.qty = -this.trades.change;
    if (isOwn) this.changeFilled(x, x.slot, this.trades.change);
    return ORDER_EVENT_BUSTED;
  }

  private correct(x: Execution, where: number): number {
    if (where === FOREIGN) return ORDER_EVENT_NONE;
    const result = this.trades.correct(x);
    if (!this.isBooked(result, ORDER_BUST_UNMATCHED)) return ORDER_EVENT_NONE;
    this.px = this.trades.px;
    this.qty = x.lastQty;
    if (where === CURRENT) this.changeFilled(x, x.slot, this.trades.change);
    return ORDER_EVENT_CORRECTED;
  }

  /** Counts what a trade booking says is wrong; true when the position moved. */
  private isBooked(result: number, counter: number): boolean {
    if (result === TRADE_REPEATED) {
      this.counters[ORDER_DUPLICATES]!++;
      this.wasRepeated = true;
      return false;
    }
    if (result !== TRADE_BOOKED) {
      this.counters[counter]!++;
      this.contradicts(result === TRADE_DOUBTFUL ? REPORT_DOUBTFUL_FILL : REPORT_UNBOOKABLE);
      if (result !== TRADE_DOUBTFUL) return false;
    }
    this.moved = this.trades.instrument;
    return true;
  }

  /** The filled quantity of an order changed by a fill, a bust or a correction. */
  private changeFilled(x: Execution, slot: number, change: number): void {
    const table = this.table;
    const cum = Math.max(0, table.get(slot, T.W_CUM) + change);
    table.set(slot, T.W_CUM, cum);
    table.setBits(slot, S.BIT_ACKED);
    this.slot = slot;
    const isReplacing = table.hasBits(slot, S.BIT_REPLACE);
    const qty = table.get(slot, T.W_QTY);
    const worst = isReplacing ? Math.max(qty, table.get(slot, T.W_PEND_QTY)) : qty;
    if (cum > worst) {
      this.counters[ORDER_OVERFILLS]!++;
      this.contradicts(REPORT_OVERFILL);
    }
    if (change < 0) {
      this.reopen(x, slot, cum);
      return;
    }
    // Filled says the venue, though we count less: its word, unless a replace may open it again.
    const isAll = cum >= worst || (x.ordStatus === fix.STATUS_FILLED && !isReplacing);
    const wasLive = orderIsLive(table.state(slot));
    this.apply(slot, isAll ? S.IN_FILL_ALL : S.IN_FILL);
    if (wasLive && table.state(slot) === ORDER_FILLED) this.counters[ORDER_FILLED_ALL]!++;
  }

  /** Less is filled than was: what the venue says is open again, else the worst case. */
  private reopen(x: Execution, slot: number, cum: number): void {
    const isOpen = x.ordStatus === fix.STATUS_NEW || x.ordStatus === fix.STATUS_PARTIAL;
    const isLive = orderIsLive(this.table.state(slot));
    if (isOpen && x.leavesQty > 0) this.table.set(slot, T.W_QTY, cum + x.leavesQty);
    if (isLive || (isOpen && x.leavesQty > 0)) this.apply(slot, S.IN_REOPENED);
  }

  private replaced(x: Execution, slot: number): number {
    const table = this.table;
    const isPending =
      table.hasBits(slot, S.BIT_REPLACE) &&
      x.generation === table.generation(slot, T.W_GEN_REPLACE);
    if (!isPending && x.generation <= table.generation(slot, T.W_GEN_ORDER))
      return ORDER_EVENT_NONE;
    if (!orderIsLive(table.state(slot)) && x.leavesQty <= 0) return ORDER_EVENT_NONE;
    const isTold = x.inexact === 0;
    const px = isTold && x.px > 0 ? x.px : table.get(slot, isPending ? T.W_PEND_PX : T.W_PX);
    const qty =
      isTold && x.orderQty > 0 ? x.orderQty : table.get(slot, isPending ? T.W_PEND_QTY : T.W_QTY);
    table.set(slot, T.W_PX, px);
    table.set(slot, T.W_QTY, qty);
    table.set(slot, T.W_GEN_ORDER, x.generation);
    table.setBits(slot, S.BIT_ACKED);
    if (isPending) table.clearBits(slot, S.BIT_REPLACE);
    this.px = px;
    this.qty = qty;
    if (!orderIsLive(table.state(slot)))
      return this.step(slot, S.IN_REOPENED, ORDER_EVENT_REPLACED);
    if (x.ordStatus === fix.STATUS_CANCELED) {
      return this.step(slot, S.IN_CANCELED, ORDER_EVENT_REPLACED);
    }
    const isAll = table.get(slot, T.W_CUM) >= qty;
    return this.step(slot, isAll ? S.IN_FILL_ALL : S.IN_REPLACED, ORDER_EVENT_REPLACED);
  }

  private restated(x: Execution, slot: number): number {
    const table = this.table;
    if (this.trades.isRepeated(x)) {
      this.counters[ORDER_DUPLICATES]!++;
      this.wasRepeated = true;
      return ORDER_EVENT_NONE;
    }
    if (!orderIsLive(table.state(slot))) return ORDER_EVENT_NONE;
    this.trades.remember(x);
    this.answers.adopt(x, slot);
    if (x.ordStatus === fix.STATUS_CANCELED) {
      return this.step(slot, S.IN_CANCELED, ORDER_EVENT_RESTATED);
    }
    table.setBits(slot, S.BIT_ACKED);
    const isAll = table.get(slot, T.W_CUM) >= table.get(slot, T.W_QTY);
    return this.step(slot, isAll ? S.IN_FILL_ALL : S.IN_RESTATED, ORDER_EVENT_RESTATED);
  }

  private cancelReject(x: Execution, where: number): number {
    if (where !== CURRENT || !orderIsLive(this.table.state(x.slot))) return ORDER_EVENT_NONE;
    const event = this.rejectedPending(x.slot, x.generation);
    if (event === ORDER_EVENT_NONE || !orderIsLive(this.table.state(x.slot))) return event;
    if (fix.isDoneStatus(x.ordStatus) || x.reason === fix.CANCEL_REASON_UNKNOWN_ORDER) {
      // The venue holds it done and we do not: the report may still come, else the status tells.
      this.table.setBits(x.slot, S.BIT_WANT_STATUS);
      if (x.reason === fix.CANCEL_REASON_UNKNOWN_ORDER) this.apply(x.slot, S.IN_UNCERTAIN);
    }
    return event;
  }

  /** The pending cancel or replace that used `generation` came to nothing; ORDER_EVENT_NONE if none. */
  private rejectedPending(slot: number, generation: number): number {
    const table = this.table;
    if (!orderIsLive(table.state(slot))) return ORDER_EVENT_NONE;
    if (
      table.hasBits(slot, S.BIT_CANCEL) &&
      generation === table.generation(slot, T.W_GEN_CANCEL)
    ) {
      table.clearBits(slot, S.BIT_CANCEL);
      return this.step(slot, S.IN_CANCEL_REJECTED, ORDER_EVENT_CANCEL_REJECTED);
    }
    if (
      table.hasBits(slot, S.BIT_REPLACE) &&
      generation === table.generation(slot, T.W_GEN_REPLACE)
    ) {
      table.clearBits(slot, S.BIT_REPLACE);
      const isAll = table.get(slot, T.W_CUM) >= table.get(slot, T.W_QTY);
      const input = isAll ? S.IN_FILL_ALL : S.IN_REPLACE_REJECTED;
      return this.step(slot, input, ORDER_EVENT_REPLACE_REJECTED);
    }
    return ORDER_EVENT_NONE;
  }

  private locate(x: Execution): number {
    if (x.ours === 0) {
      this.counters[ORDER_FOREIGN]!++;
      return FOREIGN;
    }
    if (x.slot === MASS_SLOT) return FOREIGN;
    const table = this.table;
    if (x.slot >= 0 && x.slot < table.capacity && !table.isFresh(x.slot)) {
      const last = table.generation(x.slot, T.W_GEN_LAST);
      if (x.generation <= last) {
        if (x.generation >= table.generation(x.slot, T.W_GEN_FIRST)) return CURRENT;
        return EARLIER;
      }
    }
    this.counters[ORDER_NEVER_SENT]!++;
    this.contradicts(REPORT_NEVER_SENT);
    return NEVER_SENT;
  }

  private done(event: number): number {
    const counter = eventCounter(event);
    this.counters[counter]!++;
    return event;
  }
}
