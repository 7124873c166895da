// @hot
/** Writes the order side's journal records (hairpin.h: hp_jr_exec, hp_jr_fate, hp_jr_deny). */
import { NO_SLOT } from "../core/codes.ts";
import * as L from "../ffi/layout.ts";
import type { Execution } from "../fix/order/execution.ts";
import type { Journal } from "../journal/journal.ts";
import { ORDER_DENIES_UNWRITTEN, ORDER_JOURNAL_LOST } from "./counters.ts";

const VENUE_ID_BYTES = 4 * L.HP_JR_EXEC__VENUE_ID_N;
const WINDOW_NS = 1e6;

export class OrderRecords {
  private readonly journal: Journal;
  private readonly counters: Float64Array;
  private readonly deniesPerMs: number;
  private windowNs = 0;
  private written = 0;

  /** deniesPerMs: DENY records at most per millisecond; the counters have them all. */
  constructor(journal: Journal, counters: Float64Array, deniesPerMs: number) {
    this.journal = journal;
    this.counters = counters;
    this.deniesPerMs = deniesPerMs;
  }

  /** False when the ring is full. rx: the receive arena that holds the venue's OrderID. */
  exec(x: Execution, message: number, event: number, rx: Uint8Array, nowNs: number): boolean {
    const at = this.journal.begin(L.HP_JR_EXEC, L.HP_JR_EXEC_SIZE);
    if (at < 0) {
      this.counters[ORDER_JOURNAL_LOST]!++;
      return false;
    }
    const words = this.journal.words;
    words[at + L.HP_JR_EXEC__SESSION_W] = x.session;
    words[at + L.HP_JR_EXEC__MSG_SEQ_W] = x.msgSeq;
    words[at + L.HP_JR_EXEC__SLOT_W] = x.ours !== 0 ? x.slot : NO_SLOT;
    words[at + L.HP_JR_EXEC__GENERATION_W] = x.generation;
    words[at + L.HP_JR_EXEC__ORIG_GENERATION_W] = x.origGeneration;
    words[at + L.HP_JR_EXEC__EVENT_W] = event;
    words[at + L.HP_JR_EXEC__INSTRUMENT_W] = x.instrument;
    words[at + L.HP_JR_EXEC__SIDE_W] = x.side;
    words[at + L.HP_JR_EXEC__LAST_QTY_W] = x.lastQty;
    words[at + L.HP_JR_EXEC__LAST_PX_W] = x.lastPx;
    words[at + L.HP_JR_EXEC__CUM_QTY_W] = x.cumQty;
    words[at + L.HP_JR_EXEC__LEAVES_QTY_W] = x.leavesQty;
    words[at + L.HP_JR_EXEC__ORDER_QTY_W] = x.orderQty;
    words[at + L.HP_JR_EXEC__PX_W] = x.px;
    words[at + L.HP_JR_EXEC__EXEC_ID_LO_W] = x.execIdLo;
    words[at + L.HP_JR_EXEC__EXEC_ID_HI_W] = x.execIdHi;
    words[at + L.HP_JR_EXEC__REF_ID_LO_W] = x.refIdLo;
    words[at + L.HP_JR_EXEC__REF_ID_HI_W] = x.refIdHi;
    words[at + L.HP_JR_EXEC__EXEC_TYPE_W] = x.execType;
    words[at + L.HP_JR_EXEC__ORD_STATUS_W] = x.ordStatus;
    words[at + L.HP_JR_EXEC__MESSAGE_W] = message;
    words[at + L.HP_JR_EXEC__LIQUIDITY_W] = x.liquidity;
    words[at + L.HP_JR_EXEC__REASON_W] = x.reason;
    words[at + L.HP_JR_EXEC__FLAGS_W] =
      (x.possDup !== 0 ? L.HP_EXEC_POSS_DUP : 0) |
      (x.ours !== 0 ? L.HP_EXEC_OURS : 0) |
      (x.inexact !== 0 ? L.HP_EXEC_INEXACT : 0) |
      (x.responseTo << 8);
    const to = 4 * at + L.HP_JR_EXEC__VENUE_ID;
    const length = Math.min(x.venueIdLength, VENUE_ID_BYTES);
    const bytes = this.journal.bytes;
    for (let i = 0; i < VENUE_ID_BYTES; i++) {
      bytes[to + i] = i < length ? rx[x.venueIdOffset + i]! : 0;
    }
    this.journal.commit(nowNs);
    return true;
  }

