// @hot
/**
 * The order side of an engine: what strategies send passes the gate here and goes to a session; what
 * sessions hear is applied to order and position, journaled (one EXEC record per message), and told
 * to the strategy. Deadlines, status requests and cancel-all run in poll().
 */
import type { Instruments } from "../book/instruments.ts";
import type { Clock } from "../core/clock.ts";
import {
  DENY_ARGUMENT,
  DENY_NO_SESSION,
  DENY_SLOTS,
  DENY_STATE,
  ORDER_EVENT_NEVER_REACHED,
  ORDER_EVENT_NONE,
  ORDER_EVENT_REJECTED,
  ORDER_EVENT_UNKNOWN,
  ORDER_MARKET,
  ORDER_UNKNOWN,
  orderIsLive,
  SESSION_DOWN,
  SESSION_UP,
} from "../core/codes.ts";
import {
  HP_EXEC_CANCEL_REJECT,
  HP_EXEC_REPORT,
  HP_JR_START,
  HP_KILL_ENGINE,
  HP_KILL_JOURNAL,
} from "../ffi/layout.ts";
import type { Execution, ExecutionSink, OrderSession } from "../fix/order/execution.ts";
import type { Gate } from "../risk/gate.ts";
import type { KillSwitch } from "../risk/switch.ts";
import {
  ORDER_CANCELS_SENT,
  ORDER_MESSAGE_REJECTS,
  ORDER_REPLACES_SENT,
  ORDER_SENT,
  ORDER_UNBOOKABLE,
} from "./counters.ts";
import { OrderFold } from "./fold.ts";
import { asLimit } from "./market-order.ts";
import { OrderPoll } from "./order-poll.ts";
import { OrderQueries } from "./order-queries.ts";
import * as T from "./order-table.ts";
import {
  ANSWER_TIMEOUT_NS,
  NO_LISTENER,
  type OrderListener,
  type OrdersOptions,
} from "./orders-options.ts";
import { OrderRecords } from "./records.ts";
import { OrderResends } from "./resends.ts";
import { OrderRestore } from "./restore.ts";
import { BIT_ASKED, BIT_CANCEL, BIT_REPLACE, BIT_WANT_STATUS } from "./state-machine.ts";

export class Orders extends OrderQueries implements ExecutionSink {
  readonly fold: OrderFold;
  /** Set by the engine before arming. */
  listener: OrderListener = NO_LISTENER;
  private readonly records: OrderRecords;
  private readonly restorer: OrderRestore;
  readonly polling: OrderPoll;
  private readonly resends: OrderResends;
  private readonly gate: Gate;
  private readonly instruments: Instruments;
  private readonly sessions: readonly OrderSession[];
  private readonly sessionRx: readonly Uint8Array[];
  private readonly clock: Clock;
  private readonly kill: KillSwitch;
  private readonly counters: Float64Array;
  private readonly answerTimeoutNs: number;
  private readonly scratchCounters: Float64Array;

  constructor(options: OrdersOptions) {
    const { gate, instruments, sessions, counters } = options;
    const fold = new OrderFold({
      slots: options.slots,
      instrumentCount: instruments.capacity,
      sessionCount: sessions.length,
      epoch: options.epoch,
      positions: gate.positions,
      exposure: gate.exposure,
      counters,
      execIds: options.execIds ?? 65536,
      sentMessages: options.sentMessages ?? 8192,
    });
    super(fold.table);
    this.fold = fold;
    this.records = new OrderRecords(options.journal, counters, options.denyRecordsPerMs ?? 4);
    this.restorer = new OrderRestore(
      this.fold,
      gate.positions,
      gate.exposure,
      this.records,
      sessions.length,
    );
    this.gate = gate;
    this.instruments = instruments;
    this.sessions = sessions;
    this.sessionRx = options.sessionRx;
    this.clock = options.clock;
    this.kill = options.kill;
    this.counters = counters;
    this.answerTimeoutNs = options.answerTimeoutNs ?? ANSWER_TIMEOUT_NS;
    this.scratchCounters = new Float64Array(new ArrayBuffer(8 * counters.length));
    this.polling = new OrderPoll(this, options);
    this.resends = new OrderResends(fold, gate);
    gate.selfMatch = this.table;
  }

