/**
 * Builds build/libhairpin.so from native/src/*.c, only when an input changed. Prints one line on
 * stderr; exits 1 when it cannot.
 *
 *   bun native/build.ts [--force]
 */
import { mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { writeLayout } from "./layout.ts";

const root = join(import.meta.dir, "..");
const output = join(root, "build/libhairpin.so");
const stampPath = join(root, "build/libhairpin.stamp");

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

/** The C sources of the shim, sorted. */
export async function sources(): Promise<string[]> {
  const dir = join(root, "native/src");
  const names = await readdir(dir);
  return names
    .filter((name) => name.endsWith(".c"))
    .sort()
    .map((name) => join(dir, name));
}

async function inputsHash(compiler: string, files: string[]): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  const headers = [join(root, "native/include/hairpin.h"), join(root, "native/src/internal.h")];
  hash.update([compiler, ...C_FLAGS, ...LINK_FLAGS].join("\n"));
  for (const path of [...files, ...headers]) hash.update(`${path}\n${await Bun.file(path).text()}`);
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
  const files = await sources();
  const stamp = await inputsHash(compiler, files);
  const known = Bun.file(stampPath);
  const isBuilt = await Bun.file(output).exists();
  if (!force && isBuilt && (await known.exists()) && (await known.text()) === stamp) {
    console.error("hairpin: build/libhairpin.so is up to date");
    return 0;
  }
  await mkdir(join(root, "build"), { recursive: true });
  // Built beside and renamed: a running process keeps the library that it has mapped.
  const fresh = `${output}.${process.pid}`;
  const command = [
    compiler,
    ...C_FLAGS,
    ...LINK_FLAGS,
    `-I${join(root, "native/include")}`,
    ...files,
    "-o",
    fresh,
  ];
  const run = Bun.spawnSync(command, { stdout: "inherit", stderr: "inherit" });
  if (run.exitCode !== 0) {
    console.error(`hairpin: the C compiler failed (${compiler}, exit ${run.exitCode})`);
    return 1;
  }
  await rename(fresh, output);
  await Bun.write(stampPath, stamp);
  console.error(`hairpin: built build/libhairpin.so with ${compiler}`);
  return 0;
}

if (import.meta.main) process.exit(await build(Bun.argv.includes("--force")));
