/**
 * Reads a config: TOML, schema, cross checks, the CSV of instruments. All problems at once, each
 * with file, line, key, what was found and what is allowed.
 */
import { readFileSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { parse, TomlError } from "smol-toml";
import type { z } from "zod";
import { checkNames } from "./check-names.ts";
import { checkValues } from "./check-values.ts";
import type { CsvInstrument } from "./csv.ts";
import { parseInstrumentsCsv } from "./csv.ts";
import { allowedText, configShape, shapeAt } from "./describe.ts";
import type { Host } from "./host.ts";
import { thisHost } from "./host.ts";
import type { Places } from "./locate.ts";
import { locate } from "./locate.ts";
import { nearest } from "./nearest.ts";
import type { Override } from "./override.ts";
import { applyOverrides, OverrideError } from "./override.ts";
import type { Problem } from "./problem.ts";
import { ConfigError, foundText, keyText, sortProblems } from "./problem.ts";
import type { Loose, Origin, Path } from "./report.ts";
import { Report } from "./report.ts";
import { complete } from "./resolve.ts";
import { REQUIRED_LIMITS } from "./risk.ts";
import type { CheckedConfig, Config } from "./schema.ts";
import { configSchema } from "./schema.ts";

export interface LoadOptions {
  /** The machine to check cores, interfaces and files against; default: this one. */
  host?: Host;
  /** Unix milliseconds; default: now. */
  nowMs?: number;
  /** Values that replace those of the file (`--set`). */
  sets?: readonly Override[];
}

export interface LoadResult {
  /** Present when there is no error. */
  config?: Config;
  /** Errors and warnings, by line. */
  problems: Problem[];
  /** Where a key stands, for checks that come later. */
  originOf(path: Path): Origin;
}

/** Reads and checks `file`; throws ConfigError, which carries all problems, when one is an error. */
export function loadConfig(file: string, options: LoadOptions = {}): Config {
  const result = checkConfig(file, options);
  if (result.config === undefined) throw new ConfigError(result.problems);
  return result.config;
}

/** The same, without throwing. */
export function checkConfig(file: string, options: LoadOptions = {}): LoadResult {
  let source: string;
  try {
    source = readFileSync(file, "utf8");
  } catch (error) {
    return failure(file, whole(file, `can't be read: ${reason(error)}`));
  }
  return parseConfig(source, file, options);
}

/** The same from text; `file` names it in messages and places relative paths. */
export function parseConfig(source: string, file: string, options: LoadOptions = {}): LoadResult {
  let raw: Record<string, unknown>;
  try {
    raw = parse(source) as Record<string, unknown>;
  } catch (error) {
    return failure(file, syntaxProblem(error, file));
  }
  const folder = dirname(resolve(file));
  const absolute = (path: string) => (isAbsolute(path) ? path : resolve(folder, path));
  const overridden: Overridden[] = [];
  // Those of instruments come after the CSV, which may have brought the one that is meant.
  const early = override(raw, options.sets, overridden, (path) => !IS_INSTRUMENT.test(path));
  if (early !== undefined) return failure(file, early);
  const tomlInstruments = Array.isArray(raw.instrument) ? raw.instrument.length : 0;
  const csv = readCsv(raw, absolute);
  const places = locate(source);
  const origin = (path: Path) =>
    setThat(path, overridden) ?? originOf(path, file, places, tomlInstruments, csv);
  const report = new Report(origin);
  report.problems.push(...csv.problems);
  if (csv.instruments.length > 0) {
    const own = Array.isArray(raw.instrument) ? raw.instrument : [];
    raw.instrument = [...own, ...csv.instruments.map((i) => i.raw)];
  }

  const late = override(raw, options.sets, overridden, (path) => IS_INSTRUMENT.test(path));
  if (late !== undefined) report.problems.push(late);

  const checked = configSchema.safeParse(raw);
  if (!checked.success) reportIssues(checked.error.issues, raw, report);
  const input = checked.success ? checked.data : without(raw, checked.error.issues);
  checkNames(input as Loose<CheckedConfig>, report);
  checkValues(input as Loose<CheckedConfig>, report, {
    host: options.host ?? thisHost,
    nowMs: options.nowMs ?? Date.now(),
    absolute,
  });
  const problems = sortProblems(report.problems);
  if (!checked.success || problems.some((p) => p.severity === "error")) {
    return { problems, originOf: origin };
  }
  const sets = (options.sets ?? []).map((set) => `${set.path}=${set.value}\n`).join("");
  const hash = fnv1a(sets, fnv1a(csv.source, fnv1a(source, 0x811c9dc5)));
  const config = complete(checked.data, { file: resolve(file), folder, absolute, hash });
  return { config, problems, originOf: origin };
}

function failure(file: string, problem: Problem): LoadResult {
  return { problems: [problem], originOf: () => ({ file, line: 0, column: 0 }) };
}

/** Where a `--set` went. */
interface Overridden {
  path: Path;
  set: string;
}

const IS_INSTRUMENT = /^\s*instrument\s*\./;

/** Applies those whose path `isWanted`; the problem when one can't be. */
function override(
  raw: object,
  sets: readonly Override[] = [],
  done: Overridden[],
  isWanted: (path: string) => boolean,
): Problem | undefined {
  for (const set of sets) {
    if (!isWanted(set.path)) continue;
    try {
      done.push({ path: applyOverrides(raw, [set])[0]!, set: set.path });
    } catch (error) {
      if (!(error instanceof OverrideError)) throw error;
      return whole(`--set ${error.set}`, error.reason);
    }
  }
  return undefined;
}

/** The `--set` that a path, or a part above it, comes from. */
function setThat(path: Path, overridden: readonly Overridden[]): Origin | undefined {
  const found = overridden.find((o) => o.path.every((part, k) => String(path[k]) === String(part)));
  return found && { file: `--set ${found.set}`, line: 0, column: 0 };
}

interface Csv {
  file: string;
  source: string;
  instruments: CsvInstrument[];
  problems: Problem[];
}

function readCsv(raw: Record<string, unknown>, absolute: (path: string) => string): Csv {
  const none: Csv = { file: "", source: "", instruments: [], problems: [] };
  const named = raw.instruments_file;
  if (typeof named !== "string" || named === "") return none;
  const path = absolute(named);
  const file = relative(process.cwd(), path).startsWith("..") ? path : relative(".", path);
  try {
    const source = readFileSync(path, "utf8");
    return { file, source, ...parseInstrumentsCsv(source, file) };
  } catch (error) {
    return { ...none, problems: [whole(file, `can't be read: ${reason(error)}`)] };
  }
}

function originOf(
  path: Path,
  file: string,
  places: Places,
  tomlInstruments: number,
  csv: Csv,
): Origin {
  if (path[0] === "instrument" && typeof path[1] === "number" && path[1] >= tomlInstruments) {
    const row = csv.instruments[path[1] - tomlInstruments];
    if (row !== undefined) {
      return { file: csv.file, line: row.line, column: row.columns[String(path[2])] ?? 1 };
    }
  }
  return { file, ...places.find(path) };
}

type Issue = z.core.$ZodIssue;

/** Schema issues as sentences that all say: found, allowed, and the nearest key. */
function reportIssues(issues: readonly Issue[], raw: unknown, report: Report): void {
  for (const issue of issues) {
    const path = issue.path as (string | number)[];
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) report.error([...path, key], unknownKey(path, key));
      continue;
    }
    const found = valueAt(raw, path);
    // A value that breaks two rules is told of once: the sentence says all that is allowed.
    if (report.has(path)) continue;
    if (issue.code === "invalid_key") {
      const allowed = allowedText(shapeAt(configShape(), path.slice(0, -1)) ?? {});
      report.error(path, `"${String(path.at(-1))}" is no key here; allowed: ${allowed}`);
    } else if (path.length === 1 && path[0] === "risk" && found === undefined) {
      report.error(
        path,
        `there is no [risk] section, and nothing trades without limits. Needed in it: ${REQUIRED_LIMITS.join(", ")}`,
      );
    } else {
      const shape = shapeAt(configShape(), path);
      const allowed = shape === undefined ? issue.message : allowedText(shape);
      const isMissing = found === undefined;
      report.error(
        path,
        isMissing
          ? `missing; needed: ${allowed}`
          : `found ${foundText(found)}; allowed: ${allowed}`,
      );
    }
  }
}

