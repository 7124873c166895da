// @hot
/**
 * What the venue says of an order, into the numbers of one reused Execution: the order side reads
 * the same words as of a FIX report (ExecType, OrdStatus), so that states, positions and journal do
 * not know which protocol an order went by.
 *
 * OUCH tells changes, not states: how much of an order is open is asked of the order table.
 */
import { NO_SLOT, SIDE_BUY, SIDE_SELL } from "../core/codes.ts";
import {
  REFUSED_FOREIGN_TRADE,
  REFUSED_LENGTH,
  REFUSED_OTHER_ID,
  REFUSED_OTHER_SYMBOL,
  REFUSED_STRAY,
  REFUSED_TYPE,
} from "../core/kill-reasons.ts";
import { FIX_BAD_FIELDS, FIX_INEXACT } from "../fix/counters.ts";
import type { Execution } from "../fix/order/execution.ts";
import type { SymbolTable } from "../fix/order/symbol-table.ts";
import { clearExecution, liquidityOf } from "./clear-execution.ts";
import { hashHi, hashLo, hashOf } from "./exec-hash.ts";
import { OuchIdReader } from "./ouch-id.ts";
import {
  type OrderLedger,
  REF_CANCEL,
  REF_GENERATION,
  REF_INSTRUMENT,
  REF_IS_REPLACE,
  REF_SIDE,
  REF_SLOT,
  type RefTable,
} from "./ref-table.ts";
import * as W from "./wire.ts";

/** What read() found. */
export const READ_REPORT = 0;
export const READ_CANCEL_REJECT = 1;
/** Nothing that changes an order. */
export const READ_NOTHING = 2;
export const READ_QUERY = 3;
/** It can't be read, or contradicts itself: what it says of an order is lost. */
export const READ_REFUSED = 4;

const NEW = 0x30;
const CANCELED = 0x34;
const REPLACED = 0x35;
const REJECTED = 0x38;
const EXPIRED = 0x43;
const RESTATED = 0x44;
const TRADE = 0x46;
const TRADE_CORRECT = 0x47;
const TRADE_CANCEL = 0x48;
const PARTIAL = 0x31;
const DEAD = 0x44;
/** CxlRejReason (102): other. */
const REASON_OTHER = 99;
const REASON_TIMEOUT = 0x54;
const TO_CANCEL = 1;
const TO_REPLACE = 2;
const SPACE = 0x20;
/** Answers to what others ask of the port: mass cancel, disabling and enabling order entry. */
const MASS_CANCEL = 0x58;
const DISABLE = 0x47;
const ENABLE = 0x4b;

export class ReportReader {
  /** UserRefNum that the venue takes next, of the last READ_QUERY. */
  nextRef = 0;
  /** True when the trade read last ends its order, whatever a replace under way asked for. */
  endsOrder = false;
  /**
   * REFUSED_* when the message read last must stop trading: with READ_REFUSED, and with a report that
   * opens an order which nobody watches any more, or trades for one that is not ours; else 0.
   */
  refusal = 0;
  /** Set by READ_CANCEL_REJECT of a replace: generation of the cancel that named it, and came to nothing too; 0 = none. */
  lostCancel = 0;
  ledger: OrderLedger;
  private readonly refs: RefTable;
  private readonly symbols: SymbolTable;
  private readonly scale: Float64Array;
  private readonly counters: Float64Array;
  private readonly ids: OuchIdReader;
  private bytes: Uint8Array = new Uint8Array(0);

  /** scale: by instrument, 1/10000 currency per price unit. */
  constructor(
    refs: RefTable,
    ledger: OrderLedger,
    symbols: SymbolTable,
    scale: Float64Array,
    idPrefix: string,
    counters: Float64Array,
  ) {
    this.refs = refs;
    this.ledger = ledger;
    this.symbols = symbols;
    this.scale = scale;
    this.counters = counters;
    this.ids = new OuchIdReader(idPrefix);
  }

