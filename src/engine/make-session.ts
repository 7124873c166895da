/** One order session of an engine, from its plain options: dictionaries, hours, throttle, signature. */
import type { Instruments } from "../book/instruments.ts";
import type { Clock } from "../core/clock.ts";
import type { Histogram } from "../core/histogram.ts";
import { NO_REF_TAG } from "../fix/codec/reject-reason.ts";
import type { TagIndex } from "../fix/codec/tag-index.ts";
import { ValidationPlan } from "../fix/codec/validation-plan.ts";
import { Validator } from "../fix/codec/validator.ts";
import { loadDictionary, loadSessionDictionary } from "../fix/dictionary/load.ts";
import type { Dictionary } from "../fix/dictionary/model.ts";
import type { ExecutionSink } from "../fix/order/execution.ts";
import { FixOrderSession } from "../fix/order/order-session.ts";
import type { FixSessionOptions, MessageValidator } from "../fix/session/options.ts";
import { SessionWindows } from "../fix/session/session-windows.ts";
import { logonSigner } from "../fix/session/signature.ts";
import { Throttle } from "../fix/session/throttle.ts";
import type { Journal } from "../journal/journal.ts";
import type { RecoveredSession } from "../journal/recover.ts";
import { SOUP_PASSWORD_BYTES, SOUP_USERNAME_BYTES } from "../net/soup/soup-login.ts";
import type { Stream } from "../net/stream.ts";
import type { OuchOrderTerms } from "../ouch/options.ts";
import { OuchOrderSession } from "../ouch/ouch-order-session.ts";
import type { SessionOptions } from "./options.ts";
import { readSecret } from "./secret.ts";

/** What a session is put between. */
export interface SessionParts {
  index: number;
  stream: Stream;
  journal: Journal;
  clock: Clock;
  counters: Float64Array;
  block: Uint32Array | undefined;
  instruments: Instruments;
  sessionStartS: number;
  sequences: RecoveredSession;
  idPrefix: string;
  durableAlways: boolean;
  latency: Histogram;
  wire: Histogram;
  /** The shadow's: no secrets, no hours, no throttle, and its venue has no clock. */
  isShadow: boolean;
  /** Slots of the order table. */
  slots: number;
}

/** An order session as it is built; the order table is attached to one by OUCH. */
export type OrderGateway = FixOrderSession | OuchOrderSession;

/** By FIX or by OUCH, as its options say. */
export function makeOrderSession(
  session: SessionOptions,
  p: SessionParts,
  sink: ExecutionSink,
): OrderGateway {
  if (session.ouch !== undefined) return makeOuchSession(session, session.ouch, p, sink);
  return new FixOrderSession({
    ...sessionLayer(session, p),
    sink,
    instruments: p.instruments,
    staticTags: session.tags,
    idPrefix: p.idPrefix,
    zeroPad: session.zeroPad,
    sendDurable: p.durableAlways && !p.isShadow ? "always" : "interval",
    latency: p.latency,
    wire: p.wire,
  });
}

function makeOuchSession(
  session: SessionOptions,
  terms: OuchOrderTerms,
  p: SessionParts,
  sink: ExecutionSink,
): OuchOrderSession {
  return new OuchOrderSession({
    index: p.index,
    stream: p.stream,
    journal: p.journal,
    clock: p.clock,
    counters: p.counters,
    ...(p.block === undefined ? {} : { block: p.block }),
    sink,
    instruments: p.instruments,
    slots: p.slots,
    idPrefix: p.idPrefix,
    username: p.isShadow ? "" : soupSecret(session.usernameFile, SOUP_USERNAME_BYTES),
    password: p.isShadow ? "" : soupSecret(session.passwordFile, SOUP_PASSWORD_BYTES),
    terms,
    sequences: p.sequences,
    ...(p.isShadow ? {} : throttleOf(session)),
    reconnectNs: session.reconnectNs,
    connectTimeoutNs: session.connectTimeoutNs,
    backlogTimeoutNs: session.backlogTimeoutNs,
    sendDurable: p.durableAlways && !p.isShadow ? "always" : "interval",
    latency: p.latency,
    wire: p.wire,
  });
}

/** A secret that a SoupBinTCP login has room for. Throws one sentence. */
export function soupSecret(file: string, bytesMax: number): string {
  const secret = readSecret(file);
  if (secret.length <= bytesMax) return secret;
  throw new Error(
    `the secret in ${file} has ${secret.length} characters; a SoupBinTCP login has room for ${bytesMax}`,
  );
}

