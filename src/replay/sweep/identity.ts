/**
 * Which sweep a folder holds: DIR/sweep.json, written once, before the first run. Results of another
 * config, other values, captures or flags must not end up in one table.
 */
import { createHash } from "node:crypto";
import { closeSync, linkSync, openSync, readFileSync, readSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse } from "smol-toml";
import type { OverrideList } from "../../config/override.ts";
import { parseValue } from "../../config/override.ts";
import { sayWhat } from "../../core/system-error.ts";
import { errorCode, realFiles, writeFileDurably } from "../../journal/files.ts";
import type { SweepPlan } from "./plan.ts";

export interface SweepIdentity {
  /** Version of hairpin: another one may trade differently. */
  version: string;
  /** Of the TOML, and of the files that it, a `--set` or a flag names. */
  configSha256: string;
  sets: OverrideList[];
  captures: { name: string; bytes: number; endsSha256: string }[];
  /** Further flags of `hairpin replay`. */
  flags: string[];
}

const FILE = "sweep.json";
/** A capture is told by its size and by this much of its start and end. */
const END_BYTES = 1 << 20;

interface IdentityOptions extends SweepPlan {
  version: string;
  config: string;
  flags: readonly string[];
}

/** Reads config and captures; throws one sentence when one can't be read. */
export function identifySweep(o: IdentityOptions): SweepIdentity {
  return {
    version: o.version,
    configSha256: hashConfig(o),
    sets: o.lists.map(({ path, values }) => ({ path, values: [...values] })),
    captures: o.captures.map(identifyCapture),
    flags: [...o.flags],
  };
}

/** 16 hex digits that stand for the identity in every line of results. */
export function sweepId(identity: SweepIdentity): string {
  return createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 16);
}

/** Notes the identity in `dir`, or compares it with the one there; throws one sentence. */
export function claimSweep(dir: string, identity: SweepIdentity): void {
  let before = readSweep(dir);
  if (before === undefined) {
    try {
      realFiles.makeDirectory(dir);
    } catch (error) {
      const isFile = errorCode(error) === "EEXIST" || errorCode(error) === "ENOTDIR";
      const what = `can't make the folder ${dir}`;
      throw isFile ? new Error(`${what}: not a folder`) : sayWhat(what, error);
    }
    writeFirst(join(dir, FILE), `${JSON.stringify(identity, null, 2)}\n`);
    // Another shard may have been faster.
    before = readSweep(dir)!;
  }
  const difference = differenceOf(before, identity);
  if (difference === "") return;
  throw new Error(`${dir} holds another sweep: ${difference}; give this one another --out`);
}

/** The sweep of a folder; undefined when it holds none. Throws one sentence. */
export function readSweep(dir: string): SweepIdentity | undefined {
  const path = join(dir, FILE);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
    throw sayWhat(`can't read ${path}`, error);
  }
  const found = jsonOf(text) as Partial<SweepIdentity> | undefined;
  const isWhole = [found?.sets, found?.captures, found?.flags].every(Array.isArray);
  if (isWhole) return found as SweepIdentity;
  throw new Error(`${path} is not the note of a sweep; give this one another --out`);
}

/** One clause on what differs; "" = nothing. */
export function differenceOf(was: SweepIdentity, is: SweepIdentity): string {
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  const names = (s: SweepIdentity) => s.captures.map((c) => c.name).join(" ");
  if (!same(was.sets, is.sets)) return `its values are ${setsText(was)}, not ${setsText(is)}`;
  if (names(was) !== names(is)) return `its captures are ${names(was)}, not ${names(is)}`;
  const changed = was.captures.find((capture, i) => !same(capture, is.captures[i]));
  if (changed !== undefined) return `the capture ${changed.name} was another file then`;
  if (was.configSha256 !== is.configSha256) {
    return "the config, or a file that it names, was another one then";
  }
  if (!same(was.flags, is.flags)) {
    return `its flags are ${was.flags.join(" ")}, not ${is.flags.join(" ")}`;
  }
  if (was.version !== is.version) return `it is of hairpin ${was.version}, this is ${is.version}`;
  return "";
}

function setsText({ sets }: SweepIdentity): string {
  if (sets.length === 0) return "those of the config";
  return sets.map(({ path, values }) => `${path}=${values.join(",")}`).join(" ");
}

/** Makes the file unless it is there, whole from the first moment on. */
function writeFirst(path: string, text: string): void {
  const own = `${path}.${process.pid}`;
  writeFileDurably(own, text);
  try {
    linkSync(own, path);
  } catch (error) {
    // A file system without links: the last one wins, and claimSweep compares again.
    if (errorCode(error) !== "EEXIST") writeFileDurably(path, text);
  } finally {
    rmSync(own, { force: true });
  }
}

function identifyCapture(name: string): SweepIdentity["captures"][number] {
  let fd: number;
  try {
    fd = openSync(name, "r");
  } catch (error) {
    throw sayWhat(`can't read ${name}`, error);
  }
  try {
    const bytes = statSync(name).size;
    const hash = createHash("sha256");
    const part = new Uint8Array(END_BYTES);
    for (const position of [0, Math.max(END_BYTES, bytes - END_BYTES)]) {
      hash.update(part.subarray(0, readSync(fd, part, 0, END_BYTES, position)));
    }
    return { name, bytes, endsSha256: hash.digest("hex") };
  } catch (error) {
    throw sayWhat(`can't read ${name}`, error);
  } finally {
    closeSync(fd);
  }
}

/**
 * Content of the TOML and of every file that a text in it, or a value of a `--set`, is the path of:
 * instruments, strategies, dictionaries. What a strategy's file imports is not looked at.
 */
function hashConfig({ config: file, lists, flags }: IdentityOptions): string {
  const hash = createHash("sha256");
  const source = readFileSync(file, "utf8");
  hash.update(source);
  const texts = textsIn(parse(source));
  for (const { values } of lists) texts.push(...values.flatMap((v) => textsIn(parseValue(v))));
  const folder = dirname(resolve(file));
  for (const text of texts) {
    if (!FILE_NAME.test(text)) continue;
    const content = contentOf(resolve(folder, text));
    if (content !== undefined) hash.update(text).update("\0").update(content);
  }
  // `--latency histogram:FILE`
  for (const flag of flags) {
    const content = flag.includes(":") ? contentOf(flag.slice(flag.indexOf(":") + 1)) : undefined;
    if (content !== undefined) hash.update(flag).update("\0").update(content);
  }
  return hash.digest("hex");
}

/** What the config can name: nothing that is kept secret. */
const FILE_NAME = /\.(csv|js|ts|xml)$/;

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (value === null || typeof value !== "object") return [];
  return Object.values(value).flatMap(textsIn);
}

function contentOf(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
