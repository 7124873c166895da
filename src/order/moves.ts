// @hot
/** The orders themselves: what we sent for them, and how the state table moves them. */
import { ORDER_EVENT_NONE, ORDER_UNKNOWN, orderIsLive } from "../core/codes.ts";
import { HP_KILL_ENGINE } from "../ffi/layout.ts";
import type { Exposure } from "../risk/exposure.ts";
import type { Positions } from "../risk/positions.ts";
import * as T from "./order-table.ts";
import { SentMessages } from "./sent-messages.ts";
import * as S from "./state-machine.ts";
import { Trades } from "./trades.ts";

export interface OrderFoldOptions {
  /** Order slots. */
  slots: number;
  instrumentCount: number;
  sessionCount: number;
  /** Run number of the session date, 1..4095. */
  epoch: number;
  positions: Positions;
  exposure: Exposure;
  counters: Float64Array;
  /** Executions remembered, a power of two. */
  execIds: number;
  /** Messages remembered per session, a power of two. */
  sentMessages: number;
}

export class OrderMoves {
  readonly table: T.OrderTable;
  readonly trades: Trades;
  readonly sent: SentMessages;
  /** Replaced while a journal is folded, so that history is not counted again. */
  counters: Float64Array;
  /** Of the last execution or fate: the slot it changed, or -1; price and quantity for onOrder. */
  slot = -1;
  px = 0;
  qty = 0;
  /** HP_KILL_* bits that the last execution calls for, and the instrument whose position moved. */
  faults = 0;
  moved = -1;
  /** Why, when the faults are not 0: a number of core/kill-reasons.ts. */
  reason = 0;

  constructor(options: OrderFoldOptions) {
    this.table = new T.OrderTable({
      capacity: options.slots,
      instrumentCount: options.instrumentCount,
      epoch: options.epoch,
      exposure: options.exposure,
    });
    this.trades = new Trades(options.positions, options.exposure, options.execIds);
    this.sent = new SentMessages(options.sessionCount, options.sentMessages);
    this.counters = options.counters;
  }

  sentNew(
    session: number,
    seq: number,
    slot: number,
    generation: number,
    instrument: number,
    side: number,
    qty: number,
    px: number,
    flags: number,
  ): void {
    this.table.open(slot, generation, session, instrument, side, qty, px, flags);
    this.table.hold(slot, qty, qty * px);
    this.sent.add(session, seq, slot, generation);
  }

  sentCancel(session: number, seq: number, slot: number, generation: number): void {
    const table = this.table;
    table.set(slot, T.W_GEN_CANCEL, generation);
    table.set(slot, T.W_GEN_LAST, generation);
    table.setBits(slot, S.BIT_CANCEL);
    this.pending(slot);
    this.sent.add(session, seq, slot, generation);
  }

  sentReplace(
    session: number,
    seq: number,
    slot: number,
    generation: number,
    qty: number,
    px: number,
  ): void {
    const table = this.table;
    table.set(slot, T.W_GEN_REPLACE, generation);
    table.set(slot, T.W_GEN_LAST, generation);
    table.set(slot, T.W_PEND_QTY, qty);
    table.set(slot, T.W_PEND_PX, px);
    table.setBits(slot, S.BIT_REPLACE);
    this.pending(slot);
    table.reserve(slot);
    this.sent.add(session, seq, slot, generation);
  }

  /** True when `generation` of a live order is one that may still be judged. */
  isCurrent(slot: number, generation: number): boolean {
    if (slot < 0 || slot >= this.table.capacity || this.table.isFresh(slot)) return false;
    return (
      generation >= this.table.generation(slot, T.W_GEN_FIRST) &&
      generation <= this.table.generation(slot, T.W_GEN_LAST)
    );
  }

  /** True when a message of this order waits for the venue's word. */
  isAwaited(slot: number): boolean {
    const bits = this.table.get(slot, T.W_BITS);
    return (bits & S.BIT_ACKED) === 0 || (bits & (S.BIT_CANCEL | S.BIT_REPLACE)) !== 0;
  }

  step(slot: number, input: number, event: number): number {
    if (!this.apply(slot, input)) return ORDER_EVENT_NONE;
    this.slot = slot;
    return event;
  }

  /** Moves an order by the state table; false when that has no effect. */
  apply(slot: number, input: number): boolean {
    const table = this.table;
    const state = table.state(slot);
    const to = S.TRANSITIONS[state * S.IN_COUNT + input]!;
    if (to === S.TO_IGNORE) return false;
    if (to === S.TO_KEEP) return true;
    if (to === S.TO_REVIVE) {
      table.revive(slot);
      table.setBits(slot, S.BIT_ACKED);
      this.setLive(slot);
    } else if (to === S.TO_LIVE) this.setLive(slot);
    else if (to === S.TO_SETTLE) {
      if (this.isAwaited(slot)) table.reserve(slot);
      else this.setLive(slot);
    } else if (to === ORDER_UNKNOWN) table.set(slot, T.W_STATE, to);
    else if (orderIsLive(state)) table.close(slot, to);
    else table.set(slot, T.W_STATE, to);
    return true;
  }

  private setLive(slot: number): void {
    const table = this.table;
    table.set(slot, T.W_STATE, S.liveState(table.get(slot, T.W_BITS)));
    if (!this.isAwaited(slot)) table.setDeadline(slot, 0);
    table.reserve(slot);
  }

  /** Something of ours was just sent for a live order: an unknown order stays unknown. */
  private pending(slot: number): void {
    const table = this.table;
    if (table.state(slot) === ORDER_UNKNOWN) return;
    table.set(slot, T.W_STATE, S.liveState(table.get(slot, T.W_BITS)));
  }

  /** What the execution says can't be: nothing goes on before a person has looked. */
  contradicts(reason: number): void {
    this.faults |= HP_KILL_ENGINE;
    if (this.reason === 0) this.reason = reason;
  }

  protected clear(): void {
    this.slot = -1;
    this.px = 0;
    this.qty = 0;
    this.faults = 0;
    this.reason = 0;
    this.moved = -1;
  }
}