/** What every kind of FIX session has, whatever it serves. */
export function sessionLayer(
  session: SessionOptions,
  p: SessionParts,
): Omit<FixSessionOptions, "application"> {
  const dictionary = dictionaryOf(session);
  const validator = validatorOf(session, dictionary);
  const own = {
    index: p.index,
    stream: p.stream,
    journal: p.journal,
    clock: p.clock,
    dictionary,
    sessionStartS: p.sessionStartS,
    counters: p.counters,
    ...(p.block === undefined ? {} : { block: p.block }),
    beginString: session.beginString,
    applVerId: session.applVerId,
    senderCompId: session.senderCompId,
    targetCompId: session.targetCompId,
    senderSubId: session.senderSubId,
    targetSubId: session.targetSubId,
    heartbeatS: session.heartbeatS,
    testRequestFactor: session.testRequestFactor,
    logonTags: session.logonTags,
    resetOnLogon: session.resetOnLogon,
    resetOnLogout: session.resetOnLogout,
    resetOnDisconnect: session.resetOnDisconnect,
    nextExpected: session.nextExpected,
    lowSequence: session.lowSequence,
    resendChunk: session.resendChunk,
    resend: session.resend,
    resendMaxAgeNs: session.resendMaxAgeNs,
    ...(validator === undefined
      ? {}
      : { validator: p.isShadow ? new WarmValidator(validator) : validator }),
    timestampDigits: session.timestampDigits,
    maxMessageBytes: session.maxMessageBytes,
    reconnectNs: session.reconnectNs,
    connectTimeoutNs: session.connectTimeoutNs,
    logoutTimeoutNs: session.logoutTimeoutNs,
    backlogTimeoutNs: session.backlogTimeoutNs,
    sequences: p.sequences,
  };
  return p.isShadow ? { ...own, sendingTimeToleranceNs: 0 } : { ...own, ...live(session, p) };
}

/** What ties a session to the world: secrets, the clock, the venue's hours and rates. */
function live(session: SessionOptions, p: SessionParts) {
  const logon = logonOf(session);
  return {
    username: logon.username,
    password: logon.password,
    ...(session.sign === null ? {} : { signLogon: logonSigner(session.sign, logon) }),
    sendingTimeToleranceNs: session.sendingTimeToleranceNs,
    ...(session.schedule === null
      ? {}
      : { windows: new SessionWindows(session.schedule, p.sessionStartS) }),
    ...(p.sequences.lastNs === undefined ? {} : { lastUsedNs: p.sequences.lastNs }),
    ...throttleOf(session),
  };
}

function throttleOf({ messagesPerS, messagesBurst, messagesReserved }: SessionOptions) {
  return messagesPerS === 0
    ? {}
    : { throttle: new Throttle(messagesPerS, messagesBurst, messagesReserved) };
}

/** What stands in the Logon and may be signed. Reads the secrets. */
export function logonOf(session: SessionOptions) {
  return {
    senderCompId: session.senderCompId,
    targetCompId: session.targetCompId,
    senderSubId: session.senderSubId,
    targetSubId: session.targetSubId,
    heartbeatS: session.heartbeatS,
    username: readSecret(session.usernameFile),
    password: readSecret(session.passwordFile),
    logonTags: session.logonTags,
  };
}

export function dictionaryOf(session: SessionOptions): Dictionary {
  return loadSessionDictionary({
    application: session.dictionary,
    ...(session.transportDictionary === "" ? {} : { transport: session.transportDictionary }),
    ...(session.dictionaryOverlay === "" ? {} : { overlay: session.dictionaryOverlay }),
  });
}

/** Looks at a message as the live one does, and lets it pass: the shadow's venue knows one version. */
class WarmValidator implements MessageValidator {
  readonly refTag = NO_REF_TAG;
  constructor(private readonly validator: Validator) {}

  validate(tags: TagIndex): number {
    this.validator.validate(tags);
    return 0;
  }
}

/** "relaxed": what a venue may have added passes, tags and values; "full": its own tags do. */
function validatorOf(session: SessionOptions, dictionary: Dictionary): Validator | undefined {
  if (session.validate === "off") return undefined;
  const isFull = session.validate === "full";
  // Over FIXT session messages know the fields of the transport only.
  const transport = session.transportDictionary;
  const plan =
    transport === ""
      ? new ValidationPlan(dictionary)
      : new ValidationPlan(loadDictionary(transport), dictionary);
  return new Validator(plan, {
    checkUserTags: false,
    checkUnknown: isFull,
    checkValues: isFull,
    checkOrder: isFull,
  });
}
