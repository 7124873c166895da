// @hot
/**
 * Market by order of one MDP 3.0 channel, beside its books by price: kept only where asked for. Orders
 * carry no number of their instrument, so what is lost is known by packets alone: after a loss no
 * order book of the channel is to be trusted until a snapshot of it that was taken behind that
 * packet. Orders of packets behind the snapshot wait for it as updates of books do (RptRecovery).
 */
import { residentBuffer } from "../core/resident.ts";
import { BOOK_DUPLICATE_ORDER, BOOK_ORDERS_FULL, BOOK_UNKNOWN_ORDER } from "./counters.ts";
import { LadderView, type TradeColumns } from "./ladder-view.ts";
import { Ladders, LEVEL_SIDE, NO_LEVEL } from "./ladders.ts";
import { NO_ROW, OrderTable, ROW_QTY, ROW_WORDS } from "./order-table.ts";
import type { BookView } from "./view.ts";

const NEW = 0;
const DELETE = 2;
/** Of a kept order; actions end below it. */
const ACTION_MASK = 15;

const KEPT_NEXT = 0;
const KEPT_SEQ = 1;
const KEPT_WHAT = 2;
const KEPT_ID_HI = 3;
const KEPT_ID_LO = 4;
const KEPT_PX = 5;
const KEPT_QTY = 6;
const KEPT_WORDS = 8;
const NONE = -1;
/** Ladders tell the best by a difference of keys, which must stay in int32. */
const PX_MAX = 0x3fffffff;
/** No order is on this side: the book is emptied. */
export const ORDER_RESET = 4;

export class Mdp3Orders {
  readonly table: OrderTable;
  private readonly ladders: Ladders;
  private readonly counters: Float64Array;
  private readonly views: LadderView[] = [];
  /** By instrument: 1 = to be trusted. */
  private readonly isSound: Uint8Array;
  /** A snapshot must have been taken behind packet from - 1. */
  private readonly from: Float64Array;
  /** The snapshot that is coming: its packet, and the next chunk; 0 = none is. */
  private readonly snapshotSeq: Float64Array;
  private readonly nextChunk: Int32Array;
  /** The snapshot holds packets up to this one, which may come yet. */
  private readonly heldTo: Float64Array;
  private readonly head: Int32Array;
  private readonly tail: Int32Array;
  private readonly rows: Int32Array;
  private free = NONE;

  constructor(
    instruments: number,
    maxOrders: number,
    maxLevels: number,
    keptMax: number,
    trades: TradeColumns,
    counters: Float64Array,
  ) {
    this.table = new OrderTable(maxOrders);
    this.ladders = new Ladders(2 * instruments, maxLevels);
    this.counters = counters;
    for (let i = 0; i < instruments; i++) this.views.push(new LadderView(i, this.ladders, trades));
    this.isSound = new Uint8Array(new ArrayBuffer(instruments));
    this.from = new Float64Array(new ArrayBuffer(8 * instruments));
    this.snapshotSeq = new Float64Array(new ArrayBuffer(8 * instruments));
    this.heldTo = new Float64Array(new ArrayBuffer(8 * instruments));
    this.nextChunk = new Int32Array(new ArrayBuffer(4 * instruments));
    this.head = new Int32Array(new ArrayBuffer(4 * instruments));
    this.tail = new Int32Array(new ArrayBuffer(4 * instruments));
    this.rows = new Int32Array(residentBuffer(4 * KEPT_WORDS * keptMax));
    this.clear();
  }

  /** Levels as sums of orders. */
  view(instrument: number): BookView {
    return this.views[instrument]!;
  }

  /** False: the orders of this instrument wait for a snapshot. */
  isTrusted(instrument: number): boolean {
    return this.isSound[instrument] !== 0;
  }

  clear(): void {
    this.table.clear();
    this.ladders.clear();
    this.isSound.fill(0);
    this.from.fill(0);
    this.heldTo.fill(0);
    this.nextChunk.fill(0);
    this.head.fill(NONE);
    this.tail.fill(NONE);
    const rows = this.rows;
    this.free = rows.length === 0 ? NONE : 0;
    for (let row = 0; row < rows.length; row += KEPT_WORDS) {
      rows[row + KEPT_NEXT] = row + KEPT_WORDS < rows.length ? row + KEPT_WORDS : NONE;
    }
  }

  /** The instrument has no orders, and that is known. */
  restart(instrument: number): void {
    this.dropOrders(instrument);
    this.dropKept(instrument);
    this.nextChunk[instrument] = 0;
    this.heldTo[instrument] = 0;
    this.isSound[instrument] = 1;
  }

  /** Packets below `to` are lost. */
  lost(instrument: number, to: number): void {
    this.isSound[instrument] = 0;
    this.nextChunk[instrument] = 0;
    // What a snapshot held already was not kept: one from before that would lack it.
    const from = Math.max(to, this.heldTo[instrument]! + 1);
    if (from > this.from[instrument]!) this.from[instrument] = from;
    this.dropKept(instrument);
  }

  /** One order of packet `seq`; side 0 = bids, 1 = asks, ORDER_RESET. isExact: px can be held. */
  update(
    instrument: number,
    seq: number,
    action: number,
    side: number,
    idHi: number,
    idLo: number,
    px: number,
    qty: number,
    isExact: boolean,
  ): void {
    if (seq <= this.heldTo[instrument]!) return;
    if (this.isSound[instrument] === 0) {
      this.keep(
        instrument,
        seq,
        Math.min(action, ACTION_MASK) | (side << 4),
        idHi,
        idLo,
        px,
        isExact ? qty : -1,
      );
    } else if (!this.apply(instrument, action, side, idHi, idLo, px, isExact ? qty : -1)) {
      this.lost(instrument, seq + 1);
    }
  }

