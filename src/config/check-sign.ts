/** Signed Logons: the key's file, what goes with which kind, and the fields that are signed. */
import type { CheckOptions, Loose, Path, Report } from "./report.ts";
import type { SessionInput } from "./schema.ts";

type Session = Loose<SessionInput>;

/** Tags that every Logon has in front of its signature. */
const ALWAYS = [34, 35, 49, 52, 56, 98, 108];
const PASSWORD = 554;

export function checkSign(session: Session, path: Path, report: Report, o: CheckOptions): void {
  const sign = session.sign;
  if (sign === undefined) return;
  checkSecretFile(sign.key_file, [...path, "key_file"], report, o);
  const isEd25519 = sign.kind === "ed25519";
  const written = sign.key_encoding;
  if (isEd25519 && written === "text") {
    report.error(
      [...path, "key_encoding"],
      'an Ed25519 key is no text; allowed: "pem", "der", "base64" or "hex"',
    );
  }
  if (sign.kind !== undefined && !isEd25519 && (written === "pem" || written === "der")) {
    report.error(
      [...path, "key_encoding"],
      `the key of ${sign.kind} is no ${written.toUpperCase()}; allowed: "text", "base64" or "hex"`,
    );
  }
  const tag = sign.tag ?? (sign.kind === "password" ? PASSWORD : 96);
  if (tag === PASSWORD && session.password_file !== undefined) {
    report.error(
      [...path, "tag"],
      "Password (554) would stand in the Logon twice: password_file writes it too",
    );
  }
  for (const own of tag === PASSWORD ? [] : ["95", "96"]) {
    if (session.logon_tags?.[own] === undefined) continue;
    report.error(
      [...path.slice(0, -1), "logon_tags", own],
      `tag ${own} is written by the signature`,
    );
  }
  if (sign.kind !== "password") checkFields(session, [...path, "fields"], report);
}

/** What is signed stands in the Logon, before the signature itself. */
function checkFields(session: Session, path: Path, report: Report): void {
  const there = new Set([...ALWAYS, ...Object.keys(session.logon_tags ?? {}).map(Number)]);
  const optional: [number, unknown][] = [
    [50, session.sender_sub_id],
    [57, session.target_sub_id],
    [553, session.username_file],
    [PASSWORD, session.password_file],
  ];
  for (const [tag, value] of optional) if (value !== undefined) there.add(tag);
  if (session.cancel_on_disconnect?.tag !== undefined) there.add(session.cancel_on_disconnect.tag);
  const listed = [...there].sort((a, b) => a - b).join(", ");
  (session.sign?.fields ?? []).forEach((tag, i) => {
    if (there.has(tag)) return;
    report.error([...path, i], `field ${tag} is not in the Logon; it has ${listed}`);
  });
}

/** The file is there, and nobody but its owner can read it. */
export function checkSecretFile(
  file: string | undefined,
  path: Path,
  report: Report,
  o: CheckOptions,
): void {
  if (file === undefined) return;
  const mode = o.host.fileMode(o.absolute(file));
  if (mode === undefined) {
    report.error(path, `there is no readable file ${o.absolute(file)}`);
  } else if ((mode & 0o077) !== 0) {
    const found = mode.toString(8).padStart(4, "0");
    report.error(path, `mode is ${found}: others can read it; chmod 600 it`);
  }
}
