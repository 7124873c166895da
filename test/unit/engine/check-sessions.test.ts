import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sessionProblems } from "../../../src/engine/check-sessions.ts";
import { engineOptions } from "../../../src/engine/from-config.ts";
import { runCli } from "../../support/run-cli.ts";
import { GOOD, load } from "../config/fixture.ts";

const TARGET = 'target_comp_id = "SIM"';
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "check-sessions-"));
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
  put("empty", "");
  put("soh", "a\u0001b\n");
  put("text", "not base64!!\n");
  put("good", "a password\n");
  put("rsa", privateKey.export({ type: "pkcs8", format: "pem" }) as string);
  put("broken", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Files end in "secret", which the machine of the fixture has with mode 0600. */
function put(name: string, content: string): void {
  const file = join(folder, `${name}.secret`);
  writeFileSync(file, content);
  chmodSync(file, 0o600);
}
const at = (name: string) => join(folder, `${name}.secret`);

/** Problems of a session with these lines: key and message. */
function found(lines: string, rest = ""): [string, string][] {
  const { config, problems } = load(GOOD.replace(TARGET, `${TARGET}\n${lines}`) + rest);
  if (config === undefined) throw new Error(problems.map((p) => p.message).join("; "));
  return engineOptions(config).flatMap((options) =>
    sessionProblems(options, 1_790_000_000).map((p): [string, string] => {
      expect(p.session).toBe(0);
      return [p.key.join("."), p.message];
    }),
  );
}
const sign = (kind: string, file: string, encoding = "") =>
  `[session.sign]\nkind = "${kind}"\nkey_file = "${at(file)}"\n${encoding === "" ? "" : `key_encoding = "${encoding}"\n`}`;

describe("sessions that an engine could not start with", () => {
  test("a good one has no problem", () => {
    expect(found("")).toEqual([]);
    expect(found(`username_file = "${at("good")}"\npassword_file = "${at("good")}"`)).toEqual([]);
    expect(found(sign("hmac-sha256", "good"))).toEqual([]);
    expect(found('protocol = "fix42"\ntags = { 21 = "1" }')).toEqual([]);
    expect(
      found('protocol = "fixt11"\n[session.schedule]\nstart = "08:00"\nend = "17:00"'),
    ).toEqual([]);
  });

  test("orders of FIX 4.2 need HandlInst", () => {
    expect(found('protocol = "fix42"')).toEqual([
      [
        "",
        "session venue: NewOrderSingle needs tag 21 (HandlInst) by the FIX dictionary FIX42: give it under the session's tags",
      ],
    ]);
  });

  test("tags must be in an order message of the dictionary", () => {
    expect(found('tags = { 9999 = "x" }')).toEqual([
      ["", "session venue: tags: tag 9999 is not in the FIX dictionary FIX44"],
    ]);
  });

  test("a secret is not empty, no folder, and has no end of a field in it", () => {
    expect(found(`username_file = "${at("empty")}"\npassword_file = "${at("soh")}"`)).toEqual([
      [
        "username_file",
        `session venue: the secret file ${at("empty")} is empty: its first line is sent`,
      ],
      ["password_file", `session venue: the secret in ${at("soh")} has a SOH, which ends a field`],
    ]);
  });

  test("the key of a signature is one of its kind", () => {
    const said = (...args: Parameters<typeof sign>) => found(sign(...args)).join(" ");
    expect(said("hmac-sha256", "empty")).toBe(
      `sign.key_file,session venue: FIX signature: the key file ${at("empty")} is empty`,
    );
    expect(said("hmac-sha256", "text", "base64")).toContain("is not base64");
    expect(said("hmac-sha512", "text", "hex")).toContain("is not hex");
    expect(said("password", "soh")).toContain("has a SOH, which ends a field");
    expect(said("ed25519", "broken")).toContain("holds no private key as PEM");
    expect(said("ed25519", "rsa")).toContain("is of type rsa; needed: Ed25519");
  });

  test("also of market data and drop copies", () => {
    const copy = `
[[session]]
name = "copies"
use = "drop-copy"
address = "127.0.0.1:9878"
sender_comp_id = "DROP"
target_comp_id = "SIM"
password_file = "${at("empty")}"
`;
    const { config } = load(GOOD + copy);
    const problems = engineOptions(config!).flatMap((o) => sessionProblems(o, 0));
    expect(problems.map((p) => [p.session, p.key, p.message])).toEqual([
      [
        1,
        ["password_file"],
        `session copies: the secret file ${at("empty")} is empty: its first line is sent`,
      ],
    ]);
  });
});

describe("hairpin check and run", () => {
  test("say so with the line of the session, and nothing is started", async () => {
    const file = join(folder, "bad.toml");
    const text = GOOD.replace("core = 1\n", "").replace(TARGET, `${TARGET}\nprotocol = "fix42"`);
    writeFileSync(
      file,
      `${text.replace('name = "test"', `name = "check-sessions"\nrun_dir = "${folder}/run"`)}\n[journal]\ndir = "${folder}/journal"\n`,
    );
    const line = 1 + (await Bun.file(file).text()).split("\n").indexOf("[[session]]");
    for (const verb of [["check"], ["run", "--seconds", "1"]]) {
      const { code, out, err } = await runCli(...verb, file);
      expect([code, out]).toEqual([3, ""]);
      expect(err).toBe(
        `${file}:${line}:1: session[0]: session venue: NewOrderSingle needs tag 21 (HandlInst) by the FIX dictionary FIX42: give it under the session's tags\n1 error\n`,
      );
    }
  });
});
