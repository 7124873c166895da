// @hot
/**
 * What a drop copy session serves: copies of the ExecutionReports of one or more order sessions, by
 * whoever the orders are. Each fill, bust and correction gives one COPY record and goes to the
 * reconciliation; nothing is ever sent but what the session itself sends.
 */
import type { Instruments } from "../../book/instruments.ts";
import { NO_INSTRUMENT } from "../../core/codes.ts";
import * as L from "../../ffi/layout.ts";
import { HP_JR_COPY, HP_JR_DIFFERENCE, HP_KILL_JOURNAL } from "../../ffi/layout.ts";
import type { TagIndex } from "../../fix/codec/tag-index.ts";
import { Execution } from "../../fix/order/execution.ts";
import { ExecutionReader } from "../../fix/order/execution-reader.ts";
import { SymbolTable } from "../../fix/order/symbol-table.ts";
import {
  APP_JOURNALED,
  APP_TAKEN,
  APP_UNSUPPORTED,
  type FixApplication,
} from "../../fix/session/application.ts";
import type { KillSwitch } from "../../risk/switch.ts";
import * as fix from "../fix-codes.ts";
import { DropCopyBlock } from "./block.ts";
import * as N from "./counters.ts";
import { EXEC_ID_BYTES } from "./execution-table.ts";
import type { DropCopyOptions } from "./options.ts";
import { Reconciliation } from "./reconciliation.ts";

/** MsgType (35). */
const EXECUTION_REPORT = 0x38;
const CANCEL_REJECT = 0x39;
/** ExecTransType (20), FIX 4.0 to 4.2. */
const TRANSACTION_CANCEL = 0x31;
const TRANSACTION_CORRECT = 0x32;
const TRANSACTION_STATUS = 0x33;
/** MultiLegReportingType (442): the report is of the whole strategy, whose legs are reported too. */
const MULTILEG_WHOLE = 0x33;

export class DropCopy implements FixApplication {
  readonly reconciliation: Reconciliation;
  /** Index of the session that brings the copies. */
  readonly session: number;
  private readonly block: DropCopyBlock;
  private readonly execution = new Execution();
  private readonly counters: Float64Array;
  private readonly kill: KillSwitch;
  /** By order session: they read an ExecID as that session reads it. */
  private readonly readers: readonly ExecutionReader[];

  constructor(options: DropCopyOptions) {
    this.session = options.session;
    this.reconciliation = new Reconciliation(options);
    this.block = new DropCopyBlock(options);
    this.counters = options.counters;
    this.kill = options.kill;
    const { instruments, of, idPrefix } = options;
    // What cannot be read here is counted here, not as a fault of an order session.
    const unread = new Float64Array(this.counters.length);
    const { decimals, unit } = priceFormats(instruments);
    this.readers = of.map((session) => {
      const symbols = new SymbolTable(instruments, session);
      return new ExecutionReader(symbols, decimals, unit, idPrefix, unread, session);
    });
  }

  onMessage(tags: TagIndex, type: number, seq: number, nowNs: number): number {
    if (type === CANCEL_REJECT) {
      this.counters[N.DROP_COPY_NO_EFFECT]!++;
      return APP_TAKEN;
    }
    if (type !== EXECUTION_REPORT) return APP_UNSUPPORTED;
    const x = this.execution;
    this.read(tags, x, seq);
    x.execType = typeOf(tags, x);
    if (!movesPosition(x.execType) || (x.ours === 0 && tags.char(442) === MULTILEG_WHOLE)) {
      this.counters[N.DROP_COPY_NO_EFFECT]!++;
      return APP_TAKEN;
    }
    if (x.ours === 0 && x.instrument === NO_INSTRUMENT) {
      this.counters[N.DROP_COPY_UNKNOWN_SYMBOL]!++;
      return APP_TAKEN;
    }
    const field = tags.find(17);
    if (field < 0) {
      this.counters[N.DROP_COPY_UNREADABLE]!++;
      return APP_TAKEN;
    }
    if (this.reconciliation.isRepeated(x)) {
      this.reconciliation.countRepeated();
      return APP_TAKEN;
    }
    const offset = tags.offsetAt(field);
    const length = tags.lengthAt(field);
    if (!this.reconciliation.records.copy(x, tags.bytes, offset, length, nowNs)) {
      this.kill.kill(HP_KILL_JOURNAL);
    }
    this.reconciliation.told(x, tags.bytes, offset, length);
    return APP_JOURNALED;
  }

  onMessageReject(_session: number, _refSeq: number, _reason: number): void {}

  onNeverReached(_session: number, _refSeq: number): void {}

