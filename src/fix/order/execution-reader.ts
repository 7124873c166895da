// @hot
/** ExecutionReport (8) and OrderCancelReject (9) into the numbers of one reused Execution. */
import { NO_INSTRUMENT, NO_SLOT, SIDE_BUY, SIDE_SELL } from "../../core/codes.ts";
import { FIELD_WORDS, INT_BAD, TagIndex } from "../codec/tag-index.ts";
import { FIX_INEXACT } from "../counters.ts";
import type { Execution } from "./execution.ts";
import { ID_DIGITS, ID_GENERATION_DIGITS, ID_SLOT_DIGITS, readHex } from "./order-id.ts";
import type { SymbolTable } from "./symbol-table.ts";

const Y = 0x59;
/** Codes of OrdStatus (39) that FIX 4.0 needs, and of ExecType (150). */
const NEW = 0x30;
const PARTIAL = 0x31;
const FILLED = 0x32;
const REPLACED = 0x35;
const TRADE_CORRECT = 0x47;
const TRADE_CANCEL = 0x48;
const STATUS = 0x49;
/** 64-bit FNV-1a: prime 2^40 + 0x1b3, offset basis cbf29ce484222325. */
const FNV_PRIME_LOW = 0x1b3;
const FNV_BASIS_LO = 0x84222325;
const FNV_BASIS_HI = 0xcbf29ce4;
/** Golden ratio, odd. */
const SESSION_MIX = 0x9e3779b1;

export class ExecutionReader {
  /** The message being read. */
  private index: TagIndex = new TagIndex(1);
  private readonly symbols: SymbolTable;
  private readonly decimals: Int32Array;
  private readonly unit: Int32Array;
  private readonly prefix: Uint8Array;
  private readonly counters: Float64Array;
  /** Results of the last readId and hashOf. */
  private slot = NO_SLOT;
  private generation = 0;
  private lo = 0;
  private hi = 0;
  private inexact = 0;
  /** ExecIDs are one counterparty's: those of two sessions may be the same text. */
  private readonly basisHi: number;

  constructor(
    symbols: SymbolTable,
    decimals: Int32Array,
    unit: Int32Array,
    idPrefix: string,
    counters: Float64Array,
    session = 0,
  ) {
    this.basisHi = (FNV_BASIS_HI ^ Math.imul(session, SESSION_MIX)) >>> 0;
    this.symbols = symbols;
    this.decimals = decimals;
    this.unit = unit;
    this.counters = counters;
    this.prefix = new Uint8Array(new ArrayBuffer(8)).subarray(0, idPrefix.length);
    for (let i = 0; i < idPrefix.length; i++) this.prefix[i] = idPrefix.charCodeAt(i);
  }

  /** Fills all of `e` from the indexed message. What is absent is 0 (reason: -1). */
  read(index: TagIndex, e: Execution, msgSeq: number): void {
    this.index = index;
    this.inexact = 0;
    e.msgSeq = msgSeq;
    e.possDup = index.char(43) === Y || index.char(97) === Y ? 1 : 0;
    e.ours = this.readId(11);
    e.slot = this.slot;
    e.generation = this.generation;
    this.readId(41);
    e.origSlot = this.slot === NO_SLOT ? 0 : this.slot;
    e.origGeneration = this.generation;
    e.ordStatus = index.char(39);
    const symbol = index.find(55);
    e.instrument =
      symbol < 0
        ? NO_INSTRUMENT
        : this.symbols.find(index.bytes, index.offsetAt(symbol), index.lengthAt(symbol));
    e.side = sideOf(index.char(54));
    e.orderQty = this.quantity(38);
    e.lastQty = this.quantity(32);
    e.cumQty = this.quantity(14);
    e.leavesQty = this.quantity(151);
    e.execType = index.char(150);
    // An OrderCancelReject has no ExecID either.
    if (e.execType === 0 && index.find(17) >= 0) this.readOldest(e);
    const transaction = index.char(20);
    if (transaction !== 0) e.execType = execTypeOf(transaction, e.execType);
    e.px = this.price(44, e.instrument);
    e.lastPx = this.price(31, e.instrument);
    this.hashOf(17);
    e.execIdLo = this.lo;
    e.execIdHi = this.hi;
    this.hashOf(19);
    e.refIdLo = this.lo;
    e.refIdHi = this.hi;
    const venueId = index.find(37);
    e.venueIdOffset = venueId < 0 ? 0 : index.offsetAt(venueId);
    e.venueIdLength = venueId < 0 ? 0 : index.lengthAt(venueId);
    e.reason = this.reason();
    e.responseTo = this.small(434);
    e.liquidity = this.small(851);
    e.inexact = this.inexact;
    if (this.inexact !== 0) this.counters[FIX_INEXACT]!++;
  }

