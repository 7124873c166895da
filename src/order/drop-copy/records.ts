// @hot
/** The journal records of a drop copy (hairpin.h: hp_jr_copy, hp_jr_difference). */
import { NO_SLOT } from "../../core/codes.ts";
import * as L from "../../ffi/layout.ts";
import type { Execution } from "../../fix/order/execution.ts";
import type { Journal } from "../../journal/journal.ts";
import { DROP_COPY_JOURNAL_LOST } from "./counters.ts";
import { EXEC_ID_BYTES } from "./execution-table.ts";

export class DropCopyRecords {
  private readonly journal: Journal;
  private readonly counters: Float64Array;
  private readonly session: number;

  constructor(journal: Journal, counters: Float64Array, session: number) {
    this.journal = journal;
    this.counters = counters;
    this.session = session;
  }

  /** A copied execution; its ExecID is text[offset .. offset + length). False when the ring is full. */
  copy(x: Execution, text: Uint8Array, offset: number, length: number, nowNs: number): boolean {
    const at = this.journal.begin(L.HP_JR_COPY, L.HP_JR_COPY_SIZE);
    if (at < 0) {
      this.counters[DROP_COPY_JOURNAL_LOST]!++;
      return false;
    }
    const words = this.journal.words;
    words[at + L.HP_JR_COPY__SESSION_W] = this.session;
    words[at + L.HP_JR_COPY__MSG_SEQ_W] = x.msgSeq;
    words[at + L.HP_JR_COPY__SLOT_W] = x.ours !== 0 ? x.slot : NO_SLOT;
    words[at + L.HP_JR_COPY__GENERATION_W] = x.generation;
    words[at + L.HP_JR_COPY__INSTRUMENT_W] = x.instrument;
    words[at + L.HP_JR_COPY__SIDE_W] = x.side;
    words[at + L.HP_JR_COPY__LAST_QTY_W] = x.lastQty;
    words[at + L.HP_JR_COPY__LAST_PX_W] = x.lastPx;
    words[at + L.HP_JR_COPY__EXEC_ID_LO_W] = x.execIdLo;
    words[at + L.HP_JR_COPY__EXEC_ID_HI_W] = x.execIdHi;
    words[at + L.HP_JR_COPY__REF_ID_LO_W] = x.refIdLo;
    words[at + L.HP_JR_COPY__REF_ID_HI_W] = x.refIdHi;
    words[at + L.HP_JR_COPY__EXEC_TYPE_W] = x.execType;
    words[at + L.HP_JR_COPY__LIQUIDITY_W] = x.liquidity;
    words[at + L.HP_JR_COPY__ORD_STATUS_W] = x.ordStatus;
    words[at + L.HP_JR_COPY__FLAGS_W] =
      (x.possDup !== 0 ? L.HP_EXEC_POSS_DUP : 0) |
      (x.ours !== 0 ? L.HP_EXEC_OURS : 0) |
      (x.inexact !== 0 ? L.HP_EXEC_INEXACT : 0);
    const to = 4 * at + L.HP_JR_COPY__EXEC_ID;
    const bytes = this.journal.bytes;
    for (let i = 0; i < EXEC_ID_BYTES; i++) bytes[to + i] = i < length ? text[offset + i]! : 0;
    this.journal.commit(nowNs);
    return true;
  }

  /** Fills an Execution from the record whose body is at word `at`; the inverse of copy(). */
  read(words: Int32Array, at: number, x: Execution): void {
    x.session = words[at + L.HP_JR_COPY__SESSION_W]!;
    x.msgSeq = words[at + L.HP_JR_COPY__MSG_SEQ_W]! >>> 0;
    x.slot = words[at + L.HP_JR_COPY__SLOT_W]! >>> 0;
    x.generation = words[at + L.HP_JR_COPY__GENERATION_W]! >>> 0;
    x.instrument = words[at + L.HP_JR_COPY__INSTRUMENT_W]! >>> 0;
    x.side = words[at + L.HP_JR_COPY__SIDE_W]!;
    x.lastQty = words[at + L.HP_JR_COPY__LAST_QTY_W]!;
    x.lastPx = words[at + L.HP_JR_COPY__LAST_PX_W]!;
    x.execIdLo = words[at + L.HP_JR_COPY__EXEC_ID_LO_W]! >>> 0;
    x.execIdHi = words[at + L.HP_JR_COPY__EXEC_ID_HI_W]! >>> 0;
    x.refIdLo = words[at + L.HP_JR_COPY__REF_ID_LO_W]! >>> 0;
    x.refIdHi = words[at + L.HP_JR_COPY__REF_ID_HI_W]! >>> 0;
    x.execType = words[at + L.HP_JR_COPY__EXEC_TYPE_W]!;
    x.liquidity = words[at + L.HP_JR_COPY__LIQUIDITY_W]!;
    x.ordStatus = words[at + L.HP_JR_COPY__ORD_STATUS_W]!;
    const flags = words[at + L.HP_JR_COPY__FLAGS_W]!;
    x.possDup = (flags & L.HP_EXEC_POSS_DUP) !== 0 ? 1 : 0;
    x.ours = (flags & L.HP_EXEC_OURS) !== 0 ? 1 : 0;
    x.inexact = (flags & L.HP_EXEC_INEXACT) !== 0 ? 1 : 0;
    x.origGeneration = 0;
  }

  /** A difference begins (isOpen 1) or has ended (0). Quantities are signed. */
  difference(
    kind: number,
    isOpen: number,
    instrument: number,
    execIdLo: number,
    execIdHi: number,
    slot: number,
    generation: number,
    ourQty: number,
    ourPx: number,
    theirQty: number,
    theirPx: number,
    nowNs: number,
  ): boolean {
    const at = this.journal.begin(L.HP_JR_DIFFERENCE, L.HP_JR_DIFFERENCE_SIZE);
    if (at < 0) {
      this.counters[DROP_COPY_JOURNAL_LOST]!++;
      return false;
    }
    const words = this.journal.words;
    const doubles = this.journal.doubles;
    words[at + L.HP_JR_DIFFERENCE__SESSION_W] = this.session;
    words[at + L.HP_JR_DIFFERENCE__KIND_W] = kind;
    words[at + L.HP_JR_DIFFERENCE__IS_OPEN_W] = isOpen;
    words[at + L.HP_JR_DIFFERENCE__INSTRUMENT_W] = instrument;
    words[at + L.HP_JR_DIFFERENCE__EXEC_ID_LO_W] = execIdLo;
    words[at + L.HP_JR_DIFFERENCE__EXEC_ID_HI_W] = execIdHi;
    words[at + L.HP_JR_DIFFERENCE__SLOT_W] = slot;
    words[at + L.HP_JR_DIFFERENCE__GENERATION_W] = generation;
    words[at + L.HP_JR_DIFFERENCE__OURS_PX_W] = ourPx;
    words[at + L.HP_JR_DIFFERENCE__THEIRS_PX_W] = theirPx;
    doubles[(at >>> 1) + L.HP_JR_DIFFERENCE__OURS_QTY_D] = ourQty;
    doubles[(at >>> 1) + L.HP_JR_DIFFERENCE__THEIRS_QTY_D] = theirQty;
    this.journal.commit(nowNs);
    return true;
  }
}
