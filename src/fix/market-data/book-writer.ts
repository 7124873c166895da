// @hot
/** Entries of W and X into one feed's books. FIX 4.4 volume 3, market data. */

import { BOOK_BROKEN_TRADES } from "../../book/counters.ts";
import type { LevelBooks } from "../../book/level-books.ts";
import { SIDE_BUY, SIDE_SELL } from "../../core/codes.ts";
import { MD_ENTRIES, MD_LEVEL_MISMATCH, MD_MALFORMED, MD_OTHER_ENTRIES } from "./counters.ts";
import * as E from "./entries.ts";

/** MDEntryType (269). */
const BID = 0x30;
const OFFER = 0x31;
const TRADE = 0x32;
const EMPTY_BOOK = 0x4a;
/** MDUpdateAction (279). */
const NEW = 0x30;
const CHANGE = 0x31;
const DELETE = 0x32;
const DELETE_THRU = 0x33;
const DELETE_FROM = 0x34;
const OVERLAY = 0x35;

export class BookWriter {
  private readonly books: LevelBooks;
  private readonly rows: Int32Array;
  private readonly byId: boolean;
  private readonly depth: number;
  private readonly counters: Float64Array;

  /** `depth`: levels of each side that are kept, 0 = all. */
  constructor(
    books: LevelBooks,
    entries: E.EntryTable,
    byId: boolean,
    depth: number,
    counters: Float64Array,
  ) {
    this.books = books;
    this.rows = entries.rows;
    this.byId = byId;
    this.depth = depth;
    this.counters = counters;
  }

  /** One entry of a snapshot, into a book that was emptied before. */
  snapshot(instrument: number, row: number): void {
    const rows = this.rows;
    const type = rows[row + E.ENTRY_TYPE]!;
    const has = rows[row + E.ENTRY_HAS]!;
    if (type !== TRADE && type !== EMPTY_BOOK && type !== BID && type !== OFFER) {
      this.counters[MD_OTHER_ENTRIES]! += 1;
      return;
    }
    this.counters[MD_ENTRIES]! += 1;
    if (type === TRADE) this.lastTrade(instrument, row, has);
    else if (type !== EMPTY_BOOK && this.isWhole(instrument, has)) {
      if (this.byId) this.place(instrument, row, type - BID, has);
      else this.placeLevel(instrument, row, type - BID);
    }
  }

  /** One entry of an update. False when the book can't have been what the venue's was. */
  update(instrument: number, row: number): boolean {
    const type = this.rows[row + E.ENTRY_TYPE]!;
    if (type === TRADE) {
      this.trade(instrument, row);
      return true;
    }
    if (type === EMPTY_BOOK) {
      this.counters[MD_ENTRIES]! += 1;
      this.books.empty(instrument);
      return true;
    }
    if (type !== BID && type !== OFFER) {
      // A change or delete by id need not repeat the type.
      if (type !== 0 || !this.byId) {
        this.counters[type === 0 ? MD_MALFORMED : MD_OTHER_ENTRIES]! += 1;
        return type !== 0;
      }
    }
    return this.byId ? this.entry(instrument, row, type) : this.level(instrument, row, type - BID);
  }

  // ---- by price ---------------------------------------------------------------------------------

  private level(instrument: number, row: number, side: number): boolean {
    const rows = this.rows;
    const action = rows[row + E.ENTRY_ACTION]!;
    const has = rows[row + E.ENTRY_HAS]!;
    this.counters[MD_ENTRIES]! += 1;
    if ((has & E.HAS_INEXACT) !== 0) {
      this.books.refuse(instrument);
      return true;
    }
    switch (action) {
      case NEW:
        return this.newLevel(instrument, row, side, has);
      case CHANGE:
      case OVERLAY:
        return this.changeLevel(instrument, row, side, has);
      case DELETE:
        return this.deleteLevel(instrument, row, side, has);
      case DELETE_THRU:
      case DELETE_FROM:
        return this.deleteRange(instrument, row, side, action);
    }
    this.counters[MD_MALFORMED]! += 1;
    return false;
  }

  /** Of a snapshot: several entries of one price are orders, which nothing tells apart later. */
  private placeLevel(instrument: number, row: number, side: number): void {
    const px = this.rows[row + E.ENTRY_PX]!;
    if (this.books.hasLevel(instrument, side, px)) this.malformed(instrument);
    else this.set(instrument, side, px, row);
  }

