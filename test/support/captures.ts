/** Recorded and generated market data, outside the repository: env HAIRPIN_CAPTURES names the folder. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const CAPTURES =
  process.env["HAIRPIN_CAPTURES"] ?? join(import.meta.dir, "../../../shared/captures");

/** Folders told as missing, by this process or the one that started it. */
const MISSING = "HAIRPIN_CAPTURES_MISSING";

/** True when the folder is there; else says so once, for tests that skip. */
export function haveCaptures(folder: string): boolean {
  const path = join(CAPTURES, folder);
  if (existsSync(path)) return true;
  const missing = process.env[MISSING]?.split(":") ?? [];
  if (missing.includes(folder)) return false;
  process.env[MISSING] = [...missing, folder].join(":");
  console.error(`skipped: no captures at ${path} (set HAIRPIN_CAPTURES)`);
  return false;
}

/** A file's bytes, unpacked when it ends in .gz. */
export function readCapture(...path: string[]): Uint8Array {
  const bytes = new Uint8Array(readFileSync(join(CAPTURES, ...path)));
  return path.at(-1)?.endsWith(".gz") ? Bun.gunzipSync(bytes) : bytes;
}
