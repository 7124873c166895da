// @hot
/**
 * Every order passes here, and nothing else can reach a wire. A check returns 0 or a DENY_* code;
 * what it lets pass, the caller reserves at once (Exposure.reserve), before the next check.
 *
 * Two kinds of limits: those of one order (quantity, notional, price, status of the market), and
 * those of the sum of what is open. The second count every open order in its worst case, so that no
 * order of events at the venue can pass them. A change that makes nothing larger is never denied for
 * a sum that is too large already: getting out stays possible.
 */

import {
  DENY_ARGUMENT,
  DENY_BACKPRESSURE,
  DENY_BOOK,
  DENY_DISARMED,
  DENY_EXPOSURE,
  DENY_FEED,
  DENY_GUARD,
  DENY_JOURNAL,
  DENY_KILLED,
  DENY_LOSS,
  DENY_LOT,
  DENY_NO_SESSION,
  DENY_NOTIONAL,
  DENY_OPEN_ORDERS,
  DENY_POSITION,
  DENY_QTY,
  DENY_RATE,
  DENY_SELF_MATCH,
  DENY_SHORT_SALE,
  DENY_STATUS,
  DENY_TICK,
  FEED_LIVE,
  ORDER_MARKET,
  ORDER_SHORT,
  SESSION_UP,
  SIDE_BUY,
  SIDE_SELL,
  STATUS_STATE_MASK,
  STATUS_TRADING,
} from "../core/codes.ts";
import { TokenBucket } from "../core/token-bucket.ts";
import { HP_KILL_LOSS } from "../ffi/layout.ts";
import type { OrderSession } from "../fix/order/execution.ts";
import type { Journal } from "../journal/journal.ts";
import { denyCounter, RISK_LOSS_TRIPS, RISK_PASSED } from "./counters.ts";
import type { Exposure } from "./exposure.ts";
import type { GateOptions } from "./gate-options.ts";
import { LimitTable } from "./limit-table.ts";
import { FLAGS_SHORT, flagsFit } from "./order-flags.ts";
import { leastSteps, type Positions } from "./positions.ts";
import { PriceChecks } from "./price-checks.ts";
import { valuationPx } from "./reference.ts";
import {
  type BookHealth,
  type GateSwitch,
  type KillSwitch,
  NO_SELF_MATCH,
  type SelfMatch,
} from "./switch.ts";

/** Instead of a slot: no order of ours yet. */
const NO_ORDER = -1;

export class Gate extends PriceChecks {
  /** Set by Orders: who knows our own resting orders. */
  selfMatch: SelfMatch = NO_SELF_MATCH;
  readonly orderTokens: TokenBucket;
  readonly cancelTokens: TokenBucket;
  readonly positions: Positions;
  readonly exposure: Exposure;
  /** By instrument: the DENY_* code of whoever has stopped trading in it, 0 = nobody. */
  readonly barred: Int32Array;
  /** P&L below this is a loss over the limit. */
  private readonly leastSteps: number;
  private readonly bookHealth: BookHealth;
  private readonly feedState: Int32Array;
  private readonly sessions: readonly OrderSession[];
  private readonly journal: Journal;
  private readonly gateSwitch: GateSwitch;
  private readonly kill: KillSwitch;
  private readonly counters: Float64Array;
  /** Columns of the instruments. */
  private readonly session: Int32Array;
  private readonly feed: Int32Array;
  private readonly lot: Int32Array;
  private readonly value: Float64Array;

  constructor(options: GateOptions) {
    super(
      new LimitTable(options.limits, options.instruments),
      options.instruments,
      options.books,
      options.status,
      options.bandLow,
      options.bandHigh,
    );
    this.leastSteps = leastSteps(this.limits.maxLoss);
    this.orderTokens = new TokenBucket(this.limits.ordersPerS, this.limits.ordersBurst);
    this.cancelTokens = new TokenBucket(this.limits.cancelsPerS, this.limits.cancelsBurst);
    this.barred = new Int32Array(new ArrayBuffer(4 * options.instruments.capacity));
    this.positions = options.positions;
    this.exposure = options.exposure;
    this.bookHealth = options.bookHealth;
    this.feedState = options.feedState;
    this.sessions = options.sessions;
    this.session = options.instruments.session;
    this.feed = options.instruments.feed;
    this.lot = options.instruments.lot;
    this.value = options.instruments.value;
    this.journal = options.journal;
    this.gateSwitch = options.gateSwitch;
    this.kill = options.kill;
    this.counters = options.counters;
  }

  /** 0, or a DENY_* code. Takes an order token when it passes; px is ignored for market orders. */
  checkNew(
    instrument: number,
    side: number,
    qty: number,
    px: number,
    flags: number,
    nowNs: number,
  ): number {
    if (!(instrument >= 0 && instrument < this.instruments.count))
      return this.denied(DENY_ARGUMENT);
    if ((instrument | 0) !== instrument) return this.denied(DENY_ARGUMENT);
    return this.judge(NO_ORDER, instrument, side, flags, qty, px, 0, 0, 0, qty, 0, nowNs);
  }

