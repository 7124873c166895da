// @hot
/**
 * Our executions against those that a drop copy tells, one by one and in sums. All state comes from
 * records of the journal (EXEC of our side, COPY of the other, DIFFERENCE where time decides), so
 * that folding them again gives the state that was live.
 *
 *   told by one side -> waiting --the other side says the same--> agrees
 *                          |  late, or both have told and differ       ^
 *                          +-----------> differing --------------------+
 *
 * Our own fills are in the positions already: a copy of one is only compared. Executions of other
 * orders have nothing to be compared with; where the drop copy feeds positions they move them.
 */
import {
  DIFFERENCE_NO_COPY,
  DIFFERENCE_NO_FILL,
  DIFFERENCE_TERMS,
  DIFFERENCE_UNREADABLE,
  NO_INSTRUMENT,
  SIDE_BUY,
  SIDE_SELL,
} from "../../core/codes.ts";
import type { Execution } from "../../fix/order/execution.ts";
import * as fix from "../fix-codes.ts";
import type { TradeWatcher } from "../trade-watcher.ts";
import * as N from "./counters.ts";
import { Differences } from "./differences.ts";
import * as X from "./execution-table.ts";
import type { DropCopyOptions } from "./options.ts";
import { Traded } from "./traded.ts";

/** Corrections of a correction that are followed. */
const CORRECTIONS_MAX = 64;

export class Reconciliation extends Differences implements TradeWatcher {
  /** Executions that agree, came from orders of ours, from others, and came again. */
  matched = 0;
  own = 0;
  others = 0;
  repeated = 0;
  /** What the drop copy told of orders that are not ours. */
  readonly otherTraded: Traded;
  private readonly covered: Int32Array;
  private readonly options: DropCopyOptions;

  constructor(options: DropCopyOptions) {
    super(options);
    const { instruments } = options;
    this.options = options;
    this.otherTraded = new Traded(instruments.capacity + 1);
    this.covered = new Int32Array(new ArrayBuffer(4 * instruments.capacity));
    for (let i = 0; i < instruments.count; i++) {
      this.covered[i] = options.of.includes(instruments.session[i]!) ? 1 : 0;
    }
  }

  // ---- our side ---------------------------------------------------------------------------------

  onBooked(
    lo: number,
    hi: number,
    instrument: number,
    side: number,
    qty: number,
    px: number,
    slot: number,
    generation: number,
  ): void {
    if (this.covered[instrument] !== 1) return;
    this.ourTraded.book(instrument, side, qty, px, 1);
    this.touch(instrument);
    if (lo === 0 && hi === 0) return;
    const table = this.table;
    const row = this.rowOf(lo, hi, instrument);
    table.set(row, X.X_OUR_SIDE, side);
    table.set(row, X.X_OUR_QTY, qty);
    table.set(row, X.X_OUR_PX, px);
    table.set(row, X.X_SLOT, slot);
    table.set(row, X.X_GENERATION, generation);
    const isNamed = table.get(row, X.X_INSTRUMENT) >>> 0 !== NO_INSTRUMENT;
    if (!isNamed && table.listOf(row) === 0) table.set(row, X.X_INSTRUMENT, instrument);
    if (table.get(row, X.X_INSTRUMENT) !== instrument) table.setBits(row, X.X_BIT_ELSEWHERE);
    const isReclaimed = table.hasBits(row, X.X_BIT_COPY) && !table.hasBits(row, X.X_BIT_OWN);
    table.setBits(row, X.X_BIT_OURS | X.X_BIT_OWN);
    if (isReclaimed) this.reclaim(row);
    this.judge(row);
  }

  onTakenBack(
    lo: number,
    hi: number,
    instrument: number,
    side: number,
    qty: number,
    px: number,
  ): void {
    if (this.covered[instrument] !== 1) return;
    this.ourTraded.book(instrument, side, qty, px, -1);
    this.touch(instrument);
    if (lo === 0 && hi === 0) return;
    const row = this.rowOf(lo, hi, instrument);
    this.table.set(row, X.X_OUR_QTY, 0);
    this.table.setBits(row, X.X_BIT_OURS | X.X_BIT_OWN | X.X_BIT_OURS_CHANGED);
    this.judge(row);
  }

  // ---- the copy's side --------------------------------------------------------------------------

  /** True when the drop copy has told this ExecID before. */
  isRepeated(x: Execution): boolean {
    const row = this.table.find(x.execIdLo, x.execIdHi);
    return row >= 0 && this.table.hasBits(row, X.X_BIT_COPY);
  }

  /** Counts one that was told again. */
  countRepeated(): void {
    this.repeated++;
    this.count(N.DROP_COPY_REPEATED);
    this.hasChanged = true;
  }

