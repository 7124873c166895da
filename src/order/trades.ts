// @hot
/**
 * Books what executions say about positions: fills, busts and corrections, each ExecID once. Returns
 * by how much the filled quantity of the order changes; the order's own state is OrderFold's.
 */
import { NO_INSTRUMENT, SIDE_BUY, SIDE_SELL } from "../core/codes.ts";
import type { Execution } from "../fix/order/execution.ts";
import type { Exposure } from "../risk/exposure.ts";
import type { Positions } from "../risk/positions.ts";
import {
  ExecIds,
  FILL_INSTRUMENT,
  FILL_LIQUIDITY,
  FILL_PX,
  FILL_QTY,
  FILL_SIDE,
} from "./exec-ids.ts";
import type { TradeWatcher } from "./trade-watcher.ts";

/** Nothing was booked: seen before. */
export const TRADE_REPEATED = 0;
export const TRADE_BOOKED = 1;
/** Booked, but a number was missing or did not divide: positions are not to be trusted. */
export const TRADE_DOUBTFUL = 2;
/** Not booked: nobody can say what it is about. */
export const TRADE_UNBOOKABLE = 3;
const NOBODY: readonly TradeWatcher[] = [];

export class Trades {
  readonly ids: ExecIds;
  /** Who hears of bookings; set before anything is booked. */
  watchers: readonly TradeWatcher[] = NOBODY;
  /** Of the last booking: change of the filled quantity, price, instrument. */
  change = 0;
  px = 0;
  instrument = 0;
  private readonly positions: Positions;
  private readonly exposure: Exposure;

  constructor(positions: Positions, exposure: Exposure, idCapacity: number) {
    this.ids = new ExecIds(idCapacity);
    this.positions = positions;
    this.exposure = exposure;
  }

  /** True when this execution was remembered before. */
  isRepeated(x: Execution): boolean {
    return hasId(x) && this.ids.find(x.execIdLo, x.execIdHi) >= 0;
  }

  /** Remembers an execution that moves no position, so that a replay of it is known. */
  remember(x: Execution): void {
    if (hasId(x)) this.ids.add(x.execIdLo, x.execIdHi, NO_INSTRUMENT, 0, 0, 0, 0);
  }

  /** A fill of `instrument`, `side`; fallbackPx stands in for a price that cannot be told. */
  fill(x: Execution, instrument: number, side: number, fallbackPx: number): number {
    if (this.isRepeated(x)) return TRADE_REPEATED;
    if (x.lastQty <= 0 || !this.isKnown(instrument, side)) return TRADE_UNBOOKABLE;
    const isDoubtful = x.inexact !== 0 || x.lastPx <= 0;
    const px = x.lastPx > 0 ? x.lastPx : fallbackPx;
    this.book(x, instrument, side, x.lastQty, px, x.liquidity);
    this.change = x.lastQty;
    return isDoubtful ? TRADE_DOUBTFUL : TRADE_BOOKED;
  }

  /** Trade cancel (ExecType H): takes back the fill that ExecRefID names. */
  bust(x: Execution, instrument: number, side: number): number {
    if (this.isRepeated(x)) return TRADE_REPEATED;
    const row = this.ids.findLatest(x.refIdLo, x.refIdHi);
    if (row >= 0) {
      const qty = this.ids.get(row, FILL_QTY);
      if (qty === 0) return TRADE_REPEATED;
      this.takeBack(row, 0, 0);
      this.change = -qty;
    } else {
      if (x.lastQty <= 0 || x.lastPx <= 0 || x.inexact !== 0) return TRADE_UNBOOKABLE;
      if (!this.isKnown(instrument, side)) return TRADE_UNBOOKABLE;
      this.positions.unfill(instrument, side, x.lastQty, x.lastPx, x.liquidity);
      this.tellTakenBack(x.refIdLo, x.refIdHi, instrument, side, x.lastQty, x.lastPx);
      this.moved(instrument, x.lastPx);
      this.change = -x.lastQty;
    }
    this.remember(x);
    return TRADE_BOOKED;
  }

  /** Trade correct (ExecType G): the fill that ExecRefID names becomes the one told here. */
  correct(x: Execution): number {
    if (this.isRepeated(x)) return TRADE_REPEATED;
    const row = this.ids.findLatest(x.refIdLo, x.refIdHi);
    if (row < 0 || x.lastQty <= 0 || x.lastPx <= 0 || x.inexact !== 0) return TRADE_UNBOOKABLE;
    const qty = this.ids.get(row, FILL_QTY);
    const side = this.ids.get(row, FILL_SIDE);
    if (qty === 0) return TRADE_REPEATED;
    const instrument = this.ids.get(row, FILL_INSTRUMENT);
    const liquidity = x.liquidity === 0 ? this.ids.get(row, FILL_LIQUIDITY) : x.liquidity;
    this.takeBack(row, x.execIdLo, x.execIdHi);
    this.book(x, instrument, side, x.lastQty, x.lastPx, liquidity);
    // A correction without an id of its own keeps the place of the fill that it corrects.
    if (!hasId(x)) this.ids.replace(row, x.lastQty, x.lastPx, liquidity);
    this.change = x.lastQty - qty;
    return TRADE_BOOKED;
  }

  private book(
    x: Execution,
    instrument: number,
    side: number,
    qty: number,
    px: number,
    liquidity: number,
  ): void {
    this.positions.fill(instrument, side, qty, px, liquidity);
    if (hasId(x)) this.ids.add(x.execIdLo, x.execIdHi, instrument, side, qty, px, liquidity);
    const watchers = this.watchers;
    for (let w = 0; w < watchers.length; w++) {
      const watcher = watchers[w]!;
      watcher.onBooked(x.execIdLo, x.execIdHi, instrument, side, qty, px, x.slot, x.generation);
    }
    this.moved(instrument, px);
  }

  private takeBack(row: number, nextLo: number, nextHi: number): void {
    const ids = this.ids;
    const instrument = ids.get(row, FILL_INSTRUMENT);
    const px = ids.get(row, FILL_PX);
    const side = ids.get(row, FILL_SIDE);
    const qty = ids.get(row, FILL_QTY);
    this.positions.unfill(instrument, side, qty, px, ids.get(row, FILL_LIQUIDITY));
    ids.void(row, nextLo, nextHi);
    this.tellTakenBack(ids.lo(row), ids.hi(row), instrument, side, qty, px);
    this.moved(instrument, px);
  }

  private tellTakenBack(
    lo: number,
    hi: number,
    instrument: number,
    side: number,
    qty: number,
    px: number,
  ): void {
    const watchers = this.watchers;
    for (let w = 0; w < watchers.length; w++) {
      watchers[w]!.onTakenBack(lo, hi, instrument, side, qty, px);
    }
  }

  private moved(instrument: number, px: number): void {
    this.instrument = instrument;
    this.px = px;
    this.exposure.refresh(instrument);
  }

  private isKnown(instrument: number, side: number): boolean {
    if (!(instrument >= 0 && instrument < this.positions.count)) return false;
    return side === SIDE_BUY || side === SIDE_SELL;
  }
}

function hasId(x: Execution): boolean {
  return x.execIdLo !== 0 || x.execIdHi !== 0;
}