  // ---- what strategies do ----------------------------------------------------------------------

  /** The slot of the new order (>= 0), or a DENY_* code: then nothing was sent. */
  send(
    strategy: number,
    instrument: number,
    side: number,
    qty: number,
    px: number,
    flags: number,
  ): number {
    const nowNs = this.clock.now();
    const slot = this.table.nextSlot();
    const generation = slot < 0 ? 0 : this.table.nextGeneration(slot);
    let code = generation === 0 ? this.gate.denied(DENY_SLOTS) : 0;
    if (code === 0) code = this.gate.checkNew(instrument, side, qty, px, flags, nowNs);
    if (code !== 0) return this.deny(instrument, side, qty, px, code, flags, nowNs);
    const session = this.instruments.session[instrument]!;
    const limitPx = this.gate.reservePx;
    const limitFlags = asLimit(flags);
    const seq = this.sessions[session]!.sendNew(
      slot,
      generation,
      instrument,
      side,
      qty,
      limitPx,
      limitFlags,
      nowNs,
    );
    if (seq < 0) {
      return this.deny(instrument, side, qty, px, this.gate.denied(seq), flags, nowNs);
    }
    this.fold.sentNew(session, seq, slot, generation, instrument, side, qty, limitPx, limitFlags);
    this.table.set(slot, T.W_STRATEGY, strategy);
    this.table.setDeadline(slot, nowNs + this.answerTimeoutNs);
    this.counters[ORDER_SENT]!++;
    return slot;
  }

  /** 0, or a DENY_* code. strategy -1 may cancel anything. */
  cancel(strategy: number, slot: number): number {
    const table = this.table;
    if (!this.isSlotOf(strategy, slot)) return this.gate.denied(DENY_ARGUMENT);
    if (!orderIsLive(table.state(slot)) || table.hasBits(slot, BIT_CANCEL)) {
      return this.gate.denied(DENY_STATE);
    }
    const nowNs = this.clock.now();
    const code = this.gate.checkCancel(nowNs);
    return code !== 0 ? code : this.sendCancel(slot, nowNs);
  }

  /** New total quantity (with what is filled) and price. 0, or a DENY_* code. */
  replace(strategy: number, slot: number, qty: number, px: number): number {
    const table = this.table;
    if (!this.isSlotOf(strategy, slot)) return this.gate.denied(DENY_ARGUMENT);
    const nowNs = this.clock.now();
    const instrument = table.get(slot, T.W_INSTRUMENT);
    const side = table.get(slot, T.W_SIDE);
    const flags = table.get(slot, T.W_FLAGS);
    const generation = table.nextGeneration(slot);
    const state = table.state(slot);
    const isOpen = orderIsLive(state) && state !== ORDER_UNKNOWN && !this.fold.isAwaited(slot);
    let code = 0;
    if (!isOpen || (flags & ORDER_MARKET) !== 0) code = this.gate.denied(DENY_STATE);
    else if (generation === 0) code = this.gate.denied(DENY_SLOTS);
    else {
      const cum = table.get(slot, T.W_CUM);
      code = this.gate.checkReplace(
        slot,
        instrument,
        side,
        flags,
        cum,
        table.get(slot, T.W_HELD),
        table.heldNotional(slot),
        qty,
        px,
        Math.max(table.get(slot, T.W_QTY), qty) - cum,
        Math.max(table.get(slot, T.W_PX), px),
        nowNs,
      );
    }
    if (code !== 0) return this.deny(instrument, side, qty, px, code, flags, nowNs);
    const session = table.get(slot, T.W_SESSION);
    const seq = this.sessions[session]!.sendReplace(
      slot,
      generation,
      table.generation(slot, T.W_GEN_ORDER),
      instrument,
      side,
      qty,
      px,
      flags,
      nowNs,
    );
    if (seq < 0) {
      return this.deny(instrument, side, qty, px, this.gate.denied(seq), flags, nowNs);
    }
    this.fold.sentReplace(session, seq, slot, generation, qty, px);
    table.clearBits(slot, BIT_ASKED);
    table.setDeadline(slot, nowNs + this.answerTimeoutNs);
    this.counters[ORDER_REPLACES_SENT]!++;
    return 0;
  }

