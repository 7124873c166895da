/**
 * The path in C (native/reference/reference.h) for tests and benches: built when there is a
 * compiler, and opened. Fields of its structs are read from the header.
 */
import { dlopen, type FFITypeOrString, type Pointer, ptr, toArrayBuffer } from "bun:ffi";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findCompiler, NO_COMPILER } from "../../native/build.ts";
import { buildReference, REFERENCE_LIBRARY } from "../../native/reference/build.ts";

const HEADER = readFileSync(join(import.meta.dir, "../../native/reference/reference.h"), "utf8");

/** Arguments, then what is returned: p pointer, i int32, u uint32, d double, v nothing. */
const SIGNATURES = {
  ref_decode: "pdii",
  ref_decode_sum: "u",
  ref_book_open: "iip",
  ref_book_run: "ppdi",
  ref_book_clear: "pi",
  ref_book_csv: "ppii",
  ref_book_close: "pv",
  ref_mdp3_decode: "pdi",
  ref_mdp3_decode_sum: "u",
  ref_mdp3_decode_px: "d",
  ref_mdp3_open: "iip",
  ref_mdp3_map: "piiddi",
  ref_mdp3_run: "ppdi",
  ref_mdp3_clear: "pi",
  ref_mdp3_dump: "ppii",
  ref_mdp3_events: "pd",
  ref_mdp3_close: "pv",
  ref_fix_open: "ppppp",
  ref_fix_encode: "ppdpi",
  ref_fix_encode_n: "ppiddii",
  ref_fix_close: "pv",
  ref_path_open: "pppppdp",
  ref_path_run: "pppipdd",
  ref_path_latency: "pp",
  ref_bucket_of: "di",
  ref_path_figures_read: "ppv",
  ref_path_journal: "pp",
  ref_gate_check: "piiiiiddii",
  ref_path_close: "pv",
  ref_record_check: "pii",
  ref_symbol: "ppd",
  ref_port_idle: "diii",
  ref_port_through: "diiddidii",
  ref_ring_through: "ddiddiidii",
  ref_struct_bytes: "ii",
} as const;

/** In the order of ref_struct_bytes. */
const STRUCTS = ["ref_instrument", "ref_fix_config", "ref_path_config", "ref_path_figures"];

const TYPES: Record<string, FFITypeOrString> = {
  p: "ptr",
  i: "i32",
  u: "u32",
  d: "f64",
  v: "void",
};

/** A handle of the library, or an address; 0 = NULL. */
export type Handle = number;
/** Pointers may be given as typed arrays over a plain ArrayBuffer. */
export type Argument = number | Uint8Array | Int32Array | Uint32Array | Float64Array;
export type Reference = {
  [K in keyof typeof SIGNATURES]: (...args: Argument[]) => number;
};

/**
 * For tests: the library, or undefined behind one sentence when there is no compiler. With CI=true
 * that is an error.
 */
export async function openReference(): Promise<Reference | undefined> {
  if (findCompiler() !== undefined) return loadReference();
  if (process.env["CI"] === "true") throw new Error(NO_COMPILER);
  console.error(`skipped: ${NO_COMPILER}`);
  return undefined;
}

let loaded: Reference | undefined;

/** The library, built when an input changed. Throws when there is no compiler, or when it fails. */
export async function loadReference(): Promise<Reference> {
  if (loaded !== undefined) return loaded;
  if ((await buildReference()) !== 0) throw new Error("the C reference could not be built");
  const table: Record<string, { args: FFITypeOrString[]; returns: FFITypeOrString }> = {};
  for (const [name, signature] of Object.entries(SIGNATURES)) {
    const types = [...signature].map((letter) => TYPES[letter]!);
    table[name] = { args: types.slice(0, -1), returns: types.at(-1)! };
  }
  const reference = dlopen(REFERENCE_LIBRARY, table).symbols as unknown as Reference;
  STRUCTS.forEach((struct, which) => {
    const bytes = reference.ref_struct_bytes(which);
    if (bytes !== 8 * fieldsOf(struct).length) {
      throw new Error(
        `${struct} has ${bytes} bytes, and its fields cannot be read from the header`,
      );
    }
  });
  loaded = reference;
  return loaded;
}

/** Memory of the library as typed arrays can see it. */
export function mapMemory(address: number, bytes: number): ArrayBuffer {
  return toArrayBuffer(address as Pointer, 0, bytes);
}

/** Address of memory that does not move: an ArrayBuffer of its own, kept by the caller. */
export function addressOf(bytes: Uint8Array): number {
  return Number(ptr(bytes));
}

/** Names of a struct's fields in order, arrays as name[0], name[1] and so on. All are doubles. */
export function fieldsOf(struct: string): string[] {
  const body = new RegExp(`typedef struct ${struct} \\{([^}]*)\\}`).exec(HEADER)?.[1];
  if (body === undefined) throw new Error(`reference.h has no struct ${struct}`);
  return [...body.matchAll(/^\s*double (\w+)(?:\[(\w+)\])?;/gm)].flatMap(([, name, count]) =>
    count === undefined
      ? [name!]
      : Array.from({ length: constantOf(count) }, (_, i) => `${name}[${i}]`),
  );
}

function constantOf(name: string): number {
  const value = Number(new RegExp(`#define ${name} (\\d+)`).exec(HEADER)?.[1]);
  if (Number.isNaN(value)) throw new Error(`reference.h has no constant ${name}`);
  return value;
}

/** Structs one behind the other. Throws on a field that is missing, or that there is none of. */
export function packStructs(struct: string, values: Record<string, number>[]): Float64Array {
  const fields = fieldsOf(struct);
  const out = new Float64Array(new ArrayBuffer(8 * Math.max(1, fields.length * values.length)));
  values.forEach((value, i) => {
    const strange = Object.keys(value).find((name) => !fields.includes(name));
    if (strange !== undefined) throw new Error(`${struct} has no field ${strange}`);
    fields.forEach((name, k) => {
      if (value[name] === undefined) throw new Error(`${struct}: ${name} is missing`);
      out[i * fields.length + k] = value[name];
    });
  });
  return out;
}

/** The fields of one struct by name. */
export function readStruct(struct: string, values: Float64Array): Record<string, number> {
  return Object.fromEntries(fieldsOf(struct).map((name, k) => [name, values[k]!]));
}
