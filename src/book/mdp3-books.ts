// @hot
/**
 * The books of one MDP 3.0 channel: by price and position (up to `depth` levels a side), implied ones
 * of two levels beside them, and by order where asked for. A book is stale (BOOK_STALE) from a loss
 * on until it is known to be right: see RptRecovery. Changes are told at the end of an event.
 *
 * Quote requests are decoded and told to nobody yet.
 */
import { type Mdp3Sink, QTY_NULL } from "../feed/mdp3/mdp3-sink.ts";
import { BOOK_MISMATCH } from "./counters.ts";
import { CHANGED_ALL } from "./market-events.ts";
import {
  ACTION_DELETE,
  ACTION_DELETE_UNPRICED,
  ACTION_NEW,
  Mdp3Channel,
  SIDE_NONE,
  SIDE_RESET,
} from "./mdp3-channel.ts";
import { ORDER_RESET } from "./mdp3-orders.ts";
import {
  SIDE_ASK,
  SIDE_BID,
  SIDE_IMPLIED_ASK,
  SIDE_IMPLIED_BID,
  SIDES,
} from "./position-levels.ts";
import {
  KEPT_ORDERS,
  KEPT_PX,
  KEPT_QTY,
  KEPT_WHAT,
  NO_KEPT,
  SNAPSHOT_OLD,
  SNAPSHOT_REFUTES,
  SNAPSHOT_TAKE,
  SOUND,
  UPDATE_APPLY,
  UPDATE_FIRST,
  UPDATE_KEEP,
  UPDATE_OLD,
} from "./rpt-recovery.ts";

/** A kept update: side | action << 4 | level << 8 | inexact << 16. */
const WHAT_INEXACT = 1 << 16;
/** No action at all: those that there are end below it. */
const ACTION_NONE = 15;
const ACTION_DELETE_THRU = 3;
const ACTION_DELETE_FROM = 4;

/** By MDEntryType of a book entry. A table: which comes can't be predicted. */
const SIDE_OF = new Uint8Array(new ArrayBuffer(256)).fill(SIDE_NONE);
SIDE_OF[0x30] = SIDE_BID; // '0'
SIDE_OF[0x31] = SIDE_ASK; // '1'
SIDE_OF[0x45] = SIDE_IMPLIED_BID; // 'E'
SIDE_OF[0x46] = SIDE_IMPLIED_ASK; // 'F'
SIDE_OF[0x4a] = SIDE_RESET; // 'J'

function sideOf(type: number): number {
  return SIDE_OF[type & 255]!;
}

export class Mdp3Books extends Mdp3Channel implements Mdp3Sink {
  /** The snapshot at hand does not fit itself. */
  private isBroken = false;

  // ---- channel ----------------------------------------------------------------------------------

  find(securityId: number): number {
    const instrument = this.securities.find(securityId);
    if (instrument >= 0) return instrument;
    this.isWhole = false;
    return this.takesUndefined ? this.adopt(securityId) : instrument;
  }

  onPacket(seq: number): void {
    this.packetSeq = seq;
    if (this.recovery.begin(seq)) this.begun(seq);
  }

  onLoss(_from: number, to: number): void {
    this.isWhole = false;
    this.recovery.lost(to);
    for (let i = 0; i < this.instruments.count; i++) {
      if (!this.isOwn(i)) continue;
      this.market.doubtStatus(i);
      if (this.recovery.doubt(i)) this.queue.touch(i, CHANGED_ALL);
      this.orders?.lost(i, to);
    }
  }

  onReset(): void {
    this.restartAll();
  }

  flush(shown: boolean): void {
    this.queue.flush(shown);
  }

  // ---- updates ----------------------------------------------------------------------------------

  onLevel(
    i: number,
    rptSeq: number,
    action: number,
    type: number,
    level: number,
    mantissa: number,
    exponent: number,
    qty: number,
    orders: number,
  ): void {
    const verdict = this.recovery.advance(i, rptSeq);
    if (verdict === UPDATE_OLD) return;
    const side = sideOf(type);
    const count = orders === QTY_NULL ? 0 : orders;
    // Nearly all: a level of a sound book is new, changes or goes.
    if (verdict === UPDATE_APPLY && side < SIDES && qty >>> 0 < QTY_NULL) {
      const px = this.market.units(i, mantissa, exponent);
      if (this.market.isExact && action <= ACTION_DELETE) {
        const row = i * SIDES + side;
        const book = this.book;
        this.seen[i] = 1;
        if (action === 1) this.tell(i, side, level, book.change(row, level, px, qty, count));
        else if (action === 0) {
          const fits = book.insert(row, level, px, qty, count) && book.isOrdered(row, level);
          this.tell(i, side, level, fits);
        } else this.tell(i, side, level, book.take(row, level, px));
        return;
      }
    }
    this.rarely(i, rptSeq, verdict, action, side, level, mantissa, exponent, qty, count);
  }