  /** Reads bytes[at, at + length), the sequenced message `seq`, into `x`; its session stands there. */
  read(bytes: Uint8Array, at: number, length: number, seq: number, x: Execution): number {
    const type = length > 0 ? bytes[at]! : 0;
    this.refusal = 0;
    const fault = W.checkOutbound(bytes, at, length);
    if (fault === W.OUCH_UNKNOWN_TYPE) {
      const isOthers = type === MASS_CANCEL || type === DISABLE || type === ENABLE;
      return isOthers ? READ_NOTHING : this.refuse(REFUSED_TYPE);
    }
    if (fault === W.OUCH_BAD_LENGTH) return this.refuse(REFUSED_LENGTH);
    // Nothing of an appendage is needed: a fill is not lost over one that lies.
    if (fault === W.OUCH_BAD_TAIL) this.counters[FIX_BAD_FIELDS]!++;
    this.bytes = bytes;
    if (type === W.OUCH_QUERY_ANSWER) {
      this.nextRef = W.readU32(bytes, at + W.Q_NEXT);
      return READ_QUERY;
    }
    clearExecution(x, seq);
    this.lostCancel = 0;
    this.endsOrder = false;
    switch (type) {
      case W.OUCH_ACCEPTED:
        return this.accepted(at, x);
      case W.OUCH_REPLACED:
        return this.replaced(at, x);
      case W.OUCH_CANCELED:
        return this.canceled(at, x);
      case W.OUCH_AIQ_CANCELED:
        return this.canceled(at, x);
      case W.OUCH_EXECUTED:
        return this.executed(at, x);
      case W.OUCH_BROKEN:
        return this.broken(at, x);
      case W.OUCH_CORRECTION:
        return this.corrected(at, x);
      case W.OUCH_REJECTED:
        return this.rejected(at, x);
      case W.OUCH_CANCEL_REJECT:
        return this.cancelReject(at, x);
      case W.OUCH_MODIFIED:
        return this.modified(at, x);
      default:
        return READ_NOTHING;
    }
  }

  private refuse(refusal: number): number {
    this.refusal = refusal;
    return READ_REFUSED;
  }

  private accepted(at: number, x: Execution): number {
    const row = this.name(W.readU32(this.bytes, at + W.OUT_REF), x);
    const state = at + W.A_SIDE;
    if (!this.readState(row, state, x)) return this.refuse(REFUSED_OTHER_ID);
    if (this.bytes[state + W.STATE_ORDER_STATE] === DEAD) {
      x.execType = CANCELED;
      x.ordStatus = CANCELED;
      return READ_REPORT;
    }
    x.execType = NEW;
    x.ordStatus = NEW;
    x.leavesQty = x.orderQty;
    if (row >= 0 && !this.ledger.isCurrent(x.slot, x.generation)) this.refusal = REFUSED_STRAY;
    if (row < 0 || !this.isOpen(x)) return READ_REPORT;
    x.cumQty = this.ledger.cum(x.slot);
    // Taken for another size than asked: both the acknowledgement and a change of terms.
    if (x.orderQty !== this.ledger.qty(x.slot)) this.restated(x);
    return READ_REPORT;
  }

  private replaced(at: number, x: Execution): number {
    const bytes = this.bytes;
    const row = this.name(W.readU32(bytes, at + W.U_REF), x);
    const state = at + W.U_SIDE;
    if (!this.readState(row, state, x)) return this.refuse(REFUSED_OTHER_ID);
    const orig = this.refs.find(W.readU32(bytes, at + W.OUT_REF));
    if (orig >= 0) {
      x.origSlot = this.refs.get(orig, REF_SLOT);
      x.origGeneration = this.refs.get(orig, REF_GENERATION) >>> 0;
    }
    x.execType = REPLACED;
    x.ordStatus = bytes[state + W.STATE_ORDER_STATE] === DEAD ? CANCELED : REPLACED;
    if (row >= 0 && !this.ledger.isCurrent(x.slot, x.generation)) this.refusal = REFUSED_STRAY;
    else if (row >= 0) {
      // Asked for is the size of the whole chain, told may be what of it is open.
      const asked = this.ledger.pendingQty(x.slot);
      const cum = this.ledger.cum(x.slot);
      const told = x.orderQty;
      x.orderQty = told === asked || told === asked - cum ? asked : told + cum;
      x.cumQty = cum;
      x.leavesQty = x.ordStatus === CANCELED ? 0 : x.orderQty - cum;
    }
    return READ_REPORT;
  }

