/** Order sessions: values that are each in range and do not go together, or not on this machine. */
import {
  BUILT_IN_DICTIONARIES,
  loadDictionary,
  loadSessionDictionary,
} from "../fix/dictionary/load.ts";
import { checkFixKeys, checkOuch, checkOuchInstruments } from "./check-ouch.ts";
import { checkPort } from "./check-port.ts";
import { checkRoll } from "./check-roll.ts";
import { checkSchedule } from "./check-schedule.ts";
import { checkSecretFile, checkSign } from "./check-sign.ts";
import { LOGON_TAGS, ORDER_TAGS, reservedTags } from "./check-tags.ts";
import type { CheckOptions, Loose, Path, Report } from "./report.ts";
import type { CheckedConfig, SessionInput } from "./schema.ts";
import { sessionSchema } from "./session.ts";
import { factsOf, OUCH, type SessionProtocol } from "./session-protocol.ts";
import { throttleOf } from "./throttle.ts";

type Session = Loose<SessionInput>;

export function checkSessions(c: Loose<CheckedConfig>, report: Report, o: CheckOptions): void {
  const ids = new Map<string, string>();
  checkOuchInstruments(c, report);
  (c.session ?? []).forEach((session, i) => {
    const path: Path = ["session", i];
    checkPort(session.address, [...path, "address"], report);
    const isOuch = protocolOf(session) === OUCH;
    const id = isOuch
      ? `${session.address} ${session.username_file}`
      : [session.address, session.sender_comp_id, session.target_comp_id].join(" ");
    const other = ids.get(id);
    if (other !== undefined && isOuch && session.username_file !== undefined) {
      report.error(
        [...path, "username_file"],
        `address and username are those of session ${other}: both would number messages on one port`,
      );
    } else if (other !== undefined && session.sender_comp_id !== undefined) {
      report.error(
        [...path, "sender_comp_id"],
        `address, sender and target are those of session ${other}: both would number messages and ClOrdIDs on one session`,
      );
    } else ids.set(id, session.name ?? `session[${i}]`);
    if (isOuch) checkOuch(session, path, report);
    else {
      checkFixKeys(session, path, report);
      checkProtocol(session, path, report);
      checkDictionaries(session, path, report, o);
      reservedTags(session.tags, ORDER_TAGS, [...path, "tags"], report);
      reservedTags(session.logon_tags, LOGON_TAGS, [...path, "logon_tags"], report);
      checkCancelOnDisconnect(session, [...path, "cancel_on_disconnect"], report);
      checkResend(session, path, report);
    }
    checkThrottle(session, path, report);
    if (session.bind !== undefined && o.host.interfaceAddress(session.bind) === undefined) {
      const there = o.host.interfaces().join(", ");
      report.error([...path, "bind"], `found "${session.bind}"; this machine has ${there}`);
    }
    if (
      session.interface !== undefined &&
      o.host.interfaceAddress(session.interface) === undefined
    ) {
      const there = o.host.interfaces().join(", ");
      report.error(
        [...path, "interface"],
        `found "${session.interface}"; this machine has ${there}`,
      );
    }
    const username = session.username_file;
    if (username !== undefined && o.host.fileMode(o.absolute(username)) === undefined) {
      report.error([...path, "username_file"], `there is no readable file ${o.absolute(username)}`);
    }
    checkSecretFile(session.password_file, [...path, "password_file"], report, o);
    checkSign(session, [...path, "sign"], report, o);
    checkSchedule(session.schedule, [...path, "schedule"], report);
    checkRoll(session, c.appliance, [...path, "schedule"], report, o.nowMs);
  });
}

function protocolOf(session: Session): SessionProtocol {
  return session.protocol ?? "fix44";
}

/** What the version of the protocol does not have. */
function checkProtocol(session: Session, path: Path, report: Report): void {
  const protocol = protocolOf(session);
  const facts = factsOf(protocol);
  if (session.next_expected === true && !facts.nextExpected) {
    report.error(
      [...path, "next_expected"],
      `NextExpectedMsgSeqNum (789) exists since FIX 4.4; the protocol is ${protocol}`,
    );
  }
  if (session.reset_on_logon === true && !facts.resetFlag) {
    report.error(
      [...path, "reset_on_logon"],
      `ResetSeqNumFlag (141) exists since FIX 4.1; the protocol is ${protocol}`,
    );
  }
  const digits = session.timestamp_digits;
  if (digits !== undefined && digits > 0 && !facts.decimals) {
    report.error(
      [...path, "timestamp_digits"],
      `found ${digits}; before FIX 4.2 a timestamp ends with the second: 0, or leave it out`,
    );
  }
  if (facts.transport !== "") return;
  for (const key of ["transport_dictionary", "appl_ver_id"] as const) {
    if (session[key] === undefined) continue;
    report.error([...path, key], `only fixt11 has one; the protocol is ${protocol}`);
  }
}