  private rarely(
    i: number,
    rptSeq: number,
    verdict: number,
    action: number,
    side: number,
    level: number,
    mantissa: number,
    exponent: number,
    qty: number,
    count: number,
  ): void {
    if (verdict === UPDATE_FIRST) this.empty(i);
    const isRange = action === ACTION_DELETE_THRU || action === ACTION_DELETE_FROM;
    let px = 0;
    let isExact = true;
    let what = action;
    if (side < SIDES && !isRange) {
      px = this.market.units(i, mantissa, exponent);
      isExact = this.market.isExact;
      if (action !== ACTION_DELETE) isExact = isExact && qty >= 0 && qty !== QTY_NULL;
      else if (Number.isNaN(mantissa)) {
        what = ACTION_DELETE_UNPRICED;
        isExact = true;
      }
    }
    if (side === SIDE_RESET) {
      this.orders?.update(i, this.packetSeq, ACTION_NEW, ORDER_RESET, 0, 0, 0, 0, true);
    }
    if (verdict === UPDATE_KEEP) {
      what =
        side | (Math.min(what, ACTION_NONE) << 4) | (level << 8) | (isExact ? 0 : WHAT_INEXACT);
      this.recovery.keep(i, rptSeq, what, px, qty, count);
    } else this.apply(i, side, what, level, px, isExact, qty, count);
  }

  onTrade(
    i: number,
    rptSeq: number,
    action: number,
    mantissa: number,
    exponent: number,
    qty: number,
    aggressor: number,
  ): void {
    if (!this.counts(i, rptSeq)) return;
    this.seen[i] = 1;
    this.market.trade(i, action, mantissa, exponent, qty, aggressor);
  }

  onVolume(i: number, rptSeq: number, _action: number, qty: number): void {
    if (this.counts(i, rptSeq) && qty >= 0 && qty !== QTY_NULL) this.market.volume[i] = qty;
  }

  onStatistic(
    i: number,
    rptSeq: number,
    action: number,
    type: number,
    mantissa: number,
    exponent: number,
    qty: number,
  ): void {
    if (this.counts(i, rptSeq)) {
      this.market.setStatistic(i, action, type, mantissa, exponent, qty);
    }
  }

  onLimits(i: number, rptSeq: number, high: number, low: number, exponent: number): void {
    if (this.counts(i, rptSeq)) this.market.setLimits(i, high, low, exponent);
  }

  onOrder(
    i: number,
    action: number,
    type: number,
    idHi: number,
    idLo: number,
    mantissa: number,
    exponent: number,
    qty: number,
  ): void {
    const px = this.market.units(i, mantissa, exponent);
    const isExact = this.market.isExact && qty >= 0 && qty !== QTY_NULL;
    const side = sideOf(type);
    if (this.orders === null || side > 1) return;
    this.orders.update(i, this.packetSeq, action, side, idHi, idLo, px, qty, isExact);
  }

  onStatus(
    handle: number,
    securityId: number,
    groupHi: number,
    groupLo: number,
    assetHi: number,
    assetLo: number,
    status: number,
  ): void {
    if (handle >= 0) this.market.setStatus(handle, status);
    if (securityId !== QTY_NULL) return;
    for (let i = 0; i < this.instruments.count; i++) {
      const isMeant = this.securities.isOf(i, groupHi, groupLo, assetHi, assetLo);
      if (isMeant) this.market.setStatus(i, status);
    }
  }

  onQuoteRequest(): void {}

  // ---- snapshots --------------------------------------------------------------------------------

  onSnapshotPacket(line: number, seq: number, liveTo: number): void {
    this.recovery.liveTo = liveTo;
    this.loops.packet(line, seq);
  }

