// @hot
/**
 * The repeating group of W and X (NoMDEntries, 268) as rows of numbers, read once per message and
 * before any of it is applied. FIX 4.4 volume 3, market data; 5.0 SP1 and SP2 for RptSeq (83),
 * delete thru and from, and overlay.
 *
 * An entry begins with the first tag behind 268; its other fields may come in any order. Symbol (55)
 * of an X entry that has none is that of the entry before it.
 */
import type { Instruments } from "../../book/instruments.ts";
import type { LevelBooks } from "../../book/level-books.ts";
import { NO_INSTRUMENT } from "../../core/codes.ts";
import {
  FIELD_WORDS,
  INT_BAD,
  readDecimalUnits,
  readInt,
  type TagIndex,
} from "../codec/tag-index.ts";
import type { SymbolTable } from "../order/symbol-table.ts";
import { EntryId } from "./entry-ids.ts";

/** rows[entry * ENTRY_WORDS + ENTRY_*] */
export const ENTRY_WORDS = 16;
/** -1 = none that anybody asked for, UNNAMED = not told. */
export const ENTRY_INSTRUMENT = 0;
/** MDUpdateAction (279) and MDEntryType (269): character codes, 0 = absent. */
export const ENTRY_ACTION = 1;
export const ENTRY_TYPE = 2;
/** Units; meaningful when ENTRY_HAS says so. */
export const ENTRY_PX = 3;
export const ENTRY_QTY = 4;
/** NumberOfOrders (346), 0 = not told. */
export const ENTRY_ORDERS = 5;
/** MDEntryPositionNo (290), 1 = best, 0 = absent. */
export const ENTRY_POSITION = 6;
/** MDEntryID (278) and MDEntryRefID (280), 64 bits each. */
export const ENTRY_ID_HI = 7;
export const ENTRY_ID_LO = 8;
export const ENTRY_REF_HI = 9;
export const ENTRY_REF_LO = 10;
/** HAS_* bits. */
export const ENTRY_HAS = 11;
/** RptSeq (83), 0 = absent. */
export const ENTRY_RPT_SEQ = 12;
/** AggressorSide (2446), 1 = buy, 2 = sell, 0 = not told. */
export const ENTRY_AGGRESSOR = 13;

export const HAS_PX = 1;
export const HAS_QTY = 2;
export const HAS_ID = 4;
export const HAS_REF = 8;
/** A price or quantity is there and not an exact number of units. */
export const HAS_INEXACT = 16;

/** Instead of an instrument: neither the message nor an entry before it names one. */
export const UNNAMED = -2;

/** read(): no group, a count that is no number, or not that of the entries. */
export const ENTRIES_MALFORMED = -1;

export class EntryTable {
  readonly rows: Int32Array;
  private readonly entriesMax: number;
  private readonly symbols: SymbolTable;
  private readonly books: LevelBooks;
  private readonly byId: boolean;
  private readonly decimals: Int32Array;
  private readonly unit: Int32Array;
  private readonly id = new EntryId();
  /** Field numbers of the entry under way, -1 = absent. */
  private symbol = -1;
  private px = -1;
  private qty = -1;
  private entryId = -1;
  private refId = -1;

  constructor(
    entriesMax: number,
    instruments: Instruments,
    symbols: SymbolTable,
    books: LevelBooks,
    byId: boolean,
  ) {
    this.entriesMax = entriesMax;
    this.rows = new Int32Array(new ArrayBuffer(4 * ENTRY_WORDS * entriesMax));
    this.symbols = symbols;
    this.books = books;
    this.byId = byId;
    const n = instruments.capacity;
    this.decimals = new Int32Array(new ArrayBuffer(4 * n));
    this.unit = new Int32Array(new ArrayBuffer(4 * n)).fill(1);
    for (let i = 0; i < instruments.count; i++) {
      const decimals = instruments.priceDecimals[i]!;
      this.decimals[i] = decimals;
      this.unit[i] = Math.round(instruments.priceUnit[i]! * 10 ** decimals);
    }
  }

  /**
   * Fills the rows; the count of entries, or ENTRIES_MALFORMED (what was read stands in the rows of
   * `count`). `instrument`: of entries that name none, or UNNAMED.
   */
  read(tags: TagIndex, instrument: number): number {
    this.count = 0;
    const group = tags.find(268);
    if (group < 0) return ENTRIES_MALFORMED;
    const said = readInt(tags.bytes, tags.offsetAt(group), tags.lengthAt(group));
    if (said < 0) return ENTRIES_MALFORMED;
    if (said === 0) return 0;
    const fields = tags.fields;
    const first = group + 1;
    if (first >= tags.count) return ENTRIES_MALFORMED;
    const delimiter = fields[first * FIELD_WORDS]!;
    let current = instrument;
    let row = -ENTRY_WORDS;
    for (let f = first; f < tags.count; f++) {
      const tag = fields[f * FIELD_WORDS]!;
      if (tag === delimiter) {
        if (row >= 0) current = this.finish(tags, row, current);
        if (this.count === this.entriesMax) return ENTRIES_MALFORMED;
        row += ENTRY_WORDS;
        this.count++;
        this.begin(row);
      }
      this.field(tags, f, tag, row);
    }
    this.finish(tags, row, current);
    return this.count === said ? said : ENTRIES_MALFORMED;
  }

