// @hot
/** What orders need over time: cancel-all, status requests, overdue answers. A few per poll. */
import {
  DENY_BACKPRESSURE,
  DENY_NO_SESSION,
  DENY_RATE,
  ORDER_EVENT_UNKNOWN,
  ORDER_UNKNOWN,
  orderIsLive,
  SESSION_UP,
} from "../core/codes.ts";
import type { OrderSession } from "../fix/order/execution.ts";
import { firstGeneration } from "../fix/order/order-id.ts";
import type { Gate } from "../risk/gate.ts";
import type { GateSwitch } from "../risk/switch.ts";
import { ORDER_HOUSEKEEPING, ORDER_MASS_CANCELS, ORDER_STATUS_REQUESTS } from "./counters.ts";
import * as T from "./order-table.ts";
import type { Orders } from "./orders.ts";
import { ANSWER_TIMEOUT_NS, type OrdersOptions } from "./orders-options.ts";
import { BIT_ASKED, BIT_CANCEL, BIT_WANT_CANCEL, BIT_WANT_STATUS } from "./state-machine.ts";

/** Live orders looked at in one poll. */
const SCAN_MAX = 16;

export class OrderPoll {
  private readonly orders: Orders;
  private readonly table: T.OrderTable;
  private readonly gate: Gate;
  private readonly gateSwitch: GateSwitch;
  private readonly sessions: readonly OrderSession[];
  private readonly counters: Float64Array;
  private readonly answerTimeoutNs: number;
  private readonly cancelRetryNs: number;
  private readonly massCancel: Int32Array;
  /** By session: a mass cancel went out with the cancelAll under way. */
  private readonly massSent: Int32Array;
  private readonly retryNs: Float64Array;
  private massGeneration: number;
  /** Index in table.live of the order that is looked at next. */
  cursor = 0;
  private isKillServed = false;

  constructor(orders: Orders, options: OrdersOptions) {
    this.orders = orders;
    this.table = orders.table;
    this.gate = options.gate;
    this.gateSwitch = options.gateSwitch;
    this.sessions = options.sessions;
    this.counters = options.counters;
    this.answerTimeoutNs = options.answerTimeoutNs ?? ANSWER_TIMEOUT_NS;
    this.cancelRetryNs = options.cancelRetryNs ?? 1e9;
    this.massCancel = new Int32Array(new ArrayBuffer(4 * Math.max(1, options.sessions.length)));
    this.massSent = new Int32Array(new ArrayBuffer(4 * Math.max(1, options.sessions.length)));
    for (let i = 0; i < options.sessions.length; i++) {
      this.massCancel[i] = options.massCancel?.[i] === true ? 1 : 0;
    }
    this.retryNs = new Float64Array(new ArrayBuffer(8 * options.slots));
    this.massGeneration = firstGeneration(options.epoch) + 1;
  }

  /** Marks the live orders of a strategy (-1 = all) to be cancelled. */
  cancelAll(strategy: number, nowNs: number): void {
    const table = this.table;
    this.counters[ORDER_HOUSEKEEPING]!++;
    this.massSent.fill(0);
    if (strategy < 0) this.sendMassCancels(nowNs);
    for (let i = 0; i < table.liveCount; i++) {
      const slot = table.live[i]!;
      if (strategy >= 0 && table.get(slot, T.W_STRATEGY) !== strategy) continue;
      table.setBits(slot, BIT_WANT_CANCEL);
      const isCovered = this.massSent[table.get(slot, T.W_SESSION)] === 1;
      // A cancel under way has had its chance from now on.
      const waits = isCovered || table.hasBits(slot, BIT_CANCEL);
      this.retryNs[slot] = waits ? nowNs + this.cancelRetryNs : nowNs;
    }
  }

  /** Marks what is live of a session to be asked for. */
  askAll(session: number): void {
    const table = this.table;
    for (let i = 0; i < table.liveCount; i++) {
      const slot = table.live[i]!;
      if (table.get(slot, T.W_SESSION) === session) table.setBits(slot, BIT_WANT_STATUS);
    }
  }