  onSnapshotReport(handle: number, total: number, lastSeq: number): void {
    const isOfNow = this.recovery.isOfNow(lastSeq);
    const from = this.loops.report(handle, isOfNow ? total : 0, lastSeq);
    if (from < 0) return;
    // The loop is through: what it has not told of had no update before its oldest packet.
    for (let i = 0; i < this.instruments.count; i++) {
      const isMissing = this.isOwn(i) && this.securities.isMapped(i) && !this.loops.isTold(i);
      if (isMissing && this.recovery.isUntouched(i, from)) this.restart(i);
    }
  }

  onSnapshot(i: number, lastSeq: number, rptSeq: number, status: number): boolean {
    const verdict = this.recovery.offer(i, lastSeq, rptSeq);
    if (verdict === SNAPSHOT_OLD) return false;
    this.market.offerStatus(i, status);
    if (verdict === SNAPSHOT_REFUTES) this.queue.touch(i, CHANGED_ALL);
    if (verdict !== SNAPSHOT_TAKE) return false;
    this.empty(i);
    this.isBroken = false;
    return true;
  }

  onSnapshotEntry(
    i: number,
    type: number,
    level: number,
    mantissa: number,
    exponent: number,
    qty: number,
    orders: number,
  ): void {
    const side = sideOf(type);
    if (side >= SIDES) {
      this.market.setStatistic(i, 0, type, mantissa, exponent, qty);
      return;
    }
    const px = this.market.units(i, mantissa, exponent);
    if (!this.market.isExact || qty < 0 || qty === QTY_NULL) this.inexact(i);
    else {
      const count = orders === QTY_NULL ? 0 : orders;
      // What is behind the book's depth is not told as a change either.
      const row = i * SIDES + side;
      if (this.book.insert(row, level, px, qty, count) && this.book.isOrdered(row, level)) return;
      this.counters[BOOK_MISMATCH]! += 1;
    }
    this.isBroken = true;
  }

  onSnapshotEnd(i: number, rptSeq: number): void {
    this.seen[i] = 1;
    const recovery = this.recovery;
    // It waits for another one; what is kept stays.
    if (this.isBroken) {
      recovery.distrust(i);
      return;
    }
    let row = recovery.keptBehind(i, rptSeq);
    recovery.state[i] = SOUND;
    while (row !== NO_KEPT && recovery.state[i] === SOUND) {
      const what = recovery.rows[row + KEPT_WHAT]!;
      this.apply(
        i,
        what & 15,
        (what >> 4) & 15,
        (what >> 8) & 255,
        recovery.rows[row + KEPT_PX]!,
        (what & WHAT_INEXACT) === 0,
        recovery.rows[row + KEPT_QTY]!,
        recovery.rows[row + KEPT_ORDERS]!,
      );
      row = recovery.keptAfter(row);
    }
    const isSound = recovery.state[i] === SOUND;
    recovery.settle(i, rptSeq);
    if (!isSound) recovery.distrust(i);
  }

  onOrderSnapshot(i: number, lastSeq: number, chunks: number, chunk: number): boolean {
    if (!this.recovery.isOfNow(lastSeq)) return false;
    return this.orders?.offer(i, lastSeq, chunks, chunk) ?? false;
  }

  onSnapshotOrder(
    i: number,
    type: number,
    idHi: number,
    idLo: number,
    mantissa: number,
    exponent: number,
    qty: number,
  ): void {
    const px = this.market.units(i, mantissa, exponent);
    const isExact = this.market.isExact && qty >= 0 && qty !== QTY_NULL;
    this.orders?.add(i, sideOf(type), idHi, idLo, px, qty, isExact);
  }

  onOrderSnapshotEnd(i: number, chunks: number, chunk: number): void {
    this.orders?.settle(i, chunks, chunk);
  }

  // ---- definitions ------------------------------------------------------------------------------

  wantsDefinition(
    id: number,
    action: number,
    timeHi: number,
    timeLo: number,
    bytes: Uint8Array,
    symbolAt: number,
  ): boolean {
    const i = this.securities.find(id);
    if (i >= 0 && this.market.wantsStatus(i)) return true;
    return this.securities.isNews(id, action, timeHi, timeLo, bytes, symbolAt, this.wantsAll);
  }

  // ---- inside -----------------------------------------------------------------------------------

  /** An update that changes no level: true when it is news. */
  private counts(i: number, rptSeq: number): boolean {
    const verdict = this.recovery.advance(i, rptSeq);
    if (verdict === UPDATE_KEEP) this.recovery.keep(i, rptSeq, SIDE_NONE, 0, 0, 0);
    else if (verdict === UPDATE_FIRST) this.empty(i);
    return verdict !== UPDATE_OLD;
  }
}
