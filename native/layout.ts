/**
 * Writes src/ffi/layout.ts and native/src/layout.c from native/include/hairpin.h, so that no offset
 * is ever typed by hand. `bun native/layout.ts` writes both; native/build.ts calls it first.
 *
 * Names in layout.ts, for `typedef struct hp_thing { uint32_t word; double big; uint8_t name[16]; }`:
 *
 *   HP_THING_SIZE           bytes of the struct
 *   HP_THING__WORD          byte offset of a member (two underscores)
 *   HP_THING__WORD_W        the same as an index of 4-byte words, for members of 4 bytes
 *   HP_THING__BIG_D         the same as an index of doubles, for members of 8 bytes
 *   HP_THING__NAME_N        elements of an array member
 *
 * Every `#define HP_X value` becomes `HP_X`. The grammar that the parser knows is in the head
 * comment of hairpin.h; what it does not know is an error, never skipped.
 */
import { join } from "node:path";

export interface Member {
  name: string;
  type: string;
  /** Bytes from the start of the struct. */
  offset: number;
  /** Bytes of one element. */
  elementSize: number;
  /** Elements; 1 for a plain member. */
  count: number;
  isArray: boolean;
}

export interface Struct {
  name: string;
  size: number;
  align: number;
  members: Member[];
}

export interface Layout {
  defines: { name: string; value: number; text: string }[];
  structs: Struct[];
}

const SCALARS: Record<string, number> = {
  uint8_t: 1,
  int8_t: 1,
  uint16_t: 2,
  int16_t: 2,
  uint32_t: 4,
  int32_t: 4,
  uint64_t: 8,
  int64_t: 8,
  double: 8,
};

const root = join(import.meta.dir, "..");
export const HEADER_PATH = join(root, "native/include/hairpin.h");
export const LAYOUT_TS_PATH = join(root, "src/ffi/layout.ts");
export const LAYOUT_C_PATH = join(root, "native/src/layout.c");

