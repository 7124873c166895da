/** What a session of the one protocol has, and one of the other does not. */
import { sessionsOf, useOf } from "./check-market-data.ts";
import type { Loose, Path, Report } from "./report.ts";
import type { CheckedConfig, SessionInput } from "./schema.ts";
import { sessionSchema } from "./session.ts";
import { OUCH } from "./session-protocol.ts";

type Session = Loose<SessionInput>;

/** Keys that mean something to FIX only. */
const FIX_KEYS = [
  "dictionary",
  "transport_dictionary",
  "dictionary_overlay",
  "appl_ver_id",
  "sender_comp_id",
  "target_comp_id",
  "sender_sub_id",
  "target_sub_id",
  "sign",
  "schedule",
  "heartbeat_s",
  "transmission_pct",
  "reset_on_logon",
  "reset_on_logout",
  "reset_on_disconnect",
  "next_expected",
  "low_sequence",
  "resend_chunk",
  "resend",
  "resend_max_age_ms",
  "validate",
  "sending_time_tolerance_s",
  "timestamp_digits",
  "zero_pad",
  "logout_timeout_ms",
  "max_message_kib",
  "mass_cancel",
  "cancel_on_disconnect",
  "tags",
  "logon_tags",
] as const;

const OUCH_PRICE_UNIT = 0.0001;

export function checkOuch(session: Session, path: Path, report: Report): void {
  for (const key of FIX_KEYS) {
    // Not there: beside an error of the schema defaults are not filled in.
    if (session[key] === undefined) continue;
    const byDefault = sessionSchema.shape[key].safeParse(undefined).data;
    if (JSON.stringify(session[key]) === JSON.stringify(byDefault)) continue;
    report.error([...path, key], `it is of FIX; a session with protocol = "${OUCH}" has none`);
  }
  if (useOf(session) !== "orders") {
    report.error(
      [...path, "use"],
      `found "${useOf(session)}"; a session with protocol = "${OUCH}" carries orders only`,
    );
  }
  for (const key of ["username_file", "password_file"] as const) {
    if (session[key] !== undefined) continue;
    report.missing([...path, key], "a SoupBinTCP login has a username and a password");
  }
}

/** Tags are FIX's; prices have four decimals. */
export function checkOuchInstruments(c: Loose<CheckedConfig>, report: Report): void {
  const ouch = (c.session ?? []).filter((s) => s.protocol === OUCH).map((s) => s.name);
  const only = sessionsOf(c, "orders")[0];
  (c.instrument ?? []).forEach((instrument, i) => {
    const session = instrument.session ?? only;
    if (!ouch.includes(session)) return;
    const unit = instrument.price_unit;
    if (unit !== undefined && unit > OUCH_PRICE_UNIT) {
      report.warn(
        ["instrument", i, "price_unit"],
        `found ${unit}; OUCH tells prices in ${OUCH_PRICE_UNIT}, and a fill between two prices of the instrument stops trading (price improvement, midpoints): with price_unit = ${OUCH_PRICE_UNIT} there is none between`,
      );
    }
    if (Object.keys(instrument.tags ?? {}).length === 0) return;
    report.error(
      ["instrument", i, "tags"],
      `tags are of FIX, and session ${session} speaks OUCH, which has none`,
    );
  });
}

export function checkFixKeys(session: Session, path: Path, report: Report): void {
  for (const key of ["sender_comp_id", "target_comp_id"] as const) {
    if (session[key] === undefined) {
      report.missing([...path, key], "needed: 1 to 32 characters, no space");
    }
  }
  if (session.ouch === undefined) return;
  report.error(
    [...path, "ouch"],
    `only for protocol = "${OUCH}"; this one's is "${session.protocol ?? "fix44"}"`,
  );
}
