/** Rules about files, names, imports and package.json. Pure where it can be. */
import { parse } from "@babel/parser";

/** Folders of src in order of dependency: a folder imports only from those before it. */
export const FOLDERS = [
  "core",
  "ffi",
  "net",
  "journal",
  "feed",
  "book",
  "fix",
  "ouch",
  "risk",
  "order",
  "strategy",
  "fpga",
  "mirror",
  "config",
  "engine",
  "sim",
  "replay",
  "control",
  "observe",
  "doctor",
  "cli",
];

export interface Import {
  from: string;
  line: number;
}

/** Import and export-from sources, dynamic import() with a literal too. */
export function importsOf(source: string): Import[] {
  const file = parse(source, { sourceType: "module", plugins: ["typescript"] });
  const out: Import[] = [];
  visit(file.program, (node) => {
    const source = node.source as { value?: unknown } | null | undefined;
    if (typeof source?.value !== "string") return;
    out.push({
      from: source.value,
      line: node.loc.start.line,
    });
  });
  return out;
}

export function hasDefaultExport(source: string): boolean {
  // Parsing every file would take a second; only those with the words can have one.
  if (!/^export default/m.test(source)) return false;
  const file = parse(source, { sourceType: "module", plugins: ["typescript"] });
  return file.program.body.some((node) => node.type === "ExportDefaultDeclaration");
}

/** What is wrong with one import (types count too) of the file at `path` (`src/feed/itch.ts`), or undefined. */
export function importFault(path: string, from: string): string | undefined {
  if (from === "bun:ffi" && !path.startsWith("src/ffi/")) return "only src/ffi imports bun:ffi";
  if (!from.startsWith(".") || !path.startsWith("src/")) return undefined;
  const own = folderOf(path);
  const target = folderOf(joinPath(path, from));
  if (own === undefined || target === undefined || own === target) return undefined;
  // Generated constants of the C header: no code, no imports, and everyone's ground.
  if (joinPath(path, from) === "src/ffi/layout.ts") return undefined;
  const a = FOLDERS.indexOf(own);
  const b = FOLDERS.indexOf(target);
  if (a < 0 || b < 0) return `${a < 0 ? own : target} is not in the list of folders`;
  return b < a ? undefined : `${own} imports from ${target}, which comes after it`;
}

/** `src/feed/itch.ts` and `../core/codes.ts` to `src/core/codes.ts`. */
function joinPath(path: string, from: string): string {
  const parts = path.split("/").slice(0, -1);
  for (const part of from.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** "feed" of src/feed/...; undefined for src/main.ts and what lies outside src. */
function folderOf(path: string): string | undefined {
  const parts = path.split("/");
  return parts[0] === "src" && parts.length > 2 ? parts[1] : undefined;
}

/** kebab-case.ts, with further dots for .test.ts and .d.ts. */
export function isKebab(name: string): boolean {
  return /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)+$/.test(name);
}

export function isExactVersion(version: string): boolean {
  return /^\d+\.\d+\.\d+$/.test(version);
}

/** Folders of a builder's machine, which have no place in the repository. */
export function machinePath(text: string): string | undefined {
  return text.match(MACHINE_PATH)?.[0];
}
// Written in parts, so that this file does not find itself.
const MACHINE_PATH = new RegExp(["/ho", "me/[a-z]|/Us", "ers/|/wo", "rk/|/tmp/ba", "se"].join(""));

interface AnyNode {
  type: string;
  loc: { start: { line: number } };
  [key: string]: unknown;
}

function visit(root: unknown, each: (node: AnyNode) => void): void {
  if (root === null || typeof root !== "object") return;
  const node = root as AnyNode;
  if (typeof node.type === "string") each(node);
  for (const [key, value] of Object.entries(node)) {
    if (key === "loc" || key.endsWith("Comments")) continue;
    if (Array.isArray(value)) for (const item of value) visit(item, each);
    else if (value !== null && typeof value === "object") visit(value, each);
  }
}