  /** C and D: so many shares fewer, which may or may not be all that was open. */
  private canceled(at: number, x: Execution): number {
    const bytes = this.bytes;
    this.name(W.readU32(bytes, at + W.OUT_REF), x);
    const cut = W.readU32(bytes, at + W.C_QUANTITY);
    const reason = bytes[at + W.C_REASON]!;
    x.reason = reason;
    x.execType = reason === REASON_TIMEOUT ? EXPIRED : CANCELED;
    x.ordStatus = x.execType;
    if (!this.isOpen(x)) return READ_REPORT;
    const qty = this.ledger.qty(x.slot);
    x.cumQty = this.ledger.cum(x.slot);
    const leaves = qty - x.cumQty - cut;
    if (leaves <= 0) return READ_REPORT;
    x.orderQty = qty - cut;
    x.leavesQty = leaves;
    x.ordStatus = NEW;
    this.restated(x);
    return READ_REPORT;
  }

  private executed(at: number, x: Execution): number {
    this.name(W.readU32(this.bytes, at + W.OUT_REF), x);
    this.readTrade(at, x);
    x.execType = TRADE;
    x.ordStatus = PARTIAL;
    if (this.ledger.isCurrent(x.slot, x.generation)) {
      // As it is with this one: told twice, the order side finds more than it has booked.
      x.cumQty = this.ledger.cum(x.slot) + x.lastQty;
      x.leavesQty = Math.max(0, this.ledger.qty(x.slot) - x.cumQty);
      this.endsOrder = x.leavesQty === 0;
    }
    hashOf(x.session, this.bytes, at + W.E_MATCH, x.side, 0);
    x.execIdLo = hashLo();
    x.execIdHi = hashHi();
    if (x.ours === 0) this.refusal = REFUSED_FOREIGN_TRADE;
    return READ_REPORT;
  }

  private broken(at: number, x: Execution): number {
    this.nameById(W.readU32(this.bytes, at + W.OUT_REF), at + W.B_CLORDID, x);
    x.execType = TRADE_CANCEL;
    this.takesBack(at + W.B_MATCH, x);
    return READ_REPORT;
  }

  private corrected(at: number, x: Execution): number {
    this.nameById(W.readU32(this.bytes, at + W.OUT_REF), at + W.F_CLORDID, x);
    this.readTrade(at, x);
    x.execType = TRADE_CORRECT;
    this.takesBack(at + W.E_MATCH, x);
    if (x.ours === 0) this.refusal = REFUSED_FOREIGN_TRADE;
    return READ_REPORT;
  }

  private rejected(at: number, x: Execution): number {
    const bytes = this.bytes;
    const row = this.nameById(W.readU32(bytes, at + W.OUT_REF), at + W.J_CLORDID, x);
    x.reason = bytes[at + W.J_REASON]! * 256 + bytes[at + W.J_REASON + 1]!;
    if (row >= 0 && this.refs.get(row, REF_IS_REPLACE) === 1) {
      // The order stays as it was. A cancel sent behind it named what never came to be.
      x.ordStatus = NEW;
      x.responseTo = TO_REPLACE;
      x.reason = REASON_OTHER;
      this.lostCancel = this.refs.get(row, REF_CANCEL) >>> 0;
      return READ_CANCEL_REJECT;
    }
    x.execType = REJECTED;
    x.ordStatus = REJECTED;
    return READ_REPORT;
  }

  private cancelReject(at: number, x: Execution): number {
    const row = this.name(W.readU32(this.bytes, at + W.OUT_REF), x);
    if (row < 0 || this.refs.get(row, REF_CANCEL) === 0) return READ_NOTHING;
    x.generation = this.refs.get(row, REF_CANCEL) >>> 0;
    x.ordStatus = NEW;
    x.reason = REASON_OTHER;
    x.responseTo = TO_CANCEL;
    return READ_CANCEL_REJECT;
  }

  /** Nobody here sends one; what comes without being asked never makes less of an order. */
  private modified(at: number, x: Execution): number {
    this.name(W.readU32(this.bytes, at + W.OUT_REF), x);
    const told = W.readU32(this.bytes, at + W.M_QUANTITY);
    if (!this.isOpen(x) || told <= this.ledger.qty(x.slot)) return READ_NOTHING;
    x.orderQty = told;
    x.cumQty = this.ledger.cum(x.slot);
    x.leavesQty = told - x.cumQty;
    x.ordStatus = NEW;
    this.restated(x);
    return READ_REPORT;
  }