  /** Entries read so far. */
  count = 0;

  /** Instrument of a Symbol (55) field, -1 when nobody asked for it. */
  instrumentAt(tags: TagIndex, field: number): number {
    const found = this.symbols.find(tags.bytes, tags.offsetAt(field), tags.lengthAt(field));
    return found === NO_INSTRUMENT ? -1 : found;
  }

  private begin(row: number): void {
    for (let i = row; i < row + ENTRY_WORDS; i++) this.rows[i] = 0;
    this.symbol = -1;
    this.px = -1;
    this.qty = -1;
    this.entryId = -1;
    this.refId = -1;
  }

  private field(tags: TagIndex, field: number, tag: number, row: number): void {
    switch (tag) {
      case 279:
        this.rows[row + ENTRY_ACTION] = charAt(tags, field);
        return;
      case 269:
        this.rows[row + ENTRY_TYPE] = charAt(tags, field);
        return;
      case 55:
        this.symbol = field;
        return;
      case 270:
        this.px = field;
        return;
      case 271:
        this.qty = field;
        return;
      case 278:
        this.entryId = field;
        return;
      case 280:
        this.refId = field;
        return;
      case 290:
        this.rows[row + ENTRY_POSITION] = countAt(tags, field);
        return;
      case 346:
        this.rows[row + ENTRY_ORDERS] = countAt(tags, field);
        return;
      case 83:
        this.rows[row + ENTRY_RPT_SEQ] = countAt(tags, field);
        return;
      case 2446:
        this.rows[row + ENTRY_AGGRESSOR] = charAt(tags, field) - 0x30;
        return;
    }
  }

  /** What needs the instrument is read once it is known. The instrument, for the entry behind it. */
  private finish(tags: TagIndex, row: number, before: number): number {
    const rows = this.rows;
    let has = 0;
    if (this.entryId >= 0 && tags.lengthAt(this.entryId) > 0) {
      this.id.hash(tags.bytes, tags.offsetAt(this.entryId), tags.lengthAt(this.entryId));
      rows[row + ENTRY_ID_HI] = this.id.hi;
      rows[row + ENTRY_ID_LO] = this.id.lo;
      has |= HAS_ID;
    }
    if (this.refId >= 0 && tags.lengthAt(this.refId) > 0) {
      this.id.hash(tags.bytes, tags.offsetAt(this.refId), tags.lengthAt(this.refId));
      rows[row + ENTRY_REF_HI] = this.id.hi;
      rows[row + ENTRY_REF_LO] = this.id.lo;
      has |= HAS_REF;
    }
    rows[row + ENTRY_HAS] = has;
    const instrument = this.instrumentOf(tags, row, before);
    rows[row + ENTRY_INSTRUMENT] = instrument;
    if (instrument < 0) return instrument;
    if (this.px >= 0) {
      const decimals = this.decimals[instrument]!;
      const px = unitsAt(tags, this.px, decimals, this.unit[instrument]!);
      rows[row + ENTRY_PX] = px;
      has |= px > 0 ? HAS_PX : HAS_INEXACT;
    }
    if (this.qty >= 0) {
      const qty = unitsAt(tags, this.qty, 0, 1);
      rows[row + ENTRY_QTY] = qty;
      has |= qty >= 0 ? HAS_QTY : HAS_INEXACT;
    }
    rows[row + ENTRY_HAS] = has;
    return instrument;
  }

  /** By its symbol; else by the entry that it names; else that of the entry before. */
  private instrumentOf(tags: TagIndex, row: number, before: number): number {
    if (this.symbol >= 0) return this.instrumentAt(tags, this.symbol);
    const rows = this.rows;
    const has = rows[row + ENTRY_HAS]!;
    if (this.byId && (has & HAS_REF) !== 0) {
      const found = this.books.instrumentOf(rows[row + ENTRY_REF_HI]!, rows[row + ENTRY_REF_LO]!);
      if (found >= 0) return found;
    }
    if (this.byId && (has & HAS_ID) !== 0) {
      const found = this.books.instrumentOf(rows[row + ENTRY_ID_HI]!, rows[row + ENTRY_ID_LO]!);
      if (found >= 0) return found;
    }
    return before;
  }
}

function charAt(tags: TagIndex, field: number): number {
  return tags.lengthAt(field) === 0 ? 0 : tags.bytes[tags.offsetAt(field)]!;
}

/** A number above 0; anything else counts as absent. */
function countAt(tags: TagIndex, field: number): number {
  const value = readInt(tags.bytes, tags.offsetAt(field), tags.lengthAt(field));
  return value > 0 ? value : 0;
}

/** INT_BAD when it is not an exact number of units. */
function unitsAt(tags: TagIndex, field: number, decimals: number, unit: number): number {
  const units = readDecimalUnits(
    tags.bytes,
    tags.offsetAt(field),
    tags.lengthAt(field),
    decimals,
    unit,
  );
  return units < 0 ? INT_BAD : units;
}
