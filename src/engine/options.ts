/** What one engine process is built from: plain data, handed over as a JSON file. */
import type { InstrumentDefinition } from "../book/instruments.ts";
import type { LineProtocol } from "../config/feed.ts";
import type { PitchEdition } from "../feed/pitch/pitch-editions.ts";
import type { RequestOptions } from "../fix/market-data/options.ts";
import type { ScheduleOptions } from "../fix/session/schedule.ts";
import type { SignatureOptions } from "../fix/session/signature.ts";
import type { DevicePortOptions } from "../net/device-options.ts";
import type { TcpTuning } from "../net/tcp-tuning.ts";
import type { OuchOrderTerms } from "../ouch/options.ts";

/** What comes by a line of a feed. */
export type LineRole = "live" | "gap" | "snapshot" | "definition";

export interface FeedOptions {
  name: string;
  /** Index of the feed in the appliance (hp_feed block, recovery ring). */
  block: number;
  /** FIX market data instead of lines; `session` is an index into `sessions` of this engine. */
  fix?: { session: number; request: RequestOptions };
  /** Its lines come by `devices`, not by kernel sockets. Absent: by sockets. */
  byDevice?: boolean;
  /** Of its packets. Absent (old tapes, and FIX): ITCH 5.0 over MoldUDP64. */
  protocol?: LineProtocol;
  pitch?: { unit: number; edition: PitchEdition };
  /** Path of the SBE templates, "" = the built-in ones; whether single orders are kept. */
  mdp3?: { templates: string; byOrder?: boolean };
  /** IPv4 addresses in host byte order; group 0 = unicast. Live lines come first; absent role: live. */
  lines: { group: number; port: number; iface: number; source: number; role?: LineRole }[];
  recovers: boolean;
  /** Absent in old tapes: no. */
  hasSnapshot?: boolean;
  join: "recover" | "live";
  windowPackets: number;
  /** Absent in old tapes: windowPackets. */
  holdPackets?: number;
  windowNs: number;
  staleNs: number;
  requestTimeoutNs: number;
  requestRetries: number;
  rcvbuf: number;
  maxOrders: number;
  maxLevels: number;
  maxInstruments: number;
  subscribeAll: boolean;
  /** Instruments count as open outside market hours too. */
  extendedHours: boolean;
}

/** Of a session that brings a drop copy. */
export interface DropCopySettings {
  /** Indices of the order sessions that it is of. */
  of: number[];
  settleNs: number;
  lateNs: number;
  /** ON_DIFFERENCE_*. */
  action: number;
  feedsPositions: boolean;
}

export interface SessionOptions {
  name: string;
  /** Those of orders come first among the sessions of an engine. Absent in old tapes: orders. */
  use?: "orders" | "market-data" | "drop-copy";
  /** Of a drop copy. */
  dropCopy?: DropCopySettings;
  /** Index of the session in the appliance (hp_session block). */
  block: number;
  /** BeginString (8). */
  beginString: string;
  /** Built-in name, or path of an XML file. */
  dictionary: string;
  /** FIXT only: dictionary of the session layer, DefaultApplVerID (1137). "" = none. */
  transportDictionary: string;
  applVerId: string;
  /** Path of an XML file; "" = none. */
  dictionaryOverlay: string;
  /** IPv4 address in host byte order, resolved at start. */
  address: number;
  port: number;
  /** Local IPv4 address of the connection, host byte order; 0 = the kernel chooses. */
  bindAddress: number;
  /** Options of its socket; absent: the plain one. */
  tuning?: TcpTuning;
  senderCompId: string;
  targetCompId: string;
  senderSubId: string;
  targetSubId: string;
  usernameFile: string;
  passwordFile: string;
  sign: SignatureOptions | null;
  /** null = always open, one session. */
  schedule: ScheduleOptions | null;
  heartbeatS: number;
  /** Silence of so many heartbeats draws a TestRequest, of twice as many ends the connection. */
  testRequestFactor: number;
  resetOnLogon: boolean;
  resetOnLogout: boolean;
  resetOnDisconnect: boolean;
  nextExpected: boolean;
  lowSequence: "logout" | "reject";
  resendChunk: number;
  resend: "gap-fill" | "replay";
  resendMaxAgeNs: number;
  validate: "off" | "relaxed" | "full";
  /** 0 = not looked at. */
  sendingTimeToleranceNs: number;
  timestampDigits: number;
  zeroPad: boolean;
  /** Token bucket over everything that leaves; messagesPerS 0 = no limit. */
  messagesPerS: number;
  messagesBurst: number;
  messagesReserved: number;
  reconnectNs: number;
  connectTimeoutNs: number;
  logoutTimeoutNs: number;
  backlogTimeoutNs: number;
  maxMessageBytes: number;
  massCancel: boolean;
  tags: Record<string, string>;
  logonTags: Record<string, string>;
  /** It speaks OUCH 5.0, and what is of FIX above means nothing. Absent: FIX. */
  ouch?: OuchOrderTerms;
}

export interface StrategyOptions {
  name: string;
  uses: string;
  instruments: string[];
  seed: number;
  params: Record<string, unknown>;
}

export interface LimitOptions {
  maxOrderQty: number;
  maxOrderNotional: number;
  collarPct: number;
  maxPosition: number;
}

export interface RiskOptions extends LimitOptions {
  maxExposure: number;
  maxOpenOrders: number;
  ordersPerS: number;
  ordersBurst: number;
  cancelsPerS: number;
  cancelsBurst: number;
  maxLoss: number;
  denySelfMatch: boolean;
  shortMarking: boolean;
  /** By symbol. */
  instrument: Record<string, Partial<LimitOptions>>;
}

/** True for a feed whose packets the kernel's sockets take. */
export function isOfSockets(feed: FeedOptions): boolean {
  return feed.fix === undefined && feed.byDevice !== true;
}

/** Plain data; the card of driver "exanic" is a software one when simulated. */
export type DeviceOptions = Omit<
  DevicePortOptions,
  "played" | "sessionStartS" | "txSize" | "stats"
> & {
  isSimulated: boolean;
  /** Its feeds are stale while its link is down. Absent in old tapes: yes. */
  heedsLink?: boolean;
  /** Index of hp_port. */
  block: number;
};

/** Of an engine with a session that asks for it. */
export interface OnloadOptions {
  /** As the config names it, and where it was found; "" = nowhere. */
  library: string;
  path: string;
  /** EF_ variables. */
  env: Record<string, string>;
  stack: string;
  /** Feed sockets are accelerated, too. */
  feeds: boolean;
  spins: boolean;
  warmSends: boolean;
  /** False: an engine without it, and connections that it does not drive, trade all the same. */
  isRequired: boolean;
}

export interface EngineOptions {
  name: string;
  /** Index of the engine in the appliance (hp_engine block, journal ring). */
  index: number;
  /** Core to pin to; -1 = not pinned. */
  core: number;
  realtime: boolean;
  armAutomatically: boolean;
  warmupIterations: number;
  keepWarm: boolean;
  tcpPollTurns: number;
  maxOrders: number;
  busyPollUs: number;
  /** Journal: every order waits for the disk. */
  durableAlways: boolean;
  idPrefix: string;
  onload?: OnloadOptions;
  feeds: FeedOptions[];
  /** Ports of network devices; the feeds of their lines are indices into `feeds`. Absent in old tapes. */
  devices?: DeviceOptions[];
  sessions: SessionOptions[];
  strategies: StrategyOptions[];
  /** feed and session are indices into `feeds` and `sessions` of this engine; -1 = none. */
  instruments: InstrumentDefinition[];
  risk: RiskOptions;
}