  /** FIX 4.0 has neither ExecType nor LeavesQty: both follow from OrdStatus and the quantities. */
  private readOldest(e: Execution): void {
    const isFillStatus = e.ordStatus === PARTIAL || e.ordStatus === FILLED;
    e.execType = isFillStatus && e.lastQty === 0 ? STATUS : e.ordStatus;
    const isOpen = e.ordStatus === NEW || e.ordStatus === PARTIAL || e.ordStatus === REPLACED;
    if (isOpen && this.index.find(151) < 0) e.leavesQty = Math.max(0, e.orderQty - e.cumQty);
  }

  /** ClOrdID or OrigClOrdID: 1 when it has our prefix and form; sets slot and generation. */
  private readId(tag: number): number {
    this.slot = NO_SLOT;
    this.generation = 0;
    const field = this.index.find(tag);
    if (field < 0) return 0;
    const w = field * FIELD_WORDS;
    const offset = this.index.fields[w + 1]!;
    const prefix = this.prefix;
    if (this.index.fields[w + 2] !== prefix.length + ID_DIGITS) return 0;
    const bytes = this.index.bytes;
    for (let i = 0; i < prefix.length; i++) {
      if (bytes[offset + i] !== prefix[i]) return 0;
    }
    const at = offset + prefix.length;
    const slot = readHex(bytes, at, ID_SLOT_DIGITS);
    const generation = readHex(bytes, at + ID_SLOT_DIGITS, ID_GENERATION_DIGITS);
    if (slot < 0 || generation < 0) return 0;
    this.slot = slot;
    this.generation = generation;
    return 1;
  }

  private quantity(tag: number): number {
    const units = this.index.units(tag, 0, 1, 0);
    if (units !== INT_BAD && units >= 0) return units;
    this.inexact = 1;
    return 0;
  }

  /** A price needs the instrument's unit; without one only 0 is known for sure. */
  private price(tag: number, instrument: number): number {
    const known = instrument !== NO_INSTRUMENT;
    const units = known
      ? this.index.units(tag, this.decimals[instrument]!, this.unit[instrument]!, 0)
      : this.index.units(tag, 9, 1, 0);
    if (units !== INT_BAD && (known || units === 0)) return units;
    this.inexact = 1;
    return 0;
  }

  private reason(): number {
    let reason = this.index.int(103, -1);
    if (reason === -1) reason = this.index.int(102, -1);
    if (reason === -1) reason = this.index.int(380, -1);
    return reason === INT_BAD ? -1 : reason;
  }

  private small(tag: number): number {
    const value = this.index.int(tag, 0);
    return value === INT_BAD ? 0 : value;
  }

  /** Sets lo and hi to the hash of a tag's value, 0 and 0 when it is absent. */
  private hashOf(tag: number): void {
    this.lo = 0;
    this.hi = 0;
    const field = this.index.find(tag);
    if (field < 0) return;
    const bytes = this.index.bytes;
    const offset = this.index.offsetAt(field);
    const end = offset + this.index.lengthAt(field);
    let lo = FNV_BASIS_LO | 0;
    let hi = this.basisHi | 0;
    for (let i = offset; i < end; i++) {
      const x = lo ^ bytes[i]!;
      // By halves, so that all of it stays in int32: what x * prime has above 32 bits.
      const low = (x & 0xffff) * FNV_PRIME_LOW;
      const carry = ((x >>> 16) * FNV_PRIME_LOW + (low >>> 16)) >>> 16;
      lo = Math.imul(x, FNV_PRIME_LOW);
      hi = (Math.imul(hi, FNV_PRIME_LOW) + carry + (x << 8)) | 0;
    }
    this.lo = lo >>> 0;
    this.hi = hi >>> 0;
  }
}

/**
 * ExecTransType (20) of FIX 4.0 to 4.2 says what later versions say by ExecType: 1 cancels a trade, 2
 * corrects it, 3 is an answer about the order's status (FIX 4.2, ExecutionReport).
 */
function execTypeOf(transaction: number, execType: number): number {
  if (transaction === 0x31) return TRADE_CANCEL;
  if (transaction === 0x32) return TRADE_CORRECT;
  return transaction === 0x33 ? STATUS : execType;
}

/** Side (54): buy and buy minus; sell, sell plus, short, short exempt; 0 for anything else. */
function sideOf(code: number): number {
  if (code === 0x31 || code === 0x33) return SIDE_BUY;
  if (code === 0x32 || code === 0x34 || code === 0x35 || code === 0x36) return SIDE_SELL;
  return 0;
}