  /** Finds the order of a UserRefNum; its row, or -1. */
  private name(ref: number, x: Execution): number {
    const row = this.refs.find(ref);
    if (row < 0) {
      x.ours = this.refs.isForgotten(ref) ? 1 : 0;
      return -1;
    }
    x.ours = 1;
    x.slot = this.refs.get(row, REF_SLOT);
    x.generation = this.refs.get(row, REF_GENERATION) >>> 0;
    x.instrument = this.refs.get(row, REF_INSTRUMENT);
    x.side = this.refs.get(row, REF_SIDE);
    return row;
  }

  /** The same; a number that is not known is found by the ClOrdID at `idAt`. */
  private nameById(ref: number, idAt: number, x: Execution): number {
    const row = this.name(ref, x);
    if (row >= 0 || !this.ids.read(this.bytes, idAt)) return row;
    x.ours = 1;
    x.slot = this.ids.slot;
    x.generation = this.ids.generation;
    return -1;
  }

  /**
   * Side, quantity, symbol, price and id, from A and U. False when the id is not the one that we
   * sent with this number.
   */
  private readState(row: number, state: number, x: Execution): boolean {
    const bytes = this.bytes;
    const isOurs = this.ids.read(bytes, state + W.STATE_CLORDID);
    if (row >= 0) {
      if (!isOurs || this.ids.slot !== x.slot || this.ids.generation !== x.generation) return false;
    } else if (isOurs) {
      x.ours = 1;
      x.slot = this.ids.slot;
      x.generation = this.ids.generation;
    }
    x.side = bytes[state] === 0x42 ? SIDE_BUY : SIDE_SELL;
    x.orderQty = W.readU32(bytes, state + W.STATE_QUANTITY);
    const symbol = state + W.STATE_SYMBOL;
    let length = 8;
    while (length > 0 && bytes[symbol + length - 1] === SPACE) length--;
    x.instrument = this.symbols.find(bytes, symbol, length);
    if (row >= 0 && x.instrument !== this.refs.get(row, REF_INSTRUMENT)) {
      this.refusal = REFUSED_OTHER_SYMBOL;
    }
    x.px = this.price(state + W.STATE_PRICE, x);
    return true;
  }

  /** Quantity, price and liquidity, which E and F have in the same places. */
  private readTrade(at: number, x: Execution): void {
    x.lastQty = W.readU32(this.bytes, at + W.E_QUANTITY) | 0;
    x.lastPx = this.price(at + W.E_PRICE, x);
    x.liquidity = liquidityOf(this.bytes[at + W.E_LIQUIDITY]!);
  }

  /** B and F: what they take back, and what of the order is open, which they leave as it is. */
  private takesBack(matchAt: number, x: Execution): void {
    hashOf(x.session, this.bytes, matchAt, x.side, 0);
    x.refIdLo = hashLo();
    x.refIdHi = hashHi();
    hashOf(x.session, this.bytes, matchAt, x.side, x.msgSeq);
    x.execIdLo = hashLo();
    x.execIdHi = hashHi();
    x.ordStatus = PARTIAL;
    if (this.isOpen(x)) x.leavesQty = this.ledger.qty(x.slot) - this.ledger.cum(x.slot);
  }

  /** A change of terms, known again by its number when it is told twice. */
  private restated(x: Execution): void {
    x.execType = RESTATED;
    if (x.px === 0) x.px = this.ledger.px(x.slot);
    hashOf(x.session, this.bytes, -1, x.side, x.msgSeq);
    x.execIdLo = hashLo();
    x.execIdHi = hashHi();
  }

  private isOpen(x: Execution): boolean {
    if (x.ours === 0 || x.slot === NO_SLOT) return false;
    return this.ledger.isCurrent(x.slot, x.generation) && this.ledger.isLive(x.slot);
  }

  /** In units of the instrument; what does not divide or fit is 0, and marked. */
  private price(at: number, x: Execution): number {
    const wire = W.readU32(this.bytes, at) * 4294967296 + W.readU32(this.bytes, at + 4);
    const scale = x.instrument < this.scale.length ? this.scale[x.instrument]! : 0;
    const units = scale > 0 ? wire / scale : 0;
    if (scale > 0 && units === (units | 0)) return units | 0;
    if (wire === 0) return 0;
    x.inexact = 1;
    this.counters[FIX_INEXACT]!++;
    return 0;
  }
}
