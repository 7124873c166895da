/**
 * Signed Logons: a venue takes a session only from who holds a key. The values of some fields of the
 * Logon are joined, signed, and the signature goes into RawData (96, with RawDataLength 95) or
 * Password (554). FIX 4.4 volume 2, Logon; HMAC: RFC 2104; Ed25519: RFC 8032.
 *
 * Keys come from files that only their owner may read (core/secret-file.ts); nothing of them stands
 * in a message to a person.
 */
import { createHmac, createPrivateKey, type KeyObject, sign } from "node:crypto";
import { readSecretFile } from "../../core/secret-file.ts";
import type { MessageBuilder } from "../codec/builder.ts";
import type { FixSessionOptions } from "./options.ts";

export type SignatureKind = "password" | "hmac-sha256" | "hmac-sha512" | "ed25519";
export type KeyEncoding = "text" | "base64" | "hex" | "pem" | "der";

export interface SignatureOptions {
  /** "password": nothing is signed, the key itself goes out. */
  kind: SignatureKind;
  keyFile: string;
  /**
   * HMAC and password: text, base64 or hex of the first line. Ed25519: pem or der (PKCS#8), or base64
   * or hex of that DER or of the 32 bytes of the private key.
   */
  keyEncoding: KeyEncoding;
  /** Tags whose values are signed, in this order. */
  fields: readonly number[];
  /** Between the values; none after the last. */
  separator: string;
  encoding: "base64" | "base64url" | "hex";
  /** 96 (with 95) or 554. */
  tag: number;
}

type KeyOptions = Pick<SignatureOptions, "kind" | "keyEncoding" | "keyFile">;

/** Fields of the Logon that stand before it is built; 34, 35 and 52 are added when it is. */
export type SignedLogon = Pick<
  FixSessionOptions,
  | "senderCompId"
  | "targetCompId"
  | "senderSubId"
  | "targetSubId"
  | "headerTags"
  | "heartbeatS"
  | "username"
  | "password"
  | "logonTags"
>;

/** FixSessionOptions.signLogon. Reads the key; throws one sentence when it or a field is wrong. */
export function logonSigner(
  o: SignatureOptions,
  logon: SignedLogon,
): (builder: MessageBuilder, seq: number, sendingTime: string) => void {
  const key = readSecretFile(o.keyFile);
  if (o.kind === "password") {
    const password = keyBytes(o, key);
    return (builder) => writeSignature(builder, o.tag, password);
  }
  const signBytes = signerOf(o, key);
  const known = knownFields(logon);
  for (const tag of o.fields) {
    if (!known.has(tag)) {
      const there = [...known.keys()].sort((a, b) => a - b).join(", ");
      throw new Error(
        `FIX signature: field ${tag} is not in the Logon; those that can be signed are ${there}`,
      );
    }
  }
  return (builder, seq, sendingTime) => {
    const values = o.fields.map((tag) => {
      if (tag === MSG_SEQ_NUM) return String(seq);
      return tag === SENDING_TIME ? sendingTime : known.get(tag)!;
    });
    const signature = signBytes(Buffer.from(values.join(o.separator), "latin1"));
    writeSignature(builder, o.tag, Buffer.from(signature.toString(o.encoding), "latin1"));
  };
}

/** Characters of the signature, always the same: what a recording keeps of it. Reads the key. */
export function signatureLength(o: SignatureOptions): number {
  const key = readSecretFile(o.keyFile);
  if (o.kind === "password") return keyBytes(o, key).length;
  return Buffer.alloc(SIGNATURE_BYTES[o.kind]).toString(o.encoding).length;
}

/** The primitive: bytes to their signature. Throws one sentence when the key can't be one. */
export function signerOf(o: KeyOptions, key: Buffer): (bytes: Uint8Array) => Buffer {
  if (o.kind === "ed25519") {
    const secret = ed25519Key(o, key);
    return (bytes) => sign(null, bytes, secret);
  }
  const secret = keyBytes(o, key);
  const hash = o.kind === "hmac-sha512" ? "sha512" : "sha256";
  return (bytes) => createHmac(hash, secret).update(bytes).digest();
}