function unknownKey(path: Path, key: string): string {
  const known = Object.keys(shapeAt(configShape(), path)?.properties ?? {});
  const near = nearest(key, known);
  if (near !== undefined) return `no such key; did you mean "${near}"?`;
  const elsewhere = sectionsWith(key);
  if (elsewhere.length > 0) return `no such key here; it belongs to ${elsewhere.join(" or ")}`;
  return `no such key; there are: ${known.join(", ")}`;
}

function sectionsWith(key: string): string[] {
  const out: string[] = [];
  for (const [section, shape] of Object.entries(configShape().properties ?? {})) {
    if (shape.items?.properties?.[key] !== undefined) out.push(`[[${section}]]`);
    if (shape.properties?.[key] !== undefined) out.push(`[${section}]`);
  }
  return out;
}

/** A copy of `raw` without what the issues are about, for the cross checks. */
function without(raw: unknown, issues: readonly Issue[]): unknown {
  const copy = structuredClone(raw);
  for (const issue of issues) {
    const path = issue.path;
    if (issue.code === "unrecognized_keys") continue;
    const owner = valueAt(copy, path.slice(0, -1));
    const last = path.at(-1);
    if (owner === null || typeof owner !== "object" || last === undefined) continue;
    if (Array.isArray(owner) && typeof last === "number") owner[last] = {};
    else delete (owner as Record<PropertyKey, unknown>)[last];
  }
  return copy;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const part of path) {
    if (value === null || typeof value !== "object") return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

/** smol-toml's message is a sentence, an empty line, and a picture; the sentence is enough. */
function syntaxProblem(error: unknown, file: string): Problem {
  if (!(error instanceof TomlError)) throw error;
  const sentence = error.message.split("\n")[0]!.replace(/^Invalid TOML document: /, "");
  return {
    ...whole(file, `not TOML: ${sentence}`),
    line: error.line,
    column: error.column,
  };
}

function whole(file: string, message: string): Problem {
  return { severity: "error", file, line: 0, column: 0, key: keyText([]), message };
}

function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES") return "permission denied";
  if (code === "EISDIR") return "it is a folder";
  return error instanceof Error ? error.message : String(error);
}

/** FNV-1a, 32 bits. */
function fnv1a(text: string, seed: number): number {
  let h = seed;
  for (const byte of Buffer.from(text)) h = Math.imul(h ^ byte, 0x01000193);
  return h >>> 0;
}
