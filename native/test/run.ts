/**
 * Runs the C tests of the shim under the address and undefined-behaviour sanitizers.
 * The last line is `N passed, N failed`; exits 1 when one failed.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { C_FLAGS, findCompiler, NO_COMPILER } from "../build.ts";
import { LIBRARIES, sourcesOf } from "../libraries.ts";

const SANITIZERS = [
  "-g",
  "-O1",
  "-fno-omit-frame-pointer",
  "-fsanitize=address,undefined",
  "-fno-sanitize-recover=undefined",
];

const root = join(import.meta.dir, "../..");

function command(compiler: string, inputs: string[], output: string): string[] {
  const flags = C_FLAGS.filter((flag) => flag !== "-O2" && flag !== "-Wconversion");
  return [
    ...[compiler, ...flags, ...SANITIZERS],
    ...[`-I${join(root, "native/include")}`, `-I${join(root, "native/src")}`],
    ...inputs,
    ...["-o", output, "-pthread", "-lm"],
  ];
}

/** What a program has in it besides the shim; -rdynamic: dlsym finds it, as it finds a preload. */
const EXTRAS: Record<string, string[]> = {
  "onload.c": [join(root, "native/standin/onload-double.c"), "-rdynamic"],
};

/** Compiles; false after showing what the compiler said. */
function compile(compiler: string, inputs: string[], output: string): boolean {
  const run = Bun.spawnSync(command(compiler, inputs, output), { stdout: 2, stderr: 2 });
  return run.exitCode === 0;
}

/** Those that need nothing but libc. */
const TESTED = ["hairpin", "hairpin-exanic", "hairpin-exanic-card"];

async function testedSources(): Promise<string[]> {
  const libraries = LIBRARIES.filter((library) => TESTED.includes(library.name));
  return (await Promise.all(libraries.map(sourcesOf))).flat();
}

async function main(): Promise<number> {
  const compiler = findCompiler();
  if (compiler === undefined) {
    console.error(NO_COMPILER);
    console.log("0 passed, 1 failed");
    return 1;
  }
  const scratch = mkdtempSync(join(tmpdir(), "hairpin-ctest-"));
  let passed = 0;
  let failed = 0;
  try {
    // The libraries once, as one relocatable object, then each program against it.
    const shim = join(scratch, "shim.o");
    if (!compile(compiler, ["-r", ...(await testedSources())], shim)) {
      console.log("0 passed, 1 failed");
      return 1;
    }
    const programs = readdirSync(import.meta.dir).filter((name) => name.endsWith(".c"));
    for (const name of programs.sort()) {
      const program = join(scratch, basename(name, ".c"));
      const inputs = [join(import.meta.dir, name), shim, ...(EXTRAS[name] ?? [])];
      if (!compile(compiler, inputs, program)) {
        failed++;
        continue;
      }
      const run = Bun.spawnSync([program], { stdout: "pipe", stderr: "inherit", timeout: 120_000 });
      const output = run.stdout.toString();
      process.stdout.write(`${name}\n${output}`);
      const count = (word: string) => output.split("\n").filter((l) => l.startsWith(word)).length;
      passed += count("ok ");
      const bad = count("FAIL ");
      // A program that a sanitizer or a signal ended has failed, whatever it had printed.
      failed += bad > 0 ? bad : run.exitCode === 0 ? 0 : 1;
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

if (import.meta.main) process.exit(await main());
