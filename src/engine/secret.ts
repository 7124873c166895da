import { readFileSync } from "node:fs";

const SOH = "\u0001";

/** First line of a file that holds a secret; "" for no file. Throws one sentence. */
export function readSecret(file: string): string {
  if (file === "") return "";
  const secret = firstLine(file);
  if (secret === "") throw new Error(`the secret file ${file} is empty: its first line is sent`);
  if (secret.includes(SOH)) {
    throw new Error(`the secret in ${file} has a SOH, which ends a field`);
  }
  return secret;
}

function firstLine(file: string): string {
  try {
    return readFileSync(file, "utf8").split("\n", 1)[0]!.trim();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "EISDIR" ? "it is a folder" : message;
    throw new Error(`can't read the secret file ${file}: ${reason}`);
  }
}
