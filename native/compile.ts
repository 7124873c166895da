/**
 * Compiles the one file that ships: dist/hairpin, with the runtime, the program, its worker entry,
 * the shim and everything imported with `{ type: "file" }` or `{ type: "text" }` inside.
 * Says what it does on stderr; exits 1 when it cannot.
 *
 * `--bytecode` turns modules into CommonJS: no top-level await anywhere, and `import.meta.url` is
 * the path on the machine that built it. A worker is started by its path below src/,
 * `new Worker("./engine/worker.ts")`, never by a URL relative to its module.
 */
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

const root = join(import.meta.dir, "..");

/** The program and every worker; their common folder is the root of names inside the executable. */
const ENTRIES = ["src/main.ts", "src/engine/worker.ts"];

/** Compiles `entries` (paths relative to the repository, or absolute) to `output`; 0 or 1. */
export async function compile(entries: string[], output: string): Promise<number> {
  // In a folder of its own and then renamed: a running executable keeps its file, and the name
  // inside the executable does not depend on who built it.
  const scratch = join(dirname(output), `.build-${process.pid}`);
  const fresh = join(scratch, basename(output));
  await mkdir(scratch, { recursive: true });
  const command = [
    process.execPath,
    "build",
    "--compile",
    "--minify",
    "--bytecode",
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    "--no-compile-autoload-tsconfig",
    "--no-compile-autoload-package-json",
    ...entries.map((entry) => join(entry.startsWith("/") ? "" : root, entry)),
    "--outfile",
    fresh,
  ];
  const run = Bun.spawnSync(command, { cwd: root, stdio: ["ignore", 2, 2] });
  if (run.exitCode === 0) await rename(fresh, output);
  await rm(scratch, { recursive: true, force: true });
  if (run.exitCode !== 0) {
    console.error(`hairpin: bun build failed (exit ${run.exitCode})`);
    return 1;
  }
  const megabytes = (Bun.file(output).size / 1e6).toFixed(0);
  console.error(`hairpin: compiled ${output} (${megabytes} MB)`);
  return 0;
}

if (import.meta.main) process.exit(await compile(ENTRIES, join(root, "dist/hairpin")));
