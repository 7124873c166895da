/**
 * The executable under test: HAIRPIN_BINARY. Plain `bun test` does not set it, and skips: what needs
 * an executable is run by `bun run test`, which has just built it.
 */
import { describe } from "bun:test";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

const given = process.env.HAIRPIN_BINARY ?? "";
export const BINARY = given === "" ? "" : resolve(given);

const isThere = BINARY !== "" && existsSync(BINARY);

/** A group of tests that need the executable: skipped, saying so, where there is none. */
export function describeBinary(name: string, body: () => void): void {
  if (BINARY !== "" && !isThere) {
    throw new Error(`no executable at ${BINARY}: build it first (bun run build)`);
  }
  const why = isThere ? "" : " (skipped: HAIRPIN_BINARY names no executable)";
  describe.skipIf(!isThere)(`${name}${why}`, body);
}

export interface Ended {
  code: number | null;
  signal: string | null;
  out: string;
  err: string;
  /** The time limit ended it: it hung. */
  isHung: boolean;
}

export interface RunOptions {
  cwd: string;
  env?: Record<string, string>;
  timeoutMs?: number;
  /** Words before the executable, such as unshare -m. */
  before?: string[];
  /** Another copy of the executable. */
  binary?: string;
}

/** Nothing of the machine's: no PATH where a Bun, a Node or a compiler would be. */
export const BARE_ENV: Record<string, string> = { PATH: "/nonexistent" };

/** Runs the executable to its end. */
export async function runBinary(args: string[], o: RunOptions): Promise<Ended> {
  const child = Bun.spawn([...(o.before ?? []), o.binary ?? BINARY, ...args], {
    cwd: o.cwd,
    env: o.env ?? BARE_ENV,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  let isHung = false;
  const timer = setTimeout(() => {
    isHung = true;
    child.kill("SIGKILL");
  }, o.timeoutMs ?? 30_000);
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  await child.exited;
  clearTimeout(timer);
  return {
    code: child.exitCode,
    signal: child.signalCode === null ? null : String(child.signalCode),
    out,
    err,
    isHung,
  };
}

/** Lines of stderr, without empty ones: an error is one of them. */
export function lines(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}