  /** Cancels every live order, over as many polls as the cancel rate takes. */
  cancelAll(): void {
    this.polling.cancelAll(-1, this.clock.now());
  }

  /** The same for the orders of one strategy. */
  cancelStrategy(strategy: number): void {
    this.polling.cancelAll(strategy, this.clock.now());
  }

  /** True while orders wait to be cancelled by cancelAll or cancelStrategy. */
  isCancelling(): boolean {
    return this.polling.isCancelling();
  }

  /** Timers: cancel-all, status requests, overdue answers. Each turn that is not busy. */
  poll(nowNs: number): void {
    this.polling.poll(nowNs);
  }

  // ---- what sessions hear (ExecutionSink) --------------------------------------------------------

  onExecutionReport(x: Execution): void {
    this.inbound(x, HP_EXEC_REPORT);
  }

  onCancelReject(x: Execution): void {
    this.inbound(x, HP_EXEC_CANCEL_REJECT);
  }

  /** The session journals the message itself (SESSION_IN); its effect on an order is a FATE record. */
  onMessageReject(session: number, refSeq: number, _reason: number): void {
    this.counters[ORDER_MESSAGE_REJECTS]!++;
    this.fateOf(session, refSeq, ORDER_EVENT_REJECTED);
  }

  onNeverReached(session: number, refSeq: number): void {
    this.fateOf(session, refSeq, ORDER_EVENT_NEVER_REACHED);
  }

  /** Gap-filled, and perhaps known to the venue all the same: it is asked. */
  onUncertain(session: number, refSeq: number): void {
    const slot = this.resends.awaited(session, refSeq);
    if (slot < 0) return;
    this.table.setBits(slot, BIT_WANT_STATUS);
    if (this.table.state(slot) === ORDER_UNKNOWN) return;
    this.decide(session, refSeq, slot, ORDER_EVENT_UNKNOWN, this.clock.now());
  }

  onSequencesReset(session: number): void {
    this.fold.sent.clear(session);
  }

  /** What it said of an order or a fill will not come again: nothing goes on before a person looks. */
  onRefusedReport(session: number, reason: number, type: number, seq: number): void {
    this.counters[ORDER_UNBOOKABLE]!++;
    this.kill.kill(HP_KILL_ENGINE, reason, session, type, seq);
  }

  /** What the venue passes over may have been reports: it is asked for what is live. */
  onMissed(session: number): void {
    this.polling.askAll(session);
  }

  mayResend(session: number, refSeq: number, _ageNs: number): boolean {
    return this.resends.mayResend(session, refSeq, this.clock.now());
  }

  /** A lost connection: whatever waited for an answer has an unknown fate. */
  onSessionState(session: number, state: number): void {
    if (state !== SESSION_DOWN) return;
    const table = this.table;
    const nowNs = this.clock.now();
    for (let i = table.liveCount - 1; i >= 0; i--) {
      const slot = table.live[i]!;
      if (table.get(slot, T.W_SESSION) !== session || table.state(slot) === ORDER_UNKNOWN) continue;
      if (this.fold.isAwaited(slot)) this.decide(session, 0, slot, ORDER_EVENT_UNKNOWN, nowNs);
    }
  }

  /** All that was missed has been applied: what is still live is asked for, a few per poll. */
  onSynced(session: number): void {
    this.polling.askAll(session);
  }

  // ---- recovery (cold) ---------------------------------------------------------------------------

