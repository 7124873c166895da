/** What Orders is built from, and who hears of it. */

import type { Instruments } from "../book/instruments.ts";
import type { Clock } from "../core/clock.ts";
import type { OrderSession } from "../fix/order/execution.ts";
import type { Journal } from "../journal/journal.ts";
import type { Gate } from "../risk/gate.ts";
import type { GateSwitch, KillSwitch } from "../risk/switch.ts";

/** Who hears of what becomes of an order: StrategyHost. strategy: the index given to send(). */
export interface OrderListener {
  onOrder(strategy: number, slot: number, event: number, px: number, qty: number): void;
}

export interface OrdersOptions {
  /** Order slots, all live orders of this engine at most. */
  slots: number;
  /** Run number of the session date (hp_control.epoch), 1..4095. */
  epoch: number;
  instruments: Instruments;
  gate: Gate;
  /** By session index. */
  sessions: readonly OrderSession[];
  /** Receive arena of each session's stream (Execution.venueIdOffset points into it). */
  sessionRx: readonly Uint8Array[];
  journal: Journal;
  clock: Clock;
  gateSwitch: GateSwitch;
  kill: KillSwitch;
  counters: Float64Array;
  /** Executions remembered for replays, busts and corrections; a power of two. Default 65536. */
  execIds?: number;
  /** Sent messages remembered per session; a power of two. Default 8192. */
  sentMessages?: number;
  /** An order without the venue's word for so long is asked for, then unknown. Default 2 s. */
  answerTimeoutNs?: number;
  /** cancelAll sends a cancel again when nothing came for so long. Default 1 s. */
  cancelRetryNs?: number;
  /** By session: the venue takes OrderMassCancelRequest; cancelAll then sends one first. */
  massCancel?: readonly boolean[];
  /** DENY records at most per millisecond. Default 4. */
  denyRecordsPerMs?: number;
}

/** Default of answerTimeoutNs. */
export const ANSWER_TIMEOUT_NS = 2e9;

class NoListener implements OrderListener {
  onOrder(_strategy: number, _slot: number, _event: number, _px: number, _qty: number): void {}
}

export const NO_LISTENER: OrderListener = new NoListener();
