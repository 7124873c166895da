/**
 * Builds the interop programs with the system's g++ and libquickfix into build/interop. As root on
 * Debian it installs what is missing with apt-get; elsewhere it says what to install.
 *
 *   bun test/interop/build.ts
 */
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";

const HERE = import.meta.dir;
export const FOLDER = join(HERE, "../../build/interop");
const PACKAGES = ["g++", "libquickfix-dev"];
const HEADER = "/usr/include/quickfix/Session.h";
const SOURCES = ["peer.h", "client.h", "venue.h"];

/** Paths of the programs; a sentence instead when they cannot be built here. */
export function buildPrograms(): { acceptor: string; initiator: string } | string {
  const missing = ensurePackages();
  if (missing !== undefined) return missing;
  mkdirSync(FOLDER, { recursive: true });
  for (const name of ["acceptor", "initiator"]) {
    const fault = compile(name);
    if (fault !== undefined) return fault;
  }
  return { acceptor: join(FOLDER, "acceptor"), initiator: join(FOLDER, "initiator") };
}

function compile(name: string): string | undefined {
  const output = join(FOLDER, name);
  const inputs = [`${name}.cpp`, ...SOURCES].map((file) => join(HERE, file));
  const newest = Math.max(...inputs.map((path) => statSync(path).mtimeMs));
  if (existsSync(output) && statSync(output).mtimeMs > newest) return undefined;
  // The library's headers declare exceptions as C++14 does.
  const flags = ["-std=c++14", "-O1", "-g", "-Wall", "-Wextra", "-Wno-deprecated"];
  const command = ["g++", ...flags, "-o", output, inputs[0]!];
  const run = Bun.spawnSync([...command, "-lquickfix", "-lpthread"], { stdout: 2, stderr: "pipe" });
  return run.exitCode === 0 ? undefined : `g++ failed on ${name}.cpp:\n${run.stderr}`;
}

function ensurePackages(): string | undefined {
  const isThere = () => Bun.which("g++") !== null && existsSync(HEADER);
  if (isThere()) return undefined;
  const how = `install ${PACKAGES.join(" and ")} (Debian: apt-get install ${PACKAGES.join(" ")})`;
  const canInstall = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (!canInstall) return `the interop programs need QuickFIX: ${how}`;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const words of [
    ["update", "-qq"],
    ["install", "-y", "-qq", "--no-install-recommends", ...PACKAGES],
  ]) {
    const run = Bun.spawnSync(["/usr/bin/apt-get", ...words], { env, stdout: 2, stderr: 2 });
    if (run.exitCode !== 0) return `apt-get ${words[0]} failed; ${how}`;
  }
  return isThere() ? undefined : how;
}

if (import.meta.main) {
  const built = buildPrograms();
  if (typeof built === "string") console.error(`hairpin: ${built}`);
  process.exit(typeof built === "string" ? 1 : 0);
}