  /** A copy that the dictionary refused is one that nobody can read. */
  onSkipped(_session: number, type: number, _nowNs: number): void {
    if (type === EXECUTION_REPORT) this.counters[N.DROP_COPY_UNREADABLE]!++;
  }

  mayResend(_session: number, _refSeq: number, _ageNs: number): boolean {
    return false;
  }

  onSessionState(_session: number, _state: number): void {}

  onSynced(_session: number): void {}

  /** Late executions, sums, and what is shown; each turn that serves sessions. */
  poll(nowNs: number): void {
    const r = this.reconciliation;
    r.poll(nowNs);
    if (r.hasChanged) this.block.write(r);
  }

  // ---- recovery (cold) ---------------------------------------------------------------------------

  /** One journal record, oldest first, those of the order side too; at: word index of its body. */
  restore(type: number, words: Int32Array, at: number): void {
    if (type === HP_JR_COPY && words[at + L.HP_JR_COPY__SESSION_W] === this.session) {
      this.restoreCopy(words, at);
    }
    if (type === HP_JR_DIFFERENCE && words[at + L.HP_JR_DIFFERENCE__SESSION_W] === this.session) {
      this.reconciliation.restoreDifference(
        words[at + L.HP_JR_DIFFERENCE__KIND_W]!,
        words[at + L.HP_JR_DIFFERENCE__IS_OPEN_W]!,
        words[at + L.HP_JR_DIFFERENCE__INSTRUMENT_W]!,
        words[at + L.HP_JR_DIFFERENCE__EXEC_ID_LO_W]!,
        words[at + L.HP_JR_DIFFERENCE__EXEC_ID_HI_W]!,
      );
    }
  }

  /** The journal has been told: live from here. */
  begin(nowNs: number): void {
    this.reconciliation.begin(nowNs);
  }

  /** @cold */
  private restoreCopy(words: Int32Array, at: number): void {
    const r = this.reconciliation;
    const bytes = new Uint8Array(words.buffer, words.byteOffset);
    r.records.read(words, at, this.execution);
    if (r.isRepeated(this.execution)) return;
    r.told(this.execution, bytes, 4 * at + L.HP_JR_COPY__EXEC_ID, EXEC_ID_BYTES);
  }

  /** By the order session in whose instruments the symbol is. */
  private read(tags: TagIndex, x: Execution, seq: number): void {
    const readers = this.readers;
    for (let k = 0; k < readers.length; k++) {
      readers[k]!.read(tags, x, seq);
      if (x.instrument !== NO_INSTRUMENT) break;
    }
    x.session = this.session;
    if (x.ours === 0 && x.origGeneration !== 0) {
      // A venue's own id with ours as OrigClOrdID (41): what it is about is ours.
      x.ours = 1;
      x.slot = x.origSlot;
      x.generation = x.origGeneration;
    }
  }
}

/**
 * ExecType (150), with what older versions have instead: ExecTransType (20) up to FIX 4.2 says that a
 * report cancels (1) or corrects (2) an earlier one or only tells its status (3), and before FIX 4.1
 * there is no ExecType: what was filled is told by LastShares (32).
 */
function typeOf(tags: TagIndex, x: Execution): number {
  const transaction = tags.char(20);
  if (transaction === TRANSACTION_CANCEL) return fix.EXEC_TRADE_CANCEL;
  if (transaction === TRANSACTION_CORRECT) return fix.EXEC_TRADE_CORRECT;
  if (transaction === TRANSACTION_STATUS) return fix.EXEC_STATUS;
  if (x.execType === 0 && x.lastQty > 0) return fix.EXEC_TRADE;
  return x.execType;
}

function movesPosition(execType: number): boolean {
  switch (execType) {
    case fix.EXEC_TRADE:
    case fix.EXEC_PARTIAL_FILL:
    case fix.EXEC_FILL:
    case fix.EXEC_TRADE_CANCEL:
    case fix.EXEC_TRADE_CORRECT:
      return true;
    default:
      return false;
  }
}

/** By instrument: decimals of its prices, and its unit in the last of them. @cold */
function priceFormats(instruments: Instruments): { decimals: Int32Array; unit: Int32Array } {
  const n = instruments.capacity;
  const decimals = new Int32Array(new ArrayBuffer(4 * n));
  const unit = new Int32Array(new ArrayBuffer(4 * n)).fill(1);
  for (let i = 0; i < instruments.count; i++) {
    decimals[i] = instruments.priceDecimals[i]!;
    unit[i] = Math.round(instruments.priceUnit[i]! * 10 ** decimals[i]!);
  }
  return { decimals, unit };
}
