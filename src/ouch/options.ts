import type { Instruments } from "../book/instruments.ts";
import type { Clock } from "../core/clock.ts";
import type { ExecutionSink } from "../fix/order/execution.ts";
import type { Recorder } from "../fix/session/options.ts";
import type { Throttle } from "../fix/session/throttle.ts";
import type { Journal } from "../journal/journal.ts";
import type { Stream } from "../net/stream.ts";

/** What every order of a session says of itself, one character each; firm up to four, "" = none. */
export interface OuchOrderTerms {
  firm: string;
  capacity: string;
  display: string;
  interMarketSweep: string;
  /** Of orders that are neither immediate nor fill or kill. */
  timeInForce: string;
}

/** An OUCH 5.0 session over SoupBinTCP. All times are ns of the injected clock. */
export interface OuchSessionOptions {
  /** Index of the session: journal records, Execution.session. */
  index: number;
  stream: Stream;
  journal: Journal;
  clock: Clock;
  /** hp_engine.counters; those of FIX sessions, where they mean the same. */
  counters: Float64Array;
  /** The words of this session's hp_session; on the heap in tests and for the shadow. */
  block?: Uint32Array;
  sink: ExecutionSink;
  instruments: Instruments;
  /** Value of InstrumentDefinition.session for the instruments that trade here; default `index`. */
  instrumentSession?: number;
  /** Slots of the order table. */
  slots: number;
  idPrefix: string;
  username: string;
  password: string;
  terms: OuchOrderTerms;
  /** From recovery: next UserRefNum and next sequenced message; 1 and 1 for a new session date. */
  sequences?: { nextOut: number; nextIn: number };
  throttle?: Throttle;
  /** First wait before a new connection; doubles with each failure up to 64 times. Default 1 s. */
  reconnectNs?: number;
  /** For connect, login and sync each. Default 5 s. */
  connectTimeoutNs?: number;
  /** A socket that takes nothing for so long ends the connection. Default 1 s. */
  backlogTimeoutNs?: number;
  /** "always": every message waits until its journal record is on disk. */
  sendDurable?: "interval" | "always";
  latency?: Recorder;
  wire?: Recorder;
}
