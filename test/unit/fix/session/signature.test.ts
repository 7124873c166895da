import { afterAll, describe, expect, test } from "bun:test";
import { createHash, createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageBuilder } from "../../../../src/fix/codec/builder.ts";
import {
  logonSigner,
  type SignatureOptions,
  type SignedLogon,
  signatureLength,
  signerOf,
} from "../../../../src/fix/session/signature.ts";

const folder = mkdtempSync(join(tmpdir(), "fix-signature-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
function keyFile(content: string | Buffer, mode = 0o600): string {
  const file = join(folder, `key-${files++}`);
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

const LOGON: SignedLogon = {
  senderCompId: "CLIENT",
  targetCompId: "VENUE",
  heartbeatS: 30,
  password: "phrase",
  logonTags: { 25035: "2" },
};
const HMAC: SignatureOptions = {
  kind: "hmac-sha256",
  keyFile: keyFile("Jefe\n"),
  keyEncoding: "text",
  fields: [35, 49, 56, 34, 52],
  separator: "\u0001",
  encoding: "base64",
  tag: 96,
};
const TIME = "20261120-14:30:00.123";

/** Fields of the signed Logon, in order. */
function signed(o: SignatureOptions, logon = LOGON, seq = 7): [string, string][] {
  const builder = new MessageBuilder();
  const hook = logonSigner(o, logon);
  hook(builder.begin("FIX.4.4", "A").int(34, seq), seq, TIME);
  const length = builder.finish();
  const text = Buffer.from(builder.bytes.buffer, builder.start, length).toString("latin1");
  return text
    .split("\u0001")
    .slice(0, -1)
    .map((field) => {
      const at = field.indexOf("=");
      return [field.slice(0, at), field.slice(at + 1)];
    });
}
const fieldOf = (fields: [string, string][], tag: string) => fields.find((f) => f[0] === tag)?.[1];

/** RFC 2104 from the hash alone. */
function hmac(hash: "sha256" | "sha512", key: Buffer, text: string): Buffer {
  const block = hash === "sha256" ? 64 : 128;
  const digest = (...parts: Uint8Array[]) => {
    const h = createHash(hash);
    for (const part of parts) h.update(part);
    return h.digest();
  };
  const padded = Buffer.concat([key.length > block ? digest(key) : key], block);
  const inner = digest(
    padded.map((b) => b ^ 0x36),
    Buffer.from(text, "latin1"),
  );
  return digest(
    padded.map((b) => b ^ 0x5c),
    inner,
  );
}

describe("The primitives", () => {
  const hex = (kind: SignatureOptions["kind"], key: string, bytes: string) =>
    signerOf(
      { kind, keyEncoding: "hex", keyFile: "" },
      Buffer.from(key),
    )(Buffer.from(bytes, "hex")).toString("hex");

  test("are HMAC-SHA-256 and HMAC-SHA-512 of RFC 4231, cases 1 and 2", () => {
    const key = "0b".repeat(20);
    const hiThere = Buffer.from("Hi There").toString("hex");
    expect(hex("hmac-sha256", key, hiThere)).toBe(
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    );
    const jefe = Buffer.from("Jefe").toString("hex");
    const what = Buffer.from("what do ya want for nothing?").toString("hex");
    expect(hex("hmac-sha256", jefe, what)).toBe(
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
    expect(hex("hmac-sha512", jefe, what)).toBe(
      "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
    );
  });

  test("are Ed25519 of RFC 8032, tests 1 and 2", () => {
    expect(
      hex("ed25519", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", ""),
    ).toBe(
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    );
    expect(
      hex("ed25519", "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72"),
    ).toBe(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    );
  });
});

describe("A signed Logon", () => {
  test("carries RawDataLength and RawData, in this order, and nothing of the key", () => {
    const fields = signed(HMAC);
    const payload = ["A", "CLIENT", "VENUE", "7", TIME].join("\u0001");
    const wanted = hmac("sha256", Buffer.from("Jefe"), payload).toString("base64");
    expect(fields.slice(4, -1)).toEqual([
      ["95", String(wanted.length)],
      ["96", wanted],
    ]);
    expect(JSON.stringify(fields)).not.toContain("Jefe");
  });

  test("signs the fields that are named, in the order and with the separator that are given", () => {
    const key = Buffer.from("a key of any bytes \u00ff");
    const o: SignatureOptions = {
      ...HMAC,
      keyFile: keyFile(key.toString("base64")),
      keyEncoding: "base64",
      fields: [52, 35, 34, 49, 56, 554],
    };
    const values = [TIME, "A", "7", "CLIENT", "VENUE", "phrase"];
    expect(fieldOf(signed(o), "96")).toBe(
      hmac("sha256", key, values.join("\u0001")).toString("base64"),
    );
    const bare = { ...o, separator: "", encoding: "hex" as const, kind: "hmac-sha512" as const };
    expect(fieldOf(signed(bare), "96")).toBe(hmac("sha512", key, values.join("")).toString("hex"));
    expect(fieldOf(signed(bare), "95")).toBe("128");
  });

  test("may put the signature into Password, without a length", () => {
    const fields = signed({ ...HMAC, tag: 554, encoding: "base64url" }, { ...LOGON, password: "" });
    const payload = ["A", "CLIENT", "VENUE", "7", TIME].join("\u0001");
    const wanted = hmac("sha256", Buffer.from("Jefe"), payload).toString("base64url");
    expect(fields.slice(4, -1)).toEqual([["554", wanted]]);
  });

  test("is signed anew for each number and time", () => {
    expect(fieldOf(signed(HMAC, LOGON, 7), "96")).not.toBe(fieldOf(signed(HMAC, LOGON, 8), "96"));
  });

  test("of an Ed25519 key is verified by the public key, however the private one is written", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const der = privateKey.export({ type: "pkcs8", format: "der" });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" });
    const seed = der.subarray(-32);
    const payload = Buffer.from(["A", "CLIENT", "VENUE", "7", TIME].join("\u0001"));
    const written: [SignatureOptions["keyEncoding"], string | Buffer][] = [
      ["pem", pem],
      ["der", der],
      ["base64", der.toString("base64")],
      ["hex", seed.toString("hex")],
      ["base64", `${seed.toString("base64")}\n`],
    ];
    for (const [keyEncoding, content] of written) {
      const o = { ...HMAC, kind: "ed25519" as const, keyEncoding, keyFile: keyFile(content) };
      const signature = Buffer.from(fieldOf(signed(o), "96")!, "base64");
      expect(
        verify(
          null,
          payload,
          createPublicKey(publicKey.export({ type: "spki", format: "pem" })),
          signature,
        ),
      ).toBe(true);
      expect(signatureLength(o)).toBe(88);
    }
  });

  test("with a plain password carries the file's first line", () => {
    const o = {
      ...HMAC,
      kind: "password" as const,
      tag: 554,
      keyFile: keyFile(" open sesame \nx"),
    };
    expect(signed(o).slice(4, -1)).toEqual([["554", "open sesame"]]);
    expect(signatureLength(o)).toBe(11);
  });

  test("has a signature of the length that is told beforehand", () => {
    for (const kind of ["hmac-sha256", "hmac-sha512"] as const) {
      for (const encoding of ["base64", "base64url", "hex"] as const) {
        const o = { ...HMAC, kind, encoding };
        expect(fieldOf(signed(o), "96")).toHaveLength(signatureLength(o));
      }
    }
  });
});

describe("What can't be signed with is refused in one sentence that shows nothing of the key", () => {
  const refused = (o: Partial<SignatureOptions>, content?: string | Buffer, mode?: number) => {
    const file = content === undefined ? HMAC.keyFile : keyFile(content, mode);
    try {
      logonSigner({ ...HMAC, keyFile: file, ...o }, LOGON);
    } catch (error) {
      const message = (error as Error).message;
      if (content !== undefined && content.length > 0)
        expect(message).not.toContain(String(content));
      return message.replace(file, "FILE");
    }
    return "";
  };

  test("a field that the Logon does not have", () => {
    expect(refused({ fields: [35, 58] })).toBe(
      "FIX signature: field 58 is not in the Logon; those that can be signed are 34, 35, 49, 52, 56, 98, 108, 554, 25035",
    );
  });

  test("a file that others can read, or that is not there", () => {
    expect(refused({}, "hush", 0o644)).toBe(
      "the secret file FILE has mode 0644: others can read it; chmod 600 it",
    );
    expect(refused({ keyFile: "/nowhere/key" })).toStartWith("can't read the secret file /nowhere");
  });

  test("a key that is empty, or not what it is said to be", () => {
    expect(refused({}, "\n")).toBe("FIX signature: the key file FILE is empty");
    expect(refused({ keyEncoding: "hex" }, "abc")).toBe(
      "FIX signature: the key in FILE is not hex",
    );
    expect(refused({ keyEncoding: "base64" }, "a b c!")).toBe(
      "FIX signature: the key in FILE is not base64",
    );
    const ed25519 = { kind: "ed25519" as const };
    expect(refused({ ...ed25519, keyEncoding: "pem" }, "secret")).toBe(
      "FIX signature: FILE holds no private key as PEM (PKCS#8, without a passphrase)",
    );
    expect(refused({ ...ed25519, keyEncoding: "hex" }, "ab".repeat(31))).toContain(
      "holds no private key as HEX",
    );
    expect(refused({ kind: "password", tag: 554 }, "a\u0001b")).toContain("has a SOH");
  });

  test("a private key of another kind", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
    expect(refused({ kind: "ed25519", keyEncoding: "pem" }, pem)).toBe(
      "FIX signature: the key in FILE is of type ec; needed: Ed25519",
    );
  });
});
