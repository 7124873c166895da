// @hot
/** What an order session serves: order events as numbers, for the order side. */
import { REFUSED_BY_SESSION } from "../../core/kill-reasons.ts";
import type { TagIndex } from "../codec/tag-index.ts";
import { FIX_MASS_CANCEL_REJECTS, FIX_MASS_CANCEL_REPORTS } from "../counters.ts";
import {
  APP_JOURNALED,
  APP_TAKEN,
  APP_UNSUPPORTED,
  type FixApplication,
} from "../session/application.ts";
import { Execution, type ExecutionSink } from "./execution.ts";
import { ExecutionReader } from "./execution-reader.ts";
import type { FixOrderSessionOptions } from "./order-session-options.ts";
import type { OrderTemplates } from "./order-templates.ts";
import { SymbolTable } from "./symbol-table.ts";

const EXECUTION_REPORT = 0x38;
const CANCEL_REJECT = 0x39;
const MASS_CANCEL_REPORT = 0x72;

export class OrderApplication implements FixApplication {
  private readonly sink: ExecutionSink;
  private readonly counters: Float64Array;
  private readonly reader: ExecutionReader;
  private readonly execution = new Execution();

  constructor(o: FixOrderSessionOptions, templates: OrderTemplates) {
    this.sink = o.sink;
    this.counters = o.counters;
    this.execution.session = o.index;
    this.reader = new ExecutionReader(
      new SymbolTable(o.instruments, o.instrumentSession ?? o.index),
      templates.decimals,
      templates.unit,
      o.idPrefix,
      o.counters,
      o.index,
    );
  }

  onMessage(tags: TagIndex, type: number, seq: number, _nowNs: number): number {
    switch (type) {
      case EXECUTION_REPORT:
        this.reader.read(tags, this.execution, seq);
        this.sink.onExecutionReport(this.execution);
        return APP_JOURNALED;
      case CANCEL_REJECT:
        this.reader.read(tags, this.execution, seq);
        this.sink.onCancelReject(this.execution);
        return APP_JOURNALED;
      case MASS_CANCEL_REPORT:
        this.counters[FIX_MASS_CANCEL_REPORTS]!++;
        if (tags.char(531) === 0x30) this.counters[FIX_MASS_CANCEL_REJECTS]!++;
        return APP_TAKEN;
      default:
        return APP_UNSUPPORTED;
    }
  }

  onMessageReject(session: number, refSeq: number, reason: number): void {
    this.sink.onMessageReject(session, refSeq, reason);
  }

  onNeverReached(session: number, refSeq: number): void {
    this.sink.onNeverReached(session, refSeq);
  }

  onUncertain(session: number, refSeq: number): void {
    this.sink.onUncertain?.(session, refSeq);
  }

  onSequencesReset(session: number): void {
    this.sink.onSequencesReset?.(session);
  }

  onSkipped(session: number, type: number, _nowNs: number, seq = 0): void {
    if (type === 0) this.sink.onMissed?.(session);
    else if (type === EXECUTION_REPORT || type === CANCEL_REJECT) {
      this.sink.onRefusedReport?.(session, REFUSED_BY_SESSION, type, seq);
    }
  }

  mayResend(session: number, refSeq: number, ageNs: number): boolean {
    return this.sink.mayResend(session, refSeq, ageNs);
  }

  onSessionState(session: number, state: number): void {
    this.sink.onSessionState(session, state);
  }

  onSynced(session: number): void {
    this.sink.onSynced(session);
  }
}
