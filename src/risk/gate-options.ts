/** What the gate is built from. */
import type { Instruments } from "../book/instruments.ts";
import type { BookView } from "../book/view.ts";
import type { OrderSession } from "../fix/order/execution.ts";
import type { Journal } from "../journal/journal.ts";
import type { Exposure } from "./exposure.ts";
import type { RiskLimits } from "./limits.ts";
import type { Positions } from "./positions.ts";
import type { BookHealth, GateSwitch, KillSwitch } from "./switch.ts";

export interface GateOptions {
  limits: RiskLimits;
  instruments: Instruments;
  positions: Positions;
  exposure: Exposure;
  /** One view per instrument, in order. */
  books: readonly BookView[];
  bookHealth: BookHealth;
  /** STATUS_* with its upper bits, per instrument. */
  status: Int32Array;
  /** FEED_* per feed. */
  feedState: Int32Array;
  /** By session index (instruments.session). */
  sessions: readonly OrderSession[];
  journal: Journal;
  gateSwitch: GateSwitch;
  kill: KillSwitch;
  counters: Float64Array;
  /** LULD auction collar per instrument in price units, 0 = none known. */
  bandLow?: Int32Array;
  bandHigh?: Int32Array;
}
