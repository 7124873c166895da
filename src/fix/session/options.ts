import type { Clock } from "../../core/clock.ts";
import type { Journal } from "../../journal/journal.ts";
import type { Stream } from "../../net/stream.ts";
import type { MessageBuilder } from "../codec/builder.ts";
import type { TagIndex } from "../codec/tag-index.ts";
import type { UtcTime } from "../codec/utc-time.ts";
import type { Dictionary } from "../dictionary/model.ts";
import type { FixApplication } from "./application.ts";
import type { SessionWindows } from "./session-windows.ts";
import type { Throttle } from "./throttle.ts";

/** Takes latencies in ns. */
export interface Recorder {
  record(ns: number): void;
}

/** Checks a message against the dictionary: a Validator of codec/validator.ts. */
export interface MessageValidator {
  /** 0, or 1 + SessionRejectReason (373). */
  validate(tags: TagIndex): number;
  /** RefTagID (371) of the last refusal, NO_REF_TAG where it names none. */
  readonly refTag: number;
}

/** A FIX session, either role. All times are ns of the injected clock. */
export interface FixSessionOptions {
  /** Index of the session in the appliance: journal records, Execution.session. */
  index: number;
  /** Who connects and says Logon first; default "initiator". */
  role?: "initiator" | "acceptor";
  stream: Stream;
  journal: Journal;
  application: FixApplication;
  clock: Clock;
  dictionary: Dictionary;
  /** Start of the session date, Unix seconds: the clock's zero. */
  sessionStartS: number;
  /** hp_engine.counters. */
  counters: Float64Array;
  /** The words of this session's hp_session; on the heap, 32 words, in tests and for the shadow. */
  block?: Uint32Array;
  /** Bytes at the start of the send arena that are not the session's: the order templates. */
  txReserved?: number;
  /** Largest message it sends but for the templates' own; default 4,096. */
  txMessageBytes?: number;
  /** Default: the dictionary's. */
  beginString?: string;
  /** DefaultApplVerID (1137) of a FIXT session: "9" = FIX.5.0SP2. */
  applVerId?: string;
  /**
   * A BusinessMessageReject of a FIXT session repeats 1137, which FIX does not define for it: as
   * QuickFIX does, and as the public session test cases have it. Default false.
   */
  tellsApplVerId?: boolean;
  senderCompId: string;
  targetCompId: string;
  /** 50 and 57; "" = not sent. */
  senderSubId?: string;
  targetSubId?: string;
  /** Further tags of every header. */
  headerTags?: Record<number, string>;
  /** HeartBtInt (108); an acceptor takes the initiator's. 0 = no heartbeats. */
  heartbeatS: number;
  /** 553 and 554; "" = not sent. The Logon's bytes never go to the journal. */
  username?: string;
  password?: string;
  logonTags?: Record<number, string>;
  /** Adds fields to the Logon just before it is finished: a venue's signature. 34 and 52 stand. */
  signLogon?: (builder: MessageBuilder, seq: number, sendingTime: string) => void;
  /** Hours in which it may be connected; absent: always. */
  windows?: SessionWindows;
  /** Wall time, ns behind sessionStartS, of what the numbers in `sequences` were last used for. */
  lastUsedNs?: number;
  /** 141=Y at each logon; an acceptor begins at 1 whether the initiator asks for it or not. */
  resetOnLogon?: boolean;
  /** Both directions begin at 1 after a Logout; after any end of a connection. */
  resetOnLogout?: boolean;
  resetOnDisconnect?: boolean;
  /** Sends and obeys NextExpectedMsgSeqNum (789). */
  nextExpected?: boolean;
  /**
   * A TestRequest behind each logon proves that everything before it has been handled; the session
   * is up when it is answered. Default: true for an initiator.
   */
  sync?: boolean;
  /** Absent: what the session layer itself reads is all that is checked. */
  validator?: MessageValidator;
  /** SendingTime (52) may be so far from our clock; 0 = any. Default 120 s. */
  sendingTimeToleranceNs?: number;
  /** MsgSeqNum too low: the connection ends with a Logout (default), or with a Reject. */
  lowSequence?: "logout" | "reject";
  /** 0, 3 (default), 6 or 9. */
  timestampDigits?: number;
  /** The text of SendingTime, shared with order templates; absent: one of its own. */
  time?: UtcTime;
  /** Bound on an inbound message; default 16,384. */
  maxMessageBytes?: number;
  /** Bytes of the receive arena for messages that came ahead of a gap; default 16,384. */
  aheadBytes?: number;
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
  /** Silence of so many heartbeats draws a TestRequest, of twice as many ends it. Default 1.2. */
  testRequestFactor?: number;
  /** Bounds what leaves; absent: no limit. */
  throttle?: Throttle;
  /** Messages asked for in one ResendRequest, 0 = all. */
  resendChunk?: number;
  /** Answer to a ResendRequest; "replay": what the application allows is sent again as it was. */
  resend?: "gap-fill" | "replay";
  /** Older messages are gap-filled even then. Default 1 s. */
  resendMaxAgeNs?: number;
  /** From recovery; 1 and 1 for a new session date. */
  sequences?: { nextOut: number; nextIn: number };
  /** "always": every message waits until its journal record is on disk. */
  sendDurable?: "interval" | "always";
  /** Packet in the arena (burstNs) to message handed to send. */
  latency?: Recorder;
  /** Receive stamp (burstRxNs, wall) to send returned. */
  wire?: Recorder;
}

/** Arenas of an engine's session: two of the longest messages that a config allows, and the rest. */
export const SESSION_RX_BYTES = 1 << 18;
export const SESSION_TX_BYTES = 1 << 17;
/** Smallest arenas a session works with. */
export const SESSION_TX_BYTES_MIN = 32_768;
export const SESSION_RX_BYTES_MIN = 65_536;
