import { readFileSync } from "node:fs";

/** First line of a file that holds a secret; "" for no file. Throws one sentence. */
export function readSecret(file: string): string {
  if (file === "") return "";
  try {
    return readFileSync(file, "utf8").split("\n", 1)[0]!.trim();
  } catch (error) {
    throw new Error(`can't read the secret file ${file}: ${(error as Error).message}`);
  }
}
