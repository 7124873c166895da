import type { Instruments } from "../../book/instruments.ts";
import type { Clock } from "../../core/clock.ts";
import type { Journal } from "../../journal/journal.ts";
import type { Stream } from "../../net/stream.ts";
import type { MessageBuilder } from "../codec/builder.ts";
import type { Dictionary } from "../dictionary/model.ts";
import type { ExecutionSink } from "../order/execution.ts";

/** Takes latencies in ns. */
export interface Recorder {
  record(ns: number): void;
}

/** A FIX initiator. All times are ns of the injected clock. */
export interface FixSessionOptions {
  /** Index of the session in the appliance: journal records, Execution.session. */
  index: number;
  /** Value of InstrumentDefinition.session for the instruments that trade here; default `index`. */
  instrumentSession?: number;
  stream: Stream;
  journal: Journal;
  sink: ExecutionSink;
  clock: Clock;
  dictionary: Dictionary;
  instruments: Instruments;
  /** Start of the session date, Unix seconds: the clock's zero. */
  sessionStartS: number;
  /** hp_engine.counters. */
  counters: Float64Array;
  /** The words of this session's hp_session; on the heap, 32 words, in tests and for the shadow. */
  block?: Uint32Array;
  /** Default: the dictionary's. */
  beginString?: string;
  senderCompId: string;
  targetCompId: string;
  /** 50 and 57; "" = not sent. */
  senderSubId?: string;
  targetSubId?: string;
  /** Further tags of every header. */
  headerTags?: Record<number, string>;
  /** Tags of every order message that has them. */
  staticTags?: Record<number, string>;
  /** How post-only is told; default 18=6. */
  postOnly?: { tag: number; value: string };
  idPrefix: string;
  heartbeatS: number;
  /** 553 and 554; "" = not sent. The Logon's bytes never go to the journal. */
  username?: string;
  password?: string;
  logonTags?: Record<number, string>;
  /** Adds fields to the Logon just before it is finished: a venue's signature. 34 and 52 stand. */
  signLogon?: (builder: MessageBuilder, seq: number, sendingTime: string) => void;
  /** 141=Y at each logon. */
  resetOnLogon?: boolean;
  /** Sends and obeys NextExpectedMsgSeqNum (789). */
  nextExpected?: boolean;
  /** 0, 3 (default), 6 or 9. */
  timestampDigits?: number;
  zeroPad?: boolean;
  /** Bound on an inbound message; default 16,384. */
  maxMessageBytes?: number;
  /** First wait before a new connection; doubles with each failure up to 64 times. Default 1 s. */
  reconnectNs?: number;
  /** For connect, logon and sync each. Default 5 s. */
  connectTimeoutNs?: number;
  logoutTimeoutNs?: number;
  /**
   * A socket that takes nothing for so long ends the connection: an order that waits behind it would
   * be stale. Default 1 s.
   */
  backlogTimeoutNs?: number;
  /** Messages asked for in one ResendRequest, 0 = all. */
  resendChunk?: number;
  /** Answer to a ResendRequest. */
  resend?: "gap-fill";
  /** From recovery; 1 and 1 for a new session date. */
  sequences?: { nextOut: number; nextIn: number };
  /** "always": every message waits until its journal record is on disk. */
  sendDurable?: "interval" | "always";
  /** Packet in the arena (burstNs) to message handed to send. */
  latency?: Recorder;
  /** Receive stamp (burstRxNs, wall) to send returned. */
  wire?: Recorder;
}

/** Smallest arenas a session works with. */
export const SESSION_TX_BYTES_MIN = 32_768;
export const SESSION_RX_BYTES_MIN = 65_536;