  private newLevel(instrument: number, row: number, side: number, has: number): boolean {
    const px = this.rows[row + E.ENTRY_PX]!;
    if ((has & E.HAS_PX) === 0 || (has & E.HAS_QTY) === 0) {
      this.counters[MD_MALFORMED]! += 1;
      return false;
    }
    if (this.books.hasLevel(instrument, side, px)) this.counters[MD_LEVEL_MISMATCH]! += 1;
    this.set(instrument, side, px, row);
    return true;
  }

  /** At a position the price may change, too: the level there becomes another one. */
  private changeLevel(instrument: number, row: number, side: number, has: number): boolean {
    const rows = this.rows;
    const books = this.books;
    const position = rows[row + E.ENTRY_POSITION]!;
    const there = position === 0 ? 0 : books.pxAt(instrument, side, position);
    const px = (has & E.HAS_PX) === 0 ? there : rows[row + E.ENTRY_PX]!;
    if (px === 0) {
      this.counters[(has & E.HAS_PX) === 0 && position === 0 ? MD_MALFORMED : MD_LEVEL_MISMATCH]! +=
        1;
      return false;
    }
    if (!books.hasLevel(instrument, side, px)) {
      if (there === 0) {
        this.counters[MD_LEVEL_MISMATCH]! += 1;
        if ((has & E.HAS_QTY) === 0 || !this.isBehind(instrument, side, px)) return false;
        this.set(instrument, side, px, row);
        return true;
      }
      if ((has & E.HAS_QTY) === 0) rows[row + E.ENTRY_QTY] = books.qtyOf(instrument, side, there);
      books.dropLevel(instrument, side, there);
      this.set(instrument, side, px, row);
      return true;
    }
    if ((has & E.HAS_QTY) === 0) {
      rows[row + E.ENTRY_QTY] = books.qtyOf(instrument, side, px);
    }
    this.set(instrument, side, px, row);
    return true;
  }

  /** True for a level behind the depth that is kept: it was forgotten, and is not missed. */
  private isBehind(instrument: number, side: number, px: number): boolean {
    if (this.depth === 0 || this.books.depth(instrument, side) < this.depth) return false;
    const worst = this.books.pxAt(instrument, side, this.depth);
    return side === 0 ? px < worst : px > worst;
  }

  private deleteLevel(instrument: number, row: number, side: number, has: number): boolean {
    const rows = this.rows;
    const position = rows[row + E.ENTRY_POSITION]!;
    if ((has & E.HAS_PX) !== 0) {
      // A level that is not there is gone already.
      if (!this.books.dropLevel(instrument, side, rows[row + E.ENTRY_PX]!)) {
        this.counters[MD_LEVEL_MISMATCH]! += 1;
      }
      return true;
    }
    const px = position === 0 ? 0 : this.books.pxAt(instrument, side, position);
    if (px === 0) {
      this.counters[position === 0 ? MD_MALFORMED : MD_LEVEL_MISMATCH]! += 1;
      return false;
    }
    return this.books.dropLevel(instrument, side, px);
  }

  /** Thru: from the best to the position. From: from the position to the last. */
  private deleteRange(instrument: number, row: number, side: number, action: number): boolean {
    const position = this.rows[row + E.ENTRY_POSITION]!;
    if (position === 0) {
      this.counters[MD_MALFORMED]! += 1;
      return false;
    }
    if (position > this.books.depth(instrument, side)) this.counters[MD_LEVEL_MISMATCH]! += 1;
    if (action === DELETE_THRU) this.books.dropRange(instrument, side, 1, position);
    else this.books.dropRange(instrument, side, position, 0);
    return true;
  }

  /** A quantity of 0 takes the level away. */
  private set(instrument: number, side: number, px: number, row: number): void {
    const qty = this.rows[row + E.ENTRY_QTY]!;
    if (qty === 0) this.books.dropLevel(instrument, side, px);
    else this.books.setLevel(instrument, side, px, qty, this.rows[row + E.ENTRY_ORDERS]!);
  }

  // ---- by id ------------------------------------------------------------------------------------

  /** type 0 = that of the entry it names. */
  private entry(instrument: number, row: number, type: number): boolean {
    const rows = this.rows;
    const books = this.books;
    const action = rows[row + E.ENTRY_ACTION]!;
    const has = rows[row + E.ENTRY_HAS]!;
    this.counters[MD_ENTRIES]! += 1;
    if ((has & E.HAS_ID) === 0 || action < NEW || action > DELETE) {
      this.counters[MD_MALFORMED]! += 1;
      return false;
    }
    if ((has & E.HAS_INEXACT) !== 0) {
      books.refuse(instrument);
      return true;
    }
    const idHi = rows[row + E.ENTRY_ID_HI]!;
    const idLo = rows[row + E.ENTRY_ID_LO]!;
    if (action === DELETE) return books.remove(instrument, idHi, idLo);
    if (action === NEW) {
      if (type === 0 || (has & E.HAS_PX) === 0 || (has & E.HAS_QTY) === 0) {
        this.counters[MD_MALFORMED]! += 1;
        return false;
      }
      if (books.instrumentOf(idHi, idLo) >= 0) return false;
      this.place(instrument, row, type - BID, has);
      return true;
    }
    return this.changeEntry(instrument, row, type);
  }

