/**
 * `--set KEY=VALUE`: one value of the config replaced before it is checked. KEY is a dotted path; in
 * `[[engine]]`, `[[feed]]`, `[[session]]` and `[[strategy]]` the part behind the section is the
 * `name` of a table, in `[[instrument]]` its `symbol`. VALUE is a TOML value; what is none, or is a
 * date or a time, is taken as text.
 */
import { parse, TomlDate } from "smol-toml";
import { nearest } from "./nearest.ts";
import type { Path } from "./report.ts";

/** One replacement, as written: `{ path: "risk.max_loss", value: "100" }`. */
export interface Override {
  path: string;
  value: string;
}

/** A path with the values it is to take one after the other, as written. */
export interface OverrideList {
  path: string;
  values: string[];
}

/** Says in one sentence what is wrong with a `--set`. `set` is its path, or all of it. */
export class OverrideError extends Error {
  override name = "OverrideError";
  constructor(
    readonly set: string,
    readonly reason: string,
  ) {
    super(`--set ${set}: ${reason}`);
  }
}

/** Sections that are lists of tables, and the key by which a table is named. */
const NAME_KEYS: Record<string, string> = {
  engine: "name",
  feed: "name",
  session: "name",
  strategy: "name",
  instrument: "symbol",
};

/**
 * `risk.max_loss=1,2` to its path and values. Commas inside quotes, brackets and braces do not
 * separate. Throws OverrideError.
 */
export function parseSet(word: string): OverrideList {
  const at = equalSign(word);
  if (at < 0) throw new OverrideError(word, "no value; write KEY=VALUE");
  const path = word.slice(0, at).trim();
  splitPath(path);
  const values = splitValues(path, word.slice(at + 1));
  return { path, values };
}

/** As parseSet, where only one value makes sense. */
export function parseOverride(word: string): Override {
  const { path, values } = parseSet(word);
  if (values.length > 1) {
    throw new OverrideError(
      path,
      `${values.length} values, and only one makes sense here; put text that has commas in quotes`,
    );
  }
  return { path, value: values[0]! };
}

/**
 * Replaces values in the parsed TOML `raw`, in place; tables that are not there are made. Returns
 * where each one went (`["strategy", 0, "params", "skew_ticks"]`). Throws OverrideError.
 */
export function applyOverrides(raw: object, sets: readonly Override[]): Path[] {
  return sets.map((set) => applyOne(raw as Table, set));
}

/** The value that a text stands for. */
export function parseValue(text: string): unknown {
  let table: Record<string, unknown>;
  try {
    table = parse(`value = ${text}`);
  } catch {
    return text;
  }
  if (Object.keys(table).length !== 1 || table.value instanceof TomlDate) return text;
  return table.value;
}

type Table = Record<string, unknown>;

function applyOne(raw: Table, { path, value }: Override): Path {
  const parts = splitPath(path);
  const section = parts[0]!;
  const refuse = (reason: string) => new OverrideError(path, reason);
  const at: (string | number)[] = [section];
  let owner: unknown = raw;
  let rest = parts;
  const nameKey = Object.hasOwn(NAME_KEYS, section) ? NAME_KEYS[section] : undefined;
  if (nameKey !== undefined) {
    if (parts.length < 3) {
      throw refuse(`names no key; write ${section}.${nameKey.toUpperCase()}.KEY`);
    }
    const index = indexOf(raw[section], section, nameKey, parts[1]!, refuse);
    at.push(index);
    owner = (raw[section] as unknown[])[index];
    rest = parts.slice(2);
    at.push(rest[0]!);
  }
  for (let k = 0; k < rest.length; k++) {
    const key = keyIn(owner, rest[k]!, rest.slice(0, k).join(".") || section, refuse);
    at[at.length - 1] = key;
    const holder = owner as Table;
    if (k === rest.length - 1) holder[key] = parseValue(value);
    else {
      if (!Object.hasOwn(holder, key)) holder[key] = {};
      owner = holder[key];
      at.push(rest[k + 1]!);
    }
  }
  return at;
}

type Refuse = (reason: string) => OverrideError;

/** Index of the table with that name in a list of tables. */
function indexOf(
  list: unknown,
  section: string,
  nameKey: string,
  name: string,
  refuse: Refuse,
): number {
  const tables = Array.isArray(list) ? (list as Table[]) : [];
  const names = tables.map((table) => String(table?.[nameKey]));
  const index = names.indexOf(name);
  if (index >= 0) return index;
  if (names.length === 0) throw refuse(`there is no [[${section}]]`);
  const near = nearest(name, names);
  const shown = names.length <= 10 ? names.join(", ") : `${names.slice(0, 10).join(", ")}, ...`;
  const hint = near === undefined ? `there is ${shown}` : `did you mean "${near}"?`;
  throw refuse(`no [[${section}]] has the ${nameKey} "${name}"; ${hint}`);
}

/** The key under which `part` is found in `owner`: itself, or an index when that is a list. */
function keyIn(owner: unknown, part: string, before: string, refuse: Refuse): string {
  if (Array.isArray(owner)) {
    if (/^\d+$/.test(part) && Number(part) < owner.length) return part;
    throw refuse(`"${part}" is no index into ${before}, which has ${owner.length} entries`);
  }
  if (owner === null || typeof owner !== "object") throw refuse(`${before} is no table`);
  if (part === "__proto__") throw refuse(`"${part}" is no key`);
  return part;
}

/** A dotted path, each part bare or quoted, to its parts. */
function splitPath(path: string): string[] {
  const parts: string[] = [];
  const pattern = /\s*(?:([A-Za-z0-9_-]+)|"([^"\\]+)"|'([^']+)')\s*(\.|$)/y;
  for (;;) {
    const match = pattern.exec(path);
    if (match === null) {
      throw new OverrideError(
        path,
        "is no path; write it as risk.max_loss, parts in quotes or not",
      );
    }
    parts.push((match[1] ?? match[2] ?? match[3])!);
    if (match[4] === "") break;
  }
  if (parts.length < 2) throw new OverrideError(path, "names no key of a section");
  return parts;
}

/** Of the first equals sign outside quotes; -1 when there is none. */
function equalSign(word: string): number {
  let quote = "";
  for (let i = 0; i < word.length; i++) {
    const c = word[i]!;
    if (quote !== "") quote = c === quote ? "" : quote;
    else if (c === '"' || c === "'") quote = c;
    else if (c === "=") return i;
  }
  return -1;
}

function splitValues(path: string, text: string): string[] {
  const values: string[] = [];
  const open: string[] = [];
  let quote = "";
  let from = 0;
  const take = (to: number) => {
    const value = text.slice(from, to).trim();
    if (value === "") throw new OverrideError(path, 'an empty value; write "" for empty text');
    values.push(value);
    from = to + 1;
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quote !== "") {
      if (c === "\\" && quote === '"') i++;
      else if (c === quote) quote = "";
      continue;
    }
    // Inside a word an apostrophe is a letter.
    const isStart = open.length > 0 || text.slice(from, i).trim() === "";
    if ((c === '"' || c === "'") && isStart) quote = c;
    else if (c === "[" || c === "{") open.push(c === "[" ? "]" : "}");
    else if (c === open.at(-1)) open.pop();
    else if (c === "," && open.length === 0) take(i);
  }
  if (quote !== "") throw new OverrideError(path, `a quote (${quote}) is not closed`);
  if (open.length > 0) throw new OverrideError(path, `a ${open.at(-1)} is missing`);
  take(text.length);
  return values;
}
