/** A [[session]] of the config as plain data: numbers, ns, addresses. */
import type { DropCopyConfig } from "../config/drop-copy.ts";
import { ipv4Number } from "../config/host.ts";
import type { SessionConfig } from "../config/schema.ts";
import { OUCH_CAPACITIES, OUCH_DISPLAYS, OUCH_TIMES_IN_FORCE } from "../config/session-ouch.ts";
import { factsOf, OUCH } from "../config/session-protocol.ts";
import { ON_DIFFERENCE_NAMES } from "../core/codes.ts";
import { APPL_VER_IDS } from "../fix/session/protocol.ts";
import type { ScheduleOptions } from "../fix/session/schedule.ts";
import type { SignatureOptions } from "../fix/session/signature.ts";
import type { TcpTuning } from "../net/tcp-tuning.ts";
import type { OuchOrderTerms } from "../ouch/options.ts";
import type { DropCopySettings, SessionOptions } from "./options.ts";

const MS = 1e6;
const S = 1e9;

/**
 * `block`: index of the session in the appliance. `resolveHost`: a host name to its IPv4 address.
 * `indexOf`: a session's name to its index in the engine. `tuning`: tuning-from-config.ts.
 */
export function sessionOptions(
  session: SessionConfig,
  block: number,
  resolveHost: (host: string) => number,
  indexOf: (session: string) => number = () => -1,
  tuning?: TcpTuning,
): SessionOptions {
  const colon = session.address.lastIndexOf(":");
  const cancel = session.cancel_on_disconnect;
  return {
    name: session.name,
    use: session.use,
    block,
    beginString: factsOf(session.protocol).beginString,
    dictionary: session.dictionary,
    transportDictionary: session.transport_dictionary,
    applVerId: session.appl_ver_id === "" ? "" : APPL_VER_IDS[session.appl_ver_id],
    dictionaryOverlay: session.dictionary_overlay ?? "",
    address: resolveHost(session.address.slice(0, colon)),
    port: Number(session.address.slice(colon + 1)),
    bindAddress: session.bind === undefined ? 0 : ipv4Number(session.bind),
    ...(tuning === undefined ? {} : { tuning }),
    senderCompId: session.sender_comp_id,
    targetCompId: session.target_comp_id,
    senderSubId: session.sender_sub_id ?? "",
    targetSubId: session.target_sub_id ?? "",
    usernameFile: session.username_file ?? "",
    passwordFile: session.password_file ?? "",
    sign: signatureOf(session.sign),
    schedule: scheduleOf(session.schedule),
    heartbeatS: session.heartbeat_s,
    testRequestFactor: 1 + session.transmission_pct / 100,
    resetOnLogon: session.reset_on_logon,
    resetOnLogout: session.reset_on_logout,
    resetOnDisconnect: session.reset_on_disconnect,
    nextExpected: session.next_expected,
    lowSequence: session.low_sequence,
    resendChunk: session.resend_chunk,
    resend: session.resend,
    resendMaxAgeNs: session.resend_max_age_ms * MS,
    validate: session.validate,
    sendingTimeToleranceNs: session.sending_time_tolerance_s * S,
    timestampDigits: session.timestamp_digits,
    zeroPad: session.zero_pad,
    messagesPerS: session.messages_per_s ?? 0,
    messagesBurst: session.messages_burst,
    messagesReserved: session.messages_reserved,
    reconnectNs: session.reconnect_ms * MS,
    connectTimeoutNs: session.connect_timeout_ms * MS,
    logoutTimeoutNs: session.logout_timeout_ms * MS,
    backlogTimeoutNs: session.backlog_timeout_ms * MS,
    maxMessageBytes: session.max_message_kib * 1024,
    massCancel: session.mass_cancel,
    tags: session.tags,
    logonTags: {
      ...session.logon_tags,
      ...(cancel === undefined ? {} : { [cancel.tag]: cancel.value }),
    },
    ...(session.protocol === OUCH && session.ouch !== undefined
      ? { ouch: ouchTermsOf(session.ouch) }
      : {}),
    ...(session.drop_copy === undefined
      ? {}
      : { dropCopy: dropCopyOf(session.drop_copy, indexOf) }),
  };
}

function dropCopyOf(copy: DropCopyConfig, indexOf: (session: string) => number): DropCopySettings {
  return {
    of: copy.of.map(indexOf),
    settleNs: copy.settle_ms * MS,
    lateNs: copy.late_ms * MS,
    action: ON_DIFFERENCE_NAMES.indexOf(copy.on_difference),
    feedsPositions: copy.positions === "account",
  };
}

function ouchTermsOf(ouch: NonNullable<SessionConfig["ouch"]>): OuchOrderTerms {
  return {
    firm: ouch.firm ?? "",
    capacity: OUCH_CAPACITIES[ouch.capacity],
    display: OUCH_DISPLAYS[ouch.display],
    interMarketSweep: ouch.inter_market_sweep ? "Y" : "N",
    timeInForce: OUCH_TIMES_IN_FORCE[ouch.time_in_force],
  };
}

function signatureOf(sign: SessionConfig["sign"]): SignatureOptions | null {
  if (sign === undefined) return null;
  return {
    kind: sign.kind,
    keyFile: sign.key_file,
    keyEncoding: sign.key_encoding,
    fields: sign.fields,
    separator: sign.separator,
    encoding: sign.encoding,
    tag: sign.tag,
  };
}

function scheduleOf(schedule: SessionConfig["schedule"]): ScheduleOptions | null {
  if (schedule === undefined) return null;
  return {
    timezone: schedule.timezone,
    start: schedule.start ?? "",
    end: schedule.end ?? "",
    nonStop: schedule.non_stop,
    resetAtStart: schedule.reset_at_start,
    ...(schedule.days === undefined ? {} : { days: schedule.days }),
    ...(schedule.start_day === undefined ? {} : { startDay: schedule.start_day }),
    ...(schedule.end_day === undefined ? {} : { endDay: schedule.end_day }),
  };
}
