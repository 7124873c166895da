import { dropCopySchema } from "./drop-copy.ts";
import type { SessionConfig, SessionInput } from "./schema.ts";
import { ouchSchema } from "./session-ouch.ts";
import { factsOf, OUCH } from "./session-protocol.ts";
import { throttleOf } from "./throttle.ts";

interface Defaults {
  onlyEngine: string;
  /** Sessions with use = "orders". */
  orders: readonly SessionInput[];
  /** Of [appliance]. */
  timezone: string;
  absolute: (path: string) => string;
}

/** Fills in what the protocol, the kind of signature and the rate imply; paths absolute. */
export function completeSession(s: SessionInput, o: Defaults): SessionConfig {
  const { sign, schedule, username_file, password_file, dictionary_overlay, drop_copy, ...rest } =
    s;
  const facts = factsOf(s.protocol);
  const isFixt = facts.transport !== "";
  const named = (name: string) => (name.endsWith(".xml") ? o.absolute(name) : name);
  const throttle = throttleOf(s);
  return {
    ...rest,
    engine: s.engine ?? o.onlyEngine,
    sender_comp_id: s.sender_comp_id ?? "",
    target_comp_id: s.target_comp_id ?? "",
    ...(s.protocol === OUCH ? { ouch: s.ouch ?? ouchSchema.parse({}) } : {}),
    dictionary: named(s.dictionary ?? facts.dictionary),
    transport_dictionary: named(s.transport_dictionary ?? facts.transport),
    appl_ver_id: s.appl_ver_id ?? (isFixt ? "FIX50SP2" : ""),
    timestamp_digits: s.timestamp_digits ?? (facts.decimals ? 3 : 0),
    messages_burst: throttle.burst,
    messages_reserved: throttle.reserved,
    ...(dictionary_overlay === undefined
      ? {}
      : { dictionary_overlay: o.absolute(dictionary_overlay) }),
    ...(username_file === undefined ? {} : { username_file: o.absolute(username_file) }),
    ...(password_file === undefined ? {} : { password_file: o.absolute(password_file) }),
    ...(sign === undefined ? {} : { sign: completeSign(sign, o) }),
    ...(schedule === undefined
      ? {}
      : { schedule: { ...schedule, timezone: schedule.timezone ?? o.timezone } }),
    ...(s.use === "drop-copy" ? { drop_copy: completeDropCopy(s, drop_copy, o) } : {}),
  };
}

function completeDropCopy(s: SessionInput, given: SessionInput["drop_copy"], o: Defaults) {
  const engine = s.engine ?? o.onlyEngine;
  const own = o.orders.filter((x) => (x.engine ?? o.onlyEngine) === engine).map((x) => x.name);
  const copy = given ?? dropCopySchema.parse({});
  return { ...copy, of: copy.of ?? own };
}

function completeSign(sign: NonNullable<SessionInput["sign"]>, o: Defaults) {
  return {
    ...sign,
    key_file: o.absolute(sign.key_file),
    key_encoding: sign.key_encoding ?? (sign.kind === "ed25519" ? "pem" : "text"),
    tag: sign.tag ?? (sign.kind === "password" ? 554 : 96),
  } as const;
}