  /** A fill, bust or correction that is no repeat; its ExecID is text[offset .. offset + length). */
  told(x: Execution, text: Uint8Array, offset: number, length: number): void {
    const isOwn = x.ours !== 0 || this.isOwn(x.execIdLo, x.execIdHi, x.refIdLo, x.refIdHi);
    if (isOwn) this.own++;
    else this.others++;
    this.count(isOwn ? N.DROP_COPY_OWN : N.DROP_COPY_OTHERS);
    this.hasChanged = true;
    if (x.execType === fix.EXEC_TRADE_CANCEL) {
      this.count(N.DROP_COPY_BUSTS);
      this.keep(x, text, offset, length);
      this.bust(x, isOwn);
    } else if (x.execType === fix.EXEC_TRADE_CORRECT) {
      this.count(N.DROP_COPY_CORRECTS);
      const before = this.bust(x, isOwn);
      const instrument = this.table.get(before, X.X_INSTRUMENT) >>> 0;
      if (x.instrument === NO_INSTRUMENT) x.instrument = instrument;
      if (x.side === 0) x.side = this.table.get(before, X.X_SIDE);
      this.table.set(before, X.X_NEXT_LO, x.execIdLo);
      this.table.set(before, X.X_NEXT_HI, x.execIdHi);
      this.fill(x, isOwn, text, offset, length);
    } else this.fill(x, isOwn, text, offset, length);
  }

  /** An execution that our side has told is ours, whatever id its copy carries. */
  private isOwn(lo: number, hi: number, refLo: number, refHi: number): boolean {
    const row = this.table.find(lo, hi);
    if (row >= 0 && this.table.hasBits(row, X.X_BIT_OWN)) return true;
    if (refLo === 0 && refHi === 0) return false;
    const ref = this.latest(refLo, refHi);
    return ref >= 0 && this.table.hasBits(ref, X.X_BIT_OWN);
  }

  private fill(
    x: Execution,
    isOwn: boolean,
    text: Uint8Array,
    offset: number,
    length: number,
  ): void {
    const table = this.table;
    const row = this.keep(x, text, offset, length);
    const i = table.get(row, X.X_INSTRUMENT) >>> 0;
    if (x.instrument !== i) table.setBits(row, X.X_BIT_ELSEWHERE);
    if (isOwn) table.setBits(row, X.X_BIT_OWN);
    const isReadable =
      x.lastQty > 0 &&
      x.lastPx > 0 &&
      x.inexact === 0 &&
      x.instrument !== NO_INSTRUMENT &&
      (x.side === SIDE_BUY || x.side === SIDE_SELL);
    if (!isReadable) {
      this.count(N.DROP_COPY_UNREADABLE);
      // What moves a position that we cannot tell must be looked at, whoever's it is.
      if (this.options.feedsPositions) table.setBits(row, X.X_BIT_OWN);
      table.setBits(row, X.X_BIT_UNREADABLE);
      this.judge(row);
      return;
    }
    table.set(row, X.X_SIDE, x.side);
    table.set(row, X.X_QTY, x.lastQty);
    table.set(row, X.X_PX, x.lastPx);
    table.setBits(row, (x.liquidity & 3) << X.X_LIQUIDITY_SHIFT);
    this.book(row, i, x.lastQty, 1);
    this.judge(row);
  }

  /** Takes back what ExecRefID (19) names; the row of it. One that was not told yet never will be. */
  private bust(x: Execution, isOwn: boolean): number {
    const table = this.table;
    let row = this.latest(x.refIdLo, x.refIdHi);
    if (row < 0 || !table.hasBits(row, X.X_BIT_COPY)) {
      this.count(N.DROP_COPY_UNMATCHED);
      if (row < 0) row = this.rowOf(x.refIdLo, x.refIdHi, x.instrument);
      // Others' without their fill: by how much the position is wrong cannot be told.
      if (!isOwn && this.options.feedsPositions) {
        table.setBits(row, X.X_BIT_OWN | X.X_BIT_UNREADABLE);
      }
      if (isOwn) {
        table.set(row, X.X_SLOT, x.slot);
        table.set(row, X.X_GENERATION, x.generation);
      }
    }
    if (isOwn) table.setBits(row, X.X_BIT_OWN);
    const qty = table.get(row, X.X_QTY);
    if (qty > 0) this.book(row, table.get(row, X.X_INSTRUMENT), qty, -1);
    table.set(row, X.X_QTY, 0);
    table.setBits(row, X.X_BIT_COPY | X.X_BIT_COPY_CHANGED);
    this.judge(row);
    return row;
  }

  /** The row of the execution itself, with its text: from now on it is known. */
  private keep(x: Execution, text: Uint8Array, offset: number, length: number): number {
    const table = this.table;
    const row = this.rowOf(x.execIdLo, x.execIdHi, x.instrument);
    table.setText(row, text, offset, length);
    table.setBits(row, X.X_BIT_COPY);
    if (!table.hasBits(row, X.X_BIT_OURS)) {
      table.set(row, X.X_SLOT, x.slot);
      table.set(row, X.X_GENERATION, x.generation);
    }
    return row;
  }

