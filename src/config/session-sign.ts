import { z } from "zod";
import { choice, path } from "./field.ts";

const SOH = "\u0001";

/** [session.sign] */
export const signSchema = z.strictObject({
  kind: choice(
    'How the Logon is signed. "password": the key itself is sent, as Password (554) or RawData (96).',
    ["password", "hmac-sha256", "hmac-sha512", "ed25519"],
  ),
  key_file: path("File with the key; only its owner may read it."),
  key_encoding: choice(
    'How the key is written: HMAC and password as text, base64 or hex in the first line; Ed25519 as PKCS#8 in PEM or DER, or base64 or hex of that DER or of the 32 bytes of the key. Absent: "pem" for Ed25519, else "text".',
    ["text", "base64", "hex", "pem", "der"],
  ).optional(),
  fields: z
    .array(z.int().min(1).max(99_999))
    .min(1)
    .max(16)
    .meta({
      description: "Tags of the Logon whose values are signed, in this order.",
      allowed: "a list of 1 to 16 tag numbers",
    })
    .default([35, 49, 56, 34, 52]),
  separator: z
    .string()
    .max(4)
    .refine((text) => [...text].every((c) => c === SOH || (c >= " " && c <= "~")))
    .meta({
      description: "Between two values; none follows the last. SOH unless given.",
      allowed: "up to 4 printable ASCII characters or SOH",
    })
    .default(SOH),
  encoding: choice("How the signature is written; hex in lower case.", [
    "base64",
    "base64url",
    "hex",
  ]).default("base64"),
  tag: z
    .literal([96, 554])
    .meta({
      description:
        "Where the signature goes: RawData (96, with RawDataLength 95) or Password (554). Absent: 554 for a password, else 96.",
    })
    .optional(),
});