  /** Fills an Execution from a record; the inverse of exec(). */
  read(words: Int32Array, at: number, x: Execution): void {
    x.session = words[at + L.HP_JR_EXEC__SESSION_W]!;
    x.msgSeq = words[at + L.HP_JR_EXEC__MSG_SEQ_W]! >>> 0;
    x.slot = words[at + L.HP_JR_EXEC__SLOT_W]! >>> 0;
    x.generation = words[at + L.HP_JR_EXEC__GENERATION_W]! >>> 0;
    x.origSlot = x.slot;
    x.origGeneration = words[at + L.HP_JR_EXEC__ORIG_GENERATION_W]! >>> 0;
    x.instrument = words[at + L.HP_JR_EXEC__INSTRUMENT_W]! >>> 0;
    x.side = words[at + L.HP_JR_EXEC__SIDE_W]!;
    x.lastQty = words[at + L.HP_JR_EXEC__LAST_QTY_W]!;
    x.lastPx = words[at + L.HP_JR_EXEC__LAST_PX_W]!;
    x.cumQty = words[at + L.HP_JR_EXEC__CUM_QTY_W]!;
    x.leavesQty = words[at + L.HP_JR_EXEC__LEAVES_QTY_W]!;
    x.orderQty = words[at + L.HP_JR_EXEC__ORDER_QTY_W]!;
    x.px = words[at + L.HP_JR_EXEC__PX_W]!;
    x.execIdLo = words[at + L.HP_JR_EXEC__EXEC_ID_LO_W]! >>> 0;
    x.execIdHi = words[at + L.HP_JR_EXEC__EXEC_ID_HI_W]! >>> 0;
    x.refIdLo = words[at + L.HP_JR_EXEC__REF_ID_LO_W]! >>> 0;
    x.refIdHi = words[at + L.HP_JR_EXEC__REF_ID_HI_W]! >>> 0;
    x.execType = words[at + L.HP_JR_EXEC__EXEC_TYPE_W]!;
    x.ordStatus = words[at + L.HP_JR_EXEC__ORD_STATUS_W]!;
    x.liquidity = words[at + L.HP_JR_EXEC__LIQUIDITY_W]!;
    x.reason = words[at + L.HP_JR_EXEC__REASON_W]!;
    const flags = words[at + L.HP_JR_EXEC__FLAGS_W]!;
    x.possDup = (flags & L.HP_EXEC_POSS_DUP) !== 0 ? 1 : 0;
    x.ours = (flags & L.HP_EXEC_OURS) !== 0 ? 1 : 0;
    x.inexact = (flags & L.HP_EXEC_INEXACT) !== 0 ? 1 : 0;
    x.responseTo = (flags >>> 8) & 255;
  }

  /** The fate of one message of ours, told by a resend, a reject or a lost connection. */
  fate(
    session: number,
    seq: number,
    slot: number,
    generation: number,
    fate: number,
    nowNs: number,
  ): boolean {
    const at = this.journal.begin(L.HP_JR_FATE, L.HP_JR_FATE_SIZE);
    if (at < 0) {
      this.counters[ORDER_JOURNAL_LOST]!++;
      return false;
    }
    const words = this.journal.words;
    words[at + L.HP_JR_FATE__SESSION_W] = session;
    words[at + L.HP_JR_FATE__MSG_SEQ_W] = seq;
    words[at + L.HP_JR_FATE__SLOT_W] = slot;
    words[at + L.HP_JR_FATE__GENERATION_W] = generation;
    words[at + L.HP_JR_FATE__FATE_W] = fate;
    words[at + L.HP_JR_FATE__RESERVED_W] = 0;
    this.journal.commit(nowNs);
    return true;
  }

  deny(
    instrument: number,
    side: number,
    qty: number,
    px: number,
    code: number,
    flags: number,
    nowNs: number,
  ): void {
    if (nowNs - this.windowNs >= WINDOW_NS) {
      this.windowNs = nowNs;
      this.written = 0;
    }
    if (this.written >= this.deniesPerMs || !this.journal.hasRoom()) {
      this.counters[ORDER_DENIES_UNWRITTEN]!++;
      return;
    }
    const at = this.journal.begin(L.HP_JR_DENY, L.HP_JR_DENY_SIZE);
    if (at < 0) {
      this.counters[ORDER_DENIES_UNWRITTEN]!++;
      return;
    }
    this.written++;
    const words = this.journal.words;
    words[at + L.HP_JR_DENY__INSTRUMENT_W] = instrument;
    words[at + L.HP_JR_DENY__SIDE_W] = side;
    words[at + L.HP_JR_DENY__QTY_W] = qty;
    words[at + L.HP_JR_DENY__PX_W] = px;
    words[at + L.HP_JR_DENY__CODE_W] = code;
    words[at + L.HP_JR_DENY__FLAGS_W] = flags;
    this.journal.commit(nowNs);
  }

  /** A start-of-day position: signed qty, cost in price units times quantity. */
  position(instrument: number, qty: number, cost: number, nowNs: number): boolean {
    const at = this.journal.begin(L.HP_JR_POSITION, L.HP_JR_POSITION_SIZE);
    if (at < 0) {
      this.counters[ORDER_JOURNAL_LOST]!++;
      return false;
    }
    this.journal.words[at + L.HP_JR_POSITION__INSTRUMENT_W] = instrument;
    this.journal.words[at + L.HP_JR_POSITION__QTY_W] = qty;
    this.journal.doubles[(at >>> 1) + L.HP_JR_POSITION__COST_D] = cost;
    this.journal.commit(nowNs);
    return true;
  }
}