  /** Change: what it does not name stays. With MDEntryRefID (280) the entry goes on under the new id. */
  private changeEntry(instrument: number, row: number, type: number): boolean {
    const rows = this.rows;
    const books = this.books;
    const has = rows[row + E.ENTRY_HAS]!;
    const named = (has & E.HAS_REF) === 0 ? E.ENTRY_ID_HI : E.ENTRY_REF_HI;
    const oldHi = rows[row + named]!;
    const oldLo = rows[row + named + 1]!;
    if (books.instrumentOf(oldHi, oldLo) !== instrument) return false;
    const side = books.sideOf(oldHi, oldLo);
    if (type !== 0 && type - BID !== side) return false;
    if ((has & E.HAS_PX) === 0) rows[row + E.ENTRY_PX] = books.entryPx(oldHi, oldLo);
    if ((has & E.HAS_QTY) === 0) rows[row + E.ENTRY_QTY] = books.entryQty(oldHi, oldLo);
    books.remove(instrument, oldHi, oldLo);
    if (rows[row + E.ENTRY_QTY] === 0) return true;
    const newHi = rows[row + E.ENTRY_ID_HI]!;
    const newLo = rows[row + E.ENTRY_ID_LO]!;
    if (books.instrumentOf(newHi, newLo) >= 0) return false;
    const px = rows[row + E.ENTRY_PX]!;
    books.place(instrument, side, newHi, newLo, px, rows[row + E.ENTRY_QTY]!);
    return true;
  }

  private place(instrument: number, row: number, side: number, has: number): void {
    const rows = this.rows;
    const idHi = rows[row + E.ENTRY_ID_HI]!;
    const idLo = rows[row + E.ENTRY_ID_LO]!;
    if ((has & E.HAS_ID) === 0 || this.books.instrumentOf(idHi, idLo) >= 0) {
      this.malformed(instrument);
      return;
    }
    const px = rows[row + E.ENTRY_PX]!;
    const qty = rows[row + E.ENTRY_QTY]!;
    if (qty > 0) this.books.place(instrument, side, idHi, idLo, px, qty);
  }

  // ---- trades -----------------------------------------------------------------------------------

  private trade(instrument: number, row: number): void {
    const rows = this.rows;
    const has = rows[row + E.ENTRY_HAS]!;
    const action = rows[row + E.ENTRY_ACTION]!;
    this.counters[MD_ENTRIES]! += 1;
    const qty = rows[row + E.ENTRY_QTY]!;
    if (action !== NEW) this.counters[BOOK_BROKEN_TRADES]! += 1;
    else if (!isTrade(has) || qty === 0) this.books.refuseTrade();
    else {
      const told = rows[row + E.ENTRY_AGGRESSOR]!;
      const aggressor = told === 1 ? SIDE_BUY : told === 2 ? SIDE_SELL : 0;
      this.books.trade(instrument, rows[row + E.ENTRY_PX]!, qty, aggressor);
    }
  }

  private lastTrade(instrument: number, row: number, has: number): void {
    if (!isTrade(has)) this.books.refuseTrade();
    else this.books.last(instrument, this.rows[row + E.ENTRY_PX]!, this.rows[row + E.ENTRY_QTY]!);
  }

  /** Of an entry of a snapshot: price and quantity are there and exact. */
  private isWhole(instrument: number, has: number): boolean {
    if ((has & E.HAS_INEXACT) !== 0) this.books.refuse(instrument);
    else if ((has & E.HAS_PX) === 0 || (has & E.HAS_QTY) === 0) this.malformed(instrument);
    else return true;
    return false;
  }

  /** An entry that can't be put into the book: it is not what the venue's is. */
  private malformed(instrument: number): void {
    this.counters[MD_MALFORMED]! += 1;
    this.books.refuse(instrument);
  }
}

function isTrade(has: number): boolean {
  return (has & E.HAS_INEXACT) === 0 && (has & E.HAS_PX) !== 0 && (has & E.HAS_QTY) !== 0;
}
