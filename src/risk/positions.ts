// @hot
/**
 * Position and profit per instrument.
 *
 * Kept exactly, as whole numbers in doubles: `qty`, `cash` (the negative sum of signed quantity
 * times price in units), and the quantities that paid each fee. So total P&L,
 *   (cash + qty * mark) * value - fees,
 * is exact, and a busted fill takes back precisely what the fill did, in any order.
 *
 * The split into realised and unrealised is by average cost: a fill that adds to a position adds its
 * cost, one that reduces it takes away cost in proportion. A bust counts for the split as the
 * opposite trade at the same price; realised plus unrealised is not touched by that convention.
 * P&L counts from the start of the day: start() puts in a position at its own cost.
 *
 * Totals are sums of whole ten-thousandths of a currency unit, so that they never drift.
 */
import type { Instruments } from "../book/instruments.ts";

/** Currency units per step of the totals. */
export const MONEY_STEP = 1e-4;
const STEPS = 1e4;

/** LastLiquidityInd (851), as Execution has it. */
export const LIQUIDITY_ADDED = 1;

export class Positions {
  readonly count: number;
  /** Signed quantity. */
  readonly qty: Float64Array;
  /** Cost of the open quantity: price units * signed quantity. */
  readonly openCost: Float64Array;
  /** Price units; 0 = not known yet, the position is then valued at cost. */
  readonly markPx: Float64Array;
  private readonly cash: Float64Array;
  private readonly makerQty: Float64Array;
  private readonly takerQty: Float64Array;
  private readonly realizedSteps: Float64Array;
  private readonly unrealizedSteps: Float64Array;
  private readonly feeSteps: Float64Array;
  private readonly value: Float64Array;
  private readonly makerFee: Float64Array;
  private readonly takerFee: Float64Array;
  private realizedTotal = 0;
  private unrealizedTotal = 0;
  private feeTotal = 0;

  constructor(instruments: Instruments) {
    const n = instruments.capacity;
    const column = () => new Float64Array(new ArrayBuffer(8 * n));
    this.count = n;
    this.qty = column();
    this.openCost = column();
    this.markPx = column();
    this.cash = column();
    this.makerQty = column();
    this.takerQty = column();
    this.realizedSteps = column();
    this.unrealizedSteps = column();
    this.feeSteps = column();
    this.value = instruments.value;
    this.makerFee = instruments.makerFee;
    this.takerFee = instruments.takerFee;
  }

  /** Sets the start-of-day position: signed qty, cost in price units times qty. */
  start(i: number, qty: number, cost: number): void {
    this.qty[i] = qty;
    this.cash[i] = -cost;
    this.openCost[i] = cost;
    this.makerQty[i] = 0;
    this.takerQty[i] = 0;
    this.settle(i);
  }

  /** A fill: side SIDE_*, qty > 0, px in units, liquidity 1 added, 2 removed, 0 not told. */
  fill(i: number, side: number, qty: number, px: number, liquidity: number): void {
    this.trade(i, side * qty, px);
    if (liquidity === LIQUIDITY_ADDED) this.makerQty[i]! += qty;
    else this.takerQty[i]! += qty;
    this.settle(i);
  }

  /** Takes a fill back: the same arguments as the fill had. */
  unfill(i: number, side: number, qty: number, px: number, liquidity: number): void {
    this.trade(i, -side * qty, px);
    if (liquidity === LIQUIDITY_ADDED) this.makerQty[i]! -= qty;
    else this.takerQty[i]! -= qty;
    this.settle(i);
  }

  /** px in units, halves allowed (a mid price). */
  setMark(i: number, px: number): void {
    if (this.markPx[i] === px) return;
    this.markPx[i] = px;
    // Only what is not realised moves with it.
    const steps = this.value[i]! * STEPS;
    const realizedUnits = this.cash[i]! + this.openCost[i]!;
    const unrealized = Math.round((this.grossUnits(i) - realizedUnits) * steps);
    this.unrealizedTotal += unrealized - this.unrealizedSteps[i]!;
    this.unrealizedSteps[i] = unrealized;
  }

  /** Currency. */
  realized(i: number): number {
    return this.realizedSteps[i]! / STEPS;
  }
  unrealized(i: number): number {
    return this.unrealizedSteps[i]! / STEPS;
  }
  fees(i: number): number {
    return this.feeSteps[i]! / STEPS;
  }
  /** Exact P&L of an instrument before fees, in price units * quantity. */
  grossUnits(i: number): number {
    const mark = this.markPx[i]!;
    return this.cash[i]! + (mark > 0 ? this.qty[i]! * mark : this.openCost[i]!);
  }
  realizedAll(): number {
    return this.realizedTotal / STEPS;
  }
  unrealizedAll(): number {
    return this.unrealizedTotal / STEPS;
  }
  feesAll(): number {
    return this.feeTotal / STEPS;
  }
  /** Realised and unrealised minus fees, over all instruments, currency. */
  pnl(): number {
    return this.pnlSteps() / STEPS;
  }
  /** The same in steps, a whole number. */
  pnlSteps(): number {
    return this.realizedTotal + this.unrealizedTotal - this.feeTotal;
  }
  /** Sum of |position| over all instruments. */
  shares(): number {
    let sum = 0;
    for (let i = 0; i < this.count; i++) sum += Math.abs(this.qty[i]!);
    return sum;
  }

  private trade(i: number, delta: number, px: number): void {
    const before = this.qty[i]!;
    const after = before + delta;
    this.cash[i]! -= delta * px;
    this.qty[i] = after;
    if (after === 0) this.openCost[i] = 0;
    else if (before === 0 || before * delta > 0) this.openCost[i]! += delta * px;
    else if (before * after > 0) this.openCost[i] = (this.openCost[i]! * after) / before;
    else this.openCost[i] = after * px;
  }

  /** Renews the money of one instrument, and the totals by the difference. */
  private settle(i: number): void {
    const steps = this.value[i]! * STEPS;
    const gross = this.grossUnits(i);
    const realizedUnits = this.cash[i]! + this.openCost[i]!;
    const realized = Math.round(realizedUnits * steps);
    const unrealized = Math.round((gross - realizedUnits) * steps);
    const fees = Math.round(
      (this.makerQty[i]! * this.makerFee[i]! + this.takerQty[i]! * this.takerFee[i]!) * STEPS,
    );
    this.realizedTotal += realized - this.realizedSteps[i]!;
    this.unrealizedTotal += unrealized - this.unrealizedSteps[i]!;
    this.feeTotal += fees - this.feeSteps[i]!;
    this.realizedSteps[i] = realized;
    this.unrealizedSteps[i] = unrealized;
    this.feeSteps[i] = fees;
  }
}

/** The least P&L in steps that is no loss beyond `maxLoss` (currency). @cold */
export function leastSteps(maxLoss: number): number {
  const least = Math.ceil(-maxLoss * STEPS);
  if (!Number.isSafeInteger(least)) return least;
  if ((least - 1) / STEPS >= -maxLoss) return least - 1;
  return least / STEPS >= -maxLoss ? least : least + 1;
}
