import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";

/** Longest file that is taken for a secret. */
const BYTES_MAX = 65_536;

/**
 * All of a file that only its owner may read: no bit of the group or of others is set. Throws one
 * sentence, in which nothing of the file's content stands.
 */
export function readSecretFile(file: string): Buffer {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch (error) {
    throw new Error(`can't read the secret file ${file}: ${(error as Error).message}`);
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new Error(`the secret file ${file} is no regular file`);
    const mode = stat.mode & 0o777;
    if ((mode & 0o077) !== 0) {
      const found = mode.toString(8).padStart(4, "0");
      throw new Error(
        `the secret file ${file} has mode ${found}: others can read it; chmod 600 it`,
      );
    }
    if (stat.size > BYTES_MAX) {
      throw new Error(`the secret file ${file} has ${stat.size} bytes; allowed: ${BYTES_MAX}`);
    }
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}
