/** The executable under test: HAIRPIN_BIN, HAIRPIN_BINARY or dist/hairpin. */
import { describe } from "bun:test";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

export const BINARY = resolve(
  process.env.HAIRPIN_BIN ??
    process.env.HAIRPIN_BINARY ??
    join(import.meta.dir, "../../../dist/hairpin"),
);

const isThere = existsSync(BINARY);

/** True in `bun run test` with CI=true: what is missing there is a failure. */
export const isStrict =
  process.env.CI === "true" &&
  (process.env.HAIRPIN_BIN ?? process.env.HAIRPIN_BINARY) !== undefined;

/** A group of tests that need the executable: skipped, saying so, where it was not built. */
export function describeBinary(name: string, body: () => void): void {
  if (!isThere && isStrict) {
    throw new Error(`no executable at ${BINARY}: build it first (bun run build)`);
  }
  const why = isThere ? "" : ` (skipped: no executable at ${BINARY}; bun run build makes it)`;
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
