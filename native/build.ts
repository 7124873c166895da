/**
 * Builds the shared objects of libraries.ts, each only when an input of it changed. Prints one line
 * each on stderr; exits 1 when it cannot.
 *
 *   bun native/build.ts [--force]
 */
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { writeLayout } from "./layout.ts";
import { headersOf, LIBRARIES, type Library, libraryFile, sourcesOf } from "./libraries.ts";

const root = join(import.meta.dir, "..");

/** No -march: the binary ships to machines that we have not seen. */
export const C_FLAGS = [
  "-std=c11",
  "-D_GNU_SOURCE",
  "-O2",
  "-Wall",
  "-Wextra",
  "-Wshadow",
  "-Wconversion",
  "-Werror",
  "-fno-strict-aliasing",
];

export const LINK_FLAGS = [
  "-fPIC",
  "-shared",
  "-fvisibility=hidden",
  "-fno-plt",
  "-Wl,-z,defs",
  "-Wl,-z,now",
  "-Wl,-z,relro",
  "-Wl,--build-id=none",
  "-s",
];

/** Path of a C compiler ($CC, cc, gcc, clang in this order), or undefined. */
export function findCompiler(): string | undefined {
  for (const name of [process.env["CC"], "cc", "gcc", "clang"]) {
    const path = name === undefined || name === "" ? null : Bun.which(name);
    if (path !== null) return path;
  }
  return undefined;
}

export const NO_COMPILER =
  "hairpin: no C compiler found (looked for $CC, cc, gcc, clang); on Debian: apt install gcc libc6-dev";

async function inputsHash(compiler: string, library: Library, files: string[]): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  const { compile = [], link = [], version } = library;
  hash.update(version?.() ?? "");
  hash.update([compiler, ...C_FLAGS, ...compile, ...LINK_FLAGS, ...link].join("\n"));
  for (const path of [...files, ...(await headersOf(library))])
    hash.update(`${path}\n${await Bun.file(path).text()}`);
  return hash.digest("hex");
}

/** Builds when needed. Returns 0, or 1 after a sentence on stderr. */
export async function build(force: boolean): Promise<number> {
  await writeLayout();
  const compiler = findCompiler();
  if (compiler === undefined) {
    console.error(NO_COMPILER);
    return 1;
  }
  await mkdir(join(root, "build"), { recursive: true });
  for (const library of LIBRARIES) {
    const code = await buildLibrary(compiler, library, force);
    if (code !== 0) return code;
  }
  return 0;
}

async function buildLibrary(compiler: string, library: Library, force: boolean): Promise<number> {
  const output = libraryFile(library);
  const name = `build/lib${library.name}.so`;
  const files = await sourcesOf(library);
  const isBuilt = await Bun.file(output).exists();
  // For quick builds: what is there stays.
  const isSkipped = library.missing !== undefined && process.env["HP_NO_DPDK"] === "1";
  if (isSkipped && isBuilt) return 0;
  // Empty: the executable carries the file anyway, and says that this build lacks the backend.
  const missing = isSkipped ? "HP_NO_DPDK is set" : library.missing?.();
  if (files.length === 0 || missing !== undefined) {
    if (missing !== undefined) console.error(`hairpin: ${name} is left empty: ${missing}`);
    await Bun.write(output, "");
    return 0;
  }
  const stamp = await inputsHash(compiler, library, files);
  const known = Bun.file(output.replace(/\.so$/, ".stamp"));
  if (
    !force &&
    isBuilt &&
    Bun.file(output).size > 0 &&
    (await known.exists()) &&
    (await known.text()) === stamp
  ) {
    console.error(`hairpin: ${name} is up to date`);
    return 0;
  }
  // Built beside and renamed: a running process keeps the library that it has mapped.
  const fresh = `${output}.${process.pid}`;
  const command = [
    compiler,
    ...C_FLAGS,
    ...(library.compile ?? []),
    ...LINK_FLAGS,
    `-I${join(root, "native/include")}`,
    `-I${join(root, "native/src")}`,
    ...files,
    ...(library.link ?? []),
    "-o",
    fresh,
  ];
  const run = Bun.spawnSync(command, { stdout: "inherit", stderr: "inherit" });
  if (run.exitCode !== 0) {
    console.error(`hairpin: the C compiler failed (${compiler}, exit ${run.exitCode})`);
    return 1;
  }
  await rename(fresh, output);
  await Bun.write(known, stamp);
  console.error(`hairpin: built ${name} with ${compiler}`);
  return 0;
}

if (import.meta.main) process.exit(await build(Bun.argv.includes("--force")));
