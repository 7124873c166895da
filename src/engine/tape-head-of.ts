import { readFileSync } from "node:fs";
import { HAIRPIN_VERSION } from "../core/version.ts";
import { signatureLength } from "../fix/session/signature.ts";
import type { TapeHead } from "../journal/tape/tape-head.ts";
import { BUILT_INS } from "../strategy/load.ts";
import type { EngineLink } from "./link.ts";
import type { EngineOptions, SessionOptions } from "./options.ts";
import { readSecret } from "./secret.ts";

/** Tags of the Logon. */
const USERNAME = "553";
const PASSWORD = "554";
const RAW_DATA_LENGTH = 95;
const RAW_DATA = 96;

/** What a recorded engine is. */
export function tapeHeadOf(link: EngineLink, options: EngineOptions): TapeHead {
  return {
    version: HAIRPIN_VERSION,
    appliance: link.name,
    date: link.date,
    sessionStartS: link.sessionStartS,
    configHash: link.configHash,
    options,
    secrets: options.sessions.map(secretsOf),
    strategies: options.strategies.map((s) => strategyHash(s.uses)),
  };
}

/** How long the secrets of a session are in its Logon. Reads their files. */
export function secretsOf(session: SessionOptions): TapeHead["secrets"][number] {
  return {
    username: readSecret(session.usernameFile).length,
    password: readSecret(session.passwordFile).length,
    ...(session.sign === null ? {} : { signature: signatureLength(session.sign) }),
  };
}

/** A recorded session without its secrets: stand-ins of their length go out in their tags. */
export function withoutSecrets(
  session: SessionOptions,
  secrets: TapeHead["secrets"][number] | undefined,
): SessionOptions {
  const logonTags = { ...session.logonTags };
  if (secrets?.username) logonTags[USERNAME] = "*".repeat(secrets.username);
  if (secrets?.password) logonTags[PASSWORD] = "*".repeat(secrets.password);
  if (secrets?.signature && session.sign) {
    if (session.sign.tag === RAW_DATA) logonTags[RAW_DATA_LENGTH] = String(secrets.signature);
    logonTags[session.sign.tag] = "*".repeat(secrets.signature);
  }
  return { ...session, usernameFile: "", passwordFile: "", sign: null, logonTags };
}

/** SHA-256 of a strategy's file, "" for a built-in one. A replay with other code proves nothing. */
export function strategyHash(uses: string): string {
  if (uses in BUILT_INS) return "";
  return new Bun.CryptoHasher("sha256").update(readFileSync(uses)).digest("hex");
}