  isCancelling(): boolean {
    const table = this.table;
    for (let i = 0; i < table.liveCount; i++) {
      if (table.hasBits(table.live[i]!, BIT_WANT_CANCEL)) return true;
    }
    return false;
  }

  poll(nowNs: number): void {
    if (this.gateSwitch.killed !== this.isKillServed) {
      this.isKillServed = this.gateSwitch.killed;
      if (this.isKillServed) this.cancelAll(-1, nowNs);
    }
    const table = this.table;
    table.readAhead();
    for (let scanned = 0; scanned < SCAN_MAX && scanned < table.liveCount; scanned++) {
      if (this.cursor >= table.liveCount) this.cursor = 0;
      const slot = table.live[this.cursor++]!;
      if (table.hasBits(slot, BIT_WANT_CANCEL)) this.pumpCancel(slot, nowNs);
      if (!orderIsLive(table.state(slot))) continue;
      if (table.hasBits(slot, BIT_WANT_STATUS)) this.askStatus(slot, nowNs);
      else if (table.deadlineNs(slot) > 0 && nowNs >= table.deadlineNs(slot)) {
        this.overdue(slot, nowNs);
      }
    }
  }

  private pumpCancel(slot: number, nowNs: number): void {
    if (nowNs < this.retryNs[slot]!) return;
    const session = this.table.get(slot, T.W_SESSION);
    if (this.sessions[session]!.state !== SESSION_UP) return;
    if (!this.gate.cancelTokens.take(nowNs)) return;
    this.counters[ORDER_HOUSEKEEPING]!++;
    if (this.orders.sendCancel(slot, nowNs) === 0) this.retryNs[slot] = nowNs + this.cancelRetryNs;
  }

  /** The venue said nothing in time: ask once; then its fate is unknown. */
  private overdue(slot: number, nowNs: number): void {
    const table = this.table;
    if (table.state(slot) !== ORDER_UNKNOWN && !table.hasBits(slot, BIT_ASKED)) {
      this.askStatus(slot, nowNs);
      return;
    }
    table.setDeadline(slot, 0);
    const session = table.get(slot, T.W_SESSION);
    this.orders.decide(session, 0, slot, ORDER_EVENT_UNKNOWN, nowNs);
  }

  private askStatus(slot: number, nowNs: number): void {
    const table = this.table;
    const session = this.sessions[table.get(slot, T.W_SESSION)]!;
    if (session.state !== SESSION_UP) return;
    const seq = session.sendStatusRequest(
      slot,
      table.generation(slot, T.W_GEN_ORDER),
      table.get(slot, T.W_INSTRUMENT),
      table.get(slot, T.W_SIDE),
      table.get(slot, T.W_FLAGS),
    );
    // The next poll tries again.
    if (seq === DENY_BACKPRESSURE || seq === DENY_NO_SESSION || seq === DENY_RATE) return;
    this.counters[ORDER_HOUSEKEEPING]!++;
    // A venue that takes no such request is as good as one that does not answer.
    table.setDeadline(slot, nowNs + this.answerTimeoutNs);
    table.clearBits(slot, BIT_WANT_STATUS);
    table.setBits(slot, BIT_ASKED);
    if (seq < 0) return;
    this.orders.fold.sent.add(session.index, seq, -1, 0);
    this.counters[ORDER_STATUS_REQUESTS]!++;
  }

  /** One mass cancel per session that takes it. */
  private sendMassCancels(nowNs: number): void {
    for (let i = 0; i < this.sessions.length; i++) {
      const session = this.sessions[i]!;
      if (this.massCancel[i] !== 1 || session.state !== SESSION_UP) continue;
      if (!this.gate.cancelTokens.take(nowNs)) continue;
      const seq = session.sendMassCancel(this.massGeneration);
      if (seq < 0) continue;
      this.massGeneration++;
      this.orders.fold.sent.add(i, seq, -1, 0);
      this.counters[ORDER_MASS_CANCELS]!++;
      this.massSent[i] = 1;
    }
  }
}