  // ---- snapshots --------------------------------------------------------------------------------

  /** A chunk of a snapshot taken behind packet `lastSeq`. True: its orders are wanted. */
  offer(instrument: number, lastSeq: number, chunks: number, chunk: number): boolean {
    if (chunk < 1 || chunk > chunks) return false;
    if (this.isSound[instrument] !== 0 || lastSeq < this.from[instrument]! - 1) return false;
    if (chunk === 1) {
      this.dropOrders(instrument);
      this.snapshotSeq[instrument] = lastSeq;
    } else if (chunk !== this.nextChunk[instrument] || lastSeq !== this.snapshotSeq[instrument]) {
      this.nextChunk[instrument] = 0;
      return false;
    }
    this.nextChunk[instrument] = chunk;
    return true;
  }

  add(
    instrument: number,
    side: number,
    idHi: number,
    idLo: number,
    px: number,
    qty: number,
    isExact: boolean,
  ): void {
    if (this.nextChunk[instrument] === 0) return;
    if (!this.apply(instrument, NEW, side, idHi, idLo, px, isExact ? qty : -1)) {
      this.nextChunk[instrument] = 0;
    }
  }

  /** End of a chunk; behind the last one the orders that waited are applied. */
  settle(instrument: number, chunks: number, chunk: number): void {
    if (this.nextChunk[instrument] !== chunk) return;
    if (chunk < chunks) {
      this.nextChunk[instrument] = chunk + 1;
      return;
    }
    this.nextChunk[instrument] = 0;
    const rows = this.rows;
    const after = this.snapshotSeq[instrument]!;
    this.heldTo[instrument] = after;
    for (let row = this.head[instrument]!; row !== NONE; row = rows[row + KEPT_NEXT]!) {
      const seq = rows[row + KEPT_SEQ]! >>> 0;
      const what = rows[row + KEPT_WHAT]!;
      if (seq <= after) continue;
      const isApplied = this.apply(
        instrument,
        what & ACTION_MASK,
        what >> 4,
        rows[row + KEPT_ID_HI]!,
        rows[row + KEPT_ID_LO]!,
        rows[row + KEPT_PX]!,
        rows[row + KEPT_QTY]!,
      );
      if (!isApplied) {
        this.lost(instrument, seq + 1);
        return;
      }
    }
    this.dropKept(instrument);
    this.isSound[instrument] = 1;
  }

  // ---- inside -----------------------------------------------------------------------------------

  /** False when it does not fit what is there: counted. qty -1: it cannot be held. */
  private apply(
    instrument: number,
    action: number,
    side: number,
    idHi: number,
    idLo: number,
    px: number,
    qty: number,
  ): boolean {
    if (side === ORDER_RESET) {
      this.dropOrders(instrument);
      return true;
    }
    if (action > DELETE) return false;
    const row = this.table.find(idHi, idLo);
    if ((row === NO_ROW) !== (action === NEW)) {
      this.counters[action === NEW ? BOOK_DUPLICATE_ORDER : BOOK_UNKNOWN_ORDER]! += 1;
      return false;
    }
    if (row !== NO_ROW) this.dropRow(row);
    if (action === DELETE) return true;
    if (qty < 0 || px > PX_MAX || px < -PX_MAX || side > 1) return false;
    const level = this.ladders.add(2 * instrument + side, side === 0 ? px : 0 - px, qty);
    if (level === NO_LEVEL || this.table.insert(idHi, idLo, level, qty) === NO_ROW) {
      if (level !== NO_LEVEL) this.ladders.remove(level, qty);
      this.counters[BOOK_ORDERS_FULL]! += 1;
      return false;
    }
    return true;
  }

  private dropRow(row: number): void {
    this.ladders.remove(this.table.levelOf(row), this.table.rows[row + ROW_QTY]!);
    this.table.remove(row);
  }

  /** Looks through the whole table: for a snapshot in place of orders that were there. */
  private dropOrders(instrument: number): void {
    const side = 2 * instrument;
    if (this.ladders.depth(side) + this.ladders.depth(side + 1) === 0) return;
    const rows = this.table.rows;
    let row = 0;
    while (row < rows.length) {
      const level = this.table.levelOf(row);
      // What follows in a chain moves into the row that is taken out: it is looked at again.
      if (level !== 0 && this.ladders.words[level + LEVEL_SIDE]! >> 1 === instrument) {
        this.dropRow(row);
      } else row += ROW_WORDS;
    }
  }

  private keep(
    instrument: number,
    seq: number,
    what: number,
    idHi: number,
    idLo: number,
    px: number,
    qty: number,
  ): void {
    const row = this.free;
    if (row === NONE) {
      // A snapshot must be of a later time than this.
      this.lost(instrument, seq + 1);
      return;
    }
    const rows = this.rows;
    this.free = rows[row + KEPT_NEXT]!;
    rows[row + KEPT_NEXT] = NONE;
    rows[row + KEPT_SEQ] = seq;
    rows[row + KEPT_WHAT] = what;
    rows[row + KEPT_ID_HI] = idHi;
    rows[row + KEPT_ID_LO] = idLo;
    rows[row + KEPT_PX] = px;
    rows[row + KEPT_QTY] = qty;
    const tail = this.tail[instrument]!;
    if (tail === NONE) this.head[instrument] = row;
    else rows[tail + KEPT_NEXT] = row;
    this.tail[instrument] = row;
  }

  private dropKept(instrument: number): void {
    const tail = this.tail[instrument]!;
    if (tail === NONE) return;
    this.rows[tail + KEPT_NEXT] = this.free;
    this.free = this.head[instrument]!;
    this.head[instrument] = NONE;
    this.tail[instrument] = NONE;
  }
}
