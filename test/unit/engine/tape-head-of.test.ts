import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SessionOptions } from "../../../src/engine/options.ts";
import { secretsOf, withoutSecrets } from "../../../src/engine/tape-head-of.ts";
import { MessageBuilder } from "../../../src/fix/codec/builder.ts";
import { logonSigner } from "../../../src/fix/session/signature.ts";
import { SESSION_DEFAULTS } from "../../support/session-options.ts";

const folder = mkdtempSync(join(tmpdir(), "tape-head-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text, { mode: 0o600 });
  return join(folder, name);
};

const SIGN = {
  kind: "hmac-sha256",
  keyFile: file("key", "a key that stays where it is\n"),
  keyEncoding: "text",
  fields: [35, 49, 56, 34, 52],
  separator: "\u0001",
  encoding: "base64",
  tag: 96,
} as const;
const SIGNED: SessionOptions = {
  ...SESSION_DEFAULTS,
  name: "venue",
  block: 0,
  senderCompId: "ME",
  targetCompId: "VENUE",
  logonTags: { 9406: "N" },
  sign: { ...SIGN, fields: [...SIGN.fields] },
};

function bytesSigned(session: SessionOptions): number {
  const builder = new MessageBuilder().begin("FIX.4.4", "A");
  logonSigner(session.sign!, session)(builder, 1, "20261120-14:30:00.000");
  return builder.finish();
}

test("a recorded session without its key has stand-ins as long as the signature and its length", () => {
  for (const sign of [
    SIGN,
    { ...SIGN, kind: "hmac-sha512", encoding: "hex" },
    { ...SIGN, tag: 554 },
    { ...SIGN, kind: "password", tag: 554 },
  ] as SessionOptions["sign"][]) {
    const session = { ...SIGNED, sign };
    const secrets = secretsOf(session);
    const blank = withoutSecrets(session, secrets);
    expect(blank.sign).toBeNull();
    const builder = new MessageBuilder().begin("FIX.4.4", "A");
    for (const [tag, value] of Object.entries(blank.logonTags)) {
      if (tag !== "9406") builder.string(Number(tag), value);
    }
    expect(builder.finish()).toBe(bytesSigned(session));
    expect(JSON.stringify([blank, secrets])).not.toContain("stays where");
  }
});

test("a recorded session that signs nothing is as it was, but for its files", () => {
  const session = { ...SIGNED, sign: null, passwordFile: file("password", "hush\n") };
  expect(secretsOf(session)).toEqual({ username: 0, password: 4 });
  expect(withoutSecrets(session, secretsOf(session))).toEqual({
    ...session,
    passwordFile: "",
    logonTags: { 9406: "N", 554: "****" },
  });
});