function writeSignature(builder: MessageBuilder, tag: number, value: Uint8Array): void {
  if (tag === RAW_DATA) builder.int(RAW_DATA_LENGTH, value.length);
  builder.raw(tag, value, 0, value.length);
}

/** Tags to values; those of 34 and 52 are not known yet. */
function knownFields(logon: SignedLogon): Map<number, string> {
  const known = new Map<number, string>([
    [MSG_SEQ_NUM, ""],
    [35, "A"],
    [49, logon.senderCompId],
    [SENDING_TIME, ""],
    [56, logon.targetCompId],
    [98, "0"],
    [108, String(logon.heartbeatS)],
  ]);
  const optional: [number, string | undefined][] = [
    [50, logon.senderSubId],
    [57, logon.targetSubId],
    [553, logon.username],
    [554, logon.password],
  ];
  for (const [tag, value] of optional) if (value) known.set(tag, value);
  for (const tags of [logon.headerTags, logon.logonTags]) {
    for (const [tag, value] of Object.entries(tags ?? {})) known.set(Number(tag), value);
  }
  return known;
}

/** The key of an HMAC, or a password: the file's first line, decoded. */
function keyBytes(o: KeyOptions, file: Buffer): Buffer {
  const line = file.toString("utf8").split("\n", 1)[0]!.trim();
  const key = o.keyEncoding === "text" ? Buffer.from(line) : decode(o, line);
  if (key.length === 0) throw new Error(`FIX signature: the key file ${o.keyFile} is empty`);
  if (o.kind === "password" && key.includes(SOH)) {
    throw new Error(`FIX signature: the password in ${o.keyFile} has a SOH, which ends a field`);
  }
  return key;
}

function ed25519Key(o: KeyOptions, file: Buffer): KeyObject {
  let key: KeyObject;
  const der =
    o.keyEncoding === "pem" || o.keyEncoding === "der" ? file : decode(o, withoutSpaces(file));
  try {
    key =
      o.keyEncoding === "pem"
        ? createPrivateKey({ key: der, format: "pem" })
        : createPrivateKey({ key: asPkcs8(der), format: "der", type: "pkcs8" });
  } catch {
    throw new Error(
      `FIX signature: ${o.keyFile} holds no private key as ${o.keyEncoding.toUpperCase()} (PKCS#8, without a passphrase)`,
    );
  }
  if (key.asymmetricKeyType !== "ed25519") {
    throw new Error(
      `FIX signature: the key in ${o.keyFile} is of type ${key.asymmetricKeyType}; needed: Ed25519`,
    );
  }
  return key;
}

/** The 32 bytes of a private key in the PKCS#8 of RFC 8410; anything else as it is. */
function asPkcs8(der: Buffer): Buffer {
  return der.length === 32 ? Buffer.concat([PKCS8_HEAD, der]) : der;
}

function withoutSpaces(file: Buffer): string {
  return file.toString("latin1").replace(/\s+/g, "");
}

/** Base64 or hex, strictly: Buffer leaves out what it does not know. */
function decode(o: KeyOptions, text: string): Buffer {
  const isHex = o.keyEncoding === "hex";
  if (text === "" || !(isHex ? HEX : BASE64).test(text)) {
    throw new Error(`FIX signature: the key in ${o.keyFile} is not ${o.keyEncoding}`);
  }
  return Buffer.from(text, isHex ? "hex" : "base64");
}

const SOH = 1;
const MSG_SEQ_NUM = 34;
const SENDING_TIME = 52;
const RAW_DATA_LENGTH = 95;
const RAW_DATA = 96;
const SIGNATURE_BYTES = { "hmac-sha256": 32, "hmac-sha512": 64, ed25519: 64 };
const HEX = /^([0-9a-fA-F]{2})+$/;
/** With or without padding, in either alphabet. */
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");
