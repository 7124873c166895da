/** Where a shared library is, without loading it: libonload changes the process that it is loaded in. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const STANDARD = [
  "/lib/x86_64-linux-gnu",
  "/usr/lib/x86_64-linux-gnu",
  "/lib64",
  "/usr/lib64",
  "/lib",
  "/usr/lib",
  "/usr/local/lib",
];

/** Absolute path of a library by path, or by name as the dynamic linker looks for it (ld.so(8)). */
export function findLibrary(nameOrPath: string): string | undefined {
  if (nameOrPath.includes("/")) return existsSync(nameOrPath) ? nameOrPath : undefined;
  const given = (process.env["LD_LIBRARY_PATH"] ?? "").split(/[:;]/).filter((d) => d !== "");
  for (const folder of [...given, ...configured("/etc/ld.so.conf"), ...STANDARD]) {
    const path = join(folder, nameOrPath);
    if (existsSync(path)) return path;
  }
  return undefined;
}

/** Folders that ld.so.conf names, with the files that it includes. */
function configured(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    const words = line.replace(/#.*/, "").trim();
    const pattern = /^include\s+(\S+)$/.exec(words)?.[1];
    if (pattern === undefined) return words === "" ? [] : [words];
    const path = pattern.startsWith("/") ? pattern : join(dirname(file), pattern);
    return included(path).flatMap(configured);
  });
}

/** Files of a pattern with a * in its last part. */
function included(pattern: string): string[] {
  const folder = dirname(pattern);
  const glob = new Bun.Glob(pattern.slice(folder.length + 1));
  try {
    return readdirSync(folder)
      .filter((name) => glob.match(name))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}
