/** Compiles the programs that benches run beside ours, each into build/, only when an input changed. */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dir, "../..");

export interface Program {
  /** Of the file in build/. */
  name: string;
  /** Compiler and flags, without inputs and output. */
  command: string[];
  /** Folders whose headers it reads, and its source, from the folder of the benches. */
  headers: string[];
  source: string;
  /** Behind the source: libraries. */
  libraries?: string[];
}

/** Path of the program. Throws one sentence when the compiler fails, behind what it says. */
export function buildProgram(program: Program): string {
  const { name, command, headers, source, libraries = [] } = program;
  const output = join(root, "build", name);
  const stampPath = `${output}.stamp`;
  const inputs = [join(import.meta.dir, source), ...headers.flatMap(headersIn)];
  const hash = new Bun.CryptoHasher("sha256");
  hash.update([...command, ...libraries].join("\n"));
  for (const path of inputs) hash.update(readFileSync(path));
  const stamp = hash.digest("hex");
  if (textOf(stampPath) === stamp && textOf(output) !== undefined) return output;
  mkdirSync(join(root, "build"), { recursive: true });
  // Built beside and renamed: what runs keeps what it has mapped.
  const fresh = `${output}.${process.pid}`;
  const all = [...command, inputs[0]!, "-o", fresh, ...libraries];
  const run = Bun.spawnSync(all, { stdout: 2, stderr: 2 });
  if (run.exitCode !== 0) throw new Error(`${source} did not compile (${command[0]})`);
  renameSync(fresh, output);
  writeFileSync(stampPath, stamp);
  return output;
}

function headersIn(folder: string): string[] {
  const path = join(import.meta.dir, folder);
  const names = readdirSync(path).filter((name) => name.endsWith(".h"));
  return names.sort().map((name) => join(path, name));
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}