  /** One journal record, oldest first. at: word index of its body; doubles over the same bytes. */
  restore(type: number, words: Int32Array, at: number, doubles: Float64Array): void {
    this.fold.counters = this.scratchCounters;
    this.restorer.record(type, words, at, doubles);
    this.fold.counters = this.counters;
  }

  /** After the last record: what was under way is unknown. Returns the number of records refused. */
  finishRestore(): number {
    this.restore(HP_JR_START, this.table.rows, 0, this.table.doubles);
    return this.restorer.refused;
  }

  /** Puts the start-of-day positions in and journals them; on the first start of a session date. */
  startPositions(): void {
    this.restorer.startPositions(this.instruments, this.clock.now());
  }

  /** Sends a cancel for a live order, the rate being taken already. 0, or a DENY_* code. */
  sendCancel(slot: number, nowNs: number): number {
    const table = this.table;
    const generation = table.nextGeneration(slot);
    if (generation === 0) return this.gate.denied(DENY_SLOTS);
    const session = table.get(slot, T.W_SESSION);
    if (this.sessions[session]!.state !== SESSION_UP) return this.gate.denied(DENY_NO_SESSION);
    // OrigClOrdID (41) is the last id sent that was not refused (FIX 4.4, volume 4, appendix D).
    const orig = table.hasBits(slot, BIT_REPLACE) ? T.W_GEN_REPLACE : T.W_GEN_ORDER;
    const seq = this.sessions[session]!.sendCancel(
      slot,
      generation,
      table.generation(slot, orig),
      table.get(slot, T.W_INSTRUMENT),
      table.get(slot, T.W_SIDE),
      table.get(slot, T.W_QTY),
      table.get(slot, T.W_FLAGS),
      nowNs,
    );
    if (seq < 0) return this.gate.denied(seq);
    this.fold.sentCancel(session, seq, slot, generation);
    table.clearBits(slot, BIT_ASKED);
    table.setDeadline(slot, nowNs + this.answerTimeoutNs);
    this.counters[ORDER_CANCELS_SENT]!++;
    return 0;
  }

  /** Journals and applies a fate; generation 0 = the order as it stands. */
  decide(session: number, seq: number, slot: number, fate: number, nowNs: number): void {
    const generation =
      seq > 0
        ? this.fold.sent.generationOf(session, seq)
        : this.table.generation(slot, T.W_GEN_LAST);
    const event = this.fold.fate(slot, generation, fate);
    if (event === ORDER_EVENT_NONE) return;
    this.records.fate(session, seq, slot, generation, fate, nowNs);
    this.tell(event);
  }

  private fateOf(session: number, seq: number, fate: number): void {
    const slot = this.fold.sent.slotOf(session, seq);
    if (slot >= 0) this.decide(session, seq, slot, fate, this.clock.now());
  }

  private inbound(x: Execution, message: number): void {
    const fold = this.fold;
    const event = fold.execution(x, message);
    const nowNs = this.clock.now();
    if (!this.records.exec(x, message, event, this.sessionRx[x.session]!, nowNs)) {
      this.kill.kill(HP_KILL_JOURNAL);
    }
    if (fold.faults !== 0)
      this.kill.kill(fold.faults, fold.reason, x.session, x.execType, x.msgSeq);
    if (fold.moved >= 0) this.gate.onPosition(fold.moved);
    this.tell(event);
  }

  /** Tells the strategy what the fold just found. */
  private tell(event: number): void {
    const slot = this.fold.slot;
    if (slot < 0 || event === ORDER_EVENT_NONE) return;
    const strategy = this.table.get(slot, T.W_STRATEGY);
    if (strategy >= 0) this.listener.onOrder(strategy, slot, event, this.fold.px, this.fold.qty);
  }

  private deny(
    instrument: number,
    side: number,
    qty: number,
    px: number,
    code: number,
    flags: number,
    nowNs: number,
  ): number {
    this.records.deny(instrument, side, qty, px, code, flags, nowNs);
    return code;
  }
}
