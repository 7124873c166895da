/** What a drop copy is built from. */
import type { Instruments } from "../../book/instruments.ts";
import type { Clock } from "../../core/clock.ts";
import type { Journal } from "../../journal/journal.ts";
import type { Gate } from "../../risk/gate.ts";
import type { KillSwitch } from "../../risk/switch.ts";

export interface DropCopyOptions {
  /** Index of the session that brings the copies: journal records. */
  session: number;
  /** Indices of the order sessions whose executions it copies (InstrumentDefinition.session). */
  of: readonly number[];
  instruments: Instruments;
  gate: Gate;
  kill: KillSwitch;
  journal: Journal;
  clock: Clock;
  counters: Float64Array;
  /** Prefix of our ClOrdIDs. */
  idPrefix: string;
  /** Sums of an instrument are compared when nothing was booked in it for so long, ns. */
  settleNs: number;
  /** An execution that only one side has told for so long is a difference, ns. */
  lateNs: number;
  /** ON_DIFFERENCE_*. */
  action: number;
  /** Executions of orders that are not ours move the positions that the gate sees. */
  feedsPositions: boolean;
  /** Executions remembered, a power of two. Default 65536. */
  executions?: number;
  /** Words of the session's hp_drop_copy; memory of its own without. */
  block?: Uint32Array;
}
