// @hot
/**
 * Between sessions and orders: sessions are built first and need somebody to talk to; orders are
 * built from them. Also tells the supervisor of a session's state, for the guard.
 */
import type { Execution, ExecutionSink } from "../fix/order/execution.ts";
import type { Orders } from "../order/orders.ts";

export interface SessionWatcher {
  onSessionState(session: number, state: number): void;
}

export class SinkRelay implements ExecutionSink {
  orders: Orders | null = null;
  watcher: SessionWatcher | null = null;

  onExecutionReport(execution: Execution): void {
    this.orders!.onExecutionReport(execution);
  }

  onCancelReject(execution: Execution): void {
    this.orders!.onCancelReject(execution);
  }

  onMessageReject(session: number, refSeq: number, reason: number): void {
    this.orders!.onMessageReject(session, refSeq, reason);
  }

  onNeverReached(session: number, refSeq: number): void {
    this.orders!.onNeverReached(session, refSeq);
  }

  onUncertain(session: number, refSeq: number): void {
    this.orders!.onUncertain(session, refSeq);
  }

  onSequencesReset(session: number): void {
    this.orders!.onSequencesReset(session);
  }

  onRefusedReport(session: number, reason: number, type: number, seq: number): void {
    this.orders!.onRefusedReport(session, reason, type, seq);
  }

  onMissed(session: number): void {
    this.orders!.onMissed(session);
  }

  mayResend(session: number, refSeq: number, ageNs: number): boolean {
    return this.orders!.mayResend(session, refSeq, ageNs);
  }

  onSessionState(session: number, state: number): void {
    this.orders!.onSessionState(session, state);
    if (this.watcher !== null) this.watcher.onSessionState(session, state);
  }

  onSynced(session: number): void {
    this.orders!.onSynced(session);
  }
}