  /** Books a copy, or takes it off: an own one for the comparison, another's for the account. */
  private book(row: number, instrument: number, qty: number, sign: number): void {
    const table = this.table;
    const side = table.get(row, X.X_SIDE);
    const px = table.get(row, X.X_PX);
    if (table.hasBits(row, X.X_BIT_OWN)) {
      this.theirTraded.book(instrument, side, qty, px, sign);
      this.touch(instrument);
      return;
    }
    this.otherTraded.book(instrument, side, qty, px, sign);
    this.moveAccount(row, instrument, side, qty, px, sign);
  }

  /** Our own report of an execution that was taken for another's: it is booked once, as ours. */
  private reclaim(row: number): void {
    const table = this.table;
    const i = table.get(row, X.X_INSTRUMENT);
    const qty = table.get(row, X.X_QTY);
    this.count(N.DROP_COPY_RECLAIMED);
    this.others--;
    this.own++;
    if (qty === 0) return;
    const side = table.get(row, X.X_SIDE);
    const px = table.get(row, X.X_PX);
    this.otherTraded.book(i, side, qty, px, -1);
    this.theirTraded.book(i, side, qty, px, 1);
    this.moveAccount(row, i, side, qty, px, -1);
  }

  private moveAccount(
    row: number,
    i: number,
    side: number,
    qty: number,
    px: number,
    sign: number,
  ): void {
    if (!this.options.feedsPositions) return;
    const gate = this.options.gate;
    const liquidity = (this.table.get(row, X.X_BITS) >>> X.X_LIQUIDITY_SHIFT) & 3;
    if (sign > 0) gate.positions.fill(i, side, qty, px, liquidity);
    else gate.positions.unfill(i, side, qty, px, liquidity);
    gate.exposure.refresh(i);
    if (this.isLive) gate.onPosition(i);
  }

  // ---- both -------------------------------------------------------------------------------------

  /** What an execution is now: agrees, waits, or differs. */
  private judge(row: number): void {
    const table = this.table;
    if (!table.hasBits(row, X.X_BIT_OWN)) return;
    const isBoth = table.hasBits(row, X.X_BIT_OURS | X.X_BIT_COPY);
    const bits = table.get(row, X.X_BITS);
    const isChanged = (bits & (X.X_BIT_OURS_CHANGED | X.X_BIT_COPY_CHANGED)) !== 0;
    if (isBoth && this.isSame(row)) {
      this.matched++;
      this.count(N.DROP_COPY_MATCHED);
      this.agree(row);
    } else if ((bits & X.X_BIT_UNREADABLE) !== 0) this.differ(row, DIFFERENCE_UNREADABLE);
    // After a bust or a correction on one side the other's may be on its way.
    else if (isBoth && !isChanged) this.differ(row, DIFFERENCE_TERMS);
    else this.wait(row);
  }

  /** Of one that is late. */
  protected override kindOf(row: number): number {
    const table = this.table;
    if (table.hasBits(row, X.X_BIT_UNREADABLE)) return DIFFERENCE_UNREADABLE;
    if (!table.hasBits(row, X.X_BIT_COPY)) return DIFFERENCE_NO_COPY;
    return table.hasBits(row, X.X_BIT_OURS) ? DIFFERENCE_TERMS : DIFFERENCE_NO_FILL;
  }

  protected override isCovered(instrument: number): boolean {
    return this.covered[instrument] === 1;
  }

  private isSame(row: number): boolean {
    const table = this.table;
    if ((table.get(row, X.X_BITS) & (X.X_BIT_UNREADABLE | X.X_BIT_ELSEWHERE)) !== 0) return false;
    const qty = table.get(row, X.X_QTY);
    if (qty !== table.get(row, X.X_OUR_QTY)) return false;
    if (qty === 0) return true;
    return (
      table.get(row, X.X_PX) === table.get(row, X.X_OUR_PX) &&
      table.get(row, X.X_SIDE) === table.get(row, X.X_OUR_SIDE)
    );
  }

  /** The row of an id, made for `instrument` when it is new. */
  private rowOf(lo: number, hi: number, instrument: number): number {
    const known = this.table.find(lo, hi);
    if (known >= 0) return known;
    this.beforeAdd();
    const row = this.table.add(lo, hi);
    this.table.set(row, X.X_INSTRUMENT, instrument);
    this.table.set(row, X.X_SLOT, -1);
    return row;
  }

  /** The row of a copy, through its corrections, or -1. */
  private latest(lo: number, hi: number): number {
    const table = this.table;
    let row = table.find(lo, hi);
    for (let hops = 0; row >= 0 && hops < CORRECTIONS_MAX; hops++) {
      const nextLo = table.get(row, X.X_NEXT_LO);
      const nextHi = table.get(row, X.X_NEXT_HI);
      if (nextLo === 0 && nextHi === 0) return row;
      const next = table.find(nextLo, nextHi);
      if (next < 0) return row;
      row = next;
    }
    return row;
  }
}