/** Parses the header. Throws with a line number on anything outside its grammar. */
export function parseHeader(source: string): Layout {
  const text = source.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "));
  const defines = new Map<string, number>();
  const layout: Layout = { defines: [], structs: [] };
  let open: Struct | undefined;
  let lineNumber = 0;
  for (const raw of text.split("\n")) {
    lineNumber++;
    const line = raw.trim();
    const fail = (what: string): never => {
      throw new Error(`hairpin.h:${lineNumber}: ${what}: ${line}`);
    };
    if (open !== undefined) {
      if (line === "") continue;
      const end = /^\}\s*(\w+);$/.exec(line);
      if (end !== null) {
        if (end[1] !== open.name) fail(`struct ${open.name} ends under another name`);
        if (open.size % open.align !== 0) fail(`struct ${open.name} needs explicit padding`);
        layout.structs.push(open);
        open = undefined;
        continue;
      }
      if (!line.endsWith(";")) fail("not a member");
      addMember(open, line.slice(0, -1), layout.structs, defines, fail);
      continue;
    }
    const define = /^#define\s+(HP_\w+)\s+(\S+)$/.exec(line);
    if (define !== null) {
      const value = Number(define[2]);
      if (!Number.isSafeInteger(value)) fail("not an integer");
      defines.set(define[1]!, value);
      layout.defines.push({ name: define[1]!, value, text: define[2]! });
      continue;
    }
    if (/^#define\s+HP_/.test(line)) fail("not an integer");
    const start = /^typedef\s+struct\s+(hp_\w+)\s*\{$/.exec(line);
    if (start !== null) open = { name: start[1]!, size: 0, align: 1, members: [] };
    else if (/\bstruct\b.*\{/.test(line)) fail("not a struct this grammar knows");
  }
  if (open !== undefined) throw new Error(`hairpin.h: struct ${open.name} does not end`);
  return layout;
}

function addMember(
  struct: Struct,
  text: string,
  known: Struct[],
  defines: Map<string, number>,
  fail: (what: string) => never,
): void {
  const match = /^(\w+)\s+(\w+)(?:\[(\w+)\])?$/.exec(text);
  if (match === null) fail("not a member");
  const [, type, name, length] = match as unknown as [string, string, string, string | undefined];
  const inner = known.find((candidate) => candidate.name === type);
  const elementSize = SCALARS[type] ?? inner?.size ?? fail("not a fixed-width type");
  const align = SCALARS[type] ?? inner!.align;
  const count = length === undefined ? 1 : (defines.get(length) ?? Number(length));
  if (!Number.isInteger(count) || count < 1) fail("not an array length");
  if (struct.size % align !== 0) fail("not naturally aligned: pad explicitly");
  struct.members.push({
    name,
    type,
    offset: struct.size,
    elementSize,
    count,
    isArray: length !== undefined,
  });
  struct.size += elementSize * count;
  struct.align = Math.max(struct.align, align);
}

function isPadding(member: Member): boolean {
  return /^pad\d*$/.test(member.name);
}

/** The text of src/ffi/layout.ts. */
export function renderTypeScript(layout: Layout): string {
  const out: string[] = [
    "// Written by native/layout.ts from native/include/hairpin.h. Do not edit: change the header and",
    "// run `bun native/layout.ts`. Naming: see native/layout.ts.",
    "",
  ];
  for (const { name, text } of layout.defines) out.push(`export const ${name} = ${text};`);
  for (const struct of layout.structs) {
    const prefix = struct.name.toUpperCase();
    out.push("", `// ${struct.name}`, `export const ${prefix}_SIZE = ${struct.size};`);
    for (const member of struct.members) {
      if (isPadding(member)) continue;
      const name = `${prefix}__${member.name.toUpperCase()}`;
      out.push(`export const ${name} = ${member.offset};`);
      if (member.elementSize === 4) out.push(`export const ${name}_W = ${member.offset / 4};`);
      if (member.elementSize === 8) out.push(`export const ${name}_D = ${member.offset / 8};`);
      if (member.isArray) out.push(`export const ${name}_N = ${member.count};`);
    }
  }
  const names = out.flatMap((line) => /^export const (\w+)/.exec(line)?.[1] ?? []);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`hairpin.h: two things want the name ${twice}`);
  return `${out.join("\n")}\n`;
}

/** The text of native/src/layout.c: the compiler checks what the generator computed. */
export function renderC(layout: Layout): string {
  const out: string[] = [
    "/* Written by native/layout.ts from include/hairpin.h. Do not edit. */",
    "#include <assert.h>",
    "#include <stddef.h>",
    '#include "hairpin.h"',
  ];
  for (const struct of layout.structs) {
    out.push("");
    out.push(
      `static_assert(sizeof(${struct.name}) == ${struct.size}, "${struct.name}");`,
      `static_assert(_Alignof(${struct.name}) == ${struct.align}, "${struct.name}");`,
    );
    for (const member of struct.members) {
      const where = `${struct.name}, ${member.name}`;
      out.push(`static_assert(offsetof(${where}) == ${member.offset}, "${where}");`);
    }
  }
  return `${out.join("\n")}\n`;
}

/** Writes both files when they differ; returns what it wrote. */
export async function writeLayout(): Promise<string[]> {
  const layout = parseHeader(await Bun.file(HEADER_PATH).text());
  const files: [string, string][] = [
    [LAYOUT_TS_PATH, renderTypeScript(layout)],
    [LAYOUT_C_PATH, renderC(layout)],
  ];
  const written: string[] = [];
  for (const [path, text] of files) {
    const file = Bun.file(path);
    if ((await file.exists()) && (await file.text()) === text) continue;
    await Bun.write(path, text);
    written.push(path);
  }
  return written;
}

if (import.meta.main) for (const path of await writeLayout()) console.error(`wrote ${path}`);