  /**
   * 0, or a DENY_* code, for an order that stays in `slot`. newQty is the total with what is filled
   * (cumQty). heldQty and heldNotional are reserved for the order now, worstQty and worstPx while
   * the replace is pending. Takes an order token when it passes.
   */
  checkReplace(
    slot: number,
    instrument: number,
    side: number,
    flags: number,
    cumQty: number,
    heldQty: number,
    heldNotional: number,
    newQty: number,
    newPx: number,
    worstQty: number,
    worstPx: number,
    nowNs: number,
  ): number {
    return this.judge(
      slot,
      instrument,
      side,
      flags,
      newQty,
      newPx,
      cumQty,
      heldQty,
      heldNotional,
      worstQty,
      worstPx,
      nowNs,
    );
  }

  /**
   * 0, or a DENY_* code, for an order that is to be sent again as it was: the state of the appliance
   * and of the market, and its price, as they are now, and the sums, in which it is counted. Takes an
   * order token when it passes.
   */
  checkAgain(i: number, side: number, px: number, flags: number, nowNs: number): number {
    const gate = this.gateSwitch;
    if (gate.killed) return this.denied(DENY_KILLED);
    if (!gate.armed) return this.denied(DENY_DISARMED);
    if (!gate.guardAlive) return this.denied(DENY_GUARD);
    if (this.checkLoss()) return this.denied(DENY_LOSS);
    if (!this.journal.hasRoom()) return this.denied(DENY_JOURNAL);
    if (this.feedState[this.feed[i]!] !== FEED_LIVE) return this.denied(DENY_FEED);
    if ((this.status[i]! & STATUS_STATE_MASK) !== STATUS_TRADING) return this.denied(DENY_STATUS);
    if (this.bookHealth.bookFlags(i) !== 0) return this.denied(DENY_BOOK);
    if (this.barred[i] !== 0) return this.denied(this.barred[i]!);
    const code = this.checkPrice(i, side, px, (flags & ORDER_MARKET) !== 0);
    if (code !== 0) return this.denied(code);
    if (side === SIDE_SELL && (flags & ORDER_SHORT) !== 0 && this.isShortDenied(i, px, false)) {
      return this.denied(DENY_SHORT_SALE);
    }
    const sums = this.checkSums(i, side, flags);
    if (sums !== 0) return this.denied(sums);
    return this.orderTokens.take(nowNs) ? 0 : this.denied(DENY_RATE);
  }

  /** The sums of what is open, as it is: positions and prices have moved since. */
  private checkSums(i: number, side: number, flags: number): number {
    const exposure = this.exposure;
    const held = this.positions.qty[i]!;
    const worst = side === SIDE_BUY ? held + exposure.buyQty[i]! : exposure.sellQty[i]! - held;
    if (worst > this.limits.maxPosition[i]!) return DENY_POSITION;
    if (side === SIDE_SELL && (flags & FLAGS_SHORT) === 0 && this.limits.shortMarking) {
      if (exposure.longSellQty[i]! > held) return DENY_SHORT_SALE;
    }
    return exposure.cents > this.limits.maxExposureCents ? DENY_EXPOSURE : 0;
  }

  /** 0, or DENY_RATE. Cancels pass in every state; the session says whether it can send. */
  checkCancel(nowNs: number): number {
    return this.cancelTokens.take(nowNs) ? 0 : this.denied(DENY_RATE);
  }

  /** The book of an instrument changed: values what we hold by it, and looks at the loss. */
  onBook(instrument: number): void {
    if (this.positions.qty[instrument] === 0 && this.exposure.orders[instrument] === 0) return;
    this.revalue(instrument);
  }

  /** A position changed. */
  onPosition(instrument: number): void {
    this.revalue(instrument);
  }

  /** Trips the kill when the loss is over its limit; true when it is. */
  checkLoss(): boolean {
    if (this.positions.pnlSteps() >= this.leastSteps) return false;
    if (!this.gateSwitch.killed) {
      this.counters[RISK_LOSS_TRIPS]!++;
      this.kill.kill(HP_KILL_LOSS);
    }
    return true;
  }

  /** Counts a denial; returns its code. */
  denied(code: number): number {
    this.counters[denyCounter(code)]!++;
    return code;
  }

  private revalue(instrument: number): void {
    const px = valuationPx(this.books[instrument]!);
    if (px > 0) this.positions.setMark(instrument, px);
    this.exposure.refresh(instrument);
    this.checkLoss();
  }

