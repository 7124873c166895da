/** [feed.rerequest] and [feed.snapshot]: logins and their files. Which protocols: check-line-feed.ts. */
import { checkPort } from "./check-port.ts";
import { checkSecretFile } from "./check-sign.ts";
import type { CheckOptions, Loose, Path, Report } from "./report.ts";
import type { CheckedConfig } from "./schema.ts";

type Feed = Loose<CheckedConfig["feed"][number]>;

/** Longest user of a login to Cboe's servers; GLIMPSE takes six characters. */
const UNIT_USERNAME_CHARACTERS = 4;
const LOGIN = ["session_sub_id", "username", "password_file"] as const;

export function checkRecovery(feed: Feed, i: number, report: Report, o: CheckOptions): void {
  const protocol = feed.protocol ?? "itch50";
  checkRerequest(feed, protocol, ["feed", i, "rerequest"], report, o);
  checkSnapshot(feed, protocol, ["feed", i, "snapshot"], report, o);
}

function checkRerequest(
  feed: Feed,
  protocol: string,
  path: Path,
  report: Report,
  o: CheckOptions,
): void {
  const { rerequest } = feed;
  if (rerequest === undefined) return;
  checkPort(rerequest.address, [...path, "address"], report);
  if (protocol === "pitch") {
    for (const key of LOGIN) {
      if (rerequest[key] !== undefined) continue;
      report.missing([...path, key], "needed: the gap request proxy of pitch asks for a login");
    }
    checkUsername(rerequest.username, [...path, "username"], report);
    if (feed.lines?.some(({ role }) => role === "gap") === false) {
      report.warn(
        path,
        'no line has role = "gap": what is asked for comes by the gap group of the unit',
      );
    }
    checkSecretFile(rerequest.password_file, [...path, "password_file"], report, o);
  } else if (protocol === "itch50") {
    for (const key of LOGIN) {
      if (rerequest[key] === undefined) continue;
      report.error([...path, key], "the MoldUDP64 server asks for no login");
    }
  }
}

function checkSnapshot(
  feed: Feed,
  protocol: string,
  path: Path,
  report: Report,
  o: CheckOptions,
): void {
  const { snapshot } = feed;
  if (snapshot === undefined) return;
  checkPort(snapshot.address, [...path, "address"], report);
  checkSecretFile(snapshot.password_file, [...path, "password_file"], report, o);
  if (feed.join === "live") {
    report.error(path, 'join = "live" begins with what comes and asks for nothing before it');
  }
  const id: Path = [...path, "session_sub_id"];
  if (protocol === "pitch") {
    checkUsername(snapshot.username, [...path, "username"], report);
    if (snapshot.session_sub_id === undefined) {
      report.missing(id, "needed: the spin server of pitch asks for it");
    }
  } else if (protocol === "itch50" && snapshot.session_sub_id !== undefined) {
    report.error(id, "GLIMPSE has none: it is a key of pitch");
  }
}

function checkUsername(username: string | undefined, path: Path, report: Report): void {
  if (username === undefined || username.length <= UNIT_USERNAME_CHARACTERS) return;
  report.error(
    path,
    `found "${username}"; allowed: up to ${UNIT_USERNAME_CHARACTERS} characters for pitch`,
  );
}