function checkDictionaries(session: Session, path: Path, report: Report, o: CheckOptions): void {
  const protocol = protocolOf(session);
  const facts = factsOf(protocol);
  const application = session.dictionary;
  if (application !== undefined || facts.dictionary in BUILT_IN_DICTIONARIES) {
    const found = beginStringOf(
      application ?? facts.dictionary,
      [...path, "dictionary"],
      report,
      o,
    );
    // FIXT carries any version of the application messages.
    if (found !== undefined && facts.transport === "" && found !== facts.beginString) {
      report.error(
        [...path, "dictionary"],
        `it is of ${found}; protocol ${protocol} speaks ${facts.beginString}`,
      );
    }
  } else {
    report.error(
      [...path, "dictionary"],
      `missing; there is no built-in dictionary for ${protocol}: give the path of a QuickFIX-format .xml`,
    );
  }
  if (facts.transport !== "") {
    const at = [...path, "transport_dictionary"];
    const name = session.transport_dictionary ?? facts.transport;
    const found = beginStringOf(name, at, report, o);
    if (found !== undefined && found !== facts.beginString) {
      report.error(at, `it is of ${found}; protocol ${protocol} speaks ${facts.beginString}`);
    }
  }
  checkOverlay(session, path, report, o);
}

/** The overlay fits the dictionaries that it is put over. */
function checkOverlay(session: Session, path: Path, report: Report, o: CheckOptions): void {
  const overlay = session.dictionary_overlay;
  if (overlay === undefined) return;
  const at = [...path, "dictionary_overlay"];
  if (o.host.fileMode(o.absolute(overlay)) === undefined) {
    report.error(at, `there is no readable file ${o.absolute(overlay)}`);
    return;
  }
  const facts = factsOf(protocolOf(session));
  const named = (name: string) => (name.endsWith(".xml") ? o.absolute(name) : name);
  const transport = session.transport_dictionary ?? facts.transport;
  try {
    loadSessionDictionary({
      application: named(session.dictionary ?? facts.dictionary),
      ...(transport === "" ? {} : { transport: named(transport) }),
      overlay: o.absolute(overlay),
    });
  } catch (error) {
    report.error(at, error instanceof Error ? error.message : String(error));
  }
}

function checkResend(session: Session, path: Path, report: Report): void {
  const age = session.resend_max_age_ms;
  const byDefault = sessionSchema.shape.resend_max_age_ms.parse(undefined);
  if (session.resend === "replay" || age === undefined || age === byDefault) return;
  report.error(
    [...path, "resend_max_age_ms"],
    'nothing is sent again without resend = "replay": there is no age to bound',
  );
}

/** BeginString of a dictionary; reports what is wrong with it. */
function beginStringOf(
  name: string,
  path: Path,
  report: Report,
  o: CheckOptions,
): string | undefined {
  if (!name.endsWith(".xml")) {
    const known = Object.keys(BUILT_IN_DICTIONARIES);
    if (!known.includes(name)) {
      report.error(
        path,
        `found "${name}"; built in: ${known.join(", ")}; or a path that ends in .xml`,
      );
      return undefined;
    }
  }
  try {
    return loadDictionary(name.endsWith(".xml") ? o.absolute(name) : name).beginString;
  } catch (error) {
    report.error(path, error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function checkCancelOnDisconnect(session: Session, path: Path, report: Report): void {
  const tag = session.cancel_on_disconnect?.tag;
  if (tag === undefined) return;
  if (LOGON_TAGS.has(tag)) report.error([...path, "tag"], `tag ${tag} is written by hairpin`);
  else if (session.logon_tags?.[String(tag)] !== undefined) {
    report.error([...path, "tag"], `tag ${tag} is in logon_tags too: leave one out`);
  }
}

function checkThrottle(session: Session, path: Path, report: Report): void {
  const { messages_per_s: perS, messages_burst: burst, messages_reserved: reserved } = session;
  if (perS === undefined) {
    for (const key of ["messages_burst", "messages_reserved"] as const) {
      if (session[key] === undefined) continue;
      report.error([...path, key], "there is no limit without messages_per_s");
    }
    return;
  }
  const size = throttleOf({ messages_per_s: perS, messages_burst: burst }).burst;
  if (reserved === undefined || reserved < size) return;
  report.error(
    [...path, "messages_reserved"],
    `found ${reserved} of a bucket of ${size}: no order could leave; allowed: 0 to ${size - 1}`,
  );
}