  /**
   * Every check, of a new order (slot NO_ORDER) or a replace: one function, because what it reads of
   * the market, the limits and the sums is then looked up once, and a call costs as much as a check.
   */
  private judge(
    slot: number,
    i: number,
    side: number,
    flags: number,
    qty: number,
    px: number,
    cumQty: number,
    heldQty: number,
    heldNotional: number,
    worstQty: number,
    worstPx: number,
    nowNs: number,
  ): number {
    // The state of the appliance and of the market.
    const gate = this.gateSwitch;
    if (gate.killed) return this.denied(DENY_KILLED);
    if (!gate.armed) return this.denied(DENY_DISARMED);
    if (!gate.guardAlive) return this.denied(DENY_GUARD);
    if (this.checkLoss()) return this.denied(DENY_LOSS);
    const sessionIndex = this.session[i]!;
    if (sessionIndex < 0 || sessionIndex >= this.sessions.length) {
      return this.denied(DENY_NO_SESSION);
    }
    const session = this.sessions[sessionIndex]!;
    if (session.state !== SESSION_UP) return this.denied(DENY_NO_SESSION);
    if (session.hasBacklog()) return this.denied(DENY_BACKPRESSURE);
    if (!this.journal.hasRoom()) return this.denied(DENY_JOURNAL);
    if (this.feedState[this.feed[i]!] !== FEED_LIVE) return this.denied(DENY_FEED);
    const status = this.status[i]!;
    if ((status & STATUS_STATE_MASK) !== STATUS_TRADING) return this.denied(DENY_STATUS);
    if (this.bookHealth.bookFlags(i) !== 0) return this.denied(DENY_BOOK);
    if (this.barred[i] !== 0) return this.denied(this.barred[i]!);

    // The order itself.
    if (side !== SIDE_BUY && side !== SIDE_SELL) return this.denied(DENY_ARGUMENT);
    if (!flagsFit(side, flags)) return this.denied(DENY_ARGUMENT);
    if ((qty | 0) !== qty || qty <= 0) return this.denied(DENY_QTY);
    const limits = this.limits;
    if (qty > limits.maxOrderQty[i]!) return this.denied(DENY_QTY);
    if (qty % this.lot[i]! !== 0) return this.denied(DENY_LOT);
    if ((flags & ORDER_MARKET) === 0) {
      if ((px | 0) !== px || px <= 0) return this.denied(DENY_TICK);
      if (px % this.instruments.tickAt(i, px) !== 0) return this.denied(DENY_TICK);
    }
    const code = this.checkPrice(i, side, px, (flags & ORDER_MARKET) !== 0);
    if (code !== 0) return this.denied(code);
    if (side === SIDE_SELL && (flags & ORDER_SHORT) !== 0) {
      if (this.isShortDenied(i, px, (flags & ORDER_MARKET) !== 0)) {
        return this.denied(DENY_SHORT_SALE);
      }
    }
    if (qty * this.worstPx * this.value[i]! > limits.maxNotional[i]!) {
      return this.denied(DENY_NOTIONAL);
    }

    // The sums of what is open.
    const exposure = this.exposure;
    let moreQty = qty;
    let moreNotional = qty * this.reservePx;
    if (slot === NO_ORDER) {
      if (exposure.ordersAll >= limits.maxOpenOrders) return this.denied(DENY_OPEN_ORDERS);
      if (exposure.orders[i]! >= limits.maxOpenOrdersEach[i]!) {
        return this.denied(DENY_OPEN_ORDERS);
      }
    } else {
      if (qty <= cumQty) return this.denied(DENY_QTY);
      moreQty = worstQty - heldQty;
      moreNotional = worstQty * worstPx - heldNotional;
    }
    if (moreQty > 0) {
      const held = this.positions.qty[i]!;
      const worst =
        side === SIDE_BUY
          ? held + exposure.buyQty[i]! + moreQty
          : exposure.sellQty[i]! + moreQty - held;
      if (worst > limits.maxPosition[i]!) return this.denied(DENY_POSITION);
      if (side === SIDE_SELL && (flags & FLAGS_SHORT) === 0 && limits.shortMarking) {
        if (exposure.longSellQty[i]! + moreQty > held) return this.denied(DENY_SHORT_SALE);
      }
    }
    const before = exposure.centsOf(i);
    const after = exposure.centsWith(i, side, moreNotional);
    if (after > before && exposure.cents - before + after > limits.maxExposureCents) {
      return this.denied(DENY_EXPOSURE);
    }
    if (
      limits.denySelfMatch &&
      this.selfMatch.crosses(i, side, slot === NO_ORDER ? this.reservePx : px, slot)
    ) {
      return this.denied(DENY_SELF_MATCH);
    }
    if (!this.orderTokens.take(nowNs)) return this.denied(DENY_RATE);
    this.counters[RISK_PASSED]!++;
    return 0;
  }
}
